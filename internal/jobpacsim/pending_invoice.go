package jobpacsim

import "strconv"

// uploadInvoice adds one dissection to a pending invoice, which the first one
// makes.
func (w *writer) uploadInvoice() (*record, error) {
	work, creditor, invoice := w.given["WorkId"], w.given["Creditor"], w.given["Transaction"]
	flag := w.or("TransactionType", "I")
	creditors := w.creditorWork(work)
	costing, job := w.or("CostingWorkId", work), w.given["Job"]
	head := w.pendingInvoices.find(work, creditor, invoice, flag)
	if err := firstOf(
		w.knownWorkID("WorkId", work), w.namedCreditor(creditors, creditor), w.knownFlag(flag),
		w.openMonth(work), w.lineChecks(work, costing, job, w.given["CostCode"], w.given["CostType"]),
		w.invoiceAmount(work), w.freeInvoice(creditors, creditor, work, invoice, flag, head), w.invoicedOrder(creditor, flag),
	); err != nil {
		return nil, err
	}
	period := w.openPeriod(work, modulePayables, w.now)
	if head == nil {
		head = w.pendingInvoices.insert(w.with(map[string]string{
			"InvoiceOrCreditFlag": flag, "InvoiceAmount": "0.00", "Tax": "0.00", "OrderWorkId": w.or("OrderWorkId", work), "CostingWorkId": costing, "AccountingPeriod": period,
		}), w.now)
	}
	rows := w.dissections(work, creditor, invoice, flag)
	w.pendingInvoices.change(head, map[string]string{
		"InvoiceAmount": (stored(w.pendingInvoices.get(head, "InvoiceAmount")) + stored(w.given["InvoiceAmount"])).format(2),
		"Tax":           (stored(w.pendingInvoices.get(head, "Tax")) + w.lineTax(work)).format(2),
	}, w.now)
	return w.pendingDissections.insert(w.with(map[string]string{
		"InvoiceOrCreditFlag": flag, "Dissection": strconv.Itoa(len(rows) + 1), "CostingWorkId": costing,
		"OrderWorkId": w.or("OrderWorkId", work), "Tax": w.lineTax(work).format(2),
		"AccountingPeriod": period,
	}), w.now), nil
}

func (b *books) dissections(work, creditor, invoice, flag string) []*record {
	return b.pendingDissections.within([]string{work, creditor, invoice, flag}, "", "")
}

func (w *writer) namedCreditor(work, creditor string) error {
	if creditor == "" {
		return say("Creditor is missing.")
	}
	return w.usableCreditor(work, creditor)
}

func (w *writer) knownFlag(flag string) error {
	if flag != "I" && flag != "C" {
		return say("TransactionType %q is neither I, an invoice, nor C, a credit.", flag)
	}
	return nil
}

func (w *writer) openMonth(work string) error {
	if w.lockedPeriod(work, modulePayables) {
		return say("Accounting period %s is locked.", w.openPeriod(work, modulePayables, w.now))
	}
	return nil
}

// invoiceAmount checks amount and tax; credits are flagged, not negative.
func (w *writer) invoiceAmount(work string) error {
	if err := firstOf(w.notNegative("InvoiceAmount"), w.notNegative("Tax")); err != nil {
		return err
	}
	if want := w.codeTax(work); w.givesAny("Tax") && (stored(w.given["Tax"])-want).abs() > cent {
		return say("Tax %s is not what GST code %s comes to, which is %s.", w.given["Tax"], w.given["TaxCode"], want.format(2))
	}
	return nil
}

// lineTax is the tax that is sent, else that of the GST code.
func (w *writer) lineTax(work string) number {
	if w.givesAny("Tax") {
		return stored(w.given["Tax"])
	}
	return w.codeTax(work)
}

func (w *writer) codeTax(work string) number {
	code := w.gstCodes.find(work, w.given["TaxCode"])
	if code == nil {
		return 0
	}
	return percentOf(stored(w.given["InvoiceAmount"]), stored(w.gstCodes.get(code, "TaxPercentage")))
}

// freeInvoice refuses a number of the creditor that is posted or claimed, that
// is pending for another order, and a dissection that is there.
func (w *writer) freeInvoice(creditors, creditor, work, invoice, flag string, head *record) error {
	if !w.settings.refusesDuplicate("invoice") {
		return nil
	}
	if at := w.invoiceStands(creditors, creditor, work, invoice); at != "" && flag == "I" {
		return say("Invoice %q of creditor %s already exists: %s.", invoice, creditor, at)
	}
	if head != nil && w.pendingInvoices.get(head, "Order") != w.given["Order"] {
		return say("Invoice %q of creditor %s already exists: it is pending for order %s.", invoice, creditor, w.pendingInvoices.get(head, "Order"))
	}
	for _, r := range w.dissections(work, creditor, invoice, flag) {
		if ours := w.given["CustomerReference"]; ours != "" && w.pendingDissections.get(r, "CustomerReference") == ours {
			return say("Dissection %s of invoice %q already exists.", ours, invoice)
		}
	}
	return nil
}

