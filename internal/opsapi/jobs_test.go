package opsapi

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/audit"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/ops"
	"github.com/procpac/procpac/internal/sweep"
)

// until asks again and again, and gives up after a while.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	limit := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// ended waits for the end of a job.
func ended(t *testing.T, s interface {
	Job(id string) (ops.Job, error)
}, id string) (j ops.Job) {
	t.Helper()
	until(t, "the end of "+id, func() bool {
		var err error
		if j, err = s.Job(id); err != nil {
			t.Fatal(err)
		}
		return j.State != ops.JobRunning
	})
	return j
}

// calling is a server of that world and a client of it; its jobs end with the
// test.
func calling(t *testing.T, w *world) (*Client, Options) {
	t.Helper()
	o := w.options()
	t.Cleanup(func() { closed(t, o) })
	return dial(t, serve(t, o).URL, ""), o
}

func TestClientSweeps(t *testing.T) {
	w := newWorld()
	c, o := calling(t, w)
	j, err := c.StartSweep(t.Context(), ops.SweepOrder{Connection: "acme", Since: now.Add(-26 * time.Hour), Actor: "kim"})
	if err != nil || j.ID != "sweep-acme-20260302T090000-1" || j.State != ops.JobRunning {
		t.Fatalf("%+v %v", j, err)
	}
	until(t, "progress", func() bool {
		j, err = c.Job(t.Context(), j.ID)
		return err != nil || len(j.Progress) > 0
	})
	if diff := cmp.Diff([]ops.Progress{{What: "deliveries", Done: 12}}, j.Progress); diff != "" || err != nil {
		t.Error(err, diff)
	}
	_, err = c.StartSweep(t.Context(), ops.SweepOrder{Connection: "acme", DryRun: true})
	var p *Problem
	if !errors.As(err, &p) || p.Status != 409 || p.Job != j.ID || p.After != defaultAfter {
		t.Errorf("%v %+v", err, p)
	}
	w.goOn <- nil
	want := ended(t, o.Service, j.ID)
	got, err := c.Job(t.Context(), j.ID)
	if diff := cmp.Diff(want, got); diff != "" || err != nil || got.Sweep.Lines[0].Event != "sweep-1" {
		t.Error(err, diff)
	}
	if diff := cmp.Diff(sweep.Options{Since: now.Add(-26 * time.Hour), Actor: "kim"}, w.swept); diff != "" {
		t.Error(diff)
	}
	page, err := c.Jobs(t.Context())
	if err != nil || len(page.Items) != 1 || page.Items[0].ID != j.ID || page.Items[0].Sweep != nil {
		t.Errorf("%+v %v", page, err)
	}
}

