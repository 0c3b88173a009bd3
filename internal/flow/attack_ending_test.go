package flow

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// The approver is sent to a number under which nothing stands.
func TestAttackWhatStandsIsNamedByItsOwnNumber(t *testing.T) {
	b := newBench(t)
	b.order(1, 2)
	b.jobpac.outcome = func(_ erp.Write, nth int) (bool, error) {
		if nth == 3 {
			return false, fault.New(fault.Permanent, "write", nil).Saying("cost centre closed")
		}
		return true, nil
	}
	b.deliver(1)
	c := b.order(2, 2)
	c.Code, c.Lines[0].CostCode.Origin = "PO2002", ""
	b.deliver(2)
	if words := strings.Join(b.procore.words[1002], " "); strings.Contains(words, "under number PO2002") {
		t.Fatalf("PO1001 stands, and the approver reads %q", words)
	}
}

// Request 1 was told success and the answer, or the process, was lost; request 2
// came first; then request 1 is told that it failed.
func TestAttackADetailIsClosedOneWay(t *testing.T) {
	b := newBench(t)
	b.order(1, 1)
	b.Points = dyingAt(failpoint.Closed)
	b.dies(func() Verdict { return b.deliver(1) })
	b.order(2, 1)
	b.untilSettled(2, 5)
	b.untilSettled(1, 5)
	if got := b.procore.closings[1001]; slices.Contains(got, erp.Failed) && slices.Contains(got, erp.Success) {
		t.Fatalf("detail 1001 was closed %v: %q", got, b.procore.words[1001])
	}
}

// Done, sent again with other content (parked), the new content abandoned: that
// is no leave to change what stands at the third sending.
func TestAttackAbandoningAChangeIsNoLeaveToChange(t *testing.T) {
	b := newBench(t)
	b.order(1, 1)
	b.deliver(1)
	b.order(2, 1).Title = "Second title"
	b.deliver(2)
	b.Process(t.Context(), b.decision(erp.Abandon, journal.KindCommitment, 4101, ""))
	b.order(3, 1).Title = "Third title"
	b.deliver(3)
	if got := b.jobpac.rows[0].values[erp.ColDescription]; got != "Formply" {
		t.Fatalf("Jobpac has %q", got)
	}
}

// Jobpac goes away in the middle of a write for three hours. It is known to
// refuse a second record of one key, so the absent one may be sent again.
func TestAttackVerifiedUniqueAfterALongOutage(t *testing.T) {
	b := newBench(t)
	b.unique = Verified
	b.order(1, 1)
	b.jobpac.outcome = lost
	b.deliver(1)
	b.jobpac.outcome, b.jobpac.readErr = nil, fault.New(fault.Transient, "login", nil).OfSystem()
	b.clock.Advance(quiet)
	if v := b.deliver(1); v.Pause == 0 {
		t.Fatalf("%+v", v)
	}
	b.clock.Advance(3 * time.Hour)
	b.jobpac.readErr = nil
	b.untilSettled(1, 20)
	b.want(journal.KindCommitment, 4101, journal.Done, 2, erp.Success)
}

// Half of it stands when Jobpac goes away for two days; the first reading that
// fails after that makes a dead letter at the first try.
func TestAttackAnOutageIsNoTrying(t *testing.T) {
	b := newBench(t)
	b.order(1, 2)
	away := fault.New(fault.Transient, "dial", errCut).OfSystem()
	b.jobpac.outcome = func(_ erp.Write, nth int) (bool, error) {
		if nth == 2 {
			return false, away
		}
		return true, nil
	}
	b.deliver(1)
	b.jobpac.outcome = nil
	b.clock.Advance(48 * time.Hour)
	b.jobpac.readErr = unreadOnce()
	b.deliver(1)
	if e := b.effect(journal.KindCommitment, 4101); e.State == journal.Dead {
		t.Fatalf("dead: %s", e.Last.Reason)
	}
}

// A request that was given up unread and read after all: its document is
// unknown when it cannot be read once more, and the event is let go.
func TestAttackADeadRequestThatWasReadAtLast(t *testing.T) {
	b := newBench(t)
	b.untilSettled(1, 100)
	if s := b.effect(journal.KindRequest, 1).State; s != journal.Dead {
		t.Fatal(s)
	}
	b.order(1, 1)
	b.jobpac.outcome = lost
	b.redeliver(1)
	b.clock.Advance(quiet)
	b.procore.showErr = unreadOnce()
	v := b.redeliver(1)
	if s := b.effect(journal.KindCommitment, 4101).State; v.Settle == Ack && !s.Settled() {
		t.Fatalf("acked (%s) while the commitment is %s", v.Reason, s)
	}
}

