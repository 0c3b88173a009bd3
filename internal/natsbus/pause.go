package natsbus

import (
	"context"
	"time"
)

// growing is a pause that doubles from 50 ms to 5 s while the bus is away. The
// zero value is ready; it is for one goroutine. It is no retry of a call that
// changes anything, only of looking whether the server is back.
type growing struct{ next time.Duration }

// wait pauses, longer each time; false: ctx ended.
func (g *growing) wait(ctx context.Context) bool {
	g.next = min(max(2*g.next, 50*time.Millisecond), 5*time.Second)
	return rest(ctx, g.next)
}

// reset starts small again.
func (g *growing) reset() { g.next = 0 }

// rest waits for d; false: ctx ended.
func rest(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
