package jobpacsim

// orderLine names the columns that make the value of a purchase order item.
func orderLine() triple {
	return triple{"QuantityOrdered", "ForeignCurrencyGrossUnitRate", "ForeignCurrencyGrossValue"}
}

func (w *writer) createPurchaseOrder() (*record, error) {
	work := w.given["WorkId"]
	costing, creditors := w.or("CostingWorkId", work), w.creditorWork(work)
	if err := firstOf(
		w.knownWorkID("WorkId", work), w.knownWorkID("CostingWorkId", costing),
		w.optionalJob(costing), w.usableCreditor(creditors, w.given["Creditor"]),
		w.freeOrder(work, w.given["Order"]),
	); err != nil {
		return nil, err
	}
	return w.orders.insert(w.with(map[string]string{
		"Order": w.orderNumber(work), "CostingWorkId": costing, "CreditorWorkId": creditors,
		"LastUpdatedItemOrHeaderTimestamp": w.stamp(),
	}), w.now), nil
}

func (w *writer) optionalJob(costing string) error {
	if job := w.given["Job"]; job != "" {
		return w.openJob(costing, job)
	}
	return nil
}

func (w *writer) stamp() string { return w.now.UTC().Format(stampForm) }

func (w *writer) updatePurchaseOrder() (*record, error) {
	work, order := w.given["WorkId"], w.given["Order"]
	header, err := w.purchaseOrder(work, order)
	if err != nil {
		return nil, err
	}
	if err := w.usableCreditor(w.creditorWork(work), w.given["Creditor"]); err != nil {
		return nil, err
	}
	w.orders.change(header, w.with(map[string]string{"LastUpdatedItemOrHeaderTimestamp": w.stamp()}), w.now)
	return header, nil
}

func (w *writer) purchaseOrder(work, order string) (*record, error) {
	header := w.orders.find(work, order)
	switch {
	case header == nil && w.subcontracts.find(work, order) != nil:
		return nil, say("Order %q of WorkID %s is a subcontract, not a purchase order.", order, work)
	case header == nil:
		return nil, say("Order %q does not exist in WorkID %s; create its header first.", order, work)
	default:
		return header, nil
	}
}

// lineJob gives the job of a line: its own, or the header's.
func (w *writer) lineJob(t *table, header *record) (costing, job string) {
	costing = w.or("CostingWorkId", t.get(header, "CostingWorkId"))
	return costing, w.or("Job", t.get(header, "Job"))
}

func (w *writer) createPurchaseOrderItem() (*record, error) {
	work, order, item := w.given["WorkId"], w.given["Order"], w.given["OrderItem"]
	header, err := w.purchaseOrder(work, order)
	if err != nil {
		return nil, err
	}
	costing, job := w.lineJob(w.orders, header)
	values, lineErr := w.settle(orderLine(), empty)
	if err := firstOf(
		w.notComplete(header, order), w.lineChecks(work, costing, job, w.given["CostCode"], w.given["CostType"]), lineErr,
		w.freeKey("item", w.orderItems, "OrderItem "+item+" of order "+order, work, order, item),
		w.positiveTotal(work, order, 0, w.valueOf(orderLine(), values, empty)),
	); err != nil {
		return nil, err
	}
	values["CostingWorkId"], values["Job"], values["JobAssetOrGLAccount"] = costing, job, job
	values["Approved"] = w.approval(w.valueOf(orderLine(), values, empty), 0, "Y")
	row := w.with(values)
	if err := addDerived(row); err != nil {
		return nil, err
	}
	w.orders.change(header, map[string]string{"LastUpdatedItemOrHeaderTimestamp": w.stamp()}, w.now)
	return w.orderItems.insert(row, w.now), nil
}

func empty(string) string { return "" }

func (w *writer) notComplete(header *record, order string) error {
	if w.orders.get(header, "Complete") == "Y" {
		return say("Order %q is complete and takes no more items.", order)
	}
	return nil
}

