package procore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// good is a configuration that New takes.
func good() Config {
	return Config{LoginURL: "https://login.procore.com", APIURL: "https://api.procore.com", CompanyID: company, ClientID: "client", ClientSecret: func() string { return madeUp }}
}

func TestNewConfig(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*Config)
		says   string // empty: taken
	}{
		"good":             {func(*Config) {}, ""},
		"trailing slash":   {func(c *Config) { c.APIURL += "/" }, ""},
		"loopback":         {func(c *Config) { c.APIURL = "http://127.0.0.1:8090" }, ""},
		"loopback v6":      {func(c *Config) { c.APIURL = "http://[::1]:8090" }, ""},
		"localhost":        {func(c *Config) { c.LoginURL = "http://localhost:1" }, ""},
		"plain allowed":    {func(c *Config) { c.APIURL, c.AllowPlainHTTP = "http://sim:8090", true }, ""},
		"plain":            {func(c *Config) { c.APIURL = "http://api.procore.com" }, "api_url must begin with https://"},
		"other scheme":     {func(c *Config) { c.APIURL, c.AllowPlainHTTP = "ftp://x", true }, "api_url must begin with https://"},
		"no login":         {func(c *Config) { c.LoginURL = "" }, "login_url must be an address"},
		"no host":          {func(c *Config) { c.APIURL = "api.procore.com" }, "api_url must be an address"},
		"password in it":   {func(c *Config) { c.APIURL = "https://u:hunter@api.procore.com" }, "api_url must be an address"},
		"query":            {func(c *Config) { c.APIURL = "https://api.procore.com?a=b" }, "api_url must be an address"},
		"company":          {func(c *Config) { c.CompanyID = 0 }, "company_id must be"},
		"negative company": {func(c *Config) { c.CompanyID = -1 }, "company_id must be"},
		"client":           {func(c *Config) { c.ClientID = " " }, "client_id must not be empty"},
		"secret":           {func(c *Config) { c.ClientSecret = nil }, "client_secret is not set"},
	} {
		cfg := good()
		c.change(&cfg)
		_, err := New(cfg)
		switch {
		case c.says == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s: got %v, want %q", name, err, c.says)
		case err != nil && strings.Contains(err.Error(), "hunter"):
			t.Errorf("%s: repeats a password: %v", name, err)
		}
	}
}

// All that is wrong is told at once.
func TestNewTellsAll(t *testing.T) {
	t.Parallel()
	_, err := New(Config{})
	for _, want := range []string{"login_url", "api_url", "company_id", "client_id", "client_secret"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %s", err, want)
		}
	}
}

// The limits of our own transport: none of the defaults of net/http.
func TestTransport(t *testing.T) {
	t.Parallel()
	cfg := good()
	cfg.Concurrency, cfg.Timeout = 3, 7*time.Second
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	tr := c.http.Transport.(named).next.(*http.Transport)
	if c.http.Timeout != 7*time.Second || tr.ResponseHeaderTimeout != 7*time.Second || tr.TLSHandshakeTimeout == 0 || tr.IdleConnTimeout == 0 ||
		tr.MaxIdleConnsPerHost != 3 || tr.MaxIdleConns != 3 || cap(c.gate.slots) != 3 || http.RoundTripper(tr) == http.DefaultTransport {
		t.Errorf("transport %+v", tr)
	}
}

// Every call names us, the company and what it takes and gives.
func TestHeaders(t *testing.T) {
	t.Parallel()
	api := func(out http.ResponseWriter, r *http.Request) {
		want := map[string]string{"Authorization": "Bearer bearer-number-1", "Procore-Company-Id": "1357908642", "User-Agent": "procpac", "Accept": "application/json", "Content-Type": ""}
		if r.Method == http.MethodPatch {
			want["Content-Type"] = "application/json"
		}
		for name, value := range want {
			if got := r.Header.Get(name); got != value {
				t.Errorf("%s %s: %s is %q, want %q", r.Method, r.URL.Path, name, got, value)
			}
		}
		if r.Host != "api.invalid" {
			t.Errorf("host %s", r.Host)
		}
		reply(out, 200, `{"id":1}`)
	}
	inWorld(t, api, func(t *testing.T, w *world) {
		if _, err := w.Me(t.Context()); err != nil {
			t.Error(err)
		}
		if err := w.Close(t.Context(), 5, erp.Failed, []string{"no"}); err != nil {
			t.Error(err)
		}
	})
}

