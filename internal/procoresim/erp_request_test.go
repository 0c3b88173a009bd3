package procoresim

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// exportSub exports the demo subcontract and returns request and detail.
func (w *world) exportSub(code string) (int64, int64) {
	w.t.Helper()
	request, detail, err := w.sim.ExportCommitment(DemoSubcontractID, code)
	if err != nil {
		w.t.Fatal(err)
	}
	return request, detail
}

func requestPath(id int64) string { return company(fmt.Sprintf("/erp_requests/%d", id)) }

func detailPath(id int64) string { return company(fmt.Sprintf("/erp_request_details/%d", id)) }

func closeBody(status string, messages ...string) obj {
	return obj{"request_detail": obj{"status": status, "messages": append([]string{}, messages...)}}
}

func TestRequestEnvelope(t *testing.T) {
	w := demoWorld(t)
	request, detail := w.exportSub("SC0001")
	a := w.get(requestPath(request)).is(http.StatusOK)
	a.has("id", fmt.Sprint(request), "company_id", "1357908642", "request_name", "create_commitment", "created_at", "2026-07-01T00:00:00Z",
		"integration_app_name", "procoresim", "request_data.request_detail_id", fmt.Sprint(detail), "request_detail_id", "absent")
	w.get(requestPath(1)).is(http.StatusNotFound)
	w.get(company("/erp_requests/abc")).is(http.StatusNotFound)
}

func TestCreateCommitmentPayload(t *testing.T) {
	w := demoWorld(t)
	request, _ := w.exportSub("SC-77")
	a := w.get(requestPath(request))
	a.has("request_data.job_id", "01|1001", "request_data.company_id", "1357908642", "request_data.additional_data.accounting_date", "null")
	c := "request_data.commitment."
	a.has(c+"id", "4101", c+"type", "WorkOrderContract", c+"code", "SC-77", c+"number", "SC0001", c+"status", "Approved", c+"executed", "true",
		c+"vendor.id", "7001", c+"vendor.origin_id", "01|ACME01", c+"vendor.company", "Acme Concrete", c+"project.origin_id", "01|1001",
		c+"retainage_percent", "5.0", c+"grand_total", "129110.75", c+"approved_change_orders", "6200.00", c+"revised_contract", "135310.75",
		c+"origin_id", "null", c+"erp_custom_fields", "{}", c+"custom_fields", "{}", c+"contract_date", "2026-07-01",
		c+"currency_configuration.currency_iso_code", "AUD", c+"contract_start_date", "2026-07-15", c+"delivery_date", "absent",
		c+"line_items", "absent", c+"created_at", "2026-07-01T00:00:00Z")
	l := "request_data.commitment_items.1."
	a.has("request_data.commitment_items.#", "3", l+"id", "510102", l+"amount", "59360.00", l+"quantity", "320.0", l+"unit_cost", "185.50", l+"uom", "m2",
		l+"extended_type", "calculated", l+"cost_code.origin_id", "01|1001|02-200", l+"cost_code.full_code", "02-200", l+"cost_code.biller_origin_id", "01|1001",
		l+"line_item_type.origin_id", "S", l+"line_item_type.base_type", "commitment", l+"origin_id", "null", l+"tax_amount", "null", l+"holder.id", "4101",
		l+"wbs_code.flat_code", "02-200.S", l+"position", "2")
	a.contains(`"amount":"48000.00"`, `"grand_total":"129110.75"`)
}

func TestPayloadDecimalsAsNumbers(t *testing.T) {
	w := demoWorld(t, func(s *Settings) { s.DecimalsAsNumbers, s.ERPTimeOffsetMin = true, -420 })
	request, _ := w.exportSub("A")
	w.get(requestPath(request)).contains(`"amount":48000.00`, `"retainage_percent":5.0`, `"grand_total":129110.75`, `"created_at":"2026-06-30T17:00:00-07:00"`)
}

func TestApproversAnswers(t *testing.T) {
	w := demoWorld(t)
	body := obj{"code": "SC1", "accounting_date": "2026-07-31", "erp_custom_fields": obj{"variation_type": "1"}}
	a := w.control(http.MethodPost, "/sim/commitments/4101/export", body).is(http.StatusOK)
	w.get(company("/erp_requests/"+a.text("erp_request_id"))).has("request_data.additional_data.accounting_date", "2026-07-31",
		"request_data.commitment.erp_custom_fields.variation_type", "1")
}

