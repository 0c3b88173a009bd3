package imports_test

import (
	"fmt"
	"testing"

	"github.com/procpac/procpac/internal/erp"
)

func TestLinkedCreditorsAreWrittenAndOthersStaged(t *testing.T) {
	w := newWorld(t, organisation(1, 1, 3), 1)
	w.staged = true
	w.run(erp.Creditors)
	if len(w.procore.records[erp.EntryStaged]) != 3 || len(w.procore.records[erp.EntryVendor]) != 0 {
		t.Fatal(w.procore.state())
	}
	r := w.procore.keep(erp.EntryVendor, "01|C0001", 0, &record{origin: "01|C0001", fields: map[string]string{"name": "as typed in Procore"}})
	if err := w.current().Remember(t.Context(), erp.EntryVendor, []erp.Known{{ID: r.id, Origin: "01|C0001"}, {ID: 5}}); err != nil {
		t.Fatal(err)
	}
	if sum := w.run(erp.Creditors); sum.Changed != 1 || sum.Unchanged != 2 {
		t.Errorf("%+v", sum)
	}
	if got := w.procore.records[erp.EntryVendor]["01|C0001"].fields["name"]; got != "Creditor 1" {
		t.Errorf("the linked company is called %q", got)
	}
}

func TestAFullRunSeesWhatWasLinkedUnheard(t *testing.T) {
	w := newWorld(t, organisation(1, 1, 3), 1)
	w.staged = true
	w.run(erp.Creditors)
	w.procore.keep(erp.EntryVendor, "01|C0001", 0, &record{origin: "01|C0001", fields: map[string]string{}})
	w.run(erp.Creditors, full)
	if got := w.procore.records[erp.EntryVendor]["01|C0001"].fields["name"]; got != "Creditor 1" {
		t.Errorf("the linked company is called %q", got)
	}
}

func TestAFullRunSeesWhatWasUnlinkedUnheard(t *testing.T) {
	w := newWorld(t, organisation(1, 1, 2), 1)
	w.staged = true
	for n := range 2 {
		origin := fmt.Sprintf("01|C%04d", n)
		w.procore.keep(erp.EntryVendor, origin, 0, &record{origin: origin, fields: map[string]string{}})
	}
	w.run(erp.Creditors)
	delete(w.procore.records[erp.EntryVendor], "01|C0001")
	w.run(erp.Creditors, full)
	if w.procore.records[erp.EntryStaged]["vendor 01|C0001"] == nil {
		t.Error("the unlinked one was not staged")
	}
}

func TestForgottenRecordsAreSentAgain(t *testing.T) {
	w := newWorld(t, organisation(2, 3, 5), 2)
	w.staged = true
	w.all()
	w.procore.calls = nil
	code, kind := jobOrigin(1)+"|01-01", jobOrigin(1)+"|01-01|LAB"
	for _, f := range []struct {
		t      erp.EntryType
		origin string
	}{
		{erp.EntryVendor, "01|C0002"}, {erp.EntryTaxCode, "01|G1"}, {erp.EntryCostType, "LAB"}, {erp.EntryStandardCode, "01-02"},
		{erp.EntryCostCode, code}, {erp.EntryAssignment, kind}, {erp.EntryJobCost, kind}, {erp.EntryPrime, jobOrigin(2)}, {erp.EntryVendor, "absent"},
	} {
		if err := w.current().Forget(t.Context(), f.t, f.origin); err != nil {
			t.Fatal(err)
		}
	}
	for o, sum := range w.all() {
		want := 1
		if o == erp.CostCodes {
			want = 3
		}
		if o == erp.Jobs || o == erp.JobCosts {
			want = 0 // budgets sent the row already
		}
		if got := sum.New + sum.Changed; got != want {
			t.Errorf("%s: %d sent, want %d", o, got, want)
		}
	}
}

func TestAForgottenProjectIsSentAgain(t *testing.T) {
	w := newWorld(t, organisation(2, 3, 1), 2)
	w.staged, w.direct = true, true
	w.all()
	w.procore.calls = nil
	if err := w.current().ForgetProject(t.Context(), "01|j001 "); err != nil {
		t.Fatal(err)
	}
	sums := w.all()
	for o, want := range map[erp.Object]int{erp.Jobs: 1, erp.CostCodes: 4 + 3, erp.Budgets: 3, erp.JobCosts: 6, erp.HeadContracts: 1, erp.Creditors: 0} {
		if got := sums[o].New + sums[o].Changed; got != want {
			t.Errorf("%s: %d sent, want %d", o, got, want)
		}
	}
	for _, b := range w.procore.calls {
		if b.Job == jobOrigin(2) {
			t.Errorf("%s of the other project was sent", b.Type)
		}
	}
	if err := w.current().ForgetProject(t.Context(), "nonsense"); err == nil {
		t.Error("no job, no error")
	}
}

func TestNothingToForgetIsNoError(t *testing.T) {
	w := newWorld(t, organisation(1, 1, 1), 1)
	if err := w.current().Forget(t.Context(), erp.EntryVendor); err != nil {
		t.Error(err)
	}
	if err := w.current().Remember(t.Context(), erp.EntryCostCode, []erp.Known{{ID: 4, Origin: "01|J001|X"}}); err != nil {
		t.Error(err)
	}
}
