package audit

import (
	"context"
	"slices"
	"strings"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// register is which numbers of a job's register of variations carry a
// reference.
type register map[string][]string

// elsewhere looks for the same document under another number: a variation in
// its job's register, and any header that an earlier plan may have written.
// Orders cannot be listed by reference.
func (w *walk) elsewhere(ctx context.Context, e journal.Effect, d document) error {
	var others []string
	if d.kind == erp.KindVariation && !d.shared {
		numbers, err := w.numbers(ctx, d.variation, e.Plan.Ref)
		if err != nil {
			return err
		}
		others = numbers
	}
	for _, earlier := range earlierHeaders(e, d) {
		found, err := w.carries(ctx, e, earlier)
		if err != nil {
			return err
		}
		if number := earlier.number(); found && !slices.Contains(others, number) {
			others = append(others, number)
		}
	}
	if len(others) > 0 {
		w.find(e, Doubled, finding{words: wordsElsewhere(e, d, others)})
	}
	return nil
}

// number is the document's number as a person says it.
func (d document) number() string {
	switch {
	case d.invoiced():
		return d.claim.Invoice
	case d.kind == erp.KindVariation:
		return erp.Code(d.variation.Variation)
	}
	return erp.Code(d.order.Order)
}

// numbers lists the other numbers of the job's register that carry the
// reference. A register is read once per audit.
func (w *walk) numbers(ctx context.Context, key erp.VariationKey, ref string) ([]string, error) {
	job := erp.JobKey{WorkID: key.WorkID, Job: key.Job}
	if w.registers[job] == nil {
		book, ok, err := w.variations(ctx, "the register of variations of job "+key.Job, erp.VariationKey{WorkID: key.WorkID, Job: key.Job})
		if err != nil {
			return nil, err
		}
		if ok {
			w.report.Documents -= len(book.Documents) // headers only: no document was compared
		}
		w.registers[job] = registerOf(book)
	}
	var others []string
	for _, number := range w.registers[job][ref] {
		if number != erp.Code(key.Variation) && !slices.Contains(others, number) {
			others = append(others, number)
		}
	}
	return others, nil
}

func registerOf(book erp.Book) register {
	r := register{}
	for _, doc := range book.Documents {
		if ref := referenceOf(doc.Header); ref != "" {
			r[ref] = append(r[ref], erp.Code(doc.Header.Get(erp.ColVariation)))
		}
	}
	return r
}

// earlierHeaders are the headers that an earlier plan of the effect wrote, or
// may have written, in the order of their keys.
func earlierHeaders(e journal.Effect, d document) []document {
	var found []document
	for id := range e.Steps {
		var other document
		other.items = map[int]journal.Step{}
		other.take(journal.Step{ID: id})
		isHeader := other.header.ID != ""
		other.creditor = d.creditor // a step that is planned no more does not say it
		if isHeader && (other.kind != d.kind || other.origin() != d.origin()) {
			found = append(found, other)
		}
	}
	slices.SortFunc(found, func(a, b document) int { return strings.Compare(a.header.ID, b.header.ID) })
	return found
}

// carries tells whether Jobpac shows that header with the effect's reference.
func (w *walk) carries(ctx context.Context, e journal.Effect, d document) (bool, error) {
	book, ok, err := w.read(ctx, e, d)
	if err != nil || !ok {
		return false, err
	}
	return len(mine(book, d, e.Plan.Ref)) > 0, nil
}
