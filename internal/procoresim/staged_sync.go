package procoresim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// stagedPlan is one record as it will be stored, with its children: a row is stored whole or not at all.
type stagedPlan struct {
	old      *StagedRecord // nil: new
	next     StagedRecord
	children []stagedPlan
	restage  bool // the row moves it back to staged
}

func stagedNames() []string {
	return []string{"id", "item_type", "origin_id", "origin_code", "origin_data", "parent_id", "parent_origin_id", "status", "data", "children"}
}

// syncStaged is PATCH …/staged_records/sync; the answer's form is inferred from the other sync calls.
func (s *Sim) syncStaged(k *call) (reply, error) {
	rows, err := s.namedRows(k, columnsOf(), stagedNames())
	if err != nil {
		return reply{}, err
	}
	return s.countedSync(k, rows, func(row syncRow) (any, outcome, error) { return s.stageRow(k, row) })
}

// stageRow stages one row.
func (s *Sim) stageRow(k *call, row syncRow) (any, outcome, error) {
	plan, err := s.planStaged(k, row, false)
	if err != nil {
		return nil, unchanged, err
	}
	if err := s.planParent(k, row, &plan); err != nil {
		return nil, unchanged, err
	}
	if err := orderedRowError(k.rowFaults, externalKey{plan.next.ItemType, plan.next.ID}, plan.next.OriginID); err != nil {
		return nil, unchanged, err
	}
	r, did := s.storeStaged(plan, plan.next.ParentID)
	return s.showStaged(r), did, nil
}

// planStaged reads and checks a row. A child has no children of its own.
func (s *Sim) planStaged(k *call, row syncRow, child bool) (stagedPlan, error) {
	old, kind, err := s.matchStaged(k, row)
	if err != nil {
		return stagedPlan{}, err
	}
	if child && stagedEntity(kind) != "" {
		return stagedPlan{}, invalid("item_type", kind+" cannot be a child")
	}
	if err := s.stagingOn(k.company, kind); err != nil {
		return stagedPlan{}, err
	}
	if err := s.checkNames(columnsOf(), row, stagedNames()); err != nil {
		return stagedPlan{}, err
	}
	p := stagedPlan{old: old, next: StagedRecord{CompanyID: k.company, ItemType: kind}}
	if old != nil {
		p.next = *old
	}
	p.next.OriginID, _ = row.text("origin_id")
	keepText(row, "origin_code", &p.next.OriginCode)
	keepText(row, "origin_data", &p.next.OriginData)
	if err := s.planData(k, row, &p); err != nil {
		return p, err
	}
	return p, s.planChildren(k, row, &p)
}

// matchStaged finds the record by its id, or by item type and origin id.
func (s *Sim) matchStaged(k *call, row syncRow) (*StagedRecord, string, error) {
	kind, _ := row.text("item_type")
	origin, _ := row.text("origin_id")
	switch {
	case s.columns.staged[kind] == nil:
		return nil, kind, invalid("item_type", fmt.Sprintf("%q cannot be staged", kind))
	case origin == "" && row.id("id") == 0:
		return nil, kind, invalid("origin_id", "can't be blank")
	}
	holder := s.data.stagedAt[stagedKey{k.company, kind, origin}]
	id := int64(row.id("id"))
	if id == 0 {
		id = holder
	}
	if id == 0 {
		return nil, kind, nil
	}
	old, known := s.data.staged.get(id)
	switch {
	case !known || old.CompanyID != k.company || old.ItemType != kind:
		return nil, kind, invalid("id", "Entity with this ID not found")
	case holder != 0 && holder != id:
		return nil, kind, invalid("origin_id", origin+" is already staged as another "+kind)
	}
	if origin == "" {
		row.fields["origin_id"], _ = json.Marshal(old.OriginID) // a text
	}
	return old, kind, nil
}

// stagingOn follows the metadata; a company without a connection may stage all.
func (s *Sim) stagingOn(company int64, kind string) error {
	entity := stagedEntity(kind)
	if entity == "" || s.entityOn(company, entity) == nil && s.configOn(company, entity, "staged_records") {
		return nil
	}
	return invalid("item_type", "the metadata does not enable staged records of "+entity)
}

// planData reads data and decides the status: without a required link the record is invalid (the state is documented, when it is given is
// assumed); one whose origin id is linked already counts as imported.
func (s *Sim) planData(k *call, row syncRow, p *stagedPlan) error {
	c := s.columns.staged[p.next.ItemType]
	if raw, sent := row.fields["data"]; sent {
		data := syncRow{raw: raw}
		if err := json.Unmarshal(raw, &data.fields); err != nil {
			return invalid("data", "must be an object")
		}
		g, err := s.readRow(c, data)
		if err != nil {
			return err
		}
		if err := checkPlace(g); err != nil {
			return err
		}
		p.next.values = c.merge(p.next.values, g)
	}
	if err := s.askedStatus(row, p); err != nil {
		return err
	}
	if p.next.Status == "" || p.next.Status == StagedStatus || p.next.Status == InvalidStatus {
		p.next.Status = s.stagedStatus(&p.next)
	}
	if id, linked := s.data.originTaken[originKey{k.company, p.next.ItemType, p.next.OriginID}]; linked && p.old == nil {
		p.next.Status, p.next.RecordID = ImportedStatus, id
	}
	return nil
}

