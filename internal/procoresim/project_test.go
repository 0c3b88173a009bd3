package procoresim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
)

func TestProjectColumns(t *testing.T) {
	w := newWorld(t)
	w.syncProjects(obj{
		"name": "Wharf Road", "project_number": "1002", "accounting_project_number": "1002", "active": true, "address": "2 Wharf Road", "city": "Sydney",
		"state_code": "NSW", "zip": "2000", "country_code": "AU", "description": "d", "start_date": "2026-01-05", "completion_date": "2027-13-40",
		"total_value": json.Number("1250000.50"), "time_zone": "Sydney", "phone": "02", "department_ids": []int{3}, "enable_copy_of_standard_cost_codes": false,
		"origin_id": "01|1002", "origin_data": "x",
	}).split(1, 0).
		has("entities.0.display_name", "1002 - Wharf Road", "entities.0.start_date", "2026-01-05", "entities.0.completion_date", "null",
			"entities.0.total_value", "1250000.50", "entities.0.is_erp_integrated", "true", "entities.0.origin_data", "x", "entities.0.active", "true")
	w.shows(kindProjects, "01|1002", "project_number", "1002", "total_value", "1250000.50", "time_zone", "Sydney")
	w.syncProjects(obj{"origin_id": "01|1002", "project_number": "1002A", "active": false}).split(1, 0).
		has("entities.0.name", "Wharf Road", "entities.0.project_number", "1002A", "entities.0.active", "false")
}

// TestTimeZonesAreProcoresOwn: IANA names are refused (documented).
func TestTimeZonesAreProcoresOwn(t *testing.T) {
	w := newWorld(t)
	for zone, ok := range map[string]bool{
		"Sydney": true, "Melbourne": true, "Canberra": true, "Hobart": true, "Brisbane": true, "Adelaide": true, "Darwin": true, "Perth": true,
		"Australia/Sydney": false, "sydney": false, "AEST": false, "+10:00": false,
	} {
		a := w.syncProjects(obj{"id": DemoProjectID, "time_zone": zone})
		if (a.len("entities") == 1) != ok {
			t.Errorf("%s: %s", zone, a.body)
		}
	}
}

func TestProjectRefusals(t *testing.T) {
	w := newWorld(t)
	for field, row := range map[string]obj{
		"name":         {"name": ""},
		"country_code": {"name": "x", "country_code": "AUS"},
		"total_value":  {"name": "x", "total_value": "1,000"},
		"start":        {"name": "x", "start": "2026-01-01"},
	} {
		w.syncProjects(row).split(0, 1).
			contains(fmt.Sprintf("%q:[", field))
	}
	w.set(func(s *Settings) { s.ForbiddenProjects = []int64{DemoProjectID} })
	w.syncProjects(obj{"id": DemoProjectID, "city": "Perth"}).split(0, 1).
		contains("Entity with this ID not found")
	w.get(projectsPath + "/2468").is(http.StatusForbidden)
}

func TestProjectList(t *testing.T) {
	w := newWorld(t)
	w.syncProjects(obj{"name": "Free", "project_number": "7"}, obj{"name": "Closed", "origin_id": "01|9", "active": false})
	list := ofCompany(projectsPath)
	w.get(list).is(http.StatusOK).has("#", "2", "0.id", "2468", "0.origin_id", demoOrigin, "1.is_erp_integrated", "false")
	for query, want := range map[string]string{
		"filters[by_status]=All":                   "3",
		"filters[by_status]=Inactive":              "1",
		"filters[by_status]=active":                "2",
		"filters[synced]=true":                     "1",
		"filters[synced]=false":                    "1",
		"filters[origin_id]=01|1001":               "1",
		"filters[id]=2468":                         "1",
		"filters[by_status]=All&page=2&per_page=2": "1",
	} {
		w.get(list+"&"+query).is(http.StatusOK).has("#", want)
	}
	w.get(projectsPath).is(http.StatusBadRequest)
}

func TestShowProject(t *testing.T) {
	w := newWorld(t)
	w.get(projectsPath+"/2468").is(http.StatusOK).has("id", "2468", "project_number", "1001", "is_erp_integrated", "true", "created_at", "2026-07-01T00:00:00Z")
	w.get(projectsPath + "/1").is(http.StatusNotFound)
	w.get(projectsPath + "/x").is(http.StatusNotFound)
}

func TestLinkedProjectIsLockedAgainstUsers(t *testing.T) {
	w := newWorld(t)
	body := obj{"company_id": DemoCompanyID, "project": obj{"name": "Edited"}}
	w.rest(http.MethodPatch, projectsPath+"/2468", body).is(http.StatusUnprocessableEntity)
	free := w.syncProjects(obj{"name": "Free"}).made()
	w.rest(http.MethodPatch, fmt.Sprintf("%s/%d", projectsPath, free), body).is(http.StatusOK).has("name", "Edited")
}

func TestProjectEvents(t *testing.T) {
	w := newWorld(t)
	made, changed := newReceiver(t, nil), newReceiver(t, nil)
	w.hookOn(made, "v2.0", "Projects", "create")
	w.hookOn(changed, "v2.0", "Projects", "update")
	id := w.syncProjects(obj{"name": "New", "origin_id": "01|N"}).made()
	w.syncProjects(obj{"origin_id": "01|N", "origin_data": "only the link changed"})
	w.settled()
	if got := made.field(t, "resource_id"); len(got) != 1 || got[0] != fmt.Sprint(id) {
		t.Errorf("created %v", got)
	}
	if got := changed.field(t, "resource_id"); len(got) != 1 || got[0] != fmt.Sprint(id) {
		t.Errorf("changed %v", got)
	}
}

func TestSeedOfProjectFields(t *testing.T) {
	w := newWorld(t)
	err := w.sim.Seed(Seed{Projects: []Project{{Name: "Seeded", OriginID: "01|S", Fields: map[string]json.RawMessage{"city": quoted("Perth")}}}})
	if err != nil {
		t.Fatal(err)
	}
	w.shows(kindProjects, "01|S", "city", "Perth")
	refusedBy(t, w.sim.Seed(Seed{Projects: []Project{{Name: "Odd", Fields: map[string]json.RawMessage{"time": quoted("now")}}}}), "time")
}
