package natsbus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/erp"
)

// working is a Run that a test stops; its end comes over the channel.
func working(t *testing.T, bus *Bus, o RunOptions, process func(context.Context, erp.Event) Verdict) (stop func(), ended <-chan error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	end := make(chan error, 1)
	go func() { end <- bus.Run(ctx, o, process) }()
	var once sync.Once
	done := make(chan error, 1)
	stop = func() { once.Do(func() { cancel(); done <- <-end }) }
	t.Cleanup(func() { stop() })
	return stop, done
}

// consumerInfo is what the server says of a connection's consumer.
func consumerInfo(t *testing.T, bus *Bus, connection string) *jetstream.ConsumerInfo {
	t.Helper()
	var info *jetstream.ConsumerInfo
	until(t, "the consumer is there", func() bool {
		c, err := bus.js.Consumer(t.Context(), streamEvents, consumerName(connection))
		if err == nil {
			info = c.CachedInfo()
		}
		return err == nil
	})
	return info
}

func TestEveryEventIsHandledOnce(t *testing.T) {
	onBoth(t, Options{}, func(t *testing.T, w world) {
		other := hook("not ours")
		other.Connection = "zenith"
		mustStore(t, w.Bus, other)
		crowd(20, func(i int) { mustStore(t, w.Bus, hook(fmt.Sprint("before", i))) })
		var seen sync.Map
		stop, ended := working(t, w.Bus, RunOptions{Connection: "acme", Workers: 4}, func(_ context.Context, e erp.Event) Verdict {
			if _, again := seen.LoadOrStore(e.ID, true); again || e.Connection != "acme" {
				t.Errorf("%s of %s came again or is not ours", e.ID, e.Connection)
			}
			return Verdict{Settle: Done}
		})
		crowd(20, func(i int) { mustStore(t, w.Bus, hook(fmt.Sprint("after", i))) })
		until(t, "all are acked", func() bool {
			i := consumerInfo(t, w.Bus, "acme")
			return i.AckFloor.Stream == 41
		})
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestLaterAndGiveBackComeAgain(t *testing.T) {
	onBoth(t, Options{}, func(t *testing.T, w world) {
		mustStore(t, w.Bus, hook("01JD1"))
		verdicts := []Verdict{{Settle: Later, After: 20 * time.Millisecond, Err: errors.New("not there yet")}, {Settle: GiveBack}, {}, {Settle: Done}}
		var calls atomic.Int64
		stop, _ := working(t, w.Bus, RunOptions{Connection: "acme"}, func(context.Context, erp.Event) Verdict {
			return verdicts[calls.Add(1)-1]
		})
		until(t, "it is acked", func() bool { return consumerInfo(t, w.Bus, "acme").AckFloor.Stream == 1 })
		stop()
		if calls.Load() != 4 {
			t.Errorf("%d deliveries, want 4", calls.Load())
		}
	})
}

func TestNoMoreIsTakenThanThereAreHands(t *testing.T) {
	onBoth(t, Options{}, func(t *testing.T, w world) {
		crowd(12, func(i int) { mustStore(t, w.Bus, hook(fmt.Sprint(i))) })
		var busy, most atomic.Int64
		entered, leave := make(chan bool, 12), make(chan bool)
		stop, _ := working(t, w.Bus, RunOptions{Connection: "acme", Workers: 3}, func(context.Context, erp.Event) Verdict {
			most.Store(max(most.Load(), busy.Add(1)))
			entered <- true
			<-leave
			busy.Add(-1)
			return Verdict{Settle: Done}
		})
		for range 3 {
			<-entered
		}
		if n := consumerInfo(t, w.Bus, "acme").NumAckPending; n != 3 {
			t.Errorf("%d events are out, for 3 hands", n)
		}
		close(leave)
		until(t, "all are acked", func() bool { return consumerInfo(t, w.Bus, "acme").AckFloor.Stream == 12 })
		stop()
		if most.Load() > 3 {
			t.Errorf("%d at once, for 3 hands", most.Load())
		}
	})
}

func TestStopLetsWorkGoOnForItsGrace(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	mustStore(t, bus, hook("01JD1"))
	entered, leave := make(chan bool), make(chan bool)
	var cut atomic.Bool
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- bus.Run(ctx, RunOptions{Connection: "acme", Grace: time.Hour}, func(ctx context.Context, _ erp.Event) Verdict {
			entered <- true
			<-leave
			cut.Store(ctx.Err() != nil)
			return Verdict{Settle: Done}
		})
	}()
	<-entered
	cancel()
	mustStore(t, bus, hook("after the stop"))
	select {
	case err := <-ended:
		t.Fatalf("Run came home before its work did: %v", err)
	default:
	}
	leave <- true
	if err := <-ended; err != nil || cut.Load() {
		t.Errorf("%v, cut off %v", err, cut.Load())
	}
	if info := consumerInfo(t, bus, "acme"); info.AckFloor.Stream != 1 || info.NumPending+uint64(info.NumAckPending) != 1 {
		t.Errorf("acked up to %d, %d pending, %d out", info.AckFloor.Stream, info.NumPending, info.NumAckPending)
	}
}

func TestStopCutsOffAfterItsGrace(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	mustStore(t, bus, hook("01JD1"))
	entered := make(chan bool)
	cause := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- bus.Run(ctx, RunOptions{Connection: "acme"}, func(ctx context.Context, _ erp.Event) Verdict {
			entered <- true
			<-ctx.Done()
			cause <- context.Cause(ctx)
			return Verdict{Settle: GiveBack}
		})
	}()
	<-entered
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := <-cause; !errors.Is(err, ErrStopping) {
		t.Errorf("cut off because of %v", err)
	}
	again := make(chan string, 1)
	working(t, bus, RunOptions{Connection: "acme"}, func(_ context.Context, e erp.Event) Verdict {
		again <- e.ID
		return Verdict{Settle: Done}
	})
	if id := <-again; id != "01JD1" {
		t.Errorf("given back %s", id)
	}
}

func TestEventTimeout(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	mustStore(t, bus, hook("01JD1"))
	got := make(chan error, 1)
	working(t, bus, RunOptions{Connection: "acme", EventTimeout: 10 * time.Millisecond}, func(ctx context.Context, _ erp.Event) Verdict {
		<-ctx.Done()
		got <- ctx.Err()
		return Verdict{Settle: Done}
	})
	if err := <-got; !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// lines is a log that a test reads while it is written.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) has(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.buf.String(), text)
}

func TestPanicHarmsNobodyElse(t *testing.T) {
	var log lines
	bus := open(t, Options{DataDir: t.TempDir(), Log: zerolog.New(&log)})
	mustStore(t, bus, hook("bad"))
	mustStore(t, bus, hook("good"))
	working(t, bus, RunOptions{Connection: "acme", Workers: 1}, func(_ context.Context, e erp.Event) Verdict {
		if e.ID == "bad" {
			panic("what is this?")
		}
		return Verdict{Settle: Done}
	})
	until(t, "the good one is acked, the bad one waits", func() bool {
		i := consumerInfo(t, bus, "acme")
		return i.Delivered.Stream == 2 && i.NumAckPending == 1 && i.AckFloor.Stream == 0
	})
	if !log.has("what is this?") || !log.has(`"event":"bad"`) || !log.has("loop_test.go") {
		t.Error("the log does not say which event panicked, how and where")
	}
	l := newLoop(bus, RunOptions{}, func(context.Context, erp.Event) Verdict { panic(1) })
	if v := l.guarded(t.Context(), hook("x")); v.Settle != Later || v.After != afterPanic || v.Err == nil {
		t.Errorf("%+v", v)
	}
}

func TestPauseTakesNothing(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	mustStore(t, bus, hook("first"))
	mustStore(t, bus, hook("second"))
	const pause = 100 * time.Millisecond
	var over time.Time
	early := make(chan time.Duration, 2)
	working(t, bus, RunOptions{Connection: "acme", Workers: 1}, func(context.Context, erp.Event) Verdict {
		if over.IsZero() {
			over = time.Now().Add(pause)
			return Verdict{Settle: Done, Pause: pause}
		}
		early <- time.Until(over)
		return Verdict{Settle: Done}
	})
	if d := <-early; d > 0 {
		t.Errorf("the next event came %v before the pause was over", d)
	}
}

func TestWhatArrivesInAPauseGoesBack(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	l := newLoop(bus, RunOptions{Connection: "acme", Workers: 1}, func(context.Context, erp.Event) Verdict {
		t.Error("handled in a pause")
		return Verdict{}
	})
	l.holdOff(time.Hour)
	l.holdOff(time.Second) // the longest counts
	if left := l.paused(); left < 59*time.Minute {
		t.Errorf("pause of %v left", left)
	}
	word := said(t, bus, func(m *nats.Msg) {
		l.hands.takeFree(t.Context())
		l.one(t.Context(), m)
	})
	if !strings.HasPrefix(word, `-NAK {"delay":35`) {
		t.Errorf("answered %q", word)
	}
}

// said gives a message to do, and returns the first word it sends the server.
func said(t *testing.T, bus *Bus, do func(*nats.Msg)) string {
	t.Helper()
	sub, err := bus.nc.SubscribeSync("said.here")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sub.Unsubscribe() }()
	do(&nats.Msg{Subject: "ev.acme.77.x", Reply: "said.here", Data: []byte("{}")})
	m, err := sub.NextMsgWithContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return string(m.Data)
}

