package procoresim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// form is what a column of an imported record takes. null empties every column.
type form int

const (
	formText   form = iota
	formNumber      // a JSON number, or a string holding one
	formBool
	formID   // a whole number, or a string holding one
	formDate // yyyy-mm-dd; what is no date is stored as null without an error (documented)
	formAny  // objects and arrays, kept as they came
)

// column is one field of a record under Procore's name. With allowed values a text must be one of them.
type column struct {
	name    string
	form    form
	allowed []string
}

// columns is the list of the fields that a kind of record has.
type columns struct {
	list  []column
	index map[string]int
}

func columnsOf(groups ...[]column) *columns {
	c := &columns{list: slices.Concat(groups...), index: map[string]int{}}
	for i, col := range c.list {
		c.index[col.name] = i
	}
	return c
}

// named makes a column of one form for each word of names.
func named(f form, names string) []column {
	var list []column
	for _, name := range strings.Fields(names) {
		list = append(list, column{name: name, form: f})
	}
	return list
}

func oneOf(name string, allowed ...string) []column {
	return []column{{name: name, allowed: allowed}}
}

// read gives the value in its normal form, which is JSON; empty for null.
func (c column) read(raw json.RawMessage) (string, error) {
	value := string(bytes.TrimSpace(raw))
	if value == "null" {
		return "", nil
	}
	switch c.form {
	case formNumber:
		return c.number(value)
	case formBool:
		if value != "true" && value != "false" {
			return "", invalid(c.name, "must be true or false")
		}
		return value, nil
	case formID:
		id, err := strconv.ParseInt(strings.Trim(value, `"`), 10, 64)
		if err != nil {
			return "", invalid(c.name, "must be an id")
		}
		return strconv.FormatInt(id, 10), nil
	case formAny:
		return value, nil
	}
	return c.words(value)
}

// number keeps the digits as they were sent.
func (c column) number(value string) (string, error) {
	text := strings.Trim(value, `"`)
	if text == "" {
		return "", nil
	}
	if !plainDecimal(text) {
		return "", invalid(c.name, "is not a number")
	}
	return string(jsonNumber(text)), nil
}

// words is a text or a date.
func (c column) words(value string) (string, error) {
	text, err := plainText(value)
	if err != nil {
		return "", invalid(c.name, "must be a string")
	}
	if text == "" {
		return "", nil
	}
	if c.form == formDate {
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			return "", nil
		}
	}
	if c.allowed != nil && !slices.Contains(c.allowed, text) {
		return "", invalid(c.name, "is not included in the list: "+strings.Join(c.allowed, ", "))
	}
	return value, nil
}

