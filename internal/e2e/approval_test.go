package e2e

import (
	"testing"

	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/journal"
)

// needsApproval makes Jobpac want an approval for every item.
func (w *world) needsApproval() {
	w.t.Helper()
	set := w.jobpac.Settings()
	set.ApprovalLimitCents = 1
	if err := w.jobpac.SetSettings(set); err != nil {
		w.t.Fatal(err)
	}
}

// Items of a purchase order that wait for approval in Jobpac are a person's, who
// is told which; until then no invoice on them is sent.
func TestItemsThatWaitForApproval(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.needsApproval()
	s.add(purchase(5001, 2))
	request := s.export(commitment, 5001, "PO-1")
	s.settled(commitment, 5001, request, journal.Done)
	s.closed(request, "success", "PO-1", "items 1, 2 of order PO-1 waited for it")
	early, _ := s.bill(invoice(9001, 5001, "10.00"))
	s.settled(requisition, 9001, early, journal.Rejected)
	s.closed(early, "failed", "waits for approval")
	s.edited("purchase_order_items", jobpacsim.Row{"Order": "PO-1"}, jobpacsim.Row{"Approved": "Y"})
	late, _ := s.bill(invoice(9001, 5001, "10.00"))
	s.settled(requisition, 9001, late, journal.Done)
	s.drained()
	s.stop()
	s.closed(late, "success", "INV-9001")
	s.standsOnce(5001, "PO-1")
}

// By setting they are approved, whatever answers are lost.
func TestItemsAreApprovedBySetting(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *config.Config) { c.Connections[0].Orders.Approve = "yes" })
	s.needsApproval()
	s.jobpacFaults(
		jobpacsim.Fault{Operation: "ApproveOrderItem", Kind: jobpacsim.FaultCutAfter, Nth: 1},
		jobpacsim.Fault{Operation: "ApproveOrderItem", Kind: jobpacsim.FaultStatusBefore, Status: 503, Nth: 2},
	)
	s.add(purchase(5001, 3))
	request := s.export(commitment, 5001, "PO-1")
	s.settled(commitment, 5001, request, journal.Done)
	bill, _ := s.bill(invoice(9001, 5001, "10.00", "11.00"))
	s.settled(requisition, 9001, bill, journal.Done)
	s.drained()
	s.stop()
	s.closed(request, "success", "PO-1").lacks(t, "pproval")
	if waiting := rows(s.jobpac.State().PurchaseOrderItems, jobpacsim.Row{"Approved": "N"}); len(waiting) != 0 {
		t.Errorf("waiting %v", waiting)
	}
	s.standsOnce(5001, "PO-1")
}
