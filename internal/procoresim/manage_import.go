package procoresim

import (
	"net/http"
)

// importRoutes are the management paths of imports: what the approver and Procore's staff do, and what Procore holds.
func importRoutes() []managementRoute {
	return []managementRoute{
		{http.MethodGet, "/sim/records/:kind", manageRecords},
		{http.MethodGet, "/sim/digest", func(s *Sim, _ *call) (any, error) { return s.Digest(), nil }},
		{http.MethodGet, "/sim/endpoint_counts", func(s *Sim, _ *call) (any, error) {
			return obj{"writes": s.ImportWrites(), "endpoints": s.EndpointCounts()}, nil
		}},
		{http.MethodDelete, "/sim/endpoint_counts", manageForgetCounts},
		{http.MethodGet, "/sim/staged_records", func(s *Sim, k *call) (any, error) { return s.StagedRecords(k.query.Get("item_type")), nil }},
		{http.MethodPost, "/sim/staged_records/import", manageImportAll},
		{http.MethodPost, "/sim/staged_records/:id/import", onRecord(func(s *Sim, id int64, _ *call) (any, error) { return s.ImportStaged(id) })},
		{http.MethodPost, "/sim/staged_records/:id/link", manageLink},
		{http.MethodPost, "/sim/staged_records/:id/archive", manageArchive},
		{http.MethodPost, "/sim/vendors", adding((*Sim).AddVendor)},
		{http.MethodPost, "/sim/projects", adding((*Sim).AddProject)},
		{http.MethodPost, "/sim/vendors/link_all", manageLinkAll},
		{http.MethodPost, "/sim/vendors/:id/merge", manageMerge},
		{http.MethodPost, "/sim/vendors/:id/unlink", onRecord(func(s *Sim, id int64, _ *call) (any, error) { return asked(s.UnlinkVendor(id)) })},
		{http.MethodPost, "/sim/refresh", manageRefresh},
		{http.MethodPost, "/sim/projects/:id/sync", onRecord(func(s *Sim, id int64, _ *call) (any, error) { return asked(s.SyncSingleJob(id)) })},
		{http.MethodPost, "/sim/projects/:id/import_budget", onRecord(func(s *Sim, id int64, _ *call) (any, error) { return asked(s.ImportBudget(id)) })},
		{http.MethodPost, "/sim/projects/:id/reset", onRecord(func(s *Sim, id int64, _ *call) (any, error) { return asked(s.ResetJob(id)) })},
		{http.MethodPost, "/sim/projects/:id/lock_budget", manageLock},
		{http.MethodPost, "/sim/cleanup/:what", manageCleanup},
	}
}

// asked is the answer of an action that made an ERP request.
func asked(request int64, err error) (any, error) { return obj{"erp_request_id": request}, err }

func onRecord(do func(*Sim, int64, *call) (any, error)) manager {
	return func(s *Sim, k *call) (any, error) {
		id, err := k.id("id")
		if err != nil {
			return nil, err
		}
		return do(s, id, k)
	}
}

// AddVendor adds a company to the directory as a person would and raises its event.
func (s *Sim) AddVendor(v Vendor) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, err := s.addVendor(v)
	if err != nil {
		return 0, err
	}
	added, _ := s.data.vendors.get(id)
	s.raise(s.byPerson(added.CompanyID, 0, "Company Vendors", "create", id))
	return id, nil
}

// AddProject adds a project as a person would and raises its event.
func (s *Sim) AddProject(p Project) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, err := s.addProject(p)
	if err != nil {
		return 0, err
	}
	s.raise(s.byPerson(s.companyOfProject(id), 0, "Projects", "create", id))
	return id, nil
}

// manageRecords lists a kind; ?owner= narrows it to a project or prime contract, ?origin_id= to one record.
func manageRecords(s *Sim, k *call) (any, error) {
	kind := k.Param("kind")
	if origin := k.query.Get("origin_id"); origin != "" {
		r, known := s.Record(kind, origin)
		if !known {
			return nil, notFound(kind, origin)
		}
		return r, nil
	}
	return s.Records(kind, idOrZero(k.query.Get("owner")))
}