// plainText takes the quotes off a JSON string.
func plainText(value string) (string, error) {
	if len(value) >= 2 && value[0] == '"' && !strings.Contains(value, `\`) {
		return value[1 : len(value)-1], nil
	}
	var text string
	err := json.Unmarshal([]byte(value), &text)
	return text, err
}

// given is a row as it was sent: the columns it names, in their normal form.
type given map[string]string

func (g given) has(name string) bool { _, named := g[name]; return named }

// text is a value without quotes; empty for null and for what is not named.
func (g given) text(name string) string {
	text, err := plainText(g[name])
	if err != nil {
		return g[name] // a number or an object
	}
	return text
}

func (g given) id(name string) int64 {
	id, _ := strconv.ParseInt(g[name], 10, 64) // normal already; empty is 0
	return id
}

// readRow reads all columns of a row. own are the names that the sync call itself looks at. What Procore does with a name it does not know
// is a switch.
func (s *Sim) readRow(c *columns, row syncRow, own ...string) (given, error) {
	g := make(given, len(row.fields))
	for _, col := range c.list {
		raw, sent := row.fields[col.name]
		if !sent {
			continue
		}
		value, err := col.read(raw)
		if err != nil {
			return nil, err
		}
		g[col.name] = value
	}
	return g, s.checkNames(c, row, own)
}

func (s *Sim) checkNames(c *columns, row syncRow, own []string) error {
	if s.settings.UnknownColumns == "ignore" {
		return nil
	}
	var strange []string
	for name := range row.fields {
		if _, known := c.index[name]; !known && !slices.Contains(own, name) {
			strange = append(strange, name)
		}
	}
	if strange == nil {
		return nil
	}
	slices.Sort(strange)
	e := &apiError{status: 422, field: strange[0], message: "is not a known attribute"}
	if s.settings.UnknownColumns == "call" {
		e.status = 406
	}
	return e
}

// packed holds the values of a record in the order of its columns, as one text: a few hundred thousand job costs are kept so. The
// separator cannot stand inside JSON.
type packed string

const packing = "\x1f"

// split gives a value for every column.
func (c *columns) split(p packed) []string {
	values := make([]string, len(c.list))
	if p != "" {
		copy(values, strings.SplitN(string(p), packing, len(c.list)))
	}
	return values
}

// merge lays a row over what is there.
func (c *columns) merge(p packed, g given) packed {
	values := c.split(p)
	for name, value := range g {
		if i, known := c.index[name]; known {
			values[i] = value
		}
	}
	return packed(strings.TrimRight(strings.Join(values, packing), packing))
}

// get is one value in its normal form.
func (c *columns) get(p packed, name string) string {
	rest := string(p)
	for range c.index[name] {
		_, after, more := strings.Cut(rest, packing)
		if !more {
			return ""
		}
		rest = after
	}
	value, _, _ := strings.Cut(rest, packing)
	return value
}

func (c *columns) text(p packed, name string) string {
	return given{name: c.get(p, name)}.text(name)
}

func (c *columns) id(p packed, name string) int64 { return given{name: c.get(p, name)}.id(name) }

// show puts every column into an object: empty ones as null, numbers as strings unless asked otherwise.
func (c *columns) show(p packed, numbers bool, into obj) obj {
	for i, value := range c.split(p) {
		col := c.list[i]
		switch {
		case value == "":
			into[col.name] = nil
		case col.form == formNumber && !numbers:
			into[col.name] = value
		default:
			into[col.name] = json.RawMessage(value)
		}
	}
	return into
}

// write appends every column as a member of a JSON object under construction, with a comma before each: show without a map, for kinds of
// which there are very many.
func (c *columns) write(b []byte, p packed, numbers bool) []byte {
	for i, value := range c.split(p) {
		col := c.list[i]
		b = append(append(append(b, `,"`...), col.name...), `":`...)
		switch {
		case value == "":
			b = append(b, "null"...)
		case col.form == formNumber && !numbers:
			b = append(append(append(b, '"'), value...), '"')
		default:
			b = append(b, value...)
		}
	}
	return b
}

// texts gives the columns that have a value, as plain texts.
func (c *columns) texts(p packed, into map[string]string) {
	for i, value := range c.split(p) {
		if value != "" {
			into[c.list[i].name] = given{"": value}.text("")
		}
	}
}

// fields gives the columns that have a value, as JSON.
func (c *columns) fields(p packed) map[string]json.RawMessage {
	var out map[string]json.RawMessage
	for i, value := range c.split(p) {
		if value == "" {
			continue
		}
		if out == nil {
			out = map[string]json.RawMessage{}
		}
		out[c.list[i].name] = json.RawMessage(value)
	}
	return out
}

// required refuses a new record without a value in one of the columns, and any that empties one.
func (g given) required(isNew bool, names ...string) error {
	for _, name := range names {
		if (isNew || g.has(name)) && strings.TrimSpace(g.text(name)) == "" {
			return invalid(name, "can't be blank")
		}
	}
	return nil
}

// without is the row less some columns, which are kept elsewhere.
func (g given) without(names ...string) given {
	out := make(given, len(g))
	for name, value := range g {
		if !slices.Contains(names, name) {
			out[name] = value
		}
	}
	return out
}

// ofFields reads the columns that a seed names.
func (s *Sim) ofFields(c *columns, fields map[string]json.RawMessage) (packed, error) {
	g, err := s.readRow(c, syncRow{fields: fields})
	if err != nil {
		return "", fmt.Errorf("fields: %w", err)
	}
	return c.merge("", g), nil
}
