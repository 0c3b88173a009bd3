package opsapi

import (
	"github.com/labstack/echo/v4"

	"github.com/procpac/procpac/internal/ops"
)

// effects lists effects; `procpac events list` asks for it.
func (a *api) effects(c echo.Context) error {
	q, err := parseQuery(c.QueryParams(), effectParameters[:], a.Service.Now())
	if err != nil {
		return err
	}
	page, err := a.Service.Effects(c.Request().Context(), q)
	if err != nil {
		return err
	}
	return ok(c, page)
}

// events lists hints; `procpac events list --hints` asks for it.
func (a *api) events(c echo.Context) error {
	q, err := parseQuery(c.QueryParams(), eventParameters[:], a.Service.Now())
	if err != nil {
		return err
	}
	page, err := a.Service.Events(c.Request().Context(), q)
	if err != nil {
		return err
	}
	return ok(c, page)
}

// show tells one effect's story; `procpac events show` asks for it.
func (a *api) show(c echo.Context) error {
	story, err := a.Service.Show(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	return ok(c, story)
}

// connections lists what this process serves.
func (a *api) connections(c echo.Context) error {
	return ok(c, ops.Page[ops.Connection]{Items: a.Service.Connections})
}
