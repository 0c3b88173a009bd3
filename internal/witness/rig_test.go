package witness

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/natsbus"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a data directory with a bus, and a process that works on it.
type rig struct {
	t     testing.TB
	dir   string
	age   time.Duration
	bus   *natsbus.Bus
	file  *File
	guard *Guard
	j     History // the journal under watch
}

// newRig makes a rig that has not started.
func newRig(t testing.TB) *rig { return &rig{t: t, dir: t.TempDir()} }

// startBus opens the bus alone.
func (r *rig) startBus() {
	r.t.Helper()
	bus, err := natsbus.Open(r.t.Context(), natsbus.Options{DataDir: r.dir, EventsMaxAge: r.age})
	if err != nil {
		r.t.Fatal(err)
	}
	r.bus = bus
	r.t.Cleanup(r.stop)
}

// start opens the bus and the witness and does what a process does before work.
func (r *rig) start() {
	r.t.Helper()
	if r.bus == nil {
		r.startBus()
	}
	r.file, r.guard = joined(r.t, r.bus, r.dir)
	r.j = r.guard.Wrap(r.bus.Journal())
}

// again is a rig on a copy of a directory whose process has stopped.
func (r *rig) again(t testing.TB) *rig {
	t.Helper()
	r.stop()
	next := &rig{t: t, dir: filepath.Join(t.TempDir(), "data"), age: r.age}
	must(t, os.CopyFS(next.dir, os.DirFS(r.dir)))
	return next
}

// joined is a process of its own on a bus: its file and its guard, loaded and
// looked.
func joined(t testing.TB, bus *natsbus.Bus, dir string) (*File, *Guard) {
	t.Helper()
	file := opened(t, filepath.Join(dir, "witness.db"))
	guard := NewGuard(bus.Journal(), zerolog.Nop(), time.Now)
	guard.patience = nil
	guard.Watch(file, streams{bus})
	must(t, guard.Load(t.Context()))
	must(t, guard.Look(t.Context()))
	return file, guard
}

// opened opens a witness file and closes it at the end.
func opened(t testing.TB, path string) *File {
	t.Helper()
	file, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() }) // a second time says so
	return file
}

// stop ends the process in order.
func (r *rig) stop() {
	if r.file != nil {
		must(r.t, r.file.Close())
	}
	if r.bus != nil {
		must(r.t, r.bus.Close(context.WithoutCancel(r.t.Context())))
	}
	r.file, r.bus = nil, nil
}

