package e2e

import (
	"testing"

	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/procoresim"
)

// An approval becomes one document, for the four kinds, however Procore
// delivers its hints and in whichever form it writes them.
func TestFourKinds(t *testing.T) {
	t.Parallel()
	for name, mischief := range map[string]struct {
		payload string
		change  func(*procoresim.Settings)
		events  int64 // per approval
	}{
		"v2.0 every webhook twice": {"v2.0", func(s *procoresim.Settings) { s.Duplicates = 2 }, 1},
		"v3.0 two ids for one change": {"v3.0", func(s *procoresim.Settings) {
			s.SecondEventID, s.DecimalsAsNumbers, s.NumberAsNumber, s.ERPTimeOffsetMin = true, true, true, 660
		}, 2},
		"v4.0 last first": {"v4.0", func(s *procoresim.Settings) { s.Duplicates, s.ReorderWindow, s.ReorderHoldMS = 2, 4, 100 }, 1},
		"v4.0 detail beside the data": {"v4.0", func(s *procoresim.Settings) {
			s.RequestDetailLevel, s.SecondEventID, s.Duplicates, s.PrefillCode = "envelope", true, 3, false
		}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.settings(mischief.change)
			s := w.serve(w.config())
			w.hook(mischief.payload)
			fourKinds(s)
			if c := s.procore.DeliveryCounts(); c.Discarded != 0 || c.Attempts < 4*mischief.events {
				t.Errorf("deliveries: %+v", c)
			}
		})
	}
}

// fourKinds approves one document of each kind and checks everything.
func fourKinds(s *system) {
	s.t.Helper()
	s.add(purchase(5001, 4), subcontract(5002, 5))
	s.add(change(7001, 5001, 2, "M"), change(7002, 5002, 3, "S"))
	buy, sub := s.export(commitment, 5001, "PO-5001"), s.export(commitment, 5002, "sc-5002")
	s.settled(commitment, 5001, buy, journal.Done)
	s.settled(commitment, 5002, sub, journal.Done)
	more, vary := s.export(changeOrder, 7001, ""), s.export(changeOrder, 7002, "V00009")
	s.settled(changeOrder, 7001, more, journal.Done)
	s.settled(changeOrder, 7002, vary, journal.Done)
	s.drained()
	s.stop()
	checkFourKinds(s.world, buy, sub, more, vary)
}

func checkFourKinds(w *world, buy, sub, more, vary int64) {
	w.t.Helper()
	w.standsOnce(5001, "PO-5001", 7001)
	w.standsOnce(5002, "SC-5002")
	w.addsOnce(7001, "PO-5001", 5)
	w.variesOnce(7002, "SC-5002", "V00009")
	w.closed(buy, "success", "PO-5001", "5 record(s)", "total ")
	w.closed(sub, "success", "SC-5002", "6 record(s)", "total ")
	w.closed(more, "success", "PO-5001", "2 record(s)", "total 2137.83")
	w.closed(vary, "success", "V00009", "4 record(s)", "total ")
	books := w.jobpac.State()
	header := rows(books.Subcontracts, jobpacsim.Row{"Order": "SC-5002"})
	if len(header) != 1 || header[0]["CurrentRetentionPercentage"] != "5.00" || cents(w.t, header[0]["AcceptedContractSum"]) != total(w.t, subcontractLines(w, 5002)) {
		w.t.Errorf("subcontract header: %v", header)
	}
	c := w.jobpac.Counts()
	if c.PurchaseOrders != 1 || c.Subcontracts != 1 || c.Variations != 1 || c.Logins != 1 {
		w.t.Errorf("Jobpac counts: %+v", c)
	}
	if calls := w.writes(); calls["CreateANewPurchaseOrderItem"]+calls["/CreateANewPurchaseOrderItem"] != 6 || len(calls) != 6 {
		w.t.Errorf("writes: %s", kinds(calls))
	}
}

func subcontractLines(w *world, id int64) []procoresim.Line {
	c, _ := w.procore.Commitment(id)
	return c.Lines
}

// Many approvals at once, of one job: every one once.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.settings(func(set *procoresim.Settings) { set.SecondEventID, set.Duplicates = true, 2 })
	requests := map[int64]int64{}
	for id := int64(6001); id <= 6030; id++ {
		s.add(purchase(id, 3))
		requests[id] = s.export(commitment, id, "M-"+itoa(id))
	}
	for id, r := range requests {
		s.settled(commitment, id, r, journal.Done)
	}
	s.drained()
	s.stop()
	for id, r := range requests {
		s.standsOnce(id, "M-"+itoa(id))
		s.closed(r, "success")
	}
	if c := s.jobpac.Counts(); c.PurchaseOrders != 30 || c.PurchaseOrderItems != 90 {
		t.Errorf("%+v", c)
	}
}

// A document exported again is confirmed, not made again; with other content
// it is put before a person and Jobpac is left alone.
func TestExportedAgain(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add(purchase(5001, 2))
	first := s.export(commitment, 5001, "PO-1")
	s.settled(commitment, 5001, first, journal.Done)
	again := s.export(commitment, 5001, "PO-1")
	s.settled(commitment, 5001, again, journal.Done)
	books := s.books()
	s.edit(5001, map[string]any{"title": "Something else"})
	changed := s.export(commitment, 5001, "PO-1")
	s.settled(commitment, 5001, changed, journal.Parked)
	s.drained()
	s.stop()
	s.closed(first, "success", "PO-1")
	s.closed(again, "success", "PO-1")
	s.closed(changed, "failed", "PO-1", "other content")
	if s.books() != books {
		t.Error("Jobpac's books have changed")
	}
	s.standsOnce(5001, "PO-1")
}
