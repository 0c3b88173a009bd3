package procoresim

import (
	"encoding/json"
	"fmt"
)

// jobCostColumns are the documented amounts of a cost code and type.
func jobCostColumns() *columns {
	return columnsOf(named(formNumber, `original_estimate original_estimate_units approved_estimate_changes approved_estimate_unit_changes estimate estimate_units
		original_commitment approved_commitment_changes revised_commitment commitment_invoiced committed_costs job_to_date_cost job_to_date_units
		job_to_date_dollars_paid month_to_date_cost month_to_date_units month_to_date_dollars_paid open_balance paid_amount percentage_complete`))
}

// pairNames are what rows are known by that have no origin id.
func pairNames() []string { return []string{"id", "cost_code_id", "line_item_type_id"} }

// pairOf reads cost code and cost type of a row; the code must be in the project, the type in the company.
func (s *Sim) pairOf(project, company int64, row syncRow) (pair, error) {
	p := pair{int64(row.id("cost_code_id")), int64(row.id("line_item_type_id"))}
	if c, known := s.data.costCodes.get(p.code); !known || c.ProjectID != project {
		return p, invalid("cost_code_id", fmt.Sprintf("%d does not exist in the project", p.code))
	}
	if t, known := s.data.costTypes.get(p.kind); !known || t.CompanyID != company {
		return p, invalid("line_item_type_id", fmt.Sprintf("%d does not exist", p.kind))
	}
	return p, nil
}

// pairRow runs what assignments and job costs have in common: they are found by the two ids, or by their own, and are made where they are
// missing.
func (s *Sim) pairRow(k *call, h *shelf, kind string, p *Project, row syncRow, write func(*item) error) (int64, outcome, error) {
	key, err := s.pairOf(p.ID, k.company, row)
	if err != nil {
		return 0, unchanged, err
	}
	id := h.find(key)
	if sent := int64(row.id("id")); sent != 0 && (h.owned(p.ID, sent) == nil || id != sent) {
		return 0, unchanged, invalid("id", "Entity with this ID not found")
	}
	if err := orderedRowError(k.rowFaults, externalKey{kind, id}, s.pairOrigin(key)); err != nil {
		return 0, unchanged, err
	}
	next, known := item{owner: p.ID, pair: key}, id != 0
	if known {
		next = *h.get(id)
	}
	before := next
	if err := write(&next); err != nil {
		return 0, unchanged, err
	}
	if known {
		*h.get(id) = next
	} else {
		id = h.add(next)
	}
	return id, change(known, next != before), nil
}

// pairOrigin is by what the read-back of the simulator and its faults know a pair; Procore has no such id.
func (s *Sim) pairOrigin(p pair) string {
	return s.externalOf(itemCostCode, p.code).OriginID + "|" + s.externalOf(itemCostType, p.kind).OriginID
}

// syncAssignments is PATCH /cost_code_line_item_types/sync. An assignment makes the budget code of its two halves (inferred).
func (s *Sim) syncAssignments(k *call) (reply, error) {
	p, err := s.project(k, 0)
	if err != nil {
		return reply{}, err
	}
	columns := columnsOf(named(formBool, "synced"))
	rows, err := s.namedRows(k, columns, pairNames())
	if err != nil {
		return reply{}, err
	}
	return s.countedSync(k, rows, func(row syncRow) (any, outcome, error) {
		g, err := s.readRow(columns, row, pairNames()...)
		if err != nil {
			return nil, unchanged, err
		}
		id, did, err := s.pairRow(k, s.data.assignments, itemAssignment, p, row, func(it *item) error {
			if g.has("synced") {
				it.synced = g["synced"] == "true"
			}
			return nil
		})
		if err != nil {
			return nil, unchanged, err
		}
		return s.showAssignment(id), did, nil
	})
}

func (s *Sim) showAssignment(id int64) any {
	it := s.data.assignments.get(id)
	return obj{"id": id, "cost_code_id": it.pair.code, "line_item_type_id": it.pair.kind, "synced": it.synced}
}

func (s *Sim) listAssignments(k *call) (reply, error) {
	p, err := s.project(k, 0)
	if err != nil {
		return reply{}, err
	}
	return listOf(k, s.data.assignments.ids(p.ID), s.v1Limits(), s.showAssignment)
}

