package jobpac

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/erp"
)

// bound is what one axis asks of the rows of the next answer: more than lo and
// less than fin, or exactly one value of a set. The call asks from lo to fin;
// rows at the two ends are there or not, as Jobpac takes a range, and count
// for the windows before and after.
type bound struct {
	axis
	lo, fin *string
	behind  bool // ask from behind lo
	before  bool // ask until just before fin
	pin     *string

	loLevel, finLevel int // whose they are

	loAt, finAt time.Time
}

// bounds are those of all levels; on one axis the innermost counts, for it lies
// within the outer ones.
func (w *walk) bounds() []bound {
	var all []bound
	for i, l := range w.at.Levels {
		at := slices.IndexFunc(all, func(b bound) bool { return b.column == w.src.axes[l.Axis].column })
		if at < 0 {
			at, all = len(all), append(all, bound{axis: w.src.axes[l.Axis]})
		}
		b := &all[at]
		if len(l.Set) > 0 {
			b.pin = &l.Set[0]
		}
		if l.Lo != nil {
			b.lo, b.loLevel, b.behind = l.Lo, i, l.Next
		}
		if len(l.Ends) > 0 {
			b.fin, b.finLevel, b.before = &l.Ends[0], i, l.Short
		}
	}
	for i := range all {
		all[i].readTimes()
	}
	return all
}

func (b *bound) readTimes() {
	if !b.stamps {
		return
	}
	if b.lo != nil {
		s, _ := readStamp(*b.lo)
		b.loAt = s.at
	}
	if b.fin != nil {
		s, _ := readStamp(*b.fin)
		b.finAt = s.at
	}
}

// where a value stands to a bound.
type where int

const (
	outside where = iota // Jobpac should not have shown it
	atEdge               // another window's
	within
)

func (b bound) where(o order, value string) where {
	if b.pin != nil {
		if erp.Code(value) == erp.Code(*b.pin) || flagText(value) == *b.pin {
			return within
		}
		return atEdge
	}
	low, high, ok := b.sides(o, value)
	switch {
	case !ok || low < 0 || high > 0:
		return outside
	case low == 0 || high == 0:
		return atEdge
	}
	return within
}

// sides compares a value with lo and with fin. ok is false for a time that
// cannot be read.
func (b bound) sides(o order, value string) (low, high int, ok bool) {
	low, high = 1, -1
	if b.stamps {
		s, ok := readStamp(value)
		if b.lo != nil {
			low = s.at.Compare(b.loAt)
		}
		if b.fin != nil {
			high = s.at.Compare(b.finAt)
		}
		return low, high, ok
	}
	if b.lo != nil {
		low = o.compare(value, *b.lo)
	}
	if b.fin != nil {
		high = o.compare(value, *b.fin)
	}
	return low, high, true
}

// keep gives the rows within all bounds, and tells whether any stands outside.
func keep(o order, bounds []bound, rows []row) (kept []row, stray bool) {
	if len(bounds) == 0 {
		return rows, false
	}
	for _, r := range rows {
		least := within
		for _, b := range bounds {
			least = min(least, b.where(o, r[b.column]))
		}
		switch least {
		case outside:
			return nil, true
		case within:
			kept = append(kept, r)
		}
	}
	return kept, false
}

// params writes the question.
func (w *walk) params(bounds []bound) url.Values {
	params := w.scope()
	w.setTimes(params)
	for _, b := range bounds {
		if b.lo != nil && *b.lo != "" {
			params.Set(b.start, *b.lo)
			if b.behind {
				params.Set(b.start, nextStamp(*b.lo))
			}
		}
		if b.fin != nil {
			params.Set(b.finish, *b.fin)
			if b.before {
				params.Set(b.finish, stampBefore(*b.fin))
			}
		}
		if b.pin != nil {
			params.Set(b.equal, *b.pin)
		}
	}
	return params
}

// scope is the part of the question that stays the same.
func (w *walk) scope() url.Values {
	params := url.Values{w.src.work: {w.r.WorkID}}
	if w.at.Job != "" {
		params.Set("Job", w.at.Job)
	}
	if w.r.Creditor != "" {
		params.Set("Creditor", w.r.Creditor)
	}
	return params
}

// setTimes asks for changes since and until. A second more is asked before
// Since, for a range may leave out its start.
func (w *walk) setTimes(params url.Values) {
	if w.src.changed == "" {
		return
	}
	switch {
	case !w.r.Since.IsZero():
		params.Set("Start"+w.src.changed, askStamp(w.r.Since.Add(-time.Second)))
	case w.src.floor:
		params.Set("Start"+w.src.changed, askStamp(time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)))
	}
	if !w.r.Until.IsZero() {
		params.Set("Finish"+w.src.changed, askStamp(w.r.Until))
	}
}

// advance goes to the next window, and tells whether that was the last one.
func (w *walk) advance() (last bool) {
	for len(w.at.Levels) > 0 {
		end := len(w.at.Levels) - 1
		l := &w.at.Levels[end]
		switch {
		case len(l.Set) > 1:
			l.Set = slices.Clone(l.Set[1:])
			return false
		case len(l.Ends) > 0:
			l.Ends, l.Short = slices.Clone(l.Ends[1:]), false
			if l.Max != nil {
				l.Lo, l.Max, l.Next = l.Max, nil, false
			}
			return false
		}
		w.at.Levels = w.at.Levels[:end]
	}
	return true
}

// raise notes the highest values that the window gave.
func (w *walk) raise(kept []row) {
	for i := range w.at.Levels {
		l := &w.at.Levels[i]
		if x := w.src.axes[l.Axis]; !x.isSet() {
			l.Max = w.highest(x, l.Max, kept)
		}
	}
}

func (w *walk) highest(x axis, top *string, rows []row) *string {
	for _, r := range rows {
		if value := r[x.column]; top == nil || w.compare(x, value, *top) > 0 {
			top = &value
		}
	}
	return top
}

// compare compares two values of an axis.
func (w *walk) compare(x axis, a, b string) int {
	if !x.stamps {
		return w.at.Order.compare(a, b)
	}
	s, _ := readStamp(a)
	t, _ := readStamp(b)
	return s.at.Compare(t.at)
}

// about says in words which rows a question was for.
func (w *walk) about(bounds []bound) string {
	words := []string{"WorkID " + w.r.WorkID}
	if w.at.Job != "" {
		words = append(words, "job "+w.at.Job)
	}
	if w.r.Creditor != "" {
		words = append(words, "creditor "+w.r.Creditor)
	}
	for _, b := range bounds {
		switch {
		case b.pin != nil:
			words = append(words, b.column+" "+*b.pin)
		case b.lo != nil && b.fin != nil:
			words = append(words, b.column+" from "+*b.lo+" to "+*b.fin)
		case b.lo != nil:
			words = append(words, b.column+" from "+*b.lo)
		case b.fin != nil:
			words = append(words, b.column+" to "+*b.fin)
		}
	}
	return strings.Join(words, ", ")
}
