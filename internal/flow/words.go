package flow

import (
	"fmt"
	"slices"
	"strings"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/translate"
)

// The rules of the road, beside those of package translate. Their ids stand in
// the journal, in the API and in the manual.
const (
	// RuleDeciding marks an effect for which a person's decision waits.
	RuleDeciding = "RD-DECIDING"

	ruleObserve       = "RD-OBSERVE"
	ruleUnsupported   = "RD-UNSUPPORTED"
	ruleStillInJobpac = "RD-STILL-IN-JOBPAC"
	ruleWithdrawn     = "RD-WITHDRAWN"
	ruleNotCompleted  = "RD-NOT-COMPLETED"
	ruleReopened      = "RD-REOPENED"
	ruleInvoice       = "RD-INVOICE"
	ruleClaimStaged   = "RD-CLAIM-STAGED"
	ruleClaimShort    = "RD-CLAIM-SHORT"
	ruleUnapproved    = "RD-UNAPPROVED"
	ruleUnlinked      = "RD-UNLINKED"
	ruleUnlinkDoubt   = "RD-UNLINK-IN-DOUBT"
	ruleUnreadable    = "RD-UNREADABLE"
	rulePermanent     = "RD-REFUSED-READ"
	ruleRefused       = "RD-JOBPAC-REFUSED"
	ruleNumberTaken   = "RD-NUMBER-TAKEN"
	ruleChanged       = "RD-CONTENT-CHANGED"
	ruleRevised       = "RD-REVISED"
	ruleDiffers       = "RD-JOBPAC-DIFFERS"
	ruleVanished      = "RD-JOBPAC-VANISHED"
	ruleExtra         = "RD-JOBPAC-EXTRA"
	ruleUnseen        = "RD-UNKNOWN-UNSEEN"
	ruleEarlierStands = "RD-EARLIER-STANDS"
	ruleDoubtAndRules = "RD-UNKNOWN-AND-RULES"
	ruleWaitedTooLong = "RD-WAITED-TOO-LONG"
	ruleLinkRefused   = "RD-LINK-REFUSED"
	ruleBeforeGoLive  = "RD-BEFORE-GO-LIVE"
	ruleAdopted       = "RD-ADOPTED"
	ruleRetried       = "RD-RETRIED"
	ruleAbandoned     = "RD-ABANDONED"
	ruleDecision      = "RD-DECISION-REFUSED"
	ruleDeciding      = RuleDeciding
	ruleReserved      = "RD-LINE-RESERVED"
)

// label names a record for a person: "subcontract SC-0042 line 3".
func label(rec erp.Record) string {
	item, number := field(rec, erp.ColItem), field(rec, erp.ColOrder)
	switch rec.Kind() {
	case erp.KindOrder:
		return "purchase order " + number
	case erp.KindOrderItem:
		return "purchase order " + number + " line " + item
	case erp.KindOrderCompletion:
		return "the completion of purchase order " + number
	case erp.KindSubcontractCompletion:
		return "the finalising of subcontract " + number
	case erp.KindApproval:
		return "the approval of purchase order " + number + " line " + item
	case erp.KindSubcontract:
		return "subcontract " + number
	case erp.KindSubcontractItem:
		return "subcontract " + number + " line " + item
	case erp.KindVariation:
		return "variation " + field(rec, erp.ColVariation)
	case erp.KindClaim, erp.KindClaimItem, erp.KindInvoice, erp.KindInvoicePost:
		return invoiceLabel(rec)
	}
	return "variation " + field(rec, erp.ColVariation) + " line " + item
}

// invoiceLabel is label for the records of a subcontractor invoice.
func invoiceLabel(rec erp.Record) string {
	number := field(rec, erp.ColInvoice)
	switch rec.Kind() {
	case erp.KindClaim:
		return "claim of invoice " + number
	case erp.KindClaimItem:
		return "claim of invoice " + number + " line " + field(rec, erp.ColItem)
	case erp.KindInvoicePost:
		return "posting of invoice " + number
	}
	return "invoice " + number + " line " + field(rec, erp.ColItem)
}

