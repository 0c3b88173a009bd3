package flow

import (
	"context"
	"fmt"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// Documents reads documents that no ERP request brings.
type Documents interface {
	// Document shows the record of that resource as it is now, a change order with
	// its commitment. One that was deleted is told by Direct.Gone; one that is not
	// shown although it may exist is an error that counts against it: others of the
	// connection may be shown.
	Document(ctx context.Context, resource string, project, id erp.ID) (erp.Request, error)
}

// direct serves a hint that a document was changed: it is read, and acted on
// when it is approved.
func (w *work) direct(ctx context.Context) Verdict {
	if !w.Direct {
		return w.acked("not needed: " + w.event.Resource + " are sent by ERP requests in this connection")
	}
	req, err := w.Documents.Document(ctx, w.event.Resource, w.event.Project, w.event.ResourceID)
	if err != nil {
		return w.unreadDocument(ctx, err)
	}
	w.Points.Reach(failpoint.Read)
	if req.ChangeOrder == nil && erp.LowerTier(w.event.Resource) {
		return w.acked("not needed: it is part of no change order package")
	}
	if req.Direct.Prime {
		return w.acked("not needed: a change order of a prime contract is sent by an ERP request")
	}
	if w.take(req); req.Gone() {
		if w.takeDocument(); w.load(ctx) == nil { // the load under the claim tells of a fault
			w.aggregate = or(w.effect.Plan.Aggregate, w.aggregate)
		}
	}
	return w.alone(ctx, w.runDirect)
}

// takeDocument makes the effect of a document that cannot be read, or is gone.
func (w *work) takeDocument() {
	kind := journal.KindCommitment
	if w.event.Resource == erp.ResourceChangePackages {
		kind = journal.KindChangeOrder
	}
	w.effect.Key = journal.NewKey(w.Connection, kind, w.event.ResourceID)
	w.aggregate = w.effect.Effect
}

// unreadDocument ends a hint whose document could not be read: the system's
// faults leave no trace, its own are counted.
func (w *work) unreadDocument(ctx context.Context, err error) Verdict {
	if ctx.Err() != nil {
		return w.release(ctx, GiveBack, "stopping")
	}
	if erp.LowerTier(w.event.Resource) && !fault.IsSystem(err) { // which change order it is part of is not known
		return w.untilTomorrow(err)
	}
	w.req = erp.Request{Company: w.event.Company, Direct: &erp.Direct{Resource: w.event.Resource, Project: w.event.Project, ID: w.event.ResourceID}}
	w.takeDocument()
	if fault.IsSystem(err) {
		return w.systemDown(ctx, err)
	}
	if loadErr := w.load(ctx); loadErr != nil {
		return w.journalAway(loadErr)
	}
	if w.effect.ByRequest() || w.effect.State.Settled() && w.event.Source == erp.FromWebhook { // not its history's matter
		return w.untilTomorrow(err)
	}
	return w.again(ctx, err)
}

// untilTomorrow puts off what has no history of its own, for a day.
func (w *work) untilTomorrow(err error) Verdict {
	if w.stale24h() {
		v := w.acked("the document could not be read for a day: " + fault.Said(err))
		v.Err = err
		return v
	}
	return w.later(max(fault.After(err), w.patience()), "the document cannot be read: "+fault.Said(err), err)
}

// runDirect acts on the document as it is now.
func (w *work) runDirect(ctx context.Context) Verdict {
	d := w.req.Direct
	if d.Approved() && !d.Gone {
		if v := w.reopened(ctx); v != nil {
			return *v
		}
		if v := w.revised(ctx); v != nil {
			return *v
		}
		return w.run(ctx)
	}
	if err := w.load(ctx); err != nil {
		return w.journalAway(err)
	}
	switch {
	case w.effect.ByRequest() && !w.effect.Stands:
		return w.acked(wordsNotApproved(*d) + "; an ERP request asked for it")
	case w.Observe || w.effect.State == journal.None || w.effect.State.Terminal() && !w.effect.Stands:
		return w.acked(wordsNotApproved(*d))
	case w.effect.State == journal.Parked && w.effect.Last.Rule == ruleWithdrawn:
		return w.acked("parked")
	case w.effect.Stands && !d.Gone && !d.Ended():
		return w.acked(wordsNotApproved(*d) + ", and stands in Jobpac since it was")
	case w.mayComplete(*d):
		return w.complete(ctx)
	case w.effect.Stands || w.touched():
		return w.park(ctx, ruleWithdrawn, wordsWithdrawn(w.effect, *d))
	}
	w.ride(journal.Move{To: journal.Superseded, Reason: wordsNotApproved(*d)})
	if err := w.flush(ctx); err != nil {
		return w.journalAway(err)
	}
	return w.acked(wordsNotApproved(*d))
}

// reread shows what the effect is about as Procore has it now.
func (w *work) reread(ctx context.Context) (erp.Request, error) {
	if s := w.effect.Plan.Source; s != nil && !w.effect.ByRequest() {
		return w.Documents.Document(ctx, s.Resource, erp.ID(s.Project), erp.ID(s.ID))
	}
	return w.Procore.Request(ctx, erp.ID(w.effect.Request))
}

// source names the record that no ERP request brought; nil: one did.
func (w *work) source() *journal.Source {
	if d := w.req.Direct; d != nil {
		return &journal.Source{Resource: d.Resource, Project: int64(d.Project), ID: int64(d.ID)}
	}
	return nil
}

func wordsNotApproved(d erp.Direct) string {
	if d.Gone {
		return "deleted in Procore"
	}
	return fmt.Sprintf("not approved: its status is %q", d.Status)
}

// wordsUnwanted says why an effect is not wanted as the document is now.
func wordsUnwanted(e journal.Effect, d erp.Direct) string {
	if e.Kind() == journal.KindCompletion && !d.Gone {
		return fmt.Sprintf("neither void nor terminated: its status is %q", d.Status)
	}
	return wordsNotApproved(d)
}

func wordsWithdrawn(e journal.Effect, d erp.Direct) string {
	how := "is " + d.Status + " in Procore now"
	if d.Gone {
		how = "was deleted in Procore"
	}
	return fmt.Sprintf("%s stands in Jobpac, in whole or in part, and %s. Jobpac has no delete: complete or finalise it there if it is not wanted any more.", e.Plan.Number, how)
}
