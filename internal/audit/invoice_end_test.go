package audit_test

import (
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/audit"
	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// answered is a record in which a request of its own is planned anew and ended.
func answered(request int64, outcome erp.Outcome, moves ...journal.Move) []journal.Record {
	anew := journal.Record{V: 1, At: began.Add(3 * time.Minute), Request: request, Moves: moves}
	return []journal.Record{anew, {V: 1, At: began.Add(4 * time.Minute), Closed: &journal.Closing{Request: request, Outcome: string(outcome)}}}
}

// forgotten are the moves of an import of which nothing counts any more.
func forgotten(p *journal.Plan, end journal.Move) []journal.Move {
	moves := []journal.Move{{To: journal.Planned}}
	for _, s := range p.Steps {
		moves = append(moves, journal.Move{To: journal.Planned, Step: s.ID})
	}
	return append(moves, end)
}

// What is owed of an invoice by the way it went, with Jobpac having nothing of it,
// having it staged, and having refused it.
func TestWhatIsOwedOfAnInvoice(t *testing.T) {
	p := paper(880, claimKey, "300.00", claimed())
	begun := road(880, p)[:1:1]
	begun[0].Moves = begun[0].Moves[:len(begun[0].Moves)-1] // not applied
	parked := journal.Move{To: journal.Parked, Reason: "Sent with other content."}
	after := func(more ...journal.Record) []journal.Record { return append(road(880, p), more...) }
	const missing, wait = "missing! requisition-880 300.00/0.00", "parked requisition-880 300.00/"
	for name, c := range map[string]struct {
		history               []journal.Record
		gone, staged, refused string
	}{
		"at work":                                 {begun, missing, "", ""},
		"parked":                                  {append(begun[:1:1], then(parked)), wait + ", " + missing, wait, wait},
		"refused":                                 {append(begun[:1:1], answered(9880, erp.Failed, forgotten(p, journal.Move{To: journal.Rejected})...)...), "", "", ""},
		"reset, sent again and refused":           {after(answered(9999, erp.Failed, forgotten(p, journal.Move{To: journal.Rejected})...)...), "", "", ""},
		"reset, sent again and at work":           {after(answered(9999, "", forgotten(p, journal.Move{To: journal.Waiting})...)[:1]...), "", "", ""},
		"begun again by a person and refused":     {after(answered(0, "", forgotten(p, journal.Move{To: journal.Rejected})...)[:1]...), missing, "", missing},
		"unlinked":                                {after(then(forgotten(p, journal.Move{To: journal.Abandoned})...)), "", "", ""},
		"reset, sent again changed and parked":    {after(then(parked)), wait + ", vanished! requisition-880 300.00/0.00", wait + ", differs! requisition-880 300.00/", wait + ", differs! requisition-880 300.00/"},
		"reset, sent again changed and abandoned": {after(then(parked, journal.Move{To: journal.Abandoned})), "vanished requisition-880 300.00/0.00", "differs requisition-880 300.00/", "differs requisition-880 300.00/"},
	} {
		for state, want := range map[erp.ClaimState]string{erp.ClaimAbsent: c.gone, erp.ClaimStaged: c.staged, erp.ClaimRefused: c.refused} {
			w := newWorld()
			w.effects = []journal.Effect{folded(t, journal.KindRequisition, 880, c.history...)}
			w.papers[claimKey.Origin()] = erp.ClaimFound{State: state, Errors: []string{"Over-claim of item 1."}}
			r := w.audited(t)
			if got := kinds(r); got != want || len(r.Warnings) > 0 {
				t.Errorf("%s, %q: got  %s\nwant %s\n%q", name, state, got, want, r.Warnings)
			}
			checkWords(t, name, r.Findings)
		}
	}
}

// checkWords looks at what is said of invoices that are not there.
func checkWords(t *testing.T, name string, found []audit.Finding) {
	t.Helper()
	for _, f := range found {
		for _, c := range []struct{ when, says string }{
			{"by a person and refused", "Procore was told that claim of invoice INV-7 on order SC-1 of creditor BRICKW is in Jobpac, but Jobpac "},
			{"and abandoned", "A person gave it up since; nothing is to be done if that was meant."},
			{"at work", "replay it when it has come to rest"},
		} {
			if strings.HasSuffix(name, c.when) && !strings.Contains(f.Words, c.says) {
				t.Errorf("%s: %q does not say %q", name, f.Words, c.says)
			}
		}
	}
}

// A reset leaves the invoice in Jobpac and its effect as it was: a request of its
// own is noted, which names no document.
func TestAResetInvoiceIsNoFinding(t *testing.T) {
	w := papers(t)
	note := &journal.Plan{Kind: journal.KindRequest, Title: "the invoice was reset in Procore"}
	end := []journal.Move{{To: journal.Planned}, {To: journal.Claimed}, {To: journal.Applied}, {To: journal.Confirmed}, {To: journal.Done}}
	w.effects = append(w.effects, folded(t, journal.KindRequest, 9999, journal.Record{V: 1, At: began, Request: 9999, Plan: note, Moves: end}))
	if r := w.audited(t); len(r.Findings) > 0 || len(r.Warnings) > 0 || r.Effects != 3 {
		t.Errorf("%+v", r)
	}
}

// An invoice is told by its number, its creditor and its order.
func TestAFindingNamesTheInvoice(t *testing.T) {
	w := papers(t)
	w.effects[0].Plan.Title, w.effects[0].Plan.ProcoreNo = "Invoice INV-7", "INV-7"
	delete(w.papers, claimKey.Origin())
	f := w.audited(t).Findings[0]
	if f.Procore != "invoice INV-7 (880)" || f.Number != "INV-7" || f.Title != "Invoice INV-7" || !strings.HasPrefix(f.Words, "Claim of invoice INV-7 on order SC-1 of creditor BRICKW, 300.00, was") {
		t.Errorf("%+v", f)
	}
}

// An earlier plan's number under which the same invoice was entered too.
func TestAnInvoiceUnderAnEarlierNumber(t *testing.T) {
	w := papers(t)
	for i, old := range []erp.ClaimKey{{WorkID: "01", Order: "SC-1", Invoice: "INV-6"}, {WorkID: "01", Order: "PO-1", Invoice: "INV-6"}} {
		kind := []erp.Kind{erp.KindClaim, erp.KindInvoicePost}[i]
		w.effects[i].Steps[string(kind)+" "+old.Origin()] = journal.StepMemory{State: journal.StepUnknown}
		found := w.papers[[]erp.ClaimKey{claimKey, invoiceKey}[i].Origin()]
		if w.papers[old.Origin()] = found; i == 0 {
			delete(w.papers, old.Origin())
		}
	}
	r := w.audited(t)
	if got := kinds(r); got != "doubled! requisition-881 60.00/" || !strings.Contains(r.Findings[0].Words, "INV-6 carries the same reference PCR881") {
		t.Errorf("%s %+v", got, r.Findings)
	}
}
