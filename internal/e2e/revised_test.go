package e2e

import (
	"testing"

	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/journal"
)

// By setting what is changed in Procore after it was entered is entered as a
// further change: items of the purchase order, a variation on the subcontract.
// Answers are lost on the way, and after every change Jobpac has what Procore
// has, to the cent.
func TestRevisedIsEnteredBySetting(t *testing.T) {
	t.Parallel()
	s := direct(t, func(cfg *config.Config) { cfg.Connections[0].Revised = "vary" })
	s.add(purchase(5001, 2), subcontract(5002, 2))
	s.until(commitment, 5001, journal.Done)
	s.until(commitment, 5002, journal.Done)
	for n, lines := range []func(id int64, costType string) []map[string]any{
		func(id int64, costType string) []map[string]any { // more, less, and a line that is new
			return []map[string]any{
				{"id": id * 1000, "amount": "99000.00"}, {"id": id*1000 + 1, "amount": "17.05"},
				{"description": "new", "cost_code": "02-100", "line_item_type": costType, "amount": "12.34"},
			}
		},
		func(id int64, _ string) []map[string]any { // lines that are gone
			return []map[string]any{{"id": id * 1000, "amount": "98000.01"}}
		},
	} {
		for _, operation := range []string{"CreateANewPurchaseOrderItem", "CreateANewVariation", "CreateANewVariationItem"} {
			s.jobpacFaults(jobpacsim.Fault{Operation: operation, Kind: jobpacsim.FaultCutAfter, Nth: 1})
		}
		for id, costType := range map[int64]string{5001: "M", 5002: "S"} {
			s.edit(id, map[string]any{"line_items": lines(id, costType)})
			s.revised(id, n+1)
		}
		s.sameInBoth(5001)
		s.sameInBoth(5002)
	}
	s.drained()
	s.stop()
	if headers := s.jobpac.State().Variations; len(headers) != 2 || headers[0]["SiteReference"] != "PCC5002R1" || headers[1]["SiteReference"] != "PCC5002R2" {
		t.Errorf("variations %v", headers)
	}
	if n := len(s.jobpac.State().PurchaseOrders) + len(s.jobpac.State().Subcontracts); n != 2 {
		t.Errorf("%d orders", n)
	}
}

// revised waits until the n-th change of a commitment is entered.
func (s *system) revised(id int64, n int) {
	s.t.Helper()
	key := journal.Key{Connection: connection, Effect: commitment + "-" + itoa(id)}.Revision(n)
	s.await(key.Effect+" is done", func() bool {
		story, known := s.storyOf(key.String())
		return known && story.Effect.State == string(journal.Done)
	})
}

// sameInBoth checks that a commitment adds up to the same on both sides.
func (w *world) sameInBoth(id int64) {
	w.t.Helper()
	c, _ := w.procore.Commitment(id)
	books := w.jobpac.State()
	order := jobpacsim.Row{"Order": c.Number}
	have := sum(w.t, rows(books.PurchaseOrderItems, order), "ForeignCurrencyGrossValue") +
		sum(w.t, rows(books.SubcontractItems, order), "ForeignCurrencyOriginalContractValue") + sum(w.t, rows(books.VariationItems, order), "SubcontractPriceApproved")
	if want := total(w.t, c.Lines); have != want {
		w.t.Errorf("%s: %d cents in Jobpac, %d in Procore", c.Number, have, want)
	}
}
