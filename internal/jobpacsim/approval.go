package jobpacsim

// approval is Approved of an item of this value, which had that value and state
// before: above the API user's limit it needs an approval, and a new one when it
// grows.
func (w *writer) approval(value, before number, state string) string {
	limit := number(w.settings.ApprovalLimitCents) * cent
	if limit > 0 && value > limit && value > before {
		return "N"
	}
	return state
}

func (w *writer) approveOrderItem() (*record, error) {
	work, order, item := w.given["OrderFirm"], w.given["Order"], w.given["OrderItem"]
	if _, err := w.purchaseOrder(work, order); err != nil {
		return nil, err
	}
	line := w.orderItems.find(work, order, item)
	switch {
	case line == nil:
		return nil, say("OrderItem %s is not on order %q.", item, order)
	case w.settings.RefuseAPIApproval && w.orderItems.get(line, "Approved") == "N":
		return nil, say("The user has no authority to approve OrderItem %s of order %q.", item, order)
	}
	w.orderItems.change(line, map[string]string{"Approved": "Y"}, w.now)
	return line, nil
}

// listPendingItems answers OrderItemsPendingApprovalListing.
func (s *Sim) listPendingItems(c *call) (reply, error) {
	t := s.books.orderItems
	rows := s.books.list(c.op, c.given, c.settings.RowCap, s.viewOf(c), func(values []string) bool { return values[t.at["Approved"]] != "N" })
	return reply{outcome: "ok", columns: t.columns, rows: rows}, nil
}
