package app

import (
	"context"
	"time"

	"github.com/procpac/procpac/internal/audit"
	"github.com/procpac/procpac/internal/ops"
	"github.com/procpac/procpac/internal/sweep"
)

// firstSweep is how long after its start a process sweeps at the latest: what
// was thrown away while it was down is looked for soon, and not while it starts.
const firstSweep = time.Minute

// openSweepers makes a sweeper for each connection.
func (p *process) openSweepers(context.Context) error {
	if p.view == nil {
		return nil
	}
	for _, c := range p.clients {
		var approvals sweep.Approvals
		if c.config.Intake != "erp" {
			approvals = c.procore
		}
		p.sweepers = append(p.sweepers, sweep.New(sweep.Config{
			Approvals:  approvals,
			Connection: c.name, Company: c.company, GoLive: goLive(c.config), Procore: c.procore, Journal: p.bus.Journal(),
			Live: p.view.Walk(), Bus: p.bus, Now: time.Now, Log: c.log,
		}))
	}
	return nil
}

// sweep sweeps one connection because somebody asked.
func (p *process) sweep(ctx context.Context, connection string, o sweep.Options) (sweep.Report, error) {
	for i, c := range p.clients {
		if c.name == connection {
			return p.sweepers[i].Sweep(ctx, o)
		}
	}
	return sweep.Report{}, noConnection(connection)
}

// audit audits one connection because somebody asked.
func (p *process) audit(ctx context.Context, connection string, o audit.Options) (audit.Report, error) {
	for _, c := range p.clients {
		if c.name == connection {
			return audit.New(audit.Config{
				Connection: c.name, GoLive: goLive(c.config), Procore: c.procore, Effects: p.view.Walk(), Jobpac: c.jobpac, Invoices: c.jobpac, Now: time.Now, Log: c.log,
			}).Audit(ctx, o)
		}
	}
	return audit.Report{}, noConnection(connection)
}

func noConnection(name string) error {
	return &ops.Invalid{Field: "connection", Value: name, Rule: "must be one that this process serves"}
}

// gap is told by the bus of messages that a stream has lost: they were hints,
// or the history of one, so everything is swept.
func (p *process) gap(stream string, from, missing uint64) {
	p.Log.Error().Str("stream", stream).Uint64("from", from).Uint64("missing", missing).Msg("the store has lost messages: sweeping")
	select {
	case p.damaged <- struct{}{}:
	default:
	}
}

// sweepOn sweeps every connection now and then until ctx ends.
func (p *process) sweepOn(ctx context.Context) error {
	every := p.Config.Sweep.Every.Std()
	timer := time.NewTimer(min(every, firstSweep))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-p.damaged:
		case <-timer.C:
		}
		timer.Reset(every)
		for i, s := range p.sweepers {
			p.sweepOne(ctx, p.clients[i].name, s, every)
		}
	}
}

// sweepOne sweeps a connection unless another process did a moment ago. A
// claims store that cannot tell costs a sweep too many.
func (p *process) sweepOne(ctx context.Context, name string, s *sweep.Sweeper, every time.Duration) {
	held, err := p.claims.Take(ctx, name, "sweep", p.owner, every-every/10)
	if err == nil && !held {
		return
	}
	if _, err := s.Sweep(ctx, sweep.Options{Since: time.Now().Add(-p.Config.Sweep.Window.Std())}); err != nil && ctx.Err() == nil {
		p.Log.Warn().Err(err).Str("connection", name).Msg("the sweep was cut short; the next one goes on")
	}
}
