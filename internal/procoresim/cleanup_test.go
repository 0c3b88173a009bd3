package procoresim

import (
	"fmt"
	"net/http"
	"testing"
)

// TestAskDeleteCostCodes: nothing is deleted yet, and each row is closed by itself.
func TestAskDeleteCostCodes(t *testing.T) {
	w := newWorld(t)
	request, err := w.sim.AskDeleteCostCodes(demoCode, demoCode2)
	if err != nil {
		t.Fatal(err)
	}
	q, _ := w.sim.Request(request)
	if len(q.Details) != 2 || q.DetailID != 0 || q.Details[0].ID == q.Details[1].ID {
		t.Fatalf("details %+v", q.Details)
	}
	w.requestData(request).has("request_name", "delete_cost_codes", "request_data.project.id", "2468", "request_data.project.origin_id", demoOrigin,
		"request_data.sub_job", "null", "request_data.cost_codes.#", "2", "request_data.cost_codes.0.id", fmt.Sprint(demoCode),
		"request_data.cost_codes.0.origin_id", "01|1001|01-100", "request_data.cost_codes.0.sortable_code", "01-100",
		"request_data.cost_codes.0.request_detail_id", fmt.Sprint(q.Details[0].ID), "request_data.request_detail_id", "absent")
	if n := w.count(kindCostCodes); n != 24 {
		t.Errorf("%d cost codes: asking deletes none", n)
	}

	w.rest(http.MethodPatch, company("/erp_request_details/sync"), obj{"updates": []obj{
		{"id": q.Details[0].ID, "status": "success", "messages": []string{"gone"}},
		{"id": q.Details[1].ID, "status": "failed", "messages": []string{"still there"}},
	}}).is(http.StatusOK).split(2, 0)
	q, _ = w.sim.Request(request)
	if q.Details[0].Status != "success" || q.Details[1].Status != "failed" || q.Details[1].Messages[0] != "still there" || q.Details[0].TimesClosed != 1 ||
		q.Details[0].ItemType != itemCostCode || q.Details[0].ItemID != demoCode {
		t.Errorf("details %+v", q.Details)
	}
}

func TestAskDeleteAssignments(t *testing.T) {
	w := newWorld(t)
	a := w.assign(centre(demoCode, demoTypeM), centre(demoCode, demoTypeS))
	job := w.syncJobCosts(centre(demoCode, demoTypeM, obj{"estimate": 1})).made()
	request, err := w.sim.AskDeleteAssignments(a.num("entities.0.id"), a.num("entities.1.id"))
	if err != nil {
		t.Fatal(err)
	}
	w.requestData(request).has("request_name", "delete_cost_type_assignments",
		"request_data.cost_type_assignments.0.id", a.text("entities.0.id"), "request_data.cost_type_assignments.0.job_cost_id", fmt.Sprint(job),
		"request_data.cost_type_assignments.0.cost_code_origin_id", "01|1001|01-100", "request_data.cost_type_assignments.0.line_item_type_origin_id", "M",
		"request_data.cost_type_assignments.1.job_cost_id", "null")
	if q, _ := w.sim.Request(request); len(q.Details) != 2 {
		t.Errorf("details %+v", q.Details)
	}
}

func TestAskDeleteRefusals(t *testing.T) {
	w := newWorld(t)
	other := w.syncProjects(obj{"name": "Second", "origin_id": "01|1002"}).made()
	foreign := w.sync(fmt.Sprintf("%s/sync?project_id=%d", codesPath, other), []obj{{"code": "1", "name": "x"}}).made()
	for _, ids := range [][]int64{{5}, {demoCode, foreign}} {
		_, err := w.sim.AskDeleteCostCodes(ids...)
		refusedBy(t, err, "is no cost code of the project")
	}
	_, err := w.sim.AskDeleteCostCodes()
	refusedBy(t, err, "project 0")
	_, err = w.sim.AskDeleteAssignments(5)
	refusedBy(t, err, "is no assignment of the project")

	w.connect(map[string]obj{"jobs": switchedOn("cost_code_deletions")})
	if _, err = w.sim.AskDeleteCostCodes(demoCode); err != nil {
		t.Error(err)
	}
	id := w.assign(centre(demoCode, demoTypeM)).made()
	_, err = w.sim.AskDeleteAssignments(id)
	refusedBy(t, err, "cost_type_assignment_deletions")
}

