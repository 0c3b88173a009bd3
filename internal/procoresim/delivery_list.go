package procoresim

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// Delivery is one delivery as it is read back from Go and from GET /sim/deliveries. Attempts counts all tries.
type Delivery struct {
	ID       int64           `json:"id"`
	HookID   int64           `json:"hook_id"`
	EventID  int64           `json:"event_id"`
	Resource string          `json:"resource_name"`
	Kind     string          `json:"event_type"`
	RecordID int64           `json:"resource_id"`
	Status   string          `json:"status"` // enqueued, retrying, delivered, discarded
	Attempts int             `json:"attempts"`
	LastCode int             `json:"last_status"` // of the last attempt; 0: no answer or none yet
	LastTime time.Time       `json:"last_attempt"`
	Payload  json.RawMessage `json:"payload"`
}

// Deliveries lists what is queued and what is remembered, by hook and in order of enqueuing.
func (s *Sim) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []Delivery{}
	for _, h := range s.data.hooks.all() {
		for _, d := range h.history {
			list = append(list, d.snapshot(h.ID))
		}
	}
	return list
}

func (d *delivery) snapshot(hook int64) Delivery {
	out := Delivery{
		ID: d.id, HookID: hook, EventID: d.event.id, Resource: d.event.resource, Kind: d.event.kind, RecordID: d.event.resourceID,
		Status: d.status, Attempts: d.tries, Payload: d.payload,
	}
	if last, tried := d.last(); tried {
		out.LastCode, out.LastTime = last.Status, last.StartedAt
	}
	return out
}

func (d *delivery) last() (attempt, bool) {
	if len(d.attempts) == 0 {
		return attempt{}, false
	}
	return d.attempts[len(d.attempts)-1], true
}

// listDeliveriesV2 filters by status, resource, event type and day.
func (s *Sim) listDeliveriesV2(k *call) (reply, error) {
	h, err := s.hookV2(k)
	if err != nil {
		return reply{}, err
	}
	wanted, err := wantedStatuses(k.filter("status"))
	if err != nil {
		return reply{}, err
	}
	days, err := dayRange(k)
	if err != nil {
		return reply{}, err
	}
	rows := passing(h.history,
		in(wanted, func(d *delivery) string { return d.status }),
		in(k.filter("resource_name"), func(d *delivery) string { return d.event.resource }),
		in(k.filter("event_type"), func(d *delivery) string { return d.event.kind }),
		func(d *delivery) bool { return days.holds(d.queued) },
	)
	return listV2(k, rows, renderDeliveryV2)
}

// wantedStatuses knows the words of the filter; failed means still failing here, because nothing stays failed since the flush discards.
func wantedStatuses(words []string) ([]string, error) {
	var out []string
	for _, w := range words {
		switch w {
		case "succeeded", statusDelivered:
			out = append(out, statusDelivered)
		case "failed", statusRetrying:
			out = append(out, statusRetrying)
		case statusDiscarded, statusEnqueued:
			out = append(out, w)
		default:
			return nil, badRequest("status", fmt.Sprintf("is %q; use succeeded, failed, discarded, enqueued or retrying", w))
		}
	}
	return out, nil
}

// dayRange reads filter[start] and filter[end], both days included.
func dayRange(k *call) (span, error) {
	var sp span
	for name, to := range map[string]*time.Time{"start": &sp.from, "end": &sp.to} {
		for _, text := range k.filter(name) {
			day, err := time.Parse(time.DateOnly, text)
			if err != nil {
				return span{}, badRequest(name, fmt.Sprintf("is %q; write it as 2026-01-31", text))
			}
			*to = day
		}
	}
	if !sp.to.IsZero() {
		sp.to = sp.to.Add(24*time.Hour - time.Nanosecond)
	}
	return sp, nil
}

func renderDeliveryV2(d *delivery) obj {
	attempts := make([]obj, len(d.attempts))
	for i, a := range d.attempts {
		attempts[i] = obj{
			"id": idText(a.ID), "success": a.Success, "response_status": idOrNull(int64(a.Status)), "response_body": textOrNull(a.Body + a.Error),
			"response_headers": a.Headers, "started_at": stamp(a.StartedAt), "completed_at": stamp(a.Completed),
		}
	}
	return obj{"id": idText(d.id), "status": d.status, "payload": d.payload, "delivery_attempts": attempts}
}

// listDeliveriesV1 shows one row for each delivery that was tried, with its last attempt; paged by page_size and the last seen id.
func (s *Sim) listDeliveriesV1(k *call) (reply, error) {
	_, h, err := s.hookV1(k)
	if err != nil {
		return reply{}, err
	}
	outcomes, err := wantedOutcomes(k.filter("status"))
	if err != nil {
		return reply{}, err
	}
	size, err := positive(k.query, "page_size", 100)
	if err != nil {
		return reply{}, err
	}
	start, _ := strconv.ParseInt(k.query.Get("page_start"), 10, 64)
	rows := passing(h.history,
		func(d *delivery) bool { return d.id > start && d.status != statusEnqueued },
		in(outcomes, (*delivery).outcome),
	)
	return ok(rendered(rows[:min(len(rows), size, 100)], renderDeliveryV1))
}

func wantedOutcomes(words []string) ([]string, error) {
	switch w := append(words, "any")[0]; w {
	case "any":
		return nil, nil
	case "successful":
		return []string{"ok"}, nil
	case "failing":
		return []string{"retried", "failed"}, nil
	case statusDiscarded:
		return []string{statusDiscarded}, nil
	default:
		return nil, badRequest("status", fmt.Sprintf("is %q; use any, successful, failing or discarded", w))
	}
}

// outcome is the state in the words of the v1 list.
func (d *delivery) outcome() string {
	switch d.status {
	case statusDelivered:
		return "ok"
	case statusRetrying:
		return "retried"
	}
	return d.status
}

func renderDeliveryV1(d *delivery) obj {
	a, _ := d.last()
	return obj{
		"id": d.id, "event": d.payload, "event_id": d.event.id, "outcome": d.outcome(), "response_status": idOrNull(int64(a.Status)),
		"response_headers": a.Headers, "response_body": textOrNull(a.Body), "response_error": textOrNull(a.Error),
		"started_at": stamp(a.StartedAt), "completed_at": stamp(a.Completed),
	}
}
