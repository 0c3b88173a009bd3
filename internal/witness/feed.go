package witness

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/procpac/procpac/internal/journal"
)

// Entry is one thing that a reader of the streams has met: a gap (Missing), a
// message that cannot be read (Bad), a register (Register), else a record of
// JOURNAL or an event.
type Entry struct {
	Stream   string
	Seq      uint64
	Missing  uint64 // so many sequences from Seq on have no message
	Aged     bool   // the gap went by its age
	Bad      string // why the message cannot be read
	Key      journal.Key
	Register *journal.Register
	State    journal.State // of the effect after a record; none: the record moves nothing
	At       time.Time     // the record's own time
	Stored   time.Time     // when the server stored the message
}

// end is the last sequence an entry is about.
func (e Entry) end() uint64 { return e.Seq + max(e.Missing, 1) - 1 }

// wrong is the finding of a gap or an unreadable entry.
func (e Entry) wrong() (f Finding, ok bool) {
	f = Finding{Stream: e.Stream, From: e.Seq, To: e.end()}
	switch {
	case e.Missing > 0 && !e.Aged:
		f.What = Hole
		f.Words = fmt.Sprintf("The stream %s has lost what stood at sequence %s.", e.Stream, span{f.From, f.To})
	case e.Bad != "" && e.Key.Effect != "":
		f.What, f.Effect = Corrupt, e.Key.String()
		f.Words = fmt.Sprintf("The history of %s is broken at sequence %d: %s.", f.Effect, e.Seq, e.Bad)
	case e.Bad != "":
		f.What = Corrupt
		f.Words = fmt.Sprintf("The entry at sequence %d of %s cannot be read: %s.", e.Seq, e.Stream, e.Bad)
	default:
		return Finding{}, false
	}
	return f, true
}

// record is what the file keeps of an entry; false: nothing.
func (e Entry) record() (Record, bool) {
	switch {
	case e.Register != nil && e.Key.Connection != Connection:
		return Record{Seq: e.Seq, Key: journal.Key{Connection: e.Key.Connection}, Register: e.Register.Name}, true
	case e.Register == nil && e.Bad == "" && e.Missing == 0 && e.Key.Effect != "":
		return Record{Seq: e.Seq, Key: e.Key, State: e.State, At: e.At}, true
	}
	return Record{}, false
}

// Feed takes what the tail of both streams has met: it raises gaps and
// unreadable entries, follows the register of safe mode, and notes the rest. An
// error of the file is returned and nothing counts as seen: feed the same
// entries again. That the register could not be written is no error here.
func (g *Guard) Feed(ctx context.Context, entries []Entry) error {
	var found []Finding
	var b Batch
	for _, e := range entries {
		if f, ok := e.wrong(); ok && !pardons(g.pardoned(), f) {
			found = append(found, f)
		}
		if e.Register != nil && e.Key.Connection == Connection {
			g.Take(*e.Register)
		}
		b.add(e)
	}
	if err := g.met(ctx, found); err != nil {
		return err
	}
	if g.file == nil {
		return nil
	}
	return g.file.Note(ctx, b)
}

// add takes an entry into a batch.
func (b *Batch) add(e Entry) {
	if r, ok := e.record(); ok {
		b.Records = append(b.Records, r)
	}
	if e.Stream == Journal {
		b.To.Journal, b.JournalStored = e.end(), e.Stored
	} else {
		b.To.Events, b.EventsStored = e.end(), e.Stored
	}
}

// RaiseGap raises safe mode for a gap or an unreadable entry that somebody met
// while reading; anything else, what aged, and what a release took for good is
// passed over. Errors as of Raise.
func (g *Guard) RaiseGap(ctx context.Context, e Entry) error {
	f, ok := e.wrong()
	if !ok || pardons(g.pardoned(), f) {
		return nil
	}
	return errors.Join(g.noteGaps(ctx, []Finding{f}), g.Raise(ctx, []Finding{f}))
}

// met raises what a reader found, and keeps it until a release.
func (g *Guard) met(ctx context.Context, found []Finding) error {
	if len(found) == 0 {
		return nil
	}
	if err := g.noteGaps(ctx, found); err != nil {
		return err
	}
	if err := g.Raise(ctx, found); err != nil {
		g.log.Error().Err(err).Msg("safe mode is on here; others do not know yet")
	}
	return nil
}

func (g *Guard) noteGaps(ctx context.Context, found []Finding) error {
	if g.file == nil {
		return nil
	}
	return g.file.noteGaps(ctx, found)
}

// pardoned is the damage that the last release took for good.
func (g *Guard) pardoned() []Finding {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.state.Pardoned
}
