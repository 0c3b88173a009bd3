package witness

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/natsbus"
)

const some = 21 // effects

// working is a rig that has written and seen some effects.
func working(t testing.TB) *rig {
	t.Helper()
	r := newRig(t)
	r.start()
	r.many(some)
	r.feed()
	wantCalm(t, r.guard)
	return r
}

// An older copy of the streams is put back.
func TestRewound(t *testing.T) {
	r := working(t)
	r.stop()
	older := r.copyOf()
	r.start()
	r.write(100, 3)
	r.feed()
	r.restart(func() { r.putBack(older) })
	wantHalted(t, r.guard, "JOURNAL rewound")
	if _, err := r.j.Load(t.Context(), key(100)); fault.Of(err) != fault.Transient || !fault.IsSystem(err) {
		t.Errorf("an effect that is gone reads as %v", err)
	}
	if e, err := r.j.Load(t.Context(), key(1)); err != nil || e.Records != 2 {
		t.Errorf("an effect that is there: %+v, %v", e, err)
	}
}

// Only the events were put back: their end was seen too.
func TestEventsRewound(t *testing.T) {
	r := working(t)
	r.stop()
	older := r.copyOf()
	r.start()
	r.events(1)
	r.feed()
	r.restart(func() { r.putBack(older) })
	wantHalted(t, r.guard, "EVENTS rewound")
}

// What was seen by a look alone counts, before any tail has read it.
func TestRewoundBeforeItWasRead(t *testing.T) {
	r := working(t)
	r.stop()
	older := r.copyOf()
	r.start()
	r.write(100, 3)
	must(t, r.guard.Look(t.Context()))
	r.restart(func() { r.putBack(older) })
	wantHalted(t, r.guard, "JOURNAL rewound")
}

func TestDirectoryDeleted(t *testing.T) {
	r := working(t)
	r.restart(func() { must(t, os.RemoveAll(r.nats())) })
	wantHalted(t, r.guard, "JOURNAL rewound")
	wantHalted(t, r.guard, "EVENTS rewound")
	if _, err := r.j.Load(t.Context(), key(3)); fault.Of(err) != fault.Transient {
		t.Errorf("an effect that is gone reads as %v", err)
	}
}

// The streams were deleted before anything was stored in them.
func TestMadeAnewWhileEmpty(t *testing.T) {
	r := newRig(t)
	r.start()
	wantCalm(t, r.guard)
	r.restart(func() { must(t, os.RemoveAll(r.nats())) })
	wantHalted(t, r.guard, "JOURNAL rewound")
}

func TestFileCut(t *testing.T) {
	for name, cut := range map[string]func(r *rig){
		"and its index there": func(*rig) {},
		"and its index gone":  func(r *rig) { r.forgetIndex(Journal) },
	} {
		t.Run(name, func(t *testing.T) {
			r := working(t)
			want := r.effects(some)
			r.restart(func() {
				info, err := os.Stat(r.block(Journal))
				must(t, err)
				must(t, os.Truncate(r.block(Journal), info.Size()*3/4))
				cut(r)
			})
			if by := r.sought(want); by != "look" {
				t.Errorf("found by %q", by)
			}
		})
	}
}

// sought loads all effects through the watched journal and looks everywhere, and
// tells what found damage first; empty: nothing did. What is handed out without
// an error must be the truth.
func (r *rig) sought(want map[int]journal.Effect) (by string) {
	r.t.Helper()
	if r.guard.Halted() != "" {
		by = "look"
	}
	for n, truth := range want {
		got, err := r.j.Load(r.t.Context(), key(n))
		switch {
		case err == nil && !same(got, truth):
			r.t.Fatalf("effect %d was handed out wrong:\n%+v\nis\n%+v", n, got, truth)
		case err != nil && r.guard.Halted() == "":
			r.t.Fatalf("effect %d is refused and safe mode is off: %v", n, err)
		}
		if by == "" && r.guard.Halted() != "" {
			by = "load"
		}
	}
	must(r.t, r.guard.Scrub(r.t.Context()))
	if by == "" && r.guard.Halted() != "" {
		by = "scrub"
	}
	return by
}

