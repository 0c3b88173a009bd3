package flow

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// A death anywhere is followed by the same one revision.
func TestARevisionSurvivesDeath(t *testing.T) {
	points := []failpoint.Point{
		failpoint.Read, failpoint.Claimed, failpoint.Looked, failpoint.Numbered, failpoint.BeforeIntent, failpoint.IntentWritten, failpoint.BeforeSend,
		failpoint.Sent, failpoint.StepsDone, failpoint.Linked, failpoint.AppliedWritten, failpoint.DoneWritten,
	}
	for _, kind := range []erp.CommitmentType{erp.PurchaseOrderContract, erp.WorkOrderContract} {
		for _, at := range points {
			t.Run(string(kind)+" "+string(at), func(t *testing.T) {
				b, s := revisedBench(t, kind)
				b.unique = Verified
				b.revise(s, 200, amounts(t))
				b.Points = dyingAt(at)
				b.dies(func() Verdict { return b.changed(4101, erp.FromWebhook) })
				b.Settings.Direct, b.VaryRevised, b.Documents = true, true, s
				b.changedUntilAcked()
				b.changedUntilAcked()
				if e := b.revision(1); e.State != journal.Done || b.sum() != "157.50" || b.revision(2).State != journal.None {
					t.Errorf("%s: %s, sum %s", e.State, e.Last.Reason, b.sum())
				}
			})
		}
	}
}

// Changed back while the revision is under way: what was not begun is dropped, what
// stands in part is finished and then taken back, and of what Jobpac refused half
// way a person is told.
func TestARevisionThatIsNotWantedAnyMore(t *testing.T) {
	for name, c := range map[string]struct {
		nth  int // the write that fails
		err  error
		want []journal.State // of the revisions
		rows int
	}{
		"nothing written": {1, errAway(), []journal.State{journal.Superseded}, 3},
		"half":            {2, errAway(), []journal.State{journal.Done, journal.Done}, 9},
		"refused half":    {2, fault.New(fault.Permanent, "write", nil).Saying("budget is locked"), []journal.State{journal.Parked}, 4},
	} {
		b, s := revisedBench(t, erp.PurchaseOrderContract)
		first := *s.documents[4101].Commitment
		b.revise(s, 200, amounts(t))
		b.jobpac.outcome = func(_ erp.Write, n int) (bool, error) { return n != c.nth, map[int]error{c.nth: c.err}[n] }
		b.changed(4101, erp.FromWebhook)
		b.jobpac.outcome = nil
		b.revise(s, 300, func(d *erp.Commitment) { *d = first })
		b.changedUntilAcked()
		for i, want := range c.want {
			if e := b.revision(i + 1); e.State != want {
				t.Errorf("%s: revision %d is %s: %s", name, i+1, e.State, e.Last.Reason)
			}
		}
		b.want(journal.KindCommitment, 4101, journal.Done, c.rows)
		before := len(b.jobpac.sent)
		b.changedUntilAcked()
		if len(b.jobpac.sent) != before || c.rows != 4 && b.sum() != "202.00" {
			t.Errorf("%s: sent %v, sum %s", name, b.jobpac.sent, b.sum())
		}
	}
}

// Changed further while the revision is half written: that is finished as it was
// planned, whatever Jobpac can change of it, and the rest is another one.
func TestARevisionIsChangedWhileItIsUnderWay(t *testing.T) {
	for _, kind := range []erp.CommitmentType{erp.PurchaseOrderContract, erp.WorkOrderContract} {
		b, s := revisedBench(t, kind)
		b.revise(s, 200, amounts(t))
		b.jobpac.outcome = func(_ erp.Write, n int) (bool, error) { return n != 2, map[int]error{2: errAway()}[n] }
		b.changed(4101, erp.FromWebhook)
		b.jobpac.outcome = nil
		half := b.revision(1)
		b.revise(s, 300, func(c *erp.Commitment) { c.Lines[1].Amount = decimal(t, "8.00") })
		b.changedUntilAcked()
		one, two := b.revision(1), b.revision(2)
		if one.State != journal.Done || one.Plan.Total != "-44.50" || two.State != journal.Done || two.Plan.Total != "1.00" || b.sum() != "158.50" {
			t.Errorf("%s: %s; %s: %s; sum %s", one.State, one.Last.Reason, two.State, two.Last.Reason, b.sum())
		}
		if diff := cmp.Diff(half.Plan, one.Plan); diff != "" {
			t.Errorf("planned anew: %s", diff)
		}
	}
}

