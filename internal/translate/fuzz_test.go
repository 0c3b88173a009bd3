package translate_test

import (
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/translate"
)

// FuzzCommitment: whatever the approver and the people before him wrote, the
// translation does not panic, and what it lets pass adds up and fits.
func FuzzCommitment(f *testing.F) {
	f.Add("Concrete", "SC1", "Footings", "100.00", "3", "33.33", "5", "m3", "2026-05-01", true, true, "100.00")
	f.Add("Béton — №", "sc 1", "", "-0.05", "-1.5", "0.03", "", "lineal metre", "2026-05-01T00:00:00Z", false, true, "")
	f.Add("", "", strings.Repeat("long ", 40), "92233720368547758.07", "1e9", "1e-9", "100.01", "", "10/25/20", true, false, "x")
	f.Add("\xff\u200b", "A|B\\", "½³", "0", "0", "0", "1e2", "½", "", false, false, "0.00")
	f.Fuzz(func(t *testing.T, title, code, words, amount, quantity, cost, retention, unit, date string, calculated, subcontract bool, total string) {
		req := testCommitment(t)
		c := req.Commitment
		c.Title, c.Code, c.ExecutionDate, c.DeliveryDate = title, code, date, date
		c.Retainage, c.Total = loose(retention), loose(total)
		if !subcontract {
			c.Type = erp.PurchaseOrderContract
		}
		for i := range 3 {
			l := testLine(t, erp.ID(100+i), "10.00")
			if i > 0 {
				l.Description, l.UOM, l.Calculated, l.TaxCode = words, unit, calculated, unit
				l.Amount, l.Quantity, l.UnitCost, l.Position = loose(amount), loose(quantity), loose(cost), len(words)%3
			}
			c.Lines = append(c.Lines, l)
		}
		r := translate.Commitment(req, testRules(), testFacts())
		consistent(t, r)
		for _, rec := range r.Records {
			fitting(t, rec)
		}
	})
}

// loose reads a number; what is none is not given.
func loose(text string) erp.Decimal {
	d, _ := erp.ParseDecimal(text)
	return d
}

// fitting checks the widths and characters that Jobpac is assumed to have.
func fitting(t *testing.T, rec erp.Record) {
	t.Helper()
	widths := map[erp.Name]int{
		erp.ColOrder: 10, erp.ColItem: 4, erp.ColJob: 6, erp.ColCreditor: 6, erp.ColCostCode: 8, erp.ColCostType: 3,
		erp.ColUnit: 4, erp.ColDescription: 50, erp.ColRequisition: 20, erp.ColTaxCode: 10,
	}
	described := false
	for _, f := range rec.Fields() {
		described = described || f.Name == erp.ColDescription
		if width, ok := widths[f.Name]; ok && len(f.Value) > width {
			t.Errorf("%s %s %q is longer than %d", rec.Key(), f.Name, f.Value, width)
		}
		if strings.ContainsFunc(f.Value, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%s %s %q is not plain", rec.Key(), f.Name, f.Value)
		}
	}
	if !described {
		t.Errorf("%s has no description, which Jobpac requires", rec.Key())
	}
}
