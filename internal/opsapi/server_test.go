package opsapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/ops"
)

// refusal reads a problem.
func refusal(t *testing.T, text []byte) Problem {
	t.Helper()
	var p Problem
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return p
}

func TestEffectsFilters(t *testing.T) {
	w := newWorld()
	answer := call(w.options(), "GET", "/api/v1/effects?connection=acme&kind=commitment,change_order&kind=request&state=done&state=parked,dead"+
		"&project=24001&ref=PCC4101&since=24h%20ago&until=2026-03-02&text=concrete&limit=7&after=12", "")
	status(t, answer, 200)
	want := ops.Query{
		Connection: "acme", Kinds: []string{"commitment", "change_order", "request"}, States: []string{"done", "parked", "dead"},
		Project: "24001", Ref: "PCC4101", Since: now.Add(-24 * time.Hour), Until: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC),
		Text: "concrete", Limit: 7, After: "12",
	}
	if diff := cmp.Diff(want, w.asked); diff != "" {
		t.Error(diff)
	}
}

func TestEmptyListIsAList(t *testing.T) {
	w := newWorld()
	w.hints = nil
	if got := call(w.options(), "GET", "/api/v1/events", "").Body.String(); got != "{\"items\":[]}\n" {
		t.Errorf("got %s", got)
	}
}

func TestWrongParametersAreNamed(t *testing.T) {
	for path, field := range map[string]string{
		"/api/v1/effects?staet=done":         "staet",
		"/api/v1/effects?state=lost":         "state",
		"/api/v1/effects?limit=0":            "limit",
		"/api/v1/effects?limit=1001":         "limit",
		"/api/v1/effects?limit=many":         "limit",
		"/api/v1/effects?since=soon":         "since",
		"/api/v1/effects?until=-5h":          "until",
		"/api/v1/effects?since=1h&until=2h":  "until",
		"/api/v1/effects?project=a&project=": "project",
		"/api/v1/events?state=done":          "state",
		"/api/v1/effects/nothing":            "id",
	} {
		answer := call(newWorld().options(), "GET", path, "")
		status(t, answer, 400)
		if p := refusal(t, answer.Body.Bytes()); p.Field != field || !strings.Contains(p.Detail, field) || p.Type != problemPrefix+"invalid" {
			t.Errorf("%s: %+v, want field %s", path, p, field)
		}
	}
}

func TestTokens(t *testing.T) {
	o := newWorld().options()
	live := []string{"current", "next"}
	o.Tokens = func() []string { return live }
	for header, want := range map[string]int{
		"": 401, "Bearer current": 200, "bearer next": 200, "Bearer wrong": 401, "current": 401, "Basic current": 401, "Bearer ": 401, "Bearer current2": 401,
	} {
		answer := call(o, "GET", "/api/v1/effects", "", "Authorization", header, "Host", "procpac.example")
		status(t, answer, want)
		if want == 401 && !strings.HasPrefix(answer.Header().Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%q: no challenge", header)
		}
	}
	live = nil // rotated away while running
	status(t, call(o, "GET", "/metrics", "", "Authorization", "Bearer current"), 401)
	status(t, call(o, "GET", "/nowhere", "", "Authorization", "Bearer "), 401)
	status(t, call(o, "GET", "/healthz", ""), 200)
	status(t, call(o, "GET", "/readyz", ""), 200)
}

func TestWithoutTokensOnlyThisMachine(t *testing.T) {
	for host, want := range map[string]int{
		"127.0.0.1:8081": 200, "localhost:8081": 200, "LOCALHOST": 200, "[::1]:8081": 200, "127.9.9.9": 200,
		"evil.example": 403, "10.0.0.7:8081": 403, "localhost.evil.example": 403, "127.0.0.1.evil.example:8081": 403,
	} {
		status(t, call(newWorld().options(), "GET", "/api/v1/connections", "", "Host", host), want)
	}
}

