package natsbus

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// storeDir is where the embedded server keeps its files.
func storeDir(dataDir string) string { return filepath.Join(dataDir, "nats") }

// lockDir makes the directory and takes it for this process alone: two servers
// on one directory ruin it. The lock ends with the process, however it ends.
func lockDir(dataDir string) (*flock.Flock, error) {
	if dataDir == "" {
		return nil, errors.New("data_dir is empty: the embedded server needs a directory for its streams")
	}
	dir := storeDir(dataDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("%w: %s: %w; give data_dir a directory this user may write", ErrDirNotWritable, dir, err)
	}
	lock := flock.New(filepath.Join(dir, "lock"), flock.SetPermissions(0o600))
	held, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w; give data_dir a directory this user may write", ErrDirNotWritable, dir, err)
	}
	if !held {
		return nil, fmt.Errorf("%w: %s; stop the other process or give this one its own data_dir", ErrDirInUse, dir)
	}
	return lock, nil
}

// ballast is how much must fit on the disk before a server that ran out of
// space is started again.
const ballast = 16 << 20

// roomIn tries to write and sync the ballast in dir.
func roomIn(dir string) (err error) {
	probe, err := os.CreateTemp(dir, "room-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, probe.Close(), os.Remove(probe.Name())) }()
	block := make([]byte, 1<<20)
	for range ballast / len(block) {
		if _, err := probe.Write(block); err != nil {
			return err
		}
	}
	return probe.Sync()
}
