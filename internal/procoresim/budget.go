package procoresim

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
)

// budget is the budget of one project; its lines stand on a shelf of their own.
type budget struct {
	id     int64
	locked bool
}

func budgetLineColumns() *columns {
	return columnsOf(named(formID, "wbs_code_id"), named(formNumber, "original_budget_amount quantity unit_cost"), named(formText, "uom description"),
		oneOf("calculation_strategy", "automatic", "manual"))
}

// budgetOf is the budget of a project, which has one from the start.
func (s *Sim) budgetOf(project int64) *budget {
	if s.data.budgets[project] == nil {
		s.data.budgets[project] = &budget{id: s.nextID(idBudget)}
	}
	return s.data.budgets[project]
}

// budgetRow is one checked row of a budget sync.
type budgetRow struct {
	id int64 // 0: a new line
	item
}

// syncBudgetLines is POST /budget_line_items/sync: a bare array of lines with numbers, no entities and errors, and 422 for the whole call
// (seen). Whether the rows before a bad one are kept is a switch.
func (s *Sim) syncBudgetLines(k *call) (reply, error) {
	var body struct {
		Project wireID            `json:"project_id"`
		Lines   []json.RawMessage `json:"budget_line_items"`
	}
	if err := k.decode(&body); err != nil {
		return reply{}, err
	}
	p, err := s.project(k, body.Project)
	if err != nil {
		return reply{}, err
	}
	if body.Lines == nil {
		return reply{}, badRequest("budget_line_items", "is required")
	}
	if len(body.Lines) > maxRows {
		return reply{}, tooLarge("budget_line_items", len(body.Lines), maxRows)
	}
	rows, err := splitRows(body.Lines)
	if err != nil {
		return reply{}, err
	}
	return s.storeBudgetRows(k, p, rows)
}

func (s *Sim) storeBudgetRows(k *call, p *Project, rows []syncRow) (reply, error) {
	count := s.endpointCount(k)
	var checked []budgetRow
	for _, row := range rows {
		next, err := s.budgetRowOf(k, p, row)
		if err != nil {
			count.row(unchanged, err)
			if s.settings.BudgetPartial {
				s.storeBudget(k, count, checked)
			}
			return reply{}, err
		}
		checked = append(checked, next)
	}
	list := []any{}
	for _, id := range s.storeBudget(k, count, checked) {
		list = append(list, s.showBudgetLine(id))
	}
	return reply{status: http.StatusOK, body: list}, nil
}

func (s *Sim) storeBudget(k *call, count *EndpointCount, rows []budgetRow) []int64 {
	ids := make([]int64, len(rows))
	for i, row := range rows {
		did := createdRow
		if row.id != 0 {
			at := s.data.budgetLines.get(row.id)
			did = change(true, *at != row.item)
			*at = row.item
		} else {
			row.id = s.data.budgetLines.add(row.item)
		}
		count.row(did, nil)
		if did != unchanged {
			s.raise(s.byApp(k, "Budget Line Items", did.event(), row.id, row.owner))
		}
		ids[i] = row.id
	}
	return ids
}

// budgetRowOf reads one row. A row without an id is a new line, whatever stands on its budget code already, unless so switched.
func (s *Sim) budgetRowOf(k *call, p *Project, row syncRow) (budgetRow, error) {
	next := budgetRow{id: int64(row.id("id")), item: item{owner: p.ID}}
	g, err := s.readRow(s.columns.budgetLines, row, "id")
	if err != nil {
		return next, err
	}
	old := s.data.budgetLines.owned(p.ID, next.id)
	if raw, sent := row.fields["id"]; sent && string(raw) != "null" && old == nil {
		return next, invalid("id", "Entity with this ID not found")
	}
	if old != nil {
		next.item = *old
	} else if err := s.newBudgetPair(&next, g); err != nil {
		return next, err
	}
	if err := orderedRowError(k.rowFaults, externalKey{itemBudgetLine, next.id}, s.pairOrigin(next.pair)); err != nil {
		return next, err
	}
	before := s.columns.budgetLines.get(next.values, "original_budget_amount")
	next.values = s.reckonBudget(s.columns.budgetLines.merge(next.values, g.without("wbs_code_id")))
	if s.budgetOf(p.ID).locked && before != s.columns.budgetLines.get(next.values, "original_budget_amount") {
		return next, invalid("original_budget_amount", "cannot be changed: the budget is locked")
	}
	return next, nil
}

func (s *Sim) newBudgetPair(next *budgetRow, g given) error {
	wbs := g.id("wbs_code_id")
	key, known := s.pairOfWBS(next.owner, wbs)
	switch {
	case !known:
		return invalid("wbs_code_id", fmt.Sprintf("%d does not exist in the project", wbs))
	case s.settings.BudgetSecondLine == "refuse" && s.data.budgetLines.find(key) != 0:
		return invalid("wbs_code_id", "has a budget line already")
	}
	next.pair = key
	return nil
}

