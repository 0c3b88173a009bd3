package witness

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// noted is what the file knows of a stream.
type noted struct {
	seen, last uint64
	stamp      int64 // when the server stored what was seen last, nanoseconds; 0: not known
	created    int64 // nanoseconds; 0: nobody has looked yet
	first      uint64
	missing    uint64 // taken for good
	ages       bool
}

// noted reads both streams' rows.
func (f *File) noted(ctx context.Context) (_ map[string]noted, err error) {
	rows, err := f.read.QueryContext(ctx, "SELECT name, seen, stamp, last, created, first, missing, ages FROM stream")
	if err != nil {
		return nil, fmt.Errorf("read the witness: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	all := map[string]noted{}
	for rows.Next() {
		var name string
		var n noted
		if err := rows.Scan(&name, &n.seen, &n.stamp, &n.last, &n.created, &n.first, &n.missing, &n.ages); err != nil {
			return nil, err
		}
		all[name] = n
	}
	return all, rows.Err()
}

// Check compares the streams with what was seen of them, and remembers what it
// sees itself. Now must not be older than what was noted: call it before a tail
// feeds the file; while one does, Guard.Look reads both in the right order.
func (f *File) Check(ctx context.Context, now Streams) ([]Finding, error) {
	before, err := f.noted(ctx)
	if err != nil {
		return nil, err
	}
	return f.check(ctx, before, now)
}

// check compares with what was noted before now was asked for.
func (f *File) check(ctx context.Context, before map[string]noted, now Streams) ([]Finding, error) {
	var found []Finding
	for name, stream := range map[string]Stream{Events: now.Events, Journal: now.Journal} {
		wrong := compare(name, before[name], stream)
		found = append(found, wrong...)
		if len(wrong) == 0 {
			if err := f.saw(ctx, name, stream); err != nil {
				return nil, err
			}
		}
	}
	gaps, err := f.gaps(ctx)
	if err != nil {
		return nil, err
	}
	marked, err := marked(f.dir)
	return append(append(found, gaps...), marked...), err
}

// compare finds what is wrong with one stream.
func compare(name string, n noted, now Stream) []Finding {
	switch missing := now.missing(n.base(name, now)); {
	case n.created != 0 && n.created != now.Created.UnixNano():
		return []Finding{{Stream: name, What: Rewound, From: 1, To: n.last, Words: fmt.Sprintf(
			"The stream %s was made anew at %s; what was seen before, up to sequence %d, is gone.", name, now.Created.UTC().Format(time.RFC3339), n.last)}}
	case now.Last < n.last:
		return []Finding{{Stream: name, What: Rewound, From: now.Last + 1, To: n.last, Words: fmt.Sprintf(
			"The stream %s ends at sequence %d, but sequence %d was seen: its end is lost, or an older copy was put back.", name, now.Last, n.last)}}
	case missing > n.missing:
		return []Finding{{Stream: name, What: Hole, Words: holeWords(name, missing-n.missing, now)}}
	}
	return nil
}

func holeWords(name string, missing uint64, now Stream) string {
	words := fmt.Sprintf("The stream %s has lost %d of its messages up to sequence %d", name, missing, now.Last)
	if which := now.named(); which != "" {
		words += ": its holes are " + which
	}
	return words + "."
}

// base is the sequence from which every message must be there. The journal
// begins at 1 and nothing of it ever goes; events may go by their age.
func (n noted) base(name string, now Stream) uint64 {
	switch {
	case name == Journal:
		return 1
	case n.created == 0 || n.ages || now.Ages:
		return max(now.First, 1)
	}
	return max(n.first, 1)
}

// saw remembers a stream that is as it should be. Holes that have aged away are
// forgotten.
func (f *File) saw(ctx context.Context, name string, now Stream) error {
	return f.change(ctx, func(tx *sql.Tx) error {
		var n noted
		err := tx.QueryRowContext(ctx, "SELECT created, first, missing, ages FROM stream WHERE name = ?", name).Scan(&n.created, &n.first, &n.missing, &n.ages)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE stream SET last = max(last, ?), created = ?, first = ?, missing = ?, ages = ? WHERE name = ?",
			now.Last, now.Created.UnixNano(), n.base(name, now), min(n.missing, now.missing(n.base(name, now))), now.Ages, name)
		return err
	})
}

// gaps lists what was met and not released.
func (f *File) gaps(ctx context.Context) (found []Finding, err error) {
	rows, err := f.read.QueryContext(ctx, "SELECT stream, what, effect, first, last, words FROM gap ORDER BY stream, first LIMIT ?", mostFindings)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var g Finding
		if err := rows.Scan(&g.Stream, &g.What, &g.Effect, &g.From, &g.To, &g.Words); err != nil {
			return nil, err
		}
		found = append(found, g)
	}
	return found, rows.Err()
}
