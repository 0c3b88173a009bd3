package translate

import (
	"cmp"
	"fmt"

	"github.com/procpac/procpac/internal/erp"
)

// InvoiceKey is the key that the first invoice of a request wants in Jobpac: the
// order it is linked to, and the number the approver typed, else the
// subcontractor's own. A part is "" where it is missing, or not one that Jobpac
// can hold.
func InvoiceKey(req erp.Request, r Rules) erp.ClaimKey {
	r = r.ready()
	key := erp.ClaimKey{WorkID: r.WorkID}
	if len(req.Invoices) == 0 {
		return key
	}
	if order, err := erp.ParseOrderKey(req.Invoices[0].ContractOrigin); err == nil && order.WorkID == r.WorkID {
		key.Order = order.Order
	}
	if number := invoiceNumber(req.Invoices[0]); legal(number) && len(number) <= r.Widths.Invoice {
		key.Invoice = number
	}
	return key
}

func invoiceNumber(invoice erp.Requisition) string {
	return cmp.Or(erp.Code(invoice.Code), erp.Code(invoice.Number))
}

// InvoiceOn tells of whom the order is, and whether an invoice on it is a claim:
// it is on a subcontract, and not on a purchase order. An empty book is neither.
func InvoiceOn(order erp.Book, r Rules) (creditor erp.CreditorKey, claimed bool) {
	if len(order.Documents) == 0 {
		return erp.CreditorKey{}, false
	}
	r, head := r.ready(), order.Documents[0].Header
	work := cmp.Or(erp.Code(head.Get(erp.ColCreditorWork)), r.CreditorWorkID)
	return erp.CreditorKey{WorkID: work, Creditor: erp.Code(head.Get(erp.ColCreditor))}, head.Kind == erp.KindSubcontract
}

// Invoice says what the first subcontractor invoice of a request becomes in
// Jobpac, or why it cannot become anything. order is what stands there under the
// order that it is linked to.
//
// On a subcontract it is a claim import: a header, and a detail for every line
// that has a value. Retention held and released in Procore are summed up on the
// header; where Procore says nothing of retention, Jobpac works it out. On a
// purchase order it is a pending invoice, dissected by line, and its posting.
// Lines with a value are numbered from 1, those of the contract before those of
// change orders, then by Procore id; lines without a value come after them, are
// linked, and not sent.
//
// An item whose row shows ColPending as Y waits for approval and is refused.
// Which accounting period an invoice goes to is Jobpac's alone: its calls know
// none.
func Invoice(req erp.Request, r Rules, facts erp.Facts, order erp.Book) Result {
	s := newSheet(classInvoice, req, r, facts)
	if len(req.Invoices) == 0 {
		s.name = "Request " + req.ID.String()
		s.unreadable("it carries no subcontractor invoice. Send the invoice to the ERP again.")
		return s.end()
	}
	b := s.bill(req.Invoices[0], order)
	s.orderOpen(b)
	s.itemLines(&b)
	s.billTotals(&b)
	if b.claimed {
		s.claim(b)
	} else {
		s.upload(b)
	}
	s.billLinks(b)
	return s.end()
}

// bill is an invoice on its way.
type bill struct {
	erp.Requisition
	key       erp.ClaimKey
	order     erp.Document
	there     bool // the order was found
	claimed   bool
	creditor  erp.CreditorKey
	job       erp.JobKey
	date      string
	received  string
	due       string
	lines     []billLine // those with a value first
	total     erp.Money
	held      *erp.Money
	released  erp.Money
	reference erp.Reference
}

// bill reads the head of an invoice.
func (s *sheet) bill(invoice erp.Requisition, order erp.Book) bill {
	b := bill{Requisition: invoice, key: InvoiceKey(s.req, s.rules), reference: erp.RequisitionReference(invoice.ID)}
	number := invoiceNumber(invoice)
	s.name = "Invoice " + clip(cmp.Or(number, invoice.ID.String()))
	s.result.Title, s.result.ProcoreNo, s.result.Number = s.name, invoice.Number, b.key.Invoice
	s.result.Reference = string(b.reference)
	s.billNumber(number)
	b.job, _ = s.job()
	if s.linkedOrder(b, order) {
		b.order, b.there = order.Documents[0], true
	}
	b.creditor, b.claimed = InvoiceOn(order, s.rules)
	s.result.Creditor = b.creditor.Creditor
	if s.facts.Creditor != nil {
		s.openCreditor(b.creditor)
	}
	b.date, b.received = s.date("billing date", invoice.BillingDate), s.date("creation date", invoice.CreatedAt)
	b.due = s.date("payment due date", invoice.PaymentDue)
	if b.date = cmp.Or(b.date, b.received); b.date == "" && invoice.BillingDate == "" && invoice.CreatedAt == "" {
		s.refuse("DATE", "billing date", "it has no billing date, and Jobpac dates every invoice. Enter one in Procore and send it again.")
	}
	return b
}

func (s *sheet) billNumber(number string) {
	width := s.rules.Widths.Invoice
	switch {
	case number == "":
		s.refuse("NUMBER", "invoice number", "it has no invoice number, and Jobpac keeps an invoice by it. Enter the subcontractor's number in Procore and send it again.")
	case !legal(number):
		s.refuse("NUMBER", "invoice number", "%q may have only letters, digits and - / . _ in Jobpac. Correct it in Procore, or give a code when you accept it, and send it again.", clip(number))
	case len(number) > width:
		s.refuse("NUMBER", "invoice number", "%q is %d characters long, Jobpac holds %d. Give a shorter code when you accept it, and send it again.", clip(number), len(number), width)
	}
}

