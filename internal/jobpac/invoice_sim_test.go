package jobpac_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/jobpac"
	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/translate"
)

// Claims, invoices and approvals: the client against the simulator, over HTTP.

func simClaimKey() erp.ClaimKey {
	return erp.ClaimKey{WorkID: "01", Order: "SC-1", Invoice: "INV-7"}
}

func cents(m erp.Money) *erp.Money { return &m }

// simClaim is a claim on the subcontract of simDocuments: of an item and of the
// variation.
func simClaim() []erp.Record {
	return []erp.Record{
		erp.Claim{
			ClaimKey: simClaimKey(), Job: simJob(), Creditor: erp.CreditorKey{WorkID: "01", Creditor: "BRICKW"}, Date: "2026-05-01", Received: "2026-05-02",
			PaymentDue: "2026-06-01", Retained: cents(37_50), Reference: "PCR880",
		},
		erp.ClaimItem{ClaimKey: simClaimKey(), Line: 1, OrderItem: 2, Value: 500_00, TaxCode: "G", Quantity: 2_5000, Rate: 200_0000, Unit: "M2", Reference: "PCR880/1"},
		erp.ClaimItem{ClaimKey: simClaimKey(), Line: 2, Variation: "V00001", VariationItem: 1, Value: 250_00, TaxCode: "G", Reference: "PCR880/2"},
	}
}

func simInvoiceKey() erp.ClaimKey {
	return erp.ClaimKey{WorkID: "01", Order: "PO-1", Invoice: "INV-8"}
}

func simInvoice() []erp.Record {
	creditor := erp.CreditorKey{WorkID: "01", Creditor: "FASTEN"}
	centre := erp.CostCentreKey{JobKey: simJob(), CostCode: "01-100", CostType: "M"}
	line := erp.InvoiceUpload{
		ClaimKey: simInvoiceKey(), Line: 1, Creditor: creditor, Centre: centre, Description: "M12", Date: "2026-05-01", Received: "2026-05-02",
		PaymentDue: "2026-06-01", Value: 60_00, TaxCode: "G", Tax: cents(6_00), Quantity: 2_0000, Unit: "EA", Authorised: cents(100_00), Reference: "PCR881/1",
	}
	second := line
	second.Line, second.Value, second.Tax, second.Authorised, second.Reference = 2, 40_00, nil, nil, "PCR881/2"
	return []erp.Record{line, second, erp.InvoicePosting{ClaimKey: simInvoiceKey(), Creditor: creditor, Reference: "PCR881"}}
}

