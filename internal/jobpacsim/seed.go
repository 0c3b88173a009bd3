package jobpacsim

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Row is one record: values by column name, all as text.
type Row map[string]string

// Books are rows of every book. As a state they come in key order and without
// empty values.
type Books struct {
	WorkIDs            []Row `json:"work_ids,omitempty"`
	Jobs               []Row `json:"jobs,omitempty"`
	CostCentres        []Row `json:"cost_centres,omitempty"` // with HeadingLevel and no CostType: a heading
	Creditors          []Row `json:"creditors,omitempty"`
	GSTCodes           []Row `json:"gst_codes,omitempty"`
	PurchaseOrders     []Row `json:"purchase_orders,omitempty"`
	PurchaseOrderItems []Row `json:"purchase_order_items,omitempty"`
	Subcontracts       []Row `json:"subcontracts,omitempty"`
	SubcontractItems   []Row `json:"subcontract_items,omitempty"`
	Variations         []Row `json:"variations,omitempty"`
	VariationItems     []Row `json:"variation_items,omitempty"`
}

// lists gives the fields in the order of books.tsv.
func (b *Books) lists() []*[]Row {
	return []*[]Row{
		&b.WorkIDs, &b.Jobs, &b.CostCentres, &b.Creditors, &b.GSTCodes, &b.PurchaseOrders, &b.PurchaseOrderItems,
		&b.Subcontracts, &b.SubcontractItems, &b.Variations, &b.VariationItems,
	}
}

// Seed is what can be put into a simulator: who may sign in, and rows as a
// person would have keyed them (values are checked, business rules are not).
type Seed struct {
	Applications []Application `json:"applications,omitempty"`
	Users        []User        `json:"users,omitempty"`
	Books
}

// State is everything the books hold.
type State struct {
	Now time.Time `json:"now"` // on the simulator's clock
	Books
}

// Counts are how many rows and calls there are. A doubled key counts twice.
type Counts struct {
	PurchaseOrders     int `json:"purchase_orders"`
	PurchaseOrderItems int `json:"purchase_order_items"`
	Subcontracts       int `json:"subcontracts"`
	SubcontractItems   int `json:"subcontract_items"`
	Variations         int `json:"variations"`
	VariationItems     int `json:"variation_items"`
	// Logins and RefusedLogins count answers of GiveMeAToken.
	Logins        int `json:"logins"`
	RefusedLogins int `json:"refused_logins"`
	// LateCommits are writes that are cut off and not yet done.
	LateCommits int `json:"late_commits"`
	// Calls counts the calls with the right verb, by operation.
	Calls map[string]int `json:"calls"`
}

// Seed adds rows, applications and users. A row of a master book (WorkIDs,
// jobs, cost centres, creditors, GST codes) replaces the one with its key; a
// document is added. A user seeded again is unlocked. An error names the row,
// and nothing is added.
func (s *Sim) Seed(seed Seed) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seed(seed)
}

func (s *Sim) seed(seed Seed) error {
	checked, err := s.checkedBooks(seed.Books)
	if err != nil {
		return err
	}
	if err := newGate().add(seed); err != nil { // a trial, so that all or nothing is added
		return err
	}
	for i, rows := range checked {
		for _, row := range rows {
			s.books.all[i].put(row, i < masterBooks, s.now())
		}
	}
	return s.gate.add(seed)
}

// masterBooks is how many of the books, the first ones, are kept by hand in
// Jobpac: WorkIDs, jobs, cost centres, creditors and GST codes.
const masterBooks = 5

func (g *gate) add(seed Seed) error {
	for _, a := range seed.Applications {
		if err := g.addApplication(a); err != nil {
			return err
		}
	}
	for _, u := range seed.Users {
		if err := g.addUser(u); err != nil {
			return err
		}
	}
	return nil
}

// checkedBooks gives the rows of every book in the form they are kept.
func (s *Sim) checkedBooks(b Books) ([][]Row, error) {
	checked := make([][]Row, len(s.books.all))
	for i, rows := range b.lists() {
		t := s.books.all[i]
		for n, row := range *rows {
			kept, err := t.checkedRow(row, s.settings)
			if err == nil {
				err = t.wholeKey(kept)
			}
			if err != nil {
				return nil, fmt.Errorf("%s, row %d: %w", t.name, n+1, err)
			}
			checked[i] = append(checked[i], kept)
		}
	}
	return checked, nil
}

