package natsbus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/procpac/procpac/internal/erp"
)

// reports collects what is reported.
type reports struct {
	mu  sync.Mutex
	all []string
}

func (r *reports) take(stream string, from, missing uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, fmt.Sprintf("%s %d+%d", stream, from, missing))
}

func (r *reports) is(want ...string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Equal(r.all, want)
}

// withHoles is a directory with twelve events, of which some are damaged.
func withHoles(t *testing.T, lost ...string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	bus := open(t, Options{DataDir: dir})
	for n := range 12 {
		e := hook(fmt.Sprintf("mark-%d-", n+1))
		if n%3 == 0 { // 1, 4, 7, 10: what a filter would explain
			e.Connection = "zenith"
		}
		mustStore(t, bus, e)
	}
	shut(t, bus)
	for _, l := range lost {
		damage(t, dir, streamEvents, l)
	}
	return dir
}

// The consumer skips a damaged event without a word. The workers' own start
// finds it, in whatever connection it lies, and says it once.
func TestSkippedEventIsNoticedByTheWorkers(t *testing.T) {
	dir := withHoles(t, "mark-3-", "mark-8-")
	var told reports
	bus := open(t, Options{DataDir: dir, Gap: told.take})
	var handled sync.Map
	for _, connection := range []string{"acme", "zenith"} {
		working(t, bus, RunOptions{Connection: connection}, func(_ context.Context, e erp.Event) Verdict {
			handled.Store(e.ID, true)
			return Verdict{Settle: Done}
		})
	}
	until(t, "both gaps are told", func() bool { return told.is("EVENTS 3+1", "EVENTS 8+1") })
	until(t, "all that is left is handled", func() bool { n := 0; handled.Range(func(any, any) bool { n++; return true }); return n == 10 })
	if got := bus.Stats().Gaps; got != (Gaps{Events: 2}) {
		t.Errorf("counted %+v", got)
	}
	tailed(t, bus, TailOptions{EventsFrom: 2}, func(events, _ []Entry) bool { return events[len(events)-1].Seq == 12 })
	if !told.is("EVENTS 3+1", "EVENTS 8+1") {
		t.Errorf("told %v: each gap once", told.all)
	}
}

func TestGapAtTheEndIsNoticed(t *testing.T) {
	dir := withHoles(t, "mark-11-", "mark-12-")
	var told reports
	bus := open(t, Options{DataDir: dir, Gap: told.take})
	working(t, bus, RunOptions{Connection: "acme"}, func(context.Context, erp.Event) Verdict { return Verdict{Settle: Done} })
	until(t, "the gap is told", func() bool { return told.is("EVENTS 11+2") })
}

func TestGapThatTailMeetsIsCounted(t *testing.T) {
	dir := withHoles(t, "mark-5-", "mark-6-")
	var told reports
	bus := open(t, Options{DataDir: dir, Gap: told.take})
	for range 2 {
		tailed(t, bus, TailOptions{}, func(events, _ []Entry) bool { return events[len(events)-1].Seq == 12 })
	}
	if !told.is("EVENTS 5+2") || bus.Stats().Gaps.Events != 2 {
		t.Errorf("told %v, counted %+v", told.all, bus.Stats().Gaps)
	}
}

// What was acknowledged is not read again, nor what was looked through before.
func TestLookBackReadsWhatIsNotAcknowledged(t *testing.T) {
	dir := withHoles(t, "mark-2-", "mark-9-")
	var told reports
	bus := open(t, Options{DataDir: dir, Gap: told.take})
	if err := bus.noteGaps(t.Context(), 5, 9); err != nil || !told.is() {
		t.Errorf("from 5 to before 9: told %v, %v", told.all, err)
	}
	if err := bus.noteGaps(t.Context(), 5, 0); err != nil || !told.is("EVENTS 9+1") {
		t.Errorf("from 5 to the end: told %v, %v", told.all, err)
	}
	bus.gaps.back = 5
	o := newLoop(bus, RunOptions{Connection: "acme"}, nil).options
	if err := bus.ensureConsumer(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if err := bus.lookBack(t.Context(), "acme"); err != nil || !told.is("EVENTS 9+1", "EVENTS 2+1") || bus.gaps.back != 1 {
		t.Errorf("the workers begin at 1: told %v, %v, back to %d", told.all, err, bus.gaps.back)
	}
	bus.gaps.turn <- struct{}{} // somebody else is looking
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	waits := make(chan error, 1)
	go func() { waits <- bus.lookBack(ctx, "acme") }()
	cancel()
	if err := <-waits; !errors.Is(err, context.Canceled) {
		t.Errorf("while it waits for its turn: %v", err)
	}
}