func TestAnotherSitesPageCannotReplay(t *testing.T) {
	w := newWorld()
	const body = `{"ids":["acme.commitment-4102"],"actor":"kim"}`
	status(t, call(w.options(), "POST", "/api/v1/replay", body, "Sec-Fetch-Site", "cross-site"), 403)
	status(t, call(w.options(), "POST", "/api/v1/replay", body, "Origin", "https://evil.example"), 403)
	if len(w.published) != 0 {
		t.Fatalf("published %v", w.published)
	}
	status(t, call(w.options(), "POST", "/api/v1/replay", body, "Origin", "http://127.0.0.1:8081", "Sec-Fetch-Site", "same-origin"), 200)
}

func TestReplay(t *testing.T) {
	w := newWorld()
	dry := call(w.options(), "POST", "/api/v1/replay", `{"filter":{"state":["rejected","parked"],"kind":["commitment"],"since":"7d"},"dry_run":true}`)
	status(t, dry, 200)
	if len(w.published) != 0 {
		t.Fatalf("a dry run published %v", w.published)
	}
	if w.asked.Since != now.Add(-7*24*time.Hour) || w.asked.Kinds[0] != "commitment" {
		t.Errorf("asked %+v", w.asked)
	}
	answer := call(w.options(), "POST", "/api/v1/replay", `{"ids":["acme.commitment-4102","acme.commitment-4101"],"actor":"kim"}`)
	status(t, answer, 200)
	const want = `{"dry_run":false,"items":[{"id":"acme.commitment-4102","state":"rejected","do":"plan again","reason":"replayed","event":"replay-commitment-4102-1"},` +
		`{"id":"acme.commitment-4101","state":"done","do":"nothing","reason":"already done"}]}` + "\n"
	if diff := cmp.Diff(want, answer.Body.String()); diff != "" {
		t.Error(diff)
	}
	if len(w.published) != 1 || w.published[0].Actor != "kim" || w.published[0].ResourceID != 910 {
		t.Errorf("published %+v", w.published)
	}
}

func TestReplayCutShortSaysWhatWasDone(t *testing.T) {
	w := newWorld()
	w.busErr, w.failAfter = fault.New(fault.Transient, "publish", errors.New("secret-inside")).OfSystem().Wait(1500*time.Millisecond), 1
	answer := call(w.options(), "POST", "/api/v1/replay", `{"ids":["acme.commitment-4102","acme.change_order-7701"],"actor":"kim"}`)
	status(t, answer, 503)
	p := refusal(t, answer.Body.Bytes())
	if len(p.Done) != 1 || p.Done[0].ID != "acme.commitment-4102" {
		t.Errorf("done %+v", p.Done)
	}
	if got := answer.Header().Get("Retry-After"); got != "2" {
		t.Errorf("Retry-After %q", got)
	}
}

func TestReplayBodyIsReadStrictly(t *testing.T) {
	const ids = `"ids":["acme.commitment-4102"]`
	for _, c := range []struct {
		body, field string
		want        int
	}{
		{body: ``, want: 415},
		{body: `{`, want: 400},
		{body: `[]`, want: 400},
		{body: `{` + ids + `} {}`, want: 400},
		{body: `{` + ids + `,"force":true}`, field: "force", want: 400},
		{body: `{` + ids + `,"DRY_RUN":true}`, field: "DRY_RUN", want: 400},
		{body: `{` + ids + `,` + ids + `}`, field: "ids", want: 400},
		{body: `{"ids":"acme.commitment-4102"}`, field: "ids", want: 400},
		{body: `{"filter":{"states":["dead"]}}`, field: "filter.states", want: 400},
		{body: `{"filter":{}}`, field: "state", want: 400},
		{body: `{"dry_run":true}`, field: "state", want: 400},
		{body: `{` + ids + `,"filter":{"state":["dead"]}}`, field: "filter", want: 400},
		{body: `{"filter":{"state":["dead"],"since":"soon"}}`, field: "since", want: 400},
		{body: `{` + ids + `}`, field: "actor", want: 400},
		{body: `{"ids":["x"],"actor":"kim"}`, field: "id", want: 400},
		{body: `{"actor":"` + strings.Repeat("k", MaxBody) + `"}`, want: 413},
	} {
		w := newWorld()
		answer := call(w.options(), "POST", "/api/v1/replay", c.body)
		status(t, answer, c.want)
		if p := refusal(t, answer.Body.Bytes()); p.Field != c.field || p.Detail == "" {
			t.Errorf("%.60s: field %q, want %q (%s)", c.body, p.Field, c.field, p.Detail)
		}
		if len(w.published) != 0 {
			t.Errorf("%.60s: published", c.body)
		}
	}
	status(t, call(newWorld().options(), "POST", "/api/v1/replay", `{}`, "Content-Type", "text/plain"), 415)
}

