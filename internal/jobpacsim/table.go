package jobpacsim

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"
)

// table is one book: its rows in key order, and indexes over some columns.
type table struct {
	name    string
	columns []column
	at      map[string]int
	key     int  // so many columns, the first ones, are the key
	digits  bool // the key holds numbers, which are not in byte order
	stamp   int  // the column of the last update; -1: there is none
	start   []string
	rows    []*record
	indexes map[string]*index // by the column names joined with a blank
}

// index finds rows by the values of its columns, in key order.
type index struct {
	columns []int
	rows    map[string][]*record
}

func newTable(cells []string, known map[string]column, ops map[string]*operation) (*table, error) {
	t := &table{name: cells[0], at: map[string]int{}, indexes: map[string]*index{}, stamp: -1}
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
	t.key = len(strings.Fields(cells[1]))
	t.digits = slices.ContainsFunc(t.columns[:t.key], func(c column) bool { return c.kind == kindDigits })
	t.addIndexes(cells[2])
	return t, nil
}

func (t *table) addColumn(name string, known map[string]column) error {
	c, ok := known[t.name+"."+name]
	if !ok {
		c, ok = known[name]
	}
	c.name = name
	if !ok {
		return fmt.Errorf("book %s: column %s has no kind", t.name, name)
	}
	if _, twice := t.at[name]; twice || name == "Token" || t.alias(name) != name {
		return nil
	}
	if name == "LastUpdateTimestamp" || name == "LastUpdatedTimestamp" {
		t.stamp = len(t.columns)
	}
	t.at[name] = len(t.columns)
	t.columns = append(t.columns, c)
	t.start = append(t.start, c.kind.initial())
	return nil
}

func (t *table) addIndexes(lists string) {
	if lists == "" {
		return
	}
	for list := range strings.SplitSeq(lists, ";") {
		ix := &index{rows: map[string][]*record{}}
		for name := range strings.FieldsSeq(list) {
			ix.columns = append(ix.columns, t.at[name])
		}
		t.indexes[list] = ix
	}
}

// alias gives the column a parameter means: some operations call the WorkID of
// a row by another name than its listing does.
func (t *table) alias(parameter string) string {
	switch {
	case t.name == "purchase_order_items" && (parameter == "WorkId" || parameter == "OrderFirm"):
		return "OrderWorkId"
	case (t.name == "claim_imports" || t.name == "claim_import_lines") && parameter == "CostingWorkId":
		return "WorkId"
	case t.name == "claims" && parameter == "SubcontractorsInvoice":
		return "Invoice"
	case t.name == "payables" && parameter == "Invoice":
		return "Transaction"
	case t.name == "variation_items" && (parameter == "CostingWorkId" || parameter == "OrderWorkId"):
		return "WorkId"
	case t.name == "cost_centres" && parameter == "WorkId":
		return "CostingWorkId"
	case t.name == "cost_centres" && parameter == "CostCentreStatus":
		return "Status"
	default:
		return parameter
	}
}

func (ix *index) keyOf(packed string) string {
	parts := make([]string, len(ix.columns))
	for i, c := range ix.columns {
		parts[i] = field(packed, c)
	}
	return join(parts...)
}

// orderOf gives what sorts a row with this key, or with a key that begins so:
// numbers in numeric and everything else in byte order.
func (t *table) orderOf(key ...string) string {
	if !t.digits {
		return join(key...)
	}
	parts := slices.Clone(key)
	for i := range parts {
		if t.columns[i].kind == kindDigits {
			parts[i] = fmt.Sprintf("%12s", key[i])
		}
	}
	return join(parts...)
}

// sortKey is orderOf for a row; it shares the row's memory where it can.
func (t *table) sortKey(packed string) string {
	if t.digits {
		return t.orderOf(unpacked(packed, make([]string, len(t.columns)))[:t.key]...)
	}
	return packed[:end(packed, t.key-1)]
}

// first is the place of the first row that sorts at or behind order.
func (t *table) first(order string) int {
	return sort.Search(len(t.rows), func(i int) bool { return t.rows[i].order >= order })
}

// find gives the first row with this whole key, or nil.
func (t *table) find(key ...string) *record { return t.ordered(t.orderOf(key...)) }

// ordered gives the first row that sorts so, or nil.
func (t *table) ordered(order string) *record {
	if at := t.first(order); at < len(t.rows) && t.rows[at].order == order {
		return t.rows[at]
	}
	return nil
}

