package procoresim

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
)

// codeSeparator stands between the codes of a full code (documented as a setting of the metadata; the simulator has this one).
const codeSeparator = "-"

func standardCodeColumns() *columns {
	return columnsOf(named(formText, "code name parent_origin_id"), named(formID, "parent_id"))
}

func costCodeColumns() *columns {
	return columnsOf(named(formText, "code name"), named(formID, "parent_id standard_cost_code_id position"))
}

// erpList is the company's ERP list of standard cost codes. Creating a connection makes it (documented); the simulator also makes it for
// the first code of a seed.
func (s *Sim) erpList(company int64) int64 {
	if s.data.erpLists[company] == 0 {
		s.data.erpLists[company] = s.nextID(idStandardCode)
	}
	return s.data.erpLists[company]
}

// masterList is the id of the list that a company has beside, which is not the ERP's and is empty here.
const masterList = 309_001

// listCodeLists is GET of the lists of a company.
func (s *Sim) listCodeLists(k *call) (reply, error) {
	if err := k.ownCompany(); err != nil {
		return reply{}, err
	}
	rows := []obj{{"id": masterList, "name": "Master List", "is_erp_list": false, "available_to_use_on_new_projects": true}}
	if id := s.data.erpLists[k.company]; id != 0 {
		rows = append(rows, obj{"id": id, "name": "ERP", "is_erp_list": true, "available_to_use_on_new_projects": true})
	}
	return listOf(k, rows, s.v1Limits(), func(o obj) any { return o })
}

// checkList wants the ERP list of the company, in the query or the body. That nothing can be synced into another list is assumed.
func (s *Sim) checkList(k *call, asked int64) error {
	switch list := s.data.erpLists[k.company]; {
	case asked == 0:
		return badRequest("standard_cost_code_list_id", "is required")
	case list == 0 || asked != list:
		return notFound("ERP list of standard cost codes", asked)
	}
	return nil
}

func (s *Sim) standardCodeSync(k *call) syncKind {
	return syncKind{
		item: itemStandardCode, columns: s.columns.standardCodes, keeps: originNames("standard_cost_code_list_id"),
		holds: func(id int64) bool { c, known := s.data.standard.get(id); return known && c.CompanyID == k.company },
		write: func(id int64, g given) (int64, outcome, error) { return s.writeStandardCode(k.company, id, g) },
		show:  func(id int64) any { c, _ := s.data.standard.get(id); return s.showStandardCode(c) },
		tell:  func(id int64, did outcome) { s.raise(s.byApp(k, "Standard Cost Codes", did.event(), id, 0)) },
	}
}

func (s *Sim) writeStandardCode(company, id int64, g given) (int64, outcome, error) {
	if err := g.required(id == 0, "code", "name"); err != nil {
		return 0, unchanged, err
	}
	parent, err := s.standardParent(company, id, g)
	if err != nil {
		return 0, unchanged, err
	}
	next := StandardCostCode{CompanyID: company}
	old, known := s.data.standard.get(id)
	if known {
		next = *old
	}
	g.into("code", &next.Code)
	g.into("name", &next.Name)
	if g.has("parent_id") || g.has("parent_origin_id") {
		next.ParentID = parent
	}
	next.relative = next.relative || g.has("code")
	did := change(known, known && next != *old)
	if !known {
		next.ID = freeID(s, idStandardCode, s.data.standard)
	}
	s.data.standard.put(next.ID, &next)
	return next.ID, did, nil
}

// into overwrites a text that the row names.
func (g given) into(name string, to *string) {
	if g.has(name) {
		*to = g.text(name)
	}
}

// standardParent is the parent a row names, which must be there already: parents come first (documented).
func (s *Sim) standardParent(company, self int64, g given) (int64, error) {
	field, id := "parent_id", g.id("parent_id")
	if origin := g.text("parent_origin_id"); origin != "" && id == 0 {
		field, id = "parent_origin_id", s.data.originTaken[originKey{company, itemStandardCode, origin}]
		if id == 0 {
			return 0, invalid(field, origin+" does not exist")
		}
	}
	if id == 0 {
		return 0, nil
	}
	at, known := s.data.standard.get(id)
	if !known || at.CompanyID != company {
		return 0, invalid(field, fmt.Sprintf("%d does not exist", id))
	}
	for ; known; at, known = s.data.standard.get(at.ParentID) {
		if at.ID == self {
			return 0, invalid(field, "is the code itself or stands below it")
		}
	}
	return id, nil
}

