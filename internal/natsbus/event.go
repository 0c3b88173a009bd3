package natsbus

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// eventVersion is the version of the stored form that this build writes.
const eventVersion = 1

// event is the stored form of erp.Event.
type event struct {
	V          int       `json:"v"`
	ID         string    `json:"id"`
	Connection string    `json:"connection"`
	Resource   string    `json:"resource,omitempty"`
	ResourceID int64     `json:"resource_id,omitempty"`
	Action     string    `json:"action,omitempty"`
	Company    int64     `json:"company,omitempty"`
	Project    int64     `json:"project,omitempty"`
	User       int64     `json:"user,omitempty"`
	Parent     int64     `json:"parent,omitempty"`
	At         time.Time `json:"at,omitzero"`
	Received   time.Time `json:"received,omitzero"`
	Source     string    `json:"source,omitempty"`
	Actor      string    `json:"actor,omitempty"`
	Body       []byte    `json:"body,omitempty"` // byte for byte, as it came
	Decision   *decision `json:"decision,omitempty"`
	Import     *imports  `json:"import,omitempty"`
}

// decision is the stored form of erp.Decision.
type decision struct {
	Effect string   `json:"effect"`
	Seq    uint64   `json:"seq"`
	Do     erp.Verb `json:"do"`
	Number string   `json:"number,omitempty"`
	Reason string   `json:"reason"`
}

// imports is the stored form of erp.ImportOrder.
type imports struct {
	Objects []erp.Object `json:"objects"`
	Project string       `json:"project,omitempty"`
	Full    bool         `json:"full,omitempty"`
}

// encodeEvent makes the stored form.
func encodeEvent(e erp.Event) ([]byte, error) {
	return json.Marshal(event{
		V: eventVersion, ID: e.ID, Connection: e.Connection, Resource: e.Resource, ResourceID: int64(e.ResourceID),
		Action: e.Action, Company: int64(e.Company), Project: int64(e.Project), User: int64(e.User), Parent: int64(e.Parent),
		At: e.At, Received: e.Received, Source: e.Source, Actor: e.Actor, Body: e.Body, Decision: (*decision)(e.Decision), Import: (*imports)(e.Import),
	})
}

// decodeEvent reads the stored form of this version.
func decodeEvent(data []byte) (erp.Event, error) {
	var s event
	if err := json.Unmarshal(data, &s); err != nil {
		return erp.Event{}, fmt.Errorf("stored event: %w", err)
	}
	if s.V != eventVersion {
		return erp.Event{}, fmt.Errorf("stored event has version %d, this build reads %d", s.V, eventVersion)
	}
	return erp.Event{
		ID: s.ID, Connection: s.Connection, Resource: s.Resource, ResourceID: erp.ID(s.ResourceID),
		Action: s.Action, Company: erp.ID(s.Company), Project: erp.ID(s.Project), User: erp.ID(s.User), Parent: erp.ID(s.Parent),
		At: s.At, Received: s.Received, Source: s.Source, Actor: s.Actor, Body: s.Body, Decision: (*erp.Decision)(s.Decision), Import: (*erp.ImportOrder)(s.Import),
	}, nil
}

// Publish stores an event once, like Store.
func (b *Bus) Publish(ctx context.Context, e erp.Event) error {
	_, err := b.Store(ctx, e)
	return err
}

// Store puts an event on disk, once per connection and id: duplicate tells that
// it was there before. A repeat with another body is quarantined as well, so
// that nothing a sender said is lost. Nil: on disk. Errors are Transient and of
// the system, and the same event may be stored again; an event that can never
// be stored (no id, no connection, too big) is Permanent.
func (b *Bus) Store(ctx context.Context, e erp.Event) (duplicate bool, err error) {
	if e.ID == "" || e.Connection == "" {
		err := fmt.Errorf("event %q of connection %q needs both an id and a connection", e.ID, e.Connection)
		return false, fault.New(fault.Permanent, "store event", err)
	}
	data, err := encodeEvent(e)
	if err != nil {
		return false, fault.New(fault.Permanent, "store event "+e.ID, err)
	}
	s := &slip{subject: eventSubject(e), id: eventID(e), sum: sum(e.Body), data: data}
	out := b.events.do(ctx, s)
	if out.err != nil {
		return false, fmt.Errorf("event %s: %w", e.ID, out.err)
	}
	if !out.taken {
		return false, nil
	}
	return true, b.compare(ctx, e, s, out)
}

// compare quarantines the body of a repeat that says something else than what
// is stored.
func (b *Bus) compare(ctx context.Context, e erp.Event, s *slip, out outcome) error {
	standing := out.sum
	if standing == "" {
		m, err := b.standing(ctx, s.subject, out.seq)
		if err != nil {
			return away("compare event "+e.ID, err)
		}
		standing = m.header.Get(headerSum)
	}
	if standing == "" || standing == s.sum {
		return nil
	}
	b.log.Warn().Str("event", e.ID).Str("connection", e.Connection).Msg("an event came again with another body")
	return b.Quarantine(ctx, e.Connection, e.Body, "event "+e.ID+" is stored with another body")
}

// standing is the message that an event is a repeat of: by sequence where the
// server named one, else by subject. A replica that lags may not have it yet;
// then nothing can be compared and it is empty.
func (b *Bus) standing(ctx context.Context, subject string, seq uint64) (stored, error) {
	if seq == 0 {
		m, _, err := lastOf(ctx, b.nc, streamEvents, subject)
		return m, err
	}
	var found stored
	_, err := get(ctx, b.nc, streamEvents, wanted{From: seq, Most: 1}, func(m stored) error {
		if m.seq == seq {
			found = m
		}
		return nil
	})
	return found, err
}

// unreadable is the stored form of a quarantined body.
type unreadable struct {
	V      int       `json:"v"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
	Body   []byte    `json:"body"`
}

// Quarantine keeps a body that could not be read or believed, once per
// connection and body. Nil: on disk. Errors as of Store.
func (b *Bus) Quarantine(ctx context.Context, connection string, body []byte, reason string) error {
	data, err := json.Marshal(unreadable{V: 1, Reason: reason, At: time.Now().UTC(), Body: body})
	if err != nil {
		return fault.New(fault.Permanent, "quarantine", err)
	}
	hash := sum(body)
	out := b.unread.do(ctx, &slip{subject: "qu." + token(connection) + "." + hash, id: token(connection) + "." + hash, data: data})
	if out.err != nil {
		return fmt.Errorf("quarantine: %w", out.err)
	}
	return nil
}
