package translate

import (
	"strings"

	"github.com/procpac/procpac/internal/erp"
)

// Commitment says what a commitment becomes in Jobpac: an order with its items
// or a subcontract with its items, or why it cannot become one.
func Commitment(req erp.Request, r Rules, facts erp.Facts) Result {
	s := newSheet(classCommitment, req, r, facts)
	if req.Commitment == nil {
		s.name = "Request " + req.ID.String()
		s.unreadable("it carries no commitment. Send the commitment to the ERP again.")
		return s.end()
	}
	c := *req.Commitment
	s.name = commitmentName(c)
	s.result.Title, s.result.ProcoreNo = title(c.Title, c.Description), c.Number
	s.result.Reference = string(erp.CommitmentReference(c.ID))
	s.contractType(c.Type)
	s.status(c.Status)
	s.currency(c.Currency)
	key := s.order(c)
	s.result.Number = key.Order
	job, jobOK := s.job()
	creditor := s.creditor(c.Vendor)
	p := paper{key: key, job: job, creditor: creditor, retention: s.retention(c)}
	p.lines = s.lines(c.Lines, job, jobOK)
	p.total = s.total(p.lines, c.Total)
	s.result.Total = p.total
	s.notNegative(p.total)
	s.roomFor(1, len(p.lines))
	s.write(c, p)
	return s.end()
}

// paper is what the header and the items of an order have in common.
type paper struct {
	key       erp.OrderKey
	job       erp.JobKey
	creditor  erp.CreditorKey
	retention string
	lines     []line
	total     erp.Money
}

// commitmentName is the document as an accountant knows it.
func commitmentName(c erp.Commitment) string {
	kind := "Commitment"
	switch c.Type {
	case erp.PurchaseOrderContract:
		kind = "Purchase order"
	case erp.WorkOrderContract:
		kind = "Subcontract"
	}
	if number := squeeze(c.Number); number != "" {
		return kind + " " + clip(number)
	}
	return kind + " " + c.ID.String()
}

func (s *sheet) contractType(t erp.CommitmentType) {
	if t != erp.PurchaseOrderContract && t != erp.WorkOrderContract {
		s.refuse("TYPE", "type", "its type %q is neither a purchase order nor a subcontract, and Jobpac has nothing else for it. Enter it in Jobpac by hand.", clip(string(t)))
	}
}

// notNegative refuses an order that would owe us money (assumed: Jobpac
// refuses it too).
func (s *sheet) notNegative(total erp.Money) {
	if total < 0 {
		s.refuse("NEGATIVE", "total", "its lines add up to %s, and an order in Jobpac cannot be below zero. Correct the lines in Procore and send it again.", total)
	}
}

// roomFor refuses more items than Jobpac's item numbers can count.
func (s *sheet) roomFor(first, count int) {
	highest := 1
	for range s.rules.Widths.Item {
		highest *= 10
	}
	if highest--; first+count-1 > highest {
		s.refuse("ITEMS", "", "its %d lines would be items %d to %d, and Jobpac counts items up to %d. Join lines in Procore and send it again.", count, first, first+count-1, highest)
	}
}

// retention is the subcontract's percentage, or the settings' where it carries
// none. A purchase order has no place for one.
func (s *sheet) retention(c erp.Commitment) string {
	percent := c.Retainage
	if c.Type == erp.PurchaseOrderContract {
		if percent.Sign() != 0 {
			s.note("The retention of %s %% was not sent: a purchase order in Jobpac has none.", percent)
		}
		return ""
	}
	if !percent.Given() {
		percent, _ = erp.ParseDecimal(s.rules.Retention.Default) // config has checked it; not readable is none
	}
	hundred, _ := erp.ParseDecimal("100")
	if percent.Sign() < 0 || !percent.Fits(2) || more(percent, hundred) {
		s.refuse("RETENTION", "retention", "its retention of %s %% is not 0 to 100 with at most two decimals. Correct it in Procore and send it again.", clip(percent.String()))
		return ""
	}
	return shortest(percent)
}

