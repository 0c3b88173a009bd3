package jobpac

import (
	"context"
	"errors"
	"net/url"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// Write creates or updates one record. It sends at most once, save after a
// refused token, and ends, waiting included, within Config.Timeout. A nil
// error means that Jobpac answered with the record's own key. Otherwise:
// Transient, surely nothing was written; Permanent, Jobpac (or its lack of a
// call) refuses; Ambiguous, look it up.
func (c *Client) Write(ctx context.Context, w erp.Write) error {
	method, path, params, err := Encode(w, c.config.ReferenceField)
	if err != nil {
		return err
	}
	op := operation{method: method, path: path}
	ctx, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	_, err = withToken(ctx, c, op, func(ctx context.Context, token string) (struct{}, error) {
		return struct{}{}, c.writeOnce(ctx, op, w.Record, params, token)
	})
	return err
}

// writeOnce is one call of a write.
func (c *Client) writeOnce(ctx context.Context, op operation, want erp.Record, params url.Values, token string) error {
	leave, err := c.queue.enter(ctx)
	if err != nil {
		return fault.New(fault.Transient, op.title(), err)
	}
	defer leave()
	done, err := allow(c.breaker.write, op)
	if err != nil {
		return err
	}
	started := c.config.Now()
	a := c.send(ctx, c.writing, c.request, op, params, token)
	err = c.judgeWrite(op, want, a)
	done(health(a, err, errors.Is(ctx.Err(), context.Canceled)))
	c.config.Log.Debug().Str("call", op.path).Str("key", want.Key()).Int("status", a.status).
		Str("outcome", outcome(err)).Dur("took", c.since(started)).Msg("jobpac write")
	return err
}

// outcome names the end of a write for the log.
func outcome(err error) string {
	switch {
	case err == nil:
		return "done"
	case fault.Of(err) == fault.Permanent:
		return "refused"
	case fault.Of(err) == fault.Transient:
		return "not done"
	}
	return "unknown"
}
