package translate_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/translate"
)

// testInvoice is an invoice on a subcontract that breaks no rule.
func testInvoice(t testing.TB) (erp.Request, erp.Book) {
	t.Helper()
	req := erp.Request{ID: 1, Name: erp.CreateRequisitions, Invoices: []erp.Requisition{{
		ID: 880, ContractID: 4101, ContractOrigin: "01|SC1001", JobOrigin: "01|1001", Number: "INV-7", BillingDate: "2026-05-31",
		Lines: []erp.RequisitionLine{{ID: 501, Amount: dec(t, "100.00"), CommitmentItemOrigin: "01|SC1001|1"}},
	}}}
	return req, erp.Book{Documents: []erp.Document{{
		Header: erp.Row{Kind: erp.KindSubcontract, Values: map[erp.Name]string{erp.ColCreditor: " brickw ", erp.ColOrder: "SC1001"}},
		Items:  []erp.Row{{Kind: erp.KindSubcontractItem, Values: map[erp.Name]string{erp.ColItem: "0001"}}},
	}}}
}

func testPrimeChange(t testing.TB) erp.Request {
	t.Helper()
	return erp.Request{ID: 2, JobOrigin: "01|1001", PrimeChange: &erp.PrimeChange{
		ID: 5501, Number: "049", Title: "Façade", Lines: []erp.PrimeChangeLine{{ID: 1, Amount: dec(t, "10.00")}},
	}}
}

func TestTheBaseInvoicesPass(t *testing.T) {
	req, order := testInvoice(t)
	r := translate.Invoice(req, testRules(), testFacts(), order)
	if len(r.Problems) > 0 || len(r.Records) != 2 || r.Creditor != "BRICKW" {
		t.Errorf("%v, %d records, creditor %q", r.Problems, len(r.Records), r.Creditor)
	}
	rules := testRules()
	rules.Variation.HeadContractType = "2"
	if p := translate.PrimeChange(testPrimeChange(t), rules, testFacts(), translate.Numbers{}); len(p.Problems) > 0 || len(p.Records) != 1 || p.Number != "NEW" {
		t.Errorf("%v, %d records, number %q", p.Problems, len(p.Records), p.Number)
	}
}

func TestInvoiceRulesThatNoRequestCanShow(t *testing.T) {
	huge := "92233720368547758.07"
	for name, c := range map[string]struct {
		change func(*erp.Requisition)
		want   string
	}{
		"billing date": {func(i *erp.Requisition) { i.BillingDate = "31/05/2026" }, "IN-DATE"},
		"due date":     {func(i *erp.Requisition) { i.PaymentDue = "soon" }, "IN-DATE"},
		"created":      {func(i *erp.Requisition) { i.CreatedAt = "soon" }, "IN-DATE"},
		"sum too large": {func(i *erp.Requisition) {
			i.Lines[0].Amount = dec(t, huge)
			i.Lines = append(i.Lines, i.Lines[0])
			i.Lines[1].ID = 502
		}, "IN-TOTAL"},
		"retention too large": {func(i *erp.Requisition) {
			i.Lines[0].RetainedWork, i.Lines[0].RetainedMaterials = dec(t, huge), dec(t, huge)
		}, "IN-AMOUNT"},
	} {
		req, order := testInvoice(t)
		c.change(&req.Invoices[0])
		if r := translate.Invoice(req, testRules(), testFacts(), order); !slices.Equal(rulesOf(r), []string{c.want}) {
			t.Errorf("%s: %v", name, r.Problems)
		}
	}
	for _, r := range []translate.Result{
		translate.Invoice(erp.Request{ID: 7, Unreadable: "its amounts cannot be read: they are words"}, testRules(), erp.Facts{}, erp.Book{}),
		translate.PrimeChange(erp.Request{ID: 7, Unreadable: "its amounts cannot be read: they are words"}, testRules(), erp.Facts{}, translate.Numbers{}),
	} {
		if ids := rulesOf(r); len(ids) != 1 || !strings.HasSuffix(ids[0], "-CONTENT") || !strings.Contains(r.Problems[0].Message, "they are words") {
			t.Errorf("%v", r.Problems)
		}
	}
	prime := testPrimeChange(t)
	prime.PrimeChange.ApprovedOn = "soon"
	prime.PrimeChange.Lines = []erp.PrimeChangeLine{{ID: 1, Amount: dec(t, huge)}, {ID: 2, Amount: dec(t, huge)}}
	rules := testRules()
	rules.Variation.HeadContractType = "2"
	if r := translate.PrimeChange(prime, rules, testFacts(), translate.Numbers{}); !slices.Equal(rulesOf(r), []string{"PV-DATE", "PV-TOTAL"}) {
		t.Errorf("%v", r.Problems)
	}
}

