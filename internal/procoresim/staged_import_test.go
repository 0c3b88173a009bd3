package procoresim

import (
	"fmt"
	"testing"
)

// stagedID stages a row and gives its id.
func (w *world) stagedID(row obj) int64 {
	w.t.Helper()
	return w.stage(row).split(1, 0).num("entities.0.id")
}

func (w *world) importOne(id int64) Imported {
	w.t.Helper()
	one, err := w.sim.ImportStaged(id)
	if err != nil {
		w.t.Fatal(err)
	}
	return one
}

func TestImportVendor(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, nil)
	w.hook(r, "v2.0")
	id := w.stagedID(stagedVendor("01|NEW01", "New", obj{"origin_data": "d", "data": obj{"name": "New", "city": "Perth", "is_active": false, "vendor_type_origin_id": "t"}}))
	one := w.importOne(id)
	w.shows(kindVendors, "01|NEW01", "name", "New", "city", "Perth", "is_active", "false")
	if v := w.record(kindVendors, "01|NEW01"); v.ID != one.RecordID || v.OriginCode != "NEW01" || v.OriginData != "d" || one.StagedID != id {
		t.Errorf("vendor %+v of %+v", v, one)
	}
	w.requestData(one.RequestID).has("request_name", "create_vendor_in_procore",
		"request_data.vendor.id", fmt.Sprint(one.RecordID), "request_data.vendor.origin_id", "01|NEW01",
		"request_data.company_id", fmt.Sprint(DemoCompanyID), "request_data.request_detail_id", "absent")
	if q := w.lastRequest(); q.DetailID != 0 || q.Status != "" {
		t.Errorf("a request without a detail: %+v", q)
	}
	w.get(stagedPath("?item_type=vendor")).has("0.status", "imported")
	w.settled()
	if got := r.field(t, "resource_id"); len(got) != 1 || got[0] != fmt.Sprint(one.RequestID) {
		t.Errorf("webhooks %v", got)
	}

	_, err := w.sim.ImportStaged(id)
	refusedBy(t, err, "only a staged record")
	w.stage(stagedVendor("01|NEW01", "Staged again")).has("entities.0.status", "imported")
	w.shows(kindVendors, "01|NEW01", "name", "New")
}

func TestImportProject(t *testing.T) {
	w := newWorld(t)
	id := w.stagedID(obj{"item_type": "project", "origin_id": "01|1002", "origin_code": "1002", "origin_data": "d", "data": obj{
		"name": "Wharf Road", "project_number": "1002", "accounting_project_number": "1002", "city": "Sydney", "country_code": "AU", "state_code": "NSW",
		"estimated_start_date": "2026-01-05", "estimated_completion_date": "2027-01-05", "estimated_value": "1000.50"}})
	one := w.importOne(id)
	w.shows(kindProjects, "01|1002", "name", "Wharf Road", "project_number", "1002", "start_date", "2026-01-05", "completion_date", "2027-01-05",
		"total_value", "1000.50", "estimated_value", "", "city", "Sydney")
	w.requestData(one.RequestID).has("request_name", "create_job_in_procore",
		"request_data.project.id", fmt.Sprint(one.RecordID), "request_data.project.name", "Wharf Road", "request_data.project.origin_id", "01|1002",
		"request_data.project.origin_code", "1002", "request_data.project.origin_data", "d", "request_data.company_id", fmt.Sprint(DemoCompanyID))
	w.get(fmt.Sprintf("%s/%d", projectsPath, one.RecordID)).has("is_erp_integrated", "true")
}

func TestImportPrimeContract(t *testing.T) {
	w := newWorld(t, func(s *Settings) { s.CompanyHookProjectEvent = true })
	r := newReceiver(t, nil)
	w.hookOn(r, "v2.0", "Prime Contracts", "create")
	requests := len(w.sim.Requests())
	bare := obj{"item_type": "line_item", "origin_id": "l3", "data": obj{"amount": "1"}}
	id := w.stagedID(stagedPrime(stagedLine("l1", "10.00"), stagedLine("l2", "20.50"), bare))
	one := w.importOne(id)
	w.shows(kindPrimes, demoOrigin, "title", "Head contract", "number", "1001")
	w.shows(kindPrimeLines, "l1", "amount", "10.00", "cost_code_id", "320111", "line_item_type_id", "330102", "position", "1")
	w.get(onePrime(one.RecordID)).has("grand_total", "30.50", "origin_id", demoOrigin)
	if len(w.sim.Requests()) != requests || one.RequestID != 0 {
		t.Error("an ERP request for which no name is documented")
	}
	w.settled()
	if got := r.field(t, "resource_id"); len(got) != 1 || got[0] != fmt.Sprint(one.RecordID) {
		t.Errorf("webhooks %v", got)
	}

	w.stage(stagedPrime(stagedLine("l1", "99.00"), stagedLine("l4", "5.00"))).has("entities.0.status", "imported", "entities.0.children.3.status", "staged")
	if again := w.importOne(id); again.RecordID != one.RecordID {
		t.Errorf("imported again as %d", again.RecordID)
	}
	w.get(onePrime(one.RecordID)).has("grand_total", "35.50")
	if n := w.count(kindPrimes); n != 1 {
		t.Errorf("%d prime contracts", n)
	}
}

