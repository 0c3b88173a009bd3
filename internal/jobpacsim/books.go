package jobpacsim

import (
	_ "embed" // for the tables beside this file
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"
)

//go:embed books.tsv
var booksTSV string

// books hold every record. They are not safe for concurrent use: Sim's mutex guards them.
type books struct {
	all    []*table // in the order of books.tsv
	byName map[string]*table

	workIDs, jobs, costCentres, creditors, gstCodes *table
	orders, orderItems                              *table
	subcontracts, subcontractItems                  *table
	variations, variationItems                      *table

	nextOrder map[string]int // WorkID -> where to look for the next free number
}

// newBooks makes empty books from books.tsv and the parameters of operations.
func newBooks(known map[string]column, ops map[string]*operation) (*books, error) {
	b := &books{byName: map[string]*table{}, nextOrder: map[string]int{}}
	for _, cells := range tableLines(booksTSV) {
		t, err := newTable(cells, known, ops)
		if err != nil {
			return nil, err
		}
		b.all = append(b.all, t)
		b.byName[t.name] = t
	}
	b.workIDs, b.jobs, b.costCentres = b.byName["work_ids"], b.byName["jobs"], b.byName["cost_centres"]
	b.creditors, b.gstCodes = b.byName["creditors"], b.byName["gst_codes"]
	b.orders, b.orderItems = b.byName["purchase_orders"], b.byName["purchase_order_items"]
	b.subcontracts, b.subcontractItems = b.byName["subcontracts"], b.byName["subcontract_items"]
	b.variations, b.variationItems = b.byName["variations"], b.byName["variation_items"]
	return b, nil
}

// record is one row. Values are replaced as a whole, never changed in place,
// so a listing may go on reading them after the mutex is free.
type record struct {
	values  []string
	order   string // sorts rows by key
	created time.Time
}

// table is one book: its rows in key order, and indexes over some columns.
type table struct {
	name    string
	columns []column
	at      map[string]int
	key     []int
	start   []string // values a new row starts with
	rows    []*record
	indexes map[string]*index // by the column names joined with a blank
	primary *index
}

// index finds rows by the values of its columns, in key order.
type index struct {
	columns []int
	rows    map[string][]*record
}

func newTable(cells []string, known map[string]column, ops map[string]*operation) (*table, error) {
	t := &table{name: cells[0], at: map[string]int{}, indexes: map[string]*index{}}
	names := append(strings.Fields(cells[1]), strings.Fields(cells[4])...)
	for name := range strings.FieldsSeq(cells[3]) {
		op, ok := ops["/"+name]
		if !ok {
			return nil, fmt.Errorf("book %s: no operation %s", t.name, name)
		}
		for _, p := range op.params {
			names = append(names, p.name)
		}
	}
	for _, name := range names {
		if err := t.addColumn(name, known); err != nil {
			return nil, err
		}
	}
	for setting := range strings.FieldsSeq(cells[5]) {
		name, value, _ := strings.Cut(setting, "=")
		t.start[t.at[name]] = value
	}
	t.addIndexes(cells[1], cells[2])
	return t, nil
}

func (t *table) addColumn(name string, known map[string]column) error {
	c, ok := known[name]
	if !ok {
		return fmt.Errorf("book %s: column %s has no kind", t.name, name)
	}
	if _, twice := t.at[name]; twice || name == "Token" || t.alias(name) != name {
		return nil
	}
	t.at[name] = len(t.columns)
	t.columns = append(t.columns, c)
	t.start = append(t.start, c.kind.initial())
	return nil
}

func (t *table) addIndexes(key, more string) {
	lists := []string{key}
	if more != "" {
		lists = append(lists, strings.Split(more, ";")...)
	}
	for _, list := range lists {
		ix := &index{rows: map[string][]*record{}}
		for name := range strings.FieldsSeq(list) {
			ix.columns = append(ix.columns, t.at[name])
		}
		t.indexes[list] = ix
	}
	t.primary = t.indexes[key]
	t.key = t.primary.columns
}

