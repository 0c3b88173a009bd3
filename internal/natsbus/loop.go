package natsbus

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// RunOptions are the settings of one connection's workers. Only Connection must
// be given.
type RunOptions struct {
	Connection   string
	Workers      int           // at once; 0: 16
	AckWait      time.Duration // after so long without a sign of life an event goes to someone else; 0: 60 s
	EventTimeout time.Duration // of one call of process; 0: 2 min
	Grace        time.Duration // how long work may go on after a stop; 0: not at all
}

// Settle is what becomes of an event.
type Settle int

// The ways to settle an event. The zero value loses nothing.
const (
	Later    Settle = iota // again, not before Verdict.After
	Done                   // never again
	GiveBack               // at once, to whoever is there
)

// Verdict is the end of one call of process, which has already written what must
// be durable.
type Verdict struct {
	Settle Settle
	After  time.Duration // with Later
	Pause  time.Duration // take nothing of this connection for so long
	Err    error         // for the log
}

// ErrStopping is the cause of a context that was ended because the loop stops
// and its grace is over: whoever sees it gives back without counting an attempt.
var ErrStopping = errors.New("the workers are stopping")

// afterPanic is when an event comes again whose process panicked.
const afterPanic = 30 * time.Second

// Run takes the events of one connection and calls process for each, up to
// Workers at once, until ctx ends; then it takes no more, lets the work under
// way go on for Grace, cancels its context with ErrStopping, waits for all and
// returns nil. An event is delivered until a Done; it may come twice, at any
// time. An error means that the consumer could not be set up. While the server
// is away Run waits. Only one Run per Bus and connection makes sense; other
// processes may run the same.
func (b *Bus) Run(ctx context.Context, o RunOptions, process func(context.Context, erp.Event) Verdict) error {
	l := newLoop(b, o, process)
	if err := l.setUp(ctx); err != nil || ctx.Err() != nil {
		return err
	}
	line, err := openLine(b.nc, l.options.Connection)
	if err != nil {
		return away("take events of "+l.options.Connection, err)
	}
	var home sync.WaitGroup
	defer home.Wait()
	home.Go(func() { l.lookBack(ctx) })
	l.run(ctx, line)
	return nil
}

// lookBack looks once for gaps in what is not acknowledged, beside the work.
func (l *loop) lookBack(ctx context.Context) {
	var pause growing
	for {
		err := l.bus.lookBack(ctx, l.options.Connection)
		if err == nil || ctx.Err() != nil {
			return
		}
		l.log.Warn().Err(err).Msg("cannot look for missing events yet")
		if !pause.wait(ctx) {
			return
		}
	}
}

// loop is one Run.
type loop struct {
	bus     *Bus
	options RunOptions
	process func(context.Context, erp.Event) Verdict
	log     zerolog.Logger
	hands   hands

	mu    sync.Mutex
	pause time.Time // take nothing before
}

func newLoop(b *Bus, o RunOptions, process func(context.Context, erp.Event) Verdict) *loop {
	if o.Workers <= 0 {
		o.Workers = 16
	}
	if o.AckWait <= 0 {
		o.AckWait = time.Minute
	}
	if o.EventTimeout <= 0 {
		o.EventTimeout = 2 * time.Minute
	}
	log := b.log.With().Str("connection", o.Connection).Logger()
	return &loop{bus: b, options: o, process: process, log: log, hands: newHands(o.Workers)}
}

// setUp brings the consumer about, and waits while the server is away. Nil may
// also mean that ctx ended.
func (l *loop) setUp(ctx context.Context) error {
	var pause growing
	for {
		err := l.bus.ensureConsumer(ctx, l.options)
		if err == nil || ctx.Err() != nil {
			return nil
		}
		if !fault.IsSystem(err) {
			return err
		}
		l.log.Warn().Err(err).Msg("cannot set up the consumer yet")
		if !pause.wait(ctx) {
			return nil
		}
	}
}

// run is the two-step stop: ctx ends the taking, work ends what was taken.
func (l *loop) run(ctx context.Context, line *line) {
	work, letGo := context.WithCancelCause(context.WithoutCancel(ctx))
	defer letGo(nil)
	l.take(ctx, work, line)
	line.close(func(m *nats.Msg) { l.back(m, 0) })
	grace := time.AfterFunc(l.options.Grace, func() { letGo(ErrStopping) })
	defer grace.Stop()
	l.hands.waitAll()
	l.flush(work)
}

