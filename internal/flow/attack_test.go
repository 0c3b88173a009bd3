package flow

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// ---- first group: each of these shows a fault

// adoptedHand7 is order 4101, keyed by hand as HAND7 and linked by a person.
func adoptedHand7(t *testing.T) *bench {
	b := newBench(t)
	b.order(1, 2)
	b.byHand("HAND7", 2, nil)
	b.parkedUnseenWith(lost)
	b.jobpac.outcome = nil
	b.clock.Advance(time.Hour)
	return b
}

func refusedLink() error { return fault.New(fault.Permanent, "link", nil).Saying("origin id is taken") }

func (b *bench) oneOrder(number string) {
	b.Helper()
	var keys []string
	for _, r := range b.jobpac.rows {
		if r.kind == erp.KindOrder {
			keys = append(keys, r.key)
		}
	}
	if !slices.Equal(keys, []string{"01|" + number}) {
		e := b.effect(journal.KindCommitment, 4101)
		b.Errorf("orders %v, want only %s; the effect is %s as %s (%s)", keys, number, e.State, e.Plan.Number, e.Last.Reason)
	}
}

// An adopted order whose link Procore refused is exported again with one word
// changed: nobody decides anything, and a second order is written.
func TestAttackAdoptedAndSentAgainWithOtherContent(t *testing.T) {
	b := adoptedHand7(t)
	b.procore.linkErr = refusedLink()
	b.Process(t.Context(), b.decision(erp.Adopt, journal.KindCommitment, 4101, "HAND7"))
	b.procore.linkErr = nil
	b.clock.Advance(time.Hour)
	b.order(2, 2).Title = "Formply, better"
	b.untilSettled(2, 20)
	b.oneOrder("HAND7")
}

// The same while Procore only is slow to take the link: the effect rests applied.
func TestAttackAdoptedAndSentAgainWhileProcoreIsToBeTold(t *testing.T) {
	b := adoptedHand7(t)
	b.procore.linkErr = fault.New(fault.Transient, "link", nil).Saying("status 500")
	b.Process(t.Context(), b.decision(erp.Adopt, journal.KindCommitment, 4101, "HAND7"))
	b.procore.linkErr = nil
	b.clock.Advance(time.Hour)
	b.order(2, 2).Title = "Formply, better"
	b.untilSettled(2, 20)
	b.oneOrder("HAND7")
}

// Adopted and done, sent again with other content (parked), and replayed.
func TestAttackAdoptedThenChangedThenReplayed(t *testing.T) {
	b := adoptedHand7(t)
	b.Process(t.Context(), b.decision(erp.Adopt, journal.KindCommitment, 4101, "HAND7"))
	b.clock.Advance(time.Hour)
	b.order(2, 2).Title = "Formply, better"
	b.deliver(2)
	b.want(journal.KindCommitment, 4101, journal.Parked, 3, erp.Failed)
	b.replay(2)
	b.oneOrder("HAND7")
}

// Every change order of an adopted purchase order is refused as "number taken".
func TestAttackAChangeOrderOfAnAdoptedOrder(t *testing.T) {
	b := adoptedHand7(t)
	b.Process(t.Context(), b.decision(erp.Adopt, journal.KindCommitment, 4101, "HAND7"))
	c := *b.procore.requests[1].Commitment
	c.Code = "HAND7"
	b.change(2, c, 1)
	b.untilSettled(2, 20)
	if e := b.effect(journal.KindChangeOrder, 7701); e.State != journal.Done {
		t.Fatalf("%s %s: %s", e.State, e.Last.Rule, e.Last.Reason)
	}
}

