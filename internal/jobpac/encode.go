package jobpac

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// Encode writes the call for w: method, path and parameters without the token.
// It is pure. Codes are trimmed and upper-cased, everything else goes as it
// is. An update leaves out what its call cannot change. The error is a
// Permanent fault: a record this service cannot take, such as a changed
// variation or a missing description.
func Encode(w erp.Write, referenceField string) (method, path string, params url.Values, err error) {
	op, err := writeOperation(w)
	if err != nil {
		return "", "", nil, err
	}
	params, err = parameters(w, op, referenceField)
	return op.method, op.path, params, err
}

// writeOperation finds the call for w.
func writeOperation(w erp.Write) (operation, error) {
	if w.Record == nil {
		return operation{}, fault.New(fault.Permanent, "jobpac write", fmt.Errorf("there is no record to write"))
	}
	op, ok := createOperation(w.Kind())
	if !ok {
		return operation{}, fault.New(fault.Permanent, "jobpac write", fmt.Errorf("records of kind %q are not written to Jobpac", w.Kind()))
	}
	if !w.Update {
		return op, nil
	}
	if op, ok = updateOperation(w.Kind()); !ok {
		return operation{}, fault.New(fault.Permanent, "jobpac write", fmt.Errorf(
			"%s %s cannot be changed: Jobpac Connect has no call for that; add a further one", noun(w.Kind()), w.Key()))
	}
	return op, nil
}

// parameters gives every column its parameters, and sees that none is missing.
func parameters(w erp.Write, op operation, referenceField string) (url.Values, error) {
	table := columns(w.Kind(), referenceField)
	params := url.Values{}
	for _, f := range w.Fields() {
		col, ok := findColumn(table, f.Name)
		if !ok {
			return nil, fault.New(fault.Permanent, op.title(), fmt.Errorf("%s %s: Jobpac has no column for %s", noun(w.Kind()), w.Key(), f.Name))
		}
		names := col.create
		if w.Update {
			names = col.update
		}
		for _, name := range names {
			params.Set(name, wireValue(f))
		}
	}
	for _, name := range op.required {
		if strings.TrimSpace(params.Get(name)) == "" {
			return nil, fault.New(fault.Permanent, op.title(), fmt.Errorf("%s %s has no %s, which Jobpac requires", noun(w.Kind()), w.Key(), name))
		}
	}
	return params, nil
}

func findColumn(table []column, name erp.Name) (column, bool) {
	for _, col := range table {
		if col.name == name {
			return col, true
		}
	}
	return column{}, false
}

func wireValue(f erp.Field) string {
	if f.Type == erp.TypeCode {
		return erp.Code(f.Value)
	}
	return f.Value
}

// noun is a kind in words.
func noun(kind erp.Kind) string { return strings.ReplaceAll(string(kind), "_", " ") }

// query writes parameters as a query string. A blank is %20, which every
// server reads, where a plus sign is a blank only in forms.
func query(params url.Values) string {
	return strings.ReplaceAll(params.Encode(), "+", "%20")
}
