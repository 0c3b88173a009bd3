package witness

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/journal"
)

// damages are ways to ruin a directory, each by itself.
var damages = map[string]func(r *rig, older string, random *rand.Rand){
	"rewound": func(r *rig, older string, _ *rand.Rand) { r.putBack(older) },
	"deleted": func(r *rig, _ string, _ *rand.Rand) { must(r.t, os.RemoveAll(r.nats())) },
	"rotten body": func(r *rig, _ string, random *rand.Rand) {
		r.flip(Journal, random, func(all []place) (int, int) { return parts["body"](all[random.IntN(len(all))]) })
	},
	"rotten head": func(r *rig, _ string, random *rand.Rand) {
		r.flip(Journal, random, func(all []place) (int, int) { return parts["head"](all[random.IntN(len(all))]) })
	},
	"rotten event": func(r *rig, _ string, random *rand.Rand) {
		r.flip(Events, random, func(all []place) (int, int) { return parts["body"](all[random.IntN(len(all))]) })
	},
	"cut": func(r *rig, _ string, _ *rand.Rand) {
		info, err := os.Stat(r.block(Journal))
		must(r.t, err)
		must(r.t, os.Truncate(r.block(Journal), info.Size()*3/4))
		r.forgetIndex(Journal)
	},
	"cut and used again": func(r *rig, _ string, random *rand.Rand) {
		data, err := os.ReadFile(r.block(Journal))
		must(r.t, err)
		all := places(r.t, data)
		must(r.t, os.Truncate(r.block(Journal), int64(all[len(all)/2+random.IntN(len(all)/2)].at)))
		r.forgetIndex(Journal)
		r.startBus()
		r.overwrite(uint64(len(all)), random)
		r.stop()
	},
	"restored": func(r *rig, _ string, _ *rand.Rand) { must(r.t, MarkRestored(r.dir, "Restored "+time.Now().String())) },
}

// loads reads every effect through the watch.
func (r *rig) loads(n int) {
	for i := 1; i <= n; i++ {
		if _, err := r.j.Load(r.t.Context(), key(i)); err != nil && r.guard.Halted() == "" && !errors.Is(err, journal.ErrBroken) {
			r.t.Fatal(err)
		}
	}
}

// looked is everything that finds damage.
func (r *rig) looked() {
	r.t.Helper()
	must(r.t, r.guard.Look(r.t.Context()))
	must(r.t, r.guard.Scrub(r.t.Context()))
	r.loads(some)
}

// After a release the same state raises nothing, over restarts too, work goes
// on, and the next damage is found.
func TestRelease(t *testing.T) {
	base := working(t)
	base.stop()
	older := base.copyOf()
	base.start()
	for i := range 5 {
		base.write(200+i, 3)
	}
	base.events(3)
	base.feed()
	for name, ruin := range damages {
		t.Run(name, func(t *testing.T) {
			seeds(t, 2, 60, func(t *testing.T, random *rand.Rand) {
				r := base.again(t)
				ruin(r, older, random)
				r.start()
				r.looked()
				if r.guard.Halted() == "" {
					return // a bit that changes nothing
				}
				r.restart(nil)
				if r.guard.Halted() == "" {
					t.Fatal("safe mode is off after a restart")
				}
				must(t, r.guard.Release(t.Context(), "jo", "audited "+name))
				wantCalm(t, r.guard)
				r.looked()
				wantCalm(t, r.guard)
				r.restart(nil)
				r.feed()
				r.looked()
				wantCalm(t, r.guard)
				r.worksOn(random)
			})
		})
	}
}

// worksOn works on after a release, ruins one more record and wants it found.
func (r *rig) worksOn(random *rand.Rand) {
	t := r.t
	t.Helper()
	for i := range 4 {
		r.write(300+i, 3)
	}
	r.feed()
	r.looked()
	wantCalm(t, r.guard)
	e, err := r.bus.Journal().Load(t.Context(), key(302))
	must(t, err)
	r.restart(func() {
		r.flip(Journal, random, func(all []place) (int, int) {
			for _, p := range all {
				if p.seq == e.Seq {
					return parts["body"](p)
				}
			}
			t.Fatal("no such record")
			return 0, 0
		})
	})
	if _, err := r.j.Load(t.Context(), key(302)); err == nil || r.guard.Halted() == "" {
		t.Fatalf("new damage after a release is not found: %v", err)
	}
}

