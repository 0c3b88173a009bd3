package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/pprof"
	"strconv"

	"github.com/procpac/procpac/internal/natsbus"
)

// childOptions are what a measured process is told.
type childOptions struct {
	dir, procore, jobpac, bus string
	alone, split              bool
	profile                   string
}

func (c *childOptions) flags() {
	flag.StringVar(&c.dir, "dir", "", "internal: data directory")
	flag.StringVar(&c.procore, "procore", "", "internal: address of the Procore simulator")
	flag.StringVar(&c.jobpac, "jobpac", "", "internal: address of the Jobpac simulator")
	flag.StringVar(&c.bus, "bus", "", "internal: address of an external server")
	flag.BoolVar(&c.alone, "alone", false, "internal: one sync per append")
	flag.BoolVar(&c.split, "split", false, "internal: one append per arrow")
	flag.StringVar(&c.profile, "profile", "", "internal: file of the CPU profile")
}

func (c childOptions) args(role string) []string {
	return []string{
		"-role", role, "-dir", c.dir, "-procore", c.procore, "-jobpac", c.jobpac, "-bus", c.bus,
		"-alone=" + strconv.FormatBool(c.alone), "-split=" + strconv.FormatBool(c.split), "-profile", c.profile,
	}
}

// The lines that a child says, besides its log.
const (
	lineReady = "ready "
	lineStats = "stats "
)

// role serves until ctx ends; it calls ready once with its address and, where
// it has a bus, with what reads its counts.
type role func(ctx context.Context, o childOptions, ready func(address string, stats func() natsbus.Stats)) error

// runChild runs a role until standard input ends, so that no child outlives
// whoever started it. The word "stats" on it is answered with the counts.
func runChild(ctx context.Context, o childOptions, serve role) (err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	end, err := profileTo(o.profile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	out := &lines{w: os.Stdout}
	return serve(ctx, o, func(address string, stats func() natsbus.Stats) {
		_, _ = fmt.Fprintf(out, "%s%s\n", lineReady, address)
		go listen(stop, out, stats) // ends with standard input, at the latest with the process
	})
}

// listen answers questions; the end of standard input stops the child.
func listen(stop func(), out io.Writer, stats func() natsbus.Stats) {
	defer stop()
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		text, err := json.Marshal(stats())
		if err != nil {
			return
		}
		if _, err := fmt.Fprintf(out, "%s%s\n", lineStats, text); err != nil {
			return
		}
	}
}

// profileTo profiles this process until the function it returns is called.
func profileTo(path string) (end func() error, err error) {
	if path == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() error { pprof.StopCPUProfile(); return f.Close() }, nil
}
