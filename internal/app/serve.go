package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/flow"
	"github.com/procpac/procpac/internal/natsbus"
	"github.com/procpac/procpac/internal/notify"
	"github.com/procpac/procpac/internal/ops"
	"github.com/procpac/procpac/internal/opsapi"
	"github.com/procpac/procpac/internal/receiver"
	"github.com/procpac/procpac/internal/redisstore"
	"github.com/procpac/procpac/internal/sqlview"
)

// The roles of a process.
const (
	Receiver = "receiver" // takes webhooks
	Worker   = "worker"   // does the work
	Console  = "console"  // the operators' side: API, metrics, notifications
)

// Roles lists the roles that this build has.
func Roles() []string { return []string{Receiver, Worker, Console} }

// ServeOptions say what a process runs.
type ServeOptions struct {
	Config  *config.Config
	Roles   []string // empty: all
	Log     zerolog.Logger
	Version string
	Ready   func(webhooks, operator string)  // called once, when everything listens; may be nil
	Observe func(connection, outcome string) // of every webhook; may be nil

	// The rest is for measuring; all may be left out.
	NoGroupCommit bool                            // every append its own sync
	Journal       func(flow.Journal) flow.Journal // wraps the journal the workers write
	Opened        func(*natsbus.Bus)              // given the bus once it is open
	Points        failpoint.Set                   // told of every moment at which a death would hurt
}

// Serve runs until ctx ends or a part of it fails, then stops in two steps and
// returns when everyone is home. nil after an orderly stop; a *SetupError when
// it could not start.
func Serve(ctx context.Context, o ServeOptions) error {
	p := &process{ServeOptions: o, started: time.Now()}
	if len(p.Roles) == 0 {
		p.Roles = Roles()
	}
	err := p.open(ctx)
	if err == nil {
		err = p.run(ctx)
	}
	return errors.Join(err, p.close())
}

// process is one running Serve.
type process struct {
	ServeOptions
	started  time.Time
	bus      *natsbus.Bus
	view     *sqlview.View
	claims   flow.Claims
	lines    []*line
	notifier *notify.Notifier
	webhooks net.Listener
	operator net.Listener
	closing  []func(context.Context) error // last in, first out
}

func (p *process) has(role string) bool { return slices.Contains(p.Roles, role) }

func (p *process) onClose(f func(context.Context) error) { p.closing = append(p.closing, f) }

// close undoes open.
func (p *process) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var errs []error
	for _, f := range slices.Backward(p.closing) {
		errs = append(errs, f(ctx))
	}
	return errors.Join(errs...)
}

