package procoresim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Paths of imports, as the tests call them.
const (
	vendorsPath     = "/rest/v1.0/vendors"
	projectsPath    = "/rest/v1.0/projects"
	standardPath    = "/rest/v1.0/standard_cost_codes"
	codeListsPath   = "/rest/v1.0/standard_cost_code_lists"
	typesPath       = "/rest/v1.0/line_item_types"
	codesPath       = "/rest/v1.0/cost_codes"
	assignPath      = "/rest/v1.0/cost_code_line_item_types"
	unassignPath    = "/rest/v1.0/cost_codes_line_item_types"
	jobCostsPath    = "/rest/v1.0/erp_job_costs"
	budgetLinesPath = "/rest/v1.0/budget_line_items/sync"
	taxCodesPath    = "/rest/v1.0/tax_codes"
	primePath       = "/rest/v1.0/prime_contract"
	primesPath      = "/rest/v1.0/prime_contracts"
)

// Records of the demo that imports stand on.
const (
	demoOrigin  = "01|1001"
	demoSection = 320_110 // 01-000
	demoCode    = 320_111 // 01-100
	demoCode2   = 320_112 // 01-200
	demoTypeM   = 330_102
	demoTypeS   = 330_103
	demoList    = 310_001 // the ERP list
)

func ofCompany(path string) string { return fmt.Sprintf("%s?company_id=%d", path, DemoCompanyID) }

func ofProject(path string) string { return fmt.Sprintf("%s?project_id=%d", path, DemoProjectID) }

func inProject(path string) string { return fmt.Sprintf("%s/%d%s", projectsPath, DemoProjectID, path) }

func costsPath(path string) string { return inProject("/direct_costs" + path) }

func stagedPath(path string) string { return company("/staged_records" + path) }

// sync sends rows with the company beside them, and whatever more says.
func (w *world) sync(path string, rows []obj, more ...obj) answer {
	w.t.Helper()
	body := obj{"company_id": DemoCompanyID, "updates": rows}
	for _, m := range more {
		for name, value := range m {
			body[name] = value
		}
	}
	return w.rest(http.MethodPatch, path, body)
}

func (w *world) syncVendors(rows ...obj) answer {
	w.t.Helper()
	return w.sync(vendorsPath+"/sync", rows).is(http.StatusOK)
}

func (w *world) syncProjects(rows ...obj) answer {
	w.t.Helper()
	return w.sync(projectsPath+"/sync", rows).is(http.StatusOK)
}

func (w *world) syncStandard(rows ...obj) answer {
	w.t.Helper()
	return w.sync(standardPath+"/sync", rows, obj{"standard_cost_code_list_id": demoList}).is(http.StatusOK)
}

func (w *world) syncTypes(rows ...obj) answer {
	w.t.Helper()
	return w.sync(typesPath+"/sync", rows).is(http.StatusOK)
}

func (w *world) syncCodes(rows ...obj) answer {
	w.t.Helper()
	return w.sync(ofProject(codesPath+"/sync"), rows).is(http.StatusOK)
}

func (w *world) assign(rows ...obj) answer {
	w.t.Helper()
	return w.sync(ofProject(assignPath+"/sync"), rows).is(http.StatusOK)
}

func (w *world) syncJobCosts(rows ...obj) answer {
	w.t.Helper()
	return w.sync(jobCostsPath+"/sync", rows, obj{"job_origin_id": demoOrigin}).is(http.StatusOK)
}

func (w *world) syncTaxCodes(rows ...obj) answer {
	w.t.Helper()
	return w.sync(taxCodesPath+"/sync", rows).is(http.StatusOK)
}

func (w *world) syncCosts(rows ...obj) answer {
	w.t.Helper()
	return w.sync(costsPath("/sync"), rows).is(http.StatusOK)
}

func (w *world) syncCostLines(rows ...obj) answer {
	w.t.Helper()
	return w.sync(costsPath("/line_items/sync"), rows).is(http.StatusOK)
}

