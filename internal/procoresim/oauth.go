package procoresim

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Client is an app that may ask for tokens, with its service account's user.
type Client struct {
	ID     string `json:"client_id"`
	Secret string `json:"client_secret"`
	UserID int64  `json:"user_id"`
	Login  string `json:"login"`
	Name   string `json:"name"`
}

// token is one live access token.
type token struct {
	client  Client
	created time.Time
	expires time.Time
	calls   int
}

// issueToken is POST /oauth/token: client credentials only, no refresh token (documented).
func (s *Sim) issueToken(k *call) (reply, error) {
	form := credentials(k)
	if grant := form.Get("grant_type"); grant != "client_credentials" {
		return oauthRefusal(http.StatusBadRequest, "unsupported_grant_type", "the grant type "+grant+" is not served here")
	}
	client, known := s.knownClient(form)
	if !known {
		return oauthRefusal(http.StatusUnauthorized, "invalid_client", "the client is unknown or its secret is wrong")
	}
	text, err := randomToken()
	if err != nil {
		return reply{}, err
	}
	s.dropExpired(k.now)
	life := time.Duration(s.settings.TokenSeconds) * time.Second
	s.data.tokens[text] = &token{client: client, created: k.now, expires: k.now.Add(life)}
	return ok(obj{"access_token": text, "token_type": "bearer", "expires_in": s.settings.TokenSeconds, "created_at": k.now.Unix()})
}

func oauthRefusal(status int, code, why string) (reply, error) {
	return reply{status: status, body: obj{"error": code, "error_description": why}}, nil
}

func (s *Sim) knownClient(form url.Values) (Client, bool) {
	client, known := s.data.clients[form.Get("client_id")]
	same := subtle.ConstantTimeCompare([]byte(client.Secret), []byte(form.Get("client_secret"))) == 1
	return client, known && same
}

// credentials reads the form of a token call: url encoded, multipart, or JSON (all three are shown in the documentation).
func credentials(k *call) url.Values {
	kind, params, _ := mime.ParseMediaType(k.Request().Header.Get("Content-Type"))
	switch kind {
	case "application/json":
		return jsonForm(k.body)
	case "multipart/form-data":
		form, err := multipart.NewReader(strings.NewReader(string(k.body)), params["boundary"]).ReadForm(maxBody)
		if err != nil {
			return url.Values{}
		}
		return form.Value
	}
	form, err := url.ParseQuery(string(k.body))
	if err != nil {
		return url.Values{}
	}
	return form
}

func jsonForm(body []byte) url.Values {
	var fields map[string]string
	form := url.Values{}
	if json.Unmarshal(body, &fields) != nil {
		return form
	}
	for name, value := range fields {
		form.Set(name, value)
	}
	return form
}

func randomToken() (string, error) {
	raw := make([]byte, 24)
	if _, err := rand.Read(raw); err != nil {
		return "", err
	}
	return "sim." + hex.EncodeToString(raw), nil
}

func (s *Sim) dropExpired(now time.Time) {
	for text, t := range s.data.tokens {
		if !now.Before(t.expires) {
			delete(s.data.tokens, text)
		}
	}
}

// revokeToken is POST /oauth/revoke: 200 also for a token nobody knows (documented).
func (s *Sim) revokeToken(k *call) (reply, error) {
	form := credentials(k)
	if _, known := s.knownClient(form); !known {
		return oauthRefusal(http.StatusUnauthorized, "invalid_client", "the client is unknown or its secret is wrong")
	}
	delete(s.data.tokens, form.Get("token"))
	return ok(obj{})
}

// showToken is GET /oauth/token/info.
func (s *Sim) showToken(k *call) (reply, error) {
	t, live := s.liveToken(k)
	if !live {
		return oauthRefusal(http.StatusUnauthorized, "invalid_token", "the access token is invalid")
	}
	return ok(obj{
		"resource_owner_id": t.client.UserID, "scopes": []string{}, "expires_in_seconds": int64(t.expires.Sub(k.now).Seconds()),
		"application": obj{"uid": t.client.ID}, "created_at": t.created.Unix(),
	})
}

func (s *Sim) liveToken(k *call) (*token, bool) {
	text, bearer := strings.CutPrefix(k.Request().Header.Get("Authorization"), "Bearer ")
	t, known := s.data.tokens[text]
	return t, bearer && known && k.now.Before(t.expires)
}

// authorise finds the caller by its bearer token.
func (s *Sim) authorise(k *call) error {
	t, live := s.liveToken(k)
	if live {
		t.calls++
		live = s.settings.TokenMaxCalls == 0 || t.calls <= s.settings.TokenMaxCalls
	}
	if !live {
		return &apiError{status: http.StatusUnauthorized, message: "The access token is invalid"}
	}
	k.client = t.client
	return nil
}

// ExpireTokens makes every access token invalid.
func (s *Sim) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.data.tokens)
}

// showMe is GET /rest/v1.0/me: the service account's user.
func (s *Sim) showMe(k *call) (reply, error) {
	return ok(obj{"id": k.client.UserID, "login": k.client.Login, "name": k.client.Name})
}
