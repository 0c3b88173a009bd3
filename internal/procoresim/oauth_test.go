package procoresim

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"testing"
	"time"
)

func grant(secret string) url.Values {
	return url.Values{"grant_type": {"client_credentials"}, "client_id": {DefaultClientID}, "client_secret": {secret}}
}

func TestTokenAnswer(t *testing.T) {
	w := newWorld(t)
	a := w.form("/oauth/token", grant(DefaultClientSecret)).is(http.StatusOK)
	a.has("token_type", "bearer", "expires_in", "5400", "created_at", "1782864000", "refresh_token", "absent")
}

func TestTokenBodies(t *testing.T) {
	w := newWorld(t)
	var parts bytes.Buffer
	m := multipart.NewWriter(&parts)
	for name, values := range grant(DefaultClientSecret) {
		if err := m.WriteField(name, values[0]); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	req := w.request(w.api.URL, http.MethodPost, "/oauth/token", &parts)
	req.Header.Set("Content-Type", m.FormDataContentType())
	w.do(req).is(http.StatusOK)

	body := obj{"grant_type": "client_credentials", "client_id": DefaultClientID, "client_secret": DefaultClientSecret}
	req = w.request(w.api.URL, http.MethodPost, "/oauth/token", payloadOf(t, body))
	req.Header.Set("Content-Type", "application/json")
	w.do(req).is(http.StatusOK)
}

func TestTokenRefused(t *testing.T) {
	w := newWorld(t)
	w.form("/oauth/token", grant("wrong")).is(http.StatusUnauthorized).has("error", "invalid_client").contains("error_description")
	form := grant(DefaultClientSecret)
	form.Set("grant_type", "password")
	w.form("/oauth/token", form).is(http.StatusBadRequest).has("error", "unsupported_grant_type")
	form.Set("client_id", "nobody")
	w.form("/oauth/revoke", form).is(http.StatusUnauthorized)
}

func TestTokenDiesByTheClock(t *testing.T) {
	w := newWorld(t)
	w.get("/rest/v1.0/me").is(http.StatusOK).has("id", "9901", "name", "Service Account")
	w.clock.Advance(5399 * time.Second)
	w.get("/rest/v1.0/me").is(http.StatusOK)
	w.clock.Advance(time.Second)
	w.get("/rest/v1.0/me").is(http.StatusUnauthorized).has("message", "The access token is invalid", "code", "401")
	w.login()
	w.get("/rest/v1.0/me").is(http.StatusOK)
	if n := w.sim.State().Counts["tokens"]; n != 1 {
		t.Errorf("%d tokens are kept; expired ones must go", n)
	}
}

func TestTokenDiesByCalls(t *testing.T) {
	w := newWorld(t, func(s *Settings) { s.TokenMaxCalls = 2 })
	w.get("/rest/v1.0/me").is(http.StatusOK)
	w.get("/rest/v1.0/me").is(http.StatusOK)
	w.get("/rest/v1.0/me").is(http.StatusUnauthorized)
}

func TestTokenInfoAndRevoke(t *testing.T) {
	w := newWorld(t)
	w.clock.Advance(400 * time.Second)
	w.get("/oauth/token/info").is(http.StatusOK).has("resource_owner_id", "9901", "expires_in_seconds", "5000", "application.uid", DefaultClientID)
	form := grant(DefaultClientSecret)
	form.Set("token", "unknown")
	w.form("/oauth/revoke", form).is(http.StatusOK)
	form.Set("token", w.token)
	w.form("/oauth/revoke", form).is(http.StatusOK)
	w.get("/rest/v1.0/me").is(http.StatusUnauthorized)
	w.get("/oauth/token/info").is(http.StatusUnauthorized).has("error", "invalid_token")
}

func TestBearerIsNeeded(t *testing.T) {
	w := newWorld(t)
	for _, header := range []string{"", "Bearer nonsense", w.token} {
		w.header.Set("Authorization", header)
		w.get("/rest/v1.0/me").is(http.StatusUnauthorized)
		w.get(company("/erp_requests")).is(http.StatusUnauthorized)
	}
}

func TestSeededClient(t *testing.T) {
	w := newWorld(t)
	if err := w.sim.Seed(Seed{Clients: []Client{{ID: "second", Secret: "pass", UserID: 77, Login: "l", Name: "Second"}}}); err != nil {
		t.Fatal(err)
	}
	a := w.form("/oauth/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {"second"}, "client_secret": {"pass"}}).is(http.StatusOK)
	w.token = a.text("access_token")
	w.get("/rest/v1.0/me").has("id", "77", "name", "Second")
}
