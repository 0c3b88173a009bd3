package audit_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/audit"
	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

func TestTheKindsOfApprovalsAreThoseOfEffects(t *testing.T) {
	if erp.ApprovedCommitment != journal.KindCommitment || erp.ApprovedChangeOrder != journal.KindChangeOrder {
		t.Error("an approval would never find its effect")
	}
}

func TestACleanWorldIsClean(t *testing.T) {
	w := clean(t)
	r := w.audited(t)
	if len(r.Findings) > 0 || len(r.Warnings) > 0 || !r.Clean() || r.Next != "" || r.Effects != 4 || r.Approvals != 4 || r.Documents != 4 {
		t.Errorf("%+v", r)
	}
	if r.Connection != "acme" || !r.Started.Equal(now) || !r.Ended.Equal(now) {
		t.Errorf("%+v", r)
	}
	want := []audit.Progress{{What: "effects", Done: 4}, {What: "approvals", Done: 4}}
	if diff := cmp.Diff(want, w.told); diff != "" {
		t.Error(diff)
	}
}

// What is wrong in Jobpac with a document that should stand there: how it is
// made wrong, what is found, and a word that must be said.
func TestWhatIsWrongInJobpac(t *testing.T) {
	another := func(r erp.Record, change func(erp.Row)) erp.Row {
		shown := row(r)
		change(shown)
		return shown
	}
	for name, c := range map[string]struct {
		wrong func(*world)
		want  string
		says  string
	}{
		"gone":           {func(w *world) { delete(w.books, scKey.Origin()) }, "vanished! commitment-4101 1500.00/0.00", "not there any more"},
		"variation gone": {func(w *world) { delete(w.books, coKey.Origin()) }, "vanished! change_order-7701 250.00/0.00", "Variation V00001 of job 1001"},
		"order gone, with the change order's lines": {func(w *world) { delete(w.books, poKey.Origin()) },
			"vanished! change_order-7702 40.00/0.00, vanished! commitment-4102 100.00/0.00", "The lines of change order P7702 on purchase order PO-1"},
		"one line changed": {func(w *world) { w.change(scKey.Origin(), 2, erp.ColValue, "400.00") }, "differs! commitment-4101 1500.00/1400.00", "line 2 is 400.00 instead of 500.00"},
		"a cent":           {func(w *world) { w.change(scKey.Origin(), 1, erp.ColValue, "1000.01") }, "differs! commitment-4101 1500.00/1500.01", "1500.01 in Jobpac"},
		"two lines, the same sum": {func(w *world) {
			w.change(scKey.Origin(), 1, erp.ColValue, "900.00")
			w.change(scKey.Origin(), 2, erp.ColValue, "600.00")
		}, "differs! commitment-4101 1500.00/1500.00", "line 1 is 900.00 instead of 1000.00; line 2"},
		"a line is gone": {func(w *world) { d := w.books[scKey.Origin()].Documents; d[0].Items = d[0].Items[:1] },
			"differs! commitment-4101 1500.00/1000.00", "line 2 of 500.00 is not there"},
		"a line nobody sent": {func(w *world) {
			d := w.books[poKey.Origin()].Documents
			d[0].Items = append(d[0].Items, another(newItems()[0], func(r erp.Row) { r.Values[erp.ColItem] = "3" }))
		}, "differs! commitment-4102 100.00/140.00", "line 3 of 40.00 is in no Procore document"},
		"a change order's line changed": {func(w *world) { w.change(poKey.Origin(), 2, erp.ColValue, "41.00") }, "differs! change_order-7702 40.00/41.00", "line 2 is 41.00"},
		"a change order's line is gone": {func(w *world) { d := w.books[poKey.Origin()].Documents; d[0].Items = d[0].Items[:1] },
			"differs! change_order-7702 40.00/0.00", "line 2 of 40.00 is not there"},
		"a line twice": {func(w *world) {
			d := w.books[scKey.Origin()].Documents
			d[0].Items = append(d[0].Items, row(subcontract()[2]))
		}, "doubled! commitment-4101 1500.00/2000.00", "line 2 more than once"},
		"header twice": {func(w *world) {
			b := w.books[scKey.Origin()]
			b.Documents = append(b.Documents, erp.Document{Header: row(subcontract()[0])})
			w.books[scKey.Origin()] = b
		}, "doubled! commitment-4101 1500.00/", "stands 2 times in Jobpac, 2 of them"},
		"number shared with another": {func(w *world) {
			b := w.books[scKey.Origin()]
			b.Documents = append(b.Documents, erp.Document{Header: another(subcontract()[0], func(r erp.Row) { r.Values[erp.ColReference] = "BY HAND" })})
			w.books[scKey.Origin()] = b
		}, "doubled! commitment-4101 1500.00/", "1 of them with reference PCC4101"},
		"variation under a second number": {func(w *world) {
			second := erp.VariationKey{WorkID: "01", Job: "1001", Variation: "V00009"}
			w.books[second.Origin()] = erp.Book{Documents: []erp.Document{{Header: another(variation()[0], func(r erp.Row) { r.Values[erp.ColVariation] = "V00009" })}}}
		}, "doubled! change_order-7701 250.00/", "V00009 carries the same reference PCO7701"},
		"another reference": {func(w *world) { w.change(scKey.Origin(), 0, erp.ColReference, "PCC9") }, "differs! commitment-4101 1500.00/", `reference "PCC9"`},
		"another creditor":  {func(w *world) { w.change(scKey.Origin(), 0, erp.ColCreditor, "OTHER") }, "differs! commitment-4101 1500.00/1500.00", `its creditor is "OTHER" instead of "BRICKW"`},
		"another job":       {func(w *world) { w.change(poKey.Origin(), 0, erp.ColJob, "1002") }, "differs! commitment-4102 100.00/100.00", `its job is "1002"`},
		"another price":     {func(w *world) { w.change(coKey.Origin(), 0, erp.ColApprovedSum, "255") }, "differs! change_order-7701 250.00/250.00", "approved price is 255.00"},
		"padded and lower case is the same": {func(w *world) {
			w.change(scKey.Origin(), 0, erp.ColCreditor, "brickw  ")
			w.change(scKey.Origin(), 0, erp.ColReference, "PCC4101   ")
			w.change(scKey.Origin(), 2, erp.ColItem, " 0002")
		}, "", ""},
		"no value column, but quantity and rate": {func(w *world) {
			delete(w.books[poKey.Origin()].Documents[0].Items[0].Values, erp.ColValue)
		}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := clean(t)
			c.wrong(w)
			r := w.audited(t)
			if got := kinds(r); got != c.want || len(r.Warnings) > 0 {
				t.Fatalf("got  %s\nwant %s\n%q", got, c.want, r.Warnings)
			}
			if c.want != "" && (r.Clean() || !strings.Contains(r.Findings[0].Words, c.says)) {
				t.Errorf("%q does not say %q", r.Findings[0].Words, c.says)
			}
		})
	}
}

