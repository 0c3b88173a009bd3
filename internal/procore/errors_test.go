package procore

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/fault"
)

// The table of the package comment, status by status.
func TestRule(t *testing.T) {
	t.Parallel()
	const doc, sys = false, true
	for status, want := range map[int]struct {
		kind   fault.Kind
		system bool
	}{
		300: {fault.Transient, sys}, 301: {fault.Transient, sys}, 302: {fault.Transient, sys}, 304: {fault.Transient, sys}, 307: {fault.Transient, sys},
		400: {fault.Permanent, doc}, 401: {fault.Transient, sys}, 402: {fault.Permanent, doc}, 403: {fault.Transient, doc}, 404: {fault.Permanent, doc},
		405: {fault.Permanent, doc}, 406: {fault.Permanent, doc}, 408: {fault.Transient, doc}, 409: {fault.Permanent, doc}, 410: {fault.Permanent, doc},
		413: {fault.Permanent, doc}, 415: {fault.Permanent, doc}, 422: {fault.Permanent, doc}, 429: {fault.Transient, sys}, 451: {fault.Permanent, doc},
		500: {fault.Transient, doc}, 501: {fault.Transient, doc}, 502: {fault.Transient, doc}, 503: {fault.Transient, sys}, 504: {fault.Transient, doc}, 599: {fault.Transient, doc},
	} {
		if got := rule(status, "", false); got.kind != want.kind || got.system != want.system {
			t.Errorf("%d: got %+v", status, got)
		}
		if s := sentence(status); len(s) < 20 || !strings.HasSuffix(s, ".") {
			t.Errorf("%d: says %q", status, s)
		}
	}
	if got := rule(404, "", true); got.kind != fault.Transient || got.system {
		t.Errorf("404 where it may pass: %+v", got)
	}
	if got := rule(403, "APP IS NOT CONNECTED TO THIS COMPANY", false); !got.system {
		t.Errorf("403 of the company: %+v", got)
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		``:                                    "",
		`{}`:                                  "",
		`null`:                                "",
		`12`:                                  "",
		`"Just text"`:                         "Just text",
		`{"errors":{"a":["x","y"],"b":"z"}}`:  "a x; a y; b z",
		`{"errors":{"code":["is too long"]}}`: "code is too long",
		`{"errors":{"base":["No way"]}}`:      "No way",
		`{"errors":[{"message":"A"},"B"]}`:    "A; B",
		`{"errors":["A","A"]}`:                "A",
		`{"errors":{"a":["x"],"a":["y"]}}`:    "a x; a y",
		`{"code":7,"message":"M","fields":["f"]}`:            "M; f",
		`{"error":"invalid_client","error_description":"D"}`: "invalid_client; D",
		`{"message":"two\nlines\u0000\u200b here"}`:          "two lines here",
		`{"message":"<html>x"}`:                              "",
		` <!doctype html>`:                                   "",
		`{"message":"cut`:                                    "",
		"{\"message\":\"\xff ok\"}":                          "\ufffd ok",
		`{"errors":{"a":{"b":{"c":["deep"]}}}}`:              "c deep",
		`{"errors":{"deep":` + strings.Repeat(`[`, 20000):    "",
	} {
		if got := words("application/json", []byte(body)); got != want {
			t.Errorf("%.60s: got %q, want %q", body, got, want)
		}
	}
}

func TestWordsPlain(t *testing.T) {
	t.Parallel()
	if got := words("text/plain; charset=utf-8", []byte("Slow\tdown\n")); got != "Slow down" {
		t.Errorf("got %q", got)
	}
	for _, media := range []string{"", "text/html", "application/octet-stream"} {
		if got := words(media, []byte("Slow down")); got != "" {
			t.Errorf("%q: got %q", media, got)
		}
	}
	if got := words("text/plain", []byte("a page: <b>no</b>")); got != "" {
		t.Errorf("got %q", got)
	}
}

// However much Procore says, a line of it is kept, and no secret.
func TestWordsBounded(t *testing.T) {
	t.Parallel()
	long := `{"errors":["` + strings.Repeat("é", 5000) + `"]}`
	if got := []rune(words("", []byte(long))); len(got) != maxSaid {
		t.Errorf("%d runes", len(got))
	}
	many := `{"errors":["0"` + strings.Repeat(`,"x","y","z"`, 10) + `]}`
	if got := words("", []byte(many)); got != "0; x; y; z" {
		t.Errorf("got %q", got)
	}
	near := `{"errors":["` + strings.Repeat("x", maxSaid-5) + madeUp + `"]}`
	if got := words("", []byte(near), madeUp); strings.Contains(got, madeUp[:4]) {
		t.Errorf("part of a secret: %q", got)
	}
	if got := hide("a b+c a%20", "b+c", ""); got != "a [hidden] a%20" {
		t.Errorf("got %q", got)
	}
}

// The number of the call at Procore is in the error, cleaned.
func TestStatusError(t *testing.T) {
	t.Parallel()
	api := func(out http.ResponseWriter, _ *http.Request) {
		out.Header().Set("X-Request-Id", "abc-123 \t"+strings.Repeat("z", 200))
		reply(out, 422, `{"errors":["No"]}`)
	}
	inWorld(t, api, func(t *testing.T, w *world) {
		_, err := w.Me(t.Context())
		var answered *StatusError
		if !errors.As(err, &answered) || answered.Status != 422 || !strings.HasPrefix(answered.RequestID, "abc-123z") || len(answered.RequestID) != 64 {
			t.Fatalf("got %#v", answered)
		}
		want := "procore GET /rest/v1.0/me: No: HTTP 422 Unprocessable Entity (request id " + answered.RequestID + ")"
		if err.Error() != want {
			t.Errorf("got  %s\nwant %s", err, want)
		}
	})
}

// Without a wish from Procore we wait ten seconds after a 429, half a minute
// after a 503.
func TestDefaultWaits(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]time.Duration{429: 10 * time.Second, 503: 30 * time.Second} {
		inWorld(t, always(status, ``), func(t *testing.T, w *world) {
			_, err := w.once(t.Context(), w.get(pathMe, 0, nil))
			checkFault(t, err, expected{kind: fault.Transient, system: true, after: want})
		})
	}
}
