package natsbus

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// unpack puts the snapshots of a backup into the spool and believes them only
// when the manifest at the end agrees.
func (w *restoring) unpack(ctx context.Context, r io.Reader) (manifest, error) {
	if err := os.MkdirAll(w.spool(), 0o700); err != nil {
		return manifest{}, err
	}
	tr := tar.NewReader(r)
	var found []*spooled
	for {
		head, err := nextFile(ctx, tr)
		if err != nil {
			return manifest{}, err
		}
		if head.Name == manifestName {
			return agreed(tr, found)
		}
		if found, err = placed(found, head.Name); err != nil {
			return manifest{}, err
		}
		if err := w.spoolPart(found[len(found)-1], tr); err != nil {
			return manifest{}, err
		}
	}
}

// spooled is a stream as far as it was found in the tar.
type spooled struct {
	section
	hash hash.Hash
}

// placed finds the stream that a file belongs to: one more part of the last
// stream, or the first of the next one.
func placed(found []*spooled, name string) ([]*spooled, error) {
	n := len(found)
	if n > 0 && name == partName(found[n-1].Name, found[n-1].Parts+1) {
		return found, nil
	}
	if n < len(backedUp()) && name == partName(backedUp()[n], 1) {
		return append(found, &spooled{section: section{Name: backedUp()[n]}, hash: sha256.New()}), nil
	}
	return nil, bad("%q has no place in it", name)
}

// nextFile is the next file of the tar; there must be one.
func nextFile(ctx context.Context, tr *tar.Reader) (*tar.Header, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	head, err := tr.Next()
	switch {
	case errors.Is(err, io.EOF):
		return nil, bad("it ends before its manifest: it is cut short or not of this program")
	case err != nil:
		return nil, cut(err)
	case head.Typeflag != tar.TypeReg:
		return nil, bad("%q is no plain file", head.Name)
	}
	return head, nil
}

// spoolPart adds one file of the tar to a stream's snapshot.
func (w *restoring) spoolPart(s *spooled, tr *tar.Reader) error {
	f, err := os.OpenFile(filepath.Join(w.spool(), s.Name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	n, err := io.Copy(io.MultiWriter(f, s.hash), tr)
	if err = errors.Join(err, f.Close()); err != nil {
		return cut(err)
	}
	s.Parts++
	s.Size += n
	s.SHA256 = hex.EncodeToString(s.hash.Sum(nil))
	return nil
}

// agreed reads the manifest and compares it with what was found.
func agreed(tr *tar.Reader, found []*spooled) (m manifest, err error) {
	data, err := io.ReadAll(io.LimitReader(tr, manifestMost))
	if err != nil {
		return m, cut(err)
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return m, bad("its manifest cannot be read: %w", err)
	}
	if m.Made != manifestMade || m.Version != backupVersion {
		return m, bad("its manifest says %q version %d, this build reads %q version %d", m.Made, m.Version, manifestMade, backupVersion)
	}
	if len(m.Streams) != len(backedUp()) || len(found) != len(m.Streams) {
		return m, bad("it holds %d streams of %d", len(found), len(backedUp()))
	}
	for i, s := range m.Streams {
		if f := found[i]; s.Name != f.Name || s.Parts != f.Parts || s.Size != f.Size || s.SHA256 != f.SHA256 {
			return m, bad("stream %s is damaged: %d bytes in %d parts with SHA-256 %s, the manifest says %d in %d with %s",
				f.Name, f.Size, f.Parts, f.SHA256, s.Size, s.Parts, s.SHA256)
		}
	}
	if _, err := tr.Next(); !errors.Is(err, io.EOF) {
		return m, bad("something comes after its manifest")
	}
	return m, nil
}

// bad is ErrBadBackup with the reason.
func bad(format string, v ...any) error {
	return fmt.Errorf("%w: %w", ErrBadBackup, fmt.Errorf(format, v...))
}

// cut tells a tar that is no tar, or ends too soon, from a reader that fails.
func cut(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, tar.ErrHeader) {
		return bad("it is damaged or cut short: %w", err)
	}
	return fmt.Errorf("read the backup: %w", err)
}

// syncTree writes every file and directory below root through to the disk.
func syncTree(root string) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return syncDir(path)
	})
}

// syncDir writes one directory or file through to the disk.
func syncDir(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
