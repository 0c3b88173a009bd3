package procore

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/erp"
)

func importOf(t *testing.T, name, data string) erp.Request {
	t.Helper()
	r, err := DecodeRequest([]byte(fmt.Sprintf(`{"id":5,"request_name":%q,"request_data":%s}`, name, data)))
	if err != nil {
		t.Fatalf("%s %s: %v", name, data, err)
	}
	return r
}

// What asks for a listing needs no content.
func TestImportWithoutContent(t *testing.T) {
	t.Parallel()
	for _, name := range []string{erp.SyncVendors, erp.SyncJobs, erp.SyncPrimeContracts, erp.SyncStandardCostCodes, erp.SyncStandardCategories} {
		for _, data := range []string{`null`, `{}`, `{"more":[1]}`} {
			if r := importOf(t, name, data); r.Unreadable != "" || r.Import == nil || r.DetailID != 0 {
				t.Errorf("%s %s: %+v", name, data, r)
			}
		}
		r, err := DecodeRequest([]byte(fmt.Sprintf(`{"id":5,"request_name":%q,"request_detail_id":"7"}`, name)))
		if err != nil || r.Import == nil || r.DetailID != 7 {
			t.Errorf("%s without data: %+v %v", name, r, err)
		}
	}
}

// The project may be named in several ways.
func TestImportProject(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]erp.ImportRequest{
		`{"project_origin_id":"01|J1","budget":{"project_id":"7"}}`: {Project: 7, JobOrigin: "01|J1"},
		`{"project_origin_id":"01|J1","budget":null}`:               {JobOrigin: "01|J1"},
		`{"job_origin_id":"01|J1"}`:                                 {JobOrigin: "01|J1"},
		`{"procore_project_id":7}`:                                  {Project: 7},
	} {
		r := importOf(t, erp.CreateBudgetInProcore, data)
		if r.Unreadable != "" || r.JobOrigin != want.JobOrigin {
			t.Errorf("%s: %+v", data, r)
			continue
		}
		if diff := cmp.Diff(want, *r.Import); diff != "" {
			t.Errorf("%s: %s", data, diff)
		}
	}
}

// What lacks its record is told, and not guessed.
func TestImportUnreadable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, data, says string }{
		{erp.SyncSingleJob, `{}`, "origin id, is missing"},
		{erp.SyncSingleJob, `null`, "origin id, is missing"},
		{erp.LinkVendor, `{}`, "vendor is missing"},
		{erp.LinkVendor, `{"vendor":{"origin_id":"01|A"}}`, "vendor line 1 id is missing"},
		{erp.LinkVendor, `{"vendor":{"id":"many"}}`, "vendor id"},
		{erp.LinkVendor, `{"vendor":{"id":1,"id":2}}`, "given twice"},
		{erp.LinkAllVendors, `{"vendors":[{"id":1},{}]}`, "vendors line 2 id is missing"},
		{erp.LinkAllVendors, `{"vendors":7}`, "vendors does not have the expected form"},
		{erp.MergeVendors, `{"source_vendors":[]}`, "master_vendor is missing"},
		{erp.MergeVendors, `{"master_vendor":{"id":1},"source_vendors":[{}]}`, "source_vendors line 1 id is missing"},
		{erp.MergeVendors, `{"master_vendor":{},"source_vendors":[{}]}`, "master_vendor line 1 id is missing"},
		{erp.ResetJob, `{"project":{"origin_id":"01|J1"}}`, "project line 1 id is missing"},
		{erp.CreateBudgetInProcore, `{}`, "project_origin_id is missing"},
		{erp.DeleteStandardCategories, `{"standard_category_data_array":[{"code":"S"}]}`, "standard_category_data_array line 1 id is missing"},
		{erp.DeleteCostCodes, `[]`, "does not have the expected form"},
		{erp.SyncVendors, `"x"`, "does not have the expected form"},
	} {
		r := importOf(t, c.name, c.data)
		if r.Import != nil || !strings.Contains(r.Unreadable, c.says) || !strings.Contains(r.Unreadable, c.name) {
			t.Errorf("%s %s: %+v", c.name, c.data, r)
		}
	}
}

// The details of rows that cannot be read are known, so that no button of
// Procore's stays blocked.
func TestImportDetailsOnly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, data string
		details    []erp.ID
	}{
		{erp.DeleteCostCodes, `{"cost_codes":[{"id":{},"request_detail_id":1},{"request_detail_id":"2"},{"request_detail_id":[]},7]}`, []erp.ID{1, 2}},
		{erp.DeleteCostTypeAssignments, `{"cost_type_assignments":[{"id":3,"id":4,"request_detail_id":1}]}`, []erp.ID{1}},
		{erp.CreateStandardCostCodes, `[{"id":{},"request_detail_id":1},{"id":2,"request_detail_id":2}]`, []erp.ID{1, 2}},
		{erp.CreateStandardCostCodes, `[{"id":{}}]`, nil},
		{erp.CreateStandardCostCodes, `7`, nil},
		{erp.DeleteCostCodes, `{"cost_codes":7}`, nil},
	} {
		r := importOf(t, c.name, c.data)
		var details []erp.ID
		if r.Import != nil {
			for _, row := range r.Import.Rows {
				details = append(details, row.Detail)
			}
		}
		if diff := cmp.Diff(c.details, details); diff != "" || r.Unreadable == "" {
			t.Errorf("%s: %s %+v", c.data, diff, r)
		}
	}
}