// A person who types the order's number, where the item's is asked for, links
// the change order to the commitment's own first line: it is done, and stands
// nowhere.
func TestAttackAdoptItemsByANumberThatIsNone(t *testing.T) {
	for _, number := range []string{"PO1001", "PO1001/", "0", "-3", "PO1001/2", "PO9999/2"} {
		t.Run(number, func(t *testing.T) {
			b := newBench(t)
			c := b.order(1, 2)
			b.deliver(1)
			b.change(2, *c, 1)
			b.jobpac.outcome = lost
			b.untilSettled(2, 50)
			b.jobpac.outcome = nil
			b.Process(t.Context(), b.decision(erp.Adopt, journal.KindChangeOrder, 7701, number))
			if e := b.effect(journal.KindChangeOrder, 7701); e.State == journal.Done {
				t.Fatalf("done as %v, a line of the commitment itself; Jobpac has %d rows", b.procore.links[200].Origin, len(b.jobpac.rows))
			}
		})
	}
}

// A decision to abandon that comes after the effect moved on, while it is live,
// ends in a panic, again and again: no request was read.
func TestAttackALateAbandonOfALiveEffect(t *testing.T) {
	b := newBench(t)
	b.order(1, 1)
	b.jobpac.outcome = lost
	b.deliver(1)
	e := b.decision(erp.Abandon, journal.KindCommitment, 4101, "")
	b.clock.Advance(quiet)
	b.deliver(1) // looked, and rests again
	b.clock.Advance(10 * time.Minute)
	defer func() {
		if p := recover(); p != nil {
			t.Fatalf("panic: %v", p)
		}
	}()
	b.Process(t.Context(), e)
}

// The decision is all that still holds the effect: one failed reading of the
// request after a day of safe mode lets it go while it is unknown.
func TestAttackADecisionThatHoldsALiveEffectIsKept(t *testing.T) {
	b := newBench(t)
	b.parkedUnseen(1)
	e := b.decision(erp.Retry, journal.KindCommitment, 4101, "")
	b.clock.Advance(time.Hour)
	if v := b.Process(t.Context(), e); v.Settle != Later {
		t.Fatalf("%+v", v)
	}
	b.clock.Advance(25 * time.Hour)
	b.procore.showErr = unreadOnce()
	v := b.Process(t.Context(), e)
	if s := b.effect(journal.KindCommitment, 4101).State; v.Settle == Ack && !s.Settled() {
		t.Fatalf("acked (%s) while it is %s", v.Reason, s)
	}
}

// A person links HAND7 while our own create of PO1001 is still on its way.
// Retry waits for the quiet period, adopt does not.
func TestAttackAdoptWhileOurOwnIsOnItsWay(t *testing.T) {
	b := newBench(t)
	slow := b.slow(0)
	b.order(1, 2)
	b.byHand("HAND7", 2, nil)
	b.jobpac.outcome = func(w erp.Write, _ int) (bool, error) {
		slow.late = append(slow.late, lateWrite{b.clock.Now().Add(5 * time.Minute), w})
		return false, fault.New(fault.Ambiguous, "write", errCut)
	}
	b.deliver(1)
	e := b.decision(erp.Adopt, journal.KindCommitment, 4101, "HAND7")
	for range 20 {
		if v := b.Process(t.Context(), e); v.Settle == Ack {
			break
		}
		b.clock.Advance(time.Minute)
	}
	b.clock.Advance(time.Hour)
	slow.land()
	if s := b.effect(journal.KindCommitment, 4101).State; s == journal.Done && b.jobpac.count(erp.KindOrder) > 1 {
		t.Fatalf("done, with %d orders in Jobpac and nothing in doubt", b.jobpac.count(erp.KindOrder))
	}
}

