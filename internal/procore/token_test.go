package procore

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// bearer notes which token each call carried.
type bearer struct {
	mu   sync.Mutex
	seen []string
}

func (b *bearer) note(r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen = append(b.seen, r.Header.Get("Authorization"))
}

func (b *bearer) is(t *testing.T, want ...string) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if fmt.Sprint(b.seen) != fmt.Sprint(want) {
		t.Errorf("tokens %v, want %v", b.seen, want)
	}
}

// The token request is a form with the credentials in it.
func TestTokenRequest(t *testing.T) {
	t.Parallel()
	inWorld(t, always(200, `{"id":1}`), func(t *testing.T, w *world) {
		w.login = func(out http.ResponseWriter, r *http.Request) {
			if err := r.ParseForm(); err != nil {
				t.Error(err)
			}
			if r.Method != http.MethodPost || r.Host != "login.invalid" || r.Header.Get("User-Agent") != "procpac" || r.Header.Get("Authorization") != "" ||
				r.PostForm.Get("grant_type") != "client_credentials" || r.PostForm.Get("client_id") != "client" || r.PostForm.Get("client_secret") != madeUp || r.URL.RawQuery != "" {
				t.Errorf("token request %s %s %v %v", r.Method, r.URL, r.Header, r.PostForm)
			}
			grant(out, 1)
		}
		if _, err := w.Me(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// One token serves until five minutes before its end.
func TestTokenRenewedEarly(t *testing.T) {
	t.Parallel()
	var b bearer
	api := func(out http.ResponseWriter, r *http.Request) { b.note(r); reply(out, 200, `{"id":1}`) }
	inWorld(t, api, func(t *testing.T, w *world) {
		for _, wait := range []time.Duration{0, 84 * time.Minute, 2 * time.Minute} { // of 90
			<-time.After(wait)
			if _, err := w.Me(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	})
	b.is(t, "Bearer bearer-number-1", "Bearer bearer-number-1", "Bearer bearer-number-2")
}

func TestTokenLife(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	for life, renew := range map[time.Duration]time.Duration{
		5400 * time.Second: 5100 * time.Second, 100 * time.Second: 80 * time.Second, 0: 5100 * time.Second, -1: 5100 * time.Second,
	} {
		got := newToken("x", life, now)
		if got.renew.Sub(now) != renew || got.end.Before(got.renew) {
			t.Errorf("life %s: renewed after %s, end %s", life, got.renew.Sub(now), got.end.Sub(now))
		}
	}
}

// However many callers need a token, one request is made for all.
func TestTokenOneFlight(t *testing.T) {
	t.Parallel()
	inWorld(t, always(200, `{"id":1}`), func(t *testing.T, w *world) {
		w.login = func(out http.ResponseWriter, _ *http.Request) {
			<-time.After(time.Second)
			grant(out, 1)
		}
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if _, err := w.Me(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if w.granted.Load() != 1 {
			t.Errorf("%d token requests", w.granted.Load())
		}
	})
}

// The caller who began the token request may leave; the others get the token.
func TestTokenWaiterLeaves(t *testing.T) {
	t.Parallel()
	inWorld(t, always(200, `{"id":1}`), func(t *testing.T, w *world) {
		w.login = func(out http.ResponseWriter, _ *http.Request) {
			<-time.After(10 * time.Second)
			grant(out, 1)
		}
		first, leave := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			_, err := w.Me(first)
			if !errors.Is(err, context.Canceled) || fault.IsSystem(err) || fault.Of(err) != fault.Transient {
				t.Errorf("the one who left: %v", err)
			}
		})
		synctest.Wait()
		all.Go(func() {
			if _, err := w.Me(t.Context()); err != nil {
				t.Errorf("the one who stayed: %v", err)
			}
		})
		synctest.Wait()
		leave()
		all.Wait()
		if w.granted.Load() != 1 {
			t.Errorf("%d token requests", w.granted.Load())
		}
	})
}

// A 401 discards the token, and the call is made once more: reads and changes.
func TestTokenRepeatAfter401(t *testing.T) {
	t.Parallel()
	var b bearer
	api := func(out http.ResponseWriter, r *http.Request) {
		b.note(r)
		if r.Header.Get("Authorization") == "Bearer bearer-number-1" {
			reply(out, 401, `{"errors":"Unauthorized"}`)
			return
		}
		reply(out, 200, `{"id":1}`)
	}
	inWorld(t, api, func(t *testing.T, w *world) {
		if err := w.Close(t.Context(), 5, erp.Success, nil); err != nil {
			t.Error(err)
		}
		if _, err := w.Me(t.Context()); err != nil {
			t.Error(err)
		}
	})
	b.is(t, "Bearer bearer-number-1", "Bearer bearer-number-2", "Bearer bearer-number-2")
}

// Callers that meet the same 401 together cause one renewal.
func TestTokenOneRenewalFor401s(t *testing.T) {
	t.Parallel()
	api := func(out http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer bearer-number-1" {
			<-time.After(time.Second)
			reply(out, 401, `{}`)
			return
		}
		reply(out, 200, `{"id":1}`)
	}
	inWorld(t, api, func(t *testing.T, w *world) {
		var all sync.WaitGroup
		for range defaultConcurrency {
			all.Go(func() {
				if _, err := w.Me(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if w.granted.Load() != 2 {
			t.Errorf("%d token requests, want 2", w.granted.Load())
		}
	})
}

// When even a new token is refused, nobody asks again before a pause is over.
func TestTokenNeverTaken(t *testing.T) {
	t.Parallel()
	inWorld(t, always(401, `{"errors":"Unauthorized"}`), func(t *testing.T, w *world) {
		for range 5 {
			if _, err := w.Me(t.Context()); !fault.IsSystem(err) || fault.After(err) != 30*time.Second {
				t.Errorf("got %v, after %s", err, fault.After(err))
			}
		}
		if w.granted.Load() != 2 || w.called.Load() != 2 {
			t.Errorf("%d token requests and %d calls, want 2 and 2", w.granted.Load(), w.called.Load())
		}
		<-time.After(31 * time.Second)
		_, _ = w.Me(t.Context())
		if w.granted.Load() != 4 {
			t.Errorf("%d token requests after the pause, want 4", w.granted.Load())
		}
	})
}

// A refused token request is the system's, in words, and is repeated only after
// a pause that grows to five minutes; a success forgets it.
func TestTokenRefusedPause(t *testing.T) {
	t.Parallel()
	inWorld(t, always(200, `{"id":1}`), func(t *testing.T, w *world) {
		w.login = always(401, `{"error":"invalid_client","error_description":"unknown client"}`)
		for i, pause := range []time.Duration{30, 60, 120, 240, 300, 300} {
			pause *= time.Second
			for range 3 {
				_, err := w.Me(t.Context())
				checkFault(t, err, expected{kind: fault.Transient, system: true, after: pause,
					said: "Procore refused the service account (invalid_client; unknown client). Check client_id, client_secret and login_url of the connection."})
			}
			if int(w.granted.Load()) != i+1 {
				t.Fatalf("%d token requests in round %d", w.granted.Load(), i+1)
			}
			<-time.After(pause)
		}
		w.login = nil
		if _, err := w.Me(t.Context()); err != nil {
			t.Errorf("after the refusal: %v", err)
		}
		if w.tokens.refused != (refusal{}) {
			t.Error("the refusal is not forgotten")
		}
	})
}

// The token host's own wish for a pause is honoured.
func TestTokenRetryAfter(t *testing.T) {
	t.Parallel()
	inWorld(t, always(200, `{"id":1}`), func(t *testing.T, w *world) {
		w.login = func(out http.ResponseWriter, _ *http.Request) {
			out.Header().Set("Retry-After", "120")
			reply(out, 503, ``)
		}
		_, err := w.Me(t.Context())
		checkFault(t, err, expected{kind: fault.Transient, system: true, after: 2 * time.Minute, note: "Service Unavailable"})
	})
}

// An answer without a token is no token.
func TestTokenUnreadable(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`<html>`, `{}`, `{"access_token":7}`} {
		inWorld(t, always(200, `{"id":1}`), func(t *testing.T, w *world) {
			w.login = always(200, body)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, err := w.Me(ctx); !fault.IsSystem(err) || fault.Of(err) != fault.Transient || w.called.Load() != 0 {
				t.Errorf("%s: got %v and %d calls", body, err, w.called.Load())
			}
		})
	}
}

// While the old token lives, a failed renewal harms nobody and is not repeated
// with every call.
func TestTokenRenewalFails(t *testing.T) {
	t.Parallel()
	inWorld(t, always(200, `{"id":1}`), func(t *testing.T, w *world) {
		if _, err := w.Me(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.login = always(500, ``)
		<-time.After(86 * time.Minute)
		for range 4 {
			if _, err := w.Me(t.Context()); err != nil {
				t.Errorf("with a living token: %v", err)
			}
		}
		if w.granted.Load() != 2 {
			t.Errorf("%d token requests, want 2", w.granted.Load())
		}
		<-time.After(5 * time.Minute)
		if _, err := w.Me(t.Context()); !fault.IsSystem(err) {
			t.Errorf("with a dead token: %v", err)
		}
	})
}

// The secret is asked for each time, so a changed one needs no restart.
func TestTokenSecretChanges(t *testing.T) {
	t.Parallel()
	inWorld(t, always(200, `{"id":1}`), func(t *testing.T, w *world) {
		secret := "before"
		w.service.secret = func() string { return secret }
		w.login = func(out http.ResponseWriter, r *http.Request) {
			if r.FormValue("client_secret") != "after" {
				reply(out, 401, `{"error":"invalid_client"}`)
				return
			}
			grant(out, 1)
		}
		if _, err := w.Me(t.Context()); err == nil {
			t.Error("the old secret was taken")
		}
		secret = "after"
		<-time.After(30 * time.Second)
		if _, err := w.Me(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// Stop ends a token request that hangs, and no call works after it.
func TestTokenStop(t *testing.T) {
	t.Parallel()
	inWorld(t, always(200, `{"id":1}`), func(t *testing.T, w *world) {
		w.login = func(_ http.ResponseWriter, r *http.Request) {
			_ = r.ParseForm() // the server sees a broken connection only after the body
			<-r.Context().Done()
		}
		var one sync.WaitGroup
		one.Go(func() {
			if _, err := w.Me(t.Context()); !fault.IsSystem(err) {
				t.Errorf("got %v", err)
			}
		})
		synctest.Wait()
		began := time.Now()
		w.Stop()
		if time.Since(began) != 0 {
			t.Errorf("Stop took %s", time.Since(began))
		}
		one.Wait()
		if _, err := w.Me(t.Context()); err == nil || w.called.Load() != 0 {
			t.Errorf("a call after Stop: %v", err)
		}
	})
}
