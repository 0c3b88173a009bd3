package e2e

import (
	"testing"

	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/journal"
)

// By setting the subcontract of a voided commitment is finalised, once, though
// the first answer is lost; a purchase order that Procore closes is left alone.
func TestVoidedIsCompletedBySetting(t *testing.T) {
	t.Parallel()
	s := direct(t, func(cfg *config.Config) { cfg.Connections[0].Voided = "complete" })
	s.add(purchase(5001, 2), subcontract(5002, 2))
	s.until(commitment, 5001, journal.Done)
	s.until(commitment, 5002, journal.Done)
	s.jobpacFaults(jobpacsim.Fault{Operation: "UpdateASubcontract", Kind: jobpacsim.FaultCutAfter, Nth: 1})
	s.edit(5001, map[string]any{"status": "Closed"})
	s.edit(5002, map[string]any{"status": "Void"})
	s.await("the subcontract is finalised", func() bool { return s.jobpac.State().Subcontracts[0]["Finalised"] == "Y" })
	s.drained()
	s.stop()
	if calls := s.writes(); calls["UpdateAPurchaseOrder"] != 0 || calls["UpdateASubcontract"] > 2 {
		t.Errorf("writes %s", kinds(calls))
	}
	if order := s.jobpac.State().PurchaseOrders[0]; order["Complete"] != "N" {
		t.Errorf("order %v", order)
	}
	if n := len(s.jobpac.State().SubcontractItems); n != 2 {
		t.Errorf("%d items", n)
	}
}
