package imports

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/translate"
)

// Parts is what a Runner works with. All are needed.
type Parts struct {
	Jobpac    Jobpac
	Procore   Procore
	Cache     Cache
	Registers Registers
	Log       zerolog.Logger
	Now       func() time.Time
}

// Settings are a connection's settings for imports.
type Settings struct {
	Connection string
	Rules      translate.ImportRules
	// Overlap is how far a window of time stamps reaches back before the start
	// of the run before: longer than two clocks differ and than Jobpac takes to
	// show what it stamped. 0: 10 minutes.
	Overlap time.Duration
	// DirectCosts brings cost transactions too, not the totals alone.
	DirectCosts bool
}

// defaultOverlap is Settings.Overlap where it is not set (assumed to be enough:
// nothing is published about how late Jobpac shows a stamp).
const defaultOverlap = 10 * time.Minute

// Run is one import wanted.
type Run struct {
	ID      string // the same id goes on where it stopped; a new one starts anew
	Object  erp.Object
	Project string // origin id of one job; empty: all
	Full    bool   // read everything, also what has not changed since the last run
	DryRun  bool   // read and compare only: in the cache it leaves nothing behind
	// Late tells that the time of this go is up: it is asked after each part,
	// nil is never. A dry run keeps no checkpoint and does not ask.
	Late func() bool
	// Progress hears of each part; nil: nobody listens.
	Progress func(Progress)
}

// Progress is where a run stands.
type Progress struct {
	Object          erp.Object
	Phase           string // for people: cost codes of projects
	Job             string // origin id of the job under way, where the phase goes by job
	Jobs, JobsBegun int    // of the phase
	Summary         Summary
}

// Report is what one go came to.
type Report struct {
	Done    bool // false: call again with the same Run
	Summary Summary
}

// Summary tells of a whole run, over all its goes.
type Summary struct {
	Object erp.Object
	Read   int // rows that Jobpac showed
	// Records: not known to be in Procore before, there with other content,
	// there as they should be, and not brought.
	New, Changed, Unchanged, Refused int
	Calls                            int           // calls that wrote to Procore
	Refusals                         []erp.Problem // the first 200
	Notes                            []string      // the first 200
	Started, Ended                   time.Time
}

// Runner runs the imports of one connection. Runs of different objects may go
// on at once, except budgets and job costs, which may write the same rows; two
// runs of one object must not: the caller holds a claim, and where it failed
// to, the second to save its checkpoint stops with a transient fault.
type Runner struct {
	parts    Parts
	settings Settings

	marks    sync.Mutex // held while the cache's mark of an object is read and set
	mu       sync.Mutex
	gathered map[string]*gathering // of runs under way, by run id
	recent   recent
}

// New makes the Runner of one connection.
func New(p Parts, s Settings) *Runner {
	if s.Overlap <= 0 {
		s.Overlap = defaultOverlap
	}
	return &Runner{parts: p, settings: s, gathered: map[string]*gathering{}}
}

// Run goes on with a run, part by part, until it is done, Late says so or ctx
// ends. A refused row is in the summary, never in the error. An error stops the
// go where it is, and the next call goes on from there: it is transient where
// Procore, Jobpac, the cache or the journal could not be reached or another run
// came between, and permanent where the run can never work. It is never
// ambiguous: whatever was under way is found or repeated by the next go.
func (r *Runner) Run(ctx context.Context, run Run) (Report, error) {
	plan, err := r.plan(run.Object)
	if err != nil {
		return Report{}, err
	}
	if run.Project != "" {
		key, err := erp.ParseJobKey(run.Project)
		if err != nil {
			return Report{}, fault.New(fault.Permanent, "import "+string(run.Object), err)
		}
		run.Project = key.Origin()
	}
	j := &journey{Runner: r, run: run, plan: plan, loaded: map[string]bool{}}
	if err := j.begin(ctx); err != nil {
		return Report{}, j.failed("begin", err)
	}
	if !j.mark.Ended.IsZero() {
		return j.report(), nil
	}
	if err := j.walk(ctx); err != nil {
		return j.report(), j.failed(j.mark.Place.Phase, err)
	}
	report := j.report()
	j.log(report)
	return report, nil
}

// log writes one line for a go that came to its end.
func (j *journey) log(r Report) {
	s := r.Summary
	j.parts.Log.Info().Str("connection", j.settings.Connection).Str("kind", string(s.Object)).Str("ref", j.run.ID).
		Str("job", j.run.Project).Bool("done", r.Done).Bool("dry_run", j.run.DryRun).Bool("full", j.run.Full).
		Int("read", s.Read).Int("new", s.New).Int("changed", s.Changed).Int("unchanged", s.Unchanged).
		Int("refused", s.Refused).Int("calls", s.Calls).Msg("import")
}

// failed gives an error its operation and makes an ambiguous one transient:
// every write of an import may be repeated.
func (j *journey) failed(at string, err error) error {
	err = fmt.Errorf("import %s, %s: %w", j.run.Object, at, err)
	switch fault.Of(err) {
	case fault.Ambiguous:
		return fault.Settled(fault.Transient, err)
	case fault.Unknown:
		return fault.New(fault.Transient, "import", err)
	}
	return err
}

// plan is the phases of an object.
func (r *Runner) plan(o erp.Object) ([]phase, error) {
	switch o {
	case erp.GSTCodes:
		return r.gstCodes(), nil
	case erp.Creditors:
		return r.creditors(), nil
	case erp.Jobs:
		return r.jobs(), nil
	case erp.CostTypes:
		return r.costTypes(), nil
	case erp.CostCodes:
		return r.costCodes(), nil
	case erp.Budgets:
		return r.budgets(), nil
	case erp.JobCosts:
		return r.jobCosts(), nil
	case erp.HeadContracts:
		return r.headContracts(), nil
	}
	return nil, fault.New(fault.Permanent, "import", fmt.Errorf("%q is none of the objects %v", o, erp.Objects()))
}
