package ops

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/audit"
	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/witness"
)

// verb is a choice as a decision; empty: it is none.
func verb(do string) erp.Verb {
	if do == "replay" {
		return ""
	}
	return erp.Verb(do)
}

// safe is safe mode in memory.
type safe struct {
	state  witness.State
	broken error
	by     []string
}

func (s *safe) State() witness.State { return s.state }

func (s *safe) Release(_ context.Context, actor, reason string) error {
	if s.broken != nil {
		return s.broken
	}
	s.by = append(s.by, actor, reason)
	s.state.On, s.state.By, s.state.Reason, s.state.Released = false, actor, reason, now
	return nil
}

var hole = witness.Finding{Stream: "JOURNAL", What: witness.Hole, Words: "The journal has lost records 5 to 7.", From: 5, To: 7}

// halted is a service in safe mode with two connections, whose audits say what
// the map says.
func halted(reports map[string]audit.Report) (*Service, *safe) {
	s, _ := service(journal.Done)
	guard := &safe{state: witness.State{On: true, Since: now.Add(-time.Hour), Episode: 1, Findings: []witness.Finding{hole}}}
	s.Safe = guard
	s.Connections = []Connection{{Name: "acme"}, {Name: "beta"}}
	s.Audit = func(_ context.Context, connection string, o audit.Options) (audit.Report, error) {
		r, ok := reports[connection]
		if !ok {
			return audit.Report{Next: o.After}, errors.New("away")
		}
		r.Ended = now
		if r.Next != "" && o.After == "" {
			return r, errors.New("cut short")
		}
		r.Next = ""
		return r, nil
	}
	return s, guard
}

