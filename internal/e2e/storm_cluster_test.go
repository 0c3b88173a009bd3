package e2e

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/app"
	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/flow"
	"github.com/procpac/procpac/internal/opsapi"
)

// stormCluster is a receiver with the console, and workers that come and go,
// on one external NATS and one Redis.
type stormCluster struct {
	*world
	nats    config.Address
	redis   config.Address
	tape    *stormTape
	tune    func(worker int, c *config.Config)
	front   *system
	workers []*system
}

// config is the configuration of one of the processes.
func (c *stormCluster) processConfig(name string) *config.Config {
	cfg := c.world.config()
	cfg.NATS.URL, cfg.Redis.URL, cfg.DataDir = c.nats, c.redis, filepath.Join(c.dir, name)
	cfg.Worker.Concurrency = 8
	cfg.Worker.AckWait, cfg.Worker.Lease = config.Duration(5*time.Second), config.Duration(5*time.Second)
	cfg.Worker.SendWindow, cfg.Worker.SendLimit = config.Duration(time.Second), config.Duration(time.Second)
	return cfg
}

// startFront starts receiver and console; again, on the same directory.
func (c *stormCluster) startFront() error {
	s, err := c.run(app.ServeOptions{Config: c.processConfig("front"), Roles: []string{app.Receiver, app.Console}})
	c.front = s
	return err
}

// startWorker starts the worker of that place; again, on the same directory.
func (c *stormCluster) startWorker(place int) error {
	cfg := c.processConfig("worker" + itoa(int64(place)))
	if c.tune != nil {
		c.tune(place, cfg)
	}
	var wrap func(flow.Journal) flow.Journal
	if c.tape != nil {
		wrap = c.tape.wrap
	}
	s, err := c.run(app.ServeOptions{Config: cfg, Roles: []string{app.Worker}, Journal: wrap})
	for len(c.workers) <= place {
		c.workers = append(c.workers, nil)
	}
	c.workers[place] = s
	return err
}

// run starts one process of the cluster.
func (c *stormCluster) run(o app.ServeOptions) (*system, error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(c.t.Context()))
	s := &system{world: c.world, log: c.newLog(), cancel: cancel, ended: make(chan error, 1)}
	ready := make(chan [2]string, 1)
	o.Version, o.Log = "e2e", zerolog.New(s.log).Level(zerolog.InfoLevel).With().Timestamp().Logger()
	o.Ready = func(webhooks, operator string) { ready <- [2]string{webhooks, operator} }
	go func() { s.ended <- app.Serve(ctx, o) }()
	var at [2]string
	select {
	case err := <-s.ended:
		cancel()
		return nil, errors.Join(errors.New("it did not start"), err)
	case at = <-ready:
	}
	c.t.Cleanup(s.stop)
	var err error
	if s.api, err = opsapi.NewClient("http://"+at[1], apiToken); err != nil {
		return s, err
	}
	if s.webhooks = at[0]; s.webhooks != "" {
		c.gate.open(s.webhooks)
	}
	return s, nil
}

// roll stops one worker after the other, in order, and starts another in its
// place, again and again until ctx ends.
func (c *stormCluster) roll(ctx context.Context, dice *rand.Rand, counts *stormRolls) error {
	for place := 0; ; place = (place + 1) % len(c.workers) {
		if !rested(ctx, time.Duration(400+dice.IntN(1200))*time.Millisecond) {
			return nil
		}
		c.workers[place].stop()
		if err := c.supervise(place, counts); err != nil {
			return err
		}
		counts.restarts.Add(1)
	}
}

// stormRolls counts what roll does.
type stormRolls struct{ restarts, refused atomic.Int64 }

// supervise starts a worker as a supervisor does: one that does not come up,
// because the broker is away, is started again.
func (c *stormCluster) supervise(place int, counts *stormRolls) error {
	for try := 0; ; try++ {
		err := c.startWorker(place)
		if err == nil || try == 20 || !rested(c.t.Context(), 500*time.Millisecond) {
			return err
		}
		counts.refused.Add(1)
	}
}

// rested pauses; false: ctx ended.
func rested(ctx context.Context, d time.Duration) bool {
	pause := time.NewTimer(d)
	defer pause.Stop()
	select {
	case <-pause.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// quiet waits until the workers' consumer owes nothing: no event is waiting,
// under way or put off.
func (c *stormCluster) quiet(limit time.Duration) {
	c.t.Helper()
	nc, err := nats.Connect(c.nats.Reveal(), nats.MaxReconnects(-1))
	if err != nil {
		c.t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		c.t.Fatal(err)
	}
	var left uint64
	c.within(limit, "no event is left", func() bool {
		consumer, err := js.Consumer(c.t.Context(), "EVENTS", "worker-"+connection)
		if err != nil {
			c.t.Fatal(err)
		}
		info := consumer.CachedInfo()
		left = info.NumPending + uint64(info.NumAckPending)
		return left == 0
	}, func() any { return left })
}

// within is await with a time of its own; tell says how things stand when it is
// over.
func (w *world) within(limit time.Duration, what string, holds func() bool, tell func() any) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), limit)
	defer cancel()
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			w.t.Fatalf("not in %v: %s: %v\n%s", limit, what, tell(), w.tail(40))
		}
	}
}
