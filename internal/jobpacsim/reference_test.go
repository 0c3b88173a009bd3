package jobpacsim_test

import (
	"testing"

	"github.com/procpac/procpac/internal/jobpacsim"
)

func TestReferencesAreShownOrHidden(t *testing.T) {
	b := newBench(t)
	b.must(b.put("CreateANewPurchaseOrder", order().with("UserDefinedField1", "PCC4101", "RequisitionNumber", "R1")))
	if row := b.must(b.get("PurchaseOrderListing", params{"WorkId": "01"}))[0]; row["UserDefinedField1"] != "PCC4101" {
		t.Errorf("shown: %v", row)
	}
	b.change(func(s *jobpacsim.Settings) { s.HideReferences = true })
	row := b.must(b.get("PurchaseOrderListing", params{"WorkId": "01"}))[0]
	if _, carried := row["UserDefinedField1"]; carried || row["RequisitionNumber"] != "R1" || row["Order"] == "" {
		t.Errorf("hidden: %v", row)
	}
	if kept := b.sim.State().PurchaseOrders[0]["UserDefinedField1"]; kept != "PCC4101" {
		t.Errorf("the book lost it: %q", kept)
	}
}