// A redirect is not followed, neither for a call nor for a token.
func TestNoRedirect(t *testing.T) {
	t.Parallel()
	away := func(out http.ResponseWriter, r *http.Request) {
		http.Redirect(out, r, "http://elsewhere.invalid/", http.StatusTemporaryRedirect)
	}
	inWorld(t, away, func(t *testing.T, w *world) {
		if _, err := w.Me(t.Context()); !fault.IsSystem(err) || w.called.Load() != 1 {
			t.Errorf("got %v after %d calls", err, w.called.Load())
		}
	})
	inWorld(t, always(200, `{}`), func(t *testing.T, w *world) {
		w.login = away
		if _, err := w.Me(t.Context()); !fault.IsSystem(err) || w.granted.Load() != 1 {
			t.Errorf("got %v after %d token requests", err, w.granted.Load())
		}
	})
}

// An answer is read up to its limit, and no further.
func TestBodyLimit(t *testing.T) {
	t.Parallel()
	for extra, want := range map[int]fault.Kind{0: fault.Unknown, 1: fault.Permanent} {
		api := func(out http.ResponseWriter, _ *http.Request) {
			const frame = `{"id":1,"name":""}`
			_, _ = io.WriteString(out, `{"id":1,"name":"`+strings.Repeat("x", maxBody-len(frame)+extra)+`"}`)
		}
		inWorld(t, api, func(t *testing.T, w *world) {
			_, err := w.Me(t.Context())
			if fault.Of(err) != want || w.called.Load() != 1 {
				t.Errorf("%d over: %v after %d calls", extra, err, w.called.Load())
			}
		})
	}
}

// A long error is read in part, and still classed.
func TestErrorBodyLimit(t *testing.T) {
	t.Parallel()
	api := func(out http.ResponseWriter, _ *http.Request) {
		out.WriteHeader(422)
		for range 1000 {
			if _, err := io.WriteString(out, `{"errors":["`+strings.Repeat("x", 1<<10)); err != nil {
				return
			}
		}
	}
	inWorld(t, api, func(t *testing.T, w *world) {
		_, err := w.Me(t.Context())
		checkFault(t, err, expected{kind: fault.Permanent, said: sentence(422)})
	})
}

// A host that cannot be reached is the system's fault; a connection that breaks
// off is not, and both may be tried again, changes too.
func TestBroken(t *testing.T) {
	t.Parallel()
	inWorld(t, always(200, `{"id":1}`), func(t *testing.T, w *world) {
		_, _ = w.Me(t.Context())
		w.http.Transport.(named).next.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) {
			return nil, errors.New("no route to host")
		}
		w.idle()
		_, err := w.once(t.Context(), w.get(pathMe, 0, nil))
		checkFault(t, err, expected{kind: fault.Transient, system: true, after: 2 * time.Second, note: "no route to host",
			said: "Procore could not be reached. Check api_url and the network."})
	})
	cut := func(out http.ResponseWriter, _ *http.Request) {
		out.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(out, `{"id":`)
		panic(http.ErrAbortHandler)
	}
	inWorld(t, cut, func(t *testing.T, w *world) {
		err := w.Close(t.Context(), 5, erp.Success, nil)
		checkFault(t, err, expected{kind: fault.Transient, said: "Procore broke off before its answer was complete."})
		if w.called.Load() != 3 {
			t.Errorf("%d calls, want 3", w.called.Load())
		}
	})
}

// A call that gets no answer ends at the timeout.
func TestTimeout(t *testing.T) {
	t.Parallel()
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	inWorld(t, hang, func(t *testing.T, w *world) {
		began := time.Now()
		_, err := w.once(t.Context(), w.get(pathMe, 0, nil))
		checkFault(t, err, expected{kind: fault.Transient})
		if got := time.Since(began); got != defaultTimeout {
			t.Errorf("ended after %s", got)
		}
	})
}

