package procoresim

import (
	"fmt"
	"net/http"
	"testing"
)

func TestCodeLists(t *testing.T) {
	w := newWorld(t)
	w.get(ofCompany(codeListsPath)).is(http.StatusOK).
		has("#", "2", "0.is_erp_list", "false", "1.id", fmt.Sprint(demoList), "1.is_erp_list", "true", "1.name", "ERP")
	w.get(codeListsPath).is(http.StatusBadRequest)

	w.control(http.MethodPost, "/sim/reset", nil).is(http.StatusOK)
	if err := w.sim.Seed(Seed{Companies: []Company{{ID: DemoCompanyID, Name: "Bare"}}}); err != nil {
		t.Fatal(err)
	}
	w.login()
	w.get(ofCompany(codeListsPath)).is(http.StatusOK).has("#", "1", "0.is_erp_list", "false")
	w.sync(standardPath+"/sync", []obj{}, obj{"standard_cost_code_list_id": masterList}).is(http.StatusNotFound)
	w.connect(map[string]obj{"jobs": {}})
	w.get(ofCompany(codeListsPath)).is(http.StatusOK).has("#", "2", "1.is_erp_list", "true")
}

// TestCompanyWithAListFromTheStart: a seed may leave the connection out.
func TestCompanyWithAListFromTheStart(t *testing.T) {
	w := newWorld(t)
	w.control(http.MethodPost, "/sim/reset", nil).is(http.StatusOK)
	w.control(http.MethodPost, "/sim/seed", obj{"companies": []obj{{"id": DemoCompanyID, "name": "Bare", "erp_list": true}}}).is(http.StatusOK)
	w.login()
	w.get(ofCompany(codeListsPath)).has("#", "2")
}

func TestStandardCodes(t *testing.T) {
	w := newWorld(t)
	section := w.syncStandard(obj{"code": "07", "name": "Roof", "origin_id": "07"}).made()
	w.syncStandard(
		obj{"code": "100", "name": "Sheets", "parent_id": section, "origin_id": "07-100", "origin_data": "d"},
		obj{"code": "200", "name": "Gutters", "parent_origin_id": "07", "origin_id": "07-200"},
	).split(2, 0).
		has("entities.0.full_code", "07-100", "entities.0.code", "100", "entities.0.parent_id", fmt.Sprint(section), "entities.0.origin_data", "d",
			"entities.0.standard_cost_code_list_id", fmt.Sprint(demoList), "entities.1.full_code", "07-200")

	w.syncStandard(obj{"origin_id": "07", "code": "08"}).split(1, 0).
		has("entities.0.full_code", "08", "entities.0.name", "Roof")
	list := fmt.Sprintf("%s&standard_cost_code_list_id=%d", ofCompany(standardPath), demoList)
	w.get(list+"&filters[origin_id]=07-100").is(http.StatusOK).
		has("#", "1", "0.full_code", "08-100", "0.sortable_code", "08-100")

	w.syncStandard(obj{"origin_id": "07-100", "parent_id": nil}).split(1, 0).
		has("entities.0.full_code", "100", "entities.0.parent_id", "null")
}

// TestParentsComeFirst: a parent must be there when its child comes, be it earlier in the same call.
func TestParentsComeFirst(t *testing.T) {
	w := newWorld(t)
	w.syncStandard(obj{"code": "100", "name": "Child", "parent_origin_id": "09", "origin_id": "09-100"}, obj{"code": "09", "name": "Section", "origin_id": "09"}).
		split(1, 1).
		has("errors.0.errors.parent_origin_id.0", "09 does not exist")
	w.syncStandard(obj{"code": "10", "name": "Section", "origin_id": "10"}, obj{"code": "100", "name": "Child", "parent_origin_id": "10", "origin_id": "10-100"}).
		split(2, 0)

	w.syncCodes(obj{"code": "100", "name": "Child", "parent_id": 99, "origin_id": "01|1001|09-100"}).split(0, 1).
		has("errors.0.errors.parent_id.0", "99 does not exist in the project")
}

func TestStandardCodeRefusals(t *testing.T) {
	w := newWorld(t)
	id := w.record(kindStandardCodes, "01-000").ID
	child := w.record(kindStandardCodes, "01-100").ID
	for field, row := range map[string]obj{
		"code":      {"name": "x", "origin_id": "x"},
		"name":      {"code": "x", "origin_id": "x"},
		"parent_id": {"code": "x", "name": "x", "parent_id": 5},
		"full_code": {"code": "x", "name": "x", "full_code": "x"},
	} {
		w.syncStandard(row).split(0, 1).
			contains(fmt.Sprintf("%q:[", field))
	}
	w.syncStandard(obj{"id": id, "parent_id": id}).split(0, 1).contains("itself")
	w.syncStandard(obj{"id": id, "parent_id": child}).split(0, 1).contains("below it")

	w.sync(standardPath+"/sync", []obj{}).is(http.StatusBadRequest)
	w.sync(standardPath+"/sync", []obj{}, obj{"standard_cost_code_list_id": 5}).is(http.StatusNotFound)
	w.get(ofCompany(standardPath)).is(http.StatusBadRequest)
	w.get(ofCompany(standardPath) + "&standard_cost_code_list_id=5").is(http.StatusNotFound)
	w.get(fmt.Sprintf("%s&standard_cost_code_list_id=%d", ofCompany(standardPath), masterList)).is(http.StatusOK).has("#", "0")
}

