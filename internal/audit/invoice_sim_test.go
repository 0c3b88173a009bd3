package audit_test

import (
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/journal"
)

// billed is a town with a claim and a posted invoice, both entered.
func billed(t *testing.T) *town {
	w := newTown(t)
	settings := w.books.Settings()
	settings.ClaimImportSeconds = 45 // nothing is worked on between two calls
	if err := w.books.SetSettings(settings); err != nil {
		t.Fatal(err)
	}
	w.write(claimed()...)
	w.write(invoiced()...)
	w.processed()
	w.feed(journal.KindRequisition, 880, road(880, paper(880, claimKey, "300.00", claimed()))...)
	w.feed(journal.KindRequisition, 881, road(881, paper(881, invoiceKey, "60.00", invoiced()))...)
	return w
}

// processed lets Jobpac look at what was imported.
func (w *town) processed() {
	w.t.Helper()
	if err := w.books.Advance(time.Minute); err != nil {
		w.t.Fatal(err)
	}
}

// takenBack removes the claim as a person does in Jobpac, and imports it again.
func (w *town) takenBack(again ...erp.Record) {
	w.t.Helper()
	w.remove("claims", jobpacsim.Row{"Invoice": "INV-7"})
	w.remove("claim_lines", jobpacsim.Row{"Order": "SC-1"})
	w.write(again...)
}

// overclaimed is the claim with more on its first line than the order has.
func overclaimed() []erp.Record {
	records := claimed()
	item := records[1].(erp.ClaimItem)
	item.Value = 99_000_00
	records[1] = item
	return records
}

// The claims and invoices of the simulated Jobpac.
func TestSimInvoices(t *testing.T) {
	for name, c := range map[string]struct {
		wrong func(*town)
		want  string
		says  string
	}{
		"in order":      {func(*town) {}, "", ""},
		"claim deleted": {func(w *town) { w.takenBack() }, "vanished! requisition-880 300.00/0.00", "is not there any more"},
		"claim line altered": {func(w *town) {
			w.edit("claim_lines", jobpacsim.Row{"ExternalReference": "PCR880/2"}, jobpacsim.Row{"Amount": "99.00"})
		}, "differs! requisition-880 300.00/299.00", "total of 300.00 and is 299.00 in Jobpac: line 2 is 99.00 instead of 100.00"},
		"claim line deleted": {func(w *town) { w.remove("claim_lines", jobpacsim.Row{"ExternalReference": "PCR880/1"}) },
			"differs! requisition-880 300.00/100.00", "line 1 of 200.00 is not there"},
		"all claim lines deleted": {func(w *town) { w.remove("claim_lines", jobpacsim.Row{"Order": "SC-1"}) }, "differs! requisition-880 300.00/0.00", "line 1 of 200.00"},
		"claim line keyed": {func(w *town) {
			w.put("claim_lines", jobpacsim.Row{"WorkId": "01", "Order": "SC-1", "ClaimType": "P", "ClaimNumber": "1", "Line": "3", "OrderItem": "2", "Amount": "50.00"})
		}, "differs! requisition-880 300.00/350.00", "line 3 of 50.00 is in no Procore document"},
		"claim staged again":  {func(w *town) { w.takenBack(claimed()...) }, "differs! requisition-880 300.00/", "is only imported there now, not entered. Process it there."},
		"claim refused again": {func(w *town) { w.takenBack(overclaimed()...); w.processed() }, "differs! requisition-880 300.00/", "a refused import now: Over-claim of item 1"},
		"claim doubled": {func(w *town) {
			w.put("claims", jobpacsim.Row{"WorkId": "01", "Order": "SC-1", "ClaimType": "P", "ClaimNumber": "2", "Invoice": "INV-7"})
		}, "doubled! requisition-880 300.00/", "stands 2 times in Jobpac, 1 of them with reference PCR880. Remove what is too many in Jobpac before it is paid."},
		"invoice deleted": {func(w *town) { w.remove("payables", jobpacsim.Row{"Transaction": "INV-8"}) }, "vanished! requisition-881 60.00/0.00",
			"Invoice INV-8 on order PO-1 of creditor FASTEN, 60.00, was entered"},
		"invoice altered": {func(w *town) {
			w.edit("payables", jobpacsim.Row{"Transaction": "INV-8"}, jobpacsim.Row{"ForeignCurrencyInvoiceAmount": "66.00"})
		}, "differs! requisition-881 60.00/66.00", "total of 60.00 and is 66.00 in Jobpac"},
		"invoice on another order": {func(w *town) {
			w.edit("payables", jobpacsim.Row{"Transaction": "INV-8"}, jobpacsim.Row{"Order": "PO-2"})
		}, "differs! requisition-881 60.00/60.00", `its order is "PO-2" instead of "PO-1"`},
		"invoice of somebody else": {func(w *town) {
			w.edit("payables", jobpacsim.Row{"Transaction": "INV-8"}, jobpacsim.Row{"CustomerReference": "PCR9/1"})
		}, "differs! requisition-881 60.00/", `with reference "PCR9" under`},
		"invoice pending again": {func(w *town) {
			w.remove("payables", jobpacsim.Row{"Transaction": "INV-8"})
			w.write(invoiced()[0])
		}, "differs! requisition-881 60.00/", "is only imported there now"},
	} {
		t.Run(name, func(t *testing.T) {
			w := billed(t)
			c.wrong(w)
			r := w.audited()
			if got := kinds(r); got != c.want || len(r.Warnings) > 0 {
				t.Errorf("got  %s\nwant %s\n%q", got, c.want, r.Warnings)
			} else if c.says != "" && !strings.Contains(r.Findings[0].Words, c.says) {
				t.Errorf("%q does not say %q", r.Findings[0].Words, c.says)
			}
		})
	}
}

