package translate

import (
	"github.com/procpac/procpac/internal/erp"
)

// JobCost is a cost centre's totals as a Procore job cost: a snapshot, so that
// sending it again changes nothing. With the ERP tool it carries the budget too,
// which the approver imports from it. What the row does not show is not sent. A
// heading, and a row without any total, are nothing for Procore.
func JobCost(row erp.Row, r ImportRules) (erp.Entry, []erp.Problem, []string) {
	d := newDraft(erp.EntryJobCost, row, r)
	key := d.costCentre("costs of cost centre")
	if d.rules.ERPTool {
		d.tiers()
	}
	if len(d.problems) > 0 || d.entry.Type == "" {
		return d.end()
	}
	if d.rules.ERPTool {
		d.estimate()
	}
	d.committed()
	d.sum("job_to_date_cost", erp.ColCostToDate, "cost to date")
	d.measure("job_to_date_units", erp.ColQtyToDate, "quantity to date")
	d.sum("month_to_date_cost", erp.ColCostThisMonth, "cost of this month")
	d.paid()
	if len(d.entry.Fields) == 0 {
		d.nothing()
		return d.end()
	}
	d.codeAndType(key)
	return d.end()
}

// estimate puts the original budget, the changes to it and what they come to.
func (d *draft) estimate() {
	original, given := d.money(erp.ColBudgetValue, "original budget")
	changes, changed := d.money(erp.ColBudgetChanges, "budget changes")
	if given {
		d.put("original_estimate", erp.FormNumber, original.String())
	}
	d.measure("original_estimate_units", erp.ColBudgetQty, "budget quantity")
	if changed {
		d.put("approved_estimate_changes", erp.FormNumber, changes.String())
	}
	if !given {
		return
	}
	total, err := original.Plus(changes)
	if err != nil {
		d.refuse("AMOUNT", "its original budget %s and the changes %s come to more than can be kept. Correct them in Jobpac.", original, changes)
		return
	}
	d.put("estimate", erp.FormNumber, total.String())
}

// committed puts the commitment and what was invoiced of it. Jobpac shows one
// total, variations included (assumed), so that original and present commitment
// are the same.
func (d *draft) committed() {
	if total, given := d.money(erp.ColCommitted, "committed value"); given {
		for _, name := range []string{"original_commitment", "revised_commitment", "committed_costs"} {
			d.put(name, erp.FormNumber, total.String())
		}
	}
	d.sum("commitment_invoiced", erp.ColInvoiced, "invoiced value")
}

// paid puts what was paid, under both of Procore's names for it.
func (d *draft) paid() {
	if total, given := d.money(erp.ColPaidToDate, "paid to date"); given {
		d.put("job_to_date_dollars_paid", erp.FormNumber, total.String())
		d.put("paid_amount", erp.FormNumber, total.String())
	}
}

// DirectCost is a row of the ledger as a Procore direct cost with one line, see
// DirectCostLine. Rows are never edited in Jobpac: a correction is a row that
// takes back and one anew (assumed, as in any ledger), and both are brought. A
// row without a job is nothing for Procore.
func DirectCost(row erp.Row, r ImportRules) (erp.Entry, []erp.Problem, []string) {
	d := newDraft(erp.EntryDirectCost, row, r)
	p, ok := d.posting()
	if !ok {
		return d.end()
	}
	d.entry.Origin = p.ledger.Origin()
	d.put("direct_cost_type", erp.FormText, directCostType(row.Get(erp.ColSource)))
	d.put("direct_cost_date", erp.FormText, p.day)
	d.put("description", erp.FormText, d.said())
	d.put("status", erp.FormText, "approved") // it is booked
	if creditor := erp.Code(row.Get(erp.ColCreditor)); usable(creditor) {
		vendor := erp.CreditorKey{WorkID: d.rules.CreditorWorkID, Creditor: creditor}
		d.entry.Refs = append(d.entry.Refs, erp.EntryRef{Field: "vendor_id", Type: erp.EntryVendor, Origin: vendor.Origin()})
	}
	return d.end()
}

