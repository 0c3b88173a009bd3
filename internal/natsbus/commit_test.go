package natsbus

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
)

// idle is an appender of the bus's own making whose committer does not run yet,
// so that a test decides what waits when it does.
func idle(t *testing.T, bus *Bus, stream string) (a *appender, end func()) {
	t.Helper()
	a = newAppender(bus.js, stream, true)
	a.group = true
	return a, func() {
		if err := a.stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// fresh is the slip of an event.
func fresh(id string) *slip {
	e := hook(id)
	data, _ := encodeEvent(e)
	return &slip{subject: eventSubject(e), id: eventID(e), sum: sum(e.Body), data: data}
}

// waiting puts n slips in the queue and gives their ends, in any order.
func waiting(t *testing.T, a *appender, n int, make func(i int) *slip) <-chan outcome {
	t.Helper()
	before := len(a.queue)
	outs := newOutcomes(n)
	var home sync.WaitGroup
	for i := range n {
		home.Go(func() { outs <- a.do(t.Context(), make(i)) })
	}
	go func() { home.Wait(); close(outs) }()
	until(t, "all wait", func() bool { return len(a.queue) == before+n })
	return outs
}

func newOutcomes(n int) chan outcome { return make(chan outcome, n) }

// tally counts the ends.
func tally(t *testing.T, outs <-chan outcome) (stored, taken int, seqs map[uint64]bool) {
	t.Helper()
	seqs = map[uint64]bool{}
	for out := range outs {
		switch {
		case out.err != nil:
			t.Error(out.err)
		case out.taken:
			taken++
		default:
			stored++
			seqs[out.seq] = true
		}
	}
	return stored, taken, seqs
}

func TestWhatWaitsIsOneBatch(t *testing.T) {
	onBoth(t, Options{}, func(t *testing.T, w world) {
		a, end := idle(t, w.Bus, streamEvents)
		outs := waiting(t, a, 100, func(i int) *slip { return fresh(fmt.Sprint(i)) })
		a.start(t.Context())
		stored, taken, seqs := tally(t, outs)
		end()
		if stored != 100 || taken != 0 || len(seqs) != 100 || !seqs[1] || !seqs[100] {
			t.Errorf("stored %d, taken %d, sequences %d", stored, taken, len(seqs))
		}
		if c := a.counts.read(); c.Batches != 1 || c.Batched != 100 || c.Singles != 0 {
			t.Errorf("counts %+v", c)
		}
	})
}

func TestFewAreSentAlone(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	a, end := idle(t, bus, streamEvents)
	outs := waiting(t, a, worthABatch-1, func(i int) *slip { return fresh(fmt.Sprint(i)) })
	a.start(t.Context())
	stored, _, _ := tally(t, outs)
	end()
	if c := a.counts.read(); stored != worthABatch-1 || c.Batches != 0 || c.Singles != worthABatch-1 {
		t.Errorf("stored %d, counts %+v", stored, c)
	}
}

func TestRepeatsInsideAndAcrossBatches(t *testing.T) {
	onBoth(t, Options{}, func(t *testing.T, w world) {
		for i := range 10 {
			mustStore(t, w.Bus, hook(fmt.Sprint("old", i)))
		}
		a, end := idle(t, w.Bus, streamEvents)
		outs := waiting(t, a, 100, func(i int) *slip {
			switch i % 10 {
			case 0:
				return fresh(fmt.Sprint("old", i/10))
			case 1:
				return fresh(fmt.Sprint("new", i+1)) // the next one's too
			}
			return fresh(fmt.Sprint("new", i))
		})
		a.start(t.Context())
		stored, taken, _ := tally(t, outs)
		end()
		if stored != 80 || taken != 20 {
			t.Errorf("stored %d, taken %d", stored, taken)
		}
		if c := a.counts.read(); c.Refused != 1 || c.Batches != 2 || c.Singles != 0 {
			t.Errorf("latecomers cost too much: %+v", c)
		}
		if events, _ := ends(t, w.Bus); events != 90 {
			t.Errorf("%d events, want 90", events)
		}
	})
}

func TestAfterARefusalTheNextRoundLooksFirst(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	a, end := idle(t, bus, streamEvents)
	a.wary = true
	for i := range 5 {
		mustStore(t, bus, hook(fmt.Sprint(i)))
	}
	outs := waiting(t, a, 40, func(i int) *slip { return fresh(fmt.Sprint(i)) })
	a.start(t.Context())
	stored, taken, _ := tally(t, outs)
	end()
	if c := a.counts.read(); stored != 35 || taken != 5 || c.Refused != 0 || c.Batches != 1 {
		t.Errorf("stored %d, taken %d, counts %+v", stored, taken, c)
	}
	if !a.wary {
		t.Error("a round with latecomers ended the caution")
	}
}

// In one batch: appends to many effects, and for one of them three at the same
// place, one that is too early and one that cannot be right yet.
func TestAppendsOfOneEffectInOneRound(t *testing.T) {
	onBoth(t, Options{}, func(t *testing.T, w world) {
		a, end := idle(t, w.Bus, streamJournal)
		outs := waiting(t, a, 60, func(i int) *slip {
			if i < 3 {
				return &slip{subject: "journal.acme.commitment-1", after: 0, data: []byte("{}")}
			}
			if i == 3 {
				return &slip{subject: "journal.acme.commitment-1", after: 999, data: []byte("{}")}
			}
			return &slip{subject: fmt.Sprint("journal.acme.commitment-", i), data: []byte("{}")}
		})
		a.start(t.Context())
		stored, taken, _ := tally(t, outs)
		end()
		if stored != 57 || taken != 3 {
			t.Errorf("stored %d, taken %d, want 57 and 3", stored, taken)
		}
	})
}

func TestFollowerWhoNamesTheNewSequenceGoesAgain(t *testing.T) {
	leader, f := &slip{subject: "s", sum: "abc"}, &slip{subject: "s", after: 7}
	for name, c := range map[string]struct {
		out   outcome
		end   outcome
		known bool
	}{
		"right after the leader":   {outcome{seq: 7}, outcome{}, false},
		"leader elsewhere":         {outcome{seq: 8}, outcome{seq: 8, taken: true}, true},
		"leader late, 7 stands":    {outcome{seq: 7, taken: true}, outcome{}, false},
		"leader late, not known":   {outcome{taken: true}, outcome{}, false},
		"leader late, 8 stands":    {outcome{seq: 8, taken: true}, outcome{seq: 8, taken: true}, true},
		"the bus failed them both": {outcome{err: ErrClosed}, outcome{err: ErrClosed}, true},
	} {
		if end, known := follow(leader, c.out, f); end != c.end || known != c.known {
			t.Errorf("%s: %+v %v", name, end, known)
		}
	}
	repeat := &slip{subject: "s", id: "i"}
	if end, known := follow(leader, outcome{seq: 7}, repeat); !known || !end.taken || end.sum != "abc" {
		t.Errorf("repeat of a stored id: %+v %v", end, known)
	}
}

func TestServerWithoutBatches(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	a, end := idle(t, bus, streamEvents)
	a.batches = false
	outs := waiting(t, a, 50, func(i int) *slip { return fresh(fmt.Sprint(i % 40)) })
	a.start(t.Context())
	stored, taken, _ := tally(t, outs)
	end()
	if c := a.counts.read(); stored != 40 || taken != 10 || c.Batches != 0 {
		t.Errorf("stored %d, taken %d, counts %+v", stored, taken, c)
	}
}

func TestWithoutGroupCommitEachGoesAlone(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir(), NoGroupCommit: true})
	crowd(40, func(i int) {
		if _, err := bus.Store(t.Context(), hook(fmt.Sprint(i%20))); err != nil {
			t.Error(err)
		}
	})
	if c := bus.Stats().Events; c.Singles != 40 || c.Batches != 0 || c.Stored != 20 || c.Taken != 20 {
		t.Errorf("counts %+v", c)
	}
}

func TestStopAnswersWhatWaits(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	a, end := idle(t, bus, streamEvents)
	outs := waiting(t, a, 50, func(i int) *slip { return fresh(fmt.Sprint(i)) })
	a.once.Do(func() { close(a.closing) })
	a.start(t.Context())
	stored, _, _ := tally(t, outs)
	end()
	if stored != 50 {
		t.Errorf("stored %d of 50 that waited when the bus closed", stored)
	}
	if out := a.do(t.Context(), fresh("late")); !errors.Is(out.err, ErrClosed) {
		t.Errorf("after the close: %+v", out)
	}
}

func TestStopInAHurrySaysSo(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	a, _ := idle(t, bus, streamEvents)
	hurry, now := context.WithCancel(t.Context())
	now()
	a.start(hurry) // its work is over before it begins
	if out := a.do(t.Context(), fresh("x")); out.err == nil {
		t.Error("stored although the committer's work was ended")
	}
	if err := a.stop(t.Context()); err != nil {
		t.Error(err)
	}
}
