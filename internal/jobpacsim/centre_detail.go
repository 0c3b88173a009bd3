package jobpacsim

// centreTotals are the sums of one cost centre in CostCentreDetailListing, in
// the columns' order.
type centreTotals struct {
	changes    number // approved changes of the budget
	committed  number // orders, their items and variations, less what is invoiced on them
	invoiced   number // accounts payable, invoices less credits
	cost       number // of the ledger
	quantity   number // of the ledger
	thisPeriod number // cost in the open period of job costing
	paid       number // of what is invoiced
}

// moduleJobCost is the module of the book of periods in which costs post.
const moduleJobCost = "JC"

// keptCentreColumns are the columns of CostCentreDetailListing that the cost
// centre itself holds.
func keptCentreColumns() []string {
	return []string{
		"CostingWorkId", "Job", "CostCode", "CostType", "Description", "HeadingLevel", "Status", "AllowCostUpdates",
		"UnitOfMeasure", "Rate", "OriginalBudgetQuantity", "OriginalBudgetValue",
	}
}

func centreDetailColumns(known map[string]column) []column {
	names := append(keptCentreColumns(), "ApprovedBudgetChanges", "CommittedValue", "InvoicedValue", "CostToDate",
		"QuantityToDate", "CostThisPeriod", "PaidToDate")
	columns := make([]column, len(names))
	for i, name := range names {
		columns[i] = known[name]
	}
	return columns
}

// listCentreDetails answers CostCentreDetailListing: cost centres with their
// sums, which are worked out anew job by job.
func (s *Sim) listCentreDetails(c *call) (reply, error) {
	v, t := s.viewOf(c), s.books.costCentres
	rows := s.books.list(c.op, c.given, c.settings.RowCap, v, func(values []string) bool {
		return !c.settings.DetailHeadings && values[t.at["HeadingLevel"]] != "" && values[t.at["CostType"]] == ""
	})
	d := &summing{books: s.books, view: v, settings: c.settings}
	for i, packed := range rows {
		key := unpacked(packed, make([]string, len(t.columns)))
		work, job := key[0], key[1]
		if work != d.work || job != d.job {
			d.sum(work, job, s.books.openPeriod(work, moduleJobCost, s.now()))
		}
		rows[i] = s.books.detailRow(key, d.of(key[2], key[3]))
	}
	return reply{outcome: "ok", columns: s.books.centreDetail, rows: rows}, nil
}

func (b *books) detailRow(centre []string, sums *centreTotals) string {
	values := make([]string, 0, len(b.centreDetail))
	for _, name := range keptCentreColumns() {
		values = append(values, centre[b.costCentres.at[name]])
	}
	for _, n := range []number{sums.changes, sums.committed, sums.invoiced, sums.cost} {
		values = append(values, n.format(2))
	}
	return pack(append(values, sums.quantity.format(4), sums.thisPeriod.format(2), sums.paid.format(2)))
}

// summing gathers the sums of one job at a time.
type summing struct {
	*books
	view      view
	settings  *Settings
	work, job string
	centres   map[string]*centreTotals
}

// of gives the sums of a cost centre of the job, to be read or added to.
func (d *summing) of(code, costType string) *centreTotals {
	key := join(code, costType)
	sums, ok := d.centres[key]
	if !ok {
		sums = &centreTotals{}
		d.centres[key] = sums
	}
	return sums
}

func (d *summing) sum(work, job, period string) {
	d.work, d.job, d.centres = work, job, map[string]*centreTotals{}
	d.sumLedger(period)
	d.sumPayables()
	d.sumClaims()
	d.sumLines(d.orderItems, orderItemValue)
	d.sumLines(d.subcontractItems, func(get func(string) string) number { return stored(get(subcontractLine().value)) })
	d.sumVariations()
	d.each(d.budgetChanges, "CostingWorkId Job", func(get func(string) string) {
		d.of(get("CostCode"), get("CostType")).changes += stored(get("Amount"))
	})
}

// each calls do with a reader of every row that the job has in a book.
func (d *summing) each(t *table, index string, do func(get func(column string) string)) {
	for _, r := range t.under(index, d.work, d.job) {
		packed, there := d.view.shows(r)
		if there {
			do(func(column string) string { return field(packed, t.at[column]) })
		}
	}
}

func (d *summing) sumLedger(period string) {
	d.each(d.ledger, "CostingWorkId Job", func(get func(string) string) {
		sums, amount := d.of(get("CostCode"), get("CostType")), stored(get("Amount"))
		sums.cost += amount
		sums.quantity += stored(get("Quantity"))
		if get("AccountingPeriod") == period {
			sums.thisPeriod += amount
		}
	})
}

// sumPayables counts what is invoiced. What names an order is committed no more.
func (d *summing) sumPayables() {
	d.each(d.payables, "CostingWorkId Job", func(get func(string) string) {
		sums, sign := d.of(get("CostCode"), get("CostType")), number(1)
		if get("InvoiceOrCreditFlag") == "C" {
			sign = -1
		}
		amount := sign * stored(get("ForeignCurrencyInvoiceAmount"))
		sums.invoiced += amount
		sums.paid += sign * stored(get("PaidAmount"))
		if get("Order") != "" {
			sums.committed -= amount
		}
	})
}

func (d *summing) sumLines(t *table, value func(get func(string) string) number) {
	d.each(t, "CostingWorkId Job", func(get func(string) string) {
		d.of(get("CostCode"), get("CostType")).committed += value(get)
	})
}

// orderItemValue is the nett value of a purchase order item; a row that was put
// in without one counts gross.
func orderItemValue(get func(string) string) number {
	if nett := stored(get("NettItemValue")); nett != 0 {
		return nett
	}
	return stored(get(orderLine().value))
}

// sumVariations commits what is approved for an order, and lets an approved
// variation of the head contract with an expected cost change the budget.
func (d *summing) sumVariations() {
	d.each(d.variationItems, "WorkId Job", func(get func(string) string) {
		sums := d.of(get("CostCode"), get("CostType"))
		if get("Order") != "" {
			sums.committed += stored(get(variationPrices()[2].value))
			return
		}
		if d.changesBudget(get("Variation")) {
			sums.changes += stored(get("EstimatedPrice"))
		}
	})
}

func (d *summing) changesBudget(variation string) bool {
	header := d.variations.find(d.work, d.job, variation)
	if header == nil {
		return false
	}
	packed, there := d.view.shows(header)
	get := func(name string) string { return field(packed, d.variations.at[name]) }
	return there && get("Type") == d.settings.HeadContractVariationType && get("ApprovalDate") != "" && stored(get("BudgetExpectedCost")) != 0
}
