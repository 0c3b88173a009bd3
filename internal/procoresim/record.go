package procoresim

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// The kinds of imported records, as Records, the counts and the management API name them.
const (
	kindVendors       = "vendors"
	kindProjects      = "projects"
	kindStandardCodes = "standard_cost_codes"
	kindCostCodes     = "cost_codes"
	kindCostTypes     = "line_item_types"
	kindAssignments   = "assignments"
	kindJobCosts      = "job_costs"
	kindBudgetLines   = "budget_lines"
	kindTaxCodes      = "tax_codes"
	kindDirectCosts   = "direct_costs"
	kindDirectLines   = "direct_cost_lines"
	kindPrimes        = "prime_contracts"
	kindPrimeLines    = "prime_contract_lines"
	kindStaged        = "staged_records"
)

// RecordKinds lists the kinds that Records takes.
func RecordKinds() []string {
	return []string{kindVendors, kindProjects, kindStandardCodes, kindCostCodes, kindCostTypes, kindAssignments, kindJobCosts, kindBudgetLines, kindTaxCodes,
		kindDirectCosts, kindDirectLines, kindPrimes, kindPrimeLines, kindStaged}
}

// Record is one imported record as Procore holds it, whoever wrote it. OwnerID is the project or prime contract it belongs to, 0 for a record of
// the company. Assignments, job costs and budget lines have no origin id at Procore; here they show those of cost code and cost type
// joined by |. Fields are the columns that have a value, by Procore's name, texts without quotes and numbers as they were sent.
type Record struct {
	ID         int64             `json:"id"`
	OwnerID    int64             `json:"owner_id,omitempty"`
	OriginID   string            `json:"origin_id"`
	OriginCode string            `json:"origin_code,omitempty"`
	OriginData string            `json:"origin_data,omitempty"`
	Fields     map[string]string `json:"fields"`
}

// Records lists the records of a kind, of one owner or of all where it is 0, in order of creation. The error says that the kind is unknown.
func (s *Sim) Records(kind string, owner int64) ([]Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []Record{}
	return list, s.eachRecord(kind, owner, func(r Record) { list = append(list, r) })
}

// Record finds one record of a kind by its origin id; false when there is none. It walks the kind, but for pairs, whose origin id leads there.
func (s *Sim) Record(kind, originID string) (found Record, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.pairShelf(kind); h != nil {
		if id := h.find(s.pairOfOrigin(originID)); id != 0 {
			return s.shelfRecord(kind, id), true
		}
		return Record{}, false
	}
	_ = s.eachRecord(kind, 0, func(r Record) { // an unknown kind has no records
		if r.OriginID == originID && !known {
			found, known = r, true
		}
	})
	return found, known
}

// Digest is one SHA-256 for each kind over all its records, in which ids are replaced by origin ids, so that two simulators that were filled in
// another order, or in more calls, agree. Records without an origin id count by their content.
func (s *Sim) Digest() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]string{}
	for _, kind := range RecordKinds() {
		h := sha256.New()
		for _, line := range slices.Sorted(slices.Values(s.digestLines(kind))) {
			_, _ = h.Write([]byte(line)) // a hash takes everything
		}
		out[kind] = hex.EncodeToString(h.Sum(nil))
	}
	return out
}

func (s *Sim) digestLines(kind string) []string {
	var lines []string
	if h := s.shelvesByKind()[kind]; h != nil {
		itemType, c := s.shelfColumns(kind)
		for _, id := range h.ids(0) {
			lines = append(lines, s.shelfLine(kind, itemType, c, h.get(id), id))
		}
		return lines
	}
	_ = s.eachRecord(kind, 0, func(r Record) { lines = append(lines, s.digestLine(kind, r)) }) // all kinds are known
	return lines
}

func (s *Sim) digestLine(kind string, r Record) string {
	var b strings.Builder
	for _, text := range []string{r.OriginID, r.OriginCode, r.OriginData} {
		b.WriteString(text + packing)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Fields)) {
		b.WriteString(name + "=" + s.withoutID(kind, name, r.Fields[name]) + packing)
	}
	return b.String() + "\n"
}

