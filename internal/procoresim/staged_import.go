package procoresim

import (
	"encoding/json"
	"fmt"
)

// Imported is what an approver's import made. RequestID is 0 where no ERP request is documented for the type.
type Imported struct {
	StagedID  int64 `json:"staged_record_id"`
	RecordID  int64 `json:"record_id"`
	RequestID int64 `json:"erp_request_id"`
}

// ImportStaged plays the approver who adds a staged record to Procore. A vendor, a project or a prime contract comes into being under the
// origin id, and the request create_vendor_in_procore or create_job_in_procore tells so; for a prime contract none is documented and only
// its webhook is raised. Children come along, but for invalid and archived ones. A prime contract may be imported again: lines that were
// staged since are added. Other types are refused: the simulator has no such imports.
func (s *Sim) ImportStaged(id int64) (Imported, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, known := s.data.staged.get(id)
	if !known {
		return Imported{}, notFound("staged record", id)
	}
	return s.importStaged(r)
}

// ImportAllStaged imports every record of an item type that is ready to import, and stops at the first that is refused.
func (s *Sim) ImportAllStaged(itemType string) ([]Imported, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []Imported{}
	for _, r := range s.data.staged.all() {
		if r.ItemType != itemType || r.Status != StagedStatus {
			continue
		}
		one, err := s.importStaged(r)
		if err != nil {
			return list, fmt.Errorf("%s %s: %w", itemType, r.OriginID, err)
		}
		list = append(list, one)
	}
	return list, nil
}

func (s *Sim) importStaged(r *StagedRecord) (Imported, error) {
	if err := s.entityOn(r.CompanyID, stagedEntity(r.ItemType)); err != nil {
		return Imported{}, err
	}
	again := r.ItemType == itemPrime && r.Status == ImportedStatus
	if r.Status != StagedStatus && !again {
		return Imported{}, invalid("status", "is "+r.Status+"; only a staged record can be imported")
	}
	switch r.ItemType {
	case itemVendor:
		return s.importVendor(r)
	case itemProject:
		return s.importProject(r)
	case itemPrime:
		return s.importPrime(r)
	}
	return Imported{}, invalid("item_type", r.ItemType+" is not imported by the simulator")
}

// given is a stored record as a row again.
func (c *columns) given(p packed) given {
	g := given{}
	for i, value := range c.split(p) {
		if value != "" {
			g[c.list[i].name] = value
		}
	}
	return g
}

// become links the new record and marks what it came from.
func (s *Sim) become(r *StagedRecord, id int64) error {
	x, err := s.setOrigin(r.CompanyID, externalKey{r.ItemType, id}, r.OriginID)
	if err != nil {
		return err
	}
	x.OriginCode, x.OriginData = r.OriginCode, r.OriginData
	r.Status, r.RecordID = ImportedStatus, id
	return nil
}

// free refuses an origin id that another record has.
func (s *Sim) free(r *StagedRecord) error {
	if id, taken := s.data.originTaken[originKey{r.CompanyID, r.ItemType, r.OriginID}]; taken {
		return invalid("origin_id", fmt.Sprintf("%s is already used by %s %d", r.OriginID, r.ItemType, id))
	}
	return nil
}

func (s *Sim) importVendor(r *StagedRecord) (Imported, error) {
	if err := s.free(r); err != nil {
		return Imported{}, err
	}
	id, _, err := s.writeVendor(r.CompanyID, 0, s.columns.staged[itemVendor].given(r.values))
	if err != nil {
		return Imported{}, err
	}
	if err := s.become(r, id); err != nil {
		return Imported{}, err
	}
	s.raise(s.byPerson(r.CompanyID, 0, "Company Vendors", "create", id))
	request, err := s.tellERP(r.CompanyID, "create_vendor_in_procore", obj{"vendor": s.namedVendor(id), "company_id": r.CompanyID})
	return Imported{r.ID, id, request}, err
}

// importProject takes the estimated dates and value as those of the project (assumed).
func (s *Sim) importProject(r *StagedRecord) (Imported, error) {
	if err := s.free(r); err != nil {
		return Imported{}, err
	}
	g := s.columns.staged[itemProject].given(r.values)
	for from, to := range map[string]string{"estimated_start_date": "start_date", "estimated_completion_date": "completion_date", "estimated_value": "total_value"} {
		if g.has(from) {
			g[to] = g[from]
			delete(g, from)
		}
	}
	id, _, err := s.writeProject(r.CompanyID, 0, g)
	if err != nil {
		return Imported{}, err
	}
	if err := s.become(r, id); err != nil {
		return Imported{}, err
	}
	s.raise(s.byPerson(r.CompanyID, 0, "Projects", "create", id))
	request, err := s.tellERP(r.CompanyID, "create_job_in_procore", obj{"project": s.namedProject(id), "company_id": r.CompanyID})
	return Imported{r.ID, id, request}, err
}

