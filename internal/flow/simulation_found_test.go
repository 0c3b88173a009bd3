package flow

import (
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// What the simulation found on the road, each made as small as it gets.

func unreadOnce() error { return fault.New(fault.Transient, "read", errStatus) }

// redeliver hands the road an event that was stored a minute ago.
func (b *bench) redeliver(request erp.ID) Verdict {
	e := webhook("ev-old", request)
	e.Received = b.clock.Now().Add(-time.Minute)
	return b.Process(b.Context(), e)
}

// A request could not be read at first, then it could, then again it could
// not while its document was half way: the event must come again.
func TestFoundARequestThatCannotBeReadAgainIsNotLost(t *testing.T) {
	b := newBench(t)
	b.deliver(1) // not there yet
	b.order(1, 1)
	b.jobpac.readErr = unreadOnce()
	b.redeliver(1)
	b.jobpac.readErr, b.procore.showErr = nil, unreadOnce()
	if v := b.redeliver(1); v.Settle != Later {
		t.Fatalf("got %+v: nobody works on the commitment any more", v)
	}
	b.procore.showErr = nil
	b.untilSettled(1, 5)
	b.want(journal.KindCommitment, 4101, journal.Done, 2, erp.Success)
}

// Two days of waiting for its commitment make a change order no dead letter at
// the first read that fails.
func TestFoundWaitingDoesNotCountAsTrying(t *testing.T) {
	b := newBench(t)
	c := b.order(1, 1)
	b.change(2, *c, 1)
	b.deliver(2)
	b.clock.Advance(48 * time.Hour)
	b.deliver(1)
	b.jobpac.readErr = unreadOnce()
	b.deliver(2)
	b.jobpac.readErr = nil
	b.untilSettled(2, 5)
	b.want(journal.KindChangeOrder, 7701, journal.Done, 3, erp.Success)
}

// What was refused two days ago and is sent again gets its tries anew.
func TestFoundWhatIsSentAgainGetsItsTriesAnew(t *testing.T) {
	b := newBench(t)
	b.order(1, 1).Vendor.Origin = ""
	b.deliver(1)
	b.clock.Advance(48 * time.Hour)
	b.order(2, 1)
	b.jobpac.readErr = unreadOnce()
	if v := b.deliver(2); v.After > 15*time.Second {
		t.Fatalf("got %+v", v)
	}
	b.jobpac.readErr = nil
	b.untilSettled(2, 5)
	b.want(journal.KindCommitment, 4101, journal.Done, 2, erp.Success)
}

// A request that a newer one overtook, and that was told so, does not take the
// document back when its event comes once more.
func TestFoundAnOvertakenRequestStaysOvertaken(t *testing.T) {
	b := newBench(t)
	b.order(1, 1)
	b.jobpac.outcome = func(_ erp.Write, nth int) (bool, error) {
		if nth < 3 {
			return true, fault.New(fault.Ambiguous, "write", errCut)
		}
		return true, nil
	}
	b.deliver(1) // the header is in doubt
	b.order(2, 1).Lines[0].Description = "Another line"
	b.clock.Advance(quiet)
	b.deliver(2) // found; now the line is in doubt
	b.deliver(1) // overtaken, and told
	b.clock.Advance(quiet)
	b.deliver(1) // once more
	if e := b.effect(journal.KindCommitment, 4101); e.Request != 2 {
		t.Fatalf("request %d is served (%s: %s)", e.Request, e.State, e.Last.Reason)
	}
	b.deliver(2)
	b.want(journal.KindCommitment, 4101, journal.Done, 2, erp.Success)
	if got := b.jobpac.rows[1].values[erp.ColDescription]; got != "Another line" {
		t.Fatalf("Jobpac has %q", got)
	}
}

// What stands and was asked for with other content is parked, and a third
// asking is no leave to change it.
func TestFoundAThirdSendingDoesNotChangeWhatStands(t *testing.T) {
	b := newBench(t)
	b.order(1, 1)
	b.deliver(1)
	for request := range erp.ID(2) {
		b.order(2+request, 1).Title = "Another title"
		b.deliver(2 + request)
		b.want(journal.KindCommitment, 4101, journal.Parked, 2, erp.Failed)
	}
	if got := b.jobpac.rows[0].values[erp.ColDescription]; got != "Formply" {
		t.Fatalf("Jobpac has %q", got)
	}
}

// A line that was just written and is not shown yet still stands when the next
// version drops it.
func TestFoundADroppedLineThatIsNotShownYet(t *testing.T) {
	b := newBench(t)
	b.order(1, 2)
	b.jobpac.outcome = func(_ erp.Write, nth int) (bool, error) {
		if nth == 3 { // the second line: done, and hidden
			return false, nil
		}
		return true, nil
	}
	b.deliver(1)
	b.order(2, 1)
	b.clock.Advance(15 * time.Second)
	b.deliver(2)
	if e := b.effect(journal.KindCommitment, 4101); e.State == journal.Done {
		t.Fatal("done, with a line in Jobpac that nobody wants")
	}
}

// halfWritten is a rejected order of which the header stands.
func halfWritten(t *testing.T) *bench {
	b := newBench(t)
	b.order(1, 1)
	b.jobpac.outcome = func(_ erp.Write, nth int) (bool, error) {
		if nth == 2 {
			return false, fault.New(fault.Permanent, "write", nil).Saying("cost centre closed")
		}
		return true, nil
	}
	b.deliver(1)
	b.want(journal.KindCommitment, 4101, journal.Rejected, 1, erp.Failed)
	b.order(2, 1).Title = "Formply, better"
	return b
}

// An update that surely was not sent is sent the next time.
func TestFoundAnUpdateThatWasNotSentIsSentLater(t *testing.T) {
	b := halfWritten(t)
	b.jobpac.outcome = func(_ erp.Write, nth int) (bool, error) {
		if nth == 3 {
			return false, fault.New(fault.Transient, "write", errCut)
		}
		return true, nil
	}
	b.untilSettled(2, 5)
	b.want(journal.KindCommitment, 4101, journal.Done, 2, erp.Success)
}

// A refused update leaves what it was to change, and the approver is told so.
func TestFoundARefusedUpdateSaysThatTheDocumentStands(t *testing.T) {
	b := halfWritten(t)
	b.jobpac.outcome = func(erp.Write, int) (bool, error) {
		return false, fault.New(fault.Permanent, "write", nil).Saying("order is locked")
	}
	b.deliver(2)
	b.want(journal.KindCommitment, 4101, journal.Rejected, 1, erp.Failed)
	if words := strings.Join(b.procore.words[1002], " "); strings.Contains(words, "Nothing of it stands") {
		t.Fatalf("the header stands, and the approver reads %q", words)
	}
}

// A second send that came too late to be made takes nothing back of the first,
// which may still land. It took three faults at once: a commit later than the
// quiet period, a worker that stood still after the next intent, and a look-up
// that lagged.
func TestFoundASendThatCameTooLateLeavesTheEarlierDoubt(t *testing.T) {
	b := newBench(t)
	b.unique = Verified
	b.order(1, 1)
	b.jobpac.outcome = func(erp.Write, int) (bool, error) { return false, fault.New(fault.Ambiguous, "write", errCut) }
	b.deliver(1)
	b.clock.Advance(quiet)
	b.journal.after = func(journal.Record) error { b.clock.Advance(10 * time.Second); return nil }
	b.deliver(1)
	if e := b.effect(journal.KindCommitment, 4101); len(e.Doubts()) == 0 || len(b.jobpac.sent) != 1 {
		t.Fatalf("%s, nothing in doubt after %d sends", e.State, len(b.jobpac.sent))
	}
}

// An update that may still be on its way is waited for before another is sent:
// landing later, it would put the older content back.
func TestFoundAnUpdateInDoubtIsWaitedFor(t *testing.T) {
	b := halfWritten(t)
	b.jobpac.outcome = func(erp.Write, int) (bool, error) { panic(errDied) }
	b.dies(func() Verdict { return b.deliver(2) })
	b.order(3, 1).Title = "Formply, best"
	if v := b.deliver(3); v.Settle != Later || len(b.jobpac.sent) != 3 {
		t.Fatalf("%d sends, got %+v", len(b.jobpac.sent), v)
	}
	b.untilSettled(3, 5)
	b.want(journal.KindCommitment, 4101, journal.Done, 2, erp.Success)
}
