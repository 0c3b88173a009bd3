package procoresim

import (
	"fmt"
	"net/http"
	"testing"
)

const testInvoiceID = 9311

// invoiceWorld has the demo's documents, all linked, and an approved invoice on the subcontract: a line of it and one of its change order.
func invoiceWorld(t *testing.T, change ...func(*Settings)) *world {
	t.Helper()
	w := demoWorld(t, change...)
	w.link(
		obj{"item_type": itemWorkOrder, "item_id": DemoSubcontractID, "origin_id": "01|SC0001"}, obj{"item_type": itemLine, "item_id": 510_101, "origin_id": "01|SC0001|1"},
		obj{"item_type": itemChangeOrder, "item_id": DemoSubChangeID, "origin_id": "01|1001|V00001"},
		obj{"item_type": itemLine, "item_id": 510_401, "origin_id": "01|1001|V00001|1"},
	)
	id, err := w.sim.AddRequisition(testInvoice())
	if err != nil || id != testInvoiceID {
		t.Fatal(id, err)
	}
	return w
}

func testInvoice() Requisition {
	return Requisition{
		ID: testInvoiceID, CommitmentID: DemoSubcontractID, InvoiceNumber: "INV-77", Status: "approved", BillingDate: "2026-08-31", PaymentDue: "2026-09-30",
		AccountingDate: "2026-09-01",
		Items: []RequisitionItem{
			{ID: 1, LineID: 510_101, Amount: "4000.00", Stored: "100.50", RetainedWork: "200.00", RetainedMaterials: "5.03"},
			{ID: 2, LineID: 510_401, Amount: "620.00", ReleasedWork: "31.00"},
		},
	}
}

func TestExportOfAnInvoice(t *testing.T) {
	w := invoiceWorld(t)
	a := w.control(http.MethodPost, "/sim/requisitions/export", obj{"requisitions": []obj{{"id": testInvoiceID, "code": "C-1"}}}).is(http.StatusOK)
	q := w.lastRequest()
	a.has("erp_request_id", fmt.Sprint(q.ID), "request_detail_ids.0", fmt.Sprint(q.DetailID))
	if q.ItemType != itemRequisition || q.ItemID != testInvoiceID {
		t.Errorf("the detail is of %s %d", q.ItemType, q.ItemID)
	}
	head, first, second := "request_data.requisitions.0.", "request_data.requisitions.0.line_items.0.", "request_data.requisitions.0.line_items.1."
	w.requestData(q.ID).has(
		"request_name", "create_requisitions", "request_data.request_detail_id", fmt.Sprint(q.DetailID), head+"request_detail_id", "absent",
		head+"procore_requisition_id", "9311", head+"contract_id", "4101", head+"contract_origin_id", "01|SC0001", head+"job_origin_id", "01|1001",
		head+"invoice_number", "INV-77", head+"code", "C-1", head+"billing_date", "2026-08-31", head+"formatted_payment_due", "2026-09-30",
		head+"accounting_date", "2026-09-01", head+"accounting_method", "amount",
		first+"requisition_item_type", "Billings::ContractItem", first+"commitment_item_origin_id", "01|SC0001|1", first+"change_order_line_item_origin_id", "null",
		first+"amount", "4100.50", first+"scheduled_total_amount", "48000.00", first+"retainage_this_period", "205.03",
		first+"retainage_work_completed_this_period", "200.00", first+"cost_code_origin_id", "01|1001|02-100", first+"line_item_type_origin_id", "S",
		second+"requisition_item_type", "Billings::ChangeOrderItem", second+"commitment_item_origin_id", "null",
		second+"change_order_line_item_origin_id", "01|1001|V00001|1", second+"released_work_completed_this_period", "31.00",
	)
	w.link(obj{"item_type": itemRequisition, "item_id": testInvoiceID, "origin_id": "01|SC0001|INV-77"},
		obj{"item_type": itemRequisitionLine, "item_id": 1, "origin_id": "01|SC0001|INV-77|1"},
		obj{"item_type": itemRequisitionChange, "item_id": 2, "origin_id": "01|SC0001|INV-77|2"}).has("errors.#", "0")
	w.rest(http.MethodPatch, company(fmt.Sprintf("/erp_request_details/%d", q.DetailID)), obj{"request_detail": obj{"status": "success"}})
	r, _ := w.sim.Requisition(testInvoiceID)
	if r.OriginID != "01|SC0001|INV-77" || r.Items[0].OriginID == "" || r.Items[1].OriginID == "" || r.Number != 2 {
		t.Errorf("%+v", r)
	}
}

