package jobpac

import (
	"context"
	"sync"
	"time"
)

// cacheSize bounds a cache; a full one is emptied, for it only saves calls.
const cacheSize = 4096

// cache believes a record for a short while, so that a storm of documents on
// one job reads the job once. It holds found records only: what is missing may
// be added any moment, and an error is never remembered. Safe for concurrent
// use; what it gives is shared and must not be changed.
type cache[T any] struct {
	flights *flights[T]
	keep    time.Duration
	now     func() time.Time

	mu   sync.Mutex
	kept map[string]kept[T]
}

type kept[T any] struct {
	value T
	until time.Time
}

func newCache[T any](life context.Context, config Config) *cache[T] {
	return &cache[T]{
		flights: newFlights[T](life, config.Timeout), keep: config.CacheFor, now: config.Now, kept: map[string]kept[T]{},
	}
}

// get gives the record from the cache or reads it, once for all who ask at the
// same time. read tells whether there is a record.
func (c *cache[T]) get(ctx context.Context, key string, read func(context.Context) (T, bool, error)) (T, error) {
	if value, ok := c.look(key); ok {
		return value, nil
	}
	return c.flights.do(ctx, key, func(ctx context.Context) (T, error) {
		value, found, err := read(ctx)
		c.put(key, value, found && err == nil)
		return value, err
	})
}

// look gives what is kept and still believed.
func (c *cache[T]) look(key string) (value T, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	one, ok := c.kept[key]
	if !ok || !c.now().Before(one.until) {
		return value, false
	}
	return one.value, true
}

// drop forgets what is kept under key.
func (c *cache[T]) drop(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.kept, key)
}

// put keeps the record, or forgets it.
func (c *cache[T]) put(key string, value T, keep bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !keep || c.keep <= 0 {
		delete(c.kept, key)
		return
	}
	if len(c.kept) >= cacheSize {
		clear(c.kept)
	}
	c.kept[key] = kept[T]{value: value, until: c.now().Add(c.keep)}
}
