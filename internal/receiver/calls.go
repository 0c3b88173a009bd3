package receiver

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// calls are the calls of the store that are under way. A request gives up on
// one that is late; it stays on the books here until it comes back.
type calls struct {
	most int

	mu     sync.Mutex
	under  int
	closed bool
	idle   chan struct{} // closed once closed is set and none is under way
}

func newCalls(most int) *calls { return &calls{most: most, idle: make(chan struct{})} }

// ending is how a call ended.
type ending struct {
	repeat bool
	err    error
}

var (
	errLate   = errors.New("the store did not answer in time")
	errBusy   = errors.New("too many calls of the store are under way")
	errClosed = errors.New("the receiver is closed")
)

// within calls f and gives up on it when ctx ends, even if f does not look.
func (c *calls) within(ctx context.Context, f func() (bool, error)) ending {
	if err := c.begin(); err != nil {
		return ending{err: err}
	}
	done := make(chan ending, 1)
	go func() {
		defer c.end()
		done <- guarded(f)
	}()
	select {
	case e := <-done:
		return e
	case <-ctx.Done():
	}
	select {
	case e := <-done: // both at once: it counts
		return e
	default:
		return ending{err: errLate}
	}
}

// guarded turns a panic of f into an error: in a goroutine of ours it would
// end the process.
func guarded(f func() (bool, error)) (e ending) {
	defer func() {
		if p := recover(); p != nil {
			e = ending{err: fmt.Errorf("the store panicked: %v", p)}
		}
	}()
	e.repeat, e.err = f()
	return e
}

func (c *calls) begin() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return errClosed
	case c.under >= c.most:
		return errBusy
	}
	c.under++
	return nil
}

func (c *calls) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.under--; c.closed && c.under == 0 {
		close(c.idle)
	}
}

// close begins no more calls and waits for those under way.
func (c *calls) close(ctx context.Context) error {
	c.mu.Lock()
	if !c.closed {
		if c.closed = true; c.under == 0 {
			close(c.idle)
		}
	}
	c.mu.Unlock()
	select {
	case <-c.idle:
		return nil
	case <-ctx.Done():
	}
	c.mu.Lock()
	under := c.under
	c.mu.Unlock()
	if under == 0 {
		return nil
	}
	return fmt.Errorf("close the receiver: %d calls of the store have not come back: %w", under, context.Cause(ctx))
}
