package flow

import (
	"context"
	"errors"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// How long a durable write of our own may take, and how soon a worker that lost
// a race or found the aggregate taken comes back.
const (
	appendLimit = 10 * time.Second
	soon        = 250 * time.Millisecond
	journalAway = 5 * time.Second
	brokenRest  = 15 * time.Minute
	clockSlack  = 30 * time.Second // how far two machines' clocks may be apart
	haltedRest  = 15 * time.Second // between two looks whether safe mode is over
)

// work is one Process call: an event, the request it led to, and the effect.
// It is used by one goroutine.
type work struct {
	*Road
	event     erp.Event
	req       erp.Request
	effect    journal.Effect
	aggregate string
	token     string // owner of the claim on the aggregate
	started   time.Time

	pending []journal.Move // arrows that ride with the next append
	plan    *journal.Plan  // to be recorded with the move to planned
	attempt int            // failed tries of the document, as the next append says
	claimed bool           // this call has taken the effect's epoch

	target target   // what is wanted in Jobpac
	book   erp.Book // what Jobpac showed at seen
	seen   time.Time
	wrote  bool // this call changed Jobpac: read back before applied

	orderDone   time.Time // change orders: when the journal last wrote about the commitment's order
	orderLinked bool      // and whether a person linked it

	unapproved []string // order items that Jobpac would not let us approve, in words

	turn func() // leaves the turnstile of imports; nil: it was not entered

	claim erp.ClaimFound // invoices: what Jobpac showed with the book

	planned *journal.Plan // a revision that goes on as it was planned; nil: it is planned anew

	content string // fingerprint of what the request asks for
	adoptAs string // a person's decision under way: the number to link
}

// alone runs the work under the claim on its aggregate. A claims store that
// cannot tell only costs the protection against wasted work.
func (w *work) alone(ctx context.Context, run func(context.Context) Verdict) Verdict {
	if w.aggregate == importAggregate {
		if v := w.enterImport(ctx); v != nil {
			return *v
		}
	}
	w.token = w.Owner + "/" + w.Token()
	held, err := w.Claims.Take(ctx, w.Connection, w.aggregate, w.token, w.Lease)
	if err != nil {
		w.Log.Warn().Err(err).Str("aggregate", w.aggregate).Msg("claims store away: the journal alone decides")
	} else if !held && w.aggregate == importAggregate {
		return w.importElsewhere()
	} else if !held {
		return w.later(w.Jitter(soon)+soon, w.aggregate+" is being worked on", nil)
	}
	defer w.free(ctx)
	w.content = w.contentOf()
	w.Points.Reach(failpoint.Claimed)
	return run(ctx)
}

// free ends the claim; a doubt keeps none, its effect rests in the journal.
func (w *work) free(ctx context.Context) {
	ctx, cancel := detached(ctx, appendLimit)
	defer cancel()
	if err := w.Claims.Free(ctx, w.Connection, w.aggregate, w.token); err != nil {
		w.Log.Warn().Err(err).Str("aggregate", w.aggregate).Msg("claim not freed: it ends with its lease")
	}
}

// run loads the effect and does what Decide says.
func (w *work) run(ctx context.Context) Verdict {
	if err := errors.Join(w.load(ctx), w.readAtLast(ctx)); err != nil {
		return w.journalAway(err)
	}
	if v := w.clock(); v != nil {
		return *v
	}
	if s := w.effect.State; w.Observe && s != journal.None && s != journal.Planned {
		return w.acked("observe mode: nothing is done to an effect that is " + string(s))
	}
	d := Decide(Case{
		Effect: w.effect, Request: w.req.ID, Fingerprint: w.content,
		Source: w.event.Source, Direct: w.req.Direct != nil, Now: w.Now(), Owner: w.Owner, Alone: w.Alone,
	})
	switch d.Do {
	case Skip:
		return w.skip(ctx, d)
	case Wait:
		return w.later(d.At.Sub(w.Now()), d.Reason, nil)
	case Close:
		return w.closeEnded(ctx)
	case Hold:
		return w.hold(ctx)
	case Outdated:
		return w.outdated(ctx)
	case Changed:
		return w.park(ctx, ruleChanged, wordsChanged(w.effect))
	case Confirm:
		if v := w.takenBack(ctx); v != nil {
			return *v
		}
		return w.reconfirm(ctx)
	case Finish:
		return w.confirm(ctx)
	}
	return w.apply(ctx)
}

// clock refuses to act on a clock that runs behind the journal's last record:
// leases and quiet times would mean nothing.
func (w *work) clock() *Verdict {
	behind := w.effect.At.Sub(w.Now())
	if behind <= clockSlack {
		return nil
	}
	return ptr(w.later(behind, wordsClock(behind), nil))
}

// skip acks what is done. A commitment may still owe its waiters a call, if it
// died between done and waking them.
func (w *work) skip(ctx context.Context, d Decision) Verdict {
	if w.effect.State == journal.Done {
		if err := w.wakeWaiters(ctx); err != nil {
			return w.journalAway(err)
		}
	}
	return w.acked(d.Reason)
}

func (w *work) load(ctx context.Context) error {
	effect, err := w.Journal.Load(ctx, w.effect.Key)
	if err == nil {
		w.effect, w.attempt = effect, effect.Attempt
	}
	return err
}

// ride adds an arrow to the next append.
func (w *work) ride(m journal.Move) { w.pending = append(w.pending, m) }

// record is the next append: the riding arrows under our claim.
func (w *work) record() journal.Record {
	epoch := w.effect.Epoch
	if !w.claimed {
		epoch++
	}
	now := w.Now()
	if w.plan != nil {
		w.plan.Source = w.source()
	}
	r := journal.Record{
		V: journal.Version, At: now, Epoch: epoch, Owner: w.Owner, Until: now.Add(w.Lease),
		Actor: w.event.Actor, Event: w.event.ID,
		Request: int64(w.req.ID), Detail: int64(w.req.DetailID), Company: int64(w.req.Company),
		Attempt: w.attempt, Moves: w.pending, Plan: w.plan,
	}
	if w.req.Direct != nil && w.effect.ByRequest() { // the request goes on being what is asked for
		r.Request, r.Detail, r.Company = w.effect.Request, w.effect.Detail, w.effect.Company
	}
	return r
}

// flush appends the riding arrows and waits until they are durable.
func (w *work) flush(ctx context.Context) error { return w.write(ctx, w.record()) }

// write appends a record. It outlives a stop: what happened must be told. An
// append that may or may not have landed is looked up, never repeated blindly.
func (w *work) write(ctx context.Context, r journal.Record) error {
	ctx, cancel := detached(ctx, appendLimit)
	defer cancel()
	after := w.effect.Clone()
	if err := after.Apply(r, after.Seq); err != nil {
		return err
	}
	seq, err := w.Journal.Append(ctx, w.effect.Key, r, w.effect.Seq)
	if err != nil {
		seq, err = w.landed(ctx, r, err)
	}
	if err != nil {
		return err
	}
	after.Seq = seq
	w.effect, w.pending, w.plan, w.claimed = after, nil, nil, true
	return nil
}

// landed tells whether an append that ended unclearly stands in the journal:
// the record after ours must carry our claim, event and time.
func (w *work) landed(ctx context.Context, r journal.Record, err error) (uint64, error) {
	if errors.Is(err, journal.ErrMoved) {
		return 0, err
	}
	now, loadErr := w.Journal.Load(ctx, w.effect.Key)
	ours := loadErr == nil && now.Records == w.effect.Records+1 && now.Owner == r.Owner && now.At.Equal(r.At) && now.Event == r.Event
	if !ours {
		return 0, errors.Join(err, loadErr)
	}
	return now.Seq, nil
}

// journalAway puts the event off: no record, no effect. Losing a race is
// ordinary and comes back soon. Only a store that is away pauses the others: a
// history that is broken is this effect's alone.
func (w *work) journalAway(err error) Verdict {
	if errors.Is(err, journal.ErrMoved) {
		return w.later(soon, "another worker was first", nil)
	}
	if !fault.IsSystem(err) {
		return w.later(brokenRest, "the journal of this effect cannot be read or written", err)
	}
	v := w.later(max(journalAway, fault.After(err)), "the journal is away", err)
	v.Pause = journalAway
	return v
}

// late tells whether no new step may start in this call.
func (w *work) late() bool { return w.Now().Sub(w.started) > w.EventTimeout }

// renew keeps the claim on the aggregate while a long document goes on.
func (w *work) renew(ctx context.Context) {
	if _, err := w.Claims.Take(ctx, w.Connection, w.aggregate, w.token, w.Lease); err != nil {
		w.Log.Warn().Err(err).Str("aggregate", w.aggregate).Msg("claim not renewed")
	}
}

// detached is a context that a stop does not cut, with a limit of its own.
func detached(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), limit)
}
