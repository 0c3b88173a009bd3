package witness

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

var hole = Finding{Stream: Journal, What: Hole, From: 5, To: 6, Words: "Five and six are gone."}

var errAway = errors.New("the store is away")

func TestHaltedUntilTheJournalIsRead(t *testing.T) {
	m := &memory{away: errAway}
	g := guarded(t, m, "")
	if g.Halted() == "" {
		t.Error("creates go on before anything is known")
	}
	if err := g.Load(t.Context()); !errors.Is(err, errAway) || g.Halted() == "" {
		t.Errorf("%v, halted %q", err, g.Halted())
	}
	m.set(func() { m.away = nil })
	must(t, g.Load(t.Context()))
	wantCalm(t, g)
}

func TestRaiseTellsWhyAndIsSavedOnce(t *testing.T) {
	m := &memory{moved: 3}
	g := guarded(t, m, "")
	must(t, g.Load(t.Context()))
	for range 3 {
		must(t, g.Raise(t.Context(), []Finding{hole}))
	}
	must(t, g.Raise(t.Context(), nil))
	if m.saves != 1 {
		t.Errorf("saved %d times", m.saves)
	}
	for _, want := range []string{"safe mode since 2026-11-22T09:00:00Z", "Five and six are gone.", "audit", "releases"} {
		if !strings.Contains(g.Halted(), want) {
			t.Errorf("%q does not say %q", g.Halted(), want)
		}
	}
	other := guarded(t, m, "")
	must(t, other.Load(t.Context()))
	wantHalted(t, other, "JOURNAL hole")
}

// The register cannot be written: safe mode is on all the same, also after a
// restart, and is saved when the store is back.
func TestRaiseWhileTheStoreIsAway(t *testing.T) {
	m, dir := &memory{}, t.TempDir()
	g := guarded(t, m, dir)
	must(t, g.Load(t.Context()))
	m.set(func() { m.away = errAway })
	if err := g.Raise(t.Context(), []Finding{hole}); !errors.Is(err, errAway) {
		t.Errorf("raise: %v", err)
	}
	wantHalted(t, g, "JOURNAL hole")
	must(t, g.file.Close())

	m.set(func() { m.away = nil })
	g = guarded(t, m, dir)
	must(t, g.Load(t.Context()))
	wantHalted(t, g, "JOURNAL hole")
	if m.saves != 0 {
		t.Fatal("saved too early: this test shows nothing")
	}
	must(t, g.save(t.Context()))
	other := guarded(t, m, "")
	must(t, other.Load(t.Context()))
	wantHalted(t, other, "JOURNAL hole")
}

// Saved, and then the register is lost with the journal: the file remembers.
func TestSafeModeOutlivesItsRegister(t *testing.T) {
	m, dir := &memory{}, t.TempDir()
	g := guarded(t, m, dir)
	must(t, g.Load(t.Context()))
	must(t, g.Raise(t.Context(), []Finding{hole}))
	must(t, g.file.Close())
	m.set(func() { m.reg, m.seq = journal.Register{}, 0 })
	g = guarded(t, m, dir)
	must(t, g.Load(t.Context()))
	wantHalted(t, g, "JOURNAL hole")
}

// A release that another process made while this one was down counts for what
// it had saved, and not for what nobody knew.
func TestReleasedWhileDown(t *testing.T) {
	for name, away := range map[string]error{"saved": nil, "not saved": errAway} {
		t.Run(name, func(t *testing.T) {
			m, dir := &memory{now: Streams{Events: whole(1), Journal: whole(9)}}, t.TempDir()
			g, other := guarded(t, m, dir), guarded(t, m, "")
			must(t, g.Load(t.Context()))
			must(t, other.Load(t.Context()))
			m.set(func() { m.away = away })
			if err := g.Raise(t.Context(), []Finding{hole}); !errors.Is(err, away) {
				t.Fatal(err)
			}
			must(t, g.file.Close())
			m.set(func() { m.away = nil })
			must(t, other.Raise(t.Context(), []Finding{{Stream: Events, What: Hole, From: 1, To: 1}}))
			must(t, other.Release(t.Context(), "jo", "audited"))
			g = guarded(t, m, dir)
			must(t, g.Load(t.Context()))
			if on := g.Halted() != ""; on != (away != nil) {
				t.Errorf("halted: %q", g.Halted())
			}
		})
	}
}

func TestUnreadableRegisterHalts(t *testing.T) {
	m := &memory{away: fmt.Errorf("odd: %w", journal.ErrBroken)}
	g := guarded(t, m, "")
	must(t, g.Load(t.Context()))
	wantHalted(t, g, "JOURNAL corrupt")
}

