package imports_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/imports"
	"github.com/procpac/procpac/internal/rowcache"
)

// drift changes a few rows at random, as people do between two runs.
func (f *jobpacFake) drift(r *rand.Rand, at time.Time) {
	for range 1 + r.IntN(4) {
		n, code := r.IntN(25), codeName(r.IntN(6))
		switch r.IntN(5) {
		case 0:
			c := creditor(n, at)
			c[erp.ColName] = fmt.Sprint("Creditor ", n, " version ", r.IntN(3))
			f.set(erp.ListCreditors, c, erp.ColCreditor)
		case 1:
			f.set(erp.ListCentreCosts, detail(1+r.IntN(2), code, "LAB", r.IntN(3)), erp.ColJob, erp.ColCostCode)
		case 2:
			c := centre(1+r.IntN(2), code, "LAB", r.IntN(3))
			c[erp.ColDescription] = fmt.Sprint("Code ", r.IntN(3))
			f.set(erp.ListCentres, c, erp.ColJob, erp.ColCostCode)
		case 3:
			p := posting(1+r.IntN(2), n, code, "LAB", at)
			p[erp.ColDescription] = fmt.Sprint("posting ", r.IntN(3))
			f.set(erp.ListLedger, p, erp.ColTransaction)
		case 4:
			j := job(1 + r.IntN(2))
			j[erp.ColDescription] = fmt.Sprint("Job ", r.IntN(3))
			f.set(erp.ListJobs, j, erp.ColJob)
		}
	}
}

// fromNothing is what a first import of the organisation as it stands makes.
func fromNothing(w *world) string {
	fresh := newWorld(w.t, w.jobpac.clone(), 2)
	fresh.staged, fresh.direct = w.staged, w.direct
	fresh.all()
	return fresh.procore.state()
}

// TestWhateverWayTheStateIsTheSame lets rows change between runs and compares
// with a first import of what stands there in the end: by increments, by full
// runs, with a cache that is lost, and by two processes with a cache each.
func TestWhateverWayTheStateIsTheSame(t *testing.T) {
	ways := map[string]func(w *world, r *rand.Rand, round int){
		"increments": func(w *world, _ *rand.Rand, _ int) { w.all() },
		"full runs":  func(w *world, _ *rand.Rand, _ int) { w.all(full) },
		"in goes":    func(w *world, _ *rand.Rand, _ int) { w.all(stepped) },
		"lost cache": func(w *world, r *rand.Rand, round int) {
			if r.IntN(2) == 0 {
				w.cache, w.runner = newCache(fmt.Sprint("cache ", round)), nil
			}
			w.all()
		},
		"two processes": twoProcesses(),
		"jobs singly":   func(w *world, r *rand.Rand, _ int) { w.run(erp.JobCosts, of(1+r.IntN(2))); w.all() },
	}
	for name, way := range ways {
		modes(t, func(t *testing.T, staged bool) {
			t.Run(name, func(t *testing.T) {
				seeds := uint64(12)
				if testing.Short() {
					seeds = 3
				}
				for seed := range seeds {
					r := rand.New(rand.NewPCG(seed, 1))
					w := newWorld(t, organisation(2, 6, 10), 2)
					w.staged, w.direct = staged, true
					for round := range 5 {
						way(w, r, round)
						w.jobpac.drift(r, w.now.Add(time.Duration(r.IntN(60))*time.Minute))
					}
					w.all()
					w.same(fromNothing(w))
				}
			})
		})
	}
}

// twoProcesses take turns at random, object by object; each has a cache.
func twoProcesses() func(w *world, r *rand.Rand, round int) {
	var caches [2]imports.Cache
	return func(w *world, r *rand.Rand, round int) {
		if round == 0 {
			caches = [2]imports.Cache{newCache("A"), newCache("B")}
		}
		for _, o := range erp.Objects() {
			w.cache, w.runner = caches[r.IntN(2)], nil
			w.run(o)
		}
	}
}

func TestALostCacheSendsTheRowsAgain(t *testing.T) {
	w := newWorld(t, organisation(2, 6, 10), 2)
	w.staged = true
	w.all()
	state := w.procore.state()
	w.procore.calls = nil
	w.cache, w.runner = newCache("new"), nil
	for o, sum := range w.all() {
		if shared := o == erp.JobCosts; !shared && (sum.Calls == 0 || sum.Unchanged != 0) { // budgets sent its rows
			t.Errorf("%s: %+v", o, sum)
		}
	}
	w.same(state)
}

