package imports_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/imports"
	"github.com/procpac/procpac/internal/translate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is both systems, the journal, and the caches of the processes.
type world struct {
	t       testing.TB
	jobpac  *jobpacFake
	procore *procoreFake
	regs    *registersFake
	cache   imports.Cache
	staged  bool
	direct  bool // direct costs too
	now     time.Time
	runs    int
	runner  *imports.Runner // nil: made when it is needed
	wrap    func(imports.Parts) imports.Parts
}

func newWorld(t testing.TB, f *jobpacFake, jobs int) *world {
	w := &world{t: t, jobpac: f, procore: newProcore(), regs: newRegisters(), cache: newCache("A"), now: day}
	for n := 1; n <= jobs; n++ {
		w.procore.link(n)
	}
	return w
}

func (w *world) settings() imports.Settings {
	return imports.Settings{Connection: "acme", Rules: rulesOf(w.staged), DirectCosts: w.direct}
}

func rulesOf(staged bool) translate.ImportRules {
	return translate.ImportRules{WorkID: "01", Staged: staged, ERPTool: staged}
}

// process is a Runner as a process that just started has it.
func (w *world) process() *imports.Runner {
	p := imports.Parts{
		Jobpac: w.jobpac, Procore: w.procore, Cache: w.cache, Registers: w.regs, Log: zerolog.Nop(),
		Now: func() time.Time { return w.now },
	}
	if w.wrap != nil {
		p = w.wrap(p)
	}
	return imports.New(p, w.settings())
}

func (w *world) current() *imports.Runner {
	if w.runner == nil {
		w.runner = w.process()
	}
	return w.runner
}

// run brings one object to its end, an hour after the run before.
func (w *world) run(o erp.Object, change ...func(*imports.Run)) imports.Summary {
	w.t.Helper()
	w.runs++
	w.now = w.now.Add(time.Hour)
	run := imports.Run{ID: fmt.Sprint("run ", w.runs), Object: o}
	for _, c := range change {
		c(&run)
	}
	for range 10_000 {
		report, err := w.current().Run(w.t.Context(), run)
		if err != nil {
			w.t.Fatal(err)
		}
		if report.Done {
			return report.Summary
		}
	}
	w.t.Fatalf("%s never ends", o)
	return imports.Summary{}
}

func (w *world) all(change ...func(*imports.Run)) map[erp.Object]imports.Summary {
	w.t.Helper()
	sums := map[erp.Object]imports.Summary{}
	for _, o := range erp.Objects() {
		sums[o] = w.run(o, change...)
	}
	return sums
}

func full(r *imports.Run)    { r.Full = true }
func dry(r *imports.Run)     { r.DryRun = true }
func stepped(r *imports.Run) { r.Late = func() bool { return true } }
func of(n int) func(*imports.Run) {
	return func(r *imports.Run) { r.Project = jobOrigin(n) }
}

func (w *world) same(want string) {
	w.t.Helper()
	if got := w.procore.state(); got != want {
		w.t.Fatalf("Procore differs.\n--- got\n%s\n--- want\n%s", got, want)
	}
}

// modes runs a test with the ERP tool and without it.
func modes(t *testing.T, test func(t *testing.T, staged bool)) {
	for _, staged := range []bool{true, false} {
		t.Run(fmt.Sprint("staged=", staged), func(t *testing.T) { test(t, staged) })
	}
}
