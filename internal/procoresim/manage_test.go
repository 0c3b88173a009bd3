package procoresim

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestSeedThroughManagement(t *testing.T) {
	w := newWorld(t)
	w.control(http.MethodPost, "/sim/reset", nil).is(http.StatusOK)
	w.get("/rest/v1.0/me").is(http.StatusUnauthorized)
	w.control(http.MethodGet, "/sim/state", nil).has("companies", "absent", "counts.commitments", "0")
	w.control(http.MethodPost, "/sim/seed", obj{"demo": true}).is(http.StatusOK).has("commitments", "3", "change_orders", "2")
	w.control(http.MethodGet, "/sim/state", nil).has("companies.0.id", "1357908642", "projects.0.origin_id", "01|1001", "vendors.#", "6", "vendors.5.origin_id", "01|FORM06",
		"cost_codes.#", "24", "commitments.0.line_items.0.amount", "48000.00", "standard_cost_codes.0.origin_id", "01-000")
	w.control(http.MethodPost, "/sim/seed", obj{"vendors": []obj{{"name": "One more", "origin_id": "01|ACME01"}}}).is(http.StatusUnprocessableEntity)
	w.control(http.MethodPost, "/sim/seed", obj{"wendors": 1}).is(http.StatusBadRequest).contains("wendors")
}

