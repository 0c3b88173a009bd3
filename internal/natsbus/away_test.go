package natsbus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// farAway is a bus on a server outside, with a bad network between.
func farAway(t *testing.T) (*Bus, *proxy, *server.Server) {
	t.Helper()
	s := outside(t, t.TempDir(), -1)
	p := between(t, s.Addr().String())
	bus := open(t, Options{URL: p.url()})
	t.Cleanup(p.thaw) // before the bus closes
	return bus, p, s
}

// hurried is a caller with so much time.
func hurried(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// systemFault wants the error of a caller whose time ran out.
func systemFault(t *testing.T, what string, err error) {
	t.Helper()
	if fault.Of(err) != fault.Transient || !fault.IsSystem(err) {
		t.Errorf("%s: %v", what, err)
	}
}

// Nothing here may hang: the test's own limit is minutes, the callers' are
// fractions of a second.
func TestServerThatHangs(t *testing.T) {
	t.Parallel()
	bus, network, _ := farAway(t)
	key := journal.NewKey("acme", journal.KindCommitment, 4101)
	seq := mustAppend(t, bus, key, planned("new"), 0)
	network.freeze()
	const limit = 100 * time.Millisecond
	crowd(20, func(i int) {
		_, err := bus.Store(hurried(t, limit), hook(fmt.Sprint("lost", i)))
		systemFault(t, "store", err)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("store: %v", err)
		}
	})
	_, err := bus.Journal().Append(hurried(t, limit), key, claimed(1), seq)
	systemFault(t, "append", err)
	_, err = bus.Journal().Load(hurried(t, limit), key)
	systemFault(t, "load", err)
	_, _, err = bus.Ends(hurried(t, limit))
	systemFault(t, "ends", err)
	_, _, err = bus.Usage(hurried(t, limit))
	systemFault(t, "usage", err)
	systemFault(t, "healthy", bus.Healthy(hurried(t, limit)))
	systemFault(t, "backup", bus.Backup(hurried(t, limit), new(nowhere)))
	systemFault(t, "bury", bus.Bury(hurried(t, limit), key, "x", nil))
	systemFault(t, "quarantine", bus.Quarantine(hurried(t, limit), "acme", nil, "x"))

	network.thaw()
	until(t, "the bus is well", func() bool { return bus.Healthy(t.Context()) == nil })
	effect, err := bus.Journal().Load(t.Context(), key)
	if err != nil || effect.Records < 1 || effect.Records > 2 {
		t.Errorf("%+v, %v", effect, err)
	}
	for i := range 20 { // stored then or now, once
		if _, err := bus.Store(t.Context(), hook(fmt.Sprint("lost", i))); err != nil {
			t.Error(err)
		}
	}
	if events, _ := ends(t, bus); events != 20 {
		t.Errorf("%d events, want 20", events)
	}
}

// nowhere is a writer.
type nowhere struct{}

func (*nowhere) Write(p []byte) (int, error) { return len(p), nil }

// A server that does not even read: what is sent fills the network's buffers,
// and then the client's write must not hold everybody up. (The client's own
// limit is a minute, until's is half.)
func TestServerThatDoesNotRead(t *testing.T) {
	t.Parallel()
	bus, network, _ := farAway(t)
	network.freeze()
	ended := make(chan error, 2)
	go func() {
		body := make([]byte, 500<<10)
		var err error
		for range 200 {
			err = cmp.Or(err, bus.nc.Publish("into.the.wall", body))
		}
		ended <- err
	}()
	go func() {
		_, _, err := bus.Ends(hurried(t, 200*time.Millisecond))
		ended <- err
	}()
	until(t, "both have given up", func() bool { return len(ended) == 2 })
	for range 2 {
		if err := <-ended; err == nil {
			t.Error("it was all sent: this proves nothing")
		}
	}
	network.cut()
	until(t, "the bus is well", func() bool { return bus.Healthy(t.Context()) == nil })
	mustStore(t, bus, hook("after"))
}

