package procore

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/retry"
)

// The bounds of a wait for the end of a window, the same as for Retry-After,
// and what we take where Procore names none: the spike window is 10 s long
// (documented).
const (
	leastWait   = time.Second
	mostWait    = 15 * time.Minute
	waitLimited = 10 * time.Second
	waitBusy    = 30 * time.Second
)

// gate lets a bounded number of calls through, and none while Procore's rate
// limit says so. Which of Procore's two windows the headers speak of changes
// from answer to answer (documented), so only the end of a hold is kept.
type gate struct {
	slots    chan struct{}
	patience time.Duration
	now      func() time.Time

	mu    sync.Mutex
	until time.Time
}

func newGate(slots int, patience time.Duration, now func() time.Time) *gate {
	return &gate{slots: make(chan struct{}, slots), patience: patience, now: now}
}

// enter waits for a free slot and for the end of a short hold. A hold longer
// than the patience is the system's fault, with the wait in After. Call leave
// when the call is over.
func (g *gate) enter(ctx context.Context, op string) (leave func(), err error) {
	select {
	case g.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, fault.New(fault.Transient, op, context.Cause(ctx))
	}
	leave = func() { <-g.slots }
	for rest := g.rest(); rest > 0; rest = g.rest() {
		if err := g.pause(ctx, op, rest); err != nil {
			leave()
			return nil, err
		}
	}
	return leave, nil
}

// pause waits out a hold, or refuses to.
func (g *gate) pause(ctx context.Context, op string, rest time.Duration) error {
	if rest > g.patience {
		return fault.New(fault.Transient, op, nil).OfSystem().Wait(rest).
			Saying("Procore's limit of calls is used up; waiting until it allows more.")
	}
	timer := time.NewTimer(rest)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fault.New(fault.Transient, op, context.Cause(ctx))
	}
}

// rest is how long the hold still lasts.
func (g *gate) rest() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.until.Sub(g.now())
}

// hold lets nobody through for d; a longer hold that stands remains.
func (g *gate) hold(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if until := g.now().Add(d); until.After(g.until) {
		g.until = until
	}
}

// note holds when an answer says that no calls are left.
func (g *gate) note(h http.Header) {
	left, err := strconv.Atoi(h.Get("X-Rate-Limit-Remaining"))
	if err != nil || left > 0 {
		return
	}
	if wait, ok := untilReset(h, g.now()); ok {
		g.hold(wait)
	}
}

// wish is how long Procore asks us to wait: Retry-After where it stands, else
// the end of the window.
func wish(h http.Header, now time.Time) (time.Duration, bool) {
	if wait, ok := retry.RetryAfter(h.Get("Retry-After"), serverTime(h, now)); ok {
		return wait, true
	}
	return untilReset(h, now)
}

// untilReset is how long the present window lasts. Reset is in Unix seconds
// (documented).
func untilReset(h http.Header, now time.Time) (time.Duration, bool) {
	reset, err := strconv.ParseInt(h.Get("X-Rate-Limit-Reset"), 10, 64)
	if err != nil {
		return 0, false
	}
	return bounded(time.Unix(reset, 0).Sub(serverTime(h, now))), true
}

// serverTime is the answer's own date, so that a wrong clock on either side
// does no harm; without one it is now.
func serverTime(h http.Header, now time.Time) time.Time {
	if at, err := http.ParseTime(h.Get("Date")); err == nil {
		return at
	}
	return now
}

// bounded keeps a wait within reason.
func bounded(d time.Duration) time.Duration { return min(max(d, leastWait), mostWait) }