// A person decides to retry a request that was given up unread. It can be read
// now, and nothing happens at all.
func TestAttackRetryOfARequestThatWasGivenUpUnread(t *testing.T) {
	b := newBench(t)
	b.untilSettled(1, 100)
	b.order(1, 1)
	b.Process(t.Context(), b.decision(erp.Retry, journal.KindRequest, 1, ""))
	if len(b.jobpac.rows) == 0 {
		t.Fatalf("nothing was done, the request is %s", b.effect(journal.KindRequest, 1).State)
	}
}

// A refused update forgets what it was to change: the next version is parked as
// if a person had touched the order.
func TestAttackARefusedUpdateStillKnowsWhatStands(t *testing.T) {
	b := halfWritten(t)
	b.jobpac.outcome = func(erp.Write, int) (bool, error) {
		return false, fault.New(fault.Permanent, "write", nil).Saying("order is locked")
	}
	b.deliver(2)
	b.jobpac.outcome = nil
	b.order(3, 1).Title = "Formply, best"
	b.untilSettled(3, 5)
	if e := b.effect(journal.KindCommitment, 4101); e.State != journal.Done {
		t.Fatalf("%s: %s", e.State, e.Last.Reason)
	}
}

// An order that carries our own change order is replayed with a new title: the
// accountant is told to remove the change order's line.
func TestAttackOurOwnChangeOrderIsNoLineTooMany(t *testing.T) {
	b := newBench(t)
	c := b.order(1, 1)
	b.deliver(1)
	b.change(2, *c, 1)
	b.deliver(2)
	b.want(journal.KindChangeOrder, 7701, journal.Done, 3, erp.Success)
	b.order(3, 1).Title = "Another title"
	b.deliver(3)
	b.replay(3)
	if e := b.effect(journal.KindCommitment, 4101); strings.Contains(e.Last.Reason, "Remove it") {
		t.Fatalf("%s, the header is %q: %s", e.State, b.jobpac.rows[0].values[erp.ColDescription], e.Last.Reason)
	}
}

// A request without a date is believed when the webhook brings it, and parked
// when the sweep's hint for the same request comes between two tries.
func TestAttackASweepBetweenTwoTriesOfAnUndatedRequest(t *testing.T) {
	b := newBench(t)
	b.GoLive = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	b.order(1, 1)
	b.jobpac.readErr = unreadOnce()
	v := b.deliver(1)
	b.jobpac.readErr = nil
	b.clock.Advance(v.After)
	e := webhook("sweep-1", 1)
	e.Source = erp.FromSweep
	b.Process(t.Context(), e)
	b.untilSettled(1, 5)
	b.want(journal.KindCommitment, 4101, journal.Done, 2, erp.Success)
}

// A variation that may stand waits for its commitment, which was begun anew: the
// wait forgets the number, and a week later nobody is warned.
func TestAttackAWaitDoesNotForgetWhatMayStand(t *testing.T) {
	b := newBench(t)
	c := b.order(1, 1)
	c.Type = erp.WorkOrderContract
	b.deliver(1)
	b.change(2, *c, 2)
	b.jobpac.outcome = func(_ erp.Write, nth int) (bool, error) {
		if nth == 5 {
			return false, fault.New(fault.Permanent, "write", nil).Saying("cost centre closed")
		}
		return true, nil
	}
	b.deliver(2)
	b.want(journal.KindChangeOrder, 7701, journal.Rejected, 4, erp.Failed)
	b.order(3, 1).Vendor.Origin = ""
	b.deliver(3)
	b.replay(3) // the commitment is begun anew, and refused
	b.change(4, *c, 2)
	b.untilSettled(4, 2000)
	b.want(journal.KindChangeOrder, 7701, journal.Parked, 4, erp.Failed)
	if words := strings.Join(b.procore.words[1004], " "); !strings.Contains(words, "V00007") {
		t.Fatalf("two records stand as V00007, and the approver reads %q", words)
	}
}

