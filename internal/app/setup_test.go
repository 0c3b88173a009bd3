package app

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/procore"
	"github.com/procpac/procpac/internal/procoresim"
	preparing "github.com/procpac/procpac/internal/setup"
	"github.com/rs/zerolog"
)

const (
	publicURL = "https://hooks.example.com"
	hereURL   = publicURL + hookPath + "acme"
	oldToken  = "Bearer not-a-real-hook-token-11111"
	newToken  = "Bearer not-a-real-hook-token-22222"
)

// office is a Procore company, and a configuration that wants to use it.
type office struct {
	t       *testing.T
	sim     *procoresim.Sim
	cfg     *config.Config
	changes atomic.Int64 // calls that are no reading
	client  *procore.Client
}

func newOffice(t *testing.T, change ...func(*procoresim.Settings)) *office {
	t.Helper()
	settings := procoresim.DefaultSettings()
	for _, c := range change {
		c(&settings)
	}
	o := &office{t: t, sim: procoresim.New(procoresim.Config{Settings: &settings})}
	for _, seed := range []procoresim.Seed{procoresim.DemoSeed(), procoresim.DemoDocuments()} {
		must(t, o.sim.Seed(seed))
	}
	api := o.sim.Handler()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && strings.HasPrefix(r.URL.Path, "/rest/") {
			o.changes.Add(1)
		}
		api.ServeHTTP(w, r)
	}))
	t.Cleanup(func() { o.sim.Close(); server.Close() })
	o.cfg = surgeryConfig(t, server.URL, "http://127.0.0.1:1")
	o.side().HookURL, o.side().WebhookTokens = publicURL, []config.Secret{oldToken}
	var err error
	o.client, err = procore.New(procore.Config{LoginURL: server.URL, APIURL: server.URL, CompanyID: procoresim.DemoCompanyID,
		ClientID: procoresim.DefaultClientID, ClientSecret: func() string { return procoresim.DefaultClientSecret }})
	must(t, err)
	t.Cleanup(o.client.Stop)
	return o
}

func (o *office) side() *config.Procore { return &o.cfg.Connections[0].Procore }

// setup runs a set-up; no token may be in what it tells.
func (o *office) setup(change ...func(*SetupOptions)) SetupReport {
	o.t.Helper()
	options := SetupOptions{Config: o.cfg, Log: zerolog.Nop()}
	for _, c := range change {
		c(&options)
	}
	r, err := Setup(o.t.Context(), options)
	must(o.t, err)
	text, err := json.Marshal(r)
	must(o.t, err)
	if strings.Contains(string(text), "not-a-real") {
		o.t.Errorf("a token is told: %s", text)
	}
	return r
}

// done wants everything done.
func (o *office) done(r SetupReport, steps int) {
	o.t.Helper()
	if words, _ := r.Failures(); len(words) != 0 || r.Open() != 0 || len(r.Connections[0].Steps) != steps {
		o.t.Fatalf("got %+v", r)
	}
}

// quiet wants that one more run changes nothing.
func (o *office) quiet() SetupReport {
	o.t.Helper()
	before := o.changes.Load()
	r := o.setup(func(s *SetupOptions) {
		s.Approve = func(SetupReport) (bool, error) { o.t.Error("it asks though nothing is to be done"); return false, nil }
	})
	o.done(r, 0)
	if n := o.changes.Load() - before; n != 0 {
		o.t.Errorf("a second run makes %d changing calls", n)
	}
	return r
}

func (o *office) hooks(project int64) []procore.Hook {
	o.t.Helper()
	list, err := o.client.Hooks(o.t.Context(), 0)
	if project != 0 {
		list, err = o.client.Hooks(o.t.Context(), procoresim.DemoProjectID)
	}
	must(o.t, err)
	return list
}

