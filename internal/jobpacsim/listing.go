package jobpacsim

import (
	"fmt"
	"strings"
)

// filter decides whether a row passes one parameter of a listing.
type filter func(values []string, want string) bool

// narrowing is an index that may be used when all its parameters are given.
type narrowing struct {
	params []string
	index  *index
}

// keyParameters are the parameters that bound one part of a book's key; ""
// where the listing has none.
type keyParameters struct{ equal, start, finish string }

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
	op.narrow, op.keyed = t.narrowings(op), t.keyParameters(op)
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
	case "AustralianCompanyNumber":
		return t.sameDigits("ACN")
	case "WorkId":
		return b.creditorsOf(t)
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

// sameDigits compares a number however its digits are grouped.
func (t *table) sameDigits(name string) filter {
	at := t.at[name]
	return func(values []string, want string) bool { return digitsOf(values[at]) == digitsOf(want) }
}

func digitsOf(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}

// creditorsOf finds the creditors that a WorkID pays, which another may keep.
func (b *books) creditorsOf(t *table) filter {
	if t.name != "creditors" {
		return nil
	}
	at := t.at["CreditorWorkId"]
	return func(values []string, want string) bool { return values[at] == b.creditorWork(want) }
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

// narrowings lists the indexes whose columns are parameters.
func (t *table) narrowings(op *operation) []narrowing {
	var found []narrowing
	for _, ix := range t.indexes {
		n := narrowing{index: ix}
		for _, c := range ix.columns {
			if name := t.parameterOf(op, t.columns[c].name, ""); name != "" {
				n.params = append(n.params, name)
			}
		}
		if len(n.params) == len(ix.columns) {
			found = append(found, n)
		}
	}
	return found
}

// parameterOf gives the parameter of a listing that means a column, or with
// "Start" or "Finish" the one that bounds it; "" where there is none.
func (t *table) parameterOf(op *operation, column, bound string) string {
	for _, p := range op.params {
		name, ok := strings.CutPrefix(p.name, bound)
		if ok && t.alias(name) == column {
			return p.name
		}
	}
	return ""
}

func (t *table) keyParameters(op *operation) []keyParameters {
	parts := make([]keyParameters, t.key)
	for i, c := range t.columns[:t.key] {
		parts[i] = keyParameters{t.parameterOf(op, c.name, ""), t.parameterOf(op, c.name, "Start"), t.parameterOf(op, c.name, "Finish")}
	}
	return parts
}

// candidates are the rows to look at: those of the key's range or of the index
// that the given parameters narrow most.
func (op *operation) candidates(t *table, given map[string]string) []*record {
	rows := op.keyRange(t, given)
	for _, n := range op.narrow {
		if values, ok := pick(given, n.params); ok {
			if found := n.index.rows[join(values...)]; len(found) < len(rows) {
				rows = found
			}
		}
	}
	return rows
}

func (op *operation) keyRange(t *table, given map[string]string) []*record {
	var leading []string
	for _, part := range op.keyed {
		value, ok := given[part.equal]
		if !ok {
			return t.within(leading, given[part.start], given[part.finish])
		}
		leading = append(leading, value)
	}
	return t.within(leading, "", "")
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

// list answers a listing with packed rows in key order as the view sees them,
// cut silently at limit (0: no limit); skip (nil: none) leaves rows out. What
// it gives stays as it is when the books change.
func (b *books) list(op *operation, given map[string]string, limit int, v view, skip func(values []string) bool) []string {
	t := b.byName[op.book]
	values := make([]string, len(t.columns))
	var rows []string
	for _, r := range op.candidates(t, given) {
		packed, there := v.shows(r)
		if !there || !op.passes(unpacked(packed, values), given) || (skip != nil && skip(values)) {
			continue
		}
		rows = append(rows, packed)
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