// namedProject is a project as the requests name it.
func (s *Sim) namedProject(id int64) obj {
	p, _ := s.data.projects.get(id)
	x := s.externalOf(itemProject, id)
	return obj{"id": id, "name": p.Name, "origin_id": textOrNull(x.OriginID), "origin_code": textOrNull(x.OriginCode), "origin_data": textOrNull(x.OriginData)}
}

func (s *Sim) namedVendor(id int64) obj {
	return obj{"id": id, "origin_id": textOrNull(s.externalOf(itemVendor, id).OriginID)}
}

// importPrime makes the contract, if it is not there, and a line for each child that is ready. It is only offered under a synced project
// (documented).
func (s *Sim) importPrime(r *StagedRecord) (Imported, error) {
	g := s.columns.staged[itemPrime].given(r.values)
	project, err := s.linkedID(r.CompanyID, itemProject, g, "project")
	if err != nil {
		return Imported{}, err
	}
	if p, known := s.data.projects.get(project); !known || p.CompanyID != r.CompanyID || !s.integrated(project) {
		return Imported{}, invalid("project_id", "names no synced project")
	}
	contract := r.RecordID
	if contract == 0 {
		if err := s.free(r); err != nil {
			return Imported{}, err
		}
		if err := g.required(true, "title"); err != nil {
			return Imported{}, err
		}
		contract = s.data.primes.add(item{owner: project, values: s.columns.primes.merge("", g)})
		if err := s.become(r, contract); err != nil {
			return Imported{}, err
		}
		s.raise(s.byPerson(r.CompanyID, project, "Prime Contracts", "create", contract))
	}
	return Imported{r.ID, contract, 0}, s.importLines(r, contract)
}

// importLines adds the children that are staged. One whose cost code or type is not there becomes invalid.
func (s *Sim) importLines(r *StagedRecord, contract int64) error {
	for _, id := range r.children {
		child, known := s.data.staged.get(id)
		if !known || child.Status != StagedStatus || child.ItemType != itemLine {
			continue
		}
		g := s.columns.staged[itemLine].given(child.values)
		code, errCode := s.linkedID(r.CompanyID, itemCostCode, g, "cost_code")
		kind, errKind := s.linkedID(r.CompanyID, itemCostType, g, "line_item_type")
		if errCode != nil || errKind != nil || s.free(child) != nil {
			child.Status = InvalidStatus
			continue
		}
		putID(g, "cost_code_id", code)
		putID(g, "line_item_type_id", kind)
		line := s.data.primeLines.add(item{owner: contract, values: s.columns.primeLines.merge("", g)})
		if err := s.become(child, line); err != nil {
			return err
		}
	}
	return nil
}

func putID(g given, name string, id int64) {
	if id != 0 {
		g[name] = fmt.Sprint(id)
	}
}

// linkedID resolves a link that is given as an id or as an origin id; 0 where it is given as neither.
func (s *Sim) linkedID(company int64, itemType string, g given, link string) (int64, error) {
	if id := g.id(link + "_id"); id != 0 {
		if owner, known := s.companyOf(externalKey{itemType, id}); !known || owner != company {
			return 0, invalid(link+"_id", fmt.Sprintf("%d does not exist", id))
		}
		return id, nil
	}
	origin := g.text(link + "_origin_id")
	if origin == "" {
		return 0, nil
	}
	id, known := s.data.originTaken[originKey{company, itemType, origin}]
	if !known {
		return 0, invalid(link+"_origin_id", origin+" does not exist")
	}
	return id, nil
}

// ArchiveStaged plays the approver who puts a staged record away, or back to staged.
func (s *Sim) ArchiveStaged(id int64, archived bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, known := s.data.staged.get(id)
	switch {
	case !known:
		return notFound("staged record", id)
	case r.Status == ImportedStatus:
		return invalid("status", "is imported; unlink the record first")
	case archived:
		r.Status = ArchivedStatus
	default:
		s.restage(r)
	}
	return nil
}

// entityOn refuses what the metadata does not enable. A company without a connection may do all.
func (s *Sim) entityOn(company int64, entity string) error {
	c, connected := s.data.erpConnections[company]
	if !connected || entity == "" || c.settings.Settings.Entities[entity].Enabled {
		return nil
	}
	return invalid("base", "the metadata does not enable "+entity)
}

// tellERP makes a request without a detail.
func (s *Sim) tellERP(company int64, name string, data obj) (int64, error) {
	id, _, err := s.makeRequest(company, name, externalKey{}, data, false)
	return id, err
}

// byPerson is an event that a person caused in the company, or in a project of it.
func (s *Sim) byPerson(company, project int64, resource, kind string, id int64) event {
	return event{company: company, project: project, user: s.settings.ApproverUserID, kind: kind, resource: resource, resourceID: id}
}

// configOn tells whether the metadata switches a config of an entity on; without a connection all are.
func (s *Sim) configOn(company int64, entity, config string) bool {
	c, connected := s.data.erpConnections[company]
	if !connected {
		return true
	}
	var on struct {
		Enabled bool `json:"enabled"`
	}
	_ = json.Unmarshal(c.settings.Settings.Entities[entity].Configs[config], &on) // absent: off
	return on.Enabled
}
