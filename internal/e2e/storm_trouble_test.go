package e2e

import (
	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/procoresim"
)

// trouble orders the faults of both sides, as many as fit the number of
// documents. All of them end, so that the storm does.
func (s *storm) trouble() {
	s.t.Helper()
	n := len(s.documents)
	some := func(k int) int { return max(1, n*k/150) }
	writes := []string{"CreateANewPurchaseOrder", "CreateANewPurchaseOrderItem", "CreateANewSubcontract", "CreateANewSubcontractItem", "CreateANewVariation", "CreateANewVariationItem"}
	var faults []jobpacsim.Fault
	for i, operation := range writes {
		strike := func(kind string, count, percent int, more jobpacsim.Fault) {
			more.Operation, more.Kind, more.Count, more.Probability, more.Seed = operation, kind, some(count), float64(percent)/100, s.seed+uint64(i)
			faults = append(faults, more)
		}
		strike(jobpacsim.FaultStatusBefore, 3, 4, jobpacsim.Fault{})
		strike(jobpacsim.FaultStatusAfter, 3, 4, jobpacsim.Fault{})
		strike(jobpacsim.FaultCutAfter, 3, 4, jobpacsim.Fault{})
		strike(jobpacsim.FaultCutBefore, 2, 3, jobpacsim.Fault{})
		strike(jobpacsim.FaultEmpty200, 1, 2, jobpacsim.Fault{})
		strike(jobpacsim.FaultLateCommit, 2, 3, jobpacsim.Fault{MS: 150})
	}
	for _, f := range []jobpacsim.Fault{
		{Operation: writes[1], Kind: jobpacsim.FaultStatusBefore, Status: 429, RetryAfter: 1, Count: some(1), Probability: 0.02},
		{Operation: "PurchaseOrderListing", Kind: jobpacsim.FaultStatusBefore, Status: 429, RetryAfter: 1, Count: some(3), Probability: 0.05},
		{Operation: "SubcontractListing", Kind: jobpacsim.FaultStatusBefore, Count: some(5), Probability: 0.05},
		{Operation: "PurchaseOrderItemListing", Kind: jobpacsim.FaultStaleLookup, MS: 100, Count: some(20), Probability: 0.1},
		{Operation: "SubcontractListing", Kind: jobpacsim.FaultStaleLookup, MS: 100, Count: some(20), Probability: 0.1},
		{Operation: writes[3], Kind: jobpacsim.FaultExpireToken, Count: some(2), Probability: 0.03},
	} {
		f.Seed = s.seed
		faults = append(faults, f)
	}
	s.jobpacFaults(faults...)
	err := s.procore.SetFaultPlan(procoresim.Faults{Seed: s.seed, Faults: []procoresim.Fault{
		{Path: "erp_requests", StatusBefore: 429, RetryAfter: 1, Percent: 2, Count: some(6)},
		{Path: "erp_requests", StatusBefore: 503, RetryAfter: 1, Percent: 2, Count: some(4)},
		{Path: "rest", StatusBefore: 500, Percent: 2, Count: some(8)},
		{Path: "rest", StatusAfter: 502, Percent: 2, Count: some(8)},
		{Path: "rest", CutAfter: true, Percent: 2, Count: some(6)},
	}})
	if err != nil {
		s.t.Fatal(err)
	}
}

// struck counts the faults that struck, by kind.
func (s *storm) struck() string {
	counts := map[string]int{}
	for _, f := range s.jobpac.Faults() {
		counts[f.Kind] += f.Struck
	}
	return kinds(counts)
}
