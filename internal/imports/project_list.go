package imports

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/procpac/procpac/internal/erp"
)

// linked is a job and the Procore project that carries its origin id.
type linked struct {
	Origin string
	Key    erp.JobKey
	ID     erp.ID
}

// projects is what Procore has of projects. The list is read anew in every go,
// since people link and unlink; it is held in memory, as an organisation has
// thousands of them at most.
type projects struct {
	linked   []linked             // those of our WorkID, by origin id
	byOrigin map[string]linked    // the same
	byCode   map[string]erp.Known // projects without an origin id, by number
}

// listed gives the projects, read once in a go.
func (j *journey) listed(ctx context.Context) (*projects, error) {
	if j.projects != nil {
		return j.projects, nil
	}
	found := &projects{byOrigin: map[string]linked{}, byCode: map[string]erp.Known{}}
	for known, err := range j.parts.Procore.Known(ctx, erp.EntryProject, 0) {
		if err != nil {
			return nil, fmt.Errorf("list projects: %w", err)
		}
		found.add(known, j.settings.Rules.WorkID)
	}
	slices.SortFunc(found.linked, func(a, b linked) int { return strings.Compare(a.Origin, b.Origin) })
	j.projects = found
	return found, nil
}

// add sorts one project in. One that is linked to another WorkID is not ours.
func (p *projects) add(known erp.Known, workID string) {
	if known.Origin == "" {
		if code := erp.Code(known.Code); code != "" {
			p.byCode[code] = known
		}
		return
	}
	key, err := erp.ParseJobKey(known.Origin)
	if err != nil || key.WorkID != erp.Code(workID) {
		return
	}
	l := linked{Origin: key.Origin(), Key: key, ID: known.ID}
	if _, twice := p.byOrigin[l.Origin]; !twice {
		p.linked = append(p.linked, l)
	}
	p.byOrigin[l.Origin] = l
}

// jobsToDo are the linked jobs of the run, in the order of their origin ids. A
// single job that is asked for and not linked is refused.
func (j *journey) jobsToDo(ctx context.Context) ([]linked, error) {
	all, err := j.listed(ctx)
	if err != nil {
		return nil, err
	}
	if j.run.Project == "" {
		return all.linked, nil
	}
	one, ok := all.byOrigin[j.run.Project]
	if !ok {
		if len(j.mark.Refusals) == 0 { // told once, not by each phase
			j.refuse(notLinked(j.run.Project))
		}
		return nil, nil
	}
	return []linked{one}, nil
}

func notLinked(job string) erp.Problem {
	return erp.Problem{Rule: ruleNoProject, Where: "job " + job, Message: fmt.Sprintf(
		"Job %s has no project in Procore, so nothing can be imported for it. Import the job into Procore, then run this again.", job)}
}
