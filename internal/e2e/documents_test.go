package e2e

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/procoresim"
)

// Short names of the kinds.
const (
	commitment  = journal.KindCommitment
	changeOrder = journal.KindChangeOrder
	request     = journal.KindRequest
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// lines makes n lines over the cost centres, each of another amount, ids from
// first on. Every third is quantity x unit cost.
func lines(first int64, n int, costType string) []procoresim.Line {
	all := make([]procoresim.Line, n)
	for i := range n {
		all[i] = procoresim.Line{
			ID: first + int64(i), Description: fmt.Sprintf("Part %d", i+1), CostType: costType,
			CostCode: fmt.Sprintf("%02d-%d00", 1+i/5%4, 1+i%5),
			Amount:   procoresim.Decimal(fmt.Sprintf("%d.%02d", 1000+137*i, (17*i+33)%100)),
		}
		if i%3 == 2 {
			all[i].Amount, all[i].UOM = "", "m2"
			all[i].Quantity, all[i].UnitCost = procoresim.Decimal(fmt.Sprintf("%d.5", 10+i)), "94.30"
		}
	}
	return all
}

// purchase is an approved purchase order of n lines.
func purchase(id int64, n int) procoresim.Commitment {
	return procoresim.Commitment{
		ID: id, ProjectID: procoresim.DemoProjectID, Type: procoresim.PurchaseOrderContract, Number: "PO" + itoa(id), Title: "Steel " + itoa(id),
		Status: "Approved", Executed: true, VendorID: 7002, ContractDate: "2026-07-02", DeliveryDate: "2026-07-20", CurrencyISOCode: "AUD",
		Lines: lines(id*1000, n, "M"),
	}
}

// subcontract is an approved subcontract of n lines.
func subcontract(id int64, n int) procoresim.Commitment {
	c := purchase(id, n)
	c.Type, c.Number, c.Title, c.VendorID = procoresim.WorkOrderContract, "SC"+itoa(id), "Concrete "+itoa(id), 7001
	c.RetainagePercent, c.Lines = "5.0", lines(id*1000, n, "S")
	return c
}

// change is an approved change order of n lines.
func change(id, commitment int64, n int, costType string) procoresim.ChangeOrder {
	return procoresim.ChangeOrder{
		ID: id, CommitmentID: commitment, Number: itoa(id % 1000), Title: "More of it", Status: "approved", Executed: true,
		Lines: lines(id*1000, n, costType),
	}
}

// add puts documents into Procore.
func (w *world) add(documents ...any) {
	w.t.Helper()
	for _, d := range documents {
		var err error
		switch d := d.(type) {
		case procoresim.Commitment:
			_, err = w.procore.AddCommitment(d)
		case procoresim.ChangeOrder:
			_, err = w.procore.AddChangeOrder(d)
		case procoresim.Requisition:
			_, err = w.procore.AddRequisition(d)
		case procoresim.PrimeChange:
			_, err = w.procore.AddPrimeChange(d)
		default:
			err = fmt.Errorf("no document: %T", d)
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

// export does what the accounting approver does, and gives the ERP request.
func (w *world) export(kind string, id int64, code string) int64 {
	w.t.Helper()
	send := w.procore.ExportCommitment
	switch kind {
	case changeOrder:
		send = w.procore.ExportChangeOrder
	case primeChange:
		send = w.procore.ExportPrimeChange
	}
	request, _, err := send(id, code)
	if err != nil {
		w.t.Fatal(err)
	}
	return request
}

// edit changes a commitment in Procore.
func (w *world) edit(id int64, patch any) {
	w.t.Helper()
	text, err := json.Marshal(patch)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.procore.EditCommitment(id, text); err != nil {
		w.t.Fatal(err)
	}
}

// closed gives the request after checking that it was closed exactly once with
// that status and words that hold each of the texts.
func (w *world) closed(request int64, status string, texts ...string) closing {
	w.t.Helper()
	r, known := w.procore.Request(request)
	if !known || r.TimesClosed != 1 || r.Status != status || len(r.Messages) == 0 {
		w.t.Errorf("request %d: closed %d times as %q with %q, expected once as %q", request, r.TimesClosed, r.Status, r.Messages, status)
	}
	said := strings.Join(r.Messages, "\n")
	for _, text := range texts {
		if !strings.Contains(said, text) {
			w.t.Errorf("request %d says %q, which lacks %q", request, said, text)
		}
	}
	return closing{r}
}

// closing is a request with what its approver was told.
type closing struct{ procoresim.Request }

// lacks checks that the approver was not told that.
func (c closing) lacks(t *testing.T, text string) {
	t.Helper()
	for _, m := range c.Messages {
		if strings.Contains(m, text) {
			t.Errorf("request %d was told %q", c.ID, c.Messages)
		}
	}
}

// rows are the rows of a book that carry these values.
func rows(book []jobpacsim.Row, want jobpacsim.Row) []jobpacsim.Row {
	return slices.DeleteFunc(slices.Clone(book), func(r jobpacsim.Row) bool {
		for name, value := range want {
			if r[name] != value {
				return true
			}
		}
		return false
	})
}

// cents reads an amount of two decimals at most.
func cents(t *testing.T, text string) int64 {
	t.Helper()
	whole, fraction, _ := strings.Cut(text, ".")
	fraction = strings.TrimRight(fraction, "0")
	for len(fraction) < 2 {
		fraction += "0"
	}
	n, err := strconv.ParseInt(whole+fraction, 10, 64)
	if err != nil || len(fraction) > 2 {
		t.Fatalf("%q is no amount in cents", text)
	}
	return n
}

// sum adds a column up.
func sum(t *testing.T, book []jobpacsim.Row, column string) int64 {
	t.Helper()
	total := int64(0)
	for _, r := range book {
		total += cents(t, cmp.Or(r[column], "0"))
	}
	return total
}

// total is what a document's lines come to in Procore.
func total(t *testing.T, lines []procoresim.Line) int64 {
	t.Helper()
	all := int64(0)
	for _, l := range lines {
		all += cents(t, string(l.Amount))
	}
	return all
}

// standsOnce checks that a commitment stands in Jobpac exactly once under that
// number: header, reference, every line, the total to the cent, and the links
// of header and lines in Procore. The purchase order's change orders, whose
// items follow its own, are named.
func (w *world) standsOnce(id int64, number string, changes ...int64) {
	w.t.Helper()
	c, _ := w.procore.Commitment(id)
	books := w.jobpac.State()
	headers, items, value, header := books.PurchaseOrders, books.PurchaseOrderItems, "ForeignCurrencyGrossValue", "purchase_order_contract"
	if c.Type == procoresim.WorkOrderContract {
		headers, items, value, header = books.Subcontracts, books.SubcontractItems, "ForeignCurrencyOriginalContractValue", "work_order_contract"
	}
	wanted := slices.Clone(c.Lines)
	for _, change := range changes {
		o, _ := w.procore.ChangeOrder(change)
		wanted = append(wanted, o.Lines...)
	}
	headers, items = rows(headers, jobpacsim.Row{"Order": number}), rows(items, jobpacsim.Row{"Order": number})
	if len(headers) != 1 || headers[0]["UserDefinedField1"] != "PCC"+itoa(id) || headers[0]["Creditor"] == "" {
		w.t.Errorf("%s: headers %v", number, headers)
	}
	if len(items) != len(wanted) || sum(w.t, items, value) != total(w.t, wanted) {
		w.t.Errorf("%s: %d items of %d cents, Procore has %d of %d: %v", number, len(items), sum(w.t, items, value), len(wanted), total(w.t, wanted), items)
	}
	w.linked(header, id, "01|"+number)
	for i, l := range c.Lines {
		w.linked("line_item", l.ID, fmt.Sprintf("01|%s|%d", number, i+1))
	}
}

// variesOnce checks the same for a subcontract's change order.
func (w *world) variesOnce(id int64, order, number string) {
	w.t.Helper()
	o, _ := w.procore.ChangeOrder(id)
	books := w.jobpac.State()
	headers, items := rows(books.Variations, jobpacsim.Row{"Variation": number}), rows(books.VariationItems, jobpacsim.Row{"Variation": number, "Order": order})
	if len(headers) != 1 || headers[0]["SiteReference"] != "PCO"+itoa(id) || headers[0]["Type"] != "1" || cents(w.t, headers[0]["ApprovedPrice"]) != total(w.t, o.Lines) {
		w.t.Errorf("%s: headers %v", number, headers)
	}
	if len(items) != len(o.Lines) || sum(w.t, items, "SubcontractPriceApproved") != total(w.t, o.Lines) {
		w.t.Errorf("%s: %d items, Procore has %d of %d cents: %v", number, len(items), len(o.Lines), total(w.t, o.Lines), items)
	}
	w.linked("change_order", id, "01|1001|"+number)
	for i, l := range o.Lines {
		w.linked("line_item", l.ID, fmt.Sprintf("01|1001|%s|%d", number, i+1))
	}
}

// addsOnce checks the links of a purchase order's change order, whose items
// begin with that number. The items themselves are counted by standsOnce.
func (w *world) addsOnce(id int64, order string, first int) {
	w.t.Helper()
	o, _ := w.procore.ChangeOrder(id)
	w.linked("change_order", id, fmt.Sprintf("01|%s|%d", order, first))
	for i, l := range o.Lines {
		origin := fmt.Sprintf("01|%s|%d", order, first+i)
		w.linked("line_item", l.ID, origin)
		items := rows(w.jobpac.State().PurchaseOrderItems, jobpacsim.Row{"Order": order, "OrderItem": itoa(int64(first + i))})
		if len(items) != 1 || cents(w.t, items[0]["ForeignCurrencyGrossValue"]) != cents(w.t, string(l.Amount)) {
			w.t.Errorf("%s: %v, Procore has %s", origin, items, l.Amount)
		}
	}
}

// linked checks an origin id in Procore.
func (w *world) linked(itemType string, id int64, origin string) {
	w.t.Helper()
	if have := w.procore.OriginID(itemType, id); have != origin {
		w.t.Errorf("%s %d is linked to %q, expected %q", itemType, id, have, origin)
	}
}

// writes counts the writing calls that reached Jobpac, by operation.
func (w *world) writes() map[string]int {
	calls := map[string]int{}
	for operation, n := range w.jobpac.Counts().Calls {
		if strings.HasPrefix(operation, "Create") || strings.HasPrefix(operation, "Update") {
			calls[operation] += n
		}
	}
	return calls
}

// untouched checks that Jobpac holds no document and was sent none.
func (w *world) untouched() {
	w.t.Helper()
	c := w.jobpac.Counts()
	if n := c.PurchaseOrders + c.Subcontracts + c.Variations + c.PurchaseOrderItems + c.SubcontractItems + c.VariationItems; n != 0 {
		w.t.Errorf("Jobpac holds %d records", n)
	}
	if calls := w.writes(); len(calls) != 0 {
		w.t.Errorf("Jobpac was sent %v", calls)
	}
}

// books is all of Jobpac's books as bytes, for comparing.
func (w *world) books() string {
	w.t.Helper()
	text, err := json.Marshal(w.jobpac.State().Books)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// kinds counts by key, sorted, for messages.
func kinds(counts map[string]int) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%s=%d", name, counts[name]))
	}
	return strings.Join(parts, " ")
}
