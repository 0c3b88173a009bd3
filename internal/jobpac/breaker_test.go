package jobpac

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/procpac/procpac/internal/fault"
	"github.com/rs/zerolog"
	"github.com/sony/gobreaker/v2"
)

func TestBreakerStopsWritesThatMostlyFail(t *testing.T) {
	fake := newServer(t)
	fake.on(createSubcontract, says(500, "broken"))
	c := newTestClient(t, fake, nil)
	for range breakerCalls {
		if err := writeSubcontract(t.Context(), c); classOf(err) != "ambiguous" {
			t.Fatal(err)
		}
	}
	err := writeSubcontract(t.Context(), c)
	if classOf(err) != "transient system" || fake.count(createSubcontract) != breakerCalls || fault.After(err) != breakerRest {
		t.Errorf("%v after %d sends", err, fake.count(createSubcontract))
	}
	if _, err := c.list(t.Context(), jobListing(), nil); err != nil {
		t.Errorf("reads are stopped too: %v", err)
	}
}

func TestBreakerTakesRefusalsForHealth(t *testing.T) {
	for name, status := range map[string]int{"refused": 400, "key": 403, "busy": 429} {
		fake := newServer(t)
		fake.on(createSubcontract, says(status, "no"))
		c := newTestClient(t, fake, nil)
		for range 2 * breakerCalls {
			_ = writeSubcontract(t.Context(), c)
		}
		if n := fake.count(createSubcontract); n != 2*breakerCalls {
			t.Errorf("%s: %d calls got through", name, n)
		}
	}
}

func TestBreakerOpensAfterTwentyCallsOfWhichMoreThanHalfFailed(t *testing.T) {
	for _, c := range []struct {
		n    gobreaker.Counts
		open bool
	}{
		{gobreaker.Counts{TotalFailures: 19}, false},
		{gobreaker.Counts{TotalFailures: 20}, true},
		{gobreaker.Counts{TotalFailures: 10, TotalSuccesses: 10}, false},
		{gobreaker.Counts{TotalFailures: 11, TotalSuccesses: 9}, true},
		{gobreaker.Counts{Requests: 100, TotalFailures: 5, TotalExclusions: 95}, false},
	} {
		if got := tooManyFailures(c.n); got != c.open {
			t.Errorf("%+v: %v", c.n, got)
		}
	}
}

func TestBreakerClosesAgainAfterItsRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker("read", zerolog.Nop())
		for range breakerCalls {
			done, err := allow(b, jobListing())
			if err != nil {
				t.Fatal(err)
			}
			done(errors.New("broken"))
		}
		if _, err := allow(b, jobListing()); classOf(err) != "transient system" {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), breakerRest+1)
		defer cancel()
		<-ctx.Done()
		done, err := allow(b, jobListing())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := allow(b, jobListing()); err == nil {
			t.Error("more than one call tried the half open breaker")
		}
		done(nil)
		if _, err := allow(b, jobListing()); err != nil {
			t.Error(err)
		}
	})
}

func TestHealth(t *testing.T) {
	broken := fault.New(fault.Transient, "x", nil)
	for name, c := range map[string]struct {
		a     answer
		err   error
		gone  bool
		well  bool
		judge bool
	}{
		"done":             {answer{status: 200}, nil, false, true, true},
		"refused":          {answer{status: 200}, fault.New(fault.Permanent, "x", nil), false, true, true},
		"5xx":              {answer{status: 500}, broken, false, false, true},
		"timed out":        {answer{left: true, err: context.DeadlineExceeded}, broken, false, false, true},
		"caller gone":      {answer{left: true, err: context.Canceled}, broken, true, false, false},
		"too many":         {answer{status: 429}, broken, false, false, false},
		"token":            {answer{status: 200}, fault.New(fault.Transient, "x", errTokenRefused), false, false, false},
		"unreadable":       {answer{status: 200}, broken, false, false, true},
		"5xx, caller gone": {answer{status: 500}, broken, true, false, true},
	} {
		got := health(c.a, c.err, c.gone)
		if (got == nil) != c.well || (got != nil && errors.Is(got, errNotJobpac) == c.judge) {
			t.Errorf("%s: %v", name, got)
		}
	}
}
