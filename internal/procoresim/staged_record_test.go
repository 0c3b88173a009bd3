package procoresim

import (
	"fmt"
	"net/http"
	"testing"
)

func stagedVendor(origin, name string, more ...obj) obj {
	row := obj{"item_type": "vendor", "origin_id": origin, "origin_code": origin[3:], "data": obj{"name": name}}
	for _, m := range more {
		for field, value := range m {
			row[field] = value
		}
	}
	return row
}

// stagedLine is a child of a prime contract on a cost centre of the demo.
func stagedLine(origin, amount string) obj {
	return obj{"item_type": "line_item", "origin_id": origin, "data": obj{"amount": amount, "description": origin, "position": 1,
		"cost_code_origin_id": "01|1001|01-100", "line_item_type_origin_id": "M"}}
}

func stagedPrime(lines ...obj) obj {
	return obj{"item_type": "prime_contract", "origin_id": demoOrigin, "data": obj{"title": "Head contract", "number": "1001",
		"project_origin_id": demoOrigin}, "children": lines}
}

func TestStagedSync(t *testing.T) {
	w := newWorld(t)
	a := w.stage(stagedVendor("01|NEW01", "New", obj{"origin_data": "d"}), stagedVendor("01|NEW02", "Other")).split(2, 0).
		has("entities.0.item_type", "vendor", "entities.0.status", "staged", "entities.0.origin_id", "01|NEW01", "entities.0.origin_code", "NEW01",
			"entities.0.origin_data", "d", "entities.0.data.name", "New", "entities.0.parent_id", "null", "entities.0.children.#", "0")
	again := w.stage(stagedVendor("01|NEW01", "New name", obj{"data": obj{"name": "New name", "city": "Perth"}})).split(1, 0).
		has("entities.0.id", a.text("entities.0.id"), "entities.0.data.name", "New name", "entities.0.origin_data", "d")
	if n := w.count(kindStaged); n != 2 || w.count(kindVendors) != 6 {
		t.Errorf("%d staged, %d vendors: staging makes no vendor", n, w.count(kindVendors))
	}
	w.stage(obj{"id": again.num("entities.0.id"), "item_type": "vendor", "origin_id": "01|NEW03"}).split(1, 0).
		has("entities.0.origin_id", "01|NEW03", "entities.0.data.city", "Perth")
	w.stage(obj{"id": again.num("entities.0.id"), "item_type": "vendor"}).split(1, 0).
		has("entities.0.origin_id", "01|NEW03")

	w.sim.ResetEndpointCounts()
	w.stage(stagedVendor("01|NEW02", "Other"))
	w.stage(stagedVendor("01|NEW02", "Another"))
	if got, want := w.sim.ImportWrites(), (EndpointCount{Calls: 2, Rows: 2, Updated: 1, Unchanged: 1}); got != want {
		t.Errorf("writes %+v, want %+v", got, want)
	}
}

func TestStagedRefusals(t *testing.T) {
	w := newWorld(t)
	w.stage(stagedVendor("01|ONE", "One"), stagedVendor("01|TWO", "Two"))
	one := w.sim.StagedRecords("vendor")[0].ID
	for field, row := range map[string]obj{
		"item_type":    {"item_type": "budget", "origin_id": "x"},
		"origin_id":    {"item_type": "vendor", "data": obj{"name": "x"}},
		"id":           {"item_type": "vendor", "id": 5, "origin_id": "01|X"},
		"name":         stagedVendor("01|X", "x", obj{"name": "outside data"}),
		"towne":        stagedVendor("01|X", "x", obj{"data": obj{"towne": "x"}}),
		"is_active":    stagedVendor("01|X", "x", obj{"data": obj{"is_active": "Y"}}),
		"country_code": stagedVendor("01|X", "x", obj{"data": obj{"country_code": "Australia"}}),
		"data":         stagedVendor("01|X", "x", obj{"data": "name"}),
		"status":       stagedVendor("01|X", "x", obj{"status": "imported"}),
		"parent_id":    stagedLine("01|L", "1"),
		"children":     stagedPrime(stagedVendor("01|X", "x")),
	} {
		w.stage(row).split(0, 1).
			contains(fmt.Sprintf("%q:[", field))
	}
	w.stage(obj{"item_type": "vendor", "id": one, "origin_id": "01|TWO"}).split(0, 1).contains("already staged as another vendor")
	w.stage(obj{"item_type": "project", "id": one, "origin_id": "01|TWO"}).split(0, 1)
	w.stage(obj{"item_type": "prime_contract", "origin_id": "y", "children": 5}).split(0, 1)
	w.stage(obj{"item_type": "prime_contract", "origin_id": "y", "children": []int{5}}).split(0, 1)
	if n := w.count(kindStaged); n != 2 {
		t.Errorf("%d staged records, want 2", n)
	}
	w.sync(stagedPath("/sync"), make([]obj, 1001)).is(http.StatusRequestEntityTooLarge)
}

