package flow

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

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
	if v := w.claimAlso(ctx, doc); v != nil {
		return v
	}
	defer w.freeAlso(ctx, doc)
	if doc, err = w.Journal.Load(ctx, doc.Key); err != nil { // as it is under the claim
		return ptr(w.journalAway(err))
	}
	all, err := w.chain(ctx, doc)
	if err != nil {
		return ptr(w.journalAway(err))
	}
	if doubtful, ok := all.doubtful(); ok {
		return ptr(w.reject(ctx, []erp.Problem{{Rule: ruleUnlinkDoubt, Message: wordsUnlinkDoubt(doubtful)}}))
	}
	found, err := w.lookUnlinked(ctx, u, doc)
	if err == nil && found.stands == "" {
		revision, lookErr := w.revisionsStanding(ctx, u, all, found.ended)
		found.stands, err = revision.stands, lookErr
	}
	if err != nil {
		return ptr(w.failed(ctx, err))
	}
	if found.stands != "" {
		return ptr(w.reject(ctx, []erp.Problem{{Rule: ruleStillInJobpac, Message: found.stands}}))
	}
	if age := w.Now().Sub(lastWritten(doc)); !found.ended && age < w.Quiet {
		return ptr(w.later(w.Quiet-age, found.name+" was written a moment ago and Jobpac does not show it yet", nil))
	}
	if w.Observe {
		return w.noted("observe mode: would be unlinked: " + found.name)
	}
	if err := w.Procore.Link(ctx, cleared(u, doc)); err != nil {
		return ptr(w.failed(ctx, err))
	}
	for _, one := range append(all.revisions, doc) { // the document last: it shows that all is done
		if err := w.endUnlinked(ctx, one, found.name); err != nil {
			return ptr(w.journalAway(err))
		}
	}
	return w.noted(found.unlinked())
}

// standing is what Jobpac shows of a document that is to be unlinked.
type standing struct {
	name   string
	stands string // how it stands there; empty: it is gone or ended
	ended  bool   // it is there, complete
	items  bool   // it is items of an order
}

// unlinked tells what became of it.
func (s standing) unlinked() string {
	switch {
	case s.ended && s.items:
		return s.name + " is linked to Jobpac no more. Its lines stay there, complete: sent again it is linked to them."
	case s.ended:
		return s.name + " is linked to Jobpac no more. It stays there, complete: sent again it needs another number."
	}
	return s.name + " is linked to Jobpac no more; sent again it is entered anew."
}

// claimAlso takes the claim that the document's own work goes under, where the
// request does not name it. nil: it is ours.
func (w *work) claimAlso(ctx context.Context, doc journal.Effect) *Verdict {
	if doc.Plan.Aggregate == "" || doc.Plan.Aggregate == w.aggregate {
		return nil
	}
	held, err := w.Claims.Take(ctx, w.Connection, doc.Plan.Aggregate, w.token, w.Lease)
	if err != nil || held {
		return nil // a store that cannot tell stops nobody: the journal decides
	}
	return ptr(w.later(w.Jitter(soon)+soon, doc.Plan.Aggregate+" is being worked on", nil))
}

// freeAlso ends what claimAlso took.
func (w *work) freeAlso(ctx context.Context, doc journal.Effect) {
	if doc.Plan.Aggregate == "" || doc.Plan.Aggregate == w.aggregate {
		return
	}
	ctx, cancel := detached(ctx, appendLimit)
	defer cancel()
	if err := w.Claims.Free(ctx, w.Connection, doc.Plan.Aggregate, w.token); err != nil {
		w.Log.Warn().Err(err).Str("aggregate", doc.Plan.Aggregate).Msg("claim not freed: it ends with its lease")
	}
}

// lastWritten is when the last of a document's records was known to stand.
func lastWritten(doc journal.Effect) time.Time {
	var last time.Time
	for _, memory := range doc.Steps {
		if memory.Since.After(last) {
			last = memory.Since
		}
	}
	return last
}

// lookUnlinked looks the document up in Jobpac.
func (w *work) lookUnlinked(ctx context.Context, u erp.Unlink, doc journal.Effect) (standing, error) {
	switch {
	case u.Kind == journal.KindCommitment:
		return w.orderStanding(ctx, u, doc)
	case u.Kind == journal.KindChangeOrder && (u.Type == erp.PurchaseOrderContract || len(written(doc, erp.KindOrderItem)) > 0):
		return w.itemsStanding(ctx, u, doc)
	}
	return w.variationStanding(ctx, u, doc)
}

