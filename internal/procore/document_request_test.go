package procore

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/erp"
)

func TestARequestOfInvoices(t *testing.T) {
	t.Parallel()
	r := decodeSample(t, "request_create_requisitions")
	if r.Unreadable != "" || r.DetailID != 9534 || len(r.Invoices) != 2 || r.Import != nil {
		t.Fatalf("%+v", r)
	}
	first := erp.Requisition{
		ID: 880, ContractID: 4101, ContractOrigin: "01|SC0042", JobOrigin: harbour, Number: "7", Code: "INV-7", Method: "amount",
		BillingDate: "2026-04-30", PaymentDue: "2026-05-30", CreatedAt: "2026-05-04T01:00:00Z", AccountingDate: "2026-05-02",
		Fields: map[string]string{"note": "urgent"},
		Lines: []erp.RequisitionLine{
			{ID: 8811, ItemType: "Billings::ContractItem", Description: "Slab", Amount: dec(t, "1500.0"), Quantity: dec(t, "0.0"),
				CostCode: erp.Link{ID: 5101, Origin: harbour + "|03-100"}, CostType: erp.Link{Origin: "S"}, CommitmentItemOrigin: "01|SC0042|1",
				Scheduled: dec(t, "25000.0"), RetainedWork: dec(t, "75.0"), RetainedMaterials: dec(t, "0.0"), ReleasedWork: dec(t, "0.0")},
			{ID: 8812, ItemType: "Billings::ChangeOrderItem", Description: "Slab", Amount: dec(t, "250.5"), Quantity: dec(t, "0.0"),
				CostCode: erp.Link{ID: 5101, Origin: harbour + "|03-100"}, CostType: erp.Link{Origin: "S"}, ChangeItemOrigin: harbour + "|V00007|1",
				Scheduled: dec(t, "25000.0"), RetainedWork: dec(t, "12.53"), RetainedMaterials: dec(t, "0.0"), ReleasedWork: dec(t, "0.0")},
		},
	}
	if diff := cmp.Diff(first, r.Invoices[0], byText); diff != "" {
		t.Error(diff)
	}
	if second := r.Invoices[1]; second.ID != 881 || second.DetailID != 9535 || second.Code != "" || second.Fields != nil || second.JobOrigin != "" || len(second.Lines) != 0 {
		t.Errorf("%+v", second)
	}
}

// A batch that cannot be read still says which details are to be closed.
func TestAnUnreadableRequestOfInvoices(t *testing.T) {
	t.Parallel()
	r := decodeSample(t, "request_create_requisitions_unreadable")
	if !strings.Contains(r.Unreadable, "requisitions line 1 line_items line 1 amount") || r.Invoices != nil || r.DetailID != 9536 {
		t.Fatalf("%+v", r)
	}
	if diff := cmp.Diff(&erp.ImportRequest{Rows: []erp.ClosedBy{{Detail: 9537}}}, r.Import); diff != "" {
		t.Error(diff)
	}
}