// A person links HAND7 while what we wrote stands whole under PO1001, and
// nobody says so.
func TestAttackAdoptWhileOursStandsUnderAnotherNumber(t *testing.T) {
	b := newBench(t)
	b.order(1, 2)
	b.procore.linkErr = refusedLink()
	b.deliver(1)
	b.want(journal.KindCommitment, 4101, journal.Parked, 3, erp.Failed)
	b.procore.linkErr = nil
	b.byHand("HAND7", 2, nil)
	b.clock.Advance(time.Hour)
	b.Process(t.Context(), b.decision(erp.Adopt, journal.KindCommitment, 4101, "HAND7"))
	e := b.effect(journal.KindCommitment, 4101)
	if words := strings.Join(b.procore.words[1001], " "); e.State == journal.Done && !strings.Contains(words, "PO1001") {
		t.Fatalf("done as %s, PO1001 stands too, and the approver reads %q", e.Plan.Number, words)
	}
}

// An order that carries the reference of another commitment is adopted: one
// order for two approvals.
func TestAttackAdoptTheOrderOfAnotherCommitment(t *testing.T) {
	b := newBench(t)
	b.order(1, 2)
	b.byHand("PO2002", 2, nil)
	b.jobpac.rows[0].values[erp.ColReference] = "PCC4102"
	b.parkedUnseenWith(lost)
	b.jobpac.outcome = nil
	b.Process(t.Context(), b.decision(erp.Adopt, journal.KindCommitment, 4101, "PO2002"))
	if e := b.effect(journal.KindCommitment, 4101); e.State == journal.Done {
		t.Fatalf("done as %s, which is commitment 4102", e.Plan.Number)
	}
}

// What an adopted order has beyond the commitment is not told.
func TestAttackAdoptTellsOfALineTooMany(t *testing.T) {
	b := adoptedHand7(t)
	crane := maps.Clone(b.jobpac.rows[2].values)
	crane[erp.ColItem], crane[erp.ColDescription], crane[erp.ColValue] = "3", "Crane hire", "9000.00"
	b.jobpac.rows = append(b.jobpac.rows, row{erp.KindOrderItem, "01|HAND7|3", crane})
	b.Process(t.Context(), b.decision(erp.Adopt, journal.KindCommitment, 4101, "HAND7"))
	words := strings.Join(b.procore.words[1001], " ")
	if e := b.effect(journal.KindCommitment, 4101); e.State == journal.Done && !strings.Contains(words, "line 3") {
		t.Fatalf("linked, 9000.00 more than approved, and the approver reads %q", words)
	}
}

// Where variations are numbered by template, the number a person gives is
// changed or not looked at.
func TestAttackAdoptAVariationWhereNumbersHaveATemplate(t *testing.T) {
	for _, template := range []string{"{number}", "V{code}"} {
		b := newBench(t)
		b.Rules.Variation.Number = template
		c := b.order(1, 2)
		c.Type = erp.WorkOrderContract
		b.deliver(1)
		b.change(2, *c, 1).Code = "7"
		b.jobpac.outcome = lost
		b.untilSettled(2, 50)
		b.jobpac.outcome = nil
		b.clock.Advance(time.Hour)
		b.Process(t.Context(), b.decision(erp.Adopt, journal.KindChangeOrder, 7701, "V00031"))
		if e := b.effect(journal.KindChangeOrder, 7701); !strings.Contains(e.Last.Reason, "nothing under number V00031") {
			t.Errorf("%s: asked for V00031: %s", template, e.Last.Reason)
		}
	}
}

// An adoption that Jobpac's answers do not allow comes again every five seconds
// for ever.
func TestAttackAnAdoptionEnds(t *testing.T) {
	b := newBench(t)
	b.parkedUnseen(1)
	b.clock.Advance(time.Hour)
	b.jobpac.readErr = unreadOnce()
	b.ends(b.decision(erp.Adopt, journal.KindCommitment, 4101, "HAND7"))
}

// ends delivers an event for three days.
func (b *bench) ends(e erp.Event) {
	b.Helper()
	before := b.journal.appends
	for n, until := 0, b.clock.Now().Add(72*time.Hour); b.clock.Now().Before(until); n++ {
		v := b.Process(b.Context(), e)
		if v.Settle == Ack {
			return
		}
		if n > 20000 {
			b.Fatalf("%d deliveries in %v, %d appends, and again after %v: %s", n, b.clock.Now().Sub(e.Received), b.journal.appends-before, v.After, v.Reason)
		}
		b.clock.Advance(max(v.After, time.Second))
	}
}

