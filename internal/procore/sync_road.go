package procore

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/procpac/procpac/internal/erp"
)

// linkedBy says how a row of an answer is joined to the row that was sent.
type linkedBy int

const (
	byOrigin linkedBy = iota // the origin id, or the id where one was sent
	byPair                   // cost_code_id and line_item_type_id
	byBudget                 // wbs_code_id, or the id where one was sent
)

// Where a road names what its rows belong to.
type place int

const (
	nowhere place = iota
	inBody
	inQuery
	inPath
)

// road is the sync call of one type: its path, and what stands around the rows.
// The forms are documented (assignments and job costs in an older edition) or
// seen; that of staged records is documented.
type road struct {
	path     string
	post     bool // POST; else PATCH
	rows     string
	company  place
	project  place
	list     bool // standard_cost_code_list_id in the body
	job      bool // job_origin_id in the body
	by       linkedBy
	code     bool // origin_code is sent
	doubles  bool // a row without an id makes a new record each time
	conflict bool // 409 is about one row, not about another write
}

// roads is the table of what Sync writes in calls of many rows.
func roads(t erp.EntryType) (road, bool) {
	const updates = "updates"
	switch t {
	case erp.EntryVendor:
		return road{path: pathVendorsSync, rows: updates, company: inBody, code: true, conflict: true}, true
	case erp.EntryProject:
		return road{path: pathProjectsSync, rows: updates, company: inBody}, true
	case erp.EntryStandardCode:
		return road{path: pathStandardCodesSync, rows: updates, company: inBody, list: true}, true
	case erp.EntryCostType:
		return road{path: pathCostTypesSync, rows: updates, company: inBody}, true
	case erp.EntryCostCode:
		return road{path: pathCostCodesSync, rows: updates, project: inQuery}, true
	case erp.EntryAssignment:
		return road{path: pathAssignmentsSync, rows: updates, project: inQuery, by: byPair}, true
	case erp.EntryJobCost:
		return road{path: pathJobCostsSync, rows: updates, company: inBody, job: true, by: byPair}, true
	case erp.EntryBudgetLine:
		return road{path: pathBudgetLinesSync, post: true, rows: "budget_line_items", project: inBody, by: byBudget, doubles: true}, true
	case erp.EntryTaxCode:
		return road{path: pathTaxCodesSync, rows: updates, company: inBody}, true
	case erp.EntryDirectCost:
		return road{path: pathDirectCostsSync, rows: updates, project: inPath}, true
	case erp.EntryDirectLine:
		return road{path: pathDirectLinesSync, rows: updates, project: inPath}, true
	case erp.EntryStaged:
		return road{path: pathStagedSync, rows: updates, code: true}, true
	}
	return road{}, false
}

// primeLines is the road of the lines of one prime contract, whose id stands in
// the path.
func primeLines() road {
	return road{path: pathPrimeLinesSync, rows: "updates", project: inQuery}
}

// lacks names what a batch does not say of what its rows belong to.
func (r road) lacks(b erp.EntryBatch) error {
	switch {
	case r.project != nowhere && b.Project <= 0:
		return fmt.Errorf("a batch of type %s needs its project", b.Type)
	case r.list && b.List <= 0:
		return fmt.Errorf("a batch of type %s needs its standard cost code list", b.Type)
	case r.job && b.Job == "":
		return fmt.Errorf("a batch of type %s needs the origin id of its job", b.Type)
	}
	return nil
}

// call is the call without its body; record is the record in the path, where it
// is not the project.
func (r road) call(c *Client, b erp.EntryBatch, record erp.ID) call {
	k := call{method: http.MethodPatch, busy: !r.conflict}
	if r.post {
		k.method = http.MethodPost
	}
	if r.project == inPath {
		record = b.Project
	}
	k.path = fill(r.path, c.company, record)
	if r.project == inQuery {
		k.query = url.Values{"project_id": {b.Project.String()}}
	}
	return k
}
