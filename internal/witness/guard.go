package witness

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/journal"
)

// Store keeps registers by compare-and-set: SaveRegister answers
// journal.ErrMoved when another save came first.
type Store interface {
	LoadRegister(ctx context.Context, connection, name string) (reg journal.Register, seq uint64, err error)
	SaveRegister(ctx context.Context, connection string, reg journal.Register, after uint64) error
}

// Source is the streams themselves.
type Source interface {
	// Streams tells what the server says that they hold.
	Streams(ctx context.Context) (Streams, error)
	// Read reads one stream from a sequence to its end at the call and tells
	// every sequence of it, a missing one as a gap, in order.
	Read(ctx context.Context, stream string, from uint64, fn func(context.Context, []Entry) error) error
}

// Guard is safe mode of this process. It is halted from the start, until Load
// has read what the journal says. Safe for concurrent use.
type Guard struct {
	store    Store
	log      zerolog.Logger
	now      func() time.Time
	file     *File  // nil: this process does not work, it only shows and releases
	source   Source // nil: nothing to look at, and no release from here
	patience []time.Duration
	wake     chan struct{} // room for one: Run has something to do

	saving sync.Mutex // held while talking to the register
	words  atomic.Pointer[string]

	mu      sync.Mutex
	state   State
	unsaved []Finding // raised here, not in the register yet
	due     bool      // a release that the file has not taken over
	unread  bool      // everything should be read once
}

// NewGuard makes a guard that keeps safe mode in store. Times come from now.
func NewGuard(store Store, log zerolog.Logger, now func() time.Time) *Guard {
	g := &Guard{store: store, log: log, now: now, wake: make(chan struct{}, 1), patience: patience(), unread: true}
	unknown := "safe mode is not known yet: the journal has not been read."
	g.words.Store(&unknown)
	return g
}

// patience is how long to wait before looking again whether something is really
// missing: a replica that lags reads shorter for a moment.
func patience() []time.Duration {
	return []time.Duration{100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond}
}

// Watch gives the guard what it looks at: the file of this process, nil where
// it has none, and the streams. Call it before Load.
func (g *Guard) Watch(file *File, source Source) { g.file, g.source = file, source }

// Halted is why nothing may be created, in one sentence; empty: all is well. It
// costs nothing: ask before each create.
func (g *Guard) Halted() string { return *g.words.Load() }

// State is safe mode as it is known here.
func (g *Guard) State() State {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.state
	s.Findings = append([]Finding(nil), s.Findings...)
	return s
}

// Load reads the register, and what this process kept of safe mode when it
// stopped. A release that came meanwhile is taken over. A register that cannot
// be read raises safe mode by itself. An error means that nothing is known.
func (g *Guard) Load(ctx context.Context) error {
	reg, _, err := g.store.LoadRegister(ctx, Connection, Register)
	unreadable := errors.Is(err, journal.ErrBroken)
	if err != nil && !unreadable {
		return fmt.Errorf("load safe mode: %w", err)
	}
	if err := g.begin(ctx, stateOf(reg.Safe)); err != nil {
		return fmt.Errorf("load safe mode: %w", err)
	}
	if unreadable {
		return g.raiseUnsaved(ctx, []Finding{{Stream: Journal, What: Corrupt, Effect: registerID(Connection, Register),
			Words: "The register of safe mode cannot be read: " + err.Error() + "."}})
	}
	return g.takeOver(ctx)
}

// begin puts together what the register says and what the file kept.
func (g *Guard) begin(ctx context.Context, remote State) error {
	var own kept
	if g.file != nil {
		var err error
		if own, err = g.file.kept(ctx); err != nil {
			return err
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.state = remote
	g.due = g.file != nil && !remote.On && remote.Accepted != nil && micros(remote.Released) > own.accepted
	released := own.saved && !remote.On && remote.Episode >= own.state.Episode
	if own.state.On && !released {
		g.state, _ = g.state.raised(own.state.Findings, own.state.Since)
		g.state.Episode = max(g.state.Episode, own.state.Episode)
		g.unsaved = own.state.Findings
	}
	g.tell()
	return nil
}

// tell refreshes the sentence. mu is held.
func (g *Guard) tell() {
	words := g.state.words()
	if words == "" && g.due {
		words = "safe mode was released and is being taken over."
	}
	g.words.Store(&words)
}

// Take looks at a register that came by on the tail of JOURNAL; any but the one
// of safe mode is passed over.
func (g *Guard) Take(reg journal.Register) {
	if reg.Name != Register || reg.Safe == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	was := g.state
	g.state = g.state.after(stateOf(reg.Safe))
	if !g.state.On && len(g.unsaved) > 0 { // that release knew nothing of what was found here
		g.state, _ = g.state.raised(g.unsaved, was.Since)
	}
	g.changed(was)
}

// changed follows up a change of state. mu is held.
func (g *Guard) changed(was State) {
	if !g.state.On && g.state.Episode > 0 && (was.On || g.state.Episode > was.Episode) {
		g.due = g.file != nil && g.state.Accepted != nil
	}
	if was.On != g.state.On {
		g.log.Warn().Bool("on", g.state.On).Int("episode", g.state.Episode).Str("by", g.state.By).Msg("safe mode changed")
		g.unread = true
	}
	g.tell()
	g.nudge()
}

// nudge wakes Run.
func (g *Guard) nudge() {
	select {
	case g.wake <- struct{}{}:
	default:
	}
}

// takeOver lets the file accept a release. Until that is done creates stop.
func (g *Guard) takeOver(ctx context.Context) error {
	g.mu.Lock()
	s, due := g.state, g.due
	g.mu.Unlock()
	if !due {
		return nil
	}
	if err := g.file.accept(ctx, *s.Accepted, s.Findings, s.Released); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.due, g.unread = false, true
	g.tell()
	return nil
}
