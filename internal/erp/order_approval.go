package erp

import "strconv"

// KindApproval is the approval of a purchase order's item.
const KindApproval Kind = "order_item_approval"

// ItemApproval approves an item of a purchase order in Jobpac. To approve one
// that is approved changes nothing (assumed); whether it is, the list of items
// that wait for approval shows.
type ItemApproval struct {
	Order OrderKey
	Item  int
}

// Kind is KindApproval.
func (a ItemApproval) Kind() Kind { return KindApproval }

// Key is the item's: WORKID|ORDER|ITEM.
func (a ItemApproval) Key() string { return a.Order.ItemOrigin(a.Item) }

// Fields lists the key.
func (a ItemApproval) Fields() []Field {
	return given(code(ColWorkID, a.Order.WorkID), code(ColOrder, a.Order.Order), number(ColItem, strconv.Itoa(a.Item)))
}
