package opsapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/procpac/procpac/internal/ops"
)

// Limits of the client.
const (
	dialLimit  = 5 * time.Second
	clientCall = callLimit + 5*time.Second // the server's limit, and the way there and back
	maxAnswer  = 64 << 20                  // bytes; the longest story is far below
)

// Client calls the operator API of a running process. It repeats nothing.
// Errors are *Problem (the server said no), *Unreachable (nobody answered) or
// plain ones; each is one sentence without the token. Safe for concurrent use;
// Close it when done.
type Client struct {
	base  *url.URL
	token string
	http  *http.Client
	long  *http.Client  // for calls that take minutes; the context bounds them
	stall time.Duration // without a byte of a backup
}

// Unreachable is a server that did not answer.
type Unreachable struct {
	Server string
	Err    error
}

// Error says how to name another server.
func (e *Unreachable) Error() string {
	return fmt.Sprintf("no running procpac answers at %s (%v): start it with \"procpac serve\", or name another with --server URL", e.Server, e.Err)
}

// Unwrap gives the cause.
func (e *Unreachable) Unwrap() error { return e.Err }

// NewClient makes a client of the server at that address, for example
// http://127.0.0.1:8081; without a scheme http is meant. An empty token sends
// none. An address that cannot be one is an *ops.Invalid.
func NewClient(baseURL, token string) (*Client, error) {
	base, err := parseBase(baseURL)
	if err != nil {
		return nil, err
	}
	if strings.ContainsAny(token, "\r\n") {
		return nil, &ops.Invalid{Field: "token", Value: "...", Rule: "must be one line"}
	}
	return &Client{base: base, token: token, http: newHTTP(clientCall), long: newHTTP(0), stall: 2 * stallLimit}, nil
}

// newHTTP makes a client whose calls end after that time; 0: when their context
// ends. It follows no redirect, so the token goes nowhere else.
func newHTTP(limit time.Duration) *http.Client {
	transport := &http.Transport{
		DialContext:           (&net.Dialer{Timeout: dialLimit}).DialContext,
		TLSHandshakeTimeout:   dialLimit,
		ResponseHeaderTimeout: limit,
		IdleConnTimeout:       time.Minute,
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &http.Client{Transport: transport, Timeout: limit, CheckRedirect: stay}
}

// slow is the same client for a call that takes minutes.
func (c *Client) slow() *Client {
	return &Client{base: c.base, token: c.token, http: c.long, long: c.long}
}

// parseBase reads the address of a server. Its path, if any, is kept in front
// of the API's paths.
func parseBase(text string) (*url.URL, error) {
	full := strings.TrimSpace(text)
	if !strings.Contains(full, "://") {
		full = "http://" + full
	}
	u, err := url.Parse(full)
	switch {
	case err != nil, u.Host == "", u.Scheme != "http" && u.Scheme != "https":
		return nil, &ops.Invalid{Field: "server", Value: text, Rule: "must be an address such as http://127.0.0.1:8081"}
	case u.User != nil:
		return nil, &ops.Invalid{Field: "server", Value: u.Redacted(), Rule: "must not carry a password; give the token with --token-file"}
	case u.RawQuery != "" || u.Fragment != "":
		return nil, &ops.Invalid{Field: "server", Value: text, Rule: "must end with the host, the port or a path"}
	}
	u.Path = strings.TrimRight(u.Path, "/")
	return u, nil
}

// Server is the address that the client calls.
func (c *Client) Server() string { return c.base.String() }

// Close ends idle connections.
func (c *Client) Close() {
	c.http.CloseIdleConnections()
	c.long.CloseIdleConnections()
}

// Effects lists effects, newest change first.
func (c *Client) Effects(ctx context.Context, q ops.Query) (page ops.Page[ops.Effect], err error) {
	err = c.get(ctx, "/api/v1/effects", values(q), &page)
	return page, err
}

// Events lists hints, newest first.
func (c *Client) Events(ctx context.Context, q ops.Query) (page ops.Page[ops.Event], err error) {
	err = c.get(ctx, "/api/v1/events", values(q), &page)
	return page, err
}

// Show tells the whole story of one effect.
func (c *Client) Show(ctx context.Context, id string) (story ops.Story, err error) {
	err = c.get(ctx, "/api/v1/effects/"+url.PathEscape(id), nil, &story)
	return story, err
}

// Connections lists what the server serves.
func (c *Client) Connections(ctx context.Context) (page ops.Page[ops.Connection], err error) {
	err = c.get(ctx, "/api/v1/connections", nil, &page)
	return page, err
}

// Health is the state of the system.
func (c *Client) Health(ctx context.Context) (h ops.Health, err error) {
	err = c.get(ctx, "/api/v1/health", nil, &h)
	return h, err
}

// Replay puts effects back on the road, or says what that would do. When it
// fails half way, what was done before is returned beside the error.
func (c *Client) Replay(ctx context.Context, r ops.Replay) ([]ops.Would, error) {
	var answer replayAnswer
	if err := c.send(ctx, http.MethodPost, "/api/v1/replay", bodyOf(r), &answer); err != nil {
		return doneBefore(err), err
	}
	return answer.Items, nil
}

func (c *Client) get(ctx context.Context, path string, query url.Values, into any) error {
	return c.call(ctx, http.MethodGet, path, query, nil, into)
}

// send makes a call with a body.
func (c *Client) send(ctx context.Context, method, path string, body, into any) error {
	text, err := Encode(body, false)
	if err != nil {
		return err
	}
	return c.call(ctx, method, path, nil, text, into)
}

// call sends one request and reads its answer into into.
func (c *Client) call(ctx context.Context, method, path string, query url.Values, body []byte, into any) error {
	response, err := c.open(ctx, method, path, query, body)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return c.unreachable(ctx, err)
	}
	return c.answer(response, text, into)
}

