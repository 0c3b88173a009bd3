package natsbus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
	"github.com/nats-io/nats.go/jetstream"
)

// The ends of a Restore. ErrNotEmpty: there is something in the data directory.
// ErrBadBackup: the file is damaged, cut short or no backup of ours; nothing of
// it was used.
var (
	ErrNotEmpty  = errors.New("the data directory is not empty")
	ErrBadBackup = errors.New("the backup cannot be used")
)

// workName is the directory in the data directory in which a restore works. It
// is no part of a bus: only the rename of the finished streams out of it makes
// one.
const workName = ".restore"

// Restore makes the streams of an empty data directory from a tar of Backup. It
// is for the embedded server; whoever runs a server outside restores there. The
// checksums are compared before a server sees anything, the streams are made in
// a directory of their own, compared with the manifest, written through to the
// disk, and moved to their place by one rename: whenever it is interrupted, the
// data directory has all or nothing of it. What an earlier, killed restore left
// over is cleared away. Empty means that there is nothing but such leftovers and
// lost+found.
//
// The caller must see to it that the restored past is not taken for the present:
// what was done since the backup is in Jobpac and Procore, and not in this
// journal.
//
// Errors: ErrNotEmpty, ErrDirInUse, ErrDirNotWritable, ErrBadBackup, that of r,
// of ctx, or of the disk. After an error the data directory is as it was.
func Restore(ctx context.Context, o Options, r io.Reader) error {
	if o.URL != "" {
		return errors.New("a restore works on the embedded server only (nats.url must be empty): " +
			"the streams of a server outside are restored with that server's own tools")
	}
	if o.DataDir == "" {
		return errors.New("data_dir is empty: a restore needs a directory for its streams")
	}
	w, err := openWork(o.DataDir)
	if err != nil {
		return err
	}
	err = w.restore(ctx, o.filled(), r)
	return errors.Join(err, w.close(err == nil))
}

// restoring is a restore in its directory.
type restoring struct {
	dataDir string
	dir     string
	made    bool // the data directory itself
	lock    *flock.Flock
}

// openWork takes an empty data directory for this restore alone.
func openWork(dataDir string) (*restoring, error) {
	_, missing := os.Stat(dataDir)
	w := &restoring{dataDir: dataDir, dir: filepath.Join(dataDir, workName), made: os.IsNotExist(missing)}
	if err := checkEmpty(dataDir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrDirNotWritable, w.dir, err)
	}
	w.lock = flock.New(filepath.Join(w.dir, "lock"), flock.SetPermissions(0o600))
	held, err := w.lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrDirNotWritable, w.dir, err)
	}
	if !held {
		return nil, fmt.Errorf("%w: another restore is under way in %s", ErrDirInUse, dataDir)
	}
	if err := w.clear(); err != nil {
		return nil, errors.Join(err, w.lock.Unlock())
	}
	return w, nil
}

// checkEmpty looks for anything in the directory that a restore could harm.
func checkEmpty(dataDir string) error {
	entries, err := os.ReadDir(dataDir)
	if err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("%w: %s: %w", ErrDirNotWritable, dataDir, err)
	}
	for _, e := range entries {
		if e.Name() != workName && e.Name() != "lost+found" {
			return fmt.Errorf("%w: %s holds %s; give data_dir a new directory, or move this one away first", ErrNotEmpty, dataDir, e.Name())
		}
	}
	return nil
}

// clear removes what a restore that was killed has left over.
func (w *restoring) clear() error {
	return errors.Join(os.RemoveAll(w.spool()), os.RemoveAll(storeDir(w.dir)))
}

// close removes the directory of this restore, and a data directory that is of
// no use.
func (w *restoring) close(done bool) error {
	err := errors.Join(os.RemoveAll(w.dir), w.lock.Unlock())
	if w.made && !done {
		err = errors.Join(err, os.Remove(w.dataDir))
	}
	return err
}

// spool is where the snapshots wait until the manifest has spoken for them.
func (w *restoring) spool() string { return filepath.Join(w.dir, "spool") }

// restore does the work of Restore.
func (w *restoring) restore(ctx context.Context, o Options, r io.Reader) error {
	m, err := w.unpack(ctx, r)
	if err != nil {
		return err
	}
	if err := w.rebuild(ctx, o, m); err != nil {
		return err
	}
	if err := syncTree(storeDir(w.dir)); err != nil {
		return fmt.Errorf("write the restored streams through to the disk: %w", err)
	}
	return w.install()
}

// rebuild runs a server on the work directory and has it make the streams.
func (w *restoring) rebuild(ctx context.Context, o Options, m manifest) (err error) {
	o.DataDir = w.dir
	bus := &Bus{log: o.Log}
	defer func() { err = errors.Join(err, bus.Close(context.WithoutCancel(ctx))) }()
	if err := bus.openScratch(o); err != nil {
		return err
	}
	for _, s := range m.Streams {
		if err := bus.rebuild(ctx, o, s, filepath.Join(w.spool(), s.Name)); err != nil {
			return fmt.Errorf("restore stream %s: %w", s.Name, err)
		}
	}
	return nil
}

// openScratch starts a server without a supervisor, and without a sync after
// every message: all is synced at once when it is complete.
func (b *Bus) openScratch(o Options) error {
	if err := os.MkdirAll(storeDir(o.DataDir), 0o700); err != nil {
		return err
	}
	options := serverOptions(o)
	options.SyncAlways = false
	b.embedded = &embedded{options: options, dir: storeDir(o.DataDir), log: o.Log, end: func() {}}
	if err := b.embedded.start(); err != nil {
		return err
	}
	b.onClose(b.embedded.stop)
	return b.connect(o)
}

// rebuild makes one stream from its snapshot and compares it with the manifest.
func (b *Bus) rebuild(ctx context.Context, o Options, s section, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	want := snapshotState{Messages: s.Messages, First: s.First, Last: s.Last}
	got, err := b.giveBack(ctx, restored(o, s.Name), want, f)
	if err != nil {
		return fmt.Errorf("the server refuses the snapshot: %w", err)
	}
	if got.Messages != s.Messages || got.Last != s.Last || (s.Messages > 0 && got.First != s.First) {
		return fmt.Errorf("%w: it gave %d messages from sequence %d to %d, the manifest names %d from %d to %d",
			ErrBadBackup, got.Messages, got.First, got.Last, s.Messages, s.First, s.Last)
	}
	return nil
}

// restored are the settings under which a stream is made again: ours, one
// replica, and no age, because what is too old now belongs to the backup all the
// same. Open sets the age.
func restored(o Options, name string) (config jetstream.StreamConfig) {
	o.Replicas, o.EventsMaxAge = 1, 0
	for _, c := range streams(o) {
		if c.Name == name {
			config = c
		}
	}
	return config
}

// install moves the finished streams to their place.
func (w *restoring) install() error {
	if err := os.Rename(storeDir(w.dir), storeDir(w.dataDir)); err != nil {
		return fmt.Errorf("%w: put the restored streams in place: %w", ErrNotEmpty, err)
	}
	return syncDir(w.dataDir)
}
