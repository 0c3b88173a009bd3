package ops

import (
	"cmp"
	"slices"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/flow"
	"github.com/procpac/procpac/internal/journal"
)

// Attempt is one try that failed, or one look at a doubt.
type Attempt struct {
	At     time.Time `json:"at"`
	Try    int       `json:"try"`            // from 1; counts again after a replay
	State  string    `json:"state"`          // where it led
	Step   string    `json:"step,omitempty"` // the call that failed, where it was one of the plan's
	Class  string    `json:"class,omitempty"`
	Rule   string    `json:"rule,omitempty"`
	Reason string    `json:"reason,omitempty"` // for an accountant
	Answer string    `json:"answer,omitempty"` // what the other side said, for an engineer
}

// Choice is one thing that a person can do about an effect as it stands.
type Choice struct {
	Do    string `json:"do"`    // replay, adopt, retry, abandon
	Words string `json:"words"` // what it means and does
}

// attempts lists the failures of a history, oldest first.
func attempts(history []Entry) []Attempt {
	var all []Attempt
	before := 0
	for _, entry := range history {
		r := entry.Record
		try := r.Attempt + 1
		if r.Attempt > before { // this record counts the try that it tells of
			try = r.Attempt
		}
		before = r.Attempt
		for _, m := range r.Moves {
			if m.Class == "" && m.Cause == "" && m.Refused == "" {
				continue
			}
			all = append(all, Attempt{
				At: r.At, Try: try, State: string(m.To), Step: m.Step, Class: m.Class, Rule: m.Rule, Reason: m.Reason,
				Answer: cmp.Or(m.Refused, m.Cause),
			})
		}
	}
	return all
}

// class is the class of the latest failure.
func class(all []Attempt) string {
	for _, a := range slices.Backward(all) {
		if a.Class != "" {
			return a.Class
		}
	}
	return ""
}

// The words of the choices.
const (
	choiceAgain     = "reads the ERP request again and starts anew, for when the cause is mended; nothing that stands in Jobpac is made twice"
	choiceLook      = "looks into Jobpac again and goes on if it finds what was sent; nothing that is in doubt is sent again"
	choiceAdopt     = "it stands in Jobpac under that number: checks that it is this document, links it and tells Procore; sends nothing"
	choiceRetry     = "sends what is missing in Jobpac"
	choiceRetrySure = "you have looked and it is not in Jobpac: sends what is missing, once the quiet period is over"
	choiceAbandon   = "nothing more is to be done: what stands in Jobpac stays as it is, and Procore is told that it failed"
)

// choices are what a person can do about an effect that needs one, or may.
func choices(e journal.Effect) []Choice {
	if !slices.Contains([]journal.State{journal.Parked, journal.Dead, journal.Rejected, journal.Abandoned, journal.UnknownOut, journal.Waiting}, e.State) {
		return nil
	}
	var all []Choice
	add := func(do, words string) { all = append(all, Choice{do, words}) }
	replay, retry := choiceAgain, choiceRetry
	if len(e.Doubts()) > 0 {
		replay, retry = choiceLook, choiceRetrySure
	}
	if e.Request != 0 && e.State != journal.UnknownOut {
		add("replay", replay)
	}
	if e.Request != 0 && adoptable(e) {
		add(string(erp.Adopt), choiceAdopt)
	}
	if e.Request != 0 {
		add(string(erp.Retry), retry)
	}
	if e.State != journal.Abandoned {
		add(string(erp.Abandon), choiceAbandon)
	}
	return all
}

// adoptable tells whether the effect makes a document that a person could find
// in Jobpac.
func adoptable(e journal.Effect) bool {
	return e.Kind() != journal.KindRequest && e.Kind() != journal.KindCompletion
}

// Settled tells whether nothing more happens to the effect by itself.
func (e Effect) Settled() bool { return journal.State(e.State).Settled() }

// Deciding tells whether a person's decision waits to be carried out.
func (e Effect) Deciding() bool { return e.Rule == flow.RuleDeciding }

// Resting tells whether the effect goes on by itself, but not now.
func (e Effect) Resting() bool {
	state := journal.State(e.State)
	return state == journal.Waiting || state == journal.UnknownOut || state == journal.Planned && !e.WakeAt.IsZero()
}
