package procoresim

import "fmt"

// What an approver can refresh.
const (
	RefreshVendors        = "vendors"
	RefreshJobs           = "jobs"
	RefreshCostCodes      = "cost_codes" // codes and types: one button, two requests (documented)
	RefreshPrimeContracts = "prime_contracts"
	RefreshCommitments    = "commitments"
	RefreshChangeOrders   = "commitment_change_orders"
)

// Refresh plays the approver who presses Refresh. It returns the ids of the requests that were made: sync_vendors, sync_jobs,
// sync_standard_cost_codes with sync_standard_categories, sync_prime_contracts, sync_commitments or sync_commitment_change_orders. All
// have a detail but sync_standard_categories, whose request_data is empty (documented). company 0 is the only one.
func (s *Sim) Refresh(company int64, what string) ([]int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	company, err := s.theCompany(company)
	if err != nil {
		return nil, err
	}
	entity := map[string]string{RefreshCostCodes: "standard_cost_codes"}[what]
	if entity == "" {
		entity = what
	}
	if err := s.entityOn(company, entity); err != nil {
		return nil, err
	}
	withCompany := obj{"company_id": company}
	switch what {
	case RefreshVendors, RefreshJobs, RefreshCommitments:
		return s.refresh(company, "sync_"+what, withCompany)
	case RefreshPrimeContracts, RefreshChangeOrders:
		return s.refresh(company, "sync_"+what, obj{})
	case RefreshCostCodes:
		return s.refreshCodes(company)
	}
	return nil, badRequest("what", fmt.Sprintf("%q cannot be refreshed", what))
}

func (s *Sim) refresh(company int64, name string, data obj) ([]int64, error) {
	id, _, err := s.makeRequest(company, name, externalKey{}, data, true)
	return []int64{id}, err
}

func (s *Sim) refreshCodes(company int64) ([]int64, error) {
	list := s.data.erpLists[company]
	if list == 0 {
		return nil, invalid("company_id", "has no ERP list of standard cost codes; create the ERP connection first")
	}
	codes, err := s.refresh(company, "sync_standard_cost_codes", obj{"standard_cost_code_list_id": list})
	if err != nil {
		return nil, err
	}
	types, err := s.tellERP(company, "sync_standard_categories", obj{})
	return append(codes, types), err
}

// SyncSingleJob makes the periodic request of one synced project; there is nothing to close.
func (s *Sim) SyncSingleJob(project int64) (requestID int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.syncedProject(project, "jobs")
	if err != nil {
		return 0, err
	}
	return s.tellERP(p.CompanyID, "sync_single_job", obj{
		"id": s.externalOf(itemProject, project).OriginID, "company_id": p.CompanyID,
		"additional_job_data": obj{"job_name": p.Name, "procore_project_id": p.ID, "project_id": p.ID + 8_000_000, "start_date": nil,
			"job_cost_transactions_sync_enabled": false},
	})
}

// syncedProject is a project that the ERP has, where the metadata enables the entity.
func (s *Sim) syncedProject(id int64, entity string) (*Project, error) {
	p, known := s.data.projects.get(id)
	switch {
	case !known:
		return nil, notFound("project", id)
	case !s.integrated(id):
		return nil, invalid("project_id", "is not synced with the ERP")
	}
	return p, s.entityOn(p.CompanyID, entity)
}
