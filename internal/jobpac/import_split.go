package jobpac

import (
	"context"
	"slices"

	"github.com/procpac/procpac/internal/erp"
)

// question is an answer that may be cut, or is too long for one part, with the
// bounds that were asked.
type question struct {
	bounds []bound
	rows   []row // of the WorkID and job asked
	kept   []row // those within all bounds
	size   int   // of the whole answer
	whole  bool  // not cut, but too long
	doubt  doubt
	depth  int // levels when it was asked
}

// split narrows the question: by leaving out moments that other windows give; on
// the first axis that shows enough values to cut the range between them; else by
// a set of values. False: there is nothing narrower to ask.
func (w *walk) split(ctx context.Context, q question) (bool, error) {
	if 2*len(q.kept) < len(q.rows) && w.skipMoment(q) {
		return true, nil
	}
	for i, x := range w.src.axes {
		if x.isSet() {
			continue
		}
		w.learnOrder(i, q)
		if ends := w.plan(x, q); len(ends) > 0 && w.narrow(i, ends) {
			w.remember(q, func(r row) bool { return w.compare(x, r[x.column], ends[0]) < 0 })
			return true, nil
		}
	}
	if w.skipMoment(q) {
		return true, nil
	}
	return w.splitSet(ctx, q)
}

// tellingRows is how many rows tell the order of a list: fewer may be in it, or
// not, by chance.
const tellingRows = 8

// learnOrder takes the order in which the answer lists the codes for the order
// in which Jobpac compares them, as long as all rows are within the bounds by
// it. A short answer counts on the axis of the list only, and only until a long
// one has told, were it that the list is in no order at all.
func (w *walk) learnOrder(i int, q question) {
	x, short := w.src.axes[i], len(q.rows) < tellingRows
	if x.stamps || w.tries > 0 || short && (i > 0 || w.at.Sure) {
		return
	}
	w.at.Sure = w.at.Sure || !short && i == 0
	for turn := range orders {
		o := (w.at.Order + turn) % orders
		sorted := slices.IsSortedFunc(q.rows, func(a, b row) int { return o.compare(a[x.column], b[x.column]) })
		if _, stray := keep(o, q.bounds, q.rows); sorted && !stray {
			w.at.Order = o
			return
		}
	}
}

// counted is a value with the number of rows that show it.
type counted struct {
	value string
	rows  int
}

// count gives the values of an axis in order; nil where a row shows none.
func (w *walk) count(x axis, rows []row) []counted {
	of := map[string]int{}
	for _, r := range rows {
		value, carried := r[x.column]
		if x.stamps {
			_, carried = readStamp(value)
		}
		if !carried {
			return nil
		}
		of[value]++
	}
	values := make([]counted, 0, len(of))
	for value, rows := range of {
		values = append(values, counted{value, rows})
	}
	slices.SortFunc(values, func(a, b counted) int { return w.compare(x, a.value, b.value) })
	return values
}

// plan chooses where windows end, so that each question should be answered with
// nine tenths of what is known to fit; half of that where the answer is listed
// by something else, for then it shows only some of the rows of each window. A
// window ends at a value that was seen, and the next one starts at the value
// before: whether ranges include their ends or not, no value falls between
// them. The first window must keep a value, and leave one out that was seen.
func (w *walk) plan(x axis, q question) []string {
	values := w.count(x, q.kept)
	last := len(values) - 2
	if w.showsEnd(x, q) {
		last++
	}
	if x.stamps && last < 1 {
		return w.firstMoment(x, q, values)
	}
	limit := max(1, min(q.size, partRows)*9/10)
	if !slices.IsSortedFunc(q.kept, func(a, b row) int { return w.compare(x, a[x.column], b[x.column]) }) {
		limit = max(1, limit/2)
	}
	var ends []string
	left, over := len(q.kept), len(q.rows)-len(q.kept)
	for from := 0; from < last && len(ends) < maxEnds; {
		to := windowEnd(values[from:last+1], limit-over) + from
		ends = append(ends, values[to].value)
		for _, v := range values[from:to] {
			left -= v.rows
		}
		over, from = values[to-1].rows, to
		if left+over <= limit/2 || q.whole && left <= partRows {
			break
		}
	}
	return ends
}

// windowEnd is how many values a window passes before it ends, so that with the
// value at its end it has no more rows than limit; at least one.
func windowEnd(values []counted, limit int) int {
	to := 1
	sum := values[0].rows + values[1].rows
	for to+1 < len(values) && sum+values[to+1].rows <= limit {
		to++
		sum += values[to].rows
	}
	return to
}

