package doctor

import (
	"fmt"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/erp"
)

// hasReference tells the records that carry our reference.
func hasReference(kind erp.Kind) bool {
	switch kind {
	case erp.KindOrder, erp.KindSubcontract, erp.KindVariation, erp.KindVariationItem:
		return true
	}
	return false
}

func sameText(a, b string) bool { return strings.TrimSpace(a) == strings.TrimSpace(b) }

// kindWords is a kind as a person says it.
func kindWords(kind erp.Kind) string { return strings.ReplaceAll(string(kind), "_", " ") }

// Lines tells what a contract check found. sendLimit is the one in force.
func (r Record) Lines(sendLimit time.Duration) []Line {
	var lines []Line
	for _, name := range Records() {
		lines = append(lines, r.uniqueLine(name))
	}
	lines = append(lines, r.lookUpLine(), r.answerLine(sendLimit), r.referenceLine(),
		fine("These may be deleted in Jobpac: %s.", several(r.Numbers)).about("contract documents"))
	for i := range lines {
		lines[i].Connection = r.Connection
	}
	return lines
}

// uniqueLine is the verdict on one name of unique_keys.
func (r Record) uniqueLine(name string) (l Line) {
	switch value := r.Unique[name]; {
	case r.untried(name) != "":
		l = wrong("Name another job, creditor or cost centre (--job, --creditor, --cost-centre), or correct mapping.gst, and run it again.",
			"%s: it could not be tried (%s).", name, r.untried(name))
	case value == Verified:
		l = fine("%s: Jobpac refuses a second record of one key.", name)
	case value == No:
		l = warn(`Leave it at "no": an unknown outcome is parked for a person.`, "%s: Jobpac does not refuse a second record of one key%s.", name, r.because(name, No))
	default:
		l = warn(`Leave it at "unknown": an unknown outcome is parked for a person.`, "%s: whether Jobpac refuses a second record of one key could not be shown%s.", name, r.because(name, Unknown))
	}
	return l.about("contract unique keys")
}

// untried says why a record could not be made at all; empty: it was.
func (r Record) untried(name string) string {
	for _, t := range r.Tried {
		if t.Record == name && !t.Created {
			return fmt.Sprintf("%s: %s", kindWords(erp.Kind(t.Kind)), t.Words)
		}
	}
	return ""
}

// because gives the words of the records that made the verdict.
func (r Record) because(name, value string) string {
	var words []string
	for _, t := range r.Tried {
		if t.Record == name && t.Unique == value && t.Words != "" {
			words = append(words, fmt.Sprintf("%s: %s", kindWords(erp.Kind(t.Kind)), t.Words))
		}
	}
	if len(words) == 0 {
		return ""
	}
	return " (" + strings.Join(words, "; ") + ")"
}

// lookUpLine says how late a look-up shows a write.
func (r Record) lookUpLine() (l Line) {
	commit := time.Duration(r.CommitMS) * time.Millisecond
	const do = "Keep quiet_period well above it."
	switch {
	case r.LookUpMS < 0:
		l = wrong("Ask Jobpac's support; until that is understood, this program cannot tell an absent order from one that is not shown.",
			"A look-up does not show what was written.")
	case r.CommitMS > 0:
		l = warn(do, "A write without an answer showed %s later.", span(commit))
	case !r.AtOnce:
		l = warn(do, "A look-up shows a write up to %s late.", span(time.Duration(r.LookUpMS)*time.Millisecond))
	default:
		l = fine("A look-up shows a write at once.")
	}
	return l.about("contract look-up")
}

// answerLine holds the longest write against the send limit.
func (r Record) answerLine(sendLimit time.Duration) (l Line) {
	took := time.Duration(r.AnswerMS) * time.Millisecond
	if 2*took > sendLimit {
		l = warn("Raise worker.send_limit, and worker.lease with it.", "The slowest write took %s; worker.send_limit is %s.", span(took), span(sendLimit))
	} else {
		l = fine("The slowest write took %s, well within worker.send_limit %s.", span(took), span(sendLimit))
	}
	return l.about("contract answers")
}

// referenceLine says whether our own documents can be told from others.
func (r Record) referenceLine() (l Line) {
	switch r.Reference {
	case shown:
		l = fine("Jobpac shows the reference that we write.")
	case hidden:
		l = warn("Choose another mapping.reference_field, or ask Jobpac's support to show it in the listings.",
			"Jobpac does not show the reference that we write: our own document is told from another's by its content only.")
	default:
		l = warn("", "Whether Jobpac shows the reference that we write could not be seen.")
	}
	return l.about("contract reference")
}