// audited runs a whole audit of a connection.
func audited(t *testing.T, s *Service, o AuditOrder) Job {
	t.Helper()
	j, err := s.StartAudit(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return ended(t, s, j.ID)
}

var ready = Release{Actor: "jo", Reason: "counted"}

func TestSafeModeSaysTheWayOut(t *testing.T) {
	s, guard := halted(map[string]audit.Report{"acme": {Findings: []audit.Finding{{Serious: true}, {}}}})
	audited(t, s, AuditOrder{Connection: "acme"})
	got, err := s.SafeMode()
	want := SafeMode{
		On: true, Since: now.Add(-time.Hour), WayOut: wayOut, Findings: []SafeFinding{hole}, Episode: 1,
		Why:    "safe mode since 2026-11-22T08:00:00Z: The journal has lost records 5 to 7. Webhooks are taken, nothing is created in Jobpac.",
		Audits: []Audited{{Connection: "acme", Ended: now, Serious: 1}},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	guard.state.Findings = append(guard.state.Findings, hole, hole)
	if got, _ := s.SafeMode(); !strings.Contains(got.Why, "(2 more findings)") || len(got.Audits) != 0 {
		t.Errorf("%+v", got)
	}
	guard.state = witness.State{Episode: 1, By: "jo", Reason: "counted", Released: now, Findings: []witness.Finding{hole}}
	got, err = s.SafeMode()
	want = SafeMode{Findings: []SafeFinding{hole}, Episode: 1, Released: &Released{By: "jo", Reason: "counted", At: now}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestHealthTellsSafeMode(t *testing.T) {
	s, guard := halted(nil)
	h := s.Health(t.Context())
	if h.OK || !strings.HasPrefix(h.Reason, "safe mode since") || h.SafeMode == nil || !h.SafeMode.On || !h.Answers() {
		t.Errorf("%+v", h)
	}
	s.Bus.(*desk).broken = errors.New("disk full")
	if h := s.Health(t.Context()); h.OK || h.Reason != "disk full" || h.Answers() || !h.SafeMode.On {
		t.Errorf("%+v", h)
	}
	s.Bus.(*desk).broken, guard.state.On = nil, false
	if h := s.Health(t.Context()); !h.OK || h.SafeMode.On || !h.Answers() {
		t.Errorf("%+v", h)
	}
	s.Safe = nil
	if h := s.Health(t.Context()); !h.OK || h.SafeMode != nil {
		t.Errorf("%+v", h)
	}
}

func TestReleaseNeedsAnAuditOfEveryConnection(t *testing.T) {
	s, guard := halted(map[string]audit.Report{"acme": {}, "beta": {}})
	refused := func(words string) {
		t.Helper()
		var conflict *Conflict
		if err := s.ReleaseSafeMode(t.Context(), ready); !errors.As(err, &conflict) || !strings.HasPrefix(err.Error(), words) {
			t.Errorf("%v, want %s", err, words)
		}
	}
	refused("acme, beta: no whole audit")
	audited(t, s, AuditOrder{Connection: "acme"})
	refused("beta: no whole audit")
	audited(t, s, AuditOrder{Connection: "beta", Since: now.Add(-time.Hour)}) // only a part
	refused("beta: no whole audit")
	audited(t, s, AuditOrder{Connection: "beta", After: "beta.commitment-9"}) // its beginning is missing
	refused("beta: no whole audit")
	if guard.by != nil {
		t.Fatal("released")
	}
	audited(t, s, AuditOrder{Connection: "beta"})
	if err := s.ReleaseSafeMode(t.Context(), Release{Actor: " jo ", Reason: "counted\n by hand"}); err != nil {
		t.Fatal(err)
	}
	if strings.Join(guard.by, "|") != "jo|counted by hand" {
		t.Errorf("%q", guard.by)
	}
	refused("safe mode is not on")
}

// TestAuditsOfBeforeDoNotCount: neither one of before safe mode, nor of an
// earlier episode, nor of before the last finding.
func TestAuditsOfBeforeDoNotCount(t *testing.T) {
	for name, began := range map[string]func(*witness.State){
		"before safe mode":     func(s *witness.State) { s.On = false },
		"an earlier episode":   func(s *witness.State) { s.Episode = 0 },
		"before the last find": func(s *witness.State) { s.Findings = nil },
	} {
		s, guard := halted(map[string]audit.Report{"acme": {}, "beta": {}})
		then := guard.state
		began(&guard.state)
		audited(t, s, AuditOrder{Connection: "acme"})
		audited(t, s, AuditOrder{Connection: "beta"})
		guard.state = then
		var conflict *Conflict
		if err := s.ReleaseSafeMode(t.Context(), ready); !errors.As(err, &conflict) || guard.by != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnAuditInPartsCountsAsAWhole(t *testing.T) {
	s, guard := halted(map[string]audit.Report{"acme": {Next: "acme.commitment-4"}, "beta": {}})
	audited(t, s, AuditOrder{Connection: "beta"})
	first := audited(t, s, AuditOrder{Connection: "acme"})
	if first.State != JobFailed || first.Audit.Next != "acme.commitment-4" {
		t.Fatalf("%+v", first)
	}
	if err := s.ReleaseSafeMode(t.Context(), ready); err == nil {
		t.Fatal("released after half an audit")
	}
	audited(t, s, AuditOrder{Connection: "acme", After: "acme.commitment-9"}) // not where it was cut
	if err := s.ReleaseSafeMode(t.Context(), ready); err == nil {
		t.Fatal("released after an audit with a gap")
	}
	audited(t, s, AuditOrder{Connection: "acme", After: "acme.commitment-4"})
	if err := s.ReleaseSafeMode(t.Context(), ready); err != nil || guard.state.On {
		t.Error(err)
	}
}

func TestSeriousFindingsMustBeAccepted(t *testing.T) {
	s, guard := halted(map[string]audit.Report{"acme": {Findings: []audit.Finding{{Serious: true}, {Serious: true}}}, "beta": {Findings: []audit.Finding{{}}}})
	audited(t, s, AuditOrder{Connection: "acme"})
	audited(t, s, AuditOrder{Connection: "beta"})
	var conflict *Conflict
	if err := s.ReleaseSafeMode(t.Context(), ready); !errors.As(err, &conflict) || !strings.Contains(err.Error(), "(acme: 2)") || guard.by != nil {
		t.Errorf("%v", err)
	}
	accepting := ready
	accepting.AcceptFindings = true
	if err := s.ReleaseSafeMode(t.Context(), accepting); err != nil || guard.state.On {
		t.Error(err)
	}
}

func TestReleaseIsSigned(t *testing.T) {
	s, _ := halted(nil)
	for _, r := range []Release{{Reason: "x"}, {Actor: "jo"}, {Actor: "jo", Reason: " "}, {Actor: "jo", Reason: strings.Repeat("x", 501)}} {
		var invalid *Invalid
		if err := s.ReleaseSafeMode(t.Context(), r); !errors.As(err, &invalid) {
			t.Errorf("%+v: %v", r, err)
		}
	}
}

func TestReleaseFailures(t *testing.T) {
	s, guard := halted(nil)
	s.Connections = nil
	var conflict *Conflict
	var elsewhere *NotHere
	if guard.broken = witness.ErrNotOn; !errors.As(s.ReleaseSafeMode(t.Context(), ready), &conflict) {
		t.Error("released elsewhere meanwhile")
	}
	if guard.broken = witness.ErrNoView; !errors.As(s.ReleaseSafeMode(t.Context(), ready), &elsewhere) {
		t.Error("no view")
	}
	guard.broken = errors.New("away")
	if err := s.ReleaseSafeMode(t.Context(), ready); !errors.Is(err, guard.broken) {
		t.Error(err)
	}
	s.Safe = nil
	if _, err := s.SafeMode(); !errors.As(err, &elsewhere) || !errors.As(s.ReleaseSafeMode(t.Context(), ready), &elsewhere) {
		t.Error(err)
	}
}