// Tax is exact to the last digit and rounded once, half up.
func TestTaxArithmetic(t *testing.T) {
	for _, c := range []struct{ mode, amount, held, released, rate, want string }{
		{translate.TaxOnGross, "0.05", "", "", "10", "0.01"}, {translate.TaxOnGross, "0.04", "", "", "10", "0.00"},
		{translate.TaxOnGross, "33.33", "", "", "12.5", "4.17"}, {translate.TaxOnGross, "1000.10", "100", "", "10", "100.01"},
		{translate.TaxOnNet, "1000.10", "100.05", "", "10", "90.01"}, {translate.TaxOnNet, "100", "10", "4.5", "10", "9.45"},
		{translate.TaxOnNet, "90071992547409.93", "", "", "10", "9007199254740.99"},
		{translate.TaxByJobpac, "100", "", "", "10", ""}, {"", "100", "", "", "10", ""}, {translate.TaxOnNet, "100", "", "", "", ""}, {translate.TaxOnNet, "100", "", "", "ten", ""},
	} {
		req, order := testInvoice(t)
		l := &req.Invoices[0].Lines[0]
		l.Amount, l.RetainedWork, l.ReleasedWork, l.TaxCodeOrigin = dec(t, c.amount), dec(t, c.held), dec(t, c.released), "01|g"
		rules := testRules()
		rules.Invoice = translate.InvoiceRules{Tax: c.mode, Rates: map[string]string{"G": c.rate}}
		r := translate.Invoice(req, rules, testFacts(), order)
		if len(r.Problems) > 0 {
			t.Fatalf("%+v: %v", c, r.Problems)
		}
		got := ""
		if tax := r.Records[1].(erp.ClaimItem).Tax; tax != nil {
			got = tax.String()
		}
		if got != c.want {
			t.Errorf("%+v: tax %q", c, got)
		}
	}
}

func TestInvoiceKeyAndOrder(t *testing.T) {
	req, order := testInvoice(t)
	if got := translate.InvoiceKey(req, testRules()); got != (erp.ClaimKey{WorkID: "01", Order: "SC1001", Invoice: "INV-7"}) {
		t.Errorf("key %+v", got)
	}
	req.Invoices[0].Code, req.Invoices[0].ContractOrigin = "x 1", "02|SC1001"
	if got := translate.InvoiceKey(req, testRules()); got != (erp.ClaimKey{WorkID: "01"}) {
		t.Errorf("key of nothing usable %+v", got)
	}
	if got := translate.InvoiceKey(erp.Request{}, testRules()); got != (erp.ClaimKey{WorkID: "01"}) {
		t.Errorf("key of no invoice %+v", got)
	}
	if creditor, claimed := translate.InvoiceOn(order, testRules()); creditor != (erp.CreditorKey{WorkID: "01", Creditor: "BRICKW"}) || !claimed {
		t.Errorf("%+v %v", creditor, claimed)
	}
	order.Documents[0].Header.Kind = erp.KindOrder
	order.Documents[0].Header.Values[erp.ColCreditorWork] = "09"
	if creditor, claimed := translate.InvoiceOn(order, testRules()); creditor.WorkID != "09" || claimed {
		t.Errorf("%+v %v", creditor, claimed)
	}
	if creditor, claimed := translate.InvoiceOn(erp.Book{}, testRules()); creditor != (erp.CreditorKey{}) || claimed {
		t.Errorf("of nothing: %+v %v", creditor, claimed)
	}
	if q := translate.Query(req, testRules()); q.Job != (erp.JobKey{WorkID: "01", Job: "1001"}) || len(q.CostCodes) > 0 {
		t.Errorf("query %+v", q)
	}
}

