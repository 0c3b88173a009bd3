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

// jobSource is how all jobs are read. Nothing tells when a job was changed
// (documented): Since and Until are ignored. The sums and the margin of the
// contract are fields of the job (inferred); their names are assumed.
func jobSource() source {
	return source{
		kind: KindJob, op: jobListing(), work: "WorkId", works: []string{"WorkId"},
		must: []string{"Job"}, id: []string{"Job"}, axes: []axis{codes("Job")},
		shown: append([]cell{
			text(erp.ColWorkID, "WorkId"), text(erp.ColJob, "Job"), text(erp.ColDescription, "Description"), text(erp.ColStatus, "Status"),
			yesNo(erp.ColActive, "Active"), yesNo(erp.ColCostsAllowed, "AllowCostUpdates"), yesNo(erp.ColFinComplete, "FinanciallyComplete"),
			text(erp.ColContractSum, "OriginalContractSum"), text(erp.ColMargin, "ContractMargin"), date(erp.ColStart, "StartDate"),
			date(erp.ColCompletion, "TargettedExpectedCompletionDate", "PracticalContractCompletionDate"),
		}, addressCells()...),
	}
}

// addressCells are the columns that jobs and creditors share.
func addressCells() []cell {
	return []cell{
		text(erp.ColAddress1, "AddressLine1"), text(erp.ColAddress2, "AddressLine2"), text(erp.ColSuburb, "Suburb"),
		text(erp.ColState, "State"), text(erp.ColPostCode, "PostCode"), text(erp.ColCountry, "Country"),
		text(erp.ColPhone, "TelephoneNumber", "PhoneNumber"),
	}
}
