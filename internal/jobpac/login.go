package jobpac

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/procpac/procpac/internal/fault"
)

// signIn asks for a token once. The error is a Transient system fault; with
// errLoginRefused in it where Jobpac said no.
func (c *Client) signIn(ctx context.Context) (string, error) {
	op, started := giveToken(), c.config.Now()
	value, err := loginValue(c.config.Key, c.config.User, c.config.Password, started)
	if err != nil {
		return "", fault.New(fault.Transient, op.title(), err).OfSystem().Wait(unclearRest)
	}
	leave, err := c.queue.enter(ctx)
	if err != nil {
		return "", fault.New(fault.Transient, op.title(), err)
	}
	a := c.send(ctx, c.reading, c.auth, op, c.loginParams(value), "")
	leave()
	token, err := c.readLogin(op, a)
	if err != nil {
		c.config.Log.Warn().Err(err).Bool("refused", errors.Is(err, errLoginRefused)).Msg("jobpac login failed")
		return "", err
	}
	c.clean.learn(token)
	c.config.Log.Info().Str("environment", c.config.Environment).Dur("took", c.since(started)).Msg("jobpac login")
	return token, nil
}

func (c *Client) loginParams(value string) url.Values {
	params := url.Values{"Environment": {c.config.Environment}, "Application": {c.config.Application}, "Value": {value}}
	if c.config.Version != "" {
		params.Set("Version", c.config.Version)
	}
	return params
}

// readLogin sorts the answer. A refusal comes as ErrorMessage in an ordinary
// answer (seen), or as a 4xx status (assumed).
func (c *Client) readLogin(op operation, a answer) (string, error) {
	if a.err != nil && !a.left {
		return "", fault.New(fault.Transient, op.title(), a.err).OfSystem()
	}
	unclear := fault.New(fault.Transient, op.title(), c.problem(a)).OfSystem().Wait(max(unclearRest, a.retryAfter)).Saying(c.said(a))
	if a.err != nil || a.status >= 500 || a.status == http.StatusTooManyRequests || a.status/100 == 3 {
		return "", unclear
	}
	if a.status/100 == 4 {
		return "", c.loginRefused(op, c.said(a))
	}
	rows, words, err := envelope(a.body)
	switch {
	case err != nil:
		return "", unclear
	case words != "":
		return "", c.loginRefused(op, c.clean.words(words))
	case len(rows) == 0 || rows[0]["Token"] == "":
		return "", unclear
	}
	return rows[0]["Token"], nil
}

func (c *Client) loginRefused(op operation, words string) error {
	why := fmt.Errorf("%w: check environment, application, encryption key, user and password of this connection", errLoginRefused)
	return fault.New(fault.Transient, op.title(), why).OfSystem().Saying(words)
}
