package opsapi

import (
	"context"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/procpac/procpac/internal/ops"
)

// sweepBody is the body of a sweep.
type sweepBody struct {
	Connection string `json:"connection"`
	Since      string `json:"since,omitempty"`
	DryRun     bool   `json:"dry_run,omitempty"`
	Actor      string `json:"actor,omitempty"`
}

// auditBody is the body of an audit.
type auditBody struct {
	Connection string `json:"connection"`
	Since      string `json:"since,omitempty"`
	After      string `json:"after,omitempty"`
	Actor      string `json:"actor,omitempty"`
}

// sweep starts a sweep; `procpac sweep` asks for it and follows the job.
func (a *api) sweep(c echo.Context) error {
	var body sweepBody
	if err := read(c, &body); err != nil {
		return err
	}
	since, err := ParseTime("since", body.Since, a.Service.Now())
	if err != nil {
		return err
	}
	job, err := a.Service.StartSweep(c.Request().Context(), ops.SweepOrder{Connection: body.Connection, Since: since, DryRun: body.DryRun, Actor: body.Actor})
	return a.started(c, job, err)
}

// audit starts an audit; `procpac audit` asks for it and follows the job.
func (a *api) audit(c echo.Context) error {
	var body auditBody
	if err := read(c, &body); err != nil {
		return err
	}
	since, err := ParseTime("since", body.Since, a.Service.Now())
	if err != nil {
		return err
	}
	job, err := a.Service.StartAudit(c.Request().Context(), ops.AuditOrder{Connection: body.Connection, Since: since, After: body.After, Actor: body.Actor})
	return a.started(c, job, err)
}

// started answers with a new job and where to ask for it.
func (a *api) started(c echo.Context, job ops.Job, err error) error {
	if err != nil {
		return err
	}
	a.Log.Info().Str("actor", job.Actor).Str("job", job.ID).Str("connection", job.Connection).Msg("job started")
	c.Response().Header().Set(echo.HeaderLocation, "/api/v1/jobs/"+url.PathEscape(job.ID))
	return write(c, http.StatusAccepted, echo.MIMEApplicationJSON, job)
}

// jobs lists what is running and what has ended lately.
func (a *api) jobs(c echo.Context) error { return ok(c, a.Service.Jobs()) }

// job tells how one job stands.
func (a *api) job(c echo.Context) error {
	job, err := a.Service.Job(c.Param("id"))
	if err != nil {
		return err
	}
	return ok(c, job)
}

// cancelJob asks a job to end; a command that is interrupted does.
func (a *api) cancelJob(c echo.Context) error {
	job, err := a.Service.CancelJob(c.Param("id"))
	if err != nil {
		return err
	}
	a.Log.Info().Str("job", job.ID).Str("state", job.State).Msg("job cancelled")
	return ok(c, job)
}

// StartSweep starts a sweep of one connection; ask for the job until it has
// ended.
func (c *Client) StartSweep(ctx context.Context, o ops.SweepOrder) (j ops.Job, err error) {
	body := sweepBody{Connection: o.Connection, Since: moment(o.Since), DryRun: o.DryRun, Actor: o.Actor}
	err = c.send(ctx, http.MethodPost, "/api/v1/sweep", body, &j)
	return j, err
}

// StartAudit starts an audit of one connection; ask for the job until it has
// ended.
func (c *Client) StartAudit(ctx context.Context, o ops.AuditOrder) (j ops.Job, err error) {
	body := auditBody{Connection: o.Connection, Since: moment(o.Since), After: o.After, Actor: o.Actor}
	err = c.send(ctx, http.MethodPost, "/api/v1/audit", body, &j)
	return j, err
}

// Job tells how a job stands.
func (c *Client) Job(ctx context.Context, id string) (j ops.Job, err error) {
	err = c.get(ctx, "/api/v1/jobs/"+url.PathEscape(id), nil, &j)
	return j, err
}

// Jobs lists what is running and what has ended lately, newest first, without
// the reports.
func (c *Client) Jobs(ctx context.Context) (page ops.Page[ops.Job], err error) {
	err = c.get(ctx, "/api/v1/jobs", nil, &page)
	return page, err
}

// CancelJob asks a job to end; it may still be running for a moment.
func (c *Client) CancelJob(ctx context.Context, id string) (j ops.Job, err error) {
	err = c.call(ctx, http.MethodDelete, "/api/v1/jobs/"+url.PathEscape(id), nil, nil, &j)
	return j, err
}
