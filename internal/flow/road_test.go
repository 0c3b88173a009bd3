package flow

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

func TestAnApprovalBecomesOneOrder(t *testing.T) {
	b := newBench(t)
	b.order(1, 2)
	for range 3 {
		if v := b.deliver(1); v.Settle != Ack {
			t.Fatalf("got %+v", v)
		}
	}
	b.want(journal.KindCommitment, 4101, journal.Done, 3, erp.Success)
	if got := b.procore.links[4101]; got.Origin != "01|PO1001" || got.Type != erp.ItemPurchaseOrder {
		t.Fatalf("header linked as %+v", got)
	}
	if got := b.procore.links[101].Origin; got != "01|PO1001|2" {
		t.Fatalf("line linked as %q", got)
	}
}

// One append per step, and the result of a step rides with the next intent.

func TestAppendsPerApproval(t *testing.T) {
	b := newBench(t)
	b.order(1, 2)
	b.deliver(1)
	// planned+claimed+intent 1 | committed 1+intent 2 | committed 2+intent 3 | committed 3+applied | confirmed+done
	if b.journal.appends != 5 {
		t.Fatalf("%d appends for three steps, want 5", b.journal.appends)
	}
}

func TestTwoRequestIdsOneOrder(t *testing.T) {
	b := newBench(t)
	b.order(1, 2)
	b.deliver(1)
	b.order(2, 2)
	b.deliver(2)
	b.want(journal.KindCommitment, 4101, journal.Done, 3, erp.Success)
	if got := b.procore.closings[1001]; !slices.Equal(got, []erp.Outcome{erp.Success}) {
		t.Fatalf("the first detail: %v", got)
	}
}

// The table of one write's outcomes: what happened, what Jobpac holds, what the

// effect becomes, and after the quiet period what it ends as.

// untilSettled delivers again and again, as the bus would, each time after the

// wait that was asked for.

// Every append may be the last thing a process does, before it or after it,

// and every write too: one order in the end, or a person is asked.

// dieAt kills the delivery at its nth append or write; false when it never

// gets there.

func TestOnlyOneOfTwoWorkersSends(t *testing.T) {
	b := newBench(t)
	b.order(1, 1)
	b.claims.err = errors.New("redis is away")
	other := NewRoad(b.settings(), b.parts("two"))
	other.Alone, b.Alone = false, false
	b.jobpac.outcome = func(_ erp.Write, nth int) (bool, error) {
		if nth == 1 { // while one sends, the other sees a held effect
			b.jobpac.mu.Unlock()
			v := other.Process(t.Context(), erp.Event{ID: "x", Resource: "ERP Requests", Action: "create", ResourceID: 1, Source: erp.FromWebhook, Received: b.clock.Now()})
			b.jobpac.mu.Lock()
			if v.Settle != Later {
				t.Errorf("the other: %+v", v)
			}
		}
		return true, nil
	}
	b.deliver(1)
	b.want(journal.KindCommitment, 4101, journal.Done, 2, erp.Success)
}

func TestAHeldAggregateIsLeftAlone(t *testing.T) {
	b := newBench(t)
	b.order(1, 1)
	b.claims.held["acme"+"commitment-4101"] = "somebody"
	if v := b.deliver(1); v.Settle != Later || b.journal.appends != 0 {
		t.Fatalf("got %+v", v)
	}
}

func TestALineThatAPersonChangedIsParkedNotOverwritten(t *testing.T) {
	b := newBench(t)
	b.order(1, 3)
	b.dieAt("before append", 3)
	b.jobpac.rows[1].values[erp.ColRate], b.jobpac.rows[1].values[erp.ColValue] = "7.0000", "7.00"
	b.untilSettled(1, 20)
	if e := b.effect(journal.KindCommitment, 4101); e.State != journal.Parked || b.jobpac.rows[1].values[erp.ColValue] != "7.00" {
		t.Fatalf("%s, value %s", e.State, b.jobpac.rows[1].values[erp.ColValue])
	}
}

func TestAnotherNumberWhileHalfOfItStands(t *testing.T) {
	b := newBench(t)
	b.order(1, 2)
	b.jobpac.outcome = func(_ erp.Write, nth int) (bool, error) {
		if nth == 2 {
			return false, fault.New(fault.Permanent, "write", nil).Saying("cost centre closed")
		}
		return true, nil
	}
	b.deliver(1)
	b.want(journal.KindCommitment, 4101, journal.Rejected, 1, erp.Failed)
	b.order(2, 2).Code = "PO2002"
	b.deliver(2)
	b.want(journal.KindCommitment, 4101, journal.Parked, 1, erp.Failed)
	b.order(3, 2)
	b.jobpac.outcome = nil
	b.deliver(3)
	b.want(journal.KindCommitment, 4101, journal.Done, 3, erp.Success)
}