func TestProjectCodes(t *testing.T) {
	w := newWorld(t)
	std := w.syncStandard(obj{"code": "07", "name": "Roof", "origin_id": "07"}).made()
	section := w.syncCodes(obj{"code": "07", "name": "Roof", "standard_cost_code_id": std, "origin_id": "01|1001|07", "position": 3}).made()
	w.syncCodes(obj{"code": "100", "name": "Sheets", "parent_id": section, "origin_id": "01|1001|07-100", "origin_data": "d"}).split(1, 0).
		has("entities.0.full_code", "07-100", "entities.0.parent.id", fmt.Sprint(section), "entities.0.code", "100",
			"entities.0.biller_origin_id", demoOrigin, "entities.0.origin_data", "d")
	w.shows(kindCostCodes, "01|1001|07", "standard_cost_code_id", fmt.Sprint(std), "position", "3", "name", "Roof")

	a := w.get(ofProject(codesPath)).is(http.StatusOK).has("#", "26", "24.position", "3", "25.full_code", "07-100")
	if a.header.Get("Total") != "26" {
		t.Errorf("headers %v", a.header)
	}
	w.get(ofProject(codesPath)+"&filters[origin_id]=01|1001|07").has("#", "1")
	w.get(ofProject(codesPath)+"&per_page=10&page=3").has("#", "6")
	w.get(codesPath).is(http.StatusBadRequest)
	w.get(codesPath + "?project_id=5").is(http.StatusNotFound)
}

func TestProjectCodeRefusals(t *testing.T) {
	w := newWorld(t)
	for field, row := range map[string]obj{
		"code":                  {"name": "x"},
		"name":                  {"code": "x"},
		"standard_cost_code_id": {"code": "x", "name": "x", "standard_cost_code_id": 4},
		"parent_id":             {"id": demoSection, "parent_id": demoCode},
		"sortable_code":         {"code": "x", "name": "x", "sortable_code": "x"},
	} {
		w.syncCodes(row).split(0, 1).
			contains(fmt.Sprintf("%q:[", field))
	}
	other := w.syncProjects(obj{"name": "Second"}).made()
	w.sync(fmt.Sprintf("%s/sync?project_id=%d", codesPath, other), []obj{{"code": "x", "name": "x", "parent_id": demoSection}}).is(http.StatusOK).
		split(0, 1).
		contains("does not exist in the project")
	w.sync(codesPath+"/sync", []obj{}).is(http.StatusBadRequest)
	w.set(func(s *Settings) { s.ForbiddenProjects = []int64{DemoProjectID} })
	w.sync(ofProject(codesPath+"/sync"), []obj{}).is(http.StatusForbidden)
}

// TestERPProjectTakesCodesBySyncOnly is the documented rule; a project of its own takes single writes.
func TestERPProjectTakesCodesBySyncOnly(t *testing.T) {
	w := newWorld(t)
	body := obj{"project_id": DemoProjectID, "cost_code": obj{"code": "99", "name": "By hand"}}
	w.rest(http.MethodPost, codesPath, body).is(http.StatusUnprocessableEntity).
		contains("ERP integrated")
	w.rest(http.MethodPatch, fmt.Sprintf("%s/%d", codesPath, demoCode), body).is(http.StatusUnprocessableEntity)
	w.syncCodes(obj{"code": "99", "name": "By sync"}).split(1, 0)

	free := w.syncProjects(obj{"name": "Free"}).made()
	body["project_id"] = free
	id := w.rest(http.MethodPost, codesPath, body).is(http.StatusCreated).has("code", "99").num("id")
	body["cost_code"] = obj{"name": "Renamed"}
	w.rest(http.MethodPatch, fmt.Sprintf("%s/%d", codesPath, id), body).is(http.StatusOK).has("code", "99", "name", "Renamed")
	w.rest(http.MethodPatch, fmt.Sprintf("%s/%d", codesPath, demoCode), body).is(http.StatusNotFound)
	w.rest(http.MethodPost, codesPath, obj{"project_id": free}).is(http.StatusBadRequest)
	w.rest(http.MethodPost, codesPath, obj{"project_id": free, "cost_code": obj{"name": "x"}}).is(http.StatusUnprocessableEntity)
	w.rest(http.MethodPatch, codesPath+"/x", body).is(http.StatusNotFound)
}

// TestImportedCodesServeCommitments: exports show what the import made.
func TestImportedCodesServeCommitments(t *testing.T) {
	w := newWorld(t)
	section := w.syncCodes(obj{"code": "07", "name": "Roof", "origin_id": "01|1001|07"}).made()
	w.syncCodes(obj{"code": "100", "name": "Sheets", "parent_id": section, "origin_id": "01|1001|07-100"}).split(1, 0)
	id, err := w.sim.AddCommitment(Commitment{ProjectID: DemoProjectID, Type: WorkOrderContract, Number: "SC7", Status: "Approved", VendorID: 7001,
		Lines: []Line{{Description: "Roof", Amount: "5.00", CostCode: "07-100", CostType: "S"}}})
	if err != nil {
		t.Fatal(err)
	}
	request, _, err := w.sim.ExportCommitment(id, "SC7")
	if err != nil {
		t.Fatal(err)
	}
	w.requestData(request).has(
		"request_data.commitment_items.0.cost_code.full_code", "07-100",
		"request_data.commitment_items.0.cost_code.origin_id", "01|1001|07-100",
		"request_data.commitment_items.0.wbs_code.flat_code", "07-100.S")
}
