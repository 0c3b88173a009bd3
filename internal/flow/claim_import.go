package flow

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/translate"
)

// How long Jobpac is given to work on an imported claim before a person is
// asked, and how often it is looked at.
const (
	claimLimit  = 24 * time.Hour
	claimSoon   = time.Second
	claimSeldom = 5 * time.Minute
)

// begunAnew tells whether this go lays a first plan down, or one after an end:
// then what Jobpac refused before is sent again.
func (w *work) begunAnew() bool {
	return w.effect.State == journal.None || w.effect.State.Settled()
}

// hidden tells whether a record cannot be seen now although it may stand: the
// lines of a claim are shown once Jobpac has worked on it.
func (w *work) hidden(rec erp.Record) bool {
	return w.target.slow && rec.Kind() == erp.KindClaimItem && w.claim.State == erp.ClaimStaged
}

// refusedImport believes that Jobpac has looked at an import and refused it. Then
// nothing of it counts or will, so all of it is forgotten and may be sent again.
// If Jobpac looked too soon, before it was whole, it is imported anew: nil. Else the
// approver is told what Jobpac said.
func (w *work) refusedImport(ctx context.Context, whole bool) *Verdict {
	if len(w.pending) > 0 { // what was just sent is remembered first
		if err := w.flush(ctx); err != nil {
			return ptr(w.journalAway(err))
		}
	}
	if at := w.believedFrom(); w.seen.Before(at) {
		return ptr(w.claimLater(ctx, at.Sub(w.Now())))
	}
	for _, id := range w.effect.StepIDs() {
		w.ride(journal.Move{To: journal.Planned, Step: id, Class: fault.Permanent.String(), Reason: wordsImportRefused})
	}
	if whole || w.unique(erp.KindClaim) != Verified || len(w.target.result.Problems) > 0 {
		return ptr(w.reject(ctx, translate.ClaimRefusal(w.claim.Errors)))
	}
	plan := w.newPlan()
	w.plan, w.claim, w.book = &plan, erp.ClaimFound{}, erp.Book{}
	w.ride(journal.Move{To: journal.Planned})
	if err := w.flush(ctx); err != nil {
		return ptr(w.journalAway(err))
	}
	return nil
}