// A fresh company: all is made, the events come, a second run does nothing.
func TestSetupOfAFreshCompany(t *testing.T) {
	for _, intake := range []string{"erp", "direct", "both"} {
		t.Run(intake, func(t *testing.T) {
			o := newOffice(t)
			o.cfg.Connections[0].Intake = intake
			planned := o.setup(func(s *SetupOptions) { s.DryRun = true })
			steps := map[string]int{"erp": 3, "direct": 20, "both": 23}[intake]
			if o.changes.Load() != 0 || planned.Open() != steps || planned.Connections[0].URL != hereURL {
				t.Fatalf("dry run: %d changes, %+v", o.changes.Load(), planned)
			}
			o.done(o.setup(), steps)
			if o.changes.Load() != int64(steps) {
				t.Errorf("%d changes", o.changes.Load())
			}
			if _, there := o.sim.ERPConnection(procoresim.DemoCompanyID); there != (intake != "direct") {
				t.Error("ERP connection", there)
			}
			if company, project := o.hooks(0), o.hooks(1); len(company) != map[bool]int{true: 1}[intake != "direct"] || len(project) != map[bool]int{true: 1}[intake != "erp"] {
				t.Errorf("got %+v and %+v", company, project)
			}
			o.quiet()
		})
	}
}

// Each wrong thing is repaired by itself, once.
func TestSetupRepairs(t *testing.T) {
	for name, c := range map[string]struct {
		hook  procore.HookFields
		spoil func(o *office, h procore.Hook)
		words string
		steps int
	}{
		"host":      {hook: procore.HookFields{URL: "https://old.example.com" + hookPath + "acme"}, words: "delivers to https://old.example.com", steps: 1},
		"path":      {hook: procore.HookFields{URL: publicURL + "/webhooks"}, words: "delivers to https://hooks.example.com/webhooks", steps: 1},
		"namespace": {hook: procore.HookFields{Namespace: "by-hand"}, words: `namespace is "by-hand"`, steps: 1},
		"token":     {hook: procore.HookFields{Header: "Bearer something-else"}, words: "not in the configuration", steps: 1},
		"trigger":   {words: `"ERP Requests"`, steps: 1},
		"metadata": {words: "it differs at ", steps: 1, spoil: func(o *office, _ procore.Hook) {
			must(o.t, o.client.UpdateERPMetadata(o.t.Context(), []byte(`{"settings":{"labels":{"name":"Jobpac"},"entities":{"vendors":{"enabled":true},"jobs":{"enabled":false}}}}`)))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			metadata, err := procore.JobpacMetadata(procore.JobpacWidths{Order: 10, Variation: 6, VariationType: 2, Reason: 10, Invoice: 15})
			must(t, err)
			must(t, o.client.CreateERPConnection(t.Context(), hereURL, metadata))
			made := procore.HookFields{Namespace: first(c.hook.Namespace, "procpac"), URL: first(c.hook.URL, hereURL), Header: first(c.hook.Header, oldToken)}
			h, err := o.client.CreateHook(t.Context(), 0, made)
			must(t, err)
			if name != "trigger" {
				must(t, o.client.AddTrigger(t.Context(), h, procore.Trigger{Resource: "ERP Requests", Event: "create"}))
			}
			if c.spoil != nil {
				c.spoil(o, h)
			}
			before := o.changes.Load()
			r := o.setup()
			o.done(r, c.steps)
			if !strings.Contains(r.Connections[0].Steps[0].Words, c.words) || o.changes.Load()-before != int64(c.steps) {
				t.Errorf("%d changes: %s", o.changes.Load()-before, r.Connections[0].Steps[0].Words)
			}
			if list := o.hooks(0); len(list) != 1 || list[0].ID != h.ID || list[0].URL != hereURL || list[0].Namespace != "procpac" || !strings.HasSuffix(list[0].Header, "11111") {
				t.Errorf("got %+v", list)
			}
			o.quiet()
		})
	}
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// Without the v2.0 API the older one is used, and finds its own work again.
func TestSetupFallsBack(t *testing.T) {
	for _, status := range []int{403, 404} {
		o := newOffice(t)
		o.cfg.Connections[0].Intake = "both"
		must(t, o.sim.SetFaults(procoresim.Fault{Path: "^/rest/v2.0/.*webhooks", StatusBefore: status}))
		o.done(o.setup(), 23)
		if h := o.hooks(0); len(h) != 1 || !h[0].Old || h[0].URL != hereURL {
			t.Errorf("%d: got %+v", status, h)
		}
		if p := o.hooks(1); len(p) != 1 || !p[0].Old || p[0].Project != procoresim.DemoProjectID {
			t.Errorf("%d: got %+v", status, p)
		}
		o.quiet()
		must(t, o.sim.SetFaults())
		o.quiet() // the same hooks through the newer API
	}
}

// Other programs' hooks, and other connections', stay as they are.
func TestSetupLeavesOthersAlone(t *testing.T) {
	o := newOffice(t)
	others := []procore.HookFields{
		{Namespace: "theirs", URL: "https://theirs.example.com/hook", Header: "theirs"},
		{Namespace: "theirs", URL: "https://theirs.example.com" + hookPath + "acme", Header: "theirs"},
		{Namespace: "procpac", URL: publicURL + hookPath + "other", Header: "others-token-9999"},
	}
	for _, f := range others {
		_, err := o.client.CreateHook(t.Context(), 0, f)
		must(t, err)
	}
	before := fmt.Sprint(o.foreign())
	o.done(o.setup(), 3)
	o.quiet()
	o.rotation(newToken)
	if after := fmt.Sprint(o.foreign()); after != before || len(o.hooks(0)) != 4 {
		t.Errorf("was %s\n now %s", before, after)
	}
}

// foreign are the hooks that are not ours, with all that is shown of them.
func (o *office) foreign() (all []procore.Hook) {
	for _, h := range o.hooks(0) {
		if h.URL != hereURL {
			all = append(all, h)
		}
	}
	return all
}

// A token that Procore does not show is left alone unless asked.
func TestSetupRewrites(t *testing.T) {
	o := newOffice(t)
	o.done(o.setup(), 3)
	r := o.setup(func(s *SetupOptions) { s.RewriteToken, s.RewriteMetadata = true, true })
	o.done(r, 2)
	o.quiet()
	o.side().WebhookTokens = []config.Secret{newToken, oldToken}
	if r := o.quiet(); len(r.Connections[0].Notes) != 1 || !strings.Contains(r.Connections[0].Notes[0], "a rotation is under way") {
		t.Errorf("got %+v", r)
	}
}

// Where Procore does not show the metadata, what was written last is
// remembered; on another machine it is written once more.
func TestSetupWithoutAShownConnection(t *testing.T) {
	o := newOffice(t)
	must(t, o.sim.SetFaults(procoresim.Fault{Method: "GET", Path: "erp_connections", StatusBefore: 404}))
	o.done(o.setup(), 3)
	if r := o.quiet(); len(r.Connections[0].Notes) != 1 || !strings.Contains(r.Connections[0].Notes[0], "--rewrite-metadata") {
		t.Errorf("got %+v", r)
	}
	o.cfg.Connections[0].Mapping.OrderNumber.Width = 8
	if r := o.setup(); len(r.Connections[0].Steps) != 1 || r.Connections[0].Steps[0].Do != preparing.UpdateMetadata {
		t.Errorf("got %+v", r)
	}
	if c, _ := o.sim.ERPConnection(procoresim.DemoCompanyID); !strings.Contains(string(c.Metadata), `"length":8`) {
		t.Error("the width was not written")
	}
	o.quiet()
	must(t, os.RemoveAll(filepath.Join(o.cfg.DataDir, "setup")))
	o.done(o.setup(), 1) // found to exist, and updated
	o.quiet()
}

// Refusals are told in words, with what to do; trying again helps or not.
func TestSetupRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		fault procoresim.Fault
		words string
		later bool
	}{
		"rights":   {procoresim.Fault{Method: "POST", Path: "webhooks", StatusBefore: 403}, "may manage webhooks", false},
		"trigger":  {procoresim.Fault{Method: "POST", Path: "triggers", StatusBefore: 422, Message: "is not offered to " + oldToken}, "ask Procore to enable the tool", false},
		"metadata": {procoresim.Fault{Method: "POST", Path: "erp_connections", StatusBefore: 403}, "ERP Integrations tool", false},
		"busy":     {procoresim.Fault{Method: "POST", Path: "erp_connections", StatusBefore: 503, RetryAfter: 1}, "Run this again later.", true},
		"limited":  {procoresim.Fault{Method: "GET", Path: "webhooks", StatusBefore: 429, RetryAfter: 60}, "Procore could not be read", true},
		"disconnected": {procoresim.Fault{Path: "webhooks", StatusBefore: 403, Shape: "list", Message: "App is not connected to this company."},
			"App is not connected to this company.", false},
	} {
		o := newOffice(t)
		must(t, o.sim.SetFaults(c.fault))
		r := o.setup()
		words, later := r.Failures()
		if len(words) == 0 || !strings.Contains(strings.Join(words, "\n"), c.words) || !strings.HasPrefix(words[0], "acme: ") || later != c.later {
			t.Errorf("%s: later %v: %q", name, later, words)
		}
		must(t, o.sim.SetFaults())
		if name != "limited" && name != "busy" { // those hold this client for real time only
			if words, _ := o.setup().Failures(); len(words) != 0 {
				t.Errorf("%s: not mended: %q", name, words)
			}
		}
	}
}

