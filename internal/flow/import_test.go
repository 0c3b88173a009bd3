package flow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/imports"
	"github.com/procpac/procpac/internal/journal"
)

// importer is a fake engine: it needs so many goes for each object, and says
// what it was asked.
type importer struct {
	goes      int
	done      map[string]int // goes so far, by run and object
	runs      []imports.Run
	told      []string
	err       error
	elsewhere bool // another process ran it last
	wrote     int  // goes that were not dry runs
}

func (i *importer) Run(_ context.Context, run imports.Run) (imports.Report, error) {
	i.runs = append(i.runs, run)
	if i.err != nil {
		return imports.Report{}, i.err
	}
	if i.done == nil {
		i.done = map[string]int{}
	}
	if !run.DryRun {
		i.wrote++
	}
	key := run.ID + string(run.Object)
	i.done[key]++
	s := imports.Summary{Object: run.Object, Read: 10 * i.done[key], New: 3, Refused: 1, Refusals: []erp.Problem{{Rule: "IM-AMOUNT", Message: "Cost centre 1001 01-100 M: x is no amount."}}}
	return imports.Report{Done: i.done[key] > i.goes, Summary: s}, nil
}

func (i *importer) Elsewhere(context.Context, erp.Object) (bool, error) { return i.elsewhere, i.err }

func (i *importer) Remember(_ context.Context, t erp.EntryType, known []erp.Known) error {
	for _, k := range known {
		i.told = append(i.told, fmt.Sprintf("%s %s is %d", t, k.Origin, k.ID))
	}
	return i.err
}

func (i *importer) Forget(_ context.Context, t erp.EntryType, origins ...string) error {
	for _, o := range origins {
		i.told = append(i.told, fmt.Sprintf("%s %s is gone", t, o))
	}
	return i.err
}

func (i *importer) ForgetProject(_ context.Context, job string) error {
	i.told = append(i.told, "project "+job+" is gone")
	return i.err
}

// importBench is a road with a fake engine.
func importBench(t *testing.T) (*bench, *importer) {
	b, i := newBench(t), &importer{}
	b.Imports = i
	return b, i
}

// asks adds a request with a detail about imports.
func (b *bench) asks(request erp.ID, name string, about erp.ImportRequest) {
	b.procore.requests[request] = erp.Request{ID: request, DetailID: request + 1000, Company: 9, Name: name, Import: &about}
}

// scheduled hands the road an import that nobody asked for.
func (b *bench) scheduled(id erp.ID, objects ...erp.Object) Verdict {
	return b.Process(b.Context(), erp.Event{
		ID: fmt.Sprintf("import-%d", id), Connection: "acme", Resource: erp.ResourceImports, ResourceID: id, Action: "import", Source: erp.FromSchedule,
		At: b.clock.Now(), Received: b.clock.Now(), Import: &erp.ImportOrder{Objects: objects},
	})
}

func TestARefreshRunsTheImportAndIsAnsweredWithItsSummary(t *testing.T) {
	b, i := importBench(t)
	b.asks(1, "sync_vendors", erp.ImportRequest{})
	if v := b.deliver(1); v.Settle != Ack {
		t.Fatalf("%+v", v)
	}
	b.want(journal.KindRequest, 1, journal.Done, 0, erp.Success)
	words := strings.Join(b.procore.words[1001], "\n")
	if !strings.Contains(words, "creditors: 10 read, 3 new") || !strings.Contains(words, "x is no amount") {
		t.Errorf("told %q", words)
	}
	if len(i.runs) != 1 || i.runs[0].Object != erp.Creditors || i.runs[0].Full {
		t.Errorf("ran %+v", i.runs)
	}
	b.deliver(1)
	if len(i.runs) != 1 || len(b.procore.closings[1001]) != 1 {
		t.Error("a repeated hint ran the import again")
	}
}

// An import that is not done in one go goes on with the same run; a replay is
// another one.
func TestAnImportGoesOnUntilItIsDone(t *testing.T) {
	b, i := importBench(t)
	i.goes = 2
	for n := range 3 {
		v := b.scheduled(7, erp.Jobs, erp.Creditors)
		b.clock.Advance(time.Minute)
		if again := n < 2; again != (v.Settle == Later) && n != 2 {
			t.Fatalf("go %d: %+v", n, v)
		}
	}
	for range 5 {
		b.scheduled(7, erp.Jobs, erp.Creditors)
	}
	b.want(journal.KindImport, 7, journal.Done, 0)
	ids := map[string]bool{}
	var order []erp.Object
	for _, run := range i.runs {
		ids[run.ID] = true
		order = append(order, run.Object)
	}
	if len(ids) != 1 || !slices.IsSortedFunc(order[len(order)-2:], func(a, b erp.Object) int { return strings.Compare(string(b), string(a)) }) {
		t.Errorf("runs %v in order %v", ids, order)
	}
	if e := b.effect(journal.KindImport, 7); e.Plan.Title != "Import of jobs, creditors" || len(e.Plan.Notes) != 4 {
		t.Errorf("on record: %+v", e.Plan)
	}
}

