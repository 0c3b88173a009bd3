package ops

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/procpac/procpac/internal/audit"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/sweep"
)

// What package sweep and package audit report.
type (
	SweepReport  = sweep.Report
	SweepLine    = sweep.Line
	AuditReport  = audit.Report
	AuditFinding = audit.Finding
)

// The kinds of job.
const (
	KindSweep = "sweep"
	KindAudit = "audit"
)

// The states of a job.
const (
	JobRunning   = "running"
	JobDone      = "done"
	JobFailed    = "failed"
	JobCancelled = "cancelled"
)

// Job is work that takes longer than a call: it was started, and is asked for
// until it has ended. A job that failed or was cancelled has the report of what
// was done before.
type Job struct {
	ID         string       `json:"id"`
	Kind       string       `json:"kind"` // sweep, audit, sync
	Connection string       `json:"connection"`
	State      string       `json:"state"` // running, done, failed, cancelled
	Actor      string       `json:"actor,omitempty"`
	Started    time.Time    `json:"started"`
	Ended      time.Time    `json:"ended,omitzero"`
	Progress   []Progress   `json:"progress"`        // of each place, in the order of the work
	Error      string       `json:"error,omitempty"` // why it failed, in one sentence
	Later      bool         `json:"later,omitempty"` // failed: the same may work later
	Sweep      *SweepReport `json:"sweep,omitempty"` // once it has ended
	Audit      *AuditReport `json:"audit,omitempty"`
	Sync       *SyncReport  `json:"sync,omitempty"`
}

// Progress is how far a job has come in one place.
type Progress struct {
	What string `json:"what"`
	Done int    `json:"done"`
}

// SweepOrder says what to sweep.
type SweepOrder struct {
	Connection string
	Since      time.Time // zero: everything Procore still lists
	DryRun     bool
	Actor      string // required unless it is a dry run
}

// AuditOrder says what to audit.
type AuditOrder struct {
	Connection string
	Since      time.Time // of the approvals; zero: since the go-live, or all
	After      string    // where an audit that was cut short goes on
	Actor      string
}

// StartSweep starts a sweep of one connection. Errors: *Invalid, *NotHere,
// *Busy while one is running.
func (s *Service) StartSweep(ctx context.Context, o SweepOrder) (Job, error) {
	o.Actor = tidy(o.Actor)
	switch {
	case s.Sweep == nil:
		return Job{}, &NotHere{"sweeps"}
	case o.Actor == "" && !o.DryRun:
		return Job{}, invalid("actor", "", "a sweep is recorded with who asked for it")
	}
	job := Job{Kind: KindSweep, Connection: o.Connection, Actor: o.Actor}
	return s.start(ctx, job, func(ctx context.Context, j *Job, tell func(Progress)) error {
		r, err := s.Sweep(ctx, o.Connection, sweep.Options{
			Since: o.Since, DryRun: o.DryRun, Actor: o.Actor, Progress: func(p sweep.Progress) { tell(Progress(p)) },
		})
		j.Sweep = &r
		return err
	})
}

// StartAudit starts an audit of one connection, and remembers for a release of
// safe mode how it ended. Errors: *Invalid, *NotHere, *Busy while one is
// running.
func (s *Service) StartAudit(ctx context.Context, o AuditOrder) (Job, error) {
	if s.Audit == nil {
		return Job{}, &NotHere{"audits"}
	}
	job := Job{Kind: KindAudit, Connection: o.Connection, Actor: tidy(o.Actor)}
	return s.start(ctx, job, func(ctx context.Context, j *Job, tell func(Progress)) error {
		options := audit.Options{Since: o.Since, After: o.After, Progress: func(p audit.Progress) { tell(Progress(p)) }}
		mode := s.mode()
		r, err := s.Audit(ctx, o.Connection, options)
		r.Connection = o.Connection
		s.audits.note(options, mode, r, err)
		j.Audit = &r
		return err
	})
}

// jobs are those of this process. The zero value is ready.
type jobs struct {
	mu     sync.Mutex
	all    []*job // oldest first
	count  int
	closed bool
	home   sync.WaitGroup
}

// job is a Job and how to end it. Job is guarded by jobs.mu.
type job struct {
	Job
	cancel context.CancelFunc
}

// keepJobs is how many jobs that have ended are kept.
const keepJobs = 20

// errClosing is a job that was asked for too late.
var errClosing = fault.New(fault.Transient, "start a job", errors.New("the process is stopping")).OfSystem()

