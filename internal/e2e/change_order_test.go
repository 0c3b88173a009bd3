package e2e

import (
	"slices"
	"testing"

	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/procoresim"
)

// A change order that comes before its commitment waits without a close-out
// and goes on as soon as the commitment stands.
func TestChangeOrderBeforeItsCommitment(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		commitment procoresim.Commitment
		costType   string
		check      func(*world)
	}{
		"subcontract":    {subcontract(5002, 3), "S", func(w *world) { w.standsOnce(5002, "C-1"); w.variesOnce(7002, "C-1", "V00007") }},
		"purchase order": {purchase(5002, 3), "M", func(w *world) { w.standsOnce(5002, "C-1", 7002); w.addsOnce(7002, "C-1", 4) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			s.settings(func(set *procoresim.Settings) { set.ExportChecks, set.Duplicates = false, 2 })
			s.add(c.commitment, change(7002, 5002, 2, c.costType))
			early := s.export(changeOrder, 7002, "V00007")
			story := s.until(changeOrder, 7002, journal.Waiting)
			if r, _ := s.procore.Request(early); r.TimesClosed != 0 {
				t.Error("closed while it waits")
			}
			s.untouched()
			wake := story.Effect.WakeAt
			late := s.export(commitment, 5002, "C-1")
			s.settled(commitment, 5002, late, journal.Done)
			story = s.settled(changeOrder, 7002, early, journal.Done)
			if !story.Effect.Updated.Before(wake) {
				t.Errorf("done at %v: its own timer of %v woke it, not the commitment", story.Effect.Updated, wake)
			}
			s.idle()
			s.stop()
			s.closed(early, "success")
			s.closed(late, "success")
			c.check(s.world)
		})
	}
}

// Change orders of one purchase order at once get item numbers of their own.
func TestChangeOrdersAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add(purchase(5001, 3))
	s.settled(commitment, 5001, s.export(commitment, 5001, "PO-1"), journal.Done)
	ids := []int64{7001, 7002, 7003, 7004}
	requests := map[int64]int64{}
	for _, id := range ids {
		s.add(change(id, 5001, 2, "M"))
	}
	for _, id := range ids {
		requests[id] = s.export(changeOrder, id, "")
	}
	for _, id := range ids {
		s.settled(changeOrder, id, requests[id], journal.Done)
	}
	s.drained()
	s.stop()
	s.standsOnce(5001, "PO-1", ids...)
	var numbers []string
	for _, row := range s.jobpac.State().PurchaseOrderItems {
		numbers = append(numbers, row["OrderItem"])
	}
	slices.Sort(numbers)
	if want := []string{"1", "10", "11", "2", "3", "4", "5", "6", "7", "8", "9"}; !slices.Equal(numbers, want) {
		t.Errorf("items %v", numbers)
	}
	for _, r := range requests {
		s.closed(r, "success")
	}
}

// Change orders of several subcontracts of one job without a typed number, at
// once, get variation numbers of their own, free in the job's register.
func TestVariationNumbers(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.settings(func(set *procoresim.Settings) { set.PrefillCode = false })
	taken := jobpacsim.Row{"WorkId": "01", "CostingWorkId": "01", "Job": "1001", "Variation": "V00003", "Description": "By hand", "Type": "1"}
	if err := s.jobpac.Seed(jobpacsim.Seed{Books: jobpacsim.Books{Variations: []jobpacsim.Row{taken}}}); err != nil {
		t.Fatal(err)
	}
	requests := map[int64]int64{}
	for _, id := range []int64{5001, 5002, 5003} {
		s.add(subcontract(id, 2))
		s.settled(commitment, id, s.export(commitment, id, "SC-"+itoa(id)), journal.Done)
		s.add(change(id+2000, id, 1, "S"))
	}
	for id := int64(7001); id <= 7003; id++ {
		requests[id] = s.export(changeOrder, id, "")
	}
	numbers := map[string]bool{}
	for id, r := range requests {
		story := s.settled(changeOrder, id, r, journal.Done)
		numbers[story.Effect.Number] = true
		s.variesOnce(id, "SC-"+itoa(id-2000), story.Effect.Number)
	}
	s.drained()
	s.stop()
	if !numbers["V00004"] || !numbers["V00005"] || !numbers["V00006"] {
		t.Errorf("numbers %v", numbers)
	}
}

// A typed variation number that somebody else has is refused in words, and the
// next one goes through.
func TestVariationNumberTaken(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add(subcontract(5002, 2))
	s.settled(commitment, 5002, s.export(commitment, 5002, "SC-1"), journal.Done)
	s.add(change(7002, 5002, 1, "S"))
	taken := jobpacsim.Row{"WorkId": "01", "CostingWorkId": "01", "Job": "1001", "Variation": "V00003", "Description": "By hand", "Type": "1"}
	if err := s.jobpac.Seed(jobpacsim.Seed{Books: jobpacsim.Books{Variations: []jobpacsim.Row{taken}}}); err != nil {
		t.Fatal(err)
	}
	first := s.export(changeOrder, 7002, "V00003")
	s.settled(changeOrder, 7002, first, journal.Rejected)
	s.closed(first, "failed", "V00003")
	second := s.export(changeOrder, 7002, "V00004")
	s.settled(changeOrder, 7002, second, journal.Done)
	s.drained()
	s.stop()
	s.closed(second, "success", "V00004")
	s.variesOnce(7002, "SC-1", "V00004")
}

// A change order on a commitment that stands in Jobpac, but whose latest export
// waits for a person because its content changed.
func TestChangeOrderOfAParkedReexport(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add(purchase(5001, 2))
	s.settled(commitment, 5001, s.export(commitment, 5001, "PO-1"), journal.Done)
	s.edit(5001, map[string]any{"title": "Something else"})
	s.settled(commitment, 5001, s.export(commitment, 5001, "PO-1"), journal.Parked)
	s.add(change(7001, 5001, 1, "M"))
	r := s.export(changeOrder, 7001, "")
	s.await("the change order is decided", func() bool {
		story, _ := s.story(changeOrder, 7001)
		return story.Effect.State == string(journal.Waiting) || journal.State(story.Effect.State).Settled()
	})
	if story, _ := s.story(changeOrder, 7001); story.Effect.State == string(journal.Waiting) {
		t.Fatalf("it waits for an order that stands in Jobpac: %s", story.Effect.Reason)
	}
	s.settled(changeOrder, 7001, r, journal.Done)
	s.drained()
	s.stop()
	s.closed(r, "success")
}
