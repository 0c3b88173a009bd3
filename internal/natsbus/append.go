package natsbus

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/procpac/procpac/internal/fault"
)

const (
	commitWithin   = 5 * time.Second // of one batch or publish; callers give up by their own context
	mostMessages   = 500             // in one batch; the server takes 1,000
	mostBytes      = 8 << 20         // in one batch
	queueLength    = 2 * mostMessages
	roomForHeaders = 1 << 10 // what the server's limit leaves for them
)

// headerSum carries the hash of a body, so that a repeat can be compared without
// reading the body.
const headerSum = "Procpac-Sum"

// slip is one append on its way through a committer.
type slip struct {
	subject string
	after   uint64 // the subject's last sequence must be this; 0: nothing is there
	id      string // message id; empty: none
	sum     string // of the body, where repeats are compared
	data    []byte

	ctx       context.Context // the caller's: once it has ended nothing is sent any more
	answer    chan outcome    // room for one
	followers []*slip         // same mark in the same round: they wait for this one
}

// outcome is the end of a slip: stored, taken or an error.
type outcome struct {
	seq   uint64 // stored: its own; taken: the subject's last one, 0 when not known
	taken bool   // another append came first
	sum   string // taken: the hash of what stands there, empty when not known
	err   error
}

// mark is what two slips of one batch may not share.
func (s *slip) mark() string {
	if s.id != "" {
		return s.id
	}
	return s.subject
}

// message is the slip as it is sent; made anew for every try, because a batch
// leaves its own headers on it.
func (s *slip) message() *nats.Msg {
	m := &nats.Msg{Subject: s.subject, Data: s.data, Header: nats.Header{}}
	m.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(s.after, 10))
	if s.id != "" {
		m.Header.Set(jetstream.MsgIDHeader, s.id)
	}
	if s.sum != "" {
		m.Header.Set(headerSum, s.sum)
	}
	return m
}

// appender writes to one stream. With group set a committer goroutine shares
// syncs between callers; without, each caller publishes for itself.
type appender struct {
	js      jetstream.JetStream
	stream  string
	batches bool // the server takes atomic batches
	group   bool
	server  *embedded // nil for a server outside

	queue   chan *slip
	closing chan struct{} // no more slips
	stopped chan struct{} // the committer has gone home
	end     context.CancelFunc
	once    sync.Once
	counts  counters

	wary bool // the last batch held latecomers: look before sending (committer only)
}

func newAppender(js jetstream.JetStream, stream string, batches bool) *appender {
	return &appender{
		js: js, stream: stream, batches: batches,
		queue: make(chan *slip, queueLength), closing: make(chan struct{}), stopped: make(chan struct{}),
	}
}

// start runs the committer; stop ends it.
func (a *appender) start(ctx context.Context) {
	work, end := context.WithCancel(ctx)
	a.end = end
	go a.commitAll(work)
}

// stop lets the committer finish what waits, then sends it home.
func (a *appender) stop(ctx context.Context) error {
	a.once.Do(func() { close(a.closing) })
	defer a.end()
	select {
	case <-a.stopped:
		return nil
	case <-ctx.Done():
		a.end() // what is under way fails now
		<-a.stopped
		return fmt.Errorf("finish the appends to %s: %w", a.stream, context.Cause(ctx))
	}
}

// do appends s and waits for the answer. Errors are Transient and of the system
// (the append may or may not have happened), but for a body that is too big,
// which is Permanent.
func (a *appender) do(ctx context.Context, s *slip) outcome {
	a.counts.appends.Add(1)
	if most := a.most(); len(s.data) > most {
		err := fmt.Errorf("%d bytes are more than the server's limit of %d", len(s.data), most)
		return outcome{err: fault.New(fault.Permanent, "append to "+a.stream, err)}
	}
	if a.server != nil {
		if err := a.server.illness(); err != nil {
			return a.failed(fmt.Errorf("nothing was sent: %w", err))
		}
	}
	s.ctx, s.answer = ctx, make(chan outcome, 1)
	out := a.pass(ctx, s)
	if out.err != nil && a.server != nil {
		_ = a.server.healthy() // to know at the next append, and to wake the supervisor
	}
	return out
}

// pass sends s, or puts it in the queue, and waits for its answer.
func (a *appender) pass(ctx context.Context, s *slip) outcome {
	if !a.group {
		out := a.single(ctx, s)
		a.counts.note(out)
		return out
	}
	select {
	case <-a.closing:
		return a.failed(ErrClosed)
	default:
	}
	select {
	case a.queue <- s:
		return a.await(ctx, s)
	case <-a.stopped:
		return a.failed(ErrClosed)
	case <-ctx.Done():
		return a.failed(fmt.Errorf("too many appends are waiting; nothing was sent: %w", context.Cause(ctx)))
	}
}

// await waits for the answer to a slip in the queue.
func (a *appender) await(ctx context.Context, s *slip) outcome {
	select {
	case out := <-s.answer:
		return out
	case <-ctx.Done():
		return a.failed(fmt.Errorf("no answer in time, it may or may not be stored: %w", context.Cause(ctx)))
	case <-a.stopped:
		select {
		case out := <-s.answer:
			return out
		default:
			return a.failed(ErrClosed)
		}
	}
}

// failed is an append that has no answer.
func (a *appender) failed(err error) outcome {
	return outcome{err: away("append to "+a.stream, err)}
}

// most is how many bytes one message may have.
func (a *appender) most() int {
	most := int(a.js.Conn().MaxPayload())
	if most == 0 { // not connected yet: the server's default
		most = 1 << 20
	}
	return most - roomForHeaders
}

// single publishes one slip by itself, with a sync of its own.
func (a *appender) single(ctx context.Context, s *slip) outcome {
	ctx, cancel := context.WithTimeout(ctx, commitWithin)
	defer cancel()
	var pause growing
	for {
		a.counts.singles.Add(1)
		ack, err := a.js.PublishMsg(ctx, s.message(), jetstream.WithRetryAttempts(0))
		switch {
		case err == nil && ack.Duplicate:
			return outcome{seq: ack.Sequence, taken: true}
		case err == nil:
			return outcome{seq: ack.Sequence}
		case answered(err, jetstream.JSErrCodeStreamWrongLastSequence):
			return outcome{taken: true}
		case !answered(err, jetstream.JSErrCodeStreamWrongLastSequenceConstant, codeRepeatUnderWay):
			return a.failed(err)
		}
		// A cluster is still deciding about another append of this subject or
		// id: not stored yet, so not taken yet.
		if !pause.wait(ctx) {
			return a.failed(errors.Join(err, context.Cause(ctx)))
		}
	}
}

// codeRepeatUnderWay: the same id is being stored right now (documented in the
// server's list of errors; the client has no name for it).
const codeRepeatUnderWay jetstream.ErrorCode = 10158

// answered tells whether err is an answer of the server with one of the codes.
func answered(err error, codes ...jetstream.ErrorCode) bool {
	var answer *jetstream.APIError
	if !errors.As(err, &answer) {
		return false
	}
	for _, code := range codes {
		if answer.ErrorCode == code {
			return true
		}
	}
	return len(codes) == 0
}
