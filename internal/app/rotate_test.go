package app

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/procoresim"
	"github.com/procpac/procpac/internal/receiver"
	preparing "github.com/procpac/procpac/internal/setup"
)

// hall is a running receiver whose tokens and store can be changed.
type hall struct {
	url string

	mu       sync.Mutex
	tokens   []string
	closed   bool
	stored   map[string]int // by event
	outcomes map[string]int
	held     int // in quarantine
}

func newHall(t *testing.T, tokens ...string) *hall {
	h := &hall{tokens: tokens, stored: map[string]int{}, outcomes: map[string]int{}}
	r := receiver.New(receiver.Config{
		Connections: map[string]receiver.Connection{"acme": {Tokens: h.live, Company: procoresim.DemoCompanyID}},
		Store:       h.store, Ready: func(context.Context) error { return nil }, Observe: h.observe, Log: zerolog.Nop(), Now: time.Now,
		Quarantine: func(context.Context, string, []byte, string) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.held++
			return nil
		},
	})
	server := httptest.NewServer(r)
	t.Cleanup(func() { server.Close(); must(t, r.Close(context.Background())) })
	h.url = server.URL
	return h
}

func (h *hall) live() []string { h.mu.Lock(); defer h.mu.Unlock(); return h.tokens }

func (h *hall) observe(_, outcome string) { h.mu.Lock(); defer h.mu.Unlock(); h.outcomes[outcome]++ }

func (h *hall) store(_ context.Context, e erp.Event) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false, fault.New(fault.Transient, "store", nil)
	}
	h.stored[e.ID]++
	return h.stored[e.ID] > 1, nil
}

// set changes what the receiver does.
func (h *hall) set(closed bool, tokens ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed, h.tokens = closed, tokens
}

func (h *hall) count(outcome string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.outcomes[outcome]
}

func (h *hall) events() int { h.mu.Lock(); defer h.mu.Unlock(); return len(h.stored) }

// rotate runs one rotation; no token may be in what it tells.
func (o *office) rotate(change ...func(*RotateOptions)) RotateReport {
	o.t.Helper()
	options := RotateOptions{Config: o.cfg, Log: zerolog.Nop()}
	for _, c := range change {
		c(&options)
	}
	r, err := RotateHook(o.t.Context(), options)
	must(o.t, err)
	text, err := json.Marshal(r)
	must(o.t, err)
	if strings.Contains(string(text), "not-a-real") {
		o.t.Errorf("a token is told: %s", text)
	}
	return r
}

// rotation is a whole one to another token, with a receiver that takes both.
func (o *office) rotation(token config.Secret) {
	o.t.Helper()
	o.side().WebhookTokens = append(o.side().WebhookTokens[:1:1], token)
	at := newHall(o.t, o.side().WebhookTokens[0].Reveal(), token.Reveal()).url
	if r := o.rotate(func(r *RotateOptions) { r.Receiver = at }); r.State != preparing.Finished {
		o.t.Fatalf("got %+v", r)
	}
}

func (o *office) export(id int64, code string) {
	o.t.Helper()
	_, _, err := o.sim.ExportCommitment(id, code)
	must(o.t, err)
}

// until polls a condition.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick, end := time.NewTicker(5*time.Millisecond), time.After(20*time.Second)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatal(what + " did not come about")
		}
	}
}

// busy is an office whose webhooks go to a hall, retried quickly.
func busy(t *testing.T) (*office, *hall) {
	o := newOffice(t, func(s *procoresim.Settings) { s.BackoffMinMS, s.BackoffMaxMS = 5, 20 })
	h := newHall(t, oldToken)
	o.side().HookURL = h.url
	o.done(o.setup(), 3)
	return o, h
}

// A rotation while deliveries are under way: at no point is one refused, none
// is lost, and the old token is not let go of too early.
func TestRotationLosesNothing(t *testing.T) {
	o, h := busy(t)
	if r := o.rotate(); r.State != preparing.NothingToRotate {
		t.Fatalf("one token: %+v", r)
	}
	h.set(true, oldToken) // the store is down: deliveries pile up with the old token
	o.export(procoresim.DemoSubcontractID, "SC1")
	o.export(procoresim.DemoPurchaseID, "PO1")
	until(t, "a refused store", func() bool { return h.count(receiver.NotStored) > 0 })

	o.side().WebhookTokens = []config.Secret{oldToken, newToken}
	before := o.changes.Load()
	r := o.rotate()
	if later, wrong := r.Outcome(); r.State != preparing.NotLive || !wrong || later || o.changes.Load() != before {
		t.Fatalf("the receiver does not know the next token yet: %+v", r)
	}
	refused := h.count(receiver.Refused) // the question itself
	h.set(true, oldToken, newToken)
	if r := o.rotate(func(r *RotateOptions) { r.DryRun = true }); r.State != preparing.Ready || len(r.Steps) != 1 || o.changes.Load() != before {
		t.Fatalf("dry run: %+v", r)
	}
	r = o.rotate()
	if later, wrong := r.Outcome(); r.State != preparing.Draining || r.Pending != 2 || !later || wrong || o.changes.Load() != before+1 {
		t.Fatalf("with deliveries under way: %+v", r)
	}
	if again := o.rotate(); again.State != preparing.Draining || o.changes.Load() != before+1 {
		t.Fatalf("once more: %+v", again)
	}
	h.set(false, oldToken, newToken)
	until(t, "delivery", func() bool { return o.sim.DeliveryCounts().Delivered == 2 })
	r = o.rotate()
	if later, wrong := r.Outcome(); r.State != preparing.Finished || later || wrong || o.changes.Load() != before+1 || !strings.Contains(r.Words, "Delete the first line") {
		t.Fatalf("when all is delivered: %+v", r)
	}
	h.set(false, newToken)
	o.side().WebhookTokens = []config.Secret{newToken}
	o.export(procoresim.DemoRefusedID, "SC2")
	until(t, "delivery", func() bool { return o.sim.DeliveryCounts().Delivered == 3 })
	if r := o.rotate(); r.State != preparing.NothingToRotate || h.events() != 3 || h.count(receiver.Refused) != refused || h.held != 0 || o.sim.DeliveryCounts().Discarded != 0 {
		t.Errorf("%d events, %d refused (%d asked), %+v", h.events(), h.count(receiver.Refused), refused, r)
	}
	o.quiet()
}

