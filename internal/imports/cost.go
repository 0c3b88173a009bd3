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
			name: "direct costs", byJob: true, window: true, ready: spoolLedger, load: spooledRows,
			take: takeLedger, after: ledgerRead, over: dropSpool,
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

// ledgerRead moves a job's window on, or leaves it open where a row must be
// tried again. Each job has a window of its own: one that was linked later has
// not been read before, whenever the last run was.
func ledgerRead(ctx context.Context, j *journey, job linked) error {
	if known, err := j.spooled(ctx, job, &spoolHead{}); !known || err != nil {
		return err
	}
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
