package jobpac

import (
	"context"
	"time"

	"golang.org/x/time/rate"
)

// queue holds our calls back to what this Jobpac stands: so many at a time, so
// many a second.
type queue struct {
	slots chan struct{} // nil: no limit
	pace  *rate.Limiter // nil: no limit
}

func newQueue(concurrent, perSecond int) *queue {
	q := &queue{}
	if concurrent > 0 {
		q.slots = make(chan struct{}, concurrent)
	}
	if perSecond > 0 {
		q.pace = rate.NewLimiter(rate.Every(time.Second/time.Duration(perSecond)), perSecond)
	}
	return q
}

// enter waits for a turn. Call leave when the call is over. The error says
// that ctx ends before there is a turn: nothing was sent.
func (q *queue) enter(ctx context.Context) (leave func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	leave = func() {}
	if q.slots != nil {
		select {
		case q.slots <- struct{}{}:
			leave = func() { <-q.slots }
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if q.pace != nil {
		if err := q.pace.Wait(ctx); err != nil {
			leave()
			return nil, err
		}
	}
	return leave, nil
}
