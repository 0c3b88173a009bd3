package witness

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// memory is a journal of one register and one effect, and streams beside it.
type memory struct {
	mu     sync.Mutex
	reg    journal.Register
	seq    uint64
	saves  int
	away   error // every call fails with it
	moved  int   // so many saves come too late
	effect journal.Effect
	lag    int // so many reads are short
	now    Streams
	gaps   []Entry
	reads  int
	during func() // happens while a read is under way
}

func (m *memory) LoadRegister(_ context.Context, _, name string) (journal.Register, uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.reg.Name == "" {
		return journal.Register{Name: name}, m.seq, m.away
	}
	return m.reg, m.seq, m.away
}

func (m *memory) SaveRegister(_ context.Context, _ string, reg journal.Register, after uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away != nil {
		return m.away
	}
	if m.moved > 0 || after != m.seq {
		m.moved--
		return journal.ErrMoved
	}
	m.reg, m.seq, m.saves = reg, m.seq+1, m.saves+1
	return nil
}

func (m *memory) Load(context.Context, journal.Key) (journal.Effect, error) {
	if m.during != nil {
		m.during()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lag--; m.lag >= 0 {
		return journal.Effect{}, m.away
	}
	return m.effect, m.away
}

func (m *memory) Append(context.Context, journal.Key, journal.Record, uint64) (uint64, error) {
	return 77, nil
}

func (m *memory) Streams(context.Context) (Streams, error) {
	if m.during != nil {
		m.during()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lag--; m.lag >= 0 {
		return Streams{Events: Stream{Created: epoch}, Journal: Stream{Created: epoch}}, m.away
	}
	return m.now, m.away
}

func (m *memory) Read(ctx context.Context, stream string, _ uint64, fn func(context.Context, []Entry) error) error {
	m.mu.Lock()
	m.reads++
	gaps, away := m.gaps, m.away
	m.mu.Unlock()
	if away != nil || len(gaps) == 0 || stream != Journal {
		return away
	}
	return fn(ctx, gaps)
}

func (m *memory) set(change func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change()
}

// guarded is a guard on a memory, with a file if dir is not empty.
func guarded(t *testing.T, m *memory, dir string) *Guard {
	t.Helper()
	g := NewGuard(m, zerolog.Nop(), func() time.Time { return epoch })
	g.patience = nil
	var file *File
	if dir != "" {
		file = opened(t, filepath.Join(dir, "witness.db"))
	}
	g.Watch(file, m)
	return g
}

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

func TestWrap(t *testing.T) {
	at := epoch
	done := journal.Effect{Key: key(1), Seq: 9, Records: 3, State: journal.Done, At: at}
	other := func(change func(*journal.Effect)) journal.Effect { e := done; change(&e); return e }
	for name, c := range map[string]struct {
		effect journal.Effect
		wrong  bool
	}{
		"as seen":                 {done, false},
		"further":                 {other(func(e *journal.Effect) { e.Seq, e.Records, e.State = 12, 4, journal.Parked }), false},
		"ends earlier":            {other(func(e *journal.Effect) { e.Seq, e.Records = 7, 2 }), true},
		"nothing":                 {journal.Effect{Key: key(1)}, true},
		"fewer records":           {other(func(e *journal.Effect) { e.Records = 2 }), true},
		"another record there":    {other(func(e *journal.Effect) { e.State = journal.Planned }), true},
		"another time there":      {other(func(e *journal.Effect) { e.At = at.Add(time.Second) }), true},
		"further and not longer":  {other(func(e *journal.Effect) { e.Seq = 12 }), true},
		"further and yet shorter": {other(func(e *journal.Effect) { e.Seq, e.Records = 12, 2 }), true},
	} {
		t.Run(name, func(t *testing.T) {
			m := &memory{effect: c.effect}
			g := guarded(t, m, t.TempDir())
			must(t, g.Load(t.Context()))
			for i, s := range []journal.State{journal.Planned, journal.Claimed, journal.Done} {
				must(t, g.file.Note(t.Context(), Batch{Records: []Record{{Seq: uint64(5 + 2*i), Key: key(1), State: s, At: at}}}))
			}
			_, err := g.Wrap(m).Load(t.Context(), key(1))
			if c.wrong {
				wantHalted(t, g, "JOURNAL effect-backwards")
				if fault.Of(err) != fault.Transient || !fault.IsSystem(err) {
					t.Errorf("%v", err)
				}
				return
			}
			must(t, err)
			wantCalm(t, g)
		})
	}
}

func TestWrapPassesOnWhatIsNotItsMatter(t *testing.T) {
	m := &memory{away: errAway}
	g := guarded(t, m, t.TempDir())
	j := g.Wrap(m)
	if _, err := j.Load(t.Context(), key(1)); !errors.Is(err, errAway) {
		t.Errorf("%v", err)
	}
	if _, _, err := j.LoadRegister(t.Context(), "acme", "x"); !errors.Is(err, errAway) {
		t.Errorf("%v", err)
	}
	if seq, err := j.Append(t.Context(), key(1), journal.Record{}, 0); seq != 77 || err != nil {
		t.Errorf("%d %v", seq, err)
	}
	must(t, g.file.Close())
	if _, err := j.Load(t.Context(), key(1)); fault.Of(err) != fault.Transient || !fault.IsSystem(err) {
		t.Errorf("a witness that cannot be asked stops the work: %v", err)
	}
}

// A replica that lags reads shorter for a moment; that is no damage.
func TestAReplicaThatLags(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{effect: journal.Effect{Key: key(1), Seq: 5, Records: 1, State: journal.Done}, now: Streams{Events: whole(5), Journal: whole(5)}}
		g := guarded(t, m, t.TempDir())
		defer func() { must(t, g.file.Close()) }()
		g.patience = patience()
		must(t, g.Load(t.Context()))
		must(t, g.file.Note(t.Context(), Batch{Records: []Record{{Seq: 5, Key: key(1), State: journal.Done}}, To: Position{Journal: 5}}))
		m.set(func() { m.lag = 3 })
		if e, err := g.Wrap(m).Load(t.Context(), key(1)); e.Seq != 5 || err != nil {
			t.Errorf("%+v %v", e, err)
		}
		m.set(func() { m.lag = 3 })
		must(t, g.Look(t.Context()))
		wantCalm(t, g)
		m.set(func() { m.lag = 99 })
		must(t, g.Look(t.Context()))
		wantHalted(t, g, "JOURNAL rewound")
	})
}

