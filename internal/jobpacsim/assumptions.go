package jobpacsim

import "slices"

// Assumption is something the simulator does that no document or public code
// confirms. Row is its row in section 7 of the Jobpac specification; a number
// with a point names the section itself.
type Assumption struct {
	Row     string `json:"row"`
	Setting string `json:"setting,omitempty"` // the setting that changes it; empty: fixed
	Text    string `json:"text"`
}

// Assumptions lists everything assumed, by row.
func Assumptions() []Assumption {
	return slices.Concat(surfaceAssumptions(), ruleAssumptions(), importAssumptions())
}

func surfaceAssumptions() []Assumption {
	return []Assumption{
		{"1", "port", "GiveMeAPort answers one row with Port."},
		{"2", "login_window_seconds", "The time in a Triple DES login may be off by this much; any refused login is 200 with ErrorMessage and an empty Token."},
		{"3", "token_minutes", "A token ends after so many minutes without use."},
		{"3", "tokens_per_user", "One more token than this ends the user's longest unused one."},
		{"3", "listing_token_refusal", "A bad token on a listing is 200 with ErrorMessage."},
		{"3", "write_token_refusal", "A bad token on a write is 401."},
		{"4", "", "Answers are {\"data\":[...]}; rows are flat, named like the parameters, all values texts; what was not given is empty, or zero for a number."},
		{"4.1", "pad_text", "Codes and texts are fixed width and come back trimmed, or padded where this is on."},
		{"5", "write_refusal", "A refused write is 400 with text; a good one answers a row with its key and an empty ErrorMessage."},
		{"5.2", "lock_after", "A user is locked after so many refused logins in a row, where the value could be read."},
		{"6", "strict", "Unknown parameters are refused; the vendor is thought to ignore them, which hides spelling mistakes."},
		{"6", "over_long", "Over-long values are refused, not cut; numbers are always refused."},
		{"6", "", "A body is accepted and ignored; a parameter given as blanks counts as not given, so an update cannot blank a column."},
		{"7", "widths", "Widths of codes and texts; only Job and the login profile are known."},
		{"7", "text_characters", "Free text outside this character set, and control characters anywhere, are refused; codes are plain ASCII."},
		{"7", "contract_sum_codes", "ScheduleOfRatesOrLumpSum is one of these letters."},
		{"7", "", "Codes are trimmed and upper-cased; item numbers are whole, without leading zeros; flags are Y or N."},
		{"8", "", "Dates are yyyy-mm-dd, timestamps ISO in UTC with milliseconds; amounts and percentages have 2 decimals, quantities and rates 4, at most 11 digits before the point; halves are rounded away from zero."},
		{"8", "value_tolerance_cents", "Quantity x rate equals a given value within this; a value without a rate makes the rate."},
		{"30", "row_cap", "Listings come in key order in plain byte order and are cut silently after so many rows."},
		{"4", "", "AlphaSearch finds its text anywhere in Description or Name, in any case; Incomplete is the opposite of Complete; ContractStatus is A, or F when finalised."},
	}
}

