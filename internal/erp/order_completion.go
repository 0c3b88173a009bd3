package erp

// The kinds of a Completion.
const (
	KindOrderCompletion       Kind = "purchase_order_completion"
	KindSubcontractCompletion Kind = "subcontract_completion"
)

// Completion sets a purchase order complete, or a subcontract finalised. It sets
// a value: set again it is the same.
type Completion struct {
	OrderKey    OrderKey
	Subcontract bool
}

// Kind is one of the two.
func (c Completion) Kind() Kind {
	if c.Subcontract {
		return KindSubcontractCompletion
	}
	return KindOrderCompletion
}

// Key is the order's: WORKID|ORDER.
func (c Completion) Key() string { return c.OrderKey.Origin() }

// Fields lists the key and the flag.
func (c Completion) Fields() []Field {
	flag := ColComplete
	if c.Subcontract {
		flag = ColFinalised
	}
	return given(code(ColWorkID, c.OrderKey.WorkID), code(ColOrder, c.OrderKey.Order), code(flag, "Y"))
}
