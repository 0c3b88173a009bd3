package jobpac

import "github.com/procpac/procpac/internal/erp"

// Variations and their items are created once and never changed (documented).

func variationColumns() []column {
	return []column{
		{name: erp.ColWorkID, create: []string{"WorkId"}, read: []string{"WorkId", "CostingWorkId"}},
		fixed(erp.ColJob, "Job"), fixed(erp.ColVariation, "Variation"),
		fixed(erp.ColDescription, "Description"), fixed(erp.ColVariationTyp, "Type"), fixed(erp.ColReason, "Reason"),
		fixed(erp.ColSubmitted, "DateSubmitted"), fixed(erp.ColApproved, "ApprovalDate"),
		fixed(erp.ColApprovedSum, "ApprovedPrice"), fixed(erp.ColReference, "SiteReference"),
	}
}

// A variation item has a set of columns for the cost side and several for the
// subcontract side. Quantity and rate go to the cost side and to what is
// approved on the subcontract; the value is what is approved. Reading back,
// the approved set counts before the cost side (our reading: inferred).
func variationItemColumns() []column {
	return []column{
		{name: erp.ColWorkID, create: []string{"WorkId"}, read: []string{"WorkId", "CostingWorkId"}},
		fixed(erp.ColJob, "Job"), fixed(erp.ColVariation, "Variation"), fixed(erp.ColItem, "VariationItem"),
		fixed(erp.ColOrder, "Order"), fixed(erp.ColOrderItem, "OrderItem"),
		fixed(erp.ColCostCode, "CostCode"), fixed(erp.ColCostType, "CostType"),
		fixed(erp.ColDescription, "Description"), fixed(erp.ColUnit, "UnitOfMeasure"),
		{
			name: erp.ColQuantity, create: []string{"Quantity", "SubcontractQuantityApproved"},
			read: []string{"SubcontractQuantityApproved", "Quantity"},
		},
		{
			name: erp.ColRate, create: []string{"Rate", "SubcontractPriceApprovedRate"},
			read: []string{"SubcontractPriceApprovedRate", "Rate"},
		},
		fixed(erp.ColValue, "SubcontractPriceApproved"), fixed(erp.ColApproved, "DateApproved"),
		fixed(erp.ColReference, "SubcontractReference"),
	}
}
