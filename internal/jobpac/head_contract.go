package jobpac

import "github.com/procpac/procpac/internal/erp"

// claimCodeSource is how the claim codes of head contracts are read, job by
// job: the job must be named, and a range of sections can be (documented).
// Since and Until are ignored: nothing tells when a claim code was changed.
func claimCodeSource() source {
	return source{
		kind: KindClaimCode, op: claimCodeListing(), work: "WorkId", works: []string{"WorkId", "CostingWorkId"}, byJob: true,
		must: []string{"Job", "ClaimCode"}, id: []string{"Job", "Section", "ClaimCode"}, axes: []axis{codes("Section")},
		shown: []cell{
			text(erp.ColWorkID, "WorkId", "CostingWorkId"), text(erp.ColJob, "Job"), text(erp.ColSection, "Section"), text(erp.ColClaimCode, "ClaimCode"),
			text(erp.ColDescription, "Description"), text(erp.ColQuantity, "Quantity"), text(erp.ColUnit, "UnitOfMeasure"),
			text(erp.ColRate, "Rate"), text(erp.ColValue, "Value"),
		},
	}
}
