package receiver

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// A store that hangs costs its sender a 503 and keeps Close waiting; after
// Close nothing is taken any more.
func TestCloseWaitsForTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		d := newDesk(func(c *Config) {
			c.Store = func(context.Context, erp.Event) (bool, error) { <-release; return false, nil }
		})
		for range 2 {
			wantProblem(t, d.post(hooks, sample(t, "v3")), 503)
		}
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := d.handler.Close(short)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "2 calls") {
			t.Fatalf("closed over calls under way: %v", err)
		}
		wantProblem(t, d.post(hooks, sample(t, "v3")), 503)
		if !strings.Contains(d.log.String(), errClosed.Error()) {
			t.Errorf("the log does not say that it is closed: %s", d.log.String())
		}
		closed := make(chan error, 1)
		go func() { closed <- d.handler.Close(t.Context()) }()
		synctest.Wait()
		select {
		case err := <-closed:
			t.Fatalf("closed over calls under way: %v", err)
		default:
		}
		close(release)
		if err := <-closed; err != nil {
			t.Fatal(err)
		}
	})
}

func TestCloseOfAnIdleReceiver(t *testing.T) {
	d := newDesk()
	if w := d.post(hooks, sample(t, "v3")); w.Code != 200 {
		t.Fatal(w.Code)
	}
	for range 2 {
		if err := d.handler.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if w := d.post(hooks, sample(t, "v3")); w.Code != 503 || len(d.stored) != 1 {
		t.Fatalf("taken when closed: %d", w.Code)
	}
}

// Hanging calls cannot pile up without end; those that come back make room.
func TestCallsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCalls(2)
		release := make(chan struct{})
		hang := func() (bool, error) { <-release; return true, nil }
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		for range 2 {
			if e := c.within(gone, hang); !errors.Is(e.err, errLate) {
				t.Fatal(e)
			}
		}
		if e := c.within(t.Context(), hang); !errors.Is(e.err, errBusy) {
			t.Fatal(e)
		}
		close(release)
		synctest.Wait()
		if e := c.within(t.Context(), hang); e.err != nil || !e.repeat {
			t.Fatal(e)
		}
		if err := c.close(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}

// One event that can never be stored must not hold up the others: it is put in
// quarantine and answered with 200. What is wrong with the store is a 503.
func TestNeverStorable(t *testing.T) {
	cause := errors.New("larger than " + strings.Repeat("a message may be ", 100))
	for name, c := range map[string]struct {
		store, quarantine error
		held              bool
		status            int
		outcome           string
	}{
		"never":                        {fault.New(fault.Permanent, "store event", cause), nil, true, 200, "acme quarantined"},
		"never, and no quarantine":     {fault.New(fault.Permanent, "store event", cause), cause, true, 503, "acme not_stored"},
		"never, but that is the store": {fault.New(fault.Permanent, "store event", cause).OfSystem(), nil, false, 503, "acme not_stored"},
		"later":                        {fault.New(fault.Transient, "store event", cause), nil, false, 503, "acme not_stored"},
		"nobody knows":                 {fault.New(fault.Ambiguous, "store event", cause), nil, false, 503, "acme not_stored"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk()
			d.storeErr, d.quarantine = c.store, c.quarantine
			w := d.post(hooks, sample(t, "v3"))
			if w.Code != c.status || d.outcomes[0] != c.outcome || (len(d.held) == 1) != c.held {
				t.Fatalf("got %d %v, held %v", w.Code, d.outcomes, d.held)
			}
			if c.status == 200 && (!strings.Contains(d.held[0], "never be stored: ") || len(d.held[0]) > 200) {
				t.Fatalf("the reason is %q", d.held[0])
			}
		})
	}
}