func TestWorkingIsSaidWhileItLasts(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	l := newLoop(bus, RunOptions{AckWait: 30 * time.Millisecond}, nil)
	var quiet func()
	word := said(t, bus, func(m *nats.Msg) { quiet = l.beat(m) })
	quiet()
	if word != "+WPI" {
		t.Errorf("said %q", word)
	}
}

func TestStoredRubbishIsQuarantined(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	if _, err := bus.js.Publish(t.Context(), "ev.acme.0.rubbish", []byte("no event")); err != nil {
		t.Fatal(err)
	}
	mustStore(t, bus, hook("01JD1"))
	working(t, bus, RunOptions{Connection: "acme", Workers: 1}, func(context.Context, erp.Event) Verdict { return Verdict{Settle: Done} })
	until(t, "both are acked", func() bool { return consumerInfo(t, bus, "acme").AckFloor.Stream == 2 })
	if n := held(t, bus, streamQuarantine); n != 1 {
		t.Errorf("%d bodies in quarantine", n)
	}
}

func TestWorkGoesOnWhenTheServerIsBack(t *testing.T) {
	dir := t.TempDir()
	s := outside(t, dir, -1)
	port := s.Addr().(*net.TCPAddr).Port
	bus := open(t, Options{URL: s.ClientURL()})
	got := make(chan string, 10)
	working(t, bus, RunOptions{Connection: "acme"}, func(_ context.Context, e erp.Event) Verdict {
		got <- e.ID
		return Verdict{Settle: Done}
	})
	mustStore(t, bus, hook("before"))
	if id := <-got; id != "before" {
		t.Errorf("got %s", id)
	}
	stopServer(s)
	outside(t, dir, port)
	until(t, "the bus is back", func() bool { return bus.Healthy(t.Context()) == nil })
	mustStore(t, bus, hook("after"))
	for id := range got {
		if id == "after" { // the first one may come again: its ack was a hint
			return
		}
	}
}

func TestRunThatStopsBeforeTheServerIsThere(t *testing.T) {
	s := outside(t, t.TempDir(), -1)
	bus := open(t, Options{URL: s.ClientURL()})
	stopServer(s)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- bus.Run(ctx, RunOptions{Connection: "acme"}, func(context.Context, erp.Event) Verdict { return Verdict{} })
	}()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestRubbishThatCannotBeQuarantinedComesAgain(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	l := newLoop(bus, RunOptions{Connection: "acme"}, nil)
	away, cancel := context.WithCancel(t.Context())
	cancel()
	word := said(t, bus, func(m *nats.Msg) { l.unread(away, m, errors.New("no JSON")) })
	if word != `-NAK {"delay":30000000000}` {
		t.Errorf("answered %q", word)
	}
}
