package procoresim

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// The states of a delivery, in the words of the v2 list.
const (
	statusEnqueued  = "enqueued"
	statusRetrying  = "retrying"
	statusDelivered = "delivered"
	statusDiscarded = "discarded"
)

// delivery is one event on its way to one hook.
type delivery struct {
	id       int64
	event    event
	payload  json.RawMessage
	status   string
	queued   time.Time
	attempts []attempt // the last maxAttempts of them
	tries    int
}

// attempt is one try to deliver.
type attempt struct {
	ID                   int64
	Success              bool
	Status               int // 0: no answer
	Body, Error          string
	Headers              map[string]string
	StartedAt, Completed time.Time
}

// maxAttempts is how many attempts of one delivery are remembered.
const maxAttempts = 50

// runner is the part of a hook that its goroutine works with. All fields but wake are guarded by Sim.mu.
type runner struct {
	wake      chan struct{} // holds one token; tells the goroutine to look again
	queue     []*delivery
	history   []*delivery // oldest first, queued ones included
	trimmedTo int         // unfinished deliveries beyond the limit that the last trim had to keep
	sending   bool
	group     int       // deliveries of a reordered group still to be sent
	failures  int       // in a row
	firstFail time.Time // of the present run of failures
	retryAt   time.Time
	quietTill time.Time // nothing will happen before; zero: the goroutine must look
}

func newRunner() runner { return runner{wake: make(chan struct{}, 1)} }

