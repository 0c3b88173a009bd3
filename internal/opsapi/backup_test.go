package opsapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

func TestBackup(t *testing.T) {
	w := newWorld()
	c, _ := calling(t, w)
	var out bytes.Buffer
	var told int64
	got, err := c.Backup(t.Context(), &out, func(n int64) { told = n })
	size := int64(len(w.tar))
	if err != nil || got.Bytes != size || told != size || !strings.HasPrefix(got.Digest, "sha-256=:") || !bytes.Equal(out.Bytes(), w.tar) {
		t.Errorf("%+v %v, told %d, %d bytes", got, err, told, out.Len())
	}
	w.tar = nil
	if got, err := c.Backup(t.Context(), io.Discard, nil); err != nil || got.Bytes != 0 {
		t.Errorf("an empty one: %+v %v", got, err)
	}
}

// TestABackupThatBreaksOffIsNotTakenForWhole: nor is its cause told.
func TestABackupThatBreaksOffIsNotTakenForWhole(t *testing.T) {
	w := newWorld()
	w.tarErr = errors.New("secret-inside")
	o := w.options()
	var log bytes.Buffer
	o.Log = zerolog.New(&log)
	server := httptest.NewUnstartedServer(Handler(o))
	server.Start()
	var out bytes.Buffer
	_, err := dial(t, server.URL, "").Backup(t.Context(), &out, nil)
	server.Close() // waits for the handler
	var cut *CutOff
	if !errors.As(err, &cut) || !strings.Contains(err.Error(), "broke off") || cut.Bytes != int64(len(w.tar)) || strings.Contains(err.Error(), "secret-inside") {
		t.Errorf("%v", err)
	}
	if !strings.Contains(log.String(), "secret-inside") {
		t.Errorf("not logged: %s", log.String())
	}
}

func TestABackupThatCannotBeginIsRefused(t *testing.T) {
	w := newWorld()
	w.tar, w.tarErr = nil, context.DeadlineExceeded
	c, _ := calling(t, w)
	var p *Problem
	if _, err := c.Backup(t.Context(), io.Discard, nil); !errors.As(err, &p) || p.Status != 503 {
		t.Errorf("%v", err)
	}
}

func TestOneBackupAtATime(t *testing.T) {
	w := newWorld()
	c, o := calling(t, w)
	writing, goOn := make(chan struct{}), make(chan struct{})
	o.Service.Backup = func(_ context.Context, out io.Writer) error {
		close(writing)
		<-goOn
		_, err := out.Write([]byte("tar"))
		return err
	}
	first := make(chan error)
	go func() { _, err := c.Backup(t.Context(), io.Discard, nil); first <- err }()
	<-writing
	var p *Problem
	if _, err := c.Backup(t.Context(), io.Discard, nil); !errors.As(err, &p) || p.Status != 409 || p.After == 0 {
		t.Errorf("%v", err)
	}
	close(goOn)
	if err := <-first; err != nil {
		t.Error(err)
	}
}

// TestABackupOutlivesTheLimitsOfOtherCalls: neither the server's write limit
// nor that of a call ends it.
func TestABackupOutlivesTheLimitsOfOtherCalls(t *testing.T) {
	w := newWorld()
	o := w.options()
	const limit = 50 * time.Millisecond
	o.Service.Backup = func(ctx context.Context, out io.Writer) error {
		if _, ok := ctx.Deadline(); ok {
			return errors.New("it has a deadline")
		}
		for range 3 {
			<-time.After(2 * limit)
			if _, err := out.Write(w.tar); err != nil {
				return err
			}
		}
		return nil
	}
	server := httptest.NewUnstartedServer(Handler(o))
	server.Config.WriteTimeout, server.Config.ReadTimeout = limit, limit
	server.Start()
	t.Cleanup(server.Close)
	got, err := dial(t, server.URL, "").Backup(t.Context(), io.Discard, nil)
	if err != nil || got.Bytes != 3*int64(len(w.tar)) {
		t.Errorf("%+v %v", got, err)
	}
}

// deadlines is a writer that notes the limits it is given.
type deadlines struct {
	*httptest.ResponseRecorder
	set []time.Time
}

func (d *deadlines) SetWriteDeadline(at time.Time) error { d.set = append(d.set, at); return nil }

// TestEachPieceOfABackupHasALimitOfItsOwn: one that stalls is given up, a long
// one is not.
func TestEachPieceOfABackupHasALimitOfItsOwn(t *testing.T) {
	w := newWorld()
	out := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	r := httptest.NewRequest("GET", "/api/v1/backup", nil)
	r.Host = "127.0.0.1"
	before := time.Now()
	Handler(w.options()).ServeHTTP(out, r)
	if len(out.set) != 3 { // before the first, and for each of two
		t.Fatalf("%d limits", len(out.set))
	}
	for _, at := range out.set {
		if at.Before(before.Add(stallLimit)) {
			t.Errorf("limit %s", at)
		}
	}
}

// fullDisk fails after the first piece.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestAFullDiskIsNotTheServersFault(t *testing.T) {
	c, _ := calling(t, newWorld())
	_, err := c.Backup(t.Context(), fullDisk{}, nil)
	var cut *CutOff
	if err == nil || errors.As(err, &cut) || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("%v", err)
	}
}

// TestBackupsAreCompared plays servers that say something else than they send.
func TestBackupsAreCompared(t *testing.T) {
	for name, c := range map[string]struct {
		digest, size string
		words        string
	}{
		"no trailers":     {"", "", "without its checksum"},
		"another digest":  {"sha-256=:AAAA:", "3", "not what was sent"},
		"another size":    {"sha-256=:kK664xVnXL8EYS3k99WHSFD0jguN2CvsvqpHypP16/s=:", "4", "not what was sent"},
		"a page":          {"page", "", "is --server right?"},
		"JSON, not a tar": {"json", "", "is --server right?"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				switch c.digest {
				case "page":
					w.Header().Set("Content-Type", "text/html")
				case "json":
					w.Header().Set("Content-Type", "application/json")
					_, _ = io.WriteString(w, "{}")
					return
				default:
					w.Header().Set("Content-Type", "application/x-tar")
				}
				if c.size != "" {
					w.Header().Set("Trailer", "Content-Digest, Procpac-Size")
				}
				_, _ = io.WriteString(w, "tar")
				w.Header().Set("Content-Digest", c.digest)
				w.Header().Set("Procpac-Size", c.size)
			}))
			t.Cleanup(server.Close)
			if _, err := dial(t, server.URL, "").Backup(t.Context(), io.Discard, nil); err == nil || !strings.Contains(err.Error(), c.words) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestAServerThatStopsSendingIsGivenUp(t *testing.T) {
	silent := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if silent {
			<-r.Context().Done()
			return
		}
		w.Header().Set("Content-Type", "application/x-tar")
		_, _ = io.WriteString(w, "tar")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	c := dial(t, server.URL, "")
	c.stall = 50 * time.Millisecond
	_, err := c.Backup(t.Context(), io.Discard, nil)
	var cut *CutOff
	if !errors.As(err, &cut) || cut.Bytes != 3 || !errors.Is(cut.Err, errStalled) {
		t.Errorf("%v", err)
	}
	silent = true
	if _, err = c.Backup(t.Context(), io.Discard, nil); !errors.As(err, &cut) || cut.Bytes != 0 {
		t.Errorf("%v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := c.Backup(ctx, io.Discard, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
