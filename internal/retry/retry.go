// Package retry is the one place that repeats anything. Inside a process a few
// quick tries of what surely changed nothing; across deliveries a table of
// delays. Everything else in the program asks here, so that tries never
// multiply.
//
// It repeats only what is classed fault.Transient. A Permanent, an Ambiguous or
// an unclassed error ends it at once: repeating those is never ours to decide.
package retry

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v4"

	"github.com/procpac/procpac/internal/fault"
)

// Policy bounds the tries of one call. What is left out is as in Quick, but
// Tries below 1 are one.
type Policy struct {
	Tries int           // at most, the first included
	Base  time.Duration // the first pause; each next is twice as long, spread by half
	Limit time.Duration // of all tries and pauses together
}

// Quick is the policy of reads and of calls that were surely not sent: three
// tries within 20 s.
func Quick() Policy { return Policy{Tries: 3, Base: 100 * time.Millisecond, Limit: 20 * time.Second} }

// Do calls op until it succeeds, its error is not Transient, the policy is used
// up or ctx ends. It gives op's last error, joined with the context's cause
// where that ended it. op does not run when ctx has ended already.
func Do[T any](ctx context.Context, p Policy, op func(context.Context) (T, error)) (T, error) {
	var result T
	if ctx.Err() != nil {
		return result, fault.New(fault.Transient, "not started", context.Cause(ctx))
	}
	p = p.filled()
	pauses := &pauses{inner: p.backoff(), ctx: ctx, end: time.Now().Add(p.Limit)}
	var last error
	err := backoff.Retry(func() error {
		result, last = op(ctx)
		pauses.least = fault.After(last)
		if last != nil && fault.Of(last) != fault.Transient {
			return backoff.Permanent(last)
		}
		return last
	}, pauses)
	if err == nil {
		return result, nil
	}
	if ctx.Err() != nil && !errors.Is(last, context.Cause(ctx)) {
		return result, errors.Join(last, context.Cause(ctx))
	}
	return result, last
}

// filled gives the policy the values it lacks: without a limit the library
// would never stop, and without a base it would not pause.
func (p Policy) filled() Policy {
	quick := Quick()
	if p.Base <= 0 {
		p.Base = quick.Base
	}
	if p.Limit <= 0 {
		p.Limit = quick.Limit
	}
	return p
}

// backoff is the library's schedule for this policy. MaxElapsedTime is always
// set: the library's own is 15 minutes.
func (p Policy) backoff() backoff.BackOff {
	b := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(p.Base), backoff.WithMultiplier(2), backoff.WithRandomizationFactor(0.5),
		backoff.WithMaxInterval(p.Limit), backoff.WithMaxElapsedTime(p.Limit),
	)
	return backoff.WithMaxRetries(b, uint64(max(p.Tries-1, 0)))
}

// pauses adds to a schedule what the last error asked for, and stops early
// where a pause would outlive the policy or the context. It carries the
// context itself: a wrapper around WithContext would hide it.
type pauses struct {
	inner backoff.BackOff
	ctx   context.Context
	end   time.Time
	least time.Duration
}

// Context makes backoff.Retry watch ctx while it waits.
func (p *pauses) Context() context.Context { return p.ctx }

// Reset starts the schedule over.
func (p *pauses) Reset() { p.inner.Reset() }

// NextBackOff is the next pause, or backoff.Stop.
func (p *pauses) NextBackOff() time.Duration {
	next := p.inner.NextBackOff()
	if next == backoff.Stop {
		return backoff.Stop
	}
	next = max(next, p.least)
	wake := time.Now().Add(next)
	if deadline, ok := p.ctx.Deadline(); wake.After(p.end) || ok && wake.After(deadline) {
		return backoff.Stop
	}
	return next
}

// The end of trying across deliveries: whichever comes first, then the dead
// letter.
const (
	MaxAttempts = 40
	MaxAge      = 24 * time.Hour
)

// Step is the longest delay before the next try, after that many failed ones:
// 15 s, 30 s, 1, 2, 5, 10 and then 15 minutes. The caller spreads it.
func Step(attempt int) time.Duration {
	steps := [...]time.Duration{
		15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute,
	}
	return steps[min(max(attempt, 1), len(steps))-1]
}

// The bounds of what another side may ask us to wait.
const (
	leastWait   = time.Second
	longestWait = 15 * time.Minute
)

// RetryAfter reads a Retry-After header: seconds or a date, held within a
// second and 15 minutes. false: there is none, or it cannot be read.
func RetryAfter(header string, now time.Time) (time.Duration, bool) {
	header = strings.TrimSpace(header)
	if seconds, err := strconv.Atoi(header); err == nil || errors.Is(err, strconv.ErrRange) { // out of range: the nearest there is
		bounded := min(max(seconds, int(leastWait/time.Second)), int(longestWait/time.Second))
		return time.Duration(bounded) * time.Second, true
	}
	at, err := http.ParseTime(header)
	if err != nil {
		return 0, false
	}
	return min(max(at.Sub(now), leastWait), longestWait), true
}