func (s *Sim) syncStandardCodes(k *call) (reply, error) {
	if err := k.companyInBody(); err != nil {
		return reply{}, err
	}
	list, err := k.idBeside("standard_cost_code_list_id")
	if err == nil {
		err = s.checkList(k, list)
	}
	if err != nil {
		return reply{}, err
	}
	return s.sync(k, s.standardCodeSync(k))
}

// listStandardCodes is GET of a list's codes; the master list is empty.
func (s *Sim) listStandardCodes(k *call) (reply, error) {
	if err := k.ownCompany(); err != nil {
		return reply{}, err
	}
	list := idOrZero(k.query.Get("standard_cost_code_list_id"))
	if err := s.checkList(k, list); err != nil && list != masterList {
		return reply{}, err
	}
	rows := s.data.standard.where(func(c *StandardCostCode) bool { return c.CompanyID == k.company && list != masterList },
		in(k.filter("origin_id"), func(c *StandardCostCode) string { return s.externalOf(itemStandardCode, c.ID).OriginID }))
	return listV1(s, k, rows, s.showStandardCode)
}

func (s *Sim) showStandardCode(c *StandardCostCode) obj {
	full := s.fullStandardCode(c)
	return s.showLink(itemStandardCode, c.ID, obj{
		"id": c.ID, "standard_cost_code_list_id": s.data.erpLists[c.CompanyID], "parent_id": idOrNull(c.ParentID), "parent": obj{"id": idOrNull(c.ParentID)},
		"code": c.Code, "full_code": full, "sortable_code": full, "name": c.Name,
	})
}

// fullStandardCode joins the codes from the top down. Codes of a seed are full already.
func (s *Sim) fullStandardCode(c *StandardCostCode) string {
	if parent, known := s.data.standard.get(c.ParentID); known && c.relative {
		return s.fullStandardCode(parent) + codeSeparator + c.Code
	}
	return c.Code
}

func (s *Sim) fullCode(c *CostCode) string {
	if parent, known := s.data.costCodes.get(c.ParentID); known && c.relative {
		return s.fullCode(parent) + codeSeparator + c.Code
	}
	return c.Code
}

// putCostCode stores a code and keeps the index by project.
func (s *Sim) putCostCode(c *CostCode) {
	if _, known := s.data.costCodes.get(c.ID); !known {
		s.data.codesOf[c.ProjectID] = append(s.data.codesOf[c.ProjectID], c.ID)
	}
	s.data.costCodes.put(c.ID, c)
}

func (s *Sim) dropCostCode(c *CostCode) {
	s.data.codesOf[c.ProjectID] = slices.DeleteFunc(s.data.codesOf[c.ProjectID], func(id int64) bool { return id == c.ID })
	s.data.costCodes.drop(c.ID)
	s.clearOrigin(externalKey{itemCostCode, c.ID})
}

func (s *Sim) costCodesOf(project int64) []*CostCode {
	ids := s.data.codesOf[project]
	rows := make([]*CostCode, len(ids))
	for i, id := range ids {
		rows[i], _ = s.data.costCodes.get(id)
	}
	return rows
}

func (s *Sim) costCodeSync(k *call, project int64) syncKind {
	return syncKind{
		item: itemCostCode, columns: s.columns.costCodes, keeps: originNames(),
		holds: func(id int64) bool { c, known := s.data.costCodes.get(id); return known && c.ProjectID == project },
		write: func(id int64, g given) (int64, outcome, error) { return s.writeCostCode(k.company, project, id, g) },
		show:  s.renderCostCode,
		tell:  func(id int64, did outcome) { s.raise(s.byApp(k, "Cost Codes", did.event(), id, project)) },
	}
}

