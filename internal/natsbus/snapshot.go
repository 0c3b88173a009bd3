package natsbus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	chunkSize   = 256 << 10        // of a snapshot on its way; the server allows 1 MiB
	silenceMost = 15 * time.Second // from a server that sends or takes a snapshot; it gives up itself after 5 s
)

// answer is what every answer of JetStream's API may carry.
type answer struct {
	Error *jetstream.APIError `json:"error,omitempty"`
}

// question sends a request of JetStream's API and reads its answer.
func (b *Bus) question(ctx context.Context, subject string, question, into any) error {
	ctx, cancel := context.WithTimeout(ctx, silenceMost)
	defer cancel()
	data, err := json.Marshal(question)
	if err != nil {
		return err
	}
	m, err := b.nc.RequestWithContext(ctx, subject, data)
	if err != nil {
		return err
	}
	return readAnswer(m.Data, into)
}

// readAnswer reads an answer of JetStream's API, and the error in it.
func readAnswer(data []byte, into any) error {
	var a answer
	if err := errors.Join(json.Unmarshal(data, &a), json.Unmarshal(data, into)); err != nil {
		return fmt.Errorf("answer of the server: %w", err)
	}
	if a.Error != nil {
		return a.Error
	}
	return nil
}

// snapshotState is what a stream says of itself when a snapshot is taken or given back.
type snapshotState struct {
	Messages uint64 `json:"messages"`
	Bytes    uint64 `json:"bytes"`
	First    uint64 `json:"first_seq"`
	Last     uint64 `json:"last_seq"`
}

// snapshot has the server send a stream with its consumers, as they are now, to
// w. Nothing is stopped meanwhile; what is stored later is not in it. w gets the
// server's own compressed form (inspect reads it). The server waits for w as
// long as each 8 MiB take less than 5 s, else it gives up.
func (b *Bus) snapshot(ctx context.Context, stream string, w io.Writer) error {
	sub, err := b.nc.SubscribeSync(b.nc.NewInbox())
	if err != nil {
		return err
	}
	defer func() { _ = sub.Unsubscribe() }() // fails only when the connection is gone, which has been told
	question := map[string]any{"deliver_subject": sub.Subject, "chunk_size": chunkSize}
	if err := b.question(ctx, "$JS.API.STREAM.SNAPSHOT."+stream, question, &struct{}{}); err != nil {
		return err
	}
	return receive(ctx, sub, w)
}

// receive takes the chunks of a snapshot in order, each acknowledged once it is
// written, up to the empty message that ends them.
func receive(ctx context.Context, sub *nats.Subscription, w io.Writer) error {
	for n := 1; ; n++ {
		m, err := nextWithin(ctx, sub, silenceMost)
		if err != nil {
			return err
		}
		if len(m.Data) == 0 {
			return ended(m)
		}
		if m.Reply != "" && !strings.HasSuffix(m.Reply, "."+strconv.Itoa(n)) {
			return fmt.Errorf("a piece of the snapshot was lost on its way: piece %d came as %s", n, m.Reply)
		}
		if _, err := w.Write(m.Data); err != nil {
			return err
		}
		if m.Reply == "" { // the last piece, which nobody waits for
			continue
		}
		if err := m.Respond(nil); err != nil {
			return err
		}
	}
}

// ended reads the message that ends a snapshot: 204 or no status at all is
// success (seen: a snapshot of one piece ends without a status).
func ended(m *nats.Msg) error {
	switch status := m.Header.Get("Status"); status {
	case "", "204":
		return nil
	default:
		return fmt.Errorf("the server broke the snapshot off: %s %s", status, m.Header.Get("Description"))
	}
}

// giveBack makes a stream again from a snapshot, and gives its state.
func (b *Bus) giveBack(ctx context.Context, config jetstream.StreamConfig, state snapshotState, r io.Reader) (snapshotState, error) {
	var begun struct {
		To string `json:"deliver_subject"`
	}
	question := map[string]any{"config": config, "state": state}
	if err := b.question(ctx, "$JS.API.STREAM.RESTORE."+config.Name, question, &begun); err != nil {
		return snapshotState{}, err
	}
	chunk := make([]byte, chunkSize)
	for {
		n, err := io.ReadFull(r, chunk)
		if n == 0 && errors.Is(err, io.EOF) {
			return b.finishGivingBack(ctx, begun.To)
		}
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return snapshotState{}, err
		}
		if err := b.hand(ctx, begun.To, chunk[:n]); err != nil {
			return snapshotState{}, err
		}
	}
}

// hand gives the server one piece of a snapshot and waits until it has taken it.
func (b *Bus) hand(ctx context.Context, subject string, piece []byte) error {
	ctx, cancel := context.WithTimeout(ctx, silenceMost)
	defer cancel()
	m, err := b.nc.RequestWithContext(ctx, subject, piece)
	if err != nil || len(m.Data) == 0 {
		return err
	}
	return readAnswer(m.Data, &struct{}{})
}

// finishGivingBack tells the server that this was all; its answer may take long.
func (b *Bus) finishGivingBack(ctx context.Context, subject string) (snapshotState, error) {
	m, err := b.nc.RequestWithContext(ctx, subject, nil)
	if err != nil {
		return snapshotState{}, err
	}
	var done struct {
		State snapshotState `json:"state"`
	}
	err = readAnswer(m.Data, &done)
	return done.State, err
}
