package opsapi

import (
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/procpac/procpac/internal/ops"
)

// replayBody is the body of a replay: ids or a filter, not both.
type replayBody struct {
	IDs    []string      `json:"ids,omitempty"`
	Filter *replayFilter `json:"filter,omitempty"`
	DryRun bool          `json:"dry_run,omitempty"`
	Actor  string        `json:"actor,omitempty"`
}

// replayFilter is a query without a cursor; its members are named like the
// parameters of the listing.
type replayFilter struct {
	Connection string   `json:"connection,omitempty"`
	Kind       []string `json:"kind,omitempty"`
	State      []string `json:"state,omitempty"`
	Project    string   `json:"project,omitempty"`
	Ref        string   `json:"ref,omitempty"`
	Since      string   `json:"since,omitempty"`
	Until      string   `json:"until,omitempty"`
	Text       string   `json:"text,omitempty"`
	Limit      int      `json:"limit,omitempty"`
}

// replayAnswer is what was done, or would be.
type replayAnswer struct {
	DryRun bool        `json:"dry_run"`
	Items  []ops.Would `json:"items"`
}

// replay puts effects back on the road; `procpac replay` asks for it, first
// with dry_run. A replay that fails half way says in its problem what it had
// done.
func (a *api) replay(c echo.Context) error {
	var body replayBody
	if err := read(c, &body); err != nil {
		return err
	}
	request, err := body.request(a.Service.Now())
	if err != nil {
		return err
	}
	done, err := a.Service.Replay(c.Request().Context(), request)
	if !request.DryRun && len(done) > 0 {
		a.Log.Info().Str("actor", request.Actor).Int("effects", len(done)).Bool("complete", err == nil).Msg("replayed")
	}
	if err != nil {
		return cutShort(err, done)
	}
	return ok(c, replayAnswer{DryRun: request.DryRun, Items: done})
}

// cut is a replay that failed after it had done some; it keeps the cause for
// the log.
type cut struct {
	*Problem
	cause error
}

func (e *cut) Error() string   { return e.cause.Error() }
func (e *cut) Unwrap() []error { return []error{e.Problem, e.cause} }

// cutShort adds what was done to the answer.
func cutShort(err error, done []ops.Would) error {
	if len(done) == 0 {
		return err
	}
	p := *problemOf(err)
	p.Done = done
	return &cut{&p, err}
}

// request is the body as ops takes it.
func (b replayBody) request(now time.Time) (ops.Replay, error) {
	r := ops.Replay{IDs: b.IDs, DryRun: b.DryRun, Actor: b.Actor}
	switch {
	case b.Filter == nil:
		return r, nil
	case len(b.IDs) > 0:
		return r, &ops.Invalid{Field: "filter", Value: "", Rule: "name effects or give a filter, not both"}
	}
	var err error
	r.Filter, err = b.Filter.query(now)
	return r, err
}

func (f replayFilter) query(now time.Time) (ops.Query, error) {
	q := ops.Query{
		Connection: f.Connection, Kinds: f.Kind, States: f.State, Project: f.Project, Ref: f.Ref, Text: f.Text, Limit: f.Limit,
	}
	err := parseBounds(&q, f.Since, f.Until, "", now)
	return q, err
}

// bodyOf is a replay as the client sends it.
func bodyOf(r ops.Replay) replayBody {
	b := replayBody{IDs: r.IDs, DryRun: r.DryRun, Actor: r.Actor}
	if len(r.IDs) == 0 {
		q := r.Filter
		b.Filter = &replayFilter{
			Connection: q.Connection, Kind: q.Kinds, State: q.States, Project: q.Project, Ref: q.Ref,
			Since: moment(q.Since), Until: moment(q.Until), Text: q.Text, Limit: q.Limit,
		}
	}
	return b
}

// doneBefore is what a failed replay had done, if its problem says so.
func doneBefore(err error) []ops.Would {
	var p *Problem
	if errors.As(err, &p) && p.Status != http.StatusOK {
		return p.Done
	}
	return nil
}
