package jobpac

import (
	"context"

	"github.com/procpac/procpac/internal/erp"
)

// centreCostSource is how the totals of cost centres are read, job by job.
// Nothing tells when they changed (documented): Since and Until are ignored. A
// long job is read by cost type, of which there is no range; which types it
// has, its cost centres tell.
func centreCostSource() source {
	types := axis{column: "CostType", equal: "CostType", when: looksCut, values: func(ctx context.Context, w *walk, _ []row) ([]string, bool, error) {
		found, err := w.costTypes(ctx)
		return found, err == nil, err
	}}
	return source{
		kind: KindCentreCost, op: costCentreDetailListing(), work: "WorkId", works: []string{"CostingWorkId", "WorkId"}, byJob: true,
		must: []string{"Job", "CostCode", "CostType"}, id: []string{"Job", "CostCode", "CostType"},
		axes: []axis{types, status("Status", "CostCentreStatus")},
		shown: []cell{
			text(erp.ColCostingWork, "CostingWorkId", "WorkId"), text(erp.ColJob, "Job"), text(erp.ColCostCode, "CostCode"), text(erp.ColCostType, "CostType"),
			text(erp.ColDescription, "Description"), text(erp.ColUnit, "UnitOfMeasure"), text(erp.ColStatus, "Status"),
			text(erp.ColBudgetValue, "OriginalBudgetValue"), text(erp.ColBudgetQty, "OriginalBudgetQuantity"), text(erp.ColBudgetChanges, "ApprovedBudgetChanges"),
			text(erp.ColCommitted, "CommittedValue"), text(erp.ColInvoiced, "InvoicedValue"), text(erp.ColCostToDate, "CostToDate"),
			text(erp.ColQtyToDate, "QuantityToDate"), text(erp.ColCostThisMonth, "CostThisPeriod"), text(erp.ColPaidToDate, "PaidToDate"),
		},
	}
}

// ledgerSource is how cost transactions are read: by the time of their entry
// and, where many have one and the same time, by account, date and period. Its
// time of start must be given (documented). The job is none of its parameters
// (documented), so reading one job's ledger reads the ledger of all.
func ledgerSource() source {
	return source{
		kind: KindLedgerRow, op: ledgerListing(), work: "CostingWorkId", works: []string{"CostingWorkId", "WorkId"},
		must: []string{"Job"}, id: []string{"TransactionNumber", "Account", "Job", "CostCode", "CostType", "Amount"},
		changed: "LastUpdatedTimestamp", floor: true,
		axes: []axis{stamps("LastUpdatedTimestamp"), codes("Account"), stamps("TransactionDate"), codes("AccountingPeriod")},
		shown: []cell{
			text(erp.ColCostingWork, "CostingWorkId", "WorkId"), text(erp.ColTransaction, "TransactionNumber"), text(erp.ColAccount, "Account"),
			text(erp.ColPeriod, "AccountingPeriod"), date(erp.ColDate, "TransactionDate"), text(erp.ColJob, "Job"), text(erp.ColCostCode, "CostCode"),
			text(erp.ColCostType, "CostType"), text(erp.ColSource, "Source"), text(erp.ColReference, "Reference"), text(erp.ColDescription, "Description"),
			text(erp.ColAmount, "Amount"), text(erp.ColQuantity, "Quantity"), moment(erp.ColChanged, "LastUpdatedTimestamp", "LastUpdateTimestamp"),
		},
	}
}

// ColInvoiceOrCredit is the letter that tells a payable that is owed from one
// that is credited; the amount of both is positive (inferred). The letters are
// not public.
const ColInvoiceOrCredit erp.Name = "invoice_or_credit"

// payableSource is how the transactions of one creditor are read. ColItem is
// the dissection: a line of a transaction.
func payableSource() source {
	return source{
		kind: KindPayable, op: payablesListing(), work: "WorkId", works: []string{"WorkId"},
		must: []string{"Creditor", "Transaction"}, id: []string{"Creditor", "Transaction", "InvoiceOrCreditFlag", "Dissection"}, changed: "LastUpdateTimestamp",
		axes: []axis{codes("Transaction"), stamps("LastUpdateTimestamp"), stamps("EntryTimeStamp")},
		shown: []cell{
			text(erp.ColWorkID, "WorkId"), text(erp.ColCreditor, "Creditor"), text(erp.ColTransaction, "Transaction"), text(erp.ColItem, "Dissection"),
			text(ColInvoiceOrCredit, "InvoiceOrCreditFlag"),
			text(erp.ColDescription, "Description"), date(erp.ColDate, "InvoiceDate"), text(erp.ColAmount, "ForeignCurrencyInvoiceAmount"),
			text(erp.ColCostingWork, "CostingWorkId"), text(erp.ColJob, "Job"), text(erp.ColCostCode, "CostCode"), text(erp.ColCostType, "CostType"),
			moment(erp.ColChanged, "LastUpdateTimestamp"),
		},
	}
}
