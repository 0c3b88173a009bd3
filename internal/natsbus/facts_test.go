package natsbus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

func TestStreamsTellsWhatThereIs(t *testing.T) {
	onBoth(t, Options{EventsMaxAge: time.Hour}, func(t *testing.T, w world) {
		events, records, err := w.Streams(t.Context())
		if err != nil || events.Last != 0 || records.Messages != 0 || events.Created.IsZero() || !events.Ages || records.Ages {
			t.Fatalf("empty: %+v %+v %v", events, records, err)
		}
		crowd(3, func(i int) { mustStore(t, w.Bus, hook(fmt.Sprint(i))) })
		mustAppend(t, w.Bus, journal.NewKey("acme", journal.KindCommitment, 1), planned("x"), 0)
		grown, after, err := w.Streams(t.Context())
		if err != nil || grown.First != 1 || grown.Last != 3 || grown.Messages != 3 || after.Last != 1 || len(after.Deleted) != 0 {
			t.Errorf("%+v %+v %v", grown, after, err)
		}
		if !grown.Created.Equal(events.Created) || !after.Created.Equal(records.Created) {
			t.Errorf("the streams have other birthdays now: %+v %+v", grown, after)
		}
	})
}

// A start does not change when a stream was made; making it anew does.
func TestCreatedOutlivesAStart(t *testing.T) {
	dir := t.TempDir()
	created := func() time.Time {
		bus := open(t, Options{DataDir: dir})
		defer shut(t, bus)
		_, records, err := bus.Streams(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return records.Created
	}
	first := created()
	if again := created(); !again.Equal(first) {
		t.Errorf("%v was %v", again, first)
	}
	if err := os.RemoveAll(storeDir(dir)); err != nil {
		t.Fatal(err)
	}
	if anew := created(); anew.Equal(first) {
		t.Error("a new stream passes for the old one")
	}
}

func TestStreamsAndReadOfAServerThatIsAway(t *testing.T) {
	s := outside(t, t.TempDir(), -1)
	bus := open(t, Options{URL: s.ClientURL()})
	stopServer(s)
	if _, _, err := bus.Streams(t.Context()); fault.Of(err) != fault.Transient || !fault.IsSystem(err) {
		t.Errorf("streams: %v", err)
	}
	err := bus.Read(t.Context(), true, 1, func(context.Context, []Entry) error { return nil })
	if fault.Of(err) != fault.Transient || !fault.IsSystem(err) {
		t.Errorf("read: %v", err)
	}
}

// readAll reads one stream in full and tells it in short.
func readAll(t *testing.T, bus *Bus, ofJournal bool, from uint64) (story string) {
	t.Helper()
	err := bus.Read(t.Context(), ofJournal, from, func(_ context.Context, entries []Entry) error {
		if len(entries) == 0 || len(entries) > mostEntries {
			t.Errorf("%d entries at once", len(entries))
		}
		for _, e := range entries {
			switch {
			case e.Journal != ofJournal:
				t.Errorf("of the other stream: %+v", e)
			case e.Kind == GapEntry:
				story += fmt.Sprintf(" gap %d+%d", e.Seq, e.Missing)
			case e.Kind == BadEntry:
				story += fmt.Sprintf(" bad %d %s", e.Seq, e.Key.Effect)
			default:
				story += fmt.Sprintf(" %d", e.Seq)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(story)
}

// rotten is a directory whose messages with these marks cannot be read.
func rotten(t *testing.T, fill func(*Bus), marks ...string) *Bus {
	t.Helper()
	dir := t.TempDir()
	bus := open(t, Options{DataDir: dir})
	fill(bus)
	shut(t, bus)
	for _, mark := range marks {
		damage(t, dir, streamJournal, mark)
	}
	return open(t, Options{DataDir: dir})
}

func TestReadComesToItsEnd(t *testing.T) {
	six := func(bus *Bus) {
		for n := range 6 {
			mustAppend(t, bus, journal.NewKey("acme", journal.KindCommitment, erp.ID(n+1)), planned(fmt.Sprint("mark-", n+1)), 0)
		}
	}
	for _, c := range []struct {
		marks []string
		want  string
	}{
		{nil, "1 2 3 4 5 6"},
		{[]string{"mark-1"}, "gap 1+1 2 3 4 5 6"},
		{[]string{"mark-3", "mark-4"}, "1 2 gap 3+2 5 6"},
		{[]string{"mark-6"}, "1 2 3 4 5 gap 6+1"},
		{[]string{"mark-5", "mark-6"}, "1 2 3 4 gap 5+2"},
	} {
		t.Run(c.want, func(t *testing.T) {
			if got := readAll(t, rotten(t, six, c.marks...), true, 1); got != c.want {
				t.Errorf("read %q, want %q", got, c.want)
			}
		})
	}
}

func TestReadPages(t *testing.T) {
	onBoth(t, Options{}, func(t *testing.T, w world) {
		const n = mostEntries + 3
		crowd(n, func(i int) { mustStore(t, w.Bus, hook(fmt.Sprint(i))) })
		var want []string
		for seq := range n {
			want = append(want, fmt.Sprint(seq+1))
		}
		if got := readAll(t, w.Bus, false, 0); got != strings.Join(want, " ") {
			t.Errorf("read %q", got)
		}
		if got := readAll(t, w.Bus, false, n-1); got != strings.Join(want[n-2:], " ") {
			t.Errorf("from the last but one: %q", got)
		}
		if got := readAll(t, w.Bus, false, n+1) + readAll(t, w.Bus, true, 1); got != "" {
			t.Errorf("beyond the end, and of an empty stream: %q", got)
		}
		enough := errors.New("enough")
		if err := w.Read(t.Context(), false, 1, func(context.Context, []Entry) error { return enough }); !errors.Is(err, enough) {
			t.Errorf("%v", err)
		}
	})
}

// A history with a hole is told by its effect, where the next record does not
// follow.
func TestReadTellsBrokenHistories(t *testing.T) {
	bus := rotten(t, func(bus *Bus) {
		var seq, other uint64
		for n := range 3 {
			seq = mustAppend(t, bus, journal.NewKey("acme", journal.KindCommitment, 1), planned(fmt.Sprint("mark-", n)), seq)
			other = mustAppend(t, bus, journal.NewKey("acme", journal.KindCommitment, 2), planned("sound"), other)
		}
	}, "mark-1")
	var bad Entry
	err := bus.Read(t.Context(), true, 1, func(_ context.Context, entries []Entry) error {
		if i := slices.IndexFunc(entries, func(e Entry) bool { return e.Kind == BadEntry }); i >= 0 {
			bad = entries[i]
		}
		return nil
	})
	if err != nil || !errors.Is(bad.Err, journal.ErrBroken) || bad.Key.Effect != "commitment-1" || bad.Seq != 5 {
		t.Errorf("%+v %v", bad, err)
	}
	if got, want := readAll(t, bus, true, 1), "1 2 gap 3+1 4 bad 5 commitment-1 6"; got != want {
		t.Errorf("read %q, want %q", got, want)
	}
	if got, want := readAll(t, bus, true, 4), "4 5 6"; got != want {
		t.Errorf("from the middle no history is known: %q, want %q", got, want)
	}
}

func TestReadOfEventsThatAge(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir(), EventsMaxAge: 200 * time.Millisecond})
	mustStore(t, bus, hook("old"))
	until(t, "the first event ages", func() bool {
		events, _, err := bus.Streams(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return events.First > 1
	})
	mustStore(t, bus, hook("new"))
	for e := range strings.FieldsSeq(readAll(t, bus, false, 1)) {
		if e == "1" || e == "gap" {
			t.Errorf("told %s: it has aged", e)
		}
	}
}

// What the server knows to be missing has a name.
func TestStreamsNamesTheHoles(t *testing.T) {
	dir := t.TempDir()
	bus := open(t, Options{DataDir: dir})
	for n := range 6 {
		mustAppend(t, bus, journal.NewKey("acme", journal.KindCommitment, erp.ID(n+1)), planned("x"), 0)
	}
	stream, err := bus.js.Stream(t.Context(), streamJournal)
	if err != nil {
		t.Fatal(err)
	}
	config := stream.CachedInfo().Config
	if err := stream.DeleteMsg(t.Context(), 3); err == nil || !config.DenyDelete {
		t.Fatal("the journal lets its messages be deleted")
	}
	shut(t, bus)
	block := filepath.Join(storeDir(dir), "jetstream", "$G", "streams", streamJournal, "msgs", "1.blk")
	info, err := os.Stat(block)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(block, info.Size()*3/4); err != nil {
		t.Fatal(err)
	}
	bus = open(t, Options{DataDir: dir})
	_, facts, err := bus.Streams(t.Context())
	if err != nil || facts.Messages >= 6 {
		t.Fatalf("%+v %v", facts, err)
	}
	if missing := facts.Last - facts.Messages; missing != uint64(len(facts.Deleted)) {
		t.Errorf("%d are missing, named %v: %+v", missing, facts.Deleted, facts)
	}
}

// No checksum covers the length of a message's headers. Where it rots and still
// lies within the message, a history is broken or whole, never short, and a full
// read comes to its end.
func TestTheLengthOfHeadersRots(t *testing.T) {
	for bit := range 7 {
		t.Run(fmt.Sprint("bit ", bit), func(t *testing.T) {
			dir := t.TempDir()
			bus := open(t, Options{DataDir: dir})
			key := journal.NewKey("acme", journal.KindCommitment, 1)
			seq := mustAppend(t, bus, key, planned("one"), 0)
			mustAppend(t, bus, key, planned("two"), seq)
			if err := bus.Journal().SaveRegister(t.Context(), "acme", journal.Register{Name: "x"}, 0); err != nil {
				t.Fatal(err)
			}
			shut(t, bus)
			block := filepath.Join(storeDir(dir), "jetstream", "$G", "streams", streamJournal, "msgs", "1.blk")
			data, err := os.ReadFile(block)
			if err != nil {
				t.Fatal(err)
			}
			for at := range data { // of every message
				if bytes.HasPrefix(data[at:], []byte("NATS/1.0")) {
					data[at-4] ^= 1 << bit
				}
			}
			if err := os.WriteFile(block, data, 0o600); err != nil {
				t.Fatal(err)
			}
			bus = open(t, Options{DataDir: dir})
			if e, err := bus.Journal().Load(t.Context(), key); !errors.Is(err, ErrBroken) && (err != nil || e.Records != 2) {
				t.Errorf("%d records, %v", e.Records, err)
			}
			if _, seq, err := bus.Journal().LoadRegister(t.Context(), "acme", "x"); !errors.Is(err, ErrBroken) && (err != nil || seq != 3) {
				t.Errorf("register at %d, %v", seq, err)
			}
			if n := len(strings.Fields(readAll(t, bus, true, 1))); n < 3 {
				t.Errorf("read %q", readAll(t, bus, true, 1))
			}
		})
	}
}
