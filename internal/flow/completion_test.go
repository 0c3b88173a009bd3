package flow

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// voidBench has a commitment in Jobpac that is Void in Procore since, and a road
// that sets its order complete.
func voidBench(t *testing.T, kind erp.CommitmentType) (*bench, *shelf) {
	b, s := directBench(t)
	b.CompleteVoided = true
	s.documents[4101].Commitment.Type = kind
	b.changed(4101, erp.FromWebhook)
	b.want(journal.KindCommitment, 4101, journal.Done, 3)
	b.show(s, *s.documents[4101].Commitment, "Void", 200)
	b.jobpac.sent = nil
	return b, s
}

// endedIn tells whether the order is complete, or finalised, in the books.
func (b *bench) endedIn() bool {
	return slices.ContainsFunc(b.jobpac.rows, func(r row) bool { return r.values[erp.ColComplete] == "Y" || r.values[erp.ColFinalised] == "Y" })
}

// changedUntilAcked delivers the document's webhook until it is acked.
func (b *bench) changedUntilAcked() {
	b.Helper()
	for range 100 {
		v := b.changed(4101, erp.FromWebhook)
		if v.Settle == Ack {
			return
		}
		b.clock.Advance(v.After)
	}
	b.Fatal("it is never acked")
}

func TestTheOrderOfAVoidedCommitmentIsSetComplete(t *testing.T) {
	for kind, want := range map[erp.CommitmentType]string{
		erp.PurchaseOrderContract: "purchase_order_completion 01|PO-1", erp.WorkOrderContract: "subcontract_completion 01|PO-1",
	} {
		b, s := voidBench(t, kind)
		b.changedUntilAcked()
		if !slices.Equal(b.jobpac.sent, []string{want}) || !b.endedIn() || len(b.jobpac.rows) != 3 {
			t.Errorf("%s: sent %v, ended %t", kind, b.jobpac.sent, b.endedIn())
		}
		e := b.effect(journal.KindCompletion, 4101)
		if e.State != journal.Done || !strings.Contains(e.Last.Reason, "its commitment is void in Procore") || e.Steps[want].State != journal.StepCommitted {
			t.Errorf("%s: %s: %s", kind, e.State, e.Last.Reason)
		}
		b.want(journal.KindCommitment, 4101, journal.Done, 3)
		c := *s.documents[4101].Commitment
		c.Title = "void since"
		b.show(s, c, "Void", 300)
		b.changedUntilAcked()
		if again := b.effect(journal.KindCompletion, 4101); again.Records != e.Records || len(b.jobpac.sent) != 1 {
			t.Errorf("%s: a further webhook wrote %d records, sent %v", kind, again.Records-e.Records, b.jobpac.sent)
		}
	}
}

func TestWithoutTheSettingAVoidedCommitmentIsANotice(t *testing.T) {
	b, _ := voidBench(t, erp.PurchaseOrderContract)
	b.CompleteVoided = false
	b.changedUntilAcked()
	if e := b.effect(journal.KindCommitment, 4101); e.Last.Rule != ruleWithdrawn || len(b.jobpac.sent) != 0 {
		t.Errorf("%+v, sent %v", e.Last, b.jobpac.sent)
	}
}

// What a person completed already is only noted.
func TestAnOrderThatIsCompleteIsLeftAlone(t *testing.T) {
	b, _ := voidBench(t, erp.PurchaseOrderContract)
	b.jobpac.rows[0].values[erp.ColComplete] = "Y"
	b.changedUntilAcked()
	if e := b.effect(journal.KindCompletion, 4101); e.State != journal.Done || len(b.jobpac.sent) != 0 {
		t.Errorf("%s, sent %v", e.State, b.jobpac.sent)
	}
}

