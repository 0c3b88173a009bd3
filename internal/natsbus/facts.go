package natsbus

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// StreamFacts is what the server says a stream holds.
type StreamFacts struct {
	First    uint64    // sequence of the first message; of an empty stream one above the last
	Last     uint64    // the highest sequence ever given, as far as the server knows
	Messages uint64    // fewer than First to Last: some are missing
	Created  time.Time // a stream that was made anew has another
	Ages     bool      // its oldest messages go by max age
	Deleted  []uint64  // which are missing between First and Last, as far as the server knows; none when they are very many
}

// mostListed is how many missing sequences the server is asked to name.
const mostListed = 100_000

// Streams tells what EVENTS and JOURNAL hold. The server believes its index:
// a message that rotted on the disk counts until somebody reads it, see Read.
// An error is Transient and of the system.
func (b *Bus) Streams(ctx context.Context) (events, journal StreamFacts, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	if events, err = b.facts(ctx, streamEvents); err != nil {
		return events, journal, err
	}
	journal, err = b.facts(ctx, streamJournal)
	return events, journal, err
}

// facts asks for one stream.
func (b *Bus) facts(ctx context.Context, name string) (f StreamFacts, err error) {
	stream, err := b.js.Stream(ctx, name)
	if err != nil {
		return f, away("look at stream "+name, err)
	}
	info := stream.CachedInfo()
	if n := info.State.NumDeleted; n > 0 && n <= mostListed {
		if info, err = stream.Info(ctx, jetstream.WithDeletedDetails(true)); err != nil {
			return f, away("look at the holes of stream "+name, err)
		}
	}
	state := info.State
	return StreamFacts{
		First: state.FirstSeq, Last: state.LastSeq, Messages: state.Msgs, Created: info.Created.UTC(),
		Ages: info.Config.MaxAge > 0, Deleted: state.Deleted,
	}, nil
}