// wakeUp makes the goroutine look at its queue again.
func (r *runner) wakeUp() {
	r.quietTill = time.Time{}
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

func (s *Sim) wakeHooks() {
	for _, h := range s.data.hooks.all() {
		h.wakeUp()
	}
	s.engineMoved()
}

// startHook starts the one goroutine of a hook. It ends when the hook is removed or the simulator is closed; Close waits for it.
func (s *Sim) startHook(h *hook) {
	ctx, cancel := context.WithCancel(s.ctx)
	h.cancel = cancel
	if s.closed {
		cancel()
		return
	}
	s.wg.Go(func() { s.runHook(ctx, h) })
}

// enqueue adds the deliveries of an event, as many as duplicates are asked for.
func (s *Sim) enqueue(h *hook, ev event) {
	payload := ev.payload(h.Version, &s.settings)
	for range s.settings.Duplicates {
		d := &delivery{id: s.nextID(idDelivery), event: ev, payload: payload, status: statusEnqueued, queued: s.clock.Now()}
		h.queue, h.history = append(h.queue, d), append(h.history, d)
		s.data.counts.Enqueued++
	}
	s.trimHistory(h)
	if h.failures == 0 {
		h.wakeUp()
	}
}

// trimHistory forgets the oldest finished deliveries, a good many at a time, so that the cost of one delivery stays the same however long
// the queue is.
func (s *Sim) trimHistory(h *hook) {
	keep := s.config.DeliveryHistory
	if len(h.history) < h.trimmedTo+2*keep {
		return
	}
	surplus := len(h.history) - keep
	var kept []*delivery
	for i, d := range h.history {
		if i >= surplus || d.status == statusEnqueued || d.status == statusRetrying {
			kept = append(kept, d)
		}
	}
	h.history, h.trimmedTo = kept, len(kept)-keep
}

// move is what the goroutine does next: send something, or wait for a timer, or (both nil) wait to be woken.
type move struct {
	send  *delivery
	fired <-chan time.Time
	stop  func()
	url   string
	head  map[string]string
	limit time.Duration
}

// runHook sends the queue of one hook, one delivery at a time.
func (s *Sim) runHook(ctx context.Context, h *hook) {
	for ctx.Err() == nil {
		m := s.nextMove(h)
		switch {
		case m.send != nil:
			a := s.post(ctx, m)
			if ctx.Err() == nil {
				s.finish(h, m.send, a)
			}
		case m.fired != nil:
			waitEither(ctx, h.wake, m.fired)
			m.stop()
		default:
			waitEither(ctx, h.wake, nil)
		}
	}
}

func waitEither(ctx context.Context, wake <-chan struct{}, fired <-chan time.Time) {
	select {
	case <-ctx.Done():
	case <-wake:
	case <-fired:
	}
}

// nextMove decides under the lock. The timer is set there too, so that whoever sees quietTill can rely on it.
func (s *Sim) nextMove(h *hook) move {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.engineMoved()
	now := s.clock.Now()
	s.flushIfDue(h, now)
	h.quietTill = time.Time{}
	if len(h.queue) == 0 || h.Status != hookActive {
		return move{}
	}
	if until := s.notBefore(h, now); until.After(now) {
		h.quietTill = until
		fired, stop := s.clock.After(until.Sub(now))
		return move{fired: fired, stop: stop}
	}
	s.formGroup(h)
	h.sending = true
	limit := time.Duration(s.settings.DeliveryTimeoutMS) * time.Millisecond
	return move{send: h.queue[0], url: h.URL, head: h.Headers, limit: limit}
}

// notBefore is when the head of the queue may go out: after the pause of a failure, or when a reordered group is complete or has been
// held back long enough.
func (s *Sim) notBefore(h *hook, now time.Time) time.Time {
	if h.failures > 0 {
		end := h.firstFail.Add(s.discardAfter())
		if h.retryAt.After(end) {
			return end
		}
		return h.retryAt
	}
	if s.settings.ReorderWindow > 1 && h.group == 0 && len(h.queue) < s.settings.ReorderWindow {
		return h.queue[0].queued.Add(time.Duration(s.settings.ReorderHoldMS) * time.Millisecond)
	}
	return now
}

// formGroup turns the next group of the queue round, if reordering is on.
func (s *Sim) formGroup(h *hook) {
	if s.settings.ReorderWindow < 2 || h.group > 0 || h.failures > 0 {
		return
	}
	h.group = min(len(h.queue), s.settings.ReorderWindow)
	slices.Reverse(h.queue[:h.group])
}

func (s *Sim) discardAfter() time.Duration {
	return time.Duration(s.settings.DiscardAfterMS) * time.Millisecond
}

// flushIfDue throws the queue away when it has been failing for too long (documented: 12 h). The next event starts afresh.
func (s *Sim) flushIfDue(h *hook, now time.Time) {
	if h.failures == 0 || now.Before(h.firstFail.Add(s.discardAfter())) {
		return
	}
	s.flush(h)
}

func (s *Sim) flush(h *hook) {
	for _, d := range h.queue {
		s.count(d.status, -1)
		d.status = statusDiscarded
		s.count(d.status, 1)
	}
	h.queue, h.failures, h.group = nil, 0, 0
}

// finish records an attempt. A success takes the delivery off the queue; a failure pauses all that is behind it.
func (s *Sim) finish(h *hook, d *delivery, a attempt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.engineMoved()
	if current, known := s.data.hooks.get(h.ID); !known || current != h {
		return // removed while the attempt was under way
	}
	h.sending = false
	a.ID, a.Completed = s.nextID(idAttempt), s.clock.Now()
	d.tries++
	d.attempts = append(d.attempts, a)
	if len(d.attempts) > maxAttempts {
		d.attempts = d.attempts[1:]
	}
	s.data.counts.Attempts++
	s.count(d.status, -1)
	if a.Success {
		d.status = statusDelivered
		h.queue, h.failures, h.group = h.queue[1:], 0, max(0, h.group-1)
	} else {
		d.status = statusRetrying
		s.pause(h, a.Completed)
	}
	s.count(d.status, 1)
}

// pause doubles from the shortest to the longest pause (documented: 1 s to 1 h; that it doubles is assumed).
func (s *Sim) pause(h *hook, now time.Time) {
	if h.failures == 0 {
		h.firstFail = now
	}
	h.failures++
	wait := time.Duration(s.settings.BackoffMinMS) * time.Millisecond
	longest := time.Duration(s.settings.BackoffMaxMS) * time.Millisecond
	for i := 1; i < h.failures && wait < longest; i++ {
		wait *= 2
	}
	h.retryAt = now.Add(min(wait, longest))
}

// newSender is the client of all deliveries. A redirect is an answer like any other, so it is a failure (assumed).
func newSender() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute, TLSHandshakeTimeout: 5 * time.Second},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
