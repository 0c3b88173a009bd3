package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// The variants of the receiver.
const (
	shared = "shared syncs (the product)"
	alone  = "one publish, one sync"
	least  = "Echo, bearer, JSON; no publish"
	lazy   = "default sync, shared"
	lazy1  = "default sync, one publish each"
)

// crew is a set of processes that are measured in turns.
type crew struct {
	dir  string
	all  map[string]*process
	list []*process
}

func newCrew() (*crew, error) {
	dir, err := os.MkdirTemp("", "procpac-load-")
	return &crew{dir: dir, all: map[string]*process{}}, err
}

func (c *crew) add(ctx context.Context, name, role string, o childOptions) (*process, error) {
	o.dir = filepath.Join(c.dir, fmt.Sprint(len(c.list)))
	if err := os.MkdirAll(o.dir, 0o700); err != nil {
		return nil, err
	}
	p, err := start(ctx, role, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	c.all[name], c.list = p, append(c.list, p)
	return p, nil
}

func (c *crew) close() error {
	var errs []error
	for i := len(c.list) - 1; i >= 0; i-- {
		_, _, err := c.list[i].stop()
		errs = append(errs, err)
	}
	return errors.Join(append(errs, os.RemoveAll(c.dir))...)
}

// receivers starts all variants.
func receivers(ctx context.Context, o options) (*crew, error) {
	c, err := newCrew()
	if err != nil {
		return nil, err
	}
	add := func(name, role string, options childOptions) {
		if err == nil {
			if o.profile != "" {
				options.profile = fmt.Sprintf("%s-receive-%d.pprof", o.profile, len(c.list))
			}
			_, err = c.add(ctx, name, role, options)
		}
	}
	add(shared, "receive", childOptions{})
	add(alone, "receive", childOptions{alone: true})
	add(least, "bare", childOptions{})
	for _, name := range []string{lazy, lazy1} {
		add(name+", server", "bus", childOptions{})
		if err == nil {
			add(name, "receive", childOptions{bus: c.all[name+", server"].address, alone: name == lazy1})
		}
	}
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// figures are the rounds of one variant.
type figures struct{ rate, p50, p99, sends []float64 }

// measureReceive compares the variants in closed loops.
func measureReceive(ctx context.Context, o options, r *report) (err error) {
	c, err := receivers(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	var e events
	r.title("webhooks answered, closed loop of %s, %d rounds; every 200 is on disk but for Echo and the default sync", o.loop, o.rounds)
	r.row("", "connections", "webhooks/s     ", "", "p50 ms", "p99 ms", "sends/webhook")
	for _, connections := range []int{1, 16, 64, 256} {
		names := []string{shared, alone, least}
		if connections == 64 {
			names = append(names, lazy, lazy1)
		}
		all, err := rounds(ctx, c, names, connections, o, &e)
		if err != nil {
			return err
		}
		for _, name := range names {
			f := all[name]
			r.row(name, connections, span3(f.rate, 0), "", fmt.Sprintf("%.1f", median(f.p50)), fmt.Sprintf("%.1f", median(f.p99)), fmt.Sprintf("%.2f", median(f.sends)))
		}
		judgeReceive(r, connections, all)
	}
	return nil
}

func rounds(ctx context.Context, c *crew, names []string, connections int, o options, e *events) (map[string]*figures, error) {
	all := map[string]*figures{}
	for _, name := range names {
		all[name] = &figures{}
		if _, err := closedLoop(ctx, c.all[name].address, connections, o.loop/5, e); err != nil { // to warm up
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	for range o.rounds {
		for _, name := range names {
			before, err := c.all[name].stats()
			if err != nil {
				return nil, err
			}
			s, err := closedLoop(ctx, c.all[name].address, connections, o.loop, e)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			after, err := c.all[name].stats()
			if err != nil {
				return nil, err
			}
			f, sends := all[name], after.Events.Singles+after.Events.Batches-before.Events.Singles-before.Events.Batches
			f.rate, f.p50, f.p99 = append(f.rate, s.rate()), append(f.p50, s.ms(50)), append(f.p99, s.ms(99))
			f.sends = append(f.sends, float64(sends)/float64(len(s.took)))
		}
	}
	return all, nil
}

func judgeReceive(r *report, connections int, all map[string]*figures) {
	ratio := ratios(all[shared].rate, all[alone].rate)
	r.row("  ratio shared / alone", connections, span3(ratio, 2))
	r.row("  ratio shared / Echo", connections, span3(ratios(all[shared].rate, all[least].rate), 2))
	switch connections {
	case 64:
		r.target(median(ratio) >= 1.5, "durable answers at 64 connections, shared syncs over one publish one sync, at least 1.5", "%s", span3(ratio, 2))
		best, name := ratios(all[lazy].rate, all[least].rate), lazy
		r.row("  ratio "+name+" / Echo", connections, span3(best, 2))
		r.row("  ratio "+lazy1+" / Echo", connections, span3(ratios(all[lazy1].rate, all[least].rate), 2))
		r.target(median(best) >= 0.45, "answers at 64 connections with the default sync over Echo alone, at least 0.45 (external server, as the product would run on it)", "%s", span3(best, 2))
	case 256:
		r.note("durable answers at 256 connections, shared over one publish one sync (as far as batching goes)", "%s", span3(ratio, 2))
	}
}

// perSecond is the steady load.
const perSecond = 1000

// measureSteady looks at the tail under a steady load.
func measureSteady(ctx context.Context, o options, r *report) (err error) {
	c, err := receivers(ctx, options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	var e events
	r.title("webhooks at a steady %d/s, open loop of %s, timed from when each was due, %d rounds", perSecond, o.steady, max(o.rounds/2, 1))
	r.row("", "", "answered/s", "p50 ms", "p99 ms", "worst ms")
	all := map[string]*figures{}
	for round := range max(o.rounds/2, 1) {
		for _, name := range []string{shared, alone, least} {
			s, err := openLoop(ctx, c.all[name].address, perSecond, o.steady, &e)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if round == 0 {
				all[name] = &figures{}
			}
			all[name].p99 = append(all[name].p99, s.ms(99))
			r.row(name, fmt.Sprint("round ", round+1), fmt.Sprintf("%.0f", s.rate()), fmt.Sprintf("%.1f", s.ms(50)), fmt.Sprintf("%.1f", s.ms(99)), fmt.Sprintf("%.1f", s.ms(100)))
		}
	}
	p99 := all[shared].p99
	r.target(median(p99) < 100, "p99 at a steady 1,000 events/s, under 100 ms", "%s ms", span3(p99, 1))
	return nil
}