// reckonBudget makes the amount of a line that is calculated from quantity and unit cost (documented word, arithmetic inferred).
func (s *Sim) reckonBudget(values packed) packed {
	c := s.columns.budgetLines
	quantity, cost := c.get(values, "quantity"), c.get(values, "unit_cost")
	if c.text(values, "calculation_strategy") != "automatic" || quantity == "" || cost == "" {
		return values
	}
	return c.merge(values, given{"original_budget_amount": string(product(Decimal(quantity), Decimal(cost)))})
}

func (s *Sim) showBudgetLine(id int64) any {
	it := s.data.budgetLines.get(id)
	o := s.columns.budgetLines.show(it.values, true, obj{})
	o["id"], o["wbs_code_id"], o["wbs_code"] = id, wbsID(it.pair), s.renderWBS(it.pair.code, it.pair.kind)
	return o
}

// showBudget is GET of a project's budget; only the lock is documented.
func (s *Sim) showBudget(k *call) (reply, error) {
	p, err := s.project(k, 0)
	if err != nil {
		return reply{}, err
	}
	return ok(s.renderBudget(p.ID))
}

func (s *Sim) renderBudget(project int64) obj {
	b := s.budgetOf(project)
	x := s.externalOf(itemBudget, b.id)
	return obj{"id": b.id, "project_id": project, "locked": b.locked, "origin_id": textOrNull(x.OriginID), "origin_data": textOrNull(x.OriginData),
		"synced": x.OriginID != "", "custom_fields": obj{}}
}

// lockBudget is POST and DELETE of the lock.
func (s *Sim) lockBudget(k *call) (reply, error) {
	p, err := s.project(k, 0)
	if err != nil {
		return reply{}, err
	}
	s.budgetOf(p.ID).locked = k.Request().Method == http.MethodPost
	return ok(s.renderBudget(p.ID))
}

// LockBudget plays the person who locks or unlocks a project's budget.
func (s *Sim) LockBudget(project int64, locked bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.data.projects.get(project); !known {
		return notFound("project", project)
	}
	s.budgetOf(project).locked = locked
	return nil
}

// listBudgetViews is GET of the views of a project: one.
func (s *Sim) listBudgetViews(k *call) (reply, error) {
	p, err := s.project(k, 0)
	if err != nil {
		return reply{}, err
	}
	return listOf(k, []int64{s.budgetOf(p.ID).id}, s.v1Limits(), func(id int64) any { return obj{"id": id, "name": "Standard Budget View"} })
}

// listBudgetRows is GET of the rows of a view. The simulator has the budgeted ones only; that the id of a row is its line's is inferred.
func (s *Sim) listBudgetRows(k *call) (reply, error) {
	p, err := s.project(k, 0)
	if err != nil {
		return reply{}, err
	}
	id, err := k.id("id")
	if err != nil || id != s.budgetOf(p.ID).id {
		return reply{}, notFound("budget view", k.Param("id"))
	}
	return listOf(k, s.data.budgetLines.ids(p.ID), s.v1Limits(), s.showBudgetRow)
}

func (s *Sim) showBudgetRow(id int64) any {
	it := s.data.budgetLines.get(id)
	o := s.columns.budgetLines.show(it.values, false, obj{})
	c, _ := s.data.costCodes.get(it.pair.code)
	t, _ := s.data.costTypes.get(it.pair.kind)
	maps.Copy(o, obj{"id": id, "wbs_code_id": wbsID(it.pair), "cost_code_id": c.ID, "cost_code": s.fullCode(c), "category_id": t.ID, "category": t.Name,
		"budget_row_type": "budgeted"})
	return o
}

// ImportBudget plays the approver who imports a project's job costs as its budget: every original estimate becomes the original amount of the
// budget line of its cost code and type, manual, with the units as quantity. Lines without a job cost stay. What Procore does exactly is
// not documented; this is assumed. It raises create_budget_in_procore.
func (s *Sim) ImportBudget(project int64) (requestID int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.syncedProject(project, "budgets")
	if err != nil {
		return 0, err
	}
	if s.budgetOf(project).locked {
		return 0, invalid("budget", "is locked; unlock it to import")
	}
	for _, id := range s.data.jobCosts.ids(project) {
		s.budgetFromCost(s.data.jobCosts.get(id))
	}
	return s.tellERP(p.CompanyID, "create_budget_in_procore", obj{
		"project_origin_id": s.externalOf(itemProject, project).OriginID, "budget": s.renderBudget(project),
	})
}

func (s *Sim) budgetFromCost(cost *item) {
	estimate := s.columns.jobCosts.get(cost.values, "original_estimate")
	if estimate == "" {
		return
	}
	g := given{"original_budget_amount": estimate, "quantity": s.columns.jobCosts.get(cost.values, "original_estimate_units"),
		"calculation_strategy": strconv.Quote("manual")}
	if line := s.data.budgetLines.get(s.data.budgetLines.find(cost.pair)); line != nil {
		line.values = s.columns.budgetLines.merge(line.values, g)
		return
	}
	s.data.budgetLines.add(item{owner: cost.owner, pair: cost.pair, values: s.columns.budgetLines.merge("", g)})
}
