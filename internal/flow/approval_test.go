package flow

import (
	"context"
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

// PendingApproval shows those of the items that wait.
func (b *books) PendingApproval(_ context.Context, _ erp.OrderKey, items []erp.Row) ([]int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked++
	var waiting []int
	for _, item := range items {
		if n := itemNumber(item); slices.Contains(b.waiting, n) {
			waiting = append(waiting, n)
		}
	}
	return waiting, b.waitErr
}

func (b *books) Claim(context.Context, erp.ClaimKey) (erp.ClaimFound, error) {
	return erp.ClaimFound{}, nil
}

func (b *books) Invoice(context.Context, erp.CreditorKey, erp.ClaimKey) (erp.ClaimFound, error) {
	return erp.ClaimFound{}, nil
}

// approvalBench has a request for an order of three lines, two of which are to
// wait for approval once they stand, and a road that approves, or does not.
func approvalBench(t *testing.T, approve bool) *bench {
	b := newBench(t)
	b.ApproveOrders = approve
	b.order(1, 3)
	b.jobpac.waiting = []int{1, 3}
	return b
}

// approvals counts the sends of approvals, by step.
func (b *bench) approvals() map[string]int {
	count := map[string]int{}
	for _, id := range b.jobpac.sent {
		if isApproval(id) {
			count[id]++
		}
	}
	return count
}

// untilAcked delivers a request until it is acked, as the bus would.
func (b *bench) untilAcked(request erp.ID) {
	b.Helper()
	for range 100 {
		v := b.deliver(request)
		if v.Settle == Ack {
			return
		}
		b.clock.Advance(v.After)
	}
	b.Fatal("it is never acked")
}

// toldOf is what the approver reads of approvals.
func (b *bench) toldOf(detail erp.ID) string {
	var told []string
	for _, words := range b.procore.words[detail] {
		if strings.HasPrefix(words, approvalNote) {
			told = append(told, words)
		}
	}
	return strings.Join(told, "\n")
}

func TestItemsThatWaitAreLeftToAPersonAndShown(t *testing.T) {
	b := approvalBench(t, false)
	b.untilAcked(1)
	b.want(journal.KindCommitment, 4101, journal.Done, 4, erp.Success)
	if n := b.approvals(); len(n) != 0 || len(b.jobpac.waiting) != 2 {
		t.Errorf("approved %v, waiting %v", n, b.jobpac.waiting)
	}
	told := b.toldOf(1001)
	if !strings.Contains(told, "items 1, 3 of order PO1001 waited") {
		t.Errorf("told %q", told)
	}
	if notes := b.effect(journal.KindCommitment, 4101).Plan.Notes; !slices.Contains(notes, told) {
		t.Errorf("the story says %q", notes)
	}
}

func TestItemsThatWaitAreApprovedBeforeTheAnswer(t *testing.T) {
	b := approvalBench(t, true)
	b.untilAcked(1)
	b.want(journal.KindCommitment, 4101, journal.Done, 4, erp.Success)
	want := []string{"order_item_approval 01|PO1001|1", "order_item_approval 01|PO1001|3"}
	if got := b.jobpac.sent[4:]; !slices.Equal(got, want) || len(b.jobpac.waiting) != 0 {
		t.Errorf("sent %v after the order, waiting %v", got, b.jobpac.waiting)
	}
	e := b.effect(journal.KindCommitment, 4101)
	for _, id := range want {
		if e.Steps[id].State != journal.StepCommitted {
			t.Errorf("on record %s is %+v", id, e.Steps[id])
		}
	}
	if told := b.toldOf(1001); told != "" {
		t.Errorf("told %q", told)
	}
	b.order(2, 3)
	b.untilAcked(2)
	if got := b.approvals(); len(got) != 2 || len(b.jobpac.sent) != 6 {
		t.Errorf("a second request sent %v", b.jobpac.sent)
	}
}

// Nobody is asked where there is no purchase order.
func TestASubcontractNeedsNoApproval(t *testing.T) {
	b := approvalBench(t, true)
	b.order(1, 3).Type = erp.WorkOrderContract
	b.untilAcked(1)
	b.want(journal.KindCommitment, 4101, journal.Done, 4, erp.Success)
	if b.jobpac.asked != 0 || len(b.approvals()) != 0 {
		t.Errorf("asked %d times, sent %v", b.jobpac.asked, b.jobpac.sent)
	}
}

// Of a change order its own items are approved, and no others of the order.
func TestTheItemsOfAChangeOrderAreApproved(t *testing.T) {
	b := approvalBench(t, false)
	b.untilAcked(1)
	b.ApproveOrders, b.jobpac.waiting = true, []int{1, 4}
	b.change(2, *b.order(1, 3), 1)
	b.untilAcked(2)
	if e := b.effect(journal.KindChangeOrder, 7701); e.State != journal.Done {
		t.Fatalf("%s: %s", e.State, e.Last.Reason)
	}
	if got := b.approvals(); len(got) != 1 || got["order_item_approval 01|PO1001|4"] != 1 || !slices.Equal(b.jobpac.waiting, []int{1}) {
		t.Errorf("approved %v, waiting %v", got, b.jobpac.waiting)
	}
}

// Whatever becomes of an answer, every item is approved, none doubtful, and the
// request hears success.
func TestALostAnswerToAnApproval(t *testing.T) {
	for _, happened := range []bool{true, false} {
		for nth := 5; nth <= 6; nth++ {
			b := approvalBench(t, true)
			b.jobpac.outcome = func(_ erp.Write, n int) (bool, error) {
				if n == nth {
					return happened, fault.New(fault.Ambiguous, "write", errCut)
				}
				return true, nil
			}
			began := b.clock.Now()
			b.untilAcked(1)
			b.want(journal.KindCommitment, 4101, journal.Done, 4, erp.Success)
			sends, waited := len(b.jobpac.sent), b.clock.Now().Sub(began)
			if happened && (sends != 6 || waited != 0) || !happened && (sends != 7 || waited < quiet) {
				t.Errorf("write %d, happened %t: %d sends, waited %s", nth, happened, sends, waited)
			}
			if e := b.effect(journal.KindCommitment, 4101); len(e.Doubts()) != 0 || len(b.jobpac.waiting) != 0 {
				t.Errorf("write %d, happened %t: in doubt %v, waiting %v", nth, happened, e.Doubts(), b.jobpac.waiting)
			}
		}
	}
}

// An answer that is never heard does not keep the approver waiting for ever.
func TestAnApprovalThatIsNeverAnsweredIsLeftToAPerson(t *testing.T) {
	b := approvalBench(t, true)
	b.jobpac.outcome = func(w erp.Write, _ int) (bool, error) {
		if w.Kind() == erp.KindApproval {
			return false, fault.New(fault.Ambiguous, "write", errCut)
		}
		return true, nil
	}
	b.untilAcked(1)
	b.want(journal.KindCommitment, 4101, journal.Done, 4, erp.Success)
	for id, n := range b.approvals() {
		if n != surelyAgain {
			t.Errorf("%s was sent %d times", id, n)
		}
	}
	if told := b.toldOf(1001); !strings.Contains(told, "items 1, 3 of order PO1001 waited") || !strings.Contains(told, "item 3 of order PO1001 was not approved by this program") {
		t.Errorf("told %q", told)
	}
}

// Jobpac's refusal leaves the item to a person; the order stands, and the other
// item is approved.
func TestARefusedApprovalIsLeftToAPerson(t *testing.T) {
	b := approvalBench(t, true)
	b.jobpac.outcome = func(w erp.Write, n int) (bool, error) {
		if n == 5 {
			return false, fault.New(fault.Permanent, "write", nil).Saying("the user has no authority")
		}
		return true, nil
	}
	b.untilAcked(1)
	b.want(journal.KindCommitment, 4101, journal.Done, 4, erp.Success)
	told := b.toldOf(1001)
	if !slices.Equal(b.jobpac.waiting, []int{1}) || !strings.Contains(told, "item 1 of order PO1001 waited") || !strings.Contains(told, "the user has no authority") {
		t.Errorf("waiting %v, told %q", b.jobpac.waiting, told)
	}
}

// Where Jobpac takes our approval and wants another's too, it is not sent over
// and over, and the approver is told.
func TestAFurtherApproverIsAPersons(t *testing.T) {
	b := approvalBench(t, true)
	wantsTwo := func(w erp.Write, _ int) (bool, error) { return w.Kind() != erp.KindApproval, nil }
	b.jobpac.outcome = wantsTwo
	b.Points = dyingAt(failpoint.Linked)
	b.dies(func() Verdict { return b.deliver(1) })
	b.ApproveOrders, b.jobpac.outcome = true, wantsTwo
	b.untilAcked(1)
	b.want(journal.KindCommitment, 4101, journal.Done, 4, erp.Success)
	sent := b.approvals() // the answer to the second died with us
	if got := slices.Sorted(maps.Values(sent)); !slices.Equal(got, []int{1, 2}) || !strings.Contains(b.toldOf(1001), "items 1, 3 of order PO1001 waited") {
		t.Errorf("sent %v, told %q", sent, b.toldOf(1001))
	}
}

// A death before, in and after an approval: each item is approved in the end,
// the request hears one answer, and no record stands twice.
func TestAnApprovalSurvivesDeath(t *testing.T) {
	for _, point := range []failpoint.Point{failpoint.BeforeIntent, failpoint.IntentWritten, failpoint.BeforeSend, failpoint.Sent, failpoint.StepsDone, failpoint.AppliedWritten, failpoint.Closed} {
		for nth := 5; nth <= 6; nth++ {
			b := approvalBench(t, true)
			at := string(point)
			if sending := !slices.Contains([]failpoint.Point{failpoint.StepsDone, failpoint.AppliedWritten, failpoint.Closed}, point); sending {
				at += map[int]string{5: "#5", 6: "#6"}[nth]
			}
			points, err := failpoint.ExitAt(at, func() { panic(errDied) })
			if err != nil {
				t.Fatal(err)
			}
			b.Points = points
			b.dies(func() Verdict { return b.deliver(1) })
			if len(b.procore.closings[1001]) != 0 && point != failpoint.Closed {
				t.Fatalf("%s: told %v before all was done", at, b.procore.closings[1001])
			}
			b.ApproveOrders = true
			b.untilAcked(1)
			e := b.effect(journal.KindCommitment, 4101)
			if e.State != journal.Done || len(e.Doubts()) != 0 || len(b.jobpac.waiting) != 0 || len(b.jobpac.rows) != 4 {
				t.Errorf("%s: %s (%s), in doubt %v, waiting %v, %d rows", at, e.State, e.Last.Reason, e.Doubts(), b.jobpac.waiting, len(b.jobpac.rows))
			}
			b.toldOnce(1001, erp.Success)
			for id, n := range b.approvals() {
				if n != 1 && !(n == 2 && point == failpoint.BeforeSend) {
					t.Errorf("%s: %s was sent %d times", at, id, n)
				}
			}
		}
	}
}

// A list that cannot be read stops an order only where approving is wanted, and
// never where Jobpac does not let us have it.
func TestAListOfApprovalsThatCannotBeRead(t *testing.T) {
	away := fault.New(fault.Transient, "list", nil).Saying("status 500")
	barred := fault.New(fault.Permanent, "list", nil).Saying("no right to this list")
	for _, c := range []struct {
		approve bool
		err     error
		settle  Settle
	}{{false, away, Ack}, {false, barred, Ack}, {true, barred, Ack}, {true, away, Later}} {
		b := approvalBench(t, c.approve)
		b.jobpac.waitErr = c.err
		if v := b.deliver(1); v.Settle != c.settle {
			t.Errorf("%t, %v: got %+v", c.approve, c.err, v)
		}
		if c.settle == Ack && !strings.Contains(b.toldOf(1001), fault.Said(c.err)) {
			t.Errorf("%t, %v: told %q", c.approve, c.err, b.toldOf(1001))
		}
		b.jobpac.waitErr = nil
		b.clock.Advance(time.Hour)
		b.untilAcked(1)
		b.want(journal.KindCommitment, 4101, journal.Done, 4, erp.Success)
	}
}

// An order that a person linked is that person's to approve.
func TestAnAdoptedOrderIsNotApproved(t *testing.T) {
	b := approvalBench(t, true)
	b.Points = dyingAt(failpoint.StepsDone)
	b.jobpac.waiting = nil
	b.dies(func() Verdict { return b.deliver(1) })
	b.ApproveOrders, b.jobpac.waiting = true, []int{2}
	w := &work{Road: b.Road, req: b.procore.requests[1], adoptAs: "PO1001"}
	w.content = contentFingerprint(w.req)
	w.effect = b.effect(journal.KindCommitment, 4101)
	w.effect.Plan.Adopted, w.effect.Plan.AdoptedFor = "PO1001", w.content
	w.target.result.Records = []erp.Record{erp.OrderItem{OrderKey: erp.OrderKey{WorkID: "01", Order: "PO1001"}, Item: 2}}
	w.book, _ = b.jobpac.Orders(t.Context(), erp.OrderKey{WorkID: "01", Order: "PO1001"})
	if v := w.approve(t.Context()); v != nil || len(b.approvals()) != 0 || w.plan == nil || !strings.Contains(w.plan.Notes[0], "item 2 of order PO1001 waited") {
		t.Errorf("%+v, sent %v, plan %+v", v, b.jobpac.sent, w.plan)
	}
}
