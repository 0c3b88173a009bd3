package natsbus

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/rs/zerolog"
)

const (
	readyWithin = 30 * time.Second // a start reads all streams back
	lookEvery   = 5 * time.Second  // the supervisor's own rounds
	mendAtMost  = 5 * time.Minute  // between two restarts that did not help
)

// embedded is the server in this process and the goroutine that watches it. A
// server whose disk ran full leaves every publish to the stream it could not
// write without an answer, also once there is space again (seen, 2.15.2), so the
// supervisor starts a new one on the same directory as soon as there is room.
// Until then appends are refused at once with the reason. The client finds the
// new server by itself, because it dials through InProcessConn.
type embedded struct {
	options server.Options
	dir     string
	log     zerolog.Logger
	wake    chan struct{}
	end     context.CancelFunc
	home    sync.WaitGroup

	mu  sync.Mutex
	now *server.Server
	ill error // what was wrong at the last look
}

// startEmbedded starts the server and its supervisor.
func startEmbedded(ctx context.Context, o Options) (*embedded, error) {
	e := &embedded{options: serverOptions(o), dir: storeDir(o.DataDir), log: o.Log, wake: make(chan struct{}, 1)}
	if err := e.start(); err != nil {
		return nil, err
	}
	watch, end := context.WithCancel(context.WithoutCancel(ctx))
	e.end = end
	e.home.Go(func() { e.supervise(watch) })
	return e, nil
}

// serverOptions are the settings that durability rests on: no port, every write
// synced before its answer, a name that survives restarts.
func serverOptions(o Options) server.Options {
	return server.Options{
		ServerName:         "procpac",
		DontListen:         true,
		NoSigs:             true,
		JetStream:          true,
		StoreDir:           storeDir(o.DataDir),
		SyncAlways:         true,
		JetStreamMaxStore:  o.MaxStore,
		JetStreamMaxMemory: 256 << 20, // ordered consumers only: the streams are files
	}
}

// start runs a new server and waits until its streams are read back.
func (e *embedded) start() error {
	options := e.options
	next, err := server.NewServer(&options)
	if err != nil {
		return fmt.Errorf("start the embedded server: %w", err)
	}
	next.SetLoggerV2(serverLog{e.log}, false, false, false)
	next.Start()
	if !next.ReadyForConnections(readyWithin) || !next.JetStreamEnabled() {
		next.Shutdown()
		next.WaitForShutdown()
		return fmt.Errorf("start the embedded server in %s: it did not get ready; its log lines say why", e.dir)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.now = next
	return nil
}

// server is the server that runs now.
func (e *embedded) server() *server.Server {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.now
}

// InProcessConn gives the client a connection to the server that runs now.
func (e *embedded) InProcessConn() (net.Conn, error) { return e.server().InProcessConn() }

// healthy says what is wrong with the server, and wakes the supervisor if
// anything is.
func (e *embedded) healthy() error {
	err := e.look()
	if err != nil {
		select {
		case e.wake <- struct{}{}:
		default:
		}
	}
	return err
}

// look notes what is wrong with the server now.
func (e *embedded) look() error {
	err := e.trouble()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ill = err
	return err
}

// illness is what was wrong at the last look, which is cheap to ask.
func (e *embedded) illness() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ill
}

// trouble is what is wrong with the server; nil: nothing.
func (e *embedded) trouble() error {
	now := e.server()
	switch {
	case !now.Running():
		return errors.New("the embedded server is down")
	case !now.JetStreamEnabled():
		return errors.New("the embedded server has switched its streams off, which it does when the disk is full")
	}
	if status := now.Healthz(nil); status.Error != "" {
		return fmt.Errorf("the embedded server is not well: %s", status.Error)
	}
	return nil
}

// supervise looks at the server now and then, and mends it: at once the first
// time, less and less often when that does not help.
func (e *embedded) supervise(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var tried time.Time
	var apart time.Duration
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-e.wake:
		}
		switch err := e.look(); {
		case err == nil:
			apart = 0
		case time.Since(tried) < apart:
		case e.mend(err):
			tried, apart = time.Now(), min(max(2*apart, lookEvery), mendAtMost)
		default:
			tried, apart = time.Now(), lookEvery
		}
	}
}

// mend starts a new server when there is room for it; false: there is none. Until
// then the bus stays away and every publish fails.
func (e *embedded) mend(trouble error) (tried bool) {
	if err := roomIn(e.dir); err != nil {
		e.log.Error().Err(err).AnErr("trouble", trouble).Msg("embedded server is down and its disk has no room: free some space")
		return false
	}
	e.log.Warn().AnErr("trouble", trouble).Msg("restarting the embedded server")
	old := e.server()
	old.Shutdown()
	old.WaitForShutdown()
	if err := e.start(); err != nil {
		e.log.Error().Err(err).Msg("embedded server did not start; trying again")
	}
	_ = e.look() // for the appends that wait for it; the supervisor looks again anyway
	return true
}

// stop ends the supervisor and the server. It waits for both even when ctx has
// ended: the directory must not be freed before.
func (e *embedded) stop(context.Context) error {
	e.end()
	e.home.Wait()
	now := e.server()
	now.Shutdown()
	now.WaitForShutdown()
	return nil
}