// TestErrorTable is the one table from error to answer.
func TestErrorTable(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
		wait string
	}{
		{&ops.Invalid{Field: "state", Value: "x", Rule: "no"}, 400, ""},
		{fmt.Errorf("replay: %w", &ops.Invalid{Field: "after", Value: "x", Rule: "no"}), 400, ""},
		{ops.ErrNotFound, 404, ""},
		{ops.ErrNoJob, 404, ""},
		{fmt.Errorf("resolve: %w", &ops.Conflict{Words: "it is done"}), 409, ""},
		{&ops.Busy{Words: "one is under way", Job: "sweep-1"}, 409, "5"},
		{&ops.NotHere{What: "sweeps"}, 501, ""},
		{fault.New(fault.Transient, "secret-inside", nil), 503, "5"},
		{fault.New(fault.Permanent, "secret-inside", nil).OfSystem(), 503, "5"},
		{fault.New(fault.Transient, "secret-inside", nil).Wait(time.Minute), 503, "60"},
		{context.DeadlineExceeded, 503, "5"},
		{fault.New(fault.Permanent, "secret-inside", nil), 500, ""},
		{errors.New("secret-inside"), 500, ""},
	} {
		w := newWorld()
		w.viewErr = c.err
		answer := call(w.options(), "GET", "/api/v1/effects", "")
		status(t, answer, c.want)
		if strings.Contains(answer.Body.String(), "secret-inside") {
			t.Errorf("%v: the inside is told: %s", c.err, answer.Body)
		}
		if p := refusal(t, answer.Body.Bytes()); p.Status != c.want || p.Title == "" || p.Detail == "" {
			t.Errorf("%v: %+v", c.err, p)
		}
		if got := answer.Header().Get("Retry-After"); got != c.wait {
			t.Errorf("%v: Retry-After %q, want %q", c.err, got, c.wait)
		}
	}
}

func TestNotFoundIsSaidOnce(t *testing.T) {
	answer := call(newWorld().options(), "POST", "/api/v1/replay", `{"ids":["acme.commitment-1"],"dry_run":true}`)
	if p := refusal(t, answer.Body.Bytes()); p.Detail != "acme.commitment-1: there is no such effect" {
		t.Errorf("detail %q", p.Detail)
	}
}

func TestRouterRefusals(t *testing.T) {
	status(t, call(newWorld().options(), "GET", "/api/v2/effects", ""), 404)
	answer := call(newWorld().options(), "DELETE", "/api/v1/effects", "")
	status(t, answer, 405)
	if !strings.Contains(answer.Header().Get("Allow"), "GET") {
		t.Errorf("Allow %q", answer.Header().Get("Allow"))
	}
}

func TestInsideGoesToTheLogAndTokensNowhere(t *testing.T) {
	var log bytes.Buffer
	w := newWorld()
	w.panics = true
	o := w.options()
	o.Log = zerolog.New(&log)
	o.Tokens = func() []string { return []string{"live-token"} }
	answer := call(o, "GET", "/api/v1/effects/acme.commitment-4101?token=in-query", "", "Authorization", "Bearer live-token")
	status(t, answer, 500)
	if strings.Contains(answer.Body.String(), "secret-inside") || !strings.Contains(log.String(), "secret-inside") {
		t.Errorf("answer %s\nlog %s", answer.Body, log.String())
	}
	if strings.Contains(log.String(), "live-token") || strings.Contains(log.String(), "in-query") {
		t.Errorf("the log tells a token: %s", log.String())
	}
}

