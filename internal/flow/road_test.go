package flow

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

var errCut = errors.New("connection cut")

func TestAnApprovalBecomesOneOrder(t *testing.T) {
	b := newBench(t)
	b.order(1, 2)
	for range 3 {
		if v := b.deliver(1); v.Settle != Ack {
			t.Fatalf("got %+v", v)
		}
	}
	b.want(journal.KindCommitment, 4101, journal.Done, 3, erp.Success)
	if got := b.procore.links[4101]; got.Origin != "01|PO1001" || got.Type != erp.ItemPurchaseOrder {
		t.Fatalf("header linked as %+v", got)
	}
	if got := b.procore.links[101].Origin; got != "01|PO1001|2" {
		t.Fatalf("line linked as %q", got)
	}
}

// One append per step, and the result of a step rides with the next intent.
func TestAppendsPerApproval(t *testing.T) {
	b := newBench(t)
	b.order(1, 2)
	b.deliver(1)
	// planned+claimed+intent 1 | committed 1+intent 2 | committed 2+intent 3 | committed 3+applied | confirmed+done
	if b.journal.appends != 5 {
		t.Fatalf("%d appends for three steps, want 5", b.journal.appends)
	}
}

func TestTwoRequestIdsOneOrder(t *testing.T) {
	b := newBench(t)
	b.order(1, 2)
	b.deliver(1)
	b.order(2, 2)
	b.deliver(2)
	b.want(journal.KindCommitment, 4101, journal.Done, 3, erp.Success)
	if got := b.procore.closings[1001]; !slices.Equal(got, []erp.Outcome{erp.Success}) {
		t.Fatalf("the first detail: %v", got)
	}
}

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

// The table of one write's outcomes: what happened, what Jobpac holds, what the
// effect becomes, and after the quiet period what it ends as.
func TestOutcomesOfAWrite(t *testing.T) {
	ambiguous := fault.New(fault.Ambiguous, "write", errCut)
	for name, c := range map[string]struct {
		done        bool
		err         error
		unique      Uniqueness
		first, last journal.State
		sends       int
	}{
		"committed, answer lost":           {true, ambiguous, Unproven, journal.UnknownOut, journal.Done, 3},
		"committed, unclassed error":       {true, errCut, Unproven, journal.UnknownOut, journal.Done, 3},
		"lost on the way, not unique":      {false, ambiguous, Unproven, journal.UnknownOut, journal.Parked, 1},
		"lost on the way, verified unique": {false, ambiguous, Verified, journal.UnknownOut, journal.Done, 4},
		"surely not sent":                  {false, fault.New(fault.Transient, "dial", errCut), Unproven, journal.Planned, journal.Done, 4},
		"refused":                          {false, fault.New(fault.Permanent, "write", nil).Saying("bad creditor"), Unproven, journal.Rejected, journal.Rejected, 1},
		"refused, but ours is there":       {true, fault.New(fault.Permanent, "write", nil).Saying("already exists"), Unproven, journal.Done, journal.Done, 3},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.unique = c.unique
			b.order(1, 2)
			b.jobpac.outcome = func(_ erp.Write, nth int) (bool, error) {
				if nth == 1 {
					return c.done, c.err
				}
				return true, nil
			}
			b.deliver(1)
			if e := b.effect(journal.KindCommitment, 4101); e.State != c.first {
				t.Fatalf("first %s (%s), want %s", e.State, e.Last.Reason, c.first)
			}
			b.untilSettled(1, 200)
			if e := b.effect(journal.KindCommitment, 4101); e.State != c.last {
				t.Fatalf("last %s (%s), want %s", e.State, e.Last.Reason, c.last)
			}
			if len(b.jobpac.sent) != c.sends || b.jobpac.count(erp.KindOrder) > 1 {
				t.Fatalf("%d sends, want %d; %d orders", len(b.jobpac.sent), c.sends, b.jobpac.count(erp.KindOrder))
			}
		})
	}
}

