package procoresim

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// concrete fills the parameters of a path.
func concrete(path string) string {
	return strings.NewReplacer(":company", fmt.Sprint(DemoCompanyID), ":project", fmt.Sprint(DemoProjectID), ":id", "5").Replace(path)
}

// TestFrontDoorOfEveryImportPath: token, company, rate headers and ordered trouble are the same everywhere.
func TestFrontDoorOfEveryImportPath(t *testing.T) {
	w := newWorld(t)
	token := w.token
	for _, ep := range importPaths() {
		path, name := concrete(ep.Path), ep.Method+" "+ep.Path
		check := func(want int) answer {
			t.Helper()
			a := w.rest(ep.Method, path, "{}")
			if a.status != want {
				t.Errorf("%s: status %d, want %d; %s", name, a.status, want, a.body)
			}
			return a
		}
		w.token = "wrong"
		check(http.StatusUnauthorized)
		w.token = token
		w.header.Set("Procore-Company-Id", "999")
		check(http.StatusForbidden)
		w.header.Del("Procore-Company-Id")

		if err := w.sim.SetFaults(Fault{Method: ep.Method, Path: "^" + path + "$", StatusBefore: 503, RetryAfter: 7, Count: 1}); err != nil {
			t.Fatal(err)
		}
		a := check(http.StatusServiceUnavailable)
		if a.header.Get("Retry-After") != "7" || a.header.Get("X-Rate-Limit-Limit") == "" || a.header.Get("X-Rate-Limit-Reset") == "" {
			t.Errorf("%s: headers %v", name, a.header)
		}
		if a := w.rest(ep.Method, path, "{"); a.status == http.StatusInternalServerError || a.status == http.StatusServiceUnavailable {
			t.Errorf("%s: a torn body gives %d", name, a.status)
		}
	}
}

// TestRateLimitOfImports: a refused call does nothing.
func TestRateLimitOfImports(t *testing.T) {
	w := newWorld(t, func(s *Settings) { s.SpikeLimit = 2 })
	w.syncVendors(obj{"name": "A", "origin_id": "a"})
	w.syncVendors(obj{"name": "B", "origin_id": "b"})
	a := w.sync(vendorsPath+"/sync", []obj{{"name": "C", "origin_id": "c"}}).is(http.StatusTooManyRequests)
	if a.header.Get("Retry-After") == "" {
		t.Errorf("headers %v", a.header)
	}
	if n := w.count(kindVendors); n != 8 {
		t.Errorf("%d vendors", n)
	}
	if c := w.sim.EndpointCounts()["PATCH /rest/v1.0/vendors/sync"]; c.Calls != 2 {
		t.Errorf("counts %+v: a call over the limit is no use of the endpoint", c)
	}
}

// TestDoneButTheAnswerIsLost: the repeat is an update where there is an origin id, and a second record where there is none.
func TestDoneButTheAnswerIsLost(t *testing.T) {
	w := budgetWorld(t)
	for name, f := range map[string]Fault{
		"status": {StatusAfter: 502, Count: 1},
		"cut":    {CutAfter: true, Count: 1},
		"torn":   {BadJSON: true, Count: 1},
	} {
		if err := w.sim.SetFaults(f); err != nil {
			t.Fatal(err)
		}
		before := w.count(kindVendors)
		row := obj{"name": name, "origin_id": "01|" + name}
		req := w.restRequest(http.MethodPatch, vendorsPath+"/sync", obj{"company_id": DemoCompanyID, "updates": []obj{row}})
		if resp, err := w.client.Do(req); err == nil {
			err = resp.Body.Close()
			if name == "cut" || err != nil {
				t.Errorf("%s: answered %d, %v", name, resp.StatusCode, err)
			}
		}
		w.syncVendors(row).split(1, 0)
		if n := w.count(kindVendors); n != before+1 {
			t.Errorf("%s: %d vendors came of one", name, n-before)
		}
	}
	if err := w.sim.SetFaults(Fault{Path: "budget_line_items", StatusAfter: 502, Count: 1}); err != nil {
		t.Fatal(err)
	}
	w.budgetLines(budgetRowFor(demoCode, demoTypeM, "1.00")).is(502)
	w.budgetLines(budgetRowFor(demoCode, demoTypeM, "1.00")).is(http.StatusOK)
	if n := w.count(kindBudgetLines); n != 2 {
		t.Errorf("%d budget lines, want 2", n)
	}
}

// TestCutBeforeDoesNothing is the other way a connection breaks.
func TestCutBeforeDoesNothing(t *testing.T) {
	w := newWorld(t)
	if err := w.sim.SetFaults(Fault{Path: "vendors/sync", CutBefore: true, Count: 1}); err != nil {
		t.Fatal(err)
	}
	req := w.restRequest(http.MethodPatch, vendorsPath+"/sync", obj{"company_id": DemoCompanyID, "updates": []obj{{"name": "x"}}})
	if resp, err := w.client.Do(req); err == nil {
		t.Errorf("answered %d, %v", resp.StatusCode, resp.Body.Close())
	}
	if n := w.count(kindVendors); n != 6 {
		t.Errorf("%d vendors", n)
	}
}

