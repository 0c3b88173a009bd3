package e2e

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/procoresim"
)

// What a rule refuses is told before anything is written, and goes through
// once it is mended in Procore and exported again.
func TestRefusedThenMended(t *testing.T) {
	t.Parallel()
	heading := purchase(5001, 3)
	heading.Lines[1].CostCode = "01-000"
	unlinked := subcontract(5001, 2)
	unlinked.VendorID = 7099
	several := subcontract(5001, 3)
	several.Lines[0].CostCode, several.Lines[2].CostType, several.VendorID = "02-000", "L", 7099
	several.CurrencyISOCode = "USD"
	for name, c := range map[string]struct {
		commitment procoresim.Commitment
		code       string
		words      []string
		problems   int
		mend       func(s *system)
	}{
		"heading":         {heading, "PO-1", []string{"01-000", "heading", "line 2"}, 1, mendLines},
		"unlinked vendor": {unlinked, "PO-1", []string{"Nobody Pty Ltd"}, 1, func(s *system) { s.edit(5001, map[string]any{"vendor_id": 7003}) }},
		"number too long": {subcontract(5001, 2), "A-NUMBER-TOO-LONG", []string{"A-NUMBER-TOO-LONG"}, 1, nil},
		"several": {several, "PO-1", []string{"02-000", "Nobody Pty Ltd", "USD", "line 1", "line 3"}, 4, func(s *system) {
			s.edit(5001, map[string]any{"vendor_id": 7003, "currency_iso_code": "AUD"})
			mendLines(s)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			s.settings(func(set *procoresim.Settings) { set.ExportChecks = false })
			nobody := procoresim.Vendor{ID: 7099, CompanyID: procoresim.DemoCompanyID, Name: "Nobody Pty Ltd"}
			if err := s.procore.Seed(procoresim.Seed{Vendors: []procoresim.Vendor{nobody}}); err != nil {
				t.Fatal(err)
			}
			s.add(c.commitment)
			first := s.export(commitment, 5001, c.code)
			story := s.settled(commitment, 5001, first, journal.Rejected)
			r := s.closed(first, "failed", c.words...)
			if len(r.Messages) != c.problems || len(story.Plan.Problems) != c.problems {
				t.Errorf("told %d messages, the journal has %v", len(r.Messages), story.Plan.Problems)
			}
			s.untouched()
			if c.mend != nil {
				c.mend(s)
			}
			second := s.export(commitment, 5001, "PO-1")
			s.settled(commitment, 5001, second, journal.Done)
			s.drained()
			s.stop()
			s.closed(first, "failed")
			s.closed(second, "success", "PO-1")
			s.standsOnce(5001, "PO-1")
		})
	}
}

// mendLines puts every line on a cost centre of its own.
func mendLines(s *system) {
	s.t.Helper()
	c, _ := s.procore.Commitment(5001)
	costType := "M"
	if c.Type == procoresim.WorkOrderContract {
		costType = "S"
	}
	var lines []map[string]any
	for i, l := range c.Lines {
		lines = append(lines, map[string]any{
			"id": l.ID, "cost_code": fmt.Sprintf("02-%d00", i+1), "line_item_type": costType, "cost_code_id": 0, "line_item_type_id": 0,
		})
	}
	s.edit(5001, map[string]any{"line_items": lines})
}

// A number that somebody else's order has is refused; the other order is left
// as it is.
func TestNumberTaken(t *testing.T) {
	t.Parallel()
	s := start(t)
	byHand := jobpacsim.Row{"WorkId": "01", "Order": "PO-1", "Description": "Keyed by hand", "Creditor": "ACME01", "CreditorWorkId": "01", "Job": "1001", "CostingWorkId": "01"}
	if err := s.jobpac.Seed(jobpacsim.Seed{Books: jobpacsim.Books{PurchaseOrders: []jobpacsim.Row{byHand}}}); err != nil {
		t.Fatal(err)
	}
	before := s.books()
	s.add(purchase(5001, 2))
	first := s.export(commitment, 5001, "PO-1")
	s.settled(commitment, 5001, first, journal.Rejected)
	s.closed(first, "failed", "PO-1")
	if s.books() != before {
		t.Error("the other order was touched")
	}
	second := s.export(commitment, 5001, "PO-2")
	s.settled(commitment, 5001, second, journal.Done)
	s.drained()
	s.stop()
	s.closed(second, "success", "PO-2")
	s.standsOnce(5001, "PO-2")
}

