package erp

import "time"

// Object is one kind of record that comes from Jobpac into Procore.
type Object string

// The objects.
const (
	Jobs          Object = "jobs"
	Creditors     Object = "creditors"
	CostTypes     Object = "cost-types"
	CostCodes     Object = "cost-codes"
	Budgets       Object = "budgets"
	JobCosts      Object = "job-costs"
	HeadContracts Object = "head-contracts"
	GSTCodes      Object = "gst-codes"
)

// Objects lists them in the order in which they depend on each other, as
// Procore documents the sequence of its calls.
func Objects() []Object {
	return []Object{GSTCodes, Creditors, Jobs, CostTypes, CostCodes, Budgets, JobCosts, HeadContracts}
}

// ImportOrder says what to bring from Jobpac into Procore.
type ImportOrder struct {
	Objects []Object // in the order of Objects
	Project string   // origin id of one job; empty: all
	Full    bool     // read everything, not only what changed
}

// ResourceImports is the resource of an event that carries an ImportOrder.
const ResourceImports = "Imports"

// Listing is one list of Jobpac.
type Listing string

// The listings that imports read. What a listing answers is assumed to be
// named like the parameters of Jobpac's calls (see the facts of package jobpac).
const (
	ListJobs        Listing = "jobs"                // JobListing
	ListCreditors   Listing = "creditors"           // CreditorListing
	ListCentres     Listing = "cost_centres"        // CostCentreListing: structure and original budget
	ListCentreCosts Listing = "cost_centre_details" // CostCentreDetailListing: totals
	ListLedger      Listing = "ledger"              // GeneralLedgerDetailsByTimeListing: cost transactions
	ListPayables    Listing = "payables"            // AccountsPayableTransactionListing of one creditor
	ListClaimCodes  Listing = "claim_codes"         // ClaimCodeListing of one job
	ListGSTCodes    Listing = "gst_codes"           // GSTCodeListing
)

// Reading asks for the next part of a listing.
type Reading struct {
	Listing  Listing
	WorkID   string
	Job      string    // one job; empty: all
	Creditor string    // with ListPayables
	Since    time.Time // changed at or after, where the listing has a time stamp; zero: all
	Until    time.Time // changed before; zero: no end
	After    string    // Part.Next of the part before; empty: from the beginning
}

// Part is a part of a listing.
type Part struct {
	Rows []Row
	Next string // to go on from, good in another process too; empty: that was all
}

// The columns that imports read, beside those of the records we write.
const (
	ColName          Name = "name"
	ColStatus        Name = "status"
	ColActive        Name = "active"             // Y, N or not shown
	ColCostsAllowed  Name = "allow_cost_updates" // Y, N or not shown
	ColFinComplete   Name = "financially_complete"
	ColAddress1      Name = "address_1"
	ColAddress2      Name = "address_2"
	ColSuburb        Name = "suburb"
	ColState         Name = "state"
	ColPostCode      Name = "post_code"
	ColCountry       Name = "country"
	ColPhone         Name = "phone"
	ColFax           Name = "fax"
	ColEmail         Name = "email"
	ColABN           Name = "abn"
	ColACN           Name = "acn"
	ColStopPayments  Name = "stop_payments"
	ColTerms         Name = "terms"
	ColCurrency      Name = "currency"
	ColGSTCode       Name = "gst_code"
	ColTaxPercent    Name = "tax_percentage"
	ColHeadingLevel  Name = "heading_level" // empty on a cost centre
	ColBudgetQty     Name = "original_budget_quantity"
	ColBudgetValue   Name = "original_budget_value"
	ColBudgetRate    Name = "budget_rate"
	ColBudgetChanges Name = "budget_changes"
	ColCommitted     Name = "committed"
	ColInvoiced      Name = "invoiced"
	ColCostToDate    Name = "cost_to_date"
	ColQtyToDate     Name = "quantity_to_date"
	ColCostThisMonth Name = "cost_this_month"
	ColPaidToDate    Name = "paid_to_date"
	ColClaimCode     Name = "claim_code"
	ColSection       Name = "section"
	ColMargin        Name = "contract_margin"
	ColChanged       Name = "last_update" // RFC 3339, UTC
	ColTransaction   Name = "transaction" // unique id of a ledger row or AP transaction
	ColAccount       Name = "account"
	ColPeriod        Name = "period"
	ColSource        Name = "source"
	ColAmount        Name = "amount"
)

