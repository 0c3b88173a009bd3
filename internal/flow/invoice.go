package flow

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/translate"
)

// Invoices shows what became of imported claims and uploaded invoices, and which
// order items take none yet. All may be repeated.
type Invoices interface {
	Claim(ctx context.Context, key erp.ClaimKey) (erp.ClaimFound, error)
	Invoice(ctx context.Context, creditor erp.CreditorKey, key erp.ClaimKey) (erp.ClaimFound, error)
	// PendingApproval lists those of a purchase order's items, given as they were
	// read, that wait for approval.
	PendingApproval(ctx context.Context, order erp.OrderKey, items []erp.Row) ([]int, error)
}

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
				Message: named(invoice.Number, cmp.Or(effect.Last.Reason, v.Reason)),
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
	waiting, err := w.Invoices.PendingApproval(ctx, key, order.Documents[0].Items)
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

// named puts the invoice's number before words that do not say it.
func named(number, words string) string {
	if number == "" || strings.Contains(words, number) {
		return words
	}
	return fmt.Sprintf("Invoice %s: %s", number, words)
}

func wordsEntered(numbers []string) string {
	if len(numbers) == 1 {
		return fmt.Sprintf("Invoice %s is entered in Jobpac.", numbers[0])
	}
	return fmt.Sprintf("%d invoices are entered in Jobpac: %s.", len(numbers), strings.Join(numbers, ", "))
}
