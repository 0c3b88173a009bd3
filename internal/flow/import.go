package flow

import (
	"context"
	"fmt"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/imports"
	"github.com/procpac/procpac/internal/journal"
)

// Importer brings Jobpac's records into Procore; package imports has it. A run
// that is asked for again under its id goes on where it was, and one that is
// done tells its result again.
type Importer interface {
	Run(ctx context.Context, run imports.Run) (imports.Report, error)
	// Elsewhere tells whether another process ran the object last and remembers
	// what Procore has.
	Elsewhere(ctx context.Context, object erp.Object) (bool, error)
	// Remember notes which Procore record an origin id belongs to now, Forget
	// and ForgetProject that it belongs to none: what was imported under it is
	// sent again.
	Remember(ctx context.Context, t erp.EntryType, known []erp.Known) error
	Forget(ctx context.Context, t erp.EntryType, origins ...string) error
	ForgetProject(ctx context.Context, jobOrigin string) error
}

// importAggregate is held by the one import of a connection that runs.
const importAggregate = "import"

// takeOrder makes the effect of an import that no request asks for.
func (w *work) takeOrder() {
	w.effect.Key = journal.NewKey(w.Connection, journal.KindImport, w.event.ResourceID)
	w.aggregate = importAggregate
}

// prepareImport runs the imports that the event calls for, part by part, and
// lays their summary down as the plan. A run that is not done when the time of
// this go is up goes on from its checkpoint at the next delivery.
func (w *work) prepareImport(ctx context.Context, order erp.ImportOrder) *Verdict {
	if v := w.superseded(ctx, order); v != nil {
		return v
	}
	if v := w.leave(ctx, order); v != nil {
		return v
	}
	if err := w.openImport(ctx, order); err != nil {
		return ptr(w.journalAway(err))
	}
	w.target = target{aggregate: w.aggregate}
	summary := []string{}
	for _, object := range order.Objects {
		report, err := w.Imports.Run(ctx, imports.Run{
			ID: ImportRun(w.effect), Object: object, Project: order.Project, Full: order.Full, DryRun: w.Observe, Late: func() bool { return w.importLate(ctx) },
		})
		if err != nil {
			return ptr(w.failed(ctx, err))
		}
		if !report.Done {
			return ptr(w.release(ctx, Later, wordsImportGoesOn(report.Summary)))
		}
		summary = append(summary, wordsImported(report.Summary)...)
	}
	plan := w.effect.Plan
	plan.Notes = summary
	w.plan = &plan
	w.ride(journal.Move{To: journal.Planned})
	if !w.Observe {
		w.ride(journal.Move{To: journal.Claimed})
	}
	return nil
}

// leaveFor is how long an import is left to the process that ran it last.
const leaveFor = 30 * time.Second

// leave gives an import back to the process that ran it last, for a while.
func (w *work) leave(ctx context.Context, order erp.ImportOrder) *Verdict {
	if w.Alone || w.Now().Sub(w.event.Received) > leaveFor {
		return nil
	}
	for _, object := range order.Objects {
		elsewhere, err := w.Imports.Elsewhere(ctx, object)
		if err != nil {
			return ptr(w.journalAway(err))
		}
		if elsewhere {
			return ptr(w.later(w.Jitter(soon)+soon, "left to the process that imported it last", nil))
		}
	}
	return nil
}

// openImport puts on record that an import begins: its run is named after that
// moment, so that a replay is another run.
func (w *work) openImport(ctx context.Context, order erp.ImportOrder) error {
	if s := w.effect.State; s != journal.None && !s.Settled() {
		return nil
	}
	w.plan = &journal.Plan{Kind: w.effect.Kind(), Aggregate: w.aggregate, Title: titleImport(order), Project: order.Project, Fingerprint: w.content}
	w.ride(journal.Move{To: journal.Planned})
	return w.flush(ctx)
}

// ImportRun names the run of an import's effect since it was last begun anew.
func ImportRun(e journal.Effect) string {
	return fmt.Sprintf("%s@%d", e.Effect, e.First.UnixMilli()+int64(e.Begun))
}

// importLate tells a run that it must pause here, and keeps the claim while it
// need not.
func (w *work) importLate(ctx context.Context) bool {
	if ctx.Err() != nil || w.late() || w.Halted() != "" {
		return true
	}
	w.renew(ctx)
	return false
}

// superseded ends a scheduled import whose objects have all been brought since
// it was put on the bus.
func (w *work) superseded(ctx context.Context, order erp.ImportOrder) *Verdict {
	if w.event.Source != erp.FromSchedule || w.effect.State != journal.None {
		return nil
	}
	for _, object := range order.Objects {
		reg, _, err := w.Journal.LoadRegister(ctx, w.Connection, journal.ImportRegister(object))
		if err != nil {
			return ptr(w.journalAway(err))
		}
		if reg.Import == nil || !reg.Import.Started.After(w.event.At) {
			return nil
		}
	}
	return ptr(w.acked("imported since by another run"))
}

// titleImport names an import for people.
func titleImport(order erp.ImportOrder) string {
	title := "Import of"
	for i, object := range order.Objects {
		if i > 0 {
			title += ","
		}
		title += " " + string(object)
	}
	if order.Project != "" {
		title += " of job " + order.Project
	}
	return title
}
