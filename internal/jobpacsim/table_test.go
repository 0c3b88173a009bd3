package jobpacsim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestPackedRows(t *testing.T) {
	for _, values := range [][]string{{""}, {"a"}, {"", ""}, {"a", "", "c"}, {"", "b", ""}, {"a", "b", "c", "d"}} {
		packed := pack(values)
		if got := unpacked(packed, make([]string, len(values))); !slices.Equal(got, values) {
			t.Errorf("%q comes back as %q", values, got)
		}
		for i, want := range values {
			if got := field(packed, i); got != want {
				t.Errorf("%q: field %d is %q", values, i, got)
			}
			if got := packed[:end(packed, i)]; got != join(values[:i+1]...) {
				t.Errorf("%q: up to column %d is %q", values, i, got)
			}
		}
	}
}

// FuzzPackedRows: whatever values hold, but the separator, they come back.
func FuzzPackedRows(f *testing.F) {
	f.Add("01", "1001", "02-100")
	f.Add("", "", "")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		if strings.Contains(a+b+c, separator) {
			t.Skip("no checked value holds the separator")
		}
		packed := pack([]string{a, b, c})
		if got := unpacked(packed, make([]string, 3)); got[0] != a || got[1] != b || got[2] != c {
			t.Errorf("%q", got)
		}
		if field(packed, 1) != b || packed[:end(packed, 1)] != join(a, b) {
			t.Errorf("%q: %q, %q", packed, field(packed, 1), packed[:end(packed, 1)])
		}
	})
}

// A table and a plain list of rows go through the same additions, changes and
// removals; afterwards every range, look-up and index gives the same.
func TestTableAgainstAPlainList(t *testing.T) {
	table, err := newTable([]string{"book", "Order ItemNumber", "Description", "", "Description Name", "Name=none"}, readColumns(), nil)
	if err != nil {
		t.Fatal(err)
	}
	chance := rand.New(rand.NewPCG(1, 2))
	at := mustTime(t)
	var plain []*record
	key := func() map[string]string {
		return map[string]string{
			"Order":      []string{"A", "A-1", "AB", "B", "B 1", "B1"}[chance.IntN(6)],
			"ItemNumber": fmt.Sprint(1 + chance.IntN(12)), "Description": string(rune('x' + chance.IntN(3))),
		}
	}
	for range 2000 {
		switch chance.IntN(4) {
		case 0, 1:
			rows := make([]*record, 1+chance.IntN(3))
			for i := range rows {
				rows[i] = table.fresh(key(), at)
			}
			plain = append(plain, rows...)
			table.add(rows...)
		case 2:
			if len(plain) > 0 {
				table.change(plain[chance.IntN(len(plain))], key(), at)
			}
		default:
			if n := len(plain); n > 0 {
				i := chance.IntN(n)
				table.remove(plain[i])
				plain = slices.Delete(plain, i, i+1)
			}
		}
	}
	if len(plain) < 20 || len(table.rows) != len(plain) || !slices.IsSortedFunc(table.rows, byOrder) {
		t.Fatalf("%d rows, %d wanted", len(table.rows), len(plain))
	}
	sameRanges(t, table, plain)
	sameIndex(t, table, plain)
}

// sameRanges compares every range of the key with a walk over all rows.
func sameRanges(t *testing.T, table *table, plain []*record) {
	t.Helper()
	bounds := []string{"", "A", "A-", "A-1", "AB", "B", "B 1", "B1", "C"}
	for _, start := range bounds {
		for _, finish := range bounds {
			want := 0
			for _, r := range plain {
				if order := table.get(r, "Order"); (start == "" || order >= start) && (finish == "" || order <= finish) {
					want++
				}
			}
			if got := len(table.within(nil, start, finish)); got != want {
				t.Errorf("%q to %q: %d rows, want %d", start, finish, got, want)
			}
		}
	}
	for _, order := range bounds[1:] {
		for start := range 13 {
			want := 0
			for _, r := range plain {
				if table.get(r, "Order") == order && stored(table.get(r, "ItemNumber")) >= number(start+1)*unit {
					want++
				}
			}
			if got := len(table.within([]string{order}, fmt.Sprint(start+1), "")); got != want {
				t.Errorf("%q from item %d: %d rows, want %d", order, start+1, got, want)
			}
			if found := table.find(order, fmt.Sprint(start+1)); (found != nil) != (len(table.within([]string{order, fmt.Sprint(start + 1)}, "", "")) > 0) {
				t.Errorf("find %q %d: %v", order, start+1, found)
			}
		}
	}
}

func sameIndex(t *testing.T, table *table, plain []*record) {
	t.Helper()
	for _, description := range []string{"x", "y", "z"} {
		want := 0
		for _, r := range plain {
			if table.get(r, "Description") == description {
				want++
			}
		}
		found := table.under("Description", description)
		if len(found) != want || !slices.IsSortedFunc(found, byOrder) {
			t.Errorf("index of %q: %d rows, want %d", description, len(found), want)
		}
	}
}

