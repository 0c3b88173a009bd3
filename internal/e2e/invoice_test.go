package e2e

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/procoresim"
)

const requisition = journal.KindRequisition

// invoice is an approved invoice of a commitment; items are of its lines from
// the first on, each with that amount.
func invoice(id, commitment int64, amounts ...procoresim.Decimal) procoresim.Requisition {
	r := procoresim.Requisition{
		ID: id, CommitmentID: commitment, InvoiceNumber: "INV-" + itoa(id), Status: "approved", BillingDate: "2026-08-31", PaymentDue: "2026-09-30",
	}
	for i, amount := range amounts {
		r.Items = append(r.Items, procoresim.RequisitionItem{ID: id*100 + int64(i), LineID: commitment*1000 + int64(i), Amount: amount})
	}
	return r
}

// entered adds a commitment with change orders and waits until Jobpac has it.
func (s *system) entered(c procoresim.Commitment, number string, changes ...procoresim.ChangeOrder) {
	s.t.Helper()
	s.add(c)
	s.settled(commitment, c.ID, s.export(commitment, c.ID, number), journal.Done)
	for _, o := range changes {
		s.add(o)
		s.settled(changeOrder, o.ID, s.export(changeOrder, o.ID, ""), journal.Done)
	}
}

// bill sends invoices in one request.
func (s *system) bill(invoices ...procoresim.Requisition) (request int64, details []int64) {
	s.t.Helper()
	var sent []procoresim.Export
	for _, r := range invoices {
		if _, known := s.procore.Requisition(r.ID); !known {
			s.add(r)
		}
		sent = append(sent, procoresim.Export{ID: r.ID})
	}
	request, details, err := s.procore.ExportRequisitions(sent...)
	if err != nil {
		s.t.Fatal(err)
	}
	return request, details
}

// claimedOnce checks that an invoice is exactly one claim of the order, line by
// line, and linked.
func (s *system) claimedOnce(id int64, order string, gross string) {
	s.t.Helper()
	r, _ := s.procore.Requisition(id)
	books := s.jobpac.State()
	claims := rows(books.Claims, jobpacsim.Row{"Order": order, "Invoice": r.InvoiceNumber})
	if len(claims) != 1 || cents(s.t, claims[0]["GrossAmount"]) != cents(s.t, gross) {
		s.t.Fatalf("%s of %s: claims %v", r.InvoiceNumber, order, claims)
	}
	lines := rows(books.ClaimLines, jobpacsim.Row{"Order": order, "ClaimNumber": claims[0]["ClaimNumber"]})
	if len(lines) != len(r.Items) || sum(s.t, lines, "Amount") != cents(s.t, gross) {
		s.t.Errorf("%s: lines %v", r.InvoiceNumber, lines)
	}
	if r.OriginID != fmt.Sprintf("01|%s|%s", order, r.InvoiceNumber) {
		s.t.Errorf("invoice %d is linked to %q", id, r.OriginID)
	}
	for _, item := range r.Items {
		if item.OriginID == "" {
			s.t.Errorf("item %d is not linked", item.ID)
		}
	}
}

// An invoice on a subcontract and its change order becomes one claim, with its
// retention, however often its webhook comes.
func TestInvoiceBecomesAClaim(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.settings(func(set *procoresim.Settings) { set.Duplicates, set.SecondEventID = 2, true })
	s.entered(subcontract(5001, 3), "SC-1", change(7001, 5001, 1, "S"))
	r := invoice(9001, 5001, "400.00", "250.50")
	r.Items[0].RetainedWork = "20.00"
	r.Items = append(r.Items, procoresim.RequisitionItem{ID: 900_199, LineID: 7_001_000, Amount: "99.50"})
	request, _ := s.bill(r)
	s.settled(requisition, 9001, request, journal.Done)
	s.drained()
	s.closed(request, "success", "INV-9001")
	s.claimedOnce(9001, "SC-1", "750.00")
	if claims := rows(s.jobpac.State().Claims, jobpacsim.Row{"Invoice": "INV-9001"}); cents(t, claims[0]["Retention"]) != 2000 {
		t.Errorf("retention of %v", claims[0])
	}
	again, _ := s.bill(r)
	s.drained()
	s.stop()
	s.closed(again, "success", "INV-9001")
	s.claimedOnce(9001, "SC-1", "750.00")
}

