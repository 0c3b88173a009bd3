package jobpac

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
)

// books is a Jobpac that holds listings and cuts its answers without a word.
type books struct {
	*httptest.Server
	mu    sync.Mutex
	rows  map[string][]row // by path
	calls map[string]int
	worst map[string]int // the longest answer of each path
	asked []string       // the questions without the token

	cap                int // 0: none
	openStart, openEnd bool
	ebcdic             bool
	shuffled           bool // lists, and cuts, in an order of its own
	before             func(path string, n int)
}

func newBooks(t testing.TB) *books {
	t.Helper()
	b := &books{rows: map[string][]row{}, calls: map[string]int{}, worst: map[string]int{}}
	b.Server = httptest.NewServer(http.HandlerFunc(b.serve))
	t.Cleanup(b.Close)
	return b
}

func (b *books) serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/GiveMeAToken" {
		fmt.Fprint(w, `{"data":[{"Token":"TOKEN-1","ErrorMessage":""}]}`)
		return
	}
	b.mu.Lock()
	b.calls[r.URL.Path]++
	n := b.calls[r.URL.Path]
	before := b.before
	b.mu.Unlock()
	if before != nil {
		before(r.URL.Path, n)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	args := r.URL.Query()
	args.Del("Token")
	b.asked = append(b.asked, r.URL.Path+"?"+args.Encode())
	var found []row
	for _, row := range b.rows[r.URL.Path] {
		if b.passes(row, args) {
			found = append(found, row)
		}
	}
	if b.cap > 0 && len(found) > b.cap {
		found = found[:b.cap]
	}
	b.worst[r.URL.Path] = max(b.worst[r.URL.Path], len(found))
	if err := json.NewEncoder(w).Encode(map[string]any{"data": append([]row{}, found...)}); err != nil {
		panic(http.ErrAbortHandler)
	}
}

func (b *books) passes(r row, args map[string][]string) bool {
	for name, values := range args {
		want := values[0]
		start, isStart := strings.CutPrefix(name, "Start")
		finish, isFinish := strings.CutPrefix(name, "Finish")
		switch have, is := parameterColumn(r, name); {
		case is:
			if have != want {
				return false
			}
		case isStart:
			if c := b.compare(r[start], want); c < 0 || c == 0 && b.openStart {
				return false
			}
		case isFinish:
			if c := b.compare(r[finish], want); c > 0 || c == 0 && b.openEnd {
				return false
			}
		default:
			panic("unknown parameter " + name)
		}
	}
	return true
}

// inEBCDIC writes codes in code page 37; what the tests do not use is not in it.
func inEBCDIC(text string) string {
	coded := []byte{}
	for i := range len(text) {
		at := 0x40
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			at = 0xF0 + int(c-'0')
		case c >= 'S' && c <= 'Z':
			at = 0xE2 + int(c-'S')
		case c >= 'J' && c <= 'R':
			at = 0xD1 + int(c-'J')
		case c >= 'A' && c <= 'I':
			at = 0xC1 + int(c-'A')
		default:
			at = map[byte]int{'.': 0x4B, '(': 0x4D, '+': 0x4E, '&': 0x50, '*': 0x5C, '-': 0x60, '/': 0x61, ',': 0x6B, '%': 0x6C, '#': 0x7B, '\'': 0x7D, '"': 0x7F}[c]
		}
		coded = append(coded, byte(at))
	}
	return string(coded)
}

// parameterColumn finds the column that a parameter means.
func parameterColumn(r row, name string) (string, bool) {
	have, is := r[name]
	if !is && name == "WorkId" {
		have, is = r["CostingWorkId"]
	}
	if !is && name == "CostCentreStatus" {
		have, is = r["Status"]
	}
	return have, is
}

func (b *books) compare(x, y string) int {
	if s, err := time.Parse(time.RFC3339, x); err == nil {
		if u, err := time.Parse(time.RFC3339, y); err == nil {
			return s.Compare(u)
		}
	}
	if b.ebcdic {
		x, y = inEBCDIC(x), inEBCDIC(y)
	}
	return strings.Compare(x, y)
}

// put sets a listing in the order of these columns, or shuffled.
func (b *books) put(path string, rows []row, by ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rows[path] = slices.Clone(rows)
	rand.New(rand.NewSource(int64(len(rows)))).Shuffle(len(rows), func(i, j int) { b.rows[path][i], b.rows[path][j] = b.rows[path][j], b.rows[path][i] })
	if b.shuffled {
		return
	}
	slices.SortStableFunc(b.rows[path], func(x, y row) int {
		for _, name := range by {
			if c := b.compare(x[name], y[name]); c != 0 {
				return c
			}
		}
		return cmp.Compare(fmt.Sprint(x), fmt.Sprint(y))
	})
}

func (b *books) total() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, c := range b.calls {
		n += c
	}
	return n
}

func bookClient(t testing.TB, b *books, change func(*Config)) *Client {
	t.Helper()
	config := testConfig(b.URL)
	if change != nil {
		change(&config)
	}
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.WithoutCancel(t.Context())) })
	return c
}

// readAll reads a listing to its end, each part with another client, as if
// each were read by another process, where every is set.
func readAll(t testing.TB, b *books, r erp.Reading, every bool) (rows []erp.Row, marks []string, at []int) {
	t.Helper()
	c := bookClient(t, b, nil)
	for {
		if every {
			c = bookClient(t, b, nil)
		}
		part, err := c.Read(t.Context(), r)
		if err != nil {
			t.Fatalf("%s after %d rows: %v", r.Listing, len(rows), err)
		}
		if len(part.Rows) > partRows {
			t.Fatalf("a part of %d rows", len(part.Rows))
		}
		if len(part.Next) > 4096 {
			t.Fatalf("a mark of %d characters", len(part.Next))
		}
		rows = append(rows, part.Rows...)
		if part.Next == "" {
			return rows, marks, at
		}
		if part.Next == r.After {
			t.Fatalf("%s stands still at %s", r.Listing, part.Next)
		}
		r.After = part.Next
		marks, at = append(marks, part.Next), append(at, len(rows))
	}
}

// names are rows as one text each, sorted.
func names(rows []erp.Row, columns ...erp.Name) []string {
	all := make([]string, len(rows))
	for i, r := range rows {
		for _, name := range columns {
			all[i] += r.Get(name) + "|"
		}
	}
	slices.Sort(all)
	return all
}

func wantNames(rows []row, columns ...string) []string {
	all := make([]string, len(rows))
	for i, r := range rows {
		for _, name := range columns {
			all[i] += r[name] + "|"
		}
	}
	slices.Sort(all)
	return all
}

// differ tells the first few differences of two sorted lists.
func differ(want, got []string) string {
	count := map[string]int{}
	for _, w := range want {
		count[w]++
	}
	for _, g := range got {
		count[g]--
	}
	var words []string
	words = append(words, slices.Sorted(func(yield func(string) bool) {
		for name, n := range count {
			if n != 0 && !yield(fmt.Sprintf("%+d %s", -n, name)) {
				return
			}
		}
	})...)
	if len(words) > 8 {
		words = append(words[:8], fmt.Sprintf("and %d more", len(words)-8))
	}
	return strings.Join(words, ", ")
}
