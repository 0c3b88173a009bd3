package natsbus

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// files are the files of a tar.
func files(t *testing.T, data []byte) (names []string, m manifest) {
	t.Helper()
	tr := tar.NewReader(bytes.NewReader(data))
	for {
		head, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return names, m
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, head.Name)
		if head.Name == manifestName {
			if err := json.NewDecoder(tr).Decode(&m); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// of is a stream in the manifest.
func (m manifest) of(stream string) section {
	for _, s := range m.Streams {
		if s.Name == stream {
			return s
		}
	}
	return section{}
}

// backedUpNow is a backup of a bus.
func backedUpNow(t *testing.T, bus *Bus) []byte {
	t.Helper()
	var tape bytes.Buffer
	if err := bus.Backup(t.Context(), &tape); err != nil {
		t.Fatal(err)
	}
	return tape.Bytes()
}

// empty tells that nothing is left in a directory.
func empty(t *testing.T, dir string) {
	t.Helper()
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("%s holds %v, %v", dir, entries, err)
	}
}

// traffic stores events, and appends to histories that depend on each other, until
// it is ended; it knows what was acknowledged.
type traffic struct {
	bus  *Bus
	end  atomic.Bool
	home sync.WaitGroup

	mu      sync.Mutex
	events  []string
	records map[journal.Key][]uint64
}

func loaded(t *testing.T, bus *Bus) *traffic {
	t.Helper()
	l := &traffic{bus: bus, records: map[journal.Key][]uint64{}}
	for n := range 4 {
		l.home.Go(func() { l.store(t, n) })
		l.home.Go(func() { l.append(t, n) })
	}
	t.Cleanup(l.stop)
	return l
}

func (l *traffic) stop() {
	l.end.Store(true)
	l.home.Wait()
}

func (l *traffic) store(t *testing.T, n int) {
	for i := 0; !l.end.Load(); i++ {
		id := fmt.Sprintf("e%d-%d", n, i)
		if _, err := l.bus.Store(t.Context(), hook(id)); err != nil {
			t.Error(err)
			return
		}
		l.mu.Lock()
		l.events = append(l.events, id)
		l.mu.Unlock()
	}
}

func (l *traffic) append(t *testing.T, n int) {
	for i := 0; !l.end.Load(); i++ {
		key := journal.NewKey("acme", journal.KindCommitment, erp.ID(n*1000+i%10+1))
		after := l.last(key)
		seq, err := l.bus.Journal().Append(t.Context(), key, planned(fmt.Sprint(i)), after)
		if err != nil {
			t.Error(err)
			return
		}
		l.mu.Lock()
		l.records[key] = append(l.records[key], seq)
		l.mu.Unlock()
	}
}

func (l *traffic) last(key journal.Key) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if all := l.records[key]; len(all) > 0 {
		return all[len(all)-1]
	}
	return 0
}

// acked is how many events and records are on disk now.
func (l *traffic) acked() (ids []string, records map[journal.Key][]uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	records = map[journal.Key][]uint64{}
	for key, seqs := range l.records {
		records[key] = slices.Clone(seqs)
	}
	return slices.Clone(l.events), records
}

func TestBackupUnderLoadIsRestoredWhole(t *testing.T) {
	onBoth(t, Options{}, func(t *testing.T, w world) {
		l := loaded(t, w.Bus)
		until(t, "there is something to back up", func() bool { ids, _ := l.acked(); return len(ids) > 300 })
		ids, records := l.acked() // all of this must be in it
		tape := backedUpNow(t, w.Bus)
		l.stop()
		_, whole := l.acked()
		_, m := files(t, tape)
		events, last := ends(t, w.Bus)
		if m.of(streamEvents).Last >= events || m.of(streamJournal).Last >= last {
			t.Fatal("nothing was stored while the backup was taken: this proves nothing")
		}
		dir := filepath.Join(t.TempDir(), "new")
		if err := Restore(t.Context(), Options{DataDir: dir}, bytes.NewReader(tape)); err != nil {
			t.Fatal(err)
		}
		after := open(t, Options{DataDir: dir})
		if e, j := ends(t, after); e != m.of(streamEvents).Last || j != m.of(streamJournal).Last {
			t.Errorf("restored up to %d and %d, the manifest says %d and %d", e, j, m.of(streamEvents).Last, m.of(streamJournal).Last)
		}
		crowd(len(ids), func(i int) {
			if duplicate, err := after.Store(t.Context(), hook(ids[i])); err != nil || !duplicate {
				t.Errorf("event %s was acknowledged before the backup: duplicate %v, %v", ids[i], duplicate, err)
			}
		})
		foldsUpTo(t, after, m.of(streamJournal).Last, records, whole)
	})
}

