package jobpac

import (
	"net/http"

	"github.com/procpac/procpac/internal/erp"
)

// operation is one call of the service as we use it. Method, path and names
// are documented; api/jobpac/operations.tsv holds the whole table, and a test
// holds ours against it.
type operation struct {
	method, path string
	required     []string // Token apart, which goes with every call that has one
	optional     []string // listings only: the other parameters we send
}

// title names the operation in errors and logs. It holds no argument.
func (op operation) title() string { return "jobpac " + op.method + " " + op.path }

func giveToken() operation {
	return operation{
		method: http.MethodGet, path: "/GiveMeAToken",
		required: []string{"Environment", "Application", "Value"}, optional: []string{"Version"},
	}
}

func deleteToken() operation { return operation{method: http.MethodDelete, path: "/DeleteAToken"} }

func jobListing() operation {
	return listing("/JobListing", nil, "WorkId", "Job", "StartJob", "FinishJob")
}

func creditorListing() operation {
	return listing("/CreditorListing", nil, "CreditorWorkId", "Creditor", "StartLastUpdateTimestamp", "FinishLastUpdateTimestamp",
		"Subcontractor", "ActiveSubcontractsExist", "StartLastSubcontractUpdate", "FinishLastSubcontractUpdate", "Status")
}

func costCentreListing() operation {
	return listing("/CostCentreListing", nil, "CostingWorkId", "Job", "StartJob", "FinishJob", "CostCode", "StartCostCode", "FinishCostCode",
		"StartCostType", "FinishCostType", "StartLastUpdateTimestamp", "FinishLastUpdateTimestamp")
}

func costCentreDetailListing() operation {
	return listing("/CostCentreDetailListing", []string{"WorkId"}, "Job", "StartJob", "FinishJob", "CostType", "CostCentreStatus")
}

// ledgerListing has no job among its parameters: rows are sorted out by us.
func ledgerListing() operation {
	return listing("/GeneralLedgerDetailsByTimeListing", []string{"CostingWorkId", "StartLastUpdatedTimestamp"}, "FinishLastUpdatedTimestamp",
		"StartAccount", "FinishAccount", "StartAccountingPeriod", "FinishAccountingPeriod", "StartTransactionDate", "FinishTransactionDate")
}

func payablesListing() operation {
	return listing("/AccountsPayableTransactionListing", []string{"WorkId", "Creditor"}, "StartTransaction", "FinishTransaction",
		"StartEntryTimeStamp", "FinishEntryTimeStamp", "StartLastUpdateTimestamp", "FinishLastUpdateTimestamp")
}

func claimCodeListing() operation {
	return listing("/ClaimCodeListing", []string{"WorkId", "Job"}, "StartSection", "FinishSection")
}

func gstCodeListing() operation { return listing("/GSTCodeListing", []string{"WorkId"}) }

func purchaseOrderListing() operation {
	return listing("/PurchaseOrderListing", nil, "WorkId", "Order")
}

func purchaseOrderItemListing() operation {
	return listing("/PurchaseOrderItemListing", []string{"OrderWorkId"}, "Order")
}

func subcontractListing() operation {
	return listing("/SubcontractListing", nil, "WorkId", "Order")
}

// subcontractItemListing knows no WorkId: its rows are sorted out by us.
func subcontractItemListing() operation {
	return listing("/SubcontractItemListing", nil, "Order")
}

func variationListing() operation {
	return listing("/VariationListing", nil, "CostingWorkId", "Job", "Variation", "StartVariation")
}

func variationItemListing() operation {
	return listing("/VariationItemListing", []string{"CostingWorkId"}, "Job", "Variation")
}

func listing(path string, required []string, optional ...string) operation {
	return operation{method: http.MethodGet, path: path, required: required, optional: optional}
}

// createOperation is the call that makes a record of that kind. Besides what
// the service requires it names our own number, which we never leave to
// Jobpac.
func createOperation(kind erp.Kind) (operation, bool) {
	op := operation{method: http.MethodPut}
	switch kind {
	case erp.KindOrder:
		op.path, op.required = "/CreateANewPurchaseOrder", []string{"WorkId", "Order"}
	case erp.KindOrderItem:
		op.method, op.path = http.MethodPost, "/CreateANewPurchaseOrderItem"
		op.required = []string{"WorkId", "Order", "OrderItem", "CostCode", "CostType", "Description", "QuantityOrdered"}
	case erp.KindSubcontract:
		op.path = "/CreateANewSubcontract"
		op.required = []string{"WorkId", "Order", "Description", "Job", "Creditor", "ScheduleOfRatesOrLumpSum"}
	case erp.KindSubcontractItem:
		op.path = "/CreateANewSubcontractItem"
		op.required = []string{"WorkId", "Order", "ItemNumber", "Description", "CostCode", "CostType"}
	case erp.KindVariation:
		op.path, op.required = "/CreateANewVariation", []string{"WorkId", "Job", "Variation", "Description"}
	case erp.KindVariationItem:
		op.path, op.required = "/CreateANewVariationItem", []string{"WorkId", "Job", "Variation", "VariationItem"}
	default:
		return invoiceOperation(kind)
	}
	return op, true
}

// updateOperation is the call that changes a record of that kind. Variations
// and their items have none (documented).
func updateOperation(kind erp.Kind) (operation, bool) {
	op := operation{method: http.MethodPost}
	switch kind {
	case erp.KindOrder:
		op.path, op.required = "/UpdateAPurchaseOrder", []string{"WorkId", "Order"}
	case erp.KindOrderItem:
		op.path, op.required = "/UpdateAPurchaseOrderItem", []string{"OrderWorkId", "Order", "OrderItem"}
	case erp.KindSubcontract:
		op.path, op.required = "/UpdateASubcontract", []string{"WorkId", "Order"}
	case erp.KindSubcontractItem:
		op.path, op.required = "/UpdateASubcontractItem", []string{"WorkId", "Order", "ItemNumber"}
	default:
		return operation{}, false
	}
	return op, true
}
