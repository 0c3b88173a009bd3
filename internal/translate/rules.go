package translate

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/procpac/procpac/internal/erp"
)

// Rules are a connection's settings that decide what its documents mean. The
// zero value of every field but WorkID and Variation.CommitmentType works.
type Rules struct {
	WorkID         string
	CreditorWorkID string // empty: WorkID
	Currency       string // ISO code; empty: not checked
	OrderNumber    OrderNumber
	Variation      VariationNumber
	GST            GST
	Units          map[string]string // Procore unit -> Jobpac unit; not named: the same in upper case
	CostTypes      map[string]string // Procore line item type code -> Jobpac cost type; not named: the linked one
	Retention      Retention
	Invoice        InvoiceRules
	// ScheduleOfRates chooses a subcontract's kind: ByAccountingMethod (also
	// empty), AlwaysScheduleOfRates or AlwaysLumpSum.
	ScheduleOfRates string
	Zone            *time.Location // of dates made from timestamps; nil: UTC
	Widths          Widths         // a width of 0 is the default one
	// StatusLetters says what Jobpac's status codes mean: StatusOpen,
	// StatusStopped or StatusComplete. A code it does not name warns; without
	// any entry nothing is said about codes.
	StatusLetters map[string]string
}

// OrderNumber is how an order is numbered where the approver typed no code.
// {number} stands for the Procore number.
type OrderNumber struct {
	Subcontract   string
	PurchaseOrder string
	Width         int // 0: Widths.Order
}

// VariationNumber is how a change order of a subcontract, or of the prime
// contract, is entered. In Number
// {code} stands for the code the approver typed and {number} for the Procore
// number; empty is "{code}". Where a code is wanted and none is typed, a number
// is reserved.
type VariationNumber struct {
	CommitmentType   string // Jobpac's type for commitment change orders
	HeadContractType string // Jobpac's type for prime contract change orders
	Number           string
	Width            int // 0: Widths.Variation
}

// GST maps Procore tax codes to Jobpac's. An empty result leaves the choice to
// Jobpac.
type GST struct {
	Default   string
	ByTaxCode map[string]string
}

// Retention is what a subcontract gets that carries no retainage of its own.
type Retention struct {
	Default string // percent; empty: none
	On      string // Jobpac's RetentionBasedOn; empty or RetentionOnGross: Jobpac's own choice
}

// The words of Rules.
const (
	ByAccountingMethod    = "by_accounting_method"
	AlwaysScheduleOfRates = "schedule_of_rates"
	AlwaysLumpSum         = "lump_sum"

	RetentionOnGross = "gross"

	StatusOpen     = "open"
	StatusStopped  = "stopped"
	StatusComplete = "complete"
)

// Values of Jobpac's ScheduleOfRatesOrLumpSum (assumed: not published).
const (
	methodScheduleOfRates = "S"
	methodLumpSum         = "L"
)

// Widths are the widths of Jobpac's columns in characters; Item is in digits.
type Widths struct {
	Job, Order, Item, CostCode, CostType, Creditor, Variation int
	Unit, TaxCode, VariationType, Reason                      int
	Description, Requisition, Invoice                         int
}

// DefaultWidths are the widths where the settings name none. The job's is
// documented; the others are assumed.
func DefaultWidths() Widths {
	return Widths{
		Job: 6, Order: 10, Item: 4, CostCode: 8, CostType: 3, Creditor: 6, Variation: 6,
		Unit: 4, TaxCode: 10, VariationType: 2, Reason: 10, Description: 50, Requisition: 20, Invoice: 15,
	}
}

// filled replaces every width of 0 by the default.
func (w Widths) filled() Widths {
	d := DefaultWidths()
	return Widths{
		Job: cmp.Or(w.Job, d.Job), Order: cmp.Or(w.Order, d.Order), Item: cmp.Or(w.Item, d.Item),
		CostCode: cmp.Or(w.CostCode, d.CostCode), CostType: cmp.Or(w.CostType, d.CostType),
		Creditor: cmp.Or(w.Creditor, d.Creditor), Variation: cmp.Or(w.Variation, d.Variation),
		Unit: cmp.Or(w.Unit, d.Unit), TaxCode: cmp.Or(w.TaxCode, d.TaxCode),
		VariationType: cmp.Or(w.VariationType, d.VariationType), Reason: cmp.Or(w.Reason, d.Reason),
		Description: cmp.Or(w.Description, d.Description), Requisition: cmp.Or(w.Requisition, d.Requisition),
		Invoice: cmp.Or(w.Invoice, d.Invoice),
	}
}

// ready gives the rules with every gap filled by its default.
func (r Rules) ready() Rules {
	r.Widths = r.Widths.filled()
	r.OrderNumber.Width = cmp.Or(r.OrderNumber.Width, r.Widths.Order)
	r.Variation.Width = cmp.Or(r.Variation.Width, r.Widths.Variation)
	r.Variation.Number = cmp.Or(r.Variation.Number, "{code}")
	r.WorkID = erp.Code(r.WorkID)
	r.CreditorWorkID = cmp.Or(erp.Code(r.CreditorWorkID), r.WorkID)
	if r.Zone == nil {
		r.Zone = time.UTC
	}
	return r
}

// method is the ScheduleOfRatesOrLumpSum of a subcontract.
func (r Rules) method(accounting string) string {
	switch {
	case r.ScheduleOfRates == AlwaysScheduleOfRates:
		return methodScheduleOfRates
	case r.ScheduleOfRates == AlwaysLumpSum:
		return methodLumpSum
	case erp.Code(accounting) == "UNIT":
		return methodScheduleOfRates
	}
	return methodLumpSum
}

// retentionOn is the RetentionBasedOn to send, if any.
func (r Rules) retentionOn() string {
	if r.Retention.On == RetentionOnGross {
		return ""
	}
	return erp.Code(r.Retention.On)
}

// named looks a code up without regard to case and blanks around it.
func named(table map[string]string, key string) (string, bool) {
	for _, k := range slices.Sorted(maps.Keys(table)) {
		if erp.Code(k) == erp.Code(key) {
			return table[k], true
		}
	}
	return "", false
}
