package app

import (
	"context"
	"errors"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/natsbus"
	"github.com/procpac/procpac/internal/redisstore"
	"github.com/procpac/procpac/internal/sqlview"
)

// open opens everything in the order in which it is needed. Listening comes
// last: whoever reaches us finds us ready.
func (p *process) open(ctx context.Context) error {
	for _, open := range []func(context.Context) error{
		p.checkRoles, p.openBus, p.openGuard, p.openClaims, p.openView, p.openClients, p.openLines, p.openSweepers, p.openNotifier, p.listen,
	} {
		if err := open(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (p *process) checkRoles(context.Context) error {
	for _, role := range p.Roles {
		if !slices.Contains(Roles(), role) {
			return setup(nil, "role %q is not in this build: choose from %s", role, strings.Join(Roles(), ", "))
		}
	}
	for _, w := range p.Config.Warnings() {
		p.Log.Warn().Msg(w)
	}
	if len(p.Config.Connections) == 0 {
		p.Log.Warn().Msg("no connection is configured: nothing will be taken or done")
	}
	if p.Config.NATS.URL == "" && len(p.Roles) != len(Roles()) {
		return setup(nil, "the roles can only be split over processes with an external cluster: set nats.url, or run all roles in one process")
	}
	return nil
}

func (p *process) openBus(ctx context.Context) error {
	c := p.Config.NATS
	if err := os.MkdirAll(p.Config.DataDir, 0o700); err != nil {
		return setup(err, "data_dir %s cannot be made: %v", p.Config.DataDir, bare(err))
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	bus, err := natsbus.Open(ctx, natsbus.Options{
		URL: c.URL.Reveal(), CredsFile: c.CredsFile, DataDir: p.Config.DataDir, Replicas: c.Replicas, MaxStore: int64(c.MaxStore),
		EventsMaxAge: c.EventsMaxAge.Std(), Log: p.Log, NoGroupCommit: p.NoGroupCommit, Gap: p.gap,
	})
	if err != nil {
		return openError(p.Config.DataDir, c.URL.String(), err)
	}
	p.bus = bus
	p.onClose(bus.Close)
	if p.Opened != nil {
		p.Opened(bus)
	}
	return nil
}

// bare is a file system's error without the path, which the words name.
func bare(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

func (p *process) openClaims(context.Context) error {
	c := p.Config.Redis
	if c.URL == "" {
		p.claims = redisstore.NewLocal(time.Now)
		return nil
	}
	r, err := redisstore.Open(c.URL.Reveal(), c.Password.Reveal())
	if err != nil {
		return setup(err, "%v", err)
	}
	p.claims = redisstore.NewShared(r, time.Now)
	p.onClose(func(context.Context) error { return r.Close() })
	return nil
}

func (p *process) openView(ctx context.Context) error {
	if !p.has(Console) && !p.has(Sweeper) {
		return nil
	}
	v, err := sqlview.Open(ctx, viewPath(p.Config.DataDir))
	if err != nil {
		return setup(err, "the projection in data_dir %s cannot be opened: %v", p.Config.DataDir, err)
	}
	p.view = v
	p.onClose(func(context.Context) error { return v.Close() })
	return nil
}

// openClients opens both sides of every connection, where anybody calls them.
func (p *process) openClients(context.Context) error {
	if !p.has(Worker) && !p.has(Sweeper) && !p.has(Console) {
		return nil
	}
	for _, c := range p.Config.Connections {
		l, err := newClients(c, p.Config.Worker, p.Log)
		if err != nil {
			return err
		}
		p.clients = append(p.clients, l)
		p.onClose(l.close)
	}
	return nil
}

func (p *process) openLines(ctx context.Context) error {
	if !p.has(Worker) {
		return nil
	}
	shared := parts(p.bus, p.claims, p.owner, p.Config.NATS.URL == "", p.Log)
	shared.Points, shared.Halted, shared.Journal = p.Points, p.guard.Halted, p.guard.Wrap(p.bus.Journal())
	if p.Journal != nil {
		shared.Journal = p.Journal(shared.Journal)
	}
	for _, c := range p.clients {
		runner, err := p.newImports(ctx, c)
		if err != nil {
			return err
		}
		p.lines = append(p.lines, newLine(c, p.Config.Worker, runner, shared))
	}
	return nil
}

func (p *process) openNotifier(context.Context) error {
	if !p.has(Console) {
		return nil
	}
	n, end, err := newNotifier(p.Config.Notify, p.Log, time.Now)
	if err != nil {
		return err
	}
	p.notifier = n
	p.onClose(func(context.Context) error { end(); return nil })
	return nil
}

func (p *process) listen(context.Context) (err error) {
	if p.has(Receiver) {
		if p.webhooks, err = net.Listen("tcp", p.Config.Listen); err != nil {
			return listenError("listen", p.Config.Listen, err)
		}
		p.onClose(closeListener(p.webhooks))
	}
	if p.operator, err = net.Listen("tcp", p.Config.Operator.Listen); err != nil {
		return listenError("operator.listen", p.Config.Operator.Listen, err)
	}
	p.onClose(closeListener(p.operator))
	return nil
}

// closeListener closes a listener that its server may have closed already.
func closeListener(l net.Listener) func(context.Context) error {
	return func(context.Context) error {
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	}
}
