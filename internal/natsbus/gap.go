package natsbus

import (
	"context"
	"errors"
	"sync"

	"github.com/rs/zerolog"
)

// gaps counts what the streams have lost. A server leaves out a message whose
// bytes are damaged without a word (measured), and a worker's deliveries cannot
// show it: its consumer is filtered by connection, so a jump of the stream's
// sequence may as well be other connections' events, and the consumer's own
// sequence counts deliveries only. So the gaps are counted where a stream is
// read whole: by Tail as things come in, by Backup, and by Run, which at its start
// reads once what its workers have not acknowledged (Tail may have passed that
// before it was damaged). Who wants to look at everything calls Read.
//
// Each gap counts once per Bus, however many read over it.
type gaps struct {
	log  zerolog.Logger
	call func(stream string, from, missing uint64)

	mu     sync.Mutex
	known  map[gapEnd]bool
	counts map[string]uint64

	turn chan struct{} // room for the one who looks back
	back uint64        // whose turn it is: EVENTS was looked through from here on; 0: not at all
}

// gapEnd is what a gap is known by: where it begins depends on where a reader
// began.
type gapEnd struct {
	stream string
	next   uint64 // the first sequence after it
}

// Gaps are the sequences found missing since Open, aged events not counted.
type Gaps struct{ Events, Journal, Others uint64 }

// note counts a gap and reports it, the first time.
func (g *gaps) note(stream string, from, missing uint64) {
	if !g.fresh(gapEnd{stream, from + missing}, missing) {
		return
	}
	g.log.Error().Str("stream", stream).Uint64("from", from).Uint64("missing", missing).
		Msg("messages are missing from a stream: its file was damaged")
	if g.call != nil {
		g.call(stream, from, missing)
	}
}

// fresh counts a gap unless it is known.
func (g *gaps) fresh(end gapEnd, missing uint64) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.known[end] {
		return false
	}
	if g.known == nil {
		g.known, g.counts = map[gapEnd]bool{}, map[string]uint64{}
	}
	g.known[end] = true
	g.counts[end.stream] += missing
	return true
}

// read gives the counts.
func (g *gaps) read() Gaps {
	g.mu.Lock()
	defer g.mu.Unlock()
	return Gaps{
		Events: g.counts[streamEvents], Journal: g.counts[streamJournal],
		Others: g.counts[streamDLQ] + g.counts[streamQuarantine],
	}
}

// lookBack looks for gaps among the events that a connection's workers have not
// acknowledged: Tail may have passed them before they were damaged. What the
// workers of another connection made us look through is not read again.
func (b *Bus) lookBack(ctx context.Context, connection string) error {
	c, err := b.js.Consumer(ctx, streamEvents, consumerName(connection))
	if err != nil {
		return err
	}
	from := c.CachedInfo().AckFloor.Stream + 1
	select {
	case b.gaps.turn <- struct{}{}:
		defer func() { <-b.gaps.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if b.gaps.back != 0 && b.gaps.back <= from {
		return nil
	}
	if err := b.noteGaps(ctx, from, b.gaps.back); err != nil {
		return err
	}
	b.gaps.back = from
	return nil
}

// errEnough ends a reading before the end of the stream.
var errEnough = errors.New("enough")

// noteGaps reads EVENTS from a sequence up to another, 0: to its end.
func (b *Bus) noteGaps(ctx context.Context, from, before uint64) error {
	err := b.Read(ctx, false, from, func(_ context.Context, entries []Entry) error {
		for _, e := range entries {
			if before != 0 && e.Seq >= before {
				return errEnough
			}
			if e.Kind == GapEntry && !e.Aged {
				b.gaps.note(streamEvents, e.Seq, e.Missing)
			}
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}
