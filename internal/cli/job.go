package cli

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/procpac/procpac/internal/ops"
)

// How a job is followed.
const (
	jobPoll   = 500 * time.Millisecond
	jobEnd    = 10 * time.Second // for a cancelled job to end
	jobMisses = 20               // looks in a row that may fail
)

// jobbing is what sweep and audit have in common.
type jobbing struct {
	connection, since, actor string
	json                     bool
}

func (s *shell) bindJob(flags *pflag.FlagSet, j *jobbing, since string) {
	flags.StringVar(&j.connection, "connection", "", "only this connection (default: all, one after the other)")
	flags.StringVar(&j.since, "since", "", since)
	s.actorFlag(flags, &j.actor)
	jsonFlag(flags, &j.json)
}

// each runs a job for the connection that was named, or for all, one after the
// other. tell is given each job that has ended. What goes wrong with one does
// not stop the others; an interruption does.
func (s *shell) each(ctx context.Context, t *target, j *jobbing, start func(context.Context, string) (ops.Job, error), tell func(ops.Job) error) error {
	names, err := connections(ctx, t, j.connection)
	if err != nil {
		return err
	}
	var all []error
	for _, name := range names {
		job, err := s.runJob(ctx, t, func(ctx context.Context) (ops.Job, error) { return start(ctx, name) })
		if job.ID != "" {
			all = append(all, tell(job))
		}
		if ctx.Err() != nil {
			return both(err, all...)
		}
		all = append(all, err)
	}
	return both(nil, all...)
}

// connections is the one named, or all that the server serves.
func connections(ctx context.Context, t *target, named string) ([]string, error) {
	if named != "" {
		return []string{named}, nil
	}
	page, err := t.Connections(ctx)
	if err != nil {
		return nil, err
	}
	if len(page.Items) == 0 {
		return nil, usagef("%s serves no connection", t.Server())
	}
	names := make([]string, len(page.Items))
	for i, c := range page.Items {
		names[i] = c.Name
	}
	return names, nil
}

// runJob starts a job and follows it to its end. The job is given beside the
// error, which says why it did not do all its work. Interrupted, it cancels the
// job and waits a moment for its report.
func (s *shell) runJob(ctx context.Context, t *target, start func(context.Context) (ops.Job, error)) (ops.Job, error) {
	if ctx.Err() != nil {
		return ops.Job{}, context.Cause(ctx)
	}
	job, err := start(context.WithoutCancel(ctx)) // a short call; cut off, nobody would know what to cancel
	if err != nil {
		return ops.Job{}, err
	}
	m := s.newMeter(job.Kind + " " + job.Connection)
	job, err = s.followJob(ctx, t, job, m)
	m.end()
	switch {
	case ctx.Err() != nil:
		job = s.cancelJob(ctx, t, job)
		return job, endf(exitLater, "%s of %s was interrupted", job.Kind, job.Connection)
	case err != nil:
		return ops.Job{}, err
	case job.State == ops.JobCancelled:
		return job, endf(exitLater, "%s of %s was cancelled by somebody else", job.Kind, job.Connection)
	case job.State == ops.JobFailed && job.Later:
		return job, endf(exitLater, "%s of %s: %s; try again later", job.Kind, job.Connection, plain(job.Error))
	case job.State == ops.JobFailed:
		return job, endf(exitFailed, "%s of %s: %s", job.Kind, job.Connection, plain(job.Error))
	}
	return job, nil
}

// followJob looks until the job has ended or ctx has. A server that is away for
// a moment is waited for.
func (s *shell) followJob(ctx context.Context, t *target, job ops.Job, m *meter) (ops.Job, error) {
	tick := time.NewTicker(cmp.Or(s.poll, jobPoll))
	defer tick.Stop()
	for misses := 0; job.State == ops.JobRunning; {
		m.show(job.Progress)
		select {
		case <-ctx.Done():
			return job, context.Cause(ctx)
		case <-tick.C:
		}
		seen, err := t.Job(ctx, job.ID)
		switch {
		case err == nil:
			job, misses = seen, 0
		case exitCode(err) != exitLater || misses >= jobMisses:
			return job, fmt.Errorf("job %s can no longer be followed: %w", job.ID, err)
		default:
			misses++
		}
	}
	m.show(job.Progress)
	return job, nil
}

// cancelJob ends a job although ctx has ended, and gives it with its report if
// it ends in time.
func (s *shell) cancelJob(ctx context.Context, t *target, job ops.Job) ops.Job {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), jobEnd)
	defer cancel()
	if _, err := t.CancelJob(ctx, job.ID); err != nil {
		fmt.Fprintf(s.Err, "procpac: job %s could not be cancelled and may go on: %v\n", job.ID, err)
		return job
	}
	ended, err := s.followJob(ctx, t, job, &meter{})
	if err != nil {
		fmt.Fprintf(s.Err, "procpac: job %s was asked to end and has not yet: %v\n", job.ID, err)
	}
	return ended
}
