package audit

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// procoreName is a document as Procore's people know it, with its id.
func procoreName(kind, id, no string) string {
	words := "ERP request"
	switch kind {
	case journal.KindCommitment, journal.KindCompletion:
		words = "commitment"
	case journal.KindChangeOrder:
		words = "change order"
	case journal.KindRequisition:
		words = "invoice"
	case journal.KindCommitmentRevision, journal.KindChangeRevision:
		words = "further change"
	}
	if no == "" {
		return words + " " + id
	}
	return words + " " + no + " (" + id + ")"
}

// idOf is the Procore id in an effect's key.
func idOf(key journal.Key) string { return strings.TrimPrefix(key.Effect, key.Kind()+"-") }

// kindWords is a kind of document in Jobpac's words.
func kindWords(kind erp.Kind) string {
	switch kind {
	case erp.KindOrder:
		return "purchase order"
	case erp.KindSubcontract:
		return "subcontract"
	case erp.KindClaim:
		return "claim of invoice"
	case erp.KindInvoicePost:
		return "invoice"
	}
	return "variation"
}

// name is an effect's document in Jobpac, at the beginning of a sentence.
func name(e journal.Effect, d document) string {
	said := kindWords(d.kind) + " " + d.number()
	if d.kind == erp.KindVariation {
		said += " of job " + d.variation.Job
	}
	if d.invoiced() {
		said += " on order " + d.claim.Order
	}
	if d.invoiced() && d.creditor.Creditor != "" {
		said += " of creditor " + d.creditor.Creditor
	}
	if d.shared {
		said = "the lines of change order " + cmp.Or(e.Plan.ProcoreNo, idOf(e.Key)) + " on " + said
	}
	return strings.ToUpper(said[:1]) + said[1:]
}

// titled adds the title, where there is one.
func titled(title string) string {
	if title == "" {
		return ""
	}
	return fmt.Sprintf(" %q", title)
}

func wordsParked(e journal.Effect) string {
	return fmt.Sprintf("%s%s waits for a person: %s", capital(procoreName(e.Kind(), idOf(e.Key), e.Plan.ProcoreNo)), titled(e.Plan.Title),
		cmp.Or(e.Last.Reason, "no reason is recorded."))
}

func wordsOpen(e journal.Effect, since time.Time) string {
	said := fmt.Sprintf("%s%s is at work since %s and is not done (%s).", capital(procoreName(e.Kind(), idOf(e.Key), e.Plan.ProcoreNo)), titled(e.Plan.Title),
		since.Format("2006-01-02 15:04 MST"), e.State)
	if e.Last.Reason != "" {
		said += " Last: " + strings.TrimRight(e.Last.Reason, ". ") + "."
	}
	return said + " Nothing is to be keyed by hand; if it does not move on, replay it."
}

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

func wordsVanished(e journal.Effect, d document) string {
	return fmt.Sprintf("%s%s, %s, was written to Jobpac and is not there any more. Find out who removed it: if it was a mistake, key it again under the same number with reference %s; if not, unlink the document in Procore.",
		name(e, d), titled(e.Plan.Title), e.Plan.Total, e.Plan.Ref)
}

func wordsMissing(e journal.Effect, d document) string {
	if succeeded(e) {
		return fmt.Sprintf("Procore was told that %s%s is in Jobpac, but under that number Jobpac has nothing with reference %s. Check Jobpac, then send the document again or key it.",
			lower(name(e, d)), titled(e.Plan.Title), e.Plan.Ref)
	}
	return fmt.Sprintf("%s%s is recorded as written to Jobpac, but under that number Jobpac has nothing with reference %s. Do not key it by hand while it is at work; replay it when it has come to rest.",
		name(e, d), titled(e.Plan.Title), e.Plan.Ref)
}

func lower(text string) string { return strings.ToLower(text[:1]) + text[1:] }

func wordsForeign(e journal.Effect, d document, header erp.Row) string {
	return fmt.Sprintf("%s should be %s%s with reference %s, but Jobpac shows a %s with reference %q under that number. If it is the same document put the reference back; if not, the number was given away and the document is missing.",
		name(e, d), procoreName(e.Kind(), idOf(e.Key), e.Plan.ProcoreNo), titled(e.Plan.Title), e.Plan.Ref, kindWords(header.Kind), referenceOf(header))
}

func wordsDoubled(e journal.Effect, d document, all, ours int) string {
	before := "anything is invoiced against it"
	if d.invoiced() {
		before = "it is paid"
	}
	return fmt.Sprintf("%s%s stands %d times in Jobpac, %d of them with reference %s. Remove what is too many in Jobpac before %s.",
		name(e, d), titled(e.Plan.Title), all, ours, e.Plan.Ref, before)
}

