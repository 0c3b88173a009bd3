package procoresim

import (
	"fmt"
	"net/http"
	"testing"
)

// budgetWorld has two assigned cost types on one code and one on another.
func budgetWorld(t *testing.T, change ...func(*Settings)) *world {
	t.Helper()
	w := newWorld(t, change...)
	w.assign(centre(demoCode, demoTypeM), centre(demoCode, demoTypeS), centre(demoCode2, demoTypeS)).split(3, 0)
	return w
}

func budgetRowFor(code, kind int64, amount string) obj {
	return obj{"wbs_code_id": wbs(code, kind), "original_budget_amount": amount, "calculation_strategy": "manual"}
}

// TestBudgetLines: a bare array of lines, numbers instead of strings, no entities and errors.
func TestBudgetLines(t *testing.T) {
	w := budgetWorld(t)
	a := w.budgetLines(
		obj{"wbs_code_id": wbs(demoCode, demoTypeM), "original_budget_amount": "1000.50", "calculation_strategy": "manual", "quantity": nil, "uom": ""},
		obj{"wbs_code_id": wbs(demoCode, demoTypeS), "quantity": "10", "unit_cost": "12.345", "uom": "m2", "calculation_strategy": "automatic",
			"original_budget_amount": "1"},
	).is(http.StatusOK).
		has("#", "2", "0.wbs_code.id", fmt.Sprint(wbs(demoCode, demoTypeM)), "0.wbs_code.flat_code", "01-100.M", "0.quantity", "null", "1.uom", "m2")
	a.contains(`"original_budget_amount":1000.50`, `"original_budget_amount":123.45`)

	again := w.budgetLines(obj{"id": a.num("0.id"), "original_budget_amount": 7}).is(http.StatusOK).has("0.id", a.text("0.id"))
	again.contains(`"original_budget_amount":7`)
	if n := w.count(kindBudgetLines); n != 2 {
		t.Errorf("%d lines, want 2", n)
	}
	w.shows(kindBudgetLines, "01|1001|01-100|S", "original_budget_amount", "123.45", "uom", "m2")
}

// TestBudgetLineWithoutIDIsANewOne: there is no origin id to find the first by.
func TestBudgetLineWithoutIDIsANewOne(t *testing.T) {
	w := budgetWorld(t)
	row := budgetRowFor(demoCode, demoTypeM, "5.00")
	w.budgetLines(row).is(http.StatusOK)
	w.budgetLines(row).is(http.StatusOK)
	if n := w.count(kindBudgetLines); n != 2 {
		t.Errorf("%d lines, want 2", n)
	}
	w.set(func(s *Settings) { s.BudgetSecondLine = "refuse" })
	w.budgetLines(row).is(http.StatusUnprocessableEntity).contains("has a budget line already")
}

func TestBudgetRefusals(t *testing.T) {
	w := budgetWorld(t)
	good := budgetRowFor(demoCode, demoTypeM, "5.00")
	for field, row := range map[string]obj{
		"wbs_code_id":            {"original_budget_amount": 5},
		"id":                     {"id": 5, "original_budget_amount": 5},
		"original_budget_amount": budgetRowFor(demoCode, demoTypeM, "much"),
		"calculation_strategy":   {"wbs_code_id": wbs(demoCode, demoTypeM), "calculation_strategy": "none"},
		"origin_id":              {"wbs_code_id": wbs(demoCode, demoTypeM), "origin_id": "x"},
	} {
		w.budgetLines(good, row).is(http.StatusUnprocessableEntity).
			contains(fmt.Sprintf("%q", field))
	}
	w.budgetLines(obj{"wbs_code_id": wbs(demoCode2, demoTypeM), "original_budget_amount": 5}).is(http.StatusUnprocessableEntity)
	if n := w.count(kindBudgetLines); n != 0 {
		t.Errorf("%d lines of refused calls", n)
	}
	w.set(func(s *Settings) { s.BudgetPartial = true })
	w.budgetLines(good, obj{"id": 5}).is(http.StatusUnprocessableEntity)
	if n := w.count(kindBudgetLines); n != 1 {
		t.Errorf("%d lines, want the one before the refused", n)
	}
}

func TestBudgetBodies(t *testing.T) {
	w := budgetWorld(t)
	for body, status := range map[string]int{
		`{"project_id":2468}`:                            http.StatusBadRequest,
		`{"budget_line_items":[]}`:                       http.StatusBadRequest,
		`{"project_id":5,"budget_line_items":[]}`:        http.StatusNotFound,
		`{"project_id":2468,"budget_line_items":[5]}`:    http.StatusBadRequest,
		`{"project_id":2468,"budget_line_items":[{"id":`: http.StatusBadRequest,
		`{"project_id":2468,"budget_line_items":[]}`:     http.StatusOK,
		`{"project_id":"2468","budget_line_items":[]}`:   http.StatusOK,
	} {
		w.rest(http.MethodPost, budgetLinesPath, body).is(status)
	}
	w.rest(http.MethodPatch, budgetLinesPath, `{}`).is(http.StatusNotFound)
	w.budgetLines(make([]obj, 1001)...).is(http.StatusRequestEntityTooLarge)
}

