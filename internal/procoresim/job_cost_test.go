package procoresim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
)

func TestAssignments(t *testing.T) {
	w := newWorld(t)
	a := w.assign(centre(demoCode, demoTypeM, obj{"synced": true}), centre(demoCode, demoTypeS)).split(2, 0).
		has("entities.0.cost_code_id", "320111", "entities.0.line_item_type_id", "330102", "entities.0.synced", "true", "entities.1.synced", "false")
	again := w.assign(centre(demoCode, demoTypeM, obj{"synced": true}), centre(demoCode, demoTypeS, obj{"synced": true})).split(2, 0)
	if a.num("entities.0.id") != again.num("entities.0.id") || w.count(kindAssignments) != 2 {
		t.Error("a repeat made another assignment")
	}
	want := EndpointCount{Calls: 2, Rows: 4, Created: 2, Updated: 1, Unchanged: 1}
	if got := w.sim.EndpointCounts()["PATCH /rest/v1.0/cost_code_line_item_types/sync"]; got != want {
		t.Errorf("counts %+v, want %+v", got, want)
	}
	w.assign(obj{"id": a.num("entities.0.id"), "cost_code_id": demoCode, "line_item_type_id": demoTypeM, "synced": false}).split(1, 0)
	w.shows(kindAssignments, "01|1001|01-100|M", "synced", "false", "cost_code_id", "320111")
	w.get(ofProject(assignPath)).is(http.StatusOK).has("#", "2", "0.synced", "false", "1.synced", "true")
	w.get(ofProject(assignPath)+"&per_page=1&page=2").has("#", "1", "0.line_item_type_id", "330103")
}

func TestAssignmentRefusals(t *testing.T) {
	w := newWorld(t)
	id := w.assign(centre(demoCode, demoTypeM)).made()
	for field, row := range map[string]obj{
		"cost_code_id":      centre(5, demoTypeM),
		"line_item_type_id": centre(demoCode, 5),
		"synced":            centre(demoCode, demoTypeM, obj{"synced": "Y"}),
		"id":                centre(demoCode, demoTypeS, obj{"id": id}),
		"origin_id":         centre(demoCode, demoTypeM, obj{"origin_id": "x"}),
	} {
		w.assign(row).split(0, 1).
			contains(fmt.Sprintf("%q:[", field))
	}
	w.assign(obj{"line_item_type_id": demoTypeM}).split(0, 1).contains("cost_code_id")
	w.sync(assignPath+"/sync", []obj{}).is(http.StatusBadRequest)
}

// TestCodesOfAnotherProject: a pair belongs to one project.
func TestCodesOfAnotherProject(t *testing.T) {
	w := newWorld(t)
	other := w.syncProjects(obj{"name": "Second", "origin_id": "01|1002"}).made()
	w.sync(fmt.Sprintf("%s/sync?project_id=%d", assignPath, other), []obj{centre(demoCode, demoTypeM)}).is(http.StatusOK).
		split(0, 1).
		contains("does not exist in the project")
	w.sync(jobCostsPath+"/sync", []obj{centre(demoCode, demoTypeM)}, obj{"job_origin_id": "01|1002"}).is(http.StatusOK).
		split(0, 1)
}

func TestJobCosts(t *testing.T) {
	w := newWorld(t)
	w.assign(centre(demoCode, demoTypeM), centre(demoCode, demoTypeS))
	amounts := obj{}
	for i, col := range jobCostColumns().list {
		amounts[col.name] = json.Number(fmt.Sprintf("%d.50", i+1))
	}
	a := w.syncJobCosts(centre(demoCode, demoTypeM, amounts)).split(1, 0).
		has("entities.0.original_estimate", "1.50", "entities.0.percentage_complete", "20.50", "entities.0.project_id", "2468")
	a.contains(`"original_estimate":"1.50"`)
	for i, col := range jobCostColumns().list {
		w.shows(kindJobCosts, "01|1001|01-100|M", col.name, fmt.Sprintf("%d.50", i+1))
	}

	w.syncJobCosts(centre(demoCode, demoTypeM, obj{"estimate": "9.75", "open_balance": nil})).split(1, 0).
		has("entities.0.id", a.text("entities.0.id"), "entities.0.estimate", "9.75", "entities.0.open_balance", "null", "entities.0.original_estimate", "1.50")

	w.set(func(s *Settings) { s.DecimalsAsNumbers = true })
	w.get(ofProject(jobCostsPath)).is(http.StatusOK).has("#", "1").contains(`"estimate":9.75`)
}

