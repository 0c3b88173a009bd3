package procore

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/erp"
)

const harbour = "01|J1000" // the job of the samples

// importRequest is what DecodeRequest must make of a sample about imports.
type importRequest struct {
	id, detail erp.ID
	name       string
	want       *erp.ImportRequest
	unreadable string // part of the sentence
}

// importRequests is our side of every sample about imports. A new one needs a
// line here.
var importRequests = map[string]importRequest{
	"request_sync_jobs":                {id: 9004, detail: 9504, want: &erp.ImportRequest{}},
	"request_sync_standard_categories": {id: 9005, want: &erp.ImportRequest{}},
	"request_sync_vendors":             {id: 9010, detail: 9510, want: &erp.ImportRequest{}},
	"request_sync_prime_contracts":     {id: 9011, detail: 9511, want: &erp.ImportRequest{}},
	"request_sync_standard_cost_codes": {id: 9012, detail: 9512, want: &erp.ImportRequest{List: 3300}},
	"request_sync_single_job":          {id: 9013, want: &erp.ImportRequest{Project: 700, JobOrigin: harbour}},
	"request_create_vendor_in_procore": {id: 9014, want: &erp.ImportRequest{Records: []erp.Known{{ID: 471, Origin: "01|STEEL02"}}}},
	"request_link_vendor":              {id: 9015, want: &erp.ImportRequest{Records: []erp.Known{{ID: 472, Origin: "01|GLASS03"}}}},
	"request_link_all_vendors":         {id: 9016, want: &erp.ImportRequest{Records: []erp.Known{{ID: 473, Origin: "01|ROOF04"}, {ID: 474, Origin: "01|PAINT05"}}}},
	"request_unlink_vendor":            {id: 9017, want: &erp.ImportRequest{Records: []erp.Known{{ID: 472, Origin: "01|GLASS03"}}}},
	"request_merge_vendors": {id: 9018, want: &erp.ImportRequest{Records: []erp.Known{{ID: 470, Origin: "01|CONC01"}},
		Sources: []erp.Known{{ID: 475, Origin: "01|CONC01"}, {ID: 476, Origin: "01|CONC06"}}}},
	"request_merge_vendors_alone": {id: 9019, name: erp.MergeVendors, want: &erp.ImportRequest{Records: []erp.Known{{ID: 470, Origin: "01|CONC01"}}}},
	"request_create_job_in_procore": {id: 9020, want: &erp.ImportRequest{Project: 700, JobOrigin: harbour,
		Records: []erp.Known{{ID: 700, Origin: harbour, Code: "J1000", Name: "J1000 - Harbour Street"}}}},
	"request_reset_job": {id: 9021, want: &erp.ImportRequest{Project: 700, JobOrigin: harbour,
		Records: []erp.Known{{ID: 700, Origin: harbour, Name: "Harbour Street"}}}},
	"request_create_budget_in_procore": {id: 9022, want: &erp.ImportRequest{Project: 700, JobOrigin: harbour}},
	"request_delete_standard_cost_codes": {id: 9023, want: &erp.ImportRequest{List: 3300,
		Records: []erp.Known{{ID: 3311, Origin: "03-100", Code: "03-100"}, {ID: 3312, Origin: "03-200", Code: "03-200"}}}},
	"request_unlink_standard_cost_codes": {id: 9024, want: &erp.ImportRequest{Records: []erp.Known{{ID: 3311, Origin: "03-100", Code: "03-100"}}}},
	"request_delete_standard_categories": {id: 9025, want: &erp.ImportRequest{Records: []erp.Known{{ID: 61, Origin: "S", Code: "S"}}}},
	"request_delete_cost_code": {id: 9026, want: &erp.ImportRequest{Project: 700, JobOrigin: harbour,
		Records: []erp.Known{{ID: 5101, Origin: harbour + "|03-100", Code: "03-100"}}}},
	"request_delete_cost_codes": {id: 9027, want: &erp.ImportRequest{Project: 700, JobOrigin: harbour,
		Rows: []erp.ClosedBy{{Detail: 9527, ID: 5101, Origin: harbour + "|03-100"}, {Detail: 9528, ID: 5102, Origin: harbour + "|03-200"}}}},
	"request_delete_cost_type_assignments": {id: 9028, want: &erp.ImportRequest{Project: 700, JobOrigin: harbour, Rows: []erp.ClosedBy{
		{Detail: 9529, ID: 5201, CostCodeOrigin: harbour + "|03-100", CostTypeOrigin: "S", JobCost: 5301},
		{Detail: 9530, ID: 5202, CostCodeOrigin: harbour + "|03-200", CostTypeOrigin: "M"}}}},
	"request_create_standard_cost_codes": {id: 9029, want: &erp.ImportRequest{Rows: []erp.ClosedBy{{Detail: 9531, ID: 3313}}}},
	"request_delete_cost_codes_unreadable": {id: 9030, name: erp.DeleteCostCodes, unreadable: `cost_codes line 2 id`,
		want: &erp.ImportRequest{Rows: []erp.ClosedBy{{Detail: 9532}, {Detail: 9533}}}},
}

// importAnswer is a sync call and what must be made of the sample that answers
// it.
type importAnswer struct {
	batch erp.EntryBatch
	want  []erp.Synced
}

func text(name, value string) erp.EntryField { return erp.EntryField{Name: name, Value: value} }
func number(name, value string) erp.EntryField {
	return erp.EntryField{Name: name, Form: erp.FormNumber, Value: value}
}
func id(name, value string) erp.EntryField {
	return erp.EntryField{Name: name, Form: erp.FormID, Value: value}
}

