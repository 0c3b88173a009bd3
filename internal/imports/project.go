package imports

import (
	"context"
	"fmt"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/translate"
)

// jobs brings Jobpac's jobs as Procore projects. The listing has no time stamp:
// every run reads all of it.
func (r *Runner) jobs() []phase {
	return []phase{{name: "jobs", read: readJobs, take: takeJobs, over: jobWasThere}}
}

// jobWasThere refuses a single job that is asked for and that Jobpac does not have.
func jobWasThere(_ context.Context, j *journey) error {
	if j.run.Project != "" && j.mark.Counts.Read == 0 && len(j.mark.Refusals) == 0 {
		j.refuse(erp.Problem{Rule: ruleNoJob, Where: "job " + j.run.Project, Message: fmt.Sprintf(
			"Jobpac has no job %s. Check its number and the WorkID of the connection, then run this again.", j.run.Project)})
	}
	return nil
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
