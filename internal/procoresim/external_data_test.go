package procoresim

import (
	"fmt"
	"net/http"
	"testing"
)

const extSync = "/external_data/sync"

func (w *world) link(rows ...obj) answer {
	w.t.Helper()
	return w.rest(http.MethodPatch, company(extSync), obj{"updates": rows}).is(http.StatusOK)
}

func ext(itemType string, id int64, origin any) obj {
	return obj{"item_type": itemType, "item_id": id, "origin_id": origin}
}

func TestExternalDataSetsAndShows(t *testing.T) {
	w := demoWorld(t)
	row := ext(itemWorkOrder, DemoSubcontractID, "01|SC0001")
	row["origin_code"], row["origin_data"] = "SC0001", `{"a":1}`
	w.link(row, ext(itemLine, 510_101, "01|SC0001|1")).has("entities.#", "2", "errors.#", "0", "entities.0.origin_id", "01|SC0001", "entities.0.item_id", "4101", "entities.1.item_type", "line_item")
	w.get(company("/external_data?item_type=work_order_contract&item_id=4101")).is(http.StatusOK).
		has("origin_id", "01|SC0001", "origin_code", "SC0001", "item_id", "4101").contains(`"origin_data":"{\"a\":1}"`)
	w.get("/rest/v1.0/work_order_contracts/4101?project_id=2468").has("origin_id", "01|SC0001", "origin_code", "SC0001", "line_items.0.origin_id", "01|SC0001|1", "line_items.1.origin_id", "null")
}

func TestExternalDataShowForms(t *testing.T) {
	w := demoWorld(t)
	query := "/external_data?item_type=work_order_contract&item_id=4101"
	w.get(company(query)).is(http.StatusNotFound)
	w.set(func(s *Settings) { s.ExternalDataShow = "array" })
	w.get(company(query)).is(http.StatusOK).has("#", "0")
	w.link(ext(itemWorkOrder, DemoSubcontractID, "X"))
	w.get(company(query)).has("#", "1", "0.origin_id", "X")
	w.get(company("/external_data?item_type=work_order_contract")).is(http.StatusBadRequest)
	w.get(company("/external_data?item_type=thing&item_id=1")).is(http.StatusBadRequest)
}

func TestExternalDataBodies(t *testing.T) {
	w := demoWorld(t)
	w.rest(http.MethodPatch, company(extSync), []obj{ext(itemWorkOrder, DemoSubcontractID, "A")}).is(http.StatusOK).has("entities.#", "1")
	w.rest(http.MethodPatch, company(extSync), `{"updates":[{"item_type":"line_item","item_id":"510101","origin_id":"B"}]}`).is(http.StatusOK).has("entities.0.item_id", "510101")
	for _, body := range []string{`{}`, `{"updates":1}`, `{"updates":[1]}`, `{"updates":[null]}`, `x`} {
		w.rest(http.MethodPatch, company(extSync), body).is(http.StatusBadRequest)
	}
	rows := make([]obj, 1001)
	for i := range rows {
		rows[i] = ext(itemLine, int64(i), "x")
	}
	w.rest(http.MethodPatch, company(extSync), obj{"updates": rows}).is(http.StatusRequestEntityTooLarge)
	w.rest(http.MethodPatch, company(extSync), obj{"updates": rows[:1000]}).is(http.StatusOK).has("errors.#", "1000")
}

func TestExternalDataRowErrors(t *testing.T) {
	w := demoWorld(t)
	cases := []struct {
		row   obj
		field string
	}{
		{ext("thing", 1, "x"), "item_type"},
		{ext(itemWorkOrder, 99, "x"), "item_id"},
		{ext(itemPurchaseOrder, DemoSubcontractID, "x"), "item_id"}, // the kind must fit
		{ext(itemChangeOrder, 99, "x"), "item_id"},
		{ext(itemLine, 99, "x"), "item_id"},
		{ext("requisition", 1, "x"), "item_id"},
		{obj{"item_type": itemWorkOrder, "item_id": DemoSubcontractID}, "origin_id"},
		{ext(itemWorkOrder, DemoSubcontractID, 7), "origin_id"},
		{ext(itemVendor, 7001, "01|BOND02"), "origin_id"}, // taken by vendor 7002
	}
	rows := []obj{}
	for _, c := range cases {
		rows = append(rows, c.row)
	}
	a := w.link(rows...).has("entities.#", "0", "errors.#", fmt.Sprint(len(cases)))
	for i, c := range cases {
		if a.text(fmt.Sprintf("errors.%d.errors.%s.0", i, c.field)) == "absent" {
			t.Errorf("row %d: %s, want a complaint about %s", i, a.text(fmt.Sprintf("errors.%d.errors", i)), c.field)
		}
		if got := a.text(fmt.Sprintf("errors.%d.item_type", i)); got != c.row["item_type"] {
			t.Errorf("row %d does not come back as sent", i)
		}
	}
}

