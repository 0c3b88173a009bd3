package jobpac

import "github.com/procpac/procpac/internal/erp"

// A purchase order's job cannot be changed later (documented: the update call
// has no such parameter).
func orderColumns(referenceField string) []column {
	return []column{
		both(erp.ColWorkID, "WorkId"), both(erp.ColOrder, "Order"),
		fixed(erp.ColCostingWork, "CostingWorkId"), fixed(erp.ColJob, "Job"), both(erp.ColCreditor, "Creditor"),
		both(erp.ColDescription, "Description"), both(erp.ColDate, "OrderDate"), both(erp.ColDelivery, "DeliveryDate"),
		both(erp.ColRequisition, "RequisitionNumber"), both(erp.ColReference, referenceField),
		shown(erp.ColComplete, "Complete"),
	}
}

// The WorkID of an order's item has one name when it is created and another
// when it is changed or listed (documented).
func orderItemColumns() []column {
	return []column{
		{
			name: erp.ColWorkID, create: []string{"WorkId"}, update: []string{"OrderWorkId"},
			read: []string{"OrderWorkId", "WorkId"},
		},
		both(erp.ColOrder, "Order"), both(erp.ColItem, "OrderItem"),
		both(erp.ColCostingWork, "CostingWorkId"), both(erp.ColJob, "Job"),
		both(erp.ColCostCode, "CostCode"), both(erp.ColCostType, "CostType"),
		both(erp.ColDescription, "Description"), both(erp.ColQuantity, "QuantityOrdered"),
		both(erp.ColUnit, "UnitOfMeasure"), both(erp.ColRate, "ForeignCurrencyGrossUnitRate"),
		both(erp.ColValue, "ForeignCurrencyGrossValue"), both(erp.ColTaxCode, "TaxCode"),
		shown(erp.ColComplete, "Completed"),
	}
}

func subcontractColumns(referenceField string) []column {
	return []column{
		both(erp.ColWorkID, "WorkId"), both(erp.ColOrder, "Order"),
		fixed(erp.ColCostingWork, "CostingWorkId"), fixed(erp.ColJob, "Job"),
		both(erp.ColCreditorWork, "CreditorWorkId"), both(erp.ColCreditor, "Creditor"),
		both(erp.ColDescription, "Description"), both(erp.ColMethod, "ScheduleOfRatesOrLumpSum"),
		both(erp.ColRetention, "CurrentRetentionPercentage"), both(erp.ColRetentionOn, "RetentionBasedOn"),
		both(erp.ColContractSum, "AcceptedContractSum"), both(erp.ColAcceptance, "AcceptanceDate"),
		both(erp.ColStart, "StartDate"), both(erp.ColCompletion, "CompletionDate"),
		both(erp.ColSent, "AgreementSentDate"), both(erp.ColReceived, "AgreementReceivedDate"),
		both(erp.ColReference, referenceField), shown(erp.ColFinalised, "Finalised"), shown(erp.ColPortal, "EnableExternalSubcontractPortal"),
	}
}

// A subcontract item's value can be changed but not created, and its cost
// centre created but not changed (documented).
func subcontractItemColumns() []column {
	return []column{
		both(erp.ColWorkID, "WorkId"), both(erp.ColOrder, "Order"), both(erp.ColItem, "ItemNumber"),
		fixed(erp.ColCostingWork, "CostingWorkId"), fixed(erp.ColJob, "Job"),
		fixed(erp.ColCostCode, "CostCode"), fixed(erp.ColCostType, "CostType"),
		both(erp.ColDescription, "Description"), both(erp.ColQuantity, "OriginalBudgetQuantity"),
		both(erp.ColUnit, "UnitOfMeasure"), both(erp.ColRate, "ForeignCurrencyRate"),
		shown(erp.ColValue, "ForeignCurrencyOriginalContractValue"),
	}
}