// Rows of one key keep the order in which they came.
func TestEqualKeysKeepTheirOrder(t *testing.T) {
	table, err := newTable([]string{"book", "Order", "", "", "Description", ""}, readColumns(), nil)
	if err != nil {
		t.Fatal(err)
	}
	at := mustTime(t)
	for _, word := range []string{"one", "two"} {
		table.insert(map[string]string{"Order": "A", "Description": word}, at)
	}
	table.add(table.fresh(map[string]string{"Order": "B"}, at), table.fresh(map[string]string{"Order": "A", "Description": "three"}, at),
		table.fresh(map[string]string{"Order": "A", "Description": "four"}, at))
	table.insert(map[string]string{"Order": "A", "Description": "five"}, at)
	var words []string
	for _, r := range table.within([]string{"A"}, "", "") {
		words = append(words, table.get(r, "Description"))
	}
	if got := strings.Join(words, " "); got != "one two three four five" {
		t.Errorf("%s", got)
	}
}

// A row remembers what it held at every moment of the last hour, and no more.
func TestRowsRememberAnHour(t *testing.T) {
	at := mustTime(t)
	r := &record{version: version{packed: "0", since: at.UnixNano()}, created: at.UnixNano()}
	for n := range 200 {
		r.become(fmt.Sprint(n+1), at.Add(time.Duration(n+1)*time.Minute))
	}
	now := at.Add(200 * time.Minute)
	for ago := range 61 {
		got, there := view{at: now.Add(-time.Duration(ago) * time.Minute).UnixNano()}.shows(r)
		if want := fmt.Sprint(200 - ago); !there || got != want {
			t.Errorf("%d minutes ago %q, want %q", ago, got, want)
		}
	}
	kept := 0
	for v := &r.version; v != nil; v = v.older {
		kept++
	}
	if kept > 62 {
		t.Errorf("%d versions are kept", kept)
	}
	if _, there := (view{at: at.Add(-1).UnixNano()}).shows(r); there {
		t.Error("the row is there before it was made")
	}
	if got, there := (view{}).shows(r); !there || got != "200" {
		t.Errorf("now %q", got)
	}
	if _, there := (view{youngest: at.Add(-1).UnixNano()}).shows(r); there {
		t.Error("a row too young is shown")
	}
}

// The list of codes is long enough, has no code twice and leaves the last
// numbers free.
func TestCompanyCodes(t *testing.T) {
	for _, centres := range []int{0, 1, 6, 43, 1_500, 20_000, 60_000} {
		codes, err := companyCodes(centres, rand.New(rand.NewPCG(3, 4)))
		if err != nil {
			t.Fatalf("%d: %v", centres, err)
		}
		made, seen, sections := 0, map[string]bool{}, map[string]bool{}
		for _, c := range codes {
			made += len(c.types)
			if seen[c.code] || len(c.code) != 6 || c.code[3:] == "000" || c.code[3:] > "890" || c.code[:2] > "98" || len(c.types) == 0 {
				t.Fatalf("%d: code %+v", centres, c)
			}
			seen[c.code], sections[c.section] = true, true
		}
		if made < centres || made > centres+5 {
			t.Errorf("%d cost centres, want %d", made, centres)
		}
		if centres == 1_500 && (len(sections) < 15 || len(sections) > 40) {
			t.Errorf("%d sections on a job of 1,500", len(sections))
		}
	}
	if _, err := companyCodes(5_000_000, rand.New(rand.NewPCG(3, 4))); err == nil {
		t.Error("five million cost centres fit one job")
	}
}

func TestCreditorCodes(t *testing.T) {
	seen := map[string]bool{}
	for i := range 30_000 {
		code := creditorCode(i)
		if seen[code] || len(code) != 6 {
			t.Fatalf("creditor %d is %q", i, code)
		}
		seen[code] = true
	}
	if code := creditorCode(maxCreditors - 1); len(code) != 6 {
		t.Errorf("the last is %q", code)
	}
}

// Amounts are written as they were before, by the digits of a whole number.
func TestFormat(t *testing.T) {
	for _, c := range []struct {
		n      number
		places int
		want   string
	}{
		{0, 0, "0"}, {0, 2, "0.00"}, {1, 4, "0.0001"}, {-1, 4, "-0.0001"}, {unit, 0, "1"}, {unit, 2, "1.00"}, {-12_3450, 2, "-12.34"},
		{99_999_999_999_9999, 4, "99999999999.9999"}, {-99_999_999_999_9999, 4, "-99999999999.9999"}, {10_0500, 3, "10.050"},
	} {
		if got := c.n.format(c.places); got != c.want {
			t.Errorf("%d to %d places: %q, want %q", c.n, c.places, got, c.want)
		}
	}
}

func TestPeriodValues(t *testing.T) {
	for value, good := range map[string]bool{"202611": true, "200001": true, "202600": false, "202613": false, "2026": false, "2026-11": false, "20261122": false} {
		if _, err := periodValue(value); (err == nil) != good {
			t.Errorf("%q: %v", value, err)
		}
	}
}