func TestSetupUsage(t *testing.T) {
	o := newOffice(t)
	for words, change := range map[string]func(*SetupOptions){
		"connections.acme.procore.hook_url, or give --url, to https://hooks.example.com if": func(*SetupOptions) { o.side().HookURL = "" },
		"--url must be an https address": func(s *SetupOptions) { s.URL = "http://hooks.example.com" },
		"--url must be":                  func(s *SetupOptions) { s.URL = "https://u:p@hooks.example.com" },
		`no connection "x": choose from`: func(s *SetupOptions) { s.Connection = "x" },
		"nothing to set up":              func(s *SetupOptions) { s.Config = config.Default() },
	} {
		options := SetupOptions{Config: o.cfg, Log: zerolog.Nop()}
		change(&options)
		_, err := Setup(t.Context(), options)
		o.side().HookURL = publicURL
		var wrong *SetupError
		if !asError(err, &wrong) || !strings.Contains(err.Error(), words) {
			t.Errorf("want %q, got %v", words, err)
		}
	}
	for _, given := range []string{publicURL, publicURL + "/", hereURL, hereURL + "/"} {
		if got, err := hookAddress(o.cfg.Connections[0], given); err != nil || got != hereURL {
			t.Errorf("%s: %s, %v", given, got, err)
		}
	}
	if o.changes.Load() != 0 {
		t.Error("something was changed")
	}
}