// TestResetJob: everything below the project becomes unsynced.
func TestResetJob(t *testing.T) {
	w := demoWorld(t)
	w.assign(centre(demoCode, demoTypeM))
	w.syncJobCosts(centre(demoCode, demoTypeM, obj{"estimate": 1}))
	w.syncCosts(cost("dc", "1"))
	id := w.syncCosts(cost("dc2", "2")).made()
	w.syncCostLines(centre(demoCode, demoTypeM, obj{"direct_cost_id": id, "origin_id": "dl"}))
	prime := w.importOne(w.stagedID(stagedPrime(stagedLine("l1", "10.00"))))
	w.link(ext(itemWorkOrder, DemoSubcontractID, "01|SC0001"), ext(itemLine, 510_101, "01|SC0001|1"), ext(itemChangeOrder, DemoSubChangeID, "v1"))

	request, err := w.sim.ResetJob(DemoProjectID)
	if err != nil {
		t.Fatal(err)
	}
	w.requestData(request).has("request_name", "reset_job", "request_data.project.id", "2468", "request_data.project.origin_id", demoOrigin,
		"request_data.project.name", "Quay Street Apartments", "request_data.project.origin_code", "absent", "request_data.request_detail_id", "absent")
	for itemType, id := range map[string]int64{itemProject: DemoProjectID, itemCostCode: demoCode, itemWorkOrder: DemoSubcontractID, itemLine: 510_101,
		itemChangeOrder: DemoSubChangeID, itemPrime: prime.RecordID, itemDirectCost: id} {
		if got := w.sim.OriginID(itemType, id); got != "" {
			t.Errorf("%s %d is still linked as %s", itemType, id, got)
		}
	}
	if w.count(kindAssignments) != 0 || w.count(kindJobCosts) != 0 || w.count(kindCostCodes) != 24 || w.count(kindPrimes) != 1 {
		t.Errorf("counts %v", w.sim.Counts())
	}
	if w.sim.OriginID(itemVendor, 7001) == "" || w.sim.OriginID(itemStandardCode, 310_110) == "" {
		t.Error("records of the company lost their links")
	}
	w.get(stagedPath("?item_type=prime_contract")).has("0.status", "staged", "0.children.0.status", "staged")
	_, err = w.sim.ResetJob(DemoProjectID)
	refusedBy(t, err, "is not synced")
}

// TestResetOfAnImportedJob: what it was imported from is staged again.
func TestResetOfAnImportedJob(t *testing.T) {
	w := newWorld(t)
	id := w.stagedID(obj{"item_type": "project", "origin_id": "01|7", "data": obj{"name": "x"}})
	one := w.importOne(id)
	if _, err := w.sim.ResetJob(one.RecordID); err != nil {
		t.Fatal(err)
	}
	w.get(stagedPath(fmt.Sprint("/", id))).has("status", "staged")
	if again := w.importOne(id); again.RecordID == one.RecordID {
		t.Error("imported into the old project")
	}
}

func TestUnlinkStandardCostCodes(t *testing.T) {
	w := newWorld(t)
	id := w.record(kindStandardCodes, "01-100").ID
	request, err := w.sim.UnlinkStandardCostCodes(id)
	if err != nil {
		t.Fatal(err)
	}
	w.requestData(request).has("request_name", "unlink_standard_cost_codes", "request_data.standard_cost_codes.0.id", fmt.Sprint(id),
		"request_data.standard_cost_codes.0.origin_id", "01-100", "request_data.standard_cost_codes.0.sortable_code", "01-100")
	if w.sim.OriginID(itemStandardCode, id) != "" || w.count(kindStandardCodes) != 24 {
		t.Error("it is still linked, or gone")
	}
	_, err = w.sim.UnlinkStandardCostCodes()
	refusedBy(t, err, "names no record")
	_, err = w.sim.UnlinkStandardCostCodes(5)
	refusedBy(t, err, "standard cost code 5")
}