func ruleAssumptions() []Assumption {
	return []Assumption{
		{"9", "duplicate_number", "A create with an existing key is refused, never an overwrite; accept makes a second row."},
		{"9", "duplicate_keys", "The same for one kind of record: order, item, variation, variation_item, claim (header of an import, or the claim itself), claim_item (a detail of the same item and reference), invoice (a creditor's invoice, or a dissection of the same reference)."},
		{"9", "first_order_number", "Where Order is left out the next free number per WorkID is taken, from here; item numbers go on from the highest."},
		{"10", "hide_references", "References are free text and not unique; nothing looks them up; listings show them, unless this is on."},
		{"11", "", "Purchase orders and subcontracts share one order space per WorkID."},
		{"12", "open_statuses", "Job, cost centre and creditor must have one of these status letters."},
		{"12", "", "A line needs a cost centre of the job that is no heading and open; the job must be active, allow cost updates and not be financially complete. A subcontract's lines are on the subcontract's job."},
		{"13", "", "Header and lines are separate calls; a half-written order stays. A complete order or finalised subcontract takes no new lines."},
		{"14", "approval_limit_cents", "A purchase order item above this value needs approval, and a new one when it grows; invoices on its cost centre are refused until then."},
		{"14", "refuse_api_approval", "The API's user may approve items, unless this is on; to approve an approved one again is no mistake."},
		{"15", "", "A subcontract item's value cannot fall below what is claimed of it. Deliveries are not simulated, and nothing holds a purchase order item up."},
		{"16", "allow_negative_total", "Negative lines are allowed as long as the order, with approved variations, stays at zero or above."},
		{"17", "subcontract_variation_type", "Variations of this type change an order: every item names Order with OrderItem, or Order with a cost centre; with OrderItem the cost centre must be that item's."},
		{"17", "head_contract_variation_type", "Variations of this type are the head contract's: items name no order. An empty Type may do either; another is refused."},
		{"18", "", "Variations cannot be updated."},
		{"20", "", "Retention of a claim is the header's; without one the order's percentage of the claim before tax, half up, up to MaximumRetention and up to MaximumRetentionPercentage of the items with approved variations, both counting what is held; release cannot be more than is held."},
		{"20", "claim_tax_on_gross", "Tax of a claim is on what is left after retention and release, shared over the details by amount, or where this is on before them. A sent tax may be a cent off for each detail."},
		{"21", "claim_import_seconds", "A claim import is staged, and processed so long after its last header or detail, whole: into a claim of type P with the order's next number, or into the import errors. A refused import may be sent anew; then its errors go."},
		{"21", "", "Import errors: unknown agreement, item or variation, unapproved variation, over-claim of an item, an invoice the creditor has, finalised agreement, external portal, locked period, wrong tax or retention, no details. Their words are ours."},
		{"21", "", "An import header is not asked whether its agreement exists; a detail names OrderItem, or Variation with VariationItem, and has no number: Jobpac counts them as they come. Negative amounts are refused at once."},
		{"21", "", "An upload adds a dissection to the creditor's pending invoice at once, InvoiceAmount being the dissection's; with an Order its cost centre must be one of the order's, approved and not over-invoiced. TransactionType is I or C. Posting makes the transaction, with the same dissections."},
		{"22", "", "Claims post in the open period of module SC, invoices in that of AP, whatever their date; Locked on a module's row of the book of periods refuses them."},
		{"23", "check_tax_code", "TaxCode must be a GST code of the order's WorkID."},
		{"24", "", "A cost centre row with HeadingLevel and no CostType is a heading."},
		{"29", "", "A WorkID may keep its creditors in another; stopped or inactive creditors get no orders and no updates that name them."},
		{"31", "", "Nothing can be deleted."},
		{"7", "", "Retention and other percentages are between 0 and 100."},
	}
}

func importAssumptions() []Assumption {
	return []Assumption{
		{"4", "", "Rows of CostCentreDetailListing name the WorkID CostingWorkId; those of CreditorByACNListing are a creditor's row, its WorkID CreditorWorkId."},
		{"4", "", "CreditorByACNListing compares the digits of AustralianCompanyNumber with those of the creditor's ACN; its WorkId finds the creditors that WorkID pays, kept in another or not; what is left out does not filter."},
		{"8", "", "Accounting periods are yyyymm."},
		{"14", "", "Accounts payable transactions and their payments come from the management page only; PaidAmount is what is paid of one."},
		{"22", "", "Every WorkID has one open period per module (JC job costing, AP accounts payable), set on the management page; without one it is the present month. What is put in without a period posts in the open one."},
		{"24", "", "Headings of sections have HeadingLevel 0; a cost centre's HeadingLevel is empty."},
		{"25", "", "A budget is changed on the management page, after it was finalised through the book of budget changes; no call changes one."},
		{"26", "", "Sums of CostCentreDetailListing are worked out when it is asked. CommittedValue is the nett purchase order items, subcontract items and approved variation prices on orders, less the accounts payable transactions that name an order; complete and finalised orders are in it."},
		{"26", "", "InvoicedValue is all accounts payable transactions of the cost centre, credits taken off, and PaidToDate what is paid of them; CostToDate and QuantityToDate are the ledger's, CostThisPeriod its part in the open job costing period."},
		{"26", "", "ApprovedBudgetChanges are the budget changes of the management page and the estimated prices on head contract variations that have an approval date and a BudgetExpectedCost."},
		{"26", "detail_headings", "CostCentreDetailListing leaves headings out, or shows them without sums where this is on."},
		{"27", "", "Ledger rows carry job, cost code, cost type, source (AP, PR payroll, JN journal, ST stock), a time and a number of their own, and come in the order of time; corrections are reversing rows."},
		{"28", "", "A head contract is a job's OriginalContractSum and ContractMargin with its claim codes; it is read only."},
		{"30", "", "A listing cut at the cap shows the first rows in key order: jobs, cost centres and claim codes by their codes, creditors by theirs, the ledger by time and number, payables by creditor and transaction."},
	}
}
