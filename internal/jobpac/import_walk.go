package jobpac

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// walk reads one listing from a place on, answer by answer. Only at outlives
// it. It belongs to one goroutine.
type walk struct {
	c    *Client
	r    erp.Reading
	src  source
	at   place
	done bool

	calls    int
	tries    int // orders of codes that did not hold
	stepped  int // rows of the last answer
	expect   []string
	explored map[string]bool

	exploredSize, exploredDepth int
}

var (
	errOrder = errors.New("the rows are not within the range that was asked: Jobpac sorts these codes in an order that this program does not know")
	errGone  = errors.New("rows that were listed a moment ago are missing from a part of the same list")
)

// step asks one question, and gives the rows that it settles, if any.
//
// An answer is taken where it is surely whole: a longer answer of the same
// listing has been seen, so it cannot be as long as the cap. Any other is
// asked again in narrower ranges.
func (w *walk) step(ctx context.Context) ([]erp.Row, error) {
	if w.src.byJob && w.at.Job == "" {
		return nil, w.nextJob(ctx)
	}
	bounds := w.bounds()
	answer, err := w.ask(ctx, bounds)
	if err != nil {
		return nil, err
	}
	q := question{bounds: bounds, size: len(answer.rows), depth: len(w.at.Levels)}
	if q.rows, err = w.mine(answer.rows); err != nil {
		return nil, err
	}
	var stray bool
	if q.kept, stray = keep(w.at.Order, bounds, q.rows); stray {
		return nil, w.otherOrder(q)
	}
	w.seeCut(q.rows)
	if cut := w.c.sizes.get(w.r.Listing).cut; cut > 0 && cut <= w.at.Doubt {
		return nil, w.isCut(nil, w.at.Doubt) // an answer that was taken for whole
	}
	return w.settle(ctx, q, answer.more)
}

// settle takes an answer or splits its question.
func (w *walk) settle(ctx context.Context, q question, more bool) ([]erp.Row, error) {
	var err error
	if q.whole, err = w.isWhole(ctx, q.size, more); err != nil {
		return nil, err
	}
	if q.whole && len(q.kept) <= partRows {
		return w.give(q)
	}
	switch known := w.c.sizes.get(w.r.Listing); {
	case more, q.size >= longListing, q.size == known.cut:
		q.doubt = cutThere
	case q.size == known.vain:
		q.doubt = looksCut
	}
	if split, err := w.split(ctx, q); split || err != nil {
		return nil, err
	}
	if q.whole {
		return w.give(q)
	}
	if q.doubt == cutThere {
		return nil, w.isCut(q.bounds, q.size)
	}
	w.at.Doubt = max(w.at.Doubt, q.size)
	return w.give(q)
}

// isCut is the end of a reading that may leave out rows.
func (w *walk) isCut(bounds []bound, rows int) error {
	return fault.New(fault.Permanent, w.src.op.title(), fmt.Errorf(
		"the list of %s has %d rows or more, may be cut there, and no narrower one can be asked for", w.about(bounds), rows))
}

// ask asks Jobpac.
func (w *walk) ask(ctx context.Context, bounds []bound) (some, error) {
	w.calls++
	return w.c.listSome(ctx, w.src.op, w.params(bounds))
}

// mine keeps the rows of the WorkID and job that were asked. One that does not
// show what a row must show makes the answer unreadable (Transient).
func (w *walk) mine(rows []row) ([]row, error) {
	key := map[string]string{}
	var mine []row
	for _, r := range rows {
		for _, name := range w.src.must {
			key[name] = r[name]
		}
		if w.at.Job != "" {
			key["Job"] = w.at.Job
		}
		if w.r.Creditor != "" {
			key["Creditor"] = w.r.Creditor
		}
		if fits, err := wanted(w.src.op, r, w.workColumn(r), w.r.WorkID, key); err != nil {
			return nil, err
		} else if fits {
			mine = append(mine, r)
		}
	}
	return mine, nil
}

// workColumn is the column in which a row shows its WorkID.
func (w *walk) workColumn(r row) string {
	for _, name := range w.src.works {
		if _, carried := r[name]; carried {
			return name
		}
	}
	return w.src.works[0]
}

// isWhole tells whether an answer of that size is surely not cut.
func (w *walk) isWhole(ctx context.Context, rows int, more bool) (bool, error) {
	below := w.c.sizes.note(w.r.Listing, rows)
	switch {
	case more:
		return false, nil
	case rows == 0 || below:
		return true, nil
	}
	return w.stretch(ctx, rows)
}