func TestDeleteStandardCostCodes(t *testing.T) {
	w := newWorld(t)
	section, code := w.record(kindStandardCodes, "01-000").ID, w.record(kindStandardCodes, "01-100").ID
	_, err := w.sim.DeleteStandardCostCodes(section)
	refusedBy(t, err, "in use")
	request, err := w.sim.DeleteStandardCostCodes(code)
	if err != nil {
		t.Fatal(err)
	}
	w.requestData(request).has("request_name", "delete_standard_cost_codes", "request_data.standard_cost_code_list_id", fmt.Sprint(demoList),
		"request_data.standard_cost_code_data_array.0.origin_id", "01-100", "request_data.standard_cost_code_data_array.0.id", fmt.Sprint(code))
	if _, known := w.sim.Record(kindStandardCodes, "01-100"); known {
		t.Error("it is still there")
	}
	if r := w.record(kindCostCodes, "01|1001|01-100"); r.Fields["standard_cost_code_id"] != "" {
		t.Error("a project's code still points at it")
	}
	w.syncStandard(obj{"code": "01-100", "name": "Back", "origin_id": "01-100"}).split(1, 0)

	all := []int64{section}
	for _, origin := range []string{"01-200", "01-300", "01-400", "01-500"} {
		all = append(all, w.record(kindStandardCodes, origin).ID)
	}
	if _, err = w.sim.DeleteStandardCostCodes(all...); err != nil {
		t.Errorf("a section with all below it: %v", err)
	}
	_, err = w.sim.DeleteStandardCostCodes()
	refusedBy(t, err, "names no record")
}

func TestDeleteStandardCategories(t *testing.T) {
	w := newWorld(t)
	w.assign(centre(demoCode, demoTypeM))
	_, err := w.sim.DeleteStandardCategories(demoTypeM)
	refusedBy(t, err, "in use")
	request, err := w.sim.DeleteStandardCategories(demoTypeS)
	if err != nil {
		t.Fatal(err)
	}
	w.requestData(request).has("request_name", "delete_standard_categories", "request_data.standard_category_data_array.0.procore_id", fmt.Sprint(demoTypeS),
		"request_data.standard_category_data_array.0.code", "S", "request_data.standard_category_data_array.0.origin_id", "S",
		"request_data.standard_category_data_array.0.id", "absent")
	if n := w.count(kindCostTypes); n != 2 {
		t.Errorf("%d cost types", n)
	}
	_, err = w.sim.DeleteStandardCategories(5)
	refusedBy(t, err, "cost type 5")
	_, err = w.sim.DeleteStandardCategories()
	refusedBy(t, err, "names no record")
}

func TestDeleteProjectCostCode(t *testing.T) {
	w := newWorld(t)
	w.assign(centre(demoCode, demoTypeM))
	_, err := w.sim.DeleteProjectCostCode(demoSection)
	refusedBy(t, err, "in use")
	request, err := w.sim.DeleteProjectCostCode(demoCode)
	if err != nil {
		t.Fatal(err)
	}
	w.requestData(request).has("request_name", "delete_cost_code", "request_data.project_cost_code_data_array.0.origin_id", "01|1001|01-100",
		"request_data.project_origin_id", demoOrigin, "request_data.procore_project_id", "2468", "request_data.procore_sub_job_id", "null")
	if w.count(kindCostCodes) != 23 || w.count(kindAssignments) != 0 {
		t.Errorf("counts %v", w.sim.Counts())
	}
	_, err = w.sim.DeleteProjectCostCode(demoCode)
	refusedBy(t, err, "cost code 320111")
}