// harmed tells whether the journal itself gives out less than the truth.
func (r *rig) harmed(want map[int]journal.Effect) bool {
	for n, truth := range want {
		if got, err := r.bus.Journal().Load(r.t.Context(), key(n)); err != nil || !same(got, truth) {
			return true
		}
	}
	return false
}

// parts are the places in a message that a bit may rot in.
var parts = map[string]func(p place) (from, to int){
	"body":     func(p place) (int, int) { return p.body, p.sum },
	"head":     func(p place) (int, int) { return p.at, p.at + 22 },
	"anything": func(p place) (int, int) { return p.at, p.next },
}

// One bit rots anywhere in the journal, and the server starts with or without
// its index: whatever is handed out afterwards is the truth, and damage is
// found.
func TestBitFlipped(t *testing.T) {
	base := working(t)
	want := base.effects(some)
	counts := map[string]int{}
	names := slices.Sorted(maps.Keys(parts))
	seeds(t, 20, 1500, func(t *testing.T, random *rand.Rand) {
		r := base.again(t)
		if random.IntN(2) == 0 {
			r.forgetIndex(Journal)
		}
		part := names[random.IntN(len(names))]
		r.flip(Journal, random, func(all []place) (int, int) { return parts[part](all[random.IntN(len(all))]) })
		r.start()
		by := r.sought(want)
		if by == "" && r.harmed(want) {
			t.Fatal("damage was not found")
		}
		if by == "" {
			by = "nothing, and no harm done"
		}
		counts[part+" by "+by]++
	})
	t.Logf("found: %v", counts)
}

// The last record of an effect rots: the server gives out the history before it
// without a word.
func TestLastRecordOfAnEffectRots(t *testing.T) {
	base := working(t)
	want := base.effects(some)
	seeds(t, 20, 200, func(t *testing.T, random *rand.Rand) {
		r := base.again(t)
		n := 1 + random.IntN(some)
		last := want[n]
		r.flip(Journal, random, func(all []place) (int, int) { return parts["body"](all[last.Seq-1]) })
		r.start()
		if e, err := r.bus.Journal().Load(t.Context(), key(n)); err != nil || e.Records != last.Records-1 {
			t.Fatalf("the server gives %d of %d records, %v: this test shows nothing", e.Records, last.Records, err)
		}
		if _, err := r.j.Load(t.Context(), key(n)); fault.Of(err) != fault.Transient || !fault.IsSystem(err) {
			t.Errorf("handed out: %v", err)
		}
		wantHalted(t, r.guard, "JOURNAL effect-backwards")
	})
}

// The tail is cut and the server gives its sequences out again before anybody
// has looked.
func TestSequencesUsedAgain(t *testing.T) {
	base := working(t)
	want := base.read()
	seeds(t, 20, 300, func(t *testing.T, random *rand.Rand) {
		r := base.again(t)
		r.forgetIndex(Journal)
		r.flip(Journal, random, func(all []place) (int, int) { return parts["head"](all[random.IntN(len(all))]) })
		r.startBus()
		r.overwrite(uint64(len(want)), random)
		now := r.read()
		r.start()
		if len(now) < len(want) || !slices.Equal(want, now[:len(want)]) {
			wantHalted(t, r.guard, "JOURNAL rewound")
		} else {
			wantCalm(t, r.guard)
		}
	})
}

// read lists the journal: at each sequence the effect and its record's time.
func (r *rig) read() (all []string) {
	r.t.Helper()
	must(r.t, r.bus.Read(r.t.Context(), true, 1, func(_ context.Context, entries []natsbus.Entry) error {
		for _, e := range entries {
			all = append(all, fmt.Sprint(e.Seq, e.Key, e.At, e.Missing))
		}
		return nil
	}))
	return all
}