// Twenty starts of a sound system, with events that age away meanwhile.
func TestNoFalseAlarm(t *testing.T) {
	r := newRig(t)
	r.age = 150 * time.Millisecond
	r.start()
	starts := 20
	if long() {
		starts = 200
	}
	aged := uint64(0)
	for n := range starts {
		r.many(n%5 + 1)
		r.write(1000+n, 1+n%7)
		if n%3 == 0 {
			r.feed()
		}
		if n%4 == 1 {
			aged = r.awaitAging()
		}
		r.restart(nil)
		r.feed()
		r.looked()
		if words := r.guard.Halted(); words != "" {
			t.Fatalf("start %d: %s", n, words)
		}
	}
	if aged == 0 {
		t.Fatal("no event has aged: this test shows nothing")
	}
	if s := r.guard.State(); s.Episode != 0 {
		t.Errorf("safe mode was on: %+v", s)
	}
}

// awaitAging waits until the oldest event has gone.
func (r *rig) awaitAging() uint64 {
	r.t.Helper()
	var first, gone uint64
	until(r.t, "an event ages", func() bool {
		now, err := streams{r.bus}.Streams(r.t.Context())
		must(r.t, err)
		if first == 0 {
			first = now.Events.First
		}
		gone = now.Events.First - first
		return gone > 0
	})
	return gone
}

// Two processes on one journal: what one raises the other sees on its tail, and
// a release by either frees both, also a third that was down meanwhile.
func TestTwoProcesses(t *testing.T) {
	r := working(t)
	dir := t.TempDir()
	file2, guard2 := joined(t, r.bus, dir)
	feed(t, r.bus, file2, guard2)
	sleeper, idle := joined(t, r.bus, filepathTo(t, "third"))
	feed(t, r.bus, sleeper, idle)

	gap := Entry{Stream: Journal, Seq: 5, Missing: 2}
	must(t, r.guard.RaiseGap(t.Context(), gap))
	wantHalted(t, r.guard, "JOURNAL hole")
	wantCalm(t, guard2)
	feed(t, r.bus, file2, guard2)
	wantHalted(t, guard2, "JOURNAL hole")

	must(t, guard2.Raise(t.Context(), []Finding{{Stream: Journal, What: Corrupt, Effect: key(1).String(), Words: "w"}}))
	r.feed()
	wantHalted(t, r.guard, "JOURNAL corrupt")
	if s := r.guard.State(); s.Episode != 1 || len(s.Findings) != 2 {
		t.Errorf("one episode with both findings, got %+v", s)
	}

	must(t, guard2.Release(t.Context(), "jo", "audited"))
	wantCalm(t, guard2)
	if s := guard2.State(); s.By != "jo" || s.Reason != "audited" || s.Released.IsZero() || s.On {
		t.Errorf("%+v", s)
	}
	if r.guard.Halted() == "" {
		t.Error("released before it knows")
	}
	r.feed()
	if r.guard.Halted() == "" {
		t.Error("the release holds before the file has taken it over")
	}
	must(t, r.guard.Look(t.Context()))
	wantCalm(t, r.guard)

	again := NewGuard(r.bus.Journal(), idle.log, time.Now)
	again.patience = nil
	again.Watch(sleeper, streams{r.bus})
	must(t, again.Load(t.Context()))
	must(t, again.Look(t.Context()))
	wantCalm(t, again)
	feed(t, r.bus, sleeper, again) // reads the raises again, which are old
	must(t, again.Look(t.Context()))
	wantCalm(t, again)
}

func filepathTo(t *testing.T, name string) string { return filepath.Join(t.TempDir(), name) }

// The history of safe mode stays in the journal.
func TestSafeModeIsAudited(t *testing.T) {
	r := working(t)
	must(t, r.guard.RaiseGap(t.Context(), Entry{Stream: Events, Seq: 5, Missing: 2}))
	must(t, r.guard.Release(t.Context(), " jo ", " counted by hand "))
	var story string
	must(t, streams{r.bus}.Read(t.Context(), Journal, 1, func(_ context.Context, entries []Entry) error {
		for _, e := range entries {
			if e.Register != nil && e.Register.Safe != nil {
				s := e.Register.Safe
				story += fmt.Sprintf("%v %s %s %d;", s.On, s.By, s.Reason, len(s.Findings))
			}
		}
		return nil
	}))
	if want := "true   1;false jo counted by hand 1;"; story != want {
		t.Errorf("%q, want %q", story, want)
	}
}
