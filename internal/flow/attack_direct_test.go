package flow

import (
	"errors"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// gone is how a deleted document is told: nothing else is filled in.
func gone(resource string, id erp.ID) erp.Request {
	return erp.Request{Company: 9, Direct: &erp.Direct{Resource: resource, Project: 6, ID: id, Gone: true}}
}

func TestADeletedDocumentIsToldOfItsOwnEffect(t *testing.T) {
	b, s := directBench(t)
	b.changed(4101, erp.FromWebhook)
	s.documents[4101] = gone(erp.ResourcePurchaseOrders, 4101)
	if v := b.changed(4101, erp.FromWebhook); v.Settle != Ack {
		t.Fatalf("%+v", v)
	}
	if e := b.effect(journal.KindCommitment, 4101); e.State != journal.Parked || e.Last.Rule != ruleWithdrawn {
		t.Errorf("%s %s", e.State, e.Last.Rule)
	}
	records := b.effect(journal.KindCommitment, 4101).Records
	if b.changed(4101, erp.FromWebhook); b.effect(journal.KindCommitment, 4101).Records != records {
		t.Error("told twice")
	}
}

// A document that was withdrawn before anything was written, and approved
// again, is entered after all.
func TestADocumentApprovedAgainIsEntered(t *testing.T) {
	b, s := directBench(t)
	b.jobpac.readErr = errAway()
	b.changed(4101, erp.FromWebhook)
	b.jobpac.readErr = nil
	c := *s.documents[4101].Commitment
	b.show(s, c, "Draft", 110)
	b.changed(4101, erp.FromWebhook)
	b.want(journal.KindCommitment, 4101, journal.Superseded, 0)
	b.show(s, c, "Approved", 120)
	b.clock.Advance(time.Hour)
	b.changed(4101, erp.FromWebhook)
	b.want(journal.KindCommitment, 4101, journal.Done, 3)
}

func TestARequestThatWasNotNeededStaysSo(t *testing.T) {
	for _, source := range []string{erp.FromWebhook, erp.FromReplay} {
		e := journal.Effect{Key: journal.NewKey("acme", journal.KindRequest, 5), State: journal.Superseded, Request: 5}
		if d := Decide(Case{Effect: e, Request: 5, Source: source}); d.Do != Skip {
			t.Errorf("%s: %+v", source, d)
		}
	}
}

// errAway is a fault that counts against the document.
func errAway() error { return fault.New(fault.Transient, "read", errors.New("500")) }

// What a person gave up is not entered by the next webhook of the document, but
// by a change of it.
func TestADocumentThatWasGivenUpStaysSoUntilItIsChanged(t *testing.T) {
	b, s := directBench(t)
	b.jobpac.readErr = errAway()
	b.changed(4101, erp.FromWebhook)
	b.jobpac.readErr = nil
	b.Process(t.Context(), b.decision(erp.Abandon, journal.KindCommitment, 4101, ""))
	b.want(journal.KindCommitment, 4101, journal.Abandoned, 0)
	c := *s.documents[4101].Commitment
	b.show(s, c, "Approved", 120)
	b.changed(4101, erp.FromWebhook)
	b.want(journal.KindCommitment, 4101, journal.Abandoned, 0)
	c.Title = "changed"
	b.show(s, c, "Approved", 130)
	b.changed(4101, erp.FromWebhook)
	b.want(journal.KindCommitment, 4101, journal.Done, 3)
}

// Two changes in one second are two changes.
func TestAChangeInTheSameSecondIsSeen(t *testing.T) {
	b, s := directBench(t)
	c := *s.documents[4101].Commitment
	good := c.Vendor
	c.Vendor = erp.Link{ID: 5}
	b.show(s, c, "Approved", 100)
	b.changed(4101, erp.FromWebhook)
	b.want(journal.KindCommitment, 4101, journal.Rejected, 0)
	c.Vendor = good
	b.show(s, c, "Approved", 100)
	b.changed(4101, erp.FromWebhook)
	b.want(journal.KindCommitment, 4101, journal.Done, 3)
	c.Title = "changed"
	b.show(s, c, "Approved", 100)
	b.changed(4101, erp.FromWebhook)
	b.want(journal.KindCommitment, 4101, journal.Parked, 3)
}

// Void and approved again as it stands: nobody has to decide any more.
func TestADocumentThatIsApprovedAgainAsItStandsIsDone(t *testing.T) {
	b, s := directBench(t)
	b.changed(4101, erp.FromWebhook)
	c := *s.documents[4101].Commitment
	b.show(s, c, "Void", 110)
	b.changed(4101, erp.FromWebhook)
	b.want(journal.KindCommitment, 4101, journal.Parked, 3)
	b.show(s, c, "Approved", 120)
	b.changed(4101, erp.FromWebhook)
	b.want(journal.KindCommitment, 4101, journal.Done, 3)
	if n := b.jobpac.count(erp.KindOrder); n != 1 {
		t.Errorf("%d orders", n)
	}
}

// Without the ERP tool Procore takes no origin ids: a replay of what is done
// changes nothing.
func TestAReplayOfWhatIsDoneNeedsNoLink(t *testing.T) {
	b, s := directBench(t)
	b.procore.linkErr = fault.New(fault.Permanent, "link", errors.New("403"))
	b.changed(4101, erp.FromWebhook)
	b.show(s, *s.documents[4101].Commitment, "Approved", 110)
	b.changed(4101, erp.FromReplay)
	b.want(journal.KindCommitment, 4101, journal.Done, 3)
}

// A webhook of a document is no approver's: without a date nobody knows that it
// is not from before go-live.
func TestAnUndatedDocumentIsNotCreatedWhereThereIsAGoLive(t *testing.T) {
	b, s := directBench(t)
	b.GoLive = b.clock.Now().Add(-time.Hour)
	c := *s.documents[4101].Commitment
	c.CreatedAt = ""
	b.show(s, c, "Approved", 100)
	b.changed(4101, erp.FromWebhook)
	b.want(journal.KindCommitment, 4101, journal.Parked, 0)
	if e := b.effect(journal.KindCommitment, 4101); e.Last.Rule != ruleBeforeGoLive {
		t.Errorf("%+v", e.Last)
	}
}

// The contract line of a change order that is read by itself is our guess: a new
// line of the contract is no change of the change order.
func TestTheGuessedContractLineIsNoContent(t *testing.T) {
	read := func(guess erp.ID, direct *erp.Direct) string {
		l := line(t, 200, 1, "5.00")
		l.CommitmentLine = guess
		return contentFingerprint(erp.Request{Direct: direct, Commitment: &erp.Commitment{ID: 4101}, ChangeOrder: &erp.ChangeOrder{ID: 7701, Lines: []erp.Line{l}}})
	}
	if read(0, &erp.Direct{}) != read(100, &erp.Direct{}) {
		t.Error("a guess counts")
	}
	if read(0, nil) == read(100, nil) {
		t.Error("what a request says does not count")
	}
}

// A person's word sends nothing that is not approved any more.
func TestWhatIsNotApprovedAnyMoreIsNotSentAgain(t *testing.T) {
	for name, change := range map[string]func(*bench, *shelf){
		"void":    func(b *bench, s *shelf) { b.show(s, *s.documents[4101].Commitment, "Void", 110) },
		"deleted": func(_ *bench, s *shelf) { s.documents[4101] = gone(erp.ResourcePurchaseOrders, 4101) },
	} {
		t.Run(name, func(t *testing.T) {
			b, s := directBench(t)
			b.jobpac.outcome = lost
			for range 50 {
				v := b.changed(4101, erp.FromWebhook)
				if v.Settle == Ack {
					break
				}
				b.clock.Advance(v.After)
			}
			b.want(journal.KindCommitment, 4101, journal.Parked, 0)
			b.jobpac.outcome = nil
			b.clock.Advance(time.Hour)
			sent := len(b.jobpac.sent)
			change(b, s)
			v := b.Process(t.Context(), b.decision(erp.Retry, journal.KindCommitment, 4101, ""))
			if e := b.effect(journal.KindCommitment, 4101); v.Settle != Ack || len(b.jobpac.sent) != sent || e.State != journal.Parked || e.Last.Rule != ruleDecision {
				t.Errorf("%+v: %s %s, sent %v", v, e.Last.Rule, e.Last.Reason, b.jobpac.sent[sent:])
			}
		})
	}
}

// A document that cannot be read is asked for less and less often, and not for
// ever.
func TestAnUnreadableDocumentOfASettledEffectIsLetGo(t *testing.T) {
	b, s := directBench(t)
	b.changed(4101, erp.FromWebhook)
	s.err = errAway()
	e := erp.Event{
		ID: "doc", Connection: "acme", Resource: erp.ResourcePurchaseOrders, ResourceID: 4101, Project: 6, Action: "update",
		Source: erp.FromWebhook, Received: b.clock.Now(),
	}
	tries := 0
	for ; tries < 200; tries++ {
		v := b.Process(t.Context(), e)
		if v.Settle == Ack {
			break
		}
		b.clock.Advance(v.After)
	}
	if tries == 0 || tries == 200 {
		t.Errorf("asked %d times", tries)
	}
	b.want(journal.KindCommitment, 4101, journal.Done, 3)
}

// The webhooks of change orders tell of prime contracts too.
func TestAChangeOrderOfAPrimeContractIsNotNeeded(t *testing.T) {
	b, s := directBench(t)
	s.documents[7702] = erp.Request{Company: 9, Name: erp.CreateCommitmentChangeOrder, ChangeOrder: &erp.ChangeOrder{ID: 7702, Prime: true},
		Direct: &erp.Direct{Resource: erp.ResourceChangePackages, Project: 6, ID: 7702, Status: "approved", Prime: true}}
	if v := b.changed(7702, erp.FromWebhook); v.Settle != Ack || len(b.journal.records) != 0 {
		t.Errorf("%+v", v)
	}
}

// A day without a time is a date.
func TestADayIsComparedWithGoLive(t *testing.T) {
	for day, state := range map[string]journal.State{"2026-11-20": journal.Done, "2026-11-18": journal.Parked} {
		b, s := directBench(t)
		b.GoLive = time.Date(2026, 11, 19, 0, 0, 0, 0, time.UTC)
		r := s.documents[4101]
		r.CreatedAt = day
		s.documents[4101] = r
		b.changed(4101, erp.FromWebhook)
		if e := b.effect(journal.KindCommitment, 4101); e.State != state {
			t.Errorf("%s: %s %s", day, e.State, e.Last.Reason)
		}
	}
}