// linkedOrder refuses an invoice whose order is not there, or not once.
func (s *sheet) linkedOrder(b bill, order erp.Book) bool {
	switch n := len(order.Documents); {
	case b.ContractOrigin == "":
		s.refuse("NO-ORDER", "commitment", "its commitment is not linked to an order in Jobpac. Send the commitment to Jobpac first, then this invoice.")
	case b.key.Order == "":
		s.refuse("NO-ORDER", "commitment", "the link %q of its commitment is no order of WorkID %s. Unlink the commitment, send it to Jobpac again, then this invoice.", clip(b.ContractOrigin), s.rules.WorkID)
	case n == 0:
		s.refuse("NO-ORDER", "commitment", "order %s of its commitment is not in Jobpac any more. Send the commitment to Jobpac again, then this invoice.", b.key.Order)
	case n > 1:
		s.refuse("NO-ORDER", "commitment", "order number %s stands in Jobpac %d times. Clear the extra orders in Jobpac, then send this invoice again.", b.key.Order, n)
	default:
		return true
	}
	return false
}

// orderOpen refuses an order that takes no invoices.
func (s *sheet) orderOpen(b bill) {
	if !b.there {
		return
	}
	head := b.order.Header
	if flagged(head, erp.ColFinalised) || flagged(head, erp.ColComplete) {
		s.refuse("FINALISED", "commitment", "order %s is finalised or complete in Jobpac and takes no more invoices. Reopen it in Jobpac and send this invoice again.", b.key.Order)
	}
	if !flagged(head, erp.ColPortal) {
		return
	}
	if s.rules.Invoice.Portal == PortalFlag {
		s.note("The claims of order %s come from an external portal as well: compare both, lest one is claimed twice.", b.key.Order)
		return
	}
	s.refuse("PORTAL", "commitment", "the claims of order %s come from an external portal, as its portal switch in Jobpac says, and two sources would claim the same work twice. Enter the invoice there, or switch the portal off in Jobpac.", b.key.Order)
}

// flagged tells whether a column of a row says yes.
func flagged(row erp.Row, column erp.Name) bool {
	switch erp.Code(row.Get(column)) {
	case "Y", "YES", "TRUE", "1":
		return true
	}
	return false
}

// claim makes the header and the details of a claim import.
func (s *sheet) claim(b bill) {
	header := erp.Claim{
		ClaimKey: b.key, Job: b.job, Creditor: b.creditor, Date: b.date, Received: b.received, PaymentDue: b.due,
		Retained: b.held, Released: b.released, ApprovalStatus: erp.Code(s.rules.Invoice.ApprovalStatus),
		ApprovalUser: s.rules.Invoice.ApprovalUser, Reference: b.reference,
	}
	if header.ApprovalStatus != "" || header.ApprovalUser != "" {
		header.ApprovalDate = b.received
	}
	s.add(header, text{})
	for _, l := range b.lines[:s.result.Lines] {
		item := erp.ClaimItem{
			ClaimKey: b.key, Line: l.number, OrderItem: l.item, Variation: l.variation.Variation, VariationItem: l.variationItem,
			Value: l.amount, TaxCode: l.tax, Tax: s.taxOf(l), Reference: b.reference.Line(l.number),
		}
		if q, rate, ok := l.measure(); ok {
			item.Quantity, item.Rate, item.Unit = q, rate, l.unit
		}
		s.add(item, text{})
	}
}

// upload makes the dissections of a pending invoice, and its posting.
func (s *sheet) upload(b bill) {
	for i, l := range b.lines[:s.result.Lines] {
		said := s.text("description of "+l.where(), s.rules.Widths.Description, "", title(l.Description, l.row.Get(erp.ColDescription), string(b.reference)), "")
		u := erp.InvoiceUpload{
			ClaimKey: b.key, Line: l.number, Creditor: b.creditor, Centre: l.centre, Description: said.sent, Date: b.date, Received: b.received,
			PaymentDue: b.due, Value: l.amount, TaxCode: l.tax, Tax: s.taxOf(l), Reference: b.reference.Line(l.number),
		}
		if q, _, ok := l.measure(); ok {
			u.Quantity, u.Unit = q, l.unit
		}
		if i == 0 {
			u.Authorised = &b.total
		}
		s.add(u, said)
	}
	s.add(erp.InvoicePosting{ClaimKey: b.key, Creditor: b.creditor, Reference: b.reference}, text{})
}

// billLinks joins the invoice and its lines to their records.
func (s *sheet) billLinks(b bill) {
	s.header(erp.ItemRequisition, b.ID, b.key.Origin(), b.key.Invoice)
	first := 0
	if b.claimed {
		first = 1
	}
	for i, l := range b.lines {
		origin := b.key.ItemOrigin(l.number)
		if i < s.result.Lines {
			s.result.Items = append(s.result.Items, Linked{Line: l.ID, Record: first + i, Origin: origin})
		}
		s.result.Links = append(s.result.Links, erp.ExternalItem{Type: l.itemType(), ID: l.ID, Origin: origin})
	}
}

// InvoiceTaken is the refusal of an invoice whose number the creditor has
// already. have is the record that Jobpac shows under it, which may be empty.
func InvoiceTaken(key erp.ClaimKey, have erp.Row) erp.Problem {
	at := "in Jobpac"
	if order := erp.Code(have.Get(erp.ColOrder)); order != "" {
		at = "in Jobpac on order " + order
	}
	return erp.Problem{Rule: "IN-DUPLICATE", Where: "invoice number", Message: fmt.Sprintf(
		"Invoice %s: an invoice of that number stands %s already, and it is not this one. If it is the same paper, reject this one in Procore; else correct its number and send it again.",
		key.Invoice, at)}
}
