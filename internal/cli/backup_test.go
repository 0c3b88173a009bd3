package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/app"
	"github.com/procpac/procpac/internal/config"
)

const backupName = "procpac-backup-20260302T090000Z.tar"

// stocked is a world that backs up that text.
func stocked(text string, err error) *world {
	w := newWorld()
	w.tar = func(out io.Writer) error {
		if _, writeErr := io.WriteString(out, text); writeErr != nil {
			return writeErr
		}
		return err
	}
	return w
}

// holds lists a directory.
func holds(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func TestBackup(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	p := asks(t, stocked("a tar", nil))
	path := filepath.Join(dir, backupName)
	run(t, p, "backup", dir).want(t, 0, path+"  5 bytes  sha-256=:", "")
	text, err := os.ReadFile(path)
	info, statErr := os.Stat(path)
	if err != nil || statErr != nil || string(text) != "a tar" || info.Mode().Perm() != 0o600 || holds(t, dir) != backupName {
		t.Errorf("%v %v %q %v, %s", err, statErr, text, info.Mode(), holds(t, dir))
	}
	taken := stocked("another", nil)
	taken.tar = func(io.Writer) error { t.Error("a backup was made for nothing"); return nil }
	run(t, asks(t, taken), "backup", dir).want(t, 2, "", "is there already and is not written over")
	p = asks(t, stocked("another", nil))
	if text, _ := os.ReadFile(path); string(text) != "a tar" || holds(t, dir) != backupName {
		t.Errorf("%q, %s", text, holds(t, dir))
	}
	r := run(t, p, "backup", t.TempDir(), "--json")
	var got backedUp
	if err := json.Unmarshal([]byte(r.out), &got); err != nil || got.Bytes != 7 || filepath.Base(got.File) != backupName || !strings.HasPrefix(got.Digest, "sha-256=:") {
		t.Errorf("%v %s", err, r.out)
	}
}

// TestABackupThatFailsLeavesNothing: no file that somebody could take for one.
func TestABackupThatFailsLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	run(t, asks(t, stocked("half a tar", errors.New("cut"))), "backup", dir).want(t, 75, "", "the backup broke off after")
	run(t, asks(t, newWorld()), "backup", dir).want(t, 1, "", "this process does not serve backups")
	if got := holds(t, dir); got != "" {
		t.Errorf("left over: %s", got)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, asks(t, stocked("x", nil)), "backup", file).want(t, 2, "", "cannot be made")
	run(t, asks(t, stocked("x", nil)), "backup").want(t, 2, "", "takes the directory for the backup")
}

func TestBackupOnATerminalShowsHowFarItIs(t *testing.T) {
	p := asks(t, stocked(strings.Repeat("x", 3<<20), nil))
	p.Terminal = true
	r := run(t, p, "backup", t.TempDir())
	if r.code != 0 || !strings.Contains(r.err, "backup: 3 MiB") {
		t.Errorf("%d %q", r.code, r.err)
	}
}

// restoring is a process whose restores are noted.
func restoring(failed error) (Process, *[]string) {
	var done []string
	return Process{
		Env: []string{"PROCPAC_DATA_DIR=fresh"},
		Programs: Programs{Restore: func(_ context.Context, cfg *config.Config, file string) error {
			done = append(done, cfg.DataDir+" <- "+filepath.Base(file))
			return failed
		}},
	}, &done
}

// backups is a directory with those files.
func backups(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("tar"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRestore(t *testing.T) {
	dir := backups(t, "procpac-backup-20260301T090000Z.tar", backupName, "procpac-backup-zzz.tar", ".procpac-backup-1", "zzz.tar")
	p, done := restoring(nil)
	r := run(t, p, "restore", dir, "--yes")
	r.want(t, 0, "is restored into fresh. It starts in safe mode. Next:\n  1. procpac serve ", "")
	r.want(t, 0, "  4. procpac audit --release --reason TEXT", "")
	p.Terminal, p.In = true, strings.NewReader("y\n")
	p.Now = func() time.Time { return now.Add(90 * time.Minute) }
	r = run(t, p, "restore", filepath.Join(dir, backupName), "--json")
	r.want(t, 0, `"data_dir": "fresh"`, backupName+", 1h30m0s old, into data_dir fresh? [y/N]")
	var got restored
	if err := json.Unmarshal([]byte(r.out), &got); err != nil || len(got.Next) != 4 {
		t.Errorf("%v %s", err, r.out)
	}
	run(t, p, "restore", filepath.Join(dir, "zzz.tar"), "--yes").want(t, 0, "is restored", "")
	want := "fresh <- " + backupName
	if strings.Join(*done, "|") != want+"|"+want+"|fresh <- zzz.tar" {
		t.Errorf("%q", *done)
	}
}

func TestRestoreRefusals(t *testing.T) {
	dir := backups(t, backupName)
	p, done := restoring(nil)
	run(t, p, "restore", dir).want(t, 2, "", "There is nobody to ask: add --yes")
	p.Terminal = true
	run(t, p, "restore", dir).want(t, 0, "", "nothing was restored")
	run(t, p, "restore", t.TempDir(), "--yes").want(t, 2, "", "there is no procpac-backup-TIME.tar in")
	run(t, p, "restore", filepath.Join(dir, "missing"), "--yes").want(t, 2, "", "there is no backup at")
	run(t, p, "restore").want(t, 2, "", "takes a backup")
	run(t, p, "restore", dir, "--yes", "--config", "missing.yaml").want(t, 2, "", "there is no such file")
	run(t, Process{}, "restore", dir, "--yes").want(t, 2, "", "this build cannot restore")
	if len(*done) != 0 {
		t.Errorf("%q", *done)
	}
	p, _ = restoring(&app.SetupError{Words: "the data directory is not empty"})
	run(t, p, "restore", dir, "--yes").want(t, 2, "", "procpac: the data directory is not empty\n")
	p, _ = restoring(errors.New("the backup is damaged"))
	run(t, p, "restore", dir, "--yes").want(t, 1, "", "procpac: the backup is damaged\n")
}
