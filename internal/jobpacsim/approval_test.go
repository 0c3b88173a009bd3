package jobpacsim_test

import (
	"testing"

	"github.com/procpac/procpac/internal/jobpacsim"
)

func pendingItems(b *bench) []map[string]string {
	b.t.Helper()
	return b.must(b.get("OrderItemsPendingApprovalListing", params{"CostingWorkId": "01", "Job": "1001"}))
}

func approve() params { return params{"OrderFirm": "01", "Order": "PO1", "OrderItem": "1"} }

func TestItemsAboveTheLimitWaitForApproval(t *testing.T) {
	b := newBench(t)
	b.change(func(s *jobpacsim.Settings) { s.ApprovalLimitCents = 2505_00 })
	b.stock() // the item is worth 2,505.00
	if rows := pendingItems(b); len(rows) != 0 {
		t.Fatalf("at the limit: %v", rows)
	}
	update := params{"OrderWorkId": "01", "Order": "PO1", "OrderItem": "1", "QuantityOrdered": "11"}
	b.must(b.post("UpdateAPurchaseOrderItem", update))
	if rows := pendingItems(b); len(rows) != 1 || rows[0]["Order"] != "PO1" || rows[0]["OrderItem"] != "1" {
		t.Fatalf("above it: %v", rows)
	}
	b.refused(b.put("CreateANewPendingInvoiceUpload", upload()), "is unapproved")
	b.must(b.post("ApproveOrderItem", approve()))
	b.must(b.post("ApproveOrderItem", approve()))
	if rows := pendingItems(b); len(rows) != 0 {
		t.Fatalf("approved: %v", rows)
	}
	b.must(b.put("CreateANewPendingInvoiceUpload", upload()))
	b.must(b.post("UpdateAPurchaseOrderItem", update.with("QuantityOrdered", "10.5")))
	if rows := pendingItems(b); len(rows) != 0 {
		t.Fatalf("smaller needs no new approval: %v", rows)
	}
	b.must(b.post("UpdateAPurchaseOrderItem", update.with("QuantityOrdered", "12")))
	if rows := pendingItems(b); len(rows) != 1 {
		t.Fatalf("larger needs one: %v", rows)
	}
}

func TestApprovalsAreRefused(t *testing.T) {
	b := newBench(t)
	b.change(func(s *jobpacsim.Settings) { s.ApprovalLimitCents, s.RefuseAPIApproval = 1, true })
	b.stock()
	b.refused(b.post("ApproveOrderItem", approve()), "no authority")
	b.refused(b.post("ApproveOrderItem", approve().with("OrderItem", "2")), "is not on order")
	b.refused(b.post("ApproveOrderItem", approve().with("Order", "SC1")), "is a subcontract")
	b.edit("purchase_order_items", jobpacsim.Row{"Order": "PO1"}, jobpacsim.Row{"Approved": "Y"})
	if rows := pendingItems(b); len(rows) != 0 {
		t.Errorf("a person approved it: %v", rows)
	}
}
