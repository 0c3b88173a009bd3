package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/procoresim"
)

const (
	connection = "acme"
	hookToken  = "Bearer e2e-webhook-token-of-acme"
	apiToken   = "e2e-operator-token-of-acme"
	patience   = 4 * time.Minute // for any one condition
	lookAgain  = 30 * time.Millisecond
)

// world is both simulators and what stands between them and procpac.
type world struct {
	t          *testing.T
	procore    *procoresim.Sim
	jobpac     *jobpacsim.Sim
	procoreURL string
	jobpacURL  string
	gate       *gate
	gateURL    string
	dir        string // the data directory
	client     *http.Client

	mu     sync.Mutex
	logs   []*log
	tokens map[string]bool // that calls to the simulators carried
}

// newWorld starts the simulators with the demo's company and no documents.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := emptyWorld(t)
	if err := w.procore.Seed(procoresim.DemoSeed()); err != nil {
		t.Fatal(err)
	}
	return w
}

// emptyWorld starts the simulators, Procore without any record.
func emptyWorld(t *testing.T) *world {
	t.Helper()
	jobpac, err := jobpacsim.New(jobpacsim.Config{Seed: jobpacsim.DemoSeed()})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		t: t, procore: procoresim.New(procoresim.Config{}), jobpac: jobpac, dir: filepath.Join(t.TempDir(), "data"), gate: newGate(), tokens: map[string]bool{},
		client: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{}},
	}
	servers := []*httptest.Server{
		httptest.NewServer(w.noting(w.procore.Handler())), httptest.NewServer(w.noting(w.jobpac.Handler())), httptest.NewServer(w.gate),
	}
	w.procoreURL, w.jobpacURL, w.gateURL = servers[0].URL, servers[1].URL, servers[2].URL
	t.Cleanup(func() {
		w.client.CloseIdleConnections()
		w.procore.Close()
		w.jobpac.Close()
		for _, s := range servers {
			s.Close()
		}
		w.gate.close()
		w.noSecrets()
	})
	w.settings(func(s *procoresim.Settings) { s.BackoffMinMS, s.BackoffMaxMS = 50, 200 })
	return w
}

// settings turns switches of the Procore simulator.
func (w *world) settings(change func(*procoresim.Settings)) {
	w.t.Helper()
	s := w.procore.Settings()
	change(&s)
	if err := w.procore.SetSettings(s); err != nil {
		w.t.Fatal(err)
	}
}

// jobpacFaults orders trouble in Jobpac.
func (w *world) jobpacFaults(faults ...jobpacsim.Fault) {
	w.t.Helper()
	if err := w.jobpac.SetFaults(faults); err != nil {
		w.t.Fatal(err)
	}
}

// procoreFaults orders trouble in Procore.
func (w *world) procoreFaults(faults ...procoresim.Fault) {
	w.t.Helper()
	if err := w.procore.SetFaults(faults...); err != nil {
		w.t.Fatal(err)
	}
}

// config is a configuration for this world: no limits, and a Jobpac that is
// known to refuse a second record of one key and commits within 250 ms.
func (w *world) config() *config.Config {
	cfg := config.Default()
	cfg.Listen, cfg.Operator.Listen, cfg.DataDir = "127.0.0.1:0", "127.0.0.1:0", w.dir
	cfg.Operator.Token = apiToken
	seed := jobpacsim.DemoSeed()
	app, user := seed.Applications[0], seed.Users[0]
	c := config.DefaultConnection(connection)
	c.Procore.LoginURL, c.Procore.APIURL = w.procoreURL, w.procoreURL
	c.Procore.CompanyID = fmt.Sprint(procoresim.DemoCompanyID)
	c.Procore.ClientID, c.Procore.ClientSecret = procoresim.DefaultClientID, procoresim.DefaultClientSecret
	c.Procore.WebhookTokens = []config.Secret{hookToken}
	c.Jobpac.AuthURL, c.Jobpac.RequestURL = w.jobpacURL, w.jobpacURL
	c.Jobpac.Environment, c.Jobpac.Application, c.Jobpac.Version = app.Environment, app.Name, app.Version
	c.Jobpac.EncryptionKey, c.Jobpac.User, c.Jobpac.Password = config.Secret(app.Key), user.Name, config.Secret(user.Password)
	c.Jobpac.WorkID, c.Jobpac.UniqueDocumentNumber = "01", "verified"
	c.Jobpac.QuietPeriod, c.Jobpac.RequestsPerSecond = config.Duration(250*time.Millisecond), 0
	c.Sync = config.Sync{} // imports run when a test asks for them
	cfg.Connections = []config.Connection{c}
	return cfg
}

