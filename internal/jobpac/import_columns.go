package jobpac

import (
	"strings"
	"time"

	"github.com/procpac/procpac/internal/erp"
)

// form is how a value of an answer is brought into our form.
type form int

const (
	asText  form = iota // as it is shown, trimmed: texts, codes, numbers
	asFlag              // Y or N; not there where it is blank
	asDate              // yyyy-mm-dd
	asStamp             // RFC 3339 in UTC
)

// cell joins one of our columns to the answer columns that may show it: the
// first one that is carried and not blank counts. That answers name their
// columns like the parameters is assumed.
type cell struct {
	name erp.Name
	form form
	read []string
}

func text(name erp.Name, read ...string) cell  { return cell{name: name, read: read} }
func yesNo(name erp.Name, read ...string) cell { return cell{name: name, form: asFlag, read: read} }
func date(name erp.Name, read ...string) cell  { return cell{name: name, form: asDate, read: read} }
func moment(name erp.Name, read ...string) cell {
	return cell{name: name, form: asStamp, read: read}
}

// readRow brings an answer row into our words. A column that the row does not
// carry is absent.
func readRow(kind erp.Kind, table []cell, r row) erp.Row {
	values := make(map[erp.Name]string, len(table))
	for _, col := range table {
		if value, carried := col.value(r); carried {
			values[col.name] = value
		}
	}
	return erp.Row{Kind: kind, Values: values}
}

func (col cell) value(r row) (value string, carried bool) {
	for _, name := range col.read {
		have, there := r[name]
		carried = carried || there
		if have = col.form.bring(have); have != "" {
			return have, true
		}
	}
	return "", carried && col.form != asFlag
}

// bring writes a value in our form; what it cannot read stays as it is.
func (f form) bring(value string) string {
	switch f {
	case asFlag:
		return flagText(value)
	case asDate:
		return dateText(value)
	case asStamp:
		if s, ok := readStamp(value); ok && s.at.Year() > 1 {
			return s.at.Format(time.RFC3339Nano)
		}
	}
	return value
}

// flagText is Y, N or nothing.
func flagText(value string) string {
	switch flagOf(value) {
	case erp.Yes:
		return "Y"
	case erp.No:
		return "N"
	}
	return ""
}

// dateText writes a date as yyyy-mm-dd. IBM i shows a date that is not set as
// the first day of its calendar, or as zeros (assumed): that is none.
func dateText(value string) string {
	plain := strings.ReplaceAll(value, "-", "")
	if len(plain) == 8 && isNumber(plain) {
		value = plain[:4] + "-" + plain[4:6] + "-" + plain[6:]
	}
	if _, ok := readStamp(value); ok {
		value = value[:len(time.DateOnly)]
	}
	if strings.Trim(value, "0-") == "" || value == "0001-01-01" {
		return ""
	}
	return value
}
