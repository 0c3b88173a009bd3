package app

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/flow"
	"github.com/procpac/procpac/internal/imports"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/ops"
)

// followEvery is how often an import that somebody waits for is looked at.
const followEvery = 200 * time.Millisecond

// sync imports because somebody asked: a dry run here and now, anything else by
// a hint on the bus whose effect is followed to its end. A connection that only
// observes has dry runs alone.
func (p *process) sync(ctx context.Context, o ops.SyncOrder, tell func(ops.Progress)) (ops.SyncReport, error) {
	c := p.connection(o.Connection)
	if c == nil {
		return ops.SyncReport{}, noConnection(o.Connection)
	}
	if o.Project != "" && !strings.Contains(o.Project, "|") {
		o.Project = erp.JobKey{WorkID: c.config.Jobpac.WorkID, Job: o.Project}.Origin()
	}
	if o.DryRun || observes(c) {
		return p.dryRun(ctx, o, tell)
	}
	now := time.Now()
	order := erp.ImportOrder{Objects: o.Objects, Project: o.Project, Full: o.Full}
	e := importEvent(c, "sync-"+ulid.Make().String(), order, erp.FromPerson, o.Actor, now)
	if err := p.bus.Publish(ctx, e); err != nil {
		return ops.SyncReport{}, err
	}
	return p.follow(ctx, c, order, journal.NewKey(c.name, journal.KindImport, e.ResourceID), tell)
}

// connection is one of this process, nil if there is none of that name.
func (p *process) connection(name string) *clients {
	for _, c := range p.clients {
		if c.name == name {
			return c
		}
	}
	return nil
}

// follow waits until an import has ended and gathers what it did.
func (p *process) follow(ctx context.Context, c *clients, order erp.ImportOrder, key journal.Key, tell func(ops.Progress)) (ops.SyncReport, error) {
	r := ops.SyncReport{Effect: key.String(), Objects: []ops.ImportSummary{}}
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for {
		effect, err := p.bus.Journal().Load(ctx, key)
		if err != nil {
			return r, err
		}
		if r.Objects, err = p.summaries(ctx, c, order, effect); err != nil {
			return r, err
		}
		for _, s := range r.Objects {
			tell(ops.Progress{What: string(s.Object), Done: s.Read})
		}
		if r.State = string(effect.State); effect.State.Settled() {
			if effect.State != journal.Done {
				r.Reason = effect.Last.Reason
			}
			return r, nil
		}
		select {
		case <-ctx.Done():
			return r, ctx.Err()
		case <-tick.C:
		}
	}
}

// summaries reads how far the objects of an effect's run have come.
func (p *process) summaries(ctx context.Context, c *clients, order erp.ImportOrder, e journal.Effect) ([]ops.ImportSummary, error) {
	all := []ops.ImportSummary{}
	for _, object := range order.Objects {
		name := journal.ImportRegister(object)
		if order.Project != "" {
			name = journal.ImportJobRegister(object, order.Project)
		}
		reg, _, err := p.bus.Journal().LoadRegister(ctx, c.name, name)
		if err != nil {
			return all, err
		}
		if reg.Import != nil && reg.Import.Run == flow.ImportRun(e) {
			all = append(all, summaryOfMark(object, *reg.Import))
		}
	}
	return all, nil
}

// dryRun tells what an import would write. It needs what the workers of this
// process remember.
func (p *process) dryRun(ctx context.Context, o ops.SyncOrder, tell func(ops.Progress)) (ops.SyncReport, error) {
	r := ops.SyncReport{Objects: []ops.ImportSummary{}}
	for _, l := range p.lines {
		if l.name != o.Connection {
			continue
		}
		for _, object := range o.Objects {
			report, err := l.imports.Run(ctx, imports.Run{
				ID: "dry-" + ulid.Make().String(), Object: object, Project: o.Project, Full: o.Full, DryRun: true,
				Late: func() bool { return ctx.Err() != nil }, Progress: func(at imports.Progress) { tell(ops.Progress{What: string(object), Done: at.Summary.Read}) },
			})
			r.Objects = append(r.Objects, summaryOf(report.Summary))
			if err != nil {
				return r, err
			}
		}
		return r, nil
	}
	return r, &ops.NotHere{What: "dry runs of imports"}
}

// cachePath is where a connection's imports remember what Procore was given.
func cachePath(dir, connection string) string {
	return filepath.Join(dir, fmt.Sprintf("imports-%s.db", connection))
}

// summaryOf is a run's summary as an operator reads it.
func summaryOf(s imports.Summary) ops.ImportSummary {
	sum := ops.ImportSummary{
		Object: s.Object, Read: s.Read, New: s.New, Changed: s.Changed, Unchanged: s.Unchanged, Refused: s.Refused, Calls: s.Calls,
		Notes: s.Notes, Started: s.Started, Ended: s.Ended, Refusals: []ops.ImportRefusal{},
	}
	for _, p := range s.Refusals {
		sum.Refusals = append(sum.Refusals, ops.ImportRefusal(p))
	}
	return sum
}

// summaryOfMark is the summary of the run that a register tells of.
func summaryOfMark(object erp.Object, m journal.ImportMark) ops.ImportSummary {
	n := m.Counts
	sum := ops.ImportSummary{
		Object: object, Read: n.Read, New: n.New, Changed: n.Changed, Unchanged: n.Unchanged, Refused: n.Refused, Calls: n.Calls,
		Notes: m.Notes, Started: m.Started, Ended: m.Ended, Refusals: []ops.ImportRefusal{},
	}
	for _, p := range m.Refusals {
		sum.Refusals = append(sum.Refusals, ops.ImportRefusal(p))
	}
	return sum
}
