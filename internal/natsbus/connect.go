package natsbus

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// reconnectWait is the pause between two tries to reach the server again.
const reconnectWait = 250 * time.Millisecond

// syncQueue is how many messages a subscription holds for its reader: more than
// any answer or pull of ours has. The client's own 64k costs half a megabyte for
// every history that is read.
const syncQueue = 4096

// writeWithin is how long a write may wait for a server that does not read. The
// client holds its lock meanwhile, so whoever wants to send waits too; after it
// the connection is given up and made anew.
const writeWithin = 2 * time.Second

// A server that says nothing is taken for dead, and the connection made anew,
// after two pings without an answer. The client's own two minutes would leave a
// worker without events for up to six when a network drops packets silently.
const (
	pingEvery   = 10 * time.Second
	pingsNoMore = 2
)

// connect makes the one connection. It never gives up, and while the server is
// away every publish fails at once: nothing is ever kept in memory only.
func (b *Bus) connect(o Options) error {
	closed := make(chan struct{})
	options := []nats.Option{
		nats.Name(o.Name),
		nats.MaxReconnects(-1),
		nats.RetryOnFailedConnect(true),
		nats.ReconnectBufSize(-1),
		nats.ReconnectWait(reconnectWait),
		nats.Timeout(2 * time.Second),
		nats.FlusherTimeout(writeWithin),
		nats.PingInterval(pingEvery),
		nats.MaxPingsOutstanding(pingsNoMore),
		nats.DrainTimeout(5 * time.Second),
		nats.SyncQueueLen(syncQueue),
		nats.ClosedHandler(func(*nats.Conn) { close(closed) }),
		nats.DisconnectErrHandler(b.lost),
		nats.ReconnectHandler(func(*nats.Conn) { b.log.Info().Msg("bus is back") }),
		nats.ErrorHandler(b.complaint),
	}
	options = append(options, b.where(o)...)
	nc, err := nats.Connect(o.URL, options...)
	if err != nil {
		return fmt.Errorf("connect to the bus: %w", withoutAddress(err))
	}
	b.nc = nc
	b.onClose(func(ctx context.Context) error { return drain(ctx, nc, closed) })
	b.js, err = jetstream.New(nc)
	return err
}

// where is how the server is reached.
func (b *Bus) where(o Options) []nats.Option {
	if b.embedded != nil {
		return []nats.Option{nats.InProcessServer(b.embedded)}
	}
	if o.CredsFile != "" {
		return []nats.Option{nats.UserCredentials(o.CredsFile)}
	}
	return nil
}

// lost notes a lost connection. The server's address may carry a password, so
// only the cause is logged.
func (b *Bus) lost(_ *nats.Conn, err error) {
	if err != nil {
		b.log.Warn().Err(err).Msg("bus is away")
	}
}

// complaint notes what the client library reports out of turn.
func (b *Bus) complaint(_ *nats.Conn, _ *nats.Subscription, err error) {
	b.log.Warn().Err(err).Msg("bus reports an error")
}

// drain ends the connection in order and waits for its end.
func drain(ctx context.Context, nc *nats.Conn, closed <-chan struct{}) error {
	if err := nc.Drain(); err != nil {
		nc.Close()
	}
	select {
	case <-closed:
		return nil
	case <-ctx.Done():
		nc.Close()
		return fmt.Errorf("close the bus connection: %w", context.Cause(ctx))
	}
}