// EntryType is a kind of Procore record that an import writes.
type EntryType string

// The kinds, each with its own sync call.
const (
	EntryVendor       EntryType = "vendor"
	EntryProject      EntryType = "project"
	EntryStandardCode EntryType = "standard_cost_code"
	EntryCostType     EntryType = "line_item_type"
	EntryCostCode     EntryType = "cost_code"  // of one project
	EntryAssignment   EntryType = "assignment" // cost type on a project's cost code; keyed by the two ids
	EntryJobCost      EntryType = "job_cost"   // totals of a cost code and type; keyed by the two ids
	EntryBudgetLine   EntryType = "budget_line"
	EntryTaxCode      EntryType = "tax_code"
	EntryDirectCost   EntryType = "direct_cost"
	EntryDirectLine   EntryType = "direct_cost_line"
	EntryPrime        EntryType = "prime_contract"
	EntryPrimeLine    EntryType = "prime_contract_line"
	EntryStaged       EntryType = "staged_record"
	EntryWBSCode      EntryType = "wbs_code" // read only: cost code x cost type of a project
	EntryCodeList     EntryType = "standard_cost_code_list"
)

// FieldForm is how a value is written in JSON.
type FieldForm int

// The forms.
const (
	FormText   FieldForm = iota // a string; empty is null
	FormNumber                  // a JSON number, from decimal text; empty is null
	FormBool                    // true for Y, false for anything else
	FormID                      // a JSON number; empty is null
)

// EntryField is one value in Procore's own name.
type EntryField struct {
	Name  string
	Form  FieldForm
	Value string
}

// EntryRef is a field that holds the Procore id of another record, which is
// known by its origin id until it is written.
type EntryRef struct {
	Field  string // cost_code_id
	Type   EntryType
	Origin string
	Must   bool // without it the entry cannot be written
}

// Entry is one record wanted in Procore.
type Entry struct {
	Type     EntryType
	ItemType string // EntryStaged: vendor, project, prime_contract, line_item
	Origin   string // unique within the type; of a job cost or assignment JOBORIGIN|CODE|TYPE, never sent
	Code     string // as a person knows it in Jobpac
	Label    string // for people: creditor ACME01 (Acme Concrete)
	ID       ID     // in Procore; 0: not known, or new
	Fields   []EntryField
	Refs     []EntryRef
	Children []Entry // of a staged record, or the lines of a prime contract
}

// EntryBatch is what one sync call carries, at most 1,000 entries of one type.
type EntryBatch struct {
	Type    EntryType
	Project ID     // of project records
	Job     string // origin id of the project's job, for job costs
	List    ID     // the standard cost code list, for standard codes
	Rows    []Entry
}

// Synced is what became of one entry of a batch, by its place in it.
type Synced struct {
	ID      ID
	Refused string // Procore's words; empty: taken
}

// Known is a record that Procore shows.
type Known struct {
	ID     ID
	Origin string
	Code   string // project number, code
	Name   string
	Status string            // staged records: staged, imported, archived, invalid
	Fields map[string]string // further ones by Procore's name, for example cost_code_id of a WBS code
}

// ImportRequest is what an ERP request about imports says.
type ImportRequest struct {
	Project   ID         // in Procore; 0: not named
	JobOrigin string     // the project's origin id
	List      ID         // standard cost code list
	Records   []Known    // vendors linked, unlinked or merged into, codes deleted or unlinked
	Sources   []Known    // merge_vendors: what was merged away
	Rows      []ClosedBy // delete requests: each row has its own detail
}

// ClosedBy is one row of a request whose rows are closed one by one.
type ClosedBy struct {
	Detail         ID
	ID             ID // of the cost code or assignment
	Origin         string
	CostCodeOrigin string // assignments
	CostTypeOrigin string
	JobCost        ID
}
