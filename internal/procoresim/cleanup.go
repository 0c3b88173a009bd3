package procoresim

import (
	"fmt"
	"slices"
)

// AskDeleteCostCodes plays the user who wants synced cost codes of one project gone. Nothing is deleted: the request delete_cost_codes has a
// detail for each row, and the integrator deletes what is gone in the ERP.
func (s *Sim) AskDeleteCostCodes(ids ...int64) (requestID int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var project int64
	rows, keys := []obj{}, []externalKey{}
	for _, id := range ids {
		c, known := s.data.costCodes.get(id)
		if !known || project != 0 && c.ProjectID != project {
			return 0, invalid("cost_codes", fmt.Sprintf("%d is no cost code of the project", id))
		}
		project = c.ProjectID
		rows = append(rows, obj{"id": id, "origin_id": textOrNull(s.externalOf(itemCostCode, id).OriginID), "sortable_code": s.fullCode(c)})
		keys = append(keys, externalKey{itemCostCode, id})
	}
	return s.askDelete(project, "delete_cost_codes", "cost_codes", "cost_code_deletions", rows, keys)
}

// AskDeleteAssignments is AskDeleteCostCodes for assignments of cost types, with their job costs.
func (s *Sim) AskDeleteAssignments(ids ...int64) (requestID int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var project int64
	rows, keys := []obj{}, []externalKey{}
	for _, id := range ids {
		it := s.data.assignments.get(id)
		if it == nil || project != 0 && it.owner != project {
			return 0, invalid("cost_type_assignments", fmt.Sprintf("%d is no assignment of the project", id))
		}
		project = it.owner
		rows = append(rows, obj{
			"id": id, "cost_code_origin_id": textOrNull(s.externalOf(itemCostCode, it.pair.code).OriginID),
			"line_item_type_origin_id": textOrNull(s.externalOf(itemCostType, it.pair.kind).OriginID), "job_cost_id": idOrNull(s.data.jobCosts.find(it.pair)),
		})
		keys = append(keys, externalKey{itemAssignment, id})
	}
	return s.askDelete(project, "delete_cost_type_assignments", "cost_type_assignments", "cost_type_assignment_deletions", rows, keys)
}

func (s *Sim) askDelete(project int64, name, list, config string, rows []obj, keys []externalKey) (int64, error) {
	p, err := s.syncedProject(project, "jobs")
	if err != nil {
		return 0, err
	}
	if !s.configOn(p.CompanyID, "jobs", config) {
		return 0, invalid("base", "the metadata does not enable "+config)
	}
	data := obj{"project": obj{"id": project, "origin_id": textOrNull(s.externalOf(itemProject, project).OriginID)}, "sub_job": nil, list: rows}
	return s.makeRowsRequest(p.CompanyID, name, data, rows, keys)
}

// ResetJob plays Procore's staff: the project and all below it lose their links, job costs and assignments of the ERP go (assumed), and what
// it was imported from is staged again (assumed). It raises reset_job, which has no detail.
func (s *Sim) ResetJob(project int64) (requestID int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.syncedProject(project, "jobs")
	if err != nil {
		return 0, err
	}
	named := s.namedProject(project)
	delete(named, "origin_code")
	origin := s.externalOf(itemProject, project).OriginID
	s.unlinkBelow(project)
	s.clearOrigin(externalKey{itemProject, project})
	if r := s.stagedOf(p.CompanyID, itemProject, origin); r != nil {
		s.restage(r)
	}
	return s.tellERP(p.CompanyID, "reset_job", obj{"project": named})
}

func (s *Sim) unlinkBelow(project int64) {
	for _, id := range s.data.codesOf[project] {
		s.clearOrigin(externalKey{itemCostCode, id})
	}
	for _, h := range []*shelf{s.data.assignments, s.data.jobCosts} {
		for _, id := range h.ids(project) {
			h.drop(id)
		}
	}
	for itemType, h := range map[string]*shelf{itemDirectCost: s.data.directCosts, itemLine: s.data.directLines} {
		for _, id := range h.ids(project) {
			s.clearOrigin(externalKey{itemType, id})
		}
	}
	for _, id := range s.data.primes.ids(project) {
		s.unlinkPrime(id)
	}
	for _, c := range s.data.commitments.all() {
		if c.ProjectID == project {
			s.clearOrigin(externalKey{c.itemType(), c.ID})
		}
	}
	for _, o := range s.data.changes.all() {
		if o.ProjectID == project {
			s.clearOrigin(externalKey{itemChangeOrder, o.ID})
		}
	}
	for id, owner := range s.data.lines {
		if owner.project == project {
			s.clearOrigin(externalKey{itemLine, id})
		}
	}
}

