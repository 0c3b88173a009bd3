package translate

import (
	"fmt"

	"github.com/procpac/procpac/internal/erp"
)

// Result is what a document means in Jobpac. With Problems it holds no
// Records, Items, Links, Notes and Full, only what identifies the document.
type Result struct {
	Records []erp.Record       // header first (if any), then items, in the order they are to be sent
	Items   []Linked           // the record of every line, by line number
	Header  erp.ExternalItem   // the document's own link
	Links   []erp.ExternalItem // Header, then one for every line, by line number

	Title     string // as Procore has it
	Number    string // the Jobpac number; "" when there is none or it is not legal
	ProcoreNo string
	Reference string // how it is found again in Jobpac
	Project   string // the job's origin id
	Creditor  string // the creditor's code, or the company's name
	Total     erp.Money
	Lines     int

	Notes    []string          // what was folded, cut or left out, in words for the close-out
	Full     map[string]string // the whole text of what was changed, by FullKey
	Problems []erp.Problem     // every broken rule, in a stable order
	Warnings []string          // what could not be judged
}

// Linked tells which record a line became.
type Linked struct {
	Line   erp.ID
	Record int // index in Records
	Origin string
}

// FullKey is the key of a whole text in Result.Full: kind, natural key and
// column of the record that holds the shortened one.
func FullKey(rec erp.Record, column erp.Name) string {
	return string(rec.Kind()) + " " + rec.Key() + " " + string(column)
}

// NumberTaken is the refusal of an order number that is somebody else's. have
// is the header Jobpac shows under it.
func NumberTaken(key erp.OrderKey, have erp.Row) erp.Problem {
	return erp.Problem{Rule: "CM-NUMBER-TAKEN", Where: "code", Message: fmt.Sprintf(
		"Order number %s is already used in Jobpac by %s. Give this commitment another code when you accept it, and send it again.",
		key.Order, whose(have))}
}

// VariationTaken is the refusal of a variation number that is somebody else's.
func VariationTaken(key erp.VariationKey, have erp.Row) erp.Problem {
	return erp.Problem{Rule: "CO-NUMBER-TAKEN", Where: "code", Message: fmt.Sprintf(
		"Variation number %s of job %s is already used in Jobpac by %s. Give this change order another code when you accept it, and send it again.",
		key.Variation, key.Job, whose(have))}
}

// NumberDoubled is the refusal of an order number that stands in Jobpac more
// than once.
func NumberDoubled(key erp.OrderKey, count int) erp.Problem {
	return erp.Problem{Rule: "CM-NUMBER-DOUBLED", Where: "code", Message: fmt.Sprintf(
		"Order number %s stands in Jobpac %d times. Clear the extra orders in Jobpac before this commitment is sent again.",
		key.Order, count)}
}

// VariationDoubled is the refusal of a variation number that stands in the
// job's register more than once.
func VariationDoubled(key erp.VariationKey, count int) erp.Problem {
	return erp.Problem{Rule: "CO-NUMBER-DOUBLED", Where: "code", Message: fmt.Sprintf(
		"Variation number %s stands in the register of job %s %d times. Clear the extra variations in Jobpac before this change order is sent again.",
		key.Variation, key.Job, count)}
}

// whose describes the record that holds a number, as far as Jobpac shows it.
func whose(have erp.Row) string {
	said := "another " + kindWords(have.Kind)
	if text := squeeze(have.Get(erp.ColDescription)); text != "" {
		said += fmt.Sprintf(" %q", text)
	}
	if creditor := erp.Code(have.Get(erp.ColCreditor)); creditor != "" {
		said += " of creditor " + creditor
	}
	return said
}

func kindWords(k erp.Kind) string {
	switch k {
	case erp.KindOrder:
		return "purchase order"
	case erp.KindSubcontract:
		return "subcontract"
	case erp.KindVariation:
		return "variation"
	}
	return "record"
}
