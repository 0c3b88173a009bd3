package ops

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/procpac/procpac/internal/audit"
	"github.com/procpac/procpac/internal/witness"
)

// SafeFinding is one thing that is wrong with the stored history.
type SafeFinding = witness.Finding

// SafeMode is whether creates stop, why, and how they go on.
type SafeMode struct {
	On       bool          `json:"on"`
	Since    time.Time     `json:"since,omitzero"`
	Why      string        `json:"why,omitempty"`     // one sentence, while it is on
	WayOut   string        `json:"way_out,omitempty"` // what a person does, while it is on
	Findings []SafeFinding `json:"findings"`          // of this or the last episode
	Audits   []Audited     `json:"audits,omitempty"`  // that count towards a release
	Episode  int           `json:"episode,omitempty"` // counts how often it was on
	Released *Released     `json:"released,omitempty"`
}

// Released is who ended the last episode.
type Released struct {
	By     string    `json:"by"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// Audited is a whole audit of one connection in this episode of safe mode.
type Audited struct {
	Connection string    `json:"connection"`
	Ended      time.Time `json:"ended"`
	Serious    int       `json:"serious"` // findings that a person must have dealt with
}

// wayOut is how safe mode ends.
const wayOut = `run "procpac audit" and deal with what it finds, then "procpac audit --release --reason TEXT"`

// SafeMode tells safe mode as this process knows it; *NotHere where it does not.
func (s *Service) SafeMode() (SafeMode, error) {
	if s.Safe == nil {
		return SafeMode{}, &NotHere{"safe mode"}
	}
	now := s.Safe.State()
	m := SafeMode{On: now.On, Since: now.Since, Findings: now.Findings, Episode: now.Episode}
	if now.On {
		m.Why, m.WayOut, m.Audits = why(now), wayOut, s.audits.of(s.Connections, now)
	}
	if !now.Released.IsZero() {
		m.Released = &Released{By: now.By, Reason: now.Reason, At: now.Released}
	}
	return m, nil
}

// mode is safe mode now, or none where this process does not know it.
func (s *Service) mode() witness.State {
	if s.Safe == nil {
		return witness.State{}
	}
	return s.Safe.State()
}

// why is safe mode in one sentence.
func why(now witness.State) string {
	words := "something is wrong with the stored history."
	if len(now.Findings) > 0 {
		words = now.Findings[0].Words
	}
	if n := len(now.Findings) - 1; n > 0 {
		words += fmt.Sprintf(" (%d more findings)", n)
	}
	return fmt.Sprintf("safe mode since %s: %s Webhooks are taken, nothing is created in Jobpac.", now.Since.UTC().Format(time.RFC3339), words)
}

// Release is a person's word that creates may go on.
type Release struct {
	Actor          string
	Reason         string
	AcceptFindings bool // what the audits found is dealt with
}

// ReleaseSafeMode ends safe mode for all processes. It is refused with
// *Conflict unless every connection was audited as a whole since safe mode
// began and since the last thing was found, and while an audit has a serious
// finding that nobody accepted.
func (s *Service) ReleaseSafeMode(ctx context.Context, r Release) error {
	if s.Safe == nil {
		return &NotHere{"safe mode"}
	}
	actor, reason, err := signed(r.Actor, r.Reason)
	if err != nil {
		return err
	}
	if err := s.mayRelease(r.AcceptFindings); err != nil {
		return err
	}
	err = s.Safe.Release(ctx, actor, reason)
	switch {
	case errors.Is(err, witness.ErrNotOn):
		return &Conflict{witness.ErrNotOn.Error()}
	case errors.Is(err, witness.ErrNoView):
		return &NotHere{"the release of safe mode"}
	}
	return err
}

// mayRelease tells what is missing for a release.
func (s *Service) mayRelease(accept bool) error {
	now := s.Safe.State()
	if !now.On {
		return &Conflict{witness.ErrNotOn.Error()}
	}
	serious, missing := s.audits.judge(s.Connections, now)
	switch {
	case len(missing) > 0:
		return conflictf("%s: no whole audit was finished since safe mode began and since the last finding; run \"procpac audit\" first", strings.Join(missing, ", "))
	case len(serious) > 0 && !accept:
		return conflictf("the audit found what must be dealt with first (%s); once it is, release with --accept-findings", strings.Join(serious, ", "))
	}
	return nil
}

// audits remembers, per connection, the last whole audit, or as much of one as
// there is. The zero value is ready.
type audits struct {
	mu    sync.Mutex
	known map[string]walked
}

// walked is an audit that began at the first effect, over all its parts.
type walked struct {
	mode    witness.State // as it was when the first part began
	next    string        // where the next part must go on; empty: whole
	serious int
	ended   time.Time
}

// note takes over the end of an audit. One of a part of the time counts for
// nothing; one that was cut short counts together with those that go on from
// its cursor.
func (a *audits) note(o audit.Options, mode witness.State, r audit.Report, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	w := walked{mode: mode}
	if before, ok := a.known[r.Connection]; o.After != "" {
		if !ok || before.next != o.After {
			return
		}
		w = before
	}
	if !o.Since.IsZero() || err != nil && r.Next == "" {
		return
	}
	w.next, w.ended = r.Next, r.Ended
	for _, f := range r.Findings {
		if f.Serious {
			w.serious++
		}
	}
	if a.known == nil {
		a.known = map[string]walked{}
	}
	a.known[r.Connection] = w
}

// counts tells whether an audit speaks of safe mode as it is now.
func (w walked) counts(now witness.State) bool {
	return w.next == "" && !w.ended.IsZero() && w.mode.On && w.mode.Episode == now.Episode && len(w.mode.Findings) == len(now.Findings)
}

// of lists the audits that count.
func (a *audits) of(connections []Connection, now witness.State) []Audited {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []Audited
	for _, c := range connections {
		if w := a.known[c.Name]; w.counts(now) {
			all = append(all, Audited{Connection: c.Name, Ended: w.ended, Serious: w.serious})
		}
	}
	return all
}

// judge names the connections with serious findings, and those without an
// audit that counts.
func (a *audits) judge(connections []Connection, now witness.State) (serious, missing []string) {
	done := map[string]int{}
	for _, audited := range a.of(connections, now) {
		done[audited.Connection] = audited.Serious
	}
	for _, c := range connections {
		switch n, ok := done[c.Name]; {
		case !ok:
			missing = append(missing, c.Name)
		case n > 0:
			serious = append(serious, fmt.Sprintf("%s: %d", c.Name, n))
		}
	}
	return serious, missing
}