// open sends one request and gives the answer with its body unread.
func (c *Client) open(ctx context.Context, method, path string, query url.Values, body []byte) (*http.Response, error) {
	target := c.base.String() + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	c.dress(request, body != nil)
	response, err := c.http.Do(request)
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	return response, nil
}

// refusal reads an answer that is not what was asked for.
func (c *Client) refusal(ctx context.Context, r *http.Response) error {
	text, err := io.ReadAll(io.LimitReader(r.Body, maxAnswer))
	if err != nil {
		return c.unreachable(ctx, err)
	}
	if err := c.answer(r, text, &struct{}{}); err != nil {
		return err
	}
	return c.stranger(r)
}

// dress sets the headers.
func (c *Client) dress(r *http.Request, body bool) {
	r.Header.Set("Accept", "application/json, application/problem+json")
	r.Header.Set("User-Agent", "procpac")
	if body {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
}

// unreachable tells a stop of ours from a server that is not there.
func (c *Client) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var inner *url.Error
	if errors.As(err, &inner) { // its text repeats the address with the query
		err = inner.Err
	}
	return &Unreachable{Server: c.Server(), Err: err}
}

// answer reads what the server said.
func (c *Client) answer(r *http.Response, text []byte, into any) error {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	switch {
	case (r.StatusCode == http.StatusOK || r.StatusCode == http.StatusAccepted) && kind == "application/json":
		if err := json.Unmarshal(text, into); err != nil {
			return fmt.Errorf("the answer of %s cannot be read, is it of another version? %w", c.Server(), err)
		}
		return nil
	case kind == "application/problem+json":
		return c.problem(r, text)
	}
	return c.stranger(r)
}

// stranger is an answer that is not the API's.
func (c *Client) stranger(r *http.Response) error {
	return fmt.Errorf("%s answers with status %d and no answer of procpac's operator API: is --server right?", c.Server(), r.StatusCode)
}

// problem reads a refusal; the ones about tokens get a sentence that says what
// to do on this side.
func (c *Client) problem(r *http.Response, text []byte) error {
	p := &Problem{}
	if err := json.Unmarshal(text, p); err != nil || p.Detail == "" {
		p = problem(r.StatusCode, "%s answers with status %d", c.Server(), r.StatusCode)
	}
	p.Status = r.StatusCode
	if seconds, err := strconv.Atoi(r.Header.Get("Retry-After")); err == nil {
		p.After = time.Duration(seconds) * time.Second
	}
	if p.Status == http.StatusUnauthorized {
		p.Detail = c.Server() + " wants a token: give the file that holds it with --token-file FILE, or set operator.token_file"
		if c.token != "" {
			p.Detail = c.Server() + " refuses the token: is the file of --token-file or operator.token_file the one the server uses?"
		}
	}
	return p
}
