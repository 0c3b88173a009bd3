package translate

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/procpac/procpac/internal/erp"
)

// The types of a line of an invoice, in Procore's words.
const (
	lineOfContract = "Billings::ContractItem"
	lineOfDetail   = "Billings::ContractDetailItem"
	lineOfChange   = "Billings::ChangeOrderItem"
)

// billLine is a line of an invoice with what it means in Jobpac.
type billLine struct {
	erp.RequisitionLine
	number   int // from 1
	amount   erp.Money
	held     erp.Money
	released erp.Money
	valued   bool // the three of them hold

	item          int // of the order; 0: of a variation
	variation     erp.VariationKey
	variationItem int
	row           erp.Row // the order's item, where the order shows it
	centre        erp.CostCentreKey
	tax           string
	unit          string
}

func (l billLine) where() string { return fmt.Sprintf("line %d", l.number) }

// itemType is the type of the line's link.
func (l billLine) itemType() string {
	switch l.ItemType {
	case lineOfDetail:
		return erp.ItemRequisitionDetail
	case lineOfChange:
		return erp.ItemRequisitionChange
	}
	return erp.ItemRequisitionLine
}

// measure is quantity and rate, where they come to the amount.
func (l billLine) measure() (q erp.Quantity, r erp.Rate, ok bool) {
	q, r, ok = factors(erp.Line{Quantity: l.Quantity, UnitCost: l.UnitCost})
	value, err := q.Times(r)
	return q, r, ok && q != 0 && err == nil && value == l.amount
}

// itemLines checks all lines and gives them their numbers.
func (s *sheet) itemLines(b *bill) {
	given := slices.Clone(b.Lines)
	slices.SortStableFunc(given, func(a, c erp.RequisitionLine) int {
		return cmp.Or(cmp.Compare(worthless(a), worthless(c)), cmp.Compare(rank(a), rank(c)), cmp.Compare(a.ID, c.ID))
	})
	for i, g := range given {
		l := billLine{RequisitionLine: g, number: i + 1}
		s.lineMoney(&l)
		s.lineType(l)
		if l.valued && l.amount != 0 {
			s.result.Lines++
			s.lineTarget(b, &l)
			l.unit = s.billUnit(l)
			l.tax = s.billTax(l)
		}
		b.lines = append(b.lines, l)
	}
}

// worthless is 1 for a line without a value, which comes last.
func worthless(l erp.RequisitionLine) int { return 1 - l.Amount.Sign()*l.Amount.Sign() }

// rank puts the lines of the contract before those of its change orders.
func rank(l erp.RequisitionLine) int {
	switch l.ItemType {
	case lineOfDetail:
		return 1
	case lineOfChange:
		return 2
	}
	return 0
}

// refuseBillLine is refuseLine for a line of an invoice.
func (s *sheet) refuseBillLine(rule string, l billLine, format string, args ...any) {
	s.refuseLine(rule, line{Line: erp.Line{Description: l.Description}, number: l.number}, format, args...)
}

// lineMoney reads amount and retention; none of them may be negative.
func (s *sheet) lineMoney(l *billLine) {
	l.valued = true
	if !l.Amount.Given() {
		l.valued = false
		s.refuseBillLine("AMOUNT", *l, "it has no amount. Enter one in Procore and send the invoice again.")
	}
	l.amount = s.lineSum(l, "amount", l.Amount)
	l.held = s.lineSum(l, "retention held", l.RetainedWork, l.RetainedMaterials)
	l.released = s.lineSum(l, "retention released", l.ReleasedWork, l.ReleasedMaterials)
}

// lineSum adds up amounts of a line; one that is not given is 0.
func (s *sheet) lineSum(l *billLine, what string, amounts ...erp.Decimal) erp.Money {
	var sum erp.Money
	for _, given := range amounts {
		if !given.Given() {
			continue
		}
		amount, err := given.Money()
		if err == nil {
			sum, err = sum.Plus(amount)
		}
		switch {
		case err != nil:
			s.refuseBillLine("AMOUNT", *l, "its %s %s is not in whole cents, or too large for Jobpac. Correct it in Procore and send the invoice again.", what, clip(given.String()))
		case amount < 0:
			s.refuseBillLine("NEGATIVE", *l, "its %s is %s, and negative values do not go to Jobpac. Correct the invoice in Procore, or enter a credit in Jobpac by hand.", what, amount)
		default:
			continue
		}
		l.valued = false
	}
	return sum
}