func (s *Sim) unlinkPrime(id int64) {
	x := s.externalOf(itemPrime, id)
	for _, line := range s.data.primeLines.ids(id) {
		s.clearOrigin(externalKey{itemLine, line})
	}
	s.clearOrigin(externalKey{itemPrime, id})
	if r := s.stagedOf(x.CompanyID, itemPrime, x.OriginID); r != nil {
		s.restage(r)
	}
}

// UnlinkStandardCostCodes plays Procore's staff; it raises unlink_standard_cost_codes.
func (s *Sim) UnlinkStandardCostCodes(ids ...int64) (requestID int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	company, rows, err := s.namedStandard(ids)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		s.clearOrigin(externalKey{itemStandardCode, id})
	}
	return s.tellERP(company, "unlink_standard_cost_codes", obj{"standard_cost_codes": rows})
}

// DeleteStandardCostCodes plays Procore's staff: the codes go at once, and delete_standard_cost_codes tells so. A code with others below it
// is refused.
func (s *Sim) DeleteStandardCostCodes(ids ...int64) (requestID int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	company, rows, err := s.namedStandard(ids)
	if err != nil {
		return 0, err
	}
	if i := slices.IndexFunc(ids, func(id int64) bool { return s.standardInUse(id, ids...) }); i >= 0 {
		return 0, inUse(ids[i])
	}
	for _, id := range ids {
		s.dropStandardCode(id)
	}
	return s.tellERP(company, "delete_standard_cost_codes", obj{"standard_cost_code_list_id": s.data.erpLists[company], "standard_cost_code_data_array": rows})
}

// namedStandard are codes as the requests name them.
func (s *Sim) namedStandard(ids []int64) (company int64, rows []obj, err error) {
	for _, id := range ids {
		c, known := s.data.standard.get(id)
		if !known || company != 0 && c.CompanyID != company {
			return 0, nil, notFound("standard cost code", id)
		}
		company = c.CompanyID
		rows = append(rows, obj{"id": id, "sortable_code": s.fullStandardCode(c), "origin_id": textOrNull(s.externalOf(itemStandardCode, id).OriginID)})
	}
	if rows == nil {
		return 0, nil, badRequest("ids", "names no record")
	}
	return company, rows, nil
}

// DeleteStandardCategories is DeleteStandardCostCodes for cost types; it raises delete_standard_categories.
func (s *Sim) DeleteStandardCategories(ids ...int64) (requestID int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	company, rows := int64(0), []obj{}
	for _, id := range ids {
		t, known := s.data.costTypes.get(id)
		if !known || company != 0 && t.CompanyID != company {
			return 0, notFound("cost type", id)
		}
		if s.typeInUse(id) {
			return 0, inUse(id)
		}
		company = t.CompanyID
		rows = append(rows, obj{"procore_id": id, "code": t.Code, "origin_id": textOrNull(s.externalOf(itemCostType, id).OriginID)})
	}
	if company == 0 {
		return 0, badRequest("ids", "names no record")
	}
	for _, id := range ids {
		s.dropCostType(id)
	}
	return s.tellERP(company, "delete_standard_categories", obj{"standard_category_data_array": rows})
}

// DeleteProjectCostCode plays Procore's staff: a cost code of a project goes at once, and delete_cost_code tells so.
func (s *Sim) DeleteProjectCostCode(id int64) (requestID int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, known := s.data.costCodes.get(id)
	if !known {
		return 0, notFound("cost code", id)
	}
	if s.costCodeInUse(c) {
		return 0, inUse(id)
	}
	row := obj{"id": id, "origin_id": textOrNull(s.externalOf(itemCostCode, id).OriginID), "sortable_code": s.fullCode(c)}
	s.removeCostCode(c)
	return s.tellERP(s.companyOfProject(c.ProjectID), "delete_cost_code", obj{
		"project_cost_code_data_array": []obj{row}, "project_origin_id": textOrNull(s.externalOf(itemProject, c.ProjectID).OriginID),
		"procore_project_id": c.ProjectID, "procore_sub_job_id": nil,
	})
}
