package imports

import (
	"context"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/translate"
)

// headContracts brings the head contract of each linked job that has one as a
// prime contract, with its claim codes as lines.
func (r *Runner) headContracts() []phase {
	return []phase{{name: "head contracts", read: readJobs, take: takeHeadContracts}}
}

func takeHeadContracts(ctx context.Context, p *part) error {
	list, err := p.listed(ctx)
	if err != nil {
		return err
	}
	for _, row := range p.rows {
		key := erp.JobKey{WorkID: p.settings.Rules.WorkID, Job: row.Get(erp.ColJob)}
		job, ok := list.byOrigin[key.Origin()]
		if !ok {
			continue
		}
		claims, err := p.claimCodes(ctx, job)
		if err != nil {
			return err
		}
		entry, problems, notes := translate.HeadContract(row, claims, p.settings.Rules)
		p.wantOr(entry, problems, notes, row, job)
	}
	return nil
}

// claimCodes reads all claim codes of a job: a contract is written with all of
// its lines.
func (p *part) claimCodes(ctx context.Context, job linked) ([]erp.Row, error) {
	var rows []erp.Row
	for after := ""; ; {
		read, err := p.parts.Jobpac.Read(ctx, erp.Reading{
			Listing: erp.ListClaimCodes, WorkID: job.Key.WorkID, Job: job.Key.Job, After: after,
		})
		if err != nil {
			return nil, err
		}
		p.mark.Counts.Read += len(read.Rows)
		rows = append(rows, read.Rows...)
		if after = read.Next; after == "" {
			return rows, nil
		}
	}
}
