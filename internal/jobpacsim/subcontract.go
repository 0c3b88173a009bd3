package jobpacsim

import "slices"

// subcontractLine names the columns that make the value of a subcontract item.
func subcontractLine() triple {
	return triple{"OriginalBudgetQuantity", "ForeignCurrencyRate", "ForeignCurrencyOriginalContractValue"}
}

func (w *writer) createSubcontract() (*record, error) {
	work := w.given["WorkId"]
	costing := w.or("CostingWorkId", work)
	creditors := w.or("CreditorWorkId", w.creditorWork(work))
	if err := firstOf(
		w.knownWorkID("WorkId", work), w.knownWorkID("CostingWorkId", costing), w.knownWorkID("CreditorWorkId", creditors),
		w.openJob(costing, w.given["Job"]), w.usableCreditor(creditors, w.given["Creditor"]),
		w.knownContractSum(), w.freeOrder(work, w.given["Order"]),
	); err != nil {
		return nil, err
	}
	r := w.subcontracts.insert(w.with(map[string]string{
		"Order": w.orderNumber(work), "CostingWorkId": costing, "CreditorWorkId": creditors,
	}), w.now)
	w.noteSubcontracts(creditors, w.given["Creditor"])
	return r, nil
}

func (w *writer) knownContractSum() error {
	code, known := w.given["ScheduleOfRatesOrLumpSum"], w.settings.ContractSumCodes
	if code == "" || len(known) == 0 || slices.Contains(known, code) {
		return nil
	}
	return say("ScheduleOfRatesOrLumpSum %q is not one of %q.", code, known)
}

// noteSubcontracts keeps what a creditor's row says about its subcontracts.
func (w *writer) noteSubcontracts(work, creditor string) {
	active := "N"
	for _, other := range w.subcontracts.under("CreditorWorkId Creditor", work, creditor) {
		if w.subcontracts.get(other, "Finalised") != "Y" {
			active = "Y"
		}
	}
	if row := w.creditors.find(work, creditor); row != nil {
		w.creditors.change(row, map[string]string{
			"ActiveSubcontractsExist": active, "LastSubcontractUpdate": w.stamp(),
			"LastUpdateTimestamp": w.creditors.get(row, "LastUpdateTimestamp"),
		}, w.now)
	}
}

func (w *writer) updateSubcontract() (*record, error) {
	header, err := w.subcontract(w.given["WorkId"], w.given["Order"])
	if err != nil {
		return nil, err
	}
	oldWork, oldCreditor := w.subcontracts.get(header, "CreditorWorkId"), w.subcontracts.get(header, "Creditor")
	creditors := w.or("CreditorWorkId", oldWork)
	if err := firstOf(w.usableCreditor(creditors, w.given["Creditor"]), w.knownContractSum()); err != nil {
		return nil, err
	}
	more := map[string]string{}
	switch w.given["Finalised"] {
	case "Y":
		more["ContractStatus"] = "F"
	case "N":
		more["ContractStatus"] = "A"
	}
	w.subcontracts.change(header, w.with(more), w.now)
	w.noteSubcontracts(oldWork, oldCreditor)
	w.noteSubcontracts(creditors, w.or("Creditor", oldCreditor))
	return header, nil
}

func (w *writer) subcontract(work, order string) (*record, error) {
	header := w.subcontracts.find(work, order)
	switch {
	case header == nil && w.orders.find(work, order) != nil:
		return nil, say("Order %q of WorkID %s is a purchase order, not a subcontract.", order, work)
	case header == nil:
		return nil, say("Order %q does not exist in WorkID %s; create its header first.", order, work)
	default:
		return header, nil
	}
}

func (w *writer) createSubcontractItem() (*record, error) {
	work, order := w.given["WorkId"], w.given["Order"]
	header, err := w.subcontract(work, order)
	if err != nil {
		return nil, err
	}
	costing, job := w.lineJob(w.subcontracts, header)
	item := w.itemNumber("ItemNumber", w.subcontractItems, w.subcontractItems.under("WorkId Order", work, order))
	values, lineErr := w.settle(subcontractLine(), empty)
	if err := firstOf(
		w.notFinalised(header, order), w.sameJob(header, costing, job),
		w.lineChecks(work, costing, job, w.given["CostCode"], w.given["CostType"]), lineErr,
		w.freeKey("item", w.subcontractItems, "ItemNumber "+item+" of order "+order, work, order, item),
		w.positiveTotal(work, order, 0, w.valueOf(subcontractLine(), values, empty)),
	); err != nil {
		return nil, err
	}
	values["ItemNumber"], values["CostingWorkId"], values["Job"] = item, costing, job
	return w.subcontractItems.insert(w.with(values), w.now), nil
}

func (w *writer) notFinalised(header *record, order string) error {
	if w.subcontracts.get(header, "Finalised") == "Y" {
		return say("Order %q is finalised and takes no more items.", order)
	}
	return nil
}

func (w *writer) sameJob(header *record, costing, job string) error {
	if want := w.subcontracts.get(header, "Job"); job != want || costing != w.subcontracts.get(header, "CostingWorkId") {
		return say("Job %q of WorkID %s is not the subcontract's job, which is %s.", job, costing, want)
	}
	return nil
}

func (w *writer) updateSubcontractItem() (*record, error) {
	work, order, item := w.given["WorkId"], w.given["Order"], w.given["ItemNumber"]
	header, err := w.subcontract(work, order)
	if err != nil {
		return nil, err
	}
	line := w.subcontractItems.find(work, order, item)
	if line == nil {
		return nil, say("ItemNumber %s is not on order %q.", item, order)
	}
	have := func(name string) string { return w.subcontractItems.get(line, name) }
	values, lineErr := w.settle(subcontractLine(), have)
	if err := firstOf(
		w.notFinalised(header, order), lineErr,
		w.notBelowClaimed(work, order, item, w.valueOf(subcontractLine(), values, have)),
		w.positiveTotal(work, order, stored(have(subcontractLine().value)), w.valueOf(subcontractLine(), values, have)),
	); err != nil {
		return nil, err
	}
	w.subcontractItems.change(line, w.with(values), w.now)
	return line, nil
}
