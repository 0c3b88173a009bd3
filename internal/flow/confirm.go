package flow

import (
	"context"
	"fmt"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// confirm makes "it stands in Jobpac" durable, links header and lines in
// Procore, closes the request, and wakes whoever waited. All calls set values,
// so dying anywhere in here only repeats them.
func (w *work) confirm(ctx context.Context) Verdict {
	if len(w.pending) > 0 {
		if err := w.flush(ctx); err != nil {
			return w.journalAway(err)
		}
	}
	w.Points.Reach(failpoint.AppliedWritten)
	if err := w.Procore.Link(ctx, externalItems(w.effect.Plan.Links)); err != nil {
		return w.unconfirmed(ctx, err)
	}
	w.Points.Reach(failpoint.Linked)
	return w.closeSuccess(ctx)
}

// reconfirm answers a new request for a document that stands already.
func (w *work) reconfirm(ctx context.Context) Verdict {
	if w.Observe {
		return w.acked("observe mode: would confirm " + w.effect.Plan.Number)
	}
	if err := w.Procore.Link(ctx, externalItems(w.effect.Plan.Links)); fault.Of(err) == fault.Permanent {
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
	words := append([]string{wordsDone(w.effect.Plan)}, w.effect.Plan.Notes...)
	closing := &journal.Closing{Request: int64(w.req.ID), Outcome: string(erp.Success), Messages: words}
	if w.req.DetailID != 0 {
		err := w.Procore.Close(ctx, w.req.DetailID, erp.Success, words)
		if before, told := w.effect.Closed[int64(w.req.ID)]; told && fault.Of(err) == fault.Permanent {
			closing, err = &before, nil // it was closed as failed, and stays so: the links say that it stands now
		}
		if err != nil {
			return w.unconfirmed(ctx, err)
		}
	}
	w.Points.Reach(failpoint.Closed)
	w.ride(journal.Move{To: journal.Confirmed})
	w.ride(journal.Move{To: journal.Done, Reason: wordsDone(w.effect.Plan)})
	r := w.record()
	r.Closed = closing
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
		err := w.Bus.Publish(ctx, erp.Event{
			ID:         fmt.Sprintf("wake-%s-%d", waiter.Effect, waiter.Request),
			Connection: w.Connection, Resource: "ERP Requests", ResourceID: erp.ID(waiter.Request), Action: "create",
			Company: erp.ID(waiter.Company), At: w.Now(), Received: w.Now(), Source: erp.FromWake,
		})
		if err != nil {
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
	if w.req.DetailID != 0 {
		if err := w.Procore.Close(ctx, w.req.DetailID, erp.Failed, words); err != nil {
			return w.untold(err)
		}
	}
	w.Points.Reach(failpoint.EndTold)
	r := w.record()
	r.Closed = &journal.Closing{Request: int64(w.req.ID), Outcome: string(erp.Failed), Messages: words}
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

// outdated answers a request that a newer one of the same document overtook.
func (w *work) outdated(ctx context.Context) Verdict {
	if w.Observe {
		return w.acked("observe mode: overtaken by a newer request")
	}
	older := w.req
	w.req.ID = erp.ID(w.effect.Request) // the effect goes on serving the newer one
	r := w.record()
	w.req = older
	r.Epoch, r.Owner, r.Until = w.effect.Epoch, w.effect.Owner, w.effect.Until
	r.Detail, r.Company, r.Event = w.effect.Detail, w.effect.Company, w.effect.Event
	outcome, words := erp.Failed, []string{wordsOutdated(w.effect)}
	if same := w.effect.Plan.Fingerprint == w.content; same && (w.effect.Stands || w.effect.State == journal.Applied) {
		outcome, words = erp.Success, []string{wordsDone(w.effect.Plan)} // it asked for what stands, and may have been told so
	}
	if older.DetailID != 0 {
		err := w.Procore.Close(ctx, older.DetailID, outcome, words)
		if outcome == erp.Success && fault.Of(err) == fault.Permanent {
			outcome, words, err = erp.Failed, []string{wordsOutdated(w.effect)}, nil // it was told so before it stood
		}
		if err != nil {
			return w.untold(err)
		}
	}
	r.Closed = &journal.Closing{Request: int64(older.ID), Outcome: string(outcome), Messages: words}
	if err := w.write(ctx, r); err != nil {
		return w.journalAway(err)
	}
	return w.acked(words[0])
}