// A look-up that shows an order's header and not yet its lines makes the change
// order take the commitment's own item numbers.
func TestAttackItemNumbersAboveWhatIsNotShownYet(t *testing.T) {
	for _, unique := range []Uniqueness{Verified, Unproven} {
		t.Run(string(unique), func(t *testing.T) {
			b := newBench(t)
			b.unique, b.jobpac.doubles = unique, unique == Unproven
			slow := b.slow(0)
			c := b.order(1, 2)
			b.deliver(1)
			slow.stale, slow.since["purchase_order 01|PO1001"] = 2*time.Minute, b.clock.Now().Add(-time.Hour)
			b.change(2, *c, 1)
			b.untilSettled(2, 30)
			seen := map[string]bool{}
			for _, r := range b.jobpac.rows {
				if seen[r.key] {
					t.Errorf("item %s stands twice", r.key)
				}
				seen[r.key] = true
			}
			if e := b.effect(journal.KindChangeOrder, 7701); e.State != journal.Done {
				t.Errorf("%s: %s", e.State, e.Last.Reason)
			}
		})
	}
}

// A decision to retry forgets a doubt about an earlier number without looking,
// though a look-up shows it: a second order is written.
func TestAttackRetryLooksForWhatAnEarlierPlanMayHaveWritten(t *testing.T) {
	b := newBench(t)
	b.order(1, 1)
	b.jobpac.outcome = func(_ erp.Write, nth int) (bool, error) {
		if nth == 1 {
			return true, fault.New(fault.Ambiguous, "write", errCut)
		}
		return true, nil
	}
	b.deliver(1)
	b.clock.Advance(time.Hour)
	b.order(2, 1).Code = "PO2002"
	b.deliver(2)
	if e := b.effect(journal.KindCommitment, 4101); e.State != journal.Parked || e.Last.Rule != ruleEarlierStands {
		t.Fatalf("%s %s", e.State, e.Last.Rule)
	}
	b.Process(t.Context(), b.decision(erp.Retry, journal.KindCommitment, 4101, ""))
	b.oneOrder("PO1001")
}

// ---- faults of the repairs

// An adopted order sent again with two lines changed: the first update lays the
// new plan down, and from then on the new content counts as what the person
// linked. The second line is believed, not changed.
func TestAttackAdoptedThenChangedIsComparedToTheCent(t *testing.T) {
	b := adoptedHand7(t)
	b.procore.linkErr = refusedLink()
	b.Process(t.Context(), b.decision(erp.Adopt, journal.KindCommitment, 4101, "HAND7"))
	b.procore.linkErr = nil
	b.clock.Advance(time.Hour)
	c := b.order(2, 2)
	c.Lines[0], c.Lines[1] = line(t, 100, 1, "1.00"), line(t, 101, 2, "2.00")
	b.untilSettled(2, 20)
	if e := b.effect(journal.KindCommitment, 4101); e.State == journal.Done {
		if first, second := b.jobpac.rows[1].values[erp.ColValue], b.jobpac.rows[2].values[erp.ColValue]; first != "1.00" || second != "2.00" {
			t.Fatalf("done, total %s, and Jobpac has lines of %s and %s", e.Plan.Total, first, second)
		}
	}
}

// The same where the order differs from what was approved: parked as different,
// and done by a replay without anybody having changed anything.
func TestAttackAReplayDoesNotBelieveWhatDiffers(t *testing.T) {
	b := newBench(t)
	b.order(1, 1)
	b.byHand("HAND7", 1, func(v map[erp.Name]string) { v[erp.ColDescription] = "typed" })
	b.parkedUnseenWith(lost)
	b.jobpac.outcome = nil
	b.Process(t.Context(), b.decision(erp.Adopt, journal.KindCommitment, 4101, "HAND7"))
	b.clock.Advance(time.Hour)
	b.order(2, 1).Lines[0] = line(t, 100, 1, "9999.00")
	b.deliver(2)
	b.replay(2)
	b.replay(2)
	if e := b.effect(journal.KindCommitment, 4101); e.State == journal.Done && b.jobpac.rows[1].values[erp.ColValue] != "9999.00" {
		t.Fatalf("done, total %s, and Jobpac has %s", e.Plan.Total, b.jobpac.rows[1].values[erp.ColValue])
	}
}

// A person says in time that it stands as HAND7. The decision waits for the quiet
// period; the webhook, due at the same moment, comes first and writes PO1001.
func TestAttackADecisionThatWaitsIsNotOvertakenByTheWebhook(t *testing.T) {
	b := newBench(t)
	b.unique = Verified
	b.order(1, 2)
	b.byHand("HAND7", 2, nil)
	b.jobpac.outcome = lost
	b.deliver(1)
	b.jobpac.outcome = nil
	e := b.decision(erp.Adopt, journal.KindCommitment, 4101, "HAND7")
	v := b.Process(t.Context(), e)
	b.clock.Advance(max(v.After, 0) + time.Second)
	for range 3 {
		b.deliver(1)
		b.Process(t.Context(), e)
		b.clock.Advance(time.Minute)
	}
	b.oneOrder("HAND7")
}
