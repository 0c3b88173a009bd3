package opsapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/ops"
)

// problemPrefix starts the type of every problem.
const problemPrefix = "urn:procpac:problem:"

// defaultAfter is how long a caller should wait when nothing better is known.
const defaultAfter = 5 * time.Second

// Problem is a refusal as the API writes it and as the client returns it
// (RFC 9457). It is an error whose text is one sentence for a person.
type Problem struct {
	Type   string        `json:"type"`
	Title  string        `json:"title"`
	Status int           `json:"status"`
	Detail string        `json:"detail"`
	Field  string        `json:"field,omitempty"` // the parameter or member that is wrong
	Done   []ops.Would   `json:"done,omitempty"`  // a replay cut short: what it had done before
	Job    string        `json:"job,omitempty"`   // the job that is in the way
	After  time.Duration `json:"-"`               // do not try again sooner; 0: no wish
}

// Error is the detail.
func (p *Problem) Error() string { return p.Detail }

// kinds names the problems by status. A status that is not here has no problem
// of its own and is answered as 500.
func kinds(status int) (slug, title string) {
	switch status {
	case http.StatusBadRequest:
		return "invalid", "The request is not valid"
	case http.StatusUnauthorized:
		return "unauthorized", "A token is needed"
	case http.StatusForbidden:
		return "forbidden", "The request comes from where it must not"
	case http.StatusNotFound:
		return "not-found", "There is nothing here"
	case http.StatusMethodNotAllowed:
		return "method", "The method is not served here"
	case http.StatusConflict:
		return "conflict", "It cannot be done as things stand"
	case http.StatusNotImplemented:
		return "not-here", "This process does not serve it"
	case http.StatusRequestEntityTooLarge:
		return "too-large", "The body is too large"
	case http.StatusUnsupportedMediaType:
		return "media-type", "The body is not JSON"
	case http.StatusServiceUnavailable:
		return "unavailable", "Try again later"
	}
	return "internal", "Something went wrong here"
}

// problem makes a refusal with that status.
func problem(status int, format string, args ...any) *Problem {
	slug, title := kinds(status)
	return &Problem{Type: problemPrefix + slug, Title: title, Status: status, Detail: fmt.Sprintf(format, args...)}
}

// problemOf is the one table from error to answer. What is not in it is a 500
// that tells the caller nothing of the inside.
func problemOf(err error) *Problem {
	var said *Problem
	var invalid *ops.Invalid
	var conflict *ops.Conflict
	var busy *ops.Busy
	var elsewhere *ops.NotHere
	var large *http.MaxBytesError
	var router *echo.HTTPError
	switch {
	case errors.As(err, &said):
		return said
	case errors.As(err, &invalid):
		p := problem(http.StatusBadRequest, "%s", invalid.Error())
		p.Field = invalid.Field
		return p
	case errors.Is(err, ops.ErrNotFound):
		return problem(http.StatusNotFound, "%s", nearest(err, ops.ErrNotFound))
	case errors.Is(err, ops.ErrNoJob):
		return problem(http.StatusNotFound, "%s", ops.ErrNoJob)
	case errors.As(err, &conflict):
		return problem(http.StatusConflict, "%s", conflict)
	case errors.As(err, &busy):
		p := problem(http.StatusConflict, "%s", busy)
		p.Job, p.After = busy.Job, defaultAfter
		return p
	case errors.As(err, &elsewhere):
		return problem(http.StatusNotImplemented, "%s", elsewhere)
	case errors.As(err, &large):
		return problem(http.StatusRequestEntityTooLarge, "the body must be at most %d bytes", large.Limit)
	case errors.As(err, &router):
		return routeProblem(router.Code)
	case later(err):
		p := problem(http.StatusServiceUnavailable, "the system cannot answer just now; try again")
		p.After = max(fault.After(err), time.Second)
		if fault.After(err) == 0 {
			p.After = defaultAfter
		}
		return p
	}
	return problem(http.StatusInternalServerError, "this call failed inside; the log of the server says why")
}

// later tells whether the same call may work in a while.
func later(err error) bool {
	ended := errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
	return ended || fault.IsSystem(err) || fault.Of(err) == fault.Transient
}

// routeProblem is what the router says: no such path or method.
func routeProblem(status int) *Problem {
	switch status {
	case http.StatusNotFound:
		return problem(status, "there is no such path; api/operator.yaml lists them")
	case http.StatusMethodNotAllowed:
		return problem(status, "this path does not take that method; the Allow header says which it takes")
	}
	return problem(http.StatusInternalServerError, "this call failed inside; the log of the server says why")
}

// nearest is the text of the error in the chain that wraps target directly.
func nearest(err, target error) string {
	for inner := errors.Unwrap(err); inner != nil && inner != target; inner = errors.Unwrap(err) {
		err = inner
	}
	return err.Error()
}
