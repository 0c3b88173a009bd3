package imports_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/imports"
)

// dying runs an object in a process that dies at one moment, and tells whether
// it did. What it leaves is in the stores.
func (w *world) dying(o erp.Object, id string, at int) (died bool) {
	w.t.Helper()
	m := &mortal{at: at}
	w.wrap = m.wrap
	defer func() {
		w.wrap, w.runner = nil, nil
		if r := recover(); r != nil {
			if _, died = r.(death); !died {
				panic(r)
			}
		}
	}()
	report, err := w.process().Run(w.t.Context(), imports.Run{ID: id, Object: o})
	if err != nil || !report.Done {
		w.t.Fatal(report, err)
	}
	return false
}

// before brings all objects that come before o.
func (w *world) before(o erp.Object) {
	for _, earlier := range erp.Objects() {
		if earlier == o {
			return
		}
		w.run(earlier)
	}
}

func small(t *testing.T, staged bool) *world {
	f := organisation(2, 3, 4)
	f.page = 3
	w := newWorld(t, f, 2)
	w.staged, w.direct = staged, true
	return w
}

// change edits a row of every listing; back undoes it.
func (f *jobpacFake) change(at time.Time, back bool) {
	word := " changed"
	if back {
		word = ""
	}
	for l, name := range map[erp.Listing]erp.Name{
		erp.ListCreditors: erp.ColName, erp.ListJobs: erp.ColDescription, erp.ListLedger: erp.ColDescription,
		erp.ListClaimCodes: erp.ColDescription, erp.ListGSTCodes: erp.ColDescription,
	} {
		for i := range f.rows[l] {
			row := f.rows[l][i].Values
			row[name] = fmt.Sprintf("row %d of %s%s", i, l, word)
			row[erp.ColChanged] = stamp(at)
		}
	}
	for i := range f.rows[erp.ListCentres] {
		row := f.rows[erp.ListCentres][i].Values
		row[erp.ColDescription] = "Code " + row[erp.ColCostCode] + word
		if row[erp.ColCostType] != "" {
			row[erp.ColBudgetValue] = fmt.Sprint(100 + len(word))
			row[erp.ColBudgetRate] = row[erp.ColBudgetValue]
		}
	}
	for i := range f.rows[erp.ListCentreCosts] {
		f.rows[erp.ListCentreCosts][i].Values[erp.ColCostToDate] = fmt.Sprint(200 + len(word))
	}
}

// TestDeathAtEveryMoment kills the process at each of its calls to the outside,
// at the first import and at one of changed rows. In one case the rows go back
// to what they were before anybody goes on: what was taken by then must not
// pass for unchanged.
func TestDeathAtEveryMoment(t *testing.T) {
	for _, o := range erp.Objects() {
		modes(t, func(t *testing.T, staged bool) {
			for name, c := range map[string]struct{ changed, back, resume bool }{
				"first import": {resume: true}, "changed rows": {changed: true, resume: true},
				"changed back, same run": {changed: true, back: true, resume: true}, "changed back, another run": {changed: true, back: true},
			} {
				t.Run(fmt.Sprint(o, " ", name), func(t *testing.T) {
					want := reference(t, o, staged, c.changed, c.back)
					deaths, step := 0, 1
					if testing.Short() {
						step = 3
					}
					for at := 1; ; at += step {
						w := prepared(t, o, staged, c.changed)
						if !w.dying(o, "the run", at) {
							break
						}
						deaths++
						w.goOn(o, c.back, c.resume)
						w.same(want)
					}
					if deaths < 5 {
						t.Fatalf("it can die at %d moments only", deaths)
					}
				})
			}
		})
	}
}

// prepared is a world in which o is about to be run.
func prepared(t *testing.T, o erp.Object, staged, changed bool) *world {
	w := small(t, staged)
	w.jobpac.change(day.Add(-time.Hour), true)
	w.before(o)
	if changed {
		w.run(o)
		w.jobpac.change(w.now.Add(time.Minute), false)
	}
	w.now = w.now.Add(time.Hour)
	return w
}

// goOn finishes a run, or leaves it and starts another, and runs once more: what
// went back after the reading is seen by the next run at the latest.
func (w *world) goOn(o erp.Object, back, resume bool) {
	if back {
		w.jobpac.change(w.now.Add(time.Minute), true)
	}
	if resume {
		w.run(o, func(r *imports.Run) { r.ID = "the run" })
	}
	w.run(o)
}

func reference(t *testing.T, o erp.Object, staged, changed, back bool) string {
	w := prepared(t, o, staged, changed)
	w.dying(o, "the run", 0)
	w.goOn(o, back, false)
	return w.procore.state()
}
