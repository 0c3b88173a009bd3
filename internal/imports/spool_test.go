package imports_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/imports"
)

// ledgerWorld has jobs whose postings stand mixed in the ledger, as Jobpac lists
// them: by time, not by job.
func ledgerWorld(t testing.TB, jobs, postings int) *world {
	w := newWorld(t, organisation(jobs, 2, 1), jobs)
	w.direct, w.jobpac.page = true, 50
	w.jobpac.rows[erp.ListLedger] = nil
	for n := range postings {
		w.jobpac.set(erp.ListLedger, posting(1+n%jobs, n, codeName(n%2), "LAB", day.Add(-time.Hour)))
	}
	w.before(erp.JobCosts)
	return w
}

// spools is what the cache still holds of rows that were not taken.
func (w *world) spools() (rows int) {
	for slot := range w.cache.(*cacheFake).values {
		if strings.HasPrefix(slot[0], "spool\n") {
			rows++
		}
	}
	return rows
}

func TestTheLedgerIsReadOnceHoweverManyJobs(t *testing.T) {
	const postings = 240
	for name, change := range map[string][]func(*imports.Run){"at once": nil, "in goes": {stepped}, "dry": {dry}, "full": {full}} {
		for _, jobs := range []int{1, 3, 24} {
			t.Run(fmt.Sprint(name, " ", jobs), func(t *testing.T) {
				w := ledgerWorld(t, jobs, postings)
				sum := w.run(erp.JobCosts, change...)
				if got := w.jobpac.asked[erp.ListLedger]; got != 5 {
					t.Errorf("the ledger of 5 parts was asked for %d times", got)
				}
				if want := 2*jobs + 2*postings; sum.New != want || sum.Read != 2*jobs+postings {
					t.Errorf("%d new, want %d; %d read", sum.New, want, sum.Read)
				}
				if w.spools() != 0 {
					t.Errorf("%d values of the spool are left", w.spools())
				}
				w.jobpac.asked = nil
				if w.run(erp.JobCosts); name == "at once" && w.jobpac.asked[erp.ListLedger] != 1 {
					t.Errorf("an empty window was asked for %d times", w.jobpac.asked[erp.ListLedger])
				}
			})
		}
	}
}

// TestRowsOfOneJobGoTogether counts calls to Procore: one of each kind per job,
// although each part of the ledger has rows of all jobs.
func TestRowsOfOneJobGoTogether(t *testing.T) {
	w := ledgerWorld(t, 4, 400)
	w.procore.calls = nil
	w.run(erp.JobCosts)
	calls := map[string]int{}
	for _, b := range w.procore.calls {
		calls[b.Job+" "+string(b.Type)]++
	}
	for call, n := range calls {
		if n != 1 {
			t.Errorf("%s: %d calls", call, n)
		}
	}
	if len(calls) != 4*3 {
		t.Errorf("%d kinds of calls: %v", len(calls), calls)
	}
}

func TestARunForOneJobTakesItsRowsOnly(t *testing.T) {
	w := ledgerWorld(t, 3, 90)
	if sum := w.run(erp.JobCosts, of(2)); sum.Read != 2+30 || len(w.procore.records[erp.EntryDirectCost]) != 30 {
		t.Errorf("%+v, %d direct costs", sum, len(w.procore.records[erp.EntryDirectCost]))
	}
	w.run(erp.JobCosts)
	if got := len(w.procore.records[erp.EntryDirectCost]); got != 90 {
		t.Errorf("%d direct costs after the run for all", got)
	}
}

// interrupted runs until the rows of the first job are being taken, lets something
// happen there, and goes on to the end.
func (w *world) interrupted(happens func()) imports.Summary {
	w.t.Helper()
	w.now = w.now.Add(time.Hour)
	run := imports.Run{ID: "interrupted", Object: erp.JobCosts, Late: func() bool { return true }}
	for happened := false; ; {
		report, err := w.current().Run(w.t.Context(), run)
		if err != nil {
			w.t.Fatal(err)
		}
		if report.Done {
			if !happened {
				w.t.Fatal("it never came to the direct costs")
			}
			return report.Summary
		}
		if !happened && len(w.procore.records[erp.EntryDirectCost]) > 0 {
			happened = true
			happens()
		}
	}
}