// believedFrom is the moment from which a look that shows an import refused can be
// believed: at once, but what is in doubt may still come to it, and what was sent
// again may still be shown as it was refused before.
func (w *work) believedFrom() time.Time {
	var from time.Time
	for _, memory := range w.effect.Steps {
		if memory.Doubtful() {
			from = later(from, w.quietUntil(memory))
		}
	}
	if again := !w.effect.Since.Equal(w.effect.First); again {
		from = later(from, lastWritten(w.effect).Add(w.Quiet))
	}
	return from
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// sentWhole tells whether every record of the plan was in Jobpac, as far as we
// know.
func (w *work) sentWhole() bool {
	return !slices.ContainsFunc(w.effect.Plan.Steps, func(s journal.Step) bool {
		return w.effect.Steps[s.ID].State != journal.StepCommitted
	})
}

// tooLate tells whether a record can be added no more: Jobpac has made the import
// a claim, or posted the invoice, without it.
func (w *work) tooLate(memory journal.StepMemory) bool {
	return w.target.slow && w.claim.State == erp.ClaimEntered && memory.State != journal.StepCommitted
}

// turned tells whether Jobpac has looked at an import meanwhile: what is refused
// then is no refusal of the record's own.
func (w *work) turned() bool {
	return w.target.slow && (w.claim.State == erp.ClaimRefused || w.claim.State == erp.ClaimEntered)
}

// overtaken gives a record back that came too late for its import; the next go sees
// what became of it. A doubt about an earlier send stays.
func (w *work) overtaken(ctx context.Context, step string, err error, doubted bool) *Verdict {
	words := wordsClaimWaits(w.target.result.Number)
	if !doubted {
		w.ride(journal.Move{To: journal.Planned, Step: step, Class: fault.Permanent.String(), Reason: fault.Said(err), Cause: err.Error()})
	}
	if err := w.flush(ctx); err != nil {
		return ptr(w.journalAway(err))
	}
	return ptr(w.later(soon, words, err))
}

// enteredShort parks a claim that Jobpac entered before all of it was there. A
// record in doubt is given the quiet period to be shown.
func (w *work) enteredShort(ctx context.Context, rec erp.Record, memory journal.StepMemory) *Verdict {
	if quiet := w.quietUntil(memory); memory.Doubtful() && w.seen.Before(quiet) {
		return ptr(w.lookLater(ctx, rec, memory, quiet))
	}
	return ptr(w.park(ctx, ruleClaimShort, wordsClaimShort(rec, w.claim.Number)))
}

// settled waits until Jobpac has worked on what it was given: a claim is staged
// first, and entered or refused later. nil: it is entered, or there is nothing
// to wait for.
func (w *work) settled(ctx context.Context) *Verdict {
	if !w.target.slow {
		return nil
	}
	switch w.claim.State {
	case erp.ClaimEntered:
		return w.compare(ctx)
	case erp.ClaimRefused:
		return w.refusedImport(ctx, true)
	}
	since := w.Now().Sub(w.plannedAt())
	if since > claimLimit {
		return ptr(w.park(ctx, ruleClaimStaged, wordsClaimStaged(w.target.result.Number)))
	}
	return ptr(w.claimLater(ctx, min(max(since/2, claimSoon), claimSeldom)))
}

// claimLater looks at the import again after a while.
func (w *work) claimLater(ctx context.Context, delay time.Duration) Verdict {
	words := wordsClaimWaits(w.target.result.Number)
	w.ride(journal.Move{To: w.restState(), WakeAt: w.Now().Add(delay), Reason: words})
	if err := w.flush(ctx); err != nil {
		return w.journalAway(err)
	}
	return w.later(delay, words, nil)
}

// takenBack parks an invoice that is sent again as it was and that Jobpac has no
// more: it may have been taken back there, and reset in Procore because of that. A
// person says so, for it may only be hidden. nil: it is there, or it is no invoice.
func (w *work) takenBack(ctx context.Context) *Verdict {
	if w.effect.Kind() != journal.KindRequisition || w.Observe || len(w.effect.Plan.Steps) == 0 {
		return nil
	}
	found, err := w.lookEntered(ctx)
	switch age := w.Now().Sub(lastWritten(w.effect)); {
	case err != nil:
		return ptr(w.later(max(fault.After(err), systemRest), "Jobpac does not show the invoice: "+fault.Said(err), err))
	case found.State == erp.ClaimStaged || found.State == erp.ClaimEntered:
		return nil
	case age < w.Quiet:
		return ptr(w.later(w.Quiet-age, "the invoice was written a moment ago and Jobpac does not show it yet", nil))
	}
	return ptr(w.park(ctx, ruleVanished, wordsTakenBack(w.effect)))
}

// lookEntered looks for the claim or the invoice that the effect's plan made.
func (w *work) lookEntered(ctx context.Context) (erp.ClaimFound, error) {
	steps := w.effect.Plan.Steps
	last := plannedRecord{steps[len(steps)-1]}
	key, err := erp.ParseClaimKey(strings.Join(strings.SplitN(last.Key(), "|", 4)[:3], "|"))
	if err != nil {
		return erp.ClaimFound{}, fault.New(fault.Permanent, "look for the invoice", err)
	}
	if last.Kind() == erp.KindInvoicePost {
		return w.Invoices.Invoice(ctx, erp.CreditorKey{WorkID: w.Rules.CreditorWorkID, Creditor: last.step.Value(string(erp.ColCreditor))}, key)
	}
	return w.Invoices.Claim(ctx, key)
}

// claimStands tells whether the claim or invoice of an earlier plan's step is in
// Jobpac.
func (w *work) claimStands(ctx context.Context, origin string) (bool, error) {
	key, err := erp.ParseClaimKey(origin)
	if err != nil {
		return false, err
	}
	found, err := w.Invoices.Claim(ctx, key)
	return found.State != erp.ClaimAbsent && found.State != erp.ClaimRefused, err
}

const wordsImportRefused = "Jobpac refused the import as a whole; nothing of it stands."

func wordsClaimShort(rec erp.Record, number string) string {
	return fmt.Sprintf("Jobpac entered it as claim %s before %s was there, so the claim is short of it. Do not send it again: add the line to the claim in Jobpac and adopt it, or take the claim back there, then replay.", number, label(rec))
}

func wordsTakenBack(e journal.Effect) string {
	return fmt.Sprintf("Invoice %s was entered in Jobpac and is not there any more. If it was taken back there on purpose, retry this one and it is entered anew; if not, find out who removed it.", e.Plan.Number)
}

func wordsClaimWaits(number string) string {
	return fmt.Sprintf("Invoice %s is imported; Jobpac has not worked on it yet.", number)
}

func wordsClaimStaged(number string) string {
	return fmt.Sprintf("Invoice %s was imported a day ago and Jobpac has neither entered nor refused it: process the claim import in Jobpac, then replay.", number)
}
