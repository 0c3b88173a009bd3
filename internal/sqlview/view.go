package sqlview

import (
	"context"
	"database/sql"
	_ "embed" // the schema
	"errors"
	"fmt"
	"net/url"
	"os"

	_ "modernc.org/sqlite" // the driver, pure Go
)

// version grows whenever schema.sql changes.
const version = 2

//go:embed schema.sql
var schema string

// View is an open projection. Safe for concurrent use; Feed is called by one
// goroutine.
type View struct {
	write *sql.DB // one connection: SQLite has one writer; nil: only reading
	read  *sql.DB
	fold  map[string]*known

	parsed map[string]*sql.Stmt // the statements of a feed
}

// Open opens or creates the projection at path. A file that is no projection
// of this version is replaced.
func Open(ctx context.Context, path string) (*View, error) {
	v, err := open(ctx, path)
	if err == nil {
		return v, nil
	}
	for _, file := range []string{path, path + "-wal", path + "-shm"} {
		if removeErr := os.Remove(file); removeErr != nil && !errors.Is(removeErr, os.ErrNotExist) {
			return nil, errors.Join(err, removeErr)
		}
	}
	return open(ctx, path)
}

func open(ctx context.Context, path string) (*View, error) {
	v := &View{fold: map[string]*known{}}
	var err error
	if v.write, err = connect(path, 1, false); err != nil {
		return nil, err
	}
	if v.read, err = connect(path, 4, true); err != nil {
		return nil, errors.Join(err, v.write.Close())
	}
	if err := errors.Join(v.ensure(ctx), v.prepare(ctx)); err != nil {
		return nil, errors.Join(fmt.Errorf("projection %s: %w", path, err), v.Close())
	}
	return v, nil
}

// OpenReadOnly opens a projection that another program may be feeding. It
// changes nothing, and fails where Open would build anew.
func OpenReadOnly(ctx context.Context, path string) (*View, error) {
	v := &View{}
	var err error
	if v.read, err = sql.Open("sqlite", address(path)+"?mode=ro&_pragma=busy_timeout(5000)&_pragma=query_only(1)"); err != nil {
		return nil, err
	}
	have, err := userVersion(ctx, v.read)
	if err == nil && have != version {
		err = fmt.Errorf("it has version %d, this program needs %d", have, version)
	}
	if err != nil {
		return nil, errors.Join(err, v.Close())
	}
	return v, nil
}

// address is a path as SQLite reads one: a # or ? in it would end it.
func address(path string) string { return "file:" + (&url.URL{Path: path}).EscapedPath() }

// connect opens the file with the settings every connection needs.
func connect(path string, most int, readOnly bool) (*sql.DB, error) {
	pragmas := url.Values{"_pragma": {"busy_timeout(5000)", "journal_mode(wal)", "synchronous(normal)"}}
	if readOnly {
		pragmas.Add("_pragma", "query_only(1)")
	}
	db, err := sql.Open("sqlite", address(path)+"?"+pragmas.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	return db, nil
}

// ensure creates the tables in an empty file and refuses another version.
func (v *View) ensure(ctx context.Context) error {
	have, err := userVersion(ctx, v.write)
	if err != nil {
		return err
	}
	switch have {
	case version:
		return nil
	case 0:
		_, err := v.write.ExecContext(ctx, schema+fmt.Sprintf("\nPRAGMA user_version = %d;", version))
		return err
	}
	return fmt.Errorf("it has version %d, this program needs %d", have, version)
}

func userVersion(ctx context.Context, db *sql.DB) (have int, err error) {
	err = db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have)
	return have, err
}

// Close closes the file.
func (v *View) Close() error {
	if v.write == nil {
		return v.read.Close()
	}
	return errors.Join(v.write.Close(), v.read.Close())
}

// Position is how far the streams have been read.
type Position struct{ Events, Journal uint64 }

// Position reads how far the last stored batch reached.
func (v *View) Position(ctx context.Context) (Position, error) {
	var p Position
	err := v.read.QueryRowContext(ctx, "SELECT events, journal FROM position").Scan(&p.Events, &p.Journal)
	return p, err
}
