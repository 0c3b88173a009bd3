package flow

import (
	"fmt"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/erp"
)

func wordsBeforeGoLive(req erp.Request, live time.Time) string {
	return fmt.Sprintf("It was sent to the ERP at %s, before this connection went live (%s), so nothing was created: it may have been keyed in Jobpac by hand. "+
		"If it is there, have it linked by its Jobpac number; if it is not, send it to the ERP again.", req.CreatedAt, live.Format(time.RFC3339))
}

func wordsClock(behind time.Duration) string {
	return fmt.Sprintf("this machine's clock is %s behind the journal: nothing is done until they agree; check the clocks of all machines", behind.Round(time.Second))
}

func wordsAbandoned(e erp.Event) string {
	return fmt.Sprintf("Given up by %s: %s. Nothing more is done for it.", e.Actor, sentence(e.Decision.Reason))
}

func wordsRetried(e erp.Event) string {
	return fmt.Sprintf("%s decided that what is missing in Jobpac is to be sent: %s.", e.Actor, sentence(e.Decision.Reason))
}

func wordsDeciding(e erp.Event) string {
	return fmt.Sprintf("%s has decided (%s: %s); it is carried out once the quiet period is over.", e.Actor, e.Decision.Do, sentence(e.Decision.Reason))
}

func wordsAdopted(e erp.Event) string {
	return fmt.Sprintf("%s decided that it stands in Jobpac under number %s: %s.", e.Actor, e.Decision.Number, sentence(e.Decision.Reason))
}

func wordsDecisionRefused(e erp.Event, why string) string {
	if e.Decision.Do != erp.Adopt {
		return fmt.Sprintf("The decision of %s to send it again could not be carried out: %s.", e.Actor, sentence(why))
	}
	return fmt.Sprintf("The decision of %s to link it to number %s could not be carried out: %s.", e.Actor, e.Decision.Number, sentence(why))
}

func wordsNotOne(number string, count int) string {
	if count == 0 {
		return "Jobpac has nothing under number " + number
	}
	return fmt.Sprintf("Jobpac has %d documents under number %s", count, number)
}

func wordsOtherReference(number, reference string) string {
	return fmt.Sprintf("order %s carries our reference %s, so it is another document of Procore", number, reference)
}

func wordsStandsElsewhere(step string) string {
	return fmt.Sprintf("what was written before stands in Jobpac (%s); clear that up first, or decide to retry", step)
}

func wordsAdoptedExtra(number, item string) string {
	return fmt.Sprintf("Linked as it is; %s has a line %s in Jobpac that the Procore document does not have.", number, item)
}

func wordsNoItem(number string, order erp.OrderKey) string {
	return fmt.Sprintf("%q names no line of order %s that could be this change order's first: give the line's number, for example %s/7", number, order.Order, order.Order)
}

func wordsNotThere(rec erp.Record) string {
	return label(rec) + " is not in Jobpac; enter it there first, or decide to send what is missing"
}

func wordsOther(rec erp.Record, d erp.Difference) string {
	return fmt.Sprintf("%s has %s %q in Jobpac where Procore has %q, so it is another document", label(rec), d.Name, d.Have, d.Want)
}

func wordsAdoptedDiffers(rec erp.Record, differences []erp.Difference) string {
	parts := make([]string, len(differences))
	for i, d := range differences {
		parts[i] = fmt.Sprintf("%s %q, Procore %q", strings.ReplaceAll(string(d.Name), "_", " "), d.Have, d.Want)
	}
	return fmt.Sprintf("Linked as it is; %s differs in Jobpac: %s.", label(rec), strings.Join(parts, "; "))
}

// sentence takes the stop off a sentence that goes into another one.
func sentence(text string) string { return strings.TrimRight(strings.TrimSpace(text), ". ") }
