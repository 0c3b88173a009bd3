package receiver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/procpac/procpac/internal/erp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	current = "Bearer current-token-of-the-test"
	next    = "next-token-of-the-test"
	hooks   = "/hooks/procore/acme"
)

var at = time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)

// desk is a receiver with a store that remembers, and fails when told to.
type desk struct {
	mu         sync.Mutex
	stored     []erp.Event
	held       []string // reasons of the quarantine
	outcomes   []string
	repeat     bool
	storeErr   error
	quarantine error
	log        bytes.Buffer
	handler    *Receiver
}

func newDesk(change ...func(*Config)) *desk {
	d := &desk{}
	c := Config{
		Connections: map[string]Connection{
			"acme":  {Tokens: func() []string { return []string{current, next} }, Company: 31},
			"any":   {Tokens: func() []string { return []string{current} }},
			"mute":  {Tokens: func() []string { return nil }},
			"blank": {Tokens: func() []string { return []string{"", "", current} }},
		},
		Store:      d.store,
		Quarantine: d.hold,
		Ready:      func(context.Context) error { return nil },
		Observe:    func(connection, outcome string) { d.outcomes = append(d.outcomes, connection+" "+outcome) },
		Log:        zerolog.New(&d.log),
		Now:        func() time.Time { return at },
	}
	for _, f := range change {
		f(&c)
	}
	d.handler = New(c)
	return d
}

func (d *desk) store(_ context.Context, e erp.Event) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stored = append(d.stored, e)
	return d.repeat, d.storeErr
}

func (d *desk) hold(_ context.Context, _ string, _ []byte, reason string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.held = append(d.held, reason)
	return d.quarantine
}

// post sends a delivery; changes alter the request.
func (d *desk) post(path, body string, changes ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Authorization", current)
	r.Header.Set("Content-Type", "application/json")
	for _, f := range changes {
		f(r)
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func chunked(r *http.Request) { r.ContentLength = -1 }

// sample is one of the recorded forms of a delivery.
func sample(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func wantProblem(t *testing.T, w *httptest.ResponseRecorder, status int) {
	t.Helper()
	var p struct {
		Type, Title, Detail string
		Status              int
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	if w.Code != status || p.Status != status || p.Detail == "" || p.Title != http.StatusText(status) || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("got %d %q %+v, want a problem of status %d", w.Code, w.Header().Get("Content-Type"), p, status)
	}
}

func TestToken(t *testing.T) {
	body := sample(t, "v3")
	for name, c := range map[string]struct {
		path, header string
		status       int
	}{
		"the current token":                {hooks, current, 200},
		"the next token":                   {hooks, next, 200},
		"the token without its first word": {hooks, strings.TrimPrefix(current, "Bearer "), 401},
		"a word too many":                  {hooks, "Bearer " + next, 401},
		"a longer one":                     {hooks, current + "x", 401},
		"a shorter one":                    {hooks, current[:len(current)-1], 401},
		"another case":                     {hooks, strings.ToUpper(current), 401},
		"none":                             {hooks, "", 401},
		"a connection without tokens":      {"/hooks/procore/mute", current, 401},
		"no token where there are none":    {"/hooks/procore/mute", "", 401},
		"an empty token is never live":     {"/hooks/procore/blank", "", 401},
		"a third token is not looked at":   {"/hooks/procore/blank", current, 401},
		"another connection's token":       {"/hooks/procore/any", next, 401},
		"no such connection":               {"/hooks/procore/other", current, 404},
		"no such connection, no token":     {"/hooks/procore/other", "", 404},
		"names are compared to the letter": {"/hooks/procore/ACME", current, 404},
		"no connection named":              {"/hooks/procore/", current, 404},
		"a path that is not ours":          {"/hooks/other/acme", current, 404},
		"a path below":                     {hooks + "/more", current, 404},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk()
			w := d.post(c.path, body, header("Authorization", c.header))
			if w.Code != c.status {
				t.Fatalf("got %d, want %d", w.Code, c.status)
			}
			if stored := len(d.stored) == 1; stored != (c.status == 200) {
				t.Fatalf("stored %v at %d", d.stored, w.Code)
			}
			if c.status != 200 {
				wantProblem(t, w, c.status)
			}
		})
	}
}

// Rotation: the tokens are asked for at every request.
func TestTokensAreLive(t *testing.T) {
	live := []string{"old"}
	d := newDesk(func(c *Config) {
		c.Connections["acme"] = Connection{Tokens: func() []string { return live }}
	})
	status := func(token string) int { return d.post(hooks, sample(t, "v3"), header("Authorization", token)).Code }
	if status("old") != 200 || status("new") != 401 {
		t.Fatal("before the rotation the old one is live")
	}
	live = []string{"old", "new"}
	if status("old") != 200 || status("new") != 200 {
		t.Fatal("during the rotation both are live")
	}
	live = []string{"new"}
	if status("old") != 401 || status("new") != 200 {
		t.Fatal("after the rotation the new one is live")
	}
}

func TestMethods(t *testing.T) {
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete, http.MethodHead} {
		w := newDesk().post(hooks, "", func(r *http.Request) { r.Method = method })
		if w.Code != http.StatusMethodNotAllowed {
			t.Errorf("%s: got %d", method, w.Code)
		}
	}
}