func TestOriginIDIsUniquePerTypeInTheCompany(t *testing.T) {
	w := demoWorld(t)
	if err := w.sim.Seed(Seed{Companies: []Company{{ID: 2, Name: "Other"}}, Vendors: []Vendor{{ID: 9, CompanyID: 2, Name: "Same key elsewhere", OriginID: "01|ACME01"}}}); err != nil {
		t.Fatalf("another company may use the same origin id: %v", err)
	}
	w.link(ext(itemWorkOrder, DemoSubcontractID, "K")).has("entities.#", "1")
	w.link(ext(itemWorkOrder, DemoRefusedID, "K")).has("errors.#", "1")
	w.link(ext(itemPurchaseOrder, DemoPurchaseID, "K"), ext(itemLine, 510_101, "K")).has("entities.#", "2") // other types
	w.link(ext(itemWorkOrder, DemoSubcontractID, "K")).has("entities.#", "1")                               // the same again
	w.link(ext(itemWorkOrder, DemoSubcontractID, "K2")).has("entities.#", "1")                              // changed, so K is free
	w.link(ext(itemWorkOrder, DemoRefusedID, "K")).has("entities.#", "1")
	w.link(ext(itemVendor, 9, "x")).has("errors.#", "1") // another company's record is not there
}

func TestClearOriginID(t *testing.T) {
	w := demoWorld(t)
	w.link(ext(itemWorkOrder, DemoSubcontractID, "K"))
	w.link(ext(itemWorkOrder, DemoSubcontractID, nil)).has("entities.#", "1", "entities.0.origin_id", "null")
	w.link(ext(itemWorkOrder, DemoSubcontractID, nil)).has("entities.#", "1") // nothing left to clear is no mistake
	if w.linked() {
		t.Error("still linked")
	}
	w.link(ext(itemWorkOrder, DemoRefusedID, "K")).has("entities.#", "1")
}

func TestBulkDestroy(t *testing.T) {
	w := demoWorld(t)
	w.link(ext(itemLine, 510_101, "a"), ext(itemLine, 510_102, "b"), ext(itemLine, 510_103, "c"))
	path := company("/external_data/bulk_destroy")
	w.rest(http.MethodDelete, path, obj{"item_type": itemLine, "item_ids": []int64{510_101, 510_103, 4}}).is(http.StatusNoContent)
	if w.sim.OriginID(itemLine, 510_101) != "" || w.sim.OriginID(itemLine, 510_102) != "b" {
		t.Error("the wrong mappings are gone")
	}
	w.rest(http.MethodDelete, path, obj{"item_type": "thing", "item_ids": []int64{1}}).is(http.StatusBadRequest)
	w.rest(http.MethodDelete, path, "x").is(http.StatusBadRequest)
}

func TestLinkingLocksTheRecord(t *testing.T) {
	w := demoWorld(t)
	path := "/rest/v1.0/work_order_contracts/4101?project_id=2468"
	patch := obj{"work_order_contract": obj{"title": "Renamed"}}
	w.rest(http.MethodPatch, path, patch).is(http.StatusOK).has("title", "Renamed")
	w.link(ext(itemWorkOrder, DemoSubcontractID, "K"))
	w.rest(http.MethodPatch, path, patch).is(http.StatusUnprocessableEntity).contains("locked")
	w.link(ext(itemWorkOrder, DemoSubcontractID, nil))
	w.rest(http.MethodPatch, path, patch).is(http.StatusOK)
}

func TestLinkingRaisesAnEventOfOurOwn(t *testing.T) {
	w := demoWorld(t, func(s *Settings) { s.CompanyHookProjectEvent = true })
	r := newReceiver(t, nil)
	for _, resource := range []string{"Work Order Contracts", "Change Order Packages", "Company Vendors", "Projects"} {
		w.hookOn(r, "v2.0", resource, "update")
	}
	link := func() {
		w.link(ext(itemWorkOrder, DemoSubcontractID, "K"), ext(itemChangeOrder, DemoSubChangeID, "V"), ext(itemVendor, 7001, "N"), ext(itemProject, DemoProjectID, "P"))
		w.settled()
	}
	link()
	if users := fmt.Sprint(r.field(t, "user_id")); users != "[9901 9901 9901 9901]" {
		t.Errorf("users %s", users)
	}
	link()
	if n := len(r.all()); n != 4 {
		t.Errorf("%d events; a link that changes nothing raises none", n)
	}
	w.rest(http.MethodDelete, company("/external_data/bulk_destroy"), obj{"item_type": itemVendor, "item_ids": []int64{7001}}).is(http.StatusNoContent)
	w.settled()
	if n := len(r.all()); n != 5 {
		t.Errorf("%d events after a mapping was destroyed, want 5", n)
	}
}

