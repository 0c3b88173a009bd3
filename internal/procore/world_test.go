package procore

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/procpac/procpac/internal/erp"
)

const (
	company = erp.ID(1357908642)
	// madeUp stands for a client secret in these tests.
	madeUp = "made-up-for-tests"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a client and the Procore it talks to, over connections in memory
// and on stubbed time.
type world struct {
	*Client
	login   http.HandlerFunc // nil: grants tokens
	api     http.HandlerFunc
	granted atomic.Int64
	called  atomic.Int64
	lines   *lines
}

// inWorld runs a test in a world whose API answers with api.
func inWorld(t *testing.T, api http.HandlerFunc, run func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{api: api, lines: &lines{}}
		net := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
		server := &http.Server{Handler: w}
		var served sync.WaitGroup
		served.Go(func() { _ = server.Serve(net) })
		w.Client = newClient(t, net, w.lines)
		run(t, w)
		w.Stop()
		_ = server.Close()
		served.Wait()
	})
}

func newClient(t *testing.T, net *pipes, log *lines) *Client {
	t.Helper()
	c, err := New(Config{
		LoginURL: "http://login.invalid", APIURL: "http://api.invalid/", AllowPlainHTTP: true,
		CompanyID: company, ClientID: "client", ClientSecret: func() string { return madeUp },
		Log: zerolog.New(log),
	})
	if err != nil {
		t.Fatal(err)
	}
	transport := c.http.Transport.(named).next.(*http.Transport)
	transport.Proxy, transport.DialContext = nil, net.dial
	return c
}

// ServeHTTP is Procore: the token host and the API.
func (w *world) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path != pathToken:
		w.called.Add(1)
		w.api(out, r)
	case w.login != nil:
		w.granted.Add(1)
		w.login(out, r)
	default:
		grant(out, w.granted.Add(1))
	}
}

// grant answers with token number n.
func grant(out http.ResponseWriter, n int64) {
	reply(out, 200, fmt.Sprintf(`{"access_token":%q,"token_type":"bearer","expires_in":5400}`, tokenNumber(n)))
}

func tokenNumber(n int64) string { return fmt.Sprintf("bearer-number-%d", n) }

// reply answers with JSON.
func reply(out http.ResponseWriter, status int, body string) {
	out.Header().Set("Content-Type", "application/json")
	out.WriteHeader(status)
	_, _ = out.Write([]byte(body))
}

// always answers every call alike.
func always(status int, body string) http.HandlerFunc {
	return func(out http.ResponseWriter, _ *http.Request) { reply(out, status, body) }
}

// pipes is a listener whose connections are pipes in memory.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.done:
		return nil, errors.New("connection refused")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "unix"} }

// lines keeps what was logged.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// sample is one answer of Procore as api/procore/samples keeps it.
type sample struct {
	About, Mark, Source, Method, Path string
	Status                            int
	Headers                           map[string]string
	Text                              string
	Body                              json.RawMessage
}

// samples reads all of them, by name.
func samples(t testing.TB) map[string]sample {
	t.Helper()
	files, err := filepath.Glob("../../api/procore/samples/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	all := map[string]sample{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var s sample
		if err := json.Unmarshal(data, &s); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".json")] = s
	}
	return all
}

// ServeHTTP answers with the sample. "@+9" in a header is nine seconds from
// now.
func (s sample) ServeHTTP(out http.ResponseWriter, _ *http.Request) {
	out.Header().Set("Content-Type", "application/json")
	for name, value := range s.Headers {
		if value == "@+9" {
			value = fmt.Sprint(time.Now().Unix() + 9)
		}
		out.Header().Set(name, value)
	}
	out.WriteHeader(s.Status)
	_, _ = out.Write([]byte(s.Text))
	_, _ = out.Write(s.Body)
}
