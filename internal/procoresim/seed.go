package procoresim

// Seed is a set of records to start from. Lists are added in the order of the fields, so that later ones can refer to earlier ones.
type Seed struct {
	Clients       []Client           `json:"clients,omitempty"`
	Companies     []Company          `json:"companies,omitempty"`
	Vendors       []Vendor           `json:"vendors,omitempty"`
	Projects      []Project          `json:"projects,omitempty"`
	StandardCodes []StandardCostCode `json:"standard_cost_codes,omitempty"`
	CostCodes     []CostCode         `json:"cost_codes,omitempty"`
	LineItemTypes []LineItemType     `json:"line_item_types,omitempty"`
	Commitments   []Commitment       `json:"commitments,omitempty"`
	ChangeOrders  []ChangeOrder      `json:"change_orders,omitempty"`
	Requisitions  []Requisition      `json:"requisitions,omitempty"`
	PrimeChanges  []PrimeChange      `json:"prime_contract_change_orders,omitempty"`
}

// Seed adds records to what is there. The error names the first record that cannot be added; those before it stay.
func (s *Sim) Seed(seed Seed) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range seed.Clients {
		s.data.clients[c.ID] = c
	}
	steps := []func() error{
		adder(seed.Companies, s.addCompany), adder(seed.Vendors, s.addVendor), adder(seed.Projects, s.addProject),
		adder(seed.StandardCodes, s.addStandardCode), adder(seed.CostCodes, s.addCostCode), adder(seed.LineItemTypes, s.addCostType),
		adder(seed.Commitments, s.addCommitment), adder(seed.ChangeOrders, s.addChangeOrder), adder(seed.Requisitions, s.addRequisition),
		adder(seed.PrimeChanges, s.addPrimeChange),
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func adder[T any](rows []T, add func(T) (int64, error)) func() error {
	return func() error {
		for _, row := range rows {
			if _, err := add(row); err != nil {
				return err
			}
		}
		return nil
	}
}

// State is a snapshot of all records that a seed can have, with origin ids and ERP states filled in. Counts says how many there are of
// these and of imported ones; those are read with Records.
type State struct {
	Seed
	Counts map[string]int `json:"counts"`
}

// State returns the snapshot.
func (s *Sim) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := State{Seed: Seed{
		Companies: copies(s.data.companies, func(*Company) {}),
		Vendors: copies(s.data.vendors, func(v *Vendor) {
			v.OriginID, v.Fields = s.externalOf(itemVendor, v.ID).OriginID, s.columns.vendors.fields(v.values)
		}),
		Projects: copies(s.data.projects, func(p *Project) {
			p.OriginID, p.Fields = s.externalOf(itemProject, p.ID).OriginID, s.columns.projects.fields(p.values)
		}),
		StandardCodes: copies(s.data.standard, func(c *StandardCostCode) {
			c.OriginID = s.externalOf(itemStandardCode, c.ID).OriginID
		}),
		CostCodes:     copies(s.data.costCodes, func(c *CostCode) { c.OriginID = s.externalOf(itemCostCode, c.ID).OriginID }),
		LineItemTypes: copies(s.data.costTypes, func(t *LineItemType) { t.OriginID = s.externalOf(itemCostType, t.ID).OriginID }),
		Commitments:   copies(s.data.commitments, s.completeCommitment),
		ChangeOrders:  copies(s.data.changes, s.completeChange),
		Requisitions:  copies(s.data.requisitions, s.completeRequisition),
		PrimeChanges:  copies(s.data.primeChanges, s.completePrimeChange),
	}}
	st.Counts = s.recordCounts()
	return st
}

// Counts tells how many records of each kind there are, without the cost of State.
func (s *Sim) Counts() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.recordCounts()
}

// Commitment returns a snapshot of one commitment; false when there is none.
func (s *Sim) Commitment(id int64) (Commitment, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return snapshotOf(s.data.commitments, id, s.completeCommitment)
}

// ChangeOrder returns a snapshot of one change order; false when there is none.
func (s *Sim) ChangeOrder(id int64) (ChangeOrder, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return snapshotOf(s.data.changes, id, s.completeChange)
}

func snapshotOf[T any](t *table[T], id int64, complete func(*T)) (out T, known bool) {
	row, known := t.get(id)
	if known {
		out = *row
		complete(&out)
	}
	return out, known
}

func copies[T any](t *table[T], complete func(*T)) []T {
	list := make([]T, len(t.ids))
	for i, row := range t.all() {
		list[i] = *row
		complete(&list[i])
	}
	return list
}

func (s *Sim) completeCommitment(c *Commitment) {
	key := externalKey{c.itemType(), c.ID}
	c.OriginID, c.ERPState, c.Lines = s.externalOf(key.itemType, key.itemID).OriginID, s.erpState(key, c.lastDetail), s.completeLines(c.Lines)
}

func (s *Sim) completeChange(o *ChangeOrder) {
	key := externalKey{itemChangeOrder, o.ID}
	o.OriginID, o.ERPState, o.Lines = s.externalOf(key.itemType, key.itemID).OriginID, s.erpState(key, o.lastDetail), s.completeLines(o.Lines)
}

func (s *Sim) completeLines(lines []Line) []Line {
	out := make([]Line, len(lines))
	for i, l := range lines {
		l.OriginID = s.externalOf(itemLine, l.ID).OriginID
		out[i] = l
	}
	return out
}
