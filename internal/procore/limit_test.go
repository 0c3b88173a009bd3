package procore

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/procpac/procpac/internal/fault"
)

// limited answers, saying how many calls are left and when the window ends.
func limited(left int, ends time.Duration) http.HandlerFunc {
	return func(out http.ResponseWriter, _ *http.Request) {
		out.Header().Set("X-Rate-Limit-Limit", "25")
		out.Header().Set("X-Rate-Limit-Remaining", fmt.Sprint(left))
		out.Header().Set("X-Rate-Limit-Reset", fmt.Sprint(time.Now().Add(ends).Unix()))
		reply(out, 200, `{"id":1}`)
	}
}

// A short hold is waited out, calls left or not.
func TestLimitShortHold(t *testing.T) {
	t.Parallel()
	for left, want := range map[int]time.Duration{0: 4 * time.Second, 1: 0} {
		inWorld(t, limited(left, 4*time.Second), func(t *testing.T, w *world) {
			began := time.Now()
			for range 2 {
				if _, err := w.Me(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if got := time.Since(began); got != want {
				t.Errorf("%d left: waited %s, want %s", left, got, want)
			}
		})
	}
}

// A long hold is the system's fault with the wait in it, and asks Procore
// nothing.
func TestLimitLongHold(t *testing.T) {
	t.Parallel()
	inWorld(t, limited(0, 8*time.Minute), func(t *testing.T, w *world) {
		if _, err := w.Me(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Minute)
		_, err := w.Me(t.Context())
		checkFault(t, err, expected{kind: fault.Transient, system: true, after: 7 * time.Minute, said: "Procore's limit of calls is used up; waiting until it allows more."})
		if w.called.Load() != 1 {
			t.Errorf("%d calls", w.called.Load())
		}
		<-time.After(7 * time.Minute)
		if _, err := w.Me(t.Context()); err != nil {
			t.Errorf("after the hold: %v", err)
		}
	})
}

// A 429 holds the other calls too.
func TestLimitHoldsAll(t *testing.T) {
	t.Parallel()
	api := func(out http.ResponseWriter, _ *http.Request) {
		out.Header().Set("Retry-After", "60")
		reply(out, 429, ``)
	}
	inWorld(t, api, func(t *testing.T, w *world) {
		_, _ = w.Me(t.Context())
		calls := w.called.Load()
		_, err := w.Request(t.Context(), 5)
		checkFault(t, err, expected{kind: fault.Transient, system: true, after: time.Minute})
		if w.called.Load() != calls {
			t.Error("another call went out during the hold")
		}
	})
}

// A call that waits leaves when its context ends.
func TestLimitWaiterLeaves(t *testing.T) {
	t.Parallel()
	inWorld(t, limited(0, 4*time.Second), func(t *testing.T, w *world) {
		_, _ = w.Me(t.Context())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := w.Me(ctx); ctx.Err() == nil || fault.Of(err) != fault.Transient || fault.IsSystem(err) {
			t.Errorf("got %v", err)
		}
	})
}

// No more calls are under way than allowed, and one that waits for a slot can
// leave.
func TestLimitConcurrency(t *testing.T) {
	t.Parallel()
	var busy, most atomic.Int64
	api := func(out http.ResponseWriter, _ *http.Request) {
		n := busy.Add(1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		<-time.After(time.Second)
		busy.Add(-1)
		reply(out, 200, `{"id":1}`)
	}
	inWorld(t, api, func(t *testing.T, w *world) {
		var all sync.WaitGroup
		for range 3 * defaultConcurrency {
			all.Go(func() { _, _ = w.Me(t.Context()) })
		}
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := w.Me(ctx); fault.Of(err) != fault.Transient {
			t.Errorf("without a slot: %v", err)
		}
		all.Wait()
		if most.Load() != defaultConcurrency {
			t.Errorf("%d at once, want %d", most.Load(), defaultConcurrency)
		}
	})
}

func TestLimitWish(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		headers map[string]string
		want    time.Duration
		none    bool
	}{
		"seconds":             {headers: map[string]string{"Retry-After": "42"}, want: 42 * time.Second},
		"nothing":             {none: true},
		"words":               {headers: map[string]string{"Retry-After": "soon"}, none: true},
		"zero":                {headers: map[string]string{"Retry-After": "0"}, want: time.Second},
		"negative":            {headers: map[string]string{"Retry-After": "-5"}, want: time.Second},
		"a day":               {headers: map[string]string{"Retry-After": "86400"}, want: 15 * time.Minute},
		"absurd":              {headers: map[string]string{"Retry-After": "9223372036854775807"}, want: 15 * time.Minute},
		"date":                {headers: map[string]string{"Retry-After": "Sun, 01 Mar 2026 12:01:30 GMT"}, want: 90 * time.Second},
		"date past":           {headers: map[string]string{"Retry-After": "Sun, 01 Mar 2026 11:00:00 GMT"}, want: time.Second},
		"reset":               {headers: map[string]string{"X-Rate-Limit-Reset": fmt.Sprint(now.Unix() + 9)}, want: 9 * time.Second},
		"wish before reset":   {headers: map[string]string{"Retry-After": "3", "X-Rate-Limit-Reset": fmt.Sprint(now.Unix() + 9)}, want: 3 * time.Second},
		"their clock is fast": {headers: map[string]string{"Date": "Sun, 01 Mar 2026 13:00:00 GMT", "X-Rate-Limit-Reset": fmt.Sprint(now.Add(time.Hour).Unix() + 7)}, want: 7 * time.Second},
		"reset far":           {headers: map[string]string{"X-Rate-Limit-Reset": "99999999999"}, want: 15 * time.Minute},
	} {
		h := http.Header{}
		for key, value := range c.headers {
			h.Set(key, value)
		}
		if got, ok := wish(h, now); got != c.want || ok == c.none {
			t.Errorf("%s: got %s, %t", name, got, ok)
		}
	}
}

// Odd headers hold nobody; a shorter hold does not cut a longer one.
func TestLimitNote(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	g := newGate(1, time.Second, func() time.Time { return now })
	for _, pair := range [][2]string{{"", "1800000009"}, {"x", "1800000009"}, {"0", ""}, {"0", "x"}, {"3", "1800000009"}} {
		h := http.Header{}
		h.Set("X-Rate-Limit-Remaining", pair[0])
		h.Set("X-Rate-Limit-Reset", pair[1])
		if g.note(h); g.rest() > 0 {
			t.Errorf("%v holds for %s", pair, g.rest())
		}
	}
	g.hold(time.Minute)
	if g.hold(time.Second); g.rest() != time.Minute {
		t.Errorf("rest %s", g.rest())
	}
}
