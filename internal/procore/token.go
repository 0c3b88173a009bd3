package procore

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/procpac/procpac/internal/fault"
)

const (
	opToken = "procore token"
	// tokenLife stands in where the answer names none (documented: 5400 s).
	tokenLife = 5400 * time.Second
	// renewEarly is how long before its end a token is renewed.
	renewEarly = 5 * time.Minute
	// The pause after a failed token request grows from one of the first two to
	// the last.
	pauseRefused     = 30 * time.Second
	pauseUnreachable = 2 * time.Second
	pauseMost        = 5 * time.Minute
)

// token is an access token; renew is when to ask for another, end when it
// stops working.
type token struct {
	value      string
	renew, end time.Time
}

// newToken sets the renewal five minutes before the end, or at four fifths of
// a short life.
func newToken(value string, life time.Duration, now time.Time) token {
	if life <= 0 {
		life = tokenLife
	}
	return token{value: value, renew: now.Add(life - min(renewEarly, life/5)), end: now.Add(life)}
}

// tokens keeps one token and renews it by one request at a time, however many
// wait for it. A waiter whose context ends leaves; the request goes on for the
// others. After a failure nobody asks again before a growing pause is over.
type tokens struct {
	ask   func(context.Context) (token, error)
	now   func() time.Time
	limit time.Duration // of one request

	work    sync.WaitGroup
	mu      sync.Mutex
	held    token
	flight  *flight
	refused refusal
	stopped bool
}

// flight is a token request under way. value and err are set before done is
// closed.
type flight struct {
	done   chan struct{}
	cancel context.CancelFunc
	value  string
	err    error
}

// refusal is the last failure, and until when it stands.
type refusal struct {
	err   error
	until time.Time
	pause time.Duration
}

func newTokens(ask func(context.Context) (token, error), now func() time.Time, limit time.Duration) *tokens {
	return &tokens{ask: ask, now: now, limit: limit}
}

// get gives a token that is good now. Its errors are the system's, except when
// ctx ends.
func (t *tokens) get(ctx context.Context) (string, error) {
	value, f, err := t.ready(ctx)
	if f == nil {
		return value, err
	}
	select {
	case <-f.done:
		return f.value, f.err
	case <-ctx.Done():
		return "", fault.New(fault.Transient, opToken, context.Cause(ctx))
	}
}

// ready gives what can be said at once, or the flight to wait for.
func (t *tokens) ready(ctx context.Context) (string, *flight, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	switch {
	case t.stopped:
		return "", nil, fault.New(fault.Transient, opToken, errors.New("the client is stopped")).OfSystem()
	case now.Before(t.held.renew):
		return t.held.value, nil, nil
	case t.flight != nil:
		return "", t.flight, nil
	case now.Before(t.refused.until) && now.Before(t.held.end):
		return t.held.value, nil, nil
	case now.Before(t.refused.until):
		return "", nil, t.refused.fault(now)
	}
	return "", t.start(ctx), nil
}

// start begins a flight that outlives the waiter who asked first.
func (t *tokens) start(ctx context.Context) *flight {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.limit)
	f := &flight{done: make(chan struct{}), cancel: cancel}
	t.flight = f
	t.work.Go(func() {
		defer cancel()
		got, err := t.ask(ctx)
		t.land(f, got, err)
	})
	return f
}

// land keeps what a flight brought. A failed renewal still leaves the old token
// while it lives.
func (t *tokens) land(f *flight, got token, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer close(f.done)
	t.flight = nil
	if err == nil {
		t.held, t.refused = got, refusal{}
		f.value = got.value
		return
	}
	now := t.now()
	t.refuse(err, fault.After(err), now)
	if now.Before(t.held.end) {
		f.value = t.held.value
		return
	}
	f.err = t.refused.fault(now)
}

// refuse notes a failure; the pause doubles with each in a row.
func (t *tokens) refuse(err error, least time.Duration, now time.Time) {
	pause := min(max(2*t.refused.pause, least, pauseUnreachable), max(pauseMost, least))
	t.refused = refusal{err: err, until: now.Add(pause), pause: pause}
}

// fault is the failure as its waiters see it.
func (r refusal) fault(now time.Time) error {
	return fault.New(fault.Transient, opToken, r.err).OfSystem().
		Saying(fault.Said(r.err)).Wait(r.until.Sub(now))
}

// discard drops a token that Procore did not take, unless it was replaced
// meanwhile.
func (t *tokens) discard(value string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held.value == value {
		t.held = token{}
	}
}

// distrust drops a brand-new token that Procore did not take, and asks for no
// other before a pause is over.
func (t *tokens) distrust(value string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held.value != value {
		return
	}
	t.held = token{}
	err := fault.New(fault.Transient, opToken, nil).OfSystem().Saying(sentence(http.StatusUnauthorized))
	t.refuse(err, pauseRefused, t.now())
}

// stop ends a flight and waits for it.
func (t *tokens) stop() {
	t.mu.Lock()
	t.stopped = true
	if t.flight != nil {
		t.flight.cancel()
	}
	t.mu.Unlock()
	t.work.Wait()
}

// service is the service account.
type service struct {
	url    string
	id     string
	secret func() string
}

// askToken makes one token request with the client credentials grant, the
// credentials in the form (documented).
func (c *Client) askToken(ctx context.Context) (token, error) {
	secret := c.service.secret()
	grant := clientcredentials.Config{
		ClientID: c.service.id, ClientSecret: secret,
		TokenURL: c.service.url, AuthStyle: oauth2.AuthStyleInParams,
	}
	got, err := grant.Token(context.WithValue(ctx, oauth2.HTTPClient, c.http))
	if err != nil {
		return token{}, c.tokenRefused(secret, err)
	}
	c.log.Debug().Time("until", got.Expiry).Msg("procore token")
	var life time.Duration
	if !got.Expiry.IsZero() {
		life = time.Until(got.Expiry)
	}
	return newToken(got.AccessToken, life, c.now()), nil
}

// tokenRefused classes a failed token request: always the system's, with words
// for whoever keeps the connection.
func (c *Client) tokenRefused(secret string, err error) error {
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		return fault.New(fault.Transient, opToken, plainTransport(err)).OfSystem().Wait(pauseUnreachable).
			Saying("Procore's login host could not be reached or did not answer with a token. Check login_url and the network.")
	}
	said := words(refused.Response.Header.Get("Content-Type"), refused.Body, secret)
	if said == "" {
		said = http.StatusText(refused.Response.StatusCode)
	}
	a := answer{status: refused.Response.StatusCode, header: refused.Response.Header}
	wait := pauseRefused
	if wished, ok := wish(a.header, c.now()); ok {
		wait = wished
	}
	return fault.New(fault.Transient, opToken, newStatusError(a)).OfSystem().Wait(wait).
		Saying(fmt.Sprintf("Procore refused the service account (%s). Check client_id, client_secret and login_url of the connection.", said))
}
