package natsbus

import "sync/atomic"

// Counts is what happened to the appends of one stream since Open. Syncs cannot
// be seen from here: each single costs one, each batch the same few whatever its
// length.
type Counts struct {
	Appends uint64 // asked for
	Stored  uint64 // newly on disk
	Taken   uint64 // repeats, and appends that came too late
	Failed  uint64 // no answer: may or may not be stored
	Singles uint64 // publishes of one message
	Batches uint64 // atomic batches sent
	Batched uint64 // messages answered by a batch
	Refused uint64 // batches that held a latecomer
}

// Stats are the counts of both main streams, what was found missing, and the
// room as of the last look (Usage), some seconds old.
type Stats struct {
	Events, Journal Counts
	Gaps            Gaps
	Used, Most      int64
}

// Stats reads the counts. The fields are read one by one, not at one moment.
func (b *Bus) Stats() Stats {
	return Stats{
		Events: b.events.counts.read(), Journal: b.journal.counts.read(),
		Gaps: b.gaps.read(), Used: b.room.used.Load(), Most: b.room.most.Load(),
	}
}

// counters are the living Counts.
type counters struct {
	appends, stored, taken, failed, singles, batches, batched, refused atomic.Uint64
}

func (c *counters) note(out outcome) {
	switch {
	case out.err != nil:
		c.failed.Add(1)
	case out.taken:
		c.taken.Add(1)
	default:
		c.stored.Add(1)
	}
}

func (c *counters) read() Counts {
	return Counts{
		Appends: c.appends.Load(), Stored: c.stored.Load(), Taken: c.taken.Load(), Failed: c.failed.Load(),
		Singles: c.singles.Load(), Batches: c.batches.Load(), Batched: c.batched.Load(), Refused: c.refused.Load(),
	}
}
