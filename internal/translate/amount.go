package translate

import (
	"github.com/procpac/procpac/internal/erp"
)

// measure is how an amount is sent: quantity x rate is the amount, to the cent.
type measure struct {
	quantity erp.Quantity
	rate     erp.Rate
	said     string // for the description, when a calculated line became quantity 1
	whole    bool   // quantity 1 stands for a measure that did not come out
}

// amount is the line's amount, refused when it is absent, too fine or too big.
func (s *sheet) amount(l line) (erp.Money, bool) {
	if !l.Amount.Given() {
		s.refuseLine("LINE-AMOUNT", l, "it has no amount. Enter one in Procore and send it again.")
		return 0, false
	}
	amount, err := l.Amount.Money()
	if err == nil {
		_, err = amount.AsRate()
	}
	switch {
	case !l.Amount.Fits(2):
		s.refuseLine("LINE-AMOUNT", l, "amount %s has more than two decimals, and Jobpac keeps whole cents. Correct it in Procore and send it again.", clip(l.Amount.String()))
	case err != nil:
		s.refuseLine("LINE-AMOUNT", l, "amount %s is too large for Jobpac. Correct it in Procore and send it again.", clip(l.Amount.String()))
	}
	return amount, err == nil
}

// measured keeps quantity and unit cost where they come to the amount, else
// makes it quantity 1 at the amount.
func measured(l erp.Line, amount erp.Money) measure {
	quantity, rate, ok := factors(l)
	if value, err := quantity.Times(rate); ok && err == nil && value == amount {
		return measure{quantity: quantity, rate: rate}
	}
	one, _ := amount.AsRate() // an amount that is no rate was refused before
	m := measure{quantity: erp.One, rate: one, whole: ok}
	if l.Calculated && ok {
		m.said = squeeze(l.Quantity.String() + " " + l.UOM + " x " + l.UnitCost.String())
	}
	return m
}

// suffix is what the description of such a line ends with. An endless number
// is left out, so that the line's own words keep most of the width.
func (m measure) suffix(width int) string {
	switch {
	case m.said == "":
		return ""
	case len(m.said) > width/2:
		return " (as amount)"
	}
	return " (" + m.said + " as amount)"
}

// factors are a line's quantity and unit cost at Jobpac's four decimals; ok is
// false when one is not given or too large, or both are 0.
func factors(l erp.Line) (q erp.Quantity, r erp.Rate, ok bool) {
	q, errQ := l.Quantity.Quantity()
	r, errR := l.UnitCost.Rate()
	return q, r, errQ == nil && errR == nil && (q != 0 || r != 0)
}
