package procoresim

import "fmt"

// StandardCostCode is a code of the company's ERP list.
type StandardCostCode struct {
	ID        int64  `json:"id"`
	CompanyID int64  `json:"company_id"`
	Code      string `json:"code"`
	Name      string `json:"name"`
	ParentID  int64  `json:"parent_id,omitempty"`
	OriginID  string `json:"origin_id,omitempty"`

	relative bool // written by a sync call: the full code begins with the parent's
}

// CostCode is a code of one project.
type CostCode struct {
	ID             int64  `json:"id"`
	ProjectID      int64  `json:"project_id"`
	Code           string `json:"code"`
	Name           string `json:"name"`
	ParentID       int64  `json:"parent_id,omitempty"`
	StandardCodeID int64  `json:"standard_cost_code_id,omitempty"`
	Position       int64  `json:"position,omitempty"`
	OriginID       string `json:"origin_id,omitempty"`

	relative bool
}

// LineItemType is a cost type of the company. BaseType is one of Procore's: labor, equipment, materials, commitment, owner_cost,
// professional_services, other.
type LineItemType struct {
	ID        int64  `json:"id"`
	CompanyID int64  `json:"company_id"`
	Code      string `json:"code"`
	Name      string `json:"name"`
	BaseType  string `json:"base_type"`
	OriginID  string `json:"origin_id,omitempty"`
}

func (s *Sim) addStandardCode(c StandardCostCode) (int64, error) {
	company, err := s.theCompany(c.CompanyID)
	if err != nil {
		return 0, err
	}
	id, err := claimID(s, idStandardCode, c.ID, s.data.standard)
	if err != nil {
		return 0, err
	}
	s.erpList(company)
	c.ID, c.CompanyID = id, company
	s.data.standard.put(id, &c)
	return id, s.link(company, itemStandardCode, id, c.OriginID)
}

func (s *Sim) addCostCode(c CostCode) (int64, error) {
	p, known := s.data.projects.get(c.ProjectID)
	if !known {
		return 0, invalid("project_id", fmt.Sprintf("of cost code %s names no project: %d", c.Code, c.ProjectID))
	}
	id, err := claimID(s, idCostCode, c.ID, s.data.costCodes)
	if err != nil {
		return 0, err
	}
	c.ID = id
	s.putCostCode(&c)
	return id, s.link(p.CompanyID, itemCostCode, id, c.OriginID)
}

func (s *Sim) addCostType(t LineItemType) (int64, error) {
	company, err := s.theCompany(t.CompanyID)
	if err != nil {
		return 0, err
	}
	id, err := claimID(s, idCostType, t.ID, s.data.costTypes)
	if err != nil {
		return 0, err
	}
	t.ID, t.CompanyID = id, company
	s.data.costTypes.put(id, &t)
	return id, s.link(company, itemCostType, id, t.OriginID)
}

// findCostCode gives the id of a code of a project; an empty code has none.
func (s *Sim) findCostCode(project int64, code string) (int64, error) {
	for _, c := range s.costCodesOf(project) {
		if c.Code == code || s.fullCode(c) == code {
			return c.ID, nil
		}
	}
	return 0, invalid("cost_code", fmt.Sprintf("%q is no code of project %d", code, project))
}

func (s *Sim) findCostType(company int64, code string) (int64, error) {
	for _, t := range s.data.costTypes.all() {
		if t.CompanyID == company && t.Code == code {
			return t.ID, nil
		}
	}
	return 0, invalid("line_item_type", fmt.Sprintf("%q is no cost type of company %d", code, company))
}

// renderCostCode is the object a line carries; null for a line without a code.
func (s *Sim) renderCostCode(id int64) any {
	c, known := s.data.costCodes.get(id)
	if !known {
		return nil
	}
	x := s.externalOf(itemCostCode, id)
	return obj{
		"id": id, "name": c.Name, "code": c.Code, "full_code": s.fullCode(c), "origin_id": textOrNull(x.OriginID), "origin_data": textOrNull(x.OriginData),
		"standard_cost_code_id": idOrNull(c.StandardCodeID), "biller": nil, "biller_id": c.ProjectID, "biller_type": "Project",
		"biller_origin_id": textOrNull(s.externalOf(itemProject, c.ProjectID).OriginID), "budgeted": true,
		"parent": obj{"id": idOrNull(c.ParentID)}, "position": idOrNull(c.Position), "sortable_code": s.fullCode(c),
	}
}

// renderCostType is the object a line carries; null for a line without a type.
func (s *Sim) renderCostType(id int64) any {
	t, known := s.data.costTypes.get(id)
	if !known {
		return nil
	}
	x := s.externalOf(itemCostType, id)
	return obj{"id": id, "name": t.Name, "code": t.Code, "base_type": t.BaseType, "origin_id": textOrNull(x.OriginID), "origin_data": textOrNull(x.OriginData)}
}

// renderWBS is the budget code made of cost code and type; it has no origin id at Procore (documented).
func (s *Sim) renderWBS(code, costType int64) any {
	c, known := s.data.costCodes.get(code)
	if !known {
		return nil
	}
	flat := s.fullCode(c)
	if t, typed := s.data.costTypes.get(costType); typed {
		flat += "." + t.Code
	}
	return obj{"id": wbsID(pair{code, costType}), "flat_code": flat, "description": c.Name}
}
