package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// walk is one audit.
type walk struct {
	*Auditor
	options   Options
	now       time.Time
	report    Report
	known     known
	registers map[erp.JobKey]register
}

// all walks the effects and then the approvals.
func (w *walk) all(ctx context.Context) error {
	if err := w.learn(ctx); err != nil {
		return err
	}
	if w.options.After != afterAll {
		if err := w.effects(ctx); err != nil {
			return err
		}
		w.report.Next = afterAll
	}
	before := w.report
	if err := w.approvals(ctx); err != nil {
		w.report = before
		return err
	}
	w.report.Next = ""
	return nil
}

// every is after how many rows progress is told.
const every = 100

func (w *walk) progress(what string, done int, end bool) {
	if w.options.Progress != nil && (end || done%every == 0) {
		w.options.Progress(Progress{What: what, Done: done})
	}
}

// effects looks at every effect behind the cursor. One that could not be
// finished leaves nothing in the report.
func (w *walk) effects(ctx context.Context) error {
	for e, err := range w.Effects.Effects(ctx, w.Connection, w.options.After) {
		if err := errors.Join(err, ctx.Err()); err != nil {
			return fmt.Errorf("effects: %w", err)
		}
		before := w.report
		if err := w.effect(ctx, e); err != nil {
			w.report = before
			return fmt.Errorf("effect %s: %w", e.Key, err)
		}
		w.report.Effects++
		w.report.Next = e.Key.String()
		w.progress("effects", w.report.Effects, false)
	}
	w.progress("effects", w.report.Effects, true)
	return ctx.Err()
}

// effect compares one effect with Jobpac, as far as it says that something
// stands there.
func (w *walk) effect(ctx context.Context, e journal.Effect) error {
	switch live := e.State != journal.None && !e.State.Settled(); {
	case e.State == journal.Parked:
		w.find(e, Parked, finding{words: wordsParked(e)})
	case live && w.now.Sub(began(e)) > openFor:
		w.find(e, Open, finding{words: wordsOpen(e, began(e))})
	}
	d, ok := documentOf(e)
	switch {
	case !ok:
		return nil
	case d.invoiced():
		return w.paper(ctx, e, d)
	case stands(e):
		return w.whole(ctx, e, d)
	case owes(e):
		return w.presence(ctx, e, d)
	}
	return nil
}

// began is when the latest plan was laid.
func began(e journal.Effect) time.Time {
	if e.Since.IsZero() {
		return e.First
	}
	return e.Since
}

// stands tells whether the whole document was read back from Jobpac.
func stands(e journal.Effect) bool {
	return e.Stands || e.State == journal.Applied || e.State == journal.Confirmed || e.State == journal.Done
}

// owes tells whether something of the document must be in Jobpac all the same:
// records of an effect that is not ended, or what Procore was told is done.
func owes(e journal.Effect) bool {
	if succeeded(e) && e.State != journal.Abandoned {
		return true
	}
	return !e.State.Terminal() && len(committed(e)) > 0
}

// succeeded tells whether Procore was ever told that the document is done.
func succeeded(e journal.Effect) bool {
	for _, c := range e.Closed {
		if c.Outcome == string(erp.Success) {
			return true
		}
	}
	return false
}

// finding is what a Finding says beside what its effect says.
type finding struct {
	words  string
	jobpac string // total in Jobpac
	mild   bool   // not serious, though its kind is
}

// find adds a finding about an effect.
func (w *walk) find(e journal.Effect, kind string, f finding) {
	w.report.Findings = append(w.report.Findings, Finding{
		Kind: kind, Connection: w.Connection, Effect: e.Key.String(), Procore: procoreName(e.Kind(), idOf(e.Key), e.Plan.ProcoreNo),
		Title: e.Plan.Title, Number: e.Plan.Number, ProcoreTotal: e.Plan.Total, JobpacTotal: f.jobpac,
		Words: f.words, Serious: serious(kind) && !f.mild,
	})
}

// serious tells which kinds mean that the books are wrong.
func serious(kind string) bool {
	return kind == Missing || kind == Vanished || kind == Doubled || kind == Differs
}

func (w *walk) warn(format string, args ...any) {
	w.report.Warnings = append(w.report.Warnings, fmt.Sprintf(format, args...))
}

// orders and variations read Jobpac. A fault of that document alone is a
// warning, and then ok is false.
func (w *walk) orders(ctx context.Context, what string, key erp.OrderKey) (book erp.Book, ok bool, err error) {
	book, err = w.Jobpac.Orders(ctx, key)
	return w.took(ctx, what, book, err)
}

func (w *walk) variations(ctx context.Context, what string, key erp.VariationKey) (book erp.Book, ok bool, err error) {
	book, err = w.Jobpac.Variations(ctx, key)
	return w.took(ctx, what, book, err)
}

func (w *walk) took(ctx context.Context, what string, book erp.Book, err error) (erp.Book, bool, error) {
	switch {
	case err == nil:
		w.report.Documents += len(book.Documents)
		return book, true, nil
	case ctx.Err() != nil || fault.IsSystem(err) || fault.Of(err) == fault.Unknown:
		return erp.Book{}, false, err
	}
	w.warn("%s could not be compared: Jobpac did not show it (%s).", what, fault.Said(err))
	return erp.Book{}, false, nil
}
