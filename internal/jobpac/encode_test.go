package jobpac

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// fullRecords is one record of each kind with every column filled.
func fullRecords() []erp.Record {
	job := erp.JobKey{WorkID: "01", Job: "1001"}
	order := erp.OrderKey{WorkID: "01", Order: "PO-77"}
	sc := testSubcontract()
	variation := erp.VariationKey{WorkID: "01", Job: "1001", Variation: "V00001"}
	return []erp.Record{
		erp.Order{
			OrderKey: order, Job: job, Creditor: erp.CreditorKey{WorkID: "01", Creditor: "FASTEN"}, Description: "Bolts",
			Date: "2026-03-01", Delivery: "2026-03-15", Requisition: "PO-SV-1", Reference: "PCC4102",
		},
		erp.OrderItem{
			OrderKey: order, Item: 1, Centre: erp.CostCentreKey{JobKey: job, CostCode: "02-300", CostType: "M"},
			Description: "M12 bolts", Quantity: 10_0000, Unit: "EA", Rate: 12_5050, Value: 125_05, TaxCode: "G",
		},
		sc,
		erp.SubcontractItem{
			OrderKey: sc.OrderKey, Item: 2, Centre: erp.CostCentreKey{JobKey: job, CostCode: "02-400", CostType: "S"},
			Description: "Brickwork", Quantity: 1_0000, Unit: "ITEM", Rate: 12500_5000, Value: 12500_50,
		},
		erp.Variation{
			VariationKey: variation, Description: "Extra wall", Type: "1", Reason: "C", Submitted: "2026-04-01",
			Approved: "2026-04-03", ApprovedSum: -500_00, Reference: "PCO7701",
		},
		erp.VariationItem{
			VariationKey: variation, Item: 1, Order: sc.OrderKey, OrderItem: 2,
			Centre: erp.CostCentreKey{JobKey: job, CostCode: "02-400", CostType: "S"}, Description: "Wall", Quantity: 1_0000,
			Unit: "ITEM", Rate: -500_0000, Value: -500_00, Approved: "2026-04-03", Reference: "PCO7701",
		},
	}
}

func TestEncode(t *testing.T) {
	type want struct{ call, query string }
	create := []want{
		{"PUT /CreateANewPurchaseOrder", "CostingWorkId=01&Creditor=FASTEN&DeliveryDate=2026-03-15&Description=Bolts&Job=1001&Order=PO-77&OrderDate=2026-03-01&RequisitionNumber=PO-SV-1&UserDefinedField2=PCC4102&WorkId=01"},
		{"POST /CreateANewPurchaseOrderItem", "CostCode=02-300&CostType=M&CostingWorkId=01&Description=M12%20bolts&ForeignCurrencyGrossUnitRate=12.5050&ForeignCurrencyGrossValue=125.05&Job=1001&Order=PO-77&OrderItem=1&QuantityOrdered=10.0000&TaxCode=G&UnitOfMeasure=EA&WorkId=01"},
		{"PUT /CreateANewSubcontract", "AcceptanceDate=2026-03-01&AcceptedContractSum=12500.50&AgreementReceivedDate=2026-02-27&AgreementSentDate=2026-02-20&CompletionDate=2026-09-30&CostingWorkId=01&Creditor=BRICKW&CreditorWorkId=01&CurrentRetentionPercentage=5&Description=Brickwork%20%26%20fa%C3%A7ade%2C%20stage%201&Job=1001&Order=SC-1001&RetentionBasedOn=G&ScheduleOfRatesOrLumpSum=L&StartDate=2026-03-10&UserDefinedField2=PCC4101&WorkId=01"},
		{"PUT /CreateANewSubcontractItem", "CostCode=02-400&CostType=S&CostingWorkId=01&Description=Brickwork&ForeignCurrencyRate=12500.5000&ItemNumber=2&Job=1001&Order=SC-1001&OriginalBudgetQuantity=1.0000&UnitOfMeasure=ITEM&WorkId=01"},
		{"PUT /CreateANewVariation", "ApprovalDate=2026-04-03&ApprovedPrice=-500.00&DateSubmitted=2026-04-01&Description=Extra%20wall&Job=1001&Reason=C&SiteReference=PCO7701&Type=1&Variation=V00001&WorkId=01"},
		{"PUT /CreateANewVariationItem", "CostCode=02-400&CostType=S&DateApproved=2026-04-03&Description=Wall&Job=1001&Order=SC-1001&OrderItem=2&Quantity=1.0000&Rate=-500.0000&SubcontractPriceApproved=-500.00&SubcontractPriceApprovedRate=-500.0000&SubcontractQuantityApproved=1.0000&SubcontractReference=PCO7701&UnitOfMeasure=ITEM&Variation=V00001&VariationItem=1&WorkId=01"},
	}
	for i, record := range fullRecords() {
		method, path, params, err := Encode(erp.Write{Record: record}, "UserDefinedField2")
		got := want{method + " " + path, query(params)}
		if diff := cmp.Diff(create[i], got, cmp.AllowUnexported(want{})); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", record.Kind(), err, diff)
		}
	}
}

