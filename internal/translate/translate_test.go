package translate_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/translate"
)

func dec(t testing.TB, text string) erp.Decimal {
	t.Helper()
	d, err := erp.ParseDecimal(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func testRules() translate.Rules {
	r := translate.Rules{WorkID: "01", Currency: "AUD"}
	r.Variation.CommitmentType = "1"
	return r
}

func testFacts() erp.Facts {
	job := erp.JobKey{WorkID: "01", Job: "1001"}
	return erp.Facts{
		Job:      &erp.Job{Key: job, Active: erp.Yes, AllowCostUpdates: erp.Yes, FinanciallyComplete: erp.No},
		Creditor: &erp.Creditor{Key: erp.CreditorKey{WorkID: "01", Creditor: "BRICKW"}, StopPayments: erp.No},
		Centres:  []erp.CostCentre{{Key: erp.CostCentreKey{JobKey: job, CostCode: "03-100", CostType: "S"}}},
	}
}

func testLine(t testing.TB, id erp.ID, amount string) erp.Line {
	t.Helper()
	return erp.Line{
		ID: id, Description: "Footings", Amount: dec(t, amount),
		CostCode: erp.Link{Origin: "03-100"}, CostType: erp.Link{Origin: "S"},
	}
}

// testCommitment is a subcontract that breaks no rule.
func testCommitment(t testing.TB) erp.Request {
	t.Helper()
	return erp.Request{ID: 1, Name: erp.CreateCommitment, JobOrigin: "01|1001", Commitment: &erp.Commitment{
		ID: 4101, Type: erp.WorkOrderContract, Code: "SC1001", Number: "SC-1001", Title: "Concrete",
		Vendor: erp.Link{ID: 8, Origin: "01|BRICKW"}, Lines: []erp.Line{testLine(t, 9001, "100.00")},
	}}
}

func testChangeOrder(t testing.TB) (erp.Request, translate.Contract) {
	t.Helper()
	req := testCommitment(t)
	req.Name = erp.CreateCommitmentChangeOrder
	req.Commitment.Lines[0].Origin = "01|SC1001|1"
	line := testLine(t, 9501, "5.00")
	line.CommitmentLine = 9001
	req.ChangeOrder = &erp.ChangeOrder{ID: 7701, ContractID: 4101, Number: "003", Code: "V3", Title: "Deeper", Lines: []erp.Line{line}}
	return req, translate.Contract{Key: erp.OrderKey{WorkID: "01", Order: "SC1001"}, Type: erp.WorkOrderContract, Known: true}
}

func rulesOf(r translate.Result) []string {
	var ids []string
	for _, p := range r.Problems {
		ids = append(ids, p.Rule)
	}
	return ids
}

func TestTheBaseCasesPass(t *testing.T) {
	if r := translate.Commitment(testCommitment(t), testRules(), testFacts()); len(r.Problems) > 0 || len(r.Records) != 2 {
		t.Errorf("commitment: %v, %d records", r.Problems, len(r.Records))
	}
	req, contract := testChangeOrder(t)
	if r := translate.ChangeOrder(req, testRules(), testFacts(), contract, translate.Numbers{}); len(r.Problems) > 0 || len(r.Records) != 2 {
		t.Errorf("change order: %v, %d records", r.Problems, len(r.Records))
	}
}

func TestQueryAsksForWhatCanBeAsked(t *testing.T) {
	req := testCommitment(t)
	more := testLine(t, 9002, "1")
	more.CostCode.Origin = "01|1001|02-900"
	other := testLine(t, 9003, "1")
	other.CostCode.Origin = "01|2002|02-901"
	req.Commitment.Lines = append(req.Commitment.Lines, more, other, testLine(t, 9004, "1"), erp.Line{ID: 9005})
	want := erp.FactsQuery{
		Job: erp.JobKey{WorkID: "01", Job: "1001"}, Creditor: erp.CreditorKey{WorkID: "01", Creditor: "BRICKW"},
		CostCodes: []string{"02-900", "03-100"},
	}
	if diff := cmp.Diff(want, translate.Query(req, testRules())); diff != "" {
		t.Error(diff)
	}
	req.JobOrigin, req.Commitment.Vendor.Origin = "02|1001", "BRICKW"
	if diff := cmp.Diff(erp.FactsQuery{}, translate.Query(req, testRules())); diff != "" {
		t.Errorf("links that lead nowhere: %s", diff)
	}
	if diff := cmp.Diff(erp.FactsQuery{}, translate.Query(erp.Request{}, testRules())); diff != "" {
		t.Errorf("no documents: %s", diff)
	}
}

func TestQueryOfAChangeOrderAsksForItsOwnLines(t *testing.T) {
	req, _ := testChangeOrder(t)
	req.ChangeOrder.Lines[0].CostCode.Origin = "16-100"
	if got := translate.Query(req, testRules()); !slices.Equal(got.CostCodes, []string{"16-100"}) || got.Creditor.Creditor != "BRICKW" {
		t.Errorf("query %+v", got)
	}
}

func TestCommitmentKey(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*erp.Request, *translate.Rules)
		want   string
	}{
		"typed code": {func(*erp.Request, *translate.Rules) {}, "SC1001"},
		"template": {func(q *erp.Request, r *translate.Rules) {
			q.Commitment.Code, r.OrderNumber.Subcontract = "", "X{number}"
		}, "XSC-1001"},
		"template of the type": {func(q *erp.Request, r *translate.Rules) {
			q.Commitment.Code, r.OrderNumber.PurchaseOrder = "", "X{number}"
		}, "SC-1001"},
		"no number":             {func(q *erp.Request, _ *translate.Rules) { q.Commitment.Code, q.Commitment.Number = "", "" }, ""},
		"illegal":               {func(q *erp.Request, _ *translate.Rules) { q.Commitment.Code = "SC|1" }, ""},
		"too long":              {func(q *erp.Request, _ *translate.Rules) { q.Commitment.Code = "12345678901" }, ""},
		"width of the numbers":  {func(q *erp.Request, r *translate.Rules) { q.Commitment.Code, r.OrderNumber.Width = "12345678901", 11 }, "12345678901"},
		"unknown placeholder":   {func(q *erp.Request, r *translate.Rules) { q.Commitment.Code, r.OrderNumber.Subcontract = "", "{job}1" }, ""},
		"own link of a new one": {func(q *erp.Request, _ *translate.Rules) { q.Commitment.Origin = "01|OLD" }, "SC1001"},
		"link of the contract": {func(q *erp.Request, _ *translate.Rules) {
			q.Commitment.Origin, q.ChangeOrder = "01|OLD", &erp.ChangeOrder{}
		}, "OLD"},
		"no commitment": {func(q *erp.Request, _ *translate.Rules) { q.Commitment = nil }, ""},
	} {
		req, r := testCommitment(t), testRules()
		c.change(&req, &r)
		if got := translate.CommitmentKey(req, r); got != (erp.OrderKey{WorkID: "01", Order: c.want}) {
			t.Errorf("%s: %+v, want %q", name, got, c.want)
		}
	}
}

