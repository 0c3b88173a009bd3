package procoresim

import (
	"fmt"
	"net/http"
	"testing"
)

func (w *world) press(path string, body any) answer {
	w.t.Helper()
	return w.control(http.MethodPost, path, body)
}

// TestManageStaged plays the approver over the management API.
func TestManageStaged(t *testing.T) {
	w := newWorld(t)
	a := w.stage(stagedVendor("01|S1", "S1"), stagedVendor("01|S2", "S2"), stagedVendor("01|S3", "S3"), stagedVendor("01|S4", "Bond 4"))
	id := func(i int) string { return a.text(fmt.Sprintf("entities.%d.id", i)) }
	w.control(http.MethodGet, "/sim/staged_records?item_type=vendor", nil).is(http.StatusOK).
		has("#", "4", "0.status", "staged", "0.data.name", "S1", "0.origin_id", "01|S1")
	w.control(http.MethodGet, "/sim/staged_records?item_type=project", nil).has("#", "0")
	w.control(http.MethodGet, "/sim/staged_records", nil).has("#", "4")

	b := w.press("/sim/staged_records/"+id(0)+"/import", nil).is(http.StatusOK).has("staged_record_id", id(0))
	w.requestData(b.num("erp_request_id")).has("request_name", "create_vendor_in_procore", "request_data.vendor.id", b.text("record_id"))
	w.press("/sim/staged_records/"+id(0)+"/import", nil).is(http.StatusUnprocessableEntity)
	w.press("/sim/staged_records/5/import", nil).is(http.StatusNotFound)
	w.press("/sim/staged_records/x/import", nil).is(http.StatusNotFound)

	w.press("/sim/staged_records/"+id(1)+"/archive", nil).is(http.StatusOK)
	w.press("/sim/staged_records/"+id(1)+"/import", nil).is(http.StatusUnprocessableEntity).contains("archived")
	w.press("/sim/staged_records/"+id(1)+"/archive", obj{"archived": false}).is(http.StatusOK)
	w.press("/sim/staged_records/x/archive", nil).is(http.StatusNotFound)
	w.press("/sim/staged_records/"+id(1)+"/archive", "{").is(http.StatusBadRequest)

	free := w.press("/sim/vendors", obj{"name": "bond 4"}).is(http.StatusOK).num("id")
	w.press("/sim/staged_records/"+id(2)+"/link", obj{"vendor_id": 7001}).is(http.StatusUnprocessableEntity)
	w.press("/sim/staged_records/"+id(2)+"/link", obj{"vendor": 7001}).is(http.StatusBadRequest)
	w.press("/sim/vendors/link_all", nil).is(http.StatusOK).has("linked", "1")
	w.shows(kindVendors, "01|S4", "name", "bond 4")
	w.press(fmt.Sprintf("/sim/vendors/%d/unlink", free), nil).is(http.StatusOK)
	w.press("/sim/staged_records/"+id(3)+"/link", obj{"vendor_id": free}).is(http.StatusOK)
	w.press("/sim/vendors/link_all", obj{"company_id": 5}).is(http.StatusUnprocessableEntity)
	w.press("/sim/vendors/link_all", obj{"x": 5}).is(http.StatusBadRequest)

	w.press("/sim/staged_records/import", obj{"item_type": "vendor"}).is(http.StatusOK).has("#", "2")
	w.press("/sim/staged_records/import", obj{"kind": "vendor"}).is(http.StatusBadRequest)
}

