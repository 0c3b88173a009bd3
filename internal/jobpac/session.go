package jobpac

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/procpac/procpac/internal/fault"
)

// unclearRest is the pause after a login whose answer said neither yes nor no.
const unclearRest = 15 * time.Second

// errLoginRefused is in the chain of every error that a refused login caused,
// for as long as the pause lasts.
var errLoginRefused = errors.New("login refused")

// session holds the token. One login is under way at a time; after a refusal
// nobody asks again before the pause is over. Safe for concurrent use.
type session struct {
	logins *flights[string]
	ask    func(context.Context) (string, error)
	now    func() time.Time

	mu       sync.Mutex
	token    string
	refusals int       // in a row
	until    time.Time // no login before
	why      *fault.Fault
}

func newSession(life context.Context, config Config, ask func(context.Context) (string, error)) *session {
	return &session{logins: newFlights[string](life, config.Timeout), ask: ask, now: config.Now}
}

// get gives the token, signing in where there is none. The error is Transient:
// without a token nothing was sent.
func (s *session) get(ctx context.Context) (string, error) {
	if token := s.current(); token != "" {
		return token, nil
	}
	return s.logins.do(ctx, "login", s.login)
}

func (s *session) current() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token
}

// login asks for a token unless there is one by now or the pause lasts.
func (s *session) login(ctx context.Context) (string, error) {
	if token := s.current(); token != "" {
		return token, nil
	}
	if err := s.resting(); err != nil {
		return "", err
	}
	token, err := s.ask(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.token, s.refusals, s.why = token, 0, nil
		return token, nil
	}
	return "", s.remember(err)
}

// remember lays down the pause that a failed login asks for. A login that did
// not get through asks for none.
func (s *session) remember(err error) error {
	rest := fault.After(err)
	if errors.Is(err, errLoginRefused) {
		rest = refusedRest(s.refusals)
		s.refusals++
	}
	if rest <= 0 {
		return err
	}
	s.until = s.now().Add(rest)
	s.why = fault.New(fault.Transient, giveToken().title(), err).OfSystem().Saying(wordsOf(err))
	return s.paused(rest)
}

// resting is the remembered failure while its pause lasts.
func (s *session) resting() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if left := s.until.Sub(s.now()); s.why != nil && left > 0 {
		return s.paused(left)
	}
	return nil
}

// paused tells the failure and when the next attempt comes.
func (s *session) paused(left time.Duration) error {
	next := fmt.Errorf("the next login is tried at %s: %w", s.until.UTC().Format(time.RFC3339), s.why.Err)
	return fault.New(fault.Transient, s.why.Op, next).OfSystem().Wait(left).Saying(s.why.Said)
}

// refusedRest is the pause after so many earlier refusals in a row.
func refusedRest(earlier int) time.Duration {
	ladder := []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}
	return ladder[min(earlier, len(ladder)-1)]
}

// discard forgets a token that Jobpac refused, unless a newer one is here.
func (s *session) discard(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == token {
		s.token = ""
	}
}

// close forgets the token and gives it for the farewell.
func (s *session) close() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	token := s.token
	s.token = ""
	return token
}

// wordsOf is the other side's words in err; "" where it said nothing.
func wordsOf(err error) string {
	if words := fault.Said(err); words != err.Error() {
		return words
	}
	return ""
}