// showsEnd tells whether the answer shows rows at the end that was asked for.
func (w *walk) showsEnd(x axis, q question) bool {
	at := slices.IndexFunc(q.bounds, func(b bound) bool { return b.column == x.column && b.fin != nil })
	return at >= 0 && w.shows(q.bounds[at], q.rows, *q.bounds[at].fin)
}

// firstMoment ends a window right behind the first of one or two times: the
// rows of one moment alone are then split by something else. None where that is
// what was asked.
func (w *walk) firstMoment(x axis, q question, values []counted) []string {
	if len(values) == 0 {
		return nil
	}
	end := nextStamp(values[0].value)
	for _, b := range q.bounds {
		if b.column == x.column && b.fin != nil && w.compare(x, end, *b.fin) >= 0 {
			return nil
		}
	}
	return []string{end}
}

// narrow sets the ends on an axis.
func (w *walk) narrow(axis int, ends []string) bool {
	if n := len(w.at.Levels); n > 0 && w.at.Levels[n-1].Axis == axis {
		l := &w.at.Levels[n-1]
		l.Ends, l.Short = slices.Concat(ends, l.Ends), false
		if len(l.Ends) > 2*maxEnds { // those in between are planned again
			l.Ends = slices.Concat(l.Ends[:maxEnds], l.Ends[len(l.Ends)-maxEnds:])
		}
		return true
	}
	if len(w.at.Levels) == maxLevels {
		return false
	}
	w.at.Levels = append(w.at.Levels, level{Axis: axis, Ends: ends})
	return true
}

// skipMoment asks no more for the first moment of a range of times, or for the
// last one, where the answer is full of rows of that moment, which belong to
// other windows. That they are shown proves that the range includes that end.
func (w *walk) skipMoment(q question) bool {
	for _, b := range q.bounds {
		if !b.stamps {
			continue
		}
		if b.lo != nil && !b.behind && w.shows(b, q.rows, *b.lo) {
			w.at.Levels[b.loLevel].Next = true
			return true
		}
		if b.fin != nil && !b.before && w.shows(b, q.rows, *b.fin) {
			w.at.Levels[b.finLevel].Short = true
			return true
		}
	}
	return false
}

// shows tells whether a row has that value.
func (w *walk) shows(b bound, rows []row, value string) bool {
	return slices.ContainsFunc(rows, func(r row) bool { return w.compare(b.axis, r[b.column], value) == 0 })
}

// splitSet asks for one value after the other.
func (w *walk) splitSet(ctx context.Context, q question) (bool, error) {
	rows := slices.DeleteFunc(slices.Clone(q.kept), func(r row) bool { return !w.src.counts(r) })
	for i, x := range w.src.axes {
		used := slices.ContainsFunc(w.at.Levels, func(l level) bool { return l.Axis == i })
		if !x.isSet() || used || len(w.at.Levels) == maxLevels || q.doubt < x.when {
			continue
		}
		values, ok, err := x.values(ctx, w, rows)
		if err != nil {
			return false, err
		}
		if ok = ok && len(values) > 0 && allIn(rows, x, values); !ok {
			continue
		}
		w.at.Levels = append(w.at.Levels, level{Axis: i, Set: values})
		w.remember(q, func(r row) bool { return bound{axis: x, pin: &values[0]}.where(w.at.Order, r[x.column]) == within })
		return true, nil
	}
	return false, nil
}

// allIn tells whether every row shows one of the values.
func allIn(rows []row, x axis, values []string) bool {
	for _, r := range rows {
		if !slices.Contains(values, erp.Code(r[x.column])) && !slices.Contains(values, flagText(r[x.column])) {
			return false
		}
	}
	return true
}

// remember keeps what the answer showed: what the first, narrower answer must
// show again, and all, for a row that was not among them proves that the answer
// was cut.
func (w *walk) remember(q question, first func(row) bool) {
	w.expect = nil
	for _, r := range q.kept {
		if first(r) {
			w.expect = append(w.expect, w.src.idOf(r))
		}
	}
	deeper := len(w.at.Levels) > q.depth
	if q.whole || !deeper && slices.ContainsFunc(q.bounds, func(b bound) bool { return b.fin != nil }) {
		return // further windows of this level go beyond what was asked here
	}
	w.explored, w.exploredSize, w.exploredDepth = map[string]bool{}, q.size, len(w.at.Levels)
	for _, r := range q.rows {
		w.explored[w.src.idOf(r)] = true
	}
}
