package flow

import (
	"context"
	"fmt"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// confirm links header and lines in Procore, makes "it stands in Jobpac, and
// Procore is told so" durable, closes the request, and wakes whoever waited. All
// calls set values, so dying anywhere in here only repeats them.
func (w *work) confirm(ctx context.Context) Verdict {
	plan := w.effect.Plan
	if w.plan != nil {
		plan = *w.plan
	}
	if linkErr := w.link(ctx, plan.Links); linkErr != nil {
		if err := w.flushPending(ctx); err != nil {
			return w.journalAway(err)
		}
		return w.unconfirmed(ctx, linkErr)
	}
	w.Points.Reach(failpoint.Linked)
	return w.closeSuccess(ctx)
}

// link sets the links in Procore. Without its ERP tool Procore takes none, which
// is no fault of a document that was read by itself.
func (w *work) link(ctx context.Context, links []journal.Link) error {
	err := w.Procore.Link(ctx, externalItems(links))
	if err != nil && w.req.Direct != nil && fault.Of(err) == fault.Permanent {
		w.Log.Warn().Err(err).Str("effect", w.effect.String()).Msg("Procore takes no link without its ERP tool: it stands in the journal alone")
		return nil
	}
	return err
}

// flushPending makes the riding arrows durable, if there are any.
func (w *work) flushPending(ctx context.Context) error {
	if len(w.pending) == 0 {
		return nil
	}
	return w.flush(ctx)
}

// reconfirm answers a new request for a document that stands already.
func (w *work) reconfirm(ctx context.Context) Verdict {
	if w.Observe {
		return w.acked("observe mode: would confirm " + w.effect.Plan.Number)
	}
	if err := w.link(ctx, w.effect.Plan.Links); fault.Of(err) == fault.Permanent {
		return w.park(ctx, ruleLinkRefused, wordsLinkRefused(w.effect.Plan, fault.Said(err)))
	} else if err != nil {
		return w.later(max(fault.After(err), systemRest), "Procore did not take the links", err)
	}
	if w.effect.State == journal.Parked { // asked for as it stands, after all
		w.ride(journal.Move{To: journal.Claimed})
		w.ride(journal.Move{To: journal.Applied})
	}
	return w.closeSuccess(ctx)
}

func externalItems(links []journal.Link) []erp.ExternalItem {
	items := make([]erp.ExternalItem, len(links))
	for i, l := range links {
		items[i] = erp.ExternalItem{Type: l.Type, ID: erp.ID(l.ID), Origin: l.Origin, Code: l.Code}
	}
	return items
}

// closeSuccess closes the detail and records the end.
func (w *work) closeSuccess(ctx context.Context) Verdict {
	plan := w.effect.Plan
	if w.plan != nil {
		plan = *w.plan
	}
	closing, err := w.answer(ctx, erp.Success, append([]string{wordsDone(plan)}, plan.Notes...))
	if err != nil {
		return w.journalAway(err)
	}
	w.Points.Reach(failpoint.AppliedWritten)
	if err := w.tell(ctx, closing); err != nil {
		return w.unconfirmed(ctx, err)
	}
	w.Points.Reach(failpoint.Closed)
	w.ride(journal.Move{To: journal.Confirmed})
	w.ride(journal.Move{To: journal.Done, Reason: wordsDone(w.effect.Plan)})
	r := w.record()
	r.Closed = &closing
	if err := w.write(ctx, r); err != nil {
		return w.journalAway(err)
	}
	w.Points.Reach(failpoint.DoneWritten)
	if err := w.wakeWaiters(ctx); err != nil {
		return w.journalAway(err)
	}
	w.Points.Reach(failpoint.Woken)
	return w.acked(wordsDone(w.effect.Plan))
}

// answer fixes what the request is told, once and for good, and makes that
// durable together with the riding arrows: a death after the telling cannot
// lead to another outcome. One that was fixed before stays; its words are those
// of now.
func (w *work) answer(ctx context.Context, outcome erp.Outcome, words []string) (journal.Closing, error) {
	closing := journal.Closing{Request: int64(w.req.ID), Outcome: string(outcome), Messages: words}
	if told, ok := w.effect.Closed[int64(w.req.ID)]; ok {
		return told, w.flushPending(ctx)
	}
	if fixed, ok := w.effect.Telling[int64(w.req.ID)]; ok {
		return reworded(fixed, closing), w.flushPending(ctx)
	}
	if w.req.DetailID == 0 {
		return closing, w.flushPending(ctx)
	}
	r := w.record()
	r.Telling = &closing
	return closing, w.write(ctx, r)
}

// reworded is an outcome that is fixed with the words of now. What was refused
// at first and stands meanwhile says both.
func reworded(fixed, now journal.Closing) journal.Closing {
	if fixed.Outcome == now.Outcome {
		return now
	}
	if fixed.Outcome == string(erp.Failed) {
		fixed.Messages = append([]string{wordsStandsAfterAll()}, now.Messages...)
	}
	return fixed
}

// tell closes the detail with a fixed answer, unless it is known to have heard
// it.
func (w *work) tell(ctx context.Context, c journal.Closing) error {
	if _, told := w.effect.Closed[c.Request]; told || w.req.DetailID == 0 {
		return nil
	}
	return w.Procore.Close(ctx, w.req.DetailID, erp.Outcome(c.Outcome), c.Messages)
}

// unconfirmed ends a try to tell Procore. What Procore will never take is a
// person's matter: the document stands in Jobpac.
func (w *work) unconfirmed(ctx context.Context, err error) Verdict {
	if w.effect.Stands && fault.Of(err) == fault.Permanent {
		return w.untold(err)
	}
	if w.effect.Stands {
		w.pending = nil
		return w.later(max(fault.After(err), systemRest), "Procore could not be told", err)
	}
	if fault.Of(err) == fault.Permanent {
		return w.park(ctx, ruleLinkRefused, wordsLinkRefused(w.effect.Plan, fault.Said(err)))
	}
	if fault.IsSystem(err) {
		return w.systemDown(ctx, err)
	}
	return w.again(ctx, err)
}

// wakeWaiters sends a hint for every change order that waits for this
// commitment. The hint's id is the same however often it is sent.
func (w *work) wakeWaiters(ctx context.Context) error {
	if w.effect.Kind() != journal.KindCommitment {
		return nil
	}
	reg, _, err := w.Journal.LoadRegister(ctx, w.Connection, journal.CommitmentRegister(w.req.Commitment.ID))
	if err != nil {
		return err
	}
	for _, waiter := range reg.Waiters {
		e := erp.Event{Resource: erp.ResourceRequests, ResourceID: erp.ID(waiter.Request), Action: "create"}
		if waiter.Source != nil {
			e = waiter.Source.Event()
		}
		e.ID, e.Connection, e.Company = fmt.Sprintf("wake-%s-%d", waiter.Effect, waiter.Request), w.Connection, erp.ID(waiter.Company)
		e.At, e.Received, e.Source = w.Now(), w.Now(), erp.FromWake
		if err := w.Bus.Publish(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// closeFailed tells the approver why, once, and records that it was told.
func (w *work) closeFailed(ctx context.Context, words []string) Verdict {
	reason := words[0]
	if _, told := w.effect.Closed[int64(w.req.ID)]; told {
		return w.acked(reason)
	}
	closing, err := w.answer(ctx, erp.Failed, words)
	if err != nil {
		return w.journalAway(err)
	}
	if err := w.tell(ctx, closing); err != nil {
		return w.untold(err)
	}
	w.Points.Reach(failpoint.EndTold)
	r := w.record()
	r.Closed = &closing
	if err := w.write(ctx, r); err != nil {
		return w.journalAway(err)
	}
	return w.acked(reason)
}

// untold puts the close-out off. A detail that Procore will not let us close
// is not asked again.
func (w *work) untold(err error) Verdict {
	if fault.Of(err) == fault.Permanent {
		v := w.acked("ended, but Procore did not take the answer: " + fault.Said(err))
		v.Err = err
		return v
	}
	v := w.later(max(fault.After(err), systemRest), "ended, Procore is still to be told", err)
	if fault.IsSystem(err) {
		v.Pause = v.After
	}
	return v
}

// closeEnded repeats the close-out of an effect that ended, or is parked,
// before Procore heard of it.
func (w *work) closeEnded(ctx context.Context) Verdict {
	if w.Observe {
		return w.acked("observe mode: " + string(w.effect.State))
	}
	var problems []erp.Problem
	for _, p := range w.effect.Plan.Problems {
		problems = append(problems, erp.Problem(p))
	}
	words := []string{w.effect.Last.Reason}
	if w.effect.State == journal.Rejected && len(problems) > 0 {
		words = messages(problems)
	}
	return w.closeFailed(ctx, append(words, w.standing()...))
}

// hold answers a new request for a document whose outcome is not known.
func (w *work) hold(ctx context.Context) Verdict {
	return w.closeEnded(ctx)
}

// outdated answers a request that a newer one of the same document overtook:
// what it may have been told before, else success if it asked for what stands.
func (w *work) outdated(ctx context.Context) Verdict {
	if w.Observe {
		return w.acked("observe mode: overtaken by a newer request")
	}
	closing := journal.Closing{Request: int64(w.req.ID), Outcome: string(erp.Failed), Messages: []string{wordsOutdated(w.effect)}}
	if same := w.effect.Plan.Fingerprint == w.content; same && (w.effect.Stands || w.effect.State == journal.Applied) {
		closing.Outcome, closing.Messages = string(erp.Success), []string{wordsDone(w.effect.Plan)}
	}
	if before, fixed := w.effect.Telling[int64(w.req.ID)]; fixed {
		closing = reworded(before, closing)
	} else if err := w.aside(ctx, journal.Record{Telling: &closing}); err != nil {
		return w.journalAway(err)
	}
	if err := w.tell(ctx, closing); err != nil {
		return w.untold(err)
	}
	if err := w.aside(ctx, journal.Record{Closed: &closing}); err != nil {
		return w.journalAway(err)
	}
	return w.acked(closing.Messages[0])
}

// aside appends what was told to an older request; the effect goes on serving
// the newer one, under whoever holds it.
func (w *work) aside(ctx context.Context, r journal.Record) error {
	e := w.effect
	r.V, r.At, r.Epoch, r.Owner, r.Until, r.Actor = journal.Version, w.Now(), e.Epoch, e.Owner, e.Until, w.event.Actor
	r.Request, r.Detail, r.Company, r.Event, r.Attempt = e.Request, e.Detail, e.Company, e.Event, w.attempt
	return w.write(ctx, r)
}
