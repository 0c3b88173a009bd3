package jobpacsim

import (
	_ "embed" // for the tables beside this file
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

//go:embed operations.tsv
var operationsTSV string

// parameter is one argument of an operation.
type parameter struct {
	name     string
	required bool
	column   column // how its value is written
}

// operation is one line of operations.tsv: a call of the vendor's API.
type operation struct {
	name, method string
	params       []parameter
	at           map[string]int // place in params by name
	book         string         // the book a listing shows or a write changes
	key          []string       // parameters repeated in the answer of a write
	run          func(*call) (reply, error)
	filters      map[string]filter // listings only
	narrow       []narrowing       // listings only
	keyed        []keyParameters   // listings only, one for every part of the book's key
}

// readOperations gives the operations by path.
func readOperations(known map[string]column) (map[string]*operation, error) {
	byPath := map[string]*operation{}
	for _, cells := range tableLines(operationsTSV) {
		op := &operation{
			method: cells[0], name: strings.TrimPrefix(cells[1], "/"), book: cells[3],
			key: strings.Fields(cells[4]), at: map[string]int{},
		}
		for name := range strings.FieldsSeq(cells[2]) {
			p, err := readParameter(name, known)
			if err != nil {
				return nil, fmt.Errorf("operation %s: %w", op.name, err)
			}
			op.at[p.name] = len(op.params)
			op.params = append(op.params, p)
		}
		byPath[cells[1]] = op
	}
	return byPath, nil
}

func readParameter(name string, known map[string]column) (parameter, error) {
	name, required := strings.CutSuffix(name, "*")
	c, ok := known[name]
	if !ok {
		c, ok = known[rangeOf(name)]
		c.name = name
	}
	if !ok {
		return parameter{}, fmt.Errorf("parameter %s has no kind", name)
	}
	return parameter{name: name, required: required, column: c}, nil
}

// rangeOf gives the column a Start... or Finish... parameter bounds, or "".
func rangeOf(name string) string {
	if bounded, ok := strings.CutPrefix(name, "Start"); ok {
		return bounded
	}
	bounded, ok := strings.CutPrefix(name, "Finish")
	if !ok {
		return ""
	}
	return bounded
}

// isListing tells a read of a book from everything else.
func (op *operation) isListing() bool { return op.method == http.MethodGet && op.book != "" }

// isWrite tells a call that changes a book.
func (op *operation) isWrite() bool { return op.method != http.MethodGet && op.book != "" }

// needsToken tells the calls that carry a token.
func (op *operation) needsToken() bool { _, ok := op.at["Token"]; return ok }

// read takes the arguments from a query string. It refuses repeated, missing
// and (when strict) unknown names; values come back as they were sent.
func (op *operation) read(query string, strict bool) (map[string]string, error) {
	values, err := url.ParseQuery(query)
	given := make(map[string]string, len(values))
	for name, all := range values {
		given[name] = all[0]
	}
	if err != nil {
		return given, refusal("The query string cannot be read: send name=value pairs joined by & and percent-encoded.")
	}
	if strict {
		if err := op.unknown(values); err != nil {
			return given, err
		}
	}
	return given, op.missing(values)
}

func (op *operation) unknown(values url.Values) error {
	var strange []string
	for name := range values {
		if _, ok := op.at[name]; !ok {
			strange = append(strange, name)
		}
	}
	if len(strange) == 0 {
		return nil
	}
	return refusal(fmt.Sprintf("Parameter %q is not a parameter of %s; names are case-sensitive.", slices.Min(strange), op.name))
}

func (op *operation) missing(values url.Values) error {
	for _, p := range op.params {
		all := values[p.name]
		if len(all) > 1 {
			return refusal(fmt.Sprintf("Parameter %s is given %d times; give it once.", p.name, len(all)))
		}
		if p.required && (len(all) == 0 || strings.TrimSpace(all[0]) == "") {
			return refusal(fmt.Sprintf("Parameter %s of %s is required and missing.", p.name, op.name))
		}
	}
	return nil
}

// typed checks every known value and gives the form in which it is kept.
// Blank values are left out: they count as not given.
func (op *operation) typed(raw map[string]string, s *Settings) (map[string]string, error) {
	kept := make(map[string]string, len(raw))
	for _, p := range op.params {
		value, ok := raw[p.name]
		if !ok {
			continue
		}
		value, err := p.column.normal(value, s)
		if err != nil {
			return nil, err
		}
		if value != "" {
			kept[p.name] = value
		}
	}
	return kept, nil
}