func TestManageVendors(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, nil)
	w.hookOn(r, "v2.0", "Company Vendors", "create")
	id := w.press("/sim/vendors", obj{"name": "By hand", "fields": obj{"city": "Perth"}}).is(http.StatusOK).num("id")
	w.settled()
	if got := r.field(t, "metadata.source_application_id"); len(got) != 1 || got[0] != "null" {
		t.Errorf("a person's write shows the application %v", got)
	}
	w.press("/sim/vendors", obj{"name": "x", "company_id": 5}).is(http.StatusUnprocessableEntity)
	w.press(fmt.Sprintf("/sim/vendors/%d/merge", id), obj{"source_ids": []int64{7001}}).is(http.StatusOK)
	w.shows(kindVendors, "01|ACME01", "name", "By hand")
	w.press(fmt.Sprintf("/sim/vendors/%d/merge", id), obj{"source_ids": []int64{5}}).is(http.StatusUnprocessableEntity)
	w.press("/sim/vendors/x/merge", nil).is(http.StatusNotFound)
}

func TestManageProjects(t *testing.T) {
	w := budgetWorld(t)
	w.syncJobCosts(centre(demoCode, demoTypeM, obj{"original_estimate": "9.00"}))
	at := fmt.Sprintf("/sim/projects/%d/", DemoProjectID)
	w.requestData(w.press(at+"sync", nil).is(http.StatusOK).num("erp_request_id")).has("request_name", "sync_single_job")

	w.press(at+"lock_budget", nil).is(http.StatusOK)
	w.press(at+"import_budget", nil).is(http.StatusUnprocessableEntity)
	w.press(at+"lock_budget", obj{"locked": false}).is(http.StatusOK)
	w.press("/sim/projects/5/lock_budget", nil).is(http.StatusNotFound)
	w.press("/sim/projects/x/lock_budget", nil).is(http.StatusNotFound)
	w.requestData(w.press(at+"import_budget", nil).is(http.StatusOK).num("erp_request_id")).has("request_name", "create_budget_in_procore")
	w.shows(kindBudgetLines, "01|1001|01-100|M", "original_budget_amount", "9.00")

	w.requestData(w.press(at+"reset", nil).is(http.StatusOK).num("erp_request_id")).has("request_name", "reset_job")
	w.press(at+"reset", nil).is(http.StatusUnprocessableEntity)

	r := newReceiver(t, nil)
	w.hookOn(r, "v2.0", "Projects", "create")
	w.press("/sim/projects", obj{"name": "By hand", "project_number": "9"}).is(http.StatusOK)
	w.press("/sim/projects", obj{"name": "x", "tiers": 9}).is(http.StatusUnprocessableEntity)
	w.settled()
	if n := len(r.all()); n != 1 {
		t.Errorf("%d events", n)
	}
}

func TestManageRefresh(t *testing.T) {
	w := newWorld(t)
	w.press("/sim/refresh", obj{"what": "cost_codes"}).is(http.StatusOK).has("erp_request_ids.#", "2")
	w.press("/sim/refresh", obj{"what": "vendors"}).is(http.StatusOK).has("erp_request_ids.#", "1")
	w.press("/sim/refresh", obj{"what": "weather"}).is(http.StatusBadRequest)
	w.press("/sim/refresh", obj{"wat": "vendors"}).is(http.StatusBadRequest)
	w.control(http.MethodGet, "/sim/erp_requests", nil).has("#", "3", "1.request_name", "sync_standard_categories", "1.request_detail_id", "0")
}

func TestManageCleanup(t *testing.T) {
	w := newWorld(t)
	assignment := w.assign(centre(demoCode, demoTypeM)).made()
	std := w.record(kindStandardCodes, "01-100").ID
	for _, tt := range []struct {
		what string
		id   int64
	}{
		{"delete_cost_codes", demoCode},
		{"delete_cost_type_assignments", assignment},
		{"unlink_standard_cost_codes", std},
		{"delete_standard_cost_codes", std},
		{"delete_standard_categories", demoTypeS},
		{"delete_cost_code", demoCode2},
	} {
		a := w.press("/sim/cleanup/"+tt.what, obj{"ids": []int64{tt.id}}).is(http.StatusOK)
		w.requestData(a.num("erp_request_id")).has("request_name", tt.what)
	}
	w.control(http.MethodGet, "/sim/erp_requests", nil).has("0.details.#", "1", "0.details.0.item_type", "cost_code", "2.details", "absent")
	w.press("/sim/cleanup/delete_cost_code", obj{"ids": []int64{}}).is(http.StatusBadRequest)
	w.press("/sim/cleanup/delete_everything", obj{"ids": []int64{1}}).is(http.StatusNotFound)
	w.press("/sim/cleanup/delete_cost_codes", obj{"id": 1}).is(http.StatusBadRequest)
}