func TestWhatHappensBetweenTheGoesLosesNoRow(t *testing.T) {
	const jobs, postings = 3, 3300 // more rows of a job than one part takes
	for name, happens := range map[string]func(w *world){
		"another cache":         func(w *world) { w.cache, w.runner = newCache("B"), nil },
		"another process":       func(w *world) { w.runner = nil },
		"a job is forgotten":    func(w *world) { _ = w.current().ForgetProject(w.t.Context(), jobOrigin(1)) },
		"a project is linked":   func(w *world) { w.procore.link(4); w.jobpac.set(erp.ListJobs, job(4)); w.jobpac.addCentres(4, 2) },
		"a run for another job": func(w *world) { w.run(erp.JobCosts, of(3)) },
		"a dry run":             func(w *world) { w.run(erp.JobCosts, dry) },
		"a run of the budgets":  func(w *world) { w.run(erp.Budgets) },
	} {
		t.Run(name, func(t *testing.T) {
			w := ledgerWorld(t, jobs, postings)
			w.jobpac.page = 2000
			w.interrupted(func() { happens(w) })
			w.all()
			if got, want := len(w.procore.records[erp.EntryDirectCost]), len(w.jobpac.rows[erp.ListLedger]); got != want {
				t.Errorf("%d of %d direct costs", got, want)
			}
		})
	}
}

// TestAForgottenJobIsReadAgain forgets what was taken and what was not, in the
// middle of a run: the next run brings all of it again.
func TestAForgottenJobIsReadAgain(t *testing.T) {
	w := ledgerWorld(t, 2, 4400)
	w.jobpac.page = 2000
	w.interrupted(func() {
		if err := w.current().ForgetProject(t.Context(), jobOrigin(1)); err != nil {
			t.Fatal(err)
		}
		clear(w.procore.records[erp.EntryDirectCost])
	})
	if got := len(w.procore.records[erp.EntryDirectCost]); got >= 4400 {
		t.Fatalf("%d direct costs: nothing was forgotten", got)
	}
	w.all()
	if got := len(w.procore.records[erp.EntryDirectCost]); got != 4400 {
		t.Errorf("%d direct costs", got)
	}
}

// TestAJobForgottenWhileTheLedgerIsRead is forgotten by an event that is served
// at the same time: what was read of it by then is gone, and is read again.
func TestAJobForgottenWhileTheLedgerIsRead(t *testing.T) {
	w := ledgerWorld(t, 2, 200)
	forgotten := false
	w.run(erp.JobCosts, func(r *imports.Run) {
		r.Progress = func(p imports.Progress) {
			if !forgotten && p.Jobs == 0 {
				forgotten = true
				if err := w.current().ForgetProject(t.Context(), jobOrigin(1)); err != nil {
					t.Error(err)
				}
			}
		}
	})
	if got := len(w.procore.records[erp.EntryDirectCost]); !forgotten || got != 175 {
		t.Fatalf("%d direct costs: nothing was forgotten", got)
	}
	w.run(erp.JobCosts)
	if got := len(w.procore.records[erp.EntryDirectCost]); got != 200 {
		t.Errorf("%d direct costs", got)
	}
}

// BenchmarkLedgerOfJobs brings a ledger of 20,000 postings to jobs of ever larger
// number.
func BenchmarkLedgerOfJobs(b *testing.B) {
	for _, jobs := range []int{1, 10, 50} {
		b.Run(fmt.Sprint(jobs, "jobs"), func(b *testing.B) {
			asked := 0
			for range b.N {
				b.StopTimer()
				g := &generated{jobs: jobs, codes: 10, postings: 20_000}
				cache := diskCache(b)
				g.bring(b, cache, "before", nil, erp.Jobs, erp.CostTypes, erp.CostCodes)
				b.StartTimer()
				g.bring(b, cache, "run", nil, erp.JobCosts)
				asked += g.ledger
			}
			b.ReportMetric(float64(asked)/float64(b.N), "listings")
			b.ReportMetric(float64(20_000*b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
