package jobpac

import (
	"net/http"

	"github.com/procpac/procpac/internal/erp"
)

// kindPendingHead is the head of a pending invoice: the sum of its dissections.
const kindPendingHead erp.Kind = "pending_invoice_head"

// invoiceOperation is the call that makes a record of that kind. Besides what
// the service requires it names what tells whose the record is.
func invoiceOperation(kind erp.Kind) (operation, bool) {
	op := operation{method: http.MethodPut}
	switch kind {
	case erp.KindClaim:
		op.path, op.required = "/CreateANewSubcontractClaimHeader", []string{"CostingWorkId", "Order", "Invoice"}
	case erp.KindClaimItem:
		op.path, op.required = "/CreateANewSubcontractClaimDetail", []string{"CostingWorkId", "Order", "Invoice", "Amount", "ExternalReference"}
	case erp.KindInvoice:
		op.path, op.required = "/CreateANewPendingInvoiceUpload", []string{"WorkId", "Transaction", "Creditor", "Order", "InvoiceAmount", "CustomerReference"}
	case erp.KindInvoicePost:
		op.method, op.path, op.required = http.MethodPost, "/PostAPendingInvoice", []string{"WorkId", "Creditor", "Invoice"}
	case erp.KindOrderCompletion:
		op.method, op.path, op.required = http.MethodPost, "/UpdateAPurchaseOrder", []string{"WorkId", "Order", "Complete"}
	case erp.KindSubcontractCompletion:
		op.method, op.path, op.required = http.MethodPost, "/UpdateASubcontract", []string{"WorkId", "Order", "Finalised"}
	case erp.KindApproval:
		op.method, op.path, op.required = http.MethodPost, "/ApproveOrderItem", []string{"OrderFirm", "Order", "OrderItem"}
	default:
		return operation{}, false
	}
	return op, true
}

// invoiceColumns is the table of one kind; nil for a kind we do not know.
func invoiceColumns(kind erp.Kind) []column {
	switch kind {
	case erp.KindClaim:
		return claimColumns()
	case erp.KindClaimItem:
		return claimItemColumns()
	case erp.KindInvoice:
		return uploadColumns()
	case erp.KindInvoicePost:
		return postingColumns()
	case kindPendingHead:
		return pendingColumns()
	case erp.KindOrderCompletion:
		return []column{fixed(erp.ColWorkID, "WorkId"), fixed(erp.ColOrder, "Order"), fixed(erp.ColComplete, "Complete")}
	case erp.KindSubcontractCompletion:
		return []column{fixed(erp.ColWorkID, "WorkId"), fixed(erp.ColOrder, "Order"), fixed(erp.ColFinalised, "Finalised")}
	case erp.KindApproval:
		return []column{fixed(erp.ColWorkID, "OrderFirm"), fixed(erp.ColOrder, "Order"), fixed(erp.ColItem, "OrderItem")}
	}
	return nil
}

func invoiceKeyColumns(kind erp.Kind) []erp.Name {
	switch kind {
	case erp.KindClaim:
		return []erp.Name{erp.ColWorkID, erp.ColOrder, erp.ColInvoice}
	case erp.KindClaimItem:
		return []erp.Name{erp.ColWorkID, erp.ColOrder, erp.ColInvoice, erp.ColOrderItem, erp.ColVariation, erp.ColVariationItem}
	case erp.KindInvoice, erp.KindInvoicePost:
		return []erp.Name{erp.ColWorkID, erp.ColCreditor, erp.ColInvoice}
	}
	return []erp.Name{erp.ColWorkID, erp.ColOrder, erp.ColItem}
}

// read is a column that is never sent.
func read(name erp.Name, from ...string) column { return column{name: name, read: from} }

// The WorkID of a claim is called CostingWorkId where it is made and WorkId
// where it is listed (documented).
func workOfClaim() column {
	return column{name: erp.ColWorkID, create: []string{"CostingWorkId"}, read: []string{"WorkId", "CostingWorkId"}}
}

