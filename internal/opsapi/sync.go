package opsapi

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/ops"
)

// syncBody is the body of an import.
type syncBody struct {
	Connection string       `json:"connection"`
	Objects    []erp.Object `json:"objects,omitempty"`
	Project    string       `json:"project,omitempty"`
	Full       bool         `json:"full,omitempty"`
	DryRun     bool         `json:"dry_run,omitempty"`
	Actor      string       `json:"actor,omitempty"`
}

// sync starts an import; `procpac sync` asks for it and follows the job.
func (a *api) sync(c echo.Context) error {
	var body syncBody
	if err := read(c, &body); err != nil {
		return err
	}
	job, err := a.Service.StartSync(c.Request().Context(), ops.SyncOrder(body))
	return a.started(c, job, err)
}

// StartSync starts an import into Procore; ask for the job until it has ended.
func (c *Client) StartSync(ctx context.Context, o ops.SyncOrder) (j ops.Job, err error) {
	err = c.send(ctx, http.MethodPost, "/api/v1/sync", syncBody(o), &j)
	return j, err
}
