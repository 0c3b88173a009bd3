package natsbus

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

func TestRestartKeepsEverything(t *testing.T) {
	dir := t.TempDir()
	key := journal.NewKey("acme", journal.KindCommitment, 4101)
	bus := open(t, Options{DataDir: dir})
	crowd(60, func(i int) { mustStore(t, bus, hook(fmt.Sprint("01JD", i))) })
	seq := mustAppend(t, bus, key, planned("new"), 0)
	shut(t, bus)

	bus = open(t, Options{DataDir: dir})
	if events, last := ends(t, bus); events != 60 || last != seq {
		t.Errorf("ends %d and %d, want 60 and %d", events, last, seq)
	}
	if duplicate, err := bus.Store(t.Context(), hook("01JD7")); err != nil || !duplicate {
		t.Errorf("an event of before: duplicate %v, %v", duplicate, err)
	}
	effect, err := bus.Journal().Load(t.Context(), key)
	if err != nil || effect.State != journal.Planned || effect.Seq != seq {
		t.Errorf("%+v, %v", effect, err)
	}
}

// What the disk holds at any moment after an answer, as after kill -9.
func TestWhatWasAnsweredOutlivesTheProcess(t *testing.T) {
	dir, image := t.TempDir(), filepath.Join(t.TempDir(), "copy")
	bus := open(t, Options{DataDir: dir})
	crowd(200, func(i int) { mustStore(t, bus, hook(fmt.Sprint("01JD", i))) })
	if err := os.CopyFS(image, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	after := open(t, Options{DataDir: image})
	crowd(200, func(i int) {
		if duplicate, err := after.Store(t.Context(), hook(fmt.Sprint("01JD", i))); err != nil || !duplicate {
			t.Errorf("event %d: duplicate %v, %v", i, duplicate, err)
		}
	})
}

func TestDirectoryIsForOneProcess(t *testing.T) {
	dir := t.TempDir()
	bus := open(t, Options{DataDir: dir})
	if _, err := Open(t.Context(), Options{DataDir: dir}); !errors.Is(err, ErrDirInUse) || !strings.Contains(err.Error(), dir) {
		t.Errorf("second open: %v", err)
	}
	shut(t, bus)
	open(t, Options{DataDir: dir})
}

func TestDirectoryThatCannotBeUsed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{DataDir: file}); !errors.Is(err, ErrDirNotWritable) || !strings.Contains(err.Error(), file) {
		t.Errorf("a file as directory: %v", err)
	}
	if _, err := Open(t.Context(), Options{}); err == nil || !strings.Contains(err.Error(), "data_dir") {
		t.Errorf("no directory: %v", err)
	}
}

func TestStreamsAreAsTheyMustBe(t *testing.T) {
	onBoth(t, Options{EventsMaxAge: time.Hour}, func(t *testing.T, w world) {
		for _, want := range streams(Options{Replicas: 1, EventsMaxAge: time.Hour}) {
			s, err := w.js.Stream(t.Context(), want.Name)
			if err != nil {
				t.Fatal(err)
			}
			c := s.CachedInfo().Config
			safe := c.Storage == jetstream.FileStorage && c.Retention == jetstream.LimitsPolicy && c.Discard == jetstream.DiscardNew &&
				c.DenyDelete && c.AllowDirect && c.AllowAtomicPublish && c.Duplicates == 15*time.Minute
			if !safe || (c.MaxAge == time.Hour) != (c.Name == "EVENTS") {
				t.Errorf("%s: %+v", c.Name, c)
			}
		}
	})
}

