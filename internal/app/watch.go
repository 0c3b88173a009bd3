package app

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/natsbus"
)

// watch follows the journal, tells each step, and knows how every effect
// stands.
type watch struct {
	demo  *demo
	ended chan struct{}

	mu       sync.Mutex
	effects  map[journal.Key]*watched
	approved map[journal.Key]time.Time
	changed  chan struct{} // closed and replaced at each change
}

// watched is one effect as the journal tells it.
type watched struct {
	effect  journal.Effect
	applied time.Time // when all of it stood in Jobpac
	planned string    // what was last said of its plan
}

// news is stepWords, but a plan that was only looked at again is none.
func (w *watched) news(m journal.Move) string {
	words := stepWords(w.effect.Plan, m)
	if m.To != journal.Planned {
		return words
	}
	if words == w.planned {
		return ""
	}
	w.planned = words
	return words
}

func newWatch(d *demo) *watch {
	return &watch{
		demo: d, ended: make(chan struct{}), effects: map[journal.Key]*watched{}, approved: map[journal.Key]time.Time{}, changed: make(chan struct{}),
	}
}

// run follows the journal until ctx ends.
func (w *watch) run(ctx context.Context) {
	defer close(w.ended)
	err := w.demo.process.bus.Tail(ctx, natsbus.TailOptions{}, func(_ context.Context, entries []natsbus.Entry) error {
		for _, e := range entries {
			if e.Kind == natsbus.RecordEntry {
				w.take(e)
			}
		}
		return nil
	})
	if err != nil {
		w.demo.say("the journal cannot be followed: %v", err)
	}
}

// expect notes when a document was approved.
func (w *watch) expect(doc document) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.approved[doc.key()] = doc.approved
}

// take adds one record.
func (w *watch) take(e natsbus.Entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := w.effects[e.Key]
	if seen == nil {
		seen = &watched{effect: journal.Effect{Key: e.Key}}
		w.effects[e.Key] = seen
	}
	if err := seen.effect.Apply(e.Record, e.Seq); err != nil {
		w.demo.say("%v", err)
		return
	}
	for _, m := range e.Record.Moves {
		if m.To == journal.Applied {
			seen.applied = e.Record.At
		}
		approved, ours := w.approved[e.Key] // imports and links are told in other words
		if words := seen.news(m); ours && words != "" {
			w.demo.say("%-21s %5d ms  %s", e.Key.Effect, e.Record.At.Sub(approved).Milliseconds(), words)
		}
	}
	close(w.changed)
	w.changed = make(chan struct{})
}

// stepWords says a move for a person; "" for those that say nothing new.
func stepWords(p journal.Plan, m journal.Move) string {
	switch m.To {
	case journal.Planned:
		return fmt.Sprintf("planned: %q, %d record(s) for Jobpac", p.Title, len(p.Steps))
	case journal.Committed:
		for _, s := range p.Steps {
			if s.ID == m.Step {
				return "in Jobpac: " + s.Label
			}
		}
	case journal.Applied:
		return "read back and equal to the cent"
	case journal.Done, journal.Rejected, journal.Parked, journal.Waiting, journal.UnknownOut, journal.Dead:
		return string(m.To) + ": " + m.Reason
	}
	return ""
}

// effect gives an effect as it stands.
func (w *watch) effect(key journal.Key) watched {
	w.mu.Lock()
	defer w.mu.Unlock()
	if seen := w.effects[key]; seen != nil {
		return *seen
	}
	return watched{effect: journal.Effect{Key: key}}
}

// settled waits until an effect has ended or waits for a person, and Procore
// has been told.
func (w *watch) settled(ctx context.Context, key journal.Key) error {
	for {
		w.mu.Lock()
		changed, seen := w.changed, w.effects[key]
		ended := seen != nil && seen.effect.State.Settled() && len(seen.effect.Closed) > 0
		w.mu.Unlock()
		if ended {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			state := journal.None
			if seen != nil {
				state = seen.effect.State
			}
			return fmt.Errorf("%s is not settled but %q: %w", key, state, ctx.Err())
		}
	}
}