// gate passes webhooks on to the procpac that runs now; without one it answers
// 502, as a proxy in front of it would.
type gate struct {
	to        atomic.Pointer[url.URL]
	proxy     *httputil.ReverseProxy
	transport *http.Transport
}

func newGate() *gate {
	g := &gate{transport: &http.Transport{}}
	g.proxy = &httputil.ReverseProxy{
		Transport: g.transport,
		Rewrite: func(r *httputil.ProxyRequest) {
			if to := g.to.Load(); to != nil {
				r.SetURL(to)
			}
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	return g
}

func (g *gate) open(address string) { g.to.Store(&url.URL{Scheme: "http", Host: address}) }

func (g *gate) shut() { g.to.Store(nil) }

func (g *gate) close() { g.transport.CloseIdleConnections() }

// ServeHTTP passes one webhook on.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if g.to.Load() == nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	g.proxy.ServeHTTP(w, r)
}

// hook sets the webhook up through Procore's own API.
func (w *world) hook(payload string) {
	w.t.Helper()
	base := fmt.Sprintf("/rest/v2.0/companies/%d/webhooks/hooks", procoresim.DemoCompanyID)
	token := w.procoreToken()
	var made struct {
		Data struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	w.postProcore(base, token, map[string]any{
		"payload_version": payload, "namespace": "procpac", "destination_url": w.gateURL + "/hooks/procore/" + connection,
		"destination_headers": map[string]string{"Authorization": hookToken},
	}, &made)
	w.postProcore(base+"/"+made.Data.ID+"/triggers", token, map[string]any{"resource_name": "ERP Requests", "event_type": "create"}, &struct{}{})
}

func (w *world) procoreToken() string {
	w.t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {procoresim.DefaultClientID}, "client_secret": {procoresim.DefaultClientSecret}}
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	res, err := w.client.PostForm(w.procoreURL+"/oauth/token", form)
	w.read(res, err, &answer)
	return answer.AccessToken
}

func (w *world) postProcore(path, token string, body, into any) {
	w.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.procoreURL+path, bytes.NewReader(text))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Procore-Company-Id", fmt.Sprint(procoresim.DemoCompanyID))
	res, err := w.client.Do(req)
	w.read(res, err, into)
}

// read takes a 2xx answer in JSON.
func (w *world) read(res *http.Response, err error, into any) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode/100 != 2 {
		w.t.Fatalf("%d %s %v", res.StatusCode, text, err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		w.t.Fatalf("%s: %v", text, err)
	}
}

// await waits until a condition holds. tell says, at the deadline, how things
// stand.
func (w *world) await(what string, holds func() bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			w.t.Fatalf("not in %v: %s\n%s", patience, what, w.tail(60))
		}
	}
}

// idle waits until Procore has delivered every webhook.
func (w *world) idle() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	if err := w.procore.WaitIdle(ctx); err != nil {
		w.t.Fatalf("webhooks not delivered: %v\n%+v\n%s", err, w.procore.DeliveryCounts(), w.tail(30))
	}
}

// newLog is where a program of this world logs.
func (w *world) newLog() *log {
	w.mu.Lock()
	defer w.mu.Unlock()
	l := &log{}
	w.logs = append(w.logs, l)
	return l
}

// tail is the last lines of every log.
func (w *world) tail(lines int) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var b strings.Builder
	for i, l := range w.logs {
		all := slices.DeleteFunc(l.lines(), func(text string) bool {
			return strings.Contains(text, `"message":"operator call"`) || strings.Contains(text, `"from":"nats-server"`)
		})
		fmt.Fprintf(&b, "-- log %d, the last of %d lines --\n%s\n", i, len(all), strings.Join(all[max(0, len(all)-lines):], "\n"))
	}
	return b.String()
}
