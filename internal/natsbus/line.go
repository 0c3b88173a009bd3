package natsbus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	pullFor   = 30 * time.Second // then the server ends the pull and we ask anew
	heartbeat = 2 * time.Second  // of a pull that has nothing to deliver
	farewell  = 2 * time.Second  // for messages on their way when a line closes
)

// line is one subscription through which pulls are answered. It speaks the pull
// protocol itself (documented: NATS ADR-37), because the client's Fetch drops
// what is on its way when it is ended early, and each such event would then have
// to wait for AckWait. It is for one goroutine.
type line struct {
	nc   *nats.Conn
	sub  *nats.Subscription
	next string // the subject that asks for messages
}

// openLine subscribes; nothing is delivered before the first pull.
func openLine(nc *nats.Conn, connection string) (*line, error) {
	sub, err := nc.SubscribeSync(nc.NewInbox())
	if err != nil {
		return nil, err
	}
	return &line{nc: nc, sub: sub, next: "$JS.API.CONSUMER.MSG.NEXT." + streamEvents + "." + consumerName(connection)}, nil
}

// ask is one pull.
type ask struct {
	Batch     int           `json:"batch"`
	Expires   time.Duration `json:"expires"`
	Heartbeat time.Duration `json:"idle_heartbeat"`
}

// pull asks for n messages and passes on each as it comes, until all n have
// come, the server ends the pull, or ctx ends. An error says that the server is
// away or refuses.
func (l *line) pull(ctx context.Context, n int, take func(*nats.Msg)) (taken int, err error) {
	data, err := json.Marshal(ask{Batch: n, Expires: pullFor, Heartbeat: heartbeat})
	if err != nil {
		return 0, err
	}
	if err := l.nc.PublishRequest(l.next, l.sub.Subject, data); err != nil {
		return 0, err
	}
	for taken < n {
		m, err := l.hear(ctx)
		switch {
		case err != nil:
			return taken, err
		case m.Reply != "" && m.Header.Get("Status") == "":
			take(m)
			taken++
			continue
		}
		if over, err := over(m); over {
			return taken, err
		}
	}
	return taken, nil
}

// hear waits for the next word of the server; two missed heartbeats mean that
// the pull is lost.
func (l *line) hear(ctx context.Context) (*nats.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*heartbeat)
	defer cancel()
	m, err := l.sub.NextMsgWithContext(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, errors.New("the server does not answer a pull")
	}
	return m, err
}

// over tells whether a status ends the pull, and whether that is an error.
func over(m *nats.Msg) (bool, error) {
	switch status := m.Header.Get("Status"); status {
	case "100": // heartbeat
		return false, nil
	case "404", "408": // nothing there, time is up
		return true, nil
	default:
		return true, fmt.Errorf("the server ended a pull: %s %s", status, m.Header.Get("Description"))
	}
}

// close ends the line. What the server had already sent goes to late.
func (l *line) close(late func(*nats.Msg)) {
	if err := l.sub.Drain(); err != nil {
		return // the connection is gone, and what was on its way comes again
	}
	for {
		m, err := l.sub.NextMsg(farewell)
		if err != nil {
			return
		}
		if m.Reply != "" && m.Header.Get("Status") == "" {
			late(m)
		}
	}
}