// A second request for what is done, whose detail or links Procore refuses for
// good, comes again every five seconds for ever.
func TestAttackAConfirmationThatProcoreRefusesEnds(t *testing.T) {
	for _, what := range []string{"close", "link"} {
		t.Run(what, func(t *testing.T) {
			b := newBench(t)
			b.order(1, 1)
			b.deliver(1)
			b.order(2, 1)
			refused := fault.New(fault.Permanent, what, nil).Saying("status is already failed")
			if what == "close" {
				b.procore.closeErr = refused
			} else {
				b.procore.linkErr = refused
			}
			e := webhook("ev-2", 2)
			e.Received = b.clock.Now()
			b.ends(e)
		})
	}
}

// Observe mode writes nothing, also when a document is given up.
func TestAttackObserveModeClosesNoDetail(t *testing.T) {
	b := newBench(t)
	b.Observe = true
	b.order(1, 1)
	b.jobpac.readErr = unreadOnce()
	b.untilSettled(1, 100)
	if len(b.procore.closings) != 0 {
		t.Fatalf("observe mode closed %v: %q", b.procore.closings, b.procore.words[1001])
	}
}

// Given up while all of it stands: the approver is told nothing of it.
func TestAttackGivenUpWhileItStandsSaysSo(t *testing.T) {
	b := newBench(t)
	b.order(1, 2)
	b.procore.linkErr = fault.New(fault.Transient, "link", nil).Saying("status 500")
	b.untilSettled(1, 100)
	b.want(journal.KindCommitment, 4101, journal.Dead, 3, erp.Failed)
	if words := strings.Join(b.procore.words[1001], " "); !strings.Contains(words, "PO1001") {
		t.Fatalf("three records stand as PO1001, and the approver reads %q", words)
	}
}

// Jobpac took everything and then refuses the enquiry: "Nothing was written."
func TestAttackNothingWasWrittenIsNotSaidOfWhatStands(t *testing.T) {
	b := newBench(t)
	b.order(1, 2)
	b.jobpac.outcome = func(_ erp.Write, nth int) (bool, error) {
		if nth == 3 {
			b.jobpac.readErr = fault.New(fault.Permanent, "read", nil).Saying("no rights")
		}
		return true, nil
	}
	b.untilSettled(1, 20)
	if words := strings.Join(b.procore.words[1001], " "); len(b.jobpac.rows) == 3 && strings.Contains(words, "Nothing was written") {
		t.Fatalf("three records stand, and the approver reads %q", words)
	}
}

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

// A failed reading on the first day, five days of waiting or of an outage, and a
// second one: dead after two tries.
func TestAttackTriesDaysApartAreNoDeadLetter(t *testing.T) {
	for _, between := range []string{"waiting", "outage"} {
		t.Run(between, func(t *testing.T) {
			b := newBench(t)
			c := b.order(1, 1)
			b.change(2, *c, 1)
			b.deliver(1)
			kind, id, request := journal.KindChangeOrder, erp.ID(7701), erp.ID(2)
			if between == "waiting" {
				b = newBench(t)
				c = b.order(1, 1)
				b.change(2, *c, 1)
			}
			b.jobpac.readErr = unreadOnce()
			v := b.deliver(request)
			b.clock.Advance(max(v.After, time.Second))
			if between == "waiting" {
				b.jobpac.readErr = nil
				for range 3 {
					v = b.deliver(request)
					b.clock.Advance(max(v.After, time.Second))
				}
				b.clock.Advance(5 * 24 * time.Hour)
				b.deliver(1)
			} else {
				b.jobpac.readErr = fault.New(fault.Transient, "dial", errCut).OfSystem()
				b.deliver(request)
				b.clock.Advance(5 * 24 * time.Hour)
			}
			b.jobpac.readErr = unreadOnce()
			b.deliver(request)
			if e := b.effect(kind, id); e.State == journal.Dead {
				t.Fatalf("dead: %s", e.Last.Reason)
			}
		})
	}
}

