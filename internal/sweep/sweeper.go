package sweep

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// Procore is what a sweep reads there. A list that is not there, or not shown to
// us, fails with erp.ErrNotShown; each sequence ends after an error.
type Procore interface {
	// Deliveries lists the webhooks of our hooks that did not arrive and were
	// last tried since then; a zero time: all that Procore keeps.
	Deliveries(ctx context.Context, since time.Time) iter.Seq2[erp.Delivery, error]
	// Requests lists the heads of the ERP requests created since then.
	Requests(ctx context.Context, since time.Time) iter.Seq2[erp.Request, error]
}

// Journal shows one effect as it is now.
type Journal interface {
	Load(ctx context.Context, key journal.Key) (journal.Effect, error)
}

// Live knows which effects are at work. One that also has the method
//
//	Answered(ctx context.Context, connection string, request erp.ID) (bool, error)
//
// saves a hint for every request that it knows to be answered.
type Live interface {
	// Stuck lists the live effects, not terminal and not parked, that nobody has
	// touched since that moment and whose wake time lies before it.
	Stuck(ctx context.Context, connection string, before time.Time) iter.Seq2[journal.Key, error]
}

// Bus stores hints, one of an id once. One that also has the method
//
//	Store(ctx context.Context, e erp.Event) (duplicate bool, err error)
//
// is asked through that, and the report tells new hints from known ones.
type Bus interface {
	Publish(ctx context.Context, e erp.Event) error
}

// answers and storer are the methods that Live and Bus may have beside theirs.
type (
	answers interface {
		Answered(ctx context.Context, connection string, request erp.ID) (bool, error)
	}
	storer interface {
		Store(ctx context.Context, e erp.Event) (duplicate bool, err error)
	}
)

// Config is what a Sweeper works with. All but GoLive, Approvals and Log must be set.
type Config struct {
	Connection string
	Company    erp.ID
	GoLive     time.Time // what was approved before is only listed; zero: no such limit
	Procore    Procore
	Journal    Journal
	Live       Live
	Bus        Bus
	Approvals  Approvals // with direct intake; nil: approvals are only listed by the audit
	Now        func() time.Time
	Log        zerolog.Logger
}

// Sweeper sweeps one connection. It is safe for concurrent use: sweeps take
// turns. Keep it: it remembers for six hours which requests it has hinted.
type Sweeper struct {
	Config
	turn   chan struct{}        // holds one token: whose turn it is
	hinted map[erp.ID]time.Time // requests, and when they were put on the bus
}

// New makes a Sweeper; it reads nothing yet.
func New(config Config) *Sweeper {
	s := &Sweeper{Config: config, turn: make(chan struct{}, 1), hinted: map[erp.ID]time.Time{}}
	s.turn <- struct{}{}
	return s
}

// Options say what one sweep is to do.
type Options struct {
	Since    time.Time // how far back; zero: everything Procore still lists
	DryRun   bool      // list what would be put on the bus, put nothing
	Actor    string    // who asked for it; empty: the timer
	Progress func(Progress)
}

// Progress tells how far a sweep has come, every hundred rows and at the end of
// each place.
type Progress struct {
	What string `json:"what"` // deliveries, effects, requests, approvals
	Done int    `json:"done"` // rows read of that place
}

// Quiet is how long a hint is given to take effect before it is repeated, and
// Overdue how long past its wake time an effect is left alone.
const (
	Quiet   = 6 * time.Hour
	Overdue = time.Hour
)

// Sweep looks in all places and puts what was missed on the bus. The
// report says what was done, also beside an error. A list that Procore does not
// show becomes a warning; a place that fails otherwise fails the sweep, after
// the other places were swept. When the bus fails, or ctx ends, it stops there.
func (s *Sweeper) Sweep(ctx context.Context, o Options) (Report, error) {
	r := &round{Sweeper: s, options: o, now: s.Now(), fresh: map[erp.ID]bool{}}
	r.report = Report{Connection: s.Connection, Since: o.Since, Started: r.now, Lines: []Line{}}
	select {
	case <-s.turn:
		defer func() { s.turn <- struct{}{} }()
	case <-ctx.Done():
		r.report.Ended = s.Now()
		return r.report, fmt.Errorf("sweep %s: %w", s.Connection, ctx.Err())
	}
	s.forget(r.now)
	err := r.all(ctx)
	r.report.Ended = s.Now()
	s.tell(r.report)
	if err != nil {
		return r.report, fmt.Errorf("sweep %s: %w", s.Connection, err)
	}
	return r.report, nil
}

// forget drops what was hinted long ago.
func (s *Sweeper) forget(now time.Time) {
	for id, at := range s.hinted {
		if now.Sub(at) >= Quiet {
			delete(s.hinted, id)
		}
	}
}

// tell logs one line; a sweep that found nothing is no news, one that is blind
// somewhere is.
func (s *Sweeper) tell(r Report) {
	line := s.Log.Debug()
	switch {
	case len(r.Warnings) > 0:
		line = s.Log.Warn().Strs("warnings", r.Warnings)
	case r.Enqueued > 0:
		line = s.Log.Info()
	}
	line.Int("read", r.Read).Int("enqueued", r.Enqueued).Int("known", r.Known).Int("listed", r.Listed).Msg("sweep")
}

// all sweeps the places.
func (r *round) all(ctx context.Context) error {
	var all error
	for _, place := range []func(context.Context) error{r.deliveries, r.effects, r.requests, r.approvals} {
		if ctx.Err() != nil {
			return errors.Join(all, ctx.Err())
		}
		err := place(ctx)
		if all = errors.Join(all, err); errors.Is(err, errBus) {
			return all
		}
	}
	return all
}
