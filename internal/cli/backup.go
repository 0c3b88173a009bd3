package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/procpac/procpac/internal/opsapi"
)

// The name of a backup, around its time.
const (
	backupPrefix = "procpac-backup-"
	backupSuffix = ".tar"
	backupTime   = "20060102T150405Z"
)

func (s *shell) backup() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "backup DIR",
		Short: "Writes a copy of all streams while everything goes on",
		Long: "Writes DIR/procpac-backup-TIME.tar with events, journal, dead letters and quarantine as they stand, checks that all of\n" +
			"it came, and only then gives it its name. The file holds what was sent to Jobpac: it can be read by you alone.\n" +
			"\"procpac restore\" makes a data directory of it.",
		Example: "  procpac backup /var/backups/procpac\n  procpac backup . --json",
		Args:    oneArg("the directory for the backup"),
		RunE:    func(c *cobra.Command, args []string) error { return s.runBackup(c.Context(), args[0], asJSON) },
	}
	jsonFlag(c.Flags(), &asJSON)
	return c
}

// backedUp is the JSON of a backup.
type backedUp struct {
	File   string `json:"file"`
	Bytes  int64  `json:"bytes"`
	Digest string `json:"digest"` // sha-256=:base64:
}

func (s *shell) runBackup(ctx context.Context, dir string, asJSON bool) error {
	t, err := s.connect()
	if err != nil {
		return err
	}
	defer t.Close()
	path := filepath.Join(dir, backupPrefix+s.Now().UTC().Format(backupTime)+backupSuffix)
	got, err := s.writeBackup(ctx, t, path)
	if err != nil {
		return needsServer("backup", err)
	}
	if asJSON {
		return s.printJSON(backedUp{path, got.Bytes, got.Digest})
	}
	_, err = fmt.Fprintf(s.Out, "%s  %d bytes  %s\n", path, got.Bytes, got.Digest)
	return err
}

// writeBackup receives a backup beside its place, writes it through to the disk
// and gives it its name. Nothing is left over when it fails.
func (s *shell) writeBackup(ctx context.Context, t *target, path string) (got opsapi.Backup, err error) {
	file, err := newBackupFile(path)
	if err != nil {
		return got, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	m := s.newMeter("backup")
	got, err = t.Backup(ctx, file, m.bytes)
	m.end()
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return got, err
	}
	if err := unused(path); err != nil {
		return got, err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return got, err
	}
	return got, syncDir(filepath.Dir(path))
}

// newBackupFile makes the directory, if need be, and a file in it that only we
// can read.
func newBackupFile(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, usagef("the directory for the backup cannot be made: %v", err)
	}
	if err := unused(path); err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".procpac-backup-*")
	if err != nil {
		return nil, usagef("the backup cannot be written there: %v", err)
	}
	return file, nil
}

// unused refuses to write over anything.
func unused(path string) error {
	_, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil:
		return usagef("%s is there already and is not written over", path)
	}
	return usagef("%s cannot be looked at: %v", path, err)
}

// syncDir makes a new name in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// newestBackup is the latest backup in a directory, or the file itself. Names
// sort by time.
func newestBackup(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", usagef("there is no backup at %s: %v", path, err)
	}
	if !info.IsDir() {
		return path, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return "", usagef("there is no backup at %s: %v", path, err)
	}
	for _, e := range slices.Backward(entries) { // which are sorted by name
		if _, err := time.Parse(backupPrefix+backupTime+backupSuffix, e.Name()); err == nil && e.Type().IsRegular() {
			return filepath.Join(path, e.Name()), nil
		}
	}
	return "", usagef("there is no %sTIME%s in %s", backupPrefix, backupSuffix, path)
}

// age is how old a backup is by its name; 0: the name does not say.
func age(path string, now time.Time) time.Duration {
	name := filepath.Base(path)
	at, err := time.Parse(backupPrefix+backupTime+backupSuffix, name)
	if err != nil {
		return 0
	}
	return now.Sub(at)
}
