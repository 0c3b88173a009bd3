package jobpac

import (
	"context"
	"errors"
	"net/url"

	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/retry"
)

// list reads a listing. It may try a few times; the error is the last one.
func (c *Client) list(ctx context.Context, op operation, params url.Values) ([]row, error) {
	return c.listBy(ctx, op, params, c.judgeListing)
}

// judging turns an answer into rows.
type judging func(operation, answer) ([]row, error)

// listBy is list with a judgement of the caller's.
func (c *Client) listBy(ctx context.Context, op operation, params url.Values, judge judging) ([]row, error) {
	return retry.Do(ctx, retry.Quick(), func(ctx context.Context) ([]row, error) {
		ctx, cancel := context.WithTimeout(ctx, c.config.Timeout)
		defer cancel()
		return withToken(ctx, c, op, func(ctx context.Context, token string) ([]row, error) {
			return c.listOnce(ctx, op, params, token, judge)
		})
	})
}

// listOnce is one call of a listing.
func (c *Client) listOnce(ctx context.Context, op operation, params url.Values, token string, judge judging) (rows []row, err error) {
	leave, err := c.queue.enter(ctx)
	if err != nil {
		return nil, fault.New(fault.Transient, op.title(), err)
	}
	defer leave()
	done, err := allow(c.breaker.read, op)
	if err != nil {
		return nil, err
	}
	started := c.config.Now()
	a := c.send(ctx, c.reading, c.request, op, params, token)
	rows, err = judge(op, a)
	done(health(a, err, errors.Is(ctx.Err(), context.Canceled)))
	c.config.Log.Debug().Str("call", op.path).Int("status", a.status).Int("rows", len(rows)).Dur("took", c.since(started)).Msg("jobpac read")
	return rows, err
}

// withToken runs call with the session token, and once more with a new one
// when Jobpac refused the token, for then nothing was done.
func withToken[T any](ctx context.Context, c *Client, op operation, call func(context.Context, string) (T, error)) (T, error) {
	var none T
	for again := true; ; again = false {
		token, err := c.session.get(ctx)
		if err != nil {
			return none, noToken(op, err)
		}
		value, err := call(ctx, token)
		if !errors.Is(err, errTokenRefused) {
			return value, err
		}
		c.session.discard(token)
		if !again {
			return none, err
		}
	}
}

// noToken keeps the class of a failed login and names the call it stopped.
func noToken(op operation, err error) error {
	return fault.New(fault.Transient, op.title(), err).Wait(fault.After(err)).Saying(wordsOf(err))
}