// A person puts back in Jobpac what an earlier version said. The next version
// does not overwrite that.
func TestAttackWhatAPersonPutBackIsNotOverwritten(t *testing.T) {
	b := newBench(t)
	b.order(1, 1).Title = "First"
	refuse := func(w erp.Write, _ int) (bool, error) {
		if w.Kind() == erp.KindOrderItem {
			return false, fault.New(fault.Permanent, "write", nil).Saying("cost centre closed")
		}
		return true, nil
	}
	b.jobpac.outcome = refuse
	b.deliver(1)
	b.order(2, 1).Title = "Second"
	b.deliver(2)
	b.want(journal.KindCommitment, 4101, journal.Rejected, 1, erp.Failed)
	if got := b.jobpac.rows[0].values[erp.ColDescription]; got != "Second" {
		t.Fatal(got)
	}
	b.jobpac.rows[0].values[erp.ColDescription] = "First" // by a person
	b.jobpac.outcome = nil
	b.order(3, 1).Title = "Third"
	b.untilSettled(3, 5)
	if got := b.jobpac.rows[0].values[erp.ColDescription]; got != "First" {
		t.Fatalf("a person put %q back, Jobpac has %q", "First", got)
	}
}

// A decision that cannot be carried out on an abandoned change is no leave to
// make the next one.
func TestAttackARefusedDecisionIsNoLeaveToChange(t *testing.T) {
	b := newBench(t)
	b.order(1, 1)
	b.deliver(1)
	b.order(2, 1).Title = "Second title"
	b.deliver(2)
	b.Process(t.Context(), b.decision(erp.Abandon, journal.KindCommitment, 4101, ""))
	b.Process(t.Context(), b.decision(erp.Adopt, journal.KindCommitment, 4101, "NONE"))
	b.order(3, 1).Title = "Third title"
	b.deliver(3)
	if got := b.jobpac.rows[0].values[erp.ColDescription]; got != "Formply" {
		t.Fatalf("Jobpac has %q", got)
	}
}

// Abandoned, asked for as it stands, confirmed; and a change order goes on.
func TestAttackAbandonedChangeThenAskedForAsItStands(t *testing.T) {
	b := newBench(t)
	c := b.order(1, 1)
	b.deliver(1)
	first := *c
	b.order(2, 1).Title = "Second title"
	b.deliver(2)
	b.Process(t.Context(), b.decision(erp.Abandon, journal.KindCommitment, 4101, ""))
	b.change(4, first, 1)
	b.deliver(4)
	b.want(journal.KindChangeOrder, 7701, journal.Done, 3, erp.Success)
	b.order(3, 1)
	b.deliver(3)
	b.want(journal.KindCommitment, 4101, journal.Done, 3, erp.Success)
}

// Abandoned while all of it was written and is not shown yet: the approver is
// told that it stands.
func TestAttackAbandonedWhileAllOfItStandsSaysSo(t *testing.T) {
	b := newBench(t)
	b.slow(2 * time.Minute)
	b.order(1, 2)
	b.deliver(1)
	b.Process(t.Context(), b.decision(erp.Abandon, journal.KindCommitment, 4101, ""))
	b.want(journal.KindCommitment, 4101, journal.Abandoned, 3, erp.Failed)
	if words := strings.Join(b.procore.words[1001], " "); !strings.Contains(words, "PO1001") {
		t.Fatalf("three records stand as PO1001, and the approver reads %q", words)
	}
}

