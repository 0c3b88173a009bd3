package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/mattn/go-isatty"

	"github.com/procpac/procpac/internal/app"
	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/doctor"
	"github.com/procpac/procpac/internal/ops"
)

// Programs is what the command line starts; app has the real ones.
type Programs struct {
	Roles    []string // that Serve knows
	Serve    func(ctx context.Context, o app.ServeOptions) error
	Demo     func(ctx context.Context, o app.DemoOptions, settled func(app.DemoResult)) (app.DemoResult, error)
	Simulate func(ctx context.Context, o app.SimulateOptions) error
	Offline  func(ctx context.Context, cfg *config.Config) (ops.View, func() error, error)
	Check    func(ctx context.Context, o app.CheckOptions) (doctor.Report, error)
	Restore  func(ctx context.Context, cfg *config.Config, file string) error // nil: not in this build
}

// Process is everything a run takes from outside.
type Process struct {
	Args     []string // without the program's name
	Env      []string // as os.Environ gives it
	In       io.Reader
	Out      io.Writer
	Err      io.Writer
	Terminal bool // a person sits at In and can be asked
	Now      func() time.Time
	Programs Programs

	poll time.Duration // between two looks of tail, resolve, sweep and audit; 0: what suits each
	wait time.Duration // for a decision to be carried out; 0: a minute
}

// Main runs the program with what the operating system gives it and returns
// the exit code. The first INT or TERM asks everything to stop, the second
// ends the process.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	defer context.AfterFunc(ctx, stop)()
	return Run(ctx, Process{
		Args: os.Args[1:], Env: os.Environ(), In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Terminal: isatty.IsTerminal(os.Stdin.Fd()) && isatty.IsTerminal(os.Stderr.Fd()), Now: time.Now,
		Programs: Programs{Roles: app.Roles(), Serve: app.Serve, Demo: app.Demo, Simulate: app.Simulate, Offline: app.OpenOffline, Restore: app.Restore, Check: app.Check},
	})
}

// Run runs one command until it is done or ctx ends, and returns the exit
// code. It starts no goroutine that outlives it.
func Run(ctx context.Context, p Process) int {
	s := &shell{Process: p}
	root := s.root()
	err := root.ExecuteContext(ctx)
	if err != nil && !s.started {
		err = asUsage(err)
	}
	if err != nil {
		fmt.Fprintf(s.Err, "procpac: %s\n", sentence(err))
	}
	return exitCode(err)
}

// sentence is an error for a person.
func sentence(err error) string {
	if many, ok := err.(several); ok {
		return many.Error()
	}
	if errors.Is(err, context.Canceled) {
		return "interrupted before it was done"
	}
	return err.Error()
}
