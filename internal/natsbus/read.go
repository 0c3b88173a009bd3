package natsbus

import (
	"context"
	"errors"

	"github.com/procpac/procpac/internal/journal"
)

// Read reads one stream from a sequence on to the end that it has at the call,
// and hands over 1 to 500 entries at a time, in order. Unlike Tail it comes to
// an end, also when the last messages are the ones that cannot be read: every
// sequence is told, a missing one in a GapEntry. Read from the first sequence,
// a record of JOURNAL that does not follow the one before it on its effect is a
// BadEntry with the effect's Key (and Err is ErrBroken): the history has a hole.
//
// Errors: fn's own; else Transient and of the system.
func (b *Bus) Read(ctx context.Context, journal bool, from uint64, fn func(context.Context, []Entry) error) error {
	r := &reading{bus: b, stream: streamEvents, next: max(from, 1), fn: fn}
	if journal {
		r.stream = streamJournal
	}
	if journal && from <= 1 {
		r.before = map[string]uint64{}
	}
	return r.run(ctx)
}

// reading is one Read under way.
type reading struct {
	bus    *Bus
	stream string
	next   uint64            // the next sequence wanted
	before map[string]uint64 // the last sequence of each effect's subject; nil: histories are not checked
	fn     func(context.Context, []Entry) error
}

// triesForMore is how often a server is asked again that ends before its own
// last sequence: another replica may have more.
const triesForMore = 5

// run reads page after page.
func (r *reading) run(ctx context.Context) error {
	facts, err := r.bus.facts(ctx, r.stream)
	if err != nil {
		return err
	}
	if facts.Ages {
		r.next = max(r.next, facts.First)
	}
	var pause growing
	for tries := 0; r.next <= facts.Last; tries++ {
		before := r.next
		if err := r.page(ctx); err != nil {
			return err
		}
		if r.next > before {
			tries = 0
			pause.reset()
			continue
		}
		if tries == triesForMore {
			return r.end(ctx, facts.Last)
		}
		if !pause.wait(ctx) {
			return away("read stream "+r.stream, context.Cause(ctx))
		}
	}
	return nil
}

// page reads one answer of the server.
func (r *reading) page(ctx context.Context) error {
	var entries []Entry
	_, err := get(ctx, r.bus.nc, r.stream, wanted{From: r.next, Of: ">", Most: mostEntries / 2}, func(m stored) error {
		if m.seq > r.next {
			entries = append(entries, r.gap(m.seq-1))
		}
		entries = append(entries, r.entry(m))
		r.next = m.seq + 1
		return nil
	})
	switch {
	case errors.Is(err, errGarbled): // which sequence it has is not known: it is the next, or what comes before it is missing
		entries = append(entries, Entry{Kind: BadEntry, Journal: r.stream == streamJournal, Seq: r.next, Err: err})
		r.next++
	case err != nil:
		return away("read stream "+r.stream, err)
	}
	return r.tell(ctx, entries)
}

// end tells what never came.
func (r *reading) end(ctx context.Context, last uint64) error {
	return r.tell(ctx, []Entry{r.gap(last)})
}

// gap is the entry for what is missing up to and including a sequence.
func (r *reading) gap(last uint64) Entry {
	return Entry{Kind: GapEntry, Journal: r.stream == streamJournal, Seq: r.next, Missing: last + 1 - r.next}
}

// tell hands entries over; gaps of a stream that ages are looked at once more,
// because messages go while one reads.
func (r *reading) tell(ctx context.Context, entries []Entry) error {
	if len(entries) == 0 {
		return nil
	}
	if r.stream == streamEvents {
		if err := r.age(ctx, entries); err != nil {
			return err
		}
	}
	return r.fn(ctx, entries)
}

// age marks the gaps that lie before the stream's first message.
func (r *reading) age(ctx context.Context, entries []Entry) error {
	var facts *StreamFacts
	for i, e := range entries {
		if e.Kind != GapEntry {
			continue
		}
		if facts == nil {
			f, err := r.bus.facts(ctx, r.stream)
			if err != nil {
				return err
			}
			facts = &f
		}
		entries[i].Aged = facts.Ages && e.Seq+e.Missing <= facts.First
	}
	return nil
}

// entry reads a message as Tail does, and looks whether it follows.
func (r *reading) entry(m stored) Entry {
	e := Entry{Kind: EventEntry, Journal: r.stream == streamJournal, Seq: m.seq, At: m.at}
	if e.Journal {
		e.Err = e.readJournal(m.subject, m.data)
		e.Err = errors.Join(e.Err, r.follows(e, m))
	} else {
		e.Event, e.Err = decodeEvent(m.data)
	}
	if e.Err != nil {
		e.Kind = BadEntry
	}
	return e
}

// follows checks that an effect's record stands on the one before it.
func (r *reading) follows(e Entry, m stored) error {
	if r.before == nil || e.Kind != RecordEntry || e.Key == (journal.Key{}) {
		return nil
	}
	before := r.before[m.subject]
	r.before[m.subject] = m.seq
	return follows(m, before)
}