// written lists the keys of those kinds that the document wrote, whatever plan
// wanted them, sorted.
func written(doc journal.Effect, kinds ...erp.Kind) []string {
	var keys []string
	for _, id := range doc.StepIDs() {
		if kind, key, _ := strings.Cut(id, " "); slices.Contains(kinds, erp.Kind(kind)) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys) // of several kinds
	return keys
}

// linkedAs lists where a document may stand: under what it wrote, what Procore
// says it is linked to, and, where neither is known, what was planned.
func linkedAs(u erp.Unlink, wrote []string, planned string) []string {
	keys := wrote
	if u.Origin != "" && !slices.Contains(keys, u.Origin) {
		keys = append(keys, u.Origin)
	}
	if len(keys) == 0 && planned != "" {
		keys = append(keys, planned)
	}
	return keys
}

// headerLink is the origin id that the plan has for the document itself.
func headerLink(u erp.Unlink, doc journal.Effect) string {
	for _, l := range doc.Plan.Links {
		if l.ID == int64(u.ID) {
			return l.Origin
		}
	}
	return ""
}

// orderStanding looks for an order.
func (w *work) orderStanding(ctx context.Context, u erp.Unlink, doc journal.Effect) (standing, error) {
	s := standing{name: u.Origin}
	keys := linkedAs(u, written(doc, erp.KindOrder, erp.KindSubcontract), headerLink(u, doc))
	if len(keys) == 0 {
		keys = []string{u.Origin}
	}
	for _, origin := range keys {
		key, err := erp.ParseOrderKey(origin)
		if err != nil {
			return s, fault.New(fault.Permanent, w.req.Name, err)
		}
		s.name = "Order " + key.Order
		book, err := w.lookOrders(ctx, key)
		if err != nil {
			return s, err
		}
		for _, d := range book.Documents {
			if ended(d.Header) {
				s.ended = true
				continue
			}
			s.stands = fmt.Sprintf("%s stands in Jobpac with %d line(s) and is not complete: complete or finalise it there, then unlink it in Procore.", s.name, len(d.Items))
			return s, nil
		}
	}
	return s, nil
}

// ended tells whether a header or an item is complete or finalised.
func ended(row erp.Row) bool {
	return strings.EqualFold(strings.TrimSpace(row.Get(erp.ColComplete)), "Y") || strings.EqualFold(strings.TrimSpace(row.Get(erp.ColFinalised)), "Y")
}

// itemsStanding looks for the items of a purchase order's change order.
func (w *work) itemsStanding(ctx context.Context, u erp.Unlink, doc journal.Effect) (standing, error) {
	s := standing{name: "The change order", items: true}
	wanted := map[erp.OrderKey][]int{}
	for _, origin := range linkedAs(u, written(doc, erp.KindOrderItem), headerLink(u, doc)) {
		if key, item, ok := erp.ParseItemOrigin(origin); ok {
			wanted[key] = append(wanted[key], item)
		}
	}
	for order, items := range wanted {
		s.name = "The change order on order " + order.Order
		book, err := w.lookOrders(ctx, order)
		if err != nil {
			return s, err
		}
		for _, d := range book.Documents {
			for _, item := range d.Items {
				n := itemNumber(item)
				if !slices.Contains(items, n) {
					continue
				}
				if s.ended = ended(item) || ended(d.Header); !s.ended {
					s.stands = fmt.Sprintf("Line %d of order %s stands in Jobpac and is not complete: complete it there, then unlink the change order in Procore.", n, order.Order)
					return s, nil
				}
			}
		}
	}
	return s, nil
}

// variationStanding looks for a variation, which Jobpac can neither delete nor
// complete.
func (w *work) variationStanding(ctx context.Context, u erp.Unlink, doc journal.Effect) (standing, error) {
	s := standing{name: u.Origin}
	keys := linkedAs(u, written(doc, erp.KindVariation), headerLink(u, doc))
	if len(keys) == 0 {
		keys = []string{u.Origin}
	}
	for _, origin := range keys {
		key, err := erp.ParseVariationKey(origin)
		if err != nil {
			return s, fault.New(fault.Permanent, w.req.Name, err)
		}
		s.name = fmt.Sprintf("Variation %s of job %s", key.Variation, key.Job)
		book, err := w.Ledger.Variations(ctx, key)
		if err != nil {
			return s, err
		}
		if len(book.Documents) > 0 {
			s.stands = s.name + " stands in Jobpac: remove it there, or enter a variation that offsets it, then unlink it in Procore."
			return s, nil
		}
	}
	return s, nil
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
	for _, id := range doc.StepIDs() {
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
