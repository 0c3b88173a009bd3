package procoresim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// listed is a list that pages, with more than one record.
type listed struct {
	path  string
	total int
}

func importLists(w *world) []listed {
	prime := w.record(kindPrimes, "p").ID
	w.sync(primeLines(prime, "/sync"), []obj{{"amount": 1, "origin_id": "pl2"}}).is(http.StatusOK)
	w.newPrime(obj{"title": "Second"})
	w.budgetLines(budgetRowFor(demoCode, demoTypeS, "1.00")).is(http.StatusOK)
	view := w.get(ofProject("/rest/v1.0/budget_views")).text("0.id")
	return []listed{
		{ofCompany(vendorsPath), 8},
		{ofCompany(taxCodesPath), 2},
		{ofCompany(codeListsPath), 2},
		{ofCompany(standardPath) + fmt.Sprint("&standard_cost_code_list_id=", demoList), 24},
		{ofCompany(typesPath), 3},
		{ofProject(codesPath), 26},
		{ofProject(assignPath), 3},
		{ofProject(jobCostsPath), 2},
		{inProject("/work_breakdown_structure/wbs_codes") + "?x=1", 3},
		{costsPath("") + "?x=1", 2},
		{costsPath("/line_items") + "?x=1", 2},
		{ofProject(primesPath), 2},
		{primeLines(prime, ""), 2},
		{ofProject("/rest/v1.0/budget_views/" + view + "/detail_rows"), 2},
		{stagedPath("?item_type=vendor"), 2},
	}
}

// TestEveryListPages: headers as documented, each record once, in a steady order.
func TestEveryListPages(t *testing.T) {
	w := filledWorld(t, false)
	for _, list := range importLists(w) {
		seen := map[string]bool{}
		pages := 0
		for page := 1; ; page++ {
			a := w.get(fmt.Sprintf("%s&per_page=1&page=%d", list.path, page)).is(http.StatusOK)
			if a.header.Get("Total") != fmt.Sprint(list.total) || a.header.Get("Per-Page") != "1" {
				t.Fatalf("%s: headers %v, want %d", list.path, a.header, list.total)
			}
			for i := range a.len0() {
				id := a.text(fmt.Sprintf("%d.id", i))
				if seen[id] {
					t.Errorf("%s: %s comes twice", list.path, id)
				}
				seen[id] = true
			}
			pages++
			if !strings.Contains(a.header.Get("Link"), `rel="next"`) {
				break
			}
		}
		if len(seen) != list.total || pages != list.total {
			t.Errorf("%s: %d records on %d pages, want %d", list.path, len(seen), pages, list.total)
		}
		w.get(list.path + "&page=0").is(http.StatusBadRequest)
		w.get(list.path+"&page=99").is(http.StatusOK).has("#", "0")
	}
}

// len0 is the length of a bare array.
func (a answer) len0() int { a.t.Helper(); return int(a.num("#")) }

// TestListsAskTheSettings: without per_page a list has the page size of the settings, and at most 2,000.
func TestListsAskTheSettings(t *testing.T) {
	w := newWorld(t, func(s *Settings) { s.DefaultPerPage = 4 })
	for path, most := range map[string]string{ofCompany(vendorsPath): "2000", ofProject(codesPath): "2000", ofCompany(taxCodesPath): "100"} {
		if got := w.get(path).header.Get("Per-Page"); got != "4" {
			t.Errorf("%s: %s a page, want 4", path, got)
		}
		if got := w.get(path + "&per_page=5000").header.Get("Per-Page"); got != most {
			t.Errorf("%s: %s a page, want %s", path, got, most)
		}
	}
}

