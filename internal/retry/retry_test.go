package retry

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/procpac/procpac/internal/fault"
)

var errCut = errors.New("cut")

// try runs Do in virtual time with an op that fails with err until its nth
// call, and tells how often it ran, how long it took and how it ended.
func try(t *testing.T, p Policy, err error, succeedAt int, limit time.Duration) (calls int, took time.Duration, end error) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		start := time.Now()
		_, end = Do(ctx, p, func(context.Context) (int, error) {
			if calls++; calls == succeedAt {
				return calls, nil
			}
			return 0, err
		})
		took = time.Since(start)
	})
	return calls, took, end
}

func TestDo(t *testing.T) {
	transient := fault.New(fault.Transient, "GET", errCut)
	for name, c := range map[string]struct {
		err       error
		succeedAt int
		limit     time.Duration
		calls     int
		wantErr   error
		most      time.Duration
	}{
		"at once":                        {transient, 1, time.Hour, 1, nil, 0},
		"the third time":                 {transient, 3, time.Hour, 3, nil, time.Second},
		"three tries at most":            {transient, 9, time.Hour, 3, errCut, time.Second},
		"a refusal is not repeated":      {fault.New(fault.Permanent, "GET", errCut), 9, time.Hour, 1, errCut, 0},
		"a doubt is never repeated":      {fault.New(fault.Ambiguous, "PUT", errCut), 9, time.Hour, 1, errCut, 0},
		"an unclassed one is not":        {errCut, 9, time.Hour, 1, errCut, 0},
		"a wish is granted":              {fault.New(fault.Transient, "GET", errCut).Wait(6 * time.Second), 3, time.Hour, 3, nil, 13 * time.Second},
		"a wish beyond the limit ends":   {fault.New(fault.Transient, "GET", errCut).Wait(time.Minute), 3, time.Hour, 1, errCut, 0},
		"a pause beyond the deadline":    {transient, 9, 20 * time.Millisecond, 1, errCut, 0},
		"a doubt in the chain outranks":  {fault.New(fault.Transient, "outer", fault.New(fault.Ambiguous, "PUT", errCut)), 9, time.Hour, 1, errCut, 0},
		"a system's fault is repeatable": {fault.New(fault.Transient, "GET", errCut).OfSystem(), 2, time.Hour, 2, nil, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			calls, took, err := try(t, Quick(), c.err, c.succeedAt, c.limit)
			if calls != c.calls || !errors.Is(err, c.wantErr) || took > c.most {
				t.Fatalf("%d calls in %v, %v; want %d in at most %v, %v", calls, took, err, c.calls, c.most, c.wantErr)
			}
		})
	}
}

func TestNothingRunsAfterTheEnd(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errCut)
	_, err := Do(ctx, Quick(), func(context.Context) (int, error) { t.Error("it ran"); return 0, nil })
	if !errors.Is(err, errCut) || fault.Of(err) != fault.Transient {
		t.Fatalf("got %v", err)
	}
}

// The pitfall of the library: when the context ends, its cause must not hide
// the class of our own last error.
func TestTheLastErrorSurvivesTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		stop := errors.New("stopping")
		_, err := Do(ctx, Policy{Tries: 9, Base: time.Second, Limit: time.Hour}, func(context.Context) (int, error) {
			time.AfterFunc(10*time.Millisecond, func() { cancel(stop) })
			return 0, fault.New(fault.Transient, "GET", errCut).OfSystem()
		})
		if !errors.Is(err, errCut) || !errors.Is(err, stop) || !fault.IsSystem(err) {
			t.Fatalf("got %v", err)
		}
	})
}

func TestSteps(t *testing.T) {
	want := []time.Duration{15, 15, 30, 60, 120, 300, 600, 900, 900, 900}
	for attempt, seconds := range want {
		if got := Step(attempt); got != seconds*time.Second {
			t.Errorf("attempt %d: got %v, want %v", attempt, got, seconds*time.Second)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"0": time.Second, "-5": time.Second, "7": 7 * time.Second, " 30 ": 30 * time.Second, "86400": 15 * time.Minute,
		"99999999999999": 0, "": 0, "soon": 0,
		"Sun, 22 Nov 2026 09:00:20 GMT": 20 * time.Second, "Sun, 22 Nov 2026 08:00:00 GMT": time.Second,
		"Sun, 22 Nov 2026 23:00:00 GMT": 15 * time.Minute,
	} {
		got, ok := RetryAfter(header, now)
		if header == "99999999999999" { // a number, far too large: the longest wait
			want = 15 * time.Minute
		}
		if got != want || ok != (want != 0) {
			t.Errorf("%q: got %v %v, want %v", header, got, ok, want)
		}
	}
}
