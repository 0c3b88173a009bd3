package failpoint

import (
	"strings"
	"testing"
)

func TestExitAtTheNthPassing(t *testing.T) {
	exits := 0
	set, err := ExitAt("step.sent#2", func() { exits++ })
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{0, 1, 1} {
		set.Reach(BeforeSend)
		if set.Reach(Sent); exits != want {
			t.Fatalf("after passing %d: %d exits, want %d", i+1, exits, want)
		}
	}
}

func TestUnknownPointsAreRefused(t *testing.T) {
	for _, text := range []string{"", "step", "step.sent#", "step.sent#0", "step.sent#x", "step.sent#-1"} {
		if _, err := ExitAt(text, func() {}); err == nil || !strings.Contains(err.Error(), "fail point") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestEveryPointHasOneName(t *testing.T) {
	seen := map[Point]bool{}
	for _, p := range All() {
		if seen[p] || !strings.Contains(string(p), ".") || strings.Contains(string(p), "#") {
			t.Errorf("%q", p)
		}
		seen[p] = true
		None().Reach(p)
	}
}