// Applied, Procore to be told; a newer request breaks a rule. What the approver
// reads does not hide that the earlier version stands.
func TestAttackARuleBrokenAfterItStandsSaysSo(t *testing.T) {
	b := newBench(t)
	b.order(1, 2)
	b.procore.linkErr = fault.New(fault.Transient, "link", nil).Saying("status 500")
	b.deliver(1)
	b.procore.linkErr = nil
	b.clock.Advance(time.Minute)
	b.order(2, 2).Lines[0].CostCode.Origin = ""
	b.untilSettled(2, 5)
	if words := strings.Join(b.procore.words[1002], " "); !strings.Contains(words, "PO1001") {
		t.Fatalf("three records stand as PO1001, and the approver reads %q", words)
	}
}

// A change order's item is on its way when the commitment, with one more line
// and a person's leave, takes the same number.
func TestAttackACommitmentTakesNoItemNumberOfAChangeOrder(t *testing.T) {
	b := newBench(t)
	b.jobpac.doubles = true
	slow := b.slow(0)
	c := b.order(1, 1)
	b.deliver(1)
	b.change(2, *c, 1)
	b.jobpac.outcome = func(w erp.Write, _ int) (bool, error) {
		slow.late = append(slow.late, lateWrite{b.clock.Now().Add(5 * time.Minute), w})
		return false, fault.New(fault.Ambiguous, "write", errCut)
	}
	b.deliver(2)
	b.jobpac.outcome = nil
	b.order(3, 2)
	b.deliver(3)
	b.replay(3)
	b.clock.Advance(time.Hour)
	slow.land()
	seen := map[string]bool{}
	for _, r := range b.jobpac.rows {
		if seen[r.key] {
			t.Errorf("%s stands twice", r.key)
		}
		seen[r.key] = true
	}
}

// ---- second group: what held, and nobody tested yet

// The append that carries a decision out lands and is said to have failed; the
// decision comes again. Nothing is sent twice.
func TestAttackADecisionWhoseAppendLandedAndFailed(t *testing.T) {
	for nth := 1; nth <= 5; nth++ {
		b := newBench(t)
		b.parkedUnseen(1)
		b.jobpac.doubles, b.jobpac.outcome = true, nil
		b.clock.Advance(time.Hour)
		e, n := b.decision(erp.Retry, journal.KindCommitment, 4101, ""), 0
		b.journal.after = func(journal.Record) error {
			if n++; n == nth {
				return fault.New(fault.Transient, "append", errCut).OfSystem()
			}
			return nil
		}
		for range 20 {
			v := b.Process(t.Context(), e)
			if v.Settle == Ack {
				break
			}
			b.clock.Advance(v.After)
		}
		b.want(journal.KindCommitment, 4101, journal.Done, 2, erp.Failed, erp.Success)
	}
}

// Two workers carry the same decision out at once, the claims store away.
func TestAttackADecisionByTwoWorkersAtOnce(t *testing.T) {
	b := newBench(t)
	b.parkedUnseen(2)
	b.jobpac.doubles = true
	b.clock.Advance(time.Hour)
	b.claims.err = errCut
	e := b.decision(erp.Retry, journal.KindCommitment, 4101, "")
	other := NewRoad(b.settings(), b.parts("two"))
	b.Alone, other.Alone = false, false
	first := len(b.jobpac.sent)
	b.jobpac.outcome = func(_ erp.Write, nth int) (bool, error) {
		if nth == first+1 || nth == first+2 {
			b.jobpac.mu.Unlock()
			b.clock.Advance(2 * time.Minute) // the lease is lost as well
			other.Process(t.Context(), e)
			b.jobpac.mu.Lock()
		}
		return true, nil
	}
	for range 20 {
		v := b.Process(t.Context(), e)
		if v.Settle == Ack {
			break
		}
		b.clock.Advance(v.After)
	}
	b.untilSettled(1, 20)
	b.want(journal.KindCommitment, 4101, journal.Done, 3, erp.Failed, erp.Success)
}
