package retry

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/procpac/procpac/internal/fault"
)

// gaps runs Do in virtual time with an op that always fails with err, and
// gives the pauses between its calls.
func gaps(t *testing.T, p Policy, err error) (gaps []time.Duration) {
	synctest.Test(t, func(t *testing.T) {
		last := time.Now()
		_, end := Do(t.Context(), p, func(context.Context) (int, error) {
			gaps = append(gaps, time.Since(last))
			last = time.Now()
			return 0, err
		})
		if !errors.Is(end, errCut) {
			t.Errorf("got %v", end)
		}
	})
	return gaps[1:]
}

// Each pause is about twice the one before, and they end before the limit.
func TestPausesGrow(t *testing.T) {
	got := gaps(t, Policy{Tries: 100, Base: time.Second, Limit: time.Minute}, fault.New(fault.Transient, "GET", errCut))
	if len(got) < 4 {
		t.Fatalf("only %v", got)
	}
	var all time.Duration
	for i, pause := range got[:4] {
		middle := time.Second << i
		if pause < middle/2 || pause > middle*3/2 {
			t.Errorf("pause %d is %v, want about %v", i+1, pause, middle)
		}
	}
	for _, pause := range got {
		all += pause
	}
	if all > time.Minute {
		t.Errorf("%v in all, over the limit", all)
	}
}

// A wish is kept to the last second, however short our own pause is.
func TestAWishIsKept(t *testing.T) {
	for _, wish := range []time.Duration{time.Second, 9 * time.Second} {
		got := gaps(t, Quick(), fault.New(fault.Transient, "GET", errCut).Wait(wish))
		if len(got) != 2 || got[0] < wish || got[1] < wish {
			t.Errorf("asked for %v, paused %v", wish, got)
		}
	}
	// three calls with 11 s between would be 22 s: the third is left out
	if got := gaps(t, Quick(), fault.New(fault.Transient, "GET", errCut).Wait(11*time.Second)); len(got) != 1 {
		t.Errorf("paused %v", got)
	}
}

// Our own pause is kept where the wish is shorter.
func TestAShortWishShortensNothing(t *testing.T) {
	p := Policy{Tries: 2, Base: 10 * time.Second, Limit: time.Minute}
	if got := gaps(t, p, fault.New(fault.Transient, "GET", errCut).Wait(time.Second)); len(got) != 1 || got[0] < 5*time.Second {
		t.Errorf("paused %v", got)
	}
}

// A pause that would pass the caller's deadline is not begun: the caller gets
// the rest of its time, and the error alone, for the context has not ended.
func TestTheDeadlineIsNotSleptThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start := time.Now()
		wish := fault.New(fault.Transient, "GET", errCut).Wait(6 * time.Second)
		_, err := Do(ctx, Quick(), func(context.Context) (int, error) { return 0, wish })
		if time.Since(start) != 0 || !errors.Is(err, errCut) || errors.Is(err, context.DeadlineExceeded) || fault.After(err) != 6*time.Second {
			t.Fatalf("after %v: %v", time.Since(start), err)
		}
	})
}

// The context ends while we pause: no further call, at once.
func TestEndDuringAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		stopping := errors.New("stopping")
		time.AfterFunc(3*time.Second, func() { cancel(stopping) })
		start, calls := time.Now(), 0
		_, err := Do(ctx, Policy{Tries: 5, Base: 20 * time.Second, Limit: time.Hour}, func(context.Context) (int, error) {
			calls++
			return 0, fault.New(fault.Transient, "GET", errCut)
		})
		if calls != 1 || time.Since(start) != 3*time.Second || !errors.Is(err, errCut) || !errors.Is(err, stopping) {
			t.Fatalf("%d calls, after %v: %v", calls, time.Since(start), err)
		}
	})
}

// The context ends during a call: a doubt stays a doubt, and a success counts.
func TestEndDuringACall(t *testing.T) {
	stopping := errors.New("stopping")
	run := func(end error) (int, error) {
		ctx, cancel := context.WithCancelCause(t.Context())
		return Do(ctx, Quick(), func(context.Context) (int, error) { cancel(stopping); return 7, end })
	}
	if _, err := run(fault.New(fault.Ambiguous, "PUT", errCut)); fault.Of(err) != fault.Ambiguous || !errors.Is(err, stopping) {
		t.Errorf("got %v", err)
	}
	if value, err := run(nil); value != 7 || err != nil {
		t.Errorf("got %d %v", value, err)
	}
	if _, err := run(fault.New(fault.Transient, "GET", stopping)); err == nil || err.Error() != "GET: stopping" {
		t.Errorf("the cause is told twice: %v", err)
	}
}

// A policy that nobody filled in makes one call; one without times pauses, and
// ends, like Quick.
func TestZeroPolicy(t *testing.T) {
	transient := fault.New(fault.Transient, "GET", errCut)
	for _, p := range []Policy{{}, {Tries: -1, Limit: time.Hour}} {
		if got := gaps(t, p, transient); len(got) != 0 {
			t.Errorf("%+v: paused %v", p, got)
		}
	}
	var all time.Duration
	for i, pause := range gaps(t, Policy{Tries: 1000}, transient) {
		if all += pause; pause < 50*time.Millisecond || i == 0 && pause > 150*time.Millisecond {
			t.Errorf("pause %d is %v", i+1, pause)
		}
	}
	if all < 5*time.Second || all > 20*time.Second {
		t.Errorf("%v in all", all)
	}
}

// A number too large for the machine is a long wait, not none.
func TestRetryAfterBeyondNumbers(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	for header, want := range map[string]time.Duration{"99999999999999999999999": 15 * time.Minute, "-99999999999999999999999": time.Second} {
		if got, ok := RetryAfter(header, now); got != want || !ok {
			t.Errorf("%s: got %v %v, want %v", header, got, ok, want)
		}
	}
}