// start runs work in a goroutine of its own, which Close ends and waits for.
// ctx gives its values only: the job outlives the call. work fills in the
// reports of its own copy of the job.
func (s *Service) start(ctx context.Context, j Job, work func(context.Context, *Job, func(Progress)) error) (Job, error) {
	if !s.serves(j.Connection) {
		return Job{}, invalid("connection", j.Connection, "must be one of "+strings.Join(s.names(), ", "))
	}
	s.jobs.mu.Lock()
	defer s.jobs.mu.Unlock()
	if s.jobs.closed {
		return Job{}, errClosing
	}
	if other := s.jobs.running(j.Kind, j.Connection); other != nil {
		words := fmt.Sprintf("%s of %s is under way already, as job %s: wait for it, or cancel it", withArticle(j.Kind), j.Connection, other.ID)
		return Job{}, &Busy{Job: other.ID, Words: words}
	}
	s.jobs.count++
	j.Started, j.State = s.Now(), JobRunning
	j.ID = fmt.Sprintf("%s-%s-%s-%d", j.Kind, j.Connection, j.Started.UTC().Format("20060102T150405"), s.jobs.count)
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	added := &job{Job: j, cancel: cancel}
	s.jobs.add(added)
	s.jobs.home.Go(func() {
		defer cancel()
		result := j
		err := withoutPanic(func() error { return work(ctx, &result, func(p Progress) { s.jobs.tell(added, p) }) })
		if err != nil && ctx.Err() == nil {
			s.Log.Error().Err(err).Str("job", j.ID).Str("connection", j.Connection).Msg("the job failed")
		}
		s.jobs.end(added, result, err, ctx.Err() != nil, s.Now())
	})
	return j, nil
}

func withArticle(kind string) string {
	if kind == KindAudit {
		return "an audit"
	}
	return "a " + kind
}

// withoutPanic turns a panic into an error: a job must not take the process
// with it.
func withoutPanic(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.New(fault.Permanent, "job", fmt.Errorf("panic: %v\n%s", p, debug.Stack())).
				Saying("it failed inside; the log of the server says why")
		}
	}()
	return f()
}

// Job tells how a job stands; ErrNoJob for one that is not known.
func (s *Service) Job(id string) (Job, error) {
	s.jobs.mu.Lock()
	defer s.jobs.mu.Unlock()
	j, err := s.jobs.find(id)
	if err != nil {
		return Job{}, err
	}
	return j.copied(), nil
}

// Jobs lists what is running and the last that ended, newest first, without
// their reports.
func (s *Service) Jobs() Page[Job] {
	s.jobs.mu.Lock()
	defer s.jobs.mu.Unlock()
	var page Page[Job]
	for _, j := range slices.Backward(s.jobs.all) {
		line := j.copied()
		line.Sweep, line.Audit, line.Sync = nil, nil, nil
		page.Items = append(page.Items, line)
	}
	return page
}

// CancelJob asks a job to end and gives it as it stands; it may still be
// running for a moment. One that has ended stays as it is.
func (s *Service) CancelJob(id string) (Job, error) {
	s.jobs.mu.Lock()
	defer s.jobs.mu.Unlock()
	j, err := s.jobs.find(id)
	if err != nil {
		return Job{}, err
	}
	j.cancel()
	return j.copied(), nil
}

// Close cancels all jobs, starts none any more, and waits until they are home
// or ctx ends.
func (s *Service) Close(ctx context.Context) error {
	s.jobs.mu.Lock()
	s.jobs.closed = true
	for _, j := range s.jobs.all {
		j.cancel()
	}
	s.jobs.mu.Unlock()
	home := make(chan struct{})
	go func() { s.jobs.home.Wait(); close(home) }()
	select {
	case <-home:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the jobs to end: %w", context.Cause(ctx))
	}
}

// serves tells whether a connection is one of this process.
func (s *Service) serves(connection string) bool { return slices.Contains(s.names(), connection) }

func (s *Service) names() []string {
	names := make([]string, len(s.Connections))
	for i, c := range s.Connections {
		names[i] = c.Name
	}
	return names
}

// running finds the job of that kind that is under way. mu is held, here and
// below.
func (k *jobs) running(kind, connection string) *job {
	for _, j := range k.all {
		if j.State == JobRunning && j.Kind == kind && j.Connection == connection {
			return j
		}
	}
	return nil
}

func (k *jobs) find(id string) (*job, error) {
	for _, j := range k.all {
		if j.ID == id {
			return j, nil
		}
	}
	return nil, ErrNoJob
}

// add keeps a new job and forgets the oldest that have ended.
func (k *jobs) add(added *job) {
	k.all = append(k.all, added)
	for i := 0; i < len(k.all) && len(k.all) > keepJobs; {
		if k.all[i].State == JobRunning {
			i++
			continue
		}
		k.all = slices.Delete(k.all, i, i+1)
	}
}

// copied is a job that the caller may keep.
func (j *job) copied() Job {
	c := j.Job
	c.Progress = slices.Clone(c.Progress)
	return c
}

// tell notes progress; it takes the lock itself.
func (k *jobs) tell(j *job, p Progress) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i := range j.Progress {
		if j.Progress[i].What == p.What {
			j.Progress[i] = p
			return
		}
	}
	j.Progress = append(j.Progress, p)
}

// end notes how a job ended; it takes the lock itself.
func (k *jobs) end(j *job, result Job, err error, cancelled bool, at time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	j.Sweep, j.Audit, j.Sync, j.Ended, j.State = result.Sweep, result.Audit, result.Sync, at, JobDone
	switch {
	case err != nil && cancelled:
		j.State, j.Error = JobCancelled, "it was cancelled before it was done"
	case err != nil:
		j.State, j.Error, j.Later = JobFailed, fault.Said(err), fault.IsSystem(err) || fault.Of(err) == fault.Transient
	}
}
