package flow

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// decision is the event of a person's decision on an effect as it stands.
func (b *bench) decision(do erp.Verb, kind string, id erp.ID, number string) erp.Event {
	e := b.effect(kind, id)
	return erp.Event{
		ID: fmt.Sprintf("resolve-%s-%d-%s", e.Effect, e.Seq, do), Connection: "acme", Source: erp.FromPerson, Actor: "kim", Received: b.clock.Now(),
		Decision: &erp.Decision{Effect: e.Effect, Seq: e.Seq, Do: do, Number: number, Reason: "looked in Jobpac."},
	}
}

// lost makes every write vanish on the way; parkedUnseen leaves an order
// parked because of it.
func lost(erp.Write, int) (bool, error) { return false, fault.New(fault.Ambiguous, "write", errCut) }

func (b *bench) parkedUnseen(lines int) {
	b.Helper()
	b.order(1, lines)
	b.jobpac.outcome = lost
	b.untilSettled(1, 50)
	b.want(journal.KindCommitment, 4101, journal.Parked, 0, erp.Failed)
}

func TestRetrySendsWhatAPersonSaysIsMissing(t *testing.T) {
	b := newBench(t)
	b.parkedUnseen(2)
	e := b.decision(erp.Retry, journal.KindCommitment, 4101, "")
	b.jobpac.outcome = nil
	b.Process(t.Context(), e)
	b.want(journal.KindCommitment, 4101, journal.Done, 3, erp.Failed)
	told := false
	for _, r := range b.journal.records[b.effect(journal.KindCommitment, 4101).Key] {
		for _, m := range r.Moves {
			told = told || m.Rule == ruleRetried && r.Actor == "kim" && strings.Contains(m.Reason, "looked in Jobpac")
		}
	}
	if !told {
		t.Error("the journal does not tell who decided and why")
	}
}

func TestRetryFindsWhatCameLate(t *testing.T) {
	b := newBench(t)
	b.order(1, 2)
	var late []erp.Write
	b.jobpac.outcome = func(w erp.Write, _ int) (bool, error) {
		late = append(late, w)
		return false, fault.New(fault.Ambiguous, "write", errCut)
	}
	b.untilSettled(1, 50)
	if err := b.jobpac.put(late[0]); err != nil {
		t.Fatal(err)
	}
	b.jobpac.outcome = nil
	b.Process(t.Context(), b.decision(erp.Retry, journal.KindCommitment, 4101, ""))
	b.want(journal.KindCommitment, 4101, journal.Done, 3, erp.Failed)
	if n := b.jobpac.count(erp.KindOrder); n != 1 {
		t.Fatalf("%d orders", n)
	}
}

// A decision counts once: delivered again after a new unknown outcome it must
// not clear the new doubt.
func TestADecisionCountsOnce(t *testing.T) {
	b := newBench(t)
	b.parkedUnseen(1)
	e := b.decision(erp.Retry, journal.KindCommitment, 4101, "")
	b.Process(t.Context(), e)
	b.clock.Advance(time.Hour)
	for range 3 {
		b.Process(t.Context(), e)
		b.clock.Advance(time.Minute)
	}
	if len(b.jobpac.sent) != 2 {
		t.Fatalf("%d sends: %v", len(b.jobpac.sent), b.jobpac.sent)
	}
	if got := b.effect(journal.KindCommitment, 4101).Doubts(); len(got) != 1 {
		t.Fatalf("doubts %v", got)
	}
}

func TestRetryWaitsForTheQuietPeriod(t *testing.T) {
	b := newBench(t)
	b.order(1, 1)
	b.jobpac.outcome = lost
	b.deliver(1)
	v := b.Process(t.Context(), b.decision(erp.Retry, journal.KindCommitment, 4101, ""))
	if v.Settle != Later || v.After != quiet || len(b.jobpac.sent) != 1 {
		t.Fatalf("%+v after %d sends", v, len(b.jobpac.sent))
	}
}