func wordsElsewhere(e journal.Effect, d document, others []string) string {
	return fmt.Sprintf("%s%s stands in Jobpac a second time: %s carries the same reference %s. Remove the one that is wrong.",
		name(e, d), titled(e.Plan.Title), strings.Join(others, ", "), e.Plan.Ref)
}

func wordsLineTwice(e journal.Effect, d document, items []int) string {
	lines := make([]string, len(items))
	for i, item := range items {
		lines[i] = fmt.Sprint(item)
	}
	return fmt.Sprintf("%s%s has line %s more than once in Jobpac. Remove what is too many there.", name(e, d), titled(e.Plan.Title), strings.Join(lines, ", "))
}

// most is how many differences a sentence names.
const most = 5

func wordsDiffers(e journal.Effect, d document, t tally) string {
	said := fmt.Sprintf("%s%s was sent with a total of %s", name(e, d), titled(e.Plan.Title), e.Plan.Total)
	if t.said() != "" {
		said += " and is " + t.said() + " in Jobpac"
	}
	if n := len(t.wrong); n > most {
		t.wrong = append(t.wrong[:most:most], fmt.Sprintf("%d more", n-most))
	}
	if len(t.wrong) > 0 {
		said += ": " + strings.Join(t.wrong, "; ")
	}
	if e.Plan.Adopted != "" {
		return said + ". A person linked it with that; nothing is to be done if that was meant."
	}
	if d.invoiced() {
		return said + ". Correct it in Jobpac, or bring the difference with the next invoice in Procore."
	}
	return said + ". Correct it in Jobpac, or bring the difference as a change order in Procore."
}

func wordsBeforeGoLive(a erp.Approval, live time.Time) string {
	return fmt.Sprintf("%s%s was approved before this connection went live at %s, so it is never sent by itself. If it stands in Jobpac, link it with resolve --adopt; if not, key it there.",
		capital(procoreName(a.Kind, a.ID.String(), a.Number)), titled(a.Title), live.Format(time.RFC3339))
}

func wordsUnsent(a erp.Approval, b brief, covered bool) string {
	subject := capital(procoreName(a.Kind, a.ID.String(), a.Number)) + titled(a.Title)
	if covered && b.effect.State != journal.Superseded {
		return fmt.Sprintf("%s is approved in Procore and was sent, but it is %s: %s. Mend the cause and send it to the ERP again.",
			subject, b.effect.State, strings.TrimRight(cmp.Or(b.effect.Last.Reason, "no reason is recorded"), ". "))
	}
	return subject + " is approved in Procore and was never sent to the ERP. Send it if it is to be in Jobpac."
}

func wordsUnlinked(a erp.Approval, b brief) string {
	subject := capital(procoreName(a.Kind, a.ID.String(), a.Number)) + titled(a.Title)
	if a.Origin == "" {
		return fmt.Sprintf("%s stands in Jobpac as %s, but Procore does not carry the link %s. Send it to the ERP again unchanged: nothing is created, only the link is written.",
			subject, b.effect.Plan.Number, b.origin)
	}
	return fmt.Sprintf("%s stands in Jobpac as %s, but Procore links it to %s instead of %s. Clear the wrong link in Procore, then send it to the ERP again unchanged.",
		subject, b.effect.Plan.Number, a.Origin, b.origin)
}

func wordsChangedInProcore(a erp.Approval, now, sent erp.Money) string {
	return fmt.Sprintf("%s%s is %s in Procore now, but %s was sent to Jobpac. Set it back in Procore and bring the difference as a change order.",
		capital(procoreName(a.Kind, a.ID.String(), a.Number)), titled(a.Title), now, sent)
}

func wordsLinkedMissing(a erp.Approval, number string) string {
	return fmt.Sprintf("%s%s is linked to %s in Procore, but Jobpac has nothing under %s. Check Jobpac; if it is not there, clear the link in Procore and send it again.",
		capital(procoreName(a.Kind, a.ID.String(), a.Number)), titled(a.Title), a.Origin, number)
}

func wordsUnknownToJournal(a erp.Approval, number string) string {
	return fmt.Sprintf("%s%s stands in Jobpac as %s with our reference and is linked in Procore, but the journal does not have it as done. Send it again and link it with resolve --adopt %s.",
		capital(procoreName(a.Kind, a.ID.String(), a.Number)), titled(a.Title), number, number)
}
