package jobpacsim

import (
	"fmt"
	"strconv"
	"time"
)

// sheet collects many rows of one book and puts them in at once.
type sheet struct {
	table  *table
	now    time.Time
	values []string
	rows   []*record
}

func newSheet(t *table, now time.Time) *sheet {
	return &sheet{table: t, now: now, values: append([]string(nil), t.start...)}
}

// row adds a row of these columns, given as name, value, name, value.
func (s *sheet) row(pairs ...string) {
	copy(s.values, s.table.start)
	for i := 0; i < len(pairs); i += 2 {
		s.values[s.table.at[pairs[i]]] = pairs[i+1]
	}
	s.rows = append(s.rows, s.table.newRecord(pack(s.values), s.now))
}

// close puts the rows into the book and says how many there were.
func (s *sheet) close() int {
	s.table.add(s.rows...)
	return len(s.rows)
}

// makeJob makes a job with everything that hangs on it.
func (g *generator) makeJob(jobs, claims *sheet, i int) {
	job, closed := g.jobCode(i), i >= g.Jobs-g.ClosedJobs
	budget := g.makeCentres(job, g.share(i))
	margin := budget / 10 / cent * cent
	status, active, complete := "A", "Y", "N"
	if closed {
		status, active, complete = "C", "N", "Y"
	}
	jobs.row("WorkId", g.WorkID, "Job", job, "Description", g.jobName(i), "Status", status, "Active", active,
		"FinanciallyComplete", complete, "AddressLine1", fmt.Sprintf("%d Station Street", 1+i%400), "Suburb", "Newcastle", "State", "NSW",
		"PostCode", "2300", "Country", "Australia", "TelephoneNumber", fmt.Sprintf("02 5550 %04d", i%10_000),
		"OriginalContractSum", (budget + margin).format(2), "ContractMargin", margin.format(2),
		"StartDate", g.written(i, g.Jobs).Format(dateForm),
		"PracticalContractCompletionDate", g.Until.Add(year/2).Format(dateForm), "TargettedExpectedCompletionDate", g.Until.Add(year/2).Format(dateForm))
	g.makeClaimCodes(claims, job, budget+margin)
}

func (g *generator) jobName(i int) string {
	kinds := []string{"Apartments", "School", "Warehouse", "Hospital Wing", "Bridge", "Office Fit-out", "Substation", "Carpark"}
	return fmt.Sprintf("%s %s %d", creditorWords()[i%len(creditorWords())][0], kinds[i%len(kinds)], i+1)
}

// makeClaimCodes shares the contract out; the last line has what is left over.
func (g *generator) makeClaimCodes(claims *sheet, job string, contract number) {
	left := contract
	for n := range g.ClaimCodes {
		value := contract / number(g.ClaimCodes) / cent * cent
		if n == g.ClaimCodes-1 {
			value = left
		}
		left -= value
		claims.row("WorkId", g.WorkID, "Job", job, "Section", fmt.Sprintf("%02d", n/10+1), "ClaimCode", fmt.Sprintf("C%03d", n+1),
			"Description", sectionNames()[n%len(sectionNames())], "Quantity", "1.0000", "UnitOfMeasure", "ITEM",
			"Rate", value.format(4), "Value", value.format(2))
	}
}

// makeCentres makes the headings and cost centres of a job and gives its budget.
func (g *generator) makeCentres(job string, want int) number {
	var budget number
	section := ""
	for _, c := range g.codes {
		if want == 0 {
			break
		}
		if c.section != section {
			section = c.section
			g.done.Headings++
			g.centreRows.row("CostingWorkId", g.WorkID, "Job", job, "CostCode", section, "Description", sectionName(section),
				"HeadingLevel", "0", "LastUpdateTimestamp", g.written(g.centre, g.CostCentres).Format(stampForm))
		}
		for _, costType := range c.types[:min(want, len(c.types))] {
			budget += g.makeCentre(job, c, costType)
			want--
		}
	}
	return budget
}

// makeCentre makes one cost centre with its ledger rows and gives its budget.
func (g *generator) makeCentre(job string, c companyCode, costType string) number {
	quantity := number(1+g.chance.IntN(400)) * unit
	rate := number(1_000+g.chance.IntN(90_000)) * cent
	value := quantity / unit * rate
	g.centreRows.row("CostingWorkId", g.WorkID, "Job", job, "CostCode", c.code, "CostType", costType, "Description", c.name,
		"OriginalBudgetQuantity", quantity.format(4), "UnitOfMeasure", c.unit, "Rate", rate.format(4), "OriginalBudgetValue", value.format(2),
		"ElementCode", c.section[:2], "LastUpdateTimestamp", g.written(g.centre, g.CostCentres).Format(stampForm))
	for n := range g.LedgerRows {
		g.makeLedgerRow(job, c, costType, n, value)
	}
	g.centre++
	return value
}