func TestAFindingNamesTheDocument(t *testing.T) {
	w := clean(t)
	delete(w.books, scKey.Origin())
	want := audit.Finding{Kind: audit.Vanished, Connection: "acme", Effect: "acme.commitment-4101", Procore: "commitment P4101 (4101)",
		Title: "Title of 4101", Number: "SC-1", ProcoreTotal: "1500.00", JobpacTotal: "0.00", Serious: true,
		Words: `Subcontract SC-1 "Title of 4101", 1500.00, was written to Jobpac and is not there any more. Find out who removed it: if it was a mistake, key it again under the same number with reference PCC4101; if not, unlink the document in Procore.`}
	if diff := cmp.Diff([]audit.Finding{want}, w.audited(t).Findings); diff != "" {
		t.Error(diff)
	}
}

// Where the journal keeps no amounts of the lines, the total still counts.
func TestTheTotalCountsWithoutLines(t *testing.T) {
	w := clean(t)
	steps := w.effects[0].Plan.Steps
	for i := range steps {
		steps[i].Columns = nil
	}
	if r := w.audited(t); len(r.Findings) > 0 {
		t.Fatalf("%+v", r.Findings)
	}
	w.change(scKey.Origin(), 2, erp.ColValue, "500.01")
	r := w.audited(t)
	if got := kinds(r); got != "differs! commitment-4101 1500.00/1500.01" || !strings.Contains(r.Findings[0].Words, "is 1500.01 in Jobpac.") {
		t.Errorf("%s: %+v", got, r.Findings)
	}
}

