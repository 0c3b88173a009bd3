package flow

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// approve sees to the approval in Jobpac of the purchase order items that this
// effect wrote, once all of it stands. With Settings.ApproveOrders those that
// wait are approved, each as a step of its own; what waits in the end, by that
// setting, by Jobpac's refusal or for a further approver, is told in a note.
// Items of an order that a person linked are that person's.
func (w *work) approve(ctx context.Context) *Verdict {
	items := w.orderItems()
	if len(items) == 0 {
		return nil
	}
	ours := w.ApproveOrders && w.adopted() == ""
	waiting, err := w.pendingItems(ctx, items[0].Order)
	if err == nil && ours {
		var v *Verdict
		if v, waiting, err = w.approveAll(ctx, items, waiting); v != nil {
			return v
		}
	}
	if err != nil && ours && fault.Of(err) != fault.Permanent {
		return ptr(w.failed(ctx, err))
	}
	w.noteApprovals(items, waiting, err)
	return nil
}

// orderItems lists the purchase order items of this effect's plan.
func (w *work) orderItems() []erp.ItemApproval {
	var items []erp.ItemApproval
	for _, rec := range w.target.result.Records {
		if rec.Kind() != erp.KindOrderItem {
			continue
		}
		if order, item, ok := erp.ParseItemOrigin(rec.Key()); ok {
			items = append(items, erp.ItemApproval{Order: order, Item: item})
		}
	}
	return items
}

// pendingItems lists the items of the order just read that wait for approval.
func (w *work) pendingItems(ctx context.Context, order erp.OrderKey) ([]int, error) {
	var rows []erp.Row
	for _, doc := range w.book.Documents {
		rows = append(rows, doc.Items...)
	}
	return w.Invoices.PendingApproval(ctx, order, rows)
}

// approveAll approves those that wait, and shows which wait after that. One that
// was sent often enough without an answer stays in doubt until all others are
// settled, lest it is forgotten and sent again.
func (w *work) approveAll(ctx context.Context, items []erp.ItemApproval, waiting []int) (*Verdict, []int, error) {
	sent := false
	var tired []erp.ItemApproval
	for _, item := range items {
		waits, memory := slices.Contains(waiting, item.Item), w.effect.Steps[stepID(item)]
		if v := w.approveItem(ctx, item, waits); v != nil {
			return v, nil, nil
		}
		if waits && exhausted(memory) {
			tired = append(tired, item)
		}
		sent = sent || waits
	}
	for _, item := range tired {
		w.leaveUnapproved(item, "Jobpac never answered its approval")
	}
	if !sent {
		return nil, waiting, nil
	}
	waiting, err := w.pendingItems(ctx, items[0].Order)
	return nil, waiting, err
}

// exhausted tells whether an approval was sent often enough without an answer.
func exhausted(m journal.StepMemory) bool { return m.Doubtful() && m.Sends >= surelyAgain }

// approveItem approves one item, or learns that it is approved. nil: there is no
// more to do for it.
func (w *work) approveItem(ctx context.Context, item erp.ItemApproval, waits bool) *Verdict {
	id, memory := stepID(item), w.effect.Steps[stepID(item)]
	written := w.effect.Steps[string(erp.KindOrderItem)+" "+item.Key()].Since
	switch {
	case !waits && memory.Doubtful():
		w.ride(journal.Move{To: journal.Committed, Step: id, Fingerprint: stepFingerprint(item), Found: true})
		return nil
	case !waits:
		return nil
	case memory.Doubtful() && w.Now().Before(w.quietUntil(memory)):
		return ptr(w.lookLater(ctx, item, memory, w.quietUntil(memory)))
	case exhausted(memory):
		return nil // see approveAll
	case memory.State == journal.StepCommitted && !written.After(memory.Since):
		return nil // Jobpac took ours, and wants another's too
	}
	return w.send(ctx, erp.Write{Record: item})
}

// approvalEnded sorts an approval that did not simply succeed. It is looked
// up at once: an item that waits no more is approved, whatever was answered. What
// Jobpac refuses is left to a person, for the order stands all the same.
func (w *work) approvalEnded(ctx context.Context, item erp.ItemApproval, err error, doubted bool) *Verdict {
	end := w.Now()
	waiting, lookErr := w.pendingItems(ctx, item.Order)
	switch {
	case lookErr == nil && !slices.Contains(waiting, item.Item):
		w.ride(journal.Move{To: journal.Committed, Step: stepID(item), Fingerprint: stepFingerprint(item), Found: true})
		return nil
	case doubted || fault.Of(err) != fault.Permanent:
		return ptr(w.unknown(ctx, item, err, end))
	}
	w.leaveUnapproved(item, fault.Said(err))
	return nil
}

// leaveUnapproved gives an item up: a person approves it.
func (w *work) leaveUnapproved(item erp.ItemApproval, said string) {
	w.ride(journal.Move{To: journal.Planned, Step: stepID(item), Rule: ruleUnapproved, Class: fault.Permanent.String(), Reason: wordsUnapproved(item, said)})
	w.ride(journal.Move{To: journal.Claimed})
	w.unapproved = append(w.unapproved, wordsUnapproved(item, said))
}

// noteApprovals puts into the plan what waits for approval: Procore is told, and
// the effect's story shows it. A note of an earlier go gives way.
func (w *work) noteApprovals(items []erp.ItemApproval, waiting []int, err error) {
	plan := w.effect.Plan
	if w.plan != nil {
		plan = *w.plan
	}
	notes := slices.DeleteFunc(slices.Clone(plan.Notes), func(note string) bool { return strings.HasPrefix(note, approvalNote) })
	notes = append(notes, approvalNotes(items, waiting, w.unapproved, err)...)
	if slices.Equal(notes, plan.Notes) {
		return
	}
	if w.plan == nil {
		w.ride(journal.Move{To: journal.Planned})
		w.ride(journal.Move{To: journal.Claimed})
	}
	plan.Notes, w.plan = notes, &plan
}

// approvalNote begins every note about approvals.
const approvalNote = "Approval in Jobpac: "

func approvalNotes(items []erp.ItemApproval, waiting []int, refused []string, err error) []string {
	order := items[0].Order.Order
	if err != nil {
		return []string{fmt.Sprintf("%sit is not known whether items of order %s wait for it (%s). Look in Jobpac before an invoice on it comes.",
			approvalNote, order, strings.TrimRight(fault.Said(err), ". "))}
	}
	var wait []string
	for _, item := range items {
		if slices.Contains(waiting, item.Item) {
			wait = append(wait, strconv.Itoa(item.Item))
		}
	}
	if len(wait) == 0 {
		return nil
	}
	note := fmt.Sprintf("%sitem %s of order %s waited for it when the order was entered. Approve it there: until then Jobpac takes no invoice on it.",
		approvalNote, wait[0], order)
	if len(wait) > 1 {
		note = fmt.Sprintf("%sitems %s of order %s waited for it when the order was entered. Approve them there: until then Jobpac takes no invoice on them.",
			approvalNote, strings.Join(wait, ", "), order)
	}
	return append([]string{note}, refused...)
}

func wordsUnapproved(item erp.ItemApproval, said string) string {
	return fmt.Sprintf("%sitem %d of order %s was not approved by this program: %s.", approvalNote, item.Item, item.Order.Order, strings.TrimRight(said, ". "))
}
