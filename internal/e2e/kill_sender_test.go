package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/procoresim"
)

// sender posts webhooks of its own through the gate, each until it is answered
// 200, as Procore does: hints about requests that Procore tells of as well, and
// hints that are nobody's business. Every fifth is sent again after its 200.
type sender struct {
	*approvals
	name     int
	random   *rand.Rand
	answered []string // ids
	posts    int      // all tries
	resent   int      // after their 200
}

func newSender(a *approvals, name int, seed uint64) *sender {
	return &sender{approvals: a, name: name, random: rand.New(rand.NewPCG(seed, uint64(100+name)))}
}

// run posts one webhook after the other until enough ends, and finishes the one
// under way.
func (s *sender) run(ctx, enough context.Context) error {
	for n := 0; enough.Err() == nil; n++ {
		id, body := s.next(n)
		if err := s.deliver(ctx, body); err != nil {
			return fmt.Errorf("webhook %s: %w", id, err)
		}
		s.answered = append(s.answered, id)
		if n%5 == 4 {
			s.resent++
			if err := s.deliver(ctx, body); err != nil {
				return fmt.Errorf("webhook %s again: %w", id, err)
			}
		}
		rest(enough, time.Duration(5+s.random.IntN(30))*time.Millisecond)
	}
	return nil
}

// next makes a webhook: of every three, one about a request.
func (s *sender) next(n int) (id, body string) {
	id = fmt.Sprintf("01E2E%03d%018d", s.name, n)
	if request, ok := s.request(s.random.IntN(1 << 30)); ok && n%3 == 0 {
		return id, payload(id, "ERP Requests", request, procoresim.DemoCompanyID)
	}
	return id, payload(id, "Drawings", int64(n+1), procoresim.DemoCompanyID)
}

// deliver posts a webhook until it is answered 200.
func (s *sender) deliver(ctx context.Context, body string) error {
	for {
		s.posts++
		status, err := s.try(ctx, body)
		switch {
		case status == http.StatusOK:
			return nil
		case err == nil && status != http.StatusBadGateway && status != http.StatusServiceUnavailable:
			return fmt.Errorf("answered %d", status)
		case !rest(ctx, time.Duration(5+s.random.IntN(50))*time.Millisecond):
			return errors.Join(err, context.Cause(ctx))
		}
	}
}

// try posts once.
func (s *sender) try(ctx context.Context, body string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.gateURL+"/hooks/procore/"+connection, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", hookToken)
	res, err := s.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, err
}

// rest waits that long, or less when ctx ends: false.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
