package procoresim

import (
	"fmt"
	"slices"
)

// The single deletions, all 204. That a record in use is refused with 422 is inferred; a linked one may be deleted, because the integrator does
// it after a delete request (documented).

func inUse(id int64) error {
	return invalid("base", fmt.Sprintf("%d is in use and cannot be deleted", id))
}

func (s *Sim) deleteStandardCode(k *call) (reply, error) {
	if err := k.ownCompany(); err != nil {
		return reply{}, err
	}
	id, err := k.id("id")
	if err != nil {
		return reply{}, err
	}
	if c, known := s.data.standard.get(id); !known || c.CompanyID != k.company {
		return reply{}, notFound("standard cost code", id)
	}
	if s.standardInUse(id) {
		return reply{}, inUse(id)
	}
	s.dropStandardCode(id)
	s.raise(s.byApp(k, "Standard Cost Codes", "delete", id, 0))
	return noContent()
}

// standardInUse tells whether codes that stay stand below the code.
func (s *Sim) standardInUse(id int64, going ...int64) bool {
	return slices.ContainsFunc(s.data.standard.all(), func(c *StandardCostCode) bool { return c.ParentID == id && !slices.Contains(going, c.ID) })
}

func (s *Sim) dropStandardCode(id int64) {
	s.clearOrigin(externalKey{itemStandardCode, id})
	s.data.standard.drop(id)
	for _, c := range s.data.costCodes.all() {
		if c.StandardCodeID == id {
			c.StandardCodeID = 0
		}
	}
}

func (s *Sim) deleteCostType(k *call) (reply, error) {
	id, err := k.id("id")
	if err != nil {
		return reply{}, err
	}
	if t, known := s.data.costTypes.get(id); !known || t.CompanyID != k.company {
		return reply{}, notFound("cost type", id)
	}
	if s.typeInUse(id) {
		return reply{}, inUse(id)
	}
	s.dropCostType(id)
	s.raise(s.byApp(k, "Line Item Types", "delete", id, 0))
	return noContent()
}

func (s *Sim) dropCostType(id int64) {
	s.clearOrigin(externalKey{itemCostType, id})
	s.data.costTypes.drop(id)
}

// typeInUse looks through everything that stands on a cost type. Deletions are rare.
func (s *Sim) typeInUse(id int64) bool {
	for _, h := range []*shelf{s.data.assignments, s.data.jobCosts, s.data.budgetLines} {
		if slices.ContainsFunc(h.items, func(it item) bool { return !it.gone && it.pair.kind == id }) {
			return true
		}
	}
	return s.onLines(func(l Line) bool { return l.LineItemTypeID == id }) || s.onImported(0, "line_item_type_id", id)
}

// onLines tells whether a line of a commitment or change order passes the test.
func (s *Sim) onLines(test func(Line) bool) bool {
	return slices.ContainsFunc(s.data.commitments.all(), func(c *Commitment) bool { return slices.ContainsFunc(c.Lines, test) }) ||
		slices.ContainsFunc(s.data.changes.all(), func(o *ChangeOrder) bool { return slices.ContainsFunc(o.Lines, test) })
}

// onImported tells whether a direct cost line or a prime contract line names the id.
func (s *Sim) onImported(project int64, name string, id int64) bool {
	for _, line := range s.data.directLines.ids(project) {
		if s.columns.directLines.id(s.data.directLines.get(line).values, name) == id {
			return true
		}
	}
	for _, contract := range s.data.primes.ids(project) {
		for _, line := range s.data.primeLines.ids(contract) {
			if s.columns.primeLines.id(s.data.primeLines.get(line).values, name) == id {
				return true
			}
		}
	}
	return false
}

func (s *Sim) deleteCostCode(k *call) (reply, error) {
	p, err := s.project(k, 0)
	if err != nil {
		return reply{}, err
	}
	id, err := k.id("id")
	if err != nil {
		return reply{}, err
	}
	c, known := s.data.costCodes.get(id)
	if !known || c.ProjectID != p.ID {
		return reply{}, notFound("cost code", id)
	}
	if s.costCodeInUse(c) {
		return reply{}, inUse(id)
	}
	s.removeCostCode(c)
	s.raise(s.byApp(k, "Cost Codes", "delete", id, p.ID))
	return noContent()
}

// costCodeInUse: assignments and job costs go with their code and do not count.
func (s *Sim) costCodeInUse(c *CostCode) bool {
	if slices.ContainsFunc(s.costCodesOf(c.ProjectID), func(below *CostCode) bool { return below.ParentID == c.ID }) {
		return true
	}
	for _, id := range s.data.budgetLines.ids(c.ProjectID) {
		if s.data.budgetLines.get(id).pair.code == c.ID {
			return true
		}
	}
	return s.onLines(func(l Line) bool { return l.CostCodeID == c.ID }) || s.onImported(c.ProjectID, "cost_code_id", c.ID)
}

func (s *Sim) removeCostCode(c *CostCode) {
	for _, h := range []*shelf{s.data.assignments, s.data.jobCosts} {
		for _, t := range s.data.costTypes.ids {
			h.drop(h.find(pair{c.ID, t}))
		}
	}
	s.dropCostCode(c)
}

// deletePair is the deletion of an assignment or a job cost. An assignment with a budget line stays (inferred).
func deletePair(kind string, of func(*data) *shelf) handler {
	return func(s *Sim, k *call) (reply, error) {
		p, err := s.project(k, 0)
		if err != nil {
			return reply{}, err
		}
		id, err := k.id("id")
		if err != nil {
			return reply{}, err
		}
		h := of(s.data)
		it := h.owned(p.ID, id)
		switch {
		case it == nil:
			return reply{}, notFound(kind, id)
		case kind == itemAssignment && s.data.budgetLines.find(it.pair) != 0:
			return reply{}, inUse(id)
		}
		h.drop(id)
		return noContent()
	}
}