// DirectCostLine is the one line of a ledger row's direct cost. It is refused
// when the direct cost is, so that neither stands without the other.
func DirectCostLine(row erp.Row, r ImportRules) (erp.Entry, []erp.Problem, []string) {
	d := newDraft(erp.EntryDirectLine, row, r)
	p, ok := d.posting()
	if !ok {
		return d.end()
	}
	d.entry.Origin = p.ledger.LineOrigin()
	d.ref("direct_cost_id", erp.EntryDirectCost, p.ledger.Origin())
	d.codeAndType(p.centre)
	d.put("amount", erp.FormNumber, p.amount.String())
	d.put("extended_type", erp.FormText, "manual") // the amount counts, whatever the quantity
	if p.quantity.Given() {
		d.put("quantity", erp.FormNumber, shortest(p.quantity))
	}
	d.put("description", erp.FormText, d.said())
	return d.end()
}

// posting is a ledger row that breaks no rule.
type posting struct {
	ledger   erp.LedgerKey
	centre   erp.CostCentreKey
	day      string
	amount   erp.Money
	quantity erp.Decimal
}

// posting reads a ledger row. Not ok: it is refused, or nothing for Procore.
func (d *draft) posting() (posting, bool) {
	if erp.Code(d.row.Get(erp.ColJob)) == "" {
		d.nothing()
		return posting{}, false
	}
	id := erp.Code(d.row.Get(erp.ColTransaction))
	centre := d.centre("cost transaction " + clip(id) + " on cost centre")
	d.entry.Code = id
	if !usable(id) {
		d.refuse("COST-ROW", "its number %q is empty or has characters that cannot be kept, so it could not be told from other costs. Correct it in Jobpac.", clip(id))
	}
	if centre.CostType == "" {
		d.refuse("TYPE-MISSING", "it is booked to a job without a cost type. Correct the posting in Jobpac.")
	}
	p := posting{ledger: erp.LedgerKey{WorkID: centre.WorkID, Job: centre.Job, Row: id}, centre: centre, day: d.posted()}
	p.amount = d.amount()
	p.quantity = d.number(erp.ColQuantity, "quantity")
	return p, len(d.problems) == 0
}

// amount is what a ledger row is about; it must show one.
func (d *draft) amount() erp.Money {
	if shown, _ := d.carried(erp.ColAmount); shown == "" {
		d.refuse("AMOUNT", "it shows no amount. Correct it in Jobpac; it is read again with the next import.")
	}
	amount, _ := d.money(erp.ColAmount, "amount")
	return amount
}

// posted is the day of a ledger row, which a direct cost must have.
func (d *draft) posted() string {
	given, _ := d.carried(erp.ColDate)
	day, ok := dayOf(given, d.rules.Zone)
	if !ok || day == "" {
		d.refuse("DATE", "its date %q is not a date such as 2026-03-31. Correct it in Jobpac.", clip(given))
	}
	return day
}

// said describes a ledger row: its own words, then source and reference.
func (d *draft) said() string {
	words := squeeze(clean(d.row.Get(erp.ColSource)) + " " + clean(d.row.Get(erp.ColReference)))
	if own, _ := d.carried(erp.ColDescription); own != "" {
		if words != "" {
			words = own + " (" + words + ")"
		} else {
			words = own
		}
	}
	return d.fit("description", words)
}

// directCostType sorts a posting by its source (assumed: the codes of sources
// are not published). What is not wages is an expense: an invoice would need a
// number of its own per company in Procore, and one of Jobpac's may fill many
// rows.
func directCostType(source string) string {
	switch erp.Code(source) {
	case "PR", "PY", "PAYROLL", "LABOUR", "LABOR", "WAGES", "TIMESHEET":
		return "payroll"
	}
	return "expense"
}
