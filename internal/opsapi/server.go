package opsapi

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/ops"
)

// Limits of one call.
const (
	MaxBody   = 64 << 10         // bytes of a request body
	callLimit = 30 * time.Second // from the first byte of the answer's making to its end; two routes have more
)

// Options are what the API is made of.
type Options struct {
	// Service does the work. Required.
	Service *ops.Service
	// Tokens gives the live bearer tokens and is asked at each call, so a
	// rotated token works at once. Nil: no token is needed and only calls
	// addressed to this machine are served. An empty list refuses everybody.
	Tokens func() []string
	// Ready tells whether the process may be given work; nil: when the bus is
	// healthy. Its error is logged, not told.
	Ready func(ctx context.Context) error
	// Metrics is gathered into /metrics beside the numbers of Service; nil:
	// only those.
	Metrics prometheus.Gatherer
	// Log takes one line per call that changes something and per failure, and
	// one at debug level for every call.
	Log zerolog.Logger
}

// api is the handlers' receiver.
type api struct{ Options }

// Handler serves the operator API. It owns no goroutine and no connection; the
// caller's http.Server sets the read and write limits (the write limit above
// 30 s, which is what one call may take; a backup and a release of safe mode
// move it for themselves), and the caller closes the Service, whose jobs outlive
// the calls. Safe for concurrent use.
func Handler(o Options) http.Handler { return router(o) }

// router is the handler with its routes still readable.
func router(o Options) *echo.Echo {
	if o.Ready == nil {
		o.Ready = o.Service.Bus.Healthy
	}
	a := &api{o}
	e := echo.New()
	e.IPExtractor = echo.ExtractIPDirect()
	e.HTTPErrorHandler = a.refuse
	e.Logger.SetOutput(io.Discard) // everything worth a line goes to Options.Log
	e.Use(a.logged, guarded, headers, limited, a.local, sameOrigin, a.tokened)
	a.routes(e)
	return e
}

// routes is the whole list; api/operator.yaml says the same.
func (a *api) routes(e *echo.Echo) {
	e.GET("/healthz", a.alive)
	e.GET("/readyz", a.ready)
	e.GET("/metrics", a.metrics)
	v1 := e.Group("/api/v1")
	v1.GET("/effects", a.effects)
	v1.GET("/effects/:id", a.show)
	v1.GET("/events", a.events)
	v1.POST("/replay", a.replay)
	v1.POST("/resolve", a.resolve)
	v1.GET("/safe-mode", a.safeMode)
	v1.POST("/safe-mode/release", a.release)
	v1.POST("/sweep", a.sweep)
	v1.POST("/sync", a.sync)
	v1.POST("/audit", a.audit)
	v1.GET("/jobs", a.jobs)
	v1.GET("/jobs/:id", a.job)
	v1.DELETE("/jobs/:id", a.cancelJob)
	v1.GET("/backup", a.backup)
	v1.GET("/connections", a.connections)
	v1.GET("/health", a.health)
}
