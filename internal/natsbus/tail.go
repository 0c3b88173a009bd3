package natsbus

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// TailOptions says where to begin: the next sequence wanted of each stream. 0
// and 1 mean the beginning.
type TailOptions struct{ EventsFrom, JournalFrom uint64 }

// Kind is what an Entry is.
type Kind int

// The kinds of entries.
const (
	EventEntry    Kind = iota // Event
	RecordEntry               // Key, Record
	RegisterEntry             // Key.Connection, Register
	GapEntry                  // Missing sequences, from Seq on, are not in the stream
	BadEntry                  // Err: the message is there and cannot be read
)

// Entry is one thing that Tail has to tell.
type Entry struct {
	Kind     Kind
	Journal  bool // of JOURNAL, else of EVENTS
	Seq      uint64
	At       time.Time // when the server stored it; zero for a gap
	Event    erp.Event
	Key      journal.Key
	Record   journal.Record
	Register journal.Register
	Missing  uint64
	Aged     bool // the gap is older than the stream's first event: max age, not damage
	Err      error
}

// mostEntries is how many entries one call gets at most.
const mostEntries = 500

// ErrRewound is a stream that ends before the place one wants to go on from: it
// has lost its end.
var ErrRewound = errors.New("the stream ends before what was seen of it")

// Tail feeds fn everything from the given sequences on, and then what comes new,
// until ctx ends (nil) or fn fails (its error). fn gets 1 to 500 entries at a
// time, never two calls at once; of each stream they come in order and every
// sequence is told, a missing one in a GapEntry. Between the streams there is no
// order. While the server is away it waits. ErrRewound: a stream has lost its
// end.
func (b *Bus) Tail(ctx context.Context, o TailOptions, fn func(context.Context, []Entry) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	var home sync.WaitGroup
	defer home.Wait()
	defer cancel(nil)
	feed := make(chan Entry, mostEntries)
	for _, t := range []*tail{
		{bus: b, stream: streamEvents, next: max(o.EventsFrom, 1), feed: feed},
		{bus: b, stream: streamJournal, next: max(o.JournalFrom, 1), feed: feed},
	} {
		home.Go(func() {
			if err := t.run(ctx); err != nil {
				cancel(err)
			}
		})
	}
	return deliver(ctx, feed, fn)
}

// deliver hands over what has come in, as much as there is.
func deliver(ctx context.Context, feed <-chan Entry, fn func(context.Context, []Entry) error) error {
	for {
		select {
		case first := <-feed:
			if err := fn(ctx, collect(first, feed)); err != nil {
				return err
			}
		case <-ctx.Done():
			if err := context.Cause(ctx); errors.Is(err, ErrRewound) {
				return err
			}
			return nil
		}
	}
}

// collect takes what is there without waiting.
func collect(first Entry, feed <-chan Entry) []Entry {
	entries := []Entry{first}
	for len(entries) < mostEntries {
		select {
		case e := <-feed:
			entries = append(entries, e)
		default:
			return entries
		}
	}
	return entries
}

// tail reads one stream in order.
type tail struct {
	bus    *Bus
	stream string
	next   uint64 // the next sequence wanted
	aged   uint64 // what is missing below this has aged
	feed   chan<- Entry
}

// run reads until ctx ends (nil) or the stream is rewound. Any other trouble
// means starting again from the next sequence.
func (t *tail) run(ctx context.Context) error {
	var pause growing
	for ctx.Err() == nil {
		before := t.next
		err := t.read(ctx)
		if errors.Is(err, ErrRewound) {
			return err
		}
		if t.next > before {
			pause.reset()
		}
		if ctx.Err() == nil {
			t.bus.log.Warn().Err(err).Str("stream", t.stream).Msg("feed broke off; starting again")
			pause.wait(ctx)
		}
	}
	return nil
}

// read opens an ordered consumer at the next sequence and passes on what comes.
func (t *tail) read(ctx context.Context) error {
	messages, err := t.open(ctx)
	if err != nil {
		return err
	}
	defer messages.Stop()
	for {
		m, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return err
		}
		if err := t.pass(ctx, m); err != nil {
			return err
		}
	}
}

// open looks where the stream stands and starts to read.
func (t *tail) open(ctx context.Context) (jetstream.MessagesContext, error) {
	stream, err := t.bus.js.Stream(ctx, t.stream)
	if err != nil {
		return nil, err
	}
	state := stream.CachedInfo().State
	if t.next > state.LastSeq+1 {
		return nil, fmt.Errorf("%w: %s ends at %d, sequence %d was to come next", ErrRewound, t.stream, state.LastSeq, t.next)
	}
	if t.stream == streamEvents && stream.CachedInfo().Config.MaxAge > 0 {
		t.aged = state.FirstSeq
	}
	consumer, err := stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: t.next,
	})
	if err != nil {
		return nil, err
	}
	return consumer.Messages(jetstream.PullMaxMessages(mostEntries))
}

// pass tells a message, and before it what is missing.
func (t *tail) pass(ctx context.Context, m jetstream.Msg) error {
	meta, err := m.Metadata()
	if err != nil {
		return err
	}
	seq := meta.Sequence.Stream
	if seq < t.next { // told already
		return nil
	}
	if seq > t.next {
		gap := Entry{Kind: GapEntry, Journal: t.stream == streamJournal, Seq: t.next, Missing: seq - t.next, Aged: seq <= t.aged}
		if !gap.Aged {
			t.bus.gaps.note(t.stream, gap.Seq, gap.Missing)
		}
		if err := t.tell(ctx, gap); err != nil {
			return err
		}
	}
	t.next = seq + 1
	return t.tell(ctx, t.entry(seq, meta.Timestamp, m))
}

// tell puts an entry on the feed.
func (t *tail) tell(ctx context.Context, e Entry) error {
	select {
	case t.feed <- e:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// entry reads a message.
func (t *tail) entry(seq uint64, at time.Time, m jetstream.Msg) Entry {
	e := Entry{Kind: EventEntry, Journal: t.stream == streamJournal, Seq: seq, At: at}
	if e.Journal {
		e.Err = e.readJournal(m.Subject(), m.Data())
	} else {
		e.Event, e.Err = decodeEvent(m.Data())
	}
	if e.Err != nil {
		e.Kind = BadEntry
	}
	return e
}

// readJournal reads a record or a register.
func (e *Entry) readJournal(subject string, data []byte) (err error) {
	key, isRegister, err := keyOf(subject)
	if err != nil {
		return err
	}
	e.Key, e.Kind = key, RecordEntry
	if isRegister {
		e.Kind = RegisterEntry
		e.Register, err = decodeRegister(e.Seq, data)
		return err
	}
	e.Record, err = decodeRecord(e.Seq, data)
	return err
}
