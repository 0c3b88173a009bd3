package procore

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// The pauses we ask for where the cause lies with the connection and Procore
// names no time.
const (
	waitUnreachable = 2 * time.Second
	waitForbidden   = time.Minute
	waitConflict    = 2 * time.Second
)

// StatusError is an answer that was not what we asked for. It stands in the
// chain of every fault that Procore answered.
type StatusError struct {
	Status    int    // HTTP status
	RequestID string // Procore's x-request-id (seen), to quote to its support; may be empty
}

// Error is the status and the request id.
func (e *StatusError) Error() string {
	text := fmt.Sprintf("HTTP %d %s", e.Status, http.StatusText(e.Status))
	if e.RequestID != "" {
		text += " (request id " + e.RequestID + ")"
	}
	return text
}

func newStatusError(a answer) *StatusError {
	return &StatusError{Status: a.status, RequestID: requestID(a.header)}
}

// requestID is Procore's own number of the call, cut to what an id can be.
func requestID(h http.Header) string {
	id := strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f {
			return r
		}
		return -1
	}, h.Get("X-Request-Id"))
	return id[:min(len(id), 64)]
}

// ruling is what a status means.
type ruling struct {
	kind   fault.Kind
	system bool
	wait   time.Duration
}

// rule is the table of the package comment. said are Procore's words.
func rule(status int, said string, absent bool) ruling {
	switch {
	case status < 400:
		return ruling{kind: fault.Transient, system: true, wait: waitForbidden}
	case status == http.StatusUnauthorized:
		return ruling{kind: fault.Transient, system: true, wait: pauseRefused}
	case status == http.StatusForbidden && disconnected(said):
		return ruling{kind: fault.Transient, system: true, wait: waitForbidden}
	case status == http.StatusForbidden, status == http.StatusRequestTimeout:
		return ruling{kind: fault.Transient}
	case status == http.StatusNotFound && absent:
		return ruling{kind: fault.Transient}
	case status == http.StatusTooManyRequests:
		return ruling{kind: fault.Transient, system: true, wait: waitLimited}
	case status == http.StatusServiceUnavailable:
		return ruling{kind: fault.Transient, system: true, wait: waitBusy}
	case status >= 500:
		return ruling{kind: fault.Transient}
	}
	return ruling{kind: fault.Permanent}
}

// notShown marks the refusal of a list: Procore does not have it (404) or does
// not show it to us (403). That the whole company is closed to us is another
// matter and stays as it is.
func notShown(err error) error {
	var refused *StatusError
	if err == nil || fault.IsSystem(err) || !errors.As(err, &refused) {
		return err
	}
	if refused.Status != http.StatusForbidden && refused.Status != http.StatusNotFound {
		return err
	}
	return fmt.Errorf("%w: %w", erp.ErrNotShown, err)
}

// disconnected tells whether the whole company is closed to us, not one
// project. The text is documented and was seen in a body.
func disconnected(said string) bool {
	return strings.Contains(strings.ToLower(said), "not connected to this company")
}

// judge is nil for a 2xx and else the classed refusal. A limit that was hit
// holds all calls.
func (c *Client) judge(k call, a answer) error {
	if a.status >= 200 && a.status < 300 {
		return nil
	}
	said := words(a.header.Get("Content-Type"), a.body, c.service.secret(), a.token)
	r := k.weighed(a.status, rule(a.status, said, k.absent))
	if a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable {
		if wished, ok := wish(a.header, c.now()); ok {
			r.wait = wished
		}
		c.gate.hold(r.wait)
	}
	if said == "" {
		said = sentence(a.status)
	}
	f := fault.New(r.kind, k.op(), newStatusError(a)).Saying(said).Wait(r.wait)
	f.System = r.system
	return f
}

// weighed adjusts a ruling to what the call may do.
func (k call) weighed(status int, r ruling) ruling {
	switch {
	case k.busy && status == http.StatusConflict:
		return ruling{kind: fault.Transient, wait: waitConflict}
	case status >= 500, status == http.StatusRequestTimeout:
		r.kind = k.unclear()
	}
	return r
}

// broken classes a call without a whole answer. Hardly anything we send does
// harm twice, so a broken connection is a doubt for risky calls only.
func broken(ctx context.Context, k call, connected bool, err error) error {
	err, op := plainTransport(err), k.op()
	switch {
	case errors.Is(err, errTooLarge):
		kind := fault.Permanent
		if k.risky {
			kind = fault.Ambiguous
		}
		return fault.New(kind, op, err).Saying("Procore's answer is larger than this program reads.")
	case ctx.Err() != nil && connected:
		return fault.New(k.unclear(), op, err)
	case ctx.Err() != nil:
		return fault.New(fault.Transient, op, err)
	case !connected:
		return fault.New(fault.Transient, op, err).OfSystem().Wait(waitUnreachable).
			Saying("Procore could not be reached. Check api_url and the network.")
	}
	return fault.New(k.unclear(), op, err).Saying("Procore broke off before its answer was complete.")
}

// plainTransport drops the address that net/http puts before an error: the
// operation names it already.
func plainTransport(err error) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		return outer.Err
	}
	return err
}

// sentence is what a status means, for an answer without words of its own.
func sentence(status int) string {
	switch {
	case status < 400:
		return "Procore sent us to another address, which we do not follow. Check api_url."
	case status == http.StatusUnauthorized:
		return "Procore did not take the access token, not even a new one. Check that the service account is active."
	case status == http.StatusForbidden:
		return "Procore does not allow this. Check the permitted projects and the permissions of the service account."
	case status == http.StatusNotFound:
		return "Procore does not have this record, or does not show it to the service account."
	case status == http.StatusTooManyRequests:
		return "Procore allows no more calls for now."
	case status == http.StatusServiceUnavailable:
		return "Procore is too busy for now."
	case status >= 500:
		return "Procore failed on its own side."
	}
	return "Procore refused the call without giving a reason."
}