// TestCompaniesDoNotSeeEachOther: ids and origin ids of another company are unknown, its origin ids are free.
func TestCompaniesDoNotSeeEachOther(t *testing.T) {
	w := newWorld(t)
	const other = 1_357_900_000
	err := w.sim.Seed(Seed{
		Companies:     []Company{{ID: other, Name: "Other", ERPList: true}},
		Vendors:       []Vendor{{ID: 8001, CompanyID: other, Name: "Theirs", OriginID: "01|THEIRS"}},
		Projects:      []Project{{ID: 9468, CompanyID: other, Name: "Theirs", OriginID: "01|2001"}},
		LineItemTypes: []LineItemType{{ID: 339_101, CompanyID: other, Code: "M", Name: "Theirs", OriginID: "TM"}},
		StandardCodes: []StandardCostCode{{ID: 319_001, CompanyID: other, Code: "1", Name: "Theirs"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.syncVendors(obj{"id": 8001, "name": "Taken over"}).split(0, 1)
	w.syncVendors(obj{"name": "Ours", "origin_id": "01|THEIRS"}).split(1, 0)
	w.syncProjects(obj{"id": 9468, "name": "x"}).split(0, 1)
	w.syncTypes(obj{"id": 339_101, "name": "x"}).split(0, 1)
	w.syncStandard(obj{"id": 319_001, "name": "x"}, obj{"code": "x", "name": "x", "parent_id": 319_001}).split(0, 2)
	w.syncCodes(obj{"code": "x", "name": "x", "standard_cost_code_id": 319_001}).split(0, 1)
	w.assign(centre(demoCode, 339_101)).split(0, 1)
	w.syncCosts(cost("x", "1", obj{"vendor_id": 8001})).split(0, 1)
	w.sync(jobCostsPath+"/sync", []obj{}, obj{"job_origin_id": "01|2001"}).is(http.StatusUnprocessableEntity)
	w.get(ofCompany(vendorsPath)).has("#", "7")
	w.get(ofCompany(projectsPath)).has("#", "1")
	w.get(ofCompany(typesPath)).has("#", "3")
	w.get(projectsPath + "/9468").is(http.StatusNotFound)
	w.remove(ofCompany(one(typesPath, 339_101))).is(http.StatusNotFound)
	w.remove(ofCompany(one(standardPath, 319_001))).is(http.StatusNotFound)

	staged := w.stagedID(stagedVendor("01|S", "S"))
	_, err = w.sim.LinkVendor(staged, 8001)
	refusedBy(t, err, "vendor 8001")
	_, err = w.sim.MergeVendors(7001, 8001)
	refusedBy(t, err, "no other vendor of the company")

	w.header.Set("Procore-Company-Id", fmt.Sprint(other))
	w.get(fmt.Sprintf("/rest/v1.0/companies/%d/staged_records/%d", other, staged)).is(http.StatusNotFound)
}

// TestImportsAtTheSameTime: many writers, one simulator, nothing lost. It is for the race detector.
func TestImportsAtTheSameTime(t *testing.T) {
	w := newWorld(t)
	const writers, rounds = 6, 10
	failed := make(chan error, writers)
	var wg sync.WaitGroup
	for n := range writers {
		wg.Go(func() { failed <- w.importRounds(n, rounds) })
	}
	wg.Wait()
	close(failed)
	for err := range failed {
		if err != nil {
			t.Error(err)
		}
	}
	if n := w.count(kindVendors); n != 6+writers*rounds {
		t.Errorf("%d vendors, want %d", n, 6+writers*rounds)
	}
	if n := w.count(kindStaged); n != writers*rounds {
		t.Errorf("%d staged records, want %d", n, writers*rounds)
	}
}

func (w *world) importRounds(writer, rounds int) error {
	for round := range rounds {
		origin := fmt.Sprintf("01|W%dR%d", writer, round)
		for path, row := range map[string]obj{vendorsPath + "/sync": {"name": origin, "origin_id": origin}, stagedPath("/sync"): stagedVendor(origin+"S", "x")} {
			resp, err := w.client.Do(w.restRequest(http.MethodPatch, path, obj{"company_id": DemoCompanyID, "updates": []obj{row}}))
			if err != nil {
				return err
			}
			if err := errors.Join(resp.Body.Close(), statusError(resp)); err != nil {
				return err
			}
		}
		if _, err := w.sim.Records(kindVendors, 0); err != nil {
			return err
		}
	}
	return nil
}

func statusError(resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return fmt.Errorf("%s: %d", resp.Request.URL.Path, resp.StatusCode)
}
