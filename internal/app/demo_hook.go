package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/procoresim"
)

// hookMaker makes the few calls that set a hook up in the Procore simulator.
type hookMaker struct {
	base   string
	token  string
	client *http.Client
}

func newHookMaker(base string) *hookMaker {
	return &hookMaker{base: base, client: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{}}}
}

func (h *hookMaker) close() { h.client.CloseIdleConnections() }

// post sends JSON with a token, which it gets first, and reads the answer.
func (h *hookMaker) post(ctx context.Context, path string, body, into any) error {
	if h.token == "" {
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {procoresim.DefaultClientID}, "client_secret": {procoresim.DefaultClientSecret}}
		var answer struct {
			AccessToken string `json:"access_token"`
		}
		if err := h.send(ctx, "/oauth/token", "application/x-www-form-urlencoded", strings.NewReader(form.Encode()), &answer); err != nil {
			return err
		}
		h.token = answer.AccessToken
	}
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return h.send(ctx, path, "application/json", bytes.NewReader(text), into)
}

func (h *hookMaker) send(ctx context.Context, path, contentType string, body io.Reader, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.base+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Authorization", "Bearer "+h.token)
	req.Header.Set("Procore-Company-Id", fmt.Sprint(procoresim.DemoCompanyID))
	res, err := h.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }() // read to its end below
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return err
	}
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("the Procore simulator answered %s with %d: %s", path, res.StatusCode, text)
	}
	return json.Unmarshal(text, into)
}