// open opens everything in the order in which it is needed. Listening comes
// last: whoever reaches us finds us ready.
func (p *process) open(ctx context.Context) error {
	for _, open := range []func(context.Context) error{
		p.checkRoles, p.openBus, p.openClaims, p.openView, p.openLines, p.openNotifier, p.listen,
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
		EventsMaxAge: c.EventsMaxAge.Std(), Log: p.Log, NoGroupCommit: p.NoGroupCommit,
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
	p.claims = r
	p.onClose(func(context.Context) error { return r.Close() })
	return nil
}

func (p *process) openView(ctx context.Context) error {
	if !p.has(Console) {
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

func (p *process) openLines(context.Context) error {
	if !p.has(Worker) {
		return nil
	}
	shared := parts(p.bus, p.claims, p.Config.NATS.URL == "", p.Log)
	shared.Points = p.Points
	if p.Journal != nil {
		shared.Journal = p.Journal(shared.Journal)
	}
	for _, c := range p.Config.Connections {
		l, err := newLine(c, p.Config.Worker, shared)
		if err != nil {
			return err
		}
		p.lines = append(p.lines, l)
		p.onClose(l.close)
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

// run starts every part, waits for the end of ctx or of one of them, and for
// all to come home.
func (p *process) run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var home sync.WaitGroup
	start := func(what string, part func(context.Context) error) {
		home.Go(func() {
			if err := part(ctx); err != nil && ctx.Err() == nil {
				stop(fmt.Errorf("%s: %w", what, err))
			}
		})
	}
	for _, l := range p.lines {
		start("connection "+l.name, func(ctx context.Context) error { return l.work(ctx, p.bus, p.Config.Worker) })
	}
	p.startConsole(start)
	p.startServers(start)
	if p.Ready != nil {
		p.Ready(address(p.webhooks), address(p.operator))
	}
	<-ctx.Done()
	p.Log.Info().Msg("stopping: taking nothing new, finishing what is under way")
	home.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	return nil
}

func address(l net.Listener) string {
	if l == nil {
		return ""
	}
	return l.Addr().String()
}

// startConsole starts what the console's role does in the background.
func (p *process) startConsole(start func(string, func(context.Context) error)) {
	if p.view != nil {
		start("projection", func(ctx context.Context) error { return project(ctx, p.bus, p.view, p.Log) })
	}
	if p.notifier != nil {
		start("notifications", func(ctx context.Context) error { return tell(ctx, p.bus, p.notifier, p.Config.DataDir, p.Log) })
		start("notifier", func(ctx context.Context) error { p.notifier.Run(ctx); return nil })
	}
}

// startServers serves the listeners.
func (p *process) startServers(start func(string, func(context.Context) error)) {
	if p.webhooks != nil {
		start("webhooks", serveHTTP(p.webhooks, receiver.Server(p.newReceiver())))
	}
	server := receiver.Server(p.operatorHandler())
	server.WriteTimeout = 35 * time.Second
	start("operator", serveHTTP(p.operator, server))
}

// serveHTTP serves until ctx ends, then lets requests under way finish.
func serveHTTP(l net.Listener, server *http.Server) func(context.Context) error {
	return func(ctx context.Context) error {
		done := make(chan error, 1)
		go func() { done <- server.Serve(l) }()
		select {
		case err := <-done:
			return err
		case <-ctx.Done():
		}
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		err := server.Shutdown(end)
		if err != nil {
			err = server.Close()
		}
		<-done
		return err
	}
}

// newReceiver makes the webhook route. It is closed before the bus: what it
// has promised to store is stored.
func (p *process) newReceiver() http.Handler {
	connections := map[string]receiver.Connection{}
	for _, c := range p.Config.Connections {
		tokens := make([]string, len(c.Procore.WebhookTokens))
		for i, t := range c.Procore.WebhookTokens {
			tokens[i] = t.Reveal()
		}
		company, _ := erp.ParseID(c.Procore.CompanyID) // checked when it was loaded
		connections[c.Name] = receiver.Connection{Tokens: func() []string { return tokens }, Company: company}
	}
	return p.closed(receiver.Config{
		Connections: connections, Store: p.bus.Store, Quarantine: p.bus.Quarantine, Ready: p.bus.Healthy,
		Observe: p.webhook, Log: p.Log, Now: time.Now, Points: p.Points,
	})
}

// closed makes a receiver that close closes.
func (p *process) closed(c receiver.Config) http.Handler {
	r := receiver.New(c)
	p.onClose(r.Close)
	return r
}

// webhook passes a webhook's outcome on; a refused token is told to people.
func (p *process) webhook(connection, outcome string) {
	if p.Observe != nil {
		p.Observe(connection, outcome)
	}
	if outcome == receiver.Refused && p.notifier != nil {
		p.notifier.Tell([]notify.Note{{
			On: notify.TokenRefused, Connection: connection, At: time.Now(),
			Reason: "a webhook came with a token that is not live: check the hook's Authorization header in Procore",
		}}, nil)
	}
}

// operatorHandler is the whole operator API in the console's role, and health
// alone in the others.
func (p *process) operatorHandler() http.Handler {
	if p.view == nil {
		return p.closed(receiver.Config{Ready: p.bus.Healthy, Log: p.Log, Now: time.Now})
	}
	service := &ops.Service{
		View: view{p.view, p.bus}, Journal: history{p.bus.Journal()}, Bus: p.bus,
		Version: p.Version, Started: p.started, Now: time.Now,
	}
	for _, c := range p.Config.Connections {
		service.Connections = append(service.Connections, ops.Connection{Name: c.Name, Mode: c.Mode, Company: c.Procore.CompanyID, WorkID: c.Jobpac.WorkID})
	}
	o := opsapi.Options{Service: service, Log: p.Log}
	if token := p.Config.Operator.Token; token.Set() {
		o.Tokens = func() []string { return []string{token.Reveal()} }
	}
	return opsapi.Handler(o)
}
