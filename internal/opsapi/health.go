package opsapi

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// health is the state of the system. It is 200 also when something is wrong:
// the answer says what.
func (a *api) health(c echo.Context) error { return ok(c, a.Service.Health(c.Request().Context())) }

// check is the body of the two checks. It tells nothing of the inside: it is
// given without a token.
type check struct {
	OK       bool `json:"ok"`
	SafeMode bool `json:"safe_mode,omitempty"`
}

// alive says that the process runs; whoever restarts processes asks.
func (a *api) alive(c echo.Context) error { return ok(c, check{OK: true}) }

// ready says whether the process may be given work; whoever routes asks, and
// `procpac healthcheck`. In safe mode it may: webhooks are taken all the same.
func (a *api) ready(c echo.Context) error {
	if err := a.Ready(c.Request().Context()); err != nil {
		p := problem(http.StatusServiceUnavailable, "not ready; the log of the server says why")
		p.After = defaultAfter
		return &cut{p, err}
	}
	mode, err := a.Service.SafeMode()
	return ok(c, check{OK: true, SafeMode: err == nil && mode.On})
}
