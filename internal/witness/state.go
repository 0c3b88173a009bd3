package witness

import (
	"fmt"
	"time"

	"github.com/procpac/procpac/internal/journal"
)

// The register that carries safe mode, in the journal.
const (
	Connection = "_system"
	Register   = "safe mode"
)

// State is safe mode as a person sees it.
type State struct {
	On       bool      `json:"on"`
	Since    time.Time `json:"since,omitzero"`
	Findings []Finding `json:"findings,omitempty"` // of this or the last episode, at most 200
	By       string    `json:"by,omitempty"`       // who released the last episode, and why
	Reason   string    `json:"reason,omitempty"`
	Released time.Time `json:"released,omitzero"`
	Episode  int       `json:"episode,omitempty"` // counts the raises
	Accepted *Streams  `json:"-"`                 // as they stood at the last release
	Pardoned []Finding `json:"-"`                 // damage that was there at the last release
}

// stateOf reads the stored form; nil is safe mode that was never on.
func stateOf(s *journal.Safe) State {
	if s == nil {
		return State{}
	}
	return State{
		On: s.On, Since: s.Since, By: s.By, Reason: s.Reason, Released: s.Released, Episode: s.Episode,
		Findings: findingsOf(s.Findings), Pardoned: findingsOf(s.Pardoned), Accepted: streamsOf(s.Accepted),
	}
}

// stored is the stored form.
func (s State) stored() *journal.Safe {
	return &journal.Safe{
		On: s.On, Since: s.Since, By: s.By, Reason: s.Reason, Released: s.Released, Episode: s.Episode,
		Findings: storedFindings(s.Findings), Pardoned: storedFindings(s.Pardoned), Accepted: storedStreams(s.Accepted),
	}
}

func findingsOf(stored []journal.SafeFinding) []Finding {
	var all []Finding
	for _, f := range stored {
		all = append(all, Finding{Stream: f.Stream, What: f.What, Words: f.Words, Effect: f.Effect, From: f.From, To: f.To})
	}
	return all
}

func storedFindings(all []Finding) []journal.SafeFinding {
	var stored []journal.SafeFinding
	for _, f := range all {
		stored = append(stored, journal.SafeFinding{Stream: f.Stream, What: f.What, Words: f.Words, Effect: f.Effect, From: f.From, To: f.To})
	}
	return stored
}

func streamsOf(stored []journal.SafeStream) *Streams {
	if len(stored) == 0 {
		return nil
	}
	now := &Streams{}
	for _, s := range stored {
		stream := Stream{First: s.First, Last: s.Last, Messages: s.Messages, Created: s.Created, Ages: s.Ages}
		if s.Stream == Journal {
			now.Journal = stream
		} else {
			now.Events = stream
		}
	}
	return now
}

func storedStreams(now *Streams) []journal.SafeStream {
	if now == nil {
		return nil
	}
	one := func(name string, s Stream) journal.SafeStream {
		return journal.SafeStream{Stream: name, First: s.First, Last: s.Last, Messages: s.Messages, Created: s.Created, Ages: s.Ages}
	}
	return []journal.SafeStream{one(Events, now.Events), one(Journal, now.Journal)}
}

// raised is the state with more findings: a new episode if none is on.
func (s State) raised(found []Finding, at time.Time) (_ State, fresh []Finding) {
	if !s.On {
		s.On, s.Since, s.Findings, s.Episode = true, at, nil, s.Episode+1
		s.By, s.Reason = "", ""
	}
	s.Findings, fresh = union(s.Findings, found)
	return s, fresh
}

// after merges a state that came by the journal. It may be an old one that is
// read again, so it counts only if it is later than what is known.
func (s State) after(came State) State {
	switch {
	case s.On && came.On:
		came.Findings, _ = union(s.Findings, came.Findings)
		came.Episode = max(s.Episode, came.Episode)
		if s.Since.Before(came.Since) {
			came.Since = s.Since
		}
		return came
	case s.On && came.Episode >= s.Episode: // released
		return came
	case !s.On && came.On && (came.Episode > s.Episode || came.Since.After(s.Released)):
		return came
	case !s.On && !came.On && came.Episode > s.Episode:
		return came
	}
	return s
}

// words says in one sentence why creates stop; empty: they do not.
func (s State) words() string {
	if !s.On {
		return ""
	}
	why := "something was found wrong with the stored history."
	if len(s.Findings) > 0 {
		why = s.Findings[0].Words
	}
	more := ""
	if n := len(s.Findings) - 1; n > 0 {
		more = fmt.Sprintf(" (%d more findings)", n)
	}
	return fmt.Sprintf("safe mode since %s: %s%s Nothing is created until a person has run an audit and releases it.",
		s.Since.UTC().Format(time.RFC3339), why, more)
}