// TestStagedChildren: nested in the sync call, or in rows of their own with the parent's origin id.
func TestStagedChildren(t *testing.T) {
	w := newWorld(t)
	a := w.stage(stagedPrime(stagedLine("l1", "10.00"), stagedLine("l2", "20.00")), func() obj {
		row := stagedLine("l3", "30.00")
		row["parent_origin_id"] = demoOrigin
		return row
	}()).split(2, 0).
		has("entities.0.children.#", "2", "entities.0.children.0.origin_id", "l1", "entities.0.children.0.status", "staged", "entities.1.item_type", "line_item")
	parent := a.text("entities.0.id")
	a.has("entities.0.children.1.parent_id", parent, "entities.1.parent_id", parent)

	w.stage(stagedPrime(stagedLine("l1", "11.00"))).split(1, 0).
		has("entities.0.children.#", "3", "entities.0.children.0.data.amount", "11.00")
	w.get(stagedPath("/"+parent)).is(http.StatusOK).has("children.#", "3", "children.2.origin_id", "l3")
	w.get(stagedPath("?item_type=line_item")).is(http.StatusOK).has("#", "3", "0.children", "absent")
	w.stage(func() obj {
		row := stagedLine("l2", "21.00")
		row["parent_id"] = a.num("entities.0.id")
		return row
	}()).split(1, 0)
}

// TestBadChildRefusesTheRow: a row is kept whole or not at all.
func TestBadChildRefusesTheRow(t *testing.T) {
	w := newWorld(t)
	bad := stagedLine("l2", "much")
	w.stage(stagedPrime(stagedLine("l1", "10.00"), bad)).split(0, 1).
		contains(`"children":["1: amount is not a number"]`)
	if n := w.count(kindStaged); n != 0 {
		t.Errorf("%d staged records of a refused row", n)
	}
}

// TestMissingLinksMakeARecordInvalid: the links are documented as required, the state as possible.
func TestMissingLinksMakeARecordInvalid(t *testing.T) {
	bare := obj{"item_type": "line_item", "origin_id": "l1", "data": obj{"amount": "1"}}
	w := newWorld(t)
	w.stage(stagedPrime(bare)).split(1, 0).
		has("entities.0.status", "staged", "entities.0.children.0.status", "invalid")
	w.stage(obj{"item_type": "prime_contract", "origin_id": "01|1002", "data": obj{"title": "No project"}}).split(1, 0).
		has("entities.0.status", "invalid")
	w.stage(obj{"item_type": "prime_contract", "origin_id": "01|1002", "data": obj{"project_id": DemoProjectID}}).split(1, 0).
		has("entities.0.status", "staged", "entities.0.data.title", "No project")
	w.stage(obj{"item_type": "work_order_contract", "origin_id": "c", "data": obj{"project_origin_id": "x"}}).has("entities.0.status", "invalid")
	w.stage(obj{"item_type": "commitment_change_order", "origin_id": "c", "data": obj{"project_origin_id": "x", "commitment_id": 4}}).has("entities.0.status", "staged")
	w.stage(obj{"item_type": "sub_job", "origin_id": "c", "data": obj{"name": "x"}}).has("entities.0.status", "invalid")

	w = newWorld(t, func(s *Settings) { s.StagedLinks = "optional" })
	w.stage(stagedPrime(bare)).has("entities.0.children.0.status", "staged")
}

