package doctor

import (
	"context"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is the time of tests that need none.
var noon = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

// look makes every step of a check.
func look(t *testing.T, steps ...Step) []Line {
	t.Helper()
	return Check{Steps: steps}.run(t.Context(), 20*time.Second, func(string) {})
}

// troubles are the lines that are not ok.
func troubles(lines []Line) []Line {
	var bad []Line
	for _, l := range lines {
		if l.Level != OK {
			bad = append(bad, l)
		}
	}
	return bad
}

// wants fails the test unless exactly one line is not ok, of that topic and
// level, with those words in it.
func wants(t *testing.T, lines []Line, topic string, level Level, words ...string) {
	t.Helper()
	bad := troubles(lines)
	if level == OK {
		if len(bad) > 0 {
			t.Errorf("not well: %+v", bad)
		}
		bad = lines
	} else if len(bad) != 1 {
		t.Fatalf("%d troubles, want one %s: %+v", len(bad), topic, lines)
	}
	for _, l := range bad {
		if l.Topic == topic && l.Level == level && containsAll(l.Words+" "+l.Do, words) {
			return
		}
	}
	t.Errorf("no line %s %s with %q: %+v", level, topic, words, lines)
}

func containsAll(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

func always[T any](v T, err error) func(context.Context) (T, error) {
	return func(context.Context) (T, error) { return v, err }
}
