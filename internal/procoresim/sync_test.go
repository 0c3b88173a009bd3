package procoresim

import (
	"fmt"
	"net/http"
	"testing"
)

// TestSyncMatching follows the documented table of what a row with or without ids does.
func TestSyncMatching(t *testing.T) {
	w := newWorld(t)
	w.syncVendors(obj{"name": "No ids"}, obj{"name": "No ids"}).split(2, 0)
	if n := w.count(kindVendors); n != 8 {
		t.Errorf("%d vendors, want 8: rows without ids are made each time", n)
	}

	id := w.syncVendors(obj{"name": "By origin", "origin_id": "01|NEW01"}).made()
	again := w.syncVendors(obj{"name": "By origin again", "origin_id": "01|NEW01"}).made()
	if id != again || w.count(kindVendors) != 9 {
		t.Errorf("a known origin id made another vendor: %d and %d", id, again)
	}
	w.shows(kindVendors, "01|NEW01", "name", "By origin again")

	w.syncVendors(obj{"id": id, "name": "By id"}).split(1, 0).
		has("entities.0.origin_id", "01|NEW01")
	w.syncVendors(obj{"id": 99, "name": "Nobody"}).split(0, 1).
		has("errors.0.id", "99", "errors.0.name", "Nobody", "errors.0.errors.id.0", "Entity with this ID not found")

	w.syncVendors(obj{"id": id, "name": "Both", "origin_id": "01|NEW02"}).split(1, 0).
		has("entities.0.origin_id", "01|NEW02")
	if _, known := w.sim.Record(kindVendors, "01|NEW01"); known {
		t.Error("the old origin id still leads somewhere")
	}
	w.syncVendors(obj{"id": id, "name": "Cleared", "origin_id": nil}).split(1, 0).
		has("entities.0.origin_id", "null", "entities.0.synced_to_erp", "false")
	w.syncVendors(obj{"id": fmt.Sprint(id), "name": "Id as text"}).split(1, 0).
		has("entities.0.id", fmt.Sprint(id))
}

func TestSyncOriginTakenByAnother(t *testing.T) {
	w := newWorld(t)
	w.syncVendors(obj{"id": 7001, "origin_id": "01|BOND02"}).split(0, 1).
		has("errors.0.origin_id", "01|BOND02").
		contains("already used by another vendor of this company")
	w.syncVendors(obj{"id": 7001, "origin_id": 5}).split(0, 1).
		contains("must be a string or null")
	w.shows(kindVendors, "01|BOND02", "name", "Bond Steel")
	w.shows(kindVendors, "01|ACME01", "name", "Acme Concrete")
}

// TestOriginIsUniqueAcrossProjects: the documented reason why cost codes need composite origin ids.
func TestOriginIsUniqueAcrossProjects(t *testing.T) {
	w := newWorld(t)
	other := w.syncProjects(obj{"name": "Second", "project_number": "1002", "origin_id": "01|1002"}).made()
	path := fmt.Sprintf("%s/sync?project_id=%d", codesPath, other)
	w.sync(path, []obj{{"code": "01-100", "name": "Same code", "origin_id": "01|1001|01-100"}}).is(http.StatusOK).
		split(0, 1).
		contains("already used by another cost_code of this company")
	w.sync(path, []obj{{"code": "01-100", "name": "Same code", "origin_id": "01|1002|01-100"}}).is(http.StatusOK).
		split(1, 0)
	w.sync(path, []obj{{"id": demoCode, "name": "Not of this project"}}).is(http.StatusOK).
		split(0, 1).
		has("errors.0.errors.id.0", "Entity with this ID not found")
}

// TestOriginIsPerType: one origin id may stand on records of different types.
func TestOriginIsPerType(t *testing.T) {
	w := newWorld(t)
	w.syncTypes(obj{"name": "Odd", "csv_import_code": "X", "origin_id": demoOrigin}).split(1, 0)
	w.syncVendors(obj{"name": "Odd", "origin_id": demoOrigin}).split(1, 0)
	w.shows(kindProjects, demoOrigin, "name", "Quay Street Apartments")
}

func TestSyncAnswersOKWhenAllRowsFail(t *testing.T) {
	w := newWorld(t)
	w.syncVendors(obj{"name": ""}, obj{"origin_id": "01|X"}, obj{"name": 5}).split(0, 3).
		has("errors.0.errors.name.0", "can't be blank",
			"errors.1.errors.name.0", "can't be blank",
			"errors.2.errors.name.0", "must be a string")
	w.syncVendors([]obj{}...).split(0, 0)
}

