package flow

import (
	"context"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/retry"
)

// decided carries a person's decision out. It counts only for the history the
// person looked at: once the decision is on record, or anything else moved on,
// a second delivery of it decides nothing, and only sees to it that a live
// effect goes on. Another look for what is in doubt is no moving on.
func (w *work) decided(ctx context.Context) Verdict {
	key, err := journal.ParseKey(w.Connection + "." + w.event.Decision.Effect)
	if err != nil {
		v := w.acked("a decision on no effect")
		v.Err = err
		return v
	}
	w.effect.Key = key
	if err := w.load(ctx); err != nil {
		return w.journalAway(err)
	}
	if w.effect.State == journal.None {
		return w.acked("a decision on an effect nobody has planned")
	}
	w.aggregate = w.effect.Plan.Aggregate
	w.req = erp.Request{ID: erp.ID(w.effect.Request), DetailID: erp.ID(w.effect.Detail), Company: erp.ID(w.effect.Company)}
	if w.event.Decision.Do != erp.Abandon {
		begun := !w.effect.State.Settled() && w.effect.Acted > w.event.Decision.Seq
		if w.req, err = w.reread(ctx); err != nil && w.stale24h() && !begun {
			return w.acked("Procore has not shown the request for a day: decide again")
		} else if err != nil {
			return w.later(max(fault.After(err), systemRest), "Procore does not show the request to decide upon: "+fault.Said(err), err)
		}
		if !w.req.Gone() {
			w.take(w.req)
			w.takeInvoiceOf(key)
			if key.Kind() == journal.KindCompletion && w.req.Direct != nil {
				w.takeCompletion()
			}
			if err := w.takeRevisionOf(ctx, key); err != nil {
				return w.journalAway(err)
			}
		}
	}
	if w.effect.Key != key && key.Kind() == journal.KindRequest && w.event.Decision.Do == erp.Retry {
		return w.alone(ctx, w.run) // it can be read now: its document goes on
	}
	if w.effect.Key != key {
		return w.acked("the request is of another document now")
	}
	return w.alone(ctx, w.decide)
}

// decide applies the decision to the effect as it is under the claim.
func (w *work) decide(ctx context.Context) Verdict {
	if err := w.load(ctx); err != nil {
		return w.journalAway(err)
	}
	d := w.event.Decision
	moved := w.effect.Acted > d.Seq && w.effect.Last.Rule != ruleDeciding
	switch {
	case moved && w.effect.State.Settled() && w.effect.Event == w.event.ID:
		return w.closeEnded(ctx) // carried out; Procore may not have heard
	case moved && (w.effect.State.Settled() || d.Do == erp.Abandon):
		return w.acked("the effect moved on before this decision reached it")
	case moved:
		return w.run(ctx)
	case w.Observe:
		return w.acked("observe mode: nothing is decided")
	case w.effect.State == journal.Done:
		return w.acked("it is done, there is nothing to decide")
	case w.req.Gone() || d.Do == erp.Retry && !w.wanted():
		return w.refuseDecision(ctx, "it is "+wordsUnwanted(w.effect, *w.req.Direct))
	}
	switch d.Do {
	case erp.Adopt:
		return w.adopt(ctx)
	case erp.Retry:
		return w.retry(ctx)
	case erp.Abandon:
		return w.abandon(ctx)
	}
	return w.acked("unknown decision " + string(d.Do))
}

// deciding parks the effect until the quiet period is over and the decision can
// be carried out: nobody else works on it meanwhile. The request stays open.
func (w *work) deciding(ctx context.Context, quiet time.Time) Verdict {
	words := wordsDeciding(w.event)
	if w.effect.Last.Rule != ruleDeciding {
		if w.effect.State.Terminal() && !w.effect.Stands {
			w.ride(journal.Move{To: journal.Planned})
		}
		w.ride(journal.Move{To: journal.Parked, Rule: ruleDeciding, Reason: words})
		if err := w.flush(ctx); err != nil {
			return w.journalAway(err)
		}
	}
	return w.later(quiet.Sub(w.Now()), words, nil)
}