// A document that an earlier plan of the effect may have left under another
// number.
func TestAnEarlierNumberThatStillStands(t *testing.T) {
	w := clean(t)
	old := subcontract()[0].(erp.Subcontract)
	old.OrderKey.Order = "SC-0"
	id := string(old.Kind()) + " " + old.Key()
	w.effects[0].Steps[id] = journal.StepMemory{State: journal.StepUnknown}
	if r := w.audited(t); len(r.Findings) > 0 {
		t.Fatalf("nothing stands there: %+v", r.Findings)
	}
	w.books[old.Key()] = book(old)
	r := w.audited(t)
	if got := kinds(r); got != "doubled! commitment-4101 1500.00/" || !strings.Contains(r.Findings[0].Words, "SC-0 carries the same reference") {
		t.Fatalf("%s %+v", got, r.Findings)
	}
	w.change(old.Key(), 0, erp.ColReference, "BY HAND")
	if r := w.audited(t); len(r.Findings) > 0 {
		t.Errorf("it is somebody else's: %+v", r.Findings)
	}
}

// An amount that cannot be read is said, and not judged.
func TestAnAmountThatIsNotShown(t *testing.T) {
	w := clean(t)
	values := w.books[scKey.Origin()].Documents[0].Items[1].Values
	delete(values, erp.ColValue)
	delete(values, erp.ColRate)
	r := w.audited(t)
	if len(r.Findings) > 0 || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "Subcontract SC-1") {
		t.Errorf("%+v", r)
	}
	w = clean(t)
	w.effects[0].Plan.Total = ""
	if r := w.audited(t); len(r.Findings) > 0 || len(r.Warnings) != 1 {
		t.Errorf("%+v", r)
	}
}

// A person linked the document with that difference: told, not serious.
func TestAnAdoptedDocumentMayDiffer(t *testing.T) {
	w := clean(t)
	w.effects[0].Plan.Adopted = "SC-1"
	w.change(scKey.Origin(), 2, erp.ColValue, "400.00")
	r := w.audited(t)
	if got := kinds(r); got != "differs commitment-4101 1500.00/1400.00" || !r.Clean() || !strings.Contains(r.Findings[0].Words, "linked it") {
		t.Errorf("%s", got)
	}
}

// What the journal says of effects that did not get through.
func TestEffectsThatAreNotDone(t *testing.T) {
	plain := func(p *journal.Plan) journal.Record {
		return journal.Record{V: 1, At: began, Request: 9, Plan: p, Moves: []journal.Move{{To: journal.Planned}}}
	}
	half := func(p *journal.Plan, to journal.Move) []journal.Record {
		return []journal.Record{plain(p), then(journal.Move{To: journal.Claimed}, journal.Move{To: journal.Committed, Step: p.Steps[0].ID}, to)}
	}
	parked := journal.Move{To: journal.Parked, Reason: "Two lines differ."}
	for name, c := range map[string]struct {
		history []journal.Record
		later   time.Duration
		books   bool
		want    string
		says    string
	}{
		"young":                           {[]journal.Record{plain(scPlan())}, 29 * time.Minute, false, "", ""},
		"open":                            {[]journal.Record{plain(scPlan()), then(journal.Move{To: journal.Waiting, Reason: "waits for its commitment"})}, 31 * time.Minute, false, "open commitment-4101 1500.00/", "Last: waits for its commitment."},
		"parked":                          {[]journal.Record{plain(scPlan()), then(parked)}, 9 * time.Hour, false, "parked commitment-4101 1500.00/", "waits for a person: Two lines differ."},
		"parked, half of it written":      {half(scPlan(), parked), 0, true, "parked commitment-4101 1500.00/", ""},
		"parked, half of it gone":         {half(scPlan(), parked), 0, false, "parked commitment-4101 1500.00/, missing! commitment-4101 1500.00/0.00", ""},
		"at work, header gone":            {half(scPlan(), journal.Move{To: journal.Intent, Step: "x"}), 0, false, "missing! commitment-4101 1500.00/0.00", ""},
		"at work, header there":           {half(scPlan(), journal.Move{To: journal.Intent, Step: "x"}), 0, true, "", ""},
		"lines of a change order, gone":   {half(itemsPlan(), parked), 0, false, "parked commitment-4101 40.00/, missing! commitment-4101 40.00/0.00", ""},
		"lines of a change order, there":  {half(itemsPlan(), parked), 0, true, "parked commitment-4101 40.00/", ""},
		"rejected, half of it left":       {half(scPlan(), journal.Move{To: journal.Rejected}), 9 * time.Hour, false, "", ""},
		"abandoned":                       {half(scPlan(), journal.Move{To: journal.Abandoned}), 9 * time.Hour, false, "", ""},
		"done, then parked by a request":  {append(road(4101, scPlan()), then(parked)), 0, true, "parked commitment-4101 1500.00/", ""},
		"done, then parked, and gone":     {append(road(4101, scPlan()), then(parked)), 0, false, "parked commitment-4101 1500.00/, vanished! commitment-4101 1500.00/0.00", ""},
		"done, planned again and refused": {append(road(4101, scPlan()), then(journal.Move{To: journal.Planned}, journal.Move{To: journal.Rejected})), 0, false, "missing! commitment-4101 1500.00/0.00", ""},
		"done, refused, still there":      {append(road(4101, scPlan()), then(journal.Move{To: journal.Planned}, journal.Move{To: journal.Rejected})), 0, true, "", ""},
		"done, abandoned by a person":     {append(road(4101, scPlan()), then(journal.Move{To: journal.Planned}, journal.Move{To: journal.Abandoned})), 0, false, "", ""},
		"no document":                     {[]journal.Record{plain(&journal.Plan{Title: "sync_jobs"}), then(journal.Move{To: journal.Superseded})}, 0, false, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.now = w.now.Add(c.later)
			w.effects = []journal.Effect{folded(t, journal.KindCommitment, 4101, c.history...)}
			if c.books {
				w.books = clean(t).books
			}
			r := w.audited(t)
			if got := kinds(r); got != c.want || len(r.Warnings) > 0 {
				t.Fatalf("got  %s\nwant %s\n%q", got, c.want, r.Warnings)
			}
			if c.says != "" && !strings.Contains(r.Findings[0].Words, c.says) {
				t.Errorf("%q does not say %q", r.Findings[0].Words, c.says)
			}
		})
	}
}

