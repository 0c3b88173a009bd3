package flow

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// What was written a moment ago may not be shown yet: nothing is unlinked on
// such a look.
func TestWhatWasJustEnteredIsNotTakenForGone(t *testing.T) {
	b := newBench(t)
	b.order(1, 2)
	b.untilSettled(1, 5)
	rows := b.jobpac.rows
	b.jobpac.rows = nil // the look-up lags
	b.unlinks(5, erp.Unlink{Kind: journal.KindCommitment, Type: erp.PurchaseOrderContract, ID: 4101, Origin: "01|PO1001"})
	if v := b.deliver(5); v.Settle != Later || len(b.procore.closings[1005]) != 0 || b.procore.links[4101].Origin == "" {
		t.Fatalf("%+v, told %v", v, b.procore.closings[1005])
	}
	b.jobpac.rows = rows
	b.clock.Advance(quiet)
	b.untilSettled(5, 5)
	if got := b.procore.closings[1005]; !slices.Equal(got, []erp.Outcome{erp.Failed}) || b.procore.links[4101].Origin != "01|PO1001" {
		t.Errorf("told %v, linked %+v", got, b.procore.links[4101])
	}
}

// A refused change of number hides the order that stands from nobody.
func TestAnOrderUnderItsEarlierNumberIsNotUnlinked(t *testing.T) {
	for name, origin := range map[string]string{"named by the request": "01|PO1001", "known to the journal": ""} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.jobpac.outcome = func(w erp.Write, nth int) (bool, error) {
				if nth == 3 {
					return false, fault.New(fault.Permanent, "write", nil).Saying("cost centre closed")
				}
				return true, nil
			}
			b.order(1, 2)
			b.untilSettled(1, 5)
			b.want(journal.KindCommitment, 4101, journal.Rejected, 2, erp.Failed)
			b.jobpac.outcome = nil
			c := b.order(2, 2)
			c.Code, c.Vendor = "PO2002", erp.Link{ID: 5}
			b.untilSettled(2, 5)
			if e := b.effect(journal.KindCommitment, 4101); e.State != journal.Rejected || e.Plan.Number != "PO2002" {
				t.Fatalf("%s %s %s", e.State, e.Plan.Number, e.Last.Reason)
			}
			b.clock.Advance(time.Hour)
			b.unlinks(5, erp.Unlink{Kind: journal.KindCommitment, Type: erp.PurchaseOrderContract, ID: 4101, Origin: origin})
			b.untilSettled(5, 5)
			if got := b.procore.closings[1005]; !slices.Equal(got, []erp.Outcome{erp.Failed}) || !strings.Contains(b.procore.words[1005][0], "PO1001") {
				t.Errorf("told %v: %q", got, b.procore.words[1005])
			}
		})
	}
}

// Items of a change order that the journal has no links of are looked for all
// the same.
func TestItemsWithoutLinksInTheJournalAreNotUnlinked(t *testing.T) {
	b := newBench(t)
	c := b.order(1, 1)
	b.untilSettled(1, 5)
	b.change(2, *c, 1)
	b.procore.linkErr = nil
	b.untilSettled(2, 5)
	b.want(journal.KindChangeOrder, 7701, journal.Done, 3, erp.Success)
	b.clock.Advance(time.Hour)
	delete(b.journal.records, journal.NewKey("acme", journal.KindChangeOrder, 7701)) // a journal begun anew
	delete(b.journal.seqs, journal.NewKey("acme", journal.KindChangeOrder, 7701))
	b.unlinks(5, erp.Unlink{Kind: journal.KindChangeOrder, Type: erp.PurchaseOrderContract, ID: 7701, Commitment: 4101, Origin: "01|PO1001|2", OrderOf: "01|PO1001"})
	b.untilSettled(5, 5)
	if got := b.procore.closings[1005]; !slices.Equal(got, []erp.Outcome{erp.Failed}) || b.procore.links[7701].Origin == "" {
		t.Errorf("told %v: %q", got, b.procore.words[1005])
	}
}

// What is complete stays in Jobpac: the words must not promise a new order under
// its number.
func TestWordsOfWhatIsComplete(t *testing.T) {
	b := entered(t)
	b.jobpac.rows[0].values[erp.ColComplete] = "Y"
	b.untilSettled(5, 5)
	if got := b.procore.words[1005]; len(got) == 0 || !strings.Contains(got[0], "another number") || strings.Contains(got[0], "entered anew") {
		t.Errorf("told %q", got)
	}
}

// An unlink request that names no commitment waits for whoever works on it.
func TestAnUnlinkWaitsForWhoeverWorksOnTheDocument(t *testing.T) {
	b := newBench(t)
	c := b.order(1, 1)
	b.untilSettled(1, 5)
	b.change(2, *c, 1)
	b.untilSettled(2, 5)
	b.clock.Advance(time.Hour)
	b.jobpac.rows = nil
	b.claims.held["acmecommitment-4101"] = "somebody"
	b.unlinks(5, erp.Unlink{Kind: journal.KindChangeOrder, Type: erp.PurchaseOrderContract, ID: 7701})
	if v := b.deliver(5); v.Settle != Later || b.procore.links[7701].Origin == "" {
		t.Fatalf("%+v", v)
	}
	delete(b.claims.held, "acmecommitment-4101")
	b.untilSettled(5, 5)
	if got := b.procore.closings[1005]; !slices.Equal(got, []erp.Outcome{erp.Success}) || len(b.claims.held) != 0 {
		t.Errorf("told %v, held %v", got, b.claims.held)
	}
}
