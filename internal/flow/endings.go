package flow

import (
	"context"
	"encoding/json"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/retry"
)

// systemRest is the least pause after a fault of a system.
const systemRest = 5 * time.Second

// failed ends a call that broke off outside a write. The system's faults cost
// the document nothing, its own are counted, and what will never work is
// refused.
func (w *work) failed(ctx context.Context, err error) Verdict {
	switch {
	case ctx.Err() != nil:
		return w.release(ctx, GiveBack, "stopping")
	case w.adoptAs != "" && (fault.Of(err) == fault.Permanent || w.stale24h()):
		return w.refuseDecision(ctx, fault.Said(err))
	case w.adoptAs != "": // nothing is on record yet: the decision comes again
		return w.later(max(fault.After(err), w.patience()), "deciding later: "+fault.Said(err), err)
	case fault.IsSystem(err):
		return w.systemDown(ctx, err)
	case fault.Of(err) == fault.Permanent && len(w.effect.Doubts()) == 0:
		return w.reject(ctx, []erp.Problem{problemPermanent(fault.Said(err), w.touched())})
	}
	return w.again(ctx, err)
}

// systemDown pauses the connection. What was committed on the way is recorded,
// no attempt is spent.
func (w *work) systemDown(ctx context.Context, err error) Verdict {
	if len(w.pending) > 0 && w.effect.State != journal.None {
		if flushErr := w.settlePending(ctx, w.Now()); flushErr != nil {
			return w.journalAway(flushErr)
		}
	}
	pause := max(fault.After(err), systemRest)
	v := w.later(pause+w.Jitter(systemRest), "a system is away: "+fault.Said(err), err)
	v.Pause = pause
	return v
}

// settlePending makes the riding arrows durable and leaves the effect planned,
// free for the next worker. A doubt stays a doubt.
func (w *work) settlePending(ctx context.Context, wake time.Time) error {
	if len(w.effect.Doubts()) == 0 || w.resolvesDoubts() {
		w.ride(journal.Move{To: journal.Planned, WakeAt: wake})
	}
	return w.flush(ctx)
}

// resolvesDoubts tells whether the riding arrows end every doubt on record.
func (w *work) resolvesDoubts() bool {
	after := w.effect.Clone()
	return after.Apply(w.record(), 0) == nil && len(after.Doubts()) == 0
}

// fewTries are too few for a dead letter, however long ago the first one was:
// the time between may have been an outage.
const fewTries = 10

// again counts a failed try and sets the next, or gives the document up.
func (w *work) again(ctx context.Context, err error) Verdict {
	w.begin()
	w.attempt++
	now := w.Now()
	old := w.attempt >= fewTries && !w.effect.Trying.IsZero() && now.Sub(w.effect.Trying) > retry.MaxAge
	if w.attempt >= retry.MaxAttempts || old {
		return w.dead(ctx, err)
	}
	delay := max(w.Jitter(retry.Step(w.attempt)), fault.After(err), time.Second)
	w.ride(journal.Move{
		To: w.restState(), WakeAt: now.Add(delay), Class: fault.Of(err).String(),
		Reason: wordsAgain(w.attempt, fault.Said(err)), Cause: err.Error(),
	})
	if flushErr := w.flush(ctx); flushErr != nil {
		return w.journalAway(flushErr)
	}
	return w.later(delay, wordsAgain(w.attempt, fault.Said(err)), err)
}

// begin lays a first plan down for an effect that nobody planned, and opens one
// that had ended anew: its tries begin again, what an earlier plan wrote stays
// known.
func (w *work) begin() {
	if w.plan != nil || len(w.pending) > 0 {
		return
	}
	switch {
	case w.effect.State == journal.None:
		w.plan = &journal.Plan{Kind: w.effect.Kind(), Aggregate: w.aggregate, Title: w.title(), Fingerprint: w.content}
	case w.effect.State.Settled():
		plan := w.effect.Plan
		w.plan, w.attempt = &plan, 0
		w.ride(journal.Move{To: journal.Planned})
	}
}

// restState is where a put-off effect rests: a doubt stays unknown, and what
// was verified stays so.
func (w *work) restState() journal.State {
	switch {
	case len(w.effect.Doubts()) > 0 && !w.resolvesDoubts():
		return journal.UnknownOut
	case w.effect.State == journal.Applied && len(w.pending) == 0:
		return journal.Applied
	}
	return journal.Planned
}

// dead gives a document up after its last try, with its whole story kept.
func (w *work) dead(ctx context.Context, err error) Verdict {
	if len(w.effect.Doubts()) > 0 {
		return w.park(ctx, ruleUnseen, wordsGivenUp(w.attempt, fault.Said(err)))
	}
	if w.Observe {
		return *w.rest(ctx, "observe mode: would be given up: "+fault.Said(err))
	}
	story, jsonErr := json.Marshal(map[string]any{
		"effect": w.effect.String(), "request": w.req.ID, "attempts": w.attempt, "last": err.Error(),
		"plan": w.effect.Plan, "steps": w.effect.Steps, "since": w.effect.Since, "records": w.effect.Records,
	})
	if jsonErr != nil {
		return w.later(journalAway, "the story cannot be written", jsonErr)
	}
	if buryErr := w.Bus.Bury(ctx, w.effect.Key, "attempts", story); buryErr != nil {
		return w.journalAway(buryErr)
	}
	if w.effect.State == journal.None {
		w.ride(journal.Move{To: journal.Planned})
	}
	w.ride(journal.Move{To: journal.Dead, Class: fault.Of(err).String(), Reason: wordsGivenUp(w.attempt, fault.Said(err)), Cause: err.Error()})
	return w.endFailed(ctx, []string{wordsGivenUp(w.attempt, fault.Said(err))})
}

