// Command powerwriter is what loses its power in the tests: it writes events,
// histories and a register to a bus as fast as it can, works the events off, and
// says on standard output what was acknowledged, a line each, after the fact:
//
//	ready
//	e ID         an event is stored
//	j KEY SEQ    a record is in the journal, under that sequence
//	r N          a register with N entries is saved
//	d ID         an event is about to be settled as done (said before the ack)
//
// It ends when standard input does, or with exit code 1 and the reason on
// standard error when an append fails. With -sync default the streams lie on a
// server with the settings it has when nobody changes them: the control.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/natsbus"
)

func main() { os.Exit(run()) }

func run() int {
	dir := flag.String("dir", "", "data directory")
	always := flag.String("sync", "always", "always: our embedded server; default: a server as it comes")
	writers := flag.Int("writers", 8, "writers of events, and as many of histories")
	seed := flag.Uint64("seed", 1, "of the sizes")
	flag.Parse()
	ctx, stop := context.WithCancelCause(context.Background())
	go func() { // ends with the process
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop(nil)
	}()
	if err := serve(ctx, stop, *dir, *always == "default", *writers, *seed); err != nil {
		fmt.Fprintln(os.Stderr, "powerwriter:", err)
		return 1
	}
	return 0
}

// serve writes until ctx ends or an append fails.
func serve(ctx context.Context, stop context.CancelCauseFunc, dir string, loose bool, writers int, seed uint64) (err error) {
	o := natsbus.Options{DataDir: dir}
	if loose {
		s, err := startLoose(dir)
		if err != nil {
			return err
		}
		defer s.Shutdown()
		o.URL = s.ClientURL()
	}
	bus, err := natsbus.Open(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, bus.Close(context.WithoutCancel(ctx))) }()
	w := &writer{bus: bus, journal: bus.Journal(), seed: seed, stop: stop}
	w.say("ready")
	w.writeAll(ctx, writers)
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// startLoose runs a server that syncs when it likes, on the directory that the
// embedded one would use.
func startLoose(dir string) (*server.Server, error) {
	s, err := server.NewServer(&server.Options{
		ServerName: "procpac", Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: filepath.Join(dir, "nats"), JetStreamMaxStore: 20 << 30,
	})
	if err != nil {
		return nil, err
	}
	s.Start()
	if !s.ReadyForConnections(30 * time.Second) {
		s.Shutdown()
		return nil, errors.New("the server did not get ready")
	}
	return s, nil
}

// writeAll runs all writers, and the worker, to their end.
func (w *writer) writeAll(ctx context.Context, writers int) {
	var home sync.WaitGroup
	for i := range writers {
		home.Go(func() { w.ended(ctx, w.events(ctx, i)) })
		home.Go(func() { w.ended(ctx, w.histories(ctx, i)) })
	}
	home.Go(func() { w.ended(ctx, w.register(ctx)) })
	home.Go(func() {
		w.ended(ctx, w.bus.Run(ctx, natsbus.RunOptions{Connection: connection, AckWait: time.Second}, func(_ context.Context, e erp.Event) natsbus.Verdict {
			w.say("d", e.ID)
			return natsbus.Verdict{Settle: natsbus.Done}
		}))
	})
	home.Wait()
}

// ended stops everybody when one fails.
func (w *writer) ended(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		w.stop(err)
	}
}