func TestAScheduledImportThatWasOvertakenIsNotRun(t *testing.T) {
	b, i := importBench(t)
	mark := &journal.ImportMark{Run: "other", Started: b.clock.Now().Add(time.Second)}
	if err := b.journal.SaveRegister(t.Context(), "acme", journal.Register{Name: journal.ImportRegister(erp.Jobs), Import: mark}, 0); err != nil {
		t.Fatal(err)
	}
	if v := b.scheduled(7, erp.Jobs); v.Settle != Ack || len(i.runs) != 0 || b.effect(journal.KindImport, 7).State != journal.None {
		t.Fatalf("%+v, ran %v", v, i.runs)
	}
	if v := b.scheduled(8, erp.Jobs, erp.Creditors); v.Settle != Ack || len(i.runs) != 2 {
		t.Fatalf("%+v, ran %v", v, i.runs)
	}
}

func TestOneImportOfAConnectionAtATime(t *testing.T) {
	b, i := importBench(t)
	b.claims.held["acme"+importAggregate] = "somebody"
	b.asks(1, "sync_jobs", erp.ImportRequest{})
	if v := b.deliver(1); v.Settle != Later || v.After != importTurn || len(i.runs) != 0 {
		t.Fatalf("%+v", v)
	}
}

// Hundreds of requests may wait for their turn: they are not read again and again,
// for Procore counts its calls, and ask more and more seldom.
func TestAnImportThatWaitsIsNotReadAgain(t *testing.T) {
	b, i := importBench(t)
	for id := range erp.ID(20) {
		b.asks(1+id, "sync_jobs", erp.ImportRequest{})
	}
	for _, elsewhere := range []bool{true, false} {
		if b.procore.shown = 0; elsewhere {
			b.claims.held["acme"+importAggregate] = "another process"
		} else {
			delete(b.claims.held, "acme"+importAggregate)
			b.clock.Advance(importTurn)
			b.imports.room <- struct{}{}
			b.imports.room <- struct{}{}
		}
		for range 5 {
			for id := range erp.ID(20) {
				if v := b.deliver(1 + id); v.Settle != Later || v.After < importTurn {
					t.Fatalf("%+v", v)
				}
			}
		}
		if want := map[bool]int{true: 20, false: 0}[elsewhere]; b.procore.shown != want {
			t.Errorf("elsewhere %t: read %d times, want %d", elsewhere, b.procore.shown, want)
		}
	}
	received := b.clock.Now()
	for _, c := range []struct{ waited, after time.Duration }{{time.Second, importTurn}, {time.Minute, 15 * time.Second}, {time.Hour, importSeldom}} {
		e := erp.Event{ID: "ev", Connection: "acme", Resource: "ERP Requests", ResourceID: 1, Action: "create", Source: erp.FromWebhook, Received: received.Add(-c.waited)}
		if v := b.Process(t.Context(), e); v.After != c.after {
			t.Errorf("after %s it asks again in %s, want %s", c.waited, v.After, c.after)
		}
	}
	<-b.imports.room
	<-b.imports.room
	for id := range erp.ID(20) {
		if v := b.deliver(1 + id); v.Settle != Ack {
			t.Fatalf("%+v", v)
		}
	}
	if b.procore.shown != 20 || len(i.runs) == 0 || b.imports.knows(1) {
		t.Errorf("read %d times, ran %d", b.procore.shown, len(i.runs))
	}
}

// With several processes an import is left to the one that remembers what
// Procore has, and done here when that one does not take it.
func TestAnImportIsLeftToTheProcessThatRanItLast(t *testing.T) {
	b, i := importBench(t)
	b.Alone, i.elsewhere = false, true
	if v := b.scheduled(7, erp.Jobs); v.Settle != Later || len(i.runs) != 0 {
		t.Fatalf("%+v, ran %v", v, i.runs)
	}
	e := erp.Event{
		ID: "import-7", Connection: "acme", Resource: erp.ResourceImports, ResourceID: 7, Source: erp.FromSchedule,
		At: b.clock.Now(), Received: b.clock.Now(), Import: &erp.ImportOrder{Objects: []erp.Object{erp.Jobs}},
	}
	b.clock.Advance(time.Minute)
	if v := b.Process(t.Context(), e); v.Settle != Ack || len(i.runs) != 1 {
		t.Fatalf("%+v, ran %v", v, i.runs)
	}
}

