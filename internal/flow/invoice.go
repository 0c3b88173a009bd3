package flow

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/translate"
)

// Invoices shows what became of imported claims and uploaded invoices. Both may
// be repeated.
type Invoices interface {
	Claim(ctx context.Context, key erp.ClaimKey) (erp.ClaimFound, error)
	Invoice(ctx context.Context, creditor erp.CreditorKey, key erp.ClaimKey) (erp.ClaimFound, error)
	// PendingApproval lists the items of a purchase order that wait for approval.
	PendingApproval(ctx context.Context, order erp.OrderKey) ([]int, error)
	// ApproveItem approves one of them.
	ApproveItem(ctx context.Context, order erp.OrderKey, item int) error
}

// How long Jobpac is given to work on an imported claim before a person is
// asked, and how often it is looked at.
const (
	claimLimit  = 24 * time.Hour
	claimSoon   = time.Second
	claimSeldom = 5 * time.Minute
)

// prepareBatch brings every invoice of a request to its end, each as an effect
// of its own, and answers the request's own detail with all of them.
func (w *work) prepareBatch(ctx context.Context) *Verdict {
	var problems []erp.Problem
	var open *Verdict
	var done []string
	for _, invoice := range w.req.Invoices {
		effect, v := w.invoice(ctx, invoice)
		switch {
		case v.Settle != Ack:
			if open == nil || v.After < open.After {
				open = &v
			}
		case effect.State == journal.Done:
			done = append(done, invoice.Number)
		default:
			problems = append(problems, erp.Problem{
				Rule: cmp.Or(effect.Last.Rule, ruleInvoice), Where: "invoice " + invoice.Number,
				Message: fmt.Sprintf("Invoice %s: %s", invoice.Number, cmp.Or(effect.Last.Reason, v.Reason)),
			})
		}
	}
	switch {
	case open != nil:
		return open
	case len(problems) > 0 && !w.Observe:
		return ptr(w.reject(ctx, problems))
	}
	return w.noted(wordsEntered(done))
}

// invoice works on one invoice under the claim of its commitment.
func (w *work) invoice(ctx context.Context, invoice erp.Requisition) (journal.Effect, Verdict) {
	one := &work{Road: w.Road, event: w.event, req: w.req, started: w.started}
	one.takeInvoice(invoice)
	v := one.alone(ctx, one.run)
	return one.effect, v
}

// takeInvoice makes it the work on one invoice of its request.
func (w *work) takeInvoice(invoice erp.Requisition) {
	own := w.req.DetailID
	w.req.Invoices, w.req.DetailID = []erp.Requisition{invoice}, invoice.DetailID
	if invoice.DetailID == own {
		w.req.DetailID = 0 // the request's own, answered once for all
	}
	w.effect.Key = journal.NewKey(w.Connection, journal.KindRequisition, invoice.ID)
	w.aggregate = commitmentAggregate(invoice.ContractID)
}

// takeInvoiceOf is take for a decision on that effect: if it is of one of the
// request's invoices, the work is on that one.
func (w *work) takeInvoiceOf(key journal.Key) {
	for _, invoice := range w.req.Invoices {
		if journal.NewKey(w.Connection, journal.KindRequisition, invoice.ID) == key {
			w.takeInvoice(invoice)
			return
		}
	}
}

// prepareInvoice plans a claim on a subcontract, or the upload and posting of an
// invoice on a purchase order.
func (w *work) prepareInvoice(ctx context.Context) *Verdict {
	invoice := w.req.Invoices[0]
	var order erp.Book
	if key, err := erp.ParseOrderKey(invoice.ContractOrigin); err == nil {
		if order, err = w.lookOrders(ctx, key); err != nil {
			return ptr(w.failed(ctx, err))
		}
	}
	key := translate.InvoiceKey(w.req, w.Rules)
	creditor, claimed := translate.InvoiceOn(order, w.Rules)
	w.target = target{
		aggregate: w.aggregate, header: erp.RequisitionReference(invoice.ID), slow: true, shared: !claimed,
		look: func(ctx context.Context) (erp.Book, error) {
			if key.Order == "" || key.Invoice == "" {
				return erp.Book{}, nil
			}
			var err error
			if claimed {
				w.claim, err = w.Invoices.Claim(ctx, key)
			} else {
				w.claim, err = w.Invoices.Invoice(ctx, creditor, key)
			}
			return w.claim.Book, err
		},
		taken:   func(header erp.Row) erp.Problem { return translate.InvoiceTaken(key, header) },
		doubled: func(int) erp.Problem { return translate.InvoiceTaken(key, erp.Row{}) },
	}
	w.target.creditor = creditor
	if err := w.markPending(ctx, claimed, order); err != nil {
		return ptr(w.failed(ctx, err))
	}
	if _, err := w.judge(ctx, func(f erp.Facts) translate.Result { return translate.Invoice(w.req, w.Rules, f, order) }); err != nil {
		return ptr(w.failed(ctx, err))
	}
	if w.claim.State == erp.ClaimRefused && !w.begunAnew() {
		if v := w.refusedImport(ctx, w.sentWhole()); v != nil {
			return v
		}
	}
	return w.check(ctx)
}

// markPending marks the items of a purchase order that nobody has approved in Jobpac
// yet: an invoice on them is refused before it is sent.
func (w *work) markPending(ctx context.Context, claimed bool, order erp.Book) error {
	if claimed || len(order.Documents) == 0 {
		return nil
	}
	key, err := erp.ParseOrderKey(w.req.Invoices[0].ContractOrigin)
	if err != nil {
		return nil // the rules say so
	}
	waiting, err := w.Invoices.PendingApproval(ctx, key)
	if err != nil {
		return err
	}
	for _, item := range order.Documents[0].Items {
		if slices.Contains(waiting, itemNumber(item)) {
			item.Values[erp.ColPending] = "Y"
		}
	}
	return nil
}

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
	if at := w.believedFrom(); w.seen.Before(at) {
		return ptr(w.later(at.Sub(w.Now()), wordsClaimWaits(w.target.result.Number), nil))
	}
	if len(w.pending) > 0 { // what was just sent is remembered first
		if err := w.flush(ctx); err != nil {
			return ptr(w.journalAway(err))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(w.effect.Steps)) {
		w.ride(journal.Move{To: journal.Planned, Step: id, Class: fault.Permanent.String(), Reason: wordsImportRefused})
	}
	if whole || w.Unique(erp.KindClaim) != Verified || len(w.target.result.Problems) > 0 {
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
	delay := min(max(since/2, claimSoon), claimSeldom)
	w.ride(journal.Move{To: w.restState(), WakeAt: w.Now().Add(delay), Reason: wordsClaimWaits(w.target.result.Number)})
	if err := w.flush(ctx); err != nil {
		return ptr(w.journalAway(err))
	}
	return ptr(w.later(delay, wordsClaimWaits(w.target.result.Number), nil))
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

func wordsEntered(numbers []string) string {
	if len(numbers) == 1 {
		return fmt.Sprintf("Invoice %s is entered in Jobpac.", numbers[0])
	}
	return fmt.Sprintf("%d invoices are entered in Jobpac: %s.", len(numbers), strings.Join(numbers, ", "))
}

func wordsClaimWaits(number string) string {
	return fmt.Sprintf("Invoice %s is imported; Jobpac has not worked on it yet.", number)
}

func wordsClaimStaged(number string) string {
	return fmt.Sprintf("Invoice %s was imported a day ago and Jobpac has neither entered nor refused it: process the claim import in Jobpac, then replay.", number)
}