// An invoice on a purchase order is uploaded and posted, once.
func TestInvoiceOnAPurchaseOrder(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.entered(purchase(5001, 2), "PO-1")
	request, _ := s.bill(invoice(9001, 5001, "400.00", "250.50"))
	s.settled(requisition, 9001, request, journal.Done)
	s.drained()
	s.stop()
	s.closed(request, "success", "INV-9001")
	posted := rows(s.jobpac.State().Payables, jobpacsim.Row{"Order": "PO-1"})
	if len(posted) != 2 || len(s.jobpac.State().PendingInvoices) != 0 {
		t.Errorf("posted %v, pending %v", posted, s.jobpac.State().PendingInvoices)
	}
	if r, _ := s.procore.Requisition(9001); r.OriginID != "01|PO-1|INV-9001" || r.Items[1].OriginID == "" {
		t.Errorf("links: %+v", r)
	}
}

// Wherever the details of a batch stand, each has one final answer; a negative
// invoice is refused beside a good one.
func TestBatchOfInvoices(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"request", "each", "none"} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			s.settings(func(set *procoresim.Settings) { set.InvoiceDetail, set.Duplicates = where, 2 })
			s.entered(subcontract(5001, 2), "SC-1")
			request, _ := s.bill(invoice(9001, 5001, "400.00"), invoice(9002, 5001, "-10.00"), invoice(9003, 5001, "10.00"))
			s.until(requisition, 9001, journal.Done)
			s.until(requisition, 9002, journal.Rejected)
			s.until(requisition, 9003, journal.Done)
			s.drained()
			s.stop()
			s.claimedOnce(9001, "SC-1", "400.00")
			s.claimedOnce(9003, "SC-1", "10.00")
			if n := len(s.jobpac.State().Claims); n != 2 {
				t.Errorf("%d claims", n)
			}
			switch r, _ := s.procore.Request(request); where {
			case "request":
				s.closed(request, "failed", "INV-9002", "negative")
			case "each":
				for i, want := range []string{"success", "failed", "success"} {
					if d := r.Details[i]; d.Status != want || d.TimesClosed != 1 {
						t.Errorf("detail %d: %+v", i, d)
					}
				}
			default:
				if r.TimesClosed != 0 {
					t.Errorf("%+v", r)
				}
			}
		})
	}
}

// What Jobpac refuses of an invoice is told apart and said plainly.
func TestRefusedInvoices(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trouble func(s *system)
		invoice procoresim.Requisition
		words   string
	}{
		"duplicate": {func(s *system) {
			s.edited("claims", jobpacsim.Row{"Invoice": "INV-8999"}, jobpacsim.Row{"Invoice": "INV-9001"})
		}, invoice(9001, 5001, "10.00"), "already"},
		"over-claim": {nil, invoice(9001, 5001, "99999.00"), "More is claimed of an item than it is worth"},
		"period": {func(s *system) {
			locked := jobpacsim.Row{"WorkId": "01", "Module": "SC", "AccountingPeriod": "202609", "Locked": "Y"}
			if _, _, err := s.jobpac.Put("periods", []jobpacsim.Row{locked}); err != nil {
				s.t.Fatal(err)
			}
		}, invoice(9001, 5001, "10.00"), "period"},
		"portal": {func(s *system) {
			s.edited("subcontracts", jobpacsim.Row{"Order": "SC-1"}, jobpacsim.Row{"EnableExternalSubcontractPortal": "Y"})
		}, invoice(9001, 5001, "10.00"), "portal"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			s.entered(subcontract(5001, 2), "SC-1")
			first, _ := s.bill(invoice(8999, 5001, "10.00"))
			s.settled(requisition, 8999, first, journal.Done)
			if c.trouble != nil {
				c.trouble(s)
			}
			request, _ := s.bill(c.invoice)
			s.settled(requisition, 9001, request, journal.Rejected)
			s.drained()
			s.stop()
			s.closed(request, "failed", c.words, "INV-9001")
			if n := len(s.jobpac.State().Claims); n != 1 {
				t.Errorf("%d claims", n)
			}
		})
	}
}