// foldsUpTo checks that every history reads without a hole, has what was
// acknowledged before the backup, and every record up to its last sequence.
func foldsUpTo(t *testing.T, bus *Bus, last uint64, before, whole map[journal.Key][]uint64) {
	t.Helper()
	for key, seqs := range whole {
		want := 0
		for _, seq := range seqs {
			if seq <= last {
				want++
			}
		}
		effect, err := bus.Journal().Load(t.Context(), key)
		if err != nil || effect.Records != want || effect.Records < len(before[key]) {
			t.Errorf("%s: %d records, want %d, at least %d: %v", key, effect.Records, want, len(before[key]), err)
		}
		if err == nil && want == len(seqs) { // and the chain goes on
			mustAppend(t, bus, key, planned("after the restore"), effect.Seq)
		}
	}
}

func TestConsumersGoOnAfterARestore(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir(), EventsMaxAge: 48 * time.Hour})
	crowd(30, func(i int) { mustStore(t, bus, hook(fmt.Sprint("before", i))) })
	stop, _ := working(t, bus, RunOptions{Connection: "acme", Workers: 1}, func(_ context.Context, e erp.Event) Verdict { return Verdict{Settle: Done} })
	until(t, "all are acked", func() bool { return consumerInfo(t, bus, "acme").AckFloor.Stream == 30 })
	stop()
	for i := range 5 {
		mustStore(t, bus, hook(fmt.Sprint("left", i)))
	}
	mustBury(t, bus)
	tape := backedUpNow(t, bus)

	dir := t.TempDir()
	begun := time.Now()
	until(t, "all are older than the age", func() bool { return time.Since(begun) > 200*time.Millisecond })
	o := Options{DataDir: dir, EventsMaxAge: 100 * time.Millisecond} // which is for Open, not for the past
	if err := Restore(t.Context(), o, bytes.NewReader(tape)); err != nil {
		t.Fatal(err)
	}
	after := open(t, Options{DataDir: dir, EventsMaxAge: 48 * time.Hour})
	if floor := consumerInfo(t, after, "acme").AckFloor.Stream; floor != 30 {
		t.Errorf("acked up to %d, want 30", floor)
	}
	got := make(chan string, 40)
	working(t, after, RunOptions{Connection: "acme"}, func(_ context.Context, e erp.Event) Verdict {
		got <- e.ID
		return Verdict{Settle: Done}
	})
	until(t, "the rest is acked", func() bool { return consumerInfo(t, after, "acme").AckFloor.Stream == 35 })
	for range 5 {
		if id := <-got; !strings.HasPrefix(id, "left") {
			t.Errorf("%s came again", id)
		}
	}
	if len(got) != 0 || len(letters(t, after, "acme")) != 1 || held(t, after, streamQuarantine) != 1 {
		t.Errorf("%d more came; %d letters, %d in quarantine", len(got), len(letters(t, after, "acme")), held(t, after, streamQuarantine))
	}
}

// mustBury puts one thing each into the two small streams.
func mustBury(t *testing.T, bus *Bus) {
	t.Helper()
	err := bus.Bury(t.Context(), journal.NewKey("acme", journal.KindCommitment, 1), "attempts", []byte("{}"))
	if err := errors.Join(err, bus.Quarantine(t.Context(), "acme", []byte("?"), "no JSON")); err != nil {
		t.Fatal(err)
	}
}

func TestBackupIsCutIntoParts(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	for i := range 14 {
		e := hook(fmt.Sprint(i))
		e.Body = noise(int64(i), 500<<10)
		mustStore(t, bus, e)
	}
	tape := backedUpNow(t, bus)
	names, m := files(t, tape)
	want := "[EVENTS/000001 EVENTS/000002 EVENTS/000003 DLQ/000001 QUARANTINE/000001 JOURNAL/000001 manifest.json]"
	if fmt.Sprint(names) != want || m.of(streamEvents).Messages != 14 || m.of(streamEvents).Parts != 3 {
		t.Errorf("%v\n%+v", names, m)
	}
	dir := t.TempDir()
	if err := Restore(t.Context(), Options{DataDir: dir}, bytes.NewReader(tape)); err != nil {
		t.Fatal(err)
	}
	after := open(t, Options{DataDir: dir})
	e := hook("13")
	e.Body = noise(13, 500<<10)
	if duplicate, err := after.Store(t.Context(), e); err != nil || !duplicate || held(t, after, streamQuarantine) != 0 {
		t.Errorf("the last one: duplicate %v, %v", duplicate, err)
	}
}