func TestVariationNumbers(t *testing.T) {
	req, _ := testChangeOrder(t)
	r := testRules()
	if got := translate.TypedVariation(req, r); got != "V3" {
		t.Errorf("typed %q", got)
	}
	req.ChangeOrder.Code = " "
	if got := translate.TypedVariation(req, r); got != "" {
		t.Errorf("nothing typed, yet %q", got)
	}
	r.Variation.Number = "c{number}"
	if got := translate.TypedVariation(req, r); got != "C003" {
		t.Errorf("template gives %q", got)
	}
	if got := translate.TypedVariation(testCommitment(t), r); got != "" {
		t.Errorf("no change order, yet %q", got)
	}
	if got := translate.ReservedVariation(7, testRules()); got != "V00007" {
		t.Errorf("reserved %q", got)
	}
	r.Variation.Width = 4
	if got := translate.ReservedVariation(12, r); got != "V012" {
		t.Errorf("reserved %q at width 4", got)
	}
}

func TestRequestsWithoutContentAreRefused(t *testing.T) {
	for name, r := range map[string]translate.Result{
		"commitment":   translate.Commitment(erp.Request{ID: 5}, testRules(), erp.Facts{}),
		"change order": translate.ChangeOrder(testCommitment(t), testRules(), erp.Facts{}, translate.Contract{}, translate.Numbers{}),
	} {
		if len(r.Problems) != 1 || !strings.HasSuffix(r.Problems[0].Rule, "-CONTENT") || len(r.Records) > 0 {
			t.Errorf("%s: %+v", name, r.Problems)
		}
	}
	r := translate.Commitment(erp.Request{ID: 5, Unreadable: "The field amount is given twice."}, testRules(), erp.Facts{})
	if len(r.Problems) != 1 || !strings.Contains(r.Problems[0].Message, "given twice") {
		t.Errorf("the reader's own words are lost: %+v", r.Problems)
	}
}