// TestJobCostsAreIdempotent: a snapshot that is sent again changes nothing.
func TestJobCostsAreIdempotent(t *testing.T) {
	w := newWorld(t)
	w.assign(centre(demoCode, demoTypeM))
	w.sim.ResetEndpointCounts()
	row := centre(demoCode, demoTypeM, obj{"original_estimate": "1000.00", "job_to_date_cost": "12.34"})
	for range 3 {
		w.syncJobCosts(row).split(1, 0)
	}
	want := EndpointCount{Calls: 3, Rows: 3, Created: 1, Unchanged: 2}
	if got := w.sim.ImportWrites(); got != want {
		t.Errorf("writes %+v, want %+v", got, want)
	}
}

func TestJobCostRefusals(t *testing.T) {
	w := newWorld(t)
	w.assign(centre(demoCode, demoTypeM))
	for field, row := range map[string]obj{
		"cost_code_id":      centre(5, demoTypeM),
		"line_item_type_id": centre(demoCode, demoTypeS),
		"estimate":          centre(demoCode, demoTypeM, obj{"estimate": "much"}),
		"job_to_date_costs": centre(demoCode, demoTypeM, obj{"job_to_date_costs": 5}),
	} {
		w.syncJobCosts(row).split(0, 1).
			contains(fmt.Sprintf("%q:[", field))
	}
	w.syncJobCosts(centre(demoCode, demoTypeS)).contains("is not assigned to cost code")
	w.set(func(s *Settings) { s.JobCostNeedsAssignment = false })
	w.syncJobCosts(centre(demoCode, demoTypeS)).split(1, 0)

	w.sync(jobCostsPath+"/sync", []obj{}).is(http.StatusBadRequest).contains("job_origin_id")
	w.sync(jobCostsPath+"/sync", []obj{}, obj{"job_origin_id": "01|9999"}).is(http.StatusUnprocessableEntity)
	w.sync(jobCostsPath+"/sync", make([]obj, 1001), obj{"job_origin_id": demoOrigin}).is(http.StatusRequestEntityTooLarge)
	w.rest(http.MethodPatch, jobCostsPath+"/sync", obj{"job_origin_id": demoOrigin, "updates": []obj{}}).is(http.StatusBadRequest).contains("company_id")
	w.set(func(s *Settings) { s.ForbiddenProjects = []int64{DemoProjectID} })
	w.sync(jobCostsPath+"/sync", []obj{}, obj{"job_origin_id": demoOrigin}).is(http.StatusForbidden)
}

func TestUnknownColumnsOfPairsByCall(t *testing.T) {
	w := newWorld(t, func(s *Settings) { s.UnknownColumns = "call" })
	w.sync(ofProject(assignPath+"/sync"), []obj{centre(demoCode, demoTypeM), centre(demoCode, demoTypeS, obj{"odd": 1})}).is(http.StatusNotAcceptable)
	if n := w.count(kindAssignments); n != 0 {
		t.Errorf("%d assignments of a refused call", n)
	}
	w.assign(centre(demoCode, demoTypeM)).split(1, 0)
	w.sync(jobCostsPath+"/sync", []obj{centre(demoCode, demoTypeM, obj{"odd": 1})}, obj{"job_origin_id": demoOrigin}).is(http.StatusNotAcceptable)
}

// TestWBSCodes: one for each assignment, with the ids of its two halves.
func TestWBSCodes(t *testing.T) {
	w := newWorld(t)
	list := inProject("/work_breakdown_structure/wbs_codes")
	w.get(list).is(http.StatusOK).has("#", "0")
	w.assign(centre(demoCode, demoTypeM), centre(demoCode2, demoTypeS))
	w.get(list).is(http.StatusOK).has("#", "2",
		"0.id", fmt.Sprint(wbs(demoCode, demoTypeM)), "0.flat_code", "01-100.M", "0.status", "active", "0.budgeted", "false",
		"0.segment_items.0.id", "320111", "0.segment_items.0.segment.type", "cost_code", "0.segment_items.0.path_code", "01-100",
		"0.segment_items.1.id", "330102", "0.segment_items.1.segment.type", "line_item_type", "0.segment_items.1.code", "M")
	w.budgetLines(obj{"wbs_code_id": wbs(demoCode2, demoTypeS), "original_budget_amount": 1}).is(http.StatusOK)
	w.get(list+"?per_page=1&page=2").has("#", "1", "0.budgeted", "true")
	w.get(projectsPath + "/5/work_breakdown_structure/wbs_codes").is(http.StatusNotFound)
}
