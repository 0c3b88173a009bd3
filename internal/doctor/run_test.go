package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/procpac/procpac/internal/fault"
)

// slow is a look that takes so long, or as long as it may.
func slow(topic string, d time.Duration, goOn bool) Step {
	return Step{Topic: topic, Look: func(ctx context.Context) ([]Line, bool) {
		if err := wait(ctx, d); err != nil {
			return []Line{wrong("", "%s", said(err))}, goOn
		}
		return []Line{fine("done")}, goOn
	}}
}

func TestRunKeepsTheOrderAndTellsWhatTakesLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []string
		started := time.Now()
		r := Run(t.Context(), []Check{
			{Connection: "acme", Steps: []Step{slow("long", 5*time.Second, true), slow("after", time.Millisecond, true)}},
			{Steps: []Step{slow("short", time.Millisecond, true)}},
			{Steps: []Step{slow("hangs", time.Hour, false), slow("never", 0, true)}},
		}, Options{Each: 7 * time.Second, Waiting: func(topics []string) { told = append(told, strings.Join(topics, "+")) }})
		var lines []string
		for _, l := range r.Lines {
			lines = append(lines, fmt.Sprint(l.Topic, l.Connection, l.Level))
		}
		if got := strings.Join(lines, " "); got != "longacmeok afteracmeok shortok hangswrong" {
			t.Errorf("lines %s", got)
		}
		if took := time.Since(started); took != 7*time.Second {
			t.Errorf("beside one another it took %s", took)
		}
		if got := strings.Join(told, " "); got != "long of acme+hangs long of acme+hangs hangs" {
			t.Errorf("told %q", told)
		}
		if r.Lines[3].Words != "no answer came in time" || r.Count(Wrong) != 1 || r.Count(OK) != 3 {
			t.Errorf("%+v", r)
		}
	})
}

func TestSaid(t *testing.T) {
	refused := fault.New(fault.Transient, "outer", fault.New(fault.Transient, "inner", errors.New("status 403")).Saying("No entry.")).OfSystem()
	for want, err := range map[string]error{
		"No entry. (status 403)": refused,
		"plain":                  errors.New("plain"),
		"op: cut off":            fault.New(fault.Transient, "op", errors.New("cut off")),
		"no answer came in time": fmt.Errorf("x: %w", context.DeadlineExceeded),
	} {
		if got := said(err); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestSpans(t *testing.T) {
	for want, d := range map[string]time.Duration{"12ms": 12*time.Millisecond + 300*time.Microsecond, "1.3s": 1340 * time.Millisecond, "2m31s": 150*time.Second + 700*time.Millisecond} {
		if got := span(d); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if several(nil) != "" || several([]string{"a"}) != "a" || several([]string{"a", "b", "c"}) != "a, b and c" {
		t.Error("several")
	}
}
