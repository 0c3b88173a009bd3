package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/flow"
	"github.com/procpac/procpac/internal/natsbus"
	"github.com/procpac/procpac/internal/notify"
	"github.com/procpac/procpac/internal/sqlview"
	"github.com/procpac/procpac/internal/sweep"
	"github.com/procpac/procpac/internal/witness"
)

// The roles of a process.
const (
	Receiver = "receiver" // takes webhooks
	Worker   = "worker"   // does the work
	Sweeper  = "sweeper"  // finds what the webhooks missed
	Console  = "console"  // the operators' side: API, metrics, notifications
)

// Roles lists the roles that this build has.
func Roles() []string { return []string{Receiver, Worker, Sweeper, Console} }

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
	p := &process{ServeOptions: o, started: time.Now(), owner: ulid.Make().String(), damaged: make(chan struct{}, 1)}
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
	owner    string // names this run of the process
	bus      *natsbus.Bus
	view     *sqlview.View
	guard    *witness.Guard
	file     *witness.File // nil: this process does not work
	claims   flow.Claims
	clients  []*clients
	lines    []*line
	sweepers []*sweep.Sweeper // one for each connection
	damaged  chan struct{}    // a stream has lost something: sweep now
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
	start("safe mode", func(ctx context.Context) error { p.guard.Run(ctx, witness.Rounds{}); return nil })
	start("witness", p.watchStreams)
	for _, l := range p.lines {
		start("connection "+l.name, func(ctx context.Context) error { return l.work(ctx, p.bus, p.Config.Worker) })
	}
	if p.has(Sweeper) {
		start("sweeper", p.sweepOn)
		start("scheduler", p.scheduleOn)
	}
	p.startConsole(start)
	p.startServers(start)
	if p.Ready != nil {
		p.Ready(address(p.webhooks), address(p.operator))
	}
	<-ctx.Done()
	p.Log.Info().Msg("stopping: taking nothing new, finishing what is under way")
	home.Wait()
	p.watchLast(ctx)
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