// syncJobCosts is PATCH /erp_job_costs/sync; the project is named by its origin id. What becomes of an unknown one is assumed.
func (s *Sim) syncJobCosts(k *call) (reply, error) {
	if err := k.companyInBody(); err != nil {
		return reply{}, err
	}
	body, err := k.envelope()
	if err != nil {
		return reply{}, err
	}
	var job string
	if err := json.Unmarshal(body["job_origin_id"], &job); err != nil || job == "" {
		return reply{}, badRequest("job_origin_id", "is required")
	}
	p, err := s.projectOfOrigin(k, job)
	if err != nil {
		return reply{}, err
	}
	rows, err := s.namedRows(k, s.columns.jobCosts, pairNames())
	if err != nil {
		return reply{}, err
	}
	return s.countedSync(k, rows, func(row syncRow) (any, outcome, error) { return s.syncJobCost(k, p, row) })
}

func (s *Sim) projectOfOrigin(k *call, origin string) (*Project, error) {
	id, linked := s.data.originTaken[originKey{k.company, itemProject, origin}]
	if !linked {
		return nil, invalid("job_origin_id", fmt.Sprintf("%q is no synced project", origin))
	}
	return s.project(k, wireID(id))
}

func (s *Sim) syncJobCost(k *call, p *Project, row syncRow) (any, outcome, error) {
	g, err := s.readRow(s.columns.jobCosts, row, pairNames()...)
	if err != nil {
		return nil, unchanged, err
	}
	id, did, err := s.pairRow(k, s.data.jobCosts, itemJobCost, p, row, func(it *item) error {
		if s.settings.JobCostNeedsAssignment && s.data.assignments.find(it.pair) == 0 {
			return invalid("line_item_type_id", fmt.Sprintf("%d is not assigned to cost code %d", it.pair.kind, it.pair.code))
		}
		it.values = s.columns.jobCosts.merge(it.values, g)
		return nil
	})
	if err != nil {
		return nil, unchanged, err
	}
	return s.showJobCost(id), did, nil
}

// showJobCost prints amounts as strings (assumed).
func (s *Sim) showJobCost(id int64) any {
	it := s.data.jobCosts.get(id)
	b := fmt.Appendf(make([]byte, 0, 1024), `{"id":%d,"project_id":%d,"cost_code_id":%d,"line_item_type_id":%d`, id, it.owner, it.pair.code, it.pair.kind)
	return json.RawMessage(append(s.columns.jobCosts.write(b, it.values, s.settings.DecimalsAsNumbers), '}'))
}

// listJobCosts is GET of a project's job costs (assumed).
func (s *Sim) listJobCosts(k *call) (reply, error) {
	p, err := s.project(k, 0)
	if err != nil {
		return reply{}, err
	}
	return listOf(k, s.data.jobCosts.ids(p.ID), s.v1Limits(), s.showJobCost)
}

// wbsID is the id of the budget code of a pair. The simulator derives it, so that nothing needs to be stored.
func wbsID(p pair) int64 { return p.code*1000 + p.kind%1000 }

// pairOfWBS finds the pair of a budget code of the project; false when there is none.
func (s *Sim) pairOfWBS(project, id int64) (pair, bool) {
	c, known := s.data.costCodes.get(id / 1000)
	if !known || c.ProjectID != project {
		return pair{}, false
	}
	for _, t := range s.data.costTypes.ids {
		if p := (pair{c.ID, t}); wbsID(p) == id && s.data.assignments.find(p) != 0 {
			return p, true
		}
	}
	return pair{}, false
}

// listWBSCodes is GET of the budget codes of a project: one for each assignment. That segment items carry the ids of cost code and cost type
// is assumed.
func (s *Sim) listWBSCodes(k *call) (reply, error) {
	p, err := s.project(k, 0)
	if err != nil {
		return reply{}, err
	}
	return listOf(k, s.data.assignments.ids(p.ID), s.v1Limits(), s.showWBSCode)
}

func (s *Sim) showWBSCode(assignment int64) any {
	p := s.data.assignments.get(assignment).pair
	c, _ := s.data.costCodes.get(p.code)
	t, _ := s.data.costTypes.get(p.kind)
	full := s.fullCode(c)
	return obj{
		"id": wbsID(p), "flat_code": full + "." + t.Code, "description": c.Name, "status": "active", "budgeted": s.data.budgetLines.find(p) != 0,
		"segment_items": []obj{
			{"id": c.ID, "code": c.Code, "path_code": full, "name": c.Name, "segment": obj{"id": 1, "type": "cost_code"}},
			{"id": t.ID, "code": t.Code, "path_code": t.Code, "name": t.Name, "segment": obj{"id": 2, "type": "line_item_type"}},
		},
	}
}