func TestCommittedRowsAreUpdatedAfterARefusal(t *testing.T) {
	b := newBench(t)
	b.order(1, 2)
	b.jobpac.outcome = func(_ erp.Write, nth int) (bool, error) {
		if nth == 3 {
			return false, fault.New(fault.Permanent, "write", nil).Saying("cost centre closed")
		}
		return true, nil
	}
	b.deliver(1)
	b.want(journal.KindCommitment, 4101, journal.Rejected, 2, erp.Failed)
	b.jobpac.outcome = nil
	b.order(2, 2).Title = "Formply, better"
	b.deliver(2)
	b.want(journal.KindCommitment, 4101, journal.Done, 3, erp.Success)
	if got := b.jobpac.rows[0].values[erp.ColDescription]; got != "Formply, better" {
		t.Fatalf("the header says %q", got)
	}
}

func TestTotalsAreVerifiedByReadingBack(t *testing.T) {
	b := newBench(t)
	b.order(1, 2)
	b.jobpac.outcome = func(w erp.Write, nth int) (bool, error) {
		if nth == 3 {
			if err := b.jobpac.put(w); err != nil {
				return false, err
			}
			b.jobpac.rows[2].values[erp.ColValue] = "101.49"
			return false, nil
		}
		return true, nil
	}
	b.deliver(1)
	b.want(journal.KindCommitment, 4101, journal.Parked, 3, erp.Failed)
}

func TestOtherHintsAreNotNeeded(t *testing.T) {
	b := newBench(t)
	for _, e := range []erp.Event{{Resource: "Projects", Action: "create", ResourceID: 1}, {Resource: "ERP Requests", Action: "update", ResourceID: 1}, {Resource: "ERP Requests", Action: "create"}} {
		if v := b.Process(t.Context(), e); v.Settle != Ack || b.journal.appends != 0 {
			t.Errorf("%+v: %+v", e, v)
		}
	}
}

func TestObserveWritesNothing(t *testing.T) {
	b := newBench(t)
	b.Observe = true
	b.order(1, 2)
	b.procore.requests[2] = erp.Request{ID: 2, DetailID: 1002, Name: "create_vendor"}
	c := *b.order(3, 1)
	c.ID, c.Vendor.Origin = 4102, ""
	b.procore.requests[3] = erp.Request{ID: 3, DetailID: 1003, Name: erp.CreateCommitment, JobOrigin: "01|1001", Commitment: &c}
	for id := range erp.ID(3) {
		if v := b.deliver(id + 1); v.Settle != Ack || !strings.Contains(v.Reason, "observe mode") {
			t.Fatalf("request %d: %+v", id+1, v)
		}
	}
	if len(b.jobpac.sent) != 0 || len(b.procore.closings) != 0 || len(b.procore.links) != 0 {
		t.Fatal("observe mode wrote something")
	}
	e := b.effect(journal.KindCommitment, 4101)
	if e.State != journal.Planned || len(e.Plan.Steps) != 3 {
		t.Fatalf("%s with %d steps", e.State, len(e.Plan.Steps))
	}
	b.Observe = false
	b.replay(1)
	b.want(journal.KindCommitment, 4101, journal.Done, 3, erp.Success)
}

func TestTheTimeForOneGoEndsBetweenSteps(t *testing.T) {
	b := newBench(t)
	b.order(1, 4)
	b.jobpac.outcome = func(erp.Write, int) (bool, error) { b.clock.Advance(time.Minute); return true, nil }
	v := b.deliver(1)
	if v.Settle != Later || len(b.jobpac.sent) != 3 {
		t.Fatalf("got %+v after %d sends", v, len(b.jobpac.sent))
	}
	b.untilSettled(1, 5)
	b.want(journal.KindCommitment, 4101, journal.Done, 5, erp.Success)
	if e := b.effect(journal.KindCommitment, 4101); e.Attempt != 0 {
		t.Fatalf("%d attempts", e.Attempt)
	}
}

// A detail that was closed as failed stays so in Procore; a replay that

// succeeds is done all the same.

// A refusal never rests on facts that were read for another document.

// A change order's contract stands also while a new export of the commitment

// waits for a person.

func TestAParkedReexportDoesNotHoldChangeOrdersUp(t *testing.T) {
	b := newBench(t)
	c := b.order(1, 1)
	b.deliver(1)
	first := *c
	b.order(2, 1).Title = "Another title"
	b.deliver(2)
	b.want(journal.KindCommitment, 4101, journal.Parked, 2, erp.Failed)
	b.change(3, first, 1)
	b.deliver(3)
	b.want(journal.KindChangeOrder, 7701, journal.Done, 3, erp.Success)
}

// A refusal is no doubt: the approver is not told that it may exist.

// A look-up that lags hides our own record: the second send is refused, and

// that refusal proves nothing.

// One that stays hidden ends with a person, not in a circle.
