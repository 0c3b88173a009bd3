package natsbus

import (
	"archive/tar"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"
	"time"

	"github.com/procpac/procpac/internal/fault"
)

// backedUp are the streams of a backup, in its order. JOURNAL comes last, so
// that it knows at least what the events in the backup led to. The reverse, an
// event whose effect the journal does not have yet, is an event to be handled
// again, which is harmless.
func backedUp() []string { return []string{streamEvents, streamDLQ, streamQuarantine, streamJournal} }

const (
	backupVersion = 1
	manifestName  = "manifest.json"
	manifestMost  = 1 << 20
	partSize      = 4 << 20 // of one file in the tar; only so much is held in memory
)

// manifest is the last file of a backup. What is in the tar without it is worth
// nothing.
type manifest struct {
	Version int       `json:"version"`
	Made    string    `json:"made"` // always "procpac backup"
	At      time.Time `json:"at"`   // when it was begun
	Server  string    `json:"server"`
	Streams []section `json:"streams"`
}

const manifestMade = "procpac backup"

// section is one stream of a backup: its snapshot, cut into Parts files.
type section struct {
	Name     string `json:"name"`
	First    uint64 `json:"first"`
	Last     uint64 `json:"last"`
	Messages uint64 `json:"messages"`
	Missing  uint64 `json:"missing"` // sequences from First to Last that the stream itself no longer has
	Parts    int    `json:"parts"`
	Size     int64  `json:"size"` // of all parts, in bytes
	SHA256   string `json:"sha256"`
}

// Backup writes one tar with a snapshot of every stream and its consumers, and
// a manifest with what it holds, while everything goes on; it works on an
// embedded server and on one outside (2.15 or later). Every record that was
// acknowledged before Backup was called is in it. Nothing is kept on disk, and
// about 16 MiB in memory; a writer that stalls for 5 s ends the backup. Each
// snapshot is read as it passes: messages that the stream has lost to damage do
// not stop the backup, they are logged, reported like any gap (Options.Gap) and
// counted in the manifest. An error means that the tar is worth nothing; it is
// Transient and of the system, or the writer's own.
func (b *Bus) Backup(ctx context.Context, w io.Writer) error {
	m := manifest{Version: backupVersion, Made: manifestMade, At: time.Now().UTC(), Server: b.nc.ConnectedServerVersion()}
	tw := tar.NewWriter(w)
	for _, stream := range backedUp() {
		s, err := b.backUp(ctx, tw, stream, m.At)
		if err != nil {
			return fmt.Errorf("back up stream %s: %w", stream, err)
		}
		m.Streams = append(m.Streams, s)
	}
	data, err := json.MarshalIndent(m, "", "  ")
	if err == nil {
		err = writeFile(tw, manifestName, m.At, data)
	}
	if err := errors.Join(err, tw.Close()); err != nil {
		return fmt.Errorf("finish the backup: %w", err)
	}
	return nil
}

// backUp writes one stream to the tar, and reads what it writes.
func (b *Bus) backUp(ctx context.Context, tw *tar.Writer, stream string, at time.Time) (section, error) {
	parts := &parts{tw: tw, stream: stream, at: at, hash: sha256.New()}
	reader, writer := io.Pipe()
	var c contents
	var wrong error
	var home sync.WaitGroup
	home.Go(func() {
		c, wrong = inspect(reader)
		_ = reader.CloseWithError(wrong) // never fails
	})
	err := b.snapshot(ctx, stream, io.MultiWriter(parts, writer))
	_ = writer.CloseWithError(err) // never fails
	home.Wait()
	if err = cmp.Or(err, wrong); err != nil { // either one is the cause of the other
		return section{}, parts.classed(err)
	}
	if err := parts.flush(); err != nil {
		return section{}, err
	}
	b.tellHoles(stream, c)
	return section{
		Name: stream, First: c.First, Last: c.Last, Messages: c.Messages, Missing: c.lost(),
		Parts: parts.n, Size: parts.size, SHA256: hex.EncodeToString(parts.hash.Sum(nil)),
	}, nil
}

// tellHoles reports what a stream has lost.
func (b *Bus) tellHoles(stream string, c contents) {
	for _, h := range c.holes {
		b.gaps.note(stream, h.from, h.missing)
	}
	if n := c.lost(); n > 0 {
		b.log.Error().Str("stream", stream).Uint64("missing", n).
			Msg("the stream has lost messages; the backup holds all that is left")
	}
}

// parts cuts what is written into files of a tar, because a tar wants to know
// the size of a file before its content.
type parts struct {
	tw     *tar.Writer
	stream string
	at     time.Time
	hash   hash.Hash
	n      int
	size   int64
	buf    []byte
	failed bool // to write, as against to read
}

// Write takes any amount.
func (p *parts) Write(data []byte) (int, error) {
	p.buf = append(p.buf, data...)
	if len(p.buf) < partSize {
		return len(data), nil
	}
	return len(data), p.flush()
}

// flush writes what is held as one more file.
func (p *parts) flush() error {
	if len(p.buf) == 0 {
		return nil
	}
	p.n++
	p.size += int64(len(p.buf))
	_, _ = p.hash.Write(p.buf) // never fails
	err := writeFile(p.tw, partName(p.stream, p.n), p.at, p.buf)
	p.failed = err != nil
	p.buf = p.buf[:0]
	return err
}

// classed tells a server that is away from a writer that fails.
func (p *parts) classed(err error) error {
	if p.failed {
		return err
	}
	return fault.New(fault.Transient, "take a snapshot", err).OfSystem()
}

// partName is the name of a stream's n-th file, from 1.
func partName(stream string, n int) string { return fmt.Sprintf("%s/%06d", stream, n) }

// writeFile writes one file of a tar.
func writeFile(tw *tar.Writer, name string, at time.Time, data []byte) error {
	head := &tar.Header{Name: name, Mode: 0o600, Size: int64(len(data)), ModTime: at, Format: tar.FormatPAX}
	if err := tw.WriteHeader(head); err != nil {
		return err
	}
	_, err := tw.Write(data)
	return err
}
