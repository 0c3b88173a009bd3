package flow

import (
	"context"
	"fmt"
	"strings"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// prepareUnlink answers a request to take a document's link away: it is done
// where Jobpac has the document no more, or has ended it, and refused with its
// state where it stands. Jobpac has no delete, so nothing is written there.
func (w *work) prepareUnlink(ctx context.Context) *Verdict {
	u := *w.req.Unlink
	doc, err := w.Journal.Load(ctx, journal.NewKey(w.Connection, u.Kind, u.ID))
	if err != nil {
		return ptr(w.journalAway(err))
	}
	if len(doc.Doubts()) > 0 {
		return ptr(w.reject(ctx, []erp.Problem{{Rule: ruleUnlinkDoubt, Message: wordsUnlinkDoubt(doc)}}))
	}
	name, stands, err := w.lookUnlinked(ctx, u, doc)
	if err != nil {
		return ptr(w.failed(ctx, err))
	}
	if stands != "" {
		return ptr(w.reject(ctx, []erp.Problem{{Rule: ruleStillInJobpac, Message: stands}}))
	}
	if w.Observe {
		return w.noted("observe mode: would be unlinked: " + name)
	}
	if err := w.Procore.Link(ctx, cleared(u, doc)); err != nil {
		return ptr(w.failed(ctx, err))
	}
	if err := w.endUnlinked(ctx, doc, name); err != nil {
		return ptr(w.journalAway(err))
	}
	return w.noted(name + " is linked to Jobpac no more; sent again it is entered anew.")
}

// lookUnlinked looks the document up in Jobpac. stands says how it stands there;
// empty: it is gone or ended.
func (w *work) lookUnlinked(ctx context.Context, u erp.Unlink, doc journal.Effect) (name, stands string, err error) {
	switch {
	case u.Kind == journal.KindCommitment:
		return w.orderStanding(ctx, u, doc)
	case u.Kind == journal.KindChangeOrder && u.Type == erp.PurchaseOrderContract:
		return w.itemsStanding(ctx, doc)
	}
	return w.variationStanding(ctx, u, doc)
}

// orderStanding looks for an order.
func (w *work) orderStanding(ctx context.Context, u erp.Unlink, doc journal.Effect) (name, stands string, err error) {
	key := erp.OrderKey{WorkID: w.Rules.WorkID, Order: doc.Plan.Number}
	if key.Order == "" {
		if key, err = erp.ParseOrderKey(u.Origin); err != nil {
			return u.Origin, "", fault.New(fault.Permanent, w.req.Name, err)
		}
	}
	name = "Order " + key.Order
	book, err := w.lookOrders(ctx, key)
	if err != nil {
		return name, "", err
	}
	for _, d := range book.Documents {
		if ended(d.Header) {
			continue
		}
		return name, fmt.Sprintf("%s stands in Jobpac with %d line(s) and is not complete: complete or finalise it there, then unlink it in Procore.", name, len(d.Items)), nil
	}
	return name, "", nil
}

// ended tells whether a header or an item is complete or finalised.
func ended(row erp.Row) bool {
	return strings.EqualFold(strings.TrimSpace(row.Get(erp.ColComplete)), "Y") || strings.EqualFold(strings.TrimSpace(row.Get(erp.ColFinalised)), "Y")
}

// itemsStanding looks for the items of a purchase order's change order, which
// only the journal knows.
func (w *work) itemsStanding(ctx context.Context, doc journal.Effect) (name, stands string, err error) {
	name = "The change order"
	if len(doc.Plan.Links) == 0 {
		return name, "", nil
	}
	order, wanted := erp.OrderKey{}, map[int]bool{}
	for _, l := range doc.Plan.Links {
		if key, item, ok := erp.ParseItemOrigin(l.Origin); ok {
			order, wanted[item] = key, true
		}
	}
	name = "The change order on order " + order.Order
	book, err := w.lookOrders(ctx, order)
	if err != nil {
		return name, "", err
	}
	for _, d := range book.Documents {
		for _, item := range d.Items {
			if n := itemNumber(item); wanted[n] && !ended(item) && !ended(d.Header) {
				return name, fmt.Sprintf("Line %d of order %s stands in Jobpac and is not complete: complete it there, then unlink the change order in Procore.", n, order.Order), nil
			}
		}
	}
	return name, "", nil
}

// variationStanding looks for a variation, which Jobpac can neither delete nor
// complete.
func (w *work) variationStanding(ctx context.Context, u erp.Unlink, doc journal.Effect) (name, stands string, err error) {
	origin := u.Origin
	for _, l := range doc.Plan.Links {
		if l.ID == int64(u.ID) {
			origin = l.Origin
		}
	}
	key, err := erp.ParseVariationKey(origin)
	if err != nil {
		return origin, "", fault.New(fault.Permanent, w.req.Name, err)
	}
	name = fmt.Sprintf("Variation %s of job %s", key.Variation, key.Job)
	book, err := w.Ledger.Variations(ctx, key)
	if err != nil || len(book.Documents) == 0 {
		return name, "", err
	}
	return name, name + " stands in Jobpac: remove it there, or enter a variation that offsets it, then unlink it in Procore.", nil
}

// cleared lists the links to take away: those that we wrote, and those that the
// request names.
func cleared(u erp.Unlink, doc journal.Effect) []erp.ExternalItem {
	header := erp.ItemChangeOrder
	if u.Kind == journal.KindCommitment {
		header = map[erp.CommitmentType]string{erp.PurchaseOrderContract: erp.ItemPurchaseOrder, erp.WorkOrderContract: erp.ItemSubcontract}[u.Type]
	}
	items, seen := []erp.ExternalItem{}, map[int64]bool{}
	for _, l := range doc.Plan.Links {
		items = append(items, erp.ExternalItem{Type: l.Type, ID: erp.ID(l.ID)})
		seen[l.ID] = true
	}
	if !seen[int64(u.ID)] && header != "" {
		items = append(items, erp.ExternalItem{Type: header, ID: u.ID})
	}
	for _, line := range u.Lines {
		if !seen[int64(line)] {
			items = append(items, erp.ExternalItem{Type: erp.ItemLine, ID: line})
		}
	}
	return items
}

// endUnlinked ends the document's own history: sent again it is begun anew, and
// nothing that it wrote counts any more.
func (w *work) endUnlinked(ctx context.Context, doc journal.Effect, name string) error {
	if doc.State == journal.None || doc.Last.Rule == ruleUnlinked {
		return nil
	}
	of := work{Road: w.Road, event: w.event, effect: doc, attempt: 0}
	of.req = erp.Request{ID: erp.ID(doc.Request), DetailID: erp.ID(doc.Detail), Company: erp.ID(doc.Company)}
	words := name + " was unlinked in Procore."
	of.ride(journal.Move{To: journal.Planned, Rule: ruleUnlinked, Reason: words})
	for id := range doc.Steps {
		of.ride(journal.Move{To: journal.Planned, Step: id, Rule: ruleUnlinked, Reason: words})
		if doc.Steps[id].Stood != "" {
			of.ride(journal.Move{To: journal.Planned, Step: id, Rule: ruleUnlinked, Reason: words})
		}
	}
	of.ride(journal.Move{To: journal.Abandoned, Rule: ruleUnlinked, Reason: words})
	return of.flush(ctx)
}

func wordsUnlinkDoubt(doc journal.Effect) string {
	return fmt.Sprintf("It is not known yet whether Jobpac has %s: wait until that is settled, then unlink it.", doc.Plan.Number)
}
