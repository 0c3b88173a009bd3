package natsbus

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"go.uber.org/goleak"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

func TestMain(m *testing.M) {
	if os.Getenv(childTo) != "" {
		os.Exit(restoringChild())
	}
	goleak.VerifyTestMain(m)
}

// open opens a bus and closes it at the end of the test.
func open(t testing.TB, o Options) *Bus {
	t.Helper()
	bus, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, bus) })
	return bus
}

// shut closes a bus; a second time it does nothing.
func shut(t testing.TB, bus *Bus) {
	t.Helper()
	if err := bus.Close(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
}

// outside starts a server that listens, as an operator would.
func outside(t testing.TB, dir string, port int) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: port, JetStream: true, StoreDir: dir, SyncAlways: true, NoSigs: true, NoLog: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(30 * time.Second) {
		t.Fatal("the server outside did not get ready")
	}
	t.Cleanup(func() { stopServer(s) })
	return s
}

func stopServer(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

// world is one way to have a bus, and the server under it.
type world struct {
	*Bus
	server func() *server.Server
}

// onBoth runs one suite on the embedded server and on one outside.
func onBoth(t *testing.T, o Options, suite func(*testing.T, world)) {
	t.Run("embedded", func(t *testing.T) {
		o := o
		o.DataDir = t.TempDir()
		bus := open(t, o)
		suite(t, world{bus, bus.embedded.server})
	})
	t.Run("outside", func(t *testing.T) {
		s := outside(t, t.TempDir(), -1)
		o := o
		o.URL = s.ClientURL()
		suite(t, world{open(t, o), func() *server.Server { return s }})
	})
}

// until asks again and again, and gives up after a while.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.NewTimer(30 * time.Second)
	defer limit.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-limit.C:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// crowd runs n calls at once and waits for all.
func crowd(n int, call func(i int)) {
	var home sync.WaitGroup
	for i := range n {
		home.Go(func() { call(i) })
	}
	home.Wait()
}

// hook is the event with that id.
func hook(id string) erp.Event {
	at := time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	return erp.Event{
		ID: id, Connection: "acme", Resource: "ERP Requests", ResourceID: 4101, Action: "create", Company: 77, Project: 8, User: 9,
		At: at, Received: at.Add(time.Second), Source: erp.FromWebhook, Body: fmt.Appendf(nil, `{"id": %q}`, id),
	}
}

// mustStore stores an event that is new.
func mustStore(t testing.TB, bus *Bus, e erp.Event) {
	t.Helper()
	if duplicate, err := bus.Store(t.Context(), e); err != nil || duplicate {
		t.Fatalf("store %s: duplicate %v, %v", e.ID, duplicate, err)
	}
}

// planned is a first record, and a legal second one.
func planned(reason string) journal.Record {
	return journal.Record{At: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), Moves: []journal.Move{{To: journal.Planned, Reason: reason}}}
}

// mustAppend appends a record that wins.
func mustAppend(t testing.TB, bus *Bus, key journal.Key, r journal.Record, after uint64) uint64 {
	t.Helper()
	seq, err := bus.Journal().Append(t.Context(), key, r, after)
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

// ends gives the last sequences.
func ends(t testing.TB, bus *Bus) (events, journal uint64) {
	t.Helper()
	events, journal, err := bus.Ends(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return events, journal
}

// held is how many messages a stream has.
func held(t testing.TB, bus *Bus, stream string) uint64 {
	t.Helper()
	s, err := bus.js.Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	return s.CachedInfo().State.Msgs
}
