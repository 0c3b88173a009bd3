package procore

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/procpac/procpac/internal/erp"
)

// tree is a JSON object whose members keep the order in which they were given.
type tree struct {
	names  []string
	leaves map[string]jsontext.Value
	trees  map[string]*tree
}

// put sets a member. A name with a dot is one of an inner object:
// business_register_attributes.identifier.
func (t *tree) put(name string, v jsontext.Value) error {
	outer, inner, nested := strings.Cut(name, ".")
	_, leaf := t.leaves[outer]
	sub, branch := t.trees[outer]
	switch {
	case outer == "":
		return errors.New("a field has no name")
	case leaf, branch && !nested:
		return fmt.Errorf("the field %s is given twice", outer)
	case !branch:
		t.names = append(t.names, outer)
	}
	if !nested {
		if t.leaves == nil {
			t.leaves = map[string]jsontext.Value{}
		}
		t.leaves[outer] = v
		return nil
	}
	if !branch {
		if t.trees == nil {
			t.trees = map[string]*tree{}
		}
		sub = &tree{}
		t.trees[outer] = sub
	}
	return sub.put(inner, v)
}

// append writes the object.
func (t *tree) append(b []byte) []byte {
	b = append(b, '{')
	for i, name := range t.names {
		if i > 0 {
			b = append(b, ',')
		}
		b, _ = jsontext.AppendQuote(b, name) // names are our own
		b = append(b, ':')
		if sub, ok := t.trees[name]; ok {
			b = sub.append(b)
			continue
		}
		b = append(b, t.leaves[name]...)
	}
	return append(b, '}')
}

// encodeRow writes an entry as a row of its road. An error says why it can
// never be sent.
func encodeRow(r road, e erp.Entry) (jsontext.Value, error) {
	if err := sendable(r, e); err != nil {
		return nil, err
	}
	if e.Type == erp.EntryStaged {
		t, err := staged(e)
		if err != nil {
			return nil, err
		}
		return t.append(nil), nil
	}
	t := &tree{}
	if err := t.head(e, r.by == byOrigin, r.code); err != nil {
		return nil, err
	}
	for _, f := range e.Fields {
		if err := t.field(f); err != nil {
			return nil, err
		}
	}
	return t.append(nil), nil
}

// sendable finds what makes a row useless or dangerous to send.
func sendable(r road, e erp.Entry) error {
	for _, ref := range e.Refs {
		if ref.Must {
			return fmt.Errorf("the id for %s is not known (%s %s)", ref.Field, ref.Type, ref.Origin)
		}
	}
	if r.by == byOrigin && e.Origin == "" && e.ID == 0 {
		return errors.New("it has neither an origin id nor an id, so that a repeat would make it twice")
	}
	if len(ownKeys(r, e)) == 0 {
		return fmt.Errorf("the field %s is missing", strings.Join(keyFields(r.by), " or "))
	}
	return nil
}

// head writes the members that are ours on every row of the kind.
func (t *tree) head(e erp.Entry, origin, code bool) error {
	if e.ID > 0 {
		if err := t.put("id", jsontext.Value(e.ID.String())); err != nil {
			return err
		}
	}
	if origin && e.Origin != "" {
		if err := t.text("origin_id", e.Origin); err != nil {
			return err
		}
	}
	if code && e.Code != "" {
		return t.text("origin_code", e.Code)
	}
	return nil
}

// text puts a string; it must be UTF-8, as JSON is.
func (t *tree) text(name, value string) error {
	v, err := jsontext.AppendQuote(nil, value)
	if err != nil {
		return fmt.Errorf("the field %s is no valid text", name)
	}
	return t.put(name, v)
}

// field puts one value in its form.
func (t *tree) field(f erp.EntryField) error {
	v, err := encodeField(f)
	if err != nil {
		return fmt.Errorf("the field %s: %w", f.Name, err)
	}
	return t.put(f.Name, v)
}

var null = jsontext.Value("null")

// encodeField writes a value as its form says. A number keeps every digit that
// was given.
func encodeField(f erp.EntryField) (jsontext.Value, error) {
	switch f.Form {
	case erp.FormBool:
		if f.Value == "Y" {
			return jsontext.Value("true"), nil
		}
		return jsontext.Value("false"), nil
	case erp.FormNumber:
		d, err := erp.ParseDecimal(f.Value)
		if err != nil || !d.Given() {
			return null, err
		}
		return jsontext.Value(d.String()), nil
	case erp.FormID:
		id, err := erp.ParseID(f.Value)
		if err != nil || id == 0 {
			return null, err
		}
		return jsontext.Value(id.String()), nil
	case erp.FormText:
		return encodeText(f.Value)
	}
	return nil, fmt.Errorf("its form %d is none that is known", f.Form)
}

func encodeText(text string) (jsontext.Value, error) {
	if text == "" {
		return null, nil
	}
	v, err := jsontext.AppendQuote(nil, text)
	if err != nil {
		return nil, errors.New("it is no valid text")
	}
	return v, nil
}

// staged writes a staged record (documented): its fields stand in data, but for
// origin_data, and its children in it. Its status is left to Procore: staged
// when it is new.
func staged(e erp.Entry) (*tree, error) {
	if e.ItemType == "" {
		return nil, errors.New("a staged record needs an item type")
	}
	t, data := &tree{}, &tree{}
	if err := t.text("item_type", e.ItemType); err != nil {
		return nil, err
	}
	if err := t.head(e, true, true); err != nil {
		return nil, err
	}
	for _, f := range e.Fields {
		into := data
		if f.Name == "origin_data" {
			into = t
		}
		if err := into.field(f); err != nil {
			return nil, err
		}
	}
	if err := t.put("data", data.append(nil)); err != nil {
		return nil, err
	}
	return t, t.children(e.Children)
}

// children nests the children of a staged record.
func (t *tree) children(children []erp.Entry) error {
	if len(children) == 0 {
		return nil
	}
	rows := make([]string, len(children))
	for i, child := range children {
		if child.Origin == "" {
			return fmt.Errorf("child %d has no origin id", i+1)
		}
		c, err := staged(child)
		if err != nil {
			return fmt.Errorf("child %s: %w", child.Origin, err)
		}
		rows[i] = string(c.append(nil))
	}
	return t.put("children", jsontext.Value("["+strings.Join(rows, ",")+"]"))
}

// body joins rows with what stands around them.
func (r road) body(c *Client, b erp.EntryBatch, rows []sentRow) ([]byte, error) {
	t := &tree{}
	if r.company == inBody {
		_ = t.put("company_id", jsontext.Value(c.company.String())) // a new tree has no such name
	}
	if r.project == inBody {
		_ = t.put("project_id", jsontext.Value(b.Project.String()))
	}
	if r.list {
		_ = t.put("standard_cost_code_list_id", jsontext.Value(b.List.String()))
	}
	if r.job {
		if err := t.text("job_origin_id", b.Job); err != nil {
			return nil, err
		}
	}
	all := []byte{'['}
	for i, row := range rows {
		if i > 0 {
			all = append(all, ',')
		}
		all = append(all, row.json...)
	}
	err := t.put(r.rows, append(all, ']'))
	return t.append(nil), err
}
