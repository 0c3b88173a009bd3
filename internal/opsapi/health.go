package opsapi

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// health is the state of the system. It is 200 also when something is wrong:
// the answer says what.
func (a *api) health(c echo.Context) error { return ok(c, a.Service.Health(c.Request().Context())) }

// check is the body of the two checks.
type check struct {
	OK bool `json:"ok"`
}

// alive says that the process runs; whoever restarts processes asks.
func (a *api) alive(c echo.Context) error { return ok(c, check{OK: true}) }

// ready says whether the process may be given work; whoever routes asks, and
// `procpac healthcheck`.
func (a *api) ready(c echo.Context) error {
	if err := a.Ready(c.Request().Context()); err != nil {
		p := problem(http.StatusServiceUnavailable, "not ready; the log of the server says why")
		p.After = defaultAfter
		return &cut{p, err}
	}
	return ok(c, check{OK: true})
}