func problemUnsupported(req erp.Request, words string) erp.Problem {
	if req.Unreadable != "" {
		return erp.Problem{Rule: ruleUnreadable, Message: strings.TrimRight(req.Unreadable, ". ") + ". Nothing was done in Jobpac."}
	}
	if words != "" {
		return erp.Problem{Rule: ruleUnsupported, Message: words}
	}
	return erp.Problem{Rule: ruleUnsupported, Message: fmt.Sprintf(
		"%s is not handled by this connection to Jobpac. Nothing was done in Jobpac; do this work in Jobpac by hand.", req.Name)}
}

func problemPermanent(said string, touched bool) erp.Problem {
	p := erp.Problem{Rule: rulePermanent, Message: "The other system refused the enquiry: " + said + "."}
	if !touched {
		p.Message += " Nothing was written."
	}
	return p
}

// problemsRefused tells that Jobpac refused a record. An invoice's refusal is
// sorted into the rules of invoices, as that of a whole claim is.
func problemsRefused(rec erp.Record, said string, half int) []erp.Problem {
	if ofInvoice(rec) {
		return invoiceRefused(rec, said, half)
	}
	return []erp.Problem{problemRefused(rec, said, half)}
}

// problemsRefusedInDoubt is problemsRefused where an earlier try was not
// answered.
func problemsRefusedInDoubt(rec erp.Record, said string) []erp.Problem {
	if ofInvoice(rec) {
		return invoiceRefused(rec, said, 0)
	}
	return []erp.Problem{problemRefusedInDoubt(rec, said)}
}

func ofInvoice(rec erp.Record) bool {
	return slices.Contains([]erp.Kind{erp.KindClaim, erp.KindClaimItem, erp.KindInvoice, erp.KindInvoicePost}, rec.Kind())
}

func invoiceRefused(rec erp.Record, said string, half int) []erp.Problem {
	problems := translate.ClaimRefusal([]string{said})
	last := &problems[len(problems)-1]
	last.Where = label(rec)
	if half > 0 {
		last.Message += fmt.Sprintf(" %d record(s) of it are in Jobpac already and count for nothing before it is whole; sent again under the same number, what is missing is added.", half)
	}
	return problems
}

func problemRefused(rec erp.Record, said string, half int) erp.Problem {
	p := erp.Problem{Rule: ruleRefused, Where: label(rec), Message: fmt.Sprintf("Jobpac refused %s: %s.", label(rec), strings.TrimRight(said, ". "))}
	if half > 0 {
		p.Message += fmt.Sprintf(" %d record(s) of it already stand in Jobpac; mend the cause and send it again under the same number, and only what is missing will be added.", half)
	} else {
		p.Message += " Nothing of it stands in Jobpac; mend the cause and send it again."
	}
	return p
}

// problemRefusedInDoubt is problemRefused where an earlier try was not answered:
// standing adds what to look for.
func problemRefusedInDoubt(rec erp.Record, said string) erp.Problem {
	return erp.Problem{Rule: ruleRefused, Where: label(rec), Message: fmt.Sprintf(
		"Jobpac refused %s: %s. Mend the cause and send it again under the same number.", label(rec), strings.TrimRight(said, ". "))}
}

func wordsUnseenRefused(rec erp.Record, said string) string {
	return fmt.Sprintf("%s may already exist in Jobpac: the answer to our first write was lost, the second was refused (%s), and Jobpac does not show it. "+
		"Do not re-send and do not re-key it; whoever runs the connector must check Jobpac first.", label(rec), strings.TrimRight(said, ". "))
}

func wordsTakenAtSend(rec erp.Record, row erp.Row, said string) string {
	return fmt.Sprintf("Jobpac refused %s (%s): another record stands under that number (%s). Do not re-key it; a person must decide which of the two is right.",
		label(rec), said, or(row.Get(erp.ColDescription), "no description"))
}

