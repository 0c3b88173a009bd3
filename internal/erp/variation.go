package erp

import "strconv"

// Variation is a header in a job's register of variations. Type 1 is the
// subcontract side as the customer maps it.
type Variation struct {
	VariationKey VariationKey
	Description  string
	Type         string
	Reason       string
	Submitted    string // dates yyyy-mm-dd or empty
	Approved     string
	ApprovedSum  Money
	Reference    Reference // SiteReference
}

// Kind is KindVariation.
func (v Variation) Kind() Kind { return KindVariation }

// Key is WORKID|JOB|VARIATION.
func (v Variation) Key() string { return v.VariationKey.Origin() }

// Fields lists the header's columns.
func (v Variation) Fields() []Field {
	return given(
		code(ColWorkID, v.VariationKey.WorkID), code(ColJob, v.VariationKey.Job), code(ColVariation, v.VariationKey.Variation),
		text(ColDescription, v.Description), code(ColVariationTyp, v.Type), text(ColReason, v.Reason),
		date(ColSubmitted, v.Submitted), date(ColApproved, v.Approved),
		number(ColApprovedSum, v.ApprovedSum.String()), text(ColReference, string(v.Reference)),
	)
}

// VariationItem is a line of a variation: it belongs to an item of a
// subcontract, or to a cost centre that is new on it (OrderItem 0).
type VariationItem struct {
	VariationKey VariationKey
	Item         int
	Order        OrderKey
	OrderItem    int
	Centre       CostCentreKey
	Description  string
	Quantity     Quantity
	Unit         string
	Rate         Rate
	Value        Money
	Approved     string // yyyy-mm-dd or empty
	Reference    Reference
}

// Kind is KindVariationItem.
func (i VariationItem) Kind() Kind { return KindVariationItem }

// Key is WORKID|JOB|VARIATION|ITEM.
func (i VariationItem) Key() string { return i.VariationKey.ItemOrigin(i.Item) }

// Fields lists the item's columns.
func (i VariationItem) Fields() []Field {
	orderItem := ""
	if i.OrderItem > 0 {
		orderItem = strconv.Itoa(i.OrderItem)
	}
	return given(
		code(ColWorkID, i.VariationKey.WorkID), code(ColJob, i.VariationKey.Job), code(ColVariation, i.VariationKey.Variation),
		number(ColItem, strconv.Itoa(i.Item)), code(ColOrder, i.Order.Order), number(ColOrderItem, orderItem),
		code(ColCostCode, i.Centre.CostCode), code(ColCostType, i.Centre.CostType),
		text(ColDescription, i.Description), number(ColQuantity, i.Quantity.String()), code(ColUnit, i.Unit),
		number(ColRate, i.Rate.String()), number(ColValue, i.Value.String()),
		date(ColApproved, i.Approved), text(ColReference, string(i.Reference)),
	)
}