func (w *town) put(book string, row jobpacsim.Row) {
	w.t.Helper()
	if _, _, err := w.books.Put(book, []jobpacsim.Row{row}); err != nil {
		w.t.Fatal(err)
	}
}

// Where Jobpac hides references an invoice is compared by its amounts, and the
// warning says so.
func TestSimInvoicesWithoutReferences(t *testing.T) {
	w := billed(t)
	for _, line := range []string{"PCR880/1", "PCR880/2"} {
		w.edit("claim_lines", jobpacsim.Row{"ExternalReference": line}, jobpacsim.Row{"ExternalReference": ""})
	}
	if r := w.audited(); len(r.Findings) > 0 || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "INV-7") {
		t.Errorf("%+v", r)
	}
}

// A claim that only gives retention back has no lines, so nothing in Jobpac carries
// our reference.
func TestSimAClaimOfRetentionAlone(t *testing.T) {
	w := billed(t)
	key := erp.ClaimKey{WorkID: "01", Order: "SC-1", Invoice: "INV-9"}
	release := []erp.Record{erp.Claim{ClaimKey: key, Job: job, Creditor: brickw, Date: sentDay, Received: sentDay, Released: 10_00, Reference: "PCR882"}}
	w.write(release...)
	w.processed()
	w.feed(journal.KindRequisition, 882, road(882, paper(882, key, "0.00", release))...)
	if r := w.audited(); len(r.Findings) > 0 || len(r.Warnings) > 0 || r.Documents != 7 {
		t.Errorf("%+v", r)
	}
	w.edit("claims", jobpacsim.Row{"Invoice": "INV-9"}, jobpacsim.Row{"RetentionRelease": "12.00"})
	r := w.audited()
	if got := kinds(r); got != "differs! requisition-882 0.00/0.00" || !strings.Contains(r.Findings[0].Words, "its retention released is 12.00 instead of 10.00") {
		t.Errorf("%s %+v", got, r.Findings)
	}
}

// An import that Jobpac has not looked at is there; what it refused while it is at
// work is about to be told, and what was reset, sent again and refused was told.
func TestSimInvoicesThatAreNotDone(t *testing.T) {
	w := billed(t)
	key := erp.ClaimKey{WorkID: "01", Order: "SC-1", Invoice: "INV-9"}
	records := []erp.Record{
		erp.Claim{ClaimKey: key, Job: job, Creditor: brickw, Date: sentDay, Received: sentDay, Reference: "PCR882"},
		erp.ClaimItem{ClaimKey: key, Line: 1, OrderItem: 2, Value: 900_00, Reference: "PCR882/1"},
	}
	p := paper(882, key, "900.00", records)
	begun := road(882, p)[:1]
	begun[0].Moves = begun[0].Moves[:len(begun[0].Moves)-1]
	w.feed(journal.KindRequisition, 882, begun...)
	if got := kinds(w.audited()); got != "missing! requisition-882 900.00/0.00" {
		t.Errorf("not imported: %s", got)
	}
	w.write(records...)
	if r := w.audited(); len(r.Findings) > 0 {
		t.Errorf("staged: %+v", r.Findings)
	}
	w.processed() // 900 of an item of 500
	if r := w.audited(); len(r.Findings) > 0 {
		t.Errorf("refused: %+v", r.Findings)
	}
	w.takenBack(overclaimed()...)
	w.processed()
	old := paper(880, claimKey, "300.00", claimed())
	w.feed(journal.KindRequisition, 880, answered(9999, erp.Failed, forgotten(old, journal.Move{To: journal.Rejected})...)...)
	if r := w.audited(); len(r.Findings) > 0 {
		t.Errorf("reset, sent again and refused: %+v", r.Findings)
	}
}
