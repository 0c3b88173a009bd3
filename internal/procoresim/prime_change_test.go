package procoresim

import (
	"fmt"
	"net/http"
	"testing"
)

// primeChange is an approved prime contract change order of two lines, the first with a markup.
func primeChange() PrimeChange {
	return PrimeChange{
		ID: 7801, ProjectID: DemoProjectID, Number: "049", Title: "Extra storey", Status: "approved", Executed: true, ApprovedOn: "2026-09-04",
		Lines: []PrimeChangeLine{
			{Line: Line{ID: 8801, Description: "Frame", Amount: "1000.00", CostCode: "03-100", CostType: "S"}, Markups: []Markup{{ID: 8803, Amount: "100.00"}}},
			{Line: Line{ID: 8802, Description: "Crane", Amount: "50.25", CostCode: "03-200", CostType: "S"}},
		},
	}
}

func primeChangeWorld(t *testing.T, change ...func(*Settings)) *world {
	t.Helper()
	w := demoWorld(t, change...)
	if _, err := w.sim.AddPrimeChange(primeChange()); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) linkPrimeChange() {
	w.t.Helper()
	w.link(obj{"item_type": itemChangeOrder, "item_id": 7801, "origin_id": "01|1001|V00009"}, obj{"item_type": itemLine, "item_id": 8801, "origin_id": "01|1001|V00009|1"},
		obj{"item_type": itemMarkup, "item_id": 8803, "origin_id": "01|1001|V00009|m"}).has("errors.#", "0")
}

func TestExportOfAPrimeChange(t *testing.T) {
	w := primeChangeWorld(t)
	w.control(http.MethodPost, "/sim/prime_contract_change_orders/7801/export", obj{"code": "V00009", "erp_custom_fields": obj{"variation_type": "2"}}).is(http.StatusOK)
	q := w.lastRequest()
	first := "request_data.prime_contract_change_order_items.0."
	w.requestData(q.ID).has(
		"request_name", "create_prime_contract_change_order", "request_data.request_detail_id", fmt.Sprint(q.DetailID), "request_data.project.origin_id", "01|1001",
		"request_data.prime_contract_change_order.number", "049", "request_data.prime_contract_change_order.origin_code", "V00009",
		"request_data.prime_contract_change_order.approved_on", "2026-09-04", "request_data.prime_contract_change_order.erp_custom_fields.variation_type", "2",
		first+"amount", "1100.00", first+"extended_amount", "1000.00", first+"markup_line_items.0.id", "8803", first+"cost_code.origin_id", "01|1001|03-100",
	)
	w.linkPrimeChange()
	if o, _ := w.sim.PrimeChange(7801); o.OriginID == "" || o.Lines[0].OriginID == "" || o.Lines[0].Markups[0].OriginID == "" || o.ERPState != "exporting" {
		t.Errorf("%+v", o)
	}
}

func TestUnlinkAndResetOfAPrimeChange(t *testing.T) {
	w := primeChangeWorld(t)
	w.control(http.MethodPost, "/sim/prime_contract_change_orders/7801/unlink", nil).is(http.StatusConflict).contains("not synced")
	w.linkPrimeChange()
	w.control(http.MethodPost, "/sim/prime_contract_change_orders/7801/unlink", nil).is(http.StatusOK)
	q := w.lastRequest()
	w.requestData(q.ID).has("request_name", "unlink_prime_contract_change_order", "request_data.prime_contract_change_order.origin_id", "01|1001|V00009",
		"request_data.prime_contract_change_order_line_items.0.revenue_amount", "1100.00", "request_data.request_detail_id", fmt.Sprint(q.DetailID))
	w.control(http.MethodPost, "/sim/prime_contract_change_orders/7801/reset", nil).is(http.StatusOK)
	w.requestData(w.lastRequest().ID).has("request_name", "reset_prime_contract_change_order", "request_data.prime_contract_change_order_id", "7801",
		"request_data.prime_contract_change_order_origin_id", "01|1001|V00009", "request_data.request_detail_id", "absent")
	if o, _ := w.sim.PrimeChange(7801); o.OriginID != "" || o.Lines[0].OriginID != "" || o.Lines[0].Markups[0].OriginID != "" {
		t.Errorf("%+v", o)
	}
}

func TestRefusedPrimeChanges(t *testing.T) {
	w := primeChangeWorld(t)
	bad := func(field string, change func(*PrimeChange)) {
		t.Helper()
		o := primeChange()
		o.ID = 0
		change(&o)
		_, err := w.sim.AddPrimeChange(o)
		refusedBy(t, err, field)
	}
	bad("project_id", func(o *PrimeChange) { o.ProjectID = 5 })
	bad("contract_id", func(o *PrimeChange) { o.ContractID = 5 })
	bad("status", func(o *PrimeChange) { o.Status = "maybe" })
	bad("markup", func(o *PrimeChange) { o.Lines[0].Markups[0].Amount = "much" })
	bad("line_items", func(o *PrimeChange) { o.Lines[0].Amount = "much" })
	bad("id", func(o *PrimeChange) { o.ID = DemoSubChangeID })
	bad("id", func(o *PrimeChange) { o.ID = 7801 })
	w.control(http.MethodPatch, "/sim/prime_contract_change_orders/7801", obj{"status": "draft"}).is(http.StatusOK)
	_, _, err := w.sim.ExportPrimeChange(7801, "")
	refusedBy(t, err, "draft")
	_, _, err = w.sim.ExportPrimeChange(5, "")
	refusedBy(t, err, "change order 5")
	refusedBy(t, w.sim.EditPrimeChange(5, nil), "change order 5")
}

// Commitments and change orders are unlinked by a request too, with both origin ids.
func TestUnlinkOfCommitments(t *testing.T) {
	w := demoWorld(t)
	w.link(obj{"item_type": itemWorkOrder, "item_id": DemoSubcontractID, "origin_id": "01|SC0001"}, obj{"item_type": itemChangeOrder, "item_id": DemoSubChangeID, "origin_id": "01|1001|V00001"})
	w.control(http.MethodPost, fmt.Sprintf("/sim/commitments/%d/unlink", DemoSubcontractID), nil).is(http.StatusOK)
	w.requestData(w.lastRequest().ID).has("request_name", "unlink_commitment", "request_data.procore_commitment_id", "4101",
		"request_data.commitment_origin_id", "01|SC0001", "request_data.commitment_type", WorkOrderContract, "request_data.job_origin_id", "01|1001")
	w.control(http.MethodPost, fmt.Sprintf("/sim/change_orders/%d/unlink", DemoSubChangeID), nil).is(http.StatusOK)
	w.requestData(w.lastRequest().ID).has("request_name", "unlink_commitment_change_order", "request_data.procore_commitment_change_order_id", "7701",
		"request_data.commitment_change_order_origin_id", "01|1001|V00001", "request_data.commitment_origin_id", "01|SC0001")
	for _, unlink := range []func(int64) (int64, int64, error){w.sim.UnlinkCommitment, w.sim.UnlinkChangeOrder, w.sim.UnlinkPrimeChange} {
		_, _, err := unlink(5)
		refusedBy(t, err, "5")
	}
	for _, reset := range []func(int64) (int64, error){w.sim.ResetRequisition, w.sim.ResetPrimeChange} {
		_, err := reset(5)
		refusedBy(t, err, "5")
	}
}
