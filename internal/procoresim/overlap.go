package procoresim

import (
	"context"
	"net/http"
	"strings"
)

// overlapKey carries the finding of enter to the handler.
type overlapKey struct{}

func overlapOf(ctx context.Context) bool {
	overlaps, _ := ctx.Value(overlapKey{}).(bool)
	return overlaps
}

// enter notes a write of direct costs from its arrival until its answer, an ordered latency included, and marks the call when another write of
// the same project was under way as it came.
func (s *Sim) enter(r *http.Request) (*http.Request, func()) {
	project := writesDirectCosts(r)
	if project == "" {
		return r, func() {}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	overlaps := s.writing[project] > 0
	s.writing[project]++
	return r.WithContext(context.WithValue(r.Context(), overlapKey{}, overlaps)), func() { s.leave(project) }
}

func (s *Sim) leave(project string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writing[project]--; s.writing[project] == 0 {
		delete(s.writing, project)
	}
}

// writesDirectCosts is the project whose direct costs a call writes; empty for any other call.
func writesDirectCosts(r *http.Request) string {
	rest, below := strings.CutPrefix(r.URL.Path, "/rest/v1.0/projects/")
	project, what, _ := strings.Cut(rest, "/")
	if r.Method == http.MethodGet || !below || !strings.HasPrefix(what, "direct_costs") {
		return ""
	}
	return project
}