// When the caller leaves, the error says so and blames no one.
func TestCallerLeaves(t *testing.T) {
	t.Parallel()
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	inWorld(t, hang, func(t *testing.T, w *world) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := w.Me(ctx)
		if fault.Of(err) != fault.Transient || fault.IsSystem(err) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
	inWorld(t, always(200, `{"id":1}`), func(t *testing.T, w *world) {
		_, _ = w.Me(t.Context())
		w.http.Transport.(named).next.(*http.Transport).DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		w.idle()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := w.Me(ctx); fault.Of(err) != fault.Transient || fault.IsSystem(err) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("while connecting: %v", err)
		}
	})
}

// A failure that passes is not seen by the caller.
func TestQuickRetry(t *testing.T) {
	t.Parallel()
	inWorld(t, nil, func(t *testing.T, w *world) {
		w.api = func(out http.ResponseWriter, _ *http.Request) {
			if w.called.Load() < 3 {
				reply(out, 502, ``)
				return
			}
			reply(out, 200, `{"id":42,"login":"a","name":"b"}`)
		}
		me, err := w.Me(t.Context())
		if err != nil || me != (User{ID: 42, Login: "a", Name: "b"}) || w.called.Load() != 3 {
			t.Errorf("got %+v, %v after %d calls", me, err, w.called.Load())
		}
	})
}

func TestFill(t *testing.T) {
	t.Parallel()
	if got := fill(pathDetail, 12, 345); got != "/rest/v1.0/companies/12/erp_request_details/345" {
		t.Error(got)
	}
}

// Neither errors nor the log ever hold the client secret or a token, even where
// Procore echoes them, and neither does a printed Config or Client.
func TestSecrets(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 302, 400, 401, 403, 404, 422, 429, 500, 503} {
		echo := func(out http.ResponseWriter, r *http.Request) {
			_ = r.ParseForm()
			words := r.Header.Get("Authorization") + " " + madeUp + " " + r.PostForm.Encode()
			out.Header().Set("Location", "/?"+madeUp)
			reply(out, status, fmt.Sprintf(`{"message":%q,"errors":[{"item_type":"line_item","item_id":1,"message":%q}]}`, words, words))
		}
		inWorld(t, echo, func(t *testing.T, w *world) {
			errs := []error{w.Link(t.Context(), []erp.ExternalItem{{Type: erp.ItemLine, ID: 1, Origin: "X"}}), w.Close(t.Context(), 1, erp.Failed, nil)}
			_, err := w.Request(t.Context(), 1)
			noSecret(t, fmt.Sprintf("%v %s %v %+v", errs, fault.Said(errs[0]), err, good())+w.lines.String())
		})
		inWorld(t, always(200, `{}`), func(t *testing.T, w *world) {
			w.login = echo
			_, err := w.Me(t.Context())
			noSecret(t, fmt.Sprintf("%v %s", err, fault.Said(err))+w.lines.String())
		})
	}
}

func noSecret(t *testing.T, text string) {
	t.Helper()
	if strings.Contains(text, madeUp) || strings.Contains(text, "bearer-number") {
		t.Errorf("a secret in %s", text)
	}
	if text == "" {
		t.Error("nothing to look through")
	}
}

// One line per call, with what is needed to find it at Procore.
func TestLog(t *testing.T) {
	t.Parallel()
	api := func(out http.ResponseWriter, _ *http.Request) {
		out.Header().Set("X-Request-Id", "req-7")
		reply(out, 200, `{"id":1}`)
	}
	inWorld(t, api, func(t *testing.T, w *world) {
		_, _ = w.Me(t.Context())
		for _, want := range []string{`"company":"1357908642"`, `"path":"/rest/v1.0/me"`, `"status":200`, `"request_id":"req-7"`} {
			if !strings.Contains(w.lines.String(), want) {
				t.Errorf("log %s lacks %s", w.lines, want)
			}
		}
	})
}
