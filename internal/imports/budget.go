package imports

import (
	"context"

	"github.com/procpac/procpac/internal/translate"
)

// budgets brings the original budgets of linked jobs. With the ERP tool a budget
// arrives as job costs, from which the approver imports it: then it is the same
// rows with the same content as an import of job costs sends, so that the two
// never undo each other. Without it budget lines are written.
func (r *Runner) budgets() []phase {
	if r.settings.Rules.ERPTool {
		return []phase{r.totals()}
	}
	return []phase{{name: "budget lines", byJob: true, read: readCentres, take: takeBudgetLines}}
}

func takeBudgetLines(_ context.Context, p *part) error {
	for _, row := range p.rows {
		entry, problems, notes := translate.BudgetLine(row, p.settings.Rules)
		p.wantOr(entry, problems, notes, row, p.job)
	}
	return nil
}
