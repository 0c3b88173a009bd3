package audit_test

import (
	"testing"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// revisedWorld is the purchase order and the subcontract, both changed in Procore
// afterwards: by 7.00 more as a further item, and by 250.00 as a variation.
func revisedWorld(t *testing.T) *world {
	w := clean(t)
	further := erp.OrderItem{OrderKey: poKey, Item: 3, Centre: bolts, Quantity: 1_0000, Rate: 7_0000, Value: 7_00}
	varied := erp.VariationKey{WorkID: "01", Job: "1001", Variation: "V00002"}
	more := []erp.Record{
		erp.Variation{VariationKey: varied, Type: "1", ApprovedSum: 250_00, Reference: "PCC4101R1"},
		erp.VariationItem{VariationKey: varied, Item: 1, Order: scKey, OrderItem: 1, Centre: lots, Quantity: 1_0000, Rate: 250_0000, Value: 250_00, Reference: "PCC4101R1"},
	}
	for of, p := range map[erp.ID]*journal.Plan{
		4102: plan(journal.KindCommitmentRevision, 4102, poKey.ItemOrigin(3), "7.00", []erp.Record{further}),
		4101: plan(journal.KindCommitmentRevision, 4101, varied.Origin(), "250.00", more),
	} {
		p.Links = nil
		p.Ref += "R1"
		e := folded(t, journal.KindCommitmentRevision, of, road(of, p)...)
		e.Key = journal.NewKey("acme", journal.KindCommitment, of).Revision(1)
		w.effects = append(w.effects, e)
	}
	w.books[poKey.Origin()] = book(append(order(), newItems()[0], further)...)
	w.books[varied.Origin()] = book(more...)
	w.approvals[0].Total, _ = erp.ParseDecimal("1750.00")
	w.approvals[1].Total, _ = erp.ParseDecimal("107.00")
	return w
}

// A commitment that was changed is what was entered with all its changes, on both
// sides.
func TestRevisionsBelongToTheirDocument(t *testing.T) {
	if r := revisedWorld(t).audited(t); len(r.Findings) > 0 || len(r.Warnings) > 0 {
		t.Errorf("%+v", r)
	}
	for want, spoil := range map[string]func(*world){
		"differs! commitment-4102 108.00/107.00":           func(w *world) { w.approvals[1].Total, _ = erp.ParseDecimal("108.00") },
		"differs! commitment_revision-4102-1 7.00/7.01":    func(w *world) { w.change(poKey.Origin(), 3, erp.ColValue, "7.01") },
		"vanished! commitment_revision-4101-1 250.00/0.00": func(w *world) { delete(w.books, "01|1001|V00002") },
		"differs! commitment-4101 1750.00/1500.00": func(w *world) {
			w.effects = w.effects[:4]
			w.books[poKey.Origin()] = book(append(order(), newItems()...)...)
			w.approvals[1].Total = erp.Decimal{}
		},
	} {
		w := revisedWorld(t)
		spoil(w)
		if got := kinds(w.audited(t)); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
