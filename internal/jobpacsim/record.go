package jobpacsim

import (
	"strings"
	"time"
)

// separator stands between the values of a row and the parts of a key. No
// checked value holds it, and it sorts before everything a value may hold.
const separator = "\x1f"

// lookBack is how far stale_rows can look back: older values are forgotten.
const lookBack = time.Hour

// record is one row of a book. A row is kept as one string, not as many: an
// organisation of a million rows is then light to keep and to walk.
type record struct {
	version
	order   string // sorts rows by key
	created int64  // on the simulator's clock, in nanoseconds
}

// version is what a row held from a moment on. Its string is replaced as a
// whole, never changed in place.
type version struct {
	packed string // the values in the order of the table's columns
	since  int64
	older  *version
}

// become gives the row new values and keeps the old ones for lookBack.
func (r *record) become(packed string, now time.Time) {
	old := r.version
	r.version = version{packed: packed, since: now.UnixNano(), older: &old}
	oldest := now.Add(-lookBack).UnixNano()
	for v := &r.version; v.older != nil; v = v.older {
		if v.since <= oldest {
			v.older = nil
			return
		}
	}
}

// view says as of when a listing sees the books. The zero value sees all.
type view struct {
	youngest int64 // rows made later are not there; 0: all are
	at       int64 // rows show what they held at this moment; 0: what they hold
}

// shows gives a row's values as the view sees them, or false.
func (v view) shows(r *record) (string, bool) {
	if (v.youngest != 0 && r.created > v.youngest) || (v.at != 0 && r.created > v.at) {
		return "", false
	}
	seen := &r.version
	for v.at != 0 && seen.since > v.at && seen.older != nil {
		seen = seen.older
	}
	return seen.packed, true
}

// join makes one string of several values.
func join(values ...string) string { return strings.Join(values, separator) }

func pack(values []string) string { return strings.Join(values, separator) }

// field gives one value of a packed row.
func field(packed string, at int) string {
	for ; at > 0; at-- {
		packed = packed[strings.IndexByte(packed, separator[0])+1:]
	}
	if stop := strings.IndexByte(packed, separator[0]); stop >= 0 {
		return packed[:stop]
	}
	return packed
}

// end is where the value of a column ends in a packed row.
func end(packed string, at int) int {
	stop := -1
	for ; at >= 0; at-- {
		next := strings.IndexByte(packed[stop+1:], separator[0])
		if next < 0 {
			return len(packed)
		}
		stop += 1 + next
	}
	return stop
}

// unpacked fills into with the values of a packed row and gives it back.
func unpacked(packed string, into []string) []string {
	last := len(into) - 1
	for i := range last {
		stop := strings.IndexByte(packed, separator[0])
		into[i], packed = packed[:stop], packed[stop+1:]
	}
	into[last] = packed
	return into
}
