package witness

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Look compares the streams with what was seen of them and raises what it
// finds. Call it after Load and before any work, and now and then (Run does). An
// error of the streams or the file says that nothing is known; that the register
// could not be written is no error here.
func (g *Guard) Look(ctx context.Context) error {
	if err := g.takeOver(ctx); err != nil {
		return err
	}
	if g.file == nil || g.source == nil {
		return nil
	}
	var found []Finding
	for range g.again(ctx) {
		var err error
		if found, err = g.look(ctx); err != nil {
			return err
		}
		if !transitory(found) {
			break
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := g.Raise(ctx, found); err != nil {
		g.log.Error().Err(err).Msg("safe mode is on here; others do not know yet")
	}
	return nil
}

// look compares once. What was noted is read first: what comes after that is
// no news.
func (g *Guard) look(ctx context.Context) ([]Finding, error) {
	before, err := g.file.noted(ctx)
	if err != nil {
		return nil, err
	}
	now, err := g.source.Streams(ctx)
	if err != nil {
		return nil, err
	}
	found, err := g.file.check(ctx, before, now)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{Journal, Events} {
		replaced, err := g.replaced(ctx, name, before[name])
		if err != nil {
			return nil, err
		}
		found, _ = union(found, replaced)
	}
	return found, nil
}

var errRead = errors.New("read enough")

// replaced looks whether the message that was seen last is still the one at its
// sequence. It is not when the tail was cut and the server gave the sequences
// out again.
func (g *Guard) replaced(ctx context.Context, name string, n noted) (found []Finding, err error) {
	if n.stamp == 0 {
		return nil, nil
	}
	err = g.source.Read(ctx, name, n.seen, func(_ context.Context, entries []Entry) error {
		if e := entries[0]; e.Seq == n.seen && !e.Stored.IsZero() && e.Stored.UnixNano() != n.stamp {
			found = []Finding{{Stream: name, What: Rewound, From: n.seen, To: n.seen, Words: fmt.Sprintf(
				"Another message stands at sequence %d of %s than was seen there: its end was lost, and its sequences were given out again.", n.seen, name)}}
		}
		return errRead
	})
	if errors.Is(err, errRead) {
		err = nil
	}
	return found, err
}

// transitory tells whether findings may go by themselves: a server that has just
// taken over may not know all yet.
func transitory(found []Finding) bool {
	for _, f := range found {
		if f.What != Rewound && f.What != Hole || f.What == Hole && f.From > 0 {
			return false
		}
	}
	return len(found) > 0
}

// Rounds says how often Run does what.
type Rounds struct {
	Look  time.Duration // compare the streams; 0: every minute
	Scrub time.Duration // read everything; 0: every 24 hours
}

// Run keeps watch until ctx ends: it saves what could not be saved, takes over
// releases, looks, and reads everything at its start, when safe mode changes and
// now and then. One goroutine runs it.
func (g *Guard) Run(ctx context.Context, r Rounds) {
	r.Look, r.Scrub = orElse(r.Look, time.Minute), orElse(r.Scrub, 24*time.Hour)
	look, scrub := time.NewTicker(r.Look), time.NewTicker(r.Scrub)
	defer look.Stop()
	defer scrub.Stop()
	for {
		if err := g.round(ctx); err != nil && ctx.Err() == nil {
			g.log.Warn().Err(err).Msg("cannot look after the stored history; trying again")
		}
		select {
		case <-ctx.Done():
			return
		case <-g.wake:
		case <-look.C:
		case <-scrub.C:
			g.readAll(true)
		}
	}
}

func orElse(d, other time.Duration) time.Duration {
	if d <= 0 {
		return other
	}
	return d
}

// round does what is due.
func (g *Guard) round(ctx context.Context) error {
	err := errors.Join(g.save(ctx), g.Look(ctx))
	if !g.readAll(false) {
		return err
	}
	scrubbed := g.Scrub(ctx)
	if scrubbed != nil {
		g.readAll(true)
	}
	return errors.Join(err, scrubbed)
}

// readAll notes whether everything should be read, and tells whether it was to.
func (g *Guard) readAll(should bool) (was bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	was, g.unread = g.unread, should
	return was
}
