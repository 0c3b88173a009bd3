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
	ClaimCodes         []Row `json:"claim_codes,omitempty"` // the lines of a job's head contract
	Periods            []Row `json:"periods,omitempty"`     // the open AccountingPeriod of a Module (JC, AP) of a WorkID; no row: the present month
	PurchaseOrders     []Row `json:"purchase_orders,omitempty"`
	PurchaseOrderItems []Row `json:"purchase_order_items,omitempty"`
	Subcontracts       []Row `json:"subcontracts,omitempty"`
	SubcontractItems   []Row `json:"subcontract_items,omitempty"`
	Variations         []Row `json:"variations,omitempty"`
	VariationItems     []Row `json:"variation_items,omitempty"`
	Ledger             []Row `json:"ledger,omitempty"`         // cost transactions; number, time and period are filled in where they are left out
	Payables           []Row `json:"payables,omitempty"`       // accounts payable transactions by dissection
	BudgetChanges      []Row `json:"budget_changes,omitempty"` // approved transfers and changes of a cost centre's budget

	ClaimImports       []Row `json:"claim_imports,omitempty"` // staged (ImportStatus S) or refused (E)
	ClaimImportLines   []Row `json:"claim_import_lines,omitempty"`
	ClaimImportErrors  []Row `json:"claim_import_errors,omitempty"`
	Claims             []Row `json:"claims,omitempty"` // what was entered of them
	ClaimLines         []Row `json:"claim_lines,omitempty"`
	PendingInvoices    []Row `json:"pending_invoices,omitempty"` // uploaded, not posted; posted ones are payables
	PendingDissections []Row `json:"pending_dissections,omitempty"`
}

// lists gives the fields in the order of books.tsv.
func (b *Books) lists() []*[]Row {
	return []*[]Row{
		&b.WorkIDs, &b.Jobs, &b.CostCentres, &b.Creditors, &b.GSTCodes, &b.ClaimCodes, &b.Periods,
		&b.PurchaseOrders, &b.PurchaseOrderItems, &b.Subcontracts, &b.SubcontractItems, &b.Variations, &b.VariationItems,
		&b.Ledger, &b.Payables, &b.BudgetChanges,
		&b.ClaimImports, &b.ClaimImportLines, &b.ClaimImportErrors, &b.Claims, &b.ClaimLines, &b.PendingInvoices, &b.PendingDissections,
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
	ClaimImports       int `json:"claim_imports"` // staged and refused ones
	Claims             int `json:"claims"`
	PendingInvoices    int `json:"pending_invoices"`
	// Logins and RefusedLogins count answers of GiveMeAToken.
	Logins        int `json:"logins"`
	RefusedLogins int `json:"refused_logins"`
	// LateCommits are writes that are cut off and not yet done.
	LateCommits int `json:"late_commits"`
	// Calls counts the calls with the right verb, by operation.
	Calls map[string]int `json:"calls"`
}

// Seed adds rows, applications and users. A row of a master book (WorkIDs,
// jobs, cost centres, creditors, GST codes, claim codes, periods) replaces the
// one with its key; a document or transaction is added. A user seeded again is unlocked. An error names the row,
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
		way := asNew
		if i < masterBooks {
			way = inPlace
		}
		s.books.all[i].put(rows, way, s.now())
	}
	return s.gate.add(seed)
}

// masterBooks is how many of the books, the first ones, are kept by hand in
// Jobpac: WorkIDs, jobs, cost centres, creditors, GST codes, claim codes and periods.
const masterBooks = 7

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
		var err error
		if checked[i], err = s.checkedRows(s.books.all[i], *rows); err != nil {
			return nil, err
		}
	}
	return checked, nil
}

func (s *Sim) checkedRows(t *table, rows []Row) ([]Row, error) {
	checked := make([]Row, len(rows))
	for n, row := range rows {
		kept, err := t.checkedRow(row, s.settings)
		if err == nil {
			s.complete(t, kept)
			err = t.wholeKey(kept)
		}
		if err != nil {
			return nil, fmt.Errorf("%s, row %d: %w", t.name, n+1, err)
		}
		checked[n] = kept
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
	for _, c := range t.columns[:t.key] {
		name := c.name
		if row[name] == "" && (name != "CostType" || row["HeadingLevel"] == "") {
			return fmt.Errorf("%s is missing", name)
		}
	}
	return nil
}

// State gives a copy of everything the books hold.
func (s *Sim) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settleDue()
	state := State{Now: s.now()}
	for i, list := range state.lists() {
		if t := s.books.all[i]; len(t.rows) > 0 {
			*list = t.shown(t.rows)
		}
	}
	return state
}

// shown gives rows by column names, without empty values.
func (t *table) shown(records []*record) []Row {
	rows, values := make([]Row, len(records)), make([]string, len(t.columns))
	for i, r := range records {
		rows[i] = Row{}
		for at, value := range unpacked(r.packed, values) {
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
		ClaimImports: len(b.claimImports.rows), Claims: len(b.claims.rows),
		PendingInvoices: len(b.pendingInvoices.rows),
		Logins:          s.gate.logins, RefusedLogins: s.gate.refusedLogins,
		LateCommits: len(s.pending), Calls: maps.Clone(s.calls),
	}
}
