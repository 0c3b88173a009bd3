package flow

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// sendLimit is the client's own limit of one call to Jobpac.
const sendLimit = 30 * time.Second

// simJobpac keeps rows by kind and key. A write takes its way: it may be lost,
// land late, be refused, and its answer may be lost.
type simJobpac struct {
	*world
	rows []*simRow
	// approved says from when on each order item is shown as approved.
	approved map[string]time.Time
	coming   int // writes that have left and have not landed
	sends    int
}

// simRow is a record. Until shown, look-ups see what was before.
type simRow struct {
	kind   erp.Kind
	key    string
	values map[erp.Name]string
	before map[erp.Name]string // nil: there was nothing
	shown  time.Time
}

// seen is the row as a look-up shows it.
func (r *simRow) seen(now time.Time) (erp.Row, bool) {
	values := r.values
	if now.Before(r.shown) {
		values = r.before
	}
	return erp.Row{Kind: r.kind, Values: maps.Clone(values)}, values != nil
}

// land is the moment a write takes effect, or is refused; under the lock.
func (b *simJobpac) land(w erp.Write, shown time.Duration) error {
	b.coming--
	b.nudge()
	if w.Kind() == erp.KindApproval {
		b.approve(w.Key(), shown)
		return nil
	}
	values := map[erp.Name]string{}
	for _, f := range w.Fields() {
		values[f.Name] = f.Value
	}
	row := &simRow{kind: w.Kind(), key: w.Key(), values: values, shown: time.Now().Add(shown)}
	at := slices.IndexFunc(b.rows, func(r *simRow) bool { return r.key == row.key && headerLike(r.kind) == headerLike(row.kind) })
	switch {
	case w.Update && at < 0:
		return fault.New(fault.Permanent, "update", nil).Saying(row.key + " does not exist")
	case w.Update:
		old := b.rows[at]
		old.before, old.values, old.shown = old.values, values, row.shown
	case at >= 0 && b.unique:
		b.tell("Jobpac refuses a second %s %s", row.kind, row.key)
		b.passed["duplicate refused"]++
		return fault.New(fault.Permanent, "create", nil).Saying(row.key + " already exists")
	default:
		b.rows = append(b.rows, row)
	}
	b.tell("Jobpac has %s %s, update: %v, seen in %s", row.kind, row.key, w.Update, shown.Round(time.Second))
	return nil
}

// refuse says no for a reason of Jobpac's own.
func (b *simJobpac) refuse(w erp.Write, _ time.Duration) error {
	b.coming--
	b.nudge()
	b.passed["refused"]++
	b.tell("Jobpac refuses %s %s, update: %v", w.Kind(), w.Key(), w.Update)
	return fault.New(fault.Permanent, "write", nil).Saying("cost centre is closed")
}

// headerLike joins the kinds that share one space of numbers.
func headerLike(kind erp.Kind) string {
	switch kind {
	case erp.KindOrder, erp.KindSubcontract:
		return "order"
	case erp.KindOrderItem, erp.KindSubcontractItem:
		return "order item"
	}
	return string(kind)
}

// jobpacPort is Jobpac as one hand reaches it.
type jobpacPort struct{ *hand }

// fate is what becomes of one write.
type fate struct {
	lost, mute bool
	refused    bool
	lands      time.Duration
	cut        time.Duration // when the caller sees a broken connection; 0: at the limit
	words      error         // what the caller is told instead of the truth
	shown      time.Duration
}

func (f fate) String() string {
	return fmt.Sprintf("lost: %v, refused: %v, answer lost: %v, lands in %s, cut: %s, told: %v", f.lost, f.refused, f.mute, f.lands, f.cut, f.words)
}

func ambiguous(cause error) error { return fault.New(fault.Ambiguous, "write", cause) }

var (
	errStatus     = errors.New("status 502")
	errUnreadable = errors.New("the answer cannot be read")
)

// unsentFault is a write that surely did not leave, or nil.
func (j jobpacPort) unsentFault(write erp.Write) error {
	r := j.roll("unsent")
	if !chance(r, j.unsent) {
		return nil
	}
	j.count("not sent")
	err := fault.New(fault.Transient, "write "+write.Key(), errCut)
	if chance(r, 500) {
		err = err.OfSystem().Wait(between(r, time.Second, time.Minute))
	}
	return err
}

// lateUpdate is the slowest update. No key refuses an update that comes late, so
// the quiet period must be longer, wherever uniqueness is verified or not.
const lateUpdate = 100 * time.Second