// tampered opens a server whose stream was changed before, and gives Open's end.
func tampered(t *testing.T, o Options, name string, change func(*jetstream.StreamConfig)) (*Bus, error) {
	t.Helper()
	s := outside(t, t.TempDir(), -1)
	nc, err := nats.Connect(s.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range streams(Options{Replicas: 1}) {
		if c.Name == name {
			change(&c)
			if _, err := js.CreateStream(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
	}
	o.URL = s.ClientURL()
	return Open(t.Context(), o)
}

func TestTamperedStreamIsRefused(t *testing.T) {
	for _, c := range []struct {
		stream, setting, have, want string
		change                      func(*jetstream.StreamConfig)
	}{
		{"EVENTS", "retention", "WorkQueue", "Limits", func(c *jetstream.StreamConfig) { c.Retention = jetstream.WorkQueuePolicy }},
		{"EVENTS", "discard", "DiscardOld", "DiscardNew", func(c *jetstream.StreamConfig) { c.Discard = jetstream.DiscardOld }},
		{"JOURNAL", "deny_delete", "false", "true", func(c *jetstream.StreamConfig) { c.DenyDelete = false }},
		{"JOURNAL", "deny_purge", "false", "true", func(c *jetstream.StreamConfig) { c.DenyPurge = false }},
		{"JOURNAL", "max_age", "1h0m0s", "0s", func(c *jetstream.StreamConfig) { c.MaxAge = time.Hour }},
		{"JOURNAL", "storage", "Memory", "File", func(c *jetstream.StreamConfig) { c.Storage = jetstream.MemoryStorage }},
		{"JOURNAL", "max_msgs_per_subject", "1", "-1", func(c *jetstream.StreamConfig) { c.MaxMsgsPerSubject = 1 }},
		{"DLQ", "subjects", "[dead.>]", "[dlq.>]", func(c *jetstream.StreamConfig) { c.Subjects = []string{"dead.>"} }},
		{"DLQ", "max_bytes", "1000", "-1", func(c *jetstream.StreamConfig) { c.MaxBytes = 1000 }},
		{"QUARANTINE", "no_ack", "true", "false", func(c *jetstream.StreamConfig) { c.NoAck = true; c.AllowAtomicPublish = false }},
	} {
		_, err := tampered(t, Options{}, c.stream, c.change)
		var got *StreamError
		if !errors.As(err, &got) {
			t.Errorf("%s %s: %v", c.stream, c.setting, err)
			continue
		}
		if want := (StreamError{c.stream, c.setting, c.have, c.want}); *got != want {
			t.Errorf("got %+v, want %+v", *got, want)
		}
	}
}

func TestOpenThatFailsLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	bus := open(t, Options{DataDir: dir})
	s, err := bus.js.Stream(t.Context(), streamDLQ)
	if err != nil {
		t.Fatal(err)
	}
	changed := s.CachedInfo().Config
	changed.MaxMsgs = 1000
	if _, err := bus.js.UpdateStream(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	shut(t, bus)
	for range 2 { // the second would find the directory in use
		_, err := Open(t.Context(), Options{DataDir: dir})
		var wrong *StreamError
		if !errors.As(err, &wrong) || wrong.Setting != "max_msgs" || !strings.Contains(err.Error(), "1000") {
			t.Fatal(err)
		}
	}
}

func TestHarmlessSettingsAreBroughtUpToDate(t *testing.T) {
	bus, err := tampered(t, Options{EventsMaxAge: 48 * time.Hour}, "EVENTS", func(c *jetstream.StreamConfig) {
		c.Duplicates, c.AllowDirect, c.AllowAtomicPublish = time.Minute, false, false
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, bus) })
	s, err := bus.js.Stream(t.Context(), "EVENTS")
	if err != nil {
		t.Fatal(err)
	}
	c := s.CachedInfo().Config
	if c.Duplicates != repeats || !c.AllowDirect || !c.AllowAtomicPublish || c.MaxAge != 48*time.Hour {
		t.Errorf("%+v", c)
	}
	mustStore(t, bus, hook("01JD1"))
}

func TestServerThatIsNotThere(t *testing.T) {
	s := outside(t, t.TempDir(), -1)
	url := s.ClientURL()
	stopServer(s)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := Open(ctx, Options{URL: url})
	if !errors.Is(err, context.DeadlineExceeded) || !fault.IsSystem(err) {
		t.Errorf("open without a server: %v", err)
	}
}

func TestServerGoesAndComesBack(t *testing.T) {
	dir := t.TempDir()
	s := outside(t, dir, -1)
	bus := open(t, Options{URL: s.ClientURL()})
	mustStore(t, bus, hook("01JD1"))
	port := s.Addr().(*net.TCPAddr).Port
	stopServer(s)

	until(t, "the bus is seen to be away", func() bool { return bus.Healthy(t.Context()) != nil })
	if _, err := bus.Store(t.Context(), hook("01JD2")); fault.Of(err) != fault.Transient || !fault.IsSystem(err) {
		t.Errorf("store while the server is away: %v", err)
	}
	outside(t, dir, port)
	until(t, "the bus is back", func() bool { return bus.Healthy(t.Context()) == nil })
	if duplicate, err := bus.Store(t.Context(), hook("01JD1")); err != nil || !duplicate {
		t.Errorf("duplicate %v, %v", duplicate, err)
	}
	if _, err := bus.Store(t.Context(), hook("01JD2")); err != nil {
		t.Error(err)
	}
}

// A disk that ran full ends with JetStream switched off; so does this.
func TestSupervisorRestartsTheEmbeddedServer(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	mustStore(t, bus, hook("01JD1"))
	sick := bus.embedded.server()
	if err := sick.DisableJetStream(); err != nil {
		t.Fatal(err)
	}
	if err := bus.Healthy(t.Context()); err == nil || !strings.Contains(err.Error(), "disk") {
		t.Errorf("healthy with its streams off: %v", err)
	}
	until(t, "the server is well again", func() bool { return bus.Healthy(t.Context()) == nil })
	if bus.embedded.server() == sick {
		t.Error("the same server is well again by itself")
	}
	if duplicate, err := bus.Store(t.Context(), hook("01JD1")); err != nil || !duplicate {
		t.Errorf("duplicate %v, %v", duplicate, err)
	}
	mustStore(t, bus, hook("01JD2"))
}

// A server that is ill leaves publishes without an answer; nobody waits for that.
func TestAppendToAnIllServerIsRefusedAtOnce(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	bus.embedded.mu.Lock()
	bus.embedded.ill = errors.New("no space left")
	bus.embedded.mu.Unlock()
	_, err := bus.Store(t.Context(), hook("01JD1"))
	if !fault.IsSystem(err) || !strings.Contains(err.Error(), "no space left") || bus.Stats().Events.Singles != 0 {
		t.Errorf("%v, %+v", err, bus.Stats().Events)
	}
	until(t, "the next look finds it well", func() bool { return bus.Healthy(t.Context()) == nil })
	mustStore(t, bus, hook("01JD1"))
}

func TestNoRestartWithoutRoom(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	before := bus.embedded.server()
	full := &embedded{options: bus.embedded.options, dir: filepath.Join(t.TempDir(), "away"), now: before, log: zerolog.Nop()}
	if tried := full.mend(errors.New("disk full")); tried || full.server() != before || !before.Running() {
		t.Error("restarted although nothing can be written")
	}
}

func TestClosedBusRefuses(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	shut(t, bus)
	if _, err := bus.Store(t.Context(), hook("late")); !errors.Is(err, ErrClosed) {
		t.Errorf("store: %v", err)
	}
	if err := bus.Healthy(t.Context()); err == nil {
		t.Error("a closed bus is healthy")
	}
	if _, err := bus.Journal().Load(t.Context(), journal.NewKey("acme", journal.KindCommitment, erp.ID(1))); err == nil {
		t.Error("loaded from a closed bus")
	}
}

func TestPauseGrowsAndStartsAnew(t *testing.T) {
	var g growing
	over, cancel := context.WithCancel(t.Context())
	cancel()
	var got []time.Duration
	for range 9 {
		if g.wait(over) {
			t.Fatal("waited although ctx has ended")
		}
		got = append(got, g.next)
	}
	if got[0] != 50*time.Millisecond || got[1] != 100*time.Millisecond || got[8] != 5*time.Second {
		t.Errorf("pauses %v", got)
	}
	g.reset()
	if g.wait(over); g.next != 50*time.Millisecond {
		t.Errorf("after a reset %v", g.next)
	}
}