func manageForgetCounts(s *Sim, _ *call) (any, error) {
	s.ResetEndpointCounts()
	return obj{"ok": true}, nil
}

func manageImportAll(s *Sim, k *call) (any, error) {
	var body struct {
		ItemType string `json:"item_type"`
	}
	if err := k.strict(&body); err != nil {
		return nil, err
	}
	return s.ImportAllStaged(body.ItemType)
}

func manageLink(s *Sim, k *call) (any, error) {
	var body struct {
		Vendor int64 `json:"vendor_id"`
	}
	id, err := k.id("id")
	if err == nil {
		err = k.strict(&body)
	}
	if err != nil {
		return nil, err
	}
	return asked(s.LinkVendor(id, body.Vendor))
}

// manageArchive archives, or with {"archived": false} moves back to staged.
func manageArchive(s *Sim, k *call) (any, error) {
	body := struct {
		Archived bool `json:"archived"`
	}{true}
	id, err := k.id("id")
	if err == nil {
		err = k.strict(&body)
	}
	if err != nil {
		return nil, err
	}
	return obj{"id": id}, s.ArchiveStaged(id, body.Archived)
}

func manageLinkAll(s *Sim, k *call) (any, error) {
	var body struct {
		Company int64 `json:"company_id"`
	}
	if err := k.strict(&body); err != nil {
		return nil, err
	}
	request, linked, err := s.LinkAllVendors(body.Company)
	return obj{"erp_request_id": request, "linked": linked}, err
}

func manageMerge(s *Sim, k *call) (any, error) {
	var body struct {
		Sources []int64 `json:"source_ids"`
	}
	id, err := k.id("id")
	if err == nil {
		err = k.strict(&body)
	}
	if err != nil {
		return nil, err
	}
	return asked(s.MergeVendors(id, body.Sources...))
}

// manageRefresh is {"what": "vendors"} and the other words of Refresh.
func manageRefresh(s *Sim, k *call) (any, error) {
	var body struct {
		Company int64  `json:"company_id"`
		What    string `json:"what"`
	}
	if err := k.strict(&body); err != nil {
		return nil, err
	}
	requests, err := s.Refresh(body.Company, body.What)
	return obj{"erp_request_ids": requests}, err
}

// manageLock locks, or with {"locked": false} unlocks.
func manageLock(s *Sim, k *call) (any, error) {
	body := struct {
		Locked bool `json:"locked"`
	}{true}
	id, err := k.id("id")
	if err == nil {
		err = k.strict(&body)
	}
	if err != nil {
		return nil, err
	}
	return obj{"id": id}, s.LockBudget(id, body.Locked)
}

// manageCleanup takes {"ids": [...]}; what is the name of the ERP request that comes of it.
func manageCleanup(s *Sim, k *call) (any, error) {
	var body struct {
		IDs []int64 `json:"ids"`
	}
	if err := k.strict(&body); err != nil {
		return nil, err
	}
	do := map[string]func(...int64) (int64, error){
		"delete_cost_codes": s.AskDeleteCostCodes, "delete_cost_type_assignments": s.AskDeleteAssignments,
		"unlink_standard_cost_codes": s.UnlinkStandardCostCodes, "delete_standard_cost_codes": s.DeleteStandardCostCodes,
		"delete_standard_categories": s.DeleteStandardCategories,
		"delete_cost_code": func(ids ...int64) (int64, error) {
			if len(ids) != 1 {
				return 0, badRequest("ids", "must name one cost code")
			}
			return s.DeleteProjectCostCode(ids[0])
		},
	}[k.Param("what")]
	if do == nil {
		return nil, notFound("action", k.Param("what"))
	}
	return asked(do(body.IDs...))
}
