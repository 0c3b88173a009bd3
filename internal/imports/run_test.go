package imports_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/imports"
	"github.com/procpac/procpac/internal/journal"
)

func TestAnImportBringsEverythingAndTheSecondNothing(t *testing.T) {
	modes(t, func(t *testing.T, staged bool) {
		w := newWorld(t, organisation(3, 12, 20), 2)
		linked := 2
		if !staged {
			linked = 3 // an import of jobs links them itself
		}
		w.staged, w.direct = staged, true
		first := w.all()
		for o, want := range map[erp.Object]int{
			erp.GSTCodes: 2, erp.Creditors: 20, erp.CostTypes: 1, erp.CostCodes: 14 + linked*(14+12), erp.HeadContracts: linked,
		} {
			if got := first[o]; got.New != want || got.Refused != 0 || got.Started.IsZero() || !got.Ended.After(got.Started) && !got.Ended.Equal(got.Started) {
				t.Errorf("%s: %+v, want %d new", o, got, want)
			}
		}
		if got := len(w.procore.records[erp.EntryJobCost]); got != 12*linked {
			t.Errorf("%d job costs", got)
		}
		if got := len(w.procore.records[erp.EntryDirectLine]); got != 12*linked {
			t.Errorf("%d lines of direct costs", got)
		}
		if lines := len(w.procore.records[erp.EntryBudgetLine]); lines != 36 && !staged || lines != 0 && staged {
			t.Errorf("%d budget lines", lines)
		}
		state := w.procore.state()
		w.procore.calls = nil
		for _, again := range []map[erp.Object]imports.Summary{w.all(), w.all(full)} {
			for o, sum := range again {
				if sum.Calls != 0 || sum.New+sum.Changed+sum.Refused != 0 {
					t.Errorf("%s again: %+v", o, sum)
				}
			}
		}
		if len(w.procore.calls) != 0 {
			t.Errorf("%d calls when nothing changed", len(w.procore.calls))
		}
		w.same(state)
	})
}

func TestOnlyLinkedProjectsOfOurWorkIDAreTouched(t *testing.T) {
	w := newWorld(t, organisation(3, 5, 1), 1)
	w.procore.keep(erp.EntryProject, "02|J002", 0, &record{origin: "02|J002"})
	w.staged = true
	w.all()
	for _, b := range w.procore.calls {
		if b.Project != 0 && b.Job != jobOrigin(1) {
			t.Errorf("%s was sent to %s", b.Type, b.Job)
		}
	}
	if got := len(w.procore.records[erp.EntryCostCode]); got != 6 {
		t.Errorf("%d project cost codes", got)
	}
}

func TestBudgetsAndJobCostsNeverFight(t *testing.T) {
	w := newWorld(t, organisation(1, 8, 1), 1)
	w.staged = true
	w.all()
	w.procore.calls = nil
	for range 3 {
		w.run(erp.Budgets)
		w.run(erp.JobCosts)
	}
	if len(w.procore.calls) != 0 {
		t.Fatal("the same rows were sent again")
	}
	w.jobpac.set(erp.ListCentreCosts, detail(1, codeName(0), "LAB", 999), erp.ColJob, erp.ColCostCode)
	if sum := w.run(erp.Budgets); sum.Changed != 1 {
		t.Errorf("budgets: %+v", sum)
	}
	if sum := w.run(erp.JobCosts); sum.Changed != 0 {
		t.Errorf("job costs: %+v", sum)
	}
}

func TestARunGoesOnWhereItStoppedAndTellsTheWhole(t *testing.T) {
	modes(t, func(t *testing.T, staged bool) {
		plain, cut := newWorld(t, organisation(3, 12, 20), 3), newWorld(t, organisation(3, 12, 20), 3)
		plain.staged, cut.staged, plain.direct, cut.direct = staged, staged, true, true
		for _, o := range erp.Objects() {
			want := plain.run(o)
			cut.runner = cut.process()
			got := cut.run(o, stepped)
			if want.Read != got.Read || want.New != got.New || want.Refused != got.Refused || want.Unchanged != got.Unchanged {
				t.Errorf("%s: whole %+v, in goes %+v", o, want, got)
			}
		}
		cut.same(plain.procore.state())
	})
}

