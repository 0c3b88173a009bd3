package procoresim

import (
	"fmt"
	"maps"
)

// invoiceKey is what one direct cost of a vendor has (documented: an invoice number is unique per vendor).
type invoiceKey struct {
	company, vendor int64
	number          string
}

func directCostColumns() *columns {
	return columnsOf(oneOf("direct_cost_type", "invoice", "expense", "payroll", "subcontractor_invoice"),
		oneOf("status", "draft", "pending", "revise_and_resubmit", "approved"),
		named(formDate, "direct_cost_date received_date payment_date"), named(formID, "vendor_id employee_id"),
		named(formText, "invoice_number description terms"))
}

func directLineColumns() *columns {
	return columnsOf(named(formID, "direct_cost_id wbs_code_id cost_code_id line_item_type_id tax_code_id"),
		named(formNumber, "amount quantity unit_cost"), named(formText, "description uom"), oneOf("extended_type", "manual", "calculated"))
}

// oneWriter answers 409 when another write of direct costs of the project was under way as the call came in (documented).
func (k *call) oneWriter() error {
	if k.overlaps {
		return conflict("another change of direct costs of this project is under way")
	}
	return nil
}

func (s *Sim) syncDirectCosts(k *call) (reply, error) {
	p, err := s.project(k, 0)
	if err != nil {
		return reply{}, err
	}
	if err := k.oneWriter(); err != nil {
		return reply{}, err
	}
	return s.sync(k, s.directCostSync(k, p.ID))
}

func (s *Sim) directCostSync(k *call, project int64) syncKind {
	c := s.columns.directCosts
	store := s.shelved(s.data.directCosts, c, project, func(id int64, g given) error { return s.checkDirectCost(k.company, id, g) })
	return syncKind{
		item: itemDirectCost, columns: c, keeps: originNames(),
		holds: func(id int64) bool { return s.data.directCosts.owned(project, id) != nil },
		write: func(id int64, g given) (int64, outcome, error) {
			before := s.invoiceOf(k.company, id)
			id, did, err := store(id, g)
			if err == nil && did != unchanged {
				delete(s.data.invoices, before)
				s.data.invoices[s.invoiceOf(k.company, id)] = id
			}
			return id, did, err
		},
		show: s.showDirectCost,
		tell: func(id int64, did outcome) { s.raise(s.byApp(k, "Direct Costs", did.event(), id, project)) },
	}
}

// invoiceOf is the invoice number of a stored direct cost.
func (s *Sim) invoiceOf(company, id int64) invoiceKey {
	it := s.data.directCosts.get(id)
	if it == nil {
		return invoiceKey{}
	}
	return invoiceKey{company, s.columns.directCosts.id(it.values, "vendor_id"), s.columns.directCosts.text(it.values, "invoice_number")}
}

func (s *Sim) checkDirectCost(company, id int64, g given) error {
	if err := g.required(id == 0, "direct_cost_type"); err != nil {
		return err
	}
	next := s.invoiceOf(company, id)
	next.company = company
	if g.has("vendor_id") {
		next.vendor = g.id("vendor_id")
	}
	g.into("invoice_number", &next.number)
	if v, known := s.data.vendors.get(next.vendor); next.vendor != 0 && (!known || v.CompanyID != company) {
		return invalid("vendor_id", fmt.Sprintf("%d does not exist", next.vendor))
	}
	if holder := s.data.invoices[next]; next.number != "" && next.vendor != 0 && holder != 0 && holder != id {
		return invalid("invoice_number", next.number+" has already been taken")
	}
	return nil
}

func (s *Sim) syncDirectLines(k *call) (reply, error) {
	p, err := s.project(k, 0)
	if err != nil {
		return reply{}, err
	}
	if err := k.oneWriter(); err != nil {
		return reply{}, err
	}
	return s.sync(k, s.directLineSync(k, p.ID))
}

func (s *Sim) directLineSync(k *call, project int64) syncKind {
	c := s.columns.directLines
	store := s.shelved(s.data.directLines, c, project, func(id int64, g given) error { return s.checkDirectLine(project, id, g) })
	return syncKind{
		item: itemLine, columns: c, keeps: originNames(),
		holds: func(id int64) bool { return s.data.directLines.owned(project, id) != nil },
		write: func(id int64, g given) (int64, outcome, error) {
			isNew := id == 0
			id, did, err := store(id, g)
			if err == nil && isNew {
				cost := g.id("direct_cost_id")
				s.data.linesOfCost[cost] = append(s.data.linesOfCost[cost], id)
			}
			return id, did, err
		},
		show: s.showDirectLine,
		tell: func(id int64, did outcome) { s.raise(s.byApp(k, "Direct Cost Line Items", did.event(), id, project)) },
	}
}

