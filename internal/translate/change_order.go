package translate

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/procpac/procpac/internal/erp"
)

// Contract is what the journal and Jobpac know of a change order's contract.
type Contract struct {
	Key   erp.OrderKey
	Type  erp.CommitmentType
	Known bool // it stands in Jobpac
	// Lines are the origin ids of its lines as the journal has them, by line
	// id. They stand in for links that the request does not carry yet; nil is
	// fine.
	Lines map[erp.ID]string
}

// Numbers are reserved for a change order before anything is sent. A zero
// value is for checking only: then the result is planned with placeholders.
type Numbers struct {
	Variation string // used where the change order brings no number along
	FirstItem int    // the first of its new items on a purchase order
}

// placeholderVariation stands where a variation number is not reserved yet.
const placeholderVariation = "NEW"

// ReasonField is the key of the ERP custom field in which an approver may give
// a variation's reason code.
const ReasonField = "variation_reason"

// The keys of further ERP custom fields that an approver may fill in: the
// variation type of Jobpac, and the date as of which the change is approved
// there, yyyy-mm-dd.
const (
	TypeField    = "variation_type"
	PostingField = "posting_date"
)

// ChangeOrder says what a commitment change order becomes in Jobpac: a
// variation with its items on a subcontract, new items on a purchase order, or
// why it cannot become any.
func ChangeOrder(req erp.Request, r Rules, facts erp.Facts, c Contract, n Numbers) Result {
	s := newSheet(classChangeOrder, req, r, facts)
	if req.ChangeOrder == nil || req.Commitment == nil {
		s.name = "Request " + req.ID.String()
		s.unreadable("it carries no change order with its commitment. Send the change order to the ERP again.")
		return s.end()
	}
	o := *req.ChangeOrder
	s.name = changeOrderName(o)
	s.result.Title, s.result.ProcoreNo = title(o.Title, o.Description), o.Number
	s.result.Reference = string(o.Reference())
	c.Type = cmp.Or(c.Type, req.Commitment.Type)
	s.contractType(c.Type)
	s.status(o.Status)
	s.currency(cmp.Or(o.Currency, req.Commitment.Currency))
	s.contract(o, *req.Commitment, c)
	job, jobOK := s.job()
	s.vendor(req.Commitment.Vendor)
	if c.Type == erp.PurchaseOrderContract {
		s.newItems(o, c, max(n.FirstItem, 1), job, jobOK)
	} else {
		s.variation(o, c, s.variationNumber(n), job, jobOK)
	}
	return s.end()
}

// changeOrderName is the document as an accountant knows it.
func changeOrderName(o erp.ChangeOrder) string {
	return "Change order " + clip(cmp.Or(squeeze(o.Number), o.ID.String()))
}

// contract refuses a change order whose contract is not in Jobpac, or is not
// the one it names.
func (s *sheet) contract(o erp.ChangeOrder, commitment erp.Commitment, c Contract) {
	name := commitmentName(commitment)
	if o.ContractID != 0 && commitment.ID != 0 && o.ContractID != commitment.ID {
		s.refuse("CONTRACT", "contract", "it belongs to contract %s, but was sent with %s, contract %s. Send it again from its own contract.", o.ContractID, name, commitment.ID)
	}
	if !c.Known || c.Key.Order == "" {
		s.refuse("CONTRACT", "contract", "its contract %s is not in Jobpac yet. Send the contract to Jobpac first, then this change order.", name)
	}
}

// vendor checks the contract company where the request carries it.
func (s *sheet) vendor(vendor erp.Link) {
	if vendor.ID != 0 || vendor.Origin != "" {
		s.creditor(vendor)
	}
}

// changeLines checks the lines and their contract lines.
func (s *sheet) changeLines(o erp.ChangeOrder, c Contract, job erp.JobKey, jobOK bool) ([]line, map[int]int) {
	lines := s.lines(o.Lines, job, jobOK)
	items := map[int]int{}
	for _, l := range lines {
		items[l.number] = s.contractItem(l, c, job)
	}
	s.result.Total = s.total(lines, o.Total)
	return lines, items
}

