package imports_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// procoreFake keeps records as Procore's sync calls do: by origin id, which is
// unique per type in the company; job costs and assignments by their two ids;
// budget lines and prime contracts by id alone, so that a repeated call without
// one makes a second record.
type procoreFake struct {
	last    erp.ID
	records map[erp.EntryType]map[string]*record
	calls   []erp.EntryBatch
	listed  map[erp.EntryType]int
	refuse  func(e erp.Entry) string
	fail    func(b erp.EntryBatch) error // the call, before anything is done
	lose    func(b erp.EntryBatch) error // the answer, after all is done
}

type record struct {
	id      erp.ID
	project erp.ID
	origin  string
	fields  map[string]string
	lines   []string
}

func newProcore() *procoreFake {
	return &procoreFake{records: map[erp.EntryType]map[string]*record{}, listed: map[erp.EntryType]int{}}
}

// link makes a project that carries a job's origin id.
func (f *procoreFake) link(n int) erp.ID {
	return f.keep(erp.EntryProject, jobOrigin(n), 0, &record{origin: jobOrigin(n), fields: map[string]string{"project_number": jobCode(n)}}).id
}

// keep stores a record under its key; one that stands there keeps its id.
func (f *procoreFake) keep(t erp.EntryType, key string, project erp.ID, r *record) *record {
	if f.records[t] == nil {
		f.records[t] = map[string]*record{}
	}
	if old := f.records[t][key]; old != nil {
		r.id = old.id
	} else {
		f.last++
		r.id = f.last
	}
	r.project = project
	f.records[t][key] = r
	return r
}

func (f *procoreFake) Sync(_ context.Context, b erp.EntryBatch) ([]erp.Synced, error) {
	if len(b.Rows) == 0 || len(b.Rows) > 1000 {
		return nil, fault.New(fault.Permanent, "sync", fmt.Errorf("%d rows", len(b.Rows)))
	}
	if f.fail != nil {
		if err := f.fail(b); err != nil {
			return nil, err
		}
	}
	f.calls = append(f.calls, b)
	synced := make([]erp.Synced, len(b.Rows))
	for i, e := range b.Rows {
		synced[i] = f.take(b, e)
	}
	if f.lose != nil {
		if err := f.lose(b); err != nil {
			return nil, err
		}
	}
	return synced, nil
}

func (f *procoreFake) take(b erp.EntryBatch, e erp.Entry) erp.Synced {
	if f.refuse != nil {
		if words := f.refuse(e); words != "" {
			return erp.Synced{Refused: words}
		}
	}
	if len(e.Refs) != 0 {
		return erp.Synced{Refused: "an origin id was sent in the place of an id"}
	}
	r := &record{origin: e.Origin, fields: map[string]string{}}
	for _, field := range e.Fields {
		r.fields[field.Name] = field.Value
	}
	for _, child := range e.Children {
		r.lines = append(r.lines, fmt.Sprint(child.Origin, child.Fields))
	}
	key, words := f.key(b, e, r)
	if words != "" {
		return erp.Synced{Refused: words}
	}
	id := f.keep(b.Type, key, b.Project, r).id
	if b.Type == erp.EntryAssignment {
		f.keep(erp.EntryWBSCode, key, b.Project, &record{fields: r.fields})
	}
	return erp.Synced{ID: id}
}

// key is by what the record is kept, and why it cannot be.
func (f *procoreFake) key(b erp.EntryBatch, e erp.Entry, r *record) (string, string) {
	switch b.Type {
	case erp.EntryAssignment, erp.EntryJobCost:
		if f.byID(erp.EntryCostCode, r.fields["cost_code_id"]) == nil || f.byID(erp.EntryCostType, r.fields["line_item_type_id"]) == nil {
			return "", "cost code or type not found"
		}
		r.origin = ""
		return fmt.Sprint(b.Project, "/", r.fields["cost_code_id"], "/", r.fields["line_item_type_id"]), ""
	case erp.EntryBudgetLine, erp.EntryPrime:
		if e.ID == 0 {
			return fmt.Sprint("made ", f.last+1), ""
		}
		for key, old := range f.records[b.Type] {
			if old.id == e.ID {
				return key, ""
			}
		}
		return "", "Entity with this ID not found"
	case erp.EntryStaged:
		return e.ItemType + " " + e.Origin, ""
	case erp.EntryDirectLine:
		if f.byID(erp.EntryDirectCost, r.fields["direct_cost_id"]) == nil {
			return "", "direct cost not found"
		}
	}
	if e.Origin == "" {
		return "", "origin id missing"
	}
	return e.Origin, ""
}

func (f *procoreFake) byID(t erp.EntryType, id string) *record {
	for _, r := range f.records[t] {
		if r.id.String() == id {
			return r
		}
	}
	return nil
}

func (f *procoreFake) Known(_ context.Context, t erp.EntryType, project erp.ID) iter.Seq2[erp.Known, error] {
	return func(yield func(erp.Known, error) bool) {
		f.listed[t]++
		if t == erp.EntryCodeList {
			yield(erp.Known{ID: 77, Name: "ERP", Fields: map[string]string{"is_erp_list": "true"}}, nil)
			return
		}
		for _, key := range sortedKeys(f.records[t]) {
			r := f.records[t][key]
			if r.project == project && !yield(erp.Known{ID: r.id, Origin: r.origin, Code: r.fields["project_number"], Fields: r.fields}, nil) {
				return
			}
		}
	}
}

func (f *procoreFake) Remove(context.Context, erp.EntryType, erp.ID, erp.ID) error {
	return errors.New("imports remove nothing")
}

// state is all records as text, ids told by what they are of.
func (f *procoreFake) state() string {
	names := map[string]string{}
	for t, all := range f.records {
		for _, r := range all {
			names[r.id.String()] = string(t) + ":" + r.origin
		}
	}
	var lines []string
	for t, all := range f.records {
		for _, r := range all {
			var fields []string
			for name, value := range r.fields {
				if strings.HasSuffix(name, "_id") && names[value] != "" {
					value = names[value]
				}
				fields = append(fields, name+"="+value)
			}
			slices.Sort(fields)
			lines = append(lines, fmt.Sprint(t, " ", names[r.project.String()], " ", r.origin, " ", fields, r.lines))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