func TestAppendWhoseAnswerWasLost(t *testing.T) {
	t.Parallel()
	bus, network, s := farAway(t)
	near := open(t, Options{URL: s.ClientURL()}) // sees what the server really has
	key := journal.NewKey("acme", journal.KindCommitment, 4101)
	seq := mustAppend(t, bus, key, planned("new"), 0)
	network.deafen()
	_, err := bus.Journal().Append(hurried(t, 300*time.Millisecond), key, claimed(1), seq)
	systemFault(t, "append", err)
	_, err = bus.Store(hurried(t, 300*time.Millisecond), hook("01JD1"))
	systemFault(t, "store", err)
	until(t, "both are stored all the same", func() bool { e, j := ends(t, near); return e == 1 && j == 2 })
	network.cut()

	until(t, "the bus is well", func() bool { return bus.Healthy(t.Context()) == nil })
	effect, err := bus.Journal().Load(t.Context(), key)
	if err != nil || effect.Records != 2 || effect.Owner != "worker" {
		t.Errorf("its own claim is not found: %+v, %v", effect, err)
	}
	if _, err := bus.Journal().Append(t.Context(), key, claimed(1), seq); !errors.Is(err, journal.ErrMoved) {
		t.Errorf("the same append again: %v", err)
	}
	if duplicate, err := bus.Store(t.Context(), hook("01JD1")); err != nil || !duplicate {
		t.Errorf("the same event again: duplicate %v, %v", duplicate, err)
	}
}

// follower keeps what Tail told of the events.
type follower struct {
	mu   sync.Mutex
	seqs []uint64
	odd  []string
}

func (f *follower) take(_ context.Context, entries []Entry) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range entries {
		if e.Kind != EventEntry || e.Seq != uint64(len(f.seqs)+1) {
			f.odd = append(f.odd, fmt.Sprintf("kind %d at %d after %d", e.Kind, e.Seq, len(f.seqs)))
		}
		f.seqs = append(f.seqs, e.Seq)
	}
	return nil
}

func (f *follower) has(n int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.seqs) == n
}

// The server goes away three times, once by hanging, once by a broken network,
// once by stopping for good and coming back on its directory.
func TestWorkAndTailGoOnAfterTheServerWasAway(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := outside(t, dir, -1)
	port := s.Addr().(*net.TCPAddr).Port
	network := between(t, s.Addr().String())
	bus := open(t, Options{URL: network.url()})
	t.Cleanup(network.thaw)
	handled := make(chan string, 100)
	working(t, bus, RunOptions{Connection: "acme"}, func(_ context.Context, e erp.Event) Verdict {
		handled <- e.ID
		return Verdict{Settle: Done}
	})
	var f follower
	ctx, stop := context.WithCancel(t.Context())
	tailing := make(chan error, 1)
	go func() { tailing <- bus.Tail(ctx, TailOptions{}, f.take) }()
	done := func(id string, n int) {
		t.Helper()
		until(t, "the server has it", func() bool { _, err := bus.Store(hurried(t, time.Second), hook(id)); return err == nil })
		for got := range handled { // an earlier one may come again
			if got == id {
				break
			}
		}
		until(t, "Tail has told it", func() bool { return f.has(n) })
	}
	done("first", 1)

	network.freeze()
	_, err := bus.Store(hurried(t, 100*time.Millisecond), hook("hangs"))
	systemFault(t, "store", err)
	network.thaw()
	done("hangs", 2)

	network.cut()
	done("cut", 3)

	stopServer(s)
	_, err = bus.Store(hurried(t, 100*time.Millisecond), hook("away"))
	systemFault(t, "store", err)
	outside(t, dir, port)
	done("away", 4)
	stop()
	if err := <-tailing; err != nil || len(f.odd) != 0 {
		t.Errorf("Tail: %v, %v", err, f.odd)
	}
}

func TestCloseOfABusWhoseServerHangs(t *testing.T) {
	t.Parallel()
	bus, network, _ := farAway(t)
	network.freeze()
	waiting := make(chan error, 1)
	go func() {
		_, err := bus.Store(t.Context(), hook("waits"))
		waiting <- err
	}()
	until(t, "somebody waits", func() bool { return bus.Stats().Events.Appends == 1 })
	if err := bus.Close(hurried(t, 200*time.Millisecond)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("closed with %v", err)
	}
	if err := <-waiting; !errors.Is(err, context.Canceled) { // by Close, not by a time limit of its own
		t.Errorf("who waited heard %v", err)
	}
	if err := bus.Close(t.Context()); err != nil {
		t.Errorf("a second time: %v", err)
	}
}