// edited changes rows of Jobpac by hand.
func (s *system) edited(book string, key, set jobpacsim.Row) {
	s.t.Helper()
	if n, err := s.jobpac.Edit(jobpacsim.Edit{Book: book, Key: key, Set: set}); err != nil || n == 0 {
		s.t.Fatal(n, err)
	}
}

// A reset invoice is linked again to what stands when it is sent anew.
func TestResetInvoice(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.entered(subcontract(5001, 2), "SC-1")
	first, _ := s.bill(invoice(9001, 5001, "10.00"))
	s.settled(requisition, 9001, first, journal.Done)
	if _, err := s.procore.ResetRequisition(9001); err != nil {
		t.Fatal(err)
	}
	s.drained()
	second, _ := s.bill(invoice(9001, 5001, "10.00"))
	s.await("the invoice is linked again", func() bool { r, _ := s.procore.Requisition(9001); return r.OriginID != "" })
	s.drained()
	s.stop()
	s.closed(second, "success")
	s.claimedOnce(9001, "SC-1", "10.00")
}

const primeChange = journal.KindPrimeChange

func extraStorey(id int64) procoresim.PrimeChange {
	return procoresim.PrimeChange{
		ID: id, ProjectID: procoresim.DemoProjectID, Number: itoa(id), Title: "Extra storey", Status: "approved", Executed: true, ApprovedOn: "2026-09-04",
		Lines: []procoresim.PrimeChangeLine{
			{Line: procoresim.Line{Description: "Frame", Amount: "1000.00", CostCode: "02-100", CostType: "S"}, Markups: []procoresim.Markup{{Amount: "100.00"}}},
			{Line: procoresim.Line{Description: "Crane", Amount: "50.25", CostCode: "02-200", CostType: "S"}},
		},
	}
}

// A prime contract change order becomes one variation of type 2 with its amount,
// is not unlinked while it stands, and is once it has gone.
func TestPrimeContractChangeOrder(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.settings(func(set *procoresim.Settings) { set.Duplicates = 2 })
	s.add(extraStorey(7801))
	request := s.export(primeChange, 7801, "V00049")
	s.settled(primeChange, 7801, request, journal.Done)
	s.closed(request, "success", "V00049")
	key := jobpacsim.Row{"Variation": "V00049", "Job": "1001"}
	if v := rows(s.jobpac.State().Variations, key); len(v) != 1 || v[0]["Type"] != "2" || cents(t, v[0]["ApprovedPrice"]) != 115025 {
		t.Errorf("variations %v", v)
	}
	o, _ := s.procore.PrimeChange(7801)
	if o.OriginID != "01|1001|V00049" || o.Lines[0].OriginID == "" || o.Lines[0].Markups[0].OriginID == "" {
		t.Errorf("links %+v", o)
	}
	refused := s.unlink(s.procore.UnlinkPrimeChange, 7801)
	s.closed(refused, "failed", "V00049")
	if n, err := s.jobpac.Remove("variations", key); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	granted := s.unlink(s.procore.UnlinkPrimeChange, 7801)
	s.stop()
	s.closed(granted, "success")
	if o, _ := s.procore.PrimeChange(7801); o.OriginID != "" || o.Lines[1].OriginID != "" {
		t.Errorf("links after unlinking %+v", o)
	}
}

// unlink asks for it and waits until it is answered.
func (s *system) unlink(ask func(int64) (int64, int64, error), id int64) (request int64) {
	s.t.Helper()
	request, _, err := ask(id)
	if err != nil {
		s.t.Fatal(err)
	}
	s.await("the unlink is answered", func() bool { r, _ := s.procore.Request(request); return r.TimesClosed > 0 })
	s.drained()
	return request
}