func (s *Sim) writeCostCode(company, project, id int64, g given) (int64, outcome, error) {
	if err := g.required(id == 0, "code", "name"); err != nil {
		return 0, unchanged, err
	}
	if err := s.checkCodeRefs(company, project, id, g); err != nil {
		return 0, unchanged, err
	}
	next := CostCode{ProjectID: project}
	old, known := s.data.costCodes.get(id)
	if known {
		next = *old
	}
	g.into("code", &next.Code)
	g.into("name", &next.Name)
	for name, to := range map[string]*int64{"parent_id": &next.ParentID, "standard_cost_code_id": &next.StandardCodeID, "position": &next.Position} {
		if g.has(name) {
			*to = g.id(name)
		}
	}
	next.relative = next.relative || g.has("code")
	did := change(known, known && next != *old)
	if !known {
		next.ID = freeID(s, idCostCode, s.data.costCodes)
	}
	if did != unchanged {
		s.putCostCode(&next)
	}
	return next.ID, did, nil
}

// checkCodeRefs wants the parent in the same project and the standard code in the company.
func (s *Sim) checkCodeRefs(company, project, self int64, g given) error {
	if id := g.id("standard_cost_code_id"); id != 0 {
		if c, known := s.data.standard.get(id); !known || c.CompanyID != company {
			return invalid("standard_cost_code_id", fmt.Sprintf("%d does not exist", id))
		}
	}
	id := g.id("parent_id")
	if id == 0 {
		return nil
	}
	at, known := s.data.costCodes.get(id)
	if !known || at.ProjectID != project {
		return invalid("parent_id", fmt.Sprintf("%d does not exist in the project", id))
	}
	for ; known; at, known = s.data.costCodes.get(at.ParentID) {
		if at.ID == self {
			return invalid("parent_id", "is the code itself or stands below it")
		}
	}
	return nil
}

func (s *Sim) syncCostCodes(k *call) (reply, error) {
	p, err := s.project(k, 0)
	if err != nil {
		return reply{}, err
	}
	return s.sync(k, s.costCodeSync(k, p.ID))
}

// createCostCode and updateCostCode are refused on a project that the ERP has (documented): there only sync works.
func (s *Sim) createCostCode(k *call) (reply, error) {
	row, project, err := s.userCostCode(k)
	if err != nil {
		return reply{}, err
	}
	entity, err := s.writeOne(k, s.costCodeSync(k, project.ID), row)
	return reply{status: http.StatusCreated, body: entity}, err
}

func (s *Sim) updateCostCode(k *call) (reply, error) {
	id, err := k.id("id")
	if err != nil {
		return reply{}, err
	}
	row, project, err := s.userCostCode(k)
	if err != nil {
		return reply{}, err
	}
	y := s.costCodeSync(k, project.ID)
	if !y.holds(id) {
		return reply{}, notFound("cost code", id)
	}
	entity, err := s.writeOne(k, y, row.withID(id))
	return reply{status: http.StatusOK, body: entity}, err
}

func (s *Sim) userCostCode(k *call) (syncRow, *Project, error) {
	row, inBody, err := k.wrappedRow("cost_code")
	if err != nil {
		return row, nil, err
	}
	p, err := s.project(k, inBody)
	if err == nil && s.integrated(p.ID) {
		err = invalid("base", "the project is ERP integrated: cost codes are written with sync")
	}
	return row, p, err
}

func (s *Sim) listCostCodes(k *call) (reply, error) {
	p, err := s.project(k, 0)
	if err != nil {
		return reply{}, err
	}
	rows := passing(s.costCodesOf(p.ID), in(k.filter("id"), func(c *CostCode) string { return strconv.FormatInt(c.ID, 10) }),
		in(k.filter("origin_id"), func(c *CostCode) string { return s.externalOf(itemCostCode, c.ID).OriginID }))
	return listOf(k, rows, s.v1Limits(), func(c *CostCode) any { return s.renderCostCode(c.ID) })
}
