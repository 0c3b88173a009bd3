package natsbus

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// tailed tails until enough says so and gives all entries, by stream.
func tailed(t *testing.T, bus *Bus, o TailOptions, enough func(events, journal []Entry) bool) (events, records []Entry) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	err := bus.Tail(ctx, o, func(_ context.Context, entries []Entry) error {
		if len(entries) == 0 || len(entries) > mostEntries {
			t.Errorf("%d entries at once", len(entries))
		}
		for _, e := range entries {
			if e.Journal {
				records = append(records, e)
			} else {
				events = append(events, e)
			}
		}
		if enough(events, records) {
			stop()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return events, records
}

func TestTailTellsAllInOrderAndWaitsForMore(t *testing.T) {
	onBoth(t, Options{}, func(t *testing.T, w world) {
		crowd(700, func(i int) { mustStore(t, w.Bus, hook(fmt.Sprint(i))) })
		key := journal.NewKey("acme", journal.KindCommitment, 4101)
		seq := mustAppend(t, w.Bus, key, planned("new"), 0)
		if err := w.Journal().SaveRegister(t.Context(), "acme", journal.Register{Name: "order x"}, 0); err != nil {
			t.Fatal(err)
		}
		more := false
		events, records := tailed(t, w.Bus, TailOptions{EventsFrom: 11}, func(events, records []Entry) bool {
			if len(events) == 690 && len(records) == 2 && !more {
				more = true
				mustStore(t, w.Bus, hook("live"))
				mustAppend(t, w.Bus, key, claimed(1), seq)
			}
			return len(events) == 691 && len(records) == 3
		})
		for i, e := range events {
			if e.Kind != EventEntry || e.Seq != uint64(i+11) || e.Event.Connection != "acme" || e.At.IsZero() {
				t.Fatalf("event %d: %+v", i, e)
			}
		}
		if events[690].Event.ID != "live" {
			t.Errorf("last event %+v", events[690])
		}
		if r := records[0]; r.Kind != RecordEntry || r.Key != key || r.Record.Moves[0].Reason != "new" || r.Seq != 1 {
			t.Errorf("%+v", r)
		}
		if r := records[1]; r.Kind != RegisterEntry || r.Key.Connection != "acme" || r.Register.Name != "order x" {
			t.Errorf("%+v", r)
		}
		if r := records[2]; r.Kind != RecordEntry || r.Record.Owner != "worker" || r.Seq != 3 {
			t.Errorf("%+v", r)
		}
	})
}

func TestTailTellsWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	bus := open(t, Options{DataDir: dir})
	for n := range 6 {
		key := journal.NewKey("acme", journal.KindCommitment, erp.ID(n+1))
		mustAppend(t, bus, key, planned(fmt.Sprint("mark-", n+1)), 0)
	}
	shut(t, bus)
	for _, lost := range []string{"mark-1", "mark-3", "mark-4"} {
		damage(t, dir, streamJournal, lost)
	}
	bus = open(t, Options{DataDir: dir})
	_, records := tailed(t, bus, TailOptions{}, func(_, records []Entry) bool {
		return len(records) > 0 && records[len(records)-1].Seq == 6
	})
	var story string
	for _, r := range records {
		if r.Kind == GapEntry {
			story += fmt.Sprintf(" gap %d+%d", r.Seq, r.Missing)
			continue
		}
		story += fmt.Sprint(" ", r.Record.Moves[0].Reason)
	}
	if want := " gap 1+1 mark-2 gap 3+2 mark-5 mark-6"; story != want {
		t.Errorf("told%s, want%s", story, want)
	}
}

func TestTailTellsWhatItCannotRead(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	for _, subject := range []string{"ev.acme.0.x", "journal.acme.commitment-1", "journal.acme.register-1", "journal.odd"} {
		if _, err := bus.js.Publish(t.Context(), subject, []byte("rubbish")); err != nil {
			t.Fatal(err)
		}
	}
	events, records := tailed(t, bus, TailOptions{}, func(events, records []Entry) bool { return len(events)+len(records) == 4 })
	for _, e := range append(events, records...) {
		if e.Kind != BadEntry || e.Err == nil || e.Seq == 0 {
			t.Errorf("%+v", e)
		}
	}
}

func TestTailEndsWithItsReadersError(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	mustStore(t, bus, hook("01JD1"))
	full := errors.New("projection is full")
	if err := bus.Tail(t.Context(), TailOptions{}, func(context.Context, []Entry) error { return full }); !errors.Is(err, full) {
		t.Error(err)
	}
}

func TestTailOfAStreamThatLostItsEnd(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	mustStore(t, bus, hook("01JD1"))
	nothing := func(context.Context, []Entry) error { return nil }
	if err := bus.Tail(t.Context(), TailOptions{EventsFrom: 2, JournalFrom: 2}, nothing); !errors.Is(err, ErrRewound) {
		t.Errorf("the journal ends before 2: %v", err)
	}
}

// told is a message at a sequence.
type told struct {
	jetstream.Msg
	seq uint64
}

func (m told) Metadata() (*jetstream.MsgMetadata, error) {
	return &jetstream.MsgMetadata{Sequence: jetstream.SequencePair{Stream: m.seq}}, nil
}
func (m told) Data() []byte    { return nil }
func (m told) Subject() string { return "ev.acme.1.x" }

func TestAgedEventsAreNoDamage(t *testing.T) {
	feed := make(chan Entry, 9)
	tail := &tail{bus: &Bus{}, stream: streamEvents, next: 1, aged: 5, feed: feed}
	for _, seq := range []uint64{5, 5, 8} {
		if err := tail.pass(t.Context(), told{seq: seq}); err != nil {
			t.Fatal(err)
		}
	}
	close(feed)
	var story string
	for e := range feed {
		story += fmt.Sprintf(" %d+%d %v", e.Seq, e.Missing, e.Aged)
	}
	if want := " 1+4 true 5+0 false 6+2 false 8+0 false"; story != want {
		t.Errorf("told%s, want%s", story, want)
	}
}
