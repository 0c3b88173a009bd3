package jobpacsim

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// writer carries one create or update through its rules. Everything is checked
// before the first row changes, so a refused call changes nothing.
type writer struct {
	*books
	settings *Settings
	op       *operation
	given    map[string]string // checked parameters; blank ones are left out
	now      time.Time
}

func say(format string, args ...any) error { return refusal(fmt.Sprintf(format, args...)) }

func (w *writer) or(name, fallback string) string {
	if value, ok := w.given[name]; ok {
		return value
	}
	return fallback
}

// givesAny tells whether the call names one of these parameters.
func (w *writer) givesAny(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { _, ok := w.given[name]; return ok })
}

// with gives the parameters and some more columns for insert or change.
func (w *writer) with(more map[string]string) map[string]string {
	for name, value := range w.given {
		if _, ok := more[name]; !ok {
			more[name] = value
		}
	}
	return more
}

func (w *writer) knownWorkID(param, work string) error {
	if w.workIDs.find(work) == nil {
		return say("%s %q: this WorkID does not exist.", param, work)
	}
	return nil
}

// openJob refuses a job that takes no transactions.
func (w *writer) openJob(work, job string) error {
	r := w.jobs.find(work, job)
	switch {
	case r == nil:
		return say("Job %q does not exist in WorkID %s.", job, work)
	case w.jobs.get(r, "FinanciallyComplete") == "Y":
		return say("Job %q is financially complete and takes no transactions.", job)
	case w.jobs.get(r, "Active") != "Y" || !w.settings.open(w.jobs.get(r, "Status")):
		return say("Job %q is not active.", job)
	case w.jobs.get(r, "AllowCostUpdates") != "Y":
		return say("Job %q does not allow cost updates; switch them on in the job's settings.", job)
	default:
		return nil
	}
}

// openCostCentre refuses what is no cost centre of the job, or a closed one.
func (w *writer) openCostCentre(work, job, code, costType string) error {
	r := w.costCentres.find(work, job, code, costType)
	if w.isHeading(work, job, code) {
		return say("CostCode %q is a heading on job %s; book to a cost centre below it.", code, job)
	}
	switch {
	case r == nil:
		return say("CostCode %q with CostType %q is not a cost centre of job %s.", code, costType, job)
	case !w.settings.open(w.costCentres.get(r, "Status")) || w.costCentres.get(r, "AllowCostUpdates") != "Y":
		return say("Cost centre %s %s of job %s is closed.", code, costType, job)
	default:
		return nil
	}
}

func (w *writer) isHeading(work, job, code string) bool {
	heading := w.costCentres.find(work, job, code, "")
	return heading != nil && w.costCentres.get(heading, "HeadingLevel") != ""
}

// usableCreditor refuses a creditor that may not get orders; "" passes.
func (w *writer) usableCreditor(work, creditor string) error {
	if creditor == "" {
		return nil
	}
	r := w.creditors.find(work, creditor)
	switch {
	case r == nil:
		return say("Creditor %q does not exist in creditor WorkID %s.", creditor, work)
	case w.creditors.get(r, "StopPayments") == "Y":
		return say("Creditor %q is stopped: payments are on hold.", creditor)
	case !w.settings.open(w.creditors.get(r, "Status")):
		return say("Creditor %q is not active.", creditor)
	default:
		return nil
	}
}

func (w *writer) knownTaxCode(work string) error {
	code := w.given["TaxCode"]
	if code == "" || !w.settings.CheckTaxCode || w.gstCodes.find(work, code) != nil {
		return nil
	}
	return say("TaxCode %q is not a GST code of WorkID %s.", code, work)
}

// freeOrder refuses a number that an order of either kind has.
func (w *writer) freeOrder(work, number string) error {
	if number == "" || !w.settings.refusesDuplicate("order") {
		return nil
	}
	if w.orders.find(work, number) == nil && w.subcontracts.find(work, number) == nil {
		return nil
	}
	return say("Order %q of WorkID %s already exists.", number, work)
}

// freeKey refuses a key that a row of the book has.
func (w *writer) freeKey(record string, t *table, what string, key ...string) error {
	if !w.settings.refusesDuplicate(record) || t.find(key...) == nil {
		return nil
	}
	return say("%s already exists.", what)
}

// orderNumber gives the number the caller named, or the next free one.
func (w *writer) orderNumber(work string) string {
	if number := w.given["Order"]; number != "" {
		return number
	}
	next := max(w.nextOrder[work], w.settings.FirstOrderNumber)
	for w.orders.find(work, strconv.Itoa(next)) != nil || w.subcontracts.find(work, strconv.Itoa(next)) != nil {
		next++
	}
	w.nextOrder[work] = next + 1
	return strconv.Itoa(next)
}

// itemNumber gives the number the caller named, or one more than the highest.
func (w *writer) itemNumber(param string, t *table, siblings []*record) string {
	if number := w.given[param]; number != "" {
		return number
	}
	var highest number
	for _, r := range siblings {
		highest = max(highest, stored(t.get(r, param)))
	}
	return (highest + unit).format(0)
}

// triple names the three columns of a line that belong together.
type triple struct{ quantity, rate, value string }

// settle works out rate and value of a line. have gives the present columns of
// an update and the empty values of a create. Nothing given: nothing changes.
func (w *writer) settle(t triple, have func(string) string) (map[string]string, error) {
	if !w.givesAny(t.quantity, t.rate, t.value) {
		return map[string]string{}, nil
	}
	quantity, rate := stored(w.or(t.quantity, have(t.quantity))), stored(w.or(t.rate, have(t.rate)))
	value, given := w.given[t.value]
	if !given {
		product, err := quantity.times(rate)
		return map[string]string{t.value: product.format(2)}, err
	}
	if w.givesAny(t.rate) || (w.givesAny(t.quantity) && rate != 0) {
		return map[string]string{}, w.matches(t, quantity, rate, stored(value))
	}
	if quantity == 0 {
		return map[string]string{}, nil
	}
	derived, err := stored(value).over(quantity)
	return map[string]string{t.rate: derived.format(4)}, err
}

func (w *writer) matches(t triple, quantity, rate, value number) error {
	product, err := quantity.times(rate)
	if err != nil {
		return err
	}
	if (product - value).abs() > number(w.settings.ValueToleranceCents)*cent {
		return say("%s %s is not %s x %s, which is %s.", t.value, value.format(2), t.quantity, t.rate, product.format(2))
	}
	return nil
}

// positiveTotal refuses a change of a line's value that takes the order below zero.
func (w *writer) positiveTotal(work, order string, before, after number) error {
	if after >= before || w.settings.AllowNegativeTotal {
		return nil
	}
	if total := w.orderTotal(work, order) - before + after; total < 0 {
		return say("Order %q would come to %s; an order's total may not be negative.", order, total.format(2))
	}
	return nil
}

// orderTotal sums the lines of an order and the approved variations on it.
func (b *books) orderTotal(work, order string) number {
	var total number
	for _, r := range b.orderItems.under("OrderWorkId Order", work, order) {
		total += stored(b.orderItems.get(r, "ForeignCurrencyGrossValue"))
	}
	for _, r := range b.subcontractItems.under("WorkId Order", work, order) {
		total += stored(b.subcontractItems.get(r, "ForeignCurrencyOriginalContractValue"))
	}
	for _, r := range b.variationItems.under("WorkId Order", work, order) {
		total += stored(b.variationItems.get(r, "SubcontractPriceApproved"))
	}
	return total
}
