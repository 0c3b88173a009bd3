package natsbus

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/journal"
)

// noise is bytes that do not compress, the same for the same seed.
func noise(seed int64, size int) []byte {
	data := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)}).Read(data) // never fails
	return data
}

// tape is a backup with something in every stream.
func tape(t *testing.T) []byte {
	t.Helper()
	bus := open(t, Options{DataDir: t.TempDir()})
	for i := range 10 {
		e := hook(fmt.Sprint(i))
		e.Body = noise(int64(i), 64<<10)
		mustStore(t, bus, e)
		mustAppend(t, bus, journal.NewKey("acme", journal.KindCommitment, 1), planned("x"), uint64(i))
	}
	mustBury(t, bus)
	data := backedUpNow(t, bus)
	shut(t, bus)
	return data
}

// rewritten is a tar with its files changed.
func rewritten(t *testing.T, data []byte, change func(name string, content []byte) (string, []byte)) []byte {
	t.Helper()
	var out bytes.Buffer
	tw := tar.NewWriter(&out)
	tr := tar.NewReader(bytes.NewReader(data))
	for {
		head, err := tr.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(tr)
		if err != nil {
			t.Fatal(err)
		}
		if name, content := change(head.Name, content); name != "" {
			if err := writeFile(tw, name, time.Now(), content); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestBadBackupsAreRefused(t *testing.T) {
	good := tape(t)
	same := func(name string, content []byte) (string, []byte) { return name, content }
	only := func(which string, change func([]byte) []byte) []byte {
		return rewritten(t, good, func(name string, content []byte) (string, []byte) {
			if name == which {
				return name, change(content)
			}
			return name, content
		})
	}
	replace := func(old, new string) func([]byte) []byte {
		return func(c []byte) []byte {
			if !bytes.Contains(c, []byte(old)) {
				t.Fatalf("no %q to replace", old)
			}
			return bytes.Replace(c, []byte(old), []byte(new), 1)
		}
	}
	without := func(which string) []byte {
		return rewritten(t, good, func(name string, content []byte) (string, []byte) {
			if name == which {
				return "", nil
			}
			return name, content
		})
	}
	for name, c := range map[string]struct {
		data []byte
		says string
	}{
		"nothing":               {nil, "cut short"},
		"rubbish":               {noise(1, 4096), "damaged"},
		"cut in a file":         {good[:len(good)/2], "cut short"},
		"cut before manifest":   {without(manifestName), "before its manifest"},
		"a bit flipped":         {only("EVENTS/000001", func(c []byte) []byte { c[1000] ^= 1; return c }), "stream EVENTS is damaged"},
		"a part shorter":        {only("JOURNAL/000001", func(c []byte) []byte { return c[:len(c)-1] }), "stream JOURNAL is damaged"},
		"a stream left out":     {without("DLQ/000001"), "no place in it"},
		"the last left out":     {without("JOURNAL/000001"), "3 streams of 4"},
		"another program's tar": {rewritten(t, good, func(n string, c []byte) (string, []byte) { return "home/" + n, c }), "no place in it"},
		"out of the directory":  {rewritten(t, good, func(n string, c []byte) (string, []byte) { return "../../" + n, c }), "no place in it"},
		"another version":       {only(manifestName, replace(`"version": 1`, `"version": 2`)), "version 2"},
		"another maker":         {only(manifestName, replace("procpac backup", "somebody else")), "somebody else"},
		"manifest no JSON":      {only(manifestName, func([]byte) []byte { return []byte("{") }), "manifest cannot be read"},
		"manifest says more":    {only(manifestName, replace(`"messages": 10`, `"messages": 11`)), "the manifest names 11"},
		"manifest ends later":   {only(manifestName, replace(`"last": 10`, `"last": 12`)), "from 1 to 12"},
		"something after it":    {slices.Concat(good[:len(good)-2*512], rewritten(t, good, same)), "after its manifest"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			err := Restore(t.Context(), Options{DataDir: dir}, bytes.NewReader(c.data))
			if !errors.Is(err, ErrBadBackup) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want it to say %q", err, c.says)
			}
			empty(t, dir)
			missing := filepath.Join(dir, "new")
			if err := Restore(t.Context(), Options{DataDir: missing}, bytes.NewReader(c.data)); err == nil {
				t.Error("restored into a new directory")
			}
			empty(t, dir)
		})
	}
	if err := Restore(t.Context(), Options{DataDir: t.TempDir()}, bytes.NewReader(rewritten(t, good, same))); err != nil {
		t.Errorf("the unchanged one: %v", err)
	}
}

// A snapshot with a good checksum that the server does not take.
func TestSnapshotThatTheServerRefuses(t *testing.T) {
	good := tape(t)
	swapped := rewritten(t, good, func(name string, content []byte) (string, []byte) {
		if name == manifestName {
			var m manifest
			_, m = files(t, good)
			content = bytes.ReplaceAll(content, []byte(m.of(streamDLQ).SHA256), []byte(sum([]byte("rubbish"))))
			content = bytes.ReplaceAll(content, fmt.Appendf(nil, `"size": %d`, m.of(streamDLQ).Size), []byte(`"size": 7`))
		}
		if name == "DLQ/000001" {
			content = []byte("rubbish")
		}
		return name, content
	})
	dir := t.TempDir()
	err := Restore(t.Context(), Options{DataDir: dir}, bytes.NewReader(swapped))
	if err == nil || !strings.Contains(err.Error(), "restore stream DLQ: the server refuses") {
		t.Error(err)
	}
	empty(t, dir)
}

func TestRestoreTakesAnEmptyDirectoryOnly(t *testing.T) {
	good := tape(t)
	dir := t.TempDir()
	bus := open(t, Options{DataDir: dir})
	if err := Restore(t.Context(), Options{DataDir: dir}, bytes.NewReader(good)); !errors.Is(err, ErrNotEmpty) || !strings.Contains(err.Error(), dir) {
		t.Errorf("over a running bus: %v", err)
	}
	shut(t, bus)
	if err := Restore(t.Context(), Options{DataDir: dir}, bytes.NewReader(good)); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("over a bus: %v", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Restore(t.Context(), Options{DataDir: file}, bytes.NewReader(good)); !errors.Is(err, ErrDirNotWritable) {
		t.Errorf("over a file: %v", err)
	}
	for _, o := range []Options{{}, {URL: "nats://127.0.0.1:1"}} {
		if err := Restore(t.Context(), o, bytes.NewReader(good)); err == nil || !strings.Contains(err.Error(), "restore") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// slow is a reader that waits before its last byte until it is let go.
type slow struct {
	io.Reader
	reached chan bool
	leave   chan bool
}

func (s *slow) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		select {
		case s.reached <- true:
			<-s.leave
		default:
		}
	}
	return n, err
}

func TestTwoRestoresAtOnce(t *testing.T) {
	good := tape(t)
	dir := t.TempDir()
	first := &slow{Reader: bytes.NewReader(good[:len(good)/2]), reached: make(chan bool), leave: make(chan bool)}
	ended := make(chan error, 1)
	go func() { ended <- Restore(t.Context(), Options{DataDir: dir}, first) }()
	<-first.reached
	if err := Restore(t.Context(), Options{DataDir: dir}, bytes.NewReader(good)); !errors.Is(err, ErrDirInUse) {
		t.Errorf("beside another: %v", err)
	}
	close(first.leave)
	if err := <-ended; !errors.Is(err, ErrBadBackup) {
		t.Error(err)
	}
	if err := Restore(t.Context(), Options{DataDir: dir}, bytes.NewReader(good)); err != nil {
		t.Errorf("after it: %v", err)
	}
}

func TestRestoreThatIsCalledOff(t *testing.T) {
	good := tape(t)
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Restore(ctx, Options{DataDir: dir}, bytes.NewReader(good)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	empty(t, dir)
}

// The environment that makes this program the process that is killed.
const (
	childTo   = "NATSBUS_RESTORE_TO"
	childFrom = "NATSBUS_RESTORE_FROM"
)

// restoringChild restores one backup, as a process of its own; its exit code.
func restoringChild() int {
	f, err := os.Open(os.Getenv(childFrom))
	if err == nil {
		err = errors.Join(Restore(context.Background(), Options{DataDir: os.Getenv(childTo)}, f), f.Close())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func TestKilledRestoreLeavesAllOrNothing(t *testing.T) {
	t.Parallel()
	from := filepath.Join(t.TempDir(), "tape")
	if err := os.WriteFile(from, tape(t), 0o600); err != nil {
		t.Fatal(err)
	}
	whole, nothing := 0, 0
	rounds := 7 // once at each step
	if os.Getenv("TORTURE") == "long" {
		rounds *= 20
	}
	for n := range rounds {
		dir := t.TempDir()
		killed(t, dir, from, n)
		_, err := os.Stat(storeDir(dir))
		if err == nil {
			whole++
		} else {
			nothing++
			f, err := os.Open(from)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(Restore(t.Context(), Options{DataDir: dir}, f), f.Close()); err != nil {
				t.Fatalf("again after the kill: %v", err)
			}
		}
		bus := open(t, Options{DataDir: dir})
		if events, records := ends(t, bus); events != 10 || records != 10 {
			t.Errorf("kill %d: %d events and %d records", n, events, records)
		}
		shut(t, bus)
	}
	t.Logf("killed in the middle %d times, after the end %d times", nothing, whole)
	if nothing == 0 {
		t.Error("no kill came in the middle: this proves nothing")
	}
}

// killed runs a restore in a process of its own and kills it n small steps after
// its work directory has shown up.
func killed(t *testing.T, dir, from string, n int) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childTo+"="+dir, childFrom+"="+from)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	steps := []string{"lock", "spool/EVENTS", "spool/JOURNAL", "nats/jetstream", "nats/jetstream/*/streams/EVENTS/meta.inf", "nats/jetstream/*/streams/JOURNAL/meta.inf", "../nats"}
	step := steps[n%len(steps)]
	until(t, "the restore has come to "+step, func() bool {
		found, _ := filepath.Glob(filepath.Join(dir, workName, step))
		_, done := os.Stat(storeDir(dir))
		return len(found) > 0 || done == nil
	})
	if err := child.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = child.Wait() // killed: it says so
}
