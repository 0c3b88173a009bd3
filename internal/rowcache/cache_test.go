package rowcache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/fault"
)

func open(t *testing.T, path string) *Cache {
	t.Helper()
	c, err := Open(t.Context(), path, "company 1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func set(t *testing.T, c *Cache, values map[[2]string]string) {
	t.Helper()
	if err := c.Put(t.Context(), values); err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, c *Cache, scope string, values map[string]string, keys ...string) {
	t.Helper()
	got, err := c.Get(t.Context(), scope, keys)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(values, got); diff != "" {
		t.Errorf("scope %q: %s", scope, diff)
	}
}

func TestValuesStandUnderScopeAndKey(t *testing.T) {
	c := open(t, filepath.Join(t.TempDir(), "a#b?.db"))
	set(t, c, map[[2]string]string{{"a", "1"}: "x\x00\xff", {"a", "2"}: "y", {"b", "1"}: "z"})
	want(t, c, "a", map[string]string{"1": "x\x00\xff", "2": "y"}, "1", "2", "3")
	want(t, c, "b", map[string]string{"1": "z"}, "1", "2")
	want(t, c, "c", map[string]string{}, "1")
	want(t, c, "a", map[string]string{})

	set(t, c, map[[2]string]string{{"a", "1"}: "", {"a", "2"}: "new", {"a", "9"}: ""})
	want(t, c, "a", map[string]string{"2": "new"}, "1", "2", "9")
}

func TestDropTakesScopesByTheirBeginning(t *testing.T) {
	c := open(t, filepath.Join(t.TempDir(), "c.db"))
	set(t, c, map[[2]string]string{{"h\n01|A_", "k"}: "1", {"h\n01|AB", "k"}: "2", {"h\n01|A_%", "k"}: "3", {"i\n01|A_", "k"}: "4"})
	if err := c.Drop(t.Context(), "h\n01|A_", "absent"); err != nil {
		t.Fatal(err)
	}
	for scope, left := range map[string]map[string]string{"h\n01|A_": {}, "h\n01|AB": {"k": "2"}, "h\n01|A_%": {}, "i\n01|A_": {"k": "4"}} {
		want(t, c, scope, left, "k")
	}
	if err := c.Drop(t.Context(), ""); err == nil {
		t.Error("an empty prefix must not drop everything")
	}
	want(t, c, "i\n01|A_", map[string]string{"k": "4"}, "k")
}

func TestAFileKeepsItsIDAndValues(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	c := open(t, path)
	id := c.ID()
	set(t, c, map[[2]string]string{{"a", "1"}: "x"})
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, path)
	if again.ID() != id || id == "" {
		t.Errorf("id %q became %q", id, again.ID())
	}
	want(t, again, "a", map[string]string{"1": "x"}, "1")
}

func TestAnUnusableFileIsSetAsideAndMadeAnew(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, path string){
		"garbage": func(t *testing.T, path string) { write(t, path, bytes.Repeat([]byte("no database "), 500)) },
		"a page overwritten": func(t *testing.T, path string) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			copy(data[4096:], bytes.Repeat([]byte{0xee}, len(data)-4096))
			write(t, path, data)
		},
		"cut":           func(t *testing.T, path string) { truncate(t, path, 5000) },
		"another owner": func(t *testing.T, path string) { reopenAs(t, path, "company 2") },
		"another version": func(t *testing.T, path string) {
			c := open(t, path)
			if _, err := c.db.Exec("PRAGMA user_version = 99"); err != nil {
				t.Fatal(err)
			}
			_ = c.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "c.db")
			id := filled(t, path)
			spoil(t, path)
			c := open(t, path)
			if c.ID() == id {
				t.Error("a file made anew must have another id")
			}
			want(t, c, "a", map[string]string{}, "1", "2")
			set(t, c, map[[2]string]string{{"a", "1"}: "x"})
			if _, err := os.Stat(path + Broken); err != nil {
				t.Errorf("the old file was not set aside: %v", err)
			}
		})
	}
}

// filled makes a closed file of several pages and gives its id.
func filled(t *testing.T, path string) string {
	t.Helper()
	c := open(t, path)
	values := map[[2]string]string{}
	for i := range 2000 {
		values[[2]string{"a", fmt.Sprint(i)}] = "some value of a row"
	}
	set(t, c, values)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return c.ID()
}

func reopenAs(t *testing.T, path, owner string) {
	t.Helper()
	c, err := Open(t.Context(), path, owner)
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func truncate(t *testing.T, path string, size int64) {
	t.Helper()
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
}

func TestDamageUnderWayRenewsTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	filled(t, path)
	c := open(t, path)
	id := c.ID()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copy(data[4096:], bytes.Repeat([]byte{0xee}, len(data)-4096))
	c.db.SetMaxIdleConns(0) // the next call opens the file afresh
	write(t, path, data)
	_, err = c.Get(t.Context(), "a", []string{"1", "1999"})
	if fault.Of(err) != fault.Transient || !fault.IsSystem(err) {
		t.Fatalf("the damage must be told: %v", err)
	}
	if c.ID() == id {
		t.Error("the file must be a new one")
	}
	want(t, c, "a", map[string]string{}, "1")
	set(t, c, map[[2]string]string{{"a", "1"}: "x"})
	want(t, c, "a", map[string]string{"1": "x"}, "1")
}

func TestAPutIsWholeOrNotAtAll(t *testing.T) {
	c := open(t, filepath.Join(t.TempDir(), "c.db"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Put(ctx, map[[2]string]string{{"a", "1"}: "x"}); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	want(t, c, "a", map[string]string{}, "1")
}

func TestWhereNoFileCanBeIsATransientFaultOfTheSystem(t *testing.T) {
	_, err := Open(t.Context(), filepath.Join(t.TempDir(), "missing", "c.db"), "o")
	if fault.Of(err) != fault.Transient || !fault.IsSystem(err) {
		t.Fatalf("got %v", err)
	}
}

func TestManyUseItAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	a, b := open(t, path), open(t, path)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			c, scope := []*Cache{a, b}[i%2], fmt.Sprint("s", i%3)
			for n := range 20 {
				if err := c.Put(t.Context(), map[[2]string]string{{scope, fmt.Sprint(i, n)}: "v"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if a.ID() != b.ID() {
		t.Error("two openings of one file have one id")
	}
	want(t, b, "s0", map[string]string{"0 19": "v", "3 19": "v", "6 0": "v"}, "0 19", "3 19", "6 0")
}
