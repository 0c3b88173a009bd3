package e2e

import (
	"context"

	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/natsbus"
	"github.com/procpac/procpac/internal/ops"
)

// checkAnswers wants exactly one final status at every request detail.
func (s *storm) checkAnswers() {
	s.t.Helper()
	for _, r := range s.procore.Requests() {
		if r.TimesClosed < 1 || r.Status != "success" && r.Status != "failed" || len(r.Messages) == 0 {
			s.t.Errorf("request %d: closed %d times as %q with %q", r.ID, r.TimesClosed, r.Status, r.Messages)
		}
	}
}

// checkStored wants every hint that was answered 200 in the store, once.
func (s *storm) checkStored() {
	s.t.Helper()
	have := map[string]int{}
	s.within(s.limit, "the projection has every event", func() bool {
		health, err := s.front.api.Health(s.t.Context())
		return err == nil && health.OK && health.Lag.Events == 0 && health.Lag.Journal == 0
	}, func() any { return "it lags" })
	for q := (ops.Query{Limit: 1000}); ; {
		page, err := s.front.api.Events(s.t.Context(), q)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, e := range page.Items {
			have[e.ID]++
		}
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	for id := range s.sender.ids {
		if have[id] != 1 {
			s.t.Errorf("event %s was answered 200 and is stored %d times", id, have[id])
		}
	}
}

// checkJournal reads every history from the broker itself: nothing lives on,
// every request was told once what Procore says too, and every record whose
// append was answered is there.
func (s *storm) checkJournal() map[journal.State]int {
	s.t.Helper()
	bus, err := natsbus.Open(s.t.Context(), natsbus.Options{URL: s.nats.Reveal()})
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() {
		if err := bus.Close(context.WithoutCancel(s.t.Context())); err != nil {
			s.t.Error(err)
		}
	}()
	states := map[journal.State]int{}
	for _, d := range s.documents {
		effect, err := bus.Journal().Load(s.t.Context(), d.key())
		if err != nil {
			s.t.Fatal(err)
		}
		states[effect.State]++
		s.checkEffect(d, effect)
	}
	s.checkRecords(bus.Journal())
	return states
}

func (d *stormDocument) key() journal.Key {
	return journal.Key{Connection: connection, Effect: d.kind + "-" + itoa(d.id)}
}

func (s *storm) checkEffect(d *stormDocument, effect journal.Effect) {
	s.t.Helper()
	if effect.State != journal.Done && effect.State != journal.Parked {
		s.t.Errorf("ended as %s: %s%s", effect.State, effect.Last.Reason, s.tell(d))
		if d.of != nil {
			s.t.Errorf("it hangs on%s", s.tell(d.of))
		}
	}
	for _, r := range d.requests {
		told, _ := s.procore.Request(r.id)
		switch closing, known := effect.Closed[r.id]; {
		case !known && told.Status == "success" && effect.Request > r.id: // its record lost a race against a newer request of the same content
			s.unrecorded++
		case closing.Outcome != told.Status:
			s.t.Errorf("%s: request %d is %q in Procore and %q in the journal%s", effect.Key, r.id, told.Status, closing.Outcome, s.tell(d))
		}
	}
}

// checkRecords looks for every record that the journal said it has.
func (s *storm) checkRecords(j *natsbus.Journal) {
	s.t.Helper()
	histories := map[journal.Key]map[uint64]journal.Record{}
	for _, c := range s.tape.all() {
		if c.record == nil || c.outcome != stormStored {
			continue
		}
		if histories[c.key] == nil {
			all, err := j.History(s.t.Context(), c.key)
			if err != nil {
				s.t.Fatal(err)
			}
			histories[c.key] = map[uint64]journal.Record{}
			for _, one := range all {
				histories[c.key][one.Seq] = one.Record
			}
		}
		have, known := histories[c.key][c.seq]
		if !known || have.Owner != c.record.Owner || !have.At.Equal(c.record.At) || len(have.Moves) != len(c.record.Moves) {
			s.t.Errorf("%s: the record that was stored as %d is not there, but %+v", c.key, c.seq, have)
		}
	}
}
