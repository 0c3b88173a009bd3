package imports

import (
	"context"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/translate"
)

// jobCosts brings the totals of each cost centre of linked jobs, and where that
// is wanted each cost transaction.
func (r *Runner) jobCosts() []phase {
	plan := []phase{r.totals()}
	if r.settings.DirectCosts {
		plan = append(plan, phase{
			name: "direct costs", byJob: true, window: true, read: readLedger, take: takeLedger, after: ledgerRead,
		})
	}
	return plan
}

// totals is the phase that budgets and job costs share.
func (r *Runner) totals() phase {
	return phase{name: "job costs", byJob: true, read: readTotals, take: takeTotals}
}

func readTotals(_ context.Context, _ *journey, job linked) (erp.Reading, error) {
	return erp.Reading{Listing: erp.ListCentreCosts, WorkID: job.Key.WorkID, Job: job.Key.Job}, nil
}

func takeTotals(_ context.Context, p *part) error {
	for _, row := range p.rows {
		entry, problems, notes := translate.JobCost(row, p.settings.Rules)
		p.wantOr(entry, problems, notes, row, p.job)
	}
	return nil
}

// readLedger reads a job's postings since the last time that all of them were
// taken. Each job has a window of its own: one that was linked later has not
// been read before, whenever the last run was.
func readLedger(ctx context.Context, j *journey, job linked) (erp.Reading, error) {
	reading := erp.Reading{Listing: erp.ListLedger, WorkID: job.Key.WorkID, Job: job.Key.Job}
	if j.run.Full || j.blind {
		return reading, nil
	}
	key := job.ID.String() // another project has none of the job's costs
	found, err := j.parts.Cache.Get(ctx, sinceScope(j.lineage(j.run.Object), job.Origin), []string{key})
	if at, bad := time.Parse(time.RFC3339Nano, found[key]); bad == nil {
		reading.Since = at.Add(-j.settings.Overlap)
	}
	return reading, err
}

// ledgerRead moves a job's window on, or leaves it open where a row must be
// tried again.
func ledgerRead(ctx context.Context, j *journey, job linked) error {
	from, value := nextFrom(j.mark), ""
	if !from.IsZero() {
		value = from.Format(time.RFC3339Nano)
	}
	return j.parts.Cache.Put(ctx, map[[2]string]string{{sinceScope(j.lineage(j.run.Object), job.Origin), job.ID.String()}: value})
}

// takeLedger wants a direct cost and its line for each posting.
func takeLedger(_ context.Context, p *part) error {
	for _, row := range p.rows {
		cost, problems, notes := translate.DirectCost(row, p.settings.Rules)
		p.wantOr(cost, problems, notes, row, p.job)
		if len(problems) == 0 {
			line, problems, notes := translate.DirectCostLine(row, p.settings.Rules)
			p.wantOr(line, problems, notes, row, p.job)
		}
	}
	return nil
}