func TestAnImportThatFails(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		settle Settle
		state  journal.State
		told   []erp.Outcome
	}{
		"a system is away": {fault.New(fault.Transient, "read", errors.New("refused")).OfSystem(), Later, journal.Planned, nil},
		"one row's fault":  {fault.New(fault.Transient, "read", errors.New("cut")), Later, journal.Planned, nil},
		"never":            {fault.New(fault.Permanent, "read", nil).Saying("the user may not read jobs"), Ack, journal.Rejected, []erp.Outcome{erp.Failed}},
	} {
		t.Run(name, func(t *testing.T) {
			b, i := importBench(t)
			i.err = c.err
			b.asks(1, "sync_jobs", erp.ImportRequest{})
			if v := b.deliver(1); v.Settle != c.settle {
				t.Fatalf("%+v", v)
			}
			b.want(journal.KindRequest, 1, c.state, 0, c.told...)
			if i.err = nil; c.settle == Later {
				b.clock.Advance(time.Hour)
				b.deliver(1)
				b.want(journal.KindRequest, 1, journal.Done, 0, erp.Success)
			} else if b.replay(1); b.effect(journal.KindRequest, 1).State != journal.Done || i.runs[0].ID == i.runs[1].ID {
				t.Errorf("replayed: %s, runs %+v", b.effect(journal.KindRequest, 1).State, i.runs)
			}
		})
	}
}

// A death anywhere repeats a go of the same run, and the answer.
func TestAnImportSurvivesDeath(t *testing.T) {
	for _, at := range []failpoint.Point{failpoint.Taken, failpoint.Read, failpoint.Claimed, failpoint.StepsDone, failpoint.Linked, failpoint.AppliedWritten, failpoint.Closed, failpoint.DoneWritten} {
		t.Run(string(at), func(t *testing.T) {
			b, i := importBench(t)
			b.asks(1, "sync_jobs", erp.ImportRequest{})
			b.Points = dyingAt(at)
			b.dies(func() Verdict { return b.deliver(1) })
			b.Imports = i
			b.untilSettled(1, 5)
			if got := slices.Compact(b.procore.closings[1001]); !slices.Equal(got, []erp.Outcome{erp.Success}) {
				t.Errorf("told %v", got)
			}
			for _, run := range i.runs {
				if run.ID != i.runs[0].ID {
					t.Errorf("another run: %+v", i.runs)
				}
			}
		})
	}
}

func TestObserveModeOnlyLooksWhatAnImportWouldDo(t *testing.T) {
	b, i := importBench(t)
	b.Observe = true
	b.asks(1, "sync_jobs", erp.ImportRequest{})
	if v := b.deliver(1); v.Settle != Ack || i.wrote != 0 || len(i.runs) != 1 || len(b.procore.closings) != 0 {
		t.Fatalf("%+v, ran %+v, told %v", v, i.runs, b.procore.closings)
	}
}

func TestWhatProcoreSaysOfLinksIsRemembered(t *testing.T) {
	acme, bond := erp.Known{ID: 7, Origin: "01|ACME"}, erp.Known{ID: 8, Origin: "01|BOND"}
	for _, c := range []struct {
		name  string
		about erp.ImportRequest
		told  string
	}{
		{"link_vendor", erp.ImportRequest{Records: []erp.Known{acme}}, "vendor 01|ACME is 7"},
		{"create_vendor_in_procore", erp.ImportRequest{Records: []erp.Known{acme}}, "vendor 01|ACME is 7"},
		{"merge_vendors", erp.ImportRequest{Records: []erp.Known{acme}, Sources: []erp.Known{bond, {ID: 9}}}, "vendor 01|BOND is gone; vendor 01|ACME is 7"},
		{"unlink_vendor", erp.ImportRequest{Records: []erp.Known{bond}}, "vendor 01|BOND is gone"},
		{"reset_job", erp.ImportRequest{JobOrigin: "01|1001"}, "project 01|1001 is gone"},
		{"delete_standard_cost_codes", erp.ImportRequest{Records: []erp.Known{{ID: 3, Origin: "01-100"}}}, "standard_cost_code 01-100 is gone"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, i := importBench(t)
			b.asks(1, c.name, c.about)
			b.deliver(1)
			b.want(journal.KindRequest, 1, journal.Done, 0, erp.Success)
			if got := strings.Join(i.told, "; "); got != c.told {
				t.Errorf("told %q", got)
			}
		})
	}
}

func TestANewProjectGetsItsRecords(t *testing.T) {
	b, i := importBench(t)
	b.asks(1, "create_job_in_procore", erp.ImportRequest{JobOrigin: "01|1001"})
	b.deliver(1)
	if len(i.runs) != 5 || i.runs[1].Object != erp.CostCodes || i.runs[1].Project != "01|1001" {
		t.Fatalf("%+v", i.runs)
	}
}
