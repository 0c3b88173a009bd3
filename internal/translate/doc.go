// Package translate says what a Procore document means in Jobpac: which
// records it becomes, or every reason why it cannot become any. It is pure:
// the request, the connection's Rules and the Facts read from Jobpac come in as
// values, and the same values always give the same Result. It reads no clock
// and talks to nobody.
//
// # What becomes what
//
//	purchase order                 Order + one OrderItem per line
//	subcontract                    Subcontract + one SubcontractItem per line
//	change order on a subcontract  Variation + one VariationItem per line
//	change order on a purchase order   new OrderItems on that order, no header
//	invoice on a subcontract       Claim + one ClaimItem per line with a value
//	invoice on a purchase order    one InvoiceUpload per line with a value + InvoicePosting
//	prime contract change order    Variation of the head contract, without items
//
// Lines are numbered by their position in Procore, from 1 (from the reserved
// number on an existing order). Lines below zero keep their number but are sent
// last, so that the order never stands below zero on the way.
//
// An amount is never changed. A calculated line whose quantity x rate, at four
// decimals and rounded half up, misses its amount is sent as quantity 1 at the
// amount, and its description says so. Text is folded to plain characters and
// cut to Jobpac's width; Notes tell it and Full keeps the whole text. Codes and
// numbers are never cut: one that does not fit is refused.
//
// # Rules
//
// Each rule has a stable id: CM- for a commitment, CO- for a change order, then
// the name below. All broken rules are reported at once and always in the same
// order: the header, line by line, totals and dates.
//
//	CONTENT         the request carries the document and its commitment
//	TYPE            the contract is a purchase order or a subcontract
//	STATUS          the document is approved, where a status is given
//	CURRENCY        its currency is the connection's, where one is given
//	DATE            a date is yyyy-mm-dd or a timestamp with a zone
//	JOB-LINK        the project is linked to a job, the link is readable and fits
//	JOB-SUB         the project is not a sub job
//	JOB-WORK-ID     the job belongs to the connection's WorkID
//	JOB-MISSING     Jobpac has the job
//	JOB-CLOSED      the job is active, takes costs and is not complete
//	CREDITOR-LINK   the company is linked to a creditor, readable and fitting
//	CREDITOR-WORK-ID the creditor belongs to the connection's creditor WorkID
//	CREDITOR-MISSING Jobpac has the creditor
//	CREDITOR-STOPPED the creditor is not stopped
//	NUMBER          CM: there is an order number
//	NUMBER-CHARS    it has letters, digits and - / . _ only
//	NUMBER-WIDTH    it fits Jobpac's width
//	NUMBER-TAKEN    nobody else has it (found by the caller, see NumberTaken)
//	NUMBER-DOUBLED  Jobpac has it once (found by the caller, see NumberDoubled)
//	RETENTION       CM: 0 to 100 percent, two decimals
//	NEGATIVE        CM: the order's total is not below zero
//	TOTAL           the lines sum to the document's total and fit 64 bits
//	LINES           there is at least one line
//	ITEMS           no item number is longer than Jobpac's item column
//	CONTRACT        CO: its contract stands in Jobpac and is the one it names
//	VARIATION-TYPE  CO: the settings map commitment change orders to a type
//	REASON          CO: the approver's reason code fits
//	LINE-COST-CODE  a synced cost code of this job that fits
//	LINE-COST-TYPE  a synced cost type that fits
//	LINE-CENTRE     cost code and type are a cost centre of the job
//	LINE-HEADING    the cost code is not a heading
//	LINE-CLOSED     the cost centre is open
//	LINE-AMOUNT     an amount of at most two decimals that fits 64 bits
//	LINE-UNIT       a unit that Jobpac can hold
//	LINE-TAX        a tax code that fits
//	LINE-CONTRACT   CO: its contract line is an item of the contract's order, or new
//	LINE-MOVED      CO: it stands on the cost centre of its contract line
//
// Nothing is refused over a state that Jobpac did not show. The rules of invoices
// (IN-) and of prime contract change orders (PV-) are listed by InvoiceRuleTexts;
// what Jobpac itself says against an invoice, ClaimRefusal sorts into them.
//
// # Imports
//
// The other way, what a Jobpac row means in Procore, is told by a function for
// each kind of record; they take the row and the connection's ImportRules, and
// give an Entry, the broken rules and notes. ImportRuleTexts lists those rules.
//
//	job                        Project, staged while it is new and the ERP tool is used
//	creditor                   Vendor, the same
//	cost centres of all jobs   CodeList: the company's cost codes and cost types
//	cost centre                ProjectCode, Assignment
//	its budget                 BudgetLine, or with the ERP tool part of JobCost
//	its totals                 JobCost
//	cost transaction           DirectCost with one DirectCostLine
//	job with its claim codes   HeadContract
//	code of GST                TaxCode
//
// A column that a row does not carry is not sent; one that it carries empty is
// emptied in Procore. Amounts are whole cents and never rounded. Text keeps its
// letters, since Procore holds them all; it is cut to what a Procore column is
// assumed to hold, and a note tells it. Codes are upper case and never cut.
//
// All functions are safe for concurrent use as long as nobody changes what was
// given to them. A CodeList is for one goroutine at a time.
package translate