func TestOutcomes(t *testing.T) {
	away := errors.New("no stream answers")
	good, bad := sample(t, "v3"), "{"
	for name, c := range map[string]struct {
		body    string
		prepare func(*desk)
		status  int
		outcome string
	}{
		"stored":                           {good, func(*desk) {}, 200, "acme stored"},
		"a repeat":                         {good, func(d *desk) { d.repeat = true }, 200, "acme repeat"},
		"a resource nobody asked for":      {strings.Replace(good, "ERP Requests", "Daily Logs", 1), func(*desk) {}, 200, "acme stored"},
		"not understood":                   {bad, func(*desk) {}, 200, "acme quarantined"},
		"empty":                            {"", func(*desk) {}, 200, "acme quarantined"},
		"not stored":                       {good, func(d *desk) { d.storeErr = away }, 503, "acme not_stored"},
		"not understood and not held":      {bad, func(d *desk) { d.quarantine = away }, 503, "acme not_stored"},
		"a repeat that failed is no store": {good, func(d *desk) { d.repeat, d.storeErr = true, away }, 503, "acme not_stored"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk()
			c.prepare(d)
			w := d.post(hooks, c.body)
			if w.Code != c.status || len(d.outcomes) != 1 || d.outcomes[0] != c.outcome {
				t.Fatalf("got %d %v, want %d %s", w.Code, d.outcomes, c.status, c.outcome)
			}
			if c.status == 503 {
				wantProblem(t, w, 503)
				if w.Header().Get("Retry-After") != "1" {
					t.Errorf("Retry-After is %q", w.Header().Get("Retry-After"))
				}
				if strings.Contains(w.Body.String(), away.Error()) {
					t.Errorf("the inside is told to the sender: %s", w.Body)
				}
			}
		})
	}
}

// Strangers must not make counters: an unknown name is counted without it.
func TestUnknownConnectionsAreCountedWithoutTheirName(t *testing.T) {
	d := newDesk()
	d.post("/hooks/procore/made-up-17", "{}")
	if diff := cmp.Diff([]string{" unknown_connection"}, d.outcomes); diff != "" {
		t.Fatal(diff)
	}
}

func TestObserveMayBeAbsent(t *testing.T) {
	d := newDesk(func(c *Config) { c.Observe = nil })
	if w := d.post(hooks, sample(t, "v4")); w.Code != 200 {
		t.Fatalf("got %d", w.Code)
	}
}

func TestSize(t *testing.T) {
	fits := `{"pad":"` + strings.Repeat("x", MaxBody-10) + `"}`
	for name, c := range map[string]struct {
		body    string
		changes []func(*http.Request)
		status  int
	}{
		"64 KiB":                    {fits, nil, 200},
		"64 KiB in chunks":          {fits, []func(*http.Request){chunked}, 200},
		"a byte more":               {fits + " ", nil, 413},
		"a byte more in chunks":     {fits + " ", []func(*http.Request){chunked}, 413},
		"far more":                  {strings.Repeat(fits, 20), nil, 413},
		"far more in chunks":        {strings.Repeat(fits, 20), []func(*http.Request){chunked}, 413},
		"too much without a token":  {fits + " ", []func(*http.Request){header("Authorization", "x")}, 401},
		"a length that is not kept": {"{}", []func(*http.Request){func(r *http.Request) { r.ContentLength = 9 }}, 503},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk()
			if w := d.post(hooks, c.body, c.changes...); w.Code != c.status {
				t.Fatalf("got %d, want %d", w.Code, c.status)
			}
			if c.status != 200 && len(d.stored)+len(d.held) != 0 {
				t.Fatal("it was kept all the same")
			}
		})
	}
}

