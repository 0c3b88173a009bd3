package rowcache

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"modernc.org/sqlite"

	"github.com/procpac/procpac/internal/fault"
)

// Cache is one open file.
type Cache struct {
	path, owner string

	mu sync.RWMutex // held for writing while the file is made anew
	db *sql.DB
	id string
}

// ID names this copy of the cache: another one, also one made anew in the same
// place, has another id.
func (c *Cache) ID() string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.id
}

// Get gives the values that stand under the keys of a scope. A key without a
// value is not in the answer.
func (c *Cache) Get(ctx context.Context, scope string, keys []string) (map[string]string, error) {
	found := make(map[string]string, len(keys))
	err := c.use(ctx, "read", func(db *sql.DB) error {
		return get(ctx, db, scope, keys, found)
	})
	return found, err
}

func get(ctx context.Context, db *sql.DB, scope string, keys []string, found map[string]string) error {
	list, err := json.Marshal(keys)
	if err != nil {
		return err
	}
	// CROSS JOIN keeps the order: each key is looked up. Left to choose, SQLite
	// reads the whole scope and the whole list for each of its rows.
	rows, err := db.QueryContext(ctx, `SELECT e.key, e.value FROM json_each(?2) k CROSS JOIN entries e
		WHERE e.scope = (SELECT id FROM scopes WHERE name = ?1) AND e.key = k.value`, scope, string(list))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		var value []byte
		if err := rows.Scan(&key, &value); err != nil {
			return err
		}
		found[key] = string(value)
	}
	return rows.Err()
}

// Put sets the values of {scope, key} pairs in one transaction: all of them
// stand afterwards, or none. An empty value removes.
func (c *Cache) Put(ctx context.Context, values map[[2]string]string) error {
	if len(values) == 0 {
		return nil
	}
	return c.change(ctx, "write", func(tx *sql.Tx) error { return put(ctx, tx, values) })
}

func put(ctx context.Context, tx *sql.Tx, values map[[2]string]string) error {
	set, err := tx.PrepareContext(ctx, `INSERT OR REPLACE INTO entries (scope, key, value) VALUES (?, ?, ?)`)
	if err != nil {
		return err
	}
	defer set.Close()
	unset, err := tx.PrepareContext(ctx, `DELETE FROM entries WHERE scope = ? AND key = ?`)
	if err != nil {
		return err
	}
	defer unset.Close()
	scopes := map[string]int64{}
	for slot, value := range values {
		scope, err := scopeOf(ctx, tx, scopes, slot[0])
		if err != nil {
			return err
		}
		if value == "" {
			_, err = unset.ExecContext(ctx, scope, slot[1])
		} else {
			_, err = set.ExecContext(ctx, scope, slot[1], []byte(value))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// scopeOf is the number of a scope, given to it when it is first used: a name
// repeated in every row would be half of the file.
func scopeOf(ctx context.Context, tx *sql.Tx, known map[string]int64, name string) (int64, error) {
	if id, ok := known[name]; ok {
		return id, nil
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO scopes (name) VALUES (?) ON CONFLICT (name) DO NOTHING`, name); err != nil {
		return 0, err
	}
	var id int64
	err := tx.QueryRowContext(ctx, `SELECT id FROM scopes WHERE name = ?`, name).Scan(&id)
	known[name] = id
	return id, err
}

// Drop removes, in one transaction, every scope whose name begins with one of
// the prefixes. An empty prefix is an error: nobody means everything by it.
func (c *Cache) Drop(ctx context.Context, prefixes ...string) error {
	return c.change(ctx, "drop", func(tx *sql.Tx) error {
		for _, prefix := range prefixes {
			if prefix == "" {
				return errors.New("an empty prefix would drop everything")
			}
			if err := drop(ctx, tx, prefix); err != nil {
				return err
			}
		}
		return nil
	})
}

// drop compares by substr: LIKE would read % and _ of a job's name as patterns.
func drop(ctx context.Context, tx *sql.Tx, prefix string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM entries WHERE scope IN
		(SELECT id FROM scopes WHERE substr(name, 1, length(?1)) = ?1)`, prefix)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM scopes WHERE substr(name, 1, length(?1)) = ?1`, prefix)
	return err
}

// Close closes the file.
func (c *Cache) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.db.Close()
}

// change runs one transaction.
func (c *Cache) change(ctx context.Context, op string, work func(*sql.Tx) error) error {
	return c.use(ctx, op, func(db *sql.DB) error {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if err := work(tx); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		return tx.Commit()
	})
}

// use runs work on the open file. When SQLite finds the file damaged, it is set
// aside and made anew before the error is returned: the next run finds another
// id and sends its rows again.
func (c *Cache) use(ctx context.Context, op string, work func(*sql.DB) error) error {
	c.mu.RLock()
	db := c.db
	err := work(db)
	c.mu.RUnlock()
	if damaged(err) {
		err = errors.Join(err, c.renew(context.WithoutCancel(ctx), db))
	}
	if err != nil {
		return fault.New(fault.Transient, "row cache "+op, fmt.Errorf("%s: %w", c.path, err)).OfSystem()
	}
	return nil
}

// renew replaces a damaged file, unless another caller did so meanwhile.
func (c *Cache) renew(ctx context.Context, broken *sql.DB) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.db != broken {
		return nil
	}
	closed := c.db.Close()
	if err := setAside(c.path); err != nil {
		return errors.Join(err, closed)
	}
	db, id, err := build(ctx, c.path, c.owner)
	if err != nil {
		return err
	}
	c.db, c.id = db, id
	return nil
}

// SQLite's result codes for a file that cannot be trusted (documented).
const (
	codeCorrupt   = 11
	codeNotADB    = 26
	codePrimary   = 0xff // the low byte is the primary code
	textMalformed = "malformed"
)

// damaged tells whether an error says that the file itself is broken.
func damaged(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err != nil && strings.Contains(err.Error(), textMalformed)
	}
	code := e.Code() & codePrimary
	return code == codeCorrupt || code == codeNotADB
}