func (w *world) budgetLines(rows ...obj) answer {
	w.t.Helper()
	return w.rest(http.MethodPost, budgetLinesPath, obj{"project_id": DemoProjectID, "budget_line_items": rows})
}

func (w *world) stage(rows ...obj) answer {
	w.t.Helper()
	return w.sync(stagedPath("/sync"), rows).is(http.StatusOK)
}

// centre names a cost code and type of the demo.
func centre(code, kind int64, more ...obj) obj {
	row := obj{"cost_code_id": code, "line_item_type_id": kind}
	for _, m := range more {
		for name, value := range m {
			row[name] = value
		}
	}
	return row
}

// wbs is the budget code of such a pair.
func wbs(code, kind int64) int64 { return wbsID(pair{code, kind}) }

// split checks how many rows were taken and how many refused.
func (a answer) split(taken, refused int) answer {
	a.t.Helper()
	return a.has("entities.#", fmt.Sprint(taken), "errors.#", fmt.Sprint(refused))
}

// made is the id of the first entity.
func (a answer) made() int64 {
	a.t.Helper()
	a.split(a.len("entities"), 0)
	return a.num("entities.0.id")
}

func (a answer) len(path string) int { a.t.Helper(); return int(a.num(path + ".#")) }

// state finds one imported record by its origin id.
func (w *world) record(kind, origin string) Record {
	w.t.Helper()
	r, known := w.sim.Record(kind, origin)
	if !known {
		w.t.Fatalf("no record %s among %s", origin, kind)
	}
	return r
}

// shows checks columns of a record.
func (w *world) shows(kind, origin string, pairs ...string) Record {
	w.t.Helper()
	r := w.record(kind, origin)
	for i := 0; i < len(pairs); i += 2 {
		if r.Fields[pairs[i]] != pairs[i+1] {
			w.t.Errorf("%s %s: %s is %q, want %q", kind, origin, pairs[i], r.Fields[pairs[i]], pairs[i+1])
		}
	}
	return r
}

// count is the number of live records of a kind.
func (w *world) count(kind string) int { return w.sim.Counts()[kind] }

// requestData is the content of an ERP request, read over the API.
func (w *world) requestData(id int64) answer {
	w.t.Helper()
	return w.get(requestPath(id)).is(http.StatusOK)
}

// lastRequest is the newest ERP request.
func (w *world) lastRequest() Request {
	w.t.Helper()
	all := w.sim.Requests()
	if len(all) == 0 {
		w.t.Fatal("no ERP request")
	}
	return all[len(all)-1]
}

// refusedBy checks that an action failed because of a field or word.
func refusedBy(t testing.TB, err error, word string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), word) {
		t.Errorf("error %v, want one about %s", err, word)
	}
}

// connect makes the ERP connection with the entities enabled, each with its configs.
func (w *world) connect(entities map[string]obj) {
	w.t.Helper()
	on := obj{}
	for name, configs := range entities {
		on[name] = obj{"enabled": true, "configs": configs}
	}
	body := connectionOf(obj{"settings": obj{"labels": obj{"name": "Jobpac"}, "entities": on}})
	w.rest(http.MethodPost, connectionsPath, body).is(http.StatusCreated)
}

func switchedOn(names ...string) obj {
	configs := obj{}
	for _, name := range names {
		configs[name] = obj{"enabled": true}
	}
	return configs
}

// quoted is a text as JSON.
func quoted(text string) json.RawMessage {
	data, _ := json.Marshal(text)
	return data
}

// eventually polls a condition that another goroutine brings about.
func eventually(t testing.TB, holds func() bool) {
	t.Helper()
	deadline, tick := time.NewTimer(20*time.Second), time.NewTicker(time.Millisecond)
	defer deadline.Stop()
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatal("it never came to be")
		}
	}
}

// writers is how many writes of direct costs of a project are under way.
func (s *Sim) writers(project int64) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writing[fmt.Sprint(project)]
}
