package e2e

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/app"
	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/ops"
	"github.com/procpac/procpac/internal/procoresim"
)

// post sends a webhook to the listener itself and gives the status.
func (s *system) post(to, token, body string) int {
	s.t.Helper()
	return s.send(http.MethodPost, "http://"+s.webhooks+"/hooks/procore/"+to, token, body)
}

// send makes one call and gives its status.
func (w *world) send(method, address, token, body string) int {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", token)
	}
	res, err := w.client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		w.t.Fatal(err)
	}
	return res.StatusCode
}

// payload is a v4.0 delivery.
func payload(id, resource string, record, company int64) string {
	return fmt.Sprintf(`{"id":%q,"timestamp":"2026-07-01T00:00:00Z","reason":"create","company_id":"%d","resource_type":%q,"resource_id":"%d"}`, id, company, resource, record)
}

// The rules of the webhook listener.
func TestReceiver(t *testing.T) {
	t.Parallel()
	next := "Bearer e2e-webhook-token-of-tomorrow"
	s := start(t, func(c *config.Config) {
		c.Connections[0].Procore.WebhookTokens = append(c.Connections[0].Procore.WebhookTokens, config.Secret(next))
	})
	const company = procoresim.DemoCompanyID
	good := payload("01E2E000000000000000000001", "ERP Requests", 99, company)
	for _, c := range []struct {
		name, to, token, body string
		want                  int
	}{
		{"no token", connection, "", good, 401},
		{"wrong token", connection, "Bearer e2e-webhook-token-of-acmf", good, 401},
		{"token without its scheme", connection, strings.TrimPrefix(hookToken, "Bearer "), good, 401},
		{"unknown connection", "nobody", hookToken, good, 404},
		{"unknown connection, no token", "nobody", "", good, 404},
		{"too large", connection, hookToken, `{"id":"` + strings.Repeat("x", 64<<10) + `"}`, 413},
		{"not JSON", connection, hookToken, "hello", 200},
		{"a member twice", connection, hookToken, `{"id":"1","id":"2"}`, 200},
		{"something after it", connection, hookToken, good + "{}", 200},
		{"another company", connection, hookToken, payload("01E2E000000000000000000002", "ERP Requests", 99, 4711), 200},
		{"another resource", connection, hookToken, payload("01E2E000000000000000000003", "Drawings", 5, company), 200},
		{"stored", connection, hookToken, good, 200},
		{"again", connection, hookToken, good, 200},
		{"the next token", connection, next, payload("01E2E000000000000000000004", "Drawings", 6, company), 200},
	} {
		if got := s.post(c.to, c.token, c.body); got != c.want {
			t.Errorf("%s: %d, expected %d", c.name, got, c.want)
		}
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if got := s.send(http.MethodGet, "http://"+s.webhooks+path, "", ""); got != 200 {
			t.Errorf("%s: %d", path, got)
		}
	}
	ids := map[string]bool{}
	s.await("three events are stored", func() bool {
		page, err := s.api.Events(t.Context(), ops.Query{})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Items {
			ids[e.ID] = true
		}
		return len(ids) == 3
	})
	if !ids["01E2E000000000000000000001"] || !ids["01E2E000000000000000000003"] || !ids["01E2E000000000000000000004"] {
		t.Errorf("%v", ids)
	}
	s.untouched()
}

// A hint about a request that Procore does not have is no document: it is
// tried again later and takes no hand from others.
func TestUnknownRequestHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *config.Config) { c.Worker.Concurrency = 2 })
	for i := range 6 {
		if got := s.post(connection, hookToken, payload(fmt.Sprintf("01E2E0000000000000000001%02d", i), "ERP Requests", int64(990+i), procoresim.DemoCompanyID)); got != 200 {
			t.Fatal(got)
		}
	}
	s.add(purchase(5001, 2))
	r := s.export(commitment, 5001, "PO-1")
	s.settled(commitment, 5001, r, journal.Done)
	s.stop()
	s.standsOnce(5001, "PO-1")
	s.closed(r, "success")
}

// Without its store the receiver answers 503 and Procore sends again; nothing
// is lost when the store is back.
func TestStoreGone(t *testing.T) {
	t.Parallel()
	nats := startNATS(t)
	w := newWorld(t)
	cfg := w.config()
	cfg.NATS.URL, cfg.DataDir = nats.url(), filepath.Join(w.dir, "all")
	s := w.serve(cfg, app.Receiver, app.Worker, app.Console)
	w.hook("v4.0")
	nats.stop()
	if got := s.post(connection, hookToken, payload("01E2E000000000000000000001", "Drawings", 5, procoresim.DemoCompanyID)); got != 503 {
		t.Errorf("status %d without a store", got)
	}
	if got := s.send(http.MethodGet, "http://"+s.webhooks+"/readyz", "", ""); got != 503 {
		t.Errorf("readyz %d without a store", got)
	}
	if got := s.send(http.MethodGet, "http://"+s.webhooks+"/healthz", "", ""); got != 200 {
		t.Errorf("healthz %d", got)
	}
	w.add(purchase(5001, 2))
	r := w.export(commitment, 5001, "PO-1")
	w.await("Procore is refused", func() bool { return w.procore.DeliveryCounts().Retrying == 1 })
	nats.start()
	s.settled(commitment, 5001, r, journal.Done)
	s.drained()
	s.stop()
	w.standsOnce(5001, "PO-1")
	w.closed(r, "success")
}