func (s *sheet) lineType(l billLine) {
	switch l.ItemType {
	case lineOfContract, lineOfDetail, lineOfChange, "":
	default:
		s.refuseBillLine("LINE-TYPE", l, "its type %q is not one this program knows. Enter the invoice in Jobpac by hand, and report the type.", clip(l.ItemType))
	}
}

// lineTarget finds what a line is of: an item of a variation, or of the order.
func (s *sheet) lineTarget(b *bill, l *billLine) {
	change, item := strings.TrimSpace(l.ChangeItemOrigin), strings.TrimSpace(l.CommitmentItemOrigin)
	switch {
	case !b.there:
	case b.claimed && change != "":
		s.variationTarget(b, l, change)
	case b.claimed && variationOf(item, b.job):
		s.variationTarget(b, l, item)
	case cmp.Or(change, item) == "":
		s.refuseBillLine("LINE-ITEM", *l, "it is linked neither to an item of order %s nor to a variation on it. Check that the commitment and its change orders are synced, then send the invoice again.", b.key.Order)
	default:
		s.orderTarget(b, l, cmp.Or(change, item))
	}
}

func (s *sheet) variationTarget(b *bill, l *billLine, origin string) {
	key, item, ok := erp.ParseVariationItem(origin)
	if !ok || key.WorkID != s.rules.WorkID || (b.job.Job != "" && key.Job != b.job.Job) {
		s.refuseBillLine("LINE-ITEM", *l, "its link %q is no item of a variation of job %s. Unlink the change order, send it to Jobpac again, then this invoice.", clip(origin), b.job.Job)
		return
	}
	l.variation, l.variationItem = key, item
}

// orderTarget finds the item of the order, which must still be on it.
func (s *sheet) orderTarget(b *bill, l *billLine, origin string) {
	order, item, ok := erp.ParseItemOrigin(origin)
	if !ok || order != (erp.OrderKey{WorkID: b.key.WorkID, Order: b.key.Order}) {
		s.refuseBillLine("LINE-ITEM", *l, "its link %q is no item of order %s. Unlink the commitment, send it to Jobpac again, then this invoice.", clip(origin), b.key.Order)
		return
	}
	l.item = item
	at := slices.IndexFunc(b.order.Items, func(row erp.Row) bool { return itemNo(row) == item })
	if at < 0 {
		s.refuseBillLine("LINE-ITEM", *l, "item %d of order %s is not in Jobpac any more. Send the commitment to Jobpac again, then this invoice.", item, b.key.Order)
		return
	}
	if l.row = b.order.Items[at]; flagged(l.row, erp.ColPending) {
		s.refuseBillLine("UNAPPROVED", *l, "item %d of order %s waits for approval in Jobpac. Approve it there, then send this invoice again.", item, b.key.Order)
	}
	s.billCentre(b, l)
}

// itemNo is the item number of a row, 0 where it shows none.
func itemNo(row erp.Row) int {
	n, err := erp.ParseDecimal(row.Get(erp.ColItem))
	if err != nil || !n.Given() || !n.Fits(0) {
		return 0
	}
	whole, err := n.Quantity()
	if err != nil {
		return 0
	}
	return int(whole / erp.One)
}

// billCentre is the cost centre of a purchase order's item.
func (s *sheet) billCentre(b *bill, l *billLine) {
	if b.claimed {
		return
	}
	job := erp.JobKey{WorkID: cmp.Or(erp.Code(l.row.Get(erp.ColCostingWork)), b.job.WorkID), Job: cmp.Or(erp.Code(l.row.Get(erp.ColJob)), b.job.Job)}
	l.centre = erp.CostCentreKey{JobKey: job, CostCode: erp.Code(l.row.Get(erp.ColCostCode)), CostType: erp.Code(l.row.Get(erp.ColCostType))}
	if l.centre.CostCode == "" || l.centre.CostType == "" {
		s.refuseBillLine("LINE-CENTRE", *l, "Jobpac shows no cost centre for item %d of order %s. Enter the invoice in Jobpac by hand.", l.item, b.key.Order)
	}
}

// billUnit is the unit of the item, else the line's where it fits.
func (s *sheet) billUnit(l billLine) string {
	if unit := erp.Code(l.row.Get(erp.ColUnit)); unit != "" {
		return unit
	}
	return s.unitThatFits(l.UOM)
}

