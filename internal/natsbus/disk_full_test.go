//go:build linux

package natsbus

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// smallDisk is a file system of so many bytes, where this process may mount one.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		t.Skipf("SKIPPED, the disk-full test did not run: a small file system cannot be mounted here (%v); run it as root", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// filled writes a file that a person may delete later.
func filled(t *testing.T, dir string, size int) (path string) {
	t.Helper()
	path = filepath.Join(dir, "somebody-elses-file")
	if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// untilRefused stores events from several sides until every one is refused, and
// gives those that were acknowledged.
func untilRefused(t *testing.T, bus *Bus, prefix string) (acked []erp.Event) {
	t.Helper()
	var mu sync.Mutex
	crowd(4, func(n int) {
		for i, refused := 0, 0; refused < 3; i++ {
			e := hook(fmt.Sprint(prefix, n, "-", i))
			e.Body = noise(int64(i), 100<<10)
			_, err := bus.Store(t.Context(), e)
			if err != nil {
				refused++
				if fault.Of(err) != fault.Transient || !fault.IsSystem(err) {
					t.Errorf("refused with %v", err)
				}
				continue
			}
			mu.Lock()
			acked = append(acked, e)
			mu.Unlock()
		}
	})
	return acked
}

// bodies are the hashes of all stored events' bodies, by subject.
func bodies(t *testing.T, bus *Bus) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := eachOf(t.Context(), bus.nc, streamEvents, "ev.>", func(m stored) error {
		all[m.subject] = m.header.Get(headerSum)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestDiskThatRunsFullAndGetsRoomAgain(t *testing.T) {
	t.Parallel()
	dir := smallDisk(t, 64<<20)
	other := filled(t, dir, 44<<20)
	full := make(chan [2]int64, 9)
	var log lines
	bus := open(t, Options{DataDir: filepath.Join(dir, "data"), Log: zerolog.New(&log), Full: func(used, most int64) { full <- [2]int64{used, most} }})
	key := journal.NewKey("acme", journal.KindCommitment, 4101)
	seq := mustAppend(t, bus, key, planned("new"), 0)
	sick := bus.embedded.server()

	acked := untilRefused(t, bus, "before")
	if len(acked) < 20 {
		t.Fatalf("only %d events were stored before the disk was full", len(acked))
	}
	bus.lookAtRoom(t.Context(), nil) // the watcher's next look may be 15 s away
	until(t, "it is seen to be ill", func() bool { return bus.Healthy(t.Context()) != nil })
	if _, err := bus.Journal().Append(t.Context(), key, claimed(1), seq); err != nil && !fault.IsSystem(err) {
		t.Errorf("append on a full disk: %v", err)
	}
	until(t, "the log says what to do", func() bool { _ = bus.Healthy(t.Context()); return log.has("free some space") })

	if err := os.Remove(other); err != nil {
		t.Fatal(err)
	}
	until(t, "the supervisor has mended it", func() bool { return bus.Healthy(t.Context()) == nil })
	if bus.embedded.server() == sick {
		t.Error("the same server takes messages again by itself")
	}
	there := bodies(t, bus)
	for _, e := range acked {
		if there[eventSubject(e)] != sum(e.Body) {
			t.Errorf("event %s was acknowledged before the disk was full and is lost or changed", e.ID)
		}
	}
	if duplicate, err := bus.Store(t.Context(), acked[0]); err != nil || !duplicate {
		t.Errorf("a repeat of one of them: duplicate %v, %v", duplicate, err)
	}
	if n := held(t, bus, streamQuarantine); n != 0 {
		t.Errorf("%d events came back with another body", n)
	}
	mustStore(t, bus, hook("after"))
	effect, err := bus.Journal().Load(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, bus, key, claimed(effect.Epoch+1), effect.Seq)
	t.Logf("%d events acknowledged before the disk was full, all there after it", len(acked))
}

// The room is that of the disk, and somebody else's file takes from it.
func TestDiskThatOthersFill(t *testing.T) {
	dir := smallDisk(t, 64<<20)
	bus := open(t, Options{DataDir: filepath.Join(dir, "data")})
	e := hook("1")
	e.Body = noise(1, 700<<10)
	mustStore(t, bus, e)
	used, most, err := bus.Usage(t.Context())
	if err != nil || used*100 > most*10 || most > 64<<20 {
		t.Errorf("%d of %d, %v", used, most, err)
	}
	filled(t, dir, 60<<20)
	told := 0
	for range 3 {
		bus.lookAtRoom(t.Context(), func(used, most int64) {
			told++
			if used*100 < most*80 {
				t.Errorf("told at %d of %d", used, most)
			}
		})
	}
	if told != 1 {
		t.Errorf("told %d times, want once", told)
	}
}