// What is read back from a plan is what was planned, types and all.
func TestAPlannedRecordIsTheRecord(t *testing.T) {
	key, order := erp.VariationKey{WorkID: "01", Job: "1001", Variation: "V00001"}, erp.OrderKey{WorkID: "01", Order: "PO-1"}
	centre := erp.CostCentreKey{JobKey: erp.JobKey{WorkID: "01", Job: "1001"}, CostCode: "01-100", CostType: "M"}
	for _, rec := range []erp.Record{
		erp.OrderItem{OrderKey: order, Item: 3, Centre: centre, Description: "a", Quantity: 1_0000, Unit: "EA", Rate: 7_0000, Value: 7_00, TaxCode: "G"},
		erp.Variation{VariationKey: key, Description: "a", Type: "1", Reason: "R", Submitted: "2026-12-01", Approved: "2026-12-02", ApprovedSum: 1, Reference: "PCC1R1"},
		erp.VariationItem{VariationKey: key, Item: 1, Order: order, OrderItem: 2, Centre: centre, Description: "a", Quantity: 1_0000, Unit: "EA", Rate: 1, Value: 1, Approved: "2026-12-02", Reference: "PCC1R1"},
	} {
		planned := plannedRecord{planStep(rec)}
		if diff := cmp.Diff(rec.Fields(), planned.Fields()); diff != "" || planned.Kind() != rec.Kind() || planned.Key() != rec.Key() || stepFingerprint(planned) != stepFingerprint(rec) {
			t.Errorf("%s: %s", rec.Kind(), diff)
		}
	}
}

// An older reading never brings a document back to what it was.
func TestAnOldReadingRevisesNothing(t *testing.T) {
	b, s := revisedBench(t, erp.PurchaseOrderContract)
	before := s.documents[4101]
	b.revise(s, 200, amounts(t))
	b.changedUntilAcked()
	sent := len(b.jobpac.sent)
	s.documents[4101] = before
	b.changedUntilAcked()
	if len(b.jobpac.sent) != sent {
		t.Errorf("an older second: sent %v", b.jobpac.sent[sent:])
	}
	before.ID = 200 // the same second, and the next reading shows what is
	s.documents[4101] = before
	b.Documents = &fickle{shelf: s, then: func() { b.revise(s, 200, amounts(t)) }}
	if v := b.changed(4101, erp.FromWebhook); v.Settle == Ack || len(b.jobpac.sent) != sent {
		t.Errorf("the same second: %+v, sent %v", v, b.jobpac.sent[sent:])
	}
}

// fickle is a shelf on which something happens after the first reading.
type fickle struct {
	*shelf
	then func()
}

func (f *fickle) Document(ctx context.Context, resource string, project, id erp.ID) (erp.Request, error) {
	r, err := f.shelf.Document(ctx, resource, project, id)
	if f.then != nil {
		f.then()
		f.then = nil
	}
	return r, err
}

// With the setting taken back, or by a person's retry, a document is not entered
// anew over its revisions.
func TestNothingIsEnteredOverRevisions(t *testing.T) {
	b, s := revisedBench(t, erp.PurchaseOrderContract)
	first := *s.documents[4101].Commitment
	b.revise(s, 200, amounts(t))
	b.changedUntilAcked()
	b.VaryRevised = false
	b.revise(s, 300, func(c *erp.Commitment) { *c = first })
	b.changedUntilAcked()
	sent := len(b.jobpac.sent)
	if e := b.effect(journal.KindCommitment, 4101); e.State != journal.Parked || e.Last.Rule != ruleChanged {
		t.Fatalf("%s: %s", e.State, e.Last.Reason)
	}
	e := b.effect(journal.KindCommitment, 4101)
	v := b.Process(t.Context(), erp.Event{
		ID: "decide", Connection: "acme", Source: erp.FromReplay, Actor: "jo", Received: b.clock.Now(), Decision: &erp.Decision{Effect: e.Effect, Do: erp.Retry, Seq: e.Seq, Reason: "again"},
	})
	if v.Settle != Ack || len(b.jobpac.sent) != sent || b.effect(journal.KindCommitment, 4101).State != journal.Done {
		t.Errorf("%+v, sent %v", v, b.jobpac.sent[sent:])
	}
	b.VaryRevised = true
	b.revise(s, 400, func(*erp.Commitment) {})
	b.changedUntilAcked()
	if b.revision(2).State != journal.Done || b.sum() != "202.00" {
		t.Errorf("%s: %s, sum %s", b.revision(2).State, b.revision(2).Last.Reason, b.sum())
	}
}

