package jobpacsim

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// way says what put does with a row whose key is in the book.
type way int

const (
	asNew   way = iota // adds it all the same
	inPlace            // gives the old row the new values and starts the others afresh
	inPart             // changes the columns that the new row names
)

// put adds checked rows, or changes the ones with their keys, and says how many of each.
func (t *table) put(rows []Row, how way, now time.Time) (added, changed int) {
	var fresh []*record
	waiting := map[string]*record{} // fresh ones by key
	for _, row := range rows {
		r := t.fresh(row, now)
		twin, old := waiting[r.order], t.ordered(r.order)
		switch {
		case how == asNew || (twin == nil && old == nil):
			fresh = append(fresh, r)
			waiting[r.order] = r
			continue
		case twin != nil && how == inPlace:
			twin.packed = r.packed
		case twin != nil:
			values := unpacked(twin.packed, make([]string, len(t.columns)))
			t.assign(values, row)
			twin.packed = pack(values)
		case how == inPlace:
			t.replace(old, r.packed, now)
		default:
			t.change(old, row, now)
		}
		changed++
	}
	t.add(fresh...)
	return len(fresh), changed
}

// Put adds many rows to a book, or where a row has the key of one that is
// there changes the columns it names, as a person or a load program does in
// Jobpac itself: values are checked, business rules are not. It says how many
// rows were added and how many changed. An error names the row, and then
// nothing is done. The time of last update is that of the simulator's clock,
// unless a row says another. Ledger rows and payables that leave out their
// number, time, period or dissection get the next one, now, the open period and 1.
func (s *Sim) Put(book string, rows []Row) (added, changed int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.books.byName[book]
	if !ok {
		return 0, 0, fmt.Errorf("book %q is not known", book)
	}
	checked, err := s.checkedRows(t, rows)
	if err != nil {
		return 0, 0, err
	}
	added, changed = t.put(checked, inPart, s.now())
	return added, changed, nil
}

// Rows gives the rows of a book that have these values, in key order and
// without empty values; no values: all of them. An unknown book, a column it
// does not have and a value of the wrong form are errors.
func (s *Sim) Rows(book string, values Row) ([]Row, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settleDue()
	t, ok := s.books.byName[book]
	if !ok {
		return nil, fmt.Errorf("book %q is not known", book)
	}
	key, err := t.checkedRow(values, s.settings)
	if err != nil {
		return nil, err
	}
	return t.shown(t.matching(key)), nil
}

// complete fills in what a person does not key: of a transaction its number,
// its times and the period in which it posts.
func (s *Sim) complete(t *table, row Row) {
	switch t {
	case s.books.payables:
		row.fill("InvoiceOrCreditFlag", "I")
		row.fill("Dissection", "1")
		if t.holds(row) {
			return
		}
		row.fill("EntryTimeStamp", s.now().UTC().Format(stampForm))
		row.fill("InvoiceDate", s.now().UTC().Format(dateForm))
		row.fill("AccountingPeriod", s.books.openPeriod(row["WorkId"], modulePayables, s.now()))
	case s.books.ledger:
		if t.holds(row) {
			return
		}
		row.fill("LastUpdatedTimestamp", s.now().UTC().Format(stampForm))
		row.fill("TransactionDate", s.now().UTC().Format(dateForm))
		row.fill("AccountingPeriod", s.books.openPeriod(row["CostingWorkId"], moduleJobCost, s.now()))
		s.books.number(row)
	}
}

// modulePayables is the module of the book of periods in which invoices post.
const modulePayables = "AP"

func (r Row) fill(name, value string) {
	if r[name] == "" {
		r[name] = value
	}
}

// holds tells whether a row with this key is in the book.
func (t *table) holds(row Row) bool {
	key := make([]string, t.key)
	for i, c := range t.columns[:t.key] {
		key[i] = row[c.name]
	}
	return !slices.Contains(key, "") && t.find(key...) != nil
}

// number gives a ledger row the next number of its WorkID, where it has none.
func (b *books) number(row Row) {
	work := row["CostingWorkId"]
	if row["TransactionNumber"] == "" {
		row["TransactionNumber"] = strconv.FormatInt(b.lastTransaction[work]+1, 10)
	}
	if n, err := strconv.ParseInt(row["TransactionNumber"], 10, 64); err == nil {
		b.lastTransaction[work] = max(n, b.lastTransaction[work])
	}
}
