package procoresim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start is where every test clock stands first.
func start() time.Time { return time.Date(2026, 7, 1, 0, 0, 0, 123456000, time.UTC) }

// world is one simulator behind two real servers, with a token.
type world struct {
	t      testing.TB
	sim    *Sim
	clock  *ManualClock
	api    *httptest.Server
	manage *httptest.Server
	client *http.Client
	token  string
	header http.Header // extra headers; an empty value removes the usual one
}

// newWorld starts the demo company, without documents, on a manual clock.
func newWorld(t testing.TB, change ...func(*Settings)) *world {
	t.Helper()
	settings := DefaultSettings()
	for _, c := range change {
		c(&settings)
	}
	w := &world{t: t, clock: NewManualClock(start()), header: http.Header{}, client: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{}}}
	w.sim = New(Config{Clock: w.clock, Settings: &settings})
	w.api, w.manage = httptest.NewServer(w.sim.Handler()), httptest.NewServer(w.sim.Management())
	t.Cleanup(func() {
		w.sim.Close()
		w.client.CloseIdleConnections()
		w.api.Close()
		w.manage.Close()
	})
	if err := w.sim.Seed(DemoSeed()); err != nil {
		t.Fatal(err)
	}
	w.login()
	return w
}

// demoWorld also has the demo documents.
func demoWorld(t testing.TB, change ...func(*Settings)) *world {
	t.Helper()
	w := newWorld(t, change...)
	if err := w.sim.Seed(DemoDocuments()); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) login() {
	w.t.Helper()
	a := w.form("/oauth/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {DefaultClientID}, "client_secret": {DefaultClientSecret}})
	a.is(http.StatusOK)
	w.token = a.text("access_token")
}

func (w *world) form(path string, form url.Values) answer {
	w.t.Helper()
	req := w.request(w.api.URL, http.MethodPost, path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.do(req)
}

func (w *world) request(base, method, path string, body io.Reader) *http.Request {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, base+path, body)
	if err != nil {
		w.t.Fatal(err)
	}
	return req
}

// rest makes an API call with token and company. body is marshalled unless it is a string or nil.
func (w *world) rest(method, path string, body any) answer {
	w.t.Helper()
	return w.do(w.restRequest(method, path, body))
}

func (w *world) restRequest(method, path string, body any) *http.Request {
	w.t.Helper()
	req := w.request(w.api.URL, method, path, payloadOf(w.t, body))
	req.Header.Set("Authorization", "Bearer "+w.token)
	req.Header.Set("Procore-Company-Id", strconv.Itoa(DemoCompanyID))
	req.Header.Set("Content-Type", "application/json")
	for name, values := range w.header {
		req.Header[name] = values
		if values[0] == "" {
			req.Header.Del(name)
		}
	}
	return req
}

func (w *world) get(path string) answer {
	w.t.Helper()
	return w.rest(http.MethodGet, path, nil)
}

// control makes a management call.
func (w *world) control(method, path string, body any) answer {
	w.t.Helper()
	return w.do(w.request(w.manage.URL, method, path, payloadOf(w.t, body)))
}

func payloadOf(t testing.TB, body any) io.Reader {
	t.Helper()
	switch b := body.(type) {
	case nil:
		return nil
	case string:
		return strings.NewReader(b)
	}
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(data)
}

func (w *world) do(req *http.Request) answer {
	w.t.Helper()
	resp, err := w.client.Do(req)
	if err != nil {
		w.t.Fatalf("%s %s: %v", req.Method, req.URL.Path, err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer{t: w.t, status: resp.StatusCode, header: resp.Header, body: data, call: req.Method + " " + req.URL.String()}
}

// answer is what came back.
type answer struct {
	t      testing.TB
	call   string
	status int
	header http.Header
	body   []byte
}

func (a answer) is(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: status %d, want %d; body %s", a.call, a.status, status, a.body)
	}
	return a
}

// text digs a value out of the JSON by a dotted path; arrays by index, # for a length, "null" for null, "absent" for what is not there.
func (a answer) text(path string) string {
	a.t.Helper()
	var v any
	if err := decodeExact(a.body, &v); err != nil {
		a.t.Fatalf("%s: %v in %s", a.call, err, a.body)
	}
	return dig(v, path)
}

func dig(v any, path string) string {
	for _, key := range strings.Split(path, ".") {
		switch at := v.(type) {
		case map[string]any:
			next, named := at[key]
			if !named {
				return "absent"
			}
			v = next
		case []any:
			if key == "#" {
				return strconv.Itoa(len(at))
			}
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(at) {
				return "absent"
			}
			v = at[i]
		default:
			return "absent"
		}
	}
	return valueText(v)
}

func valueText(v any) string {
	switch at := v.(type) {
	case nil:
		return "null"
	case string:
		return strconv.Quote(at)[1 : len(strconv.Quote(at))-1]
	case map[string]any, []any:
		data, _ := json.Marshal(at)
		return string(data)
	}
	return fmt.Sprint(v)
}

// has checks pairs of path and wanted text.
func (a answer) has(pairs ...string) answer {
	a.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if got := a.text(pairs[i]); got != pairs[i+1] {
			a.t.Errorf("%s: %s is %s, want %s", a.call, pairs[i], got, pairs[i+1])
		}
	}
	return a
}

// contains checks that the raw body holds a piece of text, where the difference of string and number matters.
func (a answer) contains(pieces ...string) answer {
	a.t.Helper()
	for _, piece := range pieces {
		if !strings.Contains(string(a.body), piece) {
			a.t.Errorf("%s: no %s in %s", a.call, piece, a.body)
		}
	}
	return a
}

// receiver is a webhook endpoint. Its answers can be steered.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	got    []received
	status func(n int) int // n counts from 1; nil: 200
}

