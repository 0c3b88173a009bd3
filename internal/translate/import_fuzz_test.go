package translate_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/translate"
)

// importCalls are the calls that take a row.
func importCalls() []string {
	return []string{"project", "vendor", "assignment", "job_cost", "budget_line", "direct_cost", "head_contract", "tax_code", "project_codes", "project_sections", "codes", "types"}
}

// FuzzImport: whatever stands in Jobpac's columns, no translation panics, and
// what passes can be sent: clean texts, plain numbers, documented fields.
func FuzzImport(f *testing.F) {
	f.Add("1001", "03-100", "S", "Footings", "100.00", "12.5", "8", "2026-05-01", "NSW", "Y", "A", "0", true)
	f.Add("10 01", "03", "", "Béton — №\x00", "-0.05", "-1.5", "0.03", "2026-05-01T23:00:00Z", "n.s.w.", "N", "S", "2", false)
	f.Add("", "", "£", "\xff\u200b", "92233720368547758.07", "1e9", "1e-9", "10/25/20", "Rome", "?", "Q", "x", true)
	f.Add(`1|\`, "03-000", "LAB", "", "1,000", ".5", "-0", "0001-01-01", "", "", "", "", false)
	f.Fuzz(func(t *testing.T, job, code, kind, words, amount, quantity, rate, day, place, flag, letter, level string, tool bool) {
		row := map[erp.Name]string{
			erp.ColJob: job, erp.ColCostCode: code, erp.ColCostType: kind, erp.ColDescription: words, erp.ColHeadingLevel: level,
			erp.ColCreditor: code, erp.ColName: words, erp.ColAddress1: words, erp.ColAddress2: place, erp.ColSuburb: words, erp.ColPostCode: code,
			erp.ColState: place, erp.ColCountry: place, erp.ColPhone: amount, erp.ColFax: words, erp.ColEmail: words, erp.ColABN: amount, erp.ColACN: rate,
			erp.ColStatus: letter, erp.ColActive: flag, erp.ColFinComplete: flag, erp.ColStopPayments: flag,
			erp.ColContractSum: amount, erp.ColStart: day, erp.ColCompletion: day, erp.ColDate: day,
			erp.ColBudgetValue: amount, erp.ColBudgetQty: quantity, erp.ColBudgetRate: rate, erp.ColBudgetChanges: rate, erp.ColUnit: place,
			erp.ColCommitted: amount, erp.ColInvoiced: rate, erp.ColCostToDate: amount, erp.ColQtyToDate: quantity, erp.ColCostThisMonth: rate, erp.ColPaidToDate: amount,
			erp.ColTransaction: code, erp.ColAmount: amount, erp.ColQuantity: quantity, erp.ColRate: rate, erp.ColSource: letter, erp.ColReference: words,
			erp.ColGSTCode: kind, erp.ColTaxPercent: rate, erp.ColClaimCode: code, erp.ColSection: kind,
		}
		r := translate.ImportRules{
			WorkID: "01", Staged: tool, ERPTool: tool, StatusLetters: map[string]string{"A": "open", "S": "stopped"},
			Units: map[string]string{"m3": "M3"}, CostTypes: map[string]string{"L": kind}, CostTypeNames: map[string]string{kind: words},
		}
		second := map[erp.Name]string{erp.ColJob: job, erp.ColCostCode: "03", erp.ColHeadingLevel: "0", erp.ColSection: kind, erp.ColClaimCode: "X", erp.ColValue: amount}
		for _, call := range importCalls() {
			in := importInput{Call: call, Row: row, Rows: []map[erp.Name]string{second, row}}
			got := translated(t, in, r)
			soundImport(t, got)
			addsUp(t, got)
			if diff := cmp.Diff(got, translated(t, in, r), cmp.AllowUnexported(imported{})); diff != "" {
				t.Errorf("%s gave two answers: %s", call, diff)
			}
			if len(got.entries)+len(got.problems) == 0 && (call == "vendor" || call == "project" || call == "tax_code") {
				t.Errorf("%s: neither brought nor refused", call)
			}
		}
	})
}

// addsUp: what Procore is to calculate comes to the amount, to the cent.
func addsUp(t *testing.T, got imported) {
	t.Helper()
	for _, e := range got.entries {
		productIs(t, e, "original_budget_amount")
		for _, child := range e.Children {
			productIs(t, child, "amount")
		}
	}
}

func productIs(t *testing.T, e erp.Entry, amount string) {
	t.Helper()
	f := fieldsOf(e)
	if f["unit_cost"] == "" {
		return
	}
	row := asRow(map[erp.Name]string{erp.ColQuantity: f["quantity"], erp.ColRate: f["unit_cost"]})
	if product, ok := row.Value(); !ok || product.String() != f[amount] {
		t.Errorf("%s: %s x %s is not %s", e.Label, f["quantity"], f["unit_cost"], f[amount])
	}
}
