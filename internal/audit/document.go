package audit

import (
	"strconv"
	"strings"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// document is what an effect's plan wants in Jobpac.
type document struct {
	kind      erp.Kind // of the header
	order     erp.OrderKey
	variation erp.VariationKey
	claim     erp.ClaimKey         // of an invoice
	creditor  erp.CreditorKey      // of an invoice
	header    journal.Step         // zero for a change order on a purchase order
	items     map[int]journal.Step // by item number
	shared    bool                 // its items stand under another effect's header
}

// documentOf reads the plan. False: it names no document.
func documentOf(e journal.Effect) (d document, ok bool) {
	d.items = map[int]journal.Step{}
	for _, s := range e.Plan.Steps {
		d.take(s)
	}
	if d.kind == "" && len(d.items) > 0 {
		d.kind, d.shared = erp.KindOrder, true
	}
	if d.invoiced() && d.creditor.Creditor == "" {
		d.creditor.Creditor = e.Plan.Creditor
	}
	return d, d.kind != ""
}

// take sorts one step in by the kind and the key that its id is made of.
func (d *document) take(s journal.Step) {
	kind, key, _ := strings.Cut(s.ID, " ")
	var err error
	switch erp.Kind(kind) {
	case erp.KindOrder, erp.KindSubcontract:
		if d.order, err = erp.ParseOrderKey(key); err == nil {
			d.kind, d.header = erp.Kind(kind), s
		}
	case erp.KindVariation:
		if d.variation, err = erp.ParseVariationKey(key); err == nil {
			d.kind, d.header = erp.KindVariation, s
		}
	case erp.KindClaim, erp.KindInvoicePost:
		if d.claim, err = erp.ParseClaimKey(key); err == nil {
			d.kind, d.header = erp.Kind(kind), s
			d.creditor.Creditor = value(s, erp.ColCreditor)
		}
	case erp.KindOrderItem, erp.KindSubcontractItem, erp.KindVariationItem, erp.KindClaimItem, erp.KindInvoice:
		head, item := itemKey(key)
		d.items[item] = s
		if erp.Kind(kind) == erp.KindOrderItem && d.order == (erp.OrderKey{}) {
			d.order, _ = erp.ParseOrderKey(head)
		}
	}
}

// itemKey cuts the key of an item into its header's key and its number.
func itemKey(key string) (head string, item int) {
	at := strings.LastIndexByte(key, '|')
	if at < 0 {
		return key, 0
	}
	return key[:at], number(key[at+1:])
}

// number reads an item number, 0 when there is none.
func number(text string) int {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return 0
	}
	return n
}

// origin is the key of the document's header.
func (d document) origin() string {
	switch {
	case d.invoiced():
		return d.claim.Origin()
	case d.kind == erp.KindVariation:
		return d.variation.Origin()
	}
	return d.order.Origin()
}

// invoiced tells whether it is a claim or an invoice on a purchase order.
func (d document) invoiced() bool { return d.kind == erp.KindClaim || d.kind == erp.KindInvoicePost }

// value is one column of a step as it was sent.
func value(s journal.Step, name erp.Name) string { return s.Value(string(name)) }

// items gives the item rows under headers of that kind.
func items(book erp.Book, kind erp.Kind) []erp.Row {
	var rows []erp.Row
	for _, doc := range book.Documents {
		if doc.Header.Kind == kind {
			rows = append(rows, doc.Items...)
		}
	}
	return rows
}

// itemOf is a row's item number.
func itemOf(row erp.Row) int { return number(row.Get(erp.ColItem)) }

// referenceOf is the reference a header carries.
func referenceOf(header erp.Row) string { return strings.TrimSpace(header.Get(erp.ColReference)) }

// mine gives the headers that carry the effect's reference and are of its kind.
func mine(book erp.Book, d document, ref string) []erp.Row {
	var rows []erp.Row
	for _, doc := range book.Documents {
		if doc.Header.Kind == d.kind && referenceOf(doc.Header) == ref {
			rows = append(rows, doc.Header)
		}
	}
	return rows
}

// committed lists the ids of the steps that stand in Jobpac as the journal has
// it.
func committed(e journal.Effect) []string {
	var ids []string
	for _, s := range e.Plan.Steps {
		if e.Steps[s.ID].State == journal.StepCommitted {
			ids = append(ids, s.ID)
		}
	}
	return ids
}