func TestReadBackOfExternalData(t *testing.T) {
	w := newWorld(t)
	list := w.sim.ExternalData()
	if len(list) != 6+1+24+24+3 {
		t.Errorf("%d mappings of the seed", len(list))
	}
	for i := 1; i < len(list); i++ {
		if list[i].ID <= list[i-1].ID {
			t.Fatal("not in order")
		}
	}
	w.control(http.MethodGet, "/sim/external_data", nil).is(http.StatusOK).has("#", fmt.Sprint(len(list)), "0.item_type", "vendor", "0.origin_id", "01|ACME01")
}

func TestEveryHeldTypeCanBeLinked(t *testing.T) {
	w := demoWorld(t)
	for _, row := range []obj{
		ext(itemVendor, 7006, "a"), ext(itemProject, DemoProjectID, "a"), ext(itemStandardCode, 310_110, "a"), ext(itemCostCode, 320_111, "a"),
		ext(itemCostType, 330_103, "a"), ext(itemPurchaseOrder, DemoPurchaseID, "a"), ext(itemWorkOrder, DemoSubcontractID, "a"),
		ext(itemChangeOrder, DemoSubChangeID, "a"), ext(itemLine, 510_401, "a"),
	} {
		w.link(row).has("entities.#", "1", "errors.#", "0")
	}
	state := w.sim.State()
	if state.Vendors[5].OriginID != "a" || state.StandardCodes[0].OriginID != "a" || state.CostCodes[1].OriginID != "a" || state.ChangeOrders[0].Lines[0].OriginID != "a" {
		t.Error("the snapshot does not show what was linked")
	}
}

func TestOriginIDThroughManagement(t *testing.T) {
	w := demoWorld(t)
	edit := func(patch string) int { return w.control(http.MethodPatch, "/sim/commitments/4101", patch).status }
	if edit(`{"origin_id":"01|A"}`) != 200 || w.sim.OriginID(itemWorkOrder, DemoSubcontractID) != "01|A" {
		t.Error("not linked")
	}
	if edit(`{"title":"still linked"}`) != 200 || !w.linked() {
		t.Error("an edit without origin_id took the link away")
	}
	if edit(`{"origin_id":5}`) != 400 || !w.linked() {
		t.Error("a number is no origin id")
	}
	if edit(`{"origin_id":null}`) != 200 || w.linked() {
		t.Error("null did not clear")
	}
	w.link(ext(itemWorkOrder, DemoRefusedID, "01|B"))
	if edit(`{"origin_id":"01|B"}`) != 422 {
		t.Error("a taken origin id was accepted")
	}
	if err := w.sim.EditCommitment(DemoSubcontractID, []byte(`{"line_items":[{"id":510201}]}`)); err == nil {
		t.Error("a line of another document was accepted")
	}
	if err := w.sim.EditChangeOrder(DemoSubChangeID, []byte(`{"origin_id":"01|1001|V1"}`)); err != nil || w.sim.OriginID(itemChangeOrder, DemoSubChangeID) == "" {
		t.Errorf("change order not linked: %v", err)
	}
	for _, patch := range []string{`{`, `{"status":"odd"}`, `{"line_items":[{"id":510201}]}`, `{"line_items":1}`, `{"line_items":[1]}`} {
		if err := w.sim.EditChangeOrder(DemoSubChangeID, []byte(patch)); err == nil {
			t.Errorf("%s was accepted", patch)
		}
	}
}

func TestRemovedLineLosesItsLink(t *testing.T) {
	w := demoWorld(t)
	w.link(ext(itemLine, 510_101, "a"))
	if err := w.sim.EditCommitment(DemoSubcontractID, []byte(`{"line_items":[{"id":510102}]}`)); err != nil {
		t.Fatal(err)
	}
	w.link(ext(itemLine, 510_101, "b")).has("errors.#", "1")
	w.link(ext(itemLine, 510_102, "a")).has("entities.#", "1")
}
