package procoresim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func (w *world) faults(list ...Fault) {
	w.t.Helper()
	if err := w.sim.SetFaults(list...); err != nil {
		w.t.Fatal(err)
	}
}

// cut makes a call that must end without an answer.
func (w *world) cut(method, path string, body any) {
	w.t.Helper()
	resp, err := w.client.Do(w.restRequest(method, path, body))
	if err == nil {
		resp.Body.Close()
		w.t.Fatalf("%s %s answered %d, want a broken connection", method, path, resp.StatusCode)
	}
}

// linked says whether the demo subcontract has an origin id, that is, whether the write was done.
func (w *world) linked() bool { return w.sim.OriginID(itemWorkOrder, DemoSubcontractID) != "" }

func linkBody() obj {
	return obj{"updates": []obj{{"item_type": itemWorkOrder, "item_id": DemoSubcontractID, "origin_id": "01|SC0001"}}}
}

func TestFaultsBeforeAndAfterTheWork(t *testing.T) {
	path := company("/external_data/sync")
	cases := map[string]struct {
		fault Fault
		done  bool
		check func(w *world)
	}{
		"status before": {Fault{StatusBefore: 500}, false, func(w *world) { w.rest(http.MethodPatch, path, linkBody()).is(500).has("code", "500") }},
		"status after":  {Fault{StatusAfter: 502, Shape: shapeHTML}, true, func(w *world) { w.rest(http.MethodPatch, path, linkBody()).is(502).contains("<html>") }},
		"cut before":    {Fault{CutBefore: true}, false, func(w *world) { w.cut(http.MethodPatch, path, linkBody()) }},
		"cut after":     {Fault{CutAfter: true}, true, func(w *world) { w.cut(http.MethodPatch, path, linkBody()) }},
		"bad json": {Fault{BadJSON: true}, true, func(w *world) {
			a := w.rest(http.MethodPatch, path, linkBody()).is(http.StatusOK)
			if json.Valid(a.body) || len(a.body) == 0 {
				w.t.Errorf("body %s", a.body)
			}
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := demoWorld(t)
			c.fault.Path = "external_data/sync$"
			w.faults(c.fault)
			c.check(w)
			if w.linked() != c.done {
				t.Errorf("work done is %v, want %v", w.linked(), c.done)
			}
		})
	}
}

func TestHeavyLoadHasRetryAfter(t *testing.T) {
	w := newWorld(t)
	w.faults(Fault{Method: "get", StatusBefore: 503, RetryAfter: 7, Count: 1})
	if a := w.get("/rest/v1.0/me").is(503); a.header.Get("Retry-After") != "7" || a.header.Get("X-Rate-Limit-Limit") == "" {
		t.Errorf("headers %v", a.header)
	}
	w.get("/rest/v1.0/me").is(http.StatusOK)
}

func TestFaultCounting(t *testing.T) {
	statuses := func(f Fault) string {
		w := newWorld(t)
		f.Path, f.StatusBefore = "/me$", 500
		w.faults(f)
		var b strings.Builder
		for range 5 {
			b.WriteByte(fmt.Sprint(w.get("/rest/v1.0/me").status)[0])
		}
		return b.String()
	}
	for want, f := range map[string]Fault{
		"55555": {}, "22522": {Nth: 3}, "55222": {Count: 2}, "22222": {Method: http.MethodPost}, "25222": {Nth: 2, Count: 1},
	} {
		if got := statuses(f); got != want {
			t.Errorf("%+v: %s, want %s", f, got, want)
		}
	}
}

func TestFaultByChanceRepeatsWithItsSeed(t *testing.T) {
	w := newWorld(t)
	play := func(seed uint64) (hits string) {
		if err := w.sim.SetFaultPlan(Faults{Seed: seed, Faults: []Fault{{StatusBefore: 500, Percent: 50}}}); err != nil {
			t.Fatal(err)
		}
		for range 40 {
			hits += fmt.Sprint(w.get("/rest/v1.0/me").status)[:1]
		}
		return hits
	}
	first := play(7)
	if first != play(7) {
		t.Error("the same seed gave other hits")
	}
	if n := strings.Count(first, "5"); n < 8 || n > 32 {
		t.Errorf("%d hits of 40 at 50 %%", n)
	}
	if first == play(8) {
		t.Error("another seed gave the same hits")
	}
}

