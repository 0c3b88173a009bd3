package witness

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// Accept takes the streams as they stood at a release for the truth: what was
// seen beyond them is forgotten, what is missing of them is no news, and what
// was seen of effects is forgotten until it is read again (Guard.Scrub). The
// mark of a restore goes if the findings name it. Only after a release.
func (f *File) Accept(ctx context.Context, now Streams, findings []Finding) error {
	return f.accept(ctx, now, findings, time.Time{})
}

// accept also notes which release it was.
func (f *File) accept(ctx context.Context, now Streams, findings []Finding, released time.Time) error {
	err := f.change(ctx, func(tx *sql.Tx) error {
		for name, stream := range map[string]Stream{Events: now.Events, Journal: now.Journal} {
			if err := acceptStream(ctx, tx, name, stream); err != nil {
				return err
			}
		}
		for _, forget := range []string{"DELETE FROM last", "DELETE FROM gap"} {
			if _, err := tx.ExecContext(ctx, forget); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, "UPDATE safe SET state = '', saved = 1, accepted = max(accepted, ?)", micros(released))
		return err
	})
	if err != nil {
		return fmt.Errorf("take a release over: %w", err)
	}
	return unmark(f.dir, findings)
}

func acceptStream(ctx context.Context, tx *sql.Tx, name string, now Stream) error {
	base := noted{}.base(name, now)
	_, err := tx.ExecContext(ctx, "UPDATE stream SET seen = min(seen, ?1), stamp = 0, last = ?1, created = ?2, first = ?3, missing = ?4, ages = ?5 WHERE name = ?6",
		now.Last, now.Created.UnixNano(), base, now.missing(base), now.Ages, name)
	return err
}

// kept is safe mode as this process left it.
type kept struct {
	state    State
	saved    bool  // in the register too
	accepted int64 // when the last release was made that this file took over, microseconds
}

// keep stores safe mode, so that it outlives the process also when the register
// cannot be written.
func (f *File) keep(ctx context.Context, s State, saved bool) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if _, err := f.write.ExecContext(ctx, "UPDATE safe SET state = ?, saved = ?", text, saved); err != nil {
		return fmt.Errorf("keep safe mode: %w", err)
	}
	return nil
}

// kept reads what keep and accept stored.
func (f *File) kept(ctx context.Context) (k kept, err error) {
	var text string
	if err := f.read.QueryRowContext(ctx, "SELECT state, saved, accepted FROM safe").Scan(&text, &k.saved, &k.accepted); err != nil {
		return k, fmt.Errorf("read safe mode: %w", err)
	}
	if text != "" {
		err = json.Unmarshal([]byte(text), &k.state)
	}
	return k, err
}