// abandon ends the effect by a person's word.
func (w *work) abandon(ctx context.Context) Verdict {
	words := wordsAbandoned(w.event)
	if w.effect.State.Terminal() {
		w.ride(journal.Move{To: journal.Planned})
	}
	w.ride(journal.Move{To: journal.Abandoned, Rule: ruleAbandoned, Reason: words})
	return w.endFailed(ctx, []string{words})
}

// retry takes a person's word that what is in doubt is not in Jobpac. The
// quiet time is waited for all the same: a commit may still be on its way. What
// stands is found again by looking, what is missing is sent.
func (w *work) retry(ctx context.Context) Verdict {
	if quiet := w.quietOfAll(); w.Now().Before(quiet) {
		return w.deciding(ctx, quiet)
	}
	plan := w.effect.Plan
	w.plan, w.attempt = &plan, 0
	w.ride(journal.Move{To: journal.Planned, Rule: ruleRetried, Reason: wordsRetried(w.event)})
	vanished := w.effect.Last.Rule == ruleVanished
	w.target.header = w.reference()
	for _, id := range w.effect.StepIDs() {
		memory := w.effect.Steps[id]
		stands, err := w.stands(ctx, id) // a person may be wrong: what can be seen is not forgotten
		if err != nil {
			return w.later(max(fault.After(err), systemRest), "decided to send again; Jobpac cannot be asked: "+fault.Said(err), err)
		}
		if (memory.Doubtful() || vanished) && !stands {
			w.ride(journal.Move{To: journal.Planned, Step: id, Rule: ruleRetried, Reason: wordsRetried(w.event)})
		}
	}
	if err := w.flush(ctx); err != nil {
		return w.journalAway(err)
	}
	return w.apply(ctx)
}

// reference is what the header of this effect carries in Jobpac.
func (w *work) reference() erp.Reference {
	if w.req.ChangeOrder != nil {
		return w.req.ChangeOrder.Reference()
	}
	switch {
	case w.effect.Kind() == journal.KindRequisition && len(w.req.Invoices) > 0:
		return erp.RequisitionReference(w.req.Invoices[0].ID)
	case w.effect.Kind() == journal.KindPrimeChange && w.req.PrimeChange != nil:
		return erp.PrimeChangeReference(w.req.PrimeChange.ID)
	case w.req.Commitment != nil:
		return erp.CommitmentReference(w.req.Commitment.ID)
	}
	return ""
}

// quietOfAll is the end of the last quiet time of all doubts.
func (w *work) quietOfAll() time.Time {
	var last time.Time
	for _, memory := range w.effect.Steps {
		if memory.Doubtful() && w.quietUntil(memory).After(last) {
			last = w.quietUntil(memory)
		}
	}
	return last
}

// adopt links the document that a person found in Jobpac under a number. All of
// it must be there: what differs is told, what is missing refuses the decision.
// Everything is put on record in one append, so a death leaves all or nothing.
func (w *work) adopt(ctx context.Context) Verdict {
	if quiet := w.quietOfAll(); w.Now().Before(quiet) {
		return w.deciding(ctx, quiet)
	}
	w.adoptAs = w.event.Decision.Number
	if v := w.adoptable(ctx); v != nil {
		return *v
	}
	plan := w.newPlan()
	plan.Adopted, plan.AdoptedFor = w.adoptAs, w.content
	plan.Notes = append(plan.Notes, w.differences()...)
	w.plan, w.attempt = &plan, 0
	w.ride(journal.Move{To: journal.Planned, Rule: ruleAdopted, Reason: wordsAdopted(w.event)})
	for _, id := range w.effect.Doubts() {
		w.ride(journal.Move{To: journal.Planned, Step: id, Rule: ruleAdopted, Reason: wordsAdopted(w.event)})
	}
	w.ride(journal.Move{To: journal.Claimed})
	for _, rec := range w.target.result.Records {
		w.ride(journal.Move{To: journal.Committed, Step: stepID(rec), Fingerprint: stepFingerprint(rec), Found: true})
	}
	w.ride(journal.Move{To: journal.Applied, Rule: ruleAdopted, Reason: wordsAdopted(w.event)})
	return w.confirm(ctx)
}

