package journal

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSafeModeRoundTrip(t *testing.T) {
	reg := Register{Name: "safe mode", Safe: &Safe{
		Episode: 3, On: true, Since: start, By: "jo", Reason: "audited", Released: start.Add(time.Hour),
		Findings: []SafeFinding{{Stream: "JOURNAL", What: "hole", Words: "w", Effect: "acme.commitment-1", From: 5, To: 1 << 53}},
		Accepted: []SafeStream{{Stream: "EVENTS", First: 2, Last: 9, Messages: 8, Created: start.Add(time.Nanosecond), Ages: true}},
		Pardoned: []SafeFinding{{Stream: "JOURNAL", What: "hole", From: 1, To: 2}},
	}}
	text, err := json.Marshal(reg)
	if err != nil {
		t.Fatal(err)
	}
	var back Register
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(reg, back); d != "" {
		t.Fatal(d)
	}
}

// Every other register is stored as it was before there was safe mode.
func TestOtherRegistersSayNothingOfSafeMode(t *testing.T) {
	text, err := json.Marshal(Register{Name: "order x", Waiters: []Waiter{{Effect: "e"}}})
	if err != nil || strings.Contains(string(text), "safe") {
		t.Fatalf("%s %v", text, err)
	}
}