// untilSettled delivers again and again, as the bus would, each time after the
// wait that was asked for.
func (b *bench) untilSettled(request erp.ID, most int) {
	b.Helper()
	for range most {
		v := b.deliver(request)
		if v.Settle == Ack {
			return
		}
		b.clock.Advance(max(v.After, time.Millisecond))
	}
	b.Fatalf("not settled after %d deliveries", most)
}

func TestAnUnknownIsNotLookedAtBeforeItsTime(t *testing.T) {
	b := newBench(t)
	b.order(1, 1)
	b.jobpac.outcome = func(erp.Write, int) (bool, error) { return false, fault.New(fault.Ambiguous, "write", errCut) }
	v := b.deliver(1)
	if v.Settle != Later || v.After != quiet {
		t.Fatalf("got %+v, want exactly the quiet period", v)
	}
	b.clock.Advance(quiet - time.Second)
	if v := b.deliver(1); v.After != time.Second || len(b.jobpac.sent) != 1 {
		t.Fatalf("got %+v after %d sends", v, len(b.jobpac.sent))
	}
	if n := len(b.procore.closings); n != 0 {
		t.Fatal("while unknown the request stays open")
	}
}

func TestALateCommitIsFound(t *testing.T) {
	b := newBench(t)
	b.order(1, 1)
	var late erp.Write
	b.jobpac.outcome = func(w erp.Write, nth int) (bool, error) {
		if nth == 1 {
			late = w
			return false, fault.New(fault.Ambiguous, "write", errCut)
		}
		return true, nil
	}
	b.deliver(1)
	b.clock.Advance(quiet + time.Minute)
	b.deliver(1) // looked: not there yet
	if err := b.jobpac.put(late); err != nil {
		t.Fatal(err)
	}
	b.untilSettled(1, 20)
	b.want(journal.KindCommitment, 4101, journal.Done, 2, erp.Success)
}

func TestParkedWithADoubtSaysSoAndIsNotSentAgain(t *testing.T) {
	b := newBench(t)
	b.order(1, 1)
	b.jobpac.outcome = func(erp.Write, int) (bool, error) { return false, fault.New(fault.Ambiguous, "write", errCut) }
	b.untilSettled(1, 50)
	b.want(journal.KindCommitment, 4101, journal.Parked, 0, erp.Failed)
	if words := strings.Join(b.procore.words[1001], " "); !strings.Contains(words, "must not be re-sent or re-keyed") || !strings.Contains(words, "PO1001") {
		t.Fatalf("the approver reads %q", words)
	}
	b.order(2, 1)
	b.deliver(2)
	b.replay(1)
	if len(b.jobpac.sent) != 1 {
		t.Fatalf("%d sends: neither a new export nor a replay sends a doubt again", len(b.jobpac.sent))
	}
}

// Every append may be the last thing a process does, before it or after it,
// and every write too: one order in the end, or a person is asked.
func TestDyingAnywhere(t *testing.T) {
	for _, unique := range []Uniqueness{Verified, Unproven} {
		for _, when := range []string{"before append", "after append", "before write", "after write"} {
			for at := 1; at <= 6; at++ {
				b := newBench(t)
				b.unique = unique
				b.order(1, 3)
				if !b.dieAt(when, at) {
					continue
				}
				b.untilSettled(1, 300)
				e := b.effect(journal.KindCommitment, 4101)
				parked := e.State == journal.Parked && unique == Unproven
				if e.State != journal.Done && !parked {
					t.Errorf("%s %d, %s: %s (%s)", when, at, unique, e.State, e.Last.Reason)
				}
				if n := b.jobpac.count(erp.KindOrder); n > 1 || len(b.jobpac.rows) > 4 || (e.State == journal.Done && len(b.jobpac.rows) != 4) {
					t.Errorf("%s %d, %s: %d rows in Jobpac", when, at, unique, len(b.jobpac.rows))
				}
			}
		}
	}
}

