package receiver

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/fault"
)

// delivery is one request on its way through the receiver.
type delivery struct {
	*receiver
	c          echo.Context
	name       string // of the connection, as the sender wrote it
	connection Connection
	start      time.Time
	event      erp.Event // what could be read of it
}

// hook serves one delivery. The token is compared before anything else is
// done, and compared even where there is no connection, so that time tells
// nobody which names exist.
func (r *receiver) hook(c echo.Context) error {
	d := &delivery{receiver: r, c: c, name: c.Param("connection"), start: r.Now()}
	limitReading(c, min(r.StoreLimit, r.AnswerLimit-reserve))
	connection, known := r.Connections[d.name]
	allowed := tokenIs(c.Request().Header.Get(echo.HeaderAuthorization), connection)
	switch {
	case !known:
		return d.refuse(Unknown, http.StatusNotFound, nil)
	case !allowed:
		return d.refuse(Refused, http.StatusUnauthorized, nil)
	}
	d.connection = connection
	body, err := read(c)
	switch {
	case errors.Is(err, errTooLarge):
		return d.refuse(TooLarge, http.StatusRequestEntityTooLarge, nil)
	case err != nil: // cut off or too slow: it has to come again
		return d.notStored(err)
	}
	return d.take(body)
}

// limitReading bounds the time that the body may take, and with it the time in
// which the rest of a refused body is thrown away: the server does that before
// it sends the answer. Once a body is whole the server lifts the limit itself,
// so it does not end a store at work.
func limitReading(c echo.Context, limit time.Duration) {
	// the one error is "not a connection", and then nothing is slow
	_ = http.NewResponseController(c.Response().Writer).SetReadDeadline(time.Now().Add(limit))
}

// take stores a body as an event or puts it in quarantine. An event that the
// store can never hold goes there as well: a 503 would bring it back until its
// whole queue is thrown away.
func (d *delivery) take(body []byte) error {
	ctx, cancel := context.WithTimeout(d.c.Request().Context(), d.left())
	defer cancel()
	event, reason := parse(d.c.Request().Header.Get(echo.HeaderContentType), body)
	event.Connection, event.Received, event.Source, event.Body = d.name, d.start, erp.FromWebhook, body
	d.event = event
	if reason == "" {
		reason = foreign(event, d.connection)
	}
	if reason == "" {
		d.Points.Reach(failpoint.BeforeStore)
		e := d.calls.within(ctx, func() (bool, error) { return d.Store(ctx, event) })
		d.Points.Reach(failpoint.Stored)
		if fault.Of(e.err) != fault.Permanent || fault.IsSystem(e.err) {
			return d.finish(Stored, e)
		}
		reason = clip("the event can never be stored: " + e.err.Error())
	}
	return d.finish(Quarantined, d.calls.within(ctx, func() (bool, error) {
		return false, d.Quarantine(ctx, event.Connection, body, reason)
	}))
}

// left is the time for storing: its own limit, or less when the body was slow.
func (d *delivery) left() time.Duration {
	return min(d.StoreLimit, d.AnswerLimit-reserve-d.Now().Sub(d.start))
}

// foreign is the reason to keep an event off the road that names another
// company than its hook's. One that names none passes: Procore leaves the
// company out at times (documented).
func foreign(e erp.Event, connection Connection) string {
	if connection.Company == 0 || e.Company == 0 || e.Company == connection.Company {
		return ""
	}
	return "the event is of company " + e.Company.String() + ", this connection's is " + connection.Company.String()
}

// finish answers 200 when the event is on disk, and 503 when it is not.
func (d *delivery) finish(outcome string, e ending) error {
	switch {
	case e.err != nil:
		return d.notStored(e.err)
	case e.repeat:
		outcome = Repeat
	}
	d.tell(outcome, http.StatusOK, nil)
	return d.c.NoContent(http.StatusOK)
}

func (d *delivery) notStored(err error) error {
	d.c.Response().Header().Set(echo.HeaderRetryAfter, "1")
	return d.refuse(NotStored, http.StatusServiceUnavailable, err)
}

func (d *delivery) refuse(outcome string, status int, err error) error {
	d.tell(outcome, status, err)
	return &echo.HTTPError{Code: status, Message: words(outcome)}
}

// tell logs one line of allowed fields and counts. A name that is nobody's is
// logged but not counted by: strangers must not make counters.
func (d *delivery) tell(outcome string, status int, err error) {
	line := d.Log.Debug()
	if status != http.StatusOK || outcome == Quarantined {
		line = d.Log.Warn().Err(err)
	}
	line.Str("connection", clip(d.name)).Str("event", clip(d.event.ID)).Str("resource", clip(d.event.Resource)).
		Str("ref", d.event.ResourceID.String()).Str("outcome", outcome).Int("status", status).
		Int64("ms", d.Now().Sub(d.start).Milliseconds()).Msg("webhook")
	if d.Observe == nil {
		return
	}
	if outcome == Unknown {
		d.Observe("", outcome)
		return
	}
	d.Observe(d.name, outcome)
}

// clip keeps text with a sender's words in it short; whole characters stay.
func clip(text string) string {
	const most = 200
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}

// words says what an answer means and what to do.
func words(outcome string) string {
	switch outcome {
	case Unknown:
		return "There is no connection of this name: check the hook's destination address."
	case Refused:
		return "The Authorization header is not a token of this connection: set it again on the hook."
	case TooLarge:
		return "The body is over 64 KiB; no Procore event is."
	}
	return "The event could not be stored; send it again."
}

var errTooLarge = errors.New("the body is too large")

// read takes the body, at most MaxBody of it. The bytes are the event's own.
func read(c echo.Context) ([]byte, error) {
	length := c.Request().ContentLength
	if length > MaxBody {
		return nil, errTooLarge
	}
	if length >= 0 {
		body := make([]byte, length)
		_, err := io.ReadFull(c.Request().Body, body)
		return body, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Response().Writer, c.Request().Body, MaxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, errTooLarge
	}
	return body, err
}
