package procoresim

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"
)

// keptBody is how much of a receiver's answer is remembered, in bytes.
const keptBody = 512

// post makes one attempt. The receiver has move.limit on the wall clock to answer (documented: 5 s); any 2xx is a success.
func (s *Sim) post(ctx context.Context, m move) attempt {
	a := attempt{StartedAt: s.clock.Now()}
	ctx, cancel := context.WithTimeout(ctx, m.limit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.url, bytes.NewReader(m.send.payload))
	if err != nil {
		a.Error = err.Error()
		return a
	}
	req.Header.Set("Content-Type", "application/json")
	for name, value := range m.head {
		req.Header.Set(name, value)
	}
	resp, err := s.sender.Do(req)
	if err != nil {
		a.Error = "no answer: " + err.Error()
		return a
	}
	defer resp.Body.Close()
	a.fill(resp)
	return a
}

func (a *attempt) fill(resp *http.Response) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, keptBody))
	if err != nil {
		a.Error = "torn answer: " + err.Error()
		return
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection can be used again
	a.Status, a.Body, a.Success = resp.StatusCode, string(body), resp.StatusCode/100 == 2
	a.Headers = make(map[string]string, len(resp.Header))
	for name := range resp.Header {
		a.Headers[name] = resp.Header.Get(name)
	}
}

// DeliveryCounts are running totals since the start or the last Reset. A delivery is in exactly one of Enqueued, Retrying, Delivered and
// Discarded; Events counts what happened, whether or not a hook asked for it.
type DeliveryCounts struct {
	Events    int64 `json:"events"`
	Attempts  int64 `json:"attempts"`
	Enqueued  int64 `json:"enqueued"`
	Retrying  int64 `json:"retrying"`
	Delivered int64 `json:"delivered"`
	Discarded int64 `json:"discarded"`
}

func (s *Sim) count(status string, by int64) {
	switch status {
	case statusEnqueued:
		s.data.counts.Enqueued += by
	case statusRetrying:
		s.data.counts.Retrying += by
	case statusDelivered:
		s.data.counts.Delivered += by
	case statusDiscarded:
		s.data.counts.Discarded += by
	}
}

// DeliveryCounts returns the totals.
func (s *Sim) DeliveryCounts() DeliveryCounts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.data.counts
}

// engineMoved tells those who wait that the delivery engine has changed. The caller holds the lock.
func (s *Sim) engineMoved() {
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
}

// WaitIdle returns when every delivery of an active hook has been delivered or discarded, or with the error of ctx. On a manual clock a
// failing delivery needs Advance from elsewhere.
func (s *Sim) WaitIdle(ctx context.Context) error {
	return s.waitFor(ctx, func(h *hook, _ time.Time) bool { return h.Status != hookActive || len(h.queue) == 0 && !h.sending })
}

// WaitSettled returns when no delivery can go out before the clock moves: all queues are empty, disabled or waiting for a later moment.
func (s *Sim) WaitSettled(ctx context.Context) error {
	return s.waitFor(ctx, func(h *hook, now time.Time) bool {
		return !h.sending && (h.Status != hookActive || len(h.queue) == 0 || h.quietTill.After(now))
	})
}

func (s *Sim) waitFor(ctx context.Context, done func(*hook, time.Time) bool) error {
	for {
		changed, reached := s.reached(done)
		if reached {
			return nil
		}
		select {
		case <-changed:
		case <-s.ctx.Done():
			return s.ctx.Err()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *Sim) reached(done func(*hook, time.Time) bool) (<-chan struct{}, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	for _, h := range s.data.hooks.all() {
		if !done(h, now) {
			if s.changed == nil {
				s.changed = make(chan struct{})
			}
			return s.changed, false
		}
	}
	return nil, true
}

// Advance moves the clock forward by d, stopping at every timer on the way until the delivery engine has done what was due there. So
// twelve hours of retries happen exactly as they would have. It needs a clock that is an Advancer.
func (s *Sim) Advance(ctx context.Context, d time.Duration) error {
	clock, can := s.clock.(Advancer)
	if !can {
		return conflict("the clock of this simulator cannot be moved")
	}
	end := clock.Now().Add(d)
	for {
		if err := s.WaitSettled(ctx); err != nil {
			return err
		}
		next, any := clock.Next()
		if !any || next.After(end) {
			break
		}
		clock.Advance(max(0, next.Sub(clock.Now())))
	}
	clock.Advance(max(0, end.Sub(clock.Now())))
	return s.WaitSettled(ctx)
}