func wordsDiffers(rec erp.Record, differences []erp.Difference) string {
	parts := make([]string, len(differences))
	for i, d := range differences {
		parts[i] = fmt.Sprintf("%s is %q in Jobpac and %q in Procore", strings.ReplaceAll(string(d.Name), "_", " "), d.Have, d.Want)
	}
	return fmt.Sprintf("%s stands in Jobpac but differs: %s. Nothing was overwritten; correct one side, then replay it.", label(rec), strings.Join(parts, "; "))
}

func wordsVanished(rec erp.Record) string {
	return fmt.Sprintf("%s was written to Jobpac and is not there any more. A person must say whether it was removed on purpose.", label(rec))
}

func wordsNotShown(rec erp.Record) string {
	return "Jobpac has taken " + label(rec) + " and does not show it yet; it is looked at again before anything else is done"
}

func wordsOrderNotShown(key erp.OrderKey) string {
	return fmt.Sprintf("order %s was written a moment ago and Jobpac does not show it yet", key.Order)
}

func wordsOrderVanished(key erp.OrderKey) string {
	return fmt.Sprintf("Order %s, which this change order belongs to, is not in Jobpac any more. Restore it or link the commitment again, then replay.", key.Order)
}

func wordsExtra(number, item string) string {
	return fmt.Sprintf("Order %s has a line %s in Jobpac that the Procore commitment does not have. Remove it in Jobpac or leave it to a change order, then replay.", number, item)
}

func wordsEarlierStands(e journal.Effect, step string) string {
	return fmt.Sprintf("An earlier version of this document stands, or may stand, in Jobpac as %s (%s). Jobpac cannot delete it by itself: clear it up there, then replay.",
		or(e.Plan.Number, "another number"), step)
}

func wordsReserved(number string, item int) string {
	return fmt.Sprintf("Line %d of order %s belongs to a change order of it, so the commitment cannot take it. Bring the new line as a change order.", item, number)
}

func wordsEarlierNotShown(step string) string {
	return fmt.Sprintf("an earlier version of this document was written to Jobpac (%s), which does not show it yet", step)
}

func wordsUnknown(rec erp.Record) string {
	return "It is not known whether Jobpac has " + label(rec) + "; it will be looked for, not sent again blindly"
}

func wordsUnseen(rec erp.Record) string {
	return fmt.Sprintf("%s may already exist in Jobpac: the answer to our write was lost and it has not appeared. Do not re-send and do not re-key it; whoever runs the connector must check Jobpac first.", label(rec))
}

func wordsChangedInDoubt(rec erp.Record) string {
	return fmt.Sprintf("The content of %s changed while it was not known whether Jobpac has it. Do not re-send it; a person must check Jobpac first.", label(rec))
}

func wordsDoubtAndRules(e journal.Effect, problems []erp.Problem) string {
	return fmt.Sprintf("%s may already exist in Jobpac, and now breaks a rule: %s Check Jobpac first; do not re-key it.",
		or(e.Plan.Number, "The document"), wordsProblems(problems))
}

func wordsChanged(e journal.Effect) string {
	return fmt.Sprintf("%s already stands in Jobpac as %s with other content. Jobpac was not changed: bring the change as a change order, or unlink the document first.",
		or(e.Plan.Title, "This document"), e.Plan.Number)
}

func wordsOutdated(e journal.Effect) string {
	return fmt.Sprintf("A newer export of this document (request %d) was taken instead; nothing more was done for this one.", e.Request)
}

func wordsWaiting(req erp.Request) string {
	return fmt.Sprintf("change order %s waits until commitment %s stands in Jobpac", or(req.ChangeOrder.Number, req.ChangeOrder.ID.String()), or(req.Commitment.Number, req.Commitment.ID.String()))
}

func wordsWaitedTooLong(req erp.Request) string {
	return fmt.Sprintf("Change order %s has waited a week for commitment %s, which is not in Jobpac. Export the commitment first, then replay the change order.",
		or(req.ChangeOrder.Number, req.ChangeOrder.ID.String()), or(req.Commitment.Number, req.Commitment.ID.String()))
}

