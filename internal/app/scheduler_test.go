package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/flow"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/natsbus"
	"github.com/procpac/procpac/internal/ops"
)

// timetable is a process with a bus and one connection that imports.
func timetable(t *testing.T, mode string) (*process, *clients) {
	t.Helper()
	bus, err := natsbus.Open(t.Context(), natsbus.Options{DataDir: t.TempDir(), MaxStore: 1 << 26, Log: zerolog.Nop()})
	must(t, err)
	t.Cleanup(func() { must(t, bus.Close(context.Background())) })
	connection := config.DefaultConnection("acme")
	connection.Mode, connection.Jobpac.WorkID = mode, "01"
	connection.Sync = config.Sync{
		Jobs: config.Duration(15 * time.Minute), Creditors: config.Duration(15 * time.Minute), CostTypes: config.Duration(time.Hour), JobCosts: config.Duration(30 * time.Minute),
	}
	c := &clients{name: "acme", config: connection, company: 9, log: zerolog.Nop()}
	return &process{ServeOptions: ServeOptions{Log: zerolog.Nop()}, bus: bus, clients: []*clients{c}}, c
}

// imported notes when an object's last import began.
func (p *process) imported(t *testing.T, at time.Time, objects ...erp.Object) {
	t.Helper()
	for _, o := range objects {
		reg, seq, err := p.bus.Journal().LoadRegister(t.Context(), "acme", journal.ImportRegister(o))
		must(t, err)
		reg.Name, reg.Import = journal.ImportRegister(o), &journal.ImportMark{Run: "run", Started: at}
		must(t, p.bus.Journal().SaveRegister(t.Context(), "acme", reg, seq))
	}
}

// heard takes everything off the bus until a mark comes.
func (p *process) heard(t *testing.T) []erp.Event {
	t.Helper()
	must(t, p.bus.Publish(t.Context(), erp.Event{ID: "the end", Connection: "acme", Resource: "mark", At: time.Now(), Received: time.Now()}))
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	var events []erp.Event
	must(t, p.bus.Run(ctx, natsbus.RunOptions{Connection: "acme", Workers: 1, AckWait: time.Minute, EventTimeout: time.Minute, Grace: time.Second}, func(_ context.Context, e erp.Event) natsbus.Verdict {
		if e.Resource == "mark" {
			stop()
		} else {
			events = append(events, e)
		}
		return natsbus.Verdict{Settle: natsbus.Done}
	}))
	return events
}

// What was never imported is due, in the order in which the objects depend on
// each other; what has no interval never is.
func TestEverythingIsDueAtFirst(t *testing.T) {
	t.Parallel()
	p, c := timetable(t, "live")
	order, _, err := p.due(t.Context(), c, time.Now())
	must(t, err)
	want := slices.DeleteFunc(erp.Objects(), func(o erp.Object) bool {
		return !slices.Contains([]erp.Object{erp.Jobs, erp.Creditors, erp.CostTypes, erp.GSTCodes, erp.JobCosts}, o)
	})
	if diff := cmp.Diff(erp.ImportOrder{Objects: want}, order); diff != "" {
		t.Error(diff)
	}
}

// An object is due when its interval and its share of a twentieth are over.
func TestAnObjectIsDueAfterItsInterval(t *testing.T) {
	t.Parallel()
	p, c := timetable(t, "live")
	start := time.Now().Truncate(time.Hour)
	p.imported(t, start, erp.Objects()...)
	for after, want := range map[time.Duration][]erp.Object{
		15*time.Minute - 1:               nil,
		15*time.Minute + 45*time.Second:  {erp.Creditors, erp.Jobs},
		30*time.Minute + 90*time.Second:  {erp.Creditors, erp.Jobs, erp.JobCosts},
		60*time.Minute + 180*time.Second: {erp.CostTypes, erp.Creditors, erp.GSTCodes, erp.Jobs, erp.JobCosts},
	} {
		order, _, err := p.due(t.Context(), c, start.Add(after))
		must(t, err)
		got := slices.Clone(order.Objects)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("after %s: %v, want %v", after, got, want)
		}
	}
}

// Imports of one kind are spread by connection and object, always alike.
func TestStagger(t *testing.T) {
	t.Parallel()
	seen := map[time.Duration]bool{}
	for _, connection := range []string{"acme", "other", "third"} {
		for _, object := range erp.Objects() {
			d := stagger(connection, object, time.Hour)
			if d < 0 || d > 3*time.Minute || d != stagger(connection, object, time.Hour) {
				t.Errorf("%s %s: %s", connection, object, d)
			}
			seen[d] = true
		}
	}
	if len(seen) < 2*len(erp.Objects()) {
		t.Errorf("%d different of %d", len(seen), 3*len(erp.Objects()))
	}
	if d := stagger("acme", erp.Jobs, time.Nanosecond); d != 0 {
		t.Errorf("of nothing: %s", d)
	}
}

// However often the processes look, one import is put on the bus for a turn, and
// another for the next while nobody has begun it.
func TestOneImportForATurn(t *testing.T) {
	t.Parallel()
	p, c := timetable(t, "live")
	start := time.Unix(0, 0).Add(15 * time.Minute * 2_000_000)
	for _, after := range []time.Duration{0, 15 * time.Second, 14 * time.Minute, 15 * time.Minute, 16 * time.Minute} {
		must(t, p.schedule(t.Context(), c, start.Add(after)))
	}
	events := p.heard(t)
	if len(events) != 2 || events[0].ResourceID == events[1].ResourceID {
		t.Fatalf("%+v", events)
	}
	for _, e := range events {
		if e.Source != erp.FromSchedule || e.Resource != erp.ResourceImports || e.ResourceID <= 0 || e.Company != 9 || e.Import == nil || len(e.Import.Objects) != 5 || e.Import.Full {
			t.Errorf("%+v", e)
		}
	}
}

