package imports

import (
	"context"
	"errors"
	"fmt"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/translate"
)

// costCodes brings Jobpac's cost codes: first the company's list, collected from
// all cost centres, then the codes of each linked project with the cost types
// they are used with.
func (r *Runner) costCodes() []phase {
	return []phase{
		{name: "company cost codes", ready: gathered, take: takeStandardCodes},
		{name: "project cost codes", byJob: true, ready: gathered, read: readCentres, take: takeProjectCodes},
	}
}

// takeStandardCodes wants the company's codes. A run for one job brings them too:
// what a code is, and is called, is decided over all jobs.
func takeStandardCodes(ctx context.Context, p *part) error {
	var err error
	if p.list, err = p.codeList(ctx); err != nil {
		return err
	}
	p.wantAll(p.gathering().list.Codes())
	return nil
}

// codeList is the company's list of the ERP connection (documented: there is one).
func (p *part) codeList(ctx context.Context) (erp.ID, error) {
	for known, err := range p.parts.Procore.Known(ctx, erp.EntryCodeList, 0) {
		if err != nil {
			return 0, fmt.Errorf("list standard cost code lists: %w", err)
		}
		if known.Fields["is_erp_list"] == "true" {
			return known.ID, nil
		}
	}
	return 0, fault.New(fault.Permanent, "standard cost code list", errors.New(
		"the Procore company has no ERP cost code list, to which all cost codes belong: set up the ERP connection first"))
}

func readCentres(_ context.Context, j *journey, job linked) (erp.Reading, error) {
	return erp.Reading{Listing: erp.ListCentres, WorkID: job.Key.WorkID, Job: job.Key.Job}, nil
}

// takeProjectCodes wants a cost code for each row, and for a cost centre its
// section and the assignment of its type. The sections come first: a code can
// only stand under one that is there.
func takeProjectCodes(_ context.Context, p *part) error {
	list, rules := p.gathering().list, p.settings.Rules
	for _, row := range p.rows {
		if section, ok := translate.ProjectSection(row, list, rules); ok && !translate.Heading(row) {
			p.wantToo(section, p.job)
		}
	}
	for _, row := range p.rows {
		code, problems, notes := translate.ProjectCode(row, list, rules)
		p.wantOr(code, problems, notes, row, p.job)
		if len(problems) == 0 {
			assignment, problems, notes := translate.Assignment(row, rules)
			p.wantOr(assignment, problems, notes, row, p.job)
		}
	}
	return nil
}