func TestImportRefusals(t *testing.T) {
	w := newWorld(t)
	_, err := w.sim.ImportStaged(5)
	refusedBy(t, err, "staged record 5")

	taken := w.stagedID(stagedVendor("01|NEW01", "New"))
	w.syncVendors(obj{"name": "Faster", "origin_id": "01|NEW01"})
	_, err = w.sim.ImportStaged(taken)
	refusedBy(t, err, "already used by vendor")

	nameless := w.stagedID(stagedVendor("01|NEW02", ""))
	_, err = w.sim.ImportStaged(nameless)
	refusedBy(t, err, "name can't be blank")

	job := w.stagedID(obj{"item_type": "project", "origin_id": demoOrigin + "x", "data": obj{"name": ""}})
	_, err = w.sim.ImportStaged(job)
	refusedBy(t, err, "name can't be blank")

	other := w.stagedID(obj{"item_type": "work_order_contract", "origin_id": "c", "data": obj{"project_id": DemoProjectID, "vendor_id": 7001}})
	_, err = w.sim.ImportStaged(other)
	refusedBy(t, err, "is not imported by the simulator")
	if n := w.count(kindVendors); n != 7 {
		t.Errorf("%d vendors", n)
	}
}

func TestPrimeContractsWaitForASyncedProject(t *testing.T) {
	w := newWorld(t)
	unlinked := w.syncProjects(obj{"name": "Free"}).made()
	for name, data := range map[string]obj{
		"unknown origin": {"title": "x", "project_origin_id": "01|9999"},
		"unknown id":     {"title": "x", "project_id": 5},
		"not synced":     {"title": "x", "project_id": unlinked},
		"no title":       {"project_id": DemoProjectID},
	} {
		id := w.stagedID(obj{"item_type": "prime_contract", "origin_id": name, "data": data})
		if _, err := w.sim.ImportStaged(id); err == nil {
			t.Errorf("%s: imported", name)
		}
	}
	if n := w.count(kindPrimes); n != 0 {
		t.Errorf("%d prime contracts", n)
	}
}

// TestLinesOfUnknownCentres: such a line becomes invalid and stays behind.
func TestLinesOfUnknownCentres(t *testing.T) {
	w := newWorld(t)
	lost := stagedLine("l2", "5.00")
	lost["data"].(obj)["cost_code_origin_id"] = "01|1001|99"
	one := w.importOne(w.stagedID(stagedPrime(stagedLine("l1", "10.00"), lost)))
	w.get(onePrime(one.RecordID)).has("grand_total", "10.00")
	w.get(stagedPath("?item_type=line_item")).has("0.status", "imported", "1.status", "invalid")
}

func TestLinesWithoutCentreWhereLinksAreOptional(t *testing.T) {
	w := newWorld(t, func(s *Settings) { s.StagedLinks = "optional" })
	bare := obj{"item_type": "line_item", "origin_id": "l1", "data": obj{"amount": "7.00"}}
	one := w.importOne(w.stagedID(stagedPrime(bare)))
	w.get(onePrime(one.RecordID)).has("grand_total", "7.00")
}

func TestImportAllStaged(t *testing.T) {
	w := newWorld(t)
	w.stage(stagedVendor("01|N1", "One"), stagedVendor("01|N2", "Two"), obj{"item_type": "project", "origin_id": "01|7", "data": obj{"name": "x"}})
	list, err := w.sim.ImportAllStaged("vendor")
	if err != nil || len(list) != 2 || w.count(kindVendors) != 8 || w.count(kindProjects) != 1 {
		t.Fatalf("%v, %v; %d vendors, %d projects", list, err, w.count(kindVendors), w.count(kindProjects))
	}
	if list, err = w.sim.ImportAllStaged("vendor"); err != nil || len(list) != 0 {
		t.Errorf("a second time: %v, %v", list, err)
	}
	w.stage(stagedVendor("01|N3", ""))
	_, err = w.sim.ImportAllStaged("vendor")
	refusedBy(t, err, "vendor 01|N3")
}

// TestArchive: children go along back to staged, but for archived ones (documented).
func TestArchive(t *testing.T) {
	w := newWorld(t)
	a := w.stage(stagedPrime(stagedLine("l1", "1"), stagedLine("l2", "2")))
	parent, child := a.num("entities.0.id"), a.num("entities.0.children.0.id")
	for _, step := range []struct {
		id       int64
		archived bool
		parent   string
		child    string
	}{
		{child, true, "staged", "archived"},
		{parent, true, "archived", "archived"},
		{parent, false, "staged", "archived"},
		{child, false, "staged", "staged"},
	} {
		if err := w.sim.ArchiveStaged(step.id, step.archived); err != nil {
			t.Fatal(err)
		}
		w.get(stagedPath(fmt.Sprint("/", parent))).has("status", step.parent, "children.0.status", step.child, "children.1.status", "staged")
	}
	if err := w.sim.ArchiveStaged(parent, true); err != nil {
		t.Fatal(err)
	}
	_, err := w.sim.ImportStaged(parent)
	refusedBy(t, err, "is archived")
	w.stage(obj{"item_type": "prime_contract", "origin_id": demoOrigin, "status": "staged"}).has("entities.0.status", "staged")
	w.importOne(parent)
	refusedBy(t, w.sim.ArchiveStaged(parent, true), "is imported")
	refusedBy(t, w.sim.ArchiveStaged(5, true), "staged record 5")
}

// TestImportsNeedTheirEntity: no event of an entity comes before the metadata enables it (documented).
func TestImportsNeedTheirEntity(t *testing.T) {
	w := newWorld(t)
	id := w.stagedID(stagedVendor("01|N1", "One"))
	w.connect(map[string]obj{"jobs": {}})
	_, err := w.sim.ImportStaged(id)
	refusedBy(t, err, "does not enable vendors")
	_, err = w.sim.Refresh(0, RefreshVendors)
	refusedBy(t, err, "does not enable vendors")
	if _, err = w.sim.Refresh(0, RefreshJobs); err != nil {
		t.Error(err)
	}
}
