package flow

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
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
	e := b.effect(journal.KindCommitment, 4101)
	if words := strings.Join(e.Plan.Notes, " "); e.State == journal.Done && !strings.Contains(words, "line 3") {
		t.Fatalf("linked, 9000.00 more than approved, and the record says %q", words)
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
