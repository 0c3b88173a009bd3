package jobpacsim

import (
	_ "embed" // for the tables beside this file
	"time"
)

//go:embed books.tsv
var booksTSV string

// books hold every record. They are not safe for concurrent use: Sim's mutex guards them.
type books struct {
	all    []*table // in the order of books.tsv
	byName map[string]*table

	workIDs, jobs, costCentres, creditors, gstCodes *table
	claimCodes, periods                             *table
	orders, orderItems                              *table
	subcontracts, subcontractItems                  *table
	variations, variationItems                      *table
	ledger, payables, budgetChanges                 *table
	claimImports, claimImportLines, claimErrors     *table
	claims, claimLines                              *table
	pendingInvoices, pendingDissections             *table

	centreDetail    []column         // of CostCentreDetailListing
	nextOrder       map[string]int   // WorkID -> where to look for the next free number
	lastTransaction map[string]int64 // WorkID -> highest TransactionNumber of the ledger
}

// newBooks makes empty books from books.tsv and the parameters of operations.
func newBooks(known map[string]column, ops map[string]*operation) (*books, error) {
	b := &books{byName: map[string]*table{}, nextOrder: map[string]int{}, lastTransaction: map[string]int64{}}
	for _, cells := range tableLines(booksTSV) {
		t, err := newTable(cells, known, ops)
		if err != nil {
			return nil, err
		}
		b.all = append(b.all, t)
		b.byName[t.name] = t
	}
	b.workIDs, b.jobs, b.costCentres = b.byName["work_ids"], b.byName["jobs"], b.byName["cost_centres"]
	b.creditors, b.gstCodes = b.byName["creditors"], b.byName["gst_codes"]
	b.claimCodes, b.periods = b.byName["claim_codes"], b.byName["periods"]
	b.orders, b.orderItems = b.byName["purchase_orders"], b.byName["purchase_order_items"]
	b.subcontracts, b.subcontractItems = b.byName["subcontracts"], b.byName["subcontract_items"]
	b.variations, b.variationItems = b.byName["variations"], b.byName["variation_items"]
	b.ledger, b.payables, b.budgetChanges = b.byName["ledger"], b.byName["payables"], b.byName["budget_changes"]
	b.claimImports, b.claimImportLines, b.claimErrors = b.byName["claim_imports"], b.byName["claim_import_lines"], b.byName["claim_import_errors"]
	b.claims, b.claimLines = b.byName["claims"], b.byName["claim_lines"]
	b.pendingInvoices, b.pendingDissections = b.byName["pending_invoices"], b.byName["pending_dissections"]
	b.centreDetail = centreDetailColumns(known)
	return b, nil
}

// openPeriod is the month in which a module of a WorkID posts: the one in the
// book of periods, else the month of now.
func (b *books) openPeriod(work, module string, now time.Time) string {
	if r := b.periods.find(work, module); r != nil {
		return b.periods.get(r, "AccountingPeriod")
	}
	return now.UTC().Format(periodForm)
}

// creditorWork gives the WorkID that keeps the creditors of work.
func (b *books) creditorWork(work string) string {
	if r := b.workIDs.find(work); r != nil {
		if central := b.workIDs.get(r, "CreditorWorkId"); central != "" {
			return central
		}
	}
	return work
}

// clear forgets every row.
func (b *books) clear() {
	for _, t := range b.all {
		t.rows = nil
		for _, ix := range t.indexes {
			clear(ix.rows)
		}
	}
	clear(b.nextOrder)
	clear(b.lastTransaction)
}