// adoptable translates with the adopted number, looks, and tells why the
// decision cannot be carried out; nil: it can.
func (w *work) adoptable(ctx context.Context) *Verdict {
	if k := w.effect.Kind(); k == journal.KindRequest || k == journal.KindCompletion {
		return ptr(w.acked("what names no document of its own cannot be linked"))
	}
	if v := w.prepare(ctx); v != nil {
		return v
	}
	r := w.target.result
	switch docs := w.book.Documents; {
	case len(r.Problems) > 0:
		return ptr(w.refuseDecision(ctx, wordsProblems(r.Problems)))
	case len(docs) != 1:
		return ptr(w.refuseDecision(ctx, wordsNotOne(r.Number, len(docs))))
	}
	if ref := strings.TrimSpace(w.book.Documents[0].Header.Get(erp.ColReference)); strings.HasPrefix(ref, "PC") && ref != string(w.target.header) {
		return ptr(w.refuseDecision(ctx, wordsOtherReference(r.Number, ref)))
	}
	if stands, err := w.standsElsewhere(ctx); err != nil {
		return ptr(w.failed(ctx, err))
	} else if stands != "" {
		return ptr(w.refuseDecision(ctx, wordsStandsElsewhere(stands)))
	}
	for _, rec := range r.Records {
		row, found := w.find(rec)
		if !found {
			return ptr(w.refuseDecision(ctx, wordsNotThere(rec)))
		}
		for _, d := range erp.Differences(rec, row) {
			if d.Name == erp.ColJob || d.Name == erp.ColCreditor {
				return ptr(w.refuseDecision(ctx, wordsOther(rec, d)))
			}
		}
	}
	return nil
}

// differences tells what an adopted document says otherwise than Procore.
func (w *work) differences() []string {
	var notes []string
	for _, rec := range w.target.result.Records {
		row, _ := w.find(rec)
		if d := erp.Differences(rec, row); len(d) > 0 {
			notes = append(notes, wordsAdoptedDiffers(rec, d))
		}
	}
	if extra := w.extra(); extra != "" && !w.target.shared {
		notes = append(notes, wordsAdoptedExtra(w.target.result.Number, extra))
	}
	return notes
}

// standsElsewhere names what this effect wrote under another number and that
// stands there; empty: nothing.
func (w *work) standsElsewhere(ctx context.Context) (string, error) {
	wanted := map[string]bool{}
	for _, rec := range w.target.result.Records {
		wanted[stepID(rec)] = true
	}
	for _, id := range w.effect.StepIDs() {
		if wanted[id] {
			continue
		}
		if stands, err := w.stands(ctx, id); stands || err != nil {
			return id, err
		}
	}
	return "", nil
}

// patience is how long a decision that cannot be carried out yet waits: longer
// and longer.
func (w *work) patience() time.Duration {
	return min(max(w.Now().Sub(w.event.Received)/4, systemRest), 15*time.Minute)
}

// stale24h tells whether the decision has been on its way for a day.
func (w *work) stale24h() bool { return w.Now().Sub(w.event.Received) > retry.MaxAge }

// refuseDecision leaves the effect parked with why the decision could not be
// carried out.
func (w *work) refuseDecision(ctx context.Context, why string) Verdict {
	if w.effect.State.Terminal() && !w.effect.Stands {
		w.ride(journal.Move{To: journal.Planned})
	}
	w.ride(journal.Move{To: journal.Parked, Rule: ruleDecision, Reason: wordsDecisionRefused(w.event, why)})
	return w.endFailed(ctx, []string{wordsDecisionRefused(w.event, why)})
}

// adopted is the number under which a person says, or said, that this very
// content stands in Jobpac, so that what differs is known; empty: nobody did.
func (w *work) adopted() string {
	if w.effect.Plan.Adopted != "" && w.effect.Plan.AdoptedFor != w.content {
		return w.adoptAs
	}
	return w.linkedTo()
}

// linkedTo is the number that a person gave this document, whatever its content
// is now; empty: nobody did.
func (w *work) linkedTo() string { return or(w.adoptAs, w.effect.Plan.Adopted) }
