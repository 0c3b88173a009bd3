package ops

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/journal"
)

// entries numbers records.
func entries(records ...journal.Record) []Entry {
	all := make([]Entry, len(records))
	for i, r := range records {
		all[i] = Entry{Seq: uint64(i + 1), Record: r}
	}
	return all
}

func TestAttemptsAreWhatFailed(t *testing.T) {
	at := func(s int) time.Time { return now.Add(time.Duration(s) * time.Second) }
	const step = "order 01|4101"
	history := entries(
		journal.Record{At: at(0), Moves: []journal.Move{{To: journal.Planned}, {To: journal.Claimed}}},
		journal.Record{At: at(1), Attempt: 1, Moves: []journal.Move{{To: journal.Planned, Class: "transient", Reason: "again", Cause: "503"}}},
		journal.Record{At: at(2), Attempt: 1, Moves: []journal.Move{{To: journal.Claimed}, {To: journal.Intent, Step: step}}},
		journal.Record{At: at(3), Attempt: 1, Moves: []journal.Move{{To: journal.UnknownOut, Step: step, Class: "ambiguous", Cause: "cut", Refused: "taken"}}},
		journal.Record{At: at(4), Attempt: 2, Moves: []journal.Move{{To: journal.Dead, Class: "permanent", Rule: "R", Cause: "422"}}},
		journal.Record{At: at(5), Moves: []journal.Move{{To: journal.Planned}, {To: journal.Parked, Rule: "P", Reason: "look"}}},
	)
	want := []Attempt{
		{At: at(1), Try: 1, State: "planned", Class: "transient", Reason: "again", Answer: "503"},
		{At: at(3), Try: 2, State: "unknown", Step: step, Class: "ambiguous", Answer: "taken"},
		{At: at(4), Try: 2, State: "dead", Class: "permanent", Rule: "R", Answer: "422"},
	}
	got := attempts(history)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if class(got) != "permanent" || class(nil) != "" {
		t.Errorf("class %q", class(got))
	}
}

// names lists what can be done.
func names(all []Choice) string {
	var done []string
	for _, c := range all {
		if c.Words == "" {
			return "no words for " + c.Do
		}
		done = append(done, c.Do)
	}
	return strings.Join(done, " ")
}

func TestChoicesFitTheState(t *testing.T) {
	for state, want := range map[journal.State]string{
		journal.Parked: "replay adopt retry abandon", journal.Dead: "replay adopt retry abandon", journal.Rejected: "replay adopt retry abandon",
		journal.Waiting: "replay adopt retry abandon", journal.Abandoned: "replay adopt retry", journal.UnknownOut: "adopt retry abandon",
		journal.Planned: "", journal.Claimed: "", journal.Intent: "", journal.Applied: "", journal.Done: "", journal.Superseded: "",
	} {
		_, d := service(state)
		if got := names(choices(d.effects[id])); got != want {
			t.Errorf("%s: %q, want %q", state, got, want)
		}
	}
	_, d := service(journal.Parked)
	e := d.effects[id]
	e.Request = 0
	if got := names(choices(e)); got != "abandon" {
		t.Errorf("without a request: %q", got)
	}
	e.Request, e.Key = 99, journal.NewKey("acme", journal.KindRequest, 99)
	if got := names(choices(e)); got != "replay retry abandon" {
		t.Errorf("without a document: %q", got)
	}
}

// TestChoicesSpeakOfADoubt: what is in doubt is never said to be sent lightly.
func TestChoicesSpeakOfADoubt(t *testing.T) {
	_, d := service(journal.Parked)
	e := d.effects[id]
	e.Steps = map[string]journal.StepMemory{"order": {State: journal.StepUnknown}}
	got := choices(e)
	if got[0].Words != choiceLook || got[2].Words != choiceRetrySure {
		t.Errorf("%+v", got)
	}
}

// TestChoicesAreThoseThatResolveTakes: what is offered is not refused.
func TestChoicesAreThoseThatResolveTakes(t *testing.T) {
	for _, state := range journal.States() {
		s, d := service(state)
		for _, c := range choices(d.effects[id]) {
			decision := adopt()
			if decision.Do = verb(c.Do); decision.Do == "" {
				continue
			}
			if c.Do != "adopt" {
				decision.Number = ""
			}
			if _, err := s.Resolve(t.Context(), decision); err != nil {
				t.Errorf("%s offers %s: %v", state, c.Do, err)
			}
		}
	}
}
