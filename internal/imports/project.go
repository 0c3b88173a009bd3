package imports

import (
	"context"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/translate"
)

// jobs brings Jobpac's jobs as Procore projects. The listing has no time stamp:
// every run reads all of it.
func (r *Runner) jobs() []phase {
	return []phase{{name: "jobs", read: readJobs, take: takeJobs}}
}

func readJobs(_ context.Context, j *journey, _ linked) (erp.Reading, error) {
	return erp.Reading{Listing: erp.ListJobs, WorkID: j.settings.Rules.WorkID, Job: j.onlyJob()}, nil
}

func takeJobs(ctx context.Context, p *part) error {
	list, err := p.listed(ctx)
	if err != nil {
		return err
	}
	for _, row := range p.rows {
		key := erp.JobKey{WorkID: p.settings.Rules.WorkID, Job: row.Get(erp.ColJob)}
		id := list.byOrigin[key.Origin()].ID
		entry, problems, notes := translate.Project(row, id, p.settings.Rules)
		if there, exists := list.byCode[erp.Code(key.Job)]; exists && id == 0 && len(problems) == 0 {
			problems = append(problems, translate.ProjectExists(row, there, p.settings.Rules))
		}
		p.wantOr(entry, problems, notes, row, linked{})
	}
	return nil
}

// onlyJob is the job of a run for one job.
func (j *journey) onlyJob() string {
	key, err := erp.ParseJobKey(j.run.Project)
	if err != nil {
		return ""
	}
	return key.Job
}