func TestSeedRefusals(t *testing.T) {
	w := newWorld(t)
	for want, seed := range map[string]Seed{
		"company":       {Companies: []Company{{ID: DemoCompanyID}}},
		"vendor":        {Vendors: []Vendor{{ID: 7001}}},
		"company_id":    {Vendors: []Vendor{{CompanyID: 4}}},
		"project":       {Projects: []Project{{ID: DemoProjectID}}},
		"project_id":    {CostCodes: []CostCode{{Code: "1", ProjectID: 4}}},
		"cost_code":     {CostCodes: []CostCode{{ID: 320_110, ProjectID: DemoProjectID}}},
		"standard_cost": {StandardCodes: []StandardCostCode{{ID: 310_110}}},
		"line_item":     {LineItemTypes: []LineItemType{{ID: 330_101}}},
	} {
		if err := w.sim.Seed(seed); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestManageDocuments(t *testing.T) {
	w := newWorld(t)
	a := w.control(http.MethodPost, "/sim/commitments", obj{"project_id": DemoProjectID, "type": WorkOrderContract, "number": "SC9", "vendor_id": 7004,
		"retainage_percent": 5, "line_items": []obj{{"description": "d", "quantity": "3", "unit_cost": 1.335, "cost_code": "01-100", "line_item_type": "S"}}}).is(http.StatusOK)
	id := a.text("id")
	w.get("/rest/v1.0/work_order_contracts/"+id+"?project_id=2468").has("status", "Draft", "grand_total", "4.01", "line_items.0.cost_code.code", "01-100")
	w.control(http.MethodPatch, "/sim/commitments/"+id, obj{"title": "T"}).is(http.StatusOK)
	w.control(http.MethodPatch, "/sim/commitments/"+id, obj{"status": "odd"}).is(http.StatusUnprocessableEntity)
	w.control(http.MethodPatch, "/sim/commitments/1", obj{}).is(http.StatusNotFound)
	w.control(http.MethodPatch, "/sim/commitments/x", obj{}).is(http.StatusNotFound)
	w.control(http.MethodPatch, "/sim/commitments/"+id, "{").is(http.StatusBadRequest)
	w.control(http.MethodPost, "/sim/commitments", obj{"projekt": 1}).is(http.StatusBadRequest)
	w.control(http.MethodPost, "/sim/commitments/"+id+"/export", obj{"code": "SC9"}).is(http.StatusUnprocessableEntity).contains("Approved")

	b := w.control(http.MethodPost, "/sim/approve", obj{"commitment_id": a.num("id"), "code": "SC9"}).is(http.StatusOK)
	w.get(company("/erp_requests/"+b.text("erp_request_id"))).has("request_data.commitment.status", "Approved", "request_data.commitment.code", "SC9", "request_data.commitment.title", "T")
	w.control(http.MethodGet, "/sim/erp_requests", nil).has("#", "1", "0.status", "in_progress", "0.times_closed", "0", "0.messages", "[]", "0.request_detail_id", b.text("request_detail_id"))

	c := w.control(http.MethodPost, "/sim/change_orders", obj{"contract_id": a.num("id"), "number": "1", "line_items": []obj{{"amount": "5", "cost_code": "01-100", "line_item_type": "S"}}}).is(http.StatusOK)
	w.control(http.MethodPatch, "/sim/change_orders/"+c.text("id"), obj{"title": "C"}).is(http.StatusOK)
	w.control(http.MethodPatch, "/sim/change_orders/1", obj{"title": "C"}).is(http.StatusNotFound)
	w.control(http.MethodPost, "/sim/approve", obj{"change_order_id": c.num("id"), "code": "V1"}).is(http.StatusUnprocessableEntity).contains("not synced")
	w.link(ext(itemWorkOrder, a.num("id"), "01|SC9"))
	d := w.control(http.MethodPost, "/sim/change_orders/"+c.text("id")+"/export", obj{"code": "V1", "accounting_date": "2026-08-01"}).is(http.StatusOK)
	w.get(company("/erp_requests/"+d.text("erp_request_id"))).has("request_data.change_order.origin_code", "V1", "request_data.additional_data.accounting_date", "2026-08-01", "request_data.change_order.title", "C")
	w.control(http.MethodPost, "/sim/approve", obj{"commitment_id": 1}).is(http.StatusNotFound)
	w.control(http.MethodPost, "/sim/approve", obj{"change_order_id": 1}).is(http.StatusNotFound)
}

// num is a whole number in the answer.
func (a answer) num(path string) (n int64) {
	a.t.Helper()
	if _, err := fmt.Sscan(a.text(path), &n); err != nil {
		a.t.Fatal(err)
	}
	return n
}

func TestManageSettingsAndFaults(t *testing.T) {
	w := newWorld(t)
	w.control(http.MethodPut, "/sim/settings", obj{"tiers": 2}).is(http.StatusOK).has("tiers", "2", "second_close", "same")
	w.control(http.MethodPut, "/sim/settings", obj{"tears": 2}).is(http.StatusBadRequest).contains("tears")
	w.control(http.MethodPut, "/sim/settings", obj{"tiers": 7}).is(http.StatusBadRequest)
	w.control(http.MethodGet, "/sim/settings", nil).has("tiers", "2")
	w.control(http.MethodPut, "/sim/faults", obj{"seed": 3, "faults": []obj{{"path": "/me$", "status_before": 503, "retry_after": 2, "count": 1}}}).is(http.StatusOK).has("faults", "1")
	w.get("/rest/v1.0/me").is(503)
	w.control(http.MethodPut, "/sim/faults", obj{"faults": []obj{{"paths": "/me$"}}}).is(http.StatusBadRequest)
	w.control(http.MethodPost, "/sim/reset", nil).is(http.StatusOK)
	w.control(http.MethodGet, "/sim/settings", nil).has("tiers", "1")
}

func TestManageClockCountsAndDeliveries(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, func(n int) int {
		if n == 1 {
			return 500
		}
		return 200
	})
	w.hook(r, "v2.0")
	id := w.raiseOne()
	w.settled()
	w.control(http.MethodGet, "/sim/deliveries", nil).has("#", "1", "0.status", "retrying", "0.attempts", "1", "0.last_status", "500", "0.resource_id", fmt.Sprint(id))
	w.control(http.MethodPost, "/sim/clock", obj{"advance": "1s"}).is(http.StatusOK).has("now", "2026-07-01T00:00:01.123456Z")
	w.control(http.MethodGet, "/sim/counts", nil).has("deliveries.delivered", "1", "deliveries.attempts", "2", "deliveries.events", "1", "records.hooks", "1", "records.erp_requests", "1")
	for _, bad := range []string{"soon", "-1s"} {
		w.control(http.MethodPost, "/sim/clock", obj{"advance": bad}).is(http.StatusBadRequest)
	}
}

func TestAssumptionsAreServed(t *testing.T) {
	w := newWorld(t)
	a := w.control(http.MethodGet, "/sim/assumptions", nil).is(http.StatusOK)
	a.contains(`"path":"/rest/v1.0/companies/:company/erp_requests/:id","tag":"inferred"`, `"setting":"second_close"`, `"details_v2"`)
	known := map[string]bool{Documented: true, Seen: true, Inferred: true, Assumed: true}
	for _, e := range endpoints() {
		if !known[e.Tag] || e.handle == nil {
			t.Errorf("%s %s: tag %q", e.Method, e.Path, e.Tag)
		}
	}
	settings := w.control(http.MethodGet, "/sim/settings", nil)
	for _, as := range assumptions() {
		if !known[as.Tag] || settings.text(as.Setting) == "absent" {
			t.Errorf("%s is no setting, or has no tag", as.Setting)
		}
	}
}

// TestEveryPathIsRouted proves that the table is what is served: no row answers as an unknown path would.
func TestEveryPathIsRouted(t *testing.T) {
	w := newWorld(t)
	fill := strings.NewReplacer(":company", fmt.Sprint(DemoCompanyID), ":project", fmt.Sprint(DemoProjectID), ":id", "1", ":hook", "1", ":trigger", "1")
	for _, e := range endpoints() {
		a := w.rest(e.Method, fill.Replace(e.Path), nil)
		if strings.Contains(string(a.body), "the path ") {
			t.Errorf("%s %s is not routed", e.Method, e.Path)
		}
	}
}

func TestStuckClockIsRefused(t *testing.T) {
	s := New(Config{Clock: stuck{}})
	defer s.Close()
	if err := s.Advance(t.Context(), time.Second); err == nil {
		t.Error("moved a clock that cannot be moved")
	}
}

// stuck is a clock without Advance.
type stuck struct{}

func (stuck) Now() time.Time { return start() }

func (stuck) After(time.Duration) (<-chan time.Time, func()) { return nil, func() {} }

// TestDemoOnTheWallClock runs the demo's documents through a simulator as a program would use it: default configuration, real time.
func TestDemoOnTheWallClock(t *testing.T) {
	s := New(Config{})
	defer s.Close()
	if err := s.Seed(DemoSeed()); err != nil {
		t.Fatal(err)
	}
	if err := s.Seed(DemoDocuments()); err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(s.Handler())
	defer api.Close()
	w := &world{t: t, sim: s, api: api, client: api.Client(), header: http.Header{}}
	w.token = w.form("/oauth/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {DefaultClientID}, "client_secret": {DefaultClientSecret}}).text("access_token")
	r := newReceiver(t, func(n int) int {
		if n == 1 {
			return 500
		}
		return 200
	})
	w.set(func(s *Settings) { s.Duplicates, s.BackoffMinMS = 2, 1 })
	w.hook(r, "v2.0")
	for _, id := range []int64{DemoSubcontractID, DemoPurchaseID, DemoRefusedID} {
		if _, _, err := s.ExportCommitment(id, "N"); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := s.WaitIdle(ctx); err != nil {
		t.Fatal(err)
	}
	if c := s.DeliveryCounts(); c.Delivered != 6 || c.Attempts != 7 {
		t.Errorf("counts %+v", c)
	}
}

func TestDemoSeedConvention(t *testing.T) {
	seed := DemoSeed()
	centres := 0
	for _, c := range seed.CostCodes {
		if c.OriginID != "01|1001|"+c.Code {
			t.Errorf("%s has origin id %s", c.Code, c.OriginID)
		}
		if strings.HasSuffix(c.Code, "-000") != (c.ParentID == 0) {
			t.Errorf("%s: parent %d", c.Code, c.ParentID)
		}
		if c.ParentID != 0 {
			centres += 2 // types M and S
		}
	}
	if centres != 40 || len(seed.Vendors) != 6 {
		t.Errorf("%d cost centres, %d vendors", centres, len(seed.Vendors))
	}
	w := demoWorld(t)
	w.get("/rest/v1.0/work_order_contracts/4103?project_id=2468").has("line_items.1.cost_code.origin_id", "01|1001|01-000")
}

func TestRequestsReadBack(t *testing.T) {
	w := newWorld(t)
	if _, known := w.sim.Request(1); known {
		t.Error("a request out of nowhere")
	}
	if _, known := w.sim.Commitment(1); known {
		t.Error("a commitment out of nowhere")
	}
	if _, known := w.sim.ChangeOrder(1); known {
		t.Error("a change order out of nowhere")
	}
	w.raiseOne()
	if list := w.sim.Requests(); len(list) != 1 || list[0].Name != "sync_metadata" || list[0].DetailID != 0 {
		t.Errorf("requests %+v", list)
	}
}

func TestResetEndsDeliveries(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, func(int) int { return 500 })
	w.hook(r, "v2.0")
	w.raiseOne()
	w.settled()
	w.sim.Reset()
	w.advance(time.Hour)
	if n := len(r.all()); n != 1 {
		t.Errorf("%d attempts after a reset", n-1)
	}
	if c := w.sim.DeliveryCounts(); c != (DeliveryCounts{}) {
		t.Errorf("counts %+v", c)
	}
}
