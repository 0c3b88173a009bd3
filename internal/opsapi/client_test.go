package opsapi

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/ops"
)

// dial makes a client that is closed with the test.
func dial(t *testing.T, address, token string) *Client {
	t.Helper()
	c, err := NewClient(address, token)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// TestClientSaysWhatTheServiceSays compares every call with the service itself.
func TestClientSaysWhatTheServiceSays(t *testing.T) {
	w := newWorld()
	o := w.options()
	o.Tokens = func() []string { return []string{"right"} }
	c := dial(t, serve(t, o).URL+"/", "right")
	s, ctx := w.service(), t.Context()
	same := func(name string, want, got any, errs ...error) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" || errors.Join(errs...) != nil {
			t.Errorf("%s: %v\n%s", name, errors.Join(errs...), diff)
		}
	}
	q := ops.Query{
		Connection: "acme", Kinds: []string{"commitment", "completion"}, States: []string{"done", "parked"}, Project: "a b&c", Ref: "R",
		Since: now.Add(-time.Hour), Until: now, Text: "100 %", Limit: 1, After: "12",
	}
	want, err1 := s.Effects(ctx, q)
	got, err2 := c.Effects(ctx, q)
	same("effects", want, got, err1, err2)
	same("the query on the wire", q, w.asked)
	if got.Next == "" || len(got.Items) != 1 {
		t.Errorf("page %+v", got)
	}
	events, err := c.Events(ctx, ops.Query{Connection: "acme"})
	same("events", w.hints, events.Items, err)
	wantStory, err1 := s.Show(ctx, "acme.commitment-4101")
	gotStory, err2 := c.Show(ctx, "acme.commitment-4101")
	same("show", wantStory, gotStory, err1, err2)
	connections, err := c.Connections(ctx)
	same("connections", s.Connections, connections.Items, err)
	health, err := c.Health(ctx)
	same("health", s.Health(ctx), health, err)
}

func TestClientReplays(t *testing.T) {
	w := newWorld()
	c := dial(t, serve(t, w.options()).URL, "")
	filter := ops.Query{States: []string{"rejected"}, Kinds: []string{"commitment"}, Since: now.Add(-time.Hour), Until: now, Limit: 3}
	dry, err := c.Replay(t.Context(), ops.Replay{Filter: filter, DryRun: true})
	if err != nil || len(dry) != 1 || dry[0].Event != "" {
		t.Fatalf("%v %+v", err, dry)
	}
	if diff := cmp.Diff(filter, w.asked); diff != "" {
		t.Error(diff)
	}
	done, err := c.Replay(t.Context(), ops.Replay{IDs: []string{dry[0].ID}, Actor: "kim"})
	if err != nil || done[0].Event == "" || len(w.published) != 1 {
		t.Errorf("%v %+v", err, done)
	}
}

func TestClientReplayCutShort(t *testing.T) {
	w := newWorld()
	w.busErr, w.failAfter = fault.New(fault.Transient, "publish", nil).Wait(20*time.Second), 1
	c := dial(t, serve(t, w.options()).URL, "")
	done, err := c.Replay(t.Context(), ops.Replay{IDs: []string{"acme.commitment-4102", "acme.change_order-7701"}, Actor: "kim"})
	var p *Problem
	if !errors.As(err, &p) || p.Status != 503 || p.After != 20*time.Second || len(done) != 1 {
		t.Errorf("%v %+v %+v", err, p, done)
	}
}

// TestClientErrors: each is one sentence that says what to do.
func TestClientErrors(t *testing.T) {
	o := newWorld().options()
	o.Tokens = func() []string { return []string{"right"} }
	server := serve(t, o)
	foreign := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/health"):
			http.Redirect(w, r, "https://elsewhere.example/", http.StatusFound)
		case strings.HasSuffix(r.URL.Path, "/events"):
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"items":`))
		default:
			_, _ = w.Write([]byte("<html>"))
		}
	}))
	t.Cleanup(foreign.Close)
	gone := httptest.NewServer(nil)
	gone.Close()
	for _, c := range []struct {
		name, address, token, path string
		status                     int
		words                      string
	}{
		{"no token", server.URL, "", "effects", 401, "wants a token"},
		{"wrong token", server.URL, "wrong-secret", "effects", 401, "refuses the token"},
		{"not found", server.URL, "right", "show", 404, "acme.commitment-1: there is no such effect"},
		{"gone", gone.URL, "wrong-secret", "effects", 0, "--server URL"},
		{"a page", foreign.URL, "", "effects", 0, "is --server right?"},
		{"a redirect", foreign.URL, "", "health", 0, "status 302"},
		{"cut JSON", foreign.URL, "", "events", 0, "cannot be read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := ask(t, dial(t, c.address, c.token), c.path)
			var p *Problem
			if errors.As(err, &p) != (c.status != 0) || (p != nil && p.Status != c.status) {
				t.Errorf("%#v", err)
			}
			if !strings.Contains(err.Error(), c.words) || strings.Contains(err.Error(), "wrong-secret") {
				t.Errorf("%v", err)
			}
			var away *Unreachable
			if errors.As(err, &away) != (c.name == "gone") {
				t.Errorf("unreachable: %v", err)
			}
		})
	}
}

func ask(t *testing.T, c *Client, path string) error {
	t.Helper()
	var err error
	switch path {
	case "effects":
		_, err = c.Effects(t.Context(), ops.Query{})
	case "events":
		_, err = c.Events(t.Context(), ops.Query{})
	case "show":
		_, err = c.Show(t.Context(), "acme.commitment-1")
	case "health":
		_, err = c.Health(t.Context())
	}
	if err == nil {
		t.Fatal("no error")
	}
	return err
}

func TestClientStopsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	asked := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	c := dial(t, server.URL, "")
	go func() { <-asked; stop() }()
	if _, err := c.Health(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestNewClientRefusesWhatIsNoAddress(t *testing.T) {
	for _, address := range []string{"", "http://", "ftp://host", "http://user:pw-secret@host", "http://host?x=1", "http://host#x", "http://[::1"} {
		_, err := NewClient(address, "")
		var invalid *ops.Invalid
		if !errors.As(err, &invalid) || invalid.Field != "server" || strings.Contains(err.Error(), "pw-secret") {
			t.Errorf("%q: %v", address, err)
		}
	}
	if _, err := NewClient("127.0.0.1:8081", "two\nlines"); err == nil || strings.Contains(err.Error(), "lines") {
		t.Errorf("%v", err)
	}
	for address, want := range map[string]string{"127.0.0.1:8081": "http://127.0.0.1:8081", "https://h/ops/": "https://h/ops"} {
		c, err := NewClient(address, "")
		if err != nil || c.Server() != want {
			t.Errorf("%q: %v", address, err)
		}
	}
}