// more tells whether a percentage is above another; one too large to compare
// is.
func more(a, b erp.Decimal) bool {
	x, errX := a.Rate()
	y, errY := b.Rate()
	return a.Given() && (errX != nil || errY != nil || x > y)
}

// shortest writes a number without the zeros that end its decimals.
func shortest(d erp.Decimal) string {
	number := d.String()
	if strings.Contains(number, ".") {
		number = strings.TrimSuffix(strings.TrimRight(number, "0"), ".")
	}
	return number
}

// write makes the records: the header, then the items in the order they are to
// be sent.
func (s *sheet) write(c erp.Commitment, p paper) {
	heading := s.text("title", s.rules.Widths.Description, "", title(c.Title, c.Description, c.Number, s.result.Reference), "")
	item := s.orderItem
	if c.Type == erp.WorkOrderContract {
		s.add(s.subcontract(c, p, heading.sent), heading)
		s.header(erp.ItemSubcontract, c.ID, p.key.Origin(), p.key.Order)
		item = s.subcontractItem
	} else {
		s.add(s.purchaseOrder(c, p, heading.sent), heading)
		s.header(erp.ItemPurchaseOrder, c.ID, p.key.Origin(), p.key.Order)
	}
	said := s.descriptions(p.lines, "")
	for _, l := range sendOrder(p.lines) {
		s.add(item(p.key, l, l.number, said[l.number].sent), said[l.number])
	}
	s.link(p.lines, 1, func(l line) string { return p.key.ItemOrigin(l.number) })
}

// descriptions describes all lines, in their order, by line number.
func (s *sheet) descriptions(lines []line, prefix string) map[int]text {
	said := make(map[int]text, len(lines))
	for _, l := range lines {
		said[l.number] = s.describe(l, prefix)
	}
	return said
}

// purchaseOrder is the header of a purchase order. Jobpac's order date is the
// day the commitment was made in Procore (documented).
func (s *sheet) purchaseOrder(c erp.Commitment, p paper, description string) erp.Order {
	date := s.date("creation date", c.CreatedAt)
	if date == "" {
		date = s.date("contract date", c.ContractDate)
	}
	number := s.text("number", s.rules.Widths.Requisition, "", c.Number, "")
	order := erp.Order{
		OrderKey: p.key, Job: p.job, Creditor: p.creditor, Description: description, Date: date,
		Delivery: s.date("delivery date", c.DeliveryDate), Requisition: number.sent,
		Reference: erp.CommitmentReference(c.ID),
	}
	if number.full != "" {
		s.result.Full[FullKey(order, erp.ColRequisition)] = number.full
	}
	return order
}

func (s *sheet) orderItem(key erp.OrderKey, l line, item int, description string) erp.Record {
	return erp.OrderItem{
		OrderKey: key, Item: item, Centre: l.centre, Description: description,
		Quantity: l.measured.quantity, Unit: l.unit, Rate: l.measured.rate, Value: l.amount, TaxCode: l.tax,
	}
}

// subcontract is the header of a subcontract.
func (s *sheet) subcontract(c erp.Commitment, p paper, description string) erp.Subcontract {
	sub := erp.Subcontract{
		OrderKey: p.key, Job: p.job, Creditor: p.creditor, Description: description,
		Method: s.rules.method(c.AccountingMethod), Retention: p.retention, Sum: p.total,
		Acceptance: s.date("execution date", c.ExecutionDate), Start: s.date("start date", c.Start),
		Completion: s.date("estimated completion date", c.EstimatedEnd), Sent: s.date("issue date", c.IssuedOn),
		Received:  s.date("date the signed contract was received", c.SignedReceived),
		Reference: erp.CommitmentReference(c.ID),
	}
	if p.retention != "" {
		sub.RetentionOn = s.rules.retentionOn()
	}
	return sub
}

func (s *sheet) subcontractItem(key erp.OrderKey, l line, item int, description string) erp.Record {
	return erp.SubcontractItem{
		OrderKey: key, Item: item, Centre: l.centre, Description: description,
		Quantity: l.measured.quantity, Unit: l.unit, Rate: l.measured.rate, Value: l.amount,
	}
}
