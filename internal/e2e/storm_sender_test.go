package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/procpac/procpac/internal/procoresim"
)

// stormHint is one webhook that has to be delivered.
type stormHint struct {
	id   string
	body []byte
	gate int // percent of the work that must be done before
}

// stormSender delivers hints in no order at all, several at once, and each
// until it is answered 200, as Procore does.
type stormSender struct {
	client *http.Client
	url    string

	mu      sync.Mutex
	dice    *rand.Rand
	waiting []stormHint
	done    int // percent
	flying  int
	closed  bool

	events, sent, acked, refused int // hints, posts, 200, anything else
	ids                          map[string]bool
}

func newStormSender(w *world, dice *rand.Rand) *stormSender {
	return &stormSender{client: w.client, url: w.gateURL + "/hooks/procore/" + connection, dice: dice, ids: map[string]bool{}}
}

// request adds the hints of an ERP request: two events, each of them one to
// five times, most of them later than the first.
func (s *stormSender) request(id int64, from int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range 2 {
		body, event := s.body(id)
		for i := range 1 + s.dice.IntN(5) {
			gate := from
			if i > 0 {
				gate = max(from, s.dice.IntN(95))
			}
			s.add(stormHint{id: event, body: body, gate: gate})
		}
	}
}

// again adds one more event for a request, and a repeat of one.
func (s *stormSender) again(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, event := s.body(id)
	s.add(stormHint{id: event, body: body})
	s.add(stormHint{id: event, body: body})
}

// add queues a hint; the caller holds the mutex.
func (s *stormSender) add(h stormHint) { s.waiting, s.events = append(s.waiting, h), s.events+1 }

// noise adds hints that ask for nothing: other resources, other actions, bodies
// that nobody can read.
func (s *stormSender) noise(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range n {
		id, gate := ulid.Make().String(), s.dice.IntN(90)
		body := fmt.Sprintf(`{"id":%q,"reason":"update","resource_type":"Purchase Order Contracts","resource_id":"%d","company_id":"%d"}`, id, i, procoresim.DemoCompanyID)
		if i%3 == 0 {
			body = fmt.Sprintf(`{"id":%q,"broken`, id)
		}
		s.add(stormHint{id: "", body: []byte(body), gate: gate})
	}
}

// body is a webhook of one of the two forms, with an id of its own.
func (s *stormSender) body(request int64) (body []byte, id string) {
	id = ulid.Make().String()
	fields := map[string]any{
		"id": id, "reason": "create", "resource_type": "ERP Requests", "resource_id": itoa(request),
		"company_id": itoa(procoresim.DemoCompanyID), "user_id": "880", "project_id": nil, "timestamp": "2026-07-02T01:02:03.000004Z",
	}
	if s.dice.IntN(2) == 0 {
		fields = map[string]any{
			"id": s.dice.Int64N(1 << 40), "ulid": id, "event_type": "create", "resource_name": "ERP Requests", "resource_id": request,
			"company_id": procoresim.DemoCompanyID, "user_id": 880, "api_version": "v2", "metadata": nil, "timestamp": "2026-07-02T01:02:03.000004Z",
		}
	}
	body, _ = json.Marshal(fields) // texts and whole numbers only, cannot fail
	return body, id
}

// progress opens gates.
func (s *stormSender) progress(percent int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = max(s.done, percent)
}

// take picks any hint whose gate is open.
func (s *stormSender) take() (h stormHint, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range min(len(s.waiting), 30) {
		i := s.dice.IntN(len(s.waiting))
		if h = s.waiting[i]; h.gate > s.done {
			continue
		}
		last := len(s.waiting) - 1
		s.waiting[i] = s.waiting[last]
		s.waiting = s.waiting[:last]
		s.flying++
		return h, true
	}
	return h, false
}

// run delivers with several hands until close and until nothing is left.
func (s *stormSender) run(ctx context.Context, hands int) {
	var home sync.WaitGroup
	for range hands {
		home.Go(func() {
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			for ctx.Err() == nil && !s.finished() {
				if h, ok := s.take(); ok && s.deliver(ctx, h) {
					continue
				}
				select { // nothing to do, or refused: a pause
				case <-tick.C:
				case <-ctx.Done():
				}
			}
		})
	}
	home.Wait()
}

// deliver posts a hint; refused, it goes back.
func (s *stormSender) deliver(ctx context.Context, h stormHint) bool {
	ok := s.post(ctx, h.body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent++
	s.flying--
	if !ok {
		s.refused++
		s.waiting = append(s.waiting, h)
		return false
	}
	s.acked++
	if h.id != "" {
		s.ids[h.id] = true
	}
	return true
}

func (s *stormSender) post(ctx context.Context, body []byte) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second) // as Procore
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return false
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", hookToken)
	res, err := s.client.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode == http.StatusOK
}

// idle tells whether every hint has been answered 200.
func (s *stormSender) idle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.waiting) == 0 && s.flying == 0
}

// close lets run end once nothing is left.
func (s *stormSender) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
}

func (s *stormSender) finished() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed && len(s.waiting) == 0
}
