package witness

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// History is the journal as the road uses it; its promises are the road's.
type History interface {
	Load(ctx context.Context, key journal.Key) (journal.Effect, error)
	Append(ctx context.Context, key journal.Key, r journal.Record, after uint64) (seq uint64, err error)
	Store
}

// Wrap watches what is read from a journal. An effect or a register that is not
// as this process saw it, or whose history is broken, raises safe mode, and the
// read fails with a Transient fault of the system: nothing is decided from it.
// A broken history that a release took for good is passed on as the journal
// reports it.
func (g *Guard) Wrap(j History) History { return &watched{History: j, guard: g} }

// watched is a journal under watch.
type watched struct {
	History
	guard *Guard
}

// Load reads an effect. What was seen of it is asked for first, so that a record
// that comes meanwhile is no news.
func (w *watched) Load(ctx context.Context, key journal.Key) (journal.Effect, error) {
	seen, err := w.guard.sight(ctx, key.String())
	if err != nil {
		return journal.Effect{Key: key}, err
	}
	var wrong string
	for range w.guard.again(ctx) {
		effect, err := w.History.Load(ctx, key)
		if err != nil {
			return effect, w.guard.broken(ctx, key.String(), err)
		}
		if wrong = seen.against(effect); wrong == "" {
			return effect, nil
		}
	}
	return journal.Effect{Key: key}, w.guard.backwards(ctx, key.String(), wrong)
}

// LoadRegister reads a register.
func (w *watched) LoadRegister(ctx context.Context, connection, name string) (journal.Register, uint64, error) {
	id := registerID(connection, name)
	seen, err := w.guard.sight(ctx, id)
	if err != nil {
		return journal.Register{Name: name}, 0, err
	}
	var last uint64
	for range w.guard.again(ctx) {
		reg, seq, err := w.History.LoadRegister(ctx, connection, name)
		if err != nil {
			return reg, seq, w.guard.broken(ctx, id, err)
		}
		if last = seq; seq >= seen.seq {
			return reg, seq, nil
		}
	}
	return journal.Register{Name: name}, 0, w.guard.backwards(ctx, id, fmt.Sprintf("it ends at sequence %d, but sequence %d was seen", last, seen.seq))
}

// sight is what the file saw of an effect or register; the zero mark when it saw
// nothing.
func (g *Guard) sight(ctx context.Context, id string) (mark, error) {
	if g.file == nil {
		return mark{}, nil
	}
	m, _, err := g.file.mark(ctx, id)
	if err != nil {
		return m, fault.New(fault.Transient, "load "+id, err).OfSystem()
	}
	return m, nil
}

// again yields once, and once more after each pause of the guard's patience. It
// ends early when ctx does.
func (g *Guard) again(ctx context.Context) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range len(g.patience) + 1 {
			if i > 0 && !rest(ctx, g.patience[i-1]) || !yield(i) {
				return
			}
		}
	}
}

// rest waits for d; false: ctx ended.
func rest(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// against says what is wrong with an effect that was read after it was seen;
// empty: nothing.
func (m mark) against(e journal.Effect) string {
	switch {
	case m.seq > e.Seq:
		return fmt.Sprintf("it ends at sequence %d (%s), but sequence %d (%s) was seen", e.Seq, stateWord(e.State), m.seq, m.state)
	case m.seq == 0:
		return ""
	case m.records > e.Records, m.seq < e.Seq && m.records == e.Records:
		return fmt.Sprintf("it has %d records up to sequence %d, but %d up to sequence %d were seen", e.Records, e.Seq, m.records, m.seq)
	case m.seq == e.Seq && (m.state != e.State || m.at != 0 && m.at != micros(e.At)):
		return fmt.Sprintf("its record at sequence %d (%s) is not the one that was seen (%s)", e.Seq, stateWord(e.State), m.state)
	}
	return ""
}

func stateWord(s journal.State) string {
	if s == journal.None {
		return "nothing"
	}
	return string(s)
}

// backwards raises safe mode for an effect or register that is not as it was
// seen, and gives the error of the read.
func (g *Guard) backwards(ctx context.Context, id, wrong string) error {
	if wrong == "" || ctx.Err() != nil { // not looked at long enough
		return fault.New(fault.Transient, "load "+id, context.Cause(ctx)).OfSystem()
	}
	f := Finding{Stream: Journal, What: EffectBackwards, Effect: id, Words: fmt.Sprintf("The history of %s went backwards: %s.", id, wrong)}
	return g.refuse(ctx, f, errors.New(wrong))
}

// broken raises safe mode for a history that the store calls broken; any other
// error is passed on.
func (g *Guard) broken(ctx context.Context, id string, err error) error {
	f := Finding{Stream: Journal, What: Corrupt, Effect: id, Words: fmt.Sprintf("The history of %s is broken: %s.", id, err)}
	if !errors.Is(err, journal.ErrBroken) || pardons(g.pardoned(), f) {
		return err
	}
	return g.refuse(ctx, f, err)
}

// refuse raises and gives the error of a read that must not be used. The cause
// is told in words only: its class would make it the document's fault.
func (g *Guard) refuse(ctx context.Context, f Finding, cause error) error {
	if err := g.Raise(ctx, []Finding{f}); err != nil {
		g.log.Error().Err(err).Msg("safe mode is on here; others do not know yet")
	}
	return fault.New(fault.Transient, "load "+f.Effect, fmt.Errorf("safe mode: %s", cause)).OfSystem()
}