func TestAbandonEndsItAndTellsTheApprover(t *testing.T) {
	b := newBench(t)
	b.order(1, 1)
	b.jobpac.outcome = lost
	b.deliver(1)
	e := b.decision(erp.Abandon, journal.KindCommitment, 4101, "")
	b.Process(t.Context(), e)
	b.Process(t.Context(), e)
	b.want(journal.KindCommitment, 4101, journal.Abandoned, 0, erp.Failed)
	if words := strings.Join(b.procore.words[1001], " "); !strings.Contains(words, "kim") || !strings.Contains(words, "must not be re-sent") {
		t.Fatalf("the approver reads %q", words)
	}
	if v := b.deliver(1); v.Settle != Ack || len(b.jobpac.sent) != 1 {
		t.Fatalf("%+v", v)
	}
}

// byHand puts an order into Jobpac that a person keyed: without our reference.
func (b *bench) byHand(number string, lines int, change func(values map[erp.Name]string)) {
	c := *b.procore.requests[1].Commitment
	c.Code = number
	w := &work{Road: b.Road, req: erp.Request{ID: 1, JobOrigin: "01|1001", Commitment: &c, Name: erp.CreateCommitment}}
	for i, rec := range recordsOf(b, w) {
		if i > lines {
			break
		}
		values := map[erp.Name]string{}
		for _, f := range rec.Fields() {
			values[f.Name] = f.Value
		}
		delete(values, erp.ColReference)
		if change != nil {
			change(values)
		}
		b.jobpac.rows = append(b.jobpac.rows, row{rec.Kind(), rec.Key(), values})
	}
}

func TestAdoptLinksAnOrderThatWasKeyedByHand(t *testing.T) {
	b := newBench(t)
	b.order(1, 2)
	b.byHand("PO1001", 2, nil)
	b.deliver(1)
	b.want(journal.KindCommitment, 4101, journal.Rejected, 3, erp.Failed)
	b.Process(t.Context(), b.decision(erp.Adopt, journal.KindCommitment, 4101, "PO1001"))
	b.want(journal.KindCommitment, 4101, journal.Done, 3, erp.Failed)
	if len(b.jobpac.sent) != 0 {
		t.Fatalf("an adoption writes nothing: %v", b.jobpac.sent)
	}
	if got := b.procore.links[101].Origin; got != "01|PO1001|2" {
		t.Fatalf("the second line is linked as %q", got)
	}
	b.order(2, 2)
	b.deliver(2) // the same content again only confirms
	b.want(journal.KindCommitment, 4101, journal.Done, 3, erp.Success)
}

func TestAdoptUnderAnotherNumberWithOtherAmounts(t *testing.T) {
	b := newBench(t)
	b.order(1, 2)
	b.byHand("HAND7", 2, func(v map[erp.Name]string) {
		if v[erp.ColItem] == "2" {
			v[erp.ColValue], v[erp.ColRate] = "1.00", "1"
		}
	})
	b.parkedUnseenWith(lost)
	b.Process(t.Context(), b.decision(erp.Adopt, journal.KindCommitment, 4101, "HAND7"))
	b.want(journal.KindCommitment, 4101, journal.Done, 3, erp.Failed)
	if e := b.effect(journal.KindCommitment, 4101); e.Plan.Number != "HAND7" || !strings.Contains(strings.Join(e.Plan.Notes, " "), `"1.00"`) {
		t.Fatalf("on record: %s %q", e.Plan.Number, e.Plan.Notes)
	}
	if got := b.procore.links[4101].Origin; got != "01|HAND7" {
		t.Fatalf("linked as %q", got)
	}
}

func (b *bench) parkedUnseenWith(outcome func(erp.Write, int) (bool, error)) {
	b.Helper()
	b.jobpac.outcome = outcome
	b.untilSettled(1, 50)
}

// A death anywhere in an adoption leaves all of it or nothing, and it goes on.
func TestAdoptSurvivesDeath(t *testing.T) {
	for _, at := range []failpoint.Point{failpoint.Looked, failpoint.AppliedWritten, failpoint.Linked, failpoint.Closed, failpoint.DoneWritten} {
		t.Run(string(at), func(t *testing.T) {
			b := newBench(t)
			b.order(1, 2)
			b.byHand("HAND7", 2, func(v map[erp.Name]string) { v[erp.ColDescription] = "typed" })
			b.parkedUnseenWith(lost)
			e := b.decision(erp.Adopt, journal.KindCommitment, 4101, "HAND7")
			b.Points = dyingAt(at)
			b.dies(func() Verdict { return b.Process(t.Context(), e) })
			for range 5 {
				if b.Process(t.Context(), e).Settle == Ack {
					break
				}
			}
			b.deliver(1)
			if e := b.effect(journal.KindCommitment, 4101); e.State != journal.Done || e.Plan.Number != "HAND7" || len(b.jobpac.sent) != 1 {
				t.Fatalf("%s as %s, sent %v", e.State, e.Plan.Number, b.jobpac.sent)
			}
		})
	}
}

func TestAdoptIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		number string
		lines  int
		change func(map[erp.Name]string)
		words  string
	}{
		"nothing there":     {"NONE", 2, nil, "nothing under number NONE"},
		"a line is missing": {"HAND7", 1, nil, "line 2 is not in Jobpac"},
		"another creditor": {"HAND7", 2, func(v map[erp.Name]string) {
			if v[erp.ColCreditor] != "" {
				v[erp.ColCreditor] = "OTHER"
			}
		}, "another document"},
		"number too long": {"HAND7-IS-TOO-LONG", 2, nil, "could not be carried out"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.order(1, 2)
			b.byHand("HAND7", c.lines, c.change)
			b.parkedUnseenWith(lost)
			b.Process(t.Context(), b.decision(erp.Adopt, journal.KindCommitment, 4101, c.number))
			e := b.effect(journal.KindCommitment, 4101)
			if e.State != journal.Parked || e.Last.Rule != ruleDecision || !strings.Contains(e.Last.Reason, c.words) || len(e.Doubts()) != 1 {
				t.Fatalf("%s %s: %q, doubts %v", e.State, e.Last.Rule, e.Last.Reason, e.Doubts())
			}
			if len(b.procore.links) != 0 {
				t.Fatalf("linked %v", b.procore.links)
			}
		})
	}
}

func TestAdoptAVariationAndItems(t *testing.T) {
	b := newBench(t)
	c := b.order(1, 2)
	c.Type = erp.WorkOrderContract
	b.deliver(1)
	b.change(2, *c, 1)
	b.deliver(2)
	rows := slices.Clone(b.jobpac.rows)
	fresh := newBench(t)
	fresh.jobpac.rows, fresh.procore.requests = rows[:3], b.procore.requests
	fresh.deliver(1)
	fresh.jobpac.outcome = lost
	fresh.untilSettled(2, 50)
	for _, r := range rows[3:] {
		r.key = strings.Replace(r.key, "V00007", "V00031", 1)
		r.values[erp.ColVariation] = "V00031"
		fresh.jobpac.rows = append(fresh.jobpac.rows, r)
	}
	fresh.Process(t.Context(), fresh.decision(erp.Adopt, journal.KindChangeOrder, 7701, "V00031"))
	fresh.want(journal.KindChangeOrder, 7701, journal.Done, 5, erp.Failed)
	if got := fresh.procore.links[7701].Origin; got != "01|1001|V00031" {
		t.Fatalf("linked as %q", got)
	}
}

func TestAdoptItemsOfAPurchaseOrder(t *testing.T) {
	b := newBench(t)
	c := b.order(1, 2)
	b.deliver(1)
	b.change(2, *c, 1)
	b.jobpac.outcome = lost
	b.untilSettled(2, 50)
	b.jobpac.outcome = nil
	values := map[erp.Name]string{}
	for name, value := range b.jobpac.rows[2].values {
		values[name] = value
	}
	values[erp.ColItem] = "9"
	b.jobpac.rows = append(b.jobpac.rows, row{erp.KindOrderItem, "01|PO1001|9", values})
	b.Process(t.Context(), b.decision(erp.Adopt, journal.KindChangeOrder, 7701, "PO1001/9"))
	b.want(journal.KindChangeOrder, 7701, journal.Done, 4, erp.Failed)
	if got := b.procore.links[200].Origin; got != "01|PO1001|9" {
		t.Fatalf("linked as %q", got)
	}
}

