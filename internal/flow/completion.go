package flow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/translate"
)

// mayComplete tells whether the order of a commitment that was voided or
// terminated is ours to set complete, by Settings.CompleteVoided.
func (w *work) mayComplete(d erp.Direct) bool {
	return w.CompleteVoided && d.Ended() && w.effect.Kind() == journal.KindCommitment && weEntered(w.effect)
}

// weEntered tells whether all of a document stands, and a person did not link it.
func weEntered(doc journal.Effect) bool { return doc.Stands && doc.Plan.Adopted == "" }

// complete sets the commitment's order complete, as an effect of its own: the
// commitment's stays as it is. One that was carried out before the commitment was
// entered anew, after an unlink, counts no more.
func (w *work) complete(ctx context.Context) Verdict {
	entered := w.effect.Since
	w.takeCompletion()
	w.content = w.contentOf()
	err := w.load(ctx)
	if err == nil && w.effect.State == journal.Done && entered.After(w.effect.At) {
		err = w.dropCompletion(ctx, w.effect, "its commitment was entered again since")
	}
	if err != nil {
		return w.journalAway(err)
	}
	return w.run(ctx)
}

// takeCompletion makes it the work on the completion of its commitment's order.
func (w *work) takeCompletion() { w.effect = journal.Effect{Key: w.completionKey()} }

func (w *work) completionKey() journal.Key {
	return journal.NewKey(w.Connection, journal.KindCompletion, w.req.Direct.ID)
}

// contentOf is the fingerprint of what is asked for. Of a completion it is the
// same whatever else changes in Procore.
func (w *work) contentOf() string {
	if w.effect.Kind() == journal.KindCompletion {
		return hash(w.effect.Effect)
	}
	if _, _, revision := w.effect.Key.Revised(); revision {
		return w.content // of its document, taken before the revision was made of it
	}
	return contentFingerprint(w.req)
}

// prepareCompletion plans the completion, once the order is seen to be ours.
func (w *work) prepareCompletion(ctx context.Context) *Verdict {
	doc, err := w.Journal.Load(ctx, journal.NewKey(w.Connection, journal.KindCommitment, w.req.Direct.ID))
	if err != nil {
		return ptr(w.journalAway(err))
	}
	key := erp.OrderKey{WorkID: w.Rules.WorkID, Order: doc.Plan.Number}
	w.target = target{
		aggregate: w.aggregate, header: erp.CommitmentReference(w.req.Direct.ID), shared: true,
		look:    func(ctx context.Context) (erp.Book, error) { return w.lookCompleted(ctx, key) },
		taken:   func(header erp.Row) erp.Problem { return translate.NumberTaken(key, header) },
		doubled: func(count int) erp.Problem { return translate.NumberDoubled(key, count) },
	}
	record := erp.Completion{OrderKey: key, Subcontract: w.req.Commitment != nil && w.req.Commitment.Type == erp.WorkOrderContract}
	w.target.result = translate.Result{
		Records: []erp.Record{record}, Title: wordsCompleted(record, *w.req.Direct), Number: key.Order, ProcoreNo: doc.Plan.ProcoreNo,
		Reference: string(w.target.header), Project: doc.Plan.Project, Creditor: doc.Plan.Creditor,
	}
	order, err := w.lookOrders(ctx, key)
	if err == nil {
		err = w.lookAgain(ctx)
	}
	switch {
	case err != nil:
		return ptr(w.failed(ctx, err))
	case !weEntered(doc) || !w.onlyOurs(order, record):
		return ptr(w.park(ctx, ruleNotCompleted, wordsNotCompleted(record, "it does not stand there as this program entered it")))
	}
	return w.lay(ctx)
}

// onlyOurs tells whether that order stands once, of the right kind and with our
// reference.
func (w *work) onlyOurs(order erp.Book, record erp.Completion) bool {
	kind := erp.KindOrder
	if record.Subcontract {
		kind = erp.KindSubcontract
	}
	return len(order.Documents) == 1 && order.Documents[0].Header.Kind == kind &&
		strings.TrimSpace(order.Documents[0].Header.Get(erp.ColReference)) == string(w.target.header)
}

