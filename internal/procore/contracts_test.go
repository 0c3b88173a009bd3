package procore_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/procore"
	"github.com/procpac/procpac/internal/procoresim"
)

// A v2 list of several pages: text ids, rows in data, each contract once.
func TestSimContractsPages(t *testing.T) {
	t.Parallel()
	sim, client := demo(t, nil)
	for i := range 230 {
		_, err := sim.AddCommitment(procoresim.Commitment{
			ID: int64(9_007_199_254_740_993 + i), ProjectID: procoresim.DemoProjectID, Type: "PurchaseOrderContract",
			Number: fmt.Sprintf("PO%04d", 100+i), Title: "Bolts", Status: "Approved", VendorID: 7001,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	seen := map[erp.ID]procore.Contract{}
	for c, err := range client.Contracts(t.Context(), procoresim.DemoProjectID, time.Time{}) {
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := seen[c.ID]; twice {
			t.Fatalf("%s twice", c.ID)
		}
		seen[c.ID] = c
	}
	if len(seen) != 233 {
		t.Fatalf("%d contracts, want 230 and the demo's three", len(seen))
	}
	c := seen[9_007_199_254_740_993]
	if c.Number != "PO0100" || c.Type != erp.PurchaseOrderContract || c.Status != "Approved" || c.Title != "Bolts" || c.UpdatedAt == "" {
		t.Fatalf("got %+v", c)
	}
}

func TestSimContractsSince(t *testing.T) {
	t.Parallel()
	_, client := demo(t, nil)
	for c, err := range client.Contracts(t.Context(), procoresim.DemoProjectID, time.Now().Add(time.Hour)) {
		t.Fatalf("nothing changes in the future: %+v %v", c, err)
	}
	n := 0
	for range client.Contracts(t.Context(), procoresim.DemoProjectID, time.Now().Add(-time.Hour)) {
		if n++; n == 2 {
			break
		}
	}
	if n != 2 {
		t.Fatalf("%d contracts", n)
	}
}

func TestSimContractsRefused(t *testing.T) {
	t.Parallel()
	sim, client := demo(t, nil)
	if err := sim.SetFaults(procoresim.Fault{Path: "commitment_contracts", StatusBefore: 400}); err != nil {
		t.Fatal(err)
	}
	for _, err := range client.Contracts(t.Context(), procoresim.DemoProjectID, time.Time{}) {
		if fault.Of(err) != fault.Permanent {
			t.Fatalf("got %v", err)
		}
		return
	}
	t.Fatal("an error ends the list, it does not empty it")
}