// What is imported at its time comes again at its time: no turn swallows it.
func TestEveryIntervalHasItsImport(t *testing.T) {
	t.Parallel()
	p, c := timetable(t, "live")
	c.config.Sync = config.Sync{Jobs: config.Duration(15 * time.Minute)}
	begun := 0
	for now := time.Unix(1_900_000_000, 0); begun < 20; now = now.Add(scheduleEvery) {
		order, _, err := p.due(t.Context(), c, now)
		must(t, err)
		if len(order.Objects) == 0 {
			continue
		}
		must(t, p.schedule(t.Context(), c, now))
		p.imported(t, now.Add(time.Second), erp.Jobs)
		begun++
	}
	if events := p.heard(t); len(events) != begun {
		t.Errorf("%d heard of %d", len(events), begun)
	}
}

func TestNothingIsScheduledWhereTheConnectionObserves(t *testing.T) {
	t.Parallel()
	p, c := timetable(t, "observe")
	must(t, p.schedule(t.Context(), c, time.Now()))
	if events := p.heard(t); len(events) != 0 {
		t.Errorf("%+v", events)
	}
}

// Where the connection observes, an import that somebody asks for is a dry run:
// its effect would never settle.
func TestASyncOfAConnectionThatObservesIsADryRun(t *testing.T) {
	t.Parallel()
	p, _ := timetable(t, "observe")
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	_, err := p.sync(ctx, ops.SyncOrder{Connection: "acme", Objects: []erp.Object{erp.Jobs}}, func(ops.Progress) {})
	var here *ops.NotHere
	if !errors.As(err, &here) { // this process has no workers, and so no dry runs
		t.Errorf("%v", err)
	}
	if events := p.heard(t); len(events) != 0 {
		t.Errorf("%+v", events)
	}
}

func TestASyncOfAnUnknownConnection(t *testing.T) {
	t.Parallel()
	p, _ := timetable(t, "live")
	if _, err := p.sync(t.Context(), ops.SyncOrder{Connection: "none"}, func(ops.Progress) {}); err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("%v", err)
	}
}

// An import is followed to its end, with what it has done so far.
func TestASyncIsFollowedToItsEnd(t *testing.T) {
	t.Parallel()
	for _, last := range []journal.State{journal.Done, journal.Rejected} {
		t.Run(string(last), func(t *testing.T) {
			t.Parallel()
			p, _ := timetable(t, "live")
			ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
			defer stop()
			worked := make(chan error, 1)
			go func() { worked <- p.works(ctx, last) }()
			told := 0
			r, err := p.sync(ctx, ops.SyncOrder{Connection: "acme", Objects: []erp.Object{erp.Jobs}, Project: "j1000", Full: true, Actor: "jo"},
				func(at ops.Progress) { told = max(told, at.Done) })
			must(t, err)
			stop()
			must(t, <-worked)
			if r.State != string(last) || (r.Reason == "") != (last == journal.Done) || len(r.Objects) != 1 || r.Objects[0].Read != 7 || told != 7 {
				t.Errorf("%+v, told %d", r, told)
			}
		})
	}
}

// works is a worker that brings an import to that end.
func (p *process) works(ctx context.Context, last journal.State) error {
	return p.bus.Run(ctx, natsbus.RunOptions{Connection: "acme", Workers: 1, AckWait: time.Minute, EventTimeout: time.Minute, Grace: time.Second}, func(ctx context.Context, e erp.Event) natsbus.Verdict {
		if e.Import == nil || e.Import.Project != "01|J1000" || !e.Import.Full || e.Actor != "jo" || e.Source != erp.FromPerson {
			return natsbus.Verdict{Settle: natsbus.Done}
		}
		key := journal.NewKey("acme", journal.KindImport, e.ResourceID)
		now := time.Now().UTC()
		record := journal.Record{V: journal.Version, At: now, Epoch: 1, Owner: "test", Event: e.ID, Moves: []journal.Move{{To: journal.Planned}}, Plan: &journal.Plan{Kind: journal.KindImport}}
		seq, err := p.bus.Journal().Append(ctx, key, record, 0)
		if err != nil {
			return natsbus.Verdict{Settle: natsbus.Later, After: time.Second}
		}
		effect, _ := p.bus.Journal().Load(ctx, key)
		name := journal.ImportJobRegister(erp.Jobs, e.Import.Project)
		mark := &journal.ImportMark{Run: flow.ImportRun(effect), Started: now, Counts: journal.ImportCounts{Read: 7}}
		_ = p.bus.Journal().SaveRegister(ctx, "acme", journal.Register{Name: name, Import: mark}, 0)
		record.Plan, record.Moves = nil, []journal.Move{{To: journal.Rejected, Reason: "refused"}}
		if last == journal.Done {
			record.Moves = []journal.Move{{To: journal.Claimed}, {To: journal.Applied}, {To: journal.Confirmed}, {To: journal.Done}}
		}
		_, _ = p.bus.Journal().Append(ctx, key, record, seq)
		return natsbus.Verdict{Settle: natsbus.Done}
	})
}
