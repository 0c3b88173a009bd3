package audit

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// read reads the document of an effect.
func (w *walk) read(ctx context.Context, e journal.Effect, d document) (erp.Book, bool, error) {
	switch {
	case d.invoiced():
		found, ok, err := w.invoice(ctx, name(e, d), d)
		return found.Book, ok, err
	case d.kind == erp.KindVariation:
		return w.variations(ctx, name(e, d), d.variation)
	}
	return w.orders(ctx, name(e, d), d.order)
}

// whole compares a document that should stand completely.
func (w *walk) whole(ctx context.Context, e journal.Effect, d document) error {
	book, ok, err := w.read(ctx, e, d)
	if err != nil || !ok {
		return err
	}
	ours := mine(book, d, e.Plan.Ref)
	switch {
	case len(book.Documents) == 0:
		w.find(e, Vanished, finding{words: wordsVanished(e, d), jobpac: "0.00"})
	case d.shared:
		w.amounts(e, d, book)
	case len(ours) == 0:
		w.find(e, Differs, finding{words: wordsForeign(e, d, book.Documents[0].Header)})
	case len(book.Documents) > 1:
		w.find(e, Doubled, finding{words: wordsDoubled(e, d, len(book.Documents), len(ours))})
	default:
		w.amounts(e, d, book)
	}
	return w.elsewhere(ctx, e, d)
}

// presence looks for what is recorded as written of a document that does not
// stand completely. Amounts are not judged.
func (w *walk) presence(ctx context.Context, e journal.Effect, d document) error {
	book, ok, err := w.read(ctx, e, d)
	if err != nil || !ok {
		return err
	}
	there := len(book.Documents) > 0
	if !d.shared {
		there = len(mine(book, d, e.Plan.Ref)) > 0
	}
	if !there {
		w.find(e, Missing, finding{words: wordsMissing(e, d), jobpac: "0.00"})
	}
	return nil
}

// tally is a document's lines as Jobpac has them, held against the plan.
type tally struct {
	total   erp.Money
	wrong   []string // in words
	twice   []int    // item numbers that stand more than once
	unclear bool     // an amount cannot be read, so there is no total
}

// amounts compares line by line and the total to the cent.
func (w *walk) amounts(e journal.Effect, d document, book erp.Book) {
	t := w.count(d, items(book, d.kind))
	if d.kind == erp.KindVariation && len(d.items) == 0 { // of the head contract: an amount and no items
		t.price(mine(book, d, e.Plan.Ref))
	}
	switch {
	case len(t.twice) > 0:
		w.find(e, Doubled, finding{words: wordsLineTwice(e, d, t.twice), jobpac: t.said()})
		return
	case t.unclear:
		w.warn("%s could not be compared to the cent: Jobpac shows no amount for one of its lines.", name(e, d))
	}
	t.wrong = append(t.wrong, headerDiffers(e, d, book)...)
	want, ok := erp.ParseMoney(e.Plan.Total)
	if !ok && len(t.wrong) == 0 {
		w.warn("%s could not be compared to the cent: the journal has no total for it.", name(e, d))
		return
	}
	if len(t.wrong) > 0 || !t.unclear && t.total != want {
		w.find(e, Differs, finding{words: wordsDiffers(e, d, t), jobpac: t.said(), mild: e.Plan.Adopted != ""})
	}
}

func (t tally) said() string {
	if t.unclear {
		return ""
	}
	return t.total.String()
}

// count holds the rows against the plan's items. Rows that a change order wrote
// are that effect's matter.
func (w *walk) count(d document, rows []erp.Row) tally {
	var t tally
	seen := map[int]bool{}
	for _, row := range rows {
		item := itemOf(row)
		step, wanted := d.items[item]
		if !wanted && (d.shared || w.known.items[d.origin()][item]) {
			continue
		}
		if seen[item] {
			t.twice = append(t.twice, item)
		}
		seen[item] = true
		t.add(item, step, wanted, row)
	}
	for item, step := range d.items {
		if !seen[item] {
			t.wrong = append(t.wrong, fmt.Sprintf("line %d of %s is not there", item, value(step, erp.ColValue)))
		}
	}
	slices.Sort(t.wrong)
	return t
}

// add takes one row into the total and says what is wrong with it.
func (t *tally) add(item int, step journal.Step, wanted bool, row erp.Row) {
	have, readable := row.Value()
	sum, err := t.total.Plus(have)
	if !readable || err != nil {
		t.unclear = true
		return
	}
	t.total = sum
	want, given := erp.ParseMoney(value(step, erp.ColValue))
	switch {
	case !wanted:
		t.wrong = append(t.wrong, fmt.Sprintf("line %d of %s is in no Procore document", item, have))
	case given && want != have:
		t.wrong = append(t.wrong, fmt.Sprintf("line %d is %s instead of %s", item, have, want))
	}
}

// price adds the approved prices of headers to the total.
func (t *tally) price(headers []erp.Row) {
	for _, header := range headers {
		have, readable := erp.ParseMoney(header.Get(erp.ColApprovedSum))
		sum, err := t.total.Plus(have)
		t.total, t.unclear = sum, t.unclear || !readable || err != nil
	}
}

// headerDiffers compares whose the document is, the order that an invoice is on,
// and the amounts of the header itself.
func headerDiffers(e journal.Effect, d document, book erp.Book) []string {
	var wrong []string
	whose := []erp.Name{erp.ColJob, erp.ColCreditor}
	if d.invoiced() {
		whose = append(whose, erp.ColOrder)
	}
	for _, header := range mine(book, d, e.Plan.Ref) {
		for _, name := range whose {
			want, have := value(d.header, name), header.Get(name)
			if _, carried := header.Values[name]; carried && want != "" && erp.Code(want) != erp.Code(have) {
				wrong = append(wrong, fmt.Sprintf("its %s is %q instead of %q", name, strings.TrimSpace(have), want))
			}
		}
		wrong = append(wrong, headerAmounts(d, header)...)
	}
	return wrong
}

// headerAmounts compares what a header has of money itself: a variation its price,
// a claim its retention.
func headerAmounts(d document, header erp.Row) []string {
	var wrong []string
	for _, c := range []struct {
		name erp.Name
		said string
	}{{erp.ColApprovedSum, "approved price"}, {erp.ColRetained, "retention held"}, {erp.ColReleased, "retention released"}} {
		want, given := erp.ParseMoney(value(d.header, c.name))
		have, readable := erp.ParseMoney(header.Get(c.name))
		if given && readable && want != have {
			wrong = append(wrong, fmt.Sprintf("its %s is %s instead of %s", c.said, have, want))
		}
	}
	return wrong
}
