package ops

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// desk is the store behind a service: effects by id, events that were sent.
type desk struct {
	effects map[string]journal.Effect
	sent    map[string]erp.Event
	asked   Query
	broken  error
}

func (d *desk) Load(_ context.Context, key journal.Key) (journal.Effect, error) {
	if e, ok := d.effects[key.String()]; ok {
		return e, d.broken
	}
	return journal.Effect{Key: key}, d.broken
}

func (d *desk) History(_ context.Context, key journal.Key) ([]Entry, error) {
	return []Entry{{Seq: d.effects[key.String()].Seq}}, d.broken
}

func (d *desk) Publish(_ context.Context, e erp.Event) error {
	d.sent[e.ID] = e
	return d.broken
}

func (d *desk) Healthy(context.Context) error { return d.broken }

func (d *desk) Effects(_ context.Context, q Query) (Page[Effect], error) {
	d.asked = q
	var page Page[Effect]
	for _, e := range d.effects {
		if q.Limit == 0 || len(page.Items) < q.Limit {
			page.Items = append(page.Items, Line(e))
		}
	}
	return page, d.broken
}

func (d *desk) Events(_ context.Context, q Query) (Page[Event], error) {
	d.asked = q
	return Page[Event]{Items: []Event{{ID: "e"}}}, d.broken
}

func (d *desk) Counts(context.Context, string) (map[string]int, error) {
	return map[string]int{"done": len(d.effects)}, d.broken
}

func (d *desk) Lag(context.Context) (Lag, error) { return Lag{Events: 1}, d.broken }

// service has one effect, rejected at sequence 7.
func service(state journal.State) (*Service, *desk) {
	e := journal.Effect{
		Key: journal.NewKey("acme", journal.KindCommitment, 41), State: state, Seq: 7, Request: 99, Company: 5,
		Plan: journal.Plan{Title: "Formwork", Fingerprint: "f"}, Closed: map[int64]journal.Closing{99: {Request: 99}},
	}
	d := &desk{effects: map[string]journal.Effect{e.String(): e}, sent: map[string]erp.Event{}}
	return &Service{View: d, Journal: d, Bus: d, Now: func() time.Time { return now }}, d
}

const id = "acme.commitment-41"

func TestReplayPutsAHintOnTheRoadOnce(t *testing.T) {
	s, d := service(journal.Rejected)
	for range 2 {
		all, err := s.Replay(t.Context(), Replay{IDs: []string{id}, Actor: "jo"})
		if err != nil || len(all) != 1 || all[0].Do != "plan again" || all[0].Event != "replay-commitment-41-7" {
			t.Fatalf("%+v %v", all, err)
		}
	}
	e := d.sent["replay-commitment-41-7"]
	if len(d.sent) != 1 || e.ResourceID != 99 || e.Source != erp.FromReplay || e.Actor != "jo" || e.Connection != "acme" || e.Company != 5 {
		t.Fatalf("%+v", d.sent)
	}
}

func TestReplaySaysWhatItWouldDo(t *testing.T) {
	for state, want := range map[journal.State]string{
		journal.Rejected: "plan again", journal.Dead: "plan again", journal.Abandoned: "plan again", journal.Parked: "plan again",
		journal.Done: "nothing", journal.Superseded: "nothing", journal.Waiting: "go on", journal.Planned: "go on",
		journal.Applied: "confirm in Procore",
	} {
		s, d := service(state)
		all, err := s.Replay(t.Context(), Replay{IDs: []string{id}, DryRun: true})
		if err != nil || all[0].Do != want || all[0].State != string(state) || len(d.sent) != 0 {
			t.Errorf("%s: %+v %v, %d sent", state, all, err, len(d.sent))
		}
	}
}

func TestReplayByFilter(t *testing.T) {
	s, d := service(journal.Dead)
	all, err := s.Replay(t.Context(), Replay{Filter: Query{States: []string{"dead"}}, Actor: "jo"})
	if err != nil || len(all) != 1 || len(d.sent) != 1 || d.asked.Limit != MaxReplay {
		t.Fatalf("%+v %v, asked %+v", all, err, d.asked)
	}
}

