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
// header. What New gives is safe for concurrent use.
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
// Store and Quarantine are durable when they return nil. They must come back
// when their context ends: the sender has its answer by then, so one that does
// not costs a goroutine until it does. Either may panic; that is an error.
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
}

// The limits where the configuration names none, and what of the second is
// kept back for writing the answer.
const (
	storeLimit  = 3 * time.Second
	answerLimit = 3500 * time.Millisecond
	reserve     = 100 * time.Millisecond
)

type receiver struct{ Config }

// New makes the handler of the webhook route and the two health routes.
func New(c Config) http.Handler {
	if c.StoreLimit == 0 {
		c.StoreLimit = storeLimit
	}
	if c.AnswerLimit == 0 {
		c.AnswerLimit = answerLimit
	}
	r := &receiver{c}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = echo.ExtractIPDirect() // left out, X-Forwarded-For would be believed
	e.HTTPErrorHandler = problem
	e.POST("/hooks/procore/:connection", r.hook)
	e.GET("/healthz", func(c echo.Context) error { return c.String(http.StatusOK, "ok\n") })
	e.GET("/readyz", r.ready)
	return e
}

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

// ready says whether events can be stored.
func (r *receiver) ready(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), time.Second)
	defer cancel()
	if err := r.Ready(ctx); err != nil {
		return &echo.HTTPError{Code: http.StatusServiceUnavailable, Message: err.Error()}
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
