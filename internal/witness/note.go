package witness

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/procpac/procpac/internal/journal"
)

// Batch is what was seen of both streams, each in its order, and how far that
// reaches; 0 where nothing new was seen of a stream.
type Batch struct {
	Records       []Record
	To            Position
	EventsStored  time.Time // when the server stored the message that To names; zero: not known
	JournalStored time.Time
}

// Record is one record of an effect, or one form of a register.
type Record struct {
	Seq      uint64
	Key      journal.Key
	Register string        // the register's name; then Key has a connection only
	State    journal.State // after the record; none: as before
	At       time.Time     // the record's own time
}

// id is what the file keeps a record under.
func (r Record) id() string {
	if r.Register != "" {
		return registerID(r.Key.Connection, r.Register)
	}
	return r.Key.String()
}

// registerID names a register; no effect has such a name.
func registerID(connection, name string) string { return connection + " register " + name }

// Note stores what was seen. What is stored already is passed over.
func (f *File) Note(ctx context.Context, b Batch) error {
	err := f.change(ctx, func(tx *sql.Tx) error {
		insert := tx.StmtContext(ctx, f.noting)
		for _, r := range b.Records {
			if err := note(ctx, insert, r); err != nil {
				return err
			}
		}
		if err := reach(ctx, tx, Events, b.To.Events, b.EventsStored); err != nil {
			return err
		}
		return reach(ctx, tx, Journal, b.To.Journal, b.JournalStored)
	})
	if err != nil {
		return fmt.Errorf("note what was seen: %w", err)
	}
	return nil
}

// sqlNote stores one record; an older one changes nothing.
const sqlNote = `INSERT INTO last (id, seq, records, state, at) VALUES (?, ?, 1, ?, ?)
	ON CONFLICT DO UPDATE SET seq = excluded.seq, records = records + 1, state = iif(excluded.state = '', state, excluded.state), at = excluded.at WHERE excluded.seq > seq`

func note(ctx context.Context, insert *sql.Stmt, r Record) error {
	_, err := insert.ExecContext(ctx, r.id(), r.Seq, string(r.State), micros(r.At))
	return err
}

// reach moves a position forward, never back.
func reach(ctx context.Context, tx *sql.Tx, name string, seq uint64, stored time.Time) error {
	var stamp int64
	if !stored.IsZero() {
		stamp = stored.UnixNano()
	}
	_, err := tx.ExecContext(ctx, "UPDATE stream SET seen = ?1, stamp = ?2, last = max(last, ?1) WHERE name = ?3 AND ?1 > seen", seq, stamp, name)
	return err
}

// noteGaps stores gaps and unreadable entries until a release.
func (f *File) noteGaps(ctx context.Context, found []Finding) error {
	if len(found) == 0 {
		return nil
	}
	return f.change(ctx, func(tx *sql.Tx) error {
		for _, g := range found {
			_, err := tx.ExecContext(ctx, `INSERT INTO gap (stream, what, effect, first, last, words) VALUES (?, ?, ?, ?, ?, ?)
				ON CONFLICT DO UPDATE SET last = max(last, excluded.last), words = excluded.words`,
				g.Stream, g.What, g.Effect, g.From, g.To, g.Words)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// micros is a time as the file keeps it; the zero time is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}