func TestReplayIsLoggedWithWhoAsked(t *testing.T) {
	var log bytes.Buffer
	o := newWorld().options()
	o.Log = zerolog.New(&log).Level(zerolog.InfoLevel)
	status(t, call(o, "POST", "/api/v1/replay", `{"ids":["acme.commitment-4102"],"actor":"kim"}`), 200)
	if !strings.Contains(log.String(), `"actor":"kim"`) || strings.Count(log.String(), "\n") != 1 {
		t.Errorf("log %s", log.String())
	}
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	for _, path := range []string{"/api/v1/effects", "/nowhere", "/healthz"} {
		h := call(newWorld().options(), "GET", path, "").Header()
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" || h.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: %v", path, h)
		}
	}
}

func TestReady(t *testing.T) {
	o := newWorld().options()
	o.Ready = func(context.Context) error { return errors.New("secret-inside") }
	answer := call(o, "GET", "/readyz", "")
	status(t, answer, 503)
	if strings.Contains(answer.Body.String(), "secret-inside") || answer.Header().Get("Retry-After") == "" {
		t.Errorf("%v %s", answer.Header(), answer.Body)
	}
	status(t, call(o, "GET", "/healthz", ""), 200)
}

func TestMetrics(t *testing.T) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(prometheus.NewCounter(prometheus.CounterOpts{Name: "of_the_process"}))
	w := newWorld()
	o := w.options()
	o.Metrics = registry
	text := call(o, "GET", "/metrics", "").Body.String()
	for _, line := range []string{
		`procpac_effects{state="done"} 1`, `procpac_effects{state="dead"} 0`, `procpac_projection_lag_records{stream="JOURNAL"} 2`,
		`procpac_healthy 1`, `version="v1.2.3"} 1`, `of_the_process 0`,
	} {
		if !strings.Contains(text, line) {
			t.Errorf("no %s in\n%s", line, text)
		}
	}
	if got := strings.Count(text, "procpac_effects{"); got != len(journal.States()) {
		t.Errorf("%d states", got)
	}
	w.viewErr = errors.New("away")
	text = call(o, "GET", "/metrics", "").Body.String()
	if !strings.Contains(text, "procpac_healthy 0") || strings.Contains(text, "procpac_effects{") || strings.Contains(text, "lag_records{") {
		t.Errorf("what cannot be asked is told:\n%s", text)
	}
}

func TestParseTime(t *testing.T) {
	sydney := time.FixedZone("AEDT", 11*3600)
	at := now.In(sydney)
	for text, want := range map[string]time.Time{
		"":                          {},
		"2026-03-01T08:00:00+11:00": time.Date(2026, 3, 1, 8, 0, 0, 0, sydney),
		"2026-03-01T08:00:00Z":      time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC),
		"2026-03-01":                time.Date(2026, 3, 1, 0, 0, 0, 0, sydney),
		"2026-03-01 08:30":          time.Date(2026, 3, 1, 8, 30, 0, 0, sydney),
		"90m":                       now.Add(-90 * time.Minute),
		" 24h ago ":                 now.Add(-24 * time.Hour),
		"7d":                        now.Add(-168 * time.Hour),
	} {
		got, err := ParseTime("since", text, at)
		if err != nil || !got.Equal(want) {
			t.Errorf("%q: %v %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"yesterday", "-1h", "5", "d", "-2d", "99999999d", "2026-13-01", "ago"} {
		var invalid *ops.Invalid
		if _, err := ParseTime("since", text, at); !errors.As(err, &invalid) || invalid.Field != "since" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestEncodeIsDeterministic(t *testing.T) {
	h := ops.Health{Effects: map[string]int{"b": 2, "a": 1, "c": 3}}
	text, err := Encode(h, true)
	if err != nil || !strings.Contains(string(text), "\"a\": 1,\n    \"b\": 2,\n    \"c\": 3") || !strings.Contains(string(text), `"connections": []`) {
		t.Errorf("%v %s", err, text)
	}
}