// What is noted while one reads is newer than what was read: no alarm.
func TestWhatComesMeanwhile(t *testing.T) {
	m := &memory{effect: journal.Effect{Key: key(1), Seq: 5, Records: 1, State: journal.Planned}, now: Streams{Events: whole(5), Journal: whole(5)}}
	g := guarded(t, m, t.TempDir())
	must(t, g.Load(t.Context()))
	note := func(seq uint64, s journal.State) {
		must(t, g.file.Note(t.Context(), Batch{Records: []Record{{Seq: seq, Key: key(1), State: s}}, To: Position{Journal: seq}}))
	}
	note(5, journal.Planned)
	m.during = func() { note(6, journal.Done) }
	_, err := g.Wrap(m).Load(t.Context(), key(1))
	must(t, err)
	wantCalm(t, g)
	m.now.Journal = whole(6)
	m.during = func() { note(7, journal.Planned) }
	must(t, g.Look(t.Context()))
	wantCalm(t, g)
}

// A caller that gives up meanwhile has found nothing.
func TestNoAlarmWhenTheCallerGivesUp(t *testing.T) {
	m := &memory{}
	g := guarded(t, m, t.TempDir())
	g.patience = []time.Duration{time.Hour}
	must(t, g.Load(t.Context()))
	must(t, g.file.Note(t.Context(), Batch{Records: []Record{{Seq: 5, Key: key(1), State: journal.Done}}, To: Position{Journal: 5}}))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := g.Wrap(m).Load(ctx, key(1)); fault.Of(err) != fault.Transient {
		t.Errorf("%v", err)
	}
	if err := g.Look(ctx); err == nil {
		t.Error("a look that was cut off says that all is well")
	}
	wantCalm(t, g)
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