// An item type that does not fit the item, and an invoice that is not there, are unknown to the external data.
func TestInvoiceItemsAreKnownByTheirKind(t *testing.T) {
	w := invoiceWorld(t)
	for _, row := range []obj{
		{"item_type": itemRequisitionChange, "item_id": 1, "origin_id": "x"}, {"item_type": itemRequisitionDetail, "item_id": 2, "origin_id": "x"},
		{"item_type": itemRequisition, "item_id": 5, "origin_id": "x"}, {"item_type": itemMarkup, "item_id": 5, "origin_id": "x"},
	} {
		w.link(row).has("errors.#", "1")
	}
}

func TestDetailsOfInvoices(t *testing.T) {
	for _, where := range []string{"request", "each", "none"} {
		t.Run(where, func(t *testing.T) {
			w := invoiceWorld(t, func(s *Settings) { s.InvoiceDetail = where })
			second := testInvoice()
			second.ID, second.InvoiceNumber, second.Items = 9312, "INV-78", second.Items[:1]
			second.Items[0].ID = 3
			if _, err := w.sim.AddRequisition(second); err != nil {
				t.Fatal(err)
			}
			request, details, err := w.sim.ExportRequisitions(Export{ID: testInvoiceID}, Export{ID: 9312})
			if err != nil || len(details) != 2 {
				t.Fatal(details, err)
			}
			one, two := fmt.Sprint(details[0]), fmt.Sprint(details[1])
			switch a := w.requestData(request); where {
			case "request":
				a.has("request_data.request_detail_id", one, "request_data.requisitions.0.request_detail_id", "absent")
				if one != two {
					t.Errorf("details %v", details)
				}
			case "each":
				a.has("request_data.request_detail_id", "absent", "request_data.requisitions.0.request_detail_id", one, "request_data.requisitions.1.request_detail_id", two)
				if one == two {
					t.Errorf("details %v", details)
				}
			default:
				a.has("request_data.request_detail_id", "absent", "request_detail_id", "absent", "request_data.requisitions.0.request_detail_id", "absent")
			}
		})
	}
}

func TestRefusedInvoices(t *testing.T) {
	w := demoWorld(t)
	bad := func(field string, change func(*Requisition)) {
		t.Helper()
		r := testInvoice()
		change(&r)
		_, err := w.sim.AddRequisition(r)
		refusedBy(t, err, field)
	}
	bad("commitment_id", func(r *Requisition) { r.CommitmentID = 5 })
	bad("status", func(r *Requisition) { r.Status = "Approved" })
	bad("items", func(r *Requisition) { r.Items[0].Amount = "a lot" })
	bad("line_item_id", func(r *Requisition) { r.Items[0].LineID = 510_201 })
	bad("line_item_id", func(r *Requisition) { r.Items[0].Type = ChangeOrderItem })
	early := testInvoice()
	early.Status = ""
	if _, err := w.sim.AddRequisition(early); err != nil {
		t.Fatal(err)
	}
	_, err := w.sim.AddRequisition(testInvoice())
	refusedBy(t, err, "taken")
	_, _, err = w.sim.ExportRequisitions(Export{ID: testInvoiceID})
	refusedBy(t, err, "draft")
	w.control(http.MethodPatch, "/sim/requisitions/9311", obj{"status": "approved_as_noted"}).is(http.StatusOK)
	_, _, err = w.sim.ExportRequisitions(Export{ID: testInvoiceID})
	refusedBy(t, err, "not synced")
	_, _, err = w.sim.ExportRequisitions()
	refusedBy(t, err, "empty")
	_, _, err = w.sim.ExportRequisitions(Export{ID: 5})
	refusedBy(t, err, "requisition 5")
	refusedBy(t, w.sim.EditRequisition(5, nil), "requisition 5")
}

// Reset by Procore's support: the links are gone, and the integration is told with nothing to close.
func TestResetOfAnInvoice(t *testing.T) {
	w := invoiceWorld(t)
	w.link(obj{"item_type": itemRequisition, "item_id": testInvoiceID, "origin_id": "01|SC0001|INV-77"}, obj{"item_type": itemRequisitionLine, "item_id": 1, "origin_id": "a"})
	w.control(http.MethodPost, "/sim/requisitions/9311/reset", nil).is(http.StatusOK)
	w.requestData(w.lastRequest().ID).has("request_name", "reset_requisition", "request_data.requisition_id", "9311",
		"request_data.requisition_origin_id", "01|SC0001|INV-77", "request_data.request_detail_id", "absent")
	if r, _ := w.sim.Requisition(testInvoiceID); r.OriginID != "" || r.Items[0].OriginID != "" {
		t.Errorf("%+v", r)
	}
}
