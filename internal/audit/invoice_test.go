package audit_test

import (
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

var (
	claimKey   = erp.ClaimKey{WorkID: "01", Order: "SC-1", Invoice: "INV-7"}
	invoiceKey = erp.ClaimKey{WorkID: "01", Order: "PO-1", Invoice: "INV-8"}
)

// claimed is a claim of 300 on the subcontract: of an item and of the variation.
func claimed() []erp.Record {
	return []erp.Record{
		erp.Claim{ClaimKey: claimKey, Job: job, Creditor: brickw, Date: sentDay, Received: sentDay, Reference: "PCR880"},
		erp.ClaimItem{ClaimKey: claimKey, Line: 1, OrderItem: 1, Value: 200_00, Reference: "PCR880/1"},
		erp.ClaimItem{ClaimKey: claimKey, Line: 2, Variation: "V00001", VariationItem: 1, Value: 100_00, Reference: "PCR880/2"},
	}
}

// invoiced is an invoice of 60 on the purchase order.
func invoiced() []erp.Record {
	return []erp.Record{
		erp.InvoiceUpload{ClaimKey: invoiceKey, Line: 1, Creditor: fasten, Centre: bolts, Description: "M12", Date: sentDay, Received: sentDay, Value: 60_00, TaxCode: "G", Reference: "PCR881/1"},
		erp.InvoicePosting{ClaimKey: invoiceKey, Creditor: fasten, Reference: "PCR881"},
	}
}

func paper(id erp.ID, key erp.ClaimKey, total string, records []erp.Record) *journal.Plan {
	p := plan(journal.KindRequisition, id, key.Origin(), total, records)
	p.Ref = string(erp.RequisitionReference(id))
	return p
}

// papers is a world with both invoices, entered.
func papers(t *testing.T) *world {
	w := newWorld()
	w.effects = []journal.Effect{
		folded(t, journal.KindRequisition, 880, road(880, paper(880, claimKey, "300.00", claimed()))...),
		folded(t, journal.KindRequisition, 881, road(881, paper(881, invoiceKey, "60.00", invoiced()))...),
	}
	w.papers[claimKey.Origin()] = erp.ClaimFound{State: erp.ClaimEntered, Number: "1", Book: book(claimed()...)}
	posted := invoiced()
	w.papers[invoiceKey.Origin()] = erp.ClaimFound{State: erp.ClaimEntered, Number: "INV-8", Book: book(posted[1], posted[0])}
	return w
}

func TestInvoicesInOrderAreClean(t *testing.T) {
	w := papers(t)
	if r := w.audited(t); len(r.Findings) > 0 || len(r.Warnings) > 0 || r.Documents != 2 {
		t.Errorf("%+v", r)
	}
}

func TestWhatIsWrongWithInvoices(t *testing.T) {
	edit := func(w *world, key erp.ClaimKey, item int, name erp.Name, value string) {
		doc := w.papers[key.Origin()].Book.Documents[0]
		if item == 0 {
			doc.Header.Values[name] = value
		} else {
			doc.Items[item-1].Values[name] = value
		}
	}
	for name, c := range map[string]struct {
		wrong func(*world)
		want  string
		says  string
	}{
		"claim gone":      {func(w *world) { delete(w.papers, claimKey.Origin()) }, "vanished! requisition-880 300.00/0.00", "Claim of invoice INV-7 on order SC-1 of creditor BRICKW, 300.00, was entered in Jobpac and is not there any more"},
		"invoice gone":    {func(w *world) { delete(w.papers, invoiceKey.Origin()) }, "vanished! requisition-881 60.00/0.00", "Invoice INV-8 on order PO-1"},
		"line altered":    {func(w *world) { edit(w, claimKey, 2, erp.ColValue, "100.01") }, "differs! requisition-880 300.00/300.01", "line 2 is 100.01 instead of 100.00"},
		"posted for more": {func(w *world) { edit(w, invoiceKey, 1, erp.ColValue, "66.00") }, "differs! requisition-881 60.00/66.00", "66.00 in Jobpac"},
		"somebody else's": {func(w *world) { edit(w, claimKey, 0, erp.ColReference, "PCR9") }, "differs! requisition-880 300.00/", `reference "PCR9"`},
		"twice": {func(w *world) {
			f := w.papers[claimKey.Origin()]
			f.Book.Documents = append(f.Book.Documents, f.Book.Documents[0])
			w.papers[claimKey.Origin()] = f
		}, "doubled! requisition-880 300.00/", "stands 2 times"},
		"refused now": {func(w *world) {
			w.papers[claimKey.Origin()] = erp.ClaimFound{State: erp.ClaimRefused, Errors: []string{"Period is closed."}}
		}, "differs! requisition-880 300.00/", "a refused import now: Period is closed. Check it there."},
		"pending again": {func(w *world) {
			f := w.papers[invoiceKey.Origin()]
			f.State = erp.ClaimStaged
			w.papers[invoiceKey.Origin()] = f
		}, "differs! requisition-881 60.00/", "is only imported there now"},
	} {
		w := papers(t)
		c.wrong(w)
		r := w.audited(t)
		if got := kinds(r); got != c.want || len(r.Warnings) > 0 {
			t.Errorf("%s: got  %s\nwant %s\n%q", name, got, c.want, r.Warnings)
		} else if !strings.Contains(r.Findings[0].Words, c.says) {
			t.Errorf("%s: %q does not say %q", name, r.Findings[0].Words, c.says)
		}
	}
}

// An import that Jobpac has not worked on yet is there; one of which nothing is
// there is missing. What was refused, or reset and refused, is no matter.
func TestInvoicesThatAreNotDone(t *testing.T) {
	w := papers(t)
	history := road(880, paper(880, claimKey, "300.00", claimed()))[:1]
	history[0].Moves = history[0].Moves[:len(history[0].Moves)-1] // not applied
	w.effects = []journal.Effect{folded(t, journal.KindRequisition, 880, history...)}
	w.papers[claimKey.Origin()] = erp.ClaimFound{State: erp.ClaimStaged}
	if r := w.audited(t); len(r.Findings) > 0 {
		t.Errorf("staged: %+v", r.Findings)
	}
	delete(w.papers, claimKey.Origin())
	if got := kinds(w.audited(t)); got != "missing! requisition-880 300.00/0.00" {
		t.Errorf("nothing there: %s", got)
	}
	refused := journal.Record{V: 1, At: began.Add(time.Minute), Moves: []journal.Move{{To: journal.Planned}, {To: journal.Rejected, Reason: "closed period"}}}
	w.effects = []journal.Effect{folded(t, journal.KindRequisition, 880, history[0], refused)}
	if r := w.audited(t); len(r.Findings) > 0 {
		t.Errorf("refused: %+v", r.Findings)
	}
	w = papers(t)
	w.jobpacErr[claimKey.Origin()] = fault.New(fault.Permanent, "claims", nil).Saying("no right to claims")
	if r := w.audited(t); len(r.Findings) > 0 || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "no right to claims") {
		t.Errorf("not shown: %+v", r)
	}
}
