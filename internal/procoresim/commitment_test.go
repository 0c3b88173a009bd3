package procoresim

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestShowCommitmentV1(t *testing.T) {
	w := demoWorld(t)
	a := w.get("/rest/v1.0/purchase_order_contracts/4102?project_id=2468").is(http.StatusOK)
	a.has("id", "4102", "status", "Approved", "accounting_method", "amount", "grand_total", "30408.00", "approved_change_orders", "3960.00",
		"revised_contract", "34368.00", "vendor.id", "7002", "delivery_date", "2026-07-20", "inclusions", "absent", "line_items.#", "2",
		"line_items.0.cost_code.code", "03-200", "line_items.0.total_amount", "24750.00", "line_items.0.tax_amount", "absent",
		"change_order_packages.#", "1", "potential_change_orders.#", "0", "deleted_at", "null", "origin_id", "null")
	w.get("/rest/v1.0/work_order_contracts/4102?project_id=2468").is(http.StatusNotFound) // the kind must fit
	w.get("/rest/v1.0/commitments/4102?project_id=2468").is(http.StatusOK).has("id", "4102", "line_items", "absent")
	w.get("/rest/v1.0/purchase_order_contracts/x?project_id=2468").is(http.StatusNotFound)
	w.get("/rest/v1.0/purchase_order_contracts/4102/line_items?project_id=2468").is(http.StatusOK).has("#", "2", "1.holder.id", "4102")
}

func TestChangeOrdersCountByStatus(t *testing.T) {
	w := demoWorld(t)
	for _, status := range []string{"pending", "draft", "rejected"} {
		if _, err := w.sim.AddChangeOrder(ChangeOrder{CommitmentID: DemoPurchaseID, Status: status, Lines: []Line{{Amount: "100"}}}); err != nil {
			t.Fatal(err)
		}
	}
	w.get("/rest/v1.0/purchase_order_contracts/4102?project_id=2468").has("approved_change_orders", "3960.00", "pending_change_orders", "100.00",
		"draft_change_orders_amount", "100.00", "pending_revised_contract", "34468.00")
}

func TestListCommitmentsV1(t *testing.T) {
	w := demoWorld(t)
	w.clock.Advance(time.Hour)
	if err := w.sim.EditCommitment(DemoRefusedID, []byte(`{"status":"Draft"}`)); err != nil {
		t.Fatal(err)
	}
	w.link(ext(itemWorkOrder, DemoSubcontractID, "01|SC0001"))
	list := "/rest/v1.0/work_order_contracts?project_id=2468"
	a := w.get(list).is(http.StatusOK).has("#", "2", "0.id", "4101", "0.line_items", "absent")
	if a.header.Get("Total") != "2" || a.header.Get("Per-Page") != "100" || a.header.Get("Link") != "" {
		t.Errorf("headers %v", a.header)
	}
	w.get(list+"&view=extended").has("0.line_items.#", "3")
	for query, want := range map[string]string{
		"filters[status]=Approved": "1", "filters[status]=approved": "1", "filters[status][]=Approved&filters[status][]=Draft": "2",
		"filters[id]=4103": "1", "filters[id]=4102": "0", "filters[origin_id]=01%7CSC0001": "1", "filters[vendor_id]=7003": "1",
		"filters[updated_at]=2026-07-01T00:30:00Z...2026-07-01T02:00:00Z": "2", "filters[updated_at]=2026-07-02...2026-07-03": "0",
		"filters[created_at]=...2026-07-01T00:30:00Z": "2", "filters[created_at]=2026-07-01T00:30:00Z...": "0",
	} {
		w.get(list+"&"+query).is(http.StatusOK).has("#", want)
	}
	w.get(list + "&filters[updated_at]=soon").is(http.StatusBadRequest)
	w.get("/rest/v1.0/commitments?project_id=2468").has("#", "3")
	w.get("/rest/v1.0/purchase_order_contracts?project_id=2468").has("#", "1")
}

