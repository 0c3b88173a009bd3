package procoresim

import "fmt"

// The item types of external data that the simulator holds records for (documented names).
const (
	itemVendor        = "vendor"
	itemProject       = "project"
	itemStandardCode  = "standard_cost_code"
	itemCostCode      = "cost_code"
	itemCostType      = "line_item_type"
	itemPurchaseOrder = "purchase_order_contract"
	itemWorkOrder     = "work_order_contract"
	itemChangeOrder   = "change_order"
	itemLine          = "line_item"
	itemPrime         = "prime_contract"
	itemDirectCost    = "item"
	itemTaxCode       = "tax_code"
	itemBudget        = "budget"
	itemMarkup        = "markup"
	itemRequisition   = "requisition"
)

// The item types of requisition items, by their kind (documented names).
const (
	itemRequisitionLine   = "requisition_contract_item"
	itemRequisitionDetail = "requisition_contract_detail_item"
	itemRequisitionChange = "requisition_change_order_item"
)

// Names of what has no external data, for details and faults only.
const (
	itemAssignment = "cost_code_line_item_type"
	itemJobCost    = "erp_job_cost"
	itemBudgetLine = "budget_line_item"
)

// externalKey names a record; ids of one type are unique in the whole simulator.
type externalKey struct {
	itemType string
	itemID   int64
}

// originKey is what must be unique: one origin id per type inside a company, across projects (documented).
type originKey struct {
	company  int64
	itemType string
	originID string
}

// externalRow is the mapping of one record.
type externalRow struct {
	ID         int64
	CompanyID  int64
	Key        externalKey
	OriginID   string
	OriginCode string
	OriginData string
}

// externalOf is the mapping of a record; empty when it has none.
func (s *Sim) externalOf(itemType string, id int64) externalRow {
	if row, known := s.data.external[externalKey{itemType, id}]; known {
		return *row
	}
	return externalRow{}
}

// link gives a record an origin id, or does nothing for an empty one. The error blames origin_id when another record has it.
func (s *Sim) link(company int64, itemType string, id int64, originID string) error {
	if originID == "" {
		return nil
	}
	_, err := s.setOrigin(company, externalKey{itemType, id}, originID)
	return err
}

func (s *Sim) setOrigin(company int64, key externalKey, originID string) (*externalRow, error) {
	wanted := originKey{company, key.itemType, originID}
	if holder, taken := s.data.originTaken[wanted]; taken && holder != key.itemID {
		return nil, invalid("origin_id", fmt.Sprintf("%s is already used by another %s of this company", originID, key.itemType))
	}
	row, known := s.data.external[key]
	if !known {
		row = &externalRow{ID: s.nextID(idExternal), CompanyID: company, Key: key}
		s.data.external[key] = row
	}
	delete(s.data.originTaken, originKey{company, key.itemType, row.OriginID})
	row.OriginID = originID
	s.data.originTaken[wanted] = key.itemID
	return row, nil
}

// clearOrigin removes the mapping of a record; false when there was none.
func (s *Sim) clearOrigin(key externalKey) bool {
	row, known := s.data.external[key]
	if !known {
		return false
	}
	delete(s.data.originTaken, originKey{row.CompanyID, key.itemType, row.OriginID})
	delete(s.data.external, key)
	return true
}

// companyOf says which company a record belongs to; false when there is no such record.
func (s *Sim) companyOf(key externalKey) (int64, bool) {
	switch key.itemType {
	case itemVendor:
		return ownerOf(s.data.vendors, key.itemID, func(v *Vendor) int64 { return v.CompanyID })
	case itemProject:
		return ownerOf(s.data.projects, key.itemID, func(p *Project) int64 { return p.CompanyID })
	case itemStandardCode:
		return ownerOf(s.data.standard, key.itemID, func(c *StandardCostCode) int64 { return c.CompanyID })
	case itemCostCode:
		return ownerOf(s.data.costCodes, key.itemID, func(c *CostCode) int64 { return s.companyOfProject(c.ProjectID) })
	case itemCostType:
		return ownerOf(s.data.costTypes, key.itemID, func(t *LineItemType) int64 { return t.CompanyID })
	}
	return s.companyOfDocument(key)
}

// companyOfDocument goes on with commitments, whose item type must fit their kind, change orders of both kinds, invoices, and lines.
func (s *Sim) companyOfDocument(key externalKey) (int64, bool) {
	switch key.itemType {
	case itemPurchaseOrder, itemWorkOrder:
		c, known := s.data.commitments.get(key.itemID)
		if !known || c.itemType() != key.itemType {
			return 0, false
		}
		return s.companyOfProject(c.ProjectID), true
	case itemChangeOrder:
		if o, known := s.data.primeChanges.get(key.itemID); known {
			return s.companyOfProject(o.ProjectID), true
		}
		return ownerOf(s.data.changes, key.itemID, func(o *ChangeOrder) int64 { return s.companyOfProject(o.ProjectID) })
	case itemMarkup:
		return s.companyOf(externalKey{itemChangeOrder, s.data.markups[key.itemID]})
	case itemRequisition:
		return ownerOf(s.data.requisitions, key.itemID, func(r *Requisition) int64 { return s.companyOfProject(r.ProjectID) })
	case itemRequisitionLine, itemRequisitionDetail, itemRequisitionChange:
		return s.companyOf(externalKey{itemRequisition, s.data.requisitionItems[key]})
	case itemLine:
		return s.companyOfLine(key.itemID)
	case itemTaxCode:
		if it := s.data.taxCodes.get(key.itemID); it != nil {
			return it.owner, true
		}
		return 0, false
	case itemPrime:
		return s.companyOfItem(s.data.primes, key.itemID)
	case itemDirectCost:
		return s.companyOfItem(s.data.directCosts, key.itemID)
	case itemBudget:
		for project, b := range s.data.budgets {
			if b.id == key.itemID {
				return s.companyOfProject(project), true
			}
		}
	}
	return 0, false
}

// companyOfItem is for a shelf whose records belong to projects.
func (s *Sim) companyOfItem(h *shelf, id int64) (int64, bool) {
	it := h.get(id)
	if it == nil {
		return 0, false
	}
	return s.companyOfProject(it.owner), true
}

// companyOfLine: the three kinds of line have ids of their own range.
func (s *Sim) companyOfLine(id int64) (int64, bool) {
	if owner, known := s.data.lines[id]; known {
		return s.companyOfProject(owner.project), true
	}
	if it := s.data.primeLines.get(id); it != nil {
		return s.companyOfItem(s.data.primes, it.owner)
	}
	return s.companyOfItem(s.data.directLines, id)
}

func ownerOf[T any](t *table[T], id int64, owner func(*T) int64) (int64, bool) {
	row, known := t.get(id)
	if !known {
		return 0, false
	}
	return owner(row), true
}

func (s *Sim) companyOfProject(id int64) int64 {
	if p, known := s.data.projects.get(id); known {
		return p.CompanyID
	}
	return 0
}

// knownItemTypes are all names the documentation lists; a type outside is refused as unknown, one without records as an unknown item.
func knownItemTypes() []string {
	return []string{
		itemChangeOrder, "contract_payment", itemCostCode, "department", itemDirectCost, itemBudget, "insurance", "invoice_payment", itemLine, itemCostType,
		itemMarkup, "payment_application", "payment_application_line_item", itemPrime, itemProject, itemPurchaseOrder, itemRequisition,
		itemRequisitionChange, itemRequisitionDetail, itemRequisitionLine, itemStandardCode, "sub_job",
		itemTaxCode, itemVendor, itemWorkOrder, "company_level_direct_cost", "budget_change",
	}
}
