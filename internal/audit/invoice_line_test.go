package audit_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// shown gives the claim as Jobpac shows it: the header has no reference of its own,
// the rows have those given, and the numbers of their places. The header shows what
// all rows agree on.
func shown(w *world, key erp.ClaimKey, references ...string) *erp.Document {
	doc := &w.papers[key.Origin()].Book.Documents[0]
	delete(doc.Header.Values, erp.ColReference)
	for i, reference := range references {
		doc.Items[i].Values[erp.ColReference] = reference
		if reference == "" {
			delete(doc.Items[i].Values, erp.ColReference)
		}
	}
	return doc
}

func extraLine(amount string) erp.Row {
	return erp.Row{Kind: erp.KindClaimItem, Values: map[erp.Name]string{erp.ColItem: "1", erp.ColValue: amount}}
}

// Which row is which line, where Jobpac shows all, some or none of our references.
func TestTheLinesOfAnInvoice(t *testing.T) {
	const one, two, none = "PCR880/1", "PCR880/2", ""
	for name, c := range map[string]struct {
		wrong func(*world)
		want  string
		says  string // in the finding, else in the warning
	}{
		"all":              {func(w *world) { shown(w, claimKey, one, two) }, "", ""},
		"other way round":  {func(w *world) { slices.Reverse(shown(w, claimKey, one, two).Items) }, "", ""},
		"one":              {func(w *world) { shown(w, claimKey, one, none) }, "", ""},
		"none":             {func(w *world) { shown(w, claimKey, none, none) }, "", "Claim of invoice INV-7 on order SC-1 of creditor BRICKW is compared by its number and its amounts alone"},
		"none, reversed":   {func(w *world) { slices.Reverse(shown(w, claimKey, none, none).Items) }, "", "shows no reference"},
		"no number either": {func(w *world) { delete(shown(w, claimKey, one, none).Items[1].Values, erp.ColItem) }, "", ""},
		"none, altered": {func(w *world) { shown(w, claimKey, none, none).Items[0].Values[erp.ColValue] = "201.00" },
			"differs! requisition-880 300.00/301.00", "is 301.00 in Jobpac: line 1 is 201.00 instead of 200.00. Correct it in Jobpac, or bring the difference with the next invoice in Procore."},
		"keyed by hand": {func(w *world) {
			d := shown(w, claimKey, one, two)
			d.Items = append([]erp.Row{extraLine("40.00")}, d.Items...)
		}, "differs! requisition-880 300.00/340.00", "line 3 of 40.00 is in no Procore document"},
		"of somebody else": {func(w *world) {
			d := shown(w, claimKey, one, two)
			d.Items = append(d.Items, extraLine("200.00"))
			d.Items[2].Values[erp.ColReference] = "PCR9/1"
		}, "differs! requisition-880 300.00/500.00", "line 3 of 200.00 is in no Procore document"},
		"all of somebody else": {func(w *world) { shown(w, claimKey, "PCR9/1", "PCR9/2") }, "differs! requisition-880 300.00/", `with reference "PCR9" under`},
		"linked by a person": {func(w *world) {
			w.effects[0].Plan.Adopted = "INV-7"
			shown(w, claimKey, "BY HAND/1", "BY HAND/2")
		}, "differs requisition-880 300.00/", `with reference "BY HAND" under`},
		"linked by a person, without references": {func(w *world) {
			w.effects[0].Plan.Adopted = "INV-7"
			shown(w, claimKey, none, none)
		}, "", "shows no reference"},
		"twice": {func(w *world) {
			d := shown(w, claimKey, one, two)
			d.Items = append(d.Items, d.Items[1])
		}, "doubled! requisition-880 300.00/400.00", "line 2 more than once"},
		"one gone": {func(w *world) { d := shown(w, claimKey, one, two); d.Items = d.Items[:1] },
			"differs! requisition-880 300.00/200.00", "line 2 of 100.00 is not there"},
		"all gone": {func(w *world) { shown(w, claimKey).Items = nil }, "differs! requisition-880 300.00/0.00", "line 1 of 200.00 is not there; line 2"},
		"no amounts": {func(w *world) { delete(shown(w, claimKey, one, two).Items[1].Values, erp.ColValue) }, "",
			"could not be compared to the cent: Jobpac shows no amount"},
		"another order": {func(w *world) { shown(w, invoiceKey).Header.Values[erp.ColOrder] = "PO-2" },
			"differs! requisition-881 60.00/60.00", `its order is "PO-2" instead of "PO-1"`},
		"entered, and nothing is shown": {func(w *world) { w.papers[claimKey.Origin()] = erp.ClaimFound{State: erp.ClaimEntered} }, "", "it is entered, and Jobpac shows nothing of it"},
		"nobody knows whose": {func(w *world) { w.effects[1].Plan.Steps[1].Columns = nil }, "",
			"Invoice INV-8 on order PO-1 could not be compared: the journal does not say whose it is."},
		"whose, by the plan": {func(w *world) { w.effects[1].Plan.Steps[1].Columns, w.effects[1].Plan.Creditor = nil, "FASTEN" }, "", ""},
	} {
		w := papers(t)
		c.wrong(w)
		r := w.audited(t)
		said := strings.Join(r.Warnings, "")
		if c.want != "" && len(r.Findings) > 0 {
			said = r.Findings[0].Words
		}
		if got := kinds(r); got != c.want || (said == "") != (c.says == "") || !strings.Contains(said, c.says) {
			t.Errorf("%s: got  %s\nwant %s\n%q does not say %q", name, got, c.want, said, c.says)
		}
	}
}

// retained is a claim that holds 15.00 of its 300.00 back and gives 4.50 of before.
func retained() []erp.Record {
	records, held := claimed(), erp.Money(15_00)
	head := records[0].(erp.Claim)
	head.Retained, head.Released = &held, 4_50
	records[0] = head
	return records
}

// Retention is money of the claim's header.
func TestRetentionIsCompared(t *testing.T) {
	for want, wrong := range map[string]func(erp.Row){
		"": func(erp.Row) {},
		"its retention held is 14.00 instead of 15.00":   func(h erp.Row) { h.Values[erp.ColRetained] = "14.00" },
		"its retention released is 0.00 instead of 4.50": func(h erp.Row) { h.Values[erp.ColReleased] = "0" },
	} {
		w := newWorld()
		w.effects = []journal.Effect{folded(t, journal.KindRequisition, 880, road(880, paper(880, claimKey, "300.00", retained()))...)}
		w.papers[claimKey.Origin()] = erp.ClaimFound{State: erp.ClaimEntered, Book: book(retained()...)}
		wrong(w.papers[claimKey.Origin()].Book.Documents[0].Header)
		r := w.audited(t)
		if want == "" && len(r.Findings) > 0 || want != "" && (len(r.Findings) != 1 || !r.Findings[0].Serious || !strings.Contains(r.Findings[0].Words, want)) {
			t.Errorf("%q: %+v", want, r.Findings)
		}
	}
}