func TestPagingV1(t *testing.T) {
	w := newWorld(t)
	for i := range 7 {
		if _, err := w.sim.AddCommitment(Commitment{ProjectID: DemoProjectID, Type: PurchaseOrderContract, Number: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	list := "/rest/v1.0/purchase_order_contracts?project_id=2468&per_page=3"
	rels := func(page string) string {
		a := w.get(list + page).is(http.StatusOK)
		var found []string
		for _, rel := range []string{"first", "prev", "next", "last"} {
			if strings.Contains(a.header.Get("Link"), `rel="`+rel+`"`) {
				found = append(found, rel)
			}
		}
		return a.text("#") + " " + strings.Join(found, ",")
	}
	for page, want := range map[string]string{"": "3 next,last", "&page=2": "3 first,prev,next,last", "&page=3": "1 first,prev", "&page=9": "0 first,prev"} {
		if got := rels(page); got != want {
			t.Errorf("page %q: %s, want %s", page, got, want)
		}
	}
	link := w.get(list).header.Get("Link")
	next := link[1:strings.Index(link, ">")]
	w.do(func() *http.Request {
		req := w.restRequest(http.MethodGet, strings.TrimPrefix(next, w.api.URL), nil)
		return req
	}()).is(http.StatusOK).has("#", "3", "0.number", "3")
	w.get(list + "&page=0").is(http.StatusBadRequest)
	w.get("/rest/v1.0/purchase_order_contracts?project_id=2468&per_page=x").is(http.StatusBadRequest)
	if got := w.get("/rest/v1.0/purchase_order_contracts?project_id=2468&per_page=99999").header.Get("Per-Page"); got != "2000" {
		t.Errorf("per page %s", got)
	}
}

func TestPatchCommitment(t *testing.T) {
	w := demoWorld(t)
	path := "/rest/v1.0/work_order_contracts/4101"
	body := obj{"project_id": DemoProjectID, "work_order_contract": obj{"title": "T", "retainage_percent": 7.5, "executed": false, "line_items": []obj{}, "id": 5, "type": "x"}}
	w.clock.Advance(time.Minute)
	w.rest(http.MethodPatch, path, body).is(http.StatusOK).has("id", "4101", "title", "T", "retainage_percent", "7.5", "executed", "false", "line_items.#", "3", "updated_at", "2026-07-01T00:01:00Z")
	for field, value := range map[string]any{"status": "Fine", "vendor_id": 1, "retainage_percent": "x"} {
		a := w.rest(http.MethodPatch, path, obj{"project_id": DemoProjectID, "work_order_contract": obj{field: value}})
		if a.status != 422 && a.status != 400 {
			t.Errorf("%s=%v answered %d", field, value, a.status)
		}
	}
	w.rest(http.MethodPatch, path, obj{"project_id": DemoProjectID}).is(http.StatusBadRequest)
	w.rest(http.MethodPatch, path, obj{"work_order_contract": obj{}}).is(http.StatusBadRequest)
	w.rest(http.MethodPatch, path, obj{"project_id": DemoProjectID, "work_order_contract": obj{"origin_id": "01|X"}}).is(http.StatusOK).has("origin_id", "01|X")
	w.rest(http.MethodPatch, path, body).is(http.StatusUnprocessableEntity)
}

func TestExportLocksSomeFields(t *testing.T) {
	w := demoWorld(t)
	_, detail := w.exportSub("A")
	path := "/rest/v1.0/work_order_contracts/4101?project_id=2468"
	patch := func(field string, value any) answer {
		return w.rest(http.MethodPatch, path, obj{"work_order_contract": obj{field: value}})
	}
	for field, value := range map[string]any{"title": "x", "status": "Draft", "vendor_id": 7002, "retainage_percent": "1.0"} {
		patch(field, value).is(http.StatusUnprocessableEntity).contains(field)
	}
	patch("description", "free").is(http.StatusOK)
	w.rest(http.MethodPatch, detailPath(detail), closeBody("failed", "no")).is(http.StatusOK)
	patch("title", "x").is(http.StatusOK)
}

func TestCommitmentsV2(t *testing.T) {
	w := demoWorld(t)
	w.link(ext(itemPurchaseOrder, DemoPurchaseID, "01|PO0001"))
	a := w.get(project2("/commitment_contracts")).is(http.StatusOK).has("data.#", "3", "data.1.type", PurchaseOrderContract, "data.1.origin_id", "01|PO0001", "data.1.origin_data", "absent")
	a.contains(`"id":"4101"`, `"vendor_id":"7001"`, `"project_id":"2468"`)
	if a.header.Get("Per-Page") != "10" {
		t.Errorf("per page %s", a.header.Get("Per-Page"))
	}
	w.get(project2("/commitment_contracts?per_page=500&filters[type]=WorkOrderContract")).has("data.#", "2")
	w.get(project2("/commitment_contracts?filters[accounting_method]=unit")).has("data.#", "0")
	w.get(project2("/commitment_contracts/4101")).is(http.StatusOK).has("data.grand_total", "129110.75", "data.inclusions", "null")
	b := w.get(project2("/commitment_contracts/4101/line_items")).is(http.StatusOK).has("data.#", "3", "data.0.amount", "48000.00", "data.0.wbs_code.flat_code", "02-100.S", "data.0.cost_code", "absent")
	b.contains(`"id":"510101"`, `"wbs_code_id":"`)
	w.set(func(s *Settings) { s.V2OriginID = false })
	w.get(project2("/commitment_contracts/4102")).has("data.origin_id", "absent")
	if got := w.get(project2("/commitment_contracts?per_page=500")).header.Get("Per-Page"); got != "100" {
		t.Errorf("per page %s, the most is 100", got)
	}
}

func TestDeletedCommitment(t *testing.T) {
	w := demoWorld(t)
	w.control(http.MethodDelete, "/sim/commitments/4101", nil).is(http.StatusOK)
	w.control(http.MethodDelete, "/sim/commitments/4101", nil).is(http.StatusNotFound)
	w.get("/rest/v1.0/work_order_contracts/4101?project_id=2468").is(http.StatusNotFound)
	list := "/rest/v1.0/work_order_contracts?project_id=2468"
	w.get(list).has("#", "1")
	w.get(list+"&filters[include_deleted]=only").has("#", "1", "0.deleted_at", "2026-07-01T00:00:00Z")
	w.get(list+"&filters[include_deleted]=with").has("#", "2")
	if _, _, err := w.sim.ExportCommitment(DemoSubcontractID, "A"); err == nil {
		t.Error("a deleted commitment was exported")
	}
}

func TestAddCommitmentRefusals(t *testing.T) {
	w := demoWorld(t)
	good := func() Commitment { return Commitment{ProjectID: DemoProjectID, Type: WorkOrderContract} }
	for want, change := range map[string]func(*Commitment){
		"project_id":        func(c *Commitment) { c.ProjectID = 1 },
		"type":              func(c *Commitment) { c.Type = "Order" },
		"status":            func(c *Commitment) { c.Status = "Received" },
		"vendor_id":         func(c *Commitment) { c.VendorID = 1 },
		"retainage_percent": func(c *Commitment) { c.RetainagePercent = "5%" },
		"cost_code":         func(c *Commitment) { c.Lines = []Line{{CostCode: "99-999"}} },
		"line_item_type":    func(c *Commitment) { c.Lines = []Line{{CostType: "Q"}} },
		"line_items":        func(c *Commitment) { c.Lines = []Line{{Amount: "1e5"}} },
		"id 510101":         func(c *Commitment) { c.Lines = []Line{{ID: 510_101}} },
		"id is taken":       func(c *Commitment) { c.ID = DemoSubcontractID },
	} {
		c := good()
		change(&c)
		if _, err := w.sim.AddCommitment(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if n := len(w.sim.State().Commitments); n != 3 {
		t.Errorf("%d commitments; a refused one was kept", n)
	}
	w.link(ext(itemWorkOrder, DemoSubcontractID, "K"))
	c := good()
	c.OriginID = "K"
	if _, err := w.sim.AddCommitment(c); err == nil || !strings.Contains(err.Error(), "origin_id") {
		t.Errorf("error %v", err)
	}
}

func TestIDsMayUse64Bits(t *testing.T) {
	w := newWorld(t)
	const big = int64(9_007_199_254_740_993)
	if _, err := w.sim.AddCommitment(Commitment{ID: big, ProjectID: DemoProjectID, Type: WorkOrderContract, Status: "Approved", VendorID: 7001, Lines: []Line{{ID: big + 1, Amount: "1"}}}); err != nil {
		t.Fatal(err)
	}
	request, _, err := w.sim.ExportCommitment(big, "A")
	if err != nil {
		t.Fatal(err)
	}
	w.get(requestPath(request)).has("request_data.commitment.id", "9007199254740993", "request_data.commitment_items.0.id", "9007199254740994")
	w.link(ext(itemWorkOrder, big, "A")).has("entities.0.item_id", "9007199254740993")
}
