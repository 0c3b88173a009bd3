package sqlview

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// Batch is a stretch of both streams, each in its order, and the position it
// reaches.
type Batch struct {
	Events  []Event
	Records []Record
	To      Position
}

// Event is a hint with its place in the stream.
type Event struct {
	Seq   uint64
	Event erp.Event
}

// Record is one append to an effect's history with its place in the stream.
type Record struct {
	Seq    uint64
	Key    journal.Key
	Record journal.Record
}

// known is an effect as the tables have it, with what a batch changed.
type known struct {
	effect journal.Effect
	dirty  bool
}

// mostKnown bounds how many folded effects are kept in memory between batches.
const mostKnown = 2000

// Feed stores a batch and its position in one transaction. What is stored
// already is passed over. A record that the state machine refuses does not
// stop the feed: the effect keeps the state it had, and the error names it.
func (v *View) Feed(ctx context.Context, b Batch) (err error) {
	tx, err := v.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if rollback := tx.Rollback(); rollback != nil && !errors.Is(rollback, sql.ErrTxDone) {
			err = errors.Join(err, rollback)
		}
	}()
	illegal, err := v.store(ctx, tx, b)
	if err != nil {
		clear(v.fold)
		return err
	}
	if err := tx.Commit(); err != nil {
		clear(v.fold)
		return err
	}
	return illegal
}

// The statements of a feed. They are parsed once: a feed runs them for every
// record.
const (
	insertEvent = `INSERT INTO event (seq, connection, id, resource, resource_id, action, source, actor, received)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
	insertLed      = "INSERT INTO led (connection, event, effect) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
	insertAnswered = "INSERT INTO answered (connection, request) VALUES (?, ?) ON CONFLICT DO NOTHING"
	selectFolded   = "SELECT folded FROM effect WHERE id = ?"
	replaceEffect  = `INSERT OR REPLACE INTO effect (id, seq, connection, kind, state, title, number, procore_no, ref,
		project, creditor, total, rule, reason, attempt, request, event, first, updated, wake, folded)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	updatePosition = "UPDATE position SET events = max(events, ?), journal = max(journal, ?)"
)

// prepare parses the statements of a feed.
func (v *View) prepare(ctx context.Context) error {
	v.parsed = map[string]*sql.Stmt{}
	for _, query := range []string{insertEvent, insertLed, insertAnswered, selectFolded, replaceEffect, updatePosition} {
		stmt, err := v.write.PrepareContext(ctx, query)
		if err != nil {
			return err
		}
		v.parsed[query] = stmt
	}
	return nil
}

// exec runs one of the statements of a feed.
func (v *View) exec(ctx context.Context, tx *sql.Tx, query string, args ...any) error {
	_, err := tx.StmtContext(ctx, v.parsed[query]).ExecContext(ctx, args...)
	return err
}

func (v *View) store(ctx context.Context, tx *sql.Tx, b Batch) (illegal, err error) {
	for _, e := range b.Events {
		if err := v.storeEvent(ctx, tx, e); err != nil {
			return nil, err
		}
	}
	if len(v.fold) > mostKnown {
		clear(v.fold)
	}
	for _, r := range b.Records {
		bad, err := v.take(ctx, tx, r)
		if err != nil {
			return nil, err
		}
		illegal = errors.Join(illegal, bad)
	}
	if err := v.storeDirty(ctx, tx); err != nil {
		return nil, err
	}
	return illegal, v.exec(ctx, tx, updatePosition, b.To.Events, b.To.Journal)
}

func (v *View) storeEvent(ctx context.Context, tx *sql.Tx, e Event) error {
	return v.exec(ctx, tx, insertEvent,
		e.Seq, e.Event.Connection, e.Event.ID, e.Event.Resource, int64(e.Event.ResourceID), e.Event.Action,
		e.Event.Source, e.Event.Actor, micros(e.Event.Received))
}

// take applies one record to its effect.
func (v *View) take(ctx context.Context, tx *sql.Tx, r Record) (illegal, err error) {
	k, err := v.effect(ctx, tx, r.Key)
	if err != nil || r.Seq <= k.effect.Seq {
		return nil, err
	}
	next := k.effect.Clone()
	if err := next.Apply(r.Record, r.Seq); err != nil {
		k.effect.Seq, k.dirty = r.Seq, true
		return fmt.Errorf("journal record %d: %w", r.Seq, err), nil
	}
	k.effect, k.dirty = next, true
	if err := v.storeAnswered(ctx, tx, r); err != nil || r.Record.Event == "" {
		return nil, err
	}
	return nil, v.exec(ctx, tx, insertLed, r.Key.Connection, r.Record.Event, r.Key.String())
}

// storeAnswered remembers that a request's detail was closed.
func (v *View) storeAnswered(ctx context.Context, tx *sql.Tx, r Record) error {
	if r.Record.Closed == nil {
		return nil
	}
	return v.exec(ctx, tx, insertAnswered, r.Key.Connection, r.Record.Closed.Request)
}

// effect gives the folded effect, from memory or from its row.
func (v *View) effect(ctx context.Context, tx *sql.Tx, key journal.Key) (*known, error) {
	if k := v.fold[key.String()]; k != nil {
		return k, nil
	}
	k := &known{effect: journal.Effect{Key: key}}
	var folded []byte
	err := tx.StmtContext(ctx, v.parsed[selectFolded]).QueryRowContext(ctx, key.String()).Scan(&folded)
	if err == nil {
		err = json.Unmarshal(folded, &k.effect)
	} else if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	if err == nil {
		v.fold[key.String()] = k
	}
	return k, err
}

// storeDirty writes each changed effect once, however many records it had.
func (v *View) storeDirty(ctx context.Context, tx *sql.Tx) error {
	for id, k := range v.fold {
		if !k.dirty {
			continue
		}
		if err := v.storeEffect(ctx, tx, id, k.effect); err != nil {
			return err
		}
		k.dirty = false
	}
	return nil
}

func (v *View) storeEffect(ctx context.Context, tx *sql.Tx, id string, e journal.Effect) error {
	folded, err := json.Marshal(e)
	if err != nil {
		return err
	}
	p := e.Plan
	return v.exec(ctx, tx, replaceEffect,
		id, e.Seq, e.Connection, e.Kind(), string(e.State), p.Title, p.Number, p.ProcoreNo, p.Ref,
		p.Project, p.Creditor, p.Total, e.Last.Rule, e.Last.Reason, e.Attempt, e.Request, e.Event,
		micros(e.First), micros(e.At), micros(e.WakeAt), folded)
}

// micros is a time as the tables keep it; the zero time is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}