func TestDatesThatCannotBeRead(t *testing.T) {
	for _, bad := range []string{"10/25/20", "2026-02-30", "2026-5-1", "2026-05-01 10:00", "soon"} {
		req := testCommitment(t)
		req.Commitment.ExecutionDate = bad
		r := translate.Commitment(req, testRules(), testFacts())
		if got := rulesOf(r); !slices.Equal(got, []string{"CM-DATE"}) || !strings.Contains(r.Problems[0].Message, bad) {
			t.Errorf("%q: %v", bad, r.Problems)
		}
	}
	for given, want := range map[string]string{"2026-05-01": "2026-05-01", " 2026-05-01 ": "2026-05-01", "2026-05-01T23:59:59.5-01:00": "2026-05-02", "": ""} {
		req := testCommitment(t)
		req.Commitment.ExecutionDate = given
		r := translate.Commitment(req, testRules(), testFacts())
		if sub, ok := r.Records[0].(erp.Subcontract); !ok || sub.Acceptance != want {
			t.Errorf("%q became %+v, want %q", given, r.Records[0], want)
		}
	}
}

func TestItemsAreLinkedToTheirLines(t *testing.T) {
	req := testCommitment(t)
	req.Commitment.Lines = []erp.Line{testLine(t, 11, "-10.00"), testLine(t, 12, "40.00"), testLine(t, 13, "2.00")}
	r := translate.Commitment(req, testRules(), testFacts())
	want := []translate.Linked{{Line: 11, Record: 3, Origin: "01|SC1001|1"}, {Line: 12, Record: 1, Origin: "01|SC1001|2"}, {Line: 13, Record: 2, Origin: "01|SC1001|3"}}
	if diff := cmp.Diff(want, r.Items); diff != "" {
		t.Error(diff)
	}
	consistent(t, r)
}

func TestTheGivenRequestIsNotChanged(t *testing.T) {
	req := testCommitment(t)
	req.Commitment.Lines = []erp.Line{{ID: 2, Position: 2}, {ID: 1, Position: 1}}
	translate.Commitment(req, testRules(), testFacts())
	if req.Commitment.Lines[0].ID != 2 {
		t.Error("the lines of the request were sorted in place")
	}
}

func TestNumbersOfOthers(t *testing.T) {
	order := erp.OrderKey{WorkID: "01", Order: "SC1001"}
	variation := erp.VariationKey{WorkID: "01", Job: "1001", Variation: "V3"}
	row := erp.Row{Kind: erp.KindSubcontract, Values: map[erp.Name]string{erp.ColDescription: " Old  works ", erp.ColCreditor: "earthm "}}
	for _, c := range []struct {
		got  erp.Problem
		rule string
		says []string
	}{
		{translate.NumberTaken(order, row), "CM-NUMBER-TAKEN", []string{"SC1001", `another subcontract "Old works" of creditor EARTHM`, "another code"}},
		{translate.NumberTaken(order, erp.Row{Kind: erp.KindOrder}), "CM-NUMBER-TAKEN", []string{"another purchase order."}},
		{translate.NumberTaken(order, erp.Row{}), "CM-NUMBER-TAKEN", []string{"another record."}},
		{translate.NumberDoubled(order, 2), "CM-NUMBER-DOUBLED", []string{"SC1001", "2 times"}},
		{translate.VariationTaken(variation, erp.Row{Kind: erp.KindVariation}), "CO-NUMBER-TAKEN", []string{"V3", "job 1001", "another variation"}},
		{translate.VariationDoubled(variation, 3), "CO-NUMBER-DOUBLED", []string{"V3", "job 1001", "3 times"}},
	} {
		if c.got.Rule != c.rule || c.got.Where != "code" {
			t.Errorf("%+v, want rule %s", c.got, c.rule)
		}
		for _, words := range c.says {
			if !strings.Contains(c.got.Message, words) {
				t.Errorf("%q does not say %q", c.got.Message, words)
			}
		}
	}
}

