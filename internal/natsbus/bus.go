package natsbus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/fault"
)

// Options says which bus to open. The zero value of each field has a meaning;
// only DataDir or URL must be given.
type Options struct {
	URL           string         // of an external server or cluster; empty: a server in this process
	CredsFile     string         // for an external server that asks for credentials
	DataDir       string         // embedded: the streams lie in DataDir/nats
	Replicas      int            // of each stream; 0: 1
	MaxStore      int64          // embedded: bytes the streams may use; 0: 20 GiB
	EventsMaxAge  time.Duration  // events older than this go; 0: never
	Log           zerolog.Logger // the zero Logger is silent
	Name          string         // of the connection, as the server's operator sees it; empty: procpac
	NoGroupCommit bool           // every append its own sync: to measure what sharing saves

	// Full, if given, is told once when 80 % of the room are used (Usage), and
	// again only after less than 70 % were. It is called from a goroutine of
	// the bus and must come back soon.
	Full func(used, most int64)

	// Gap, if given, is told once of each gap that is found in a stream, in
	// whatever way: what lay there is damaged and was never delivered, so it
	// needs a sweep (EVENTS) or an audit (JOURNAL). It is called by whoever
	// found the gap, must come back soon and must not call the bus.
	Gap func(stream string, from, missing uint64)
}

// Bus is an open bus. Close it last.
type Bus struct {
	log      zerolog.Logger
	embedded *embedded // nil for an external server
	nc       *nats.Conn
	js       jetstream.JetStream
	events   *appender
	journal  *appender
	dead     *appender
	unread   *appender
	gaps     gaps
	room     room
	closing  []func(context.Context) error // last in, first out
}

// answerWithin is how long a question that reads no messages may take: what is
// on its way when a server dies is never answered.
const answerWithin = 2 * time.Second

// The ends of an Open or a call. ErrClosed: the bus is closing.
var (
	ErrDirInUse       = errors.New("another process is using the data directory")
	ErrDirNotWritable = errors.New("the data directory cannot be written")
	ErrClosed         = errors.New("the bus is closed")
)

// Open starts or reaches the server, creates the streams that are missing and
// checks those that are there (StreamError). An external server that is away is
// waited for until ctx ends; ctx does not bound the life of the Bus. A failed
// Open leaves nothing behind.
func Open(ctx context.Context, o Options) (*Bus, error) {
	b := &Bus{log: o.Log}
	b.gaps = gaps{log: o.Log, call: o.Gap, turn: make(chan struct{}, 1)}
	if err := b.open(ctx, o.filled()); err != nil {
		return nil, errors.Join(err, b.Close(context.WithoutCancel(ctx)))
	}
	return b, nil
}

// filled puts in what was left out.
func (o Options) filled() Options {
	o.Replicas = max(o.Replicas, 1)
	if o.MaxStore <= 0 {
		o.MaxStore = 20 << 30
	}
	if o.Name == "" {
		o.Name = "procpac"
	}
	return o
}

// open does the work of Open; what it opened is in b.closing.
func (b *Bus) open(ctx context.Context, o Options) error {
	if err := b.openServer(ctx, o); err != nil {
		return err
	}
	if err := b.connect(o); err != nil {
		return err
	}
	batches, err := b.ensureStreams(ctx, o)
	if err != nil {
		return err
	}
	b.openAppenders(ctx, batches && !o.NoGroupCommit, !o.NoGroupCommit)
	b.watchRoom(ctx, o.Full)
	return nil
}

// openServer starts the server in this process, if it is ours to start.
func (b *Bus) openServer(ctx context.Context, o Options) error {
	if o.URL != "" {
		return nil
	}
	lock, err := lockDir(o.DataDir)
	if err != nil {
		return err
	}
	b.onClose(func(context.Context) error { return lock.Unlock() })
	if b.embedded, err = startEmbedded(ctx, o); err != nil {
		return err
	}
	b.onClose(b.embedded.stop)
	return nil
}

// openAppenders starts one committer for each of the two busy streams.
func (b *Bus) openAppenders(ctx context.Context, batches, group bool) {
	b.events = newAppender(b.js, streamEvents, batches)
	b.journal = newAppender(b.js, streamJournal, batches)
	b.dead = newAppender(b.js, streamDLQ, false)
	b.unread = newAppender(b.js, streamQuarantine, false)
	for _, a := range []*appender{b.events, b.journal, b.dead, b.unread} {
		a.server = b.embedded
		if a.group = group; group {
			a.start(context.WithoutCancel(ctx))
			b.onClose(a.stop)
		}
	}
}

// onClose notes what Close has to do; the last note is done first.
func (b *Bus) onClose(f func(context.Context) error) { b.closing = append(b.closing, f) }

// Close finishes the appends that wait, closes the connection, stops the
// embedded server and frees the directory. Run and Tail must have ended before.
// When ctx ends first, it goes on without waiting and says so: a server outside
// that hangs holds it up no longer than that and writeWithin. Only the embedded
// server is waited for whatever ctx says, because its directory must not be
// freed before.
func (b *Bus) Close(ctx context.Context) error {
	var errs []error
	for _, f := range slices.Backward(b.closing) {
		errs = append(errs, f(ctx))
	}
	b.closing = nil
	return errors.Join(errs...)
}

// Healthy asks the server for both main streams and whether there is room for
// one more message. An error is Transient and of the system. It also wakes the
// supervisor of an embedded server that is ill.
func (b *Bus) Healthy(ctx context.Context) error {
	if b.embedded != nil {
		if err := b.embedded.healthy(); err != nil {
			return away("look at the embedded server", err)
		}
	}
	if _, _, err := b.Ends(ctx); err != nil {
		return err
	}
	return b.hasRoom(ctx)
}

// Ends gives the last sequence of EVENTS and of JOURNAL; 0 where nothing is
// stored yet. An error is Transient and of the system.
func (b *Bus) Ends(ctx context.Context) (events, journal uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	for name, last := range map[string]*uint64{streamEvents: &events, streamJournal: &journal} {
		stream, err := b.js.Stream(ctx, name)
		if err != nil {
			return 0, 0, away("look at stream "+name, err)
		}
		*last = stream.CachedInfo().State.LastSeq
	}
	return events, journal, nil
}

// away classes a failure of the bus: nothing outside changed, it may work
// later, and it is no document's fault.
func away(op string, err error) error {
	if errors.Is(err, nats.ErrConnectionReconnecting) || errors.Is(err, nats.ErrReconnectBufExceeded) {
		err = fmt.Errorf("the server is away: %w", err)
	}
	return fault.New(fault.Transient, op, err).OfSystem()
}
