package imports_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// TestAHundredBadRowsAreToldByName refuses rows of all kinds one by one, in
// Procore and by rule; nothing else is missing, and mended rows follow.
func TestAHundredBadRowsAreToldByName(t *testing.T) {
	w := newWorld(t, organisation(1, 2, 2000), 1)
	w.jobpac.page = 700
	bad := map[string]bool{}
	for n := 0; n < 2000; n += 20 {
		bad[fmt.Sprintf("C%04d", n)] = true
	}
	w.procore.refuse = func(e erp.Entry) string {
		if bad[e.Code] {
			return "name has already been taken"
		}
		return ""
	}
	nameless := creditor(5000, day)
	nameless[erp.ColName] = ""
	w.jobpac.set(erp.ListCreditors, nameless)
	sum := w.run(erp.Creditors)
	if sum.New != 1900 || sum.Refused != 101 || len(sum.Refusals) != 101 {
		t.Fatalf("%d new, %d refused, %d told", sum.New, sum.Refused, len(sum.Refusals))
	}
	told := 0
	for _, p := range sum.Refusals {
		for code := range bad {
			if strings.Contains(p.Message, code) && strings.Contains(p.Message, "already been taken") && strings.Contains(p.Where, code) {
				told++
			}
		}
	}
	if told != 100 {
		t.Errorf("%d of 100 told by name", told)
	}
	w.procore.refuse = nil
	if sum := w.run(erp.Creditors); sum.New != 100 || len(w.procore.records[erp.EntryVendor]) != 2000 {
		t.Errorf("after mending: %+v", sum)
	}
	w.run(erp.Creditors)
	if sum := w.run(erp.Creditors); sum.Read != 0 {
		t.Errorf("the window stays open: %+v", sum)
	}
}

func TestRefusalsAreCappedAndCounted(t *testing.T) {
	w := newWorld(t, organisation(1, 1, 300), 1)
	w.procore.refuse = func(erp.Entry) string { return strings.Repeat("long words ", 200) }
	sum := w.run(erp.Creditors)
	if sum.Refused != 300 || len(sum.Refusals) != 200 || len(sum.Refusals[0].Message) > 1000 {
		t.Errorf("%d refused, %d told", sum.Refused, len(sum.Refusals))
	}
}

// TestACallRefusedAsAWholeIsHalved is for calls without an errors list, such as
// that of budget lines: one bad row refuses all that are sent with it.
func TestACallRefusedAsAWholeIsHalved(t *testing.T) {
	w := newWorld(t, organisation(1, 100, 1), 1)
	w.jobpac.page = 200
	w.before(erp.Budgets)
	w.procore.fail = func(b erp.EntryBatch) error {
		for _, e := range b.Rows {
			if strings.Contains(e.Label, "03-07") || strings.Contains(e.Label, "09-01") {
				return fault.New(fault.Permanent, "sync", errors.New("status 422")).Saying("unit of measure is not known")
			}
		}
		return nil
	}
	sum := w.run(erp.Budgets)
	if sum.New != 98 || sum.Refused != 2 || len(w.procore.records[erp.EntryBudgetLine]) != 98 {
		t.Fatalf("%+v", sum)
	}
	if !strings.Contains(sum.Refusals[0].Message, "unit of measure") || sum.Calls > 40 {
		t.Errorf("%d calls; %+v", sum.Calls, sum.Refusals[0])
	}
	w.procore.fail = nil
	if sum := w.run(erp.Budgets); sum.New != 2 || sum.Unchanged != 98 {
		t.Errorf("after mending: %+v", sum)
	}
}

func TestAHopelessBatchIsGivenUp(t *testing.T) {
	w := newWorld(t, organisation(1, 1, 1000), 1)
	w.jobpac.page = 1000
	calls := 0
	w.procore.fail = func(erp.EntryBatch) error {
		calls++
		return fault.New(fault.Permanent, "sync", errors.New("status 404"))
	}
	if sum := w.run(erp.Creditors); sum.Refused != 1000 || calls > 60 {
		t.Errorf("%d refused in %d calls", sum.Refused, calls)
	}
}

