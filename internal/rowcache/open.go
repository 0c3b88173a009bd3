package rowcache

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"

	"github.com/procpac/procpac/internal/fault"
)

// version is the version of the tables. A file of another version is made anew.
const version = 1

const schema = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE scopes (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE entries (scope INTEGER NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (scope, key)) WITHOUT ROWID;
`

// Broken is what a damaged file's name ends with once it was set aside. The one
// before it is overwritten.
const Broken = ".broken"

// Open opens the cache at path, or makes it. Owner names the two systems that
// it remembers, for example the company and the environment: a file of another
// owner, a damaged one and one of another version are set aside and made anew.
// It fails only where a file cannot be made at all.
func Open(ctx context.Context, path, owner string) (*Cache, error) {
	db, id, err := build(ctx, path, owner)
	if err != nil && ctx.Err() == nil {
		if moved := setAside(path); moved != nil {
			return nil, opening(path, errors.Join(err, moved))
		}
		db, id, err = build(ctx, path, owner)
	}
	if err != nil {
		return nil, opening(path, err)
	}
	return &Cache{path: path, owner: owner, db: db, id: id}, nil
}

func opening(path string, err error) error {
	return fault.New(fault.Transient, "row cache open", fmt.Errorf("%s: %w", path, err)).OfSystem()
}

// build opens the file and gives its id. What is wrong with it is an error.
func build(ctx context.Context, path, owner string) (*sql.DB, string, error) {
	db, err := connect(path)
	if err != nil {
		return nil, "", err
	}
	id, err := ready(ctx, db, owner)
	if err != nil {
		return nil, "", errors.Join(err, db.Close())
	}
	return db, id, nil
}

// connect opens the file, with a write-ahead log, which a death of the program
// never damages. Synchronous is FULL, not NORMAL: before a row is sent its old
// hash is removed, and a power cut must not bring that hash back, or a row that
// returned to its old content meanwhile would pass for unchanged while Procore
// has the other. That is one sync of the disk for a part that is sent, beside a
// call that takes far longer; a part without changes writes nothing. One
// connection is enough: a connection's imports run one after the other.
func connect(path string) (*sql.DB, error) {
	pragmas := url.Values{"_pragma": {"busy_timeout(5000)", "journal_mode(wal)", "synchronous(full)"}, "_txlock": {"immediate"}}
	address := "file:" + (&url.URL{Path: path}).EscapedPath() // a # or ? in a path would end it
	db, err := sql.Open("sqlite", address+"?"+pragmas.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	db.SetMaxIdleConns(1)
	return db, nil
}

// ready checks a file, makes its tables where it is empty, and gives its id.
func ready(ctx context.Context, db *sql.DB, owner string) (string, error) {
	var have int
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return "", err
	}
	switch have {
	case 0:
		return create(ctx, db, owner)
	case version:
		return recognise(ctx, db, owner)
	}
	return "", fmt.Errorf("it has version %d, this program needs %d", have, version)
}

// create makes the tables. The id is random: a counter or the time would be
// the same in a copy that was put back.
func create(ctx context.Context, db *sql.DB, owner string) (string, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return "", err
	}
	id := rand.Text()
	_, err = tx.ExecContext(ctx, schema+fmt.Sprintf("PRAGMA user_version = %d;", version))
	if err == nil {
		_, err = tx.ExecContext(ctx, "INSERT INTO meta (name, value) VALUES ('id', ?), ('owner', ?)", id, owner)
	}
	if err != nil {
		return "", errors.Join(err, tx.Rollback())
	}
	return id, tx.Commit()
}

// recognise gives the id of a sound file of this owner.
func recognise(ctx context.Context, db *sql.DB, owner string) (string, error) {
	var verdict, id, have string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return "", err
	}
	if verdict != "ok" {
		return "", fmt.Errorf("it is damaged: %s", verdict)
	}
	err := db.QueryRowContext(ctx, "SELECT (SELECT value FROM meta WHERE name = 'id'), (SELECT value FROM meta WHERE name = 'owner')").Scan(&id, &have)
	if err == nil && have != owner {
		err = fmt.Errorf("it belongs to %q, not to %q", have, owner)
	}
	return id, err
}

// setAside renames a file out of the way and removes what SQLite keeps beside
// it: a log of the old file would be read into the new one.
func setAside(path string) error {
	for _, beside := range []string{path + "-wal", path + "-shm"} {
		if err := os.Remove(beside); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	err := os.Rename(path, path+Broken)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