// Nothing is completed that is not wholly ours: a person is told.
func TestOnlyAWholeOrderOfOursIsCompleted(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(b *bench, s *shelf)
		kind  string
		rule  string
	}{
		"another reference": {func(b *bench, _ *shelf) { b.jobpac.rows[0].values[erp.ColReference] = "PCC9" }, journal.KindCompletion, ruleNotCompleted},
		"gone":              {func(b *bench, _ *shelf) { b.jobpac.rows = nil }, journal.KindCompletion, ruleNotCompleted},
		"another kind":      {func(b *bench, _ *shelf) { b.jobpac.rows[0].kind = erp.KindSubcontract }, journal.KindCompletion, ruleNotCompleted},
		"deleted": {func(_ *bench, s *shelf) {
			r := s.documents[4101]
			r.Direct = &erp.Direct{Resource: erp.ResourcePurchaseOrders, Project: 6, ID: 4101, Gone: true}
			s.documents[4101] = r
		}, journal.KindCommitment, ruleWithdrawn},
	} {
		b, s := voidBench(t, erp.PurchaseOrderContract)
		c.spoil(b, s)
		b.changedUntilAcked()
		if e := b.effect(c.kind, 4101); e.State != journal.Parked || e.Last.Rule != c.rule || len(b.jobpac.sent) != 0 {
			t.Errorf("%s: %s %s, sent %v", name, e.State, e.Last.Rule, b.jobpac.sent)
		}
	}
}

// An order of which only a part stands, or that a person linked, is a person's
// matter, whatever the setting says.
func TestAnOrderThatWeDidNotEnterWholeIsNotCompleted(t *testing.T) {
	for name, begin := range map[string]func(b *bench){
		"half": func(b *bench) {
			b.jobpac.outcome = func(_ erp.Write, n int) (bool, error) { return true, map[int]error{3: errAway()}[n] }
			b.changed(4101, erp.FromWebhook)
			b.jobpac.outcome = nil
		},
		"linked by a person": func(b *bench) {
			b.changed(4101, erp.FromWebhook)
			plan := b.effect(journal.KindCommitment, 4101).Plan
			plan.Adopted, plan.AdoptedFor = "PO-1", plan.Fingerprint
			b.moves(journal.KindCommitment, 4101, &plan, journal.Planned, journal.Claimed, journal.Applied, journal.Confirmed, journal.Done)
		},
	} {
		b, s := directBench(t)
		b.CompleteVoided = true
		begin(b)
		sent := len(b.jobpac.sent)
		b.show(s, *s.documents[4101].Commitment, "Void", 200)
		b.changedUntilAcked()
		e := b.effect(journal.KindCommitment, 4101)
		if e.State != journal.Parked || e.Last.Rule != ruleWithdrawn || len(b.jobpac.sent) != sent || b.effect(journal.KindCompletion, 4101).State != journal.None {
			t.Errorf("%s: %s %s, sent %v", name, e.State, e.Last.Rule, b.jobpac.sent)
		}
	}
}

// moves appends a record with these moves to an effect's history.
func (b *bench) moves(kind string, id erp.ID, plan *journal.Plan, to ...journal.State) {
	b.Helper()
	e := b.effect(kind, id)
	r := journal.Record{V: journal.Version, At: b.clock.Now(), Epoch: e.Epoch + 1, Owner: "one", Plan: plan}
	for _, state := range to {
		r.Moves = append(r.Moves, journal.Move{To: state})
	}
	if _, err := b.journal.Append(b.Context(), e.Key, r, e.Seq); err != nil {
		b.Fatal(err)
	}
}

// What was ours when it was voided need not be so when a person says retry.
func TestARetriedCompletionLooksAtTheCommitmentAgain(t *testing.T) {
	b, _ := voidBench(t, erp.PurchaseOrderContract)
	b.jobpac.outcome = func(erp.Write, int) (bool, error) {
		return false, fault.New(fault.Permanent, "write", nil).Saying("deliveries are open")
	}
	b.changedUntilAcked()
	b.jobpac.outcome, b.jobpac.sent = nil, nil
	b.moves(journal.KindCommitment, 4101, nil, journal.Planned, journal.Abandoned)
	b.Process(t.Context(), b.decision(erp.Retry, journal.KindCompletion, 4101, ""))
	if e := b.effect(journal.KindCompletion, 4101); e.State != journal.Parked || e.Last.Rule != ruleNotCompleted || len(b.jobpac.sent) != 0 {
		t.Errorf("%s: %s, sent %v", e.State, e.Last.Reason, b.jobpac.sent)
	}
}

