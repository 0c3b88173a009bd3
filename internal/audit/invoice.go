package audit

import (
	"context"
	"slices"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// paper compares a subcontractor invoice: a claim on a subcontract, or an invoice
// on a purchase order, which counts once it is entered.
//
// A reset in Procore leaves the invoice in Jobpac, and the journal has no word of it
// with the invoice, so it is looked for all the same. What came of it when it was
// sent again is what counts then; see owed.
func (w *walk) paper(ctx context.Context, e journal.Effect, d document) error {
	if !stands(e) && !owed(e) {
		return nil
	}
	if d.kind == erp.KindInvoicePost && d.creditor.Creditor == "" {
		w.warn("%s could not be compared: the journal does not say whose it is.", name(e, d))
		return nil
	}
	found, ok, err := w.invoice(ctx, name(e, d), d)
	switch {
	case err != nil || !ok:
		return err
	case !stands(e):
		w.due(e, d, found)
		return nil
	}
	w.entered(e, d, found)
	return w.elsewhere(ctx, e, d)
}

// invoice reads what became of one; see took.
func (w *walk) invoice(ctx context.Context, what string, d document) (found erp.ClaimFound, ok bool, err error) {
	if d.kind == erp.KindClaim {
		found, err = w.Invoices.Claim(ctx, d.claim)
	} else {
		found, err = w.Invoices.Invoice(ctx, d.creditor, d.claim)
	}
	found.Book, ok, err = w.took(ctx, what, found.Book, err)
	return found, ok, err
}

// owed tells whether an invoice that does not stand must be in Jobpac all the same,
// be it only imported: it is recorded as sent and not ended, or Procore was told
// that it is there. Its latest request counts: what was reset, sent again and
// refused is not there, and Procore knows.
func owed(e journal.Effect) bool {
	if !e.State.Terminal() && len(committed(e)) > 0 {
		return true
	}
	return e.State != journal.Abandoned && e.Closed[e.Request].Outcome == string(erp.Success)
}

// due looks for an invoice that does not stand, but is owed. One that Jobpac has
// not looked at yet is there; one that it refused while it is at work is about to
// be told.
func (w *walk) due(e journal.Effect, d document, found erp.ClaimFound) {
	switch {
	case found.State == erp.ClaimAbsent:
		w.find(e, Missing, finding{words: wordsInvoiceMissing(e, d), jobpac: "0.00"})
	case found.State == erp.ClaimRefused && e.State.Terminal():
		w.find(e, Missing, finding{words: wordsInvoiceRefused(e, d, found), jobpac: "0.00"})
	}
}

// entered compares an invoice that was read back from Jobpac once. One that a
// person gave up since, and that is gone, or that a person linked and that carries
// another reference, is told and not serious.
func (w *walk) entered(e journal.Effect, d document, found erp.ClaimFound) {
	given := e.State == journal.Abandoned
	book := owned(found.Book, d, e.Plan.Ref)
	n, ours := len(book.Documents), mine(book, d, e.Plan.Ref)
	switch {
	case found.State == erp.ClaimAbsent:
		w.find(e, Vanished, finding{words: wordsInvoiceVanished(e, d), jobpac: "0.00", mild: given})
	case found.State != erp.ClaimEntered:
		w.find(e, Differs, finding{words: wordsNotEntered(e, d, found), mild: given})
	case n == 0:
		w.warn("%s could not be compared: it is entered, and Jobpac shows nothing of it.", name(e, d))
	case n > 1:
		w.find(e, Doubled, finding{words: wordsDoubled(e, d, n, len(ours))})
	case len(ours) == 0:
		w.find(e, Differs, finding{words: wordsForeign(e, d, book.Documents[0].Header), mild: e.Plan.Adopted != ""})
	default:
		w.signed(e, d, found.Book)
		w.amounts(e, d, book)
	}
}

// signed warns where the lines of an invoice show no reference, so that only its
// number and its amounts tell that it is ours.
func (w *walk) signed(e journal.Effect, d document, book erp.Book) {
	rows := items(book, d.kind)
	if len(rows) > 0 && !slices.ContainsFunc(rows, func(row erp.Row) bool { return referenceOf(row) != "" }) {
		w.warn("%s is compared by its number and its amounts alone: Jobpac shows no reference with its lines.", name(e, d))
	}
}