// A refusal of Jobpac's own, half way: what stands is kept, what is missing is
// added after mending.
func TestJobpacRefusesALine(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.jobpacFaults(jobpacsim.Fault{Operation: "CreateANewPurchaseOrderItem", Nth: 2, Kind: jobpacsim.FaultStatusBefore, Status: 400, Text: "Budget is locked"})
	s.add(purchase(5001, 3))
	first := s.export(commitment, 5001, "PO-1")
	s.settled(commitment, 5001, first, journal.Rejected)
	s.closed(first, "failed", "Budget is locked", "line 2", "PO-1", "send it again").lacks(t, "must not be re-sent")
	if c := s.jobpac.Counts(); c.PurchaseOrders != 1 || c.PurchaseOrderItems != 1 {
		t.Errorf("%+v", c)
	}
	second := s.export(commitment, 5001, "PO-1")
	s.settled(commitment, 5001, second, journal.Done)
	s.drained()
	s.stop()
	s.closed(second, "success", "PO-1")
	s.standsOnce(5001, "PO-1")
	if calls := s.writes(); calls["CreateANewPurchaseOrder"] != 1 || calls["CreateANewPurchaseOrderItem"] != 4 {
		t.Errorf("writes: %s", kinds(calls))
	}
}

// Mended in Jobpac, a refused document goes through by a replay. Its request
// was closed as failed before, which Procore keeps; that is no reason to ask
// for a person.
func TestReplayAfterMending(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.jobpacFaults(jobpacsim.Fault{Operation: "CreateANewPurchaseOrder", Kind: jobpacsim.FaultStatusBefore, Status: 400, Text: "Period is locked"})
	s.add(purchase(5001, 3))
	first := s.export(commitment, 5001, "PO-1")
	s.settled(commitment, 5001, first, journal.Rejected)
	s.closed(first, "failed", "Period is locked", "send it again").lacks(t, "must not be re-sent")
	s.jobpacFaults()
	if would := s.replay(effectID(commitment, 5001)); len(would) != 1 || would[0].Event == "" {
		t.Fatalf("%+v", would)
	}
	s.drained()
	s.settled(commitment, 5001, first, journal.Done)
	s.stop()
	s.standsOnce(5001, "PO-1")
	s.closed(first, "failed")
}

// What a person mends in Jobpac counts at once: whoever lifts a stop and sends
// the document again must not be told of the stop.
func TestMendedInJobpac(t *testing.T) {
	t.Parallel()
	s := start(t)
	edit := func(status string) {
		e := jobpacsim.Edit{Book: "creditors", Key: jobpacsim.Row{"Creditor": "BOND02"}, Set: jobpacsim.Row{"StopPayments": status}}
		if _, err := s.jobpac.Edit(e); err != nil {
			t.Fatal(err)
		}
	}
	edit("Y")
	s.add(purchase(5001, 2))
	first := s.export(commitment, 5001, "PO-1")
	s.settled(commitment, 5001, first, journal.Rejected)
	s.closed(first, "failed", "BOND02", "stopped")
	edit("N")
	second := s.export(commitment, 5001, "PO-1")
	s.settled(commitment, 5001, second, journal.Done)
	s.drained()
	s.stop()
	s.closed(second, "success")
	s.standsOnce(5001, "PO-1")
}

// Requests that this connection does not serve are closed with a sentence
// where there is something to close, and recorded where there is not; one that
// cannot be read says what is missing.
func TestUnsupportedRequests(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.settings(func(set *procoresim.Settings) { set.SecondEventID, set.Duplicates = true, 2 })
	closing, silent := map[int64]string{}, []int64{}
	for name, words := range map[string]string{
		"create_vendor": "enter the company as a creditor in Jobpac", "create_contract_payment": "Payments are entered in Jobpac",
		"a_name_of_tomorrow": "a_name_of_tomorrow", "unlink_commitment": "the id of the document to unlink is missing",
	} {
		id, _, err := s.procore.AddERPRequest(name, json.RawMessage(`{}`), true)
		if err != nil {
			t.Fatal(err)
		}
		closing[id] = words
	}
	for _, name := range []string{"refresh_jobs", "refresh_vendors"} {
		id, _, err := s.procore.AddERPRequest(name, json.RawMessage(`{}`), false)
		if err != nil {
			t.Fatal(err)
		}
		silent = append(silent, id)
	}
	garbled, _, err := s.procore.AddERPRequest("create_commitment", json.RawMessage(`{"commitment":"what is this"}`), true)
	if err != nil {
		t.Fatal(err)
	}
	for id := range closing {
		s.settled(request, id, id, journal.Rejected)
	}
	for _, id := range silent {
		s.settled(request, id, id, journal.Superseded)
	}
	s.settled(request, garbled, garbled, journal.Rejected)
	s.drained()
	s.stop()
	for id, words := range closing {
		s.closed(id, "failed", words)
	}
	s.closed(garbled, "failed", "could not be read")
	s.untouched()
}