func TestManageReadBack(t *testing.T) {
	w := filledWorld(t, false)
	w.control(http.MethodGet, "/sim/records/job_costs", nil).is(http.StatusOK).
		has("#", "2", "0.origin_id", "01|1001|01-100|M", "0.fields.estimate", "1.00", "0.owner_id", "2468")
	w.control(http.MethodGet, "/sim/records/job_costs?owner=5", nil).has("#", "0")
	w.control(http.MethodGet, "/sim/records/vendors?origin_id=01|A", nil).is(http.StatusOK).has("fields.city", "Perth", "owner_id", "absent")
	w.control(http.MethodGet, "/sim/records/vendors?origin_id=none", nil).is(http.StatusNotFound)
	w.control(http.MethodGet, "/sim/records/weather", nil).is(http.StatusBadRequest)
	w.control(http.MethodGet, "/sim/digest", nil).is(http.StatusOK).has("vendors", w.sim.Digest()[kindVendors])
	w.control(http.MethodGet, "/sim/counts", nil).has("records.job_costs", "2", "records.staged_records", "5", "records.commitments", "0")

	counts := w.control(http.MethodGet, "/sim/endpoint_counts", nil).is(http.StatusOK)
	if counts.num("writes.rows") == 0 {
		t.Errorf("%s", counts.body)
	}
	counts.contains(`"PATCH /rest/v1.0/erp_job_costs/sync":{"calls":1,"rows":2,"refused":0,"created":2,"updated":0,"unchanged":0}`)
	w.control(http.MethodDelete, "/sim/endpoint_counts", nil).is(http.StatusOK)
	w.control(http.MethodGet, "/sim/endpoint_counts", nil).has("writes.rows", "0", "writes.calls", "0", "endpoints", "{}")
}

// TestAssumptionsNameTheImports: every path has a tag, and every new switch is listed.
func TestAssumptionsNameTheImports(t *testing.T) {
	w := newWorld(t)
	a := w.control(http.MethodGet, "/sim/assumptions", nil).is(http.StatusOK)
	for _, setting := range []string{"unknown_columns", "reverse_entities", "register_conflict", "staged_links", "job_cost_needs_assignment",
		"budget_second_line", "budget_partial"} {
		a.contains(`"setting":"` + setting + `"`)
	}
	a.has("fixed.0.setting", "absent", "fixed.0.tag", Assumed).contains("original estimates of the job costs")
	for _, ep := range importPaths() {
		switch ep.Tag {
		case Documented, Seen, Inferred, Assumed:
		default:
			t.Errorf("%s %s has the tag %q", ep.Method, ep.Path, ep.Tag)
		}
		if ep.Tag == Assumed != (ep.Path == assignPath || ep.Path == jobCostsPath) {
			t.Errorf("%s %s: tag %s", ep.Method, ep.Path, ep.Tag)
		}
	}
}

func TestImportSettingsAreChecked(t *testing.T) {
	w := newWorld(t)
	for name, body := range map[string]obj{
		"unknown_columns":    {"unknown_columns": "x"},
		"register_conflict":  {"register_conflict": "x"},
		"staged_links":       {"staged_links": "x"},
		"budget_second_line": {"budget_second_line": "x"},
	} {
		w.control(http.MethodPut, "/sim/settings", body).is(http.StatusBadRequest).contains(name)
	}
	w.control(http.MethodPut, "/sim/settings", obj{"budget_partial": true, "job_cost_needs_assignment": false}).is(http.StatusOK).
		has("budget_partial", "true", "job_cost_needs_assignment", "false", "unknown_columns", "row")
}