// shelfLine is digestLine without the map, for kinds of which there are very many.
func (s *Sim) shelfLine(kind, itemType string, c *columns, it *item, id int64) string {
	var b strings.Builder
	if it.pair.code != 0 {
		b.WriteString(s.pairOrigin(it.pair) + packing + strconv.FormatBool(it.synced))
	}
	if itemType != "" {
		x := s.externalOf(itemType, id)
		b.WriteString(x.OriginID + packing + x.OriginCode + packing + x.OriginData)
	}
	if c == nil {
		return b.String() + "\n"
	}
	for i, value := range c.split(it.values) {
		if value != "" {
			b.WriteString(packing + c.list[i].name + "=" + s.withoutID(kind, c.list[i].name, value))
		}
	}
	return b.String() + "\n"
}

// withoutID puts an origin id in the place of an id. Of a budget code nothing is left: its two halves stand beside it.
func (s *Sim) withoutID(kind, name, value string) string {
	itemType := linkOf(kind, name)
	if itemType == "" {
		return value
	}
	if origin := s.externalOf(itemType, idOrZero(value)).OriginID; origin != "" {
		return origin
	}
	return "unlinked"
}

// linkOf is the item type that a column names; empty where it is no link.
func linkOf(kind, name string) string {
	switch name {
	case "project_id":
		return itemProject
	case "vendor_id":
		return itemVendor
	case "cost_code_id":
		return itemCostCode
	case "line_item_type_id":
		return itemCostType
	case "direct_cost_id":
		return itemDirectCost
	case "standard_cost_code_id":
		return itemStandardCode
	case "tax_code_id":
		return itemTaxCode
	case "record_id", "staged_parent_id", "wbs_code_id":
		return "id of the simulator"
	case "parent_id":
		switch kind {
		case kindCostCodes:
			return itemCostCode
		case kindStandardCodes:
			return itemStandardCode
		}
	}
	return ""
}

// eachRecord walks a kind.
func (s *Sim) eachRecord(kind string, owner int64, visit func(Record)) error {
	if h := s.shelvesByKind()[kind]; h != nil {
		if kind == kindTaxCodes {
			owner = 0
		}
		for _, id := range h.ids(owner) {
			visit(s.shelfRecord(kind, id))
		}
		return nil
	}
	switch kind {
	case kindVendors, kindProjects, kindStandardCodes, kindCostTypes, kindStaged:
		s.eachOfCompany(kind, visit)
	case kindCostCodes:
		rows := s.data.costCodes.all()
		if owner != 0 {
			rows = s.costCodesOf(owner)
		}
		for _, c := range rows {
			visit(s.costCodeRecord(c))
		}
	default:
		return badRequest("kind", fmt.Sprintf("%q is unknown; use one of %v", kind, RecordKinds()))
	}
	return nil
}

func (s *Sim) eachOfCompany(kind string, visit func(Record)) {
	switch kind {
	case kindVendors:
		for _, v := range s.data.vendors.all() {
			r := s.record(itemVendor, v.ID, 0, map[string]string{"name": v.Name})
			s.columns.vendors.texts(v.values, r.Fields)
			visit(r)
		}
	case kindProjects:
		for _, p := range s.data.projects.all() {
			r := s.record(itemProject, p.ID, 0, map[string]string{"name": p.Name, "project_number": p.Number})
			s.columns.projects.texts(p.values, r.Fields)
			visit(r)
		}
	case kindStandardCodes:
		for _, c := range s.data.standard.all() {
			visit(s.record(itemStandardCode, c.ID, 0, withID("parent_id", c.ParentID, map[string]string{"code": c.Code, "name": c.Name})))
		}
	case kindCostTypes:
		for _, t := range s.data.costTypes.all() {
			visit(s.record(itemCostType, t.ID, 0, map[string]string{"code": t.Code, "name": t.Name, "base_type": t.BaseType}))
		}
	case kindStaged:
		for _, r := range s.data.staged.all() {
			fields := withID("record_id", r.RecordID, map[string]string{"item_type": r.ItemType, "status": r.Status})
			s.columns.staged[r.ItemType].texts(r.values, withID("staged_parent_id", r.ParentID, fields))
			visit(Record{r.ID, 0, r.OriginID, r.OriginCode, r.OriginData, fields})
		}
	}
}