// unitThatFits is Jobpac's unit of measure, "" where it cannot hold it.
func (s *sheet) unitThatFits(given string) string {
	unit, ok := named(s.rules.Units, squeeze(given))
	if !ok {
		unit = given
	}
	unit = erp.Code(fold(unit))
	if len(unit) > s.rules.Widths.Unit || strings.Contains(unit, unknownSign) {
		return ""
	}
	return unit
}

// billTax is Jobpac's tax code: the linked one, the item's, or the settings'.
func (s *sheet) billTax(l billLine) string {
	code := cmp.Or(erp.Code(l.row.Get(erp.ColTaxCode)), erp.Code(s.rules.GST.Default))
	if origin := strings.TrimSpace(l.TaxCodeOrigin); origin != "" {
		key, err := erp.ParseTaxCodeKey(origin)
		if err != nil || key.WorkID != s.rules.WorkID {
			s.refuseBillLine("LINE-TAX", l, "the link %q of its tax code is no GST code of WorkID %s. Choose a tax code of the ERP list in Procore and send the invoice again.", clip(origin), s.rules.WorkID)
			return ""
		}
		code = key.Code
	}
	if len(code) > s.rules.Widths.TaxCode {
		s.refuseBillLine("LINE-TAX", l, "tax code %q does not fit Jobpac, which holds %d characters. Choose another in Procore.", clip(code), s.rules.Widths.TaxCode)
	}
	return code
}

// taxOf is the tax of a line where we work it out: its code's percentage of the
// amount, or of what is left of it after retention, half up. nil: Jobpac does.
func (s *sheet) taxOf(l billLine) *erp.Money {
	base := l.amount
	switch s.rules.Invoice.Tax {
	case TaxOnNet:
		base += l.released - l.held
	case TaxOnGross:
	default:
		return nil
	}
	text, ok := named(s.rules.Invoice.Rates, l.tax)
	percent, err := erp.ParseDecimal(text)
	if !ok || err != nil || !percent.Given() {
		return nil
	}
	tax, ok := percentOf(base, percent)
	if !ok {
		return nil
	}
	return &tax
}

// percentOf is so many percent of an amount in whole cents, half up. It is
// exact: nothing is rounded on the way.
func percentOf(amount erp.Money, percent erp.Decimal) (erp.Money, bool) {
	rate, ok := new(big.Rat).SetString(percent.String())
	if !ok {
		return 0, false
	}
	cents := rate.Mul(rate, big.NewRat(int64(amount), 100))
	twice := new(big.Int).Mul(cents.Num(), big.NewInt(2))
	twice.Add(twice, cents.Denom())
	whole := twice.Div(twice, new(big.Int).Mul(cents.Denom(), big.NewInt(2))) // rounds down: half up for what is not negative
	return erp.Money(whole.Int64()), whole.IsInt64()
}

// billTotals adds the lines up.
func (s *sheet) billTotals(b *bill) {
	amounts, held, released := []erp.Money{}, []erp.Money{}, []erp.Money{}
	told := false
	for _, l := range b.lines {
		if !l.valued {
			return // refused before
		}
		amounts, held, released = append(amounts, l.amount), append(held, l.held), append(released, l.released)
		told = told || l.RetainedWork.Given() || l.RetainedMaterials.Given()
	}
	total, errTotal := erp.Sum(amounts...)
	retained, errHeld := erp.Sum(held...)
	back, errBack := erp.Sum(released...)
	if errTotal != nil || errHeld != nil || errBack != nil {
		s.refuse("TOTAL", "total", "its lines add up to more than can be kept. Correct the amounts in Procore and send it again.")
		return
	}
	b.total, b.released, s.result.Total = total, back, total
	if told {
		b.held = &retained
	}
	s.billValue(*b, retained)
}

// billValue checks what the lines come to.
func (s *sheet) billValue(b bill, retained erp.Money) {
	switch {
	case b.there && !b.claimed && (retained != 0 || b.released != 0):
		s.refuse("RETENTION", "retention", "it holds or releases retention, and a purchase order in Jobpac has none. Take the retention off in Procore, or make the commitment a subcontract.")
	case b.total == 0 && b.released == 0:
		s.refuse("ZERO", "total", "it comes to nothing, and Jobpac keeps no empty invoice. Enter what is claimed in Procore and send it again.")
	case retained > b.total:
		s.refuse("RETENTION", "retention", "it holds back %s of %s. Correct the retention in Procore and send it again.", retained, b.total)
	}
}