// Approved in Procore: what the journal and Jobpac know of it.
func TestApprovals(t *testing.T) {
	reject := func(w *world, i int, to journal.State) {
		e := &w.effects[i]
		e.State, e.Stands, e.Closed, e.Steps, e.Last = to, false, nil, nil, journal.Move{To: to, Reason: "Cost code 99 is not in Jobpac."}
	}
	for name, c := range map[string]struct {
		wrong  func(*world)
		goLive string
		want   string
		says   string
	}{
		"never sent": {func(w *world) { w.effects = w.effects[1:]; w.approvals[0].Origin = "" }, "", "unsent  1500.00/", "never sent"},
		"approved before the go-live": {func(w *world) { w.effects = w.effects[1:]; w.approvals[0].Origin = "" }, "2026-12-08T00:00:01Z",
			"before_go_live  1500.00/", "resolve --adopt"},
		"a change order, by its approval": {func(w *world) {
			w.effects = append(w.effects[:2:2], w.effects[3])
			w.approvals = w.approvals[2:3]
			w.approvals[0].Origin = ""
		}, "2026-12-07T00:00:01Z",
			"before_go_live  250.00/", "Change order P7701 (7701)"},
		"sent and refused":              {func(w *world) { reject(w, 0, journal.Rejected); w.approvals[0].Origin = "" }, "", "unsent commitment-4101 1500.00/", "it is rejected: Cost code 99 is not in Jobpac. Mend"},
		"overtaken":                     {func(w *world) { reject(w, 0, journal.Superseded); w.approvals[0].Origin = "" }, "", "unsent commitment-4101 1500.00/", "never sent"},
		"given up by a person":          {func(w *world) { reject(w, 0, journal.Abandoned); w.approvals[0].Origin = "" }, "", "", ""},
		"at work":                       {func(w *world) { reject(w, 0, journal.Waiting); w.approvals[0].Origin = "" }, "", "", ""},
		"linked, never sent, and there": {func(w *world) { w.effects = w.effects[1:] }, "", "unlinked  1500.00/", "resolve --adopt SC-1"},
		"linked, refused, and there":    {func(w *world) { reject(w, 0, journal.Rejected) }, "", "unlinked commitment-4101 1500.00/", "the journal does not have it"},
		"linked, at work, and there":    {func(w *world) { reject(w, 0, journal.Waiting) }, "", "", ""},
		"linked, not ours, and there":   {func(w *world) { w.effects = w.effects[1:]; w.change(scKey.Origin(), 0, erp.ColReference, "BY HAND") }, "", "", ""},
		"linked, and not there":         {func(w *world) { w.effects = w.effects[1:]; delete(w.books, scKey.Origin()) }, "", "missing!  1500.00/0.00", "nothing under SC-1"},
		"linked, parked, and not there": {func(w *world) { reject(w, 0, journal.Parked); delete(w.books, scKey.Origin()) }, "", "parked commitment-4101 1500.00/, missing! commitment-4101 1500.00/0.00", ""},
		"linked by another program":     {func(w *world) { w.effects = w.effects[1:]; w.approvals[0].Origin = "SAGE-77" }, "", "", ""},
		"variation linked, not there":   {func(w *world) { w.effects = append(w.effects[:2:2], w.effects[3]); delete(w.books, coKey.Origin()) }, "", "missing!  250.00/0.00", "nothing under V00001"},
		"variation linked, there":       {func(w *world) { w.effects = append(w.effects[:2:2], w.effects[3]) }, "", "unlinked  250.00/", "V00001"},
		"variation linked by another":   {func(w *world) { w.effects = append(w.effects[:2:2], w.effects[3]); w.approvals[2].Origin = "SAGE-77" }, "", "", ""},
		"order lines linked, there":     {func(w *world) { w.effects = append(w.effects[:1:1], w.effects[2]); w.approvals = w.approvals[3:] }, "", "unlinked  40.00/", "PO-1"},
		"order lines linked, line gone": {func(w *world) {
			w.effects = append(w.effects[:1:1], w.effects[2])
			w.approvals = w.approvals[3:]
			d := w.books[poKey.Origin()].Documents
			d[0].Items = d[0].Items[:1]
		}, "", "missing!  40.00/0.00", ""},
		"done, the link is missing":      {func(w *world) { w.approvals[0].Origin = "" }, "", "unlinked commitment-4101 1500.00/", "only the link is written"},
		"done, linked to something else": {func(w *world) { w.approvals[0].Origin = "01|SC-9" }, "", "unlinked commitment-4101 1500.00/", "links it to 01|SC-9 instead of 01|SC-1"},
		"done, Procore changed since":    {func(w *world) { w.approvals[0].Total, _ = erp.ParseDecimal("1500.5") }, "", "differs! commitment-4101 1500.5/1500.00", "is 1500.50 in Procore now, but 1500.00 was sent"},
		"done, Procore shows no total":   {func(w *world) { w.approvals[0].Total = erp.Decimal{} }, "", "", ""},
		"told done, gone, told only once": {func(w *world) {
			e := &w.effects[0]
			e.State, e.Stands = journal.Rejected, false
			delete(w.books, scKey.Origin())
		}, "", "missing! commitment-4101 1500.00/0.00", "Procore was told"},
	} {
		t.Run(name, func(t *testing.T) {
			w := clean(t)
			c.wrong(w)
			r := w.audited(t, func(config *audit.Config) {
				if c.goLive != "" {
					config.GoLive, _ = time.Parse(time.RFC3339, c.goLive)
				}
			})
			if got := kinds(r); got != c.want || len(r.Warnings) > 0 {
				t.Fatalf("got  %s\nwant %s\n%q", got, c.want, r.Warnings)
			}
			if c.says != "" && !strings.Contains(r.Findings[0].Words, c.says) {
				t.Errorf("%q does not say %q", r.Findings[0].Words, c.says)
			}
		})
	}
}

