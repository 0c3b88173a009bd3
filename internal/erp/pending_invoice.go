package erp

import "strconv"

// ColCredit tells an invoice (I) from a credit (C).
const ColCredit Name = "invoice_or_credit"

// ColAuthorised is the value that an invoice was approved for.
const ColAuthorised Name = "authorised_value"

// InvoiceFlag is ColCredit of an invoice (assumed: the letter is not public).
const InvoiceFlag = "I"

// InvoiceUpload is one dissection of a supplier's invoice on a purchase order:
// what goes to one cost centre. All dissections of an invoice repeat its head.
// Jobpac has no order item here (documented: the call has no such parameter).
type InvoiceUpload struct {
	ClaimKey    ClaimKey
	Line        int // from 1, ours: stands in the reference
	Creditor    CreditorKey
	Centre      CostCentreKey
	Description string
	Date        string // of the invoice; dates yyyy-mm-dd or empty
	Received    string
	PaymentDue  string
	Value       Money // of this dissection, without tax
	TaxCode     string
	Tax         *Money // nil: Jobpac works it out
	Quantity    Quantity
	Unit        string
	Authorised  *Money // of the whole invoice: on its first dissection
	Reference   Reference
}

// Kind is KindInvoice.
func (u InvoiceUpload) Kind() Kind { return KindInvoice }

// Key is WORKID|ORDER|INVOICE|LINE.
func (u InvoiceUpload) Key() string { return u.ClaimKey.ItemOrigin(u.Line) }

// Fields lists the dissection's columns.
func (u InvoiceUpload) Fields() []Field {
	quantity := ""
	if u.Quantity != 0 {
		quantity = u.Quantity.String()
	}
	return given(
		code(ColWorkID, u.ClaimKey.WorkID), code(ColOrder, u.ClaimKey.Order), code(ColInvoice, u.ClaimKey.Invoice),
		number(ColItem, strconv.Itoa(u.Line)), code(ColCreditor, u.Creditor.Creditor), code(ColCredit, InvoiceFlag),
		code(ColCostingWork, u.Centre.WorkID), code(ColJob, u.Centre.Job),
		code(ColCostCode, u.Centre.CostCode), code(ColCostType, u.Centre.CostType), text(ColDescription, u.Description),
		date(ColInvoiceDate, u.Date), date(ColInvoiceGot, u.Received), date(ColPaymentDue, u.PaymentDue),
		number(ColValue, u.Value.String()), code(ColTaxCode, u.TaxCode), number(ColTax, shownMoney(u.Tax)),
		number(ColQuantity, quantity), code(ColUnit, u.Unit), number(ColAuthorised, shownMoney(u.Authorised)),
		text(ColReference, string(u.Reference)),
	)
}

// InvoicePosting makes a pending invoice a transaction: it stands when the
// transaction does.
type InvoicePosting struct {
	ClaimKey  ClaimKey
	Creditor  CreditorKey
	Reference Reference // not sent: its dissections carry it
}

// Kind is KindInvoicePost.
func (p InvoicePosting) Kind() Kind { return KindInvoicePost }

// Key is WORKID|ORDER|INVOICE.
func (p InvoicePosting) Key() string { return p.ClaimKey.Origin() }

// Fields lists the posting's columns.
func (p InvoicePosting) Fields() []Field {
	return given(
		code(ColWorkID, p.ClaimKey.WorkID), code(ColOrder, p.ClaimKey.Order), code(ColInvoice, p.ClaimKey.Invoice),
		code(ColCreditor, p.Creditor.Creditor), code(ColCredit, InvoiceFlag), text(ColReference, string(p.Reference)),
	)
}