func TestExpireTokensFault(t *testing.T) {
	w := newWorld(t)
	w.faults(Fault{Path: "/me$", ExpireTokens: true, Nth: 2})
	w.get("/rest/v1.0/me").is(http.StatusOK)
	w.get("/rest/v1.0/me").is(http.StatusUnauthorized)
	w.login()
	w.get("/rest/v1.0/me").is(http.StatusOK)
}

func TestTokenHostFault(t *testing.T) {
	w := newWorld(t)
	w.faults(Fault{Path: "^/oauth/token$", StatusBefore: 503})
	w.form("/oauth/token", grant(DefaultClientSecret)).is(503)
}

func TestLatencyHoldsTheCallAndYieldsToItsEnd(t *testing.T) {
	w := newWorld(t)
	w.faults(Fault{Path: "/me$", LatencyMS: 3_600_000})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	resp, err := w.client.Do(w.restRequest(http.MethodGet, "/rest/v1.0/me", nil).WithContext(ctx))
	if err == nil {
		resp.Body.Close()
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want a deadline", err)
	}
	w.faults(Fault{Path: "/me$", LatencyMS: 1})
	w.get("/rest/v1.0/me").is(http.StatusOK)
}

func TestCloseFreesCallsHeldByLatency(t *testing.T) {
	w := newWorld(t)
	w.faults(Fault{Path: "/me$", LatencyMS: 3_600_000})
	ended := make(chan error, 1)
	req := w.restRequest(http.MethodGet, "/rest/v1.0/me", nil)
	before := w.sim.Calls()
	go func() {
		resp, err := w.client.Do(req)
		if err == nil {
			resp.Body.Close()
		}
		ended <- err
	}()
	poll(t, func() bool { return w.sim.Calls() > before })
	w.sim.Close()
	if err := <-ended; err == nil {
		t.Error("the held call was answered")
	}
}

// poll waits for a condition that something outside makes true.
func poll(t *testing.T, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("the condition did not come true")
		}
	}
}

func TestRowFault(t *testing.T) {
	w := demoWorld(t)
	w.faults(Fault{Path: "external_data/sync", SyncRowError: &RowFault{ItemType: itemLine, ItemID: 510_102, Message: "no"}})
	a := w.rest(http.MethodPatch, company("/external_data/sync"), obj{"updates": []obj{
		{"item_type": itemWorkOrder, "item_id": DemoSubcontractID, "origin_id": "01|A"},
		{"item_type": itemLine, "item_id": 510_101, "origin_id": "01|A|1"},
		{"item_type": itemLine, "item_id": 510_102, "origin_id": "01|A|2"},
	}}).is(http.StatusOK)
	a.has("entities.#", "2", "errors.#", "1", "errors.0.item_id", "510102", "errors.0.errors.origin_id.0", "no")
	if w.sim.OriginID(itemLine, 510_102) != "" || w.sim.OriginID(itemLine, 510_101) == "" {
		t.Error("the wrong row was written")
	}
	w.faults(Fault{SyncRowError: &RowFault{Field: "base"}})
	w.rest(http.MethodPatch, company("/external_data/sync"), linkBody()).is(http.StatusOK).has("errors.#", "1").contains(`"base":[`)
}

func TestFaultsAreChecked(t *testing.T) {
	w := newWorld(t)
	for _, f := range []Fault{{Path: "("}, {Percent: 101}, {StatusBefore: 42}, {StatusAfter: 999}, {Shape: "round"}} {
		if err := w.sim.SetFaults(Fault{}, f); err == nil || !strings.Contains(err.Error(), "faults[1]") {
			t.Errorf("%+v: %v", f, err)
		}
	}
	w.get("/rest/v1.0/me").is(http.StatusOK)
}
