package procore

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/erp"
)

// userAgent names this program to Procore.
const userAgent = "procpac"

// defaultNamespace names our hooks: of a-z, 0-9 and - only (documented).
const defaultNamespace = "procpac"

// What Config takes when a limit is 0.
const (
	defaultConcurrency = 8                // under the documented example of 25 calls in 10 s
	defaultTimeout     = 30 * time.Second // one call, with its body
	defaultPatience    = 5 * time.Second  // a longer hold is left to the caller's pause
)

// Config is what a Client needs to know.
type Config struct {
	// LoginURL is the token host, APIURL the host of the API (documented:
	// https://login.procore.com and https://api.procore.com). Only scheme and
	// host, both https; plain http is taken for a loopback host.
	LoginURL, APIURL string
	// AllowPlainHTTP takes http for any host: a simulator on another machine.
	AllowPlainHTTP bool
	// CompanyID is sent with every call.
	CompanyID erp.ID
	// ClientID and ClientSecret are the service account. ClientSecret is asked
	// before every token request, so a changed secret needs no restart.
	ClientID     string
	ClientSecret func() string
	// Concurrency is how many calls may be under way at once; 0: 8.
	Concurrency int
	// Timeout bounds one call with its answer; 0: 30 s.
	Timeout time.Duration
	// Patience is how long a call may wait in the process for Procore's rate
	// limit; a longer wait fails as the system's fault. 0: 5 s.
	Patience time.Duration
	// Namespace names our hooks among those of other apps; empty: procpac.
	Namespace string
	// Log gets one debug line per call. The zero value is silent.
	Log zerolog.Logger
	// Now is the clock; nil: time.Now.
	Now func() time.Time
}

// Client talks to Procore for one company. It is safe for concurrent use. End
// it with Stop.
type Client struct {
	company erp.ID
	api     *url.URL
	service service
	http    *http.Client
	idle    func()
	hooksOf string // namespace of our hooks
	tokens  *tokens
	gate    *gate
	log     zerolog.Logger
	now     func() time.Time
}

// New checks the configuration and makes a Client; it calls nobody. The error
// names every setting that is wrong.
func New(cfg Config) (*Client, error) {
	cfg = cfg.filled()
	login, api, err := cfg.check()
	if err != nil {
		return nil, fmt.Errorf("procore: %w", err)
	}
	transport := newTransport(cfg)
	c := &Client{
		company: cfg.CompanyID,
		api:     api,
		service: service{url: login.JoinPath(pathToken).String(), id: cfg.ClientID, secret: cfg.ClientSecret},
		http:    newHTTP(transport, cfg.Timeout),
		idle:    transport.CloseIdleConnections,
		gate:    newGate(cfg.Concurrency, cfg.Patience, cfg.Now),
		hooksOf: cfg.Namespace,
		log:     cfg.Log.With().Str("company", cfg.CompanyID.String()).Logger(),
		now:     cfg.Now,
	}
	c.tokens = newTokens(c.askToken, cfg.Now, cfg.Timeout)
	return c, nil
}

// Stop ends a token request that may be under way, waits for it and closes idle
// connections. Calls made later fail.
func (c *Client) Stop() {
	c.tokens.stop()
	c.idle()
}

// filled puts defaults where nothing is set.
func (cfg Config) filled() Config {
	if cfg.Concurrency <= 0 {
		cfg.Concurrency = defaultConcurrency
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = defaultTimeout
	}
	if cfg.Patience <= 0 {
		cfg.Patience = defaultPatience
	}
	if cfg.Namespace == "" {
		cfg.Namespace = defaultNamespace
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return cfg
}

// check finds all that is wrong at once.
func (cfg Config) check() (login, api *url.URL, err error) {
	login, errLogin := cfg.base("login_url", cfg.LoginURL)
	api, errAPI := cfg.base("api_url", cfg.APIURL)
	err = errors.Join(errLogin, errAPI)
	if cfg.CompanyID <= 0 {
		err = errors.Join(err, errors.New("company_id must be the number of the Procore company"))
	}
	if strings.TrimSpace(cfg.ClientID) == "" {
		err = errors.Join(err, errors.New("client_id must not be empty"))
	}
	if cfg.ClientSecret == nil {
		err = errors.Join(err, errors.New("client_secret is not set"))
	}
	return login, api, err
}

// base reads a host address. It never repeats the text, which may hold a
// password.
func (cfg Config) base(name, text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSuffix(text, "/"))
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%s must be an address such as https://api.procore.com, without user or query", name)
	}
	plain := u.Scheme == "http" && (cfg.AllowPlainHTTP || loopback(u.Hostname()))
	if u.Scheme != "https" && !plain {
		return nil, fmt.Errorf("%s must begin with https://: the secret would travel in the clear", name)
	}
	return u, nil
}

// loopback tells whether a host is this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// newTransport keeps as many connections open as calls may be under way.
func newTransport(cfg Config) *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  cfg.Timeout,
		IdleConnTimeout:        90 * time.Second,
		MaxIdleConns:           cfg.Concurrency,
		MaxIdleConnsPerHost:    cfg.Concurrency,
		MaxResponseHeaderBytes: 64 << 10,
		ForceAttemptHTTP2:      true,
	}
}

// newHTTP follows no redirect and names us on every request, the token
// request of the OAuth library included.
func newHTTP(next http.RoundTripper, timeout time.Duration) *http.Client {
	return &http.Client{
		Transport: named{next},
		Timeout:   timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
}

// named sets our user agent.
type named struct{ next http.RoundTripper }

// RoundTrip sends a copy of r with our user agent.
func (n named) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("User-Agent", userAgent)
	return n.next.RoundTrip(r)
}