// The event carries the body byte for byte, and what the record needs.
func TestTheEventIsWhole(t *testing.T) {
	d := newDesk()
	body := " \n" + sample(t, "v2") + "\n\n"
	if w := d.post(hooks, body); w.Code != 200 {
		t.Fatal(w.Code)
	}
	want := erp.Event{
		ID: "01J9ZD7W2M6C5T4F3E2D1C0B", Connection: "acme", Resource: "ERP Requests", ResourceID: 8801, Action: "create",
		Company: 31, Project: 5982324300946918154, User: 77, At: time.Date(2026, 11, 23, 9, 29, 58, 123456000, time.UTC),
		Received: at, Source: erp.FromWebhook, Body: []byte(body),
	}
	if diff := cmp.Diff([]erp.Event{want}, d.stored); diff != "" {
		t.Fatal(diff)
	}
}

func TestHealth(t *testing.T) {
	get := func(h http.Handler, path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
	well := newDesk().handler
	sick := newDesk(func(c *Config) {
		c.Ready = func(context.Context) error { return errors.New("the disk is full: JetStream is off") }
	})
	ill := sick.handler
	if w := get(well, "/healthz"); w.Code != 200 {
		t.Errorf("healthz: %d", w.Code)
	}
	if w := get(ill, "/healthz"); w.Code != 200 {
		t.Errorf("healthz says that the process lives, not that it is ready: %d", w.Code)
	}
	if w := get(well, "/readyz"); w.Code != 200 {
		t.Errorf("readyz: %d", w.Code)
	}
	w := get(ill, "/readyz")
	wantProblem(t, w, 503)
	if strings.Contains(w.Body.String(), "disk") || !strings.Contains(sick.log.String(), "the disk is full") {
		t.Errorf("the reason is for the log alone: %s %s", w.Body, sick.log.String())
	}
}

// fieldsOfALine are all that a line may carry.
var fieldsOfALine = []string{"level", "connection", "event", "resource", "ref", "outcome", "status", "ms", "error", "message"}

func TestLog(t *testing.T) {
	long := strings.Repeat("z", 5000)
	d := newDesk()
	d.post(hooks, sample(t, "v3"), header("User-Agent", "agent\n{\"level\":\"fatal\"}"), header("X-Secret", "hush"))
	d.post(hooks, sample(t, "v3"), header("Authorization", "wrong-token-of-the-test"))
	d.post("/hooks/procore/forged%22%0a%7b", "{}")
	d.post(hooks, `{"id":"`+long+`","resource_name":"`+long+`","resource_id":1,"event_type":"create"}`)
	d.post(hooks, "not json")
	d.post(hooks, strings.Repeat("x", MaxBody+1))
	d.storeErr = errors.New("no stream answers")
	d.post(hooks, sample(t, "v4"))
	text := d.log.String()
	for _, secret := range []string{current, next, "current-token", "wrong-token", "hush", "agent"} {
		if strings.Contains(text, secret) {
			t.Errorf("the log tells %q", secret)
		}
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	outcomes := make([]string, 0, len(lines))
	for _, line := range lines {
		if len(line) > 1000 {
			t.Errorf("a line of %d bytes", len(line))
		}
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		for name := range fields {
			if !strings.Contains(" "+strings.Join(fieldsOfALine, " ")+" ", " "+name+" ") {
				t.Errorf("a field %q that nobody allowed", name)
			}
		}
		outcome, _ := fields["outcome"].(string)
		outcomes = append(outcomes, outcome)
	}
	want := []string{Stored, Refused, Unknown, Stored, Quarantined, TooLarge, NotStored}
	if diff := cmp.Diff(want, outcomes); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(lines[6], `"error":"no stream answers"`) {
		t.Errorf("the cause is not told to the operator: %s", lines[6])
	}
}

// A panic of the store is an answer of 503, not the end of the process.
func TestStorePanics(t *testing.T) {
	d := newDesk(func(c *Config) {
		c.Store = func(context.Context, erp.Event) (bool, error) { panic("a bug") }
	})
	w := d.post(hooks, sample(t, "v3"))
	wantProblem(t, w, 503)
	if !strings.Contains(d.log.String(), "a bug") {
		t.Errorf("the log does not tell it: %s", d.log.String())
	}
}

// A body that breaks off is not stored, and says so.
func TestBodyBreaksOff(t *testing.T) {
	d := newDesk()
	w := d.post(hooks, "", chunked, func(r *http.Request) { r.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"id`), broken{})) })
	if wantProblem(t, w, 503); len(d.stored)+len(d.held) != 0 {
		t.Fatal("it was kept")
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
