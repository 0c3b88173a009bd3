package flow

import (
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

func TestOtherContentAfterDoneIsParked(t *testing.T) {
	b := newBench(t)
	b.order(1, 2)
	b.deliver(1)
	b.order(2, 2).Title = "Another title"
	b.deliver(2)
	b.want(journal.KindCommitment, 4101, journal.Parked, 3, erp.Failed)
	b.deliver(1) // the old request, once more: it was answered
	b.want(journal.KindCommitment, 4101, journal.Parked, 3, erp.Failed)
}

func TestRefusedByARuleThenMendedAndSentAgain(t *testing.T) {
	b := newBench(t)
	c := b.order(1, 2)
	c.Lines[1].CostCode.Origin, c.Vendor.Origin = "", ""
	b.deliver(1)
	b.want(journal.KindCommitment, 4101, journal.Rejected, 0, erp.Failed)
	if words := b.procore.words[1001]; len(words) != 2 {
		t.Fatalf("both problems are told at once: %q", words)
	}
	b.order(2, 2)
	b.deliver(2)
	b.want(journal.KindCommitment, 4101, journal.Done, 3, erp.Success)
}

func TestTheSystemsFaultsSpendNoAttempt(t *testing.T) {
	b := newBench(t)
	b.order(1, 1)
	b.jobpac.readErr = fault.New(fault.Transient, "login", nil).OfSystem().Saying("login refused").Wait(time.Minute)
	for range 50 {
		if v := b.deliver(1); v.Settle != Later || v.Pause < time.Minute {
			t.Fatalf("got %+v", v)
		}
	}
	if e := b.effect(journal.KindCommitment, 4101); e.State != journal.None {
		t.Fatalf("%s with %d attempts", e.State, e.Attempt)
	}
}

func TestADocumentsFaultsAreCountedUntilItIsDead(t *testing.T) {
	b := newBench(t)
	b.order(1, 1)
	b.jobpac.readErr = fault.New(fault.Transient, "GET /JobListing", nil).Saying("status 500")
	b.untilSettled(1, 100)
	b.want(journal.KindCommitment, 4101, journal.Dead, 0, erp.Failed)
	if story := string(b.post.buried["acme.commitment-4101"]); !strings.Contains(story, "status 500") {
		t.Fatalf("the story: %s", story)
	}
	b.jobpac.readErr = nil
	b.replay(1)
	b.want(journal.KindCommitment, 4101, journal.Done, 2, erp.Failed)
}

func TestANumberThatIsTaken(t *testing.T) {
	b := newBench(t)
	b.order(1, 1)
	b.jobpac.rows = append(b.jobpac.rows, row{erp.KindSubcontract, "01|PO1001", map[erp.Name]string{erp.ColOrder: "PO1001", erp.ColDescription: "Piling", erp.ColReference: "PCC9"}})
	b.deliver(1)
	b.want(journal.KindCommitment, 4101, journal.Rejected, 1, erp.Failed)
	b.order(2, 1).Code = "PO1002"
	b.deliver(2)
	b.want(journal.KindCommitment, 4101, journal.Done, 3, erp.Success)
}

func TestUnsupportedRequests(t *testing.T) {
	b := newBench(t)
	b.procore.requests[1] = erp.Request{ID: 1, DetailID: 1001, Name: "create_vendor"}
	b.procore.requests[2] = erp.Request{ID: 2, Name: "sync_standard_categories"}
	b.procore.requests[3] = erp.Request{ID: 3, DetailID: 1003, Name: erp.CreateCommitment, Unreadable: "commitment.id is missing"}
	for id := range erp.ID(3) {
		b.deliver(id + 1)
		b.deliver(id + 1)
	}
	b.want(journal.KindRequest, 1, journal.Rejected, 0, erp.Failed)
	b.want(journal.KindRequest, 2, journal.Superseded, 0)
	b.want(journal.KindRequest, 3, journal.Rejected, 0, erp.Failed)
}

func TestARequestThatCannotBeReadYet(t *testing.T) {
	b := newBench(t)
	v := b.deliver(1)
	if v.Settle != Later {
		t.Fatalf("got %+v", v)
	}
	received := b.clock.Now()
	b.clock.Advance(time.Minute)
	b.order(1, 1)
	b.Process(t.Context(), erp.Event{ID: "ev-1", Resource: "ERP Requests", ResourceID: 1, Action: "create", Source: erp.FromWebhook, Received: received})
	b.want(journal.KindCommitment, 4101, journal.Done, 2, erp.Success)
	b.want(journal.KindRequest, 1, journal.Superseded, 2, erp.Success)
}

func TestProcoreRefusingTheLinkIsAPersonsMatter(t *testing.T) {
	b := newBench(t)
	b.order(1, 1)
	b.procore.linkErr = fault.New(fault.Permanent, "link", nil).Saying("origin id is taken")
	b.deliver(1)
	b.want(journal.KindCommitment, 4101, journal.Parked, 2, erp.Failed)
	b.procore.linkErr = nil
	b.replay(1)
	b.want(journal.KindCommitment, 4101, journal.Done, 2, erp.Failed)
}

func TestProcoreAwayAtTheEndRepeatsOnlyTheEnd(t *testing.T) {
	b := newBench(t)
	b.order(1, 1)
	b.procore.closeErr = fault.New(fault.Transient, "close", errCut).OfSystem()
	if v := b.deliver(1); v.Settle != Later || v.Pause == 0 {
		t.Fatalf("got %+v", v)
	}
	b.procore.closeErr = nil
	b.untilSettled(1, 5)
	b.want(journal.KindCommitment, 4101, journal.Done, 2, erp.Success)
	if len(b.jobpac.sent) != 2 {
		t.Fatalf("%d sends", len(b.jobpac.sent))
	}
}

func TestADetailIsToldOnce(t *testing.T) {
	b := newBench(t)
	b.order(1, 1).Lines[0].CostCode.Origin = ""
	b.deliver(1)
	b.replay(1)
	b.want(journal.KindCommitment, 4101, journal.Rejected, 0, erp.Failed)
	b.order(1, 1)
	b.procore.closeErr = fault.New(fault.Permanent, "close", nil).Saying("status is already failed")
	if v := b.replay(1); v.Settle != Ack {
		t.Fatalf("got %+v", v)
	}
	b.want(journal.KindCommitment, 4101, journal.Done, 2, erp.Failed)
}

func TestARefusalIsJudgedOnFreshFacts(t *testing.T) {
	b := newBench(t)
	b.order(1, 1)
	stopped := *b.jobpac.facts.Creditor
	stopped.StopPayments = erp.Yes
	b.jobpac.known = &erp.Facts{Job: b.jobpac.facts.Job, Creditor: &stopped, Centres: b.jobpac.facts.Centres}
	b.deliver(1)
	b.want(journal.KindCommitment, 4101, journal.Done, 2, erp.Success)
}

func TestARefusalSaysWhatStands(t *testing.T) {
	for refuseAt, want := range map[int]string{1: "Nothing of it stands", 3: "2 of 4 records"} {
		b := newBench(t)
		b.order(1, 3)
		b.jobpac.outcome = func(_ erp.Write, nth int) (bool, error) {
			if nth == refuseAt {
				return false, fault.New(fault.Permanent, "write", nil).Saying("budget is locked")
			}
			return true, nil
		}
		b.deliver(1)
		words := strings.Join(b.procore.words[1001], " ")
		if !strings.Contains(words, want) || strings.Contains(words, "may already exist") {
			t.Errorf("refused at %d: %q", refuseAt, words)
		}
	}
}