// TestForbiddenProjectsOfImports: permission is lost project by project, and only there.
func TestForbiddenProjectsOfImports(t *testing.T) {
	w := newWorld(t, func(s *Settings) { s.ForbiddenProjects = []int64{DemoProjectID} })
	for _, ep := range importPaths() {
		path := concrete(ep.Path)
		var body any = obj{"company_id": DemoCompanyID, "updates": []obj{}, "job_origin_id": demoOrigin, "project_id": DemoProjectID,
			"budget_line_items": []obj{}, "prime_contract": obj{"title": "x"}, "cost_code": obj{}, "vendor": obj{}, "project": obj{}}
		scoped := !strings.Contains(path, "/companies/")
		for _, free := range []string{vendorsPath, taxCodesPath, standardPath, codeListsPath, typesPath} {
			scoped = scoped && !strings.HasPrefix(path, free)
		}
		if path == projectsPath || path == projectsPath+"/sync" || path == projectsPath+"/5" {
			scoped = false
		}
		if ep.Method == http.MethodGet {
			body = nil
		}
		a := w.rest(ep.Method, ofProject(path), body)
		if (a.status == http.StatusForbidden) != scoped && a.status != http.StatusForbidden {
			t.Errorf("%s %s: status %d; %s", ep.Method, ep.Path, a.status, a.body)
		}
		if scoped && a.status != http.StatusForbidden {
			t.Errorf("%s %s: status %d, want 403", ep.Method, ep.Path, a.status)
		}
	}
}

// TestProjectsOfOthersAreNotThere: a project that is none of ours is 404 on every path that names one.
func TestProjectsOfOthersAreNotThere(t *testing.T) {
	w := newWorld(t)
	for _, ep := range importPaths() {
		if !strings.Contains(ep.Path, ":project/") {
			continue
		}
		path := strings.Replace(concrete(ep.Path), fmt.Sprint(DemoProjectID), "77", 1)
		if a := w.rest(ep.Method, path, `{"updates":[]}`); a.status != http.StatusNotFound {
			t.Errorf("%s %s: status %d", ep.Method, ep.Path, a.status)
		}
	}
}

// TestFaultsByManagement: the switches of a row fault have names of their own in JSON.
func TestFaultsByManagement(t *testing.T) {
	w := newWorld(t)
	order := obj{"faults": []obj{{"path": "vendors/sync", "sync_row_error": obj{"item_type": "vendor", "origin_id": "01|BAD", "message": "no"}}}}
	w.control(http.MethodPut, "/sim/faults", order).is(http.StatusOK)
	w.syncVendors(obj{"name": "Good", "origin_id": "01|GOOD"}, obj{"name": "Bad", "origin_id": "01|BAD"}).split(1, 1).
		has("errors.0.errors.origin_id.0", "no")
	w.control(http.MethodPut, "/sim/faults", obj{"faults": []obj{{"sync_row_error": obj{"origin": "x"}}}}).is(http.StatusBadRequest)
}

// TestHundredBadRows: they are told by name, and nothing else is missing.
func TestHundredBadRows(t *testing.T) {
	w := newWorld(t)
	var faults []Fault
	rows := make([]obj, 1000)
	for i := range rows {
		origin := fmt.Sprintf("01|V%03d", i)
		rows[i] = obj{"name": origin, "origin_id": origin}
		if i%10 == 7 {
			faults = append(faults, Fault{Path: "vendors/sync", SyncRowError: &RowFault{OriginID: origin, Field: "name", Message: "bad row " + origin}})
		}
	}
	if err := w.sim.SetFaults(faults...); err != nil {
		t.Fatal(err)
	}
	a := w.syncVendors(rows...).split(900, 100)
	var told struct {
		Errors []struct {
			Origin string              `json:"origin_id"`
			Errors map[string][]string `json:"errors"`
		} `json:"errors"`
	}
	if err := json.Unmarshal(a.body, &told); err != nil {
		t.Fatal(err)
	}
	for i, row := range told.Errors {
		origin := fmt.Sprintf("01|V%03d", i*10+7)
		if row.Origin != origin || len(row.Errors["name"]) != 1 || row.Errors["name"][0] != "bad row "+origin {
			t.Errorf("row %d: %+v, want %s", i, row, origin)
		}
	}
	if err := w.sim.SetFaults(); err != nil {
		t.Fatal(err)
	}
	w.syncVendors(rows...).split(1000, 0)
	if n := w.count(kindVendors); n != 1006 {
		t.Errorf("%d vendors, want 1006", n)
	}
}