func TestLockedBudget(t *testing.T) {
	w := budgetWorld(t)
	id := w.budgetLines(budgetRowFor(demoCode, demoTypeM, "5.00")).num("0.id")
	w.get(inProject("/budget")).is(http.StatusOK).has("locked", "false", "project_id", "2468")
	w.rest(http.MethodPost, inProject("/budget/lock"), nil).is(http.StatusOK).has("locked", "true")

	w.budgetLines(obj{"id": id, "original_budget_amount": 6}).is(http.StatusUnprocessableEntity).contains("the budget is locked")
	w.budgetLines(budgetRowFor(demoCode, demoTypeS, "5.00")).is(http.StatusUnprocessableEntity)
	w.budgetLines(obj{"id": id, "uom": "ls", "original_budget_amount": "5.00"}).is(http.StatusOK).has("0.uom", "ls")

	w.rest(http.MethodDelete, inProject("/budget/lock"), nil).is(http.StatusOK).has("locked", "false")
	w.budgetLines(obj{"id": id, "original_budget_amount": 6}).is(http.StatusOK)
	if err := w.sim.LockBudget(DemoProjectID, true); err != nil {
		t.Fatal(err)
	}
	w.get(inProject("/budget")).has("locked", "true")
	refusedBy(t, w.sim.LockBudget(5, true), "project 5")
	w.get(projectsPath + "/5/budget").is(http.StatusNotFound)
}

func TestBudgetViews(t *testing.T) {
	w := budgetWorld(t)
	w.budgetLines(budgetRowFor(demoCode, demoTypeM, "1000.50"), budgetRowFor(demoCode2, demoTypeS, "2.00")).is(http.StatusOK)
	view := w.get(ofProject("/rest/v1.0/budget_views")).is(http.StatusOK).has("#", "1").text("0.id")
	rows := ofProject("/rest/v1.0/budget_views/"+view+"/detail_rows") + "&budget_row_type=budgeted"
	w.get(rows).is(http.StatusOK).has("#", "2", "0.wbs_code_id", fmt.Sprint(wbs(demoCode, demoTypeM)), "0.cost_code_id", "320111", "0.category_id", "330102",
		"0.original_budget_amount", "1000.50", "0.cost_code", "01-100", "0.budget_row_type", "budgeted")
	w.get(rows+"&per_page=1&page=2").has("#", "1", "0.cost_code", "01-200")
	w.get(ofProject("/rest/v1.0/budget_views/5/detail_rows")).is(http.StatusNotFound)
	w.get("/rest/v1.0/budget_views").is(http.StatusBadRequest)
}

// TestImportBudget: the approver takes the job costs' estimates as the budget.
func TestImportBudget(t *testing.T) {
	w := budgetWorld(t)
	w.syncJobCosts(
		centre(demoCode, demoTypeM, obj{"original_estimate": "100.00", "original_estimate_units": "4"}),
		centre(demoCode, demoTypeS, obj{"original_estimate": "50.00"}),
		centre(demoCode2, demoTypeS, obj{"job_to_date_cost": "9.00"}),
	).split(3, 0)
	w.budgetLines(budgetRowFor(demoCode, demoTypeM, "1.00")).is(http.StatusOK)

	request, err := w.sim.ImportBudget(DemoProjectID)
	if err != nil {
		t.Fatal(err)
	}
	w.requestData(request).has("request_name", "create_budget_in_procore", "request_data.project_origin_id", demoOrigin,
		"request_data.budget.project_id", "2468", "request_data.budget.synced", "false", "request_data.budget.origin_id", "null",
		"request_data.request_detail_id", "absent")
	w.shows(kindBudgetLines, "01|1001|01-100|M", "original_budget_amount", "100.00", "quantity", "4", "calculation_strategy", "manual")
	w.shows(kindBudgetLines, "01|1001|01-100|S", "original_budget_amount", "50.00")
	if n := w.count(kindBudgetLines); n != 2 {
		t.Errorf("%d budget lines, want 2: a cost without an estimate is no budget", n)
	}

	if err := w.sim.LockBudget(DemoProjectID, true); err != nil {
		t.Fatal(err)
	}
	_, err = w.sim.ImportBudget(DemoProjectID)
	refusedBy(t, err, "locked")
	_, err = w.sim.ImportBudget(5)
	refusedBy(t, err, "project 5")
}