func TestARefusedCompletionIsParkedAndMayBeRetried(t *testing.T) {
	b, s := voidBench(t, erp.PurchaseOrderContract)
	b.jobpac.outcome = func(erp.Write, int) (bool, error) {
		return false, fault.New(fault.Permanent, "write", nil).Saying("deliveries are open")
	}
	b.changedUntilAcked()
	e := b.effect(journal.KindCompletion, 4101)
	if e.State != journal.Parked || !strings.Contains(e.Last.Reason, "deliveries are open") || b.endedIn() {
		t.Fatalf("%s: %s", e.State, e.Last.Reason)
	}
	b.want(journal.KindCommitment, 4101, journal.Done, 3)
	b.jobpac.outcome = nil
	b.Process(t.Context(), b.decision(erp.Retry, journal.KindCompletion, 4101, ""))
	if e := b.effect(journal.KindCompletion, 4101); e.State != journal.Done || !b.endedIn() {
		t.Errorf("retried: %s: %s", e.State, e.Last.Reason)
	}
	b.show(s, *s.documents[4101].Commitment, "Void", 201)
	b.changedUntilAcked()
	if len(b.jobpac.sent) != 2 {
		t.Errorf("sent %v", b.jobpac.sent)
	}
}

// A retry is of what Procore says now.
func TestACompletionThatIsNotWantedAnyMoreIsNotRetried(t *testing.T) {
	b, s := voidBench(t, erp.PurchaseOrderContract)
	b.jobpac.outcome = func(erp.Write, int) (bool, error) {
		return false, fault.New(fault.Permanent, "write", nil).Saying("deliveries are open")
	}
	b.changedUntilAcked()
	b.jobpac.outcome = nil
	b.show(s, *s.documents[4101].Commitment, "Approved", 201)
	b.Process(t.Context(), b.decision(erp.Retry, journal.KindCompletion, 4101, ""))
	if e := b.effect(journal.KindCompletion, 4101); e.State != journal.Parked || e.Last.Rule != ruleDecision || b.endedIn() {
		t.Errorf("%s: %s", e.State, e.Last.Reason)
	}
	b.Process(t.Context(), b.decision(erp.Adopt, journal.KindCompletion, 4101, "PO-1"))
	if e := b.effect(journal.KindCompletion, 4101); e.State != journal.Parked || b.endedIn() {
		t.Errorf("adopted: %s: %s", e.State, e.Last.Reason)
	}
}

func TestALostAnswerToACompletion(t *testing.T) {
	for _, belief := range []Uniqueness{Verified, NotUnique} {
		for _, happened := range []bool{true, false} {
			b, _ := voidBench(t, erp.WorkOrderContract)
			b.unique = belief
			b.jobpac.outcome = func(_ erp.Write, n int) (bool, error) {
				if n == 1 {
					return happened, fault.New(fault.Ambiguous, "write", errCut)
				}
				return true, nil
			}
			b.changedUntilAcked()
			want := 2
			if happened {
				want = 1
			}
			if e := b.effect(journal.KindCompletion, 4101); e.State != journal.Done || !b.endedIn() || len(b.jobpac.sent) != want {
				t.Errorf("%s, happened %t: %s (%s), sent %v", belief, happened, e.State, e.Last.Reason, b.jobpac.sent)
			}
		}
	}
}

func TestACompletionSurvivesDeath(t *testing.T) {
	for _, at := range []failpoint.Point{
		failpoint.Claimed, failpoint.BeforeIntent, failpoint.IntentWritten, failpoint.BeforeSend, failpoint.Sent,
		failpoint.StepsDone, failpoint.Linked, failpoint.AppliedWritten, failpoint.Closed, failpoint.DoneWritten,
	} {
		b, s := voidBench(t, erp.PurchaseOrderContract)
		b.Points = dyingAt(at)
		b.dies(func() Verdict { return b.changed(4101, erp.FromWebhook) })
		b.Settings.Direct, b.Documents, b.CompleteVoided = true, s, true
		b.changedUntilAcked()
		e := b.effect(journal.KindCompletion, 4101)
		if e.State != journal.Done || len(e.Doubts()) != 0 || !b.endedIn() || len(b.jobpac.sent) != 1 {
			t.Errorf("%s: %s (%s), sent %v", at, e.State, e.Last.Reason, b.jobpac.sent)
		}
		b.want(journal.KindCommitment, 4101, journal.Done, 3)
	}
}