func TestEncodeUpdateSendsOnlyWhatItsCallHas(t *testing.T) {
	table := publishedOperations(t)
	left := map[erp.Kind][]string{ // parameters of the create that the update has not
		erp.KindOrder: {"CostingWorkId", "Job"}, erp.KindOrderItem: {"WorkId"}, erp.KindSubcontract: {"CostingWorkId", "Job"},
		erp.KindSubcontractItem: {"CostCode", "CostType", "CostingWorkId", "Job"},
	}
	more := map[erp.Kind][]string{
		erp.KindOrderItem: {"OrderWorkId"}, erp.KindSubcontractItem: {"ForeignCurrencyOriginalContractValue"},
	}
	for _, record := range fullRecords()[:4] {
		_, _, create, _ := Encode(erp.Write{Record: record}, "UserDefinedField1")
		method, path, update, err := Encode(erp.Write{Record: record, Update: true}, "UserDefinedField1")
		if err != nil || method != "POST" || !strings.HasPrefix(path, "/Update") {
			t.Fatalf("%s: %s %s %v", record.Kind(), method, path, err)
		}
		for name := range update {
			if !slices.Contains(table[path].all, name) {
				t.Errorf("%s has no parameter %s", path, name)
			}
		}
		for _, name := range left[record.Kind()] {
			delete(create, name)
		}
		want := slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(create)), more[record.Kind()]...)))
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(update))); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	all := fullRecords()
	order := all[0].(erp.Order)
	order.OrderKey.Order = ""
	sc := testSubcontract()
	sc.Description = "  "
	item := all[5].(erp.VariationItem)
	item.VariationKey.Variation = ""
	for name, c := range map[string]struct {
		write erp.Write
		words string
	}{
		"no record":             {erp.Write{}, "no record"},
		"a changed variation":   {erp.Write{Record: all[4], Update: true}, "variation 01|1001|V00001 cannot be changed"},
		"a changed item":        {erp.Write{Record: all[5], Update: true}, "variation item 01|1001|V00001|1 cannot be changed"},
		"no number":             {erp.Write{Record: order}, "has no Order"},
		"no description":        {erp.Write{Record: sc}, "has no Description"},
		"no variation":          {erp.Write{Record: item}, "has no Variation"},
		"a kind we do not know": {erp.Write{Record: oddRecord{kind: "claim"}}, `"claim" are not written`},
		"a column not in Jobpac": {
			erp.Write{Record: oddRecord{kind: erp.KindOrder, fields: []erp.Field{{Name: "colour", Value: "red"}}}}, "no column for colour",
		},
	} {
		_, _, _, err := Encode(c.write, "UserDefinedField1")
		if fault.Of(err) != fault.Permanent || fault.IsSystem(err) || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v, want a permanent fault with %q", name, err, c.words)
		}
	}
}

// oddRecord is a record of nobody's.
type oddRecord struct {
	kind   erp.Kind
	fields []erp.Field
}

func (r oddRecord) Kind() erp.Kind      { return r.kind }
func (r oddRecord) Key() string         { return "01|X" }
func (r oddRecord) Fields() []erp.Field { return r.fields }

func TestEncodeWritesCodesAsJobpacKeepsThem(t *testing.T) {
	sc := testSubcontract()
	sc.Creditor.Creditor = " brickw "
	_, _, params, err := Encode(erp.Write{Record: sc}, "UserDefinedField1")
	if err != nil || params.Get("Creditor") != "BRICKW" || params.Get("Description") != sc.Description {
		t.Errorf("%v %v", params, err)
	}
}

func FuzzEncode(f *testing.F) {
	f.Add("Brickwork & façade + 1 %41 #2?Token=x;y", "sc 1")
	f.Add("\x00\xff\u2028=&&", "a|b\\c")
	f.Add("日本 語", "%2B")
	f.Fuzz(func(t *testing.T, text, code string) {
		sc := testSubcontract()
		sc.Description, sc.Creditor.Creditor = "x"+text, "x"+code
		_, _, params, err := Encode(erp.Write{Record: sc}, "UserDefinedField1")
		if err != nil {
			t.Fatal(err)
		}
		base, _ := url.Parse("https://host:9001")
		u, err := url.Parse(address(base, operation{path: "/X"}, params, "TOKEN"))
		if err != nil || strings.ContainsAny(u.RawQuery, "+ ") || u.Fragment != "" {
			t.Fatalf("%q %v", u, err)
		}
		back, err := url.ParseQuery(u.RawQuery)
		if err != nil || len(back) != len(params)+1 || back.Get("Token") != "TOKEN" {
			t.Fatalf("%v %v", back, err)
		}
		if back.Get("Description") != "x"+text || back.Get("Creditor") != erp.Code("x"+code) {
			t.Fatalf("%q and %q came back as %v", text, code, back)
		}
	})
}