func TestRequestsToUnlink(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		detail erp.ID
		unlink erp.Unlink
	}{
		"request_unlink_commitment": {9538, erp.Unlink{Kind: erp.ApprovedCommitment, Type: erp.WorkOrderContract, ID: 4101, Origin: "01|SC0042"}},
		"request_unlink_commitment_change_order": {9539, erp.Unlink{
			Kind: erp.ApprovedChangeOrder, Type: erp.PurchaseOrderContract, ID: 7701, Origin: "01|PO0077|3", OrderOf: "01|PO0077"}},
		"request_unlink_prime_contract_change_order": {9540, erp.Unlink{
			Kind: erp.KindPrimeChange, ID: 7801, Commitment: 610, Origin: harbour + "|V00009", Lines: []erp.ID{8801, 8802}}},
	} {
		r := decodeSample(t, name)
		if r.Unreadable != "" || r.DetailID != want.detail || r.JobOrigin != harbour {
			t.Errorf("%s: %+v", name, r)
			continue
		}
		if diff := cmp.Diff(&want.unlink, r.Unlink); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// The content may stand without a wrapper.
func TestAPrimeContractChangeOrderWithoutAWrapper(t *testing.T) {
	t.Parallel()
	wrapped, bare := decodeSample(t, "request_create_prime_contract_change_order"), decodeSample(t, "request_create_prime_contract_change_order_bare")
	wrapped.ID = bare.ID
	if diff := cmp.Diff(wrapped, bare, byText); diff != "" || bare.PrimeChange == nil {
		t.Error(diff)
	}
}

func TestARequestOfAPrimeContractChangeOrder(t *testing.T) {
	t.Parallel()
	r := decodeSample(t, "request_create_prime_contract_change_order")
	if r.Unreadable != "" || r.DetailID != 9541 || r.JobOrigin != harbour {
		t.Fatalf("%+v", r)
	}
	want := &erp.PrimeChange{
		ID: 7801, ContractID: 610, Number: "049", Title: "Extra storey", Status: "approved", ReviewedAt: "2026-05-03T23:00:00Z", ApprovedOn: "2026-05-04",
		Fields: map[string]string{"variation_type": "2"},
		Lines: []erp.PrimeChangeLine{
			{ID: 8801, Description: "Frame", Amount: dec(t, "1100.0"), Tax: dec(t, "110.0"), CostCode: erp.Link{ID: 5101, Origin: harbour + "|03-100"},
				CostType: erp.Link{ID: 61, Origin: "S"}, Markups: []erp.ID{8803}},
			{ID: 8802, Description: "Crane", Amount: dec(t, "50.25"), CostCode: erp.Link{ID: 5102, Origin: harbour + "|03-200"}, CostType: erp.Link{ID: 61, Origin: "S"}},
		},
	}
	if diff := cmp.Diff(want, r.PrimeChange, byText); diff != "" {
		t.Error(diff)
	}
}

// What lacks its document is told, and not guessed.
func TestDocumentRequestsUnreadable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, data, says string }{
		{erp.CreateRequisitions, `null`, "request_data is missing"},
		{erp.CreateRequisitions, `{}`, "requisitions is missing"},
		{erp.CreateRequisitions, `{"requisitions":[]}`, "requisitions is missing"},
		{erp.CreateRequisitions, `{"requisitions":[{"code":"x"}]}`, "requisition 1: the field procore_requisition_id is missing"},
		{erp.CreateRequisitions, `{"requisitions":[{"procore_requisition_id":1,"line_items":[{"amount":1}]}]}`, "line_items line 1 procore_requisition_item_id is missing"},
		{erp.UnlinkCommitment, `null`, "request_data is missing"},
		{erp.UnlinkCommitment, `{"commitment_origin_id":"01|PO1"}`, "id of the document to unlink is missing"},
		{erp.UnlinkCommitmentChangeOrder, `{"procore_commitment_id":4101}`, "id of the document to unlink is missing"},
		{erp.UnlinkPrimeContractChangeOrder, `{"prime_contract":{"id":610}}`, "id of the document to unlink is missing"},
		{erp.CreatePrimeContractChangeOrder, `{}`, "prime_contract_change_order id is missing"},
		{erp.CreatePrimeContractChangeOrder, `{"prime_contract_change_order":{"id":1},"prime_contract_change_order_items":[{"amount":"1"}]}`, "line 1 id is missing"},
	} {
		r, err := DecodeRequest([]byte(fmt.Sprintf(`{"id":5,"request_name":%q,"request_detail_id":6,"request_data":%s}`, c.name, c.data)))
		if err != nil || r.DetailID != 6 || !strings.Contains(r.Unreadable, c.says) {
			t.Errorf("%s %s: %q %v, want %q", c.name, c.data, r.Unreadable, err, c.says)
		}
		if r.Invoices != nil || r.Unlink != nil || r.PrimeChange != nil {
			t.Errorf("%s %s: %+v", c.name, c.data, r)
		}
	}
}
