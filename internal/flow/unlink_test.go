package flow

import (
	"slices"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/journal"
)

// entered is a bench with a purchase order of two lines in Jobpac, and the
// request 5 to unlink it.
func entered(t *testing.T) *bench {
	b := newBench(t)
	b.order(1, 2)
	b.untilSettled(1, 5)
	b.want(journal.KindCommitment, 4101, journal.Done, 3, erp.Success)
	b.clock.Advance(quiet)
	b.unlinks(5, erp.Unlink{Kind: journal.KindCommitment, Type: erp.PurchaseOrderContract, ID: 4101, Origin: "01|PO1001", Lines: []erp.ID{100, 999}})
	return b
}

func (b *bench) unlinks(request erp.ID, u erp.Unlink) {
	b.procore.requests[request] = erp.Request{ID: request, DetailID: request + 1000, Company: 9, Name: erp.UnlinkCommitment, Unlink: &u}
}

func TestWhatStandsIsNotUnlinked(t *testing.T) {
	b := entered(t)
	b.untilSettled(5, 5)
	if got := b.procore.closings[1005]; !slices.Equal(got, []erp.Outcome{erp.Failed}) || !strings.Contains(b.procore.words[1005][0], "Order PO1001 stands in Jobpac with 2 line(s)") {
		t.Errorf("told %v: %q", got, b.procore.words[1005])
	}
	if b.procore.links[4101].Origin != "01|PO1001" || b.effect(journal.KindCommitment, 4101).State != journal.Done {
		t.Error("something was unlinked")
	}
}

// Gone or complete: the links are taken away, header and lines, and sent again
// the commitment is entered anew.
func TestWhatIsGoneOrCompleteIsUnlinked(t *testing.T) {
	for name, change := range map[string]func(*bench){
		"gone":     func(b *bench) { b.jobpac.rows = nil },
		"complete": func(b *bench) { b.jobpac.rows[0].values[erp.ColComplete] = "Y" },
	} {
		t.Run(name, func(t *testing.T) {
			b := entered(t)
			change(b)
			b.untilSettled(5, 5)
			if got := b.procore.closings[1005]; !slices.Equal(got, []erp.Outcome{erp.Success}) {
				t.Fatalf("told %v: %q", got, b.procore.words[1005])
			}
			for _, id := range []erp.ID{4101, 100, 101, 999} {
				if item, ok := b.procore.links[id]; !ok || item.Origin != "" {
					t.Errorf("%d is linked to %q", id, item.Origin)
				}
			}
			if e := b.effect(journal.KindCommitment, 4101); e.State != journal.Abandoned || e.Stands || len(e.Steps) != 0 {
				t.Errorf("%s, stands %t, steps %v", e.State, e.Stands, e.Steps)
			}
			if b.deliver(1); len(b.procore.closings[1001]) != 1 {
				t.Error("the old request was answered again")
			}
			if name != "gone" {
				return
			}
			b.order(6, 2)
			b.untilSettled(6, 5)
			b.want(journal.KindCommitment, 4101, journal.Done, 3, erp.Success)
		})
	}
}

func TestADocumentInDoubtIsNotUnlinked(t *testing.T) {
	b := newBench(t)
	b.order(1, 1)
	b.jobpac.outcome = lost
	b.deliver(1)
	b.unlinks(5, erp.Unlink{Kind: journal.KindCommitment, Type: erp.PurchaseOrderContract, ID: 4101, Origin: "01|PO1001"})
	b.untilSettled(5, 5)
	if got := b.procore.closings[1005]; !slices.Equal(got, []erp.Outcome{erp.Failed}) || !strings.Contains(b.procore.words[1005][0], "not known yet") {
		t.Errorf("told %v: %q", got, b.procore.words[1005])
	}
}

func TestUnlinkingAChangeOrder(t *testing.T) {
	b := newBench(t)
	c := b.order(1, 1)
	b.untilSettled(1, 5)
	b.change(2, *c, 1)
	b.untilSettled(2, 5)
	b.want(journal.KindChangeOrder, 7701, journal.Done, 3, erp.Success)
	ask := erp.Unlink{Kind: journal.KindChangeOrder, Type: erp.PurchaseOrderContract, ID: 7701, Commitment: 4101}
	b.unlinks(5, ask)
	b.untilSettled(5, 5)
	if got := b.procore.words[1005]; len(got) == 0 || !strings.Contains(got[0], "Line 2 of order PO1001 stands in Jobpac") {
		t.Errorf("told %q", got)
	}
	for i := range b.jobpac.rows {
		if b.jobpac.rows[i].kind == erp.KindOrderItem {
			b.jobpac.rows[i].values[erp.ColComplete] = "Y"
		}
	}
	b.unlinks(6, ask)
	b.untilSettled(6, 5)
	if got := b.procore.closings[1006]; !slices.Equal(got, []erp.Outcome{erp.Success}) || b.procore.links[7701].Origin != "" {
		t.Errorf("told %v, linked %+v", got, b.procore.links[7701])
	}
}

func TestUnlinkingSurvivesDeath(t *testing.T) {
	for _, at := range []failpoint.Point{failpoint.Read, failpoint.Claimed, failpoint.StepsDone, failpoint.AppliedWritten, failpoint.Closed, failpoint.DoneWritten} {
		t.Run(string(at), func(t *testing.T) {
			b := entered(t)
			b.jobpac.rows = nil
			b.Points = dyingAt(at)
			b.dies(func() Verdict { return b.deliver(5) })
			b.untilSettled(5, 5)
			if got := slices.Compact(b.procore.closings[1005]); !slices.Equal(got, []erp.Outcome{erp.Success}) {
				t.Errorf("told %v", got)
			}
			if e := b.effect(journal.KindCommitment, 4101); e.State != journal.Abandoned || b.procore.links[4101].Origin != "" {
				t.Errorf("%s, linked %+v", e.State, b.procore.links[4101])
			}
		})
	}
}
