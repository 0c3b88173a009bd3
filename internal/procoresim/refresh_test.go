package procoresim

import (
	"fmt"
	"net/http"
	"testing"
)

// refreshed presses Refresh and returns the requests.
func (w *world) refreshed(what string) []int64 {
	w.t.Helper()
	ids, err := w.sim.Refresh(0, what)
	if err != nil {
		w.t.Fatal(err)
	}
	return ids
}

func TestRefresh(t *testing.T) {
	for _, tt := range []struct {
		what, name string
		company    bool
	}{
		{RefreshVendors, "sync_vendors", true},
		{RefreshJobs, "sync_jobs", true},
		{RefreshCommitments, "sync_commitments", true},
		{RefreshPrimeContracts, "sync_prime_contracts", false},
		{RefreshChangeOrders, "sync_commitment_change_orders", false},
	} {
		w := newWorld(t)
		ids := w.refreshed(tt.what)
		if len(ids) != 1 {
			t.Fatalf("%s: %d requests", tt.what, len(ids))
		}
		q, _ := w.sim.Request(ids[0])
		a := w.requestData(ids[0]).has("request_name", tt.name, "request_data.request_detail_id", fmt.Sprint(q.DetailID))
		want := "absent"
		if tt.company {
			want = fmt.Sprint(DemoCompanyID)
		}
		a.has("request_data.company_id", want)
		if q.DetailID == 0 || q.Status != "in_progress" {
			t.Errorf("%s: %+v", tt.what, q)
		}
		w.rest(http.MethodPatch, company(fmt.Sprint("/erp_request_details/", q.DetailID)), obj{"request_detail": obj{"status": "success", "messages": []string{"done"}}}).
			is(http.StatusOK)
	}
}

// TestRefreshOfCodes: one button, two requests; that of the types is empty and cannot be closed (documented).
func TestRefreshOfCodes(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, nil)
	w.hook(r, "v2.0")
	ids := w.refreshed(RefreshCostCodes)
	if len(ids) != 2 {
		t.Fatalf("%d requests, want 2", len(ids))
	}
	w.requestData(ids[0]).has("request_name", "sync_standard_cost_codes", "request_data.standard_cost_code_list_id", fmt.Sprint(demoList))
	w.requestData(ids[1]).has("request_name", "sync_standard_categories", "request_data", "{}", "request_detail_id", "absent")
	if q, _ := w.sim.Request(ids[1]); q.DetailID != 0 {
		t.Errorf("a detail to close: %+v", q)
	}
	w.settled()
	if got, want := fmt.Sprint(r.field(t, "resource_id")), fmt.Sprint(ids); got != want {
		t.Errorf("webhooks %s, want %s", got, want)
	}
}

func TestRefreshRefusals(t *testing.T) {
	w := newWorld(t)
	_, err := w.sim.Refresh(0, "weather")
	refusedBy(t, err, "weather")
	_, err = w.sim.Refresh(5, RefreshJobs)
	refusedBy(t, err, "company_id")
	w.sim.Reset()
	if err := w.sim.Seed(Seed{Companies: []Company{{ID: 1, Name: "Bare"}}}); err != nil {
		t.Fatal(err)
	}
	_, err = w.sim.Refresh(1, RefreshCostCodes)
	refusedBy(t, err, "no ERP list")
}

// TestRefreshWithTheDetailBeside: the switch for where request_detail_id stands holds here too.
func TestRefreshWithTheDetailBeside(t *testing.T) {
	w := newWorld(t, func(s *Settings) { s.RequestDetailLevel = "envelope" })
	ids := w.refreshed(RefreshJobs)
	q, _ := w.sim.Request(ids[0])
	w.requestData(ids[0]).has("request_data.request_detail_id", "absent", "request_detail_id", fmt.Sprint(q.DetailID))
}

// TestSyncSingleJob: its id is the origin id, and there is nothing to close.
func TestSyncSingleJob(t *testing.T) {
	w := newWorld(t)
	request, err := w.sim.SyncSingleJob(DemoProjectID)
	if err != nil {
		t.Fatal(err)
	}
	w.requestData(request).has("request_name", "sync_single_job", "request_data.id", demoOrigin, "request_data.company_id", fmt.Sprint(DemoCompanyID),
		"request_data.additional_job_data.procore_project_id", "2468", "request_data.additional_job_data.job_name", "Quay Street Apartments",
		"request_data.additional_job_data.start_date", "null", "request_data.request_detail_id", "absent")
	free := w.syncProjects(obj{"name": "Free"}).made()
	_, err = w.sim.SyncSingleJob(free)
	refusedBy(t, err, "not synced")
	_, err = w.sim.SyncSingleJob(5)
	refusedBy(t, err, "project 5")
}
