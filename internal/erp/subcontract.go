package erp

import "strconv"

// Subcontract is a Jobpac subcontract header, "agreement" on its screens.
type Subcontract struct {
	OrderKey    OrderKey
	Job         JobKey
	Creditor    CreditorKey
	Description string
	Method      string // ScheduleOfRatesOrLumpSum: S or L
	Retention   string // percent, decimal text of at most two decimals; "" none
	RetentionOn string // what the percentage is of; "" Jobpac's own choice
	Sum         Money  // accepted contract sum: the lines' total
	Acceptance  string // dates yyyy-mm-dd or empty
	Start       string
	Completion  string
	Sent        string
	Received    string
	Reference   Reference
}

// Kind is KindSubcontract.
func (s Subcontract) Kind() Kind { return KindSubcontract }

// Key is WORKID|ORDER.
func (s Subcontract) Key() string { return s.OrderKey.Origin() }

// Fields lists the header's columns.
func (s Subcontract) Fields() []Field {
	return given(
		code(ColWorkID, s.OrderKey.WorkID), code(ColOrder, s.OrderKey.Order),
		code(ColCostingWork, s.Job.WorkID), code(ColJob, s.Job.Job),
		code(ColCreditorWork, s.Creditor.WorkID), code(ColCreditor, s.Creditor.Creditor),
		text(ColDescription, s.Description), code(ColMethod, s.Method),
		number(ColRetention, s.Retention), code(ColRetentionOn, s.RetentionOn), number(ColContractSum, s.Sum.String()),
		date(ColAcceptance, s.Acceptance), date(ColStart, s.Start), date(ColCompletion, s.Completion),
		date(ColSent, s.Sent), date(ColReceived, s.Received), text(ColReference, string(s.Reference)),
	)
}

// SubcontractItem is a line of a Jobpac subcontract. Jobpac's create call has
// no value: it is Quantity x Rate, so whoever makes one sees that they agree.
type SubcontractItem struct {
	OrderKey    OrderKey
	Item        int
	Centre      CostCentreKey
	Description string
	Quantity    Quantity
	Unit        string
	Rate        Rate
	Value       Money
}

// Kind is KindSubcontractItem.
func (i SubcontractItem) Kind() Kind { return KindSubcontractItem }

// Key is WORKID|ORDER|ITEM.
func (i SubcontractItem) Key() string { return i.OrderKey.ItemOrigin(i.Item) }

// Fields lists the item's columns.
func (i SubcontractItem) Fields() []Field {
	return given(
		code(ColWorkID, i.OrderKey.WorkID), code(ColOrder, i.OrderKey.Order), number(ColItem, strconv.Itoa(i.Item)),
		code(ColCostingWork, i.Centre.WorkID), code(ColJob, i.Centre.Job),
		code(ColCostCode, i.Centre.CostCode), code(ColCostType, i.Centre.CostType),
		text(ColDescription, i.Description), number(ColQuantity, i.Quantity.String()), code(ColUnit, i.Unit),
		number(ColRate, i.Rate.String()), number(ColValue, i.Value.String()),
	)
}
