package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/procoresim"
)

// In observe mode everything is decided, translated and looked up, and nothing
// is written to either side; live mode then does it.
func TestObserveThenLive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.settings(func(s *procoresim.Settings) { s.ExportChecks = false })
	linked := len(w.procore.ExternalData())
	cfg := w.config()
	cfg.Connections[0].Mode = "observe"
	s := w.serve(cfg)
	w.hook("v4.0")
	heading := subcontract(5002, 2)
	heading.Lines[0].CostCode = "01-000"
	w.add(purchase(5001, 3), heading, change(7001, 5001, 1, "M"))
	good, bad, early := w.export(commitment, 5001, "PO-1"), w.export(commitment, 5002, "SC-1"), w.export(changeOrder, 7001, "")
	unserved, _, err := w.procore.AddERPRequest("unlink_commitment", json.RawMessage(`{}`), true)
	if err != nil {
		t.Fatal(err)
	}
	s.drained()
	story := s.until(commitment, 5001, journal.Planned)
	if len(story.Plan.Steps) != 4 || story.Plan.Number != "PO-1" || len(story.Plan.Steps[1].Columns) == 0 || len(story.Plan.Links) != 4 {
		t.Errorf("plan %+v", story.Plan)
	}
	if !strings.Contains(story.Effect.Reason, "observe mode: 4 record(s) planned, 4 not in Jobpac yet") {
		t.Errorf("reason %q", story.Effect.Reason)
	}
	story = s.until(commitment, 5002, journal.Planned)
	if !strings.Contains(story.Effect.Reason, "observe mode: would be refused") || len(story.Plan.Problems) != 1 {
		t.Errorf("%q %v", story.Effect.Reason, story.Plan.Problems)
	}
	s.until(changeOrder, 7001, journal.Planned)
	s.until(request, unserved, journal.Planned)
	s.stop()
	w.untouched()
	for _, r := range w.procore.Requests() {
		if r.TimesClosed != 0 {
			t.Errorf("request %d was closed: %q", r.ID, r.Messages)
		}
	}
	if n := len(w.procore.ExternalData()); n != linked {
		t.Errorf("%d links, were %d", n, linked)
	}
	liveAfterObserving(w, map[string]int64{"good": good, "bad": bad, "early": early, "unserved": unserved})
}

// liveAfterObserving replays what was observed.
func liveAfterObserving(w *world, r map[string]int64) {
	w.t.Helper()
	s := w.serve(w.config())
	s.replay(effectID(changeOrder, 7001))
	s.until(changeOrder, 7001, journal.Waiting)
	s.replay(effectID(commitment, 5001), effectID(commitment, 5002), effectID(request, r["unserved"]))
	s.settled(commitment, 5001, r["good"], journal.Done)
	s.settled(commitment, 5002, r["bad"], journal.Rejected)
	s.settled(changeOrder, 7001, r["early"], journal.Done)
	s.settled(request, r["unserved"], r["unserved"], journal.Rejected)
	s.stop()
	w.standsOnce(5001, "PO-1", 7001)
	w.closed(r["good"], "success")
	w.closed(r["early"], "success")
	w.closed(r["bad"], "failed", "01-000")
	w.closed(r["unserved"], "failed")
}

// What was done live is left alone in observe mode.
func TestLiveThenObserve(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add(purchase(5001, 2))
	r := s.export(commitment, 5001, "PO-1")
	s.settled(commitment, 5001, r, journal.Done)
	s.stop()
	books := s.books()
	cfg := s.config()
	cfg.Connections[0].Mode = "observe"
	again := s.serve(cfg)
	second := s.export(commitment, 5001, "PO-1")
	again.idle()
	again.await("the export is looked at", func() bool {
		done := 0
		for _, ended := range again.log.ended() {
			if ended {
				done++
			}
		}
		return done > 0
	})
	again.stop()
	if told, _ := s.procore.Request(second); told.TimesClosed != 0 || s.books() != books {
		t.Errorf("%+v", told)
	}
}