// lookCompleted shows an order that is complete, and no other, as the record of
// its completion.
func (w *work) lookCompleted(ctx context.Context, key erp.OrderKey) (erp.Book, error) {
	book, err := w.lookOrders(ctx, key)
	book.Documents = slices.DeleteFunc(book.Documents, func(d erp.Document) bool { return !ended(d.Header) })
	for i := range book.Documents {
		header := &book.Documents[i].Header
		header.Kind = map[erp.Kind]erp.Kind{erp.KindOrder: erp.KindOrderCompletion, erp.KindSubcontract: erp.KindSubcontractCompletion}[header.Kind]
	}
	return book, err
}

// reopened parks a commitment that is approved although its order was set
// complete, or is about to be, because it was void for a while: Jobpac takes
// nothing more on it. nil: that is not so.
func (w *work) reopened(ctx context.Context) *Verdict {
	if w.effect.Kind() != journal.KindCommitment || w.Observe {
		return nil
	}
	completion, err := w.Journal.Load(ctx, w.completionKey())
	if err != nil {
		return ptr(w.journalAway(err))
	}
	if completion.State == journal.None {
		return nil
	}
	if err := w.load(ctx); err != nil {
		return ptr(w.journalAway(err))
	}
	told := w.effect.State == journal.Parked && w.effect.Last.Rule == ruleReopened
	if completion.State == journal.Superseded {
		if told && w.event.Source != erp.FromReplay {
			return ptr(w.acked("parked"))
		}
		return nil
	}
	verdict := w.acked("parked")
	if !told {
		verdict = w.park(ctx, ruleReopened, wordsReopened(w.effect))
	}
	if w.effect.Last.Rule != ruleReopened { // not on record
		return &verdict
	}
	if err := w.dropCompletion(ctx, completion, "approved again in Procore"); err != nil {
		return ptr(w.journalAway(err))
	}
	return &verdict
}

// dropCompletion ends the history of a completion: voided once more, the
// commitment's order is completed anew.
func (w *work) dropCompletion(ctx context.Context, completion journal.Effect, why string) error {
	of := work{Road: w.Road, event: w.event, req: w.req, effect: completion}
	of.ride(journal.Move{To: journal.Planned})
	for _, id := range completion.StepIDs() {
		of.ride(journal.Move{To: journal.Planned, Step: id, Reason: why})
	}
	of.ride(journal.Move{To: journal.Superseded, Reason: why})
	return of.flush(ctx)
}

// wanted tells whether Procore still asks for what the effect is about.
func (w *work) wanted() bool {
	switch d := w.req.Direct; {
	case d == nil:
		return true
	case w.effect.Kind() == journal.KindCompletion:
		return d.Ended()
	default:
		return d.Approved()
	}
}

// completes tells whether a kind of record sets an order complete.
func completes(kind erp.Kind) bool {
	return kind == erp.KindOrderCompletion || kind == erp.KindSubcontractCompletion
}

// unique is what is known of a second record of that kind. To set an order
// complete again says the same again.
func (w *work) unique(kind erp.Kind) Uniqueness {
	if completes(kind) {
		return Verified
	}
	return w.Unique(kind)
}

func wordsCompleted(c erp.Completion, d erp.Direct) string {
	how := "purchase order %s is complete in Jobpac"
	if c.Subcontract {
		how = "subcontract %s is finalised in Jobpac"
	}
	return fmt.Sprintf(how+": its commitment is %s in Procore", c.OrderKey.Order, strings.ToLower(strings.TrimSpace(d.Status)))
}

func wordsNotCompleted(c erp.Completion, said string) string {
	how := "Purchase order %s was not set complete in Jobpac"
	if c.Subcontract {
		how = "Subcontract %s was not finalised in Jobpac"
	}
	return fmt.Sprintf(how+", although its commitment was voided or terminated in Procore: %s. Look at it there, and end it by hand if it is not wanted any more.",
		c.OrderKey.Order, strings.TrimRight(said, ". "))
}

func wordsReopened(e journal.Effect) string {
	return fmt.Sprintf("%s is approved in Procore again, and was set complete in Jobpac, or was to be, while it was void or terminated there. "+
		"Reopen it in Jobpac if it is wanted, then retry this one.", e.Plan.Number)
}
