package flow

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

var errCut = errors.New("connection cut")

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

// A plain refusal after a lost answer ends with the approver: nothing came up
// in another quiet period. What is in doubt stays on record, so another number
// is not taken before a person has looked, and the same one is safe.
func TestAPlainRefusalAfterADoubtIsTold(t *testing.T) {
	b := newBench(t)
	b.unique = Verified
	b.order(1, 1)
	b.jobpac.outcome = func(_ erp.Write, nth int) (bool, error) {
		if nth == 1 {
			return false, fault.New(fault.Ambiguous, "write", errCut)
		}
		return false, fault.New(fault.Permanent, "write", nil).Saying("Budget is locked")
	}
	b.untilSettled(1, 10)
	b.want(journal.KindCommitment, 4101, journal.Rejected, 0, erp.Failed)
	if words := strings.Join(b.procore.words[1001], " "); !strings.Contains(words, "Budget is locked") || !strings.Contains(words, "look in Jobpac for number PO1001") {
		t.Fatalf("the approver reads %q", words)
	}
	if len(b.jobpac.sent) != 2 {
		t.Fatalf("sent %v", b.jobpac.sent)
	}
	b.jobpac.outcome = nil
	b.order(2, 1).Code = "PO9999"
	b.deliver(2)
	b.want(journal.KindCommitment, 4101, journal.Parked, 0, erp.Failed)
	b.order(3, 1)
	b.clock.Advance(2 * time.Hour)
	b.replay(3)
	b.untilSettled(3, 5)
	b.want(journal.KindCommitment, 4101, journal.Done, 2, erp.Success)
}
