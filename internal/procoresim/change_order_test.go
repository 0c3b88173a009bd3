package procoresim

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestSingleTier(t *testing.T) {
	w := demoWorld(t)
	w.link(ext(itemChangeOrder, DemoSubChangeID, "01|1001|V1"))
	a := w.get("/rest/v1.0/change_order_packages/7701?project_id=2468").is(http.StatusOK)
	a.has("contract_id", "4101", "number", "001", "status", "approved", "type", "CommitmentContractChangeOrder", "grand_total", "6200.00",
		"origin_id", "01|1001|V1", "reviewed_at", "2026-07-01T00:00:00Z", "line_items.#", "1", "line_items.0.cost_code.code", "02-100",
		"line_items.0.commitment_line_item_id", "absent", "line_items.0.origin_id", "absent")
	b := w.get("/rest/v1.0/potential_change_orders?project_id=2468&contract_id=4101").is(http.StatusOK).
		has("#", "1", "0.line_items.#", "1", "0.line_items_total", "6200.00", "0.change_order_package_id", "7701", "0.change_order_request_id", "null")
	pco := b.text("0.id")
	if pco == "7701" {
		t.Error("the tiers share an id")
	}
	w.get("/rest/v1.0/potential_change_orders/"+pco+"?project_id=2468&contract_id=4101").is(http.StatusOK).has("id", pco)
	w.get("/rest/v1.0/potential_change_orders/"+pco+"/line_items?project_id=2468").is(http.StatusOK).has("#", "1")
	w.get("/rest/v1.0/change_order_requests?project_id=2468").is(http.StatusOK).has("#", "0")
	w.get("/rest/v1.0/work_order_contracts/4101?project_id=2468").has("change_order_packages.0.id", "7701", "potential_change_orders.#", "0", "change_order_requests.#", "0")
}

func TestTwoTiers(t *testing.T) {
	w := demoWorld(t, func(s *Settings) { s.Tiers = 2 })
	w.get("/rest/v1.0/change_order_packages/7701?project_id=2468").is(http.StatusOK).has("line_items.#", "0", "grand_total", "6200.00")
	w.get("/rest/v1.0/potential_change_orders?project_id=2468").has("#", "2", "0.line_items.#", "1", "0.change_order_package_id", "7701")
	w.get("/rest/v1.0/work_order_contracts/4101?project_id=2468").has("change_order_packages.#", "1", "potential_change_orders.#", "1", "change_order_requests.#", "0")
	w.get("/rest/v1.0/projects/2468/commitment_change_orders").has("#", "2")
}

func TestThreeTiers(t *testing.T) {
	w := demoWorld(t)
	w.set(func(s *Settings) { s.Tiers = 3 })
	a := w.get("/rest/v1.0/change_order_requests?project_id=2468").is(http.StatusOK).has("#", "2", "0.change_order_package_id", "7701", "0.contract.id", "4101", "0.contract.vendor.id", "7001")
	w.get("/rest/v1.0/change_order_requests/" + a.text("0.id") + "?project_id=2468&contract_id=4101").is(http.StatusOK)
	w.get("/rest/v1.0/potential_change_orders?project_id=2468").has("0.change_order_request_id", a.text("0.id"), "0.change_order_package_id", "null")
	w.get("/rest/v1.0/work_order_contracts/4101?project_id=2468").has("change_order_packages.#", "1", "potential_change_orders.#", "1", "change_order_requests.#", "1")
	w.get("/rest/v1.0/projects/2468/commitment_change_orders").is(http.StatusOK).has("#", "0") // serves one and two tiers only
	w.get("/rest/v1.0/projects/2468/commitment_change_orders/9601").is(http.StatusNotFound)
}

func TestTiersOfAProjectWin(t *testing.T) {
	w := newWorld(t)
	if err := w.sim.Seed(Seed{
		Projects:     []Project{{ID: 3, Name: "Three", Tiers: 3}},
		Commitments:  []Commitment{{ID: 50, ProjectID: 3, Type: WorkOrderContract}},
		ChangeOrders: []ChangeOrder{{CommitmentID: 50}},
	}); err != nil {
		t.Fatal(err)
	}
	w.get("/rest/v1.0/change_order_requests?project_id=3").is(http.StatusOK).has("#", "1")
	if err := w.sim.Seed(Seed{Projects: []Project{{Name: "Four", Tiers: 4}}}); err == nil {
		t.Error("four tiers were taken")
	}
}

