package erp

import "strconv"

// Order is a Jobpac purchase order header.
type Order struct {
	OrderKey    OrderKey
	Job         JobKey
	Creditor    CreditorKey
	Description string
	Date        string // yyyy-mm-dd or empty
	Delivery    string // yyyy-mm-dd or empty
	Requisition string // the Procore number, as a person knows it
	Reference   Reference
}

// Kind is KindOrder.
func (o Order) Kind() Kind { return KindOrder }

// Key is WORKID|ORDER.
func (o Order) Key() string { return o.OrderKey.Origin() }

// Fields lists the header's columns.
func (o Order) Fields() []Field {
	return given(
		code(ColWorkID, o.OrderKey.WorkID), code(ColOrder, o.OrderKey.Order),
		code(ColCostingWork, o.Job.WorkID), code(ColJob, o.Job.Job), code(ColCreditor, o.Creditor.Creditor),
		text(ColDescription, o.Description), date(ColDate, o.Date), date(ColDelivery, o.Delivery),
		text(ColRequisition, o.Requisition), text(ColReference, string(o.Reference)),
	)
}

// OrderItem is a line of a Jobpac purchase order. Value is Quantity x Rate to
// the cent: whoever makes one sees to that.
type OrderItem struct {
	OrderKey    OrderKey
	Item        int
	Centre      CostCentreKey
	Description string
	Quantity    Quantity
	Unit        string
	Rate        Rate
	Value       Money
	TaxCode     string
}

// Kind is KindOrderItem.
func (i OrderItem) Kind() Kind { return KindOrderItem }

// Key is WORKID|ORDER|ITEM.
func (i OrderItem) Key() string { return i.OrderKey.ItemOrigin(i.Item) }

// Fields lists the item's columns.
func (i OrderItem) Fields() []Field {
	return given(
		code(ColWorkID, i.OrderKey.WorkID), code(ColOrder, i.OrderKey.Order), number(ColItem, strconv.Itoa(i.Item)),
		code(ColCostingWork, i.Centre.WorkID), code(ColJob, i.Centre.Job),
		code(ColCostCode, i.Centre.CostCode), code(ColCostType, i.Centre.CostType),
		text(ColDescription, i.Description), number(ColQuantity, i.Quantity.String()), code(ColUnit, i.Unit),
		number(ColRate, i.Rate.String()), number(ColValue, i.Value.String()), code(ColTaxCode, i.TaxCode),
	)
}

// given drops the columns that have no value.
func given(fields ...Field) []Field {
	kept := fields[:0]
	for _, f := range fields {
		if f.Value != "" {
			kept = append(kept, f)
		}
	}
	return kept
}

func text(n Name, v string) Field   { return Field{Name: n, Type: TypeText, Value: v} }
func code(n Name, v string) Field   { return Field{Name: n, Type: TypeCode, Value: v} }
func number(n Name, v string) Field { return Field{Name: n, Type: TypeNumber, Value: v} }
func date(n Name, v string) Field   { return Field{Name: n, Type: TypeDate, Value: v} }
