package procoresim

import (
	"maps"
	"strconv"
	"time"
)

// matchingChanges are the change orders of the call's project that pass its filters. id is what the list calls the id of a row.
func (s *Sim) matchingChanges(k *call, id func(*ChangeOrder) int64) ([]*ChangeOrder, error) {
	p, err := s.project(k, 0)
	if err != nil {
		return nil, err
	}
	updated, err := within(k, "updated_at", func(o *ChangeOrder) time.Time { return o.UpdatedAt })
	if err != nil {
		return nil, err
	}
	contract := append(k.filter("contract_id"), k.query["contract_id"]...)
	return s.data.changes.where(
		func(o *ChangeOrder) bool { return o.ProjectID == p.ID }, updated,
		in(contract, func(o *ChangeOrder) string { return strconv.FormatInt(o.CommitmentID, 10) }),
		in(k.filter("id"), func(o *ChangeOrder) string { return strconv.FormatInt(id(o), 10) }),
		in(k.filter("status"), func(o *ChangeOrder) string { return o.Status }),
		in(k.filter("legacy_package_id"), func(o *ChangeOrder) string { return strconv.FormatInt(o.ID, 10) }),
		in(k.filter("origin_id"), func(o *ChangeOrder) string { return s.externalOf(itemChangeOrder, o.ID).OriginID }),
	), nil
}

// changeView is one of the resources a change order shows itself as.
type changeView struct {
	id     func(*ChangeOrder) int64
	render func(*Sim, *ChangeOrder) obj
	served func(tiers int) bool
}

func packages() changeView {
	return changeView{func(o *ChangeOrder) int64 { return o.ID }, (*Sim).renderPackage, func(int) bool { return true }}
}

func potentials() changeView {
	return changeView{func(o *ChangeOrder) int64 { return o.PotentialID }, (*Sim).renderPotential, func(int) bool { return true }}
}

func changeRequests() changeView {
	return changeView{func(o *ChangeOrder) int64 { return o.RequestID }, (*Sim).renderRequestTier, func(tiers int) bool { return tiers == 3 }}
}

// commitmentChanges is the newer resource, which serves one and two tiers only (seen).
func commitmentChanges() changeView {
	return changeView{func(o *ChangeOrder) int64 { return o.CommitmentChangeID }, (*Sim).renderCommitmentChange, func(tiers int) bool { return tiers < 3 }}
}

func listChanges(v changeView) handler {
	return func(s *Sim, k *call) (reply, error) {
		rows, err := s.matchingChanges(k, v.id)
		if err != nil {
			return reply{}, err
		}
		if len(rows) > 0 && !v.served(s.tiers(rows[0].ProjectID)) {
			rows = nil
		}
		return listV1(s, k, rows, func(o *ChangeOrder) obj { return v.render(s, o) })
	}
}

func showChange(v changeView) handler {
	return func(s *Sim, k *call) (reply, error) {
		o, err := s.visibleChange(k, v)
		if err != nil {
			return reply{}, err
		}
		return ok(v.render(s, o))
	}
}

func (s *Sim) visibleChange(k *call, v changeView) (*ChangeOrder, error) {
	p, err := s.project(k, 0)
	if err != nil {
		return nil, err
	}
	id, err := k.id("id")
	if err != nil {
		return nil, err
	}
	o, known := s.changeByID(v, id)
	if !known || o.ProjectID != p.ID || !v.served(s.tiers(p.ID)) {
		return nil, notFound("change order", id)
	}
	return o, nil
}

// changeByID looks under the package id first, which needs no search.
func (s *Sim) changeByID(v changeView, id int64) (*ChangeOrder, bool) {
	if o, known := s.data.changes.get(id); known && v.id(o) == id {
		return o, true
	}
	for _, o := range s.data.changes.rows {
		if v.id(o) == id {
			return o, true
		}
	}
	return nil, false
}

// listPotentialLines is GET of a potential change order's lines, v1; a switch makes it 404 while the list still shows the record (seen).
func (s *Sim) listPotentialLines(k *call) (reply, error) {
	o, err := s.visibleChange(k, potentials())
	if err != nil {
		return reply{}, err
	}
	if s.settings.PCOLines404 {
		return reply{}, notFound("potential change order", o.PotentialID)
	}
	return listV1(s, k, pointers(o.Lines), func(l *Line) obj { return s.lineOfTier(l, o.PotentialID, "PotentialChangeOrder") })
}

// listChangeLinesV2 is GET of a commitment change order's lines, v2: the only read with the link to the contract line.
func (s *Sim) listChangeLinesV2(k *call) (reply, error) {
	o, err := s.visibleChange(k, commitmentChanges())
	if err != nil {
		return reply{}, err
	}
	return listV2(k, pointers(o.Lines), func(l *Line) obj {
		row := s.renderLineV2(l)
		row["commitment_line_item_id"] = idText(l.CommitmentLineID)
		return row
	})
}

