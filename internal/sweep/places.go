package sweep

import (
	"context"
	"fmt"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// deliveries puts on the bus what Procore could not deliver.
func (r *round) deliveries(ctx context.Context) error {
	done := 0
	for d, err := range r.Procore.Deliveries(ctx, r.options.Since) {
		if err != nil {
			return r.ended(ctx, "deliveries", done, err)
		}
		if err := r.delivery(ctx, d); err != nil {
			return err
		}
		if !r.read(ctx, "deliveries", &done) {
			break
		}
	}
	return r.ended(ctx, "deliveries", done, nil)
}

func (r *round) delivery(ctx context.Context, d erp.Delivery) error {
	e := d.Event
	l := Line{Source: SourceDelivery, ID: d.ID, Title: title(e), Event: e.ID, Why: whyDelivery(d)}
	switch {
	case d.Unreadable != "":
		l.Why = d.Unreadable
		r.list(l)
		return nil
	case e.Company != 0 && e.Company != r.Company:
		l.Why = fmt.Sprintf("It is of company %s, this connection's is %s.", e.Company, r.Company)
		r.list(l)
		return nil
	case r.answered(ctx, request(e)):
		r.report.Known++
		return nil
	case r.early(e.At):
		l.BeforeGoLive, l.Why = true, r.whyEarly("It happened", e.At)
		r.list(l)
		return nil
	}
	return r.put(ctx, l, e)
}

func title(e erp.Event) string {
	if e.Resource == "" {
		return ""
	}
	return fmt.Sprintf("%s %s %s", e.Resource, e.ResourceID, e.Action)
}

func whyDelivery(d erp.Delivery) string {
	if d.State == erp.DeliveryDiscarded {
		return "Procore could not deliver this webhook and threw it away."
	}
	return "Procore could not deliver this webhook yet."
}

func (r *round) whyEarly(what string, at time.Time) string {
	return fmt.Sprintf("%s at %s, before this connection went live at %s: nothing is created for it. If the document stands in Jobpac, link it with resolve --adopt.",
		what, at.Format(time.RFC3339), r.GoLive.Format(time.RFC3339))
}

// effects hints the live effects that nobody touched for too long.
func (r *round) effects(ctx context.Context) error {
	done := 0
	before := r.now.Add(-Overdue)
	for key, err := range r.Live.Stuck(ctx, r.Connection, before) {
		if err == nil {
			err = r.effect(ctx, key, before)
		}
		if err != nil {
			return r.ended(ctx, "effects", done, err)
		}
		if !r.read(ctx, "effects", &done) {
			break
		}
	}
	return r.ended(ctx, "effects", done, nil)
}

// effect looks the effect up in the journal, for the list may lag behind it.
func (r *round) effect(ctx context.Context, key journal.Key, before time.Time) error {
	e, err := r.Journal.Load(ctx, key)
	if err != nil && fault.Of(err) != fault.Unknown && !fault.IsSystem(err) {
		r.warn("The history of effect %s cannot be read (%s), so it is left alone.", key, fault.Said(err))
		return nil
	}
	if err != nil {
		return fmt.Errorf("effect %s: %w", key, err)
	}
	if e.State == journal.None || e.State.Settled() || !e.At.Before(before) || !e.WakeAt.Before(before) || r.fresh[erp.ID(e.Request)] {
		r.report.Known++
		return nil
	}
	l := Line{Source: SourceEffect, ID: key.String(), Effect: key.String(), Title: e.Plan.Title, Why: fmt.Sprintf(
		"It is %s and was last touched at %s; the event that should move it on was lost.", e.State, e.At.Format(time.RFC3339))}
	hint, known := e.Hint()
	if !known {
		l.Why += " No record in Procore is known for it, so nothing moves it on by itself."
		r.list(l)
		return nil
	}
	if hint.Company == 0 {
		hint.Company = r.Company
	}
	hint.Connection, hint.At, hint.ID = "", r.now, r.hintID(fmt.Sprintf("effect-%s-%d", key.Effect, e.Seq))
	return r.put(ctx, l, hint)
}

// requests hints the ERP requests that nobody is known to have answered.
func (r *round) requests(ctx context.Context) error {
	done := 0
	for req, err := range r.Procore.Requests(ctx, r.options.Since) {
		if err == nil {
			err = r.request(ctx, req)
		}
		if err != nil {
			return r.ended(ctx, "requests", done, err)
		}
		if !r.read(ctx, "requests", &done) {
			break
		}
	}
	return r.ended(ctx, "requests", done, nil)
}

func (r *round) request(ctx context.Context, req erp.Request) error {
	l := Line{Source: SourceRequest, ID: req.ID.String(), Title: req.Name, Why: "Nothing is known of an answer to this ERP request."}
	created, err := time.Parse(time.RFC3339, req.CreatedAt)
	switch _, hinted := r.hinted[req.ID]; {
	case req.Company != 0 && req.Company != r.Company:
		l.Why = fmt.Sprintf("It is of company %s, this connection's is %s.", req.Company, r.Company)
		r.list(l)
		return nil
	case r.fresh[req.ID], hinted, r.answered(ctx, req.ID):
		r.report.Known++
		return nil
	case !r.GoLive.IsZero() && err != nil:
		l.Why = "Procore does not say when it was created, so it may be from before this connection went live. Replay it if it is not."
		r.list(l)
		return nil
	case r.early(created):
		l.BeforeGoLive, l.Why = true, r.whyEarly("It was created", created)
		r.list(l)
		return nil
	}
	return r.put(ctx, l, r.hint("request-"+req.ID.String(), req.ID, r.Company))
}
