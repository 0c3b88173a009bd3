package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/natsbus"
	"github.com/procpac/procpac/internal/witness"
)

// witnessPath is where the witness of a working process lies.
func witnessPath(dir string) string { return filepath.Join(dir, "witness.db") }

// openGuard opens safe mode, and the witness of a process that works, and
// compares the streams with what was seen of them before anything is done.
func (p *process) openGuard(ctx context.Context) error {
	p.guard = witness.NewGuard(p.bus.Journal(), p.Log, time.Now)
	fresh, err := p.openWitness(ctx)
	if err != nil {
		return err
	}
	p.guard.Watch(p.file, streams{p.bus})
	for end := time.Now().Add(guardLimit); ; {
		err := p.guard.Load(ctx)
		if err == nil {
			err = p.guard.Look(ctx)
		}
		if err == nil {
			return p.orphaned(ctx, fresh)
		}
		if time.Now().After(end) || ctx.Err() != nil {
			return setup(err, "the stored history cannot be compared with its witness: %v", err)
		}
		pause(ctx, time.Second)
	}
}

// guardLimit is how long a start waits for a server that is away just then.
const guardLimit = 30 * time.Second

// openWitness opens the witness of a process that works; fresh tells that there
// was none.
func (p *process) openWitness(ctx context.Context) (fresh bool, err error) {
	if !p.has(Worker) {
		return false, nil
	}
	path := witnessPath(p.Config.DataDir)
	_, missing := os.Stat(path)
	if p.file, err = witness.Open(ctx, path); err != nil {
		return false, setup(err, "the witness in data_dir %s cannot be opened: %v", p.Config.DataDir, err)
	}
	p.onClose(func(context.Context) error { return p.file.Close() })
	return errors.Is(missing, os.ErrNotExist), nil
}

// orphaned raises safe mode for a data directory that has a history and no
// witness of it: somebody brought the streams here from elsewhere. A cluster's
// new worker is no such case.
func (p *process) orphaned(ctx context.Context, fresh bool) error {
	if !fresh || p.Config.NATS.URL != "" {
		return nil
	}
	_, last, err := p.bus.Ends(ctx)
	if err != nil || last == 0 {
		return err
	}
	return p.guard.Raise(ctx, []witness.Finding{{Stream: witness.Journal, What: witness.Restored, Words: "The journal was not begun here: " +
		"its data directory has no witness of it, so nobody knows what it should hold."}})
}

// watchStreams feeds the guard everything that is stored, until ctx ends. A
// stream that lost its end is raised, and followed from where it ends now.
func (p *process) watchStreams(ctx context.Context) error {
	for {
		from, err := p.watchFrom(ctx)
		if err == nil {
			err = p.bus.Tail(ctx, natsbus.TailOptions{EventsFrom: from.Events + 1, JournalFrom: from.Journal + 1},
				func(ctx context.Context, entries []natsbus.Entry) error {
					defer pause(ctx, gatherFor)
					return p.guard.Feed(ctx, sightings(entries))
				})
		}
		if ctx.Err() != nil {
			return nil
		}
		p.Log.Warn().Err(err).Msg("the witness starts over")
		if lookErr := p.guard.Look(ctx); lookErr != nil {
			p.Log.Warn().Err(lookErr).Msg("the streams cannot be looked at")
		}
		pause(ctx, time.Second)
	}
}

// lastWatch bounds the witness's last look at an orderly stop.
const lastWatch = 5 * time.Second

// watchLast shows the witness what the last moments stored, so that an orderly
// stop leaves nothing unseen. What it misses is only not watched over.
func (p *process) watchLast(ctx context.Context) {
	if p.file == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWatch)
	defer cancel()
	at, err := p.file.Position(ctx)
	for stream, from := range map[string]uint64{witness.Events: at.Events, witness.Journal: at.Journal} {
		if err == nil {
			err = streams{p.bus}.Read(ctx, stream, from+1, p.guard.Feed)
		}
	}
	if err != nil {
		p.Log.Warn().Err(err).Msg("the witness has not seen the last of the streams")
	}
}

// watchFrom is where to go on: what the file has seen, or, without a file, now.
func (p *process) watchFrom(ctx context.Context) (witness.Position, error) {
	now, err := streams{p.bus}.Streams(ctx)
	if err != nil || p.file == nil {
		return witness.Position{Events: now.Events.Last, Journal: now.Journal.Last}, err
	}
	at, err := p.file.Position(ctx)
	return at.Within(now), err
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// streams are the bus's streams as the witness looks at them.
type streams struct{ bus *natsbus.Bus }

// Streams tells what both hold.
func (s streams) Streams(ctx context.Context) (witness.Streams, error) {
	events, records, err := s.bus.Streams(ctx)
	return witness.Streams{Events: witness.Stream(events), Journal: witness.Stream(records)}, err
}

// Read reads one to its end.
func (s streams) Read(ctx context.Context, stream string, from uint64, fn func(context.Context, []witness.Entry) error) error {
	return s.bus.Read(ctx, stream == witness.Journal, from, func(ctx context.Context, entries []natsbus.Entry) error {
		return fn(ctx, sightings(entries))
	})
}

// sightings says the bus's entries in the witness's words.
func sightings(entries []natsbus.Entry) []witness.Entry {
	seen := make([]witness.Entry, len(entries))
	for i, e := range entries {
		seen[i] = sighting(e)
	}
	return seen
}

func sighting(e natsbus.Entry) witness.Entry {
	s := witness.Entry{Stream: witness.Events, Seq: e.Seq, Stored: e.At, Key: e.Key}
	if e.Journal {
		s.Stream = witness.Journal
	}
	switch e.Kind {
	case natsbus.RecordEntry:
		s.State, s.At = lastState(e.Record), e.Record.At
	case natsbus.RegisterEntry:
		s.Register = &e.Register
	case natsbus.GapEntry:
		s.Missing, s.Aged = e.Missing, e.Aged
	case natsbus.BadEntry:
		s.Bad = e.Err.Error()
	}
	return s
}

// lastState is the state a record leads to; none: it moves nothing.
func lastState(r journal.Record) journal.State {
	if len(r.Moves) == 0 {
		return journal.None
	}
	return r.Moves[len(r.Moves)-1].To
}