// reject ends an effect that a rule or Jobpac refused: all problems at once.
func (w *work) reject(ctx context.Context, problems []erp.Problem) Verdict {
	plan := w.effect.Plan
	if w.plan != nil {
		plan = *w.plan
	} else if w.target.result.Title != "" || w.effect.State == journal.None {
		plan = w.newPlan()
	}
	if len(plan.Steps) == 0 {
		plan.Steps, plan.Before = w.effect.Plan.Steps, w.effect.Plan.Before // what an earlier plan wrote stays known
	}
	plan.Problems = nil
	for _, p := range problems {
		plan.Problems = append(plan.Problems, journal.Problem(p))
	}
	if w.Observe {
		w.plan = &plan
		return *w.rest(ctx, wordsObservedRefusal(problems))
	}
	w.attempt = 0
	w.plan = &plan
	w.ride(journal.Move{To: journal.Planned})
	w.ride(journal.Move{To: journal.Rejected, Class: fault.Permanent.String(), Rule: problems[0].Rule, Reason: wordsProblems(problems)})
	return w.endFailed(ctx, messages(problems))
}

// park asks a person. The request detail is closed as failed once, with words
// that say what not to do.
func (w *work) park(ctx context.Context, rule, words string) Verdict {
	if w.Observe {
		return *w.rest(ctx, "observe mode: would be parked: "+words)
	}
	switch {
	case len(w.pending) > 0 || w.effect.State == journal.Done || w.effect.State == journal.Abandoned && w.effect.Stands:
	case w.effect.State == journal.None:
		plan := w.newPlan()
		w.plan = &plan
		w.ride(journal.Move{To: journal.Planned})
	case w.effect.State.Terminal(): // what an earlier plan wrote stays known
		w.ride(journal.Move{To: journal.Planned})
	}
	w.ride(journal.Move{To: journal.Parked, Rule: rule, Reason: words})
	return w.endFailed(ctx, []string{words})
}

// endFailed records the end and what is to be told, then tells Procore, and what
// of the document stands. If the telling fails the end stands, and the redelivered event tells
// it again.
func (w *work) endFailed(ctx context.Context, words []string) Verdict {
	words = append(words, w.standingThen()...)
	if _, err := w.answer(ctx, erp.Failed, words); err != nil {
		return w.journalAway(err)
	}
	w.Points.Reach(failpoint.EndWritten)
	return w.closeFailed(ctx, words)
}

// standingThen is what of the document stands once the riding arrows are on
// record.
func (w *work) standingThen() []string {
	then := *w
	then.effect = w.effect.Clone()
	if then.effect.Apply(w.record(), 0) != nil {
		return nil
	}
	return then.standing()
}

// release gives the event back between two steps: nothing is in flight, no
// attempt is spent.
func (w *work) release(ctx context.Context, settle Settle, reason string) Verdict {
	if len(w.pending) > 0 && (w.claimed || w.effect.State != journal.None) {
		if err := w.settlePending(ctx, w.Now()); err != nil {
			return w.journalAway(err)
		}
	}
	v := w.later(0, reason, nil)
	v.Settle = settle
	return v
}

// unread ends an event whose request could not be read. The system's faults
// leave no trace; the request's own are counted on an effect of its own.
func (w *work) unread(ctx context.Context, err error) Verdict {
	if ctx.Err() != nil {
		return w.release(ctx, GiveBack, "stopping")
	}
	w.req = erp.Request{ID: w.event.ResourceID, Company: w.event.Company, Name: "unread"}
	w.aggregate = "request-" + w.req.ID.String()
	w.effect.Key = journal.NewKey(w.Connection, journal.KindRequest, w.req.ID)
	if fault.IsSystem(err) {
		return w.systemDown(ctx, err)
	}
	if loadErr := w.load(ctx); loadErr != nil {
		return w.journalAway(loadErr)
	}
	ended := w.effect.State.Settled() && w.effect.State != journal.Superseded // superseded: it was read, and its document may be half way
	if ended && w.event.Source != erp.FromReplay && w.event.Source != erp.FromSweep {
		return w.acked("already " + string(w.effect.State))
	}
	return w.again(ctx, err)
}

// readAtLast ends the effect that counted failed readings of this request, if
// there is one: the document's own effect takes over. A batch of invoices goes on
// with that effect.
func (w *work) readAtLast(ctx context.Context) error {
	if w.req.ID == 0 || w.req.Direct != nil || w.effect.Kind() == journal.KindRequest || w.effect.Kind() == journal.KindRequisition || w.started.Sub(w.event.Received) < time.Second {
		return nil
	}
	unread := work{Road: w.Road, event: w.event, req: w.req, started: w.started}
	unread.effect.Key = journal.NewKey(w.Connection, journal.KindRequest, w.req.ID)
	if err := unread.load(ctx); err != nil {
		return err
	}
	if s := unread.effect.State; s == journal.None || s == journal.Superseded || s == journal.Rejected || s == journal.Abandoned {
		return nil
	} else if s == journal.Dead {
		unread.ride(journal.Move{To: journal.Planned})
	}
	unread.ride(journal.Move{To: journal.Superseded, Reason: "read at last: it is " + w.effect.String()})
	return unread.flush(ctx)
}

// title is a name for an effect that has no plan yet.
func (w *work) title() string {
	switch {
	case w.req.ChangeOrder != nil:
		return w.req.ChangeOrder.Title
	case w.req.Commitment != nil:
		return w.req.Commitment.Title
	case w.req.PrimeChange != nil:
		return w.req.PrimeChange.Title
	case len(w.req.Invoices) == 1:
		return "invoice " + w.req.Invoices[0].Number
	}
	return "ERP request " + w.req.ID.String()
}
