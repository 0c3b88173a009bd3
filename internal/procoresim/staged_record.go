package procoresim

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
)

// The states of a staged record (documented).
const (
	StagedStatus   = "staged"
	ImportedStatus = "imported"
	ArchivedStatus = "archived"
	InvalidStatus  = "invalid"
)

// StagedRecord is a record that waits for the approver, as it is read back. RecordID is what it became.
type StagedRecord struct {
	ID         int64                      `json:"id"`
	CompanyID  int64                      `json:"company_id"`
	ItemType   string                     `json:"item_type"`
	OriginID   string                     `json:"origin_id"`
	OriginCode string                     `json:"origin_code,omitempty"`
	OriginData string                     `json:"origin_data,omitempty"`
	Status     string                     `json:"status"`
	ParentID   int64                      `json:"parent_id,omitempty"`
	RecordID   int64                      `json:"record_id,omitempty"`
	Data       map[string]json.RawMessage `json:"data,omitempty"`

	values   packed
	children []int64
}

// stagedKey is by what a staged record is found: one origin id per item type (documented for origin ids; that staged ones follow it, inferred).
type stagedKey struct {
	company          int64
	itemType, origin string
}

func (r *StagedRecord) key() stagedKey { return stagedKey{r.CompanyID, r.ItemType, r.OriginID} }

// itemSubJob and itemCommitmentChange are staged item types without records here.
const (
	itemSubJob           = "sub_job"
	itemCommitmentChange = "commitment_change_order"
)

// stagedColumns are the documented fields of data for each item type. Each link may be given as an origin id or as an id.
func stagedColumns() map[string]*columns {
	project := named(formText, "project_origin_id")
	project = append(project, named(formID, "project_id")...)
	commitment := slices.Concat(project, named(formText, "vendor_origin_id title number status description"), named(formID, "vendor_id"),
		named(formBool, "executed private show_line_items_to_non_admins"), named(formNumber, "retainage_percent"))
	return map[string]*columns{
		itemVendor: columnsOf(named(formText, `name abbreviated_name address city zip state_code country_code business_phone mobile_phone fax_number
			email_address website notes license_number labor_union vendor_type_origin_id`), named(formID, "vendor_group_id"),
			named(formBool, "is_active union_member prequalified authorized_bidder non_union_prevailing_wage"), named(formAny, "bidding")),
		itemProject: columnsOf(named(formText, `name project_number accounting_project_number address city state_code zip country_code phone description
			public_notes flag store_number customer_origin_id`), named(formDate, "estimated_start_date estimated_completion_date warranty_start_date warranty_end_date"),
			named(formNumber, "estimated_value square_feet"), named(formBool, "template"), named(formAny, "department_ids"),
			named(formID, `office_id parent_job_id program_id project_type_id project_owner_type_id project_bid_type_id project_region_id image_id
				from_project_template_id`)),
		itemSubJob: columnsOf(project, named(formText, "name code")),
		itemPrime: columnsOf(project, named(formText, "title number status description accounting_method inclusions exclusions"),
			named(formNumber, "retainage_percent"), named(formBool, "executed private allow_markups"),
			named(formDate, "contract_start_date contract_estimated_completion_date actual_completion_date signed_contract_received_date")),
		itemPurchaseOrder: columnsOf(commitment),
		itemWorkOrder:     columnsOf(commitment),
		itemCommitmentChange: columnsOf(project, named(formText, "commitment_origin_id title description number"),
			named(formID, "commitment_id")),
		itemLine: columnsOf(named(formText, "cost_code_origin_id line_item_type_origin_id commitment_line_item_origin_id tax_code_origin_id description uom"),
			named(formID, "cost_code_id line_item_type_id commitment_line_item_id tax_code_id"), named(formNumber, "amount position quantity unit_cost")),
	}
}

// stagedLinks are the links that a type must have (documented).
func stagedLinks(itemType string) []string {
	switch itemType {
	case itemSubJob, itemPrime:
		return []string{"project"}
	case itemPurchaseOrder, itemWorkOrder:
		return []string{"project", "vendor"}
	case itemCommitmentChange:
		return []string{"project", "commitment"}
	case itemLine:
		return []string{"cost_code", "line_item_type"}
	}
	return nil
}

// stagedEntity is the entity of the metadata that allows the type; empty for children.
func stagedEntity(itemType string) string {
	switch itemType {
	case itemVendor:
		return "vendors"
	case itemProject:
		return "jobs"
	case itemSubJob:
		return "sub_jobs"
	case itemPrime:
		return "prime_contracts"
	case itemPurchaseOrder, itemWorkOrder:
		return "commitments"
	case itemCommitmentChange:
		return "commitment_change_orders"
	}
	return ""
}

