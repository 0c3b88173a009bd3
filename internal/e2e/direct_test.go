package e2e

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/app"
	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/procoresim"
)

// direct is a procpac that reads documents by itself, for a company without
// Procore's ERP tool, set up by command.
func direct(t *testing.T, change ...func(*config.Config)) *system {
	t.Helper()
	w := newWorld(t)
	cfg := w.config()
	c := &cfg.Connections[0]
	c.Intake, c.GoLive = "direct", time.Now().Add(-time.Hour).Format(time.RFC3339)
	for _, f := range change {
		f(cfg)
	}
	r, err := app.Setup(t.Context(), app.SetupOptions{Config: cfg, URL: w.gateURL})
	if err != nil || r.Open() != 0 {
		t.Fatalf("set-up: %v, %+v", err, r)
	}
	w.settings(func(s *procoresim.Settings) { s.Duplicates = 2 })
	return w.serve(cfg)
}

// drafted is a document that nobody has approved.
func drafted(c procoresim.Commitment) procoresim.Commitment {
	c.Status, c.Executed, c.Number = "Draft", false, c.Number+"-D"
	return c
}

// Documents of a company without the ERP tool are entered when they are
// approved, once, under Procore's numbers, and our own writes raise no loop.
func TestDirectIntake(t *testing.T) {
	t.Parallel()
	s := direct(t)
	s.add(drafted(purchase(5001, 2)), drafted(subcontract(5002, 2)))
	s.idle()
	s.untouched()
	for _, id := range []int64{5001, 5002} {
		s.edit(id, map[string]any{"status": "Approved", "executed": true})
		s.until(commitment, id, journal.Done)
	}
	s.standsOnce(5001, "PO5001-D")
	s.standsOnce(5002, "SC5002-D")
	o := change(7001, 5002, 1, "S")
	o.Status = "pending"
	s.add(o)
	s.editChange(7001, map[string]any{"status": "approved"})
	s.until(changeOrder, 7001, journal.Done)
	s.variesOnce(7001, "SC5002-D", "V00001")
	before, written := s.books(), kinds(s.writes())
	s.edit(5001, map[string]any{"description": "seen again"})
	s.drained()
	s.stop()
	if s.books() != before || kinds(s.writes()) != written {
		t.Errorf("a document that stands was written again: %s, then %s", written, kinds(s.writes()))
	}
	if n := len(s.procore.Requests()); n != 0 {
		t.Errorf("%d ERP requests", n)
	}
}

// editChange changes a change order in Procore.
func (w *world) editChange(id int64, patch any) {
	w.t.Helper()
	text, err := json.Marshal(patch)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.procore.EditChangeOrder(id, text); err != nil {
		w.t.Fatal(err)
	}
}

// What is changed after it was entered, and what is voided, is a notice for a
// person; Jobpac keeps what it has.
func TestDirectRevisionIsParked(t *testing.T) {
	t.Parallel()
	for name, patch := range map[string]map[string]any{
		"another amount": {"line_items": []map[string]any{{"id": 5002_000, "amount": "99000.00"}, {"id": 5002_001}}},
		"void":           {"status": "Void"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := direct(t)
			s.add(subcontract(5002, 2))
			s.until(commitment, 5002, journal.Done)
			before := s.books()
			s.edit(5002, patch)
			story := s.until(commitment, 5002, journal.Parked)
			s.drained()
			s.stop()
			if s.books() != before {
				t.Error("Jobpac was written to")
			}
			if story.Effect.Reason == "" {
				t.Error("no reason is given")
			}
		})
	}
}

// What was approved before the go-live is listed and not created.
func TestDirectBeforeGoLive(t *testing.T) {
	t.Parallel()
	s := direct(t, func(c *config.Config) { c.Connections[0].GoLive = time.Now().Add(time.Hour).Format(time.RFC3339) })
	s.add(purchase(5001, 2))
	s.until(commitment, 5001, journal.Parked)
	s.drained()
	s.stop()
	s.untouched()
}

// Jobpac fails in every way while documents are approved: each stands once.
func TestDirectUnderFaults(t *testing.T) {
	t.Parallel()
	s := direct(t)
	for i, kind := range []string{jobpacsim.FaultStatusBefore, jobpacsim.FaultStatusAfter, jobpacsim.FaultCutAfter, jobpacsim.FaultEmpty200} {
		s.jobpacFaults(jobpacsim.Fault{Operation: "*", Method: "PUT", Kind: kind, Count: 1}, jobpacsim.Fault{Operation: "*", Method: "POST", Kind: kind, Count: 1})
		id := int64(5001 + i)
		s.add(subcontract(id, 2))
		s.until(commitment, id, journal.Done)
		s.standsOnce(id, fmt.Sprintf("SC%d", id))
	}
	s.drained()
	s.stop()
}

// An edit of lines that Procore tells of line by line, and not of the document,
// is noticed all the same.
func TestDirectLinesAlone(t *testing.T) {
	t.Parallel()
	s := direct(t)
	s.settings(func(set *procoresim.Settings) { set.LinesAlone = true })
	s.add(subcontract(5002, 2))
	s.until(commitment, 5002, journal.Done)
	before := s.books()
	s.edit(5002, map[string]any{"line_items": []map[string]any{{"id": 5002_000, "amount": "99000.00"}, {"id": 5002_001}}})
	s.until(commitment, 5002, journal.Parked)
	s.drained()
	s.stop()
	if s.books() != before {
		t.Error("Jobpac was written to")
	}
}
