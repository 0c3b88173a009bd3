package natsbus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// stored is one message as it lies in a stream.
type stored struct {
	seq     uint64
	at      time.Time
	subject string
	header  nats.Header
	data    []byte
}

// wanted is a direct get (documented: ADR-31 of NATS). Only batched gets are
// used, because only they say where the answer ends.
type wanted struct {
	From   uint64   `json:"seq,omitempty"`
	Of     string   `json:"next_by_subj,omitempty"`
	LastOf []string `json:"multi_last,omitempty"`
	Most   int      `json:"batch,omitempty"`
}

const (
	getWithin = 5 * time.Second // from one message of an answer to the next
	mostGot   = 1000
)

// eachOf visits the messages of a subject in order, as many round trips as it
// takes, one for a subject that has none. visit's error ends it. Any message
// that does not come through is an error, never a shorter list.
func eachOf(ctx context.Context, nc *nats.Conn, stream, subject string, visit func(stored) error) error {
	for from := uint64(1); ; {
		more, err := get(ctx, nc, stream, wanted{From: from, Of: subject, Most: mostGot}, func(m stored) error {
			from = m.seq + 1
			return visit(m)
		})
		if err != nil || !more {
			return err
		}
	}
}

// eachLast visits the last message of each subject that has any, in no order.
func eachLast(ctx context.Context, nc *nats.Conn, stream string, subjects []string, visit func(stored)) error {
	_, err := get(ctx, nc, stream, wanted{LastOf: subjects, Most: len(subjects)}, func(m stored) error {
		visit(m)
		return nil
	})
	return err
}

// lastOf is the last message of a subject; false: it has none.
func lastOf(ctx context.Context, nc *nats.Conn, stream, subject string) (m stored, found bool, err error) {
	err = eachLast(ctx, nc, stream, []string{subject}, func(got stored) { m, found = got, true })
	return m, found, err
}

// get makes one direct get and reads its answer to the end mark; more tells that
// the server has further messages. An answer without its end is an error.
func get(ctx context.Context, nc *nats.Conn, stream string, w wanted, visit func(stored) error) (more bool, err error) {
	sub, err := request(nc, "$JS.API.DIRECT.GET."+stream, w)
	if err != nil {
		return false, err
	}
	defer func() { _ = sub.Unsubscribe() }() // fails only when the connection is gone, which has been told
	for {
		m, err := nextWithin(ctx, sub, getWithin)
		if err != nil {
			return false, fmt.Errorf("no full answer from stream %s: %w", stream, err)
		}
		if status := m.Header.Get("Status"); status != "" && len(m.Data) == 0 {
			return end(m, stream, status)
		}
		got, err := parsed(m)
		if err != nil {
			return false, err
		}
		if err := visit(got); err != nil {
			return false, err
		}
	}
}

// nextWithin waits for the next message of an answer. Big messages from a cold
// disk take their time, so only the silence between two of them has a limit.
func nextWithin(ctx context.Context, sub *nats.Subscription, silence time.Duration) (*nats.Msg, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, silence, errSilent)
	defer cancel()
	m, err := sub.NextMsgWithContext(ctx)
	if err != nil {
		return nil, errors.Join(err, context.Cause(ctx))
	}
	return m, nil
}

// errSilent is a server that does not go on with an answer.
var errSilent = errors.New("the server has fallen silent")

// request sends a question whose answer has many messages.
func request(nc *nats.Conn, subject string, question any) (*nats.Subscription, error) {
	data, err := json.Marshal(question)
	if err != nil {
		return nil, err
	}
	inbox := nc.NewInbox()
	sub, err := nc.SubscribeSync(inbox)
	if err != nil {
		return nil, err
	}
	if err := nc.PublishRequest(subject, inbox, data); err != nil {
		return nil, errors.Join(err, sub.Unsubscribe())
	}
	return sub, nil
}

// end reads the mark that ends an answer: 204 the end, 404 nothing there.
func end(m *nats.Msg, stream, status string) (more bool, err error) {
	switch status {
	case "204":
		return m.Header.Get("Nats-Num-Pending") != "0", nil
	case "404":
		return false, nil
	case "503":
		return false, fmt.Errorf("stream %s is away: %w", stream, nats.ErrNoResponders)
	}
	return false, fmt.Errorf("stream %s answered %s %s", stream, status, m.Header.Get("Description"))
}

// errGarbled is a stored message whose headers are ruined, and with them what
// the server adds to them: its length of headers rots unseen, because no checksum
// covers it (seen, server 2.15.2).
var errGarbled = errors.New("a stored message has lost its headers")

// parsed reads what a direct get says of a message.
func parsed(m *nats.Msg) (stored, error) {
	seq, err := strconv.ParseUint(m.Header.Get(jetstream.SequenceHeader), 10, 64)
	if err != nil {
		return stored{}, fmt.Errorf("%w: no sequence: %w", errGarbled, err)
	}
	at, err := time.Parse(time.RFC3339Nano, m.Header.Get(jetstream.TimeStampHeaer))
	if err != nil {
		return stored{}, fmt.Errorf("%w: message %d has no time: %w", errGarbled, seq, err)
	}
	return stored{seq: seq, at: at, subject: m.Header.Get(jetstream.SubjectHeader), header: m.Header, data: m.Data}, nil
}