type received struct {
	body   json.RawMessage
	header http.Header
}

func newReceiver(t testing.TB, status func(n int) int) *receiver {
	t.Helper()
	r := &receiver{status: status}
	r.Server = httptest.NewServer(http.HandlerFunc(r.serve))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) serve(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	r.got = append(r.got, received{body, req.Header})
	n := len(r.got)
	r.mu.Unlock()
	if r.status != nil {
		w.WriteHeader(r.status(n))
	}
}

func (r *receiver) all() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]received(nil), r.got...)
}

// field lists one field of all that came.
func (r *receiver) field(t testing.TB, path string) []string {
	t.Helper()
	var list []string
	for _, g := range r.all() {
		list = append(list, answer{t: t, body: g.body, call: "delivery"}.text(path))
	}
	return list
}

// hook subscribes a receiver to ERP requests for the whole company.
func (w *world) hook(r *receiver, version string) string {
	w.t.Helper()
	return w.hookOn(r, version, "ERP Requests", "create")
}

func (w *world) hookOn(r *receiver, version, resource, kind string) string {
	w.t.Helper()
	base := fmt.Sprintf("/rest/v2.0/companies/%d/webhooks/hooks", DemoCompanyID)
	a := w.rest(http.MethodPost, base, obj{"payload_version": version, "namespace": "procpac", "destination_url": r.URL,
		"destination_headers": obj{"Authorization": "Bearer first-token"}}).is(http.StatusCreated)
	id := a.text("data.id")
	w.rest(http.MethodPost, base+"/"+id+"/triggers", obj{"resource_name": resource, "event_type": kind}).is(http.StatusCreated)
	return id
}

// raiseOne makes a plain ERP request, which raises one event.
func (w *world) raiseOne() int64 {
	w.t.Helper()
	id, _, err := w.sim.AddERPRequest("sync_metadata", nil, false)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (w *world) settled() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	if err := w.sim.WaitSettled(ctx); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) advance(d time.Duration) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	if err := w.sim.Advance(ctx, d); err != nil {
		w.t.Fatal(err)
	}
}

// set changes settings in place.
func (w *world) set(change func(*Settings)) {
	w.t.Helper()
	next := w.sim.Settings()
	change(&next)
	if err := w.sim.SetSettings(next); err != nil {
		w.t.Fatal(err)
	}
}

func company(path string) string {
	return fmt.Sprintf("/rest/v1.0/companies/%d%s", DemoCompanyID, path)
}

func project2(path string) string {
	return fmt.Sprintf("/rest/v2.0/companies/%d/projects/%d%s", DemoCompanyID, DemoProjectID, path)
}