// within gives the rows whose key begins with these values, and whose next
// part of the key is not below start and not above finish ("": no bound).
func (t *table) within(leading []string, start, finish string) []*record {
	from, to := 0, len(t.rows)
	if start != "" {
		from = t.first(t.orderOf(append(slices.Clone(leading), start)...))
	} else if len(leading) > 0 {
		from = t.first(t.orderOf(leading...))
	}
	// A blank sorts behind the separator and before everything a longer value goes on with.
	if finish != "" {
		to = t.first(t.orderOf(append(slices.Clone(leading), finish)...) + " ")
	} else if len(leading) > 0 {
		to = t.first(t.orderOf(leading...) + " ")
	}
	return t.rows[from:max(from, to)]
}

// under gives the rows whose columns (an index: names joined with a blank) have these values.
func (t *table) under(columns string, values ...string) []*record {
	return t.indexes[columns].rows[join(values...)]
}

// get reads one value of a row as it is now.
func (t *table) get(r *record, name string) string { return field(r.packed, t.at[name]) }

// has tells whether the book has a column of that name.
func (t *table) has(name string) bool { _, ok := t.at[name]; return ok }

// insert adds a row. Names that are no column of the book are left out; what
// is not given starts with the book's default.
func (t *table) insert(given map[string]string, now time.Time) *record {
	r := t.fresh(given, now)
	t.add(r)
	return r
}

// fresh makes a row that is not in the book yet.
func (t *table) fresh(given map[string]string, now time.Time) *record {
	values := slices.Clone(t.start)
	t.touch(values, now)
	t.assign(values, given)
	return t.newRecord(pack(values), now)
}

func (t *table) newRecord(packed string, now time.Time) *record {
	at := now.UnixNano()
	return &record{version: version{packed: packed, since: at}, order: t.sortKey(packed), created: at}
}

// touch writes the time of the last update.
func (t *table) touch(values []string, now time.Time) {
	if t.stamp >= 0 {
		values[t.stamp] = now.UTC().Format(stampForm)
	}
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
	values := unpacked(r.packed, make([]string, len(t.columns)))
	t.touch(values, now)
	t.assign(values, given)
	t.replace(r, pack(values), now)
}

// replace gives a row new values and moves it where they belong.
func (t *table) replace(r *record, packed string, now time.Time) {
	moved := !t.sameIndexes(r.packed, packed)
	if moved {
		t.remove(r)
	}
	r.become(packed, now)
	r.order = t.sortKey(packed)
	if moved {
		t.add(r)
	}
}

func (t *table) sameIndexes(a, b string) bool {
	if t.sortKey(a) != t.sortKey(b) {
		return false
	}
	for _, ix := range t.indexes {
		for _, c := range ix.columns {
			if field(a, c) != field(b, c) {
				return false
			}
		}
	}
	return true
}

// add puts rows in their places, behind those of the same key.
func (t *table) add(rows ...*record) {
	if !slices.IsSortedFunc(rows, byOrder) {
		slices.SortStableFunc(rows, byOrder)
	}
	t.rows = merged(t.rows, rows)
	for _, ix := range t.indexes {
		groups := map[string][]*record{}
		for _, r := range rows {
			key := ix.keyOf(r.packed)
			groups[key] = append(groups[key], r)
		}
		for key, group := range groups {
			ix.rows[key] = merged(ix.rows[key], group)
		}
	}
}

func byOrder(a, b *record) int { return strings.Compare(a.order, b.order) }

// merged joins two lists in key order; of equal keys the old come first.
func merged(old, fresh []*record) []*record {
	switch {
	case len(fresh) == 0:
		return old
	case len(old) == 0 || old[len(old)-1].order <= fresh[0].order:
		return append(old, fresh...)
	case len(fresh) == 1:
		at := sort.Search(len(old), func(i int) bool { return old[i].order > fresh[0].order })
		return slices.Insert(old, at, fresh[0])
	}
	all := make([]*record, 0, len(old)+len(fresh))
	for len(old) > 0 && len(fresh) > 0 {
		if old[0].order <= fresh[0].order {
			all, old = append(all, old[0]), old[1:]
		} else {
			all, fresh = append(all, fresh[0]), fresh[1:]
		}
	}
	return append(append(all, old...), fresh...)
}

func (t *table) remove(r *record) {
	t.rows = without(t.rows, r)
	for _, ix := range t.indexes {
		key := ix.keyOf(r.packed)
		ix.rows[key] = without(ix.rows[key], r)
	}
}

func without(rows []*record, r *record) []*record {
	at := sort.Search(len(rows), func(i int) bool { return rows[i].order >= r.order })
	at += slices.Index(rows[at:], r)
	return slices.Delete(rows, at, at+1)
}
