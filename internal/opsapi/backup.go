package opsapi

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
)

// The trailers of a backup: a checksum as RFC 9530 writes it, and the size in
// bytes. A backup without them is cut short.
const (
	digestTrailer = "Content-Digest"
	sizeTrailer   = "Procpac-Size"
)

// stallLimit is how long one piece of a backup may take to pass.
const stallLimit = time.Minute

// backup streams a tar; `procpac backup` asks for it. It has no time limit but
// one for each piece. When it breaks off, the connection is cut, so that nobody
// takes what came for whole.
func (a *api) backup(c echo.Context) error {
	out := &download{response: c.Response(), control: http.NewResponseController(c.Response()), hash: sha256.New()}
	if err := patient(out.control, stallLimit); err != nil { // for the first piece
		return err
	}
	began := time.Now()
	err := a.Service.WriteBackup(c.Request().Context(), out)
	if err != nil && out.size == 0 {
		return err
	}
	if err != nil {
		a.Log.Error().Err(err).Int64("bytes", out.size).Msg("the backup broke off")
		panic(http.ErrAbortHandler)
	}
	out.end()
	a.Log.Info().Int64("bytes", out.size).Dur("took", time.Since(began)).Msg("backed up")
	return nil
}

// download is a body of unknown length with its checksum behind it. It begins
// with the first byte, so that what fails before can still be told.
type download struct {
	response *echo.Response
	control  *http.ResponseController
	hash     hash.Hash
	size     int64
}

// Write passes a piece on.
func (d *download) Write(p []byte) (int, error) {
	d.begin()
	if err := patient(d.control, stallLimit); err != nil {
		return 0, err
	}
	n, err := d.response.Write(p)
	_, _ = d.hash.Write(p[:n]) // never fails
	d.size += int64(n)
	if err != nil {
		return n, err
	}
	return n, d.control.Flush() // the other side sees that it goes on
}

// begin sends the headers, once.
func (d *download) begin() {
	if d.response.Committed {
		return
	}
	h := d.response.Header()
	h.Set(echo.HeaderContentType, "application/x-tar")
	h.Set(echo.HeaderContentDisposition, `attachment; filename="procpac-backup.tar"`)
	h.Set("Trailer", digestTrailer+", "+sizeTrailer)
	d.response.WriteHeader(http.StatusOK)
}

// end sends the trailers.
func (d *download) end() {
	d.begin()
	d.response.Header().Set(digestTrailer, digest(d.hash))
	d.response.Header().Set(sizeTrailer, strconv.FormatInt(d.size, 10))
}

// digest is a checksum as RFC 9530 writes it.
func digest(h hash.Hash) string {
	return "sha-256=:" + base64.StdEncoding.EncodeToString(h.Sum(nil)) + ":"
}

// patient gives an answer more time than the server gives others. A server that
// cannot, as in tests, has no limit either.
func patient(control *http.ResponseController, limit time.Duration) error {
	if err := control.SetWriteDeadline(time.Now().Add(limit)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

// CutOff is a backup that broke off; the same may work later.
type CutOff struct {
	Server string
	Bytes  int64 // that had come
	Err    error
}

// Error says how far it came.
func (e *CutOff) Error() string {
	return fmt.Sprintf("the backup broke off after %d bytes, %s sends no more (%v): the log of the server may say why; try again", e.Bytes, e.Server, e.Err)
}

// Backup is what was received.
type Backup struct {
	Bytes  int64
	Digest string // sha-256=:...:
}

// Backup writes a tar with a copy of all streams to w and compares its size and
// checksum with what the server says behind it. Whatever fails, what was
// written is worth nothing. tell, which may be nil, is given the size so far.
// It takes as long as it takes, but not longer than two minutes without a byte.
func (c *Client) Backup(ctx context.Context, w io.Writer, tell func(bytes int64)) (Backup, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(c.stall, func() { cancel(errStalled) })
	defer watch.Stop()
	response, err := c.slow().open(ctx, http.MethodGet, "/api/v1/backup", nil, nil)
	if errors.Is(err, errStalled) {
		return Backup{}, &CutOff{Server: c.Server(), Err: err}
	}
	if err != nil {
		return Backup{}, err
	}
	defer response.Body.Close()
	if kind := response.Header.Get(echo.HeaderContentType); response.StatusCode != http.StatusOK || kind != "application/x-tar" {
		return Backup{}, c.refusal(ctx, response)
	}
	in := &upload{to: w, hash: sha256.New(), tell: func(size int64) {
		watch.Reset(c.stall)
		if tell != nil {
			tell(size)
		}
	}}
	if _, err := io.Copy(in, response.Body); err != nil {
		return Backup{}, c.cutOff(ctx, in, err)
	}
	return in.whole(response.Trailer)
}

// upload is what comes, on its way to where it is kept.
type upload struct {
	to     io.Writer
	hash   hash.Hash
	size   int64
	tell   func(int64)
	failed error // of to
}

// Write keeps a piece.
func (u *upload) Write(p []byte) (int, error) {
	n, err := u.to.Write(p)
	_, _ = u.hash.Write(p[:n]) // never fails
	u.size += int64(n)
	u.failed = err
	u.tell(u.size)
	return n, err
}

// errStalled is a server that keeps the connection and sends nothing.
var errStalled = errors.New("nothing came for a long time")

// cutOff tells whose doing the end is: of where it was kept, of our side's
// context, or of the server.
func (c *Client) cutOff(ctx context.Context, in *upload, err error) error {
	cause := context.Cause(ctx)
	switch {
	case in.failed != nil:
		return fmt.Errorf("write the backup: %w", in.failed)
	case errors.Is(cause, errStalled):
		err = cause
	case cause != nil:
		return cause
	}
	return &CutOff{Server: c.Server(), Bytes: in.size, Err: err}
}

// whole compares what came with what was sent.
func (u *upload) whole(trailer http.Header) (Backup, error) {
	got := Backup{Bytes: u.size, Digest: digest(u.hash)}
	sent, size := trailer.Get(digestTrailer), trailer.Get(sizeTrailer)
	switch {
	case sent == "" || size == "":
		return got, errors.New("the backup came without its checksum: is there a proxy on the way that drops trailers? Ask the server directly")
	case size != strconv.FormatInt(got.Bytes, 10) || sent != got.Digest:
		return got, fmt.Errorf("the backup is not what was sent: %d bytes came, with checksum %s; %s were sent, with %s", got.Bytes, got.Digest, size, sent)
	}
	return got, nil
}