// alias gives the column a parameter means: some operations call the WorkID of
// an item by another name than its listing does.
func (t *table) alias(parameter string) string {
	switch {
	case t.name == "purchase_order_items" && parameter == "WorkId":
		return "OrderWorkId"
	case t.name == "variation_items" && (parameter == "CostingWorkId" || parameter == "OrderWorkId"):
		return "WorkId"
	default:
		return parameter
	}
}

// join makes one key of several values; no checked value holds the separator.
func join(values ...string) string { return strings.Join(values, "\x1f") }

func (ix *index) keyOf(values []string) string {
	parts := make([]string, len(ix.columns))
	for i, c := range ix.columns {
		parts[i] = values[c]
	}
	return join(parts...)
}

// sortKey puts item numbers in numeric and everything else in byte order.
func (t *table) sortKey(values []string) string {
	parts := make([]string, len(t.key))
	for i, c := range t.key {
		parts[i] = values[c]
		if t.columns[c].kind == kindDigits {
			parts[i] = fmt.Sprintf("%12s", values[c])
		}
	}
	return join(parts...)
}

// find gives the first row with this key, or nil.
func (t *table) find(key ...string) *record {
	if rows := t.primary.rows[join(key...)]; len(rows) > 0 {
		return rows[0]
	}
	return nil
}

// under gives the rows whose columns (names joined with a blank) have these values.
func (t *table) under(columns string, values ...string) []*record {
	return t.indexes[columns].rows[join(values...)]
}

// get reads one value of a row.
func (t *table) get(r *record, name string) string { return r.values[t.at[name]] }

// has tells whether the book has a column of that name.
func (t *table) has(name string) bool { _, ok := t.at[name]; return ok }

// insert adds a row. Names that are no column of the book are left out; what
// is not given starts with the book's default.
func (t *table) insert(given map[string]string, now time.Time) *record {
	r := &record{values: slices.Clone(t.start), created: now}
	t.assign(r.values, map[string]string{"LastUpdateTimestamp": now.UTC().Format(stampForm)})
	t.assign(r.values, given)
	t.place(r)
	return r
}

func (t *table) assign(values []string, given map[string]string) {
	for name, value := range given {
		if at, ok := t.at[t.alias(name)]; ok {
			values[at] = value
		}
	}
}

// change sets columns of a row and its time of last update.
func (t *table) change(r *record, given map[string]string, now time.Time) {
	values := slices.Clone(r.values)
	t.assign(values, map[string]string{"LastUpdateTimestamp": now.UTC().Format(stampForm)})
	t.assign(values, given)
	if t.sameIndexes(r.values, values) {
		r.values = values
		return
	}
	t.remove(r)
	r.values = values
	t.place(r)
}

func (t *table) sameIndexes(a, b []string) bool {
	for _, ix := range t.indexes {
		for _, c := range ix.columns {
			if a[c] != b[c] {
				return false
			}
		}
	}
	return true
}

func (t *table) place(r *record) {
	r.order = t.sortKey(r.values)
	t.rows = placed(t.rows, r)
	for _, ix := range t.indexes {
		key := ix.keyOf(r.values)
		ix.rows[key] = placed(ix.rows[key], r)
	}
}

// placed puts r behind the rows of the same key.
func placed(rows []*record, r *record) []*record {
	at := sort.Search(len(rows), func(i int) bool { return rows[i].order > r.order })
	return slices.Insert(rows, at, r)
}

func (t *table) remove(r *record) {
	t.rows = without(t.rows, r)
	for _, ix := range t.indexes {
		key := ix.keyOf(r.values)
		ix.rows[key] = without(ix.rows[key], r)
	}
}

func without(rows []*record, r *record) []*record {
	at := slices.Index(rows, r)
	return slices.Delete(rows, at, at+1)
}

// clear forgets every row.
func (b *books) clear() {
	for _, t := range b.all {
		t.rows = nil
		for _, ix := range t.indexes {
			clear(ix.rows)
		}
	}
	clear(b.nextOrder)
}