func TestCommitmentChangeOrders(t *testing.T) {
	w := demoWorld(t)
	a := w.get("/rest/v1.0/projects/2468/commitment_change_orders?filters[contract_id]=4101").is(http.StatusOK).
		has("#", "1", "0.legacy_package_id", "7701", "0.contract_id", "4101", "0.origin_id", "absent", "0.line_items", "absent", "0.grand_total", "6200.00")
	id := a.text("0.id")
	if id == "7701" {
		t.Error("the newer resource must not share the package's id")
	}
	w.get("/rest/v1.0/projects/2468/commitment_change_orders/"+id).is(http.StatusOK).has("id", id)
	w.get("/rest/v1.0/projects/2468/commitment_change_orders/7701").is(http.StatusNotFound)
	w.get("/rest/v1.0/projects/2468/commitment_change_orders?filters[legacy_package_id]=7702").has("#", "1")
	w.get(project2("/commitment_change_orders/"+id+"/line_items")).is(http.StatusOK).
		has("data.#", "1", "data.0.commitment_line_item_id", "510101", "data.0.amount", "6200.00").contains(`"commitment_line_item_id":"510101"`)
}

func TestListPackages(t *testing.T) {
	w := demoWorld(t)
	w.clock.Advance(time.Hour)
	if err := w.sim.EditChangeOrder(DemoBuyChangeID, []byte(`{"status":"void"}`)); err != nil {
		t.Fatal(err)
	}
	list := "/rest/v1.0/change_order_packages?project_id=2468"
	for query, want := range map[string]string{
		"": "2", "&contract_id=4101": "1", "&filters[id]=7702": "1", "&filters[status]=approved": "1", "&filters[status]=APPROVED": "1",
		"&filters[updated_at]=2026-07-01T00:30:00Z...2026-07-01T02:00:00Z": "1", "&filters[origin_id]=x": "0",
	} {
		w.get(list+query).is(http.StatusOK).has("#", want)
	}
	w.get(list + "&filters[updated_at]=x").is(http.StatusBadRequest)
	w.get("/rest/v1.0/change_order_packages/7799?project_id=2468").is(http.StatusNotFound)
	w.get("/rest/v1.0/change_order_packages/7701").is(http.StatusBadRequest)
}

func TestPotentialLinesMayBe404(t *testing.T) {
	w := demoWorld(t, func(s *Settings) { s.PCOLines404 = true })
	pco := w.get("/rest/v1.0/potential_change_orders?project_id=2468").has("#", "2").text("0.id")
	w.get("/rest/v1.0/potential_change_orders/" + pco + "/line_items?project_id=2468").is(http.StatusNotFound)
}

func TestAddChangeOrderRefusals(t *testing.T) {
	w := demoWorld(t)
	for want, o := range map[string]ChangeOrder{
		"contract_id":             {CommitmentID: 1},
		"status":                  {CommitmentID: DemoSubcontractID, Status: "fine"},
		"commitment_line_item_id": {CommitmentID: DemoSubcontractID, Lines: []Line{{CommitmentLineID: 510_201}}},
		"id is taken":             {ID: DemoSubChangeID, CommitmentID: DemoSubcontractID},
		"cost_code":               {CommitmentID: DemoSubcontractID, Lines: []Line{{CostCode: "no"}}},
		"id 510101":               {CommitmentID: DemoSubcontractID, Lines: []Line{{ID: 510_101}}},
	} {
		if _, err := w.sim.AddChangeOrder(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestChangeOrderEvents(t *testing.T) {
	w := demoWorld(t, func(s *Settings) { s.CompanyHookProjectEvent, s.Tiers = true, 3 })
	r := newReceiver(t, nil)
	for _, resource := range []string{"Change Order Packages", "Potential Change Orders", "Change Order Requests"} {
		w.hookOn(r, "v2.0", resource, "update")
	}
	if err := w.sim.EditChangeOrder(DemoSubChangeID, []byte(`{"title":"x"}`)); err != nil {
		t.Fatal(err)
	}
	w.settled()
	if n := len(r.all()); n != 3 {
		t.Errorf("%d events, want one for each tier", n)
	}
}