// TestSyncIsNotAtomic: good rows beside bad ones are kept.
func TestSyncIsNotAtomic(t *testing.T) {
	w := newWorld(t)
	w.syncVendors(
		obj{"name": "First", "origin_id": "01|A"},
		obj{"name": "", "origin_id": "01|B"},
		obj{"name": "Third", "origin_id": "01|C"},
	).split(2, 1).
		has("entities.0.origin_id", "01|A", "entities.1.origin_id", "01|C", "errors.0.origin_id", "01|B")
	w.shows(kindVendors, "01|C", "name", "Third")
	if _, known := w.sim.Record(kindVendors, "01|B"); known {
		t.Error("the refused row was kept")
	}
}

// TestRefusedRowChangesNothing: a row that fails in one column leaves the others alone.
func TestRefusedRowChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.syncVendors(obj{"id": 7001, "name": "Other", "city": "Perth", "is_active": "maybe"}).split(0, 1).
		has("errors.0.errors.is_active.0", "must be true or false")
	if r := w.shows(kindVendors, "01|ACME01", "name", "Acme Concrete"); r.Fields["city"] != "" {
		t.Errorf("city is %q", r.Fields["city"])
	}
}

func TestSyncRowLimit(t *testing.T) {
	w := newWorld(t)
	rows := make([]obj, 1001)
	for i := range rows {
		rows[i] = obj{"name": fmt.Sprint("V", i), "origin_id": fmt.Sprint("01|V", i)}
	}
	w.sync(vendorsPath+"/sync", rows).is(http.StatusRequestEntityTooLarge)
	if n := w.count(kindVendors); n != 6 {
		t.Errorf("%d vendors after a call that was too long", n)
	}
	w.syncVendors(rows[:1000]...).split(1000, 0)
	if n := w.count(kindVendors); n != 1006 {
		t.Errorf("%d vendors, want 1006", n)
	}
}

func TestSyncBodies(t *testing.T) {
	w := newWorld(t)
	for name, body := range map[string]string{
		"no company":    `{"updates":[]}`,
		"bare array":    `[{"company_id":1357908642,"name":"x"}]`,
		"no updates":    `{"company_id":1357908642}`,
		"object":        `{"company_id":1357908642,"updates":{}}`,
		"row no object": `{"company_id":1357908642,"updates":[5]}`,
		"torn":          `{"company_id":1357908642,"updates":[`,
	} {
		if a := w.rest(http.MethodPatch, vendorsPath+"/sync", body); a.status != http.StatusBadRequest {
			t.Errorf("%s: status %d, want 400; %s", name, a.status, a.body)
		}
	}
	w.rest(http.MethodPatch, vendorsPath+"/sync", `{"company_id":5,"updates":[]}`).is(http.StatusForbidden)
	w.rest(http.MethodPatch, ofCompany(vendorsPath+"/sync"), `{"updates":[]}`).is(http.StatusOK)
}

// TestUnknownColumns shows the three ways of the switch.
func TestUnknownColumns(t *testing.T) {
	w := newWorld(t)
	row := obj{"name": "New", "origin_id": "01|N", "colour": "red", "taste": "sweet"}
	w.syncVendors(row).split(0, 1).
		has("errors.0.errors.colour.0", "is not a known attribute", "errors.0.taste", "sweet")

	w.set(func(s *Settings) { s.UnknownColumns = "call" })
	w.sync(vendorsPath+"/sync", []obj{row}).is(http.StatusNotAcceptable)

	w.set(func(s *Settings) { s.UnknownColumns = "ignore" })
	w.syncVendors(row).split(1, 0).
		has("entities.0.colour", "absent")

	next := w.sim.Settings()
	next.UnknownColumns = "perhaps"
	refusedBy(t, w.sim.SetSettings(next), "unknown_columns")
}

func TestReverseEntities(t *testing.T) {
	w := newWorld(t, func(s *Settings) { s.ReverseEntities = true })
	w.syncVendors(obj{"name": "A", "origin_id": "a"}, obj{"name": "B", "origin_id": "b"}).
		has("entities.0.origin_id", "b", "entities.1.origin_id", "a")
}