func TestSince(t *testing.T) {
	w := clean(t)
	live := began.Add(-time.Hour)
	c := w.config()
	c.GoLive = live
	for _, since := range []time.Time{{}, began} {
		r, err := audit.New(c).Audit(t.Context(), audit.Options{Since: since})
		if err != nil || !r.Since.Equal(w.since[len(w.since)-1]) {
			t.Fatal(err, r.Since)
		}
	}
	if !w.since[0].Equal(live) || !w.since[1].Equal(began) {
		t.Errorf("asked since %v", w.since)
	}
}

func TestAProjectThatIsNotShownIsAWarning(t *testing.T) {
	w := clean(t)
	w.approvedErr = fmt.Errorf("project 2470: %w", erp.ErrNotShown)
	r := w.audited(t)
	if len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "project 2470") || r.Approvals != 4 || len(r.Findings) > 0 {
		t.Errorf("%+v", r)
	}
}

func TestReportAsJSON(t *testing.T) {
	w := newWorld()
	w.approvals = []erp.Approval{{Kind: erp.ApprovedCommitment, ID: 6000, Title: "Forgotten"}}
	text, err := json.Marshal(w.audited(t))
	want := `{"connection":"acme","started":"2026-12-09T09:30:00Z","ended":"2026-12-09T09:30:00Z","approvals":1,"effects":0,"documents":0,` +
		`"findings":[{"kind":"unsent","connection":"acme","procore":"commitment 6000","title":"Forgotten","words":"Commitment 6000 \"Forgotten\" is approved in Procore and was never sent to the ERP. Send it if it is to be in Jobpac.","serious":false}]}`
	if err != nil || string(text) != want {
		t.Errorf("%v\n%s", err, text)
	}
}