// throw decides a write's fate.
func (j jobpacPort) throw(update bool) fate {
	r := j.roll("fate")
	f := fate{lands: between(r, 50*time.Millisecond, time.Second), refused: chance(r, j.refusal)}
	most := j.lateMost
	if update {
		most = min(most, lateUpdate)
	}
	if chance(r, j.late) {
		f.lands = between(r, 5*time.Second, most)
	}
	if chance(r, j.stale) {
		f.shown = between(r, 0, 2*time.Minute)
	}
	switch {
	case chance(r, j.lost):
		f.lost = true
	case chance(r, j.mute):
		f.mute = true
	case chance(r, j.broken):
		f.words, f.lost = ambiguous(errStatus), chance(r, 500)
	case chance(r, j.garbled):
		f.words = ambiguous(errUnreadable)
	}
	if (f.lost || f.mute) && chance(r, 500) {
		f.cut = between(r, time.Millisecond, sendLimit)
	}
	return f
}

// Write sends once. The caller is never told more than a client would be.
func (j jobpacPort) Write(ctx context.Context, w erp.Write) error {
	j.alive()
	if j.naive == nil {
		j.journal.spend(j.hand, stepID(w.Record))
	}
	if err := j.call(ctx, time.Millisecond, 20*time.Millisecond, j.roll("write")); err != nil {
		return fault.New(fault.Transient, "write", err)
	}
	if err := j.unsentFault(w); err != nil {
		return err
	}
	f := j.throw(w.Update)
	j.mu.Lock()
	j.jobpac.sends++
	j.tell("%s %s sends %s, update: %v, %s", j.owner, j.name, stepID(w.Record), w.Update, f)
	j.mu.Unlock()
	landed := j.fly(w, f)
	err := j.await(ctx, f, landed)
	j.alive()
	return err
}

// fly lets the write land in its time, whatever becomes of the caller.
func (j jobpacPort) fly(w erp.Write, f fate) <-chan error {
	landed := make(chan error, 1)
	if f.lost {
		return landed
	}
	land := j.jobpac.land
	if f.refused {
		land = j.jobpac.refuse
	}
	j.mu.Lock()
	j.jobpac.coming++
	j.mu.Unlock()
	time.AfterFunc(f.lands, func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		landed <- land(w, f.shown)
	})
	return landed
}

// await is the caller's side of the call.
func (j jobpacPort) await(ctx context.Context, f fate, landed <-chan error) error {
	limit := time.NewTimer(sendLimit)
	defer limit.Stop()
	if f.cut > 0 {
		limit.Reset(f.cut)
	}
	if f.lost && f.words != nil {
		limit.Reset(min(f.lands, sendLimit))
	}
	if f.lost || f.mute {
		landed = nil
	}
	select {
	case err := <-landed:
		if f.words != nil {
			return f.words
		}
		return err
	case <-limit.C:
	case <-ctx.Done():
	}
	j.count("outcome unknown")
	if f.words != nil {
		return f.words
	}
	return ambiguous(errCut)
}

// read is a call that shows something; it may fail.
func (j jobpacPort) read(ctx context.Context, what string) error {
	r := j.roll(what)
	if err := j.call(ctx, 10*time.Millisecond, 300*time.Millisecond, r); err != nil {
		return fault.New(fault.Transient, what, err)
	}
	if !chance(r, j.unread) {
		return nil
	}
	j.count("read failed")
	err := fault.New(fault.Transient, what, errStatus)
	if chance(r, 500) {
		err = err.OfSystem().Wait(between(r, time.Second, time.Minute))
	}
	return err
}

func (j jobpacPort) Facts(ctx context.Context, _ erp.FactsQuery) (erp.Facts, error) {
	return goodFacts(), j.read(ctx, "facts")
}

func (j jobpacPort) Orders(ctx context.Context, key erp.OrderKey) (erp.Book, error) {
	if err := j.read(ctx, "orders"); err != nil {
		return erp.Book{}, err
	}
	return j.jobpac.book(key.Origin(), "order", "order item"), nil
}

func (j jobpacPort) Variations(ctx context.Context, key erp.VariationKey) (erp.Book, error) {
	if err := j.read(ctx, "variations"); err != nil {
		return erp.Book{}, err
	}
	if key.Variation == "" {
		return j.jobpac.book("", string(erp.KindVariation), ""), nil
	}
	return j.jobpac.book(key.Origin(), string(erp.KindVariation), string(erp.KindVariationItem)), nil
}

// book shows what can be seen now under a key, or all headers.
func (b *simJobpac) book(under, header, item string) erp.Book {
	b.mu.Lock()
	defer b.mu.Unlock()
	var book erp.Book
	now := time.Now()
	for _, r := range b.rows {
		if row, ok := r.seen(now); ok && headerLike(r.kind) == header && (under == "" || r.key == under) {
			book.Documents = append(book.Documents, erp.Document{Header: row})
		}
	}
	if len(book.Documents) == 0 || item == "" {
		return book
	}
	for _, r := range b.rows {
		if row, ok := r.seen(now); ok && headerLike(r.kind) == item && strings.HasPrefix(r.key, under+"|") {
			book.Documents[0].Items = append(book.Documents[0].Items, row)
		}
	}
	return book
}
