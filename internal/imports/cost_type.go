package imports

import (
	"context"

	"github.com/procpac/procpac/internal/erp"
)

// costTypes brings Jobpac's cost types, collected from all cost centres, as the
// company's line item types.
func (r *Runner) costTypes() []phase {
	return []phase{{name: "cost types", ready: gathered, take: takeCostTypes}}
}

func gathered(ctx context.Context, j *journey) (bool, error) { return j.gather(ctx) }

func takeCostTypes(_ context.Context, p *part) error {
	p.wantAll(p.gathering().list.Types())
	return nil
}

// wantAll takes what was made from a whole list.
func (p *part) wantAll(entries []erp.Entry, problems []erp.Problem, notes []string) {
	p.note(notes...)
	for _, problem := range problems {
		p.refuse(problem)
	}
	for _, entry := range entries {
		p.want(entry, erp.Row{}, linked{})
	}
}