func TestCodePrefill(t *testing.T) {
	w := demoWorld(t)
	request, _ := w.exportSub("")
	w.get(requestPath(request)).has("request_data.commitment.code", "null")
	w.set(func(s *Settings) { s.PrefillCode = true })
	request, _ = w.exportSub("")
	w.get(requestPath(request)).has("request_data.commitment.code", "SC0001")
}

func TestReexportMakesNewIDs(t *testing.T) {
	w := demoWorld(t)
	r := newReceiver(t, nil)
	w.hook(r, "v2.0")
	request, detail := w.exportSub("A")
	w.rest(http.MethodPatch, detailPath(detail), closeBody("failed", "number taken")).is(http.StatusOK)
	if c, _ := w.sim.Commitment(DemoSubcontractID); c.ERPState != "failed" {
		t.Errorf("state %q", c.ERPState)
	}
	if err := w.sim.EditCommitment(DemoSubcontractID, []byte(`{"title":"Mended","line_items":[{"id":510101,"amount":"1.50"},{"description":"new","amount":2}]}`)); err != nil {
		t.Fatal(err)
	}
	again, second := w.exportSub("B")
	if again == request || second == detail {
		t.Error("the second export reused an id")
	}
	w.get(requestPath(again)).has("request_data.commitment.code", "B", "request_data.commitment.title", "Mended", "request_data.commitment.id", "4101",
		"request_data.commitment_items.#", "2", "request_data.commitment_items.0.id", "510101", "request_data.commitment_items.0.cost_code.origin_id", "01|1001|02-100",
		"request_data.commitment_items.0.amount", "1.50", "request_data.commitment_items.1.cost_code", "null", "request_data.commitment.grand_total", "3.50")
	w.get(requestPath(request)).has("request_data.commitment.title", "Concrete works") // the first request keeps what it said
	w.settled()
	if got, want := fmt.Sprint(r.field(t, "resource_id")), fmt.Sprint([]int64{request, again}); got != want {
		t.Errorf("events %s, want %s", got, want)
	}
}

func TestRefuseReexport(t *testing.T) {
	w := demoWorld(t, func(s *Settings) { s.RefuseReexport = true })
	_, detail := w.exportSub("A")
	if _, _, err := w.sim.ExportCommitment(DemoSubcontractID, "A"); err == nil || !strings.Contains(err.Error(), "on its way") {
		t.Errorf("error %v", err)
	}
	w.rest(http.MethodPatch, detailPath(detail), closeBody("failed", "x")).is(http.StatusOK)
	_, detail = w.exportSub("A")
	w.rest(http.MethodPatch, company("/external_data/sync"), linkBody()).is(http.StatusOK)
	w.rest(http.MethodPatch, detailPath(detail), closeBody("success")).is(http.StatusOK)
	if _, _, err := w.sim.ExportCommitment(DemoSubcontractID, "A"); err == nil || !strings.Contains(err.Error(), "synced") {
		t.Errorf("error %v", err)
	}
}