func TestTheJournalsLinksAreCheckedToo(t *testing.T) {
	req, contract := testChangeOrder(t)
	req.Commitment.Lines[0].Origin = ""
	contract.Lines = map[erp.ID]string{9001: "01|OTHER|1"}
	r := translate.ChangeOrder(req, testRules(), testFacts(), contract, translate.Numbers{})
	if got := rulesOf(r); !slices.Equal(got, []string{"CO-LINE-CONTRACT"}) {
		t.Errorf("problems %v", r.Problems)
	}
}

func TestLinksOfItems(t *testing.T) {
	for origin, ok := range map[string]bool{
		"01|SC1001|1": true, " 01|sc1001|12 ": true, "01|SC1001|0": false, "01|SC1001|-1": false, "01|SC1001|01": false,
		"01|SC1001": false, "1": false, "01|SC1001|1|1": false, "02|SC1001|1": false,
	} {
		req, contract := testChangeOrder(t)
		req.Commitment.Lines[0].Origin = origin
		r := translate.ChangeOrder(req, testRules(), testFacts(), contract, translate.Numbers{})
		if (len(r.Problems) == 0) != ok {
			t.Errorf("%q: %v", origin, r.Problems)
		}
	}
}

func TestDefaultWidthsFillGaps(t *testing.T) {
	req, r := testCommitment(t), testRules()
	req.Commitment.Code = "1234567"
	r.Widths.Order = 6
	if got := rulesOf(translate.Commitment(req, r, testFacts())); !slices.Equal(got, []string{"CM-NUMBER-WIDTH"}) {
		t.Errorf("a width of 6: %v", got)
	}
	if d := translate.DefaultWidths(); d.Order != 10 || d.Item != 4 || d.CostCode != 8 || d.CostType != 3 || d.Creditor != 6 ||
		d.Variation != 6 || d.Unit != 4 || d.Description != 50 || d.Job != 6 {
		t.Errorf("default widths %+v", d)
	}
}

func TestRetentionDefaultThatCannotBeReadIsNone(t *testing.T) {
	r := testRules()
	r.Retention.Default = "five"
	got := translate.Commitment(testCommitment(t), r, testFacts())
	if sub := got.Records[0].(erp.Subcontract); sub.Retention != "" || sub.RetentionOn != "" {
		t.Errorf("retention %q on %q", sub.Retention, sub.RetentionOn)
	}
}

func TestAWrongDefaultRetentionIsRefused(t *testing.T) {
	r := testRules()
	r.Retention.Default = "105"
	if got := rulesOf(translate.Commitment(testCommitment(t), r, testFacts())); !slices.Equal(got, []string{"CM-RETENTION"}) {
		t.Errorf("problems %v", got)
	}
}

func TestAContractNotInJobpacIsToldOnce(t *testing.T) {
	req, contract := testChangeOrder(t)
	req.Commitment.Lines[0].Origin = ""
	contract.Known = false
	r := translate.ChangeOrder(req, testRules(), testFacts(), contract, translate.Numbers{})
	if got := rulesOf(r); !slices.Equal(got, []string{"CO-CONTRACT"}) {
		t.Errorf("problems %v", r.Problems)
	}
}
