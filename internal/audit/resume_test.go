package audit_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/audit"
	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// One document that Jobpac does not show leaves the others to be compared.
func TestADocumentThatCannotBeReadIsAWarning(t *testing.T) {
	w := clean(t)
	broken := fault.New(fault.Transient, "jobpac listing", errors.New("unreadable")).Saying("Jobpac failed on its own side.")
	w.jobpacErr[scKey.Origin()], w.jobpacErr[job.Origin()] = broken, broken
	w.effects = append(w.effects, folded(t, journal.KindCommitment, 4103, road(4103, plan(journal.KindCommitment, 4103, "01|SC-3", "7.00", nil))...))
	linked := approval(t, w.effects[1])
	linked.ID, linked.Origin = 4199, scKey.Origin()
	w.approvals = append(w.approvals, linked)
	r := w.audited(t)
	if len(r.Findings) > 0 || len(r.Warnings) != 3 || r.Effects != 5 || !strings.Contains(r.Warnings[1], "Subcontract SC-1 could not be compared: Jobpac did not show it (Jobpac failed on its own side.)") {
		t.Errorf("%+v", r)
	}
}

// A register that cannot be read is asked for once, and a system that is away
// ends the audit.
func TestASystemThatIsAwayEndsTheAudit(t *testing.T) {
	away := fault.New(fault.Transient, "jobpac", errors.New("no route")).OfSystem()
	for origin, next := range map[string]string{
		coKey.Origin(): "", job.Origin(): "", poKey.Origin(): "acme.change_order-7701", scKey.Origin(): "acme.change_order-7702",
	} {
		w := clean(t)
		w.jobpacErr[origin] = away
		r, err := audit.New(w.config()).Audit(t.Context(), audit.Options{})
		if !errors.Is(err, away) || !fault.IsSystem(err) || r.Next != next || r.Ended.IsZero() {
			t.Errorf("%s: %v, next %q", origin, err, r.Next)
		}
	}
	w := clean(t)
	w.approvedErr = away
	r, err := audit.New(w.config()).Audit(t.Context(), audit.Options{})
	if !errors.Is(err, away) || r.Next != "~approvals" || r.Effects != 4 || r.Approvals != 0 {
		t.Errorf("%v %+v", err, r)
	}
	w = clean(t)
	w.effectsErr = errors.New("disk")
	if r, err := audit.New(w.config()).Audit(t.Context(), audit.Options{After: "acme.change_order-7701"}); !errors.Is(err, w.effectsErr) || r.Next != "acme.change_order-7701" {
		t.Errorf("%v %+v", err, r)
	}
}

// broad is a world with a finding of every kind.
func broad(t *testing.T) *world {
	w := clean(t)
	w.now = began.Add(2 * time.Hour)
	for i := range 30 {
		id := erp.ID(5000 + i)
		key := erp.OrderKey{WorkID: "01", Order: fmt.Sprintf("SC-%d", id)}
		sc := subcontract()[0].(erp.Subcontract)
		sc.OrderKey, sc.Reference = key, erp.CommitmentReference(id)
		item := subcontract()[1].(erp.SubcontractItem)
		item.OrderKey = key
		p := plan(journal.KindCommitment, id, key.Origin(), "1000.00", []erp.Record{sc, item})
		history := road(id, p)
		if i%5 == 0 {
			history = append(history[:1:1], then(journal.Move{To: journal.Parked, Reason: "Ask."}))
		}
		w.effects = append(w.effects, folded(t, journal.KindCommitment, id, history...))
		w.approvals = append(w.approvals, approval(t, w.effects[len(w.effects)-1]))
		switch i % 4 {
		case 0:
			w.books[key.Origin()] = book(sc, item)
		case 1:
			item.Value = 999_99
			w.books[key.Origin()] = book(sc, item)
		case 2:
			b := book(sc, item)
			b.Documents = append(b.Documents, b.Documents[0])
			w.books[key.Origin()] = b
		}
	}
	w.approvals = append(w.approvals, erp.Approval{Kind: erp.ApprovedCommitment, ID: 6000, Title: "Forgotten"})
	return w
}

// Cut anywhere, by the context or by Jobpac, and resumed as often as needed,
// the audit finds what one that runs through finds.
func TestAnAuditThatIsCutGoesOn(t *testing.T) {
	whole := broad(t).audited(t)
	if len(whole.Findings) < 25 || whole.Clean() {
		t.Fatalf("the world is too good: %s", kinds(whole))
	}
	for cut := range 80 {
		w := broad(t)
		got, cuts := pieces(t, w, cut)
		if diff := cmp.Diff(whole.Findings, got.Findings); diff != "" {
			t.Fatalf("cut every %d calls (%d cuts): %s", cut, cuts, diff)
		}
		if got.Effects != whole.Effects || got.Approvals != whole.Approvals || got.Documents != whole.Documents {
			t.Errorf("cut every %d calls: %d effects, %d approvals, %d documents", cut, got.Effects, got.Approvals, got.Documents)
		}
		if cut < 30 && cuts == 0 {
			t.Errorf("nothing was cut at %d", cut)
		}
	}
}

// pieces audits until it is finished; each run but the last ends after so many
// calls to Jobpac, and each is given a few more than the one before.
func pieces(t *testing.T, w *world, calls int) (all audit.Report, cuts int) {
	t.Helper()
	after := ""
	for ; ; cuts++ {
		ctx, cancel := context.WithCancel(t.Context())
		c := w.config()
		c.Jobpac = &impatient{world: w, left: calls + cuts, cancel: cancel}
		r, err := audit.New(c).Audit(ctx, audit.Options{After: after})
		cancel()
		all.Findings = slices.Concat(all.Findings, r.Findings)
		all.Effects, all.Approvals, all.Documents = all.Effects+r.Effects, all.Approvals+r.Approvals, all.Documents+r.Documents
		if err == nil {
			return all, cuts
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		after = r.Next
	}
}

// impatient is a Jobpac whose caller leaves after so many calls.
type impatient struct {
	*world
	left   int
	cancel func()
}

func (i *impatient) Orders(ctx context.Context, key erp.OrderKey) (erp.Book, error) {
	if i.left--; i.left < 0 {
		i.cancel()
	}
	if ctx.Err() != nil {
		return erp.Book{}, fault.New(fault.Transient, "jobpac", ctx.Err())
	}
	return i.world.Orders(ctx, key)
}

func TestProgressEveryHundred(t *testing.T) {
	w := newWorld()
	for i := range 205 {
		w.effects = append(w.effects, folded(t, journal.KindRequest, erp.ID(1000+i),
			journal.Record{At: began, Plan: &journal.Plan{}, Moves: []journal.Move{{To: journal.Planned}, {To: journal.Superseded}}}))
	}
	w.audited(t)
	want := []audit.Progress{{What: "effects", Done: 100}, {What: "effects", Done: 200}, {What: "effects", Done: 205}, {What: "approvals"}}
	if diff := cmp.Diff(want, w.told); diff != "" {
		t.Error(diff)
	}
}