func withID(name string, id int64, fields map[string]string) map[string]string {
	if id != 0 {
		fields[name] = strconv.FormatInt(id, 10)
	}
	return fields
}

func (s *Sim) costCodeRecord(c *CostCode) Record {
	fields := withID("parent_id", c.ParentID, map[string]string{"code": c.Code, "name": c.Name})
	return s.record(itemCostCode, c.ID, c.ProjectID, withID("position", c.Position, withID("standard_cost_code_id", c.StandardCodeID, fields)))
}

func (s *Sim) record(itemType string, id, owner int64, fields map[string]string) Record {
	x := s.externalOf(itemType, id)
	return Record{id, owner, x.OriginID, x.OriginCode, x.OriginData, fields}
}

// shelvesByKind are the kinds that live on shelves.
func (s *Sim) shelvesByKind() map[string]*shelf {
	d := s.data
	return map[string]*shelf{
		kindAssignments: d.assignments, kindJobCosts: d.jobCosts, kindBudgetLines: d.budgetLines, kindTaxCodes: d.taxCodes,
		kindDirectCosts: d.directCosts, kindDirectLines: d.directLines, kindPrimes: d.primes, kindPrimeLines: d.primeLines,
	}
}

// pairShelf is the shelf of a kind without origin ids; nil for others.
func (s *Sim) pairShelf(kind string) *shelf {
	switch kind {
	case kindAssignments, kindJobCosts, kindBudgetLines:
		return s.shelvesByKind()[kind]
	}
	return nil
}

// pairOfOrigin splits an origin id made by pairOrigin.
func (s *Sim) pairOfOrigin(origin string) pair {
	at := strings.LastIndex(origin, "|")
	if at < 0 {
		return pair{}
	}
	var p pair
	for company := range s.data.companies.rows {
		if id := s.data.originTaken[originKey{company, itemCostCode, origin[:at]}]; id != 0 {
			p = pair{id, s.data.originTaken[originKey{company, itemCostType, origin[at+1:]}]}
		}
	}
	return p
}

// shelfRecord is the record of an id that is there.
func (s *Sim) shelfRecord(kind string, id int64) Record {
	it, fields := s.shelvesByKind()[kind].get(id), map[string]string{}
	if it.pair.code != 0 {
		fields["cost_code_id"], fields["line_item_type_id"] = strconv.FormatInt(it.pair.code, 10), strconv.FormatInt(it.pair.kind, 10)
	}
	if kind == kindAssignments {
		fields["synced"] = strconv.FormatBool(it.synced)
	}
	itemType, c := s.shelfColumns(kind)
	if c != nil {
		c.texts(it.values, fields)
	}
	owner := it.owner
	if kind == kindTaxCodes {
		owner = 0 // of the company
	}
	if itemType == "" {
		return Record{ID: id, OwnerID: it.owner, OriginID: s.pairOrigin(it.pair), Fields: fields}
	}
	return s.record(itemType, id, owner, fields)
}

func (s *Sim) shelfColumns(kind string) (itemType string, c *columns) {
	switch kind {
	case kindJobCosts:
		return "", s.columns.jobCosts
	case kindBudgetLines:
		return "", s.columns.budgetLines
	case kindTaxCodes:
		return itemTaxCode, s.columns.taxCodes
	case kindDirectCosts:
		return itemDirectCost, s.columns.directCosts
	case kindDirectLines:
		return itemLine, s.columns.directLines
	case kindPrimes:
		return itemPrime, s.columns.primes
	case kindPrimeLines:
		return itemLine, s.columns.primeLines
	}
	return "", nil
}
