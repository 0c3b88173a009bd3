package translate

import (
	"slices"
	"strings"

	"github.com/procpac/procpac/internal/erp"
)

// longestWords is how much of Jobpac's words one message repeats.
const longestWords = 160

// reading is how one rule is told in Jobpac's words: every group must be met by
// one of its signs.
type reading struct {
	rule   string
	groups [][]string
	advice string
}

// readings are tried in their order, the first that fits counts. Jobpac's words
// are not public: the signs are assumed.
func readings() []reading {
	return []reading{
		{"IN-DUPLICATE", [][]string{{"duplicate", "already exist", "already been", "already enter", "already used", "already claimed"}},
			"The creditor has an invoice of that number already. If it is the same paper, reject this one in Procore; else correct its number and send it again."},
		{"IN-PERIOD", [][]string{{"period", "month"}, {"lock", "closed", "not open"}},
			"The accounting period is closed in Jobpac. Open it, or wait for the next one, then send the invoice again."},
		{"IN-PORTAL", [][]string{{"portal"}},
			"The claims of this subcontract come from an external portal. Enter the invoice there, or switch the portal off in Jobpac."},
		{"IN-FINALISED", [][]string{{"finalis", "finaliz", "is complete"}},
			"The order is finalised or complete in Jobpac. Reopen it there, then send the invoice again."},
		{"IN-UNAPPROVED", [][]string{{"unapproved", "not approved", "not been approved", "awaiting approval", "pending approval"}},
			"Approve the item or the variation in Jobpac, then send the invoice again."},
		{"IN-RETENTION", [][]string{{"retention"}},
			"Compare the retention held and released in Procore with the subcontract in Jobpac, correct it and send the invoice again."},
		{"IN-OVERCLAIM", [][]string{{"over-claim", "overclaim", "over claim", "over-invoice", "exceed", "more than the"}},
			"More is claimed of an item than it is worth in Jobpac. Correct the line in Procore, or send the change order that raises it first."},
		{"IN-TAX", [][]string{{"tax", "gst"}},
			"The tax code or the tax is not what Jobpac keeps. Correct the tax code in Procore, or the mapping of tax codes, and send the invoice again."},
		{"IN-NEGATIVE", [][]string{{"negative", "less than zero", "below zero"}},
			"Negative values do not go to Jobpac. Correct the invoice in Procore."},
		{"IN-LINE-ITEM", [][]string{{"item", "variation"}, {"unknown", "not exist", "not found", "invalid", "not on", "no such"}},
			"A line is of an item that Jobpac does not have. Check that the commitment and its change orders are synced, then send the invoice again."},
		{"IN-NO-ORDER", [][]string{{"agreement", "subcontract", "order"}, {"unknown", "not exist", "not found", "invalid", "no such"}},
			"Jobpac does not have the order. Send the commitment to Jobpac first, then this invoice."},
		{"IN-ZERO", [][]string{{"no detail", "no line", "without detail", "zero amount"}},
			"The invoice came to Jobpac without lines. Send it again; if it says the same, enter it in Jobpac by hand."},
	}
}

// ClaimRefusal sorts the words with which Jobpac refused an invoice into our
// rules, in the order they came and each once. What fits no rule is IN-JOBPAC,
// and so is a refusal without a word.
func ClaimRefusal(errors []string) []erp.Problem {
	var problems []erp.Problem
	for _, words := range errors {
		if words = squeeze(words); words == "" {
			continue
		}
		if p := refusal(words); !slices.Contains(problems, p) {
			problems = append(problems, p)
		}
	}
	if len(problems) == 0 {
		problems = append(problems, erp.Problem{Rule: "IN-JOBPAC", Message: "Jobpac refused the invoice and gave no reason. Look at the claim import errors in Jobpac, then send it again or enter it by hand."})
	}
	return problems
}

func refusal(words string) erp.Problem {
	folded := strings.ToLower(words)
	if r := []rune(words); len(r) > longestWords {
		words = string(r[:longestWords]) + "..."
	}
	for _, r := range readings() {
		if r.fits(folded) {
			return erp.Problem{Rule: r.rule, Message: "Jobpac refused the invoice, saying \"" + words + "\". " + r.advice}
		}
	}
	return erp.Problem{Rule: "IN-JOBPAC", Message: "Jobpac refused the invoice, saying \"" + words + "\". Mend that in Jobpac or in Procore, then send it again."}
}

func (r reading) fits(words string) bool {
	for _, signs := range r.groups {
		if !slices.ContainsFunc(signs, func(sign string) bool { return strings.Contains(words, sign) }) {
			return false
		}
	}
	return true
}
