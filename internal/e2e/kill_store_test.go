package e2e

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/natsbus"
)

// store is what a data directory holds, read by nobody's words but the
// streams' own.
type store struct {
	events    map[string]int // how often each id is stored
	records   int
	last      map[journal.Key]uint64 // sequence of each effect's last record
	effects   map[journal.Key]journal.Effect
	registers map[string]journal.Register // by name
}

// readStore opens the data directory, which nobody may hold any more, and reads
// both streams from end to end. A gap, an unreadable message or a history that
// does not fold fails the test.
func readStore(t *testing.T, dir string) *store {
	t.Helper()
	s, err := tryStore(t.Context(), dir, func(context.Context, *natsbus.Bus, *store) error { return nil })
	if err != nil {
		t.Error(err)
	}
	return s
}

// tryStore is readStore for a directory that may have lost something: it gives
// what is there, and in err all that is wrong with it. While the bus is open,
// use has it.
func tryStore(ctx context.Context, dir string, use func(context.Context, *natsbus.Bus, *store) error) (s *store, err error) {
	s = &store{events: map[string]int{}, last: map[journal.Key]uint64{}, effects: map[journal.Key]journal.Effect{}, registers: map[string]journal.Register{}}
	bus, err := natsbus.Open(ctx, natsbus.Options{DataDir: dir})
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, bus.Close(context.WithoutCancel(ctx))) }()
	return s, errors.Join(s.read(ctx, bus), use(ctx, bus, s))
}

// read takes both streams in, and folds every history.
func (s *store) read(ctx context.Context, bus *natsbus.Bus) error {
	var errs []error
	for _, journal := range []bool{false, true} {
		errs = append(errs, bus.Read(ctx, journal, 1, func(_ context.Context, entries []natsbus.Entry) error {
			for _, e := range entries {
				errs = append(errs, s.take(e))
			}
			return nil
		}))
	}
	for key, last := range s.last {
		effect, err := bus.Journal().Load(ctx, key)
		if err == nil && effect.Seq != last {
			err = fmt.Errorf("%s folds up to sequence %d, its last record is %d", key, effect.Seq, last)
		}
		errs, s.effects[key] = append(errs, err), effect
	}
	return errors.Join(errs...)
}

// take notes one entry.
func (s *store) take(e natsbus.Entry) error {
	switch e.Kind {
	case natsbus.EventEntry:
		s.events[e.Event.ID]++
	case natsbus.RecordEntry:
		s.records++
		s.last[e.Key] = e.Seq
	case natsbus.RegisterEntry:
		s.registers[e.Register.Name] = e.Register
	case natsbus.GapEntry:
		return fmt.Errorf("journal %t: %d messages are missing from sequence %d on", e.Journal, e.Missing, e.Seq)
	case natsbus.BadEntry:
		return fmt.Errorf("journal %t: sequence %d cannot be read: %w", e.Journal, e.Seq, e.Err)
	}
	return nil
}

// lacks gives those of the ids that are not stored.
func (s *store) lacks(ids []string) (missing []string) {
	for _, id := range ids {
		if s.events[id] == 0 {
			missing = append(missing, id)
		}
	}
	return missing
}

// doubles gives how many events are stored more than once.
func (s *store) doubles() (doubled int) {
	for _, n := range s.events {
		if n > 1 {
			doubled++
		}
	}
	return doubled
}