// makeLedgerRow makes a cost of a tenth to a half of the centre's part of the
// budget; one of forty is a reversal.
func (g *generator) makeLedgerRow(job string, c companyCode, costType string, n int, budget number) {
	place := n*g.CostCentres + g.centre*g.stride%g.CostCentres
	at := g.Until.Add(-year).Add(g.tick * time.Duration(place))
	amount := budget / number(g.LedgerRows) / 100 * number(10+g.chance.IntN(40)) / cent * cent
	if g.chance.IntN(40) == 0 {
		amount = -amount
	}
	source := []string{"AP", "PR", "AP", "JN", "ST"}[(n+g.centre)%5]
	reference := fmt.Sprintf("%s%08d", source, place+1)
	transaction := g.lastTransaction[g.WorkID] + int64(place) + 1
	period, day := at.Format(periodForm), at.Format(dateForm)
	g.ledgerRows.row("CostingWorkId", g.WorkID, "Account", "5"+fmt.Sprintf("%03d", 100+int(costType[0]-'A')), "AccountingPeriod", period,
		"TransactionDate", day, "Job", job, "CostCode", c.code, "CostType", costType, "Source", source, "Reference", reference,
		"Description", c.name, "Amount", amount.format(2), "Quantity", "1.0000",
		"TransactionNumber", strconv.FormatInt(transaction, 10), "LastUpdatedTimestamp", at.Format(stampForm))
	if source == "AP" && g.Creditors > 0 {
		g.makePayable(job, c, costType, reference, place, amount, at)
	}
}

// makePayable makes the invoice or credit behind a ledger row. What is two
// months old is paid.
func (g *generator) makePayable(job string, c companyCode, costType, reference string, place int, amount number, at time.Time) {
	flag, paid := "I", number(0)
	if amount < 0 {
		flag = "C"
	}
	if at.Before(g.Until.AddDate(0, -2, 0)) {
		paid = amount.abs()
	}
	stamp := at.Format(stampForm)
	g.payableRows.row("WorkId", g.WorkID, "Creditor", creditorCode(place%g.Creditors), "Transaction", reference, "InvoiceOrCreditFlag", flag,
		"Dissection", "1", "Description", c.name, "InvoiceDate", at.Format(dateForm), "ForeignCurrencyInvoiceAmount", amount.abs().format(2),
		"PaidAmount", paid.format(2), "CostingWorkId", g.WorkID, "Job", job, "CostCode", c.code, "CostType", costType, "Quantity", "1.0000",
		"TaxCode", "G", "TaxAmount", (amount.abs() / 10 / cent * cent).format(2), "PaymentDueDate", at.AddDate(0, 1, 0).Format(dateForm),
		"AccountingPeriod", at.Format(periodForm), "EntryTimeStamp", stamp, "LastUpdateTimestamp", stamp)
}

func (g *generator) makeCreditors() {
	rows, words, trades := newSheet(g.creditors, g.now), creditorWords(), creditorTrades()
	for i := range g.Creditors {
		stopped := "N"
		if i >= g.Creditors-g.StoppedCreditors {
			stopped = "Y"
		}
		word, trade := words[i%len(words)][0], trades[g.chance.IntN(len(trades))]
		rows.row("CreditorWorkId", g.WorkID, "Creditor", creditorCode(i), "Name", fmt.Sprintf("%s %s %d Pty Ltd", word, trade, i/len(words)+1),
			"StopPayments", stopped, "Subcontractor", []string{"N", "Y"}[g.chance.IntN(2)],
			"ABN", fmt.Sprintf("99%09d", i+1), "ACN", fmt.Sprintf("%09d", i+1),
			"AddressLine1", fmt.Sprintf("%d Industrial Drive", 1+g.chance.IntN(300)), "Suburb", "Wallsend", "State", "NSW", "PostCode", "2287",
			"Country", "Australia", "PhoneNumber", fmt.Sprintf("02 5550 %04d", i%10_000), "Fax", fmt.Sprintf("02 5551 %04d", i%10_000),
			"EmailAddress", fmt.Sprintf("accounts@%s%d.example", trade, i), "GSTCode", "G", "Terms", "E30", "Currency", "AUD",
			"LastUpdateTimestamp", g.written(i, g.Creditors).Format(stampForm))
	}
	g.done.Creditors = rows.close()
}
