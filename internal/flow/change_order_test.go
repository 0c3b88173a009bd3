package flow

import (
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

func TestAChangeOrderOnAPurchaseOrderAddsItems(t *testing.T) {
	b := newBench(t)
	c := b.order(1, 2)
	b.deliver(1)
	b.change(2, *c, 2)
	b.deliver(2)
	b.deliver(2)
	b.want(journal.KindChangeOrder, 7701, journal.Done, 5, erp.Success)
	if got := b.procore.links[201].Origin; got != "01|PO1001|4" {
		t.Fatalf("the second line is linked as %q", got)
	}
}

func TestAChangeOrderOnASubcontractBecomesAVariation(t *testing.T) {
	b := newBench(t)
	c := b.order(1, 2)
	c.Type = erp.WorkOrderContract
	b.deliver(1)
	b.change(2, *c, 1).Code = ""
	b.deliver(2)
	b.want(journal.KindChangeOrder, 7701, journal.Done, 5, erp.Success)
	if n := b.effect(journal.KindChangeOrder, 7701).Plan.Number; n != "V00001" {
		t.Fatalf("numbered %q", n)
	}
}

func TestAChangeOrderWaitsAndIsWoken(t *testing.T) {
	b := newBench(t)
	c := b.order(1, 2)
	b.change(2, *c, 1)
	v := b.deliver(2)
	b.want(journal.KindChangeOrder, 7701, journal.Waiting, 0)
	if v.Settle != Later || v.After <= 0 {
		t.Fatalf("got %+v", v)
	}
	b.deliver(1)
	wake, ok := b.post.sent["wake-change_order-7701-2"]
	if !ok || wake.ResourceID != 2 || wake.Source != erp.FromWake {
		t.Fatalf("woken by %+v", b.post.sent)
	}
	b.Process(t.Context(), wake)
	b.want(journal.KindChangeOrder, 7701, journal.Done, 4, erp.Success)
	if e := b.effect(journal.KindChangeOrder, 7701); e.Attempt != 0 {
		t.Fatalf("waiting cost %d attempts", e.Attempt)
	}
}

func TestAWakeLostToACrashIsSentByTheNextDelivery(t *testing.T) {
	b := newBench(t)
	c := b.order(1, 1)
	b.change(2, *c, 1)
	b.deliver(2)
	b.journal.after = func(r journal.Record) error {
		if len(r.Moves) > 0 && r.Moves[len(r.Moves)-1].To == journal.Done {
			panic(errDied)
		}
		return nil
	}
	b.dies(func() Verdict { return b.deliver(1) })
	b.deliver(1)
	if len(b.post.sent) != 1 {
		t.Fatalf("sent %v", b.post.sent)
	}
}

func TestWaitingEndsWithAPersonAfterAWeek(t *testing.T) {
	b := newBench(t)
	c := b.order(1, 2)
	b.change(2, *c, 1)
	b.untilSettled(2, 2000)
	b.want(journal.KindChangeOrder, 7701, journal.Parked, 0, erp.Failed)
	e := b.effect(journal.KindChangeOrder, 7701)
	if waited := e.At.Sub(e.First); waited < 7*24*time.Hour {
		t.Fatalf("parked after %v", waited)
	}
}

func TestAHalfWrittenCommitmentIsNoContractYet(t *testing.T) {
	b := newBench(t)
	c := b.order(1, 2)
	b.jobpac.outcome = func(_ erp.Write, nth int) (bool, error) {
		if nth == 2 {
			return false, fault.New(fault.Permanent, "write", nil).Saying("cost centre closed")
		}
		return true, nil
	}
	b.deliver(1)
	b.change(2, *c, 1)
	b.deliver(2)
	b.want(journal.KindChangeOrder, 7701, journal.Waiting, 1)
}

func TestItemNumbersAreReservedOnce(t *testing.T) {
	b := newBench(t)
	c := b.order(1, 2)
	b.deliver(1)
	b.change(2, *c, 2)
	b.jobpac.outcome = func(_ erp.Write, nth int) (bool, error) {
		if nth == 4 { // the first new item: committed, answer lost
			return true, fault.New(fault.Ambiguous, "write", errCut)
		}
		return true, nil
	}
	b.deliver(2)
	b.untilSettled(2, 20)
	b.want(journal.KindChangeOrder, 7701, journal.Done, 5, erp.Success)
	reg, _, err := b.journal.LoadRegister(t.Context(), "acme", journal.OrderRegister(erp.OrderKey{WorkID: "01", Order: "PO1001"}))
	if err != nil || len(reg.Numbers) != 1 || reg.Numbers[0].First != 3 {
		t.Fatalf("%+v %v", reg, err)
	}
}