func TestASaveThatNeverComesFirstEnds(t *testing.T) {
	m := &memory{moved: 1 << 30}
	g := guarded(t, m, "")
	must(t, g.Load(t.Context()))
	if err := g.Raise(t.Context(), []Finding{hole}); fault.Of(err) != fault.Transient {
		t.Errorf("%v", err)
	}
	wantHalted(t, g, "JOURNAL hole")
}

func TestTake(t *testing.T) {
	reg := func(name string, s journal.Safe) journal.Register { return journal.Register{Name: name, Safe: &s} }
	raised := journal.Safe{Episode: 2, On: true, Since: epoch.Add(time.Hour), Findings: storedFindings([]Finding{hole})}
	released := journal.Safe{Episode: 2, Since: epoch.Add(time.Hour), By: "jo", Reason: "r", Released: epoch.Add(2 * time.Hour)}
	for name, c := range map[string]struct {
		came []journal.Register
		on   bool
	}{
		"raised elsewhere":               {[]journal.Register{reg(Register, raised)}, true},
		"another register":               {[]journal.Register{reg("order x", raised), {Name: Register}}, false},
		"raised and released":            {[]journal.Register{reg(Register, raised), reg(Register, released)}, false},
		"an old one read again":          {[]journal.Register{reg(Register, released), reg(Register, raised)}, false},
		"an older release":               {[]journal.Register{reg(Register, raised), reg(Register, journal.Safe{Episode: 1, Released: epoch})}, true},
		"the next raise":                 {[]journal.Register{reg(Register, released), reg(Register, journal.Safe{Episode: 3, On: true, Since: epoch})}, true},
		"a raise in a journal made anew": {[]journal.Register{reg(Register, released), reg(Register, journal.Safe{Episode: 1, On: true, Since: epoch.Add(3 * time.Hour)})}, true},
	} {
		t.Run(name, func(t *testing.T) {
			g := guarded(t, &memory{}, "")
			must(t, g.Load(t.Context()))
			for _, r := range c.came {
				g.Take(r)
			}
			if on := g.Halted() != ""; on != c.on {
				t.Errorf("halted: %q", g.Halted())
			}
		})
	}
}

// A release comes by that knew nothing of what was found here and could not be
// saved yet.
func TestReleaseOfOthersDoesNotCoverWhatTheyDidNotKnow(t *testing.T) {
	m := &memory{}
	g := guarded(t, m, "")
	must(t, g.Load(t.Context()))
	m.set(func() { m.away = errAway })
	if err := g.Raise(t.Context(), []Finding{hole}); err == nil {
		t.Fatal("saved: this test shows nothing")
	}
	g.Take(journal.Register{Name: Register, Safe: &journal.Safe{Episode: 1, Released: epoch.Add(time.Hour), Accepted: storedStreams(&Streams{})}})
	wantHalted(t, g, "JOURNAL hole")
	m.set(func() {
		m.away, m.reg = nil, journal.Register{Name: Register, Safe: &journal.Safe{Episode: 1, Released: epoch.Add(time.Hour)}}
	})
	must(t, g.save(t.Context()))
	if s := stateOf(m.reg.Safe); !s.On || s.Episode != 2 || len(s.Findings) != 1 {
		t.Errorf("%+v", s)
	}
}

func TestReleaseIsRefused(t *testing.T) {
	m := &memory{now: Streams{Events: whole(1), Journal: whole(9)}}
	g := guarded(t, m, "")
	must(t, g.Load(t.Context()))
	if err := g.Release(t.Context(), "jo", "audited"); !errors.Is(err, ErrNotOn) {
		t.Errorf("not on: %v", err)
	}
	must(t, g.Raise(t.Context(), []Finding{hole}))
	for _, who := range [][2]string{{"", "audited"}, {"jo", " "}} {
		if err := g.Release(t.Context(), who[0], who[1]); !errors.Is(err, ErrNoActor) {
			t.Errorf("%q: %v", who, err)
		}
	}
	blind := guarded(t, m, "")
	blind.Watch(nil, nil)
	must(t, blind.Load(t.Context()))
	if err := blind.Release(t.Context(), "jo", "audited"); !errors.Is(err, ErrNoView) {
		t.Errorf("blind: %v", err)
	}
	m.set(func() { m.away = errAway })
	if err := g.Release(t.Context(), "jo", "audited"); !errors.Is(err, errAway) {
		t.Errorf("away: %v", err)
	}
	wantHalted(t, g, "JOURNAL hole")
	m.set(func() { m.away, m.moved = nil, 1<<30 })
	if err := g.Release(t.Context(), "jo", "audited"); err == nil {
		t.Error("never saved")
	}
	wantHalted(t, g, "JOURNAL hole")
	m.set(func() { m.moved = 2 })
	must(t, g.Release(t.Context(), "jo", "audited"))
	wantCalm(t, g)
}