// entry is a row with fields.
func entry(t erp.EntryType, origin string, fields ...erp.EntryField) erp.Entry {
	return erp.Entry{Type: t, Origin: origin, Fields: fields}
}

// pair are the two ids of an assignment or a job cost.
func pair(t erp.EntryType, code, kind string, fields ...erp.EntryField) erp.Entry {
	return entry(t, "never sent", append([]erp.EntryField{id("cost_code_id", code), id("line_item_type_id", kind)}, fields...)...)
}

// batch is rows of one type with all that any of them may belong to.
func batch(rows ...erp.Entry) erp.EntryBatch {
	return erp.EntryBatch{Type: rows[0].Type, Project: 700, Job: harbour, List: 3300, Rows: rows}
}

var importAnswers = map[string]importAnswer{
	"sync_vendors": {batch(entry(erp.EntryVendor, "01|CONC01", text("name", "")), entry(erp.EntryVendor, "01|GLASS03", text("name", "Eastside Glass"))),
		[]erp.Synced{{Refused: "name can't be blank"}, {ID: 472}}},
	"sync_projects":            {batch(entry(erp.EntryProject, harbour)), []erp.Synced{{ID: 700}}},
	"sync_standard_cost_codes": {batch(entry(erp.EntryStandardCode, "03-100")), []erp.Synced{{ID: 3311}}},
	"sync_line_item_types":     {batch(entry(erp.EntryCostType, "S")), []erp.Synced{{ID: 61}}},
	"sync_cost_codes":          {batch(entry(erp.EntryCostCode, harbour+"|03-100")), []erp.Synced{{ID: 5101}}},
	"sync_assignments": {batch(pair(erp.EntryAssignment, "5102", "62"), pair(erp.EntryAssignment, "5101", "61")),
		[]erp.Synced{{Refused: "line_item_type is invalid"}, {ID: 5201}}},
	"sync_job_costs": {batch(pair(erp.EntryJobCost, "5101", "61", number("original_estimate", "1000.00"))), []erp.Synced{{ID: 5301}}},
	"sync_budget_lines": {batch(entry(erp.EntryBudgetLine, "", id("wbs_code_id", "6301"), number("original_budget_amount", "1000.50"))),
		[]erp.Synced{{ID: 6201}}},
	"sync_tax_codes":    {batch(entry(erp.EntryTaxCode, "01|GST")), []erp.Synced{{ID: 31}}},
	"sync_direct_costs": {batch(entry(erp.EntryDirectCost, harbour+"|L-1")), []erp.Synced{{ID: 6401}}},
	"sync_direct_lines": {batch(entry(erp.EntryDirectLine, harbour+"|DC|L-1|1")), []erp.Synced{{ID: 6501}}},
	"sync_staged_records": {batch(erp.Entry{Type: erp.EntryStaged, ItemType: "prime_contract", Origin: harbour, Code: "J1000",
		Fields:   []erp.EntryField{text("title", "Harbour Street"), text("project_origin_id", harbour)},
		Children: []erp.Entry{{Type: erp.EntryStaged, ItemType: "line_item", Origin: harbour + "|HC|A|1", Fields: []erp.EntryField{number("amount", "10.00")}}}}),
		[]erp.Synced{{ID: 6601}}},
	"prime_contract_created": {batch(entry(erp.EntryPrime, harbour, text("title", "Harbour Street"))), []erp.Synced{{ID: 6701}}},
}

// ofImports tells whether a sample has a line in one of the tables above.
func ofImports(name string) bool {
	_, request := importRequests[name]
	_, answered := importAnswers[name]
	return request || answered
}

// invokeImport makes the call that such a sample answers.
func invokeImport(ctx context.Context, c *Client, name string) error {
	if a, ok := importAnswers[name]; ok {
		_, err := c.Sync(ctx, a.batch)
		return err
	}
	_, err := c.Request(ctx, importRequests[name].id)
	return err
}

// Every request about imports is read from where it is documented to stand.
func TestImportRequests(t *testing.T) {
	t.Parallel()
	for name, want := range importRequests {
		r := decodeSample(t, name)
		if want.name == "" {
			want.name = strings.TrimPrefix(name, "request_")
		}
		if diff := cmp.Diff(want.want, r.Import); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if r.ID != want.id || r.DetailID != want.detail || r.Name != want.name || !slices.Contains(erp.RequestNames(), r.Name) {
			t.Errorf("%s: got %+v", name, r)
		}
		if (r.Unreadable == "") != (want.unreadable == "") || !strings.Contains(r.Unreadable, want.unreadable) {
			t.Errorf("%s: unreadable %q", name, r.Unreadable)
		}
		if r.Unreadable == "" && r.JobOrigin != r.Import.JobOrigin {
			t.Errorf("%s: job %q", name, r.JobOrigin)
		}
	}
}

// All requests about imports have a sample.
func TestImportRequestsComplete(t *testing.T) {
	t.Parallel()
	sampled := map[string]bool{}
	for name := range importRequests {
		sampled[decodeSample(t, name).Name] = true
	}
	for _, name := range erp.RequestNames() {
		if importContent(name) != nil != sampled[name] {
			t.Errorf("%s: read %t, with a sample %t", name, importContent(name) != nil, sampled[name])
		}
	}
}

// Every answer of a sync call is joined with the rows that were sent.
func TestImportAnswers(t *testing.T) {
	t.Parallel()
	for name, want := range importAnswers {
		s := samples(t)[name]
		inWorld(t, s.ServeHTTP, func(t *testing.T, w *world) {
			got, err := w.Sync(t.Context(), want.batch)
			if diff := cmp.Diff(want.want, got); err != nil || diff != "" {
				t.Error(name, err, diff)
			}
		})
	}
}
