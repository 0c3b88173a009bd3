package doctor

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
)

// refusal is an error with a status.
type refusal struct{ Refusal }

func (r refusal) Error() string { return fmt.Sprintf("refused %d", r.Status) }

func status(n int) error { return refusal{Refusal{Status: n}} }

func explain(err error) Refusal {
	var r refusal
	errors.As(err, &r)
	return r.Refusal
}

// company is a Procore in memory.
type company struct {
	me, requests, deliveries error
	listed                   int
	undelivered              []erp.Delivery
}

func (c company) Me(context.Context) (string, error) { return "robot", c.me }
func (c company) Explain(err error) Refusal          { return explain(err) }

func (c company) Requests(context.Context, time.Time) iter.Seq2[erp.Request, error] {
	return func(yield func(erp.Request, error) bool) {
		for range c.listed {
			if !yield(erp.Request{}, nil) {
				return
			}
		}
		if c.requests != nil {
			yield(erp.Request{}, c.requests)
		}
	}
}

func (c company) Deliveries(context.Context, time.Time) iter.Seq2[erp.Delivery, error] {
	return func(yield func(erp.Delivery, error) bool) {
		for _, d := range c.undelivered {
			if !yield(d, nil) {
				return
			}
		}
		if c.deliveries != nil {
			yield(erp.Delivery{}, c.deliveries)
		}
	}
}

func TestProcoreSide(t *testing.T) {
	thrown := erp.Delivery{State: erp.DeliveryDiscarded, At: noon}
	failing := erp.Delivery{State: erp.DeliveryFailing, At: noon.Add(time.Minute)}
	for name, c := range map[string]struct {
		company company
		topic   string
		level   Level
		words   []string
	}{
		"well":              {company{listed: 3}, "procore requests", OK, []string{"3 since 2026-12-01"}},
		"many":              {company{listed: 5000}, "procore requests", OK, []string{"1000 or more"}},
		"user":              {company{}, "procore company", OK, []string{"55", "robot"}},
		"token":             {company{me: refusal{Refusal{Login: true, Status: 401}}}, "procore token", Wrong, []string{"client_secret"}},
		"me 401":            {company{me: status(401)}, "procore token", Wrong, []string{"does not take it"}},
		"me 403":            {company{me: status(403)}, "procore company", Wrong, []string{"closed", "connect the app"}},
		"me 404":            {company{me: status(404)}, "procore company", Wrong, []string{"company_id"}},
		"away":              {company{me: errors.New("no route")}, "procore company", Wrong, []string{"no route", "api_url"}},
		"requests 401":      {company{requests: status(401)}, "procore requests", Wrong, []string{"401"}},
		"requests 403":      {company{requests: status(403)}, "procore requests", Wrong, []string{"403", "admin rights"}},
		"requests 404":      {company{requests: status(404)}, "procore requests", Warning, []string{"404", "ERP Integrations tool"}},
		"requests 500":      {company{requests: status(500)}, "procore requests", Wrong, []string{"refused 500"}},
		"deliveries 403":    {company{deliveries: status(403)}, "procore hooks", Warning, []string{"403"}},
		"deliveries absent": {company{deliveries: erp.ErrNotShown}, "procore hooks", Warning, []string{"404"}},
		"deliveries 500":    {company{deliveries: status(500)}, "procore hooks", Warning, []string{"refused 500"}},
		"thrown away":       {company{undelivered: []erp.Delivery{thrown}}, "procore hooks", Warning, []string{"1 webhooks were thrown away", "12:00 UTC"}},
		"failing":           {company{undelivered: []erp.Delivery{failing, thrown}}, "procore hooks", Warning, []string{"1 webhooks are failing and 1", "12:01 UTC"}},
		"nothing":           {company{}, "procore hooks", OK, []string{"No webhook"}},
	} {
		t.Run(name, func(t *testing.T) {
			wants(t, look(t, ProcoreSide(c.company, "55", noon)...), c.topic, c.level, c.words...)
		})
	}
	if lines := look(t, ProcoreSide(company{me: status(404)}, "55", noon)...); len(lines) != 2 {
		t.Errorf("what cannot be seen was looked at: %+v", lines)
	}
}

// organisation is a Jobpac in memory.
type organisation struct {
	err    error
	letter string
}

func (o organisation) Explain(err error) Refusal { return explain(err) }

func (o organisation) Facts(_ context.Context, q erp.FactsQuery) (erp.Facts, error) {
	if q.Job.Job == "1001" {
		return erp.Facts{Job: &erp.Job{Key: q.Job, Status: o.letter}}, o.err
	}
	return erp.Facts{}, o.err
}

func TestJobpacSide(t *testing.T) {
	sample := func(context.Context) (erp.FactsQuery, bool) {
		return erp.FactsQuery{Job: erp.JobKey{WorkID: "01", Job: "1001"}}, true
	}
	base := Organisation{WorkID: "01", CreditorWorkID: "02", GST: []string{"G", "F"}, GSTCodes: always([]string{"g ", "F"}, nil), Sample: sample, StatusLetters: map[string]string{"a": "open"}}
	change := func(f func(*Organisation)) Organisation { o := base; f(&o); return o }
	for name, c := range map[string]struct {
		side  organisation
		says  Organisation
		topic string
		level Level
		words []string
	}{
		"well":         {organisation{letter: "A"}, base, "jobpac work id", OK, []string{"WorkID 01", "WorkID 02"}},
		"login":        {organisation{err: refusal{Refusal{Login: true}}}, base, "jobpac login", Wrong, []string{"password", "locks"}},
		"listing":      {organisation{err: status(403)}, base, "jobpac work id", Wrong, []string{"refused 403", "work_id"}},
		"gst":          {organisation{}, base, "jobpac gst codes", OK, []string{"G and F"}},
		"gst unlisted": {organisation{}, change(func(o *Organisation) { o.GSTCodes = nil }), "jobpac gst codes", OK, []string{"cannot list"}},
		"gst none":     {organisation{}, change(func(o *Organisation) { o.GST = nil }), "jobpac gst codes", OK, []string{"names no GST code"}},
		"gst refused":  {organisation{}, change(func(o *Organisation) { o.GSTCodes = always[[]string](nil, status(403)) }), "jobpac gst codes", Wrong, []string{"cannot be listed"}},
		"gst missing":  {organisation{}, change(func(o *Organisation) { o.GSTCodes = always([]string{"G"}, nil) }), "jobpac gst codes", Wrong, []string{"names F", "It has G."}},
		"gst empty":    {organisation{}, change(func(o *Organisation) { o.GSTCodes = always[[]string](nil, nil) }), "jobpac gst codes", Wrong, []string{"G and F", "It has none."}},
		"letter":       {organisation{letter: "Q"}, base, "jobpac status letters", Warning, []string{"letter Q", "knows a only"}},
		"no letters":   {organisation{letter: "Q"}, change(func(o *Organisation) { o.StatusLetters = nil }), "jobpac status letters", OK, []string{"flags alone"}},
		"no sample":    {organisation{letter: "Q"}, change(func(o *Organisation) { o.Sample = nil }), "jobpac status letters", OK, []string{"meaning: a"}},
	} {
		t.Run(name, func(t *testing.T) { wants(t, look(t, JobpacSide(c.side, c.says)...), c.topic, c.level, c.words...) })
	}
	if got := several(GST("G", map[string]string{"x": "F", "y": "G", "z": " "})); got != "G and F" {
		t.Errorf("codes of a mapping: %s", got)
	}
}