func claimColumns() []column {
	return []column{
		workOfClaim(), fixed(erp.ColOrder, "Order"),
		{name: erp.ColInvoice, create: []string{"Invoice"}, read: []string{"Invoice", "SubcontractorsInvoice"}},
		read(erp.ColJob, "Job"), read(erp.ColCreditorWork, "CreditorWorkId"), read(erp.ColCreditor, "Creditor"),
		fixed(erp.ColInvoiceDate, "InvoiceDate"), fixed(erp.ColInvoiceGot, "ReceivedDate"), fixed(erp.ColPaymentDue, "PaymentDueDate"),
		fixed(erp.ColRetained, "Retention"), fixed(erp.ColReleased, "RetentionRelease"),
		fixed(erp.ColApprovalUser, "ApprovalUser"), fixed(erp.ColApproved, "ApprovalDate"), fixed(erp.ColApprovalStatus, "ApprovalStatus"),
		read(erp.ColClaimType, "ClaimType"), read(erp.ColClaimNumber, "ClaimNumber"), read(erp.ColPeriod, "AccountingPeriod"),
		read(erp.ColReference, "ExternalReference"),
	}
}

func claimItemColumns() []column {
	return []column{
		workOfClaim(), fixed(erp.ColOrder, "Order"), fixed(erp.ColInvoice, "Invoice"), {name: erp.ColItem}, // neither sent nor shown: see lineNumbers

		fixed(erp.ColOrderItem, "OrderItem"), fixed(erp.ColVariation, "Variation"), fixed(erp.ColVariationItem, "VariationItem"),
		fixed(erp.ColValue, "Amount"), fixed(erp.ColTaxCode, "TaxCode"), fixed(erp.ColTax, "Tax"),
		fixed(erp.ColQuantity, "Quantity"), fixed(erp.ColRate, "Rate"), fixed(erp.ColUnit, "UnitOfMeasure"),
		fixed(erp.ColReference, "ExternalReference"),
	}
}

// An upload names the order's WorkID apart; orders stand in our own. Its rows
// come back with the same names while they are pending, and with others once
// they are posted. ColItem is our line, which its reference says: see
// lineNumbers.
func uploadColumns() []column {
	return []column{
		{name: erp.ColWorkID, create: []string{"WorkId", "OrderWorkId"}, read: []string{"WorkId"}},
		fixed(erp.ColOrder, "Order"), {name: erp.ColInvoice, create: []string{"Transaction"}, read: []string{"Transaction", "Invoice"}},
		read(erp.ColItem, "Dissection"), fixed(erp.ColCreditor, "Creditor"),
		{name: erp.ColCredit, create: []string{"TransactionType"}, read: []string{"InvoiceOrCreditFlag", "TransactionType"}},
		fixed(erp.ColCostingWork, "CostingWorkId"), fixed(erp.ColJob, "Job"),
		fixed(erp.ColCostCode, "CostCode"), fixed(erp.ColCostType, "CostType"), fixed(erp.ColDescription, "Description"),
		fixed(erp.ColInvoiceDate, "InvoiceDate"), fixed(erp.ColInvoiceGot, "InvoiceReceivedDate"), fixed(erp.ColPaymentDue, "PaymentDueDate"),
		{name: erp.ColValue, create: []string{"InvoiceAmount"}, read: []string{"InvoiceAmount", "ForeignCurrencyInvoiceAmount"}},
		fixed(erp.ColTaxCode, "TaxCode"), {name: erp.ColTax, create: []string{"Tax"}, read: []string{"Tax", "TaxAmount"}},
		fixed(erp.ColQuantity, "Quantity"), fixed(erp.ColUnit, "UnitOfMeasure"), fixed(erp.ColAuthorised, "AuthorisedValue"),
		fixed(erp.ColReference, "CustomerReference"),
	}
}

func postingColumns() []column {
	return []column{
		fixed(erp.ColWorkID, "WorkId"), read(erp.ColOrder, "Order"),
		{name: erp.ColInvoice, create: []string{"Invoice"}, read: []string{"Invoice", "Transaction"}},
		fixed(erp.ColCreditor, "Creditor"), fixed(erp.ColCredit, "InvoiceOrCreditFlag"), read(erp.ColReference, "CustomerReference"),
		read(erp.ColInvoiceDate, "InvoiceDate"), read(erp.ColPeriod, "AccountingPeriod"),
	}
}

func pendingColumns() []column {
	return []column{
		read(erp.ColWorkID, "WorkId"), read(erp.ColOrder, "Order"), read(erp.ColInvoice, "Transaction"), read(erp.ColCreditor, "Creditor"),
		read(erp.ColCredit, "InvoiceOrCreditFlag"), read(erp.ColInvoiceDate, "InvoiceDate"), read(erp.ColValue, "InvoiceAmount"),
		read(erp.ColReference, "CustomerReference"),
	}
}
