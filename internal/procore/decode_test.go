package procore

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/erp"
)

// byText compares decimals by the text they were read from.
var byText = cmp.Comparer(func(a, b erp.Decimal) bool { return a.Given() == b.Given() && a.String() == b.String() })

func dec(t testing.TB, text string) erp.Decimal {
	t.Helper()
	d, err := erp.ParseDecimal(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func decodeSample(t testing.TB, name string) erp.Request {
	t.Helper()
	r, err := DecodeRequest(samples(t)[name].Body)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return r
}

var (
	formwork = erp.Link{ID: 5101, Origin: "03-100", Name: "Formwork", Code: "03-100"}
	steel    = erp.Link{ID: 5102, Origin: "03-200", Name: "Reinforcement", Code: "03-200"}
	byOthers = erp.Link{ID: 61, Origin: "S", Name: "Subcontract", Code: "S"}
	material = erp.Link{ID: 62, Origin: "M", Name: "Material", Code: "M"}
	project  = erp.Link{ID: 700, Origin: "01|J1000", Name: "Harbour Street"}
	vendor   = erp.Link{ID: 470, Origin: "01|CONC01", Name: "Northside Concrete"}
)

// subcontract is the commitment of the samples.
func subcontract(t testing.TB) *erp.Commitment {
	return &erp.Commitment{
		ID: 4101, Type: erp.WorkOrderContract, Code: "SC0001", Number: "SC-001", Title: "Concrete structure", Status: "Approved",
		AccountingMethod: "amount", Retainage: dec(t, "5.0"), Total: dec(t, "15050.25"), Currency: "AUD", Vendor: vendor, Project: project,
		CreatedAt: "2026-03-02T08:15:00-07:00", ContractDate: "2026-03-05", IssuedOn: "2026-03-06", Start: "2026-04-01", EstimatedEnd: "2026-09-30",
		Fields: map[string]string{"reason": "STRUCT"},
	}
}

func TestDecodeCommitment(t *testing.T) {
	t.Parallel()
	c := subcontract(t)
	c.Fields["accounting_date"] = "2026-03-31"
	c.Lines = []erp.Line{
		{ID: 8101, Position: 1, Description: "Formwork to slabs", Amount: dec(t, "10000.0"), Quantity: dec(t, "0.0"), UnitCost: dec(t, "0.0"), CostCode: formwork, CostType: byOthers},
		{ID: 8102, Position: 2, Description: "Reinforcement to slabs", Amount: dec(t, "5050.25"), Quantity: dec(t, "2.5"), UnitCost: dec(t, "2020.1"), UOM: "t", Calculated: true, CostCode: steel, CostType: byOthers},
	}
	want := erp.Request{ID: 9001, DetailID: 9501, Company: company, Name: erp.CreateCommitment, CreatedAt: "2026-03-10T01:02:03Z", JobOrigin: "01|J1000", Commitment: c}
	if diff := cmp.Diff(want, decodeSample(t, "request_create_commitment"), byText); diff != "" {
		t.Error(diff)
	}
}

// Every spelling of an id, amount, date and emptiness comes out alike.
func TestDecodeMixedSpellings(t *testing.T) {
	t.Parallel()
	want := erp.Request{ID: 9002, DetailID: 9502, Company: company, Name: erp.CreateCommitment, CreatedAt: "2026-03-10T01:02:03Z", JobOrigin: "01|J1000",
		Commitment: &erp.Commitment{
			ID: 9007199254740993, Type: erp.PurchaseOrderContract, Code: "PO0007", Number: "PO-007", Title: "Reo bar", Status: "Approved", AccountingMethod: "unit",
			Total: dec(t, "4400.1"), Currency: "AUD", Vendor: vendor, Project: project, CreatedAt: "2026-03-02", ContractDate: "2026-03-05", IssuedOn: "2026-03-06", DeliveryDate: "2026-10-25",
			Fields: map[string]string{"buyer": "KP"},
			Lines: []erp.Line{{ID: 8201, Position: 1, Description: "Bar 12 mm", Amount: dec(t, "4400.1"), Quantity: dec(t, "220"), UnitCost: dec(t, "20.0005"), UOM: "m", Calculated: true,
				CostCode: steel, CostType: material, TaxCode: "GST"}},
		}}
	if diff := cmp.Diff(want, decodeSample(t, "request_create_commitment_mixed"), byText); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeChangeOrder(t *testing.T) {
	t.Parallel()
	c := subcontract(t)
	c.Origin = "01|SC0001"
	c.Lines = []erp.Line{
		{ID: 8101, Position: 1, Description: "Formwork to slabs", Amount: dec(t, "10000.0"), Quantity: dec(t, "0.0"), UnitCost: dec(t, "0.0"), CostCode: formwork, CostType: byOthers, Origin: "01|SC0001|1"},
		{ID: 8103, Position: 3, Amount: dec(t, "0.0"), Quantity: dec(t, "0.0"), UnitCost: dec(t, "0.0"), CostCode: steel, CostType: material},
	}
	o := &erp.ChangeOrder{
		ID: 7701, ContractID: 4101, Number: "45", Code: "V00045", Title: "Extra columns", Description: "Two more columns on level 3", Status: "Approved", Total: dec(t, "2330.0"),
		CreatedAt: "2026-04-10T02:00:00Z", UpdatedAt: "2026-04-11T02:00:00Z", DueDate: "2026-04-20T00:00:00Z", ReviewedAt: "2026-04-12T23:30:00Z", Fields: map[string]string{"variation_type": "1"},
		Lines: []erp.Line{
			{ID: 8301, Position: 1, Description: "Columns, formwork", Amount: dec(t, "2000.0"), Quantity: dec(t, "0.0"), UnitCost: dec(t, "0.0"), CostCode: formwork, CostType: byOthers, CommitmentLine: 8101},
			{ID: 8302, Position: 2, Description: "Columns, bar", Amount: dec(t, "330.0"), Quantity: dec(t, "10"), UnitCost: dec(t, "33.0"), UOM: "m", Calculated: true, CostCode: steel, CostType: material, CommitmentLine: 8103},
		},
	}
	want := erp.Request{ID: 9003, DetailID: 9503, Company: company, Name: erp.CreateCommitmentChangeOrder, CreatedAt: "2026-04-13T00:00:00Z", JobOrigin: "01|J1000", Commitment: c, ChangeOrder: o}
	if diff := cmp.Diff(want, decodeSample(t, "request_create_commitment_change_order"), byText); diff != "" {
		t.Error(diff)
	}
}

// A name this build does not know keeps what is needed to close it.
func TestDecodeUnknownName(t *testing.T) {
	t.Parallel()
	got, err := DecodeRequest([]byte(`{"id":9,"company_id":3,"request_name":"create_vendor","request_detail_id":8,"request_data":{"vendor":5}}`))
	if diff := cmp.Diff(erp.Request{ID: 9, DetailID: 8, Company: 3, Name: "create_vendor"}, got, byText); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

// commitmentJSON is a small request with one thing put in.
func commitmentJSON(commitment, items, inner string) string {
	return fmt.Sprintf(`{"id":1,"request_name":"create_commitment","request_data":{"request_detail_id":7%s,"commitment":{"id":2%s},"commitment_items":[%s]}}`, inner, commitment, items)
}

// What cannot be understood is told in one sentence that names the field and
// the value, and its detail is still known.
func TestDecodeUnreadable(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ json, says string }{
		"amount":          {commitmentJSON("", `{"id":3,"amount":"10"},{"id":4,"amount":"1,250.00"}`, ""), `field commitment_items line 2 amount: "1,250.00" must be a decimal number`},
		"amount list":     {commitmentJSON("", `{"id":3,"amount":[1]}`, ""), "field commitment_items line 1 amount: must be a text or a number"},
		"total":           {commitmentJSON(`,"grand_total":"abc"`, "", ""), `field commitment grand_total: "abc" must be a decimal number`},
		"id":              {commitmentJSON(`,"vendor":{"id":"4.7"}`, "", ""), `field commitment vendor id: id "4.7" must be digits`},
		"id beyond 63":    {commitmentJSON(`,"vendor":{"id":9223372036854775808}`, "", ""), `"9223372036854775808" must be digits that fit 63 bits`},
		"date":            {commitmentJSON(`,"contract_date":"31.12.2026"`, "", ""), `field commitment contract_date: "31.12.2026" must be a date such as`},
		"impossible day":  {commitmentJSON(`,"contract_date":"2026-02-30"`, "", ""), `"2026-02-30" must be a date`},
		"moment":          {commitmentJSON(`,"created_at":"yesterday"`, "", ""), `field commitment created_at: "yesterday" must be a time`},
		"position":        {commitmentJSON("", `{"id":3,"position":"1.5"}`, ""), `"1.5" must be a whole number`},
		"line without id": {commitmentJSON("", `{"amount":"1"}`, ""), "commitment_items line 1 id is missing"},
		"line null":       {commitmentJSON("", `null`, ""), "commitment_items line 1 id is missing"},
		"lines no list":   {`{"id":1,"request_name":"create_commitment","request_data":{"request_detail_id":7,"commitment":{"id":2},"commitment_items":{}}}`, "field commitment_items does not have the expected form"},
		"doubled key":     {commitmentJSON(`,"code":"A","code":"B"`, "", ""), "field commitment code is given twice"},
		"broken text":     {commitmentJSON(",\"title\":\"\xff\"", "", ""), "its JSON is broken at byte"},
		"answers":         {commitmentJSON(`,"erp_custom_fields":"x"`, "", ""), "field commitment erp_custom_fields: must be an object"},
		"no commitment":   {`{"id":1,"request_name":"create_commitment","request_data":{"request_detail_id":7}}`, "commitment id is missing"},
		"no data":         {`{"id":1,"request_detail_id":7,"request_name":"create_commitment","request_data":null}`, "request_data is missing"},
		"data is a list":  {`{"id":1,"request_detail_id":7,"request_name":"create_commitment","request_data":[]}`, "does not have the expected form"},
		"no change order": {`{"id":1,"request_name":"create_commitment_change_order","request_data":{"request_detail_id":7,"commitment":{"id":2}}}`, "change_order id is missing"},
		"change line":     {`{"id":1,"request_name":"create_commitment_change_order","request_data":{"request_detail_id":7,"commitment":{"id":2},"change_order":{"id":3},"change_order_items":[{}]}}`, "change_order_items line 1 id is missing"},
		"no contract":     {`{"id":1,"request_name":"create_commitment_change_order","request_data":{"request_detail_id":7,"change_order":{"id":3}}}`, "commitment id is missing"},
	} {
		r, err := DecodeRequest([]byte(c.json))
		switch {
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case r.ID != 1 || r.DetailID != 7 || r.Commitment != nil || r.ChangeOrder != nil:
			t.Errorf("%s: got %+v", name, r)
		case !strings.Contains(r.Unreadable, c.says) || !strings.Contains(r.Unreadable, "Correct the record in Procore"):
			t.Errorf("%s: says %q, want %q", name, r.Unreadable, c.says)
		case strings.Contains(r.Unreadable, "Go ") || strings.Contains(r.Unreadable, "procore."):
			t.Errorf("%s: speaks of Go: %q", name, r.Unreadable)
		}
	}
}

// Where it is unsure which request or which detail it is, there is no Request.
func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{
		"nothing":          ``,
		"html":             `<html>`,
		"list":             `[]`,
		"cut off":          `{"id":1,"request_name":"create_commitment","request_data":{`,
		"more after":       `{"id":1,"request_name":"a"}{}`,
		"no id":            `{"request_name":"create_commitment"}`,
		"id zero":          `{"id":0,"request_name":"create_commitment"}`,
		"id no number":     `{"id":"x","request_name":"create_commitment"}`,
		"no name":          `{"id":1}`,
		"two ids":          `{"id":1,"id":2,"request_name":"sync_jobs"}`,
		"two details":      `{"id":1,"request_name":"sync_jobs","request_detail_id":1,"request_detail_id":2}`,
		"two inner detail": `{"id":1,"request_name":"sync_jobs","request_data":{"request_detail_id":1,"request_detail_id":2}}`,
	} {
		if r, err := DecodeRequest([]byte(data)); err == nil {
			t.Errorf("%s: no error, got %+v", name, r)
		}
	}
}

func TestDecodePlaces(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		json string
		want erp.Request
	}{
		"detail around":   {`{"id":1,"request_detail_id":5,"company_id":"9","request_name":"x","request_data":{}}`, erp.Request{ID: 1, DetailID: 5, Company: 9, Name: "x"}},
		"detail inside":   {`{"id":1,"request_name":"x","request_data":{"request_detail_id":"6","company_id":9}}`, erp.Request{ID: 1, DetailID: 6, Company: 9, Name: "x"}},
		"inside wins":     {`{"id":1,"request_detail_id":5,"request_name":"x","request_data":{"request_detail_id":6}}`, erp.Request{ID: 1, DetailID: 6, Name: "x"}},
		"detail null":     {`{"id":1,"request_name":"x","request_data":{"request_detail_id":null}}`, erp.Request{ID: 1, Name: "x"}},
		"detail odd":      {`{"id":1,"request_name":"x","request_data":{"request_detail_id":{}}}`, erp.Request{ID: 1, Name: "x"}},
		"data a list":     {`{"id":1,"request_name":"x","request_data":[{"id":4}]}`, erp.Request{ID: 1, Name: "x"}},
		"doubled content": {`{"id":1,"request_name":"x","request_data":{"a":1,"a":2}}`, erp.Request{ID: 1, Name: "x"}},
		"job_id":          {`{"id":1,"request_name":"x","request_data":{"job_id":"01|J"}}`, erp.Request{ID: 1, Name: "x", JobOrigin: "01|J"}},
		"job_origin_id":   {`{"id":1,"request_name":"x","request_data":{"job_id":"01|J","job_origin_id":"01|K"}}`, erp.Request{ID: 1, Name: "x", JobOrigin: "01|K"}},
		"created":         {`{"id":1,"request_name":"x","created_at":"2026-01-02T03:04:05.678+10:00"}`, erp.Request{ID: 1, Name: "x", CreatedAt: "2026-01-02T03:04:05.678+10:00"}},
		"created odd":     {`{"id":1,"request_name":"x","created_at":"long ago"}`, erp.Request{ID: 1, Name: "x"}},
	} {
		got, err := DecodeRequest([]byte(c.json))
		if diff := cmp.Diff(c.want, got, byText); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

// The project's own link names the job where nothing else does.
func TestDecodeJobFromProject(t *testing.T) {
	t.Parallel()
	r, err := DecodeRequest([]byte(commitmentJSON(`,"project":{"id":5,"origin_id":"01|J9"}`, "", "")))
	if err != nil || r.JobOrigin != "01|J9" {
		t.Errorf("got %+v, %v", r, err)
	}
	r, err = DecodeRequest([]byte(commitmentJSON(`,"project":{"id":5,"origin_id":"01|J9"}`, "", `,"job_id":"01|J1"`)))
	if err != nil || r.JobOrigin != "01|J1" {
		t.Errorf("got %+v, %v", r, err)
	}
}

// Lines come out by position, and by id where positions are equal, whatever
// their order in the answer.
func TestDecodeOrder(t *testing.T) {
	t.Parallel()
	for _, items := range []string{
		`{"id":5,"position":2},{"id":4,"position":"10"},{"id":3},{"id":9,"position":2}`,
		`{"id":9,"position":2.0},{"id":3,"position":null},{"id":4,"position":10},{"id":5,"position":"2"}`,
	} {
		r, err := DecodeRequest([]byte(commitmentJSON("", items, "")))
		if err != nil || r.Unreadable != "" {
			t.Fatal(r.Unreadable, err)
		}
		got := ""
		for _, l := range r.Commitment.Lines {
			got += l.ID.String() + " "
		}
		if got != "3 5 9 4 " {
			t.Errorf("order %s", got)
		}
	}
}

// Amounts keep every digit, as number or text.
func TestDecodeExact(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`"123456789012345678.99"`: "123456789012345678.99", `123456789012345678.99`: "123456789012345678.99", `0.1`: "0.1", `"-3.50"`: "-3.50", `1e2`: "100",
		`null`: "", `""`: "", `"null"`: "", `" 7 "`: "7",
	} {
		r, err := DecodeRequest([]byte(commitmentJSON("", `{"id":3,"amount":`+text+`}`, "")))
		if err != nil || r.Unreadable != "" {
			t.Errorf("%s: %s %v", text, r.Unreadable, err)
			continue
		}
		if got := r.Commitment.Lines[0].Amount; got.String() != want || got.Given() != (want != "") {
			t.Errorf("%s: got %q", text, got)
		}
	}
}

func TestDecodeDays(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`"2026-05-31"`: "2026-05-31", `"05/31/26"`: "2026-05-31", `"05/31/2026"`: "2026-05-31", `"2026-05-31T23:00:00-07:00"`: "2026-05-31", `null`: "", `"null"`: "", `""`: "",
	} {
		var d day
		if err := d.UnmarshalJSON([]byte(text)); err != nil || string(d) != want {
			t.Errorf("%s: got %q, %v", text, d, err)
		}
	}
}

func TestDecodeMoments(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`"2026-05-31T09:30:00Z"`: "2026-05-31T09:30:00Z", `"2026-05-31T09:30:00.5+10:00"`: "2026-05-31T09:30:00.5+10:00", `"2026-05-31 09:30:00 UTC"`: "2026-05-31T09:30:00Z",
		`"2026-05-31 09:30:00 -0700"`: "2026-05-31T09:30:00-07:00", `"2026-05-31"`: "2026-05-31", `""`: "",
	} {
		var m moment
		if err := m.UnmarshalJSON([]byte(text)); err != nil || string(m) != want {
			t.Errorf("%s: got %q, %v", text, m, err)
		}
	}
}

func TestDecodeAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fields string
		want   map[string]string
	}{
		"plain":        {`{"a":"x","b":3,"c":true}`, map[string]string{"a": "x", "b": "3", "c": "true"}},
		"with value":   {`{"a":{"data_type":"date","value":"2026-01-02"}}`, map[string]string{"a": "2026-01-02"}},
		"with label":   {`{"a":{"id":4,"label":"Site"}}`, map[string]string{"a": "Site"}},
		"list":         {`[{"key":"a","value":"x"},{"key":"b","value":{"value":"y"}}]`, map[string]string{"a": "x", "b": "y"}},
		"empty values": {`{"a":null,"b":"","c":"null","d":[],"e":{}}`, nil},
		"null":         {`null`, nil},
	} {
		r, err := DecodeRequest([]byte(commitmentJSON(`,"erp_custom_fields":`+c.fields, "", "")))
		if err != nil || r.Unreadable != "" {
			t.Errorf("%s: %s %v", name, r.Unreadable, err)
			continue
		}
		if diff := cmp.Diff(c.want, r.Commitment.Fields); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// The answer nearest to the document wins.
func TestDecodeAnswersNearest(t *testing.T) {
	t.Parallel()
	r, err := DecodeRequest([]byte(commitmentJSON(`,"erp_custom_fields":{"a":"near"}`, "", `,"erp_custom_fields":{"a":"far","b":"far"},"additional_data":{"b":"farther","c":"farther"}`)))
	if err != nil || r.Unreadable != "" {
		t.Fatal(r.Unreadable, err)
	}
	if diff := cmp.Diff(map[string]string{"a": "near", "b": "far", "c": "farther"}, r.Commitment.Fields); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeType(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]erp.CommitmentType{
		"WorkOrderContract": erp.WorkOrderContract, "work_order_contract": erp.WorkOrderContract, "PURCHASEORDERCONTRACT": erp.PurchaseOrderContract, "Lease": "Lease", "": "",
	} {
		r, err := DecodeRequest([]byte(commitmentJSON(fmt.Sprintf(`,"type":%q`, given), "", "")))
		if err != nil || r.Commitment == nil || r.Commitment.Type != want {
			t.Errorf("%q: got %+v, %v", given, r, err)
		}
	}
}

func TestDecodeTaxCode(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{`"GST"`: "GST", `{"id":1,"code":"FRE"}`: "FRE", `null`: "", `{}`: "", `7`: "7"} {
		r, err := DecodeRequest([]byte(commitmentJSON("", `{"id":3,"tax_code":`+given+`}`, "")))
		if err != nil || r.Commitment == nil || r.Commitment.Lines[0].TaxCode != want {
			t.Errorf("%s: got %+v, %v", given, r, err)
		}
	}
}