// otherOrder deals with rows outside the range asked: Jobpac sorts codes in
// another order than we took it for. One that fits the answer takes its place.
func (w *walk) otherOrder(q question) error {
	for turn := range orders {
		o := (w.at.Order + turn) % orders
		if _, stray := keep(o, q.bounds, q.rows); !stray && sortedBy(o, q.bounds, q.rows) {
			return w.restart(o, q, errOrder)
		}
	}
	return w.restart((w.at.Order+1)%orders, q, errOrder)
}

// restart begins with the windows again, by another order of codes. Where some
// have been passed, the new order must be one that this answer is listed in: by
// it, they were the same. The error, where no order is left, is why.
func (w *walk) restart(o order, q question, why error) error {
	w.tries++
	inCodes, passed := false, false
	for _, b := range q.bounds {
		inCodes = inCodes || !b.isSet() && !b.stamps
		passed = passed || b.lo != nil
	}
	_, stray := keep(o, q.bounds, q.rows)
	if w.tries > int(orders) || !inCodes || passed && (stray || o == w.at.Order || !sortedBy(o, q.bounds, q.rows)) {
		kind := fault.Permanent
		if errors.Is(why, errGone) {
			kind = fault.Transient
		}
		return fault.New(kind, w.src.op.title(), fmt.Errorf("the list of %s: %w", w.about(q.bounds), why))
	}
	w.at.Order, w.expect, w.explored = o, nil, nil
	if !passed {
		w.at.Levels = nil
	}
	return nil
}

// sortedBy tells whether the rows are listed in that order of the codes asked.
func sortedBy(o order, bounds []bound, rows []row) bool {
	for _, b := range bounds {
		for i := 1; i < len(rows) && !b.stamps && b.pin == nil; i++ {
			if o.compare(rows[i-1][b.column], rows[i][b.column]) > 0 {
				return false
			}
		}
	}
	return true
}

// seeCut learns that an earlier answer was cut, from a row that it lacked.
func (w *walk) seeCut(rows []row) {
	if len(w.at.Levels) < w.exploredDepth {
		w.explored = nil
	}
	for _, r := range rows {
		if w.explored != nil && !w.explored[w.src.idOf(r)] {
			w.c.sizes.wasCut(w.r.Listing, w.exploredSize)
			w.explored = nil
		}
	}
}

// give takes the rows of a settled window, unless it lacks some that it must have.
func (w *walk) give(q question) ([]erp.Row, error) {
	if !w.proved(q.kept) {
		return nil, w.restart((w.at.Order+1)%orders, q, errGone)
	}
	return w.take(q.kept), nil
}

// take turns the rows of a window into ours and goes on to the next.
func (w *walk) take(kept []row) []erp.Row {
	w.raise(kept)
	var given []erp.Row
	for _, r := range kept {
		if w.src.counts(r) && w.asked(r) {
			given = append(given, w.src.tidied(readRow(w.src.kind, w.src.shown, r)))
		}
	}
	w.stepped = len(given)
	if w.advance() {
		w.explored, w.tries = nil, 0
		w.at.Job = ""
		w.done = w.at.Jobs == nil
	}
	return given
}

// proved tells whether what the wider answer showed is in the narrower one too.
func (w *walk) proved(kept []row) bool {
	have := make(map[string]bool, len(kept))
	for _, r := range kept {
		have[w.src.idOf(r)] = true
	}
	for _, id := range w.expect {
		if !have[id] {
			return false
		}
	}
	w.expect = nil
	return true
}

// asked tells whether a row is of the job and the time asked. A time that does
// not say its zone is left to Jobpac.
func (w *walk) asked(r row) bool {
	if job, carried := r["Job"]; carried && w.r.Job != "" && erp.Code(job) != erp.Code(w.r.Job) {
		return false
	}
	changed, ok := readStamp(r[w.src.changed])
	if !ok || !changed.zoned {
		return true
	}
	return !changed.at.Before(w.r.Since) && (w.r.Until.IsZero() || changed.at.Before(w.r.Until))
}

// counts tells whether a row is a record at all: in the totals, a row without
// a cost type is a heading, which has none of its own (assumed).
func (src source) counts(r row) bool {
	return src.kind != KindCentreCost || r["CostType"] != ""
}

// tidied takes the heading level off a cost centre: 0 is also how a column
// that is not set is shown (assumed).
func (src source) tidied(r erp.Row) erp.Row {
	level, carried := r.Values[erp.ColHeadingLevel]
	if carried && r.Get(erp.ColCostType) != "" && strings.Trim(level, "0") == "" {
		r.Values[erp.ColHeadingLevel] = ""
	}
	return r
}

// idOf names a row, as far as its columns do.
func (src source) idOf(r row) string {
	parts := make([]string, len(src.id))
	for i, name := range src.id {
		parts[i] = r[name]
	}
	return strings.Join(parts, "\x1f")
}