// lineChecks are the rules of every line of either kind of order.
func (w *writer) lineChecks(work, costing, job, code, costType string) error {
	if job == "" {
		return say("Job is missing: neither the item nor its order names one.")
	}
	return firstOf(w.openJob(costing, job), w.openCostCentre(costing, job, code, costType), w.knownTaxCode(work))
}

// valueOf gives the value a line will have.
func (w *writer) valueOf(t triple, settled map[string]string, have func(string) string) number {
	if value, ok := settled[t.value]; ok {
		return stored(value)
	}
	return stored(w.or(t.value, have(t.value)))
}

func (w *writer) updatePurchaseOrderItem() (*record, error) {
	work, order, item := w.given["OrderWorkId"], w.given["Order"], w.given["OrderItem"]
	header, err := w.purchaseOrder(work, order)
	if err != nil {
		return nil, err
	}
	line := w.orderItems.find(work, order, item)
	if line == nil {
		return nil, say("OrderItem %s is not on order %q.", item, order)
	}
	have := func(name string) string { return w.orderItems.get(line, name) }
	values, lineErr := w.settle(orderLine(), have)
	if err := firstOf(
		lineErr, w.movedCentre(work, have),
		w.positiveTotal(work, order, stored(have(orderLine().value)), w.valueOf(orderLine(), values, have)),
	); err != nil {
		return nil, err
	}
	row := w.with(values)
	row["JobAssetOrGLAccount"] = w.or("Job", have("Job"))
	row["Approved"] = w.approval(w.valueOf(orderLine(), values, have), stored(have(orderLine().value)), have("Approved"))
	if err := addDerived(overlay(w.orderItems, line, row)); err != nil {
		return nil, err
	}
	w.orders.change(header, map[string]string{"LastUpdatedItemOrHeaderTimestamp": w.stamp()}, w.now)
	w.orderItems.change(line, row, w.now)
	return line, nil
}

// movedCentre checks the cost centre and tax code an update would leave.
func (w *writer) movedCentre(work string, have func(string) string) error {
	if !w.givesAny("CostingWorkId", "Job", "CostCode", "CostType") {
		return w.knownTaxCode(work)
	}
	return w.lineChecks(work, w.or("CostingWorkId", have("CostingWorkId")), w.or("Job", have("Job")),
		w.or("CostCode", have("CostCode")), w.or("CostType", have("CostType")))
}

// overlay fills row with the line's present values that it does not change;
// the nett rate is worked out anew.
func overlay(t *table, line *record, row map[string]string) map[string]string {
	for i, c := range t.columns {
		if _, ok := row[c.name]; !ok && c.name != "ForeignCurrencyNettUnitRate" {
			row[c.name] = field(line.packed, i)
		}
	}
	delete(row, "LastUpdateTimestamp")
	return row
}

// addDerived fills the nett and own-currency columns of an item.
func addDerived(row map[string]string) error {
	gross, rate := stored(row[orderLine().value]), stored(row[orderLine().rate])
	discount, err := discountOf(row, gross)
	if err != nil {
		return err
	}
	nett, nettRate := gross-discount, rate
	if quantity := stored(row[orderLine().quantity]); discount != 0 && quantity != 0 {
		if nettRate, err = nett.over(quantity); err != nil {
			return err
		}
	}
	if row["ForeignCurrencyNettUnitRate"] == "" || stored(row["ForeignCurrencyNettUnitRate"]) == 0 {
		row["ForeignCurrencyNettUnitRate"] = nettRate.format(4)
	}
	row["GrossUnitRate"], row["GrossItemValue"] = rate.format(4), gross.format(2)
	row["NettUnitRate"], row["NettItemValue"] = nettRate.format(4), nett.format(2)
	row["ForeignCurrencyNettValue"] = nett.format(2)
	return nil
}

func discountOf(row map[string]string, gross number) (number, error) {
	if amount := stored(row["ForeignCurrencyDiscountAmount"]); amount != 0 {
		return amount, nil
	}
	return gross.times(stored(row["DiscountPercentage"]) / 100)
}
