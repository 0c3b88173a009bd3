package opsapi

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/procpac/procpac/internal/ops"
)

// releaseLimit is how long a release may take: it reads both streams in full.
const releaseLimit = 10 * time.Minute

// safeMode tells whether creates stop; the commands that list ask for it.
func (a *api) safeMode(c echo.Context) error {
	mode, err := a.Service.SafeMode()
	if err != nil {
		return err
	}
	return ok(c, mode)
}

// releaseBody is the body of a release.
type releaseBody struct {
	Actor          string `json:"actor"`
	Reason         string `json:"reason"`
	AcceptFindings bool   `json:"accept_findings,omitempty"`
}

// release ends safe mode and tells it as it is then; `procpac audit --release`
// asks for it.
func (a *api) release(c echo.Context) error {
	var body releaseBody
	if err := read(c, &body); err != nil {
		return err
	}
	err := a.Service.ReleaseSafeMode(c.Request().Context(), ops.Release{Actor: body.Actor, Reason: body.Reason, AcceptFindings: body.AcceptFindings})
	if err != nil {
		return err
	}
	a.Log.Info().Str("actor", body.Actor).Bool("accept_findings", body.AcceptFindings).Msg("safe mode released")
	return a.safeMode(c)
}

// SafeMode tells whether creates stop, and why.
func (c *Client) SafeMode(ctx context.Context) (m ops.SafeMode, err error) {
	err = c.get(ctx, "/api/v1/safe-mode", nil, &m)
	return m, err
}

// Release ends safe mode and gives it as it is then. It may take minutes.
func (c *Client) Release(ctx context.Context, r ops.Release) (m ops.SafeMode, err error) {
	ctx, cancel := context.WithTimeout(ctx, releaseLimit+clientCall-callLimit)
	defer cancel()
	body := releaseBody{Actor: r.Actor, Reason: r.Reason, AcceptFindings: r.AcceptFindings}
	err = c.slow().send(ctx, http.MethodPost, "/api/v1/safe-mode/release", body, &m)
	return m, err
}