// take pulls for free hands until ctx ends.
func (l *loop) take(ctx, work context.Context, line *line) {
	var away growing
	for rest(ctx, l.paused()) {
		free := l.hands.takeFree(ctx)
		if free == 0 {
			return
		}
		taken, err := line.pull(ctx, free, func(m *nats.Msg) {
			go l.one(work, m)
		})
		l.hands.giveBack(free - taken)
		if err == nil || taken > 0 {
			away.reset()
		}
		if err != nil && ctx.Err() == nil {
			l.log.Warn().Err(err).Msg("cannot take events")
			away.wait(ctx)
			l.again(ctx)
		}
	}
}

// again sets the consumer up anew after trouble: it may be what is missing.
func (l *loop) again(ctx context.Context) {
	if err := l.bus.ensureConsumer(ctx, l.options); err != nil && ctx.Err() == nil {
		l.log.Warn().Err(err).Msg("cannot set up the consumer")
	}
}

// flush waits until the last answers have left.
func (l *loop) flush(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := l.bus.nc.FlushWithContext(ctx); err != nil {
		l.log.Warn().Err(err).Msg("the last acks may be lost; those events come again")
	}
}

// one handles one message, start to end.
func (l *loop) one(work context.Context, m *nats.Msg) {
	defer l.hands.giveBack(1)
	if pause := l.paused(); pause > 0 { // asked for while this one was on its way
		l.back(m, pause)
		return
	}
	e, err := decodeEvent(m.Data)
	if err != nil {
		l.unread(work, m, err)
		return
	}
	ctx, cancel := context.WithTimeout(work, l.options.EventTimeout)
	defer cancel()
	quiet := l.beat(m)
	v := l.guarded(ctx, e)
	quiet()
	l.settle(m, e, v)
}

// guarded calls process and turns a panic into a Later.
func (l *loop) guarded(ctx context.Context, e erp.Event) (v Verdict) {
	defer func() {
		if p := recover(); p != nil {
			l.log.Error().Str("event", e.ID).Str("panic", fmt.Sprint(p)).Bytes("stack", debug.Stack()).Msg("handling an event panicked")
			v = Verdict{Settle: Later, After: afterPanic, Err: fmt.Errorf("panic: %v", p)}
		}
	}()
	return l.process(ctx, e)
}

// beat tells the server, three times per AckWait, that the event is in good
// hands; the function it returns ends that and waits for it.
func (l *loop) beat(m *nats.Msg) (quiet func()) {
	end := make(chan struct{})
	var home sync.WaitGroup
	home.Go(func() {
		tick := time.NewTicker(l.options.AckWait / 3)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				l.answer(m, "+WPI")
			case <-end:
				return
			}
		}
	})
	return func() { close(end); home.Wait() }
}

// unread puts away a message that is no event of ours.
func (l *loop) unread(ctx context.Context, m *nats.Msg, cause error) {
	if err := l.bus.Quarantine(ctx, l.options.Connection, m.Data, cause.Error()); err != nil {
		l.log.Error().Err(err).AnErr("cause", cause).Msg("a stored event cannot be read, nor quarantined")
		l.back(m, afterPanic)
		return
	}
	l.log.Error().Err(cause).Msg("a stored event cannot be read and is in quarantine")
	l.answer(m, "+ACK")
}

// settle tells the server what a verdict says. It is a hint, nothing waits for
// it: an event whose ack is lost comes again, and the journal knows.
func (l *loop) settle(m *nats.Msg, e erp.Event, v Verdict) {
	if v.Err != nil {
		l.log.Warn().Err(v.Err).Str("event", e.ID).Dur("after", v.After).Dur("pause", v.Pause).Msg("event not settled")
	}
	l.holdOff(v.Pause)
	switch v.Settle {
	case Done:
		l.answer(m, "+ACK")
	case GiveBack:
		l.back(m, 0)
	default:
		l.back(m, v.After)
	}
}

// back gives a message back, to come again after d.
func (l *loop) back(m *nats.Msg, d time.Duration) {
	if d <= 0 {
		l.answer(m, "-NAK")
		return
	}
	l.answer(m, fmt.Sprintf(`-NAK {"delay":%d}`, d.Nanoseconds()))
}

// answer sends a word about a message to the server.
func (l *loop) answer(m *nats.Msg, word string) {
	if err := l.bus.nc.Publish(m.Reply, []byte(word)); err != nil {
		l.log.Warn().Err(err).Msg("could not answer for an event; it comes again")
	}
}

// holdOff notes a pause; the longest counts.
func (l *loop) holdOff(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until := time.Now().Add(d); d > 0 && until.After(l.pause) {
		l.pause = until
	}
}

// paused is how long nothing is to be taken.
func (l *loop) paused() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(0, time.Until(l.pause))
}
