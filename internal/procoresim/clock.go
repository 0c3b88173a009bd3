package procoresim

import (
	"slices"
	"sync"
	"time"
)

// Clock is the time the simulator lives by: token lifetimes, rate windows, time stamps, pauses between deliveries.
type Clock interface {
	// Now is the present moment.
	Now() time.Time
	// After sends the time once d has passed. stop releases the timer; calling it twice, or late, does no harm.
	After(d time.Duration) (fired <-chan time.Time, stop func())
}

// Advancer is a Clock that can be moved forward by hand. Both clocks of this package are.
type Advancer interface {
	Clock
	// Advance moves the clock forward and fires every timer that has become due, earliest first.
	Advance(d time.Duration)
	// Next is the moment of the earliest timer; false when none is set.
	Next() (time.Time, bool)
}

// timer is one waiting After of either clock. wall is nil on a manual clock.
type timer struct {
	at   time.Time
	ch   chan time.Time
	wall *time.Timer
}

// ManualClock stands still until Advance is called. It is safe for concurrent use.
type ManualClock struct {
	mu     sync.Mutex
	now    time.Time
	timers []*timer
}

// NewManualClock starts a clock that stands at the given moment.
func NewManualClock(start time.Time) *ManualClock { return &ManualClock{now: start} }

// Now is the moment the clock stands at.
func (c *ManualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// After fires when Advance has moved the clock by d; at once when d is not positive.
func (c *ManualClock) After(d time.Duration) (<-chan time.Time, func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &timer{at: c.now.Add(d), ch: make(chan time.Time, 1)}
	if d <= 0 {
		t.ch <- c.now
		return t.ch, func() {}
	}
	c.timers = append(c.timers, t)
	return t.ch, func() { c.drop(t) }
}

func (c *ManualClock) drop(t *timer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timers = slices.DeleteFunc(c.timers, func(o *timer) bool { return o == t })
}

// Advance moves the clock forward by d and fires what became due, in order of time.
func (c *ManualClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	slices.SortStableFunc(c.timers, func(a, b *timer) int { return a.at.Compare(b.at) })
	for len(c.timers) > 0 && !c.timers[0].at.After(c.now) {
		c.timers[0].ch <- c.timers[0].at
		c.timers = c.timers[1:]
	}
}

// Next is the moment of the earliest timer.
func (c *ManualClock) Next() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return earliest(c.timers)
}

// RunningClock follows the wall clock and can be pushed ahead of it by Advance. It is safe for concurrent use.
type RunningClock struct {
	mu     sync.Mutex
	ahead  time.Duration
	timers []*timer
}

// NewRunningClock starts a clock that shows wall time.
func NewRunningClock() *RunningClock { return &RunningClock{} }

// Now is the wall time plus all that the clock was advanced by.
func (c *RunningClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

// After fires when d has passed, be it by waiting or by Advance.
func (c *RunningClock) After(d time.Duration) (<-chan time.Time, func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &timer{at: time.Now().Add(c.ahead).Add(d), ch: make(chan time.Time, 1)}
	t.wall = time.AfterFunc(d, func() { c.fire(t) })
	c.timers = append(c.timers, t)
	return t.ch, func() { c.take(t) }
}

func (c *RunningClock) fire(t *timer) {
	if c.take(t) {
		t.ch <- t.at
	}
}

// take removes a timer; true for the one caller that found it still waiting.
func (c *RunningClock) take(t *timer) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	t.wall.Stop()
	before := len(c.timers)
	c.timers = slices.DeleteFunc(c.timers, func(o *timer) bool { return o == t })
	return len(c.timers) < before
}

// Advance pushes the clock ahead by d; timers that became due fire within a moment.
func (c *RunningClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
	now := time.Now().Add(c.ahead)
	for _, t := range c.timers {
		t.wall.Reset(max(0, t.at.Sub(now)))
	}
}

// Next is the moment of the earliest timer.
func (c *RunningClock) Next() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return earliest(c.timers)
}

func earliest(timers []*timer) (time.Time, bool) {
	if len(timers) == 0 {
		return time.Time{}, false
	}
	first := slices.MinFunc(timers, func(a, b *timer) int { return a.at.Compare(b.at) })
	return first.at, true
}
