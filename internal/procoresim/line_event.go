package procoresim

import (
	"encoding/json"
	"maps"
	"slices"
)

// raiseLines tells of the lines that came, changed or went, each by itself, with the document they stand on among the related resources
// (documented for v3.0).
func (s *Sim) raiseLines(header string, holder, project int64, before, after []Line) {
	was, is := linesByID(before), linesByID(after)
	tell := func(what string, id int64) {
		ev := s.byApprover(header+" Line Items", what, id, project)
		ev.related = []obj{{"id": holder, "name": header}}
		s.raise(ev)
	}
	for _, id := range slices.Sorted(maps.Keys(is)) {
		if old, known := was[id]; !known {
			tell("create", id)
		} else if old != is[id] {
			tell("update", id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(was)) {
		if _, stays := is[id]; !stays {
			tell("delete", id)
		}
	}
}

func linesByID(lines []Line) map[int64]Line {
	all := make(map[int64]Line, len(lines))
	for _, l := range lines {
		all[l.ID] = l
	}
	return all
}

// linesOnly tells whether a patch names nothing but lines.
func linesOnly(patch json.RawMessage) bool {
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(patch, &fields) // what cannot be read was refused before
	_, named := fields["line_items"]
	return named && len(fields) == 1
}
