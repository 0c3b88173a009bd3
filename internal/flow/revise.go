package flow

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/translate"
)

// difference is what a revision of now has to bring. why says why it cannot.
func (w *work) difference(c chain) (lines []erp.Line, why string) {
	job, err := erp.ParseJobKey(w.req.JobOrigin)
	switch plan := c.doc.Plan; {
	case err != nil || erp.Code(w.req.JobOrigin) != plan.Project:
		return nil, "its project is not linked to the job it was entered on"
	case w.otherCreditor(plan.Creditor):
		return nil, "its company is not the creditor it was entered for"
	}
	return translate.Revise(w.linesNow(), c.entered(job), job, w.Rules)
}

// otherCreditor tells whether the commitment is of another company than it was
// entered for.
func (w *work) otherCreditor(entered string) bool {
	key, err := erp.ParseCreditorKey(w.req.Commitment.Vendor.Origin)
	return err == nil && entered != "" && key.Creditor != entered
}

// linesNow are the lines of the document as Procore has it.
func (w *work) linesNow() []erp.Line {
	if w.req.ChangeOrder != nil {
		return w.req.ChangeOrder.Lines
	}
	return w.req.Commitment.Lines
}

// entered adds up what Jobpac has of every line.
func (c chain) entered(job erp.JobKey) []translate.Entered {
	var all []translate.Entered
	for _, e := range c.standing() {
		steps := map[string]journal.Step{}
		for _, s := range e.Plan.Steps {
			kind, key, _ := strings.Cut(s.ID, " ")
			if isItem(erp.Kind(kind)) {
				steps[key] = s
			}
		}
		for _, l := range append(linesOf(e.Plan.Links), e.Plan.Lines...) {
			step, ok := steps[l.Origin]
			if !ok {
				continue
			}
			line := enteredLine(erp.ID(l.ID), step, job)
			at := slices.IndexFunc(all, func(a translate.Entered) bool { return a.Line == line.Line })
			if at < 0 {
				all = append(all, line)
			} else {
				all[at].Value += line.Value
			}
			delete(steps, l.Origin)
		}
	}
	return all
}

// linesOf are the links of lines.
func linesOf(links []journal.Link) []journal.Link {
	return slices.DeleteFunc(slices.Clone(links), func(l journal.Link) bool { return l.Type != erp.ItemLine })
}

func isItem(kind erp.Kind) bool {
	return kind == erp.KindOrderItem || kind == erp.KindSubcontractItem || kind == erp.KindVariationItem
}

// enteredLine reads a line out of the step that entered it.
func enteredLine(id erp.ID, step journal.Step, job erp.JobKey) translate.Entered {
	value, _ := erp.ParseMoney(step.Value(string(erp.ColValue))) // as we wrote it
	line := translate.Entered{
		Line: id, Value: value, Description: step.Value(string(erp.ColDescription)),
		Place: erp.Place{Centre: erp.CostCentreKey{JobKey: job, CostCode: step.Value(string(erp.ColCostCode)), CostType: step.Value(string(erp.ColCostType))}},
	}
	of := erp.ColOrderItem
	if strings.HasPrefix(step.ID, string(erp.KindSubcontractItem)+" ") {
		of = erp.ColItem
	}
	line.Place.OrderItem = itemNumber(erp.Row{Values: map[erp.Name]string{erp.ColItem: step.Value(string(of))}})
	return line
}

// takeRevision makes it the work on the document's next revision: a change order
// with these lines that nobody made in Procore.
func (w *work) takeRevision(c chain, lines []erp.Line) {
	w.effect = journal.Effect{Key: c.next()}
	_, n, _ := w.effect.Key.Revised()
	at := w.revisedAt(c)
	o := erp.ChangeOrder{ID: w.req.Commitment.ID, ContractID: w.req.Commitment.ID, Number: w.req.Commitment.Number, Title: w.req.Commitment.Title, Currency: w.req.Commitment.Currency}
	of := erp.CommitmentReference(o.ID)
	if w.req.ChangeOrder != nil {
		o, of = *w.req.ChangeOrder, w.req.ChangeOrder.Reference()
	}
	o.Revision = &erp.Revision{Of: of, Number: n}
	o.Number, o.Title = fmt.Sprintf("%s R%d", o.Number, n), fmt.Sprintf("Revision %d: %s", n, o.Title)
	o.Code, o.Status, o.Total, o.Lines, o.CreatedAt, o.ReviewedAt = "", "Approved", erp.Decimal{}, lines, at, at
	w.req.ChangeOrder = &o
}

// revisedAt is the day of the change: when it was first planned, so that it
// stays the same however often it is tried.
func (w *work) revisedAt(c chain) string {
	if last, open := c.open(); open {
		for _, s := range last.Plan.Steps {
			if day := s.Value(string(erp.ColApproved)); day != "" {
				return day
			}
		}
	}
	return time.Unix(int64(w.req.ID), 0).UTC().Format(time.RFC3339)
}
