package witness

import (
	"context"
	"database/sql"
	_ "embed" // the schema
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver, pure Go

	"github.com/procpac/procpac/internal/journal"
)

// version grows whenever schema.sql changes.
const version = 1

//go:embed schema.sql
var schema string

// File is an open witness file. Every process that works has its own. What a
// call stored is on the disk when it returns. Safe for concurrent use.
type File struct {
	dir    string
	write  *sql.DB // one connection: SQLite has one writer
	read   *sql.DB
	noting *sql.Stmt // sqlNote, parsed once
}

// ErrUnusable is a witness file that is damaged or of another version. It is
// never replaced silently.
var ErrUnusable = errors.New("the witness file cannot be used")

// Open opens or creates the witness file at path, which lies in the data
// directory: a mark that a restore left there is found by Check. A file that is
// damaged or of another version is ErrUnusable.
func Open(ctx context.Context, path string) (*File, error) {
	f := &File{dir: filepath.Dir(path)}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return nil, fmt.Errorf("witness %s: %w", path, err)
	}
	if err := f.open(ctx, path); err != nil {
		return nil, fmt.Errorf("witness %s: %w: %w; move it away to begin a new one, which knows nothing of what was lost before, and run an audit",
			path, ErrUnusable, errors.Join(err, f.Close()))
	}
	return f, nil
}

func (f *File) open(ctx context.Context, path string) (err error) {
	if f.write, err = connect(path, 1, false); err != nil {
		return err
	}
	if f.read, err = connect(path, 4, true); err != nil {
		return err
	}
	if err = f.ensure(ctx); err != nil {
		return err
	}
	f.noting, err = f.write.PrepareContext(ctx, sqlNote)
	return err
}

// connect opens the file with the settings every connection needs.
func connect(path string, most int, readOnly bool) (*sql.DB, error) {
	pragmas := url.Values{"_pragma": {"busy_timeout(5000)", "journal_mode(wal)", "synchronous(full)"}}
	if readOnly {
		pragmas.Add("_pragma", "query_only(1)")
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+pragmas.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	return db, nil
}

// ensure creates the tables in an empty file and refuses a damaged one.
func (f *File) ensure(ctx context.Context) error {
	var have int
	if err := f.write.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return err
	}
	switch have {
	case 0:
		_, err := f.write.ExecContext(ctx, "BEGIN;\n"+schema+fmt.Sprintf("\nPRAGMA user_version = %d;\nCOMMIT;", version))
		return err
	case version:
		return f.sound(ctx)
	}
	return fmt.Errorf("it has version %d, this program needs %d", have, version)
}

// sound asks SQLite whether the file hangs together.
func (f *File) sound(ctx context.Context) error {
	var said string
	if err := f.write.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&said); err != nil {
		return err
	}
	if said != "ok" {
		return errors.New(said)
	}
	return nil
}

// Close closes the file.
func (f *File) Close() error {
	var errs []error
	if f.noting != nil {
		errs = append(errs, f.noting.Close())
	}
	for _, db := range []*sql.DB{f.write, f.read} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// change runs one transaction.
func (f *File) change(ctx context.Context, do func(*sql.Tx) error) (err error) {
	tx, err := f.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if rollback := tx.Rollback(); rollback != nil && !errors.Is(rollback, sql.ErrTxDone) {
			err = errors.Join(err, rollback)
		}
	}()
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// Position reads how far both streams were seen. A tail goes on with the
// sequence after it.
func (f *File) Position(ctx context.Context) (Position, error) {
	all, err := f.noted(ctx)
	return Position{Events: all[Events].seen, Journal: all[Journal].seen}, err
}

// Seen is the last record that was seen of an effect; ok is false when none was.
func (f *File) Seen(ctx context.Context, key journal.Key) (seq uint64, state journal.State, ok bool, err error) {
	m, ok, err := f.mark(ctx, key.String())
	return m.seq, m.state, ok, err
}

// mark is what is known of an effect or register.
type mark struct {
	seq     uint64
	records int // at least
	state   journal.State
	at      int64 // microseconds; 0: not known
}

func (f *File) mark(ctx context.Context, id string) (m mark, ok bool, err error) {
	err = f.read.QueryRowContext(ctx, "SELECT seq, records, state, at FROM last WHERE id = ?", id).Scan(&m.seq, &m.records, &m.state, &m.at)
	if errors.Is(err, sql.ErrNoRows) {
		return m, false, nil
	}
	if err != nil {
		return m, false, fmt.Errorf("read the witness of %s: %w", id, err)
	}
	return m, true, nil
}

// marks is what is known of all effects and registers.
func (f *File) marks(ctx context.Context) (_ map[string]mark, err error) {
	rows, err := f.read.QueryContext(ctx, "SELECT id, seq, records, state, at FROM last")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	all := map[string]mark{}
	for rows.Next() {
		var id string
		var m mark
		if err := rows.Scan(&id, &m.seq, &m.records, &m.state, &m.at); err != nil {
			return nil, err
		}
		all[id] = m
	}
	return all, rows.Err()
}