func TestADoneRunIsNotDoneTwice(t *testing.T) {
	w := newWorld(t, organisation(1, 1, 9), 1)
	run := imports.Run{ID: "x", Object: erp.Creditors}
	first, err := w.current().Run(t.Context(), run)
	if err != nil || !first.Done {
		t.Fatal(first, err)
	}
	w.jobpac.set(erp.ListCreditors, creditor(99, day))
	reads := w.jobpac.reads
	again, err := w.process().Run(t.Context(), run)
	if err != nil || fmt.Sprint(again) != fmt.Sprint(first) || w.jobpac.reads != reads {
		t.Errorf("%+v, %v; first %+v", again, err, first)
	}
}

func TestARunForOneJob(t *testing.T) {
	w := newWorld(t, organisation(3, 5, 1), 3)
	w.staged = true
	for _, o := range []erp.Object{erp.CostTypes, erp.CostCodes, erp.JobCosts} {
		w.run(o, of(2))
	}
	for _, b := range w.procore.calls {
		if b.Job != "" && b.Job != jobOrigin(2) {
			t.Errorf("%s of %s", b.Type, b.Job)
		}
	}
	if len(w.procore.records[erp.EntryJobCost]) != 5 || len(w.procore.records[erp.EntryStandardCode]) != 6 {
		t.Errorf("%s", w.procore.state())
	}
	sum := w.run(erp.JobCosts, of(9))
	if len(sum.Refusals) != 1 || sum.Refusals[0].Rule != "IM-NO-PROJECT" || !strings.Contains(sum.Refusals[0].Message, jobOrigin(9)) {
		t.Errorf("%+v", sum)
	}
	if sum := w.run(erp.Jobs, of(9)); len(sum.Refusals) != 1 || sum.Refusals[0].Rule != "IM-NO-JOB" || !strings.Contains(sum.Refusals[0].Message, "Jobpac has no job "+jobOrigin(9)) {
		t.Errorf("%+v", sum)
	}
	if sum := w.run(erp.Jobs, of(2)); sum.Refused != 0 || sum.Read != 1 {
		t.Errorf("%+v", sum)
	}
	reg, _, _ := w.regs.LoadRegister(t.Context(), "acme", journal.ImportRegister(erp.JobCosts))
	if reg.Import.Last != nil {
		t.Error("a run for one job must not count as one over all")
	}
}

func TestARunForOneJobLeavesTheNamesOfTheListAlone(t *testing.T) {
	w := newWorld(t, organisation(2, 3, 1), 2)
	w.staged = true
	w.all()
	for _, row := range w.jobpac.rows[erp.ListCentres] {
		if row.Get(erp.ColJob) == jobCode(2) {
			row.Values[erp.ColDescription] = "another name on this job"
		}
	}
	w.run(erp.CostCodes, of(2))
	for _, r := range w.procore.records[erp.EntryStandardCode] {
		if strings.Contains(r.fields["name"], "another") {
			t.Errorf("renamed: %v", r.fields)
		}
	}
}

func TestErrorsAreClassedAndTheRunGoesOn(t *testing.T) {
	w := newWorld(t, organisation(1, 1, 30), 1)
	calls := 0
	w.procore.fail = func(erp.EntryBatch) error {
		if calls++; calls == 2 {
			return fault.New(fault.Transient, "sync", errors.New("too many calls")).OfSystem()
		}
		return nil
	}
	run := imports.Run{ID: "r", Object: erp.Creditors}
	report, err := w.current().Run(t.Context(), run)
	if report.Done || fault.Of(err) != fault.Transient || !fault.IsSystem(err) || !strings.Contains(err.Error(), "too many calls") {
		t.Fatalf("%+v, %v", report, err)
	}
	report, err = w.current().Run(t.Context(), run)
	if err != nil || !report.Done || report.Summary.New != 30 || len(w.procore.records[erp.EntryVendor]) != 30 {
		t.Fatalf("%+v, %v", report, err)
	}
}

