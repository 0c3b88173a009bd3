package jobpacsim

import (
	"fmt"
	"strings"
	"time"
)

// filter decides whether a row passes one parameter of a listing.
type filter func(values []string, want string) bool

// narrowing is an index that may be used when all its parameters are given.
type narrowing struct {
	params []string
	index  *index
}

// prepareListing works out once what each parameter of a listing means.
func (b *books) prepareListing(op *operation) error {
	t := b.byName[op.book]
	op.filters = map[string]filter{}
	for _, p := range op.params {
		if p.name == "Token" {
			continue
		}
		f := b.special(t, p.name)
		if f == nil {
			f = t.plain(p.name)
		}
		if f == nil {
			return fmt.Errorf("operation %s: parameter %s filters nothing", op.name, p.name)
		}
		op.filters[p.name] = f
	}
	op.narrow = t.narrowings(op)
	return nil
}

// plain is equality with a column, or one end of a range of it.
func (t *table) plain(param string) filter {
	if at, ok := t.at[t.alias(param)]; ok {
		return func(values []string, want string) bool { return values[at] == want }
	}
	at, ok := t.at[t.alias(rangeOf(param))]
	if !ok {
		return nil
	}
	k := t.columns[at].kind
	if strings.HasPrefix(param, "Start") {
		return func(values []string, want string) bool { return k.compare(values[at], want) >= 0 }
	}
	return func(values []string, want string) bool { return k.compare(values[at], want) <= 0 }
}

// special are the parameters that are no column of the row.
func (b *books) special(t *table, param string) filter {
	switch param {
	case "AlphaSearch":
		return t.alphaSearch()
	case "Incomplete":
		return t.opposite("Complete", "Completed")
	case "NotMappedToTeam":
		return t.opposite("MappedToTeam")
	case "NotFinanciallyComplete":
		return b.jobFilter(t, func(job *record, want string) bool {
			return (b.jobs.get(job, "FinanciallyComplete") != "Y") == (want == "Y")
		})
	case "JobStatus":
		return b.jobFilter(t, func(job *record, want string) bool { return b.jobs.get(job, "Status") == want })
	default:
		return nil
	}
}

// alphaSearch finds the words anywhere in the description or name, in any case.
func (t *table) alphaSearch() filter {
	at, ok := t.at["Description"]
	if !ok {
		at = t.at["Name"]
	}
	return func(values []string, want string) bool {
		return strings.Contains(strings.ToUpper(values[at]), strings.ToUpper(want))
	}
}

func (t *table) opposite(names ...string) filter {
	for _, name := range names {
		if at, ok := t.at[name]; ok {
			return func(values []string, want string) bool { return (values[at] != "Y") == (want == "Y") }
		}
	}
	return nil
}

func (b *books) jobFilter(t *table, pass func(job *record, want string) bool) filter {
	work, ok := t.at["CostingWorkId"]
	if !ok {
		work = t.at["WorkId"]
	}
	at := t.at["Job"]
	return func(values []string, want string) bool {
		job := b.jobs.find(values[work], values[at])
		return job != nil && pass(job, want)
	}
}

// narrowings lists the indexes whose columns are parameters, the longest first.
func (t *table) narrowings(op *operation) []narrowing {
	var found []narrowing
	for _, ix := range t.indexes {
		n := narrowing{index: ix}
		for _, c := range ix.columns {
			for _, p := range op.params {
				if t.alias(p.name) == t.columns[c].name {
					n.params = append(n.params, p.name)
					break
				}
			}
		}
		if len(n.params) == len(ix.columns) {
			found = append(found, n)
		}
	}
	return found
}

// candidates are the rows to look at: those of the narrowest index that the
// given parameters fill, else all.
func (op *operation) candidates(t *table, given map[string]string) []*record {
	rows := t.rows
	for _, n := range op.narrow {
		if values, ok := pick(given, n.params); ok {
			if found := n.index.rows[join(values...)]; len(found) <= len(rows) {
				rows = found
			}
		}
	}
	return rows
}

func pick(given map[string]string, names []string) ([]string, bool) {
	values := make([]string, len(names))
	for i, name := range names {
		value, ok := given[name]
		if !ok {
			return nil, false
		}
		values[i] = value
	}
	return values, true
}

// list answers a listing: rows in key order, cut silently at limit (0: no
// limit), without rows made after youngest (zero time: none is too young).
func (b *books) list(op *operation, given map[string]string, limit int, youngest time.Time) [][]string {
	t := b.byName[op.book]
	var rows [][]string
	for _, r := range op.candidates(t, given) {
		if !youngest.IsZero() && r.created.After(youngest) {
			continue
		}
		if !op.passes(r.values, given) {
			continue
		}
		rows = append(rows, r.values)
		if limit > 0 && len(rows) == limit {
			break
		}
	}
	return rows
}

func (op *operation) passes(values []string, given map[string]string) bool {
	for name, want := range given {
		if f := op.filters[name]; f != nil && !f(values, want) {
			return false
		}
	}
	return true
}
