package erp

import (
	"strconv"
	"strings"
)

// The columns of claims and invoices that no other record has.
const (
	ColInvoice        Name = "invoice"
	ColInvoiceDate    Name = "invoice_date"
	ColInvoiceGot     Name = "invoice_received_date"
	ColPaymentDue     Name = "payment_due_date"
	ColRetained       Name = "retention_held"
	ColReleased       Name = "retention_released"
	ColApprovalUser   Name = "approval_user"
	ColApprovalStatus Name = "approval_status"
	ColVariationItem  Name = "variation_item"
	ColTax            Name = "tax"
	ColClaimType      Name = "claim_type"
	ColClaimNumber    Name = "claim_number"
	ColPortal         Name = "external_portal"  // of a subcontract: another program enters its claims
	ColPending        Name = "approval_pending" // Y: an item of a purchase order that waits for approval
)

// The item types of external data of invoices and head contract variations.
const (
	ItemRequisition       = "requisition"
	ItemRequisitionLine   = "requisition_contract_item"
	ItemRequisitionDetail = "requisition_contract_detail_item"
	ItemRequisitionChange = "requisition_change_order_item"
	ItemMarkup            = "markup"
)

// ParseTaxCodeKey reads WORKID|GSTCODE.
func ParseTaxCodeKey(origin string) (TaxCodeKey, error) {
	p, err := splitOrigin("tax code", origin, 2)
	if err != nil {
		return TaxCodeKey{}, err
	}
	return TaxCodeKey{WorkID: p[0], Code: p[1]}, nil
}

// ParseVariationItem reads WORKID|JOB|VARIATION|ITEM.
func ParseVariationItem(origin string) (key VariationKey, item int, ok bool) {
	p, err := splitOrigin("line", origin, 4)
	if err != nil {
		return VariationKey{}, 0, false
	}
	item, err = strconv.Atoi(p[3])
	return VariationKey{WorkID: p[0], Job: p[1], Variation: p[2]}, item, err == nil && item > 0
}

// The reference of a subcontractor invoice and of a prime contract change order.
func RequisitionReference(id ID) Reference { return Reference("PCR" + id.String()) }
func PrimeChangeReference(id ID) Reference { return Reference("PCP" + id.String()) }

// Line is the reference of a document's line: PCR880/3. Jobpac gives the lines
// of a claim and of an invoice no number of ours, so their reference says it.
func (r Reference) Line(n int) Reference { return r + Reference("/"+strconv.Itoa(n)) }

// Cut reads the reference of a line: the document's, and the line's number; 0
// where it has none.
func (r Reference) Cut() (document Reference, line int) {
	head, tail, _ := strings.Cut(strings.TrimSpace(string(r)), "/")
	n, err := strconv.Atoi(tail)
	if err != nil || n < 1 {
		n = 0
	}
	return Reference(head), n
}

// Claim is the header of a claim import: an invoice on a subcontract. Jobpac
// keeps no reference on it (documented: the call has no such parameter); its
// lines carry ours, and the reader shows it with the header once it has lines.
type Claim struct {
	ClaimKey       ClaimKey
	Job            JobKey      // not sent: the order's
	Creditor       CreditorKey // not sent: the order's
	Date           string      // of the invoice; dates yyyy-mm-dd or empty
	Received       string
	PaymentDue     string
	Retained       *Money // held of this claim; nil: Jobpac works it out by the order's percentage
	Released       Money  // of what was held before
	ApprovalUser   string
	ApprovalDate   string
	ApprovalStatus string
	Reference      Reference
}

// Kind is KindClaim.
func (c Claim) Kind() Kind { return KindClaim }

// Key is WORKID|ORDER|INVOICE.
func (c Claim) Key() string { return c.ClaimKey.Origin() }

// Fields lists the header's columns.
func (c Claim) Fields() []Field {
	released := ""
	if c.Released != 0 {
		released = c.Released.String()
	}
	return given(
		code(ColWorkID, c.ClaimKey.WorkID), code(ColOrder, c.ClaimKey.Order), code(ColInvoice, c.ClaimKey.Invoice),
		code(ColJob, c.Job.Job), code(ColCreditor, c.Creditor.Creditor),
		date(ColInvoiceDate, c.Date), date(ColInvoiceGot, c.Received), date(ColPaymentDue, c.PaymentDue),
		number(ColRetained, shownMoney(c.Retained)), number(ColReleased, released),
		text(ColApprovalUser, c.ApprovalUser), date(ColApproved, c.ApprovalDate), code(ColApprovalStatus, c.ApprovalStatus),
		text(ColReference, string(c.Reference)),
	)
}

// ClaimItem is a detail of a claim import: of an item of the subcontract, or of
// an item of a variation on it. Value is without tax; Quantity and Rate are both
// set, and come to it, or both 0.
type ClaimItem struct {
	ClaimKey      ClaimKey
	Line          int    // from 1, ours: stands in the reference
	OrderItem     int    // 0: of a variation
	Variation     string // empty: of the order
	VariationItem int
	Value         Money
	TaxCode       string
	Tax           *Money // nil: Jobpac works it out
	Quantity      Quantity
	Rate          Rate
	Unit          string
	Reference     Reference // ExternalReference: the document's, of this line
}

// Kind is KindClaimItem.
func (i ClaimItem) Kind() Kind { return KindClaimItem }

// Key is WORKID|ORDER|INVOICE|LINE.
func (i ClaimItem) Key() string { return i.ClaimKey.ItemOrigin(i.Line) }

// Fields lists the detail's columns.
func (i ClaimItem) Fields() []Field {
	quantity, rate := "", ""
	if i.Quantity != 0 {
		quantity, rate = i.Quantity.String(), i.Rate.String()
	}
	return given(
		code(ColWorkID, i.ClaimKey.WorkID), code(ColOrder, i.ClaimKey.Order), code(ColInvoice, i.ClaimKey.Invoice),
		number(ColItem, strconv.Itoa(i.Line)), number(ColOrderItem, counted(i.OrderItem)),
		code(ColVariation, i.Variation), number(ColVariationItem, counted(i.VariationItem)),
		number(ColValue, i.Value.String()), code(ColTaxCode, i.TaxCode), number(ColTax, shownMoney(i.Tax)),
		number(ColQuantity, quantity), number(ColRate, rate), code(ColUnit, i.Unit),
		text(ColReference, string(i.Reference)),
	)
}

// counted is a number, "" for 0.
func counted(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// shownMoney is an amount, "" where there is none.
func shownMoney(m *Money) string {
	if m == nil {
		return ""
	}
	return m.String()
}
