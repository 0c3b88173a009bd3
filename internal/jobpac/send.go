package jobpac

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/procpac/procpac/internal/retry"
)

// bodyLimit is how many bytes of one answer we take.
const bodyLimit = 16 << 20

var errTooLong = errors.New("the answer is longer than 16 MiB")

// answer is what came back, before anybody judged it.
type answer struct {
	left       bool // the request may have left this machine
	err        error
	status     int // 0: no answer
	retryAfter time.Duration
	body       []byte
}

// send makes one call. It repeats nothing that may have left, follows nothing
// and judges nothing.
func (c *Client) send(ctx context.Context, via *http.Client, base *url.URL, op operation, params url.Values, token string) answer {
	var left atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { left.Store(true) }}
	request, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), op.method, address(base, op, params, token), nil)
	if err != nil {
		return answer{err: bare(err)}
	}
	request.Header.Set("Accept", "application/json")
	response, err := via.Do(request)
	if err != nil {
		return answer{left: left.Load(), err: bare(err)}
	}
	defer func() { _ = response.Body.Close() }() // all we want is read
	a := answer{left: true, status: response.StatusCode, retryAfter: c.wish(response)}
	a.body, a.err = io.ReadAll(io.LimitReader(response.Body, bodyLimit+1))
	if a.err == nil && len(a.body) > bodyLimit {
		a.body, a.err = a.body[:bodyLimit], errTooLong
		if a.status/100 != 2 {
			a.body = nil
		}
	}
	return a
}

// address is the URL of the call. It holds the token: keep it out of errors
// and logs.
func address(base *url.URL, op operation, params url.Values, token string) string {
	all := maps.Clone(params)
	if all == nil {
		all = url.Values{}
	}
	if token != "" {
		all.Set("Token", token)
	}
	u := *base
	u.Path = strings.TrimRight(u.Path, "/") + op.path
	u.RawQuery = query(all)
	return u.String()
}

// wish is how long the answer asks us to wait; 0: it does not.
func (c *Client) wish(response *http.Response) time.Duration {
	wanted, _ := retry.RetryAfter(response.Header.Get("Retry-After"), c.config.Now())
	return wanted
}

// problem says in our words why an answer is not the one we want.
func (c *Client) problem(a answer) error {
	switch {
	case a.err != nil && a.status == 0:
		return a.err
	case a.status/100 != 2:
		return fmt.Errorf("answered with status %d %s", a.status, http.StatusText(a.status))
	case a.err != nil:
		return fmt.Errorf("the answer broke off: %w", a.err)
	case len(a.body) == 0:
		return fmt.Errorf("the answer is empty: %w", errUnreadable)
	}
	return errUnreadable
}

// said is what Jobpac's answer says in words: its ErrorMessage, else its text.
// A success in JSON of another shape says nothing.
func (c *Client) said(a answer) string {
	_, words, err := envelope(a.body)
	switch {
	case err == nil:
		return c.clean.words(words)
	case a.status/100 == 2 && json.Valid(a.body):
		return ""
	}
	return c.clean.words(string(a.body))
}
