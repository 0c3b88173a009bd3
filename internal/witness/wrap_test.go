package witness

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

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
