package translate

import (
	"github.com/procpac/procpac/internal/erp"
)

// BudgetLine is a cost centre's original budget as a Procore budget line, for a
// company without the ERP tool. A cost centre whose row shows no budget, and a
// heading, are nothing for Procore; a heading with a budget of its own is
// refused, as Procore's budget has two tiers: sections and what stands in them.
func BudgetLine(row erp.Row, r ImportRules) (erp.Entry, []erp.Problem, []string) {
	d := newDraft(erp.EntryBudgetLine, row, r)
	key := d.costCentre("budget of cost centre")
	d.tiers()
	if len(d.problems) > 0 || d.entry.Type == "" {
		return d.end()
	}
	budget, given := d.money(erp.ColBudgetValue, "original budget")
	if !given {
		d.nothing()
		return d.end()
	}
	d.ref("wbs_code_id", erp.EntryWBSCode, key.Origin())
	d.put("original_budget_amount", erp.FormNumber, budget.String())
	d.strategy(budget)
	return d.end()
}

// strategy puts quantity and unit cost where they come to the budget, so that
// Procore calculates it; else Procore is told that the amount was set by hand,
// and loses what it knew of them.
func (d *draft) strategy(budget erp.Money) {
	unit, _ := d.carried(erp.ColUnit)
	quantity, cost, ok := d.factors(erp.ColBudgetQty, erp.ColBudgetRate, budget)
	if !ok {
		d.put("calculation_strategy", erp.FormText, "manual")
		d.put("quantity", erp.FormNumber, "")
		d.put("uom", erp.FormText, "")
		d.put("unit_cost", erp.FormNumber, "")
		return
	}
	d.put("calculation_strategy", erp.FormText, "automatic")
	d.put("quantity", erp.FormNumber, quantity)
	d.put("uom", erp.FormText, d.rules.unit(unit))
	d.put("unit_cost", erp.FormNumber, cost)
}

// factors are a quantity and a rate whose product is the amount, to the cent.
// Not ok: the row does not show both, or they come to something else.
func (d *draft) factors(quantityIn, rateIn erp.Name, amount erp.Money) (quantity, rate string, ok bool) {
	n, cost := d.number(quantityIn, "quantity"), d.number(rateIn, "rate")
	if !n.Given() || !cost.Given() || !n.Fits(4) || !cost.Fits(4) {
		return "", "", false
	}
	units, errN := n.Quantity()
	price, errCost := cost.Rate()
	if errN != nil || errCost != nil || units == 0 && price == 0 {
		return "", "", false
	}
	if product, err := units.Times(price); err != nil || product != amount {
		return "", "", false
	}
	return shortest(n), shortest(cost), true
}

// tiers refuses a budget that stands on a heading.
func (d *draft) tiers() {
	if !Heading(d.row) {
		return
	}
	given, _ := d.carried(erp.ColBudgetValue)
	if budget, err := erp.ParseDecimal(given); err != nil || budget.Sign() != 0 {
		d.refuse("BUDGET-TIERS", "a budget of %s stands on a heading, and Procore keeps budgets on cost codes with a cost type only. Move it to the cost centres below the heading in Jobpac.", clip(given))
	}
}
