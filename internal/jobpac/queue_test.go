package jobpac

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestQueueLimitsCallsAtATime(t *testing.T) {
	fake := newServer(t)
	var under, most atomic.Int32
	fake.on(createSubcontract, func(w http.ResponseWriter, r *http.Request) {
		for n := under.Add(1); ; {
			seen := most.Load()
			if n <= seen || most.CompareAndSwap(seen, n) {
				break
			}
		}
		says(200, doneSubcontract)(w, r)
		under.Add(-1)
	})
	c := newTestClient(t, fake, func(config *Config) { config.MaxConcurrent = 2 })
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if err := writeSubcontract(t.Context(), c); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if most.Load() > 2 || fake.count(createSubcontract) != 20 {
		t.Errorf("%d at a time, %d calls", most.Load(), fake.count(createSubcontract))
	}
}

// With one slot the login of a renewed token must not wait for its own caller.
func TestQueueOfOneDoesNotBlockItsOwnLogin(t *testing.T) {
	fake := newServer(t)
	fake.on(createSubcontract, then(says(401, ""), says(200, doneSubcontract)))
	c := newTestClient(t, fake, func(config *Config) { config.MaxConcurrent = 1 })
	if err := writeSubcontract(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

func TestQueueThatIsTooLongSendsNothing(t *testing.T) {
	fake := newServer(t)
	c := newTestClient(t, fake, func(config *Config) { config.MaxConcurrent = 1 })
	if _, err := c.session.get(t.Context()); err != nil {
		t.Fatal(err)
	}
	leave, err := c.queue.enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err = writeSubcontract(ctx, c)
	if classOf(err) != "transient" || !errors.Is(err, context.DeadlineExceeded) || fake.count(createSubcontract) != 0 {
		t.Error(err)
	}
}

func TestQueueKeepsThePace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(0, 10)
		start := time.Now()
		for range 25 {
			leave, err := q.enter(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			leave()
		}
		if took := time.Since(start); took != 1500*time.Millisecond {
			t.Errorf("25 calls at 10 a second took %s, want 1.5 s after the first 10", took)
		}
		short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if _, err := q.enter(short); err == nil {
			t.Error("a turn that comes too late was waited for")
		}
	})
}

func TestQueueGivesItsSlotBackWhenThePaceIsTooSlow(t *testing.T) {
	q := newQueue(1, 1)
	leave, err := q.enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	leave()
	short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := q.enter(short); err == nil {
		t.Fatal("the pace let it through")
	}
	if len(q.slots) != 0 {
		t.Error("the slot is lost")
	}
}