func TestEmptyBusIsBackedUp(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "lost+found"), 0o700); err != nil { // a disk of its own
		t.Fatal(err)
	}
	if err := Restore(t.Context(), Options{DataDir: dir}, bytes.NewReader(backedUpNow(t, bus))); err != nil {
		t.Fatal(err)
	}
	mustStore(t, open(t, Options{DataDir: dir}), hook("first"))
}

// Aged events are gone, and the restored stream goes on at the same sequence.
func TestBackupOfAnAgedStream(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir(), EventsMaxAge: 200 * time.Millisecond})
	crowd(5, func(i int) { mustStore(t, bus, hook(fmt.Sprint(i))) })
	until(t, "they have aged", func() bool { return held(t, bus, streamEvents) == 0 })
	tape := backedUpNow(t, bus)
	if _, m := files(t, tape); m.of(streamEvents).Last != 5 || m.of(streamEvents).Missing != 0 {
		t.Errorf("%+v", m)
	}
	dir := t.TempDir()
	if err := Restore(t.Context(), Options{DataDir: dir}, bytes.NewReader(tape)); err != nil {
		t.Fatal(err)
	}
	after := open(t, Options{DataDir: dir})
	mustStore(t, after, hook("next"))
	if events, _ := ends(t, after); events != 6 {
		t.Errorf("it goes on at %d, want 6", events)
	}
}

func TestDamagedMessageIsToldByTheBackup(t *testing.T) {
	dir := t.TempDir()
	bus := open(t, Options{DataDir: dir})
	key := journal.NewKey("acme", journal.KindCommitment, 1)
	seq := mustAppend(t, bus, key, planned("mark-1"), 0)
	seq = mustAppend(t, bus, key, planned("mark-2"), seq)
	mustAppend(t, bus, key, planned("mark-3"), seq)
	shut(t, bus)
	damage(t, dir, streamJournal, "mark-2")

	var told []string
	bus = open(t, Options{DataDir: dir, Gap: func(stream string, from, missing uint64) {
		told = append(told, fmt.Sprintf("%s %d+%d", stream, from, missing))
	}})
	tape := backedUpNow(t, bus)
	_, m := files(t, tape)
	if s := m.of(streamJournal); s.Missing != 1 || s.Messages != 2 || s.First != 1 || s.Last != 3 {
		t.Errorf("%+v", s)
	}
	if fmt.Sprint(told) != "[JOURNAL 2+1]" || bus.Stats().Gaps.Journal != 1 {
		t.Errorf("told %v, counted %+v", told, bus.Stats().Gaps)
	}
	to := t.TempDir()
	if err := Restore(t.Context(), Options{DataDir: to}, bytes.NewReader(tape)); err != nil {
		t.Fatal(err)
	}
	after := open(t, Options{DataDir: to})
	if _, err := after.Journal().Load(t.Context(), key); !errors.Is(err, ErrBroken) {
		t.Errorf("the hole is still a hole: %v", err)
	}
}

// stuck is a writer whose disk is full after a while.
type stuck struct{ room int }

var errDisk = errors.New("no space left on device")

func (s *stuck) Write(p []byte) (int, error) {
	if s.room -= len(p); s.room < 0 {
		return 0, errDisk
	}
	return len(p), nil
}

func TestBackupThatCannotBeFinished(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	for i := range 12 {
		e := hook(fmt.Sprint(i))
		e.Body = noise(int64(i), 500<<10)
		mustStore(t, bus, e)
	}
	for _, room := range []int{0, 5 << 20, 6500 << 10} {
		if err := bus.Backup(t.Context(), &stuck{room: room}); !errors.Is(err, errDisk) || fault.IsSystem(err) {
			t.Errorf("room for %d bytes: %v", room, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := bus.Backup(ctx, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	shut(t, bus)
	if err := bus.Backup(t.Context(), io.Discard); !fault.IsSystem(err) {
		t.Errorf("closed: %v", err)
	}
	snapshotsEnd(t)
}

// snapshotsEnd waits until the server has given up the snapshots that nobody took
// to their end: it does so when no answer comes for some seconds, after its own
// shutdown too.
func snapshotsEnd(t *testing.T) {
	t.Helper()
	tick, limit := time.NewTicker(50*time.Millisecond), time.After(time.Minute)
	defer tick.Stop()
	stacks := make([]byte, 1<<22)
	for strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "streamSnapshot") {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatal("the server holds on to a snapshot")
		}
	}
}