// askedStatus takes a status that the row names: staged or archived.
func (s *Sim) askedStatus(row syncRow, p *stagedPlan) error {
	status, _ := row.text("status")
	switch status {
	case "", p.next.Status:
		return nil
	case StagedStatus, ArchivedStatus:
		p.restage = status == StagedStatus
		p.next.Status = status
		return nil
	}
	return invalid("status", fmt.Sprintf("%q cannot be written", status))
}

func (s *Sim) stagedStatus(r *StagedRecord) string {
	c := s.columns.staged[r.ItemType]
	for _, link := range stagedLinks(r.ItemType) {
		if c.get(r.values, link+"_origin_id") == "" && c.get(r.values, link+"_id") == "" && s.settings.StagedLinks == "required" {
			return InvalidStatus
		}
	}
	return StagedStatus
}

func (s *Sim) planChildren(k *call, row syncRow, p *stagedPlan) error {
	raw, sent := row.fields["children"]
	if !sent || string(raw) == "null" {
		return nil
	}
	var raws []json.RawMessage
	if err := json.Unmarshal(raw, &raws); err != nil {
		return invalid("children", "must be an array of objects")
	}
	rows, err := splitRows(raws)
	if err != nil {
		return err
	}
	for i, row := range rows {
		child, err := s.planStaged(k, row, true)
		if err != nil {
			return invalid("children", fmt.Sprintf("%d: %s", i, err))
		}
		p.children = append(p.children, child)
	}
	return nil
}

// planParent finds the parent of a child that stands in a row of its own.
func (s *Sim) planParent(k *call, row syncRow, p *stagedPlan) error {
	if stagedEntity(p.next.ItemType) != "" {
		return nil
	}
	parent, known := s.data.staged.get(int64(row.id("parent_id")))
	origin, _ := row.text("parent_origin_id")
	for _, kind := range []string{itemPrime, itemWorkOrder, itemPurchaseOrder, itemCommitmentChange} {
		if id := s.data.stagedAt[stagedKey{k.company, kind, origin}]; id != 0 && !known {
			parent, known = s.data.staged.get(id)
		}
	}
	switch {
	case known && parent.CompanyID == k.company:
		p.next.ParentID = parent.ID
	case p.old == nil:
		return invalid("parent_id", "names no staged record")
	}
	return nil
}

// storeStaged writes a plan down.
func (s *Sim) storeStaged(p stagedPlan, parent int64) (*StagedRecord, outcome) {
	next := p.next
	did := change(p.old != nil, p.old != nil && !sameStaged(*p.old, next))
	if p.old == nil {
		next.ID = s.nextID(idStaged)
	} else {
		delete(s.data.stagedAt, p.old.key())
		next.children = slices.Clone(p.old.children)
	}
	next.ParentID = parent
	s.data.staged.put(next.ID, &next)
	s.data.stagedAt[next.key()] = next.ID
	s.adopt(parent, next.ID)
	if p.restage {
		s.restageChildren(&next)
	}
	for _, child := range p.children {
		if _, inner := s.storeStaged(child, next.ID); inner != unchanged && did == unchanged {
			did = updated
		}
	}
	return &next, did
}

func sameStaged(a, b StagedRecord) bool {
	return a.OriginID == b.OriginID && a.OriginCode == b.OriginCode && a.OriginData == b.OriginData && a.Status == b.Status && a.values == b.values &&
		a.ParentID == b.ParentID
}

func (s *Sim) adopt(parent, child int64) {
	if p, known := s.data.staged.get(parent); known && !slices.Contains(p.children, child) {
		p.children = append(p.children, child)
	}
}

// restage moves a record back to staged, and its children but for archived ones (documented).
func (s *Sim) restage(r *StagedRecord) {
	r.Status, r.RecordID = s.stagedStatus(r), 0
	s.restageChildren(r)
}

func (s *Sim) restageChildren(r *StagedRecord) {
	for _, id := range r.children {
		if child, known := s.data.staged.get(id); known && child.Status != ArchivedStatus {
			s.restage(child)
		}
	}
}

// stagedOf finds what a record was imported from.
func (s *Sim) stagedOf(company int64, itemType, origin string) *StagedRecord {
	r, _ := s.data.staged.get(s.data.stagedAt[stagedKey{company, itemType, strings.TrimSpace(origin)}])
	return r
}