// overwrite lets the journal grow beyond where it was, partly with other
// effects and partly with the same ones.
func (r *rig) overwrite(end uint64, random *rand.Rand) {
	r.t.Helper()
	for n := 1000; ; n++ {
		_, last, err := r.bus.Ends(r.t.Context())
		must(r.t, err)
		if last > end+3 {
			return
		}
		r.write(n, 2)
		i := 1 + random.IntN(some)
		if e, err := r.bus.Journal().Load(r.t.Context(), key(i)); err == nil && e.Records < len(road) {
			r.write(i, e.Records+1)
		}
	}
}

// A rotten event is skipped by the server; a full read finds it, and so does the
// tail when it comes by.
func TestEventRots(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	rot := func(r *rig) {
		r.flip(Events, random, func(all []place) (int, int) { return parts["body"](all[4]) })
	}
	t.Run("seen before", func(t *testing.T) {
		r := working(t)
		r.restart(func() { rot(r) })
		must(t, r.guard.Scrub(t.Context()))
		wantHalted(t, r.guard, "EVENTS hole")
	})
	t.Run("not seen yet", func(t *testing.T) {
		r := newRig(t)
		r.start()
		r.many(some)
		r.restart(func() { rot(r) })
		r.feed()
		wantHalted(t, r.guard, "EVENTS hole")
		at, err := r.file.Position(t.Context())
		if err != nil || at.Events != some {
			t.Errorf("seen up to %+v, %v: the tail stopped at the gap", at, err)
		}
	})
}

// The last message of the journal rots: nothing comes after it that would show
// the gap.
func TestTheVeryLastMessageRots(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	r := newRig(t)
	r.start()
	r.many(some)
	r.restart(func() {
		r.flip(Journal, random, func(all []place) (int, int) { return parts["body"](all[len(all)-1]) })
	})
	must(t, r.guard.Scrub(t.Context()))
	wantHalted(t, r.guard, "JOURNAL hole")
}

// A register loses its last form: numbers would be given out twice.
func TestRegisterGoesBackwards(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	r := working(t)
	var seq uint64
	for i := range 3 {
		reg, last, err := r.j.LoadRegister(t.Context(), "acme", "order x")
		must(t, err)
		reg.Reserve(key(i).Effect, 0, 1)
		must(t, r.j.SaveRegister(t.Context(), "acme", reg, last))
	}
	r.feed()
	_, seq, err := r.j.LoadRegister(t.Context(), "acme", "order x")
	must(t, err)
	r.restart(func() {
		r.flip(Journal, random, func(all []place) (int, int) { return parts["body"](all[seq-1]) })
	})
	if _, _, err := r.j.LoadRegister(t.Context(), "acme", "order x"); fault.Of(err) != fault.Transient {
		t.Fatalf("handed out: %v", err)
	}
	wantHalted(t, r.guard, "JOURNAL effect-backwards")
}

// A record in the middle of a history rots: the store calls it broken.
func TestBrokenHistory(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	r := newRig(t)
	r.start()
	r.write(1, 4)
	r.restart(func() {
		r.flip(Journal, random, func(all []place) (int, int) { return parts["body"](all[1]) })
	})
	_, err := r.j.Load(t.Context(), key(1))
	if fault.Of(err) != fault.Transient || !fault.IsSystem(err) || errors.Is(err, journal.ErrBroken) {
		t.Errorf("a broken history is the system's fault while creates stop: %v", err)
	}
	wantHalted(t, r.guard, "JOURNAL corrupt")
	must(t, r.guard.Release(t.Context(), "jo", "audited"))
	if _, err := r.j.Load(t.Context(), key(1)); !errors.Is(err, journal.ErrBroken) {
		t.Errorf("after the release the store's own word counts: %v", err)
	}
	wantCalm(t, r.guard)
}