func TestTypedPrimeVariation(t *testing.T) {
	req := testPrimeChange(t)
	rules := testRules()
	if got := translate.TypedPrimeVariation(req, rules); got != "" {
		t.Errorf("not typed: %q", got)
	}
	req.PrimeChange.Code = " v7 "
	if got := translate.TypedPrimeVariation(req, rules); got != "V7" {
		t.Errorf("typed: %q", got)
	}
	rules.Variation.Number = "H{number}"
	if got := translate.TypedPrimeVariation(req, rules); got != "H049" {
		t.Errorf("template: %q", got)
	}
	if got := translate.TypedPrimeVariation(erp.Request{}, rules); got != "" {
		t.Errorf("none: %q", got)
	}
}

func TestNumbersTaken(t *testing.T) {
	key := erp.ClaimKey{WorkID: "01", Order: "SC1001", Invoice: "INV-7"}
	for _, c := range []struct {
		p          erp.Problem
		rule, says string
	}{
		{translate.InvoiceTaken(key, erp.Row{Values: map[erp.Name]string{erp.ColOrder: "sc9"}}), "IN-DUPLICATE", "on order SC9"},
		{translate.InvoiceTaken(key, erp.Row{}), "IN-DUPLICATE", "INV-7"},
		{translate.PrimeVariationTaken(erp.VariationKey{Job: "1001", Variation: "V1"}, erp.Row{Kind: erp.KindVariation}), "PV-NUMBER-TAKEN", "another variation"},
	} {
		if c.p.Rule != c.rule || !strings.Contains(c.p.Message, c.says) || c.p.Where == "" {
			t.Errorf("%+v", c.p)
		}
	}
}

func TestClaimRefusal(t *testing.T) {
	for words, want := range map[string]string{
		"Invoice INV-7 of creditor BRICKW is a duplicate: claim 1 of agreement SC1": "IN-DUPLICATE",
		"Invoice already exists":                                  "IN-DUPLICATE",
		"Accounting period 202610 is locked.":                     "IN-PERIOD",
		"The month has been closed":                               "IN-PERIOD",
		"Agreement SC1 takes its claims from an external portal.": "IN-PORTAL",
		"Agreement SC1 is finalised.":                             "IN-FINALISED",
		"Over-claim of item 1: 12 would be claimed of 11":         "IN-OVERCLAIM",
		"Amount exceeds the value of item 3":                      "IN-OVERCLAIM",
		"Unknown item 9 on agreement SC1.":                        "IN-LINE-ITEM",
		"Variation V9 does not exist":                             "IN-LINE-ITEM",
		"Unapproved: variation V1 item 1.":                        "IN-UNAPPROVED",
		"OrderItem 1 has not been approved":                       "IN-UNAPPROVED",
		"Agreement NONE does not exist in WorkID 01.":             "IN-NO-ORDER",
		"TaxCode ZZ is not a GST code of WorkID 01.":              "IN-TAX",
		"Retention 10.01 is more than the claim of 10.00.":        "IN-RETENTION",
		"Amount may not be negative.":                             "IN-NEGATIVE",
		"Invoice INV-7 has no details.":                           "IN-ZERO",
		"RPG0100 at statement 4200":                               "IN-JOBPAC",
	} {
		got := translate.ClaimRefusal([]string{words})
		if len(got) != 1 || got[0].Rule != want || !strings.Contains(got[0].Message, words) || !strings.HasSuffix(got[0].Message, ".") {
			t.Errorf("%q: %+v, want %s", words, got, want)
		}
	}
	for _, none := range [][]string{nil, {""}, {" ", "\n"}} {
		if got := translate.ClaimRefusal(none); len(got) != 1 || got[0].Rule != "IN-JOBPAC" {
			t.Errorf("no words: %+v", got)
		}
	}
	long := translate.ClaimRefusal([]string{"a portal", "a   portal", "locked period", strings.Repeat("x", 400)})
	if len(long) != 3 || long[0].Rule != "IN-PORTAL" || long[1].Rule != "IN-PERIOD" || len(long[2].Message) > 280 {
		t.Errorf("%+v", long)
	}
}

