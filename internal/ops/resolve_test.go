package ops

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// adopt is a decision that is complete.
func adopt() Decision {
	return Decision{ID: id, Do: erp.Adopt, Number: " 4101 ", Reason: " it is\n there ", Actor: " jo "}
}

func TestResolvePutsTheDecisionOnTheRoad(t *testing.T) {
	for state, verbs := range map[journal.State][]erp.Verb{
		journal.Parked: {erp.Adopt, erp.Retry, erp.Abandon}, journal.UnknownOut: {erp.Adopt, erp.Retry, erp.Abandon},
		journal.Waiting: {erp.Adopt, erp.Retry, erp.Abandon}, journal.Planned: {erp.Adopt, erp.Retry, erp.Abandon},
		journal.Rejected: {erp.Adopt, erp.Retry, erp.Abandon}, journal.Dead: {erp.Adopt, erp.Retry, erp.Abandon},
		journal.Abandoned: {erp.Adopt, erp.Retry},
	} {
		for _, do := range verbs {
			s, d := service(state)
			decision := adopt()
			decision.Do = do
			number := "4101"
			if do != erp.Adopt {
				decision.Number, number = "", ""
			}
			r, err := s.Resolve(t.Context(), decision)
			event := "resolve-commitment-41-7-" + string(do)
			if want := (Resolved{ID: id, State: string(state), Seq: 7, Do: do, Number: number, Event: event}); err != nil || r != want {
				t.Errorf("%s %s: %+v %v", do, state, r, err)
			}
			want := erp.Event{
				ID: event, Connection: "acme", Resource: "ERP Requests", ResourceID: 99, Action: "resolve", Company: 5, At: now, Received: now,
				Source: erp.FromPerson, Actor: "jo", Decision: &erp.Decision{Effect: "commitment-41", Seq: 7, Do: do, Number: number, Reason: "it is there"},
			}
			if diff := cmp.Diff(want, d.sent[event]); diff != "" || len(d.sent) != 1 {
				t.Errorf("%s %s: %d sent\n%s", do, state, len(d.sent), diff)
			}
		}
	}
}

func TestResolveTwiceIsOnce(t *testing.T) {
	s, d := service(journal.Parked)
	for range 2 {
		if _, err := s.Resolve(t.Context(), adopt()); err != nil {
			t.Fatal(err)
		}
	}
	if len(d.sent) != 1 {
		t.Errorf("%d sent", len(d.sent))
	}
}

func TestResolveRefusesWhatIsIncomplete(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Decision)
		field  string
	}{
		"no id":             {func(d *Decision) { d.ID = "41" }, "id"},
		"no verb":           {func(d *Decision) { d.Do = "" }, "do"},
		"another verb":      {func(d *Decision) { d.Do = "delete" }, "do"},
		"no number":         {func(d *Decision) { d.Number = " " }, "number"},
		"number and retry":  {func(d *Decision) { d.Do = erp.Retry }, "number"},
		"a long number":     {func(d *Decision) { d.Number = strings.Repeat("4", 41) }, "number"},
		"an escape":         {func(d *Decision) { d.Number = "4\x1b[31m" }, "number"},
		"no reason":         {func(d *Decision) { d.Reason = "\n" }, "reason"},
		"a long reason":     {func(d *Decision) { d.Reason = strings.Repeat("ä", 501) }, "reason"},
		"a reason not text": {func(d *Decision) { d.Reason = "bad \xff" }, "reason"},
		"nobody":            {func(d *Decision) { d.Actor = "" }, "actor"},
		"a long name":       {func(d *Decision) { d.Actor = strings.Repeat("j", 101) }, "actor"},
	} {
		s, d := service(journal.Parked)
		decision := adopt()
		c.change(&decision)
		_, err := s.Resolve(t.Context(), decision)
		var invalid *Invalid
		if !errors.As(err, &invalid) || invalid.Field != c.field || len(d.sent) != 0 {
			t.Errorf("%s: %v, %d sent", name, err, len(d.sent))
		}
	}
	s, d := service(journal.Parked)
	decision := adopt()
	decision.Number, decision.Reason, decision.Actor = strings.Repeat("4", 40), strings.Repeat("ä", 500), strings.Repeat("j", 100)
	if _, err := s.Resolve(t.Context(), decision); err != nil || len(d.sent) != 1 {
		t.Errorf("the widest is refused: %v", err)
	}
}

func TestResolveRefusesWhatMakesNoSense(t *testing.T) {
	for name, c := range map[string]struct {
		state  journal.State
		change func(*Service, *journal.Effect, *Decision)
		words  string
	}{
		"done":       {journal.Done, nil, "nothing to decide"},
		"superseded": {journal.Superseded, nil, "nothing to decide"},
		"claimed":    {journal.Claimed, nil, "being worked on (claimed)"},
		"intent":     {journal.Intent, nil, "being worked on"},
		"committed":  {journal.Committed, nil, "being worked on"},
		"applied":    {journal.Applied, nil, "being worked on"},
		"confirmed":  {journal.Confirmed, nil, "being worked on"},
		"abandoned twice": {journal.Abandoned, func(_ *Service, _ *journal.Effect, d *Decision) { d.Do, d.Number = erp.Abandon, "" },
			"abandoned already"},
		"moved on":   {journal.Parked, func(_ *Service, _ *journal.Effect, d *Decision) { d.Seq = 6 }, "moved on since you looked"},
		"no request": {journal.Parked, func(_ *Service, e *journal.Effect, _ *Decision) { e.Request = 0 }, "can only be abandoned"},
		"only observed": {journal.Parked, func(s *Service, _ *journal.Effect, _ *Decision) {
			s.Connections = []Connection{{Name: "acme", Mode: "observe"}}
		}, "only observes"},
	} {
		s, d := service(c.state)
		e, decision := d.effects[id], adopt()
		if c.change != nil {
			c.change(s, &e, &decision)
		}
		d.effects[id] = e
		_, err := s.Resolve(t.Context(), decision)
		var conflict *Conflict
		if !errors.As(err, &conflict) || !strings.Contains(err.Error(), c.words) || len(d.sent) != 0 {
			t.Errorf("%s: %v, %d sent", name, err, len(d.sent))
		}
	}
}

func TestResolveOfWhatNamesNoDocument(t *testing.T) {
	s, d := service(journal.Dead)
	e := d.effects[id]
	e.Key = journal.NewKey("acme", journal.KindRequest, 99)
	d.effects[e.String()] = e
	decision := adopt()
	decision.ID = e.String()
	var conflict *Conflict
	if _, err := s.Resolve(t.Context(), decision); !errors.As(err, &conflict) {
		t.Errorf("adopted: %v", err)
	}
	decision.Do, decision.Number = erp.Retry, ""
	if _, err := s.Resolve(t.Context(), decision); err != nil {
		t.Errorf("not retried: %v", err)
	}
}

func TestResolveErrorsAreTold(t *testing.T) {
	s, d := service(journal.Parked)
	decision := adopt()
	decision.Seq = 7
	d.broken = errors.New("away")
	if _, err := s.Resolve(t.Context(), decision); !errors.Is(err, d.broken) {
		t.Errorf("%v", err)
	}
	decision.ID = "acme.commitment-1"
	d.broken = nil
	if _, err := s.Resolve(t.Context(), decision); !errors.Is(err, ErrNotFound) {
		t.Errorf("%v", err)
	}
}