func TestAnOlderCopyOfACacheIsNotBelieved(t *testing.T) {
	w := newWorld(t, organisation(1, 2, 3), 1)
	w.run(erp.Creditors)
	old := newCache("A")
	for slot, value := range w.cache.(*cacheFake).values {
		old.values[slot] = value
	}
	c := creditor(1, w.now)
	c[erp.ColName] = "second name"
	w.jobpac.set(erp.ListCreditors, c, erp.ColCreditor)
	w.run(erp.Creditors)
	c = creditor(1, w.now)
	w.jobpac.set(erp.ListCreditors, c, erp.ColCreditor)
	w.cache, w.runner = old, nil
	w.run(erp.Creditors)
	if got := w.procore.records[erp.EntryVendor]["01|C0001"].fields["name"]; got != c[erp.ColName] {
		t.Errorf("the company is called %q", got)
	}
}

func TestRowsAtTheBoundaryOfAWindowAreNeverMissed(t *testing.T) {
	for _, late := range []time.Duration{0, time.Second, 5 * time.Minute, 9*time.Minute + 59*time.Second} {
		t.Run(late.String(), func(t *testing.T) {
			w := newWorld(t, organisation(1, 2, 3), 1)
			w.direct = true
			w.all()
			// stamped as the runs began, and shown only afterwards
			reg, _, _ := w.regs.LoadRegister(t.Context(), "acme", "import creditors")
			w.jobpac.set(erp.ListCreditors, creditor(50, reg.Import.Started.Add(-late)))
			reg, _, _ = w.regs.LoadRegister(t.Context(), "acme", "import job-costs")
			w.jobpac.set(erp.ListLedger, posting(1, 50, codeName(0), "LAB", reg.Import.Started.Add(-late)))
			w.all()
			if w.procore.records[erp.EntryVendor]["01|C0050"] == nil || w.procore.records[erp.EntryDirectCost]["01|J001|T1-50"] == nil {
				t.Error("missed")
			}
		})
	}
}

func TestAnIncrementalRunReadsTheWindowOnly(t *testing.T) {
	w := newWorld(t, organisation(1, 2, 30), 1)
	w.run(erp.Creditors)
	w.jobpac.set(erp.ListCreditors, creditor(3, w.now), erp.ColCreditor)
	if sum := w.run(erp.Creditors); sum.Read != 1 {
		t.Errorf("%+v", sum)
	}
	if sum := w.run(erp.Creditors, full); sum.Read != 30 {
		t.Errorf("%+v", sum)
	}
	if sum := w.run(erp.Creditors); sum.Read != 0 {
		t.Errorf("%+v", sum)
	}
}

func TestAJobLinkedLaterBringsItsOldCosts(t *testing.T) {
	w := newWorld(t, organisation(2, 3, 1), 1)
	w.staged, w.direct = true, true
	w.all()
	w.procore.link(2)
	w.all()
	if got := len(w.procore.records[erp.EntryDirectCost]); got != 6 {
		t.Errorf("%d direct costs", got)
	}
}

func TestWithTheRealCache(t *testing.T) {
	path := t.TempDir() + "/rows.db"
	open := func() *rowcache.Cache {
		c, err := rowcache.Open(t.Context(), path, "acme")
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	w := newWorld(t, organisation(2, 12, 30), 2)
	w.staged, w.direct = true, true
	c := open()
	w.cache = c
	w.all()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	w.procore.calls = nil
	c = open()
	defer c.Close()
	w.cache, w.runner = c, nil
	w.all()
	if len(w.procore.calls) != 0 {
		t.Errorf("%d calls when nothing changed", len(w.procore.calls))
	}
	w.jobpac.change(w.now, false)
	w.all()
	plain := newWorld(t, w.jobpac.clone(), 2)
	plain.staged, plain.direct = true, true
	plain.all()
	if a, b := strings.Count(w.procore.state(), "\n"), strings.Count(plain.procore.state(), "\n"); a != b {
		t.Errorf("%d records, want %d", a, b)
	}
	w.same(plain.procore.state())
}