func (t *table) checkedRow(row Row, settings *Settings) (Row, error) {
	kept := make(Row, len(row))
	for _, name := range slices.Sorted(maps.Keys(row)) {
		if !t.has(name) {
			return nil, fmt.Errorf("%s is not a column", name)
		}
		value, err := t.columns[t.at[name]].normal(row[name], settings)
		if err != nil {
			return nil, err
		}
		kept[name] = value
	}
	return kept, nil
}

// wholeKey wants every part of the key; a heading has no cost type.
func (t *table) wholeKey(row Row) error {
	for _, at := range t.key {
		name := t.columns[at].name
		if row[name] == "" && (name != "CostType" || row["HeadingLevel"] == "") {
			return fmt.Errorf("%s is missing", name)
		}
	}
	return nil
}

// put adds a row, or replaces the one with its key.
func (t *table) put(row Row, replace bool, now time.Time) {
	if replace {
		fresh := slices.Clone(t.start)
		t.assign(fresh, row)
		for _, old := range slices.Clone(t.primary.rows[t.primary.keyOf(fresh)]) {
			t.remove(old)
		}
	}
	t.insert(row, now)
}

// State gives a copy of everything the books hold.
func (s *Sim) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settleDue()
	state := State{Now: s.now()}
	for i, list := range state.lists() {
		*list = s.books.all[i].shownRows()
	}
	return state
}

func (t *table) shownRows() []Row {
	rows := make([]Row, len(t.rows))
	for i, r := range t.rows {
		rows[i] = Row{}
		for at, value := range r.values {
			if value != "" {
				rows[i][t.columns[at].name] = value
			}
		}
	}
	return rows
}

// Counts gives how many rows and calls there are.
func (s *Sim) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settleDue()
	b := s.books
	return Counts{
		PurchaseOrders: len(b.orders.rows), PurchaseOrderItems: len(b.orderItems.rows),
		Subcontracts: len(b.subcontracts.rows), SubcontractItems: len(b.subcontractItems.rows),
		Variations: len(b.variations.rows), VariationItems: len(b.variationItems.rows),
		Logins: s.gate.logins, RefusedLogins: s.gate.refusedLogins,
		LateCommits: len(s.pending), Calls: maps.Clone(s.calls),
	}
}

// Edit is a change a person makes in Jobpac itself.
type Edit struct {
	// Book is a name as in the JSON form of Books.
	Book string `json:"book"`
	// Key chooses the rows: any columns, all must be equal.
	Key Row `json:"key"`
	// Set are the new values; an empty one clears the column.
	Set Row `json:"set"`
}

// Edit changes every row that has the key and says how many there were. None,
// an unknown column or a value of the wrong form is an error. No business rule
// is asked, as for a person with every right.
func (s *Sim) Edit(e Edit) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, changed, err := s.chosen(e.Book, e.Key)
	if err != nil {
		return 0, err
	}
	set, err := t.checkedRow(e.Set, s.settings)
	if err != nil {
		return 0, err
	}
	for _, r := range changed {
		t.change(r, set, s.now())
	}
	return len(changed), nil
}

// Remove deletes every row that has the key, and nothing that hangs on it, as
// somebody who works on the database itself. It says how many there were; none
// and an unknown column are errors.
func (s *Sim) Remove(book string, key Row) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, gone, err := s.chosen(book, key)
	if err != nil {
		return 0, err
	}
	for _, r := range gone {
		t.remove(r)
	}
	return len(gone), nil
}

// chosen are the rows of a book that have the key.
func (s *Sim) chosen(book string, key Row) (*table, []*record, error) {
	t, ok := s.books.byName[book]
	if !ok {
		return nil, nil, fmt.Errorf("book %q is not known", book)
	}
	checked, err := t.checkedRow(key, s.settings)
	if err != nil {
		return nil, nil, err
	}
	rows := t.matching(checked)
	if len(checked) == 0 || len(rows) == 0 {
		return nil, nil, fmt.Errorf("%s has no row with this key", book)
	}
	return t, rows, nil
}

func (t *table) matching(key Row) []*record {
	var found []*record
	for _, r := range t.rows {
		if t.equal(r, key) {
			found = append(found, r)
		}
	}
	return found
}

func (t *table) equal(r *record, key Row) bool {
	for name, value := range key {
		if t.get(r, name) != value {
			return false
		}
	}
	return true
}