// invoicedOrder checks the purchase order that is named, and what of it may be
// invoiced to the cost centre.
func (w *writer) invoicedOrder(creditor, flag string) error {
	work, order := w.or("OrderWorkId", w.given["WorkId"]), w.given["Order"]
	if order == "" {
		return nil
	}
	header, err := w.purchaseOrder(work, order)
	if err != nil {
		return err
	}
	if have := w.orders.get(header, "Creditor"); have != creditor {
		return say("Order %q is of creditor %s, not of %s.", order, have, creditor)
	}
	if err := w.notComplete(header, order); err != nil {
		return err
	}
	return w.invoicedItems(work, order, flag)
}

func (w *writer) invoicedItems(work, order, flag string) error {
	code, costType := w.given["CostCode"], w.given["CostType"]
	var value number
	found := false
	for _, r := range w.orderItems.under("OrderWorkId Order", work, order) {
		get := func(name string) string { return w.orderItems.get(r, name) }
		if get("CostCode") != code || get("CostType") != costType {
			continue
		}
		if found = true; get("Approved") == "N" {
			return say("OrderItem %s of order %q is unapproved.", get("OrderItem"), order)
		}
		value += orderItemValue(get)
	}
	invoiced := w.invoicedOf(order, code, costType) + stored(w.given["InvoiceAmount"])
	switch {
	case !found:
		return say("Order %q has no item on cost centre %s %s.", order, code, costType)
	case flag == "I" && invoiced > value:
		return say("Over-claim of order %q: %s would be invoiced to cost centre %s %s of %s.", order, invoiced.format(2), code, costType, value.format(2))
	}
	return nil
}

// invoicedOf sums what is posted and pending of an order to a cost centre.
func (w *writer) invoicedOf(order, code, costType string) number {
	sum := w.invoicedIn(w.pendingDissections, w.pendingDissections.under("OrderWorkId Order", w.or("OrderWorkId", w.given["WorkId"]), order), "InvoiceAmount", code, costType)
	job := w.payables.under("CostingWorkId Job", w.or("CostingWorkId", w.given["WorkId"]), w.given["Job"])
	for _, r := range job {
		if w.payables.get(r, "Order") == order {
			sum += w.invoicedIn(w.payables, []*record{r}, "ForeignCurrencyInvoiceAmount", code, costType)
		}
	}
	return sum
}

func (w *writer) invoicedIn(t *table, rows []*record, amount, code, costType string) number {
	var sum number
	for _, r := range rows {
		if t.get(r, "CostCode") != code || t.get(r, "CostType") != costType {
			continue
		}
		if t.get(r, "InvoiceOrCreditFlag") == "C" {
			sum -= stored(t.get(r, amount))
		} else {
			sum += stored(t.get(r, amount))
		}
	}
	return sum
}

// postInvoice makes a pending invoice a transaction of accounts payable.
func (w *writer) postInvoice() (*record, error) {
	work, creditor, invoice := w.given["WorkId"], w.given["Creditor"], w.given["Invoice"]
	flag := w.or("InvoiceOrCreditFlag", "I")
	head := w.pendingInvoices.find(work, creditor, invoice, flag)
	if head == nil {
		if len(w.payables.within([]string{work, creditor, invoice, flag}, "", "")) > 0 {
			return nil, say("Invoice %q of creditor %s already exists: it is posted.", invoice, creditor)
		}
		return nil, say("Invoice %q of creditor %s is not pending.", invoice, creditor)
	}
	if err := w.openMonth(work); err != nil {
		return nil, err
	}
	var last *record
	for _, r := range append([]*record(nil), w.dissections(work, creditor, invoice, flag)...) {
		last = w.post(r)
		w.pendingDissections.remove(r)
	}
	w.pendingInvoices.remove(head)
	return last, nil
}

// post makes a dissection a row of accounts payable.
func (w *writer) post(dissection *record) *record {
	get := func(name string) string { return w.pendingDissections.get(dissection, name) }
	row := map[string]string{
		"ForeignCurrencyInvoiceAmount": get("InvoiceAmount"), "TaxAmount": get("Tax"), "EntryTimeStamp": w.stamp(),
		"AccountingPeriod": w.openPeriod(get("WorkId"), modulePayables, w.now),
	}
	for _, name := range []string{
		"WorkId", "Creditor", "Transaction", "InvoiceOrCreditFlag", "Dissection", "Description", "InvoiceDate", "CostingWorkId", "Job", "CostCode",
		"CostType", "Quantity", "Order", "GeneralLedgerAccount", "TaxCode", "PaymentDueDate", "CustomerReference",
	} {
		row[name] = get(name)
	}
	return w.payables.insert(row, w.now)
}