// contractItem is the item of the contract's order that a line changes; 0
// when it opens a new cost centre on the order.
func (s *sheet) contractItem(l line, c Contract, job erp.JobKey) int {
	switch {
	case l.Placed != nil:
		return l.Placed.OrderItem
	case l.CommitmentLine == 0 || !c.Known:
		return 0 // a contract that is not in Jobpac was refused before
	}
	of, found := s.contractLine(l.CommitmentLine)
	origin := cmp.Or(strings.TrimSpace(of.Origin), c.Lines[l.CommitmentLine])
	item, ok := itemOf(origin, c.Key)
	fresh := found && of.Amount.Given() && of.Amount.Sign() == 0
	switch {
	case c.Type == erp.WorkOrderContract && variationOf(origin, job):
		return 0 // a further change of the contract opened its cost centre
	case origin == "" && (fresh || c.Type == erp.PurchaseOrderContract):
		return 0
	case origin == "":
		s.refuseLine("LINE-CONTRACT", l, "its contract line %s is not linked to an item of order %s in Jobpac. Check that the contract is synced, then send the change order again.", l.CommitmentLine, c.Key.Order)
	case !ok:
		s.refuseLine("LINE-CONTRACT", l, "its contract line is linked to %q, which is no item of order %s. Unlink the contract and send it to Jobpac again, or enter the change in Jobpac by hand.", clip(origin), c.Key.Order)
	case found && c.Type == erp.WorkOrderContract:
		s.notMoved(l, of, job)
	}
	return item
}

// contractLine is the line of the contract that the request repeats.
func (s *sheet) contractLine(id erp.ID) (erp.Line, bool) {
	at := slices.IndexFunc(s.req.Commitment.Lines, func(l erp.Line) bool { return l.ID == id })
	if at < 0 {
		return erp.Line{}, false
	}
	return s.req.Commitment.Lines[at], true
}

// itemOf reads the item out of a line's link, which must be one of that
// order's.
func itemOf(origin string, key erp.OrderKey) (int, bool) {
	last := origin[strings.LastIndexByte(origin, '|')+1:]
	item, err := strconv.Atoi(strings.TrimSpace(last))
	ok := err == nil && item > 0 && key.ItemOrigin(item) == erp.Code(origin)
	if !ok {
		return 0, false
	}
	return item, true
}

// variationOf tells whether a link is to an item of a variation of that job.
func variationOf(origin string, job erp.JobKey) bool {
	key, _, ok := erp.ParseVariationItem(origin)
	return ok && key.WorkID == job.WorkID && key.Job == job.Job
}

// notMoved refuses a line on another cost centre than its contract line: an
// item in Jobpac has one (documented: its update call cannot change it). A
// contract line whose links cannot be read says nothing.
func (s *sheet) notMoved(l line, of erp.Line, job erp.JobKey) {
	code, errCode := erp.ParseCostCode(of.CostCode.Origin, job)
	costType, errType := s.rules.costType(of.CostType)
	if errCode != nil || errType != nil || l.centre.CostCode == "" || l.centre.CostType == "" {
		return
	}
	if code != l.centre.CostCode || costType != l.centre.CostType {
		s.refuseLine("LINE-MOVED", l, "it is on cost centre %s %s, but its contract line is on %s %s, and an item in Jobpac keeps its cost centre. Enter it as a new line in Procore and send it again.", l.centre.CostCode, l.centre.CostType, code, costType)
	}
}

// variationNumber is the number a variation gets: the one it brings along, the
// reserved one, or a placeholder.
func (s *sheet) variationNumber(n Numbers) string {
	typed := TypedVariation(s.req, s.rules)
	s.number("code", "variation number", typed, s.rules.Variation.Width)
	return cmp.Or(typed, erp.Code(n.Variation), placeholderVariation)
}