// restart stops, lets something be done to the directory, and starts.
func (r *rig) restart(meanwhile func()) {
	r.t.Helper()
	r.stop()
	if meanwhile != nil {
		meanwhile()
	}
	r.start()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// streams is the bus as the guard looks at it.
type streams struct{ bus *natsbus.Bus }

func (s streams) Streams(ctx context.Context) (Streams, error) {
	events, records, err := s.bus.Streams(ctx)
	return Streams{Events: Stream(events), Journal: Stream(records)}, err
}

func (s streams) Read(ctx context.Context, stream string, from uint64, fn func(context.Context, []Entry) error) error {
	return s.bus.Read(ctx, stream == Journal, from, func(ctx context.Context, entries []natsbus.Entry) error {
		return fn(ctx, entriesOf(entries))
	})
}

func entriesOf(entries []natsbus.Entry) []Entry {
	var all []Entry
	for _, e := range entries {
		w := Entry{Stream: Events, Seq: e.Seq, Missing: e.Missing, Aged: e.Aged, Key: e.Key, Stored: e.At}
		if e.Journal {
			w.Stream = Journal
		}
		switch e.Kind {
		case natsbus.BadEntry:
			w.Bad = e.Err.Error()
		case natsbus.RegisterEntry:
			w.Register = &e.Register
		case natsbus.RecordEntry:
			w.At = e.Record.At
			for _, m := range e.Record.Moves {
				w.State = m.To
			}
		}
		all = append(all, w)
	}
	return all
}

// feed tails both streams into the guard until both ends are reached.
func (r *rig) feed() { r.t.Helper(); feed(r.t, r.bus, r.file, r.guard) }

func feed(t testing.TB, bus *natsbus.Bus, file *File, guard *Guard) {
	t.Helper()
	at, err := file.Position(t.Context())
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	home := make(chan error, 1)
	go func() {
		home <- bus.Tail(ctx, natsbus.TailOptions{EventsFrom: at.Events + 1, JournalFrom: at.Journal + 1}, func(ctx context.Context, entries []natsbus.Entry) error {
			return guard.Feed(ctx, entriesOf(entries))
		})
	}()
	until(t, "everything is read", func() bool { return len(home) > 0 || caughtUp(t, bus, file) })
	cancel()
	if err := <-home; err != nil && !errors.Is(err, context.Canceled) {
		t.Fatalf("tail: %v", err)
	}
}

// caughtUp tells whether everything was seen that has not aged.
func caughtUp(t testing.TB, bus *natsbus.Bus, file *File) bool {
	t.Helper()
	now, err := streams{bus}.Streams(t.Context())
	must(t, err)
	at, err := file.Position(t.Context())
	must(t, err)
	return at.Journal >= now.Journal.Last && (at.Events >= now.Events.Last || now.Events.Messages == 0)
}

// until asks again and again, and gives up after a while.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.NewTimer(30 * time.Second)
	defer limit.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-limit.C:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// key is the n-th effect.
func key(n int) journal.Key { return journal.NewKey("acme", journal.KindCommitment, erp.ID(n)) }

var road = []journal.State{journal.Planned, journal.Claimed, journal.Intent, journal.Committed, journal.Applied, journal.Confirmed, journal.Done}

var epoch = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// write appends the next records of an effect, up to a state of the road.
func (r *rig) write(n, upTo int) {
	r.t.Helper()
	e, err := r.bus.Journal().Load(r.t.Context(), key(n))
	must(r.t, err)
	for seq, i := e.Seq, e.Records; i < upTo; i++ {
		record := journal.Record{At: epoch.Add(time.Duration(n*100+i) * time.Second), Moves: []journal.Move{{To: road[i], Reason: fmt.Sprintf("effect %d record %d", n, i)}}}
		seq, err = r.bus.Journal().Append(r.t.Context(), key(n), record, seq)
		must(r.t, err)
	}
}

// many writes effects 1 to n with 1 to 7 records each, interleaved, and events
// beside them.
func (r *rig) many(n int) {
	r.t.Helper()
	for step := 1; step <= len(road); step++ {
		for i := 1; i <= n; i++ {
			if step <= 1+i%len(road) {
				r.write(i, step)
			}
		}
	}
	r.events(n)
}

// events stores n new events.
func (r *rig) events(n int) {
	r.t.Helper()
	last, _, err := r.bus.Ends(r.t.Context())
	must(r.t, err)
	for i := range n {
		e := erp.Event{
			ID: fmt.Sprintf("event-%d", int(last)+i), Connection: "acme", Resource: "ERP Requests", ResourceID: 1, Action: "create", Company: 7,
			At: epoch, Received: epoch, Source: erp.FromWebhook, Body: []byte(`{"id": 1}`),
		}
		_, err := r.bus.Store(r.t.Context(), e)
		must(r.t, err)
	}
}

// effects loads effects 1 to n from the journal itself.
func (r *rig) effects(n int) map[int]journal.Effect {
	r.t.Helper()
	all := map[int]journal.Effect{}
	for i := 1; i <= n; i++ {
		e, err := r.bus.Journal().Load(r.t.Context(), key(i))
		must(r.t, err)
		all[i] = e
	}
	return all
}

// same compares effects.
func same(a, b journal.Effect) bool { return cmp.Equal(a, b, cmpopts.EquateEmpty()) }

// whats lists what is found, without repeats.
func whats(s State) []string {
	set := map[string]bool{}
	for _, f := range s.Findings {
		set[f.Stream+" "+f.What] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// wantHalted checks that safe mode is on for that.
func wantHalted(t testing.TB, g *Guard, what string) {
	t.Helper()
	if s := g.State(); g.Halted() == "" || !s.On || !slices.Contains(whats(s), what) {
		t.Fatalf("safe mode on %v for %v, want %q", s.On, s.Findings, what)
	}
}

// wantCalm checks that nothing is halted.
func wantCalm(t testing.TB, g *Guard) {
	t.Helper()
	if words := g.Halted(); words != "" {
		t.Fatalf("halted: %s (%v)", words, g.State().Findings)
	}
}

// long tells whether the long form of the tests runs.
func long() bool { return os.Getenv("TORTURE") == "long" }

// seeds runs a test for seeds 1 to short, or to many in the long form; SEED=n
// runs that one alone.
func seeds(t *testing.T, short, many int, test func(t *testing.T, random *rand.Rand)) {
	t.Helper()
	last := short
	if long() {
		last = many
	}
	first := 1
	if only, err := strconv.Atoi(os.Getenv("SEED")); err == nil {
		first, last = only, only
	}
	for seed := first; seed <= last; seed++ {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Logf("SEED=%d", seed)
			test(t, rand.New(rand.NewPCG(uint64(seed), 0)))
		})
	}
}
