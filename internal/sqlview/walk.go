package sqlview

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// Walk reads the projection from end to end, for those who must look at every
// effect. It reads a few hundred rows at a time and holds nothing in between,
// so a walk may take hours and does not slow the feed. What changes meanwhile
// may be seen before or after the change. Safe for concurrent use.
type Walk struct{ view *View }

// Walk gives the walker of this projection.
func (v *View) Walk() Walk { return Walk{v} }

// rowsAtOnce is how many rows a walk reads in one query.
const rowsAtOnce = 200

// Effects gives every effect of a connection, in the order of its key as text,
// behind that key; empty: from the first. After an error it ends.
func (w Walk) Effects(ctx context.Context, connection, after string) iter.Seq2[journal.Effect, error] {
	return chunks(after, func(after string) ([]journal.Effect, string, error) {
		return w.effects(ctx, connection, after)
	})
}

// chunks yields rows chunk by chunk until an empty one; read tells where the
// next begins.
func chunks[T any](after string, read func(after string) ([]T, string, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			rows, next, err := read(after)
			for _, row := range rows {
				if !yield(row, nil) {
					return
				}
			}
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			if len(rows) == 0 {
				return
			}
			after = next
		}
	}
}

func (w Walk) effects(ctx context.Context, connection, after string) (found []journal.Effect, next string, err error) {
	rows, err := w.view.read.QueryContext(ctx,
		"SELECT id, folded FROM effect WHERE connection = ? AND id > ? ORDER BY id LIMIT ?", connection, after, rowsAtOnce)
	if err != nil {
		return nil, "", err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var folded []byte
		var e journal.Effect
		if err := rows.Scan(&next, &folded); err != nil {
			return found, next, err
		}
		if err := json.Unmarshal(folded, &e); err != nil {
			return found, next, fmt.Errorf("projection: effect %s: %w", next, err)
		}
		found = append(found, e)
	}
	return found, next, rows.Err()
}

// Stuck gives the live effects of a connection, in the order of their keys,
// that rest since before that moment: neither touched since, nor due to wake
// since. Effects that ended, or wait for a person, are none.
func (w Walk) Stuck(ctx context.Context, connection string, before time.Time) iter.Seq2[journal.Key, error] {
	return chunks("", func(after string) ([]journal.Key, string, error) {
		return w.stuck(ctx, connection, before, after)
	})
}

func (w Walk) stuck(ctx context.Context, connection string, before time.Time, after string) (found []journal.Key, next string, err error) {
	args := append([]any{connection, after, micros(before)}, live()...)
	rows, err := w.view.read.QueryContext(ctx, `SELECT id FROM effect WHERE connection = ? AND id > ? AND max(updated, wake) < ?
		AND state IN (`+strings.TrimSuffix(strings.Repeat("?, ", len(live())), ", ")+`) ORDER BY id LIMIT ?`, append(args, rowsAtOnce)...)
	if err != nil {
		return nil, "", err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := rows.Scan(&next); err != nil {
			return found, next, err
		}
		key, err := journal.ParseKey(next)
		if err != nil {
			return found, next, fmt.Errorf("projection: %w", err)
		}
		found = append(found, key)
	}
	return found, next, rows.Err()
}

// live lists the states in which something is still to happen by itself.
func live() []any {
	var states []any
	for _, s := range journal.States() {
		if !s.Settled() {
			states = append(states, string(s))
		}
	}
	return states
}

// Answered tells whether nothing more is owed to an ERP request: its detail was
// closed, or it was found to ask for nothing. False where that is not known.
func (w Walk) Answered(ctx context.Context, connection string, request erp.ID) (answered bool, err error) {
	unneeded := journal.NewKey(connection, journal.KindRequest, request).String()
	err = w.view.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM answered WHERE connection = ? AND request = ?)
		OR EXISTS (SELECT 1 FROM effect WHERE id = ? AND state = ? AND rule <> '')`,
		connection, int64(request), unneeded, string(journal.Superseded)).Scan(&answered)
	return answered, err
}