// dieAt kills the delivery at its nth append or write; false when it never
// gets there.
func (b *bench) dieAt(when string, nth int) (died bool) {
	count := 0
	die := func() {
		if count++; count == nth {
			died = true
			panic(errDied)
		}
	}
	switch when {
	case "before append":
		b.journal.before = func(journal.Record) error { die(); return nil }
	case "after append":
		b.journal.after = func(journal.Record) error { die(); return nil }
	case "before write":
		b.jobpac.outcome = func(erp.Write, int) (bool, error) { die(); return true, nil }
	case "after write":
		b.jobpac.outcome = func(w erp.Write, _ int) (bool, error) {
			if count+1 == nth {
				if err := b.jobpac.put(w); err != nil {
					return false, err
				}
			}
			die()
			return true, nil
		}
	}
	defer func() {
		if p := recover(); p != nil {
			b.restart()
		}
	}()
	b.deliver(1)
	b.restart()
	return died
}

func TestAnAppendThatLandedAndFailedIsNotRepeated(t *testing.T) {
	b := newBench(t)
	b.order(1, 2)
	n := 0
	b.journal.after = func(journal.Record) error {
		if n++; n == 2 {
			return fault.New(fault.Transient, "append", errors.New("no answer")).OfSystem()
		}
		return nil
	}
	if v := b.deliver(1); v.Settle != Ack {
		t.Fatalf("got %+v", v)
	}
	b.want(journal.KindCommitment, 4101, journal.Done, 3, erp.Success)
}

func TestNoRecordNoEffect(t *testing.T) {
	b := newBench(t)
	b.order(1, 2)
	b.journal.before = func(journal.Record) error { return fault.New(fault.Transient, "append", errCut).OfSystem() }
	if v := b.deliver(1); v.Settle != Later || v.Pause == 0 || len(b.jobpac.sent) != 0 {
		t.Fatalf("got %+v after %d sends", v, len(b.jobpac.sent))
	}
}

func TestOnlyOneOfTwoWorkersSends(t *testing.T) {
	b := newBench(t)
	b.order(1, 1)
	b.claims.err = errors.New("redis is away")
	other := NewRoad(b.settings(), b.parts("two"))
	other.Alone, b.Alone = false, false
	b.jobpac.outcome = func(_ erp.Write, nth int) (bool, error) {
		if nth == 1 { // while one sends, the other sees a held effect
			b.jobpac.mu.Unlock()
			v := other.Process(t.Context(), erp.Event{ID: "x", Resource: "ERP Requests", Action: "create", ResourceID: 1, Source: erp.FromWebhook, Received: b.clock.Now()})
			b.jobpac.mu.Lock()
			if v.Settle != Later {
				t.Errorf("the other: %+v", v)
			}
		}
		return true, nil
	}
	b.deliver(1)
	b.want(journal.KindCommitment, 4101, journal.Done, 2, erp.Success)
}