// TestRowFaultsOfImports: rows are refused by origin id, on every kind of sync call.
func TestRowFaultsOfImports(t *testing.T) {
	w := newWorld(t)
	w.assign(centre(demoCode, demoTypeM))
	err := w.sim.SetFaults(
		Fault{Path: "vendors/sync", SyncRowError: &RowFault{OriginID: "01|BAD", Field: "name", Message: "is odd"}},
		Fault{Path: "erp_job_costs", SyncRowError: &RowFault{ItemType: itemJobCost, OriginID: "01|1001|01-100|M"}},
		Fault{Path: "cost_code_line", SyncRowError: &RowFault{OriginID: "01|1001|01-200|S"}},
		Fault{Path: "budget_line", SyncRowError: &RowFault{ItemType: itemBudgetLine}},
		Fault{Path: "staged_records", SyncRowError: &RowFault{OriginID: "01|STAGED"}},
	)
	if err != nil {
		t.Fatal(err)
	}
	w.syncVendors(obj{"name": "Good", "origin_id": "01|GOOD"}, obj{"name": "Bad", "origin_id": "01|BAD"}).split(1, 1).
		has("errors.0.errors.name.0", "is odd", "errors.0.origin_id", "01|BAD")
	w.syncJobCosts(centre(demoCode, demoTypeM, obj{"estimate": 5})).split(0, 1).
		contains("told to refuse this row")
	w.assign(centre(demoCode2, demoTypeS), centre(demoCode2, demoTypeM)).split(1, 1)
	w.budgetLines(obj{"wbs_code_id": wbs(demoCode, demoTypeM), "original_budget_amount": 5}).is(http.StatusUnprocessableEntity)
	w.stage(obj{"item_type": "vendor", "origin_id": "01|STAGED", "data": obj{"name": "x"}}).split(0, 1)
	for kind, want := range map[string]int{kindJobCosts: 0, kindAssignments: 2, kindBudgetLines: 0, kindStaged: 0} {
		if n := w.count(kind); n != want {
			t.Errorf("%d %s, want %d", n, kind, want)
		}
	}
}

func TestEndpointCounts(t *testing.T) {
	w := newWorld(t)
	w.sim.ResetEndpointCounts()
	if c := w.sim.ImportWrites(); c != (EndpointCount{}) {
		t.Fatalf("writes after a reset: %+v", c)
	}
	w.syncVendors(obj{"name": "A", "origin_id": "a"}, obj{"name": "", "origin_id": "b"})
	w.syncVendors(obj{"name": "A", "origin_id": "a"}, obj{"id": 7001, "city": "Perth"})
	w.sync(vendorsPath+"/sync", make([]obj, 1001)).is(http.StatusRequestEntityTooLarge)
	w.get(ofCompany(vendorsPath)).is(http.StatusOK)
	w.rest(http.MethodDelete, ofProject(codesPath+"/320112"), nil).is(http.StatusNoContent)

	counts := w.sim.EndpointCounts()
	want := EndpointCount{Calls: 3, Rows: 4, Refused: 1, Created: 1, Updated: 1, Unchanged: 1}
	if got := counts["PATCH /rest/v1.0/vendors/sync"]; got != want {
		t.Errorf("counts %+v, want %+v", got, want)
	}
	if got := counts["GET /rest/v1.0/vendors"]; got.Calls != 1 || got.Rows != 0 {
		t.Errorf("reads %+v", got)
	}
	total := w.sim.ImportWrites()
	if total.Calls != 4 || total.Rows != 4 || total.Created != 1 {
		t.Errorf("writes %+v: deletions count, reads do not", total)
	}
	w.sim.Reset()
	if n := len(w.sim.EndpointCounts()); n != 0 {
		t.Errorf("%d counts outlive a reset", n)
	}
}

// TestUnchangedRowsRaiseNoEvent: only a change is told to hooks.
func TestUnchangedRowsRaiseNoEvent(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, nil)
	w.hookOn(r, "v2.0", "Company Vendors", "update")
	w.syncVendors(obj{"id": 7001, "city": "Perth"})
	w.syncVendors(obj{"id": 7001, "city": "Perth"})
	w.syncVendors(obj{"id": 7001, "city": "Darwin"})
	w.settled()
	if n := len(r.all()); n != 2 {
		t.Fatalf("%d events, want 2", n)
	}
	for _, who := range r.field(t, "metadata.source_application_id") {
		if who != DefaultClientID {
			t.Errorf("source %s, want our own client", who)
		}
	}
}