// changeBasics is what all tiers show.
func (s *Sim) changeBasics(o *ChangeOrder) obj {
	return obj{
		"contract_id": o.CommitmentID, "number": o.Number, "title": o.Title, "description": textOrNull(o.Description), "status": o.Status,
		"executed": o.Executed, "private": o.Private, "revision": o.Revision, "grand_total": o.total().wire(false),
		"schedule_impact_amount": o.ScheduleImpact.wire(false), "due_date": textOrNull(o.DueDate), "invoiced_date": textOrNull(o.InvoicedDate),
		"paid_date": textOrNull(o.PaidDate), "signed_change_order_received_date": textOrNull(o.SignedDate),
		"reviewed_at": stampOrNull(o.ReviewedAt), "currency_configuration": currency(""), "custom_fields": objectOrEmpty(o.CustomFields),
		"attachments": []obj{}, "created_at": stamp(o.CreatedAt), "updated_at": stamp(o.UpdatedAt),
	}
}

// renderPackage is the top tier. Its lines are shown where there is a single tier; with more they stand on the potential change order.
func (s *Sim) renderPackage(o *ChangeOrder) obj {
	x := s.externalOf(itemChangeOrder, o.ID)
	row := s.changeBasics(o)
	maps.Copy(row, obj{
		"id": o.ID, "type": "CommitmentContractChangeOrder", "position": nil, "origin_id": textOrNull(x.OriginID),
		"origin_code": textOrNull(x.OriginCode), "origin_data": textOrNull(x.OriginData), "review_notes": nil, "deleted_at": nil,
		"creator": obj{"id": s.settings.ApproverUserID}, "reviewer": nil, "designated_reviewer": nil, "line_items": []obj{},
	})
	if s.tiers(o.ProjectID) == 1 {
		row["line_items"] = rendered(pointers(o.Lines), func(l *Line) obj { return s.lineOfTier(l, o.ID, "ChangeOrderPackage") })
	}
	return row
}

func (s *Sim) renderPotential(o *ChangeOrder) obj {
	row := s.changeBasics(o)
	maps.Copy(row, obj{
		"id": o.PotentialID, "line_items_total": o.total().wire(false), "reason": textOrNull(o.Reason), "reference": textOrNull(o.Reference),
		"void": o.Status == "void", "commitment_change_event_id": nil, "change_order_request_id": nil, "change_order_package_id": o.ID,
		"line_items": rendered(pointers(o.Lines), func(l *Line) obj { return s.lineOfTier(l, o.PotentialID, "PotentialChangeOrder") }),
	})
	if s.tiers(o.ProjectID) == 3 {
		row["change_order_request_id"], row["change_order_package_id"] = o.RequestID, nil
	}
	return row
}

func (s *Sim) renderRequestTier(o *ChangeOrder) obj {
	row := s.changeBasics(o)
	c, _ := s.data.commitments.get(o.CommitmentID)
	maps.Copy(row, obj{
		"id": o.RequestID, "change_order_package_id": o.ID, "batch": nil,
		"contract": obj{"id": c.ID, "number": c.Number, "title": c.Title, "type": c.Type, "status": c.Status, "vendor": s.renderVendor(c.VendorID)},
	})
	return row
}

// renderCommitmentChange has neither origin fields nor lines, and an id of its own; legacy_package_id is the bridge (seen).
func (s *Sim) renderCommitmentChange(o *ChangeOrder) obj {
	row := s.changeBasics(o)
	maps.Copy(row, obj{
		"id": o.CommitmentChangeID, "batch_id": nil, "legacy_package_id": o.ID, "legacy_request_id": nil, "reason": textOrNull(o.Reason),
		"reference": textOrNull(o.Reference), "type": "CommitmentChangeOrder", "paid": o.PaidDate != "", "signature_required": false,
		"field_change": false, "created_by": obj{"id": s.settings.ApproverUserID}, "designated_reviewer": nil, "received_from": nil,
		"reviewed_by": nil, "change_order_change_reason": nil, "location_id": nil,
	})
	return row
}

// lineOfTier is a line of a package or potential change order: no link to the contract line, no origin id (seen).
func (s *Sim) lineOfTier(l *Line, holder int64, holderType string) obj {
	row := s.lineBasics(l, false)
	row["holder"], row["markup_line_items"] = obj{"id": holder, "holder_type": holderType}, []obj{}
	return row
}

// changesOnCommitment fills the three arrays of a contract by tiers: 1 packages, 2 also potentials, 3 all (documented).
func (s *Sim) changesOnCommitment(c *Commitment) obj {
	tiers := s.tiers(c.ProjectID)
	o := obj{"change_order_packages": []obj{}, "potential_change_orders": []obj{}, "change_order_requests": []obj{}}
	add := func(key string, id int64, ch *ChangeOrder) {
		o[key] = append(o[key].([]obj), obj{"id": id, "number": ch.Number, "title": ch.Title, "status": ch.Status, "grand_total": ch.total().wire(false)})
	}
	for _, id := range s.data.changesOf[c.ID] {
		ch, _ := s.data.changes.get(id)
		add("change_order_packages", ch.ID, ch)
		if tiers > 1 {
			add("potential_change_orders", ch.PotentialID, ch)
		}
		if tiers > 2 {
			add("change_order_requests", ch.RequestID, ch)
		}
	}
	return o
}