// listStaged is GET of the staged records of one item type, which must be named (that it must is documented, path and parameter are inferred).
func (s *Sim) listStaged(k *call) (reply, error) {
	kind := append(k.filter("item_type"), k.query.Get("item_type"))[0]
	if s.columns.staged[kind] == nil {
		return reply{}, badRequest("item_type", "is required and must be one that can be staged")
	}
	rows := s.data.staged.where(func(r *StagedRecord) bool { return r.CompanyID == k.company && r.ItemType == kind },
		in(k.filter("status"), func(r *StagedRecord) string { return r.Status }),
		in(k.filter("origin_id"), func(r *StagedRecord) string { return r.OriginID }))
	return listOf(k, rows, s.v1Limits(), func(r *StagedRecord) any { return s.showStaged(r) })
}

// stagedOfPath is the staged record of the path.
func (s *Sim) stagedOfPath(k *call) (*StagedRecord, error) {
	id, err := k.id("id")
	if err != nil {
		return nil, err
	}
	r, known := s.data.staged.get(id)
	if !known || r.CompanyID != k.company {
		return nil, notFound("staged record", id)
	}
	return r, nil
}

func (s *Sim) showOneStaged(k *call) (reply, error) {
	r, err := s.stagedOfPath(k)
	if err != nil {
		return reply{}, err
	}
	return ok(s.showStaged(r))
}

// createStaged is POST of one record: staging, and with a known origin id an update (inferred from the sync call).
func (s *Sim) createStaged(k *call) (reply, error) {
	row, err := s.bareRow(k)
	if err != nil {
		return reply{}, err
	}
	entity, did, err := s.stageRow(k, row)
	s.endpointCount(k).row(did, err)
	return reply{status: http.StatusCreated, body: entity}, err
}

// bareRow takes the record as the body, or wrapped under staged_record (both assumed).
func (s *Sim) bareRow(k *call) (syncRow, error) {
	row := syncRow{raw: k.body}
	if err := k.decode(&row.fields); err != nil {
		return row, err
	}
	if inner, wrapped := row.fields["staged_record"]; wrapped {
		row = syncRow{raw: inner}
		if err := json.Unmarshal(inner, &row.fields); err != nil {
			return row, badRequest("staged_record", "must be an object")
		}
	}
	if _, nested := row.fields["children"]; nested {
		return row, badRequest("children", "is for the sync call only")
	}
	return row, nil
}

func (s *Sim) updateStaged(k *call) (reply, error) {
	r, err := s.stagedOfPath(k)
	if err != nil {
		return reply{}, err
	}
	row, err := s.bareRow(k)
	if err != nil {
		return reply{}, err
	}
	row = row.withID(r.ID)
	if _, named := row.fields["item_type"]; !named {
		row.fields["item_type"] = json.RawMessage(strconv.Quote(r.ItemType))
	}
	entity, did, err := s.stageRow(k, row)
	s.endpointCount(k).row(did, err)
	return reply{status: http.StatusOK, body: entity}, err
}

// deleteStaged removes a staged record with its children. What it became stays.
func (s *Sim) deleteStaged(k *call) (reply, error) {
	r, err := s.stagedOfPath(k)
	if err != nil {
		return reply{}, err
	}
	for _, id := range append(slices.Clone(r.children), r.ID) {
		if at, known := s.data.staged.get(id); known {
			delete(s.data.stagedAt, at.key())
			s.data.staged.drop(id)
		}
	}
	if parent, known := s.data.staged.get(r.ParentID); known {
		parent.children = slices.DeleteFunc(parent.children, func(id int64) bool { return id == r.ID })
	}
	return noContent()
}

func (s *Sim) showStaged(r *StagedRecord) obj {
	data := obj{}
	for name, value := range s.columns.staged[r.ItemType].fields(r.values) {
		data[name] = value
	}
	o := obj{
		"id": r.ID, "item_type": r.ItemType, "origin_id": r.OriginID, "origin_code": textOrNull(r.OriginCode), "origin_data": textOrNull(r.OriginData),
		"status": r.Status, "parent_id": idOrNull(r.ParentID), "data": data,
	}
	if stagedEntity(r.ItemType) == "" {
		return o
	}
	children := []obj{}
	for _, id := range r.children {
		if child, known := s.data.staged.get(id); known {
			children = append(children, s.showStaged(child))
		}
	}
	maps.Copy(o, obj{"children": children})
	return o
}

// snapshotStaged is the record for Go.
func (s *Sim) snapshotStaged(r *StagedRecord) StagedRecord {
	out := *r
	out.Data, out.children = s.columns.staged[r.ItemType].fields(r.values), nil
	return out
}

// StagedRecords lists the staged records of an item type, children included; all where it is empty.
func (s *Sim) StagedRecords(itemType string) []StagedRecord {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []StagedRecord{}
	for _, r := range s.data.staged.all() {
		if itemType == "" || r.ItemType == itemType {
			list = append(list, s.snapshotStaged(r))
		}
	}
	return list
}
