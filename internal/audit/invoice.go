package audit

import (
	"context"
	"fmt"
	"strings"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// paper compares a subcontractor invoice: a claim on a subcontract, or an invoice
// on a purchase order, which counts once it is entered. A reset in Procore leaves it
// in Jobpac, so it is looked for all the same.
func (w *walk) paper(ctx context.Context, e journal.Effect, d document) error {
	found, ok, err := w.invoice(ctx, name(e, d), d)
	switch {
	case err != nil || !ok:
		return err
	case !stands(e) && found.State == erp.ClaimAbsent:
		w.find(e, Missing, finding{words: wordsInvoiceMissing(e, d), jobpac: "0.00"})
		return nil
	case !stands(e):
		return nil // Jobpac may be at work on it
	}
	ours := mine(found.Book, d, e.Plan.Ref)
	switch n := len(found.Book.Documents); {
	case found.State == erp.ClaimAbsent:
		w.find(e, Vanished, finding{words: wordsInvoiceVanished(e, d), jobpac: "0.00"})
	case found.State != erp.ClaimEntered:
		w.find(e, Differs, finding{words: wordsNotEntered(e, d, found)})
	case n > 1:
		w.find(e, Doubled, finding{words: wordsDoubled(e, d, n, len(ours))})
	case len(ours) == 0:
		w.find(e, Differs, finding{words: wordsForeign(e, d, found.Book.Documents[0].Header)})
	default:
		w.amounts(e, d, found.Book)
	}
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

func wordsInvoiceVanished(e journal.Effect, d document) string {
	return fmt.Sprintf("%s, %s, was entered in Jobpac and is not there any more. Find out who took it back: if it was a mistake, enter it there again; if not, reset the invoice in Procore.",
		name(e, d), e.Plan.Total)
}

func wordsInvoiceMissing(e journal.Effect, d document) string {
	if succeeded(e) {
		return fmt.Sprintf("Procore was told that %s is in Jobpac, but Jobpac has nothing of it. Check Jobpac, then send the invoice again or enter it there.", lower(name(e, d)))
	}
	return fmt.Sprintf("%s is recorded as imported into Jobpac, but Jobpac has nothing of it. Do not enter it by hand while it is at work; replay it when it has come to rest.", name(e, d))
}

func wordsNotEntered(e journal.Effect, d document, found erp.ClaimFound) string {
	if found.State == erp.ClaimRefused {
		return fmt.Sprintf("%s, %s, was entered in Jobpac, and Jobpac lists it as a refused import now: %s. Check it there.",
			name(e, d), e.Plan.Total, strings.TrimRight(strings.Join(found.Errors, "; "), ". "))
	}
	return fmt.Sprintf("%s, %s, was entered in Jobpac, and is only imported there now, not entered. Process it there.", name(e, d), e.Plan.Total)
}
