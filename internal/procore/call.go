package procore

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"

	"github.com/go-json-experiment/json"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/retry"
)

// maxBody is the largest answer we read.
const maxBody = 8 << 20

// errTooLarge is an answer beyond maxBody.
var errTooLarge = errors.New("the answer is larger than 8 MiB")

// call is one request to the API.
type call struct {
	method string
	path   string
	query  url.Values
	body   []byte // JSON, or nil
	absent bool   // 404 means "not there or not visible" and may pass
	risky  bool   // a repeat could make a second record: an unclear end is Ambiguous
	busy   bool   // 409 means that another change is under way and may pass
}

// op names the call in errors.
func (k call) op() string { return "procore " + k.method + " " + k.path }

// unclear is the class of an end that does not tell whether the call was done.
func (k call) unclear() fault.Kind {
	if k.risky {
		return fault.Ambiguous
	}
	return fault.Transient
}

// answer is what came back, and the token that was used.
type answer struct {
	status int
	header http.Header
	body   []byte
	token  string
}

// get makes a reading call.
func (c *Client) get(path string, id erp.ID, query url.Values) call {
	return call{method: http.MethodGet, path: fill(path, c.company, id), query: query}
}

// patch makes a changing call that sets the same values again when repeated.
func (c *Client) patch(path string, id erp.ID, body any) (call, error) {
	k := call{method: http.MethodPatch, path: fill(path, c.company, id)}
	data, err := json.Marshal(body)
	if err != nil {
		return k, fault.New(fault.Permanent, k.op(), err)
	}
	k.body = data
	return k, nil
}

// fetch sends k, up to three times, and reads its answer. decode's error makes
// the answer unreadable, unless it is classed. A risky call is repeated only
// where the one before surely changed nothing.
func fetch[T any](ctx context.Context, c *Client, k call, decode func(answer) (T, error)) (T, error) {
	return retry.Do(ctx, retry.Quick(), func(ctx context.Context) (T, error) {
		var none T
		a, err := c.once(ctx, k)
		if err != nil {
			return none, err
		}
		value, err := decode(a)
		if err != nil && fault.Of(err) == fault.Unknown {
			err = fault.New(k.unclear(), k.op(), errors.Join(newStatusError(a), err)).
				Saying("Procore's answer could not be read.")
		}
		return value, err
	})
}

// once sends k, with one repeat after a 401, and classes what came back.
func (c *Client) once(ctx context.Context, k call) (answer, error) {
	leave, err := c.gate.enter(ctx, k.op())
	if err != nil {
		return answer{}, err
	}
	defer leave()
	a, err := c.authorized(ctx, k)
	if err == nil && a.status == http.StatusUnauthorized {
		c.tokens.discard(a.token)
		a, err = c.authorized(ctx, k)
	}
	if err != nil {
		return answer{}, err
	}
	if a.status == http.StatusUnauthorized {
		c.tokens.distrust(a.token)
	}
	return a, c.judge(k, a)
}

// authorized sends k once with the present token.
func (c *Client) authorized(ctx context.Context, k call) (answer, error) {
	token, err := c.tokens.get(ctx)
	if err != nil {
		return answer{}, err
	}
	var connected atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	a, err := c.send(traced, k, token)
	if err != nil {
		return answer{}, broken(ctx, k, connected.Load(), err)
	}
	c.gate.note(a.header)
	c.log.Debug().Str("method", k.method).Str("path", k.path).Int("status", a.status).
		Int("bytes", len(a.body)).Str("request_id", requestID(a.header)).Msg("procore call")
	return a, nil
}

// send writes the request and reads the answer.
func (c *Client) send(ctx context.Context, k call, token string) (answer, error) {
	u := c.api.JoinPath(k.path)
	u.RawQuery = k.query.Encode()
	r, err := http.NewRequestWithContext(ctx, k.method, u.String(), bytes.NewReader(k.body))
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Procore-Company-Id", c.company.String())
	r.Header.Set("Accept", "application/json")
	if k.body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := readBody(resp)
	return answer{status: resp.StatusCode, header: resp.Header, body: body, token: token}, err
}

// readBody reads a whole answer, or the beginning of an error.
func readBody(resp *http.Response) ([]byte, error) {
	if resp.StatusCode >= http.StatusMultipleChoices {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody)) // the status is what counts
		return body, nil
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err == nil && len(body) > maxBody {
		err = errTooLarge
	}
	return body, err
}
