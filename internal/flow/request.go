package flow

import (
	"context"
	"fmt"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// Remover deletes a cost code, an assignment or a job cost in Procore. One that
// is not there is no error, so the call may be repeated.
type Remover interface {
	Remove(ctx context.Context, t erp.EntryType, project, id erp.ID) error
}

// prepareRequest does what the dictionary says of a request that carries no
// document of its own.
func (w *work) prepareRequest(ctx context.Context) *Verdict {
	r := routes()[w.req.Name]
	told := w.req.Import
	switch {
	case told != nil && len(told.Rows) > 0 && (w.req.Unreadable != "" || r.do == refuse) && !w.Observe:
		return w.rowsRefused(ctx, problemUnsupported(w.req, r.words))
	case w.req.Unreadable != "":
		return w.unsupported(ctx)
	case r.do == bring && told != nil && (!r.project || told.JobOrigin != ""):
		order := erp.ImportOrder{Objects: r.objects}
		if r.project {
			order.Project = told.JobOrigin
		}
		return w.prepareImport(ctx, order)
	case r.do == remember && told != nil:
		return w.linked(ctx, r)
	case r.do == forget && told != nil:
		return w.unlinked(ctx, r)
	case r.do == remove && told != nil:
		return w.deleted(ctx, r)
	case len(w.req.Invoices) > 0:
		return w.prepareBatch(ctx)
	case w.req.Unlink != nil:
		return w.prepareUnlink(ctx)
	case r.do == note:
		return w.noted(r.words)
	}
	return w.unsupported(ctx)
}

// noted ends a request that only tells something.
func (w *work) noted(words string) *Verdict {
	w.target = target{aggregate: w.aggregate}
	w.plan = &journal.Plan{Kind: journal.KindRequest, Aggregate: w.aggregate, Title: words, Fingerprint: w.content}
	w.ride(journal.Move{To: journal.Planned})
	if !w.Observe {
		w.ride(journal.Move{To: journal.Claimed})
	}
	return nil
}

// linked takes over which records belong to which origin ids. What was merged
// away belongs to none.
func (w *work) linked(ctx context.Context, r route) *Verdict {
	if err := w.Imports.Forget(ctx, r.entry, origins(w.req.Import.Sources)...); err != nil {
		return ptr(w.failed(ctx, err))
	}
	if err := w.Imports.Remember(ctx, r.entry, w.req.Import.Records); err != nil {
		return ptr(w.failed(ctx, err))
	}
	return w.noted(fmt.Sprintf("%s: %d record(s) noted as linked to Jobpac", w.req.Name, len(w.req.Import.Records)))
}

// unlinked forgets what belongs to no origin id any more.
func (w *work) unlinked(ctx context.Context, r route) *Verdict {
	told := w.req.Import
	var err error
	if r.entry == erp.EntryProject && told.JobOrigin != "" {
		err = w.Imports.ForgetProject(ctx, told.JobOrigin)
	} else {
		err = w.Imports.Forget(ctx, r.entry, origins(told.Records)...)
	}
	if err != nil {
		return ptr(w.failed(ctx, err))
	}
	return w.noted(fmt.Sprintf("%s: %d record(s) noted as linked to Jobpac no more", w.req.Name, max(1, len(told.Records))))
}

// origins lists the origin ids of records that have one.
func origins(records []erp.Known) []string {
	var all []string
	for _, r := range records {
		if r.Origin != "" {
			all = append(all, r.Origin)
		}
	}
	return all
}

// deleted answers each row that Procore asks to delete: success where Jobpac
// has it no more, and then it is deleted in Procore, else failed.
func (w *work) deleted(ctx context.Context, r route) *Verdict {
	if w.Observe {
		return w.noted(fmt.Sprintf("%s: %d row(s) to decide upon", w.req.Name, len(w.req.Import.Rows)))
	}
	for _, row := range w.req.Import.Rows {
		if v := w.deleteRow(ctx, r, row); v.Settle != Ack {
			return &v
		}
	}
	return w.noted(fmt.Sprintf("%s: %d row(s) answered", w.req.Name, len(w.req.Import.Rows)))
}

// rowsRefused refuses every row of a request by itself.
func (w *work) rowsRefused(ctx context.Context, problem erp.Problem) *Verdict {
	for _, row := range w.req.Import.Rows {
		one, v := w.row(ctx, row)
		if v == nil && !one.effect.State.Settled() {
			one.plan = &journal.Plan{Kind: journal.KindDeletion, Aggregate: w.aggregate, Title: w.req.Name, Fingerprint: w.content}
			one.ride(journal.Move{To: journal.Planned})
			v = ptr(one.reject(ctx, []erp.Problem{problem}))
		} else if v == nil {
			v = ptr(one.closeEnded(ctx))
		}
		if v.Settle != Ack {
			return v
		}
	}
	if w.req.DetailID != 0 {
		return ptr(w.reject(ctx, []erp.Problem{problem}))
	}
	return w.noted(fmt.Sprintf("%s: %d row(s) refused: %s", w.req.Name, len(w.req.Import.Rows), problem.Message))
}

// row makes the work on one row, an effect of its own that carries the row's
// request detail. A verdict: it was answered before, or cannot be read.
func (w *work) row(ctx context.Context, row erp.ClosedBy) (*work, *Verdict) {
	one := &work{Road: w.Road, event: w.event, req: w.req, started: w.started, aggregate: w.aggregate, content: w.content}
	one.req.DetailID = row.Detail
	one.effect.Key = journal.NewKey(w.Connection, journal.KindDeletion, row.Detail)
	if err := one.load(ctx); err != nil {
		return one, ptr(one.journalAway(err))
	}
	if _, told := one.effect.Closed[int64(w.req.ID)]; told {
		return one, ptr(one.acked("answered before"))
	}
	return one, nil
}

// deleteRow ends one row.
func (w *work) deleteRow(ctx context.Context, r route, row erp.ClosedBy) Verdict {
	one, v := w.row(ctx, row)
	if v != nil {
		return *v
	}
	if fixed, ok := one.effect.Telling[int64(w.req.ID)]; ok && fixed.Outcome == string(erp.Failed) {
		return one.closeEnded(ctx)
	}
	name, stands, err := w.standsInJobpac(ctx, r, row)
	if err == nil && !stands {
		err = w.removeRow(ctx, r, row)
	}
	if err != nil && fault.Of(err) != fault.Permanent {
		return one.failed(ctx, err)
	}
	one.plan = &journal.Plan{Kind: journal.KindDeletion, Aggregate: w.aggregate, Title: "Deleted in Procore: " + name, Fingerprint: w.content}
	if one.effect.State != journal.Applied {
		one.ride(journal.Move{To: journal.Planned})
	}
	switch {
	case err != nil:
		return one.reject(ctx, []erp.Problem{{Rule: ruleStillInJobpac, Where: name, Message: name + " could not be deleted: " + fault.Said(err)}})
	case stands:
		return one.reject(ctx, []erp.Problem{{Rule: ruleStillInJobpac, Where: name, Message: name + " is still in Jobpac: remove it there first, then delete it in Procore."}})
	case one.effect.State != journal.Applied:
		one.ride(journal.Move{To: journal.Claimed})
		one.ride(journal.Move{To: journal.Applied})
	default:
		one.plan = nil
	}
	return one.closeSuccess(ctx)
}

// removeRow deletes a row in Procore, an assignment with its job cost.
func (w *work) removeRow(ctx context.Context, r route, row erp.ClosedBy) error {
	project := w.req.Import.Project
	if row.JobCost != 0 {
		if err := w.Remover.Remove(ctx, erp.EntryJobCost, project, row.JobCost); err != nil {
			return err
		}
	}
	return w.Remover.Remove(ctx, r.entry, project, row.ID)
}

// standsInJobpac tells whether the row's cost code, or its cost centre, is on
// the job in Jobpac, and names it for people.
func (w *work) standsInJobpac(ctx context.Context, r route, row erp.ClosedBy) (name string, stands bool, err error) {
	origin := or(row.Origin, row.CostCodeOrigin)
	job, err := erp.ParseJobKey(w.req.Import.JobOrigin)
	if err != nil {
		return origin, false, fault.New(fault.Permanent, w.req.Name, err)
	}
	code, err := erp.ParseCostCode(origin, job)
	if err != nil {
		return origin, false, fault.New(fault.Permanent, w.req.Name, err)
	}
	costType := ""
	if name = "cost code " + code; r.entry == erp.EntryAssignment {
		if costType, err = erp.ParseCostType(row.CostTypeOrigin); err != nil {
			return name, false, fault.New(fault.Permanent, w.req.Name, err)
		}
		name += " with cost type " + costType
	}
	facts, err := w.Ledger.Facts(ctx, erp.FactsQuery{Job: job, CostCodes: []string{code}, Fresh: true})
	if err != nil {
		return name, false, err
	}
	for _, c := range facts.Centres {
		stands = stands || costType == "" || erp.Code(c.Key.CostType) == costType
	}
	return name + " of job " + job.Job, stands, nil
}