// TestALostAnswerDoublesNothing loses the answer of calls that would make second
// records if they were repeated as they were.
func TestALostAnswerDoublesNothing(t *testing.T) {
	for o, kind := range map[erp.Object]erp.EntryType{erp.Budgets: erp.EntryBudgetLine, erp.HeadContracts: erp.EntryPrime} {
		t.Run(string(o), func(t *testing.T) {
			w := newWorld(t, organisation(2, 12, 1), 2)
			w.before(o)
			lost := 0
			w.procore.lose = func(b erp.EntryBatch) error {
				if lost++; lost%2 == 1 && b.Type == kind {
					return fault.New(fault.Ambiguous, "sync", errors.New("the connection broke"))
				}
				return nil
			}
			w.run(o)
			want := map[erp.EntryType]int{erp.EntryBudgetLine: 24, erp.EntryPrime: 2}[kind]
			if got := len(w.procore.records[kind]); got != want || lost < 2 {
				t.Errorf("%d records, want %d", got, want)
			}
		})
	}
}

func TestRowsWaitForTheirParents(t *testing.T) {
	w := newWorld(t, organisation(1, 5, 1), 1)
	w.staged, w.direct = true, true
	sum := w.run(erp.JobCosts)
	if sum.New != 5 || sum.Refused != 10 { // direct costs stand by themselves, their lines and the totals do not
		t.Fatalf("%+v", sum)
	}
	for _, p := range sum.Refusals {
		if !strings.HasPrefix(p.Rule, "IM-NO-COST-") || !strings.Contains(p.Message, "next run") {
			t.Errorf("%+v", p)
		}
	}
	w.run(erp.CostTypes)
	w.run(erp.CostCodes)
	if sum := w.run(erp.JobCosts); sum.New != 10 || sum.Refused != 0 {
		t.Errorf("%+v", sum)
	}
}

func TestAnOldWaitingRowKeepsTheWindowOpen(t *testing.T) {
	w := newWorld(t, organisation(1, 1, 5), 1)
	old := creditor(77, day.Add(-1000*time.Hour))
	w.jobpac.set(erp.ListCreditors, old)
	w.procore.refuse = func(e erp.Entry) string {
		if e.Code == "C0077" {
			return "not now"
		}
		return ""
	}
	for range 3 {
		if sum := w.run(erp.Creditors); sum.Refused != 1 {
			t.Fatalf("%+v", sum)
		}
	}
	w.procore.refuse = nil
	if sum := w.run(erp.Creditors); sum.New != 1 {
		t.Errorf("%+v", sum)
	}
}

func TestAWaitingRowWithoutATimeOfChangeIsReadAgain(t *testing.T) {
	w := newWorld(t, organisation(1, 1, 5), 1)
	bare := creditor(77, day)
	bare[erp.ColChanged] = "unknown"
	w.jobpac.set(erp.ListCreditors, bare)
	w.procore.refuse = func(e erp.Entry) string { return map[string]string{"C0077": "not now"}[e.Code] }
	w.run(erp.Creditors)
	w.procore.refuse = nil
	if sum := w.run(erp.Creditors); sum.Read != 6 || sum.New != 1 {
		t.Errorf("%+v", sum)
	}
}

// TestIDsOfRecordsThatAreGoneHeal deletes and makes again what rows refer to.
func TestIDsOfRecordsThatAreGoneHeal(t *testing.T) {
	w := newWorld(t, organisation(1, 5, 1), 1)
	w.staged = true
	w.all()
	codes := w.procore.records[erp.EntryCostCode]
	for _, r := range codes {
		w.procore.last++
		r.id = w.procore.last
	}
	clear(w.procore.records[erp.EntryJobCost])
	w.jobpac.change(w.now, false)
	if sum := w.run(erp.JobCosts); sum.Refused != 5 {
		t.Fatalf("%+v", sum)
	}
	if sum := w.run(erp.JobCosts); sum.Refused != 0 || sum.Calls != 1 {
		t.Errorf("%+v", sum)
	}
}

func TestAProjectThatIsAnotherNowGetsEverything(t *testing.T) {
	w := newWorld(t, organisation(1, 5, 1), 1)
	w.staged, w.direct = true, true
	w.all()
	for _, all := range w.procore.records {
		for key, r := range all {
			if r.project != 0 {
				delete(all, key)
			}
		}
	}
	w.procore.last++
	w.procore.records[erp.EntryProject][jobOrigin(1)].id = w.procore.last
	w.all()
	if got := len(w.procore.records[erp.EntryJobCost]); got != 5 || len(w.procore.records[erp.EntryDirectLine]) != 5 {
		t.Errorf("%s", w.procore.state())
	}
}
