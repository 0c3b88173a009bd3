package translate

// InvoiceRules say how subcontractor invoices go over. The zero value works.
type InvoiceRules struct {
	// Portal is what becomes of an invoice on a subcontract whose claims come
	// from an external portal: PortalRefuse (also empty) or PortalFlag.
	Portal string
	// Tax is who works tax out: TaxByJobpac (also empty), or we, on what is left
	// after retention (TaxOnNet) or before it (TaxOnGross).
	Tax string
	// Rates are the percentages of Jobpac's tax codes, for TaxOnNet and
	// TaxOnGross. A code that is not named is left to Jobpac.
	Rates map[string]string
	// ApprovalStatus and ApprovalUser are sent with a claim; empty: they are not.
	ApprovalStatus, ApprovalUser string
}

// The words of InvoiceRules.
const (
	PortalRefuse = "refuse"
	PortalFlag   = "flag"

	TaxByJobpac = "jobpac"
	TaxOnNet    = "net"
	TaxOnGross  = "gross"
)

// The document classes of this half of the package.
const (
	classInvoice     = "IN"
	classPrimeChange = "PV"
)

// InvoiceRuleTexts lists the rules of subcontractor invoices and of prime
// contract change orders, beside the rules of the job, which are those of a
// commitment (JOB-LINK, JOB-SUB, JOB-WORK-ID, JOB-MISSING, JOB-CLOSED) with IN-
// and PV- before them. Elsewhere marks what only Jobpac tells.
func InvoiceRuleTexts() []RuleText {
	return []RuleText{
		{ID: "IN-CONTENT", Text: "the request carries the invoice"},
		{ID: "IN-NUMBER", Text: "an invoice has a number of at most 15 letters, digits or - / . _"},
		{ID: "IN-NO-ORDER", Text: "its commitment is linked to one order that stands in Jobpac, in the connection's WorkID"},
		{ID: "IN-FINALISED", Text: "the order is neither complete nor finalised"},
		{ID: "IN-PORTAL", Text: "the subcontract takes no claims from an external portal"},
		{ID: "IN-CREDITOR-STOPPED", Text: "the creditor is not stopped"},
		{ID: "IN-DATE", Text: "a date is yyyy-mm-dd or a timestamp with a zone, and the invoice has one"},
		{ID: "IN-NEGATIVE", Text: "negative values never export: amounts and retention are 0 or more"},
		{ID: "IN-AMOUNT", Text: "a line has an amount in whole cents"},
		{ID: "IN-ZERO", Text: "an invoice has a value, or releases retention"},
		{ID: "IN-TOTAL", Text: "its lines add up to an amount that can be kept"},
		{ID: "IN-RETENTION", Text: "retention held is not above the invoice; a purchase order holds none"},
		{ID: "IN-LINE-ITEM", Text: "a line is of an item of the order, or of an item of a variation on its job"},
		{ID: "IN-LINE-TYPE", Text: "a line's type is one of Procore's three"},
		{ID: "IN-LINE-TAX", Text: "a tax code is one of the connection's WorkID, and fits"},
		{ID: "IN-LINE-CENTRE", Text: "a line of a purchase order has the cost centre of its item"},
		{ID: "IN-UNAPPROVED", Text: "what is invoiced is approved in Jobpac"},
		{ID: "IN-DUPLICATE", Text: "the creditor has no other invoice of that number", Elsewhere: true},
		{ID: "IN-OVERCLAIM", Text: "no more is claimed of an item than it is worth", Elsewhere: true},
		{ID: "IN-PERIOD", Text: "the accounting period is open", Elsewhere: true},
		{ID: "IN-TAX", Text: "the tax is what Jobpac's code comes to", Elsewhere: true},
		{ID: "IN-JOBPAC", Text: "Jobpac takes the invoice; its words are shown", Elsewhere: true},
		{ID: "PV-CONTENT", Text: "the request carries the prime contract change order"},
		{ID: "PV-STATUS", Text: "it is approved, where a status is given"},
		{ID: "PV-VARIATION-TYPE", Text: "the settings map prime contract change orders to a variation type"},
		{ID: "PV-NUMBER-CHARS", Text: "its variation number has letters, digits and - / . _ only"},
		{ID: "PV-NUMBER-WIDTH", Text: "its variation number fits Jobpac's width"},
		{ID: "PV-NUMBER-TAKEN", Text: "nobody else has the number in the job's register", Elsewhere: true},
		{ID: "PV-REASON", Text: "the approver's reason code fits"},
		{ID: "PV-DATE", Text: "a date is yyyy-mm-dd or a timestamp with a zone"},
		{ID: "PV-LINES", Text: "it has at least one line"},
		{ID: "PV-AMOUNT", Text: "a line has an amount in whole cents"},
		{ID: "PV-TOTAL", Text: "its lines add up to an amount that can be kept"},
	}
}
