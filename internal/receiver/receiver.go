// Package receiver takes Procore's webhooks: it checks the token, reads who and
// what, stores the hint and answers. It trusts nothing of the body and does no
// work on it.
//
//	200  stored; also for a repeat, for a resource nobody asked for, and for a
//	     body that is not understood, which is put in quarantine
//	401  the Authorization header is none of the live tokens
//	404  no such connection
//	413  over 64 KiB
//	503  not stored: Procore repeats it
//
// Procore pauses a hook's whole queue on anything but a 2xx and throws it away
// after 12 hours (documented), so one bad event must never cost the others: 503
// means that the event is not on our disk and nothing else. Procore waits 5 s
// for an answer (documented); every request is answered within 3.5 s of its
// header, even when the body comes slowly or the store hangs.
//
// One line is logged for each request, with fields of our choosing and never a
// header.
package receiver

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
)

// MaxBody is the largest body that is taken, in bytes.
const MaxBody = 64 << 10

// Connection is one connection's side of the receiver.
type Connection struct {
	// Tokens gives the live tokens, the whole header values, current and next;
	// more than two are not looked at. It is asked at every request.
	Tokens func() []string
	// Company is the Procore company whose events these are; 0 takes any.
	Company erp.ID
}

// Outcomes of a request, for logs and counters.
const (
	Stored      = "stored"
	Repeat      = "repeat"
	Quarantined = "quarantined"
	Refused     = "token_refused"
	Unknown     = "unknown_connection"
	TooLarge    = "too_large"
	NotStored   = "not_stored"
)

// Config is what a receiver works with.
//
// Store and Quarantine are durable when they return nil. They should come back
// when their context ends: the sender has its answer by then, and Close waits
// for one that does not. A Permanent error of Store that is not the system's
// is an event that can never be stored, and goes to quarantine; every other
// error is a 503. Either may panic; that is an error.
type Config struct {
	Connections map[string]Connection
	Store       func(ctx context.Context, e erp.Event) (repeat bool, err error)
	Quarantine  func(ctx context.Context, connection string, body []byte, reason string) error
	Ready       func(ctx context.Context) error  // nil error: events can be stored
	Observe     func(connection, outcome string) // may be nil; connection is "" for one that is not known
	Log         zerolog.Logger                   // one line a request: stored and repeats at debug, the rest at warn
	Now         func() time.Time                 // stamps events and measures the log's "ms"
	StoreLimit  time.Duration                    // for reading the body, and again for storing; 0: 3 s
	AnswerLimit time.Duration                    // from the header to the answer; 0: 3.5 s
	Points      failpoint.Set                    // told around each store; nil: nobody
}

// The limits where the configuration names none, and what of the second is
// kept back for writing the answer.
const (
	storeLimit  = 3 * time.Second
	answerLimit = 3500 * time.Millisecond
	reserve     = 100 * time.Millisecond
)

// callsAtOnce is how many calls of the store may be under way, hanging ones
// included; the next is a 503. At 1,000 events a second a store would need two
// seconds for each to come there.
const callsAtOnce = 2048

type receiver struct {
	Config
	calls *calls
}

// Receiver is the handler of the webhook route and the two health routes. It
// is safe for concurrent use, and owns every call of Store, Quarantine and
// Ready until it comes back, also when the request was answered without it.
type Receiver struct {
	routes http.Handler
	calls  *calls
}

// New makes a Receiver. Close it when its server has stopped.
func New(c Config) *Receiver {
	if c.StoreLimit == 0 {
		c.StoreLimit = storeLimit
	}
	if c.AnswerLimit == 0 {
		c.AnswerLimit = answerLimit
	}
	if c.Points == nil {
		c.Points = failpoint.None()
	}
	r := &receiver{c, newCalls(callsAtOnce)}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = echo.ExtractIPDirect() // left out, X-Forwarded-For would be believed
	e.HTTPErrorHandler = problem
	e.POST("/hooks/procore/:connection", r.hook)
	e.GET("/healthz", func(c echo.Context) error { return c.String(http.StatusOK, "ok\n") })
	e.GET("/readyz", r.ready)
	return &Receiver{routes: e, calls: r.calls}
}

// ServeHTTP serves a delivery or a question after health.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) { r.routes.ServeHTTP(w, q) }

// Close takes no more deliveries (they get a 503) and waits until every call of
// the store has come back. The error tells how many had not when ctx ended, and
// wraps its cause. It may be called again, to wait longer.
func (r *Receiver) Close(ctx context.Context) error { return r.calls.close(ctx) }

// Server is an HTTP server with the limits that keep slow clients away: neither
// net/http nor Echo sets any.
func Server(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 2 * time.Second,
		ReadTimeout:       4 * time.Second,
		WriteTimeout:      6 * time.Second,
		IdleTimeout:       30 * time.Second,
		MaxHeaderBytes:    16 << 10,
	}
}

// ready says whether events can be stored. Why not is for the log alone: the
// whole internet can ask this.
func (r *receiver) ready(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), time.Second)
	defer cancel()
	e := r.calls.within(ctx, func() (bool, error) { return false, r.Ready(ctx) })
	if e.err != nil {
		r.Log.Warn().Err(e.err).Msg("not ready")
		return &echo.HTTPError{Code: http.StatusServiceUnavailable, Message: "Events cannot be stored at present: the log says why."}
	}
	return c.String(http.StatusOK, "ready\n")
}

// problem writes an error as application/problem+json.
func problem(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	status, detail := http.StatusInternalServerError, "The request failed."
	var known *echo.HTTPError
	if errors.As(err, &known) {
		status = known.Code
		if text, ok := known.Message.(string); ok {
			detail = text
		}
	}
	body, _ := json.Marshal(map[string]any{"type": "about:blank", "title": http.StatusText(status), "status": status, "detail": detail}) // plain values
	_ = c.Blob(status, "application/problem+json", body)                                                                                 // the client is gone
}