// TestEveryFieldOfAnInvoiceIsFilled: each field of each record is filled in at
// least one case.
func TestEveryFieldOfAnInvoiceIsFilled(t *testing.T) {
	filled := map[string]bool{}
	for _, c := range invoiceCases(t) {
		_, r := c.run(t)
		for _, rec := range r.Records {
			v := reflect.ValueOf(rec)
			for i := range v.NumField() {
				name := v.Type().Name() + "." + v.Type().Field(i).Name
				filled[name] = filled[name] || !v.Field(i).IsZero()
			}
		}
	}
	filled["InvoiceUpload.Tax"] = true // TestTaxOfAnUpload
	for _, kind := range []any{erp.Claim{}, erp.ClaimItem{}, erp.InvoiceUpload{}, erp.InvoicePosting{}} {
		typ := reflect.TypeOf(kind)
		for i := range typ.NumField() {
			if name := typ.Name() + "." + typ.Field(i).Name; !filled[name] {
				t.Errorf("no case fills %s", name)
			}
		}
	}
}

func TestTaxOfAnUpload(t *testing.T) {
	req, order := testInvoice(t)
	head := &order.Documents[0].Header
	head.Kind = erp.KindOrder
	order.Documents[0].Items[0].Values = map[erp.Name]string{erp.ColItem: "1", erp.ColCostCode: "03-100", erp.ColCostType: "M", erp.ColTaxCode: "G"}
	rules := testRules()
	rules.Invoice = translate.InvoiceRules{Tax: translate.TaxOnNet, Rates: map[string]string{"G": "10"}}
	r := translate.Invoice(req, rules, testFacts(), order)
	if len(r.Problems) > 0 || len(r.Records) != 2 {
		t.Fatalf("%v", r.Problems)
	}
	u := r.Records[0].(erp.InvoiceUpload)
	if u.Tax == nil || *u.Tax != 1000 || u.TaxCode != "G" || u.Centre.Job != "1001" || *u.Authorised != 100_00 {
		t.Errorf("%+v", u)
	}
}

// FuzzInvoice: whatever was written, the translation does not panic, and what it
// lets pass adds up and fits.
func FuzzInvoice(f *testing.F) {
	f.Add("INV-7", "2026-05-31", "100.00", "3", "33.33", "5.00", "1.00", "01|SC1001|1", "", "Billings::ContractItem", "words", "01|G")
	f.Add("inv 7", "x", "-0.05", "1e9", "1e-9", "", "0", "01|SC1001|2", "01|1001|V1|1", "Billings::ChangeOrderItem", "½", "G")
	f.Add("", "", "92233720368547758.07", "", "", "92233720368547758.07", "x", "|", `\|||`, "", "\xff", "")
	f.Fuzz(func(t *testing.T, number, date, amount, quantity, cost, held, back, item, change, kind, words, tax string) {
		req, order := testInvoice(t)
		i := &req.Invoices[0]
		i.Number, i.BillingDate = number, date
		i.Lines = append(i.Lines, erp.RequisitionLine{
			ID: 502, ItemType: kind, Description: words, Amount: loose(amount), Quantity: loose(quantity), UnitCost: loose(cost), UOM: words,
			CommitmentItemOrigin: item, ChangeItemOrigin: change, RetainedWork: loose(held), ReleasedMaterials: loose(back), TaxCodeOrigin: tax,
		})
		rules := testRules()
		rules.Invoice = translate.InvoiceRules{Tax: translate.TaxOnNet, Rates: map[string]string{"G": "10"}}
		r := translate.Invoice(req, rules, testFacts(), order)
		soundInvoice(t, r)
		for _, rec := range r.Records {
			for _, field := range rec.Fields() {
				if field.Name == erp.ColInvoice && len(field.Value) > 15 || field.Name == erp.ColUnit && len(field.Value) > 4 {
					t.Errorf("%s %s %q is too long", rec.Key(), field.Name, field.Value)
				}
			}
		}
	})
}
