package opsapi

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/ops"
)

// resolveBody is the body of a decision.
type resolveBody struct {
	ID     string `json:"id"`
	Do     string `json:"do"`
	Number string `json:"number,omitempty"`
	Reason string `json:"reason"`
	Actor  string `json:"actor"`
	Seq    uint64 `json:"seq,omitempty"`
}

// resolve puts a person's decision on the road; `procpac resolve` asks for it.
func (a *api) resolve(c echo.Context) error {
	var body resolveBody
	if err := read(c, &body); err != nil {
		return err
	}
	done, err := a.Service.Resolve(c.Request().Context(), ops.Decision{
		ID: body.ID, Do: erp.Verb(body.Do), Number: body.Number, Reason: body.Reason, Actor: body.Actor, Seq: body.Seq,
	})
	if err != nil {
		return err
	}
	a.Log.Info().Str("actor", body.Actor).Str("effect", done.ID).Str("do", body.Do).Str("event", done.Event).Msg("decided")
	return ok(c, done)
}

// Resolve puts a person's decision on the road.
func (c *Client) Resolve(ctx context.Context, d ops.Decision) (r ops.Resolved, err error) {
	body := resolveBody{ID: d.ID, Do: string(d.Do), Number: d.Number, Reason: d.Reason, Actor: d.Actor, Seq: d.Seq}
	err = c.send(ctx, http.MethodPost, "/api/v1/resolve", body, &r)
	return r, err
}