// variation makes a subcontract's change order: a header in the job's register
// and an item per line.
func (s *sheet) variation(o erp.ChangeOrder, c Contract, number string, job erp.JobKey, jobOK bool) {
	s.result.Number = number
	key := erp.VariationKey{WorkID: job.WorkID, Job: job.Job, Variation: number}
	header := erp.Variation{
		VariationKey: key, Type: s.commitmentType(o), Reason: s.reasonCode(o.Fields),
		Submitted: s.date("creation date", o.CreatedAt), Approved: s.date("approval date", cmp.Or(strings.TrimSpace(o.Fields[PostingField]), o.ReviewedAt)),
		Reference: o.Reference(),
	}
	lines, items := s.changeLines(o, c, job, jobOK)
	s.roomFor(1, len(lines))
	header.ApprovedSum = s.result.Total
	heading := s.text("title", s.rules.Widths.Description, "", title(o.Title, o.Description, s.name), "")
	header.Description = heading.sent
	s.add(header, heading)
	s.changeHeader(o, key.Origin(), number)
	said := s.descriptions(lines, "")
	for _, l := range sendOrder(lines) {
		s.add(erp.VariationItem{
			VariationKey: key, Item: l.number, Order: c.Key, OrderItem: items[l.number], Centre: l.centre,
			Description: said[l.number].sent, Quantity: l.measured.quantity, Unit: l.unit, Rate: l.measured.rate,
			Value: l.amount, Approved: header.Approved, Reference: header.Reference,
		}, said[l.number])
	}
	s.link(lines, 1, func(l line) string { return key.ItemOrigin(l.number) })
}

// changeHeader links the change order. A revision is none of Procore's: its
// document is linked to what was entered first.
func (s *sheet) changeHeader(o erp.ChangeOrder, origin, code string) {
	if o.Revision == nil {
		s.header(erp.ItemChangeOrder, o.ID, origin, code)
	}
}

func (s *sheet) commitmentType(o erp.ChangeOrder) string {
	return s.variationType(o.Fields, s.rules.Variation.CommitmentType, "mapping.variation.commitment_type", "commitment change orders")
}

// variationType is Jobpac's type for change orders of a kind: the one the
// approver nominated, else that of the settings (documented: a type must be
// nominated). setting and kind are for the refusal.
func (s *sheet) variationType(answers map[string]string, set, setting, kind string) string {
	if nominated := erp.Code(answers[TypeField]); nominated != "" {
		if !fits(nominated, s.rules.Widths.VariationType) {
			s.refuse("VARIATION-TYPE", "type", "variation type %q is longer than the %d characters Jobpac holds. Nominate a variation type of Jobpac when you accept it.", clip(nominated), s.rules.Widths.VariationType)
		}
		return nominated
	}
	t := erp.Code(set)
	if !fits(t, s.rules.Widths.VariationType) {
		s.refuse("VARIATION-TYPE", "settings", "the settings name no Jobpac variation type of at most %d characters for %s (%s is %q). Set it, then send the change order again.", s.rules.Widths.VariationType, kind, setting, clip(t))
	}
	return t
}

// reasonCode is the reason code that the approver gave, if any.
func (s *sheet) reasonCode(answers map[string]string) string {
	reason := code(answers[ReasonField])
	if len(reason) > s.rules.Widths.Reason {
		s.refuse("REASON", "reason", "reason %q is longer than the %d characters Jobpac holds. Give a reason code of Jobpac when you accept it.", clip(reason), s.rules.Widths.Reason)
	}
	return reason
}

// newItems makes a purchase order's change order: items behind those the order
// has. There is no header in Jobpac, so the first item stands for the whole.
func (s *sheet) newItems(o erp.ChangeOrder, c Contract, first int, job erp.JobKey, jobOK bool) {
	s.result.Number = c.Key.Order
	lines, _ := s.changeLines(o, c, job, jobOK)
	s.roomFor(first, len(lines))
	item := func(l line) int { return first + l.number - 1 }
	s.changeHeader(o, c.Key.ItemOrigin(first), c.Key.Order+"/"+strconv.Itoa(first))
	said := s.descriptions(lines, "CO "+cmp.Or(squeeze(o.Number), o.ID.String())+":")
	for _, l := range sendOrder(lines) {
		s.add(s.orderItem(c.Key, l, item(l), said[l.number].sent), said[l.number])
	}
	s.link(lines, 0, func(l line) string { return c.Key.ItemOrigin(item(l)) })
}
