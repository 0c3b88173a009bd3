package jobpac

import (
	"context"
	"net/url"

	"github.com/procpac/procpac/internal/erp"
)

// job reads one job; nil when there is none.
func (c *Client) job(ctx context.Context, key erp.JobKey) (*erp.Job, error) {
	if key.Job == "" {
		return nil, nil
	}
	return c.jobs.get(ctx, key.Origin(), func(ctx context.Context) (*erp.Job, bool, error) {
		op := jobListing()
		rows, err := c.list(ctx, op, url.Values{"WorkId": {key.WorkID}, "Job": {key.Job}})
		for _, r := range rows {
			fits, errFits := wanted(op, r, "WorkId", key.WorkID, map[string]string{"Job": key.Job})
			if errFits != nil {
				return nil, false, errFits
			}
			if fits {
				return c.readJob(key, r), true, nil
			}
		}
		return nil, false, err
	})
}

// readJob reads an answer row. That a job shows these columns is assumed; they
// are parameters of the listing (documented).
func (c *Client) readJob(key erp.JobKey, r row) *erp.Job {
	job := &erp.Job{
		Key: key, Description: r["Description"], Status: r["Status"],
		Active: tristate(r, "Active"), AllowCostUpdates: tristate(r, "AllowCostUpdates"),
		FinanciallyComplete: tristate(r, "FinanciallyComplete"),
	}
	switch c.letters.of("job", job.Status) {
	case LetterStopped:
		job.Active = erp.No
	case LetterComplete:
		job.FinanciallyComplete = erp.Yes
	case LetterOpen:
		job.Active = ifUnshown(job.Active, erp.Yes)
		job.FinanciallyComplete = ifUnshown(job.FinanciallyComplete, erp.No)
	}
	return job
}

func ifUnshown(flag, instead erp.Tristate) erp.Tristate {
	if flag == erp.Unshown {
		return instead
	}
	return flag
}