func TestADoubtAboutAnUpsertIsTransient(t *testing.T) {
	w := newWorld(t, organisation(1, 1, 3), 1)
	w.procore.lose = func(erp.EntryBatch) error { return fault.New(fault.Ambiguous, "sync", errors.New("no answer")) }
	_, err := w.current().Run(t.Context(), imports.Run{ID: "r", Object: erp.Creditors})
	if fault.Of(err) != fault.Transient {
		t.Fatalf("%v is %s", err, fault.Of(err))
	}
}

func TestAnEndedContextStopsARun(t *testing.T) {
	w := newWorld(t, organisation(1, 1, 30), 1)
	ctx, cancel := context.WithCancel(t.Context())
	w.procore.fail = func(erp.EntryBatch) error { cancel(); return nil }
	report, err := w.current().Run(ctx, imports.Run{ID: "r", Object: erp.Creditors})
	if report.Done || fault.Of(err) != fault.Transient || !errors.Is(err, context.Canceled) {
		t.Fatalf("%+v, %v", report, err)
	}
}

func TestWhatCannotWorkIsPermanent(t *testing.T) {
	w := newWorld(t, organisation(1, 1, 1), 1)
	for _, run := range []imports.Run{{ID: "r", Object: "invoices"}, {ID: "r", Object: erp.JobCosts, Project: "no job"}} {
		if _, err := w.current().Run(t.Context(), run); fault.Of(err) != fault.Permanent {
			t.Errorf("%+v: %v", run, err)
		}
	}
}

func TestAnotherRunsCheckpointStopsThisOne(t *testing.T) {
	w := newWorld(t, organisation(1, 1, 30), 1)
	other := 0
	w.procore.fail = func(erp.EntryBatch) error {
		if other++; other == 2 {
			reg, seq, _ := w.regs.LoadRegister(t.Context(), "acme", journal.ImportRegister(erp.Creditors))
			reg.Import.Run = "of another"
			return w.regs.SaveRegister(t.Context(), "acme", reg, seq)
		}
		return nil
	}
	_, err := w.current().Run(t.Context(), imports.Run{ID: "r", Object: erp.Creditors})
	if fault.Of(err) != fault.Transient || !errors.Is(err, journal.ErrMoved) {
		t.Fatalf("%v", err)
	}
}

func TestProgressIsTold(t *testing.T) {
	w := newWorld(t, organisation(2, 9, 1), 2)
	w.staged = true
	w.run(erp.CostTypes)
	var heard []imports.Progress
	w.run(erp.CostCodes, func(r *imports.Run) { r.Progress = func(p imports.Progress) { heard = append(heard, p) } })
	last := heard[len(heard)-1]
	if last.Job != jobOrigin(2) || last.Jobs != 2 || last.JobsBegun != 2 || last.Phase == "" || last.Summary.New == 0 || len(heard) < 5 {
		t.Errorf("%d times, last %+v", len(heard), last)
	}
}

func TestADryRunWritesNothingAndTellsWhatWouldBe(t *testing.T) {
	modes(t, func(t *testing.T, staged bool) {
		w := newWorld(t, organisation(3, 12, 20), 3)
		w.staged, w.direct = staged, true
		for _, o := range erp.Objects() {
			state, saves, kept := w.procore.state(), w.regs.saves, maps.Clone(w.cache.(*cacheFake).values)
			told := w.run(o, dry, stepped)
			if w.procore.state() != state || w.regs.saves != saves || !maps.Equal(w.cache.(*cacheFake).values, kept) {
				t.Fatalf("%s: a dry run wrote", o)
			}
			was := w.run(o)
			if told.New != was.New || told.Changed != was.Changed || told.Unchanged != was.Unchanged || told.Refused != was.Refused || told.Read != was.Read {
				t.Errorf("%s: told %+v, was %+v", o, told, was)
			}
		}
		if sum := w.run(erp.CostCodes, dry); sum.New+sum.Changed+sum.Calls != 0 || sum.Unchanged == 0 {
			t.Errorf("after all is there: %+v", sum)
		}
	})
}