func asError(err error, into **SetupError) bool {
	e, ok := err.(*SetupError)
	*into = e
	return ok
}

// A no changes nothing; a context that ended comes right later.
func TestSetupDeclined(t *testing.T) {
	o := newOffice(t)
	shown := 0
	r := o.setup(func(s *SetupOptions) {
		s.Approve = func(r SetupReport) (bool, error) { shown = r.Open(); return false, nil }
	})
	if shown != 3 || o.changes.Load() != 0 || r.Open() != 3 {
		t.Errorf("%d shown, %d changes", shown, o.changes.Load())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err := Setup(ctx, SetupOptions{Config: o.cfg, Log: zerolog.Nop()})
	if words, later := r.Failures(); err != nil || len(words) != 1 || !later {
		t.Errorf("%v, %q, %v", err, words, later)
	}
}

func TestFingerprintFile(t *testing.T) {
	dir := t.TempDir()
	f := fingerprintFile(filepath.Join(dir, "setup", "acme"))
	if text, err := f.Metadata(); err != nil || text != "" {
		t.Error(text, err)
	}
	must(t, f.Keep("one"))
	must(t, f.Keep("two"))
	if text, err := f.Metadata(); err != nil || text != "two" {
		t.Error(text, err)
	}
	if _, err := fingerprintFile(dir).Metadata(); err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Error(err)
	}
	if err := (f + "/below").Keep("x"); err == nil || !strings.Contains(err.Error(), "cannot be made") {
		t.Error(err)
	}
	if err := fingerprintFile(filepath.Join(dir, "none", "..", "setup")).Keep("x"); err == nil {
		t.Error("a directory was written over")
	}
}
