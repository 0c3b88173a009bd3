package jobpac

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// row is one answer row as it came: column to text. Numbers keep their digits,
// true and false are Y and N, null is empty; nested values are left out.
type row map[string]string

const errorColumn = "ErrorMessage"

// errUnreadable is an answer that is not the envelope we know.
var errUnreadable = errors.New("the answer cannot be read")

// Decode reads the body of a listing into rows of that kind. It is pure.
// Values are trimmed of the blanks that pad fixed columns. The error is a
// Permanent fault with Jobpac's words where the body says no, and Transient
// where it cannot be read.
func Decode(kind erp.Kind, referenceField string, body []byte) ([]erp.Row, error) {
	rows, words, err := envelope(body)
	switch {
	case err != nil:
		return nil, fault.New(fault.Transient, "jobpac "+noun(kind)+" listing", err)
	case words != "":
		return nil, fault.New(fault.Permanent, "jobpac "+noun(kind)+" listing", nil).Saying(clip(words))
	}
	return records(kind, referenceField, rows), nil
}

// records turns answer rows into ours.
func records(kind erp.Kind, referenceField string, rows []row) []erp.Row {
	table := columns(kind, referenceField)
	found := make([]erp.Row, 0, len(rows))
	for _, r := range rows {
		found = append(found, record(kind, table, r))
	}
	return found
}

func record(kind erp.Kind, table []column, r row) erp.Row {
	values := map[erp.Name]string{}
	for _, col := range table {
		for _, name := range col.read {
			if value, carried := r[name]; carried {
				values[col.name] = value
				break
			}
		}
	}
	return erp.Row{Kind: kind, Values: values}
}

// envelope reads {"data":[...]}, or one row without the brackets. words is the
// ErrorMessage of the answer or of its first row that has one. Rows that hold
// nothing else than ErrorMessage are left out.
func envelope(body []byte) (rows []row, words string, err error) {
	var outer struct {
		Data         json.RawMessage `json:"data"`
		ErrorMessage json.RawMessage `json:"ErrorMessage"`
	}
	if err := json.Unmarshal(body, &outer); err != nil {
		return nil, "", errUnreadable
	}
	words = message(outer.ErrorMessage)
	raw, err := rawRows(outer.Data)
	if err != nil && words == "" {
		return nil, "", err
	}
	for _, cells := range raw {
		words = firstGiven(words, message(cells[errorColumn]))
		if r := plainRow(cells); len(r) > 0 {
			rows = append(rows, r)
		}
	}
	return rows, words, nil
}

// rawRows reads the rows under data. A missing or null data is unreadable: to
// take it for "nothing found" could make a document twice.
func rawRows(data json.RawMessage) (raw []map[string]json.RawMessage, err error) {
	data = bytes.TrimSpace(data)
	switch {
	case bytes.HasPrefix(data, []byte("[")):
		err = json.Unmarshal(data, &raw)
	case bytes.HasPrefix(data, []byte("{")):
		raw = make([]map[string]json.RawMessage, 1)
		err = json.Unmarshal(data, &raw[0])
	default:
		err = errUnreadable
	}
	for _, cells := range raw {
		if cells == nil {
			err = errUnreadable
		}
	}
	if err != nil {
		return nil, errUnreadable
	}
	return raw, nil
}

func plainRow(cells map[string]json.RawMessage) row {
	r := row{}
	for name, raw := range cells {
		if text, plain := plainValue(raw); plain && name != errorColumn {
			r[name] = text
		}
	}
	return r
}

// plainValue is a JSON value as text, and whether it is a plain one.
func plainValue(raw json.RawMessage) (string, bool) {
	switch {
	case len(raw) == 0 || raw[0] == '{' || raw[0] == '[':
		return "", false
	case raw[0] == '"':
		var text string
		err := json.Unmarshal(raw, &text)
		return strings.TrimSpace(text), err == nil
	}
	switch text := string(raw); text {
	case "null":
		return "", true
	case "true":
		return "Y", true
	case "false":
		return "N", true
	default:
		return text, true
	}
}

// message is an ErrorMessage as text; one that is not plain is shown raw.
func message(raw json.RawMessage) string {
	text, plain := plainValue(raw)
	if plain {
		return text
	}
	if text = strings.TrimSpace(string(raw)); text == "[]" || text == "{}" {
		return ""
	}
	return text
}
