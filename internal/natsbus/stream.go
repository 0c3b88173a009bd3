package natsbus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// The streams.
const (
	streamEvents     = "EVENTS"
	streamJournal    = "JOURNAL"
	streamDLQ        = "DLQ"
	streamQuarantine = "QUARANTINE"
)

// repeats is how long the server itself remembers message ids. What comes later
// is caught by the compare-and-set on the subject.
const repeats = 15 * time.Minute

// StreamError is a stream that exists with a setting under which something
// could be lost. Nothing is changed; a person has to look.
type StreamError struct{ Stream, Setting, Have, Want string }

// Error names the stream, the setting and both values.
func (e *StreamError) Error() string {
	return fmt.Sprintf("stream %s has %s %s where %s is needed: it was made or changed by something else; "+
		"correct it on the server, or give this program a server of its own", e.Stream, e.Setting, e.Have, e.Want)
}

// streams are the settings of all streams. Limits, not a work queue: an event
// that was handled still is what replay, audit and the projection read. Discard
// new: a full store refuses instead of forgetting. No delete, no purge: history
// only grows.
func streams(o Options) []jetstream.StreamConfig {
	made := func(name, subjects string) jetstream.StreamConfig {
		return jetstream.StreamConfig{
			Name: name, Subjects: []string{subjects},
			Storage: jetstream.FileStorage, Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardNew,
			MaxMsgs: -1, MaxBytes: -1, MaxMsgsPerSubject: -1, MaxMsgSize: -1, MaxConsumers: -1,
			Replicas: o.Replicas, Duplicates: repeats,
			DenyDelete: true, DenyPurge: true, AllowDirect: true, AllowAtomicPublish: true,
		}
	}
	events := made(streamEvents, "ev.>")
	events.MaxAge = o.EventsMaxAge
	if events.MaxAge > 0 {
		events.Duplicates = min(repeats, events.MaxAge) // the server insists
	}
	dead, unread := made(streamDLQ, "dlq.>"), made(streamQuarantine, "qu.>")
	dead.DenyPurge, unread.DenyPurge = false, false // a person may tidy up these two
	return []jetstream.StreamConfig{events, made(streamJournal, "journal.>"), dead, unread}
}

// ensureStreams creates what is missing and checks the rest; batches tells
// whether the server takes atomic batches. An external server that is away is
// tried again until ctx ends.
func (b *Bus) ensureStreams(ctx context.Context, o Options) (batches bool, err error) {
	batches = true
	for _, want := range streams(o) {
		have, err := b.ensureStream(ctx, want)
		if err != nil {
			return false, err
		}
		batches = batches && have.AllowAtomicPublish
	}
	return batches, nil
}

// ensureStream brings one stream about.
func (b *Bus) ensureStream(ctx context.Context, want jetstream.StreamConfig) (have jetstream.StreamConfig, err error) {
	var pause growing
	for {
		have, err = b.tryStream(ctx, want)
		if err == nil || settled(err) {
			return have, err
		}
		b.log.Warn().Err(err).Str("stream", want.Name).Msg("cannot open stream yet")
		if !pause.wait(ctx) {
			return have, away("open stream "+want.Name, errors.Join(err, context.Cause(ctx)))
		}
	}
}

// settled tells that the server has answered, so that asking again is no use.
func settled(err error) bool {
	var wrong *StreamError
	var answer *jetstream.APIError
	return errors.As(err, &wrong) || errors.As(err, &answer) && answer.Code < 500
}

// tryStream makes one try.
func (b *Bus) tryStream(ctx context.Context, want jetstream.StreamConfig) (jetstream.StreamConfig, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	stream, err := b.js.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		b.log.Info().Str("stream", want.Name).Msg("creating stream")
		stream, err = b.js.CreateStream(ctx, want)
	}
	if err != nil {
		return want, fmt.Errorf("open stream %s: %w", want.Name, err)
	}
	have := stream.CachedInfo().Config
	if err := verify(have, want); err != nil {
		return have, err
	}
	next, changed := adjusted(have, want)
	if !changed {
		return have, nil
	}
	stream, err = b.js.UpdateStream(ctx, next)
	if err != nil {
		return have, fmt.Errorf("update stream %s: %w", want.Name, err)
	}
	return stream.CachedInfo().Config, nil
}

// verify compares the settings under which something could be lost, read wrongly
// or kept from us.
func verify(have, want jetstream.StreamConfig) error {
	for _, s := range []struct {
		name       string
		have, want any
	}{
		{"subjects", have.Subjects, want.Subjects},
		{"storage", have.Storage, want.Storage},
		{"retention", have.Retention, want.Retention},
		{"discard", have.Discard, want.Discard},
		{"deny_delete", have.DenyDelete, want.DenyDelete},
		{"deny_purge", have.DenyPurge || !want.DenyPurge, true},
		{"max_msgs", limit(have.MaxMsgs), limit(want.MaxMsgs)},
		{"max_bytes", limit(have.MaxBytes), limit(want.MaxBytes)},
		{"max_msgs_per_subject", limit(have.MaxMsgsPerSubject), limit(want.MaxMsgsPerSubject)},
		{"max_age", age(have), age(want)},
		{"num_replicas", max(have.Replicas, 1), want.Replicas},
		{"sealed", have.Sealed, false},
		{"no_ack", have.NoAck, false},
		{"mirror", have.Mirror != nil, false},
		{"sources", len(have.Sources) > 0, false},
		{"subject_transform", have.SubjectTransform != nil, false},
	} {
		if h, w := fmt.Sprint(s.have), fmt.Sprint(s.want); h != w {
			return &StreamError{Stream: want.Name, Setting: s.name, Have: h, Want: w}
		}
	}
	return nil
}

// limit makes both ways of saying "none" one.
func limit(n int64) int64 {
	if n <= 0 {
		return -1
	}
	return n
}

// age is the max_age that counts: the age of events is the operator's choice and
// may change, nothing else may ever age.
func age(c jetstream.StreamConfig) time.Duration {
	if c.Name == streamEvents {
		return 0
	}
	return c.MaxAge
}

// adjusted takes over the settings that may be changed without harm.
func adjusted(have, want jetstream.StreamConfig) (jetstream.StreamConfig, bool) {
	next := have
	next.MaxAge, next.Duplicates = want.MaxAge, want.Duplicates
	next.AllowDirect, next.AllowAtomicPublish = true, want.AllowAtomicPublish
	same := next.MaxAge == have.MaxAge && next.Duplicates == have.Duplicates &&
		next.AllowDirect == have.AllowDirect && next.AllowAtomicPublish == have.AllowAtomicPublish
	return next, !same
}