func claimOf(t *testing.T, c *jobpac.Client) erp.ClaimFound {
	t.Helper()
	found, err := c.Claim(t.Context(), simClaimKey())
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func invoiceOf(t *testing.T, c *jobpac.Client) erp.ClaimFound {
	t.Helper()
	found, err := c.Invoice(t.Context(), erp.CreditorKey{WorkID: "01", Creditor: "FASTEN"}, simInvoiceKey())
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func advance(t *testing.T, sim *jobpacsim.Sim) {
	t.Helper()
	if err := sim.Advance(time.Minute); err != nil {
		t.Fatal(err)
	}
}

// slowImports keeps the staged claims where they are until a test moves on.
func slowImports(s *jobpacsim.Settings) { s.ClaimImportSeconds = 30 }

// shown compares records with the rows of a document, by kind and line.
func shown(t *testing.T, found erp.ClaimFound, want ...erp.Record) {
	t.Helper()
	if len(found.Book.Documents) != 1 {
		t.Fatalf("%d documents", len(found.Book.Documents))
	}
	d := found.Book.Documents[0]
	for _, rec := range want {
		rows := slices.DeleteFunc(slices.Clone(append(d.Items, d.Header)), func(r erp.Row) bool {
			item := r.Get(erp.ColItem)
			return r.Kind != rec.Kind() || (item != "" && !strings.HasSuffix(rec.Key(), "|"+item))
		})
		if len(rows) != 1 {
			t.Fatalf("%s %s: %d rows in %+v", rec.Kind(), rec.Key(), len(rows), d)
		}
		if diff := erp.Differences(rec, rows[0]); len(diff) > 0 {
			t.Errorf("%s %s: %v", rec.Kind(), rec.Key(), diff)
		}
	}
}

func TestSimClaim(t *testing.T) {
	sim, c := startSim(t, slowImports)
	writeAll(t, c, simDocuments()...)
	if found := claimOf(t, c); found.State != erp.ClaimAbsent {
		t.Fatalf("%+v", found)
	}
	writeAll(t, c, simClaim()...)
	found := claimOf(t, c)
	if found.State != erp.ClaimStaged || len(found.Book.Documents[0].Items) != 0 {
		t.Fatalf("%+v", found)
	}
	shown(t, found, simClaim()[0])
	advance(t, sim)
	found = claimOf(t, c)
	if found.State != erp.ClaimEntered || found.Number != "1" {
		t.Fatalf("%+v", found)
	}
	shown(t, found, simClaim()...)
	if got := found.Book.Documents[0].Header.Get(erp.ColReference); got != "PCR880" {
		t.Errorf("reference %q", got)
	}
	rows, err := c.CreditorInvoices(t.Context(), erp.CreditorKey{WorkID: "01", Creditor: "BRICKW"}, "INV-7")
	if err != nil || len(rows) != 1 || rows[0].Get(erp.ColOrder) != "SC-1" {
		t.Errorf("%v %v", rows, err)
	}
}

func TestSimClaimRefused(t *testing.T) {
	sim, c := startSim(t, slowImports)
	writeAll(t, c, simDocuments()...)
	claim := simClaim()
	over := claim[1].(erp.ClaimItem)
	over.Value, over.Quantity, over.Rate = 500_01, 0, 0
	writeAll(t, c, claim[0], over)
	if _, err := sim.Edit(jobpacsim.Edit{Book: "subcontracts", Key: jobpacsim.Row{"Order": "SC-1"}, Set: jobpacsim.Row{"EnableExternalSubcontractPortal": "Y"}}); err != nil {
		t.Fatal(err)
	}
	if got := orders(t, c, "SC-1").Documents[0].Header.Get(erp.ColPortal); got != "Y" {
		t.Errorf("portal switch %q", got)
	}
	advance(t, sim)
	found := claimOf(t, c)
	if found.State != erp.ClaimRefused || len(found.Errors) != 2 || len(found.Book.Documents) != 0 {
		t.Fatalf("%+v", found)
	}
	if all := strings.Join(found.Errors, " "); !strings.Contains(all, "portal") || !strings.Contains(all, "Over-claim of item 2") {
		t.Errorf("%q", all)
	}
	if _, err := sim.Edit(jobpacsim.Edit{Book: "subcontracts", Key: jobpacsim.Row{"Order": "SC-1"}, Set: jobpacsim.Row{"EnableExternalSubcontractPortal": "N"}}); err != nil {
		t.Fatal(err)
	}
	writeAll(t, c, claim...)
	if found := claimOf(t, c); found.State != erp.ClaimStaged {
		t.Errorf("sent anew: %+v", found)
	}
	advance(t, sim)
	if found := claimOf(t, c); found.State != erp.ClaimEntered {
		t.Errorf("%+v", found)
	}
}

func TestSimInvoice(t *testing.T) {
	_, c := startSim(t, nil)
	writeAll(t, c, simDocuments()...)
	if found := invoiceOf(t, c); found.State != erp.ClaimAbsent {
		t.Fatalf("%+v", found)
	}
	invoice := simInvoice()
	writeAll(t, c, invoice[:2]...)
	found := invoiceOf(t, c)
	if found.State != erp.ClaimStaged || found.Book.Documents[0].Header.Kind == erp.KindInvoicePost {
		t.Fatalf("%+v", found)
	}
	shown(t, found, invoice[:2]...)
	writeAll(t, c, invoice[2])
	found = invoiceOf(t, c)
	if found.State != erp.ClaimEntered || found.Number != "INV-8" || found.Book.Documents[0].Header.Get(erp.ColReference) != "PCR881" {
		t.Fatalf("%+v", found)
	}
	shown(t, found, invoice...)
	if err := c.Write(t.Context(), erp.Write{Record: invoice[2]}); fault.Of(err) != fault.Permanent || !strings.Contains(fault.Said(err), "already exists") {
		t.Errorf("posted twice: %v", err)
	}
}

func TestSimDoublesAreSeen(t *testing.T) {
	sim, c := startSim(t, func(s *jobpacsim.Settings) { slowImports(s); s.DuplicateNumber = jobpacsim.DuplicateAccept })
	writeAll(t, c, simDocuments()...)
	claim := simClaim()
	writeAll(t, c, claim[0], claim[2], claim[2])
	invoice := simInvoice()
	writeAll(t, c, invoice[1], invoice[1])
	if items := invoiceOf(t, c).Book.Documents[0].Items; len(items) != 2 || items[0].Get(erp.ColItem) != "2" || items[1].Get(erp.ColItem) != "2" {
		t.Errorf("dissections %+v", items)
	}
	_, err := sim.Edit(jobpacsim.Edit{Book: "variation_items", Key: jobpacsim.Row{"Variation": "V00001"}, Set: jobpacsim.Row{"SubcontractPriceApproved": "900"}})
	if err != nil {
		t.Fatal(err)
	}
	advance(t, sim)
	found := claimOf(t, c)
	if found.State != erp.ClaimEntered || len(found.Book.Documents[0].Items) != 2 {
		t.Fatalf("%+v", found)
	}
	writeAll(t, c, claim[0], claim[1])
	advance(t, sim)
	if found := claimOf(t, c); len(found.Book.Documents) != 2 {
		t.Errorf("a second claim of one invoice is not seen: %+v", found)
	}
}

// Each fault of a write of a claim or an invoice: what the client says, and what
// a look shows once it has settled.
func TestSimFaultsOfInvoices(t *testing.T) {
	for _, f := range []struct {
		fault jobpacsim.Fault
		class fault.Kind
		done  bool
	}{
		{jobpacsim.Fault{Kind: jobpacsim.FaultStatusBefore}, fault.Ambiguous, false},
		{jobpacsim.Fault{Kind: jobpacsim.FaultCutBefore}, fault.Ambiguous, false},
		{jobpacsim.Fault{Kind: jobpacsim.FaultCutAfter}, fault.Ambiguous, true},
		{jobpacsim.Fault{Kind: jobpacsim.FaultEmpty200}, fault.Ambiguous, true},
		{jobpacsim.Fault{Kind: jobpacsim.FaultLateCommit, MS: 40_000}, fault.Ambiguous, true},
	} {
		t.Run(f.fault.Kind, func(t *testing.T) {
			sim, c := startSim(t, func(s *jobpacsim.Settings) { s.ClaimImportSeconds = 600 })
			writeAll(t, c, simDocuments()...)
			header, upload := f.fault, f.fault
			header.Operation, upload.Operation = "CreateANewSubcontractClaimHeader", "CreateANewPendingInvoiceUpload"
			if err := sim.SetFaults([]jobpacsim.Fault{header, upload}); err != nil {
				t.Fatal(err)
			}
			for _, rec := range []erp.Record{simClaim()[0], simInvoice()[0]} {
				if err := c.Write(t.Context(), erp.Write{Record: rec}); fault.Of(err) != f.class {
					t.Errorf("%s: %v", rec.Kind(), err)
				}
			}
			advance(t, sim)
			claim, invoice := claimOf(t, c), invoiceOf(t, c)
			if (claim.State == erp.ClaimStaged) != f.done || (invoice.State == erp.ClaimStaged) != f.done {
				t.Errorf("claim %+v, invoice %+v", claim, invoice)
			}
		})
	}
}

func TestSimApprovals(t *testing.T) {
	sim, c := startSim(t, func(s *jobpacsim.Settings) { s.ApprovalLimitCents = 99_00 })
	writeAll(t, c, simDocuments()...)
	order := erp.OrderKey{WorkID: "01", Order: "PO-1"}
	book, err := c.Orders(t.Context(), order)
	if err != nil || len(book.Documents) != 1 {
		t.Fatalf("%+v %v", book, err)
	}
	items := book.Documents[0].Items
	if waiting, err := c.PendingApproval(t.Context(), order, items); err != nil || !slices.Equal(waiting, []int{1}) {
		t.Fatalf("%v %v", waiting, err)
	}
	if err := c.Write(t.Context(), erp.Write{Record: simInvoice()[0]}); fault.Of(err) != fault.Permanent || !strings.Contains(fault.Said(err), "unapproved") {
		t.Errorf("an invoice of an unapproved item: %v", err)
	}
	writeAll(t, c, erp.ItemApproval{Order: order, Item: 1}, erp.ItemApproval{Order: order, Item: 1})
	if waiting, err := c.PendingApproval(t.Context(), erp.OrderKey{Order: "PO-1"}, items); err != nil || len(waiting) != 0 {
		t.Errorf("%v %v", waiting, err)
	}
	writeAll(t, c, simInvoice()[0])
	settings := sim.Settings()
	settings.RefuseAPIApproval = true
	if err := sim.SetSettings(settings); err != nil {
		t.Fatal(err)
	}
	if err := c.Write(t.Context(), erp.Write{Record: erp.ItemApproval{Order: order, Item: 9}}); fault.Of(err) != fault.Permanent {
		t.Errorf("approves what is not there: %v", err)
	}
	if waiting, err := c.PendingApproval(t.Context(), order, nil); err != nil || waiting != nil {
		t.Errorf("an order without items: %v %v", waiting, err)
	}
}

// TestTranslatedDocumentsStand plays what package translate makes of invoices
// and of a prime contract change order, on the orders as they are read back.
func TestTranslatedDocumentsStand(t *testing.T) {
	sim, c := startSim(t, slowImports)
	writeAll(t, c, simDocuments()...)
	rules := translate.Rules{WorkID: "01", GST: translate.GST{Default: "G"}, Invoice: translate.InvoiceRules{Tax: translate.TaxOnNet, Rates: map[string]string{"G": "10"}}}
	rules.Variation.HeadContractType = "2"
	facts := erp.Facts{Job: &erp.Job{Key: simJob()}}
	line := func(id erp.ID, amount, item, change string) erp.RequisitionLine {
		return erp.RequisitionLine{ID: id, Amount: decimal(t, amount), RetainedWork: decimal(t, "0"), CommitmentItemOrigin: item, ChangeItemOrigin: change}
	}
	claimed := line(1, "333.33", "01|SC-1|1", "")
	claimed.RetainedWork = decimal(t, "33.33")
	invoice := func(order string, lines ...erp.RequisitionLine) []erp.Record {
		req := erp.Request{Invoices: []erp.Requisition{{
			ID: 880, ContractOrigin: "01|" + order, JobOrigin: simJob().Origin(), Number: "INV-7", BillingDate: "2026-05-01", Lines: lines,
		}}}
		r := translate.Invoice(req, rules, facts, orders(t, c, order))
		if len(r.Problems) > 0 {
			t.Fatalf("%v", r.Problems)
		}
		return r.Records
	}
	claim := invoice("SC-1", claimed, line(2, "0", "01|SC-1|2", ""), line(3, "250", "01|SC-1|1", "01|1001|V00001|1"))
	pending := invoice("PO-1", line(4, "100", "01|PO-1|1", ""))
	prime := translate.PrimeChange(erp.Request{JobOrigin: simJob().Origin(), PrimeChange: &erp.PrimeChange{
		ID: 5501, Title: "Façade", Code: "H1", ApprovedOn: "2026-05-19", Lines: []erp.PrimeChangeLine{{ID: 1, Amount: decimal(t, "-12.34")}},
	}}, rules, facts, translate.Numbers{})
	writeAll(t, c, slices.Concat(claim, pending, prime.Records)...)
	advance(t, sim)
	shown(t, claimOf(t, c), claim...)
	found, err := c.Invoice(t.Context(), erp.CreditorKey{WorkID: "01", Creditor: "FASTEN"}, erp.ClaimKey{Order: "PO-1", Invoice: "INV-7"})
	if err != nil {
		t.Fatal(err)
	}
	shown(t, found, pending...)
	shown(t, erp.ClaimFound{Book: variations(t, c, "H1")}, prime.Records...)
}

func decimal(t *testing.T, text string) erp.Decimal {
	t.Helper()
	d, err := erp.ParseDecimal(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestRefusalsAreUnderstood: what the simulator says against a claim finds its rule.
func TestRefusalsAreUnderstood(t *testing.T) {
	for name, r := range map[string]struct {
		book     string
		key, set jobpacsim.Row
		items    []erp.Record
		want     string
	}{
		"portal":     {book: "subcontracts", key: jobpacsim.Row{"Order": "SC-1"}, set: jobpacsim.Row{"EnableExternalSubcontractPortal": "Y"}, items: simClaim()[1:], want: "IN-PORTAL"},
		"finalised":  {book: "subcontracts", key: jobpacsim.Row{"Order": "SC-1"}, set: jobpacsim.Row{"Finalised": "Y"}, items: simClaim()[1:], want: "IN-FINALISED"},
		"over-claim": {book: "variation_items", key: jobpacsim.Row{"Variation": "V00001"}, set: jobpacsim.Row{"SubcontractPriceApproved": "1"}, items: simClaim()[1:], want: "IN-OVERCLAIM"},
		"unapproved": {book: "variation_items", key: jobpacsim.Row{"Variation": "V00001"}, set: jobpacsim.Row{"DateApproved": ""}, items: simClaim()[1:], want: "IN-UNAPPROVED"},
		"gone":       {book: "variation_items", key: jobpacsim.Row{"Variation": "V00001"}, set: jobpacsim.Row{"Order": "SC-9"}, items: simClaim()[1:], want: "IN-LINE-ITEM"},
		"no details": {book: "jobs", key: jobpacsim.Row{"Job": "1001"}, set: jobpacsim.Row{"Plant": "N"}, want: "IN-ZERO"},
		"duplicate":  {book: "payables", set: jobpacsim.Row{"WorkId": "01", "Creditor": "BRICKW", "Transaction": "INV-7"}, items: simClaim()[1:], want: "IN-DUPLICATE"},
		"period":     {book: "periods", set: jobpacsim.Row{"WorkId": "01", "Module": "SC", "AccountingPeriod": "202605", "Locked": "Y"}, items: simClaim()[1:], want: "IN-PERIOD"},
	} {
		t.Run(name, func(t *testing.T) {
			sim, c := startSim(t, slowImports)
			documents := simDocuments()
			variation := documents[5].(erp.Variation)
			variation.Approved = "" // its item alone says so
			documents[5] = variation
			writeAll(t, c, documents...)
			writeAll(t, c, append(simClaim()[:1], r.items...)...)
			var err error
			if len(r.key) > 0 {
				_, err = sim.Edit(jobpacsim.Edit{Book: r.book, Key: r.key, Set: r.set})
			} else {
				_, _, err = sim.Put(r.book, []jobpacsim.Row{r.set})
			}
			if err != nil {
				t.Fatal(err)
			}
			advance(t, sim)
			problems := translate.ClaimRefusal(claimOf(t, c).Errors)
			if len(problems) != 1 || problems[0].Rule != r.want {
				t.Errorf("%+v, want %s", problems, r.want)
			}
		})
	}
}
