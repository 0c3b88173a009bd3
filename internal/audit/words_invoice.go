package audit

import (
	"fmt"
	"strings"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

func wordsInvoiceVanished(e journal.Effect, d document) string {
	said := fmt.Sprintf("%s, %s, was entered in Jobpac and is not there any more.", name(e, d), e.Plan.Total)
	if e.State == journal.Abandoned {
		return said + wordsGivenUp
	}
	return said + " Find out who took it back: if it was a mistake, enter it there again; if not, reset the invoice in Procore and accept this finding, which stays."
}

// wordsGivenUp ends what is said of an invoice that a person gave up.
const wordsGivenUp = " A person gave it up since; nothing is to be done if that was meant."

func wordsInvoiceMissing(e journal.Effect, d document) string {
	if e.State.Terminal() {
		return fmt.Sprintf("Procore was told that %s is in Jobpac, but Jobpac has nothing of it. Check Jobpac, then send the invoice again or enter it there.", lower(name(e, d)))
	}
	return fmt.Sprintf("%s is recorded as imported into Jobpac, but Jobpac has nothing of it. Do not enter it by hand while it is at work; replay it when it has come to rest.", name(e, d))
}

func wordsInvoiceRefused(e journal.Effect, d document, found erp.ClaimFound) string {
	return fmt.Sprintf("Procore was told that %s is in Jobpac, but Jobpac refused the import: %s. Mend the cause, then send the invoice again or enter it there.",
		lower(name(e, d)), saidErrors(found))
}

func wordsNotEntered(e journal.Effect, d document, found erp.ClaimFound) string {
	said := fmt.Sprintf("%s, %s, was entered in Jobpac, and ", name(e, d), e.Plan.Total)
	todo := " Check it there."
	if found.State == erp.ClaimRefused {
		said += "Jobpac lists it as a refused import now: " + saidErrors(found) + "."
	} else {
		said, todo = said+"is only imported there now, not entered.", " Process it there."
	}
	if e.State == journal.Abandoned {
		todo = wordsGivenUp
	}
	return said + todo
}

// saidErrors are Jobpac's words on a refused import, without the last stop.
func saidErrors(found erp.ClaimFound) string {
	return strings.TrimRight(strings.Join(found.Errors, "; "), ". ")
}