// A subcontract is not unlinked while it stands in Jobpac, and is once it is
// finalised there.
func TestUnlinkOfACommitment(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.entered(subcontract(5001, 2), "SC-1")
	refused := s.unlink(s.procore.UnlinkCommitment, 5001)
	s.closed(refused, "failed", "SC-1")
	s.linked("work_order_contract", 5001, "01|SC-1")
	s.edited("subcontracts", jobpacsim.Row{"Order": "SC-1"}, jobpacsim.Row{"Finalised": "Y"})
	granted := s.unlink(s.procore.UnlinkCommitment, 5001)
	s.stop()
	s.closed(granted, "success")
	s.linked("work_order_contract", 5001, "")
	c, _ := s.procore.Commitment(5001)
	for _, l := range c.Lines {
		s.linked("line_item", l.ID, "")
	}
}

// The approver's answers count before the settings.
func TestAnswersOfTheApprover(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *config.Config) { c.Connections[0].Mapping.Variation.HeadContractType = "9" })
	o := extraStorey(7801)
	o.ERPCustomFields = json.RawMessage(`{"posting_date":{"value":"2026-10-02"},"variation_type":{"value":"2"}}`)
	s.add(o)
	request := s.export(primeChange, 7801, "")
	s.settled(primeChange, 7801, request, journal.Done)
	s.stop()
	if v := s.jobpac.State().Variations; len(v) != 1 || v[0]["ApprovalDate"] != "2026-10-02" || v[0]["Type"] != "2" {
		t.Errorf("variations %v", v)
	}
}

// An invoice that Jobpac refused goes through once it is mended in Procore and
// sent again under the same number.
func TestRefusedInvoiceMended(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.entered(subcontract(5001, 2), "SC-1")
	first, _ := s.bill(invoice(9001, 5001, "99999.00", "10.00"))
	s.settled(requisition, 9001, first, journal.Rejected)
	s.closed(first, "failed", "INV-9001")
	mended, err := json.Marshal(map[string]any{"items": invoice(9001, 5001, "99.00", "10.00").Items})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.procore.EditRequisition(9001, mended); err != nil {
		t.Fatal(err)
	}
	second, _ := s.bill(invoice(9001, 5001))
	s.settled(requisition, 9001, second, journal.Done)
	s.drained()
	s.stop()
	s.closed(second, "success", "INV-9001")
	s.claimedOnce(9001, "SC-1", "109.00")
}

// Jobpac looks at an import before all of it was there: nothing of it counts, and
// it is imported anew, whole.
func TestClaimCutShort(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.entered(subcontract(5001, 3), "SC-1")
	s.jobpacFaults(jobpacsim.Fault{Operation: "CreateANewSubcontractClaimDetail", Kind: jobpacsim.FaultStatusBefore, Status: 503, Count: 3})
	request, _ := s.bill(invoice(9001, 5001, "40.00", "20.00", "3.00"))
	s.settled(requisition, 9001, request, journal.Done)
	s.drained()
	s.stop()
	s.closed(request, "success", "INV-9001")
	s.claimedOnce(9001, "SC-1", "63.00")
}

// Jobpac enters a claim before all of it was there: a person is asked, and nothing
// is sent after it.
func TestClaimEnteredShort(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.entered(subcontract(5001, 3), "SC-1")
	s.jobpacFaults(jobpacsim.Fault{Operation: "CreateANewSubcontractClaimDetail", Kind: jobpacsim.FaultStatusBefore, Status: 503, Nth: 2, Count: 6})
	request, _ := s.bill(invoice(9001, 5001, "40.00", "20.00", "3.00"))
	s.settled(requisition, 9001, request, journal.Parked)
	s.drained()
	s.stop()
	s.closed(request, "failed", "short of it", "line 2", "Do not send it again")
	if n := s.writes()["CreateANewSubcontractClaimDetail"]; n > 1+6 {
		t.Errorf("%d details sent", n)
	}
}