func TestClientCancelsAnAudit(t *testing.T) {
	w := newWorld()
	c, o := calling(t, w)
	j, err := c.StartAudit(t.Context(), ops.AuditOrder{Connection: "acme", Since: now, After: "acme.commitment-1", Actor: "kim"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.CancelJob(t.Context(), j.ID); err != nil {
		t.Fatal(err)
	}
	ended(t, o.Service, j.ID)
	j, err = c.Job(t.Context(), j.ID)
	if err != nil || j.State != ops.JobCancelled || j.Audit.Next != "acme.commitment-4101" || j.Audit.Findings[0].JobpacTotal != "1100.00" {
		t.Errorf("%+v %v", j, err)
	}
	if diff := cmp.Diff(audit.Options{Since: now, After: "acme.commitment-1"}, w.audited); diff != "" {
		t.Error(diff)
	}
	var p *Problem
	if _, err := c.CancelJob(t.Context(), "x/y"); !errors.As(err, &p) || p.Status != 404 || !strings.Contains(p.Detail, "no such job") {
		t.Errorf("%v", err)
	}
}

func TestAFailedJobSaysWhetherToTryAgain(t *testing.T) {
	w := newWorld()
	c, o := calling(t, w)
	j, err := c.StartSweep(t.Context(), ops.SweepOrder{Connection: "acme", Actor: "kim"})
	if err != nil {
		t.Fatal(err)
	}
	w.goOn <- fault.New(fault.Transient, "list", errors.New("x")).OfSystem().Saying("Procore is away")
	ended(t, o.Service, j.ID)
	if j, err = c.Job(t.Context(), j.ID); err != nil || j.State != ops.JobFailed || j.Error != "Procore is away" || !j.Later || j.Sweep == nil {
		t.Errorf("%+v %v", j, err)
	}
}

func TestJobsAreAnsweredWithTheirPlaceAndLogged(t *testing.T) {
	o := newWorld().options()
	t.Cleanup(func() { closed(t, o) })
	var log bytes.Buffer
	o.Log = zerolog.New(&log).Level(zerolog.InfoLevel)
	answer := call(o, "POST", "/api/v1/sweep", `{"connection":"acme","actor":"kim"}`)
	status(t, answer, 202)
	if got := answer.Header().Get("Location"); got != "/api/v1/jobs/sweep-acme-20260302T090000-1" {
		t.Errorf("Location %q", got)
	}
	if !strings.Contains(log.String(), `"actor":"kim"`) || strings.Count(log.String(), "\n") != 1 {
		t.Errorf("log %s", log.String())
	}
}

// TestNewBodiesAreReadStrictly: what is not known is refused, so nobody thinks
// it counts.
func TestNewBodiesAreReadStrictly(t *testing.T) {
	for path, bodies := range map[string]map[string]string{
		"/api/v1/resolve": {
			`{"id":"acme.commitment-4102","do":"retry","reason":"x","actor":"kim","force":true}`: "force",
			`{"id":"acme.commitment-4102","do":"retry","reason":"x"}`:                            "actor",
			`{"id":"acme.commitment-4102","do":"retry","actor":"kim"}`:                           "reason",
			`{"id":"acme.commitment-4102","do":"adopt","reason":"x","actor":"kim"}`:              "number",
			`{"id":"acme.commitment-4102","do":"retry","reason":"x","actor":"kim","seq":-1}`:     "seq",
		},
		"/api/v1/safe-mode/release": {
			`{"actor":"kim","reason":"x","without_audit":true}`: "without_audit",
			`{"reason":"x"}`: "actor",
		},
		"/api/v1/sweep": {
			`{"connection":"acme"}`:                                "actor",
			`{"connection":"acme","actor":"kim","since":"soon"}`:   "since",
			`{"connection":"acme","actor":"kim","window":"1h"}`:    "window",
			`{"connection":["acme"],"actor":"kim"}`:                "connection",
			`{"connection":"","actor":"kim"}`:                      "connection",
			`{"connection":"acme","connection":"x","actor":"kim"}`: "connection",
		},
		"/api/v1/audit": {
			`{"connection":"beta"}`:                  "connection",
			`{"connection":"acme","release":true}`:   "release",
			`{"connection":"acme","since":"1 week"}`: "since",
		},
	} {
		for body, field := range bodies {
			w := newWorld().raise()
			answer := call(w.options(), "POST", path, body)
			status(t, answer, 400)
			if p := refusal(t, answer.Body.Bytes()); p.Field != field || len(w.published) != 0 {
				t.Errorf("%s %s: %+v", path, body, p)
			}
		}
	}
}

// TestAnotherSitesPageCannotSteer plays every call that changes something.
func TestAnotherSitesPageCannotSteer(t *testing.T) {
	o := newWorld().raise().options()
	for path, body := range map[string]string{
		"POST /api/v1/resolve":           `{"id":"acme.commitment-4102","do":"abandon","reason":"x","actor":"kim"}`,
		"POST /api/v1/safe-mode/release": `{"actor":"kim","reason":"x"}`,
		"POST /api/v1/sweep":             `{"connection":"acme","actor":"kim"}`,
		"POST /api/v1/audit":             `{"connection":"acme"}`,
		"DELETE /api/v1/jobs/x":          ``,
	} {
		method, path, _ := strings.Cut(path, " ")
		status(t, call(o, method, path, body, "Sec-Fetch-Site", "cross-site"), 403)
	}
	if len(o.Service.Jobs().Items) != 0 {
		t.Error("something was started")
	}
}