func TestReplayByFilterIsCapped(t *testing.T) {
	s, d := service(journal.Dead)
	for i := range 9 {
		e := d.effects[id]
		e.Key = journal.NewKey("acme", journal.KindCommitment, erp.ID(100+i))
		d.effects[e.String()] = e
	}
	all, err := s.Replay(t.Context(), Replay{Filter: Query{States: []string{"dead"}, Limit: 4}, Actor: "jo"})
	if err != nil || len(all) != 4 || len(d.sent) != 4 || d.asked.Limit != 4 {
		t.Fatalf("%d, %d sent, asked %+v: %v", len(all), len(d.sent), d.asked, err)
	}
	if all, err = s.Replay(t.Context(), Replay{Filter: Query{States: []string{"dead"}, Limit: MaxReplay}, Actor: "jo"}); err != nil || len(all) != 10 || len(d.sent) != 10 {
		t.Fatalf("%d, %d sent: %v", len(all), len(d.sent), err)
	}
}

// TestReplayOfAllHistoryChangesNothing: what has ended well is passed over.
func TestReplayOfAllHistoryChangesNothing(t *testing.T) {
	for _, state := range []journal.State{journal.Done, journal.Superseded} {
		s, d := service(state)
		all, err := s.Replay(t.Context(), Replay{Filter: Query{States: stateList()}, Actor: "jo"})
		if err != nil || len(all) != 1 || all[0].Do != "nothing" || len(d.sent) != 0 {
			t.Errorf("%s: %+v %v, %d sent", state, all, err, len(d.sent))
		}
	}
}

func stateList() []string { return strings.Split(stateNames(), ", ") }

func TestReplayRefuses(t *testing.T) {
	for name, r := range map[string]Replay{
		"nothing named":  {Actor: "jo"},
		"nobody asks":    {IDs: []string{id}, Actor: " "},
		"no id":          {IDs: []string{"x"}, Actor: "jo"},
		"a known and no": {IDs: []string{id, "acme.commitment-7"}, Actor: "jo"},
		"too many":       {IDs: make([]string, MaxReplay+1), Actor: "jo"},
		"no state":       {Filter: Query{States: []string{"broken"}}, Actor: "jo"},
	} {
		s, d := service(journal.Rejected)
		if _, err := s.Replay(t.Context(), r); err == nil || len(d.sent) != 0 {
			t.Errorf("%s: %v, %d sent", name, err, len(d.sent))
		}
	}
}

func TestReplayWithoutARequest(t *testing.T) {
	s, d := service(journal.Rejected)
	e := d.effects[id]
	e.Request = 0
	d.effects[id] = e
	all, err := s.Replay(t.Context(), Replay{IDs: []string{id}, Actor: "jo"})
	if err != nil || all[0].Do != "nothing" || len(d.sent) != 0 {
		t.Fatalf("%+v %v", all, err)
	}
}

func TestShow(t *testing.T) {
	s, _ := service(journal.Parked)
	story, err := s.Show(t.Context(), id)
	if err != nil || story.Effect.Title != "Formwork" || len(story.History) != 1 {
		t.Fatalf("%+v %v", story, err)
	}
	if _, err := s.Show(t.Context(), "acme.commitment-7"); !errors.Is(err, ErrNotFound) {
		t.Fatalf("got %v", err)
	}
	var invalid *Invalid
	if _, err := s.Show(t.Context(), "x"); !errors.As(err, &invalid) || invalid.Field != "id" {
		t.Fatalf("got %v", err)
	}
}

func TestQueriesAreChecked(t *testing.T) {
	s, _ := service(journal.Done)
	for _, q := range []Query{{Limit: -1}, {Limit: 1001}, {States: []string{"x"}}, {Since: now, Until: now.Add(-time.Hour)}} {
		_, effects := s.Effects(t.Context(), q)
		_, events := s.Events(t.Context(), q)
		if effects == nil || events == nil {
			t.Errorf("%+v was taken", q)
		}
	}
	if _, err := s.Effects(t.Context(), Query{Limit: 1000, States: []string{"done"}, Since: now, Until: now}); err != nil {
		t.Fatal(err)
	}
}

func TestHealthSaysWhatIsWrong(t *testing.T) {
	s, d := service(journal.Done)
	if h := s.Health(t.Context()); !h.OK || h.Effects["done"] != 1 || h.Lag.Events != 1 {
		t.Fatalf("%+v", h)
	}
	d.broken = fmt.Errorf("disk full")
	if h := s.Health(t.Context()); h.OK || h.Reason != "disk full" {
		t.Fatalf("%+v", h)
	}
}
