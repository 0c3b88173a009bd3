package flow

import (
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

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
		b.want(journal.KindCommitment, 4101, journal.Done, 2, erp.Failed)
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
	b.want(journal.KindCommitment, 4101, journal.Done, 3, erp.Failed)
}