// checkDirectLine wants a direct cost and a budget code of the project. That a line cannot move to another direct cost is assumed.
func (s *Sim) checkDirectLine(project, id int64, g given) error {
	if err := g.required(id == 0, "direct_cost_id"); err != nil {
		return err
	}
	if cost := g.id("direct_cost_id"); g.has("direct_cost_id") && s.data.directCosts.owned(project, cost) == nil {
		return invalid("direct_cost_id", fmt.Sprintf("%d does not exist in the project", cost))
	}
	if it := s.data.directLines.get(id); it != nil && g.has("direct_cost_id") && s.columns.directLines.id(it.values, "direct_cost_id") != g.id("direct_cost_id") {
		return invalid("direct_cost_id", "cannot be changed")
	}
	return s.checkCentre(project, id == 0, g)
}

// checkCentre wants a budget code, or a cost code with a cost type, of the project.
func (s *Sim) checkCentre(project int64, isNew bool, g given) error {
	if wbs := g.id("wbs_code_id"); wbs != 0 {
		if _, known := s.pairOfWBS(project, wbs); !known {
			return invalid("wbs_code_id", fmt.Sprintf("%d does not exist in the project", wbs))
		}
		return nil
	}
	code, kind := g.id("cost_code_id"), g.id("line_item_type_id")
	if code == 0 && kind == 0 && !isNew {
		return nil
	}
	if c, known := s.data.costCodes.get(code); !known || c.ProjectID != project {
		return invalid("cost_code_id", fmt.Sprintf("%d does not exist in the project", code))
	}
	if _, known := s.data.costTypes.get(kind); !known {
		return invalid("line_item_type_id", fmt.Sprintf("%d does not exist", kind))
	}
	return nil
}

func (s *Sim) listDirectCosts(k *call) (reply, error) {
	p, err := s.project(k, 0)
	if err != nil {
		return reply{}, err
	}
	return listOf(k, s.data.directCosts.ids(p.ID), s.v1Limits(), s.showDirectCost)
}

func (s *Sim) listDirectLines(k *call) (reply, error) {
	p, err := s.project(k, 0)
	if err != nil {
		return reply{}, err
	}
	return listOf(k, s.data.directLines.ids(p.ID), s.v1Limits(), s.showDirectLine)
}

func (s *Sim) showDirectCost(id int64) any {
	it := s.data.directCosts.get(id)
	o := s.columns.directCosts.show(it.values, false, obj{})
	total := Decimal("0.00")
	for _, line := range s.data.linesOfCost[id] {
		if l := s.data.directLines.get(line); l != nil {
			total = sum(total, Decimal(s.columns.directLines.get(l.values, "amount")))
		}
	}
	maps.Copy(o, obj{"id": id, "project_id": it.owner, "grand_total": string(total), "tax_breakdown": []obj{}})
	return s.showLink(itemDirectCost, id, o)
}

func (s *Sim) showDirectLine(id int64) any {
	it := s.data.directLines.get(id)
	o := s.columns.directLines.show(it.values, false, obj{})
	maps.Copy(o, obj{"id": id, "holder": obj{"id": s.columns.directLines.id(it.values, "direct_cost_id"), "holder_type": "DirectCost"}})
	s.showCentre(o, it.owner, s.columns.directLines, it.values)
	return s.showLink(itemLine, id, o)
}

// showCentre adds the budget code of a line with its two halves.
func (s *Sim) showCentre(o obj, project int64, c *columns, values packed) {
	p := pair{c.id(values, "cost_code_id"), c.id(values, "line_item_type_id")}
	if wbs := c.id(values, "wbs_code_id"); wbs != 0 {
		p, _ = s.pairOfWBS(project, wbs)
	}
	o["cost_code"], o["line_item_type"], o["wbs_code"] = s.renderCostCode(p.code), s.renderCostType(p.kind), s.renderWBS(p.code, p.kind)
}
