package audit

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"github.com/procpac/procpac/internal/erp"
)

// owned is the book of an invoice with our reference on each header that is ours,
// and our numbers on its lines. Jobpac keeps the reference with the lines, so a
// header shows none where they do not agree or where there are none: then it is
// ours if one of them says so, or if it is the only one and says nothing.
func owned(book erp.Book, d document, ref string) erp.Book {
	var all erp.Book
	alone := ""
	if len(book.Documents) == 1 {
		alone = ref
	}
	for _, doc := range book.Documents {
		header := showing(doc.Header, erp.ColReference, cmp.Or(referenceOf(doc.Header), saidBelow(doc.Items, ref), alone))
		all.Documents = append(all.Documents, erp.Document{Header: header, Items: numbered(doc.Items, d, ref)})
	}
	return all
}

// showing is a copy of a row with that value.
func showing(row erp.Row, name erp.Name, value string) erp.Row {
	values := map[erp.Name]string{name: value}
	for have, text := range row.Values {
		if have != name {
			values[have] = text
		}
	}
	return erp.Row{Kind: row.Kind, Values: values}
}

// saidBelow is our reference if a row says it, else one that a row says.
func saidBelow(rows []erp.Row, ref string) (said string) {
	for _, row := range rows {
		of, _ := lineOf(row)
		if of == ref {
			return ref
		}
		said = cmp.Or(said, of)
	}
	return said
}

// lineOf is the document and the line that a row's reference says.
func lineOf(row erp.Row) (document string, line int) {
	of, n := erp.Reference(row.Get(erp.ColReference)).Cut()
	return string(of), n
}

// numbered gives the rows of an invoice the numbers of our lines. A row says its
// line in its reference. One without a reference is the line of that amount that
// no other row is, else the one of the number it shows; the rest are lines that
// nobody sent.
func numbered(rows []erp.Row, d document, ref string) []erp.Row {
	p := pairing{wanted: d, numbers: make([]int, len(rows)), taken: map[int]bool{}}
	for i, row := range rows {
		if of, line := lineOf(row); of == ref && line > 0 {
			p.pair(i, line)
		}
	}
	p.each(rows, ref, p.ofAmount)
	p.each(rows, ref, itemOf)
	last := slices.Max(slices.Concat([]int{0}, slices.Collect(maps.Keys(d.items)), p.numbers))
	all := make([]erp.Row, len(rows))
	for i, row := range rows {
		n := p.numbers[i]
		if n == 0 {
			last++
			n = last
		}
		all[i] = showing(row, erp.ColItem, strconv.Itoa(n))
	}
	return all
}

// pairing is which row is which line of the plan.
type pairing struct {
	wanted  document
	numbers []int // by row, 0: none
	taken   map[int]bool
}

func (p pairing) pair(row, line int) { p.numbers[row], p.taken[line] = line, true }

// each makes every row that is no line yet, and of no other document, the line
// that choose names, if that is free.
func (p pairing) each(rows []erp.Row, ref string, choose func(erp.Row) int) {
	for i, row := range rows {
		if of, _ := lineOf(row); p.numbers[i] != 0 || of != "" && of != ref {
			continue
		}
		line := choose(row)
		if _, planned := p.wanted.items[line]; planned && !p.taken[line] {
			p.pair(i, line)
		}
	}
}

// ofAmount is the first free line of that row's amount, 0 when there is none.
func (p pairing) ofAmount(row erp.Row) int {
	have, readable := row.Value()
	for _, line := range slices.Sorted(maps.Keys(p.wanted.items)) {
		want, given := erp.ParseMoney(value(p.wanted.items[line], erp.ColValue))
		if readable && given && want == have && !p.taken[line] {
			return line
		}
	}
	return 0
}
