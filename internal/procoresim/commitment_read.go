package procoresim

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"
)

// The wrapper keys, which are also the path words, of the two kinds.
const (
	kindPurchaseOrder = itemPurchaseOrder
	kindWorkOrder     = itemWorkOrder
	kindAny           = ""
)

// visibleCommitment is the commitment of the path parameter id, of the right kind and project; a deleted one is not there.
func (s *Sim) visibleCommitment(k *call, kind string, inBody wireID) (*Commitment, error) {
	p, err := s.project(k, inBody)
	if err != nil {
		return nil, err
	}
	id, err := k.id("id")
	if err != nil {
		return nil, err
	}
	c, known := s.data.commitments.get(id)
	if !known || c.DeletedAt != nil || c.ProjectID != p.ID || kind != kindAny && c.itemType() != kind {
		return nil, notFound("commitment", id)
	}
	return c, nil
}

// showCommitment is GET of one commitment, v1.
func showCommitment(kind string) handler {
	return func(s *Sim, k *call) (reply, error) {
		c, err := s.visibleCommitment(k, kind, 0)
		if err != nil {
			return reply{}, err
		}
		return ok(s.renderCommitment(c, kind != kindAny, false))
	}
}

// listCommitments is GET of one kind or of both, v1. Rows carry lines only in the extended view (assumed).
func listCommitments(kind string) handler {
	return func(s *Sim, k *call) (reply, error) {
		rows, err := s.matchingCommitments(k, kind)
		if err != nil {
			return reply{}, err
		}
		long := k.query.Get("view") == "extended"
		return listV1(s, k, rows, func(c *Commitment) obj { return s.renderCommitment(c, long, false) })
	}
}

// listCommitmentLines is GET …/line_items, v1.
func listCommitmentLines(kind string) handler {
	return func(s *Sim, k *call) (reply, error) {
		c, err := s.visibleCommitment(k, kind, 0)
		if err != nil {
			return reply{}, err
		}
		return listV1(s, k, pointers(c.Lines), func(l *Line) obj { return s.renderLine(l, c.ID, false) })
	}
}

// matchingCommitments are the commitments of the project that pass the filters of the call.
func (s *Sim) matchingCommitments(k *call, kind string) ([]*Commitment, error) {
	p, err := s.project(k, 0)
	if err != nil {
		return nil, err
	}
	updated, err := within(k, "updated_at", func(c *Commitment) time.Time { return c.UpdatedAt })
	if err != nil {
		return nil, err
	}
	made, err := within(k, "created_at", func(c *Commitment) time.Time { return c.CreatedAt })
	if err != nil {
		return nil, err
	}
	return s.data.commitments.where(
		func(c *Commitment) bool { return c.ProjectID == p.ID && (kind == kindAny || c.itemType() == kind) },
		wantDeleted(k, func(c *Commitment) bool { return c.DeletedAt != nil }), updated, made,
		in(k.filter("id"), func(c *Commitment) string { return strconv.FormatInt(c.ID, 10) }),
		in(k.filter("status"), func(c *Commitment) string { return c.Status }),
		in(k.filter("type"), func(c *Commitment) string { return c.Type }),
		in(k.filter("vendor_id"), func(c *Commitment) string { return strconv.FormatInt(c.VendorID, 10) }),
		in(k.filter("executed"), func(c *Commitment) string { return strconv.FormatBool(c.Executed) }),
		in(k.filter("accounting_method"), func(c *Commitment) string { return c.AccountingMethod }),
		in(k.filter("origin_id"), func(c *Commitment) string { return s.externalOf(c.itemType(), c.ID).OriginID }),
	), nil
}

// wantDeleted follows filters[include_deleted]: absent, with, or only.
func wantDeleted[T any](k *call, deleted func(*T) bool) func(*T) bool {
	asked := append(k.filter("include_deleted"), "")[0]
	return func(row *T) bool {
		switch asked {
		case "only":
			return deleted(row)
		case "with", "true":
			return true
		}
		return !deleted(row)
	}
}

func pointers[T any](rows []T) []*T {
	list := make([]*T, len(rows))
	for i := range rows {
		list[i] = &rows[i]
	}
	return list
}

// renderCommitment is the v1 object: header, money, and with long the lines and change orders. numbers prints amounts as JSON numbers.
func (s *Sim) renderCommitment(c *Commitment, long, numbers bool) obj {
	o := s.commitmentHeader(c, numbers)
	maps.Copy(o, s.commitmentMoney(c, numbers))
	maps.Copy(o, c.dates())
	maps.Copy(o, c.kindFields())
	if long {
		o["line_items"] = rendered(pointers(c.Lines), func(l *Line) obj { return s.renderLine(l, c.ID, numbers) })
		maps.Copy(o, s.changesOnCommitment(c))
	}
	return o
}

func (s *Sim) commitmentHeader(c *Commitment, numbers bool) obj {
	x := s.externalOf(c.itemType(), c.ID)
	return obj{
		"id": c.ID, "number": c.Number, "title": c.Title, "description": textOrNull(c.Description), "status": c.Status, "executed": c.Executed,
		"private": c.Private, "accounting_method": c.AccountingMethod, "retainage_percent": c.RetainagePercent.wire(numbers),
		"vendor": s.renderVendor(c.VendorID), "project": s.renderProject(c.ProjectID),
		"origin_id": textOrNull(x.OriginID), "origin_code": textOrNull(x.OriginCode), "origin_data": textOrNull(x.OriginData),
		"currency_configuration": currency(c.CurrencyISOCode), "custom_fields": objectOrEmpty(c.CustomFields),
		"created_by_id": s.settings.ApproverUserID, "requisitions_are_enabled": true, "show_line_items_to_non_admins": false,
		"invoice_contacts": []obj{}, "attachments": []obj{}, "payments_issued": []obj{},
		"created_at": stamp(c.CreatedAt), "updated_at": stamp(c.UpdatedAt), "deleted_at": stampOrNull(c.DeletedAt),
	}
}

