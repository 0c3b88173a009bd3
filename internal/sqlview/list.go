package sqlview

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Query filters a listing. Empty fields filter nothing; After is the cursor of
// the page before.
type Query struct {
	Connection string
	Kinds      []string
	States     []string
	Project    string
	Ref        string
	Since      time.Time
	Until      time.Time
	Text       string
	Limit      int
	After      string
}

// EffectLine is one line of the effects listing.
type EffectLine struct {
	ID         string
	Connection string
	Kind       string
	State      string
	Title      string
	Number     string
	ProcoreNo  string
	Ref        string
	Project    string
	Creditor   string
	Total      string
	Rule       string
	Reason     string
	Attempt    int
	Request    int64
	Event      string
	First      time.Time
	Updated    time.Time
	WakeAt     time.Time
}

// EventLine is one line of the events listing.
type EventLine struct {
	ID         string
	Connection string
	Resource   string
	ResourceID int64
	Action     string
	Source     string
	Actor      string
	Received   time.Time
	Effect     string
}

// ErrCursor is a cursor that no listing gave out.
var ErrCursor = errors.New("the cursor is not one that a listing gave")

// where collects the conditions of a listing.
type where struct {
	parts []string
	args  []any
}

func (w *where) add(condition string, args ...any) {
	w.parts = append(w.parts, condition)
	w.args = append(w.args, args...)
}

func (w *where) equal(column, value string) {
	if value != "" {
		w.add(column+" = ?", value)
	}
}

func (w *where) in(column string, values []string) {
	if len(values) == 0 {
		return
	}
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(values)), ", ")
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	w.add(column+" IN ("+marks+")", args...)
}

func (w *where) between(column string, since, until time.Time) {
	if !since.IsZero() {
		w.add(column+" >= ?", micros(since))
	}
	if !until.IsZero() {
		w.add(column+" <= ?", micros(until))
	}
}

// after turns a cursor into a condition on the order column.
func (w *where) after(column, cursor string) error {
	if cursor == "" {
		return nil
	}
	seq, err := strconv.ParseUint(cursor, 10, 63)
	if err != nil {
		return fmt.Errorf("%w: %q", ErrCursor, cursor)
	}
	w.add(column+" < ?", seq)
	return nil
}

// text looks for the words anywhere in the columns, without case.
func (w *where) text(words string, columns ...string) {
	if words == "" {
		return
	}
	pattern := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(words) + "%"
	parts := make([]string, len(columns))
	args := make([]any, len(columns))
	for i, c := range columns {
		parts[i], args[i] = c+` LIKE ? ESCAPE '\'`, pattern
	}
	w.add("("+strings.Join(parts, " OR ")+")", args...)
}

func (w *where) sql() string {
	if len(w.parts) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.parts, " AND ")
}

// page reads one row more than asked for, to know whether there is a next.
func (w *where) page(ctx context.Context, db *sql.DB, query, order string, limit int) (*sql.Rows, error) {
	return db.QueryContext(ctx, query+w.sql()+" ORDER BY "+order+" DESC LIMIT ?", append(w.args, limit+1)...)
}

func (q Query) limit() int {
	if q.Limit <= 0 {
		return 50
	}
	return q.Limit
}

// Effects lists effects, the last changed first, and the cursor of the next
// page.
func (v *View) Effects(ctx context.Context, q Query) (lines []EffectLine, next string, err error) {
	var w where
	w.equal("connection", q.Connection)
	w.in("kind", q.Kinds)
	w.in("state", q.States)
	if q.Project != "" {
		w.add("project = ? COLLATE NOCASE", q.Project)
	}
	if q.Ref != "" {
		w.add("(ref = ? COLLATE NOCASE OR number = ? COLLATE NOCASE OR procore_no = ? COLLATE NOCASE)", q.Ref, q.Ref, q.Ref)
	}
	w.between("updated", q.Since, q.Until)
	w.text(q.Text, "title", "number", "procore_no", "ref", "creditor", "reason")
	if err := w.after("seq", q.After); err != nil {
		return nil, "", err
	}
	rows, err := w.page(ctx, v.read, `SELECT seq, id, connection, kind, state, title, number, procore_no, ref, project, creditor,
		total, rule, reason, attempt, request, event, first, updated, wake FROM effect`, "seq", q.limit())
	if err != nil {
		return nil, "", err
	}
	return collect(rows, q.limit(), scanEffect)
}

func scanEffect(rows *sql.Rows) (line EffectLine, seq uint64, err error) {
	var first, updated, wake int64
	err = rows.Scan(&seq, &line.ID, &line.Connection, &line.Kind, &line.State, &line.Title, &line.Number, &line.ProcoreNo,
		&line.Ref, &line.Project, &line.Creditor, &line.Total, &line.Rule, &line.Reason, &line.Attempt, &line.Request,
		&line.Event, &first, &updated, &wake)
	line.First, line.Updated, line.WakeAt = fromMicros(first), fromMicros(updated), fromMicros(wake)
	return line, seq, err
}

// Events lists hints, newest first, and the cursor of the next page. Of the
// filters, connection, the times, text (resource and id) and Ref (the Procore
// id of the resource) apply.
func (v *View) Events(ctx context.Context, q Query) (lines []EventLine, next string, err error) {
	var w where
	w.equal("event.connection", q.Connection)
	w.equal("CAST(event.resource_id AS TEXT)", q.Ref)
	w.between("event.received", q.Since, q.Until)
	w.text(q.Text, "event.resource", "event.id")
	if err := w.after("event.seq", q.After); err != nil {
		return nil, "", err
	}
	rows, err := w.page(ctx, v.read, `SELECT event.seq, event.id, event.connection, resource, resource_id, action, source, actor,
		received, coalesce(led.effect, '') FROM event
		LEFT JOIN led ON led.connection = event.connection AND led.event = event.id`, "event.seq", q.limit())
	if err != nil {
		return nil, "", err
	}
	return collect(rows, q.limit(), scanEvent)
}

func scanEvent(rows *sql.Rows) (line EventLine, seq uint64, err error) {
	var received int64
	err = rows.Scan(&seq, &line.ID, &line.Connection, &line.Resource, &line.ResourceID, &line.Action, &line.Source, &line.Actor, &received, &line.Effect)
	line.Received = fromMicros(received)
	return line, seq, err
}

// collect reads a page and the cursor of the next.
func collect[T any](rows *sql.Rows, limit int, scan func(*sql.Rows) (T, uint64, error)) (lines []T, next string, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	var last uint64
	for rows.Next() {
		line, seq, err := scan(rows)
		if err != nil {
			return nil, "", err
		}
		if len(lines) == limit {
			return lines, strconv.FormatUint(last, 10), nil
		}
		lines, last = append(lines, line), seq
	}
	return lines, "", rows.Err()
}

// Counts gives the number of effects per state, of one connection or of all.
func (v *View) Counts(ctx context.Context, connection string) (counts map[string]int, err error) {
	var w where
	w.equal("connection", connection)
	rows, err := v.read.QueryContext(ctx, "SELECT state, count(*) FROM effect"+w.sql()+" GROUP BY state", w.args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	counts = map[string]int{}
	for rows.Next() {
		var state string
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			return nil, err
		}
		counts[state] = n
	}
	return counts, rows.Err()
}
