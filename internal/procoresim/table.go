package procoresim

import "slices"

// table keeps records by id and remembers the order in which they came.
type table[T any] struct {
	rows map[int64]*T
	ids  []int64
}

func newTable[T any]() *table[T] { return &table[T]{rows: map[int64]*T{}} }

func (t *table[T]) put(id int64, row *T) {
	if _, known := t.rows[id]; !known {
		t.ids = append(t.ids, id)
	}
	t.rows[id] = row
}

func (t *table[T]) get(id int64) (*T, bool) {
	row, ok := t.rows[id]
	return row, ok
}

func (t *table[T]) drop(id int64) {
	delete(t.rows, id)
	t.ids = slices.DeleteFunc(t.ids, func(o int64) bool { return o == id })
}

func (t *table[T]) all() []*T {
	rows := make([]*T, len(t.ids))
	for i, id := range t.ids {
		rows[i] = t.rows[id]
	}
	return rows
}

// where returns the rows that pass all tests, in order of arrival.
func (t *table[T]) where(tests ...func(*T) bool) []*T { return passing(t.all(), tests...) }

// passing returns the rows that pass all tests, as a list of its own.
func passing[T any](rows []*T, tests ...func(*T) bool) []*T {
	out := make([]*T, 0, len(rows))
	for _, row := range rows {
		if !slices.ContainsFunc(tests, func(test func(*T) bool) bool { return !test(row) }) {
			out = append(out, row)
		}
	}
	return out
}

// The kinds of id. Each has its own range, so that an id used for the wrong record is noticed.
const (
	idCompany         = "company"
	idProject         = "project"
	idVendor          = "vendor"
	idStandardCode    = "standard_cost_code"
	idCostCode        = "cost_code"
	idCostType        = "line_item_type"
	idCommitment      = "commitment"
	idLine            = "line"
	idChange          = "change_order"
	idPotential       = "potential_change_order"
	idCOR             = "change_order_request"
	idCommitmentCCO   = "commitment_change_order"
	idRequest         = "erp_request"
	idDetail          = "erp_request_detail"
	idExternal        = "external_data"
	idHook            = "hook"
	idTrigger         = "trigger"
	idDelivery        = "delivery"
	idAttempt         = "attempt"
	idEvent           = "event"
	idStaged          = "staged_record"
	idBudget          = "budget"
	idRequisition     = "requisition"
	idRequisitionItem = "requisition_item"
	idMarkup          = "markup"
)

// firstIDs starts each range. Requests and details do not fit 32 bits, events do not fit the 53 bits of a floating point number; both
// are so at Procore.
func firstIDs() map[string]int64 {
	return map[string]int64{
		idCompany: 1_357_908_642, idProject: 2468, idVendor: 7001, idStandardCode: 310_001, idCostCode: 320_001, idCostType: 330_001,
		idCommitment: 4101, idLine: 510_001, idChange: 7701, idPotential: 8801, idCOR: 9101, idCommitmentCCO: 9601,
		idRequest: 5_598_220_001, idDetail: 6_133_470_001, idExternal: 640_001, idHook: 15_001, idTrigger: 16_001,
		idDelivery: 1, idAttempt: 1, idEvent: 5_982_324_300_946_918_154, idStaged: 680_001, idBudget: 690_001,
		idRequisition: 9301, idRequisitionItem: 530_001, idMarkup: 540_001,
	}
}

// nextID hands out an id of the range that no record carries. The caller holds the lock.
func (s *Sim) nextID(kind string) int64 {
	id := s.data.ids[kind]
	s.data.ids[kind] = id + 1
	return id
}

// claimID is the id a record asked for, or the next free one of its range.
func claimID[T any](s *Sim, kind string, wanted int64, t *table[T]) (int64, error) {
	if wanted != 0 {
		if _, taken := t.get(wanted); taken {
			return 0, invalid("id", "is taken by another "+kind)
		}
		return wanted, nil
	}
	return freeID(s, kind, t), nil
}

// freeID is the next id of a range that no record of a seed has.
func freeID[T any](s *Sim, kind string, t *table[T]) int64 {
	id := s.nextID(kind)
	for _, taken := t.get(id); taken; _, taken = t.get(id) {
		id = s.nextID(kind)
	}
	return id
}
