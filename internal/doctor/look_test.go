package doctor

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestClock(t *testing.T) {
	for _, c := range []struct {
		off   time.Duration // theirs against ours
		took  time.Duration
		level Level
		words string
	}{
		{0, time.Second, OK, "agree"},
		{29 * time.Second, 0, OK, "agree"},
		{-30 * time.Second, 0, OK, "agree"},
		{33 * time.Second, 0, Wrong, "behind that of Jobpac"},
		{-33 * time.Second, 0, Wrong, "ahead of that of Jobpac"},
		{33 * time.Second, 10 * time.Second, OK, "agree"}, // the answer may have been made ten seconds later
		{2 * time.Hour, 10 * time.Second, Wrong, "behind that of Jobpac"},
	} {
		ours := []time.Time{noon, noon.Add(c.took)}
		now := func() time.Time { at := ours[0]; ours = ours[1:]; return at }
		theirs := noon.Add(c.took / 2).Add(c.off).Truncate(time.Second)
		wants(t, look(t, Clock("Jobpac", always(theirs, nil), now)), "clock", c.level, c.words)
	}
	wants(t, look(t, Clock("Procore", always(noon, errors.New("it does not answer")), time.Now)), "clock", Warning, "Procore", "does not answer")
}

func TestLinks(t *testing.T) {
	lines := look(t, Links([]Link{
		{"a", "https://x.example"}, {"b", "http://127.0.0.1:1"}, {"c", "nats://user:not-a-secret@nats.example:4222"}, {"d", ""}, {"e", "http://localhost"}, {"f", "rediss://r.example"},
	}).Steps...)
	wants(t, lines, "links", Warning, "c: ", "nats.example:4222")
	if strings.Contains(lines[0].Words, "not-a-secret") {
		t.Error("a password is printed")
	}
	wants(t, look(t, Links(nil).Steps...), "links", OK, "No link")
}

// file writes a file of that mode.
func file(t *testing.T, dir, name string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte("not-a-secret"), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSecretFiles(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	closed, loose := file(t, dir, "closed", 0o600), file(t, dir, "loose", 0o640)
	at := func(paths []Link, config string, inline []string) []Line {
		return look(t, SecretFiles(paths, config, inline, dir).Steps...)
	}
	wants(t, at([]Link{{"k", closed}, {"gone", dir + "/nothing"}}, loose, nil), "secrets", OK, "2 secret files")
	wants(t, at([]Link{{"k", loose}}, "", nil), "secrets", Wrong, "k: ", "chmod 600")
	wants(t, at(nil, loose, []string{"a.password", "b.key"}), "secrets", Wrong, "a.password and b.key")
	wants(t, at(nil, closed, []string{"a.password"}), "secrets", OK)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	wants(t, at(nil, "", nil), "secrets", Warning, "chmod 700")
}

func TestDirectory(t *testing.T) {
	dir := t.TempDir()
	used := func(is bool, err error) func(string) (bool, error) {
		return func(string) (bool, error) { return is, err }
	}
	wants(t, look(t, Directory(dir, used(false, nil))), "data directory", OK, "no server is running")
	wants(t, look(t, Directory(dir, used(true, nil))), "data directory", OK, "a server is running on it")
	wants(t, look(t, Directory(dir, used(true, errors.New("flock: odd")))), "data directory", Warning, "odd")
	wants(t, look(t, Directory(filepath.Join(dir, "a", "b"), used(false, nil))), "data directory", OK, "can be made")
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("it left %v behind", entries)
	}
	blocked := file(t, dir, "file", 0o600)
	wants(t, look(t, Directory(filepath.Join(blocked, "below"), used(false, nil))), "data directory", Wrong, "cannot be written")
}

func TestRoom(t *testing.T) {
	const gib = 1 << 30
	for _, c := range []struct {
		free, most, used int64
		level            Level
		words            string
	}{
		{100 * gib, 20 * gib, 0, OK, "100 GiB are free"},
		{100 * gib, 0, 0, OK, "are free"},
		{gib / 4, 0, 0, Wrong, "Only 256 MiB"},
		{10 * gib, 20 * gib, 0, Warning, "less than the 20 GiB"},
		{10 * gib, 20 * gib, 15 * gib, OK, "10 GiB"},
		{3*gib/2 + gib/100, 0, 0, OK, "1.5 GiB"},
	} {
		l := room("/data", c.free, c.most, c.used)
		if l.Level != c.level || !strings.Contains(l.Words, c.words) {
			t.Errorf("%+v: %+v", c, l)
		}
	}
	dir := t.TempDir()
	file(t, dir, "x", 0o600)
	if n := sizeOf(dir); n != int64(len("not-a-secret")) {
		t.Errorf("size %d", n)
	}
	if lines := look(t, Room(filepath.Join(dir, "later"), 0)); len(lines) != 1 || lines[0].Topic != "disk" || strings.Contains(lines[0].Words, "cannot") {
		t.Errorf("%+v", lines)
	}
	if size(12) != "12 bytes" {
		t.Error(size(12))
	}
}

func TestCluster(t *testing.T) {
	sync := func(always, known bool, words string, err error) SyncAlways {
		return func(context.Context) (bool, bool, string, error) { return always, known, words, err }
	}
	streams := func(missing []string, err error) Streams {
		return func(context.Context) ([]string, error) { return missing, err }
	}
	well := sync(true, true, "It syncs.", nil)
	for _, c := range []struct {
		replicas int
		sync     SyncAlways
		streams  Streams
		topic    string
		level    Level
		words    string
	}{
		{3, well, nil, "nats", OK, "3 times"},
		{1, well, nil, "nats", Warning, "lost with the disk"},
		{3, sync(false, true, "It does not sync.", nil), nil, "nats sync", Wrong, "It does not sync."},
		{3, sync(false, false, "It cannot be seen.", nil), nil, "nats sync", Warning, "It cannot be seen."},
		{3, sync(false, false, "", errors.New("no servers")), streams(nil, errors.New("x")), "nats", Wrong, "no servers"},
		{3, well, streams(nil, nil), "nats streams", OK, "settings"},
		{3, well, streams([]string{"EVENTS", "DLQ"}, nil), "nats streams", OK, "EVENTS and DLQ"},
		{3, well, streams(nil, errors.New("stream EVENTS has discard old")), "nats streams", Wrong, "discard old."},
	} {
		wants(t, look(t, Cluster(c.replicas, c.sync, c.streams).Steps...), c.topic, c.level, c.words)
	}
}

func TestLimits(t *testing.T) {
	lines := look(t, Limits())
	if len(lines) < 5 || len(troubles(lines)) > 0 {
		t.Errorf("%+v", lines)
	}
	wants(t, lines, "limits", OK, "project-specific")
}
