package translate

import (
	"cmp"
	"slices"

	"github.com/procpac/procpac/internal/erp"
)

// HeadContract is a job with its claim codes as a prime contract with lines. In
// Jobpac the contract is no record of its own: the job holds its sum, the claim
// codes how it is claimed (documented as far as there is no call for it). It is
// staged with the ERP tool, each time: lines that were added follow. A job with
// neither a sum nor a claim code has no head contract and is nothing for Procore.
//
// Where the claim codes do not come to the contract sum the contract is brought
// with a note: while a contract is being set up they never do.
func HeadContract(row erp.Row, claimCodes []erp.Row, r ImportRules) (erp.Entry, []erp.Problem, []string) {
	d := newDraft(erp.EntryPrime, row, r)
	job := d.job()
	key := erp.HeadContractKey(job)
	d.known("head contract of job", key.Origin(), job.Job, row.Get(erp.ColDescription))
	total, given := d.contractSum()
	if len(d.problems) == 0 && len(claimCodes) == 0 && (!given || total == 0) {
		d.nothing()
		return d.end()
	}
	d.put("title", erp.FormText, d.fit("description", firstGiven(row.Get(erp.ColDescription), job.Job)))
	d.put("number", erp.FormText, job.Job)
	d.put("accounting_method", erp.FormText, "amount")
	d.day("contract_start_date", erp.ColStart, "start date")
	d.day("contract_estimated_completion_date", erp.ColCompletion, "completion date")
	if d.stage("prime_contract", 0) {
		d.ref("project_id", erp.EntryProject, job.Origin())
	}
	lines := d.claimLines(key, claimCodes)
	d.contractAdds(total, given, lines)
	return d.end()
}

// contractSum is the job's contract sum; what is no amount is refused, since the
// contract would be wrong.
func (d *draft) contractSum() (erp.Money, bool) {
	given, _ := d.carried(erp.ColContractSum)
	if given == "" {
		return 0, false
	}
	total, ok := erp.ParseMoney(given)
	if !ok {
		d.refuse("CONTRACT-SUM", "its contract sum %q is not an amount in whole cents. Correct it in Jobpac; it is read again with the next import.", clip(given))
	}
	return total, ok
}

// contractAdds notes where the lines come to something else than the contract.
func (d *draft) contractAdds(total erp.Money, given bool, lines []erp.Money) {
	sum, err := erp.Sum(lines...)
	switch {
	case err != nil:
		d.refuse("CONTRACT-SUM", "its claim codes come to more than can be kept. Correct them in Jobpac.")
	case given && len(lines) == 0:
		d.note("it has a contract sum of %s and no claim codes, so it has no lines in Procore (IM-CONTRACT-SUM).", total)
	case given && sum != total:
		d.note("its claim codes come to %s, but the contract sum is %s. Both are as Jobpac has them (IM-CONTRACT-SUM).", sum, total)
	}
}

// claimLines are the contract's lines, by section and claim code.
func (d *draft) claimLines(key erp.HeadContractKey, rows []erp.Row) []erp.Money {
	sorted := slices.Clone(rows)
	slices.SortStableFunc(sorted, func(a, b erp.Row) int {
		return cmp.Or(cmp.Compare(erp.Code(a.Get(erp.ColSection)), erp.Code(b.Get(erp.ColSection))),
			cmp.Compare(erp.Code(a.Get(erp.ColClaimCode)), erp.Code(b.Get(erp.ColClaimCode))))
	})
	seen, amounts := map[string]bool{}, make([]erp.Money, 0, len(sorted))
	for i, row := range sorted {
		line, amount := d.claimLine(key, row, i+1)
		if seen[line.entry.Origin] {
			line.refuse("CLAIM-CODE", "it stands in the contract twice. Give one of the two another claim code in Jobpac.")
		}
		seen[line.entry.Origin] = true
		amounts = append(amounts, amount)
		d.problems, d.notes = append(d.problems, line.problems...), append(d.notes, line.notes...)
		d.entry.Children = append(d.entry.Children, line.entry)
	}
	return amounts
}

// claimLine is one line. It points at a cost code and type where the row shows
// them.
func (d *draft) claimLine(key erp.HeadContractKey, row erp.Row, position int) (*draft, erp.Money) {
	line := newDraft(erp.EntryPrimeLine, row, d.rules)
	if d.entry.Type == erp.EntryStaged {
		line.entry.Type, line.entry.ItemType = erp.EntryStaged, "line_item"
	}
	section, code := erp.Code(row.Get(erp.ColSection)), erp.Code(row.Get(erp.ColClaimCode))
	line.known(of("claim code "+squeeze(clip(section)+" "+clip(code)), key.Job), key.LineOrigin(section, code), "", row.Get(erp.ColDescription))
	line.entry.Code = code
	line.work(erp.ColWorkID, d.rules.WorkID)
	if have := erp.Code(row.Get(erp.ColJob)); have != "" && have != key.Job {
		line.refuse("CLAIM-CODE", "it belongs to job %s. Read the claim codes of job %s again.", clip(have), clip(key.Job))
	}
	if !usable(code) || section != "" && !usable(section) {
		line.refuse("CLAIM-CODE", "its claim code %q in section %q is empty or has characters that cannot be kept. Correct it in Jobpac.", clip(code), clip(section))
	}
	amount := line.claimAmount()
	line.put("description", erp.FormText, line.fit("description", firstGiven(row.Get(erp.ColDescription), code)))
	line.put("position", erp.FormNumber, erp.ID(position).String())
	line.put("amount", erp.FormNumber, amount.String())
	line.claimMeasure(amount)
	line.claimCentre(key)
	return line, amount
}

// claimAmount is the line's value, or quantity x rate where the row shows none.
func (d *draft) claimAmount() erp.Money {
	if shown, _ := d.carried(erp.ColValue); shown != "" {
		amount, _ := d.money(erp.ColValue, "value")
		return amount
	}
	row := erp.Row{Values: map[erp.Name]string{erp.ColQuantity: d.row.Get(erp.ColQuantity), erp.ColRate: d.row.Get(erp.ColRate)}}
	amount, ok := row.Value()
	if !ok {
		d.refuse("AMOUNT", "it shows neither a value nor a quantity and a rate that are numbers. Correct it in Jobpac; it is read again with the next import.")
	}
	return amount
}

// claimMeasure puts quantity, unit and rate where they come to the amount.
func (d *draft) claimMeasure(amount erp.Money) {
	quantity, cost, ok := d.factors(erp.ColQuantity, erp.ColRate, amount)
	if !ok {
		return
	}
	unit, _ := d.carried(erp.ColUnit)
	d.put("quantity", erp.FormNumber, quantity)
	d.put("unit_cost", erp.FormNumber, cost)
	d.put("uom", erp.FormText, d.rules.unit(unit))
}

// claimCentre points at the cost code and type of the line, where the row shows
// both. That a claim code's row does is not known.
func (d *draft) claimCentre(key erp.HeadContractKey) {
	centre := erp.CostCentreKey{
		JobKey:   erp.JobKey(key),
		CostCode: erp.Code(d.row.Get(erp.ColCostCode)), CostType: erp.Code(d.row.Get(erp.ColCostType)),
	}
	if usable(centre.CostCode) && usable(centre.CostType) {
		d.codeAndType(centre)
	}
}