// Each state in which a rotation cannot go on.
func TestRotationRefusals(t *testing.T) {
	o, h := busy(t)
	gone := httptest.NewServer(nil)
	gone.Close()
	strange := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusFound) }))
	defer strange.Close()
	none := httptest.NewServer(http.NotFoundHandler())
	defer none.Close()
	o.side().WebhookTokens = []config.Secret{oldToken, newToken}
	before := o.changes.Load()
	for address, c := range map[string]struct {
		later bool
		words string
	}{
		gone.URL: {true, "it does not answer"}, strange.URL: {true, "it answered with 302"}, none.URL: {false, "no connection of this name"},
	} {
		r := o.rotate(func(r *RotateOptions) { r.Receiver = address })
		if later, wrong := r.Outcome(); later != c.later || wrong == later || !strings.Contains(r.Error, c.words) || !strings.Contains(r.Error, "Nothing was written.") {
			t.Errorf("%s: %v %v %+v", c.words, later, wrong, r)
		}
	}
	o.side().WebhookTokens = []config.Secret{"Bearer another-one-12345", "Bearer the-next-one-12345"}
	if r := o.rotate(); r.State != preparing.Indistinct {
		t.Errorf("alike: %+v", r)
	}
	o.side().WebhookTokens = []config.Secret{newToken}
	if r := o.rotate(); r.State != preparing.WrongToken {
		t.Errorf("another token: %+v", r)
	}
	o.side().HookURL = publicURL + "/elsewhere"
	o.cfg.Connections[0].Name = "other"
	if r := o.rotate(); r.State != preparing.NoHook {
		t.Errorf("no hook: %+v", r)
	}
	if o.changes.Load() != before || h.events()+h.held != 0 {
		t.Error("something was written")
	}
}

// What Procore refuses is told; the next run goes on.
func TestRotationRefusedByProcore(t *testing.T) {
	o, h := busy(t)
	h.set(false, oldToken, newToken)
	o.side().WebhookTokens = []config.Secret{oldToken, newToken}
	for name, c := range map[string]struct {
		fault procoresim.Fault
		later bool
	}{
		"not read":    {procoresim.Fault{Method: "GET", Path: "webhooks", StatusBefore: 500}, true},
		"not written": {procoresim.Fault{Method: "PATCH", Path: "webhooks", StatusBefore: 403}, false},
		"broken off":  {procoresim.Fault{Method: "PATCH", Path: "webhooks", CutBefore: true}, true},
	} {
		must(t, o.sim.SetFaults(c.fault))
		r := o.rotate()
		if later, wrong := r.Outcome(); later != c.later || wrong == later || r.Error == "" {
			t.Errorf("%s: %v %v %+v", name, later, wrong, r)
		}
	}
	must(t, o.sim.SetFaults(procoresim.Fault{Method: "GET", Path: "deliveries", StatusBefore: 403}))
	if r := o.rotate(); r.Error == "" { // written, but what is left cannot be counted
		t.Errorf("got %+v", r)
	}
	must(t, o.sim.SetFaults())
	if r := o.rotate(); r.State != preparing.Finished {
		t.Errorf("got %+v", r)
	}
}

func TestRotationUsage(t *testing.T) {
	o := newOffice(t)
	ask := func(change func(*RotateOptions)) error {
		options := RotateOptions{Config: o.cfg, Log: zerolog.Nop()}
		change(&options)
		_, err := RotateHook(t.Context(), options)
		return err
	}
	if err := ask(func(r *RotateOptions) { r.Receiver = "ftp://x" }); err == nil || !strings.Contains(err.Error(), "--receiver must be") {
		t.Error(err)
	}
	if err := ask(func(r *RotateOptions) { r.Connection = "x" }); err == nil || !strings.Contains(err.Error(), "choose from acme") {
		t.Error(err)
	}
	second := config.DefaultConnection("second")
	o.cfg.Connections = append(o.cfg.Connections, second)
	if err := ask(func(*RotateOptions) {}); err == nil || !strings.Contains(err.Error(), "choose from acme, second with --connection") {
		t.Error(err)
	}
}

// A no writes nothing.
func TestRotationDeclined(t *testing.T) {
	o, h := busy(t)
	h.set(false, oldToken, newToken)
	o.side().WebhookTokens = []config.Secret{oldToken, newToken}
	before := o.changes.Load()
	r := o.rotate(func(r *RotateOptions) { r.Approve = func(RotateReport) (bool, error) { return false, nil } })
	if r.State != preparing.Ready || o.changes.Load() != before {
		t.Errorf("got %+v", r)
	}
}
