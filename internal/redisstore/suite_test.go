package redisstore

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// claims is the port that both keepers serve.
type claims interface {
	Take(ctx context.Context, connection, aggregate, owner string, lease time.Duration) (bool, error)
	Free(ctx context.Context, connection, aggregate, owner string) error
}

// TestSuite runs every promise of the port on every keeper.
func TestSuite(t *testing.T) {
	redis, other := startRedis(t), startRedis(t)
	for name, k := range map[string]claims{
		"local": NewLocal(time.Now), "redis": redis.open(t), "shared": NewShared(other.open(t), time.Now),
	} {
		t.Run(name, func(t *testing.T) { claimSuite(t, k) })
	}
}

// hand takes and frees, and fails the test on an error.
type hand struct {
	t *testing.T
	k claims
}

func (h hand) take(connection, aggregate, owner string, lease time.Duration) bool {
	h.t.Helper()
	held, err := h.k.Take(h.t.Context(), connection, aggregate, owner, lease)
	if err != nil {
		h.t.Fatal(err)
	}
	return held
}

func (h hand) free(aggregate, owner string) {
	h.t.Helper()
	if err := h.k.Free(h.t.Context(), "acme", aggregate, owner); err != nil {
		h.t.Fatal(err)
	}
}

func claimSuite(t *testing.T, k claims) {
	t.Run("one holds, the other does not", func(t *testing.T) {
		h := hand{t, k}
		if !h.take("acme", "a", "one", time.Minute) || h.take("acme", "a", "two", time.Minute) {
			t.Fatal("a claim is held by one")
		}
		if !h.take("acme", "b", "two", time.Minute) || !h.take("other", "a", "two", time.Minute) {
			t.Fatal("another aggregate, and the same of another connection, are free")
		}
	})
	t.Run("taking again renews", func(t *testing.T) {
		h := hand{t, k}
		if !h.take("acme", "renewed", "one", 50*time.Millisecond) || !h.take("acme", "renewed", "one", time.Minute) {
			t.Fatal("the owner may take again")
		}
		// the witness is taken later for as long: when it is free, the first lease is over
		h.take("acme", "witness", "one", 50*time.Millisecond)
		until(t, "the first lease is over", func() bool { return h.take("acme", "witness", "two", time.Minute) })
		if h.take("acme", "renewed", "two", time.Minute) {
			t.Fatal("the renewed lease runs")
		}
	})
	t.Run("a renewed lease may be shorter", func(t *testing.T) {
		h := hand{t, k}
		h.take("acme", "shorter", "one", time.Hour)
		h.take("acme", "shorter", "one", time.Millisecond)
		until(t, "the shorter lease is over", func() bool { return h.take("acme", "shorter", "two", time.Minute) })
	})
	t.Run("a lease ends", func(t *testing.T) {
		h := hand{t, k}
		if !h.take("acme", "lease", "one", time.Millisecond) {
			t.Fatal("not taken")
		}
		until(t, "the lease is over", func() bool { return h.take("acme", "lease", "two", time.Minute) })
		h.free("lease", "one")
		if h.take("acme", "lease", "one", time.Minute) || h.take("acme", "lease", "three", time.Minute) {
			t.Fatal("who lost a claim can neither free nor renew the next one's")
		}
	})
	t.Run("no lease is for ever", func(t *testing.T) {
		h := hand{t, k}
		h.take("acme", "nought", "one", 0)
		until(t, "a lease of nought is over", func() bool { return h.take("acme", "nought", "two", time.Minute) })
	})
	t.Run("freed", func(t *testing.T) {
		h := hand{t, k}
		h.take("acme", "f", "one", time.Minute)
		h.free("f", "two")
		if h.take("acme", "f", "two", time.Minute) {
			t.Fatal("only the owner frees")
		}
		h.free("f", "one")
		h.free("f", "one")
		if !h.take("acme", "f", "two", time.Minute) {
			t.Fatal("freed is free")
		}
	})
	t.Run("of many exactly one", func(t *testing.T) {
		var winners atomic.Int32
		var all sync.WaitGroup
		for i := range 32 {
			all.Go(func() {
				if held, err := k.Take(t.Context(), "acme", "race", fmt.Sprint(i), time.Minute); err == nil && held {
					winners.Add(1)
				}
			})
		}
		all.Wait()
		if winners.Load() != 1 {
			t.Fatalf("%d winners", winners.Load())
		}
	})
}