// A person decides on a revision as on any other effect.
func TestADecisionOnARevision(t *testing.T) {
	b, s := revisedBench(t, erp.WorkOrderContract)
	b.revise(s, 200, amounts(t))
	b.jobpac.outcome = func(erp.Write, int) (bool, error) { return false, errUnclear() }
	b.changed(4101, erp.FromWebhook)
	b.jobpac.outcome = nil
	for b.revision(1).State != journal.Parked {
		b.clock.Advance(quiet)
		b.changed(4101, erp.FromWebhook)
	}
	e := b.revision(1)
	for range 5 {
		b.Process(t.Context(), erp.Event{
			ID: "decide", Connection: "acme", Source: erp.FromReplay, Actor: "jo", Received: b.clock.Now(), Decision: &erp.Decision{Effect: e.Effect, Do: erp.Retry, Seq: e.Seq, Reason: "it is not there"},
		})
		b.clock.Advance(quiet)
	}
	if now := b.revision(1); now.State != journal.Done || b.sum() != "157.50" {
		t.Errorf("%s: %s, sum %s", now.State, now.Last.Reason, b.sum())
	}
}

// Unlinked, the document and its revisions are begun anew.
func TestUnlinkingEndsRevisions(t *testing.T) {
	b, s := revisedBench(t, erp.PurchaseOrderContract)
	b.revise(s, 200, amounts(t))
	b.changedUntilAcked()
	b.clock.Advance(quiet)
	b.jobpac.rows = nil
	b.unlinks(5, erp.Unlink{Kind: journal.KindCommitment, Type: erp.PurchaseOrderContract, ID: 4101, Origin: "01|PO-1"})
	b.untilSettled(5, 5)
	if e := b.revision(1); e.Stands || e.State != journal.Abandoned {
		t.Errorf("%s", e.State)
	}
	b.revise(s, 300, func(*erp.Commitment) {})
	b.changedUntilAcked()
	if b.sum() != "157.50" || b.revision(2).State != journal.None {
		t.Errorf("sum %s", b.sum())
	}
	b.revise(s, 400, func(c *erp.Commitment) { c.Lines = c.Lines[:1] })
	b.changedUntilAcked()
	if b.sum() != "150.50" || b.revision(2).State != journal.Done {
		t.Errorf("sum %s, %s", b.sum(), b.revision(2).Last.Reason)
	}
}

// A variation that a revision made must go with its subcontract, lest it counts
// beside the one that is entered anew.
func TestUnlinkingASubcontractWhoseRevisionStands(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*bench)
		told   erp.Outcome
	}{
		"subcontract gone, variation there": {func(b *bench) { b.jobpac.rows = b.jobpac.rows[3:] }, erp.Failed},
		"both gone":                         {func(b *bench) { b.jobpac.rows = nil }, erp.Success},
		"finalised":                         {func(b *bench) { b.jobpac.rows[0].values[erp.ColFinalised] = "Y" }, erp.Success},
	} {
		b, s := revisedBench(t, erp.WorkOrderContract)
		b.revise(s, 200, amounts(t))
		b.changedUntilAcked()
		b.clock.Advance(quiet)
		c.change(b)
		b.unlinks(5, erp.Unlink{Kind: journal.KindCommitment, Type: erp.WorkOrderContract, ID: 4101, Origin: "01|PO-1"})
		b.untilSettled(5, 5)
		if got := b.procore.closings[1005]; len(got) != 1 || got[0] != c.told {
			t.Errorf("%s: told %v: %q", name, got, b.procore.words[1005])
		}
		if stands := b.effect(journal.KindCommitment, 4101).Stands; stands != (c.told == erp.Failed) {
			t.Errorf("%s: stands %t", name, stands)
		}
	}
}

func errUnclear() error { return errors.New("no answer") }
