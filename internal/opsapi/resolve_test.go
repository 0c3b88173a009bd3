package opsapi

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/ops"
)

func TestResolve(t *testing.T) {
	w := newWorld()
	var log bytes.Buffer
	o := w.options()
	o.Log = zerolog.New(&log).Level(zerolog.InfoLevel)
	answer := call(o, "POST", "/api/v1/resolve", `{"id":"acme.change_order-7701","do":"adopt","number":"V00001","reason":"seen in Jobpac","actor":"kim"}`)
	status(t, answer, 200)
	const want = `{"id":"acme.change_order-7701","state":"parked","seq":2,"do":"adopt","number":"V00001","event":"resolve-change_order-7701-2-adopt"}` + "\n"
	if diff := cmp.Diff(want, answer.Body.String()); diff != "" {
		t.Error(diff)
	}
	decision := &erp.Decision{Effect: "change_order-7701", Seq: 2, Do: erp.Adopt, Number: "V00001", Reason: "seen in Jobpac"}
	if len(w.published) != 1 || cmp.Diff(decision, w.published[0].Decision) != "" || w.published[0].Actor != "kim" || w.published[0].ResourceID != 920 {
		t.Errorf("published %+v", w.published)
	}
	if !strings.Contains(log.String(), `"actor":"kim"`) || !strings.Contains(log.String(), `"do":"adopt"`) || strings.Count(log.String(), "\n") != 1 {
		t.Errorf("log %s", log.String())
	}
}

func TestClientResolves(t *testing.T) {
	w := newWorld()
	c, _ := calling(t, w)
	r, err := c.Resolve(t.Context(), ops.Decision{ID: "acme.commitment-4102", Do: erp.Retry, Reason: "mended", Actor: "kim", Seq: 1})
	want := ops.Resolved{ID: "acme.commitment-4102", State: "rejected", Seq: 1, Do: erp.Retry, Event: "resolve-commitment-4102-1-retry"}
	if err != nil || r != want {
		t.Errorf("%+v %v", r, err)
	}
	var p *Problem
	_, err = c.Resolve(t.Context(), ops.Decision{ID: "acme.commitment-4102", Do: erp.Retry, Reason: "mended", Actor: "kim", Seq: 9})
	if !errors.As(err, &p) || p.Status != 409 || !strings.Contains(p.Detail, "moved on since you looked") || p.After != 0 {
		t.Errorf("%v", err)
	}
}

func TestClientSeesChoicesAndAttempts(t *testing.T) {
	w := newWorld()
	c, _ := calling(t, w)
	story, err := c.Show(t.Context(), "acme.change_order-7701")
	if err != nil || len(story.Choices) != 4 || len(story.Attempts) != 0 {
		t.Errorf("%+v %v", story, err)
	}
	story, err = c.Show(t.Context(), "acme.commitment-4101")
	if err != nil || len(story.Choices) != 0 || len(story.Attempts) != 1 || story.Class != "ambiguous" || story.Attempts[0].Answer != "connection reset" {
		t.Errorf("%+v %v", story, err)
	}
}
