package audit_test

import (
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// A variation of the head contract has an amount and no items: the amount is
// what is compared.
func TestAHeadContractVariation(t *testing.T) {
	w := newWorld()
	key := erp.VariationKey{WorkID: "01", Job: "1001", Variation: "V00049"}
	head := erp.Variation{VariationKey: key, Description: "Extra storey", Type: "2", Approved: sentDay, ApprovedSum: 1150_25, Reference: erp.PrimeChangeReference(7801)}
	p := plan(journal.KindPrimeChange, 7801, key.Origin(), "1150.25", []erp.Record{head})
	p.Ref = string(head.Reference)
	w.effects = []journal.Effect{folded(t, journal.KindPrimeChange, 7801, road(7801, p)...)}
	w.books[key.Origin()] = book(head)
	if r := w.audited(t); len(r.Findings) > 0 {
		t.Fatalf("%+v", r.Findings)
	}
	w.change(key.Origin(), 0, erp.ColApprovedSum, "1150.24")
	r := w.audited(t)
	if got := kinds(r); got != "differs! prime_change_order-7801 1150.25/1150.24" || !strings.Contains(r.Findings[0].Words, "1150.24") {
		t.Errorf("%s: %+v", got, r.Findings)
	}
	w.books[key.Origin()] = erp.Book{}
	if got := kinds(w.audited(t)); got != "vanished! prime_change_order-7801 1150.25/0.00" {
		t.Error(got)
	}
}