// What the release read of the streams is no news to another process.
func TestReleaseCoversTheGapsOfTheMoment(t *testing.T) {
	gap := Entry{Stream: Journal, Seq: 3, Missing: 4}
	m := &memory{now: Streams{Events: whole(1), Journal: whole(9)}, gaps: []Entry{gap, {Stream: Journal, Seq: 8, Bad: "b", Key: key(1)}}}
	g := guarded(t, m, "")
	must(t, g.Load(t.Context()))
	must(t, g.Raise(t.Context(), []Finding{hole}))
	must(t, g.Release(t.Context(), "jo", "audited"))
	other := guarded(t, m, t.TempDir())
	must(t, other.Load(t.Context()))
	must(t, other.Scrub(t.Context()))
	must(t, other.RaiseGap(t.Context(), Entry{Stream: Journal, Seq: 4, Missing: 2}))
	must(t, other.RaiseGap(t.Context(), Entry{Stream: Journal, Seq: 5}))
	must(t, other.RaiseGap(t.Context(), Entry{Stream: Events, Seq: 1, Missing: 2, Aged: true}))
	wantCalm(t, other)
	must(t, other.RaiseGap(t.Context(), Entry{Stream: Journal, Seq: 6, Missing: 2}))
	wantHalted(t, other, "JOURNAL hole")
}

// A gap that was met is on the disk before the tail goes on.
func TestGapsOutliveTheProcess(t *testing.T) {
	m, dir := &memory{now: Streams{Events: whole(9), Journal: whole(9)}}, t.TempDir()
	g := guarded(t, m, dir)
	must(t, g.Load(t.Context()))
	must(t, g.Look(t.Context()))
	m.set(func() { m.away = errAway })
	must(t, g.Feed(t.Context(), []Entry{{Stream: Events, Seq: 3, Missing: 2}, {Stream: Events, Seq: 5}}))
	wantHalted(t, g, "EVENTS hole")
	_, err := g.file.write.ExecContext(t.Context(), "UPDATE safe SET state = ''") // died before it was kept
	must(t, errors.Join(err, g.file.Close()))
	m.set(func() { m.away = nil })
	g = guarded(t, m, dir)
	must(t, g.Load(t.Context()))
	must(t, g.Look(t.Context()))
	wantHalted(t, g, "EVENTS hole")
	if at, err := g.file.Position(t.Context()); at.Events != 5 || err != nil {
		t.Errorf("%+v %v", at, err)
	}
}

func TestFindingsAreBounded(t *testing.T) {
	g := guarded(t, &memory{}, "")
	must(t, g.Load(t.Context()))
	for n := range 3 * mostFindings {
		must(t, g.Raise(t.Context(), []Finding{{Stream: Journal, What: EffectBackwards, Effect: key(n).String(), Words: "w"}}))
	}
	if s := g.State(); len(s.Findings) != mostFindings || !strings.Contains(g.Halted(), "(199 more findings)") {
		t.Errorf("%d findings, %s", len(s.Findings), g.Halted())
	}
}

// Run saves what could not be saved, takes releases over, and reads everything
// at its start and after each change.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{now: Streams{Events: whole(1), Journal: whole(9)}}
		g := guarded(t, m, "")
		must(t, g.Load(t.Context()))
		m.set(func() { m.away = errAway })
		if err := g.Raise(t.Context(), []Finding{hole}); err == nil {
			t.Fatal("saved: this test shows nothing")
		}
		ctx, cancel := context.WithCancel(t.Context())
		home := make(chan struct{})
		go func() { defer close(home); g.Run(ctx, Rounds{}) }()
		<-time.After(150 * time.Second)
		m.set(func() {
			if m.saves != 0 || m.reads < 3 {
				t.Errorf("%d saves, %d reads while the store is away", m.saves, m.reads)
			}
			m.away, m.reads = nil, 0
		})
		<-time.After(time.Minute)
		m.set(func() {
			if m.saves != 1 || m.reads != 2 {
				t.Errorf("%d saves, %d reads once it is back", m.saves, m.reads)
			}
			m.reads = 0
		})
		<-time.After(24 * time.Hour)
		m.set(func() {
			if m.reads != 2 {
				t.Errorf("%d reads a day", m.reads)
			}
		})
		cancel()
		<-home
	})
}