func TestExportChecks(t *testing.T) {
	for want, patch := range map[string]string{
		"only an Approved": `{"status":"Draft"}`, "not linked to the ERP": `{"vendor_id":7009}`, "has no line": `{"line_items":[]}`,
	} {
		w := demoWorld(t)
		if err := w.sim.Seed(Seed{Vendors: []Vendor{{ID: 7009, Name: "Unlinked"}}}); err != nil {
			t.Fatal(err)
		}
		if err := w.sim.EditCommitment(DemoSubcontractID, []byte(patch)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.sim.ExportCommitment(DemoSubcontractID, "A"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", patch, err)
		}
		w.set(func(s *Settings) { s.ExportChecks = false })
		w.exportSub("A")
	}
	w := demoWorld(t)
	if _, _, err := w.sim.ExportCommitment(99, "A"); err == nil {
		t.Error("exported what is not there")
	}
}

func TestChangeOrderNeedsItsCommitmentSynced(t *testing.T) {
	w := demoWorld(t)
	if _, _, err := w.sim.ExportChangeOrder(DemoSubChangeID, "V1"); err == nil || !strings.Contains(err.Error(), "not synced") {
		t.Errorf("error %v", err)
	}
	w.rest(http.MethodPatch, company("/external_data/sync"), linkBody()).is(http.StatusOK)
	if _, _, err := w.sim.ExportChangeOrder(DemoSubChangeID, "V1"); err != nil {
		t.Error(err)
	}
	if err := w.sim.EditChangeOrder(DemoSubChangeID, []byte(`{"status":"pending"}`)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.sim.ExportChangeOrder(DemoSubChangeID, "V1"); err == nil {
		t.Error("a pending change order was exported")
	}
	if _, _, err := w.sim.ExportChangeOrder(5, "V1"); err == nil {
		t.Error("exported what is not there")
	}
}

func TestCreateChangeOrderPayload(t *testing.T) {
	w := demoWorld(t)
	w.rest(http.MethodPatch, company("/external_data/sync"), linkBody()).is(http.StatusOK)
	request, detail, err := w.sim.ExportChangeOrder(DemoSubChangeID, "V00001")
	if err != nil {
		t.Fatal(err)
	}
	a := w.get(requestPath(request)).has("request_name", "create_commitment_change_order", "request_data.request_detail_id", fmt.Sprint(detail),
		"request_data.job_origin_id", "01|1001", "request_data.job_id", "absent", "request_data.company_id", "1357908642",
		"request_data.commitment.id", "4101", "request_data.commitment.origin_id", "01|SC0001", "request_data.commitment_items.#", "3")
	o := "request_data.change_order."
	a.has(o+"id", "7701", o+"contract_id", "4101", o+"number", "001", o+"status", "approved", o+"title", "Deeper footings", o+"origin_code", "V00001",
		o+"origin_id", "null", o+"reviewed_at", "2026-07-01T00:00:00Z", o+"grand_total", "6200.00", o+"due_date", "null", o+"erp_custom_fields", "{}", o+"custom_fields", "{}")
	l := "request_data.change_order_items.0."
	a.has("request_data.change_order_items.#", "1", l+"id", "510401", l+"commitment_line_item_id", "510101", l+"amount", "6200.00",
		l+"cost_code.origin_id", "01|1001|02-100", l+"line_item_type.origin_id", "S")
	a.contains(`"number":"001"`)
}

func TestChangeOrderNumberAsJSONNumber(t *testing.T) {
	w := demoWorld(t, func(s *Settings) { s.NumberAsNumber, s.ExportChecks = true, false })
	request, _, err := w.sim.ExportChangeOrder(DemoSubChangeID, "V1")
	if err != nil {
		t.Fatal(err)
	}
	w.get(requestPath(request)).is(http.StatusOK).contains(`"number":1,`)
	if err := w.sim.EditChangeOrder(DemoSubChangeID, []byte(`{"number":"C-1"}`)); err != nil {
		t.Fatal(err)
	}
	if request, _, err = w.sim.ExportChangeOrder(DemoSubChangeID, "V1"); err != nil {
		t.Fatal(err)
	}
	w.get(requestPath(request)).contains(`"number":"C-1"`)
}

func TestChangeOrderOnANewCodeMakesAZeroLine(t *testing.T) {
	w := demoWorld(t, func(s *Settings) { s.ExportChecks = false })
	id, err := w.sim.AddChangeOrder(ChangeOrder{CommitmentID: DemoSubcontractID, Number: "002", Status: "approved", Lines: []Line{
		{Description: "new trade", Amount: "10", CostCode: "04-100", CostType: "S"}, {Description: "more of the old", Amount: "20", CostCode: "02-200", CostType: "S"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // a second export adds no second line
		request, _, err := w.sim.ExportChangeOrder(id, "V2")
		if err != nil {
			t.Fatal(err)
		}
		a := w.get(requestPath(request)).has("request_data.commitment_items.#", "4", "request_data.commitment_items.3.amount", "0.0",
			"request_data.commitment_items.3.cost_code.origin_id", "01|1001|04-100", "request_data.change_order_items.1.commitment_line_item_id", "510102")
		if a.text("request_data.commitment_items.3.id") != a.text("request_data.change_order_items.0.commitment_line_item_id") {
			t.Error("the zero line is not the one referred to")
		}
	}
}

func TestRequestDetailLevels(t *testing.T) {
	for level, want := range map[string][2]bool{"request_data": {true, false}, "envelope": {false, true}, "both": {true, true}} {
		w := demoWorld(t, func(s *Settings) { s.RequestDetailLevel = level })
		request, detail := w.exportSub("A")
		a := w.get(requestPath(request))
		for i, path := range []string{"request_data.request_detail_id", "request_detail_id"} {
			if got := a.text(path) == fmt.Sprint(detail); got != want[i] {
				t.Errorf("%s: %s is %s", level, path, a.text(path))
			}
		}
	}
}

func TestRequestsOfAnyName(t *testing.T) {
	w := newWorld(t)
	body := obj{"request_name": "unlink_commitment", "request_data": obj{"erp_commitment_id": 9007199254740993, "job_origin_id": "01|1001"}, "with_detail": true}
	a := w.control(http.MethodPost, "/sim/erp_requests", body).is(http.StatusOK)
	w.get(company("/erp_requests/"+a.text("erp_request_id"))).has("request_name", "unlink_commitment", "request_data.erp_commitment_id", "9007199254740993",
		"request_data.request_detail_id", a.text("request_detail_id"))
	body["with_detail"] = false
	w.control(http.MethodPost, "/sim/erp_requests", body).has("request_detail_id", "0")
	body["request_data"] = []int{1}
	w.control(http.MethodPost, "/sim/erp_requests", body).is(http.StatusBadRequest)
	body["request_data"] = obj{"company_id": 5}
	w.control(http.MethodPost, "/sim/erp_requests", body).is(http.StatusUnprocessableEntity)
}

func TestListRequests(t *testing.T) {
	w := newWorld(t)
	for range 5 {
		w.raiseOne()
		w.clock.Advance(time.Minute)
	}
	a := w.get(company("/erp_requests?per_page=2&page=2")).is(http.StatusOK).has("#", "2", "0.id", "5598220003")
	if a.header.Get("Total") != "5" || a.header.Get("Per-Page") != "2" {
		t.Errorf("headers %v", a.header)
	}
	w.get(company("/erp_requests?filters[created_at]=2026-07-01T00:01:00Z...2026-07-01T00:03:30Z")).has("#", "3")
	w.get(company("/erp_requests?filters[id][]=5598220001&filters[id][]=5598220005")).has("#", "2")
	w.get(company("/erp_requests?filters[request_name]=create_commitment")).has("#", "0")
	w.set(func(s *Settings) { s.ERPRequestsListed = false })
	w.get(company("/erp_requests")).is(http.StatusNotFound)
	w.get(requestPath(5598220001)).is(http.StatusOK)
}

func TestCloseDetail(t *testing.T) {
	for _, verb := range []string{http.MethodPatch, http.MethodPut} {
		w := demoWorld(t)
		request, detail := w.exportSub("A")
		if r, _ := w.sim.Request(request); r.Status != "in_progress" || r.TimesClosed != 0 || r.ItemID != DemoSubcontractID || r.ItemType != itemWorkOrder {
			t.Errorf("open: %+v", r)
		}
		w.rest(verb, detailPath(detail), closeBody("failed", "line 2: code is a heading", "mend it")).is(http.StatusOK).
			has("id", fmt.Sprint(detail), "status", "failed", "messages.1", "mend it", "item_id", "4101", "erp_request_id", fmt.Sprint(request))
		if r, _ := w.sim.Request(request); r.Status != "failed" || r.TimesClosed != 1 || len(r.Messages) != 2 {
			t.Errorf("closed: %+v", r)
		}
	}
}

func TestCloseDetailRefusals(t *testing.T) {
	w := demoWorld(t)
	_, detail := w.exportSub("A")
	for body, status := range map[string]int{
		`{}`: 400, `{`: 400, `{"request_detail":[]}`: 400,
		`{"request_detail":{"status":"done","messages":[]}}`:             422,
		`{"request_detail":{"status":"in_progress","messages":[]}}`:      422,
		`{"request_detail":{"status":"rejected","messages":[]}}`:         422,
		`{"request_detail":{"status":"failed","messages":"one"}}`:        422,
		`{"request_detail":{"status":"failed","messages":[{"text":1}]}}`: 422,
	} {
		w.rest(http.MethodPatch, detailPath(detail), body).is(status)
	}
	w.rest(http.MethodPatch, detailPath(1), closeBody("success")).is(http.StatusNotFound)
	w.set(func(s *Settings) { s.AllowRejected = true })
	w.rest(http.MethodPatch, detailPath(detail), closeBody("rejected")).is(http.StatusOK)
}

func TestDetailVerbSwitch(t *testing.T) {
	w := demoWorld(t, func(s *Settings) { s.DetailVerbs = http.MethodPut })
	_, detail := w.exportSub("A")
	w.rest(http.MethodPatch, detailPath(detail), closeBody("success")).is(http.StatusMethodNotAllowed)
	w.rest(http.MethodPut, detailPath(detail), closeBody("success")).is(http.StatusOK)
}

func TestSecondClose(t *testing.T) {
	for setting, want := range map[string][2]int{"same": {200, 422}, "accept": {200, 200}, "refuse": {422, 422}} {
		w := demoWorld(t, func(s *Settings) { s.SecondClose = setting })
		request, detail := w.exportSub("A")
		w.rest(http.MethodPatch, detailPath(detail), closeBody("success")).is(http.StatusOK)
		w.rest(http.MethodPatch, detailPath(detail), closeBody("success")).is(want[0])
		w.rest(http.MethodPatch, detailPath(detail), closeBody("failed")).is(want[1])
		accepted := 1
		for _, status := range want {
			if status == 200 {
				accepted++
			}
		}
		if r, _ := w.sim.Request(request); r.TimesClosed != accepted {
			t.Errorf("%s: closed %d times, want %d", setting, r.TimesClosed, accepted)
		}
	}
}

func TestBulkClose(t *testing.T) {
	rows := func(w *world) []obj {
		_, first := w.exportSub("A")
		_, second := w.exportSub("B")
		return []obj{{"id": first, "status": "success", "messages": []string{}}, {"id": second, "status": "odd"}, {"id": 5, "status": "success"}}
	}
	path := company("/erp_request_details/sync")
	for setting, want := range map[string][2]int{"both": {200, 200}, "bare": {200, 400}, "envelope": {400, 200}} {
		w := demoWorld(t, func(s *Settings) { s.DetailBulkBody = setting })
		bare := w.rest(http.MethodPatch, path, rows(w)).is(want[0])
		wrapped := w.rest(http.MethodPatch, path, obj{"updates": rows(w)}).is(want[1])
		for _, a := range []answer{bare, wrapped} {
			if a.status == 200 {
				a.has("entities.#", "1", "entities.0.status", "success", "errors.#", "2", "errors.0.status", "odd", "errors.1.id", "5").contains(`"errors":{"status":[`)
			}
		}
	}
}

func TestListDetails(t *testing.T) {
	w := demoWorld(t)
	_, detail := w.exportSub("A")
	w.exportSub("B")
	w.get(company("/erp_request_details?filters[item_id]=4101")).is(http.StatusOK).has("#", "2", "0.id", fmt.Sprint(detail), "0.item_type", "work_order_contract")
	w.get(company("/erp_request_details?filters[item_id]=1")).has("#", "0")
	w.rest(http.MethodPut, detailPath(detail), closeBody("success")).is(http.StatusOK)
	w.get(company("/erp_request_details?filters[status]=success")).has("#", "1")
	w.get(company("/erp_request_details?filters[item_type]=change_order")).has("#", "0")
}

func TestERPState(t *testing.T) {
	w := demoWorld(t)
	state := func() string { c, _ := w.sim.Commitment(DemoSubcontractID); return c.ERPState }
	steps := []string{state()}
	_, detail := w.exportSub("A")
	steps = append(steps, state())
	w.rest(http.MethodPut, detailPath(detail), closeBody("success")).is(http.StatusOK)
	steps = append(steps, state())
	w.rest(http.MethodPatch, company("/external_data/sync"), linkBody()).is(http.StatusOK)
	steps = append(steps, state())
	if got := fmt.Sprint(steps); got != "[ exporting stuck synced]" {
		t.Errorf("states %s", got)
	}
}
