package jobpac

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/procpac/procpac/internal/fault"
)

var errClosed = errors.New("the connection is being closed")

// flights runs one call per key at a time and gives its outcome to everyone
// who asked meanwhile. A call belongs to nobody who waits: it runs to its own
// limit, or until the client is closed.
type flights[T any] struct {
	life  context.Context // ends with the client
	limit time.Duration

	mu     sync.Mutex
	under  map[string]*flight[T]
	home   sync.WaitGroup
	closed bool
}

type flight[T any] struct {
	done  chan struct{}
	value T
	err   error
}

func newFlights[T any](life context.Context, limit time.Duration) *flights[T] {
	return &flights[T]{life: life, limit: limit, under: map[string]*flight[T]{}}
}

// do joins the call for key or starts it, and waits no longer than ctx. Errors
// of its own are Transient: nothing was sent for this caller alone.
func (f *flights[T]) do(ctx context.Context, key string, work func(context.Context) (T, error)) (T, error) {
	one, err := f.join(ctx, key, work)
	if err != nil {
		var none T
		return none, err
	}
	select {
	case <-one.done:
		return one.value, one.err
	case <-ctx.Done():
		var none T
		return none, fault.New(fault.Transient, "jobpac wait", ctx.Err())
	}
}

func (f *flights[T]) join(ctx context.Context, key string, work func(context.Context) (T, error)) (*flight[T], error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if one, ok := f.under[key]; ok {
		return one, nil
	}
	if f.closed || f.life.Err() != nil {
		return nil, fault.New(fault.Transient, "jobpac", errClosed)
	}
	one := &flight[T]{done: make(chan struct{})}
	f.under[key] = one
	f.home.Add(1)
	go f.fly(context.WithoutCancel(ctx), key, one, work)
	return one, nil
}

func (f *flights[T]) fly(ctx context.Context, key string, one *flight[T], work func(context.Context) (T, error)) {
	defer f.home.Done()
	ctx, cancel := context.WithTimeout(ctx, f.limit)
	defer cancel()
	stop := context.AfterFunc(f.life, cancel)
	defer stop()
	one.value, one.err = work(ctx)
	f.mu.Lock()
	delete(f.under, key)
	f.mu.Unlock()
	close(one.done)
}

// close lets nothing new start and waits for what is under way; end life
// first to cut that short.
func (f *flights[T]) close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.home.Wait()
}
