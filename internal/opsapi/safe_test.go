package opsapi

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/ops"
)

func TestSafeModeIsToldEverywhere(t *testing.T) {
	w := newWorld()
	o := w.options()
	if got := call(o, "GET", "/readyz", "").Body.String(); got != `{"ok":true}`+"\n" {
		t.Errorf("ready: %s", got)
	}
	if text := call(o, "GET", "/metrics", "").Body.String(); !strings.Contains(text, "procpac_safe_mode 0\n") {
		t.Error(text)
	}
	w.raise()
	answer := call(o, "GET", "/readyz", "")
	status(t, answer, 200)
	if got := answer.Body.String(); got != `{"ok":true,"safe_mode":true}`+"\n" {
		t.Errorf("ready: %s", got)
	}
	text := call(o, "GET", "/metrics", "").Body.String()
	for _, line := range []string{"procpac_safe_mode 1\n", "procpac_healthy 1\n", `procpac_projection_lag_records{stream="JOURNAL"} 2`} {
		if !strings.Contains(text, line) {
			t.Errorf("no %s in\n%s", line, text)
		}
	}
	c := dial(t, serve(t, o).URL, "")
	h, err := c.Health(t.Context())
	if err != nil || h.OK || !strings.Contains(h.Reason, "A record cannot be read.") || !strings.Contains(h.SafeMode.WayOut, "procpac audit --release") {
		t.Errorf("%+v %v", h, err)
	}
	if diff := cmp.Diff(o.Service.Health(t.Context()), h); diff != "" {
		t.Error(diff)
	}
	o.Service.Safe = nil
	if text := call(o, "GET", "/metrics", "").Body.String(); strings.Contains(text, "procpac_safe_mode") {
		t.Error("what is not known is told")
	}
}

func TestClientAcceptsFindings(t *testing.T) {
	w := newWorld().raise()
	w.serious = true
	c, o := calling(t, w)
	finish(t, w, o, "audit")
	release := ops.Release{Actor: "kim", Reason: "dealt with"}
	var p *Problem
	if _, err := c.Release(t.Context(), release); !errors.As(err, &p) || p.Status != 409 || !strings.Contains(p.Detail, "(acme: 1)") {
		t.Fatalf("%v", err)
	}
	release.AcceptFindings = true
	if m, err := c.Release(t.Context(), release); err != nil || m.On {
		t.Errorf("%+v %v", m, err)
	}
}

func TestClientReleasesAfterAnAudit(t *testing.T) {
	w := newWorld().raise()
	c, o := calling(t, w)
	release := ops.Release{Actor: "kim", Reason: "counted"}
	var p *Problem
	if _, err := c.Release(t.Context(), release); !errors.As(err, &p) || p.Status != 409 || !strings.Contains(p.Detail, "acme: no whole audit") {
		t.Fatalf("%v", err)
	}
	finish(t, w, o, "audit")
	m, err := c.SafeMode(t.Context())
	if err != nil || !m.On || len(m.Audits) != 1 || m.Audits[0].Connection != "acme" {
		t.Errorf("%+v %v", m, err)
	}
	m, err = c.Release(t.Context(), release)
	if err != nil || m.On || m.Released.By != "kim" || m.Released.Reason != "counted" {
		t.Errorf("%+v %v", m, err)
	}
	if _, err := c.Release(t.Context(), release); !errors.As(err, &p) || p.Status != 409 || !strings.Contains(p.Detail, "not on") {
		t.Errorf("%v", err)
	}
}