// TestStagedCalls are the single calls.
func TestStagedCalls(t *testing.T) {
	w := newWorld(t)
	id := w.rest(http.MethodPost, stagedPath(""), stagedVendor("01|NEW01", "New")).is(http.StatusCreated).has("status", "staged").text("id")
	w.rest(http.MethodPut, stagedPath("/"+id), obj{"data": obj{"name": "Put"}}).is(http.StatusOK).has("data.name", "Put", "origin_id", "01|NEW01")
	w.rest(http.MethodPut, stagedPath("/"+id), obj{"staged_record": obj{"origin_code": "N1"}}).is(http.StatusOK).has("origin_code", "N1")
	w.rest(http.MethodPut, stagedPath("/"+id), obj{"status": "archived"}).is(http.StatusOK).has("status", "archived")
	w.get(stagedPath("?item_type=vendor&filters[status]=archived")).is(http.StatusOK).has("#", "1")
	w.get(stagedPath("?item_type=vendor&filters[origin_id]=other")).is(http.StatusOK).has("#", "0")
	w.get(stagedPath("?filters[item_type]=vendor")).has("#", "1")
	w.get(stagedPath("")).is(http.StatusBadRequest)
	w.get(stagedPath("?item_type=budget")).is(http.StatusBadRequest)

	w.rest(http.MethodPost, stagedPath(""), stagedPrime(stagedLine("l", "1"))).is(http.StatusBadRequest).contains("children")
	w.rest(http.MethodPost, stagedPath(""), obj{"item_type": "vendor"}).is(http.StatusUnprocessableEntity)
	w.rest(http.MethodPost, stagedPath(""), `{"staged_record":5}`).is(http.StatusBadRequest)
	w.rest(http.MethodPost, stagedPath(""), `{`).is(http.StatusBadRequest)
	w.rest(http.MethodPut, stagedPath("/5"), obj{}).is(http.StatusNotFound)
	w.get(stagedPath("/x")).is(http.StatusNotFound)

	w.rest(http.MethodDelete, stagedPath("/"+id), nil).is(http.StatusNoContent)
	w.get(stagedPath("/" + id)).is(http.StatusNotFound)
	w.rest(http.MethodDelete, stagedPath("/"+id), nil).is(http.StatusNotFound)
	if next := w.stage(stagedVendor("01|NEW01", "New")).text("entities.0.id"); next == id {
		t.Error("a deleted record came back under its id")
	}
}

func TestDeleteStagedParent(t *testing.T) {
	w := newWorld(t)
	a := w.stage(stagedPrime(stagedLine("l1", "1"), stagedLine("l2", "2")))
	w.rest(http.MethodDelete, stagedPath("/"+a.text("entities.0.children.0.id")), nil).is(http.StatusNoContent)
	w.get(stagedPath("/"+a.text("entities.0.id"))).has("children.#", "1", "children.0.origin_id", "l2")
	w.rest(http.MethodDelete, stagedPath("/"+a.text("entities.0.id")), nil).is(http.StatusNoContent)
	if n := w.count(kindStaged); n != 0 {
		t.Errorf("%d records are left", n)
	}
}

// TestMetadataSwitchesStagingOn: entity by entity (documented).
func TestMetadataSwitchesStagingOn(t *testing.T) {
	w := newWorld(t)
	w.connect(map[string]obj{"vendors": switchedOn("staged_records"), "jobs": {}})
	w.stage(stagedVendor("01|NEW01", "New")).split(1, 0)
	w.stage(obj{"item_type": "project", "origin_id": "01|7", "data": obj{"name": "x"}}).split(0, 1).
		contains("does not enable staged records of jobs")
	w.stage(stagedPrime()).split(0, 1).
		contains("prime_contracts")
}

// TestStagingWhatIsLinked: the record counts as imported.
func TestStagingWhatIsLinked(t *testing.T) {
	w := newWorld(t)
	w.stage(stagedVendor("01|ACME01", "Acme")).split(1, 0).has("entities.0.status", "imported")
	if r := w.sim.StagedRecords("vendor")[0]; r.RecordID != 7001 {
		t.Errorf("record %d, want 7001", r.RecordID)
	}
}
