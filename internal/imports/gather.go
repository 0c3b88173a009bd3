package imports

import (
	"context"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/translate"
)

// gathering is the list of codes and types that a run collects from all cost
// centres before it writes any: Jobpac has no list of its own for them. It is
// held by the Runner from go to go, and is the one thing that grows with the
// organisation: by its codes, not by its rows. A process that has none of this
// run reads the cost centres again.
type gathering struct {
	run  string
	list *translate.CodeList // must see all jobs, also in a run for one
	next string
	done bool
	only string // the job whose rows are still to be added to a list that another run has just gathered
}

// recent is the list that the last run over all jobs gathered. A run for one job
// takes it over for an hour and adds that job's own rows: reading the whole
// organisation for each of its jobs would be absurd.
type recent struct {
	list *translate.CodeList
	at   time.Time
}

// recentFor is how long a list may be taken over.
const recentFor = time.Hour

// gather collects until the listing ends or the go is late.
func (j *journey) gather(ctx context.Context) (bool, error) {
	g := j.gathering()
	for !g.done {
		if ctx.Err() != nil {
			return false, stopped(ctx)
		}
		reading := erp.Reading{Listing: erp.ListCentres, WorkID: j.settings.Rules.WorkID, Job: g.only, After: g.next}
		read, err := j.parts.Jobpac.Read(ctx, reading)
		if err != nil {
			return false, err
		}
		for _, row := range read.Rows {
			g.list.Add(row)
		}
		g.next, g.done = read.Next, read.Next == ""
		j.tell(Progress{Object: j.run.Object, Phase: phaseGather})
		if !g.done && j.late() {
			return false, nil
		}
	}
	j.keepList(g)
	return true, nil
}

// keepList leaves a list over all jobs to the runs for one job that follow.
func (j *journey) keepList(g *gathering) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.run.Project == "" {
		j.recent = recent{list: g.list, at: j.parts.Now()}
	}
}

// phaseGather is the name of the reading in a Progress.
const phaseGather = "cost centres of all jobs"

// gathering is that of this run, begun where there is none.
func (j *journey) gathering() *gathering {
	j.mu.Lock()
	defer j.mu.Unlock()
	name := string(j.run.Object) + " " + j.run.Project
	if g := j.gathered[name]; g != nil && g.run == j.run.ID {
		return g
	}
	g := &gathering{run: j.run.ID, list: translate.NewCodeList(j.settings.Rules)}
	if key, err := erp.ParseJobKey(j.run.Project); err == nil && j.recent.list != nil && j.parts.Now().Sub(j.recent.at) < recentFor {
		g.list, g.only = j.recent.list, key.Job
	}
	j.gathered[name] = g
	return g
}

// drop lets go of what the run gathered.
func (j *journey) drop() {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.gathered, string(j.run.Object)+" "+j.run.Project)
}