func wordsLinkRefused(p journal.Plan, said string) string {
	return fmt.Sprintf("%s stands in Jobpac as %s, but Procore refused the link: %s. Do not send it again; clear the link up in Procore, then replay.", or(p.Title, "The document"), p.Number, said)
}

func wordsAgain(attempt int, said string) string {
	return fmt.Sprintf("try %d failed, nothing was changed: %s", attempt, said)
}

func wordsGivenUp(attempt int, said string) string {
	return fmt.Sprintf("Given up after %d tries; the last answer was: %s. Nothing is being done any more; once the cause is mended, replay it or send it again.", attempt, said)
}

func wordsDone(p journal.Plan) string {
	if p.Kind == journal.KindRequest || p.Kind == journal.KindImport || p.Kind == journal.KindDeletion || p.Kind == journal.KindCompletion {
		return p.Title
	}
	return fmt.Sprintf("In Jobpac as %s, %d record(s), total %s", p.Number, len(p.Steps), p.Total)
}

func wordsStandsAfterAll() string {
	return "An earlier answer to this request may have said that it was refused; it stands in Jobpac now."
}

func wordsObserved(records, missing int) string {
	return fmt.Sprintf("observe mode: %d record(s) planned, %d not in Jobpac yet, nothing written", records, missing)
}

func wordsObservedRefusal(problems []erp.Problem) string {
	return "observe mode: would be refused: " + wordsProblems(problems)
}

func wordsObservedWaiting(req erp.Request) string {
	return "observe mode: " + wordsWaiting(req)
}

// wordsProblems is all problems in one sentence each.
func wordsProblems(problems []erp.Problem) string {
	return strings.Join(messages(problems), " ")
}

// messages is what the approver reads: one entry a problem.
func messages(problems []erp.Problem) []string {
	var list []string
	for _, p := range problems {
		list = append(list, p.Message)
	}
	return list
}

// standing warns of what an ended effect leaves in Jobpac.
func (w *work) standing() []string {
	if w.effect.Plan.Number == "" || !w.touched() {
		return nil
	}
	if len(w.effect.Doubts()) > 0 && w.effect.State == journal.Rejected {
		return []string{fmt.Sprintf("An earlier try of it was never answered: look in Jobpac for number %s before it is entered under any other.", w.effect.Plan.Number)}
	}
	if len(w.effect.Doubts()) > 0 {
		return []string{fmt.Sprintf("The document may already exist in Jobpac as number %s and must not be re-sent or re-keyed.", w.effect.Plan.Number)}
	}
	stand, all := w.half(""), len(w.effect.Plan.Steps)
	switch {
	case stand > 0 && stand < all:
		return []string{fmt.Sprintf("Part of it (%d of %d records) stands in Jobpac under number %s.", stand, all, w.numberStanding())}
	case stand > 0 && w.effect.State == journal.Rejected:
		return []string{fmt.Sprintf("An earlier version of it stands in Jobpac under number %s.", w.numberStanding())}
	case stand > 0 && (w.effect.State == journal.Dead || w.effect.State == journal.Abandoned):
		return []string{fmt.Sprintf("All of it stands in Jobpac under number %s.", w.numberStanding())}
	}
	return nil // the words themselves say that it stands
}

// numberStanding is the number under which something of the effect stands: an
// earlier plan may have had another.
func (w *work) numberStanding() string {
	for _, id := range w.effect.StepIDs() {
		kind, key, _ := strings.Cut(id, " ")
		parts, at := strings.Split(key, "|"), 1
		if k := erp.Kind(kind); k == erp.KindVariation || k == erp.KindVariationItem {
			at = 2
		}
		if w.effect.Steps[id].Stands() != "" && len(parts) > at {
			return parts[at]
		}
	}
	return w.effect.Plan.Number
}

func or(text, otherwise string) string {
	if strings.TrimSpace(text) == "" {
		return otherwise
	}
	return text
}