// Approved again, it is complete in Jobpac: a person is told once, and when that
// is settled the next voiding is carried out like the first.
func TestACommitmentThatIsApprovedAgainIsParkedOnce(t *testing.T) {
	b, s := voidBench(t, erp.PurchaseOrderContract)
	b.changedUntilAcked()
	c := *s.documents[4101].Commitment
	for i := range erp.ID(3) {
		b.show(s, c, "Approved", 300+i)
		b.changedUntilAcked()
	}
	e := b.effect(journal.KindCommitment, 4101)
	if e.State != journal.Parked || e.Last.Rule != ruleReopened || !strings.Contains(e.Last.Reason, "Reopen it in Jobpac") {
		t.Fatalf("%s: %+v", e.State, e.Last)
	}
	if done := b.effect(journal.KindCompletion, 4101); done.State != journal.Superseded {
		t.Errorf("the completion is %s", done.State)
	}
	b.jobpac.rows[0].values[erp.ColComplete] = "N"
	b.clock.Advance(time.Hour)
	b.Process(t.Context(), b.decision(erp.Retry, journal.KindCommitment, 4101, ""))
	b.show(s, c, "Approved", 400)
	b.changedUntilAcked()
	b.want(journal.KindCommitment, 4101, journal.Done, 3)
	b.show(s, c, "Terminated", 500)
	b.changedUntilAcked()
	if again := b.effect(journal.KindCompletion, 4101); again.State != journal.Done || len(b.jobpac.sent) != 2 || !b.endedIn() {
		t.Errorf("%s: %s, sent %v", again.State, again.Last.Reason, b.jobpac.sent)
	}
}

// A death between the notice and the end of the completion tells nobody twice.
func TestApprovedAgainSurvivesDeath(t *testing.T) {
	b, s := voidBench(t, erp.PurchaseOrderContract)
	b.changedUntilAcked()
	b.show(s, *s.documents[4101].Commitment, "Approved", 300)
	b.Points = dyingAt(failpoint.EndTold)
	b.dies(func() Verdict { return b.changed(4101, erp.FromWebhook) })
	records := b.effect(journal.KindCommitment, 4101).Records
	b.Settings.Direct, b.Documents, b.CompleteVoided = true, s, true
	b.changedUntilAcked()
	if e := b.effect(journal.KindCommitment, 4101); e.Records != records || e.Last.Rule != ruleReopened || b.effect(journal.KindCompletion, 4101).State != journal.Superseded {
		t.Errorf("%d records more, %s, completion %s", e.Records-records, e.Last.Rule, b.effect(journal.KindCompletion, 4101).State)
	}
}

// A person's replay is an answer to the notice too.
func TestAReplayOfACommitmentThatIsApprovedAgain(t *testing.T) {
	b, s := voidBench(t, erp.PurchaseOrderContract)
	b.changedUntilAcked()
	b.show(s, *s.documents[4101].Commitment, "Approved", 300)
	b.changedUntilAcked()
	b.jobpac.rows[0].values[erp.ColComplete] = "N"
	b.changed(4101, erp.FromReplay)
	b.want(journal.KindCommitment, 4101, journal.Done, 3)
}

// Entered anew after an unlink, the order is completed anew.
func TestACommitmentThatWasEnteredAgainIsCompletedAgain(t *testing.T) {
	b, s := voidBench(t, erp.PurchaseOrderContract)
	b.changedUntilAcked()
	b.clock.Advance(time.Hour)
	plan := b.effect(journal.KindCommitment, 4101).Plan
	b.moves(journal.KindCommitment, 4101, &plan, journal.Planned, journal.Claimed, journal.Applied, journal.Confirmed, journal.Done)
	b.jobpac.rows[0].values[erp.ColComplete] = "N"
	b.show(s, *s.documents[4101].Commitment, "Void", 600)
	b.changedUntilAcked()
	if e := b.effect(journal.KindCompletion, 4101); e.State != journal.Done || len(b.jobpac.sent) != 2 || !b.endedIn() {
		t.Errorf("%s: %s, sent %v", e.State, e.Last.Reason, b.jobpac.sent)
	}
}
