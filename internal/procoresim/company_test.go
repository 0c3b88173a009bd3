package procoresim

import (
	"net/http"
	"testing"
)

func TestListProjects(t *testing.T) {
	w := newWorld(t)
	if err := w.sim.Seed(Seed{Projects: []Project{{ID: 2469, CompanyID: DemoCompanyID, Name: "Not yet linked", Number: "1002"}}}); err != nil {
		t.Fatal(err)
	}
	const list = "/rest/v1.0/projects?company_id=1357908642"
	a := w.get(list).is(http.StatusOK).has("#", "2", "0.id", "2468", "0.origin_id", "01|1001", "0.project_number", "1001", "1.origin_id", "null", "1.active", "true")
	if a.header.Get("Total") != "2" {
		t.Errorf("headers %v", a.header)
	}
	w.get(list+"&per_page=1&page=2").has("#", "1", "0.id", "2469")
	w.get(list+"&filters[origin_id]=01%7C1001").has("#", "1")
	w.get("/rest/v1.0/projects").is(http.StatusBadRequest)
	w.get("/rest/v1.0/projects?company_id=99").is(http.StatusForbidden)
}