func (s *Sim) renderVendor(id int64) any {
	v, known := s.data.vendors.get(id)
	if !known {
		return nil
	}
	x := s.externalOf(itemVendor, id)
	return obj{"id": id, "company": v.Name, "origin_id": textOrNull(x.OriginID), "origin_data": textOrNull(x.OriginData)}
}

func (s *Sim) renderProject(id int64) obj {
	o := obj{"id": id}
	if p, known := s.data.projects.get(id); known {
		o["name"], o["origin_id"] = p.Name, textOrNull(s.externalOf(itemProject, id).OriginID)
	}
	return o
}

// commitmentMoney has the sums a commitment shows; nothing is drawn or paid in the simulator.
func (s *Sim) commitmentMoney(c *Commitment, numbers bool) obj {
	total, approved, pending, draft := c.total(), Decimal("0.00"), Decimal("0.00"), Decimal("0.00")
	for _, id := range s.data.changesOf[c.ID] {
		switch o, _ := s.data.changes.get(id); o.class() {
		case "approved":
			approved = sum(approved, o.total())
		case "pending":
			pending = sum(pending, o.total())
		case "draft":
			draft = sum(draft, o.total())
		}
	}
	revised := sum(total, approved)
	o := obj{}
	for name, d := range map[string]Decimal{
		"grand_total": total, "approved_change_orders": approved, "revised_contract": revised, "pending_change_orders": pending,
		"pending_revised_contract": sum(revised, pending), "draft_change_orders_amount": draft, "total_draw_requests_amount": "0.00",
		"total_requisitions_amount": "0.00", "total_payments": "0.00", "remaining_balance_outstanding": revised, "percentage_paid": "0.0",
	} {
		o[name] = d.wire(numbers)
	}
	return o
}

func (c *Commitment) dates() obj {
	return obj{
		"contract_date": textOrNull(c.ContractDate), "execution_date": textOrNull(c.ExecutionDate), "issued_on_date": textOrNull(c.IssuedOnDate),
		"letter_of_intent_date": textOrNull(c.LetterOfIntentDate), "approval_letter_date": textOrNull(c.ApprovalLetterDate),
		"returned_date": textOrNull(c.ReturnedDate), "signed_contract_received_date": textOrNull(c.SignedContractReceivedDate),
	}
}

// kindFields are those that only one kind has.
func (c *Commitment) kindFields() obj {
	if c.Type == PurchaseOrderContract {
		return obj{
			"assignee": nil, "bill_to_address": textOrNull(c.BillToAddress), "ship_to_address": textOrNull(c.ShipToAddress),
			"ship_via": textOrNull(c.ShipVia), "payment_terms": textOrNull(c.PaymentTerms), "delivery_date": textOrNull(c.DeliveryDate),
			"billing_schedule_of_values_status": nil,
		}
	}
	return obj{
		"contract_start_date": textOrNull(c.ContractStartDate), "contract_estimated_completion_date": textOrNull(c.ContractEstimatedCompletion),
		"actual_completion_date": textOrNull(c.ActualCompletionDate), "inclusions": textOrNull(c.Inclusions), "exclusions": textOrNull(c.Exclusions),
	}
}

// renderLine is a contract line as v1 and ERP requests show it.
func (s *Sim) renderLine(l *Line, holder int64, numbers bool) obj {
	o := s.lineBasics(l, numbers)
	x := s.externalOf(itemLine, l.ID)
	owner := s.data.lines[l.ID]
	maps.Copy(o, obj{
		"origin_id": textOrNull(x.OriginID), "origin_data": textOrNull(x.OriginData), "holder": obj{"id": holder, "holder_type": "Contract"},
		"project": s.renderProject(owner.project), "company": obj{"id": s.companyOfProject(owner.project)}, "change_event_line_item": nil,
		"tax_code_id": idOrNull(l.TaxCodeID),
	})
	return o
}

func (s *Sim) lineBasics(l *Line, numbers bool) obj {
	total := sum(l.Amount, l.TaxAmount)
	return obj{
		"id": l.ID, "position": l.Position, "description": textOrNull(l.Description), "uom": textOrNull(l.UOM),
		"amount": l.Amount.wire(numbers), "quantity": l.Quantity.wire(numbers), "unit_cost": l.UnitCost.wire(numbers),
		"extended_type": l.ExtendedType, "extended_amount": l.Amount.wire(numbers), "total_amount": total.wire(numbers),
		"cost_code": s.renderCostCode(l.CostCodeID), "line_item_type": s.renderCostType(l.LineItemTypeID),
		"wbs_code": s.renderWBS(l.CostCodeID, l.LineItemTypeID), "currency_configuration": currency(""),
	}
}

func currency(code string) obj {
	return obj{"currency_iso_code": textOrNull(code), "base_currency_iso_code": textOrNull(code), "currency_exchange_rate": "1.0"}
}

// objectOrEmpty passes stored JSON through; nothing becomes {}.
func objectOrEmpty(raw json.RawMessage) any {
	if len(raw) == 0 {
		return obj{}
	}
	return slices.Clone(raw)
}

func stampOrNull(t *time.Time) any {
	if t == nil {
		return nil
	}
	return stamp(*t)
}