func TestAHeldAggregateIsLeftAlone(t *testing.T) {
	b := newBench(t)
	b.order(1, 1)
	b.claims.held["acme"+"commitment-4101"] = "somebody"
	if v := b.deliver(1); v.Settle != Later || b.journal.appends != 0 {
		t.Fatalf("got %+v", v)
	}
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
	b.want(journal.KindCommitment, 4101, journal.Done, 2, erp.Failed, erp.Success)
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

func TestALineThatAPersonChangedIsParkedNotOverwritten(t *testing.T) {
	b := newBench(t)
	b.order(1, 3)
	b.dieAt("before append", 3)
	b.jobpac.rows[1].values[erp.ColRate], b.jobpac.rows[1].values[erp.ColValue] = "7.0000", "7.00"
	b.untilSettled(1, 20)
	if e := b.effect(journal.KindCommitment, 4101); e.State != journal.Parked || b.jobpac.rows[1].values[erp.ColValue] != "7.00" {
		t.Fatalf("%s, value %s", e.State, b.jobpac.rows[1].values[erp.ColValue])
	}
}

func TestAnotherNumberWhileHalfOfItStands(t *testing.T) {
	b := newBench(t)
	b.order(1, 2)
	b.jobpac.outcome = func(_ erp.Write, nth int) (bool, error) {
		if nth == 2 {
			return false, fault.New(fault.Permanent, "write", nil).Saying("cost centre closed")
		}
		return true, nil
	}
	b.deliver(1)
	b.want(journal.KindCommitment, 4101, journal.Rejected, 1, erp.Failed)
	b.order(2, 2).Code = "PO2002"
	b.deliver(2)
	b.want(journal.KindCommitment, 4101, journal.Parked, 1, erp.Failed)
	b.order(3, 2)
	b.jobpac.outcome = nil
	b.deliver(3)
	b.want(journal.KindCommitment, 4101, journal.Done, 3, erp.Success)
}

func TestCommittedRowsAreUpdatedAfterARefusal(t *testing.T) {
	b := newBench(t)
	b.order(1, 2)
	b.jobpac.outcome = func(_ erp.Write, nth int) (bool, error) {
		if nth == 3 {
			return false, fault.New(fault.Permanent, "write", nil).Saying("cost centre closed")
		}
		return true, nil
	}
	b.deliver(1)
	b.want(journal.KindCommitment, 4101, journal.Rejected, 2, erp.Failed)
	b.jobpac.outcome = nil
	b.order(2, 2).Title = "Formply, better"
	b.deliver(2)
	b.want(journal.KindCommitment, 4101, journal.Done, 3, erp.Success)
	if got := b.jobpac.rows[0].values[erp.ColDescription]; got != "Formply, better" {
		t.Fatalf("the header says %q", got)
	}
}

func TestTotalsAreVerifiedByReadingBack(t *testing.T) {
	b := newBench(t)
	b.order(1, 2)
	b.jobpac.outcome = func(w erp.Write, nth int) (bool, error) {
		if nth == 3 {
			if err := b.jobpac.put(w); err != nil {
				return false, err
			}
			b.jobpac.rows[2].values[erp.ColValue] = "101.49"
			return false, nil
		}
		return true, nil
	}
	b.deliver(1)
	b.want(journal.KindCommitment, 4101, journal.Parked, 3, erp.Failed)
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

func TestOtherHintsAreNotNeeded(t *testing.T) {
	b := newBench(t)
	for _, e := range []erp.Event{{Resource: "Projects", Action: "create", ResourceID: 1}, {Resource: "ERP Requests", Action: "update", ResourceID: 1}, {Resource: "ERP Requests", Action: "create"}} {
		if v := b.Process(t.Context(), e); v.Settle != Ack || b.journal.appends != 0 {
			t.Errorf("%+v: %+v", e, v)
		}
	}
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

func TestObserveWritesNothing(t *testing.T) {
	b := newBench(t)
	b.Observe = true
	b.order(1, 2)
	b.procore.requests[2] = erp.Request{ID: 2, DetailID: 1002, Name: "create_vendor"}
	c := *b.order(3, 1)
	c.ID, c.Vendor.Origin = 4102, ""
	b.procore.requests[3] = erp.Request{ID: 3, DetailID: 1003, Name: erp.CreateCommitment, JobOrigin: "01|1001", Commitment: &c}
	for id := range erp.ID(3) {
		if v := b.deliver(id + 1); v.Settle != Ack || !strings.Contains(v.Reason, "observe mode") {
			t.Fatalf("request %d: %+v", id+1, v)
		}
	}
	if len(b.jobpac.sent) != 0 || len(b.procore.closings) != 0 || len(b.procore.links) != 0 {
		t.Fatal("observe mode wrote something")
	}
	e := b.effect(journal.KindCommitment, 4101)
	if e.State != journal.Planned || len(e.Plan.Steps) != 3 {
		t.Fatalf("%s with %d steps", e.State, len(e.Plan.Steps))
	}
	b.Observe = false
	b.replay(1)
	b.want(journal.KindCommitment, 4101, journal.Done, 3, erp.Success)
}

func TestProcoreRefusingTheLinkIsAPersonsMatter(t *testing.T) {
	b := newBench(t)
	b.order(1, 1)
	b.procore.linkErr = fault.New(fault.Permanent, "link", nil).Saying("origin id is taken")
	b.deliver(1)
	b.want(journal.KindCommitment, 4101, journal.Parked, 2, erp.Failed)
	b.procore.linkErr = nil
	b.replay(1)
	b.want(journal.KindCommitment, 4101, journal.Done, 2, erp.Failed, erp.Success)
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

func TestTheTimeForOneGoEndsBetweenSteps(t *testing.T) {
	b := newBench(t)
	b.order(1, 4)
	b.jobpac.outcome = func(erp.Write, int) (bool, error) { b.clock.Advance(time.Minute); return true, nil }
	v := b.deliver(1)
	if v.Settle != Later || len(b.jobpac.sent) != 3 {
		t.Fatalf("got %+v after %d sends", v, len(b.jobpac.sent))
	}
	b.untilSettled(1, 5)
	b.want(journal.KindCommitment, 4101, journal.Done, 5, erp.Success)
	if e := b.effect(journal.KindCommitment, 4101); e.Attempt != 0 {
		t.Fatalf("%d attempts", e.Attempt)
	}
}

// A detail that was closed as failed stays so in Procore; a replay that
// succeeds is done all the same.
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

// A refusal never rests on facts that were read for another document.
func TestARefusalIsJudgedOnFreshFacts(t *testing.T) {
	b := newBench(t)
	b.order(1, 1)
	stopped := *b.jobpac.facts.Creditor
	stopped.StopPayments = erp.Yes
	b.jobpac.known = &erp.Facts{Job: b.jobpac.facts.Job, Creditor: &stopped, Centres: b.jobpac.facts.Centres}
	b.deliver(1)
	b.want(journal.KindCommitment, 4101, journal.Done, 2, erp.Success)
}

// A change order's contract stands also while a new export of the commitment
// waits for a person.
func TestAParkedReexportDoesNotHoldChangeOrdersUp(t *testing.T) {
	b := newBench(t)
	c := b.order(1, 1)
	b.deliver(1)
	first := *c
	b.order(2, 1).Title = "Another title"
	b.deliver(2)
	b.want(journal.KindCommitment, 4101, journal.Parked, 2, erp.Failed)
	b.change(3, first, 1)
	b.deliver(3)
	b.want(journal.KindChangeOrder, 7701, journal.Done, 3, erp.Success)
}

// A refusal is no doubt: the approver is not told that it may exist.
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

// A look-up that lags hides our own record: the second send is refused, and
// that refusal proves nothing.
func TestARefusalAfterADoubtIsLookedInto(t *testing.T) {
	b := newBench(t)
	b.unique = Verified
	b.order(1, 1)
	var hidden erp.Write
	b.jobpac.outcome = func(w erp.Write, nth int) (bool, error) {
		switch nth {
		case 1:
			hidden = w
			return false, fault.New(fault.Ambiguous, "write", errCut)
		case 2:
			return false, fault.New(fault.Permanent, "write", nil).Saying("already exists")
		}
		return true, nil
	}
	b.deliver(1)
	b.clock.Advance(quiet)
	if v := b.deliver(1); v.Settle != Later {
		t.Fatalf("got %+v", v)
	}
	if err := b.jobpac.put(hidden); err != nil {
		t.Fatal(err)
	}
	b.untilSettled(1, 5)
	b.want(journal.KindCommitment, 4101, journal.Done, 2, erp.Success)
}

// One that stays hidden ends with a person, not in a circle.
func TestARefusalAfterADoubtEndsWithAPerson(t *testing.T) {
	b := newBench(t)
	b.unique = Verified
	b.order(1, 1)
	b.jobpac.outcome = func(_ erp.Write, nth int) (bool, error) {
		if nth == 1 {
			return false, fault.New(fault.Ambiguous, "write", errCut)
		}
		return false, fault.New(fault.Permanent, "write", nil).Saying("already exists")
	}
	b.untilSettled(1, 50)
	b.want(journal.KindCommitment, 4101, journal.Parked, 0, erp.Failed)
}
