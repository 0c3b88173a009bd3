package imports

import (
	"context"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// phase is one step of an object's plan. Phases follow each other; each reads
// one listing in parts, once, or once for every job with a linked project.
type phase struct {
	name   string // fixed: checkpoints hold it
	byJob  bool
	window bool // the listing is read by time of change
	// ready prepares what every part of the phase needs, once in each go; nil:
	// nothing. It tells whether it came to its end before the go was late.
	ready func(ctx context.Context, j *journey) (bool, error)
	read  func(ctx context.Context, j *journey, job linked) (erp.Reading, error)
	// load gives a part in the place of one that Jobpac shows; nil: Jobpac does.
	load func(ctx context.Context, j *journey, job linked) (erp.Part, error)
	// take translates the rows of a part into wanted entries.
	take func(ctx context.Context, p *part) error
	// after is run when the job's last part was taken and before its checkpoint;
	// nil: nothing.
	after func(ctx context.Context, j *journey, job linked) error
	// over is run when the phase came to its end; nil: nothing.
	over func(ctx context.Context, j *journey) error
}

// walk goes through the phases from the checkpoint on.
func (j *journey) walk(ctx context.Context) error {
	for i := j.phaseAt(); i < len(j.plan); i++ {
		if j.mark.Place.Phase != j.plan[i].name {
			j.mark.Place = journal.ImportPlace{Phase: j.plan[i].name}
		}
		done, err := j.through(ctx, j.plan[i])
		if err != nil {
			return err
		}
		if done && i < len(j.plan)-1 {
			j.mark.Place = journal.ImportPlace{Phase: j.plan[i+1].name}
			done = !j.late()
		}
		if !done {
			return j.pause(ctx)
		}
	}
	return j.finish(ctx)
}

// phaseAt is where the checkpoint stands in the plan; a phase that the plan
// does not know, as after a change of settings, is the beginning.
func (j *journey) phaseAt() int {
	for i, ph := range j.plan {
		if ph.name == j.mark.Place.Phase {
			return i
		}
	}
	return 0
}

// through goes through one phase, and tells whether it came to its end.
func (j *journey) through(ctx context.Context, ph phase) (bool, error) {
	if ph.ready != nil {
		if done, err := ph.ready(ctx, j); err != nil || !done {
			return false, err
		}
	}
	jobs := []linked{{}}
	if ph.byJob {
		var err error
		if jobs, err = j.jobsToDo(ctx); err != nil {
			return false, err
		}
	}
	begun := false
	for i, job := range jobs {
		if job.Origin < j.mark.Place.Job {
			continue
		}
		if job.Origin != j.mark.Place.Job {
			j.mark.Place = journal.ImportPlace{Phase: ph.name, Job: job.Origin}
		}
		if begun && j.late() {
			return false, nil
		}
		begun = true
		j.leave(job)
		progress := Progress{Object: j.run.Object, Phase: ph.name, Job: job.Origin, Jobs: len(jobs), JobsBegun: i + 1}
		if done, err := j.job(ctx, ph, job, progress); err != nil || !done {
			return false, err
		}
	}
	if ph.over != nil {
		return true, ph.over(ctx, j)
	}
	return true, nil
}

// job goes through the parts of a phase for one job, or for the company.
func (j *journey) job(ctx context.Context, ph phase, job linked, progress Progress) (bool, error) {
	for {
		if ctx.Err() != nil {
			return false, stopped(ctx)
		}
		more, wrote, err := j.onePart(ctx, ph, job)
		if err != nil {
			return false, err
		}
		if err := j.checkpoint(ctx, wrote); err != nil {
			return false, err
		}
		j.tell(progress)
		if !more || j.late() {
			return !more, nil
		}
	}
}

// tell tells whoever listens where the run stands.
func (j *journey) tell(p Progress) {
	if j.run.Progress != nil {
		p.Summary = j.report().Summary
		j.run.Progress(p)
	}
}

// late tells whether this go's time is up.
func (j *journey) late() bool { return !j.run.DryRun && j.run.Late != nil && j.run.Late() }

// onePart reads one part, takes it, and moves the place past it.
func (j *journey) onePart(ctx context.Context, ph phase, job linked) (more, wrote bool, err error) {
	if j.mark.Place.Next == passed {
		return false, false, nil
	}
	read, err := j.next(ctx, ph, job)
	if err != nil {
		return false, false, err
	}
	j.mark.Counts.Read += len(read.Rows)
	p := j.newPart(ph, job, read.Rows)
	if err := ph.take(ctx, p); err != nil {
		return false, false, err
	}
	if wrote, err = p.flush(ctx); err != nil {
		return false, false, err
	}
	j.mark.Place.Next = read.Next
	if read.Next != "" {
		return true, wrote, nil
	}
	j.mark.Place.Next = passed
	if ph.after != nil && !j.run.DryRun {
		err = ph.after(ctx, j, job)
	}
	return false, wrote, err
}

// next reads the part that follows the checkpoint. A phase without a listing has
// one part without rows.
func (j *journey) next(ctx context.Context, ph phase, job linked) (erp.Part, error) {
	if ph.load != nil {
		return ph.load(ctx, j, job)
	}
	if ph.read == nil {
		return erp.Part{}, nil
	}
	reading, err := ph.read(ctx, j, job)
	if err != nil {
		return erp.Part{}, err
	}
	reading.After = j.mark.Place.Next
	return j.parts.Jobpac.Read(ctx, reading)
}

func (j *journey) newPart(ph phase, job linked, rows []erp.Row) *part {
	return &part{
		journey: j, phase: ph, job: job, rows: rows,
		places: map[string]int{}, ids: map[string]map[string]erp.ID{}, puts: map[[2]string]string{},
	}
}

// passed stands for a listing's mark where its last part was taken: a go that
// ends there must not read the job again. No listing's own mark is like it.
const passed = "\x00"
