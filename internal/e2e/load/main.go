// Command load measures procpac on one machine and says which of the targets
// are met. scripts/bench calls it; it is no part of the product.
//
//	go run ./internal/e2e/load            all measurements, about 8 minutes
//	go run ./internal/e2e/load -short     smaller ones, about 3 minutes
//	go run ./internal/e2e/load -only drain -cpuprofile /tmp/drain
//
// The program measured runs in processes of its own (this same binary in
// another role, or the real procpac), the simulators and the generator in this
// one; all share the machine's cores, as the figures say. Variants of one thing
// are run in turns, round after round, and compared within a round, so that
// noise falls on all of them alike: ratios are to be trusted more than rates.
// Everything listens on loopback, every run is bounded in number and time.
//
// Figures of time and rate are floats here; no money is counted.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// options are the sizes of a run.
type options struct {
	role    string // empty: measure
	only    string
	procpac string // path of the real binary
	profile string // prefix of CPU profiles; empty: none

	rounds  int           // of everything that is compared
	loop    time.Duration // of one closed loop
	steady  time.Duration // of one open loop
	slice   int           // approvals of one drain that is compared
	backlog int           // approvals of the one long drain; 0: none
	slow    int           // approvals with a slow Jobpac
	singles int           // approvals measured one by one

	child childOptions
}

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	o := flags()
	err := errors.New("no such role: " + o.role)
	switch {
	case o.role == "":
		err = measure(ctx, o)
	case roles[o.role] != nil:
		err = runChild(ctx, o.child, roles[o.role])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		return 1
	}
	return 0
}

func flags() options {
	o := options{rounds: 5, loop: 2 * time.Second, steady: 8 * time.Second, slice: 1000, backlog: 20_000, slow: 2560, singles: 40}
	short := flag.Bool("short", false, "smaller runs, about 3 minutes")
	flag.StringVar(&o.only, "only", "", "only these, by comma: disk, receive, steady, journal, drain, single, slow, memory")
	flag.StringVar(&o.procpac, "procpac", "", "path of the real binary, for its memory; empty: not measured")
	flag.StringVar(&o.profile, "cpuprofile", "", "prefix of CPU profiles of the measured processes")
	flag.StringVar(&o.role, "role", "", "internal: what this process is in a measurement")
	o.child.flags()
	flag.Parse()
	if *short {
		o.rounds, o.loop, o.steady = 3, time.Second, 5*time.Second
		o.slice, o.backlog, o.slow, o.singles = 500, 2000, 1280, 15
	}
	return o
}

// measurement is one part of the run.
type measurement struct {
	name string
	run  func(ctx context.Context, o options, r *report) error
}

func measure(ctx context.Context, o options) error {
	r := &report{out: os.Stdout}
	for _, m := range []measurement{
		{"disk", measureDisk}, {"receive", measureReceive}, {"steady", measureSteady}, {"journal", measureJournal}, {"drain", measureDrain},
		{"single", measureSingle}, {"slow", measureSlow}, {"memory", measureMemory},
	} {
		if o.only != "" && !slices.Contains(strings.Split(o.only, ","), m.name) {
			continue
		}
		start := time.Now()
		if err := m.run(ctx, o, r); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		r.say("(%s took %.0f s)", m.name, time.Since(start).Seconds())
	}
	r.verdicts()
	return nil
}
