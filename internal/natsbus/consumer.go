package natsbus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// delayedRoom is how many events may be waiting for a later time. The server
// counts an event that was given back with a delay among the unacknowledged
// ones, so a limit near the number of workers would stop the whole connection
// as soon as that many documents wait for something. How many are worked on at
// once is held down by pulling for free hands only.
const delayedRoom = 10_000

// consumerName is the durable consumer of a connection's workers, shared by all
// processes that serve it.
func consumerName(connection string) string { return "worker-" + token(connection) }

// consumerConfig are the settings of a connection's consumer. Deliveries have no
// limit: the journal counts attempts, the broker never gives up.
func consumerConfig(o RunOptions) jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		Durable:       consumerName(o.Connection),
		FilterSubject: eventsOf(o.Connection),
		DeliverPolicy: jetstream.DeliverAllPolicy,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       o.AckWait,
		MaxDeliver:    -1,
		MaxAckPending: 4*o.Workers + delayedRoom,
		ReplayPolicy:  jetstream.ReplayInstantPolicy,
	}
}

// ensureConsumer creates the consumer, or brings its settings up to date. One
// that cannot be brought there is an error that says so.
func (b *Bus) ensureConsumer(ctx context.Context, o RunOptions) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	want := consumerConfig(o)
	have, err := b.js.Consumer(ctx, streamEvents, want.Durable)
	if err == nil && sameConsumer(have.CachedInfo().Config, want) {
		return nil
	}
	if err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
		return away("look at consumer "+want.Durable, err)
	}
	if _, err = b.js.CreateOrUpdateConsumer(ctx, streamEvents, want); err == nil {
		return nil
	}
	if answered(err) {
		return fmt.Errorf("consumer %s has other settings and the server does not change them (%w): "+
			"delete it on the server; a new one begins with the oldest event, which the journal sorts out", want.Durable, err)
	}
	return away("create consumer "+want.Durable, err)
}

// sameConsumer compares the settings that matter.
func sameConsumer(have, want jetstream.ConsumerConfig) bool {
	return have.FilterSubject == want.FilterSubject && len(have.FilterSubjects) == 0 &&
		have.AckPolicy == want.AckPolicy && have.AckWait == want.AckWait && have.MaxDeliver == want.MaxDeliver &&
		have.MaxAckPending == want.MaxAckPending && len(have.BackOff) == 0 && have.InactiveThreshold == 0 &&
		have.DeliverPolicy == want.DeliverPolicy && have.PauseUntil == nil && have.MaxRequestBatch == 0
}
