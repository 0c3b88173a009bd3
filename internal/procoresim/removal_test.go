package procoresim

import (
	"fmt"
	"net/http"
	"testing"
)

func one(path string, id int64) string { return fmt.Sprintf("%s/%d", path, id) }

func (w *world) remove(path string) answer {
	w.t.Helper()
	return w.rest(http.MethodDelete, path, nil)
}

func TestDeleteStandardCode(t *testing.T) {
	w := newWorld(t)
	section, code := w.record(kindStandardCodes, "01-000").ID, w.record(kindStandardCodes, "01-100").ID
	w.remove(ofCompany(one(standardPath, section))).is(http.StatusUnprocessableEntity).contains("in use")
	w.remove(ofCompany(one(standardPath, code))).is(http.StatusNoContent)
	w.remove(ofCompany(one(standardPath, code))).is(http.StatusNotFound)
	w.remove(ofCompany(standardPath + "/x")).is(http.StatusNotFound)
	w.remove(one(standardPath, section)).is(http.StatusBadRequest)
	if w.sim.OriginID(itemStandardCode, code) != "" {
		t.Error("its origin id is still taken")
	}
}

func TestDeleteCostType(t *testing.T) {
	w := demoWorld(t)
	w.remove(ofCompany(one(typesPath, demoTypeM))).is(http.StatusUnprocessableEntity) // on a line of an order
	w.remove(ofCompany(one(typesPath, 330_101))).is(http.StatusNoContent)
	w.remove(ofCompany(one(typesPath, 330_101))).is(http.StatusNotFound)
	w.remove(typesPath + "/x").is(http.StatusNotFound)
	w.syncTypes(obj{"name": "Labour", "csv_import_code": "L", "origin_id": "L"}).split(1, 0)
}

// TestCostTypeInUse: each kind of record holds its cost type.
func TestCostTypeInUse(t *testing.T) {
	for name, use := range map[string]func(*world){
		"assignment": func(w *world) { w.assign(centre(demoCode, demoTypeS)) },
		"direct cost line": func(w *world) {
			id := w.syncCosts(cost("a", "1")).made()
			w.syncCostLines(centre(demoCode, demoTypeS, obj{"direct_cost_id": id})).split(1, 0)
		},
		"prime contract line": func(w *world) {
			id := w.newPrime(obj{"title": "x"})
			w.sync(primeLines(id, "/sync"), []obj{centre(demoCode, demoTypeS, obj{"amount": 1})}).split(1, 0)
		},
	} {
		w := newWorld(t)
		use(w)
		if a := w.remove(ofCompany(one(typesPath, demoTypeS))); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, a.status)
		}
		w.remove(ofCompany(one(typesPath, demoTypeM))).is(http.StatusNoContent)
	}
}

func TestDeleteCostCode(t *testing.T) {
	w := demoWorld(t)
	w.assign(centre(demoCode2, demoTypeM))
	w.syncJobCosts(centre(demoCode2, demoTypeM, obj{"estimate": 1}))
	w.remove(ofProject(one(codesPath, demoSection))).is(http.StatusUnprocessableEntity) // codes below it
	w.remove(ofProject(one(codesPath, demoCode))).is(http.StatusUnprocessableEntity)    // on a line of a subcontract
	w.remove(ofProject(one(codesPath, demoCode2))).is(http.StatusNoContent)
	if w.count(kindAssignments) != 0 || w.count(kindJobCosts) != 0 || w.count(kindCostCodes) != 23 {
		t.Errorf("counts %v", w.sim.Counts())
	}
	w.get(inProject("/work_breakdown_structure/wbs_codes")).is(http.StatusOK).has("#", "0")
	w.remove(ofProject(one(codesPath, demoCode2))).is(http.StatusNotFound)
	w.remove(one(codesPath, demoCode)).is(http.StatusBadRequest)
	w.remove(ofProject(codesPath + "/x")).is(http.StatusNotFound)
}

// TestCostCodeInUse: a budget line holds its code, and the assignment it stands on.
func TestCostCodeInUse(t *testing.T) {
	w := budgetWorld(t)
	w.budgetLines(budgetRowFor(demoCode, demoTypeM, "1.00")).is(http.StatusOK)
	w.remove(ofProject(one(codesPath, demoCode))).is(http.StatusUnprocessableEntity)
	held, free := w.record(kindAssignments, "01|1001|01-100|M").ID, w.record(kindAssignments, "01|1001|01-100|S").ID
	w.remove(ofProject(one(unassignPath, held))).is(http.StatusUnprocessableEntity)
	w.remove(ofProject(one(unassignPath, free))).is(http.StatusNoContent)
}

func TestDeletePairs(t *testing.T) {
	w := newWorld(t)
	assignment := w.assign(centre(demoCode, demoTypeM)).made()
	jobCost := w.syncJobCosts(centre(demoCode, demoTypeM, obj{"estimate": 1})).made()
	other := w.syncProjects(obj{"name": "Second", "origin_id": "01|1002"}).made()

	w.remove(one(unassignPath, assignment)).is(http.StatusBadRequest)
	w.remove(fmt.Sprintf("%s?project_id=%d", one(unassignPath, assignment), other)).is(http.StatusNotFound)
	w.remove(ofProject(one(assignPath, assignment))).is(http.StatusNotFound) // the other plural
	w.remove(ofProject(unassignPath + "/x")).is(http.StatusNotFound)

	w.remove(ofProject(one(unassignPath, assignment))).is(http.StatusNoContent)
	w.remove(ofProject(one(unassignPath, assignment))).is(http.StatusNotFound)
	w.remove(ofProject(one(jobCostsPath, jobCost))).is(http.StatusNoContent)
	w.remove(ofProject(one(jobCostsPath, jobCost))).is(http.StatusNotFound)
	if w.count(kindAssignments) != 0 || w.count(kindJobCosts) != 0 {
		t.Errorf("counts %v", w.sim.Counts())
	}
	if again := w.assign(centre(demoCode, demoTypeM)).made(); again == assignment {
		t.Error("a deleted assignment came back under its id")
	}
}

func TestDeleteEvents(t *testing.T) {
	w := newWorld(t, func(s *Settings) { s.CompanyHookProjectEvent = true })
	codes, types := newReceiver(t, nil), newReceiver(t, nil)
	w.hookOn(codes, "v2.0", "Cost Codes", "delete")
	w.hookOn(types, "v2.0", "Line Item Types", "delete")
	w.remove(ofProject(one(codesPath, demoCode))).is(http.StatusNoContent)
	w.remove(ofCompany(one(typesPath, demoTypeS))).is(http.StatusNoContent)
	w.settled()
	if got := codes.field(t, "resource_id"); len(got) != 1 || got[0] != fmt.Sprint(demoCode) {
		t.Errorf("codes %v", got)
	}
	if got := types.field(t, "resource_id"); len(got) != 1 || got[0] != fmt.Sprint(demoTypeS) {
		t.Errorf("types %v", got)
	}
}