func TestNothingFromBeforeGoLiveIsCreated(t *testing.T) {
	b := newBench(t)
	c := b.order(1, 1)
	req := b.procore.requests[1]
	req.CreatedAt = "2026-11-19T00:00:00Z"
	b.procore.requests[1] = req
	b.GoLive = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	b.deliver(1)
	b.replay(1)
	b.Process(t.Context(), b.decision(erp.Retry, journal.KindCommitment, 4101, ""))
	b.want(journal.KindCommitment, 4101, journal.Parked, 0, erp.Failed)
	if e := b.effect(journal.KindCommitment, 4101); e.Last.Rule != ruleBeforeGoLive || len(b.jobpac.sent) != 0 {
		t.Fatalf("%s, sent %v", e.Last.Rule, b.jobpac.sent)
	}
	b.change(3, *c, 1)
	early := b.procore.requests[3]
	early.CreatedAt = "2026-11-19T00:00:00Z"
	b.procore.requests[3] = early
	b.deliver(3)
	b.want(journal.KindChangeOrder, 7701, journal.Parked, 0, erp.Failed)
	b.order(2, 1) // sent again after go-live
	req = b.procore.requests[2]
	req.CreatedAt = "2026-11-21T00:00:00Z"
	b.procore.requests[2] = req
	b.deliver(2)
	b.want(journal.KindCommitment, 4101, journal.Done, 2, erp.Success)
}

func TestWhatStandsFromBeforeGoLiveIsAdopted(t *testing.T) {
	b := newBench(t)
	b.order(1, 1)
	b.byHand("PO1001", 1, nil)
	req := b.procore.requests[1]
	req.CreatedAt = "2026-11-19T00:00:00Z"
	b.procore.requests[1] = req
	b.GoLive = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	b.deliver(1)
	b.Process(t.Context(), b.decision(erp.Adopt, journal.KindCommitment, 4101, "PO1001"))
	b.want(journal.KindCommitment, 4101, journal.Done, 2, erp.Failed)
}

func TestSafeModeStopsEverythingAndLosesNothing(t *testing.T) {
	b := newBench(t)
	b.order(1, 2)
	halt := "the journal went backwards"
	b.Halted = func() string { return halt }
	if v := b.deliver(1); v.Settle != Later || v.Pause <= 0 || !strings.Contains(v.Reason, halt) || b.journal.appends != 0 {
		t.Fatalf("%+v", v)
	}
	halt = ""
	b.jobpac.outcome = func(erp.Write, int) (bool, error) {
		halt = "a hole"
		return true, nil
	}
	b.deliver(1)
	if len(b.jobpac.sent) != 1 {
		t.Fatalf("sent %v after safe mode came", b.jobpac.sent)
	}
	b.jobpac.outcome, halt = nil, ""
	b.untilSettled(1, 5)
	b.want(journal.KindCommitment, 4101, journal.Done, 3, erp.Success)
}

func TestAClockThatRunsBehindStopsTheWork(t *testing.T) {
	b := newBench(t)
	b.order(1, 1)
	b.jobpac.outcome = lost
	b.deliver(1)
	b.clock.Advance(-time.Minute)
	if v := b.deliver(1); v.Settle != Later || v.After != time.Minute || !strings.Contains(v.Reason, "clock") {
		t.Fatalf("%+v", v)
	}
	b.clock.Advance(45 * time.Second)
	if v := b.deliver(1); strings.Contains(v.Reason, "clock") {
		t.Fatalf("15 s are no reason: %+v", v)
	}
}

// What was verified and put on record is only told to Procore, without looking
// at Jobpac again.
func TestAfterAppliedOnlyProcoreIsTold(t *testing.T) {
	b := newBench(t)
	b.order(1, 1)
	b.procore.linkErr = fault.New(fault.Transient, "link", nil).Saying("status 500")
	v := b.deliver(1)
	if e := b.effect(journal.KindCommitment, 4101); e.State != journal.Applied || e.Attempt != 1 || v.Settle != Later {
		t.Fatalf("%s, %d attempts, %+v", e.State, e.Attempt, v)
	}
	b.procore.linkErr, b.jobpac.readErr = nil, fault.New(fault.Transient, "jobpac", nil).Saying("away")
	if v := b.deliver(1); v.After <= 0 {
		t.Fatalf("it rests: %+v", v)
	}
	b.clock.Advance(v.After)
	b.deliver(1)
	b.want(journal.KindCommitment, 4101, journal.Done, 2, erp.Success)
}
