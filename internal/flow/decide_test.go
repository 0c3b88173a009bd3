package flow

import (
	"fmt"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// situation is a case with the words that name it.
type situation struct {
	Case
	newer, older, closed, same, doubt, resting, held bool
}

// situations are every state, every source and every relation between the
// event's request and what the effect knows.
func situations() []situation {
	var all []situation
	yes := []bool{false, true}
	for _, state := range append([]journal.State{journal.None}, journal.States()...) {
		for _, source := range []string{erp.FromWebhook, erp.FromReplay, erp.FromWake, erp.FromSweep, erp.FromPerson} {
			for request := erp.ID(6); request <= 8; request++ {
				for _, closed := range yes {
					for _, same := range yes {
						for _, doubt := range yes {
							for _, resting := range yes {
								for _, held := range yes {
									all = append(all, situationOf(state, source, request, closed, same, doubt, resting, held))
								}
							}
						}
					}
				}
			}
		}
	}
	return all
}

func situationOf(state journal.State, source string, request erp.ID, closed, same, doubt, resting, held bool) situation {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	s := situation{newer: request > 7, older: request < 7, closed: closed, same: same, doubt: doubt, resting: resting, held: held}
	s.Case = Case{Request: request, Fingerprint: "f", Source: source, Now: now, Owner: "me"}
	s.Effect = journal.Effect{Key: journal.NewKey("acme", journal.KindCommitment, 1), State: state}
	if state == journal.None {
		return s
	}
	s.Effect.Request, s.Effect.Owner, s.Effect.Until = 7, "me", now.Add(time.Minute)
	s.Effect.Plan.Fingerprint = "other"
	if same {
		s.Effect.Plan.Fingerprint = "f"
	}
	if held {
		s.Effect.Owner = "somebody else"
	}
	if closed {
		s.Effect.Closed = map[int64]journal.Closing{int64(request): {}}
	}
	if doubt {
		s.Effect.Steps = map[string]journal.StepMemory{"order 1": {State: journal.StepUnknown}}
	}
	s.Effect.Stands = state == journal.Done || state == journal.Parked && same
	if resting {
		s.Effect.WakeAt = now.Add(time.Hour)
	}
	return s
}

func (s situation) String() string {
	return fmt.Sprintf("%q %s newer=%v older=%v closed=%v same=%v doubt=%v resting=%v held=%v",
		s.Effect.State, s.Source, s.newer, s.older, s.closed, s.same, s.doubt, s.resting, s.held)
}

// mayWrite tells whether an action can lead to a write in Jobpac.
func mayWrite(a Action) bool { return a == Plan || a == Resume }

// What must hold of every decision, whatever the situation.
func TestDecideEverywhere(t *testing.T) {
	rules := map[string]func(s situation, d Decision) bool{
		"nothing known: planned": func(s situation, d Decision) bool {
			return s.Effect.State != journal.None || d.Do == Plan
		},
		"what is done is never written again": func(s situation, d Decision) bool {
			return s.Effect.State != journal.Done || !mayWrite(d.Do)
		},
		"a request that was answered is not answered again, unless a person replays": func(s situation, d Decision) bool {
			return !s.closed || !s.Effect.State.Settled() || s.Source == erp.FromReplay && !s.older || d.Do == Skip
		},
		"an older request never takes over": func(s situation, d Decision) bool {
			return !s.older || s.Effect.State == journal.None || s.waitsForLease() || d.Do == Outdated != s.closed && (!s.closed || d.Do == Skip)
		},
		"done with other content is a person's matter": func(s situation, d Decision) bool {
			return s.Effect.State != journal.Done || s.closed || s.older || s.same == (d.Do == Confirm) && !s.same == (d.Do == Changed)
		},
		"parked while the whole document stands: asking again is no leave": func(s situation, d Decision) bool {
			return s.Effect.State != journal.Parked || !s.Effect.Stands || s.Source == erp.FromReplay || !mayWrite(d.Do)
		},
		"parked in doubt: only a replay looks, nobody plans anew": func(s situation, d Decision) bool {
			return s.Effect.State != journal.Parked || !s.doubt || d.Do != Plan && (d.Do != Resume || s.Source == erp.FromReplay)
		},
		"what ended begins again by a replay or a newer request only": func(s situation, d Decision) bool {
			ended := s.Effect.State.Settled() && s.Effect.State != journal.Done
			return !ended || !mayWrite(d.Do) || s.Source == erp.FromReplay || s.newer
		},
		"an unknown outcome keeps its time, whoever calls": func(s situation, d Decision) bool {
			return s.Effect.State != journal.UnknownOut || !s.resting || d.Do == Wait || s.older
		},
		"a webhook or a sweep wakes nothing": func(s situation, d Decision) bool {
			hint := s.Source == erp.FromWebhook || s.Source == erp.FromSweep
			live := s.Effect.State != journal.None && !s.Effect.State.Settled()
			return !hint || !live || !s.resting || d.Do == Wait || s.older
		},
		"a wait ends at the moment on record": func(s situation, d Decision) bool {
			return d.Do != Wait || d.At.Equal(s.Effect.WakeAt) || d.At.Equal(s.Effect.Until)
		},
		"another worker's lease is waited for": func(s situation, d Decision) bool {
			return !s.waitsForLease() || d.Do == Wait
		},
		"only what was verified, undoubted and unchanged is just told": func(s situation, d Decision) bool {
			return d.Do != Finish || s.Effect.State == journal.Applied && s.same && !s.doubt
		},
		"a reason is given": func(_ situation, d Decision) bool { return d.Reason != "" },
	}
	seen := map[Action]int{}
	for _, s := range situations() {
		d := Decide(s.Case)
		seen[d.Do]++
		for rule, holds := range rules {
			if !holds(s, d) {
				t.Errorf("%s: %s gives %d (%s)", rule, s, d.Do, d.Reason)
			}
		}
		if again := Decide(s.Case); again != d {
			t.Errorf("%s: %v, then %v", s, d, again)
		}
	}
	for a := Skip; a <= Wait; a++ {
		if seen[a] == 0 {
			t.Errorf("action %d is never decided", a)
		}
	}
}

// waitsForLease tells whether another worker holds the effect.
func (s situation) waitsForLease() bool { return s.Effect.HeldBy(s.Owner, s.Now) }

// Alone, with the lock on the directory, claims of others are void.
func TestDecideAlone(t *testing.T) {
	for _, s := range situations() {
		if !s.waitsForLease() {
			continue
		}
		s.Alone = true
		if d := Decide(s.Case); d.Do == Wait && !s.resting {
			t.Errorf("%s waits although nobody else can be there", s)
		}
	}
}
