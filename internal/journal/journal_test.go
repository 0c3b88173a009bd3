package journal

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/erp"
)

var start = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// walk applies records one after the other, a minute apart.
func walk(t *testing.T, records ...Record) Effect {
	t.Helper()
	e := Effect{Key: NewKey("acme", KindCommitment, 4101)}
	for i, r := range records {
		r.At = start.Add(time.Duration(i) * time.Minute)
		if err := e.Apply(r, uint64(i+1)); err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
	}
	return e
}

func moves(to ...State) Record {
	var r Record
	for _, s := range to {
		r.Moves = append(r.Moves, Move{To: s})
	}
	return r
}

func TestTheWholeRoadInOneRecordEach(t *testing.T) {
	e := walk(t, moves(Planned, Claimed), moves(Intent), moves(Committed, Intent), moves(Committed, Applied), moves(Confirmed, Done))
	if e.State != Done || e.Records != 5 || e.Seq != 5 {
		t.Fatalf("got %s after %d records at %d", e.State, e.Records, e.Seq)
	}
}

func TestIllegalMovesAreRefused(t *testing.T) {
	for _, c := range []struct{ from, to State }{
		{None, Claimed}, {None, Done}, {Planned, Intent}, {Planned, Committed}, {Claimed, Done}, {Claimed, Confirmed},
		{Intent, Applied}, {Intent, Intent}, {Committed, Confirmed}, {Applied, Intent}, {Applied, Done},
		{Done, Claimed}, {Done, Intent}, {Done, Dead}, {Rejected, Claimed}, {Dead, Intent}, {Abandoned, Claimed},
		{Superseded, Intent}, {Parked, Intent}, {UnknownOut, Intent}, {UnknownOut, Committed}, {Confirmed, Intent},
	} {
		if Legal(c.from, c.to) {
			t.Errorf("%q to %q is legal", c.from, c.to)
		}
		e := Effect{State: c.from}
		if err := e.Apply(moves(c.to), 1); !errors.Is(err, ErrIllegal) {
			t.Errorf("%q to %q: got %v", c.from, c.to, err)
		}
	}
}

func TestEveryLiveStateMayRestAndEnd(t *testing.T) {
	for _, from := range States() {
		for _, to := range []State{Planned, Waiting, UnknownOut, Parked, Rejected, Superseded, Dead, Abandoned} {
			want := !from.Terminal() || to == Planned || ((from == Done || from == Abandoned) && to == Parked)
			if got := Legal(from, to); got != want {
				t.Errorf("%s to %s: got %v, want %v", from, to, got, want)
			}
		}
	}
}

func TestSettledStates(t *testing.T) {
	var settled []State
	for _, s := range States() {
		if s.Settled() {
			settled = append(settled, s)
		}
	}
	if want := []State{Done, Parked, Superseded, Rejected, Abandoned, Dead}; !slices.Equal(settled, want) {
		t.Fatalf("got %v, want %v", settled, want)
	}
}

const step = "purchase_order 01|PO1"

func TestADoubtOutlivesItsPlan(t *testing.T) {
	intent := Record{Moves: []Move{{To: Intent, Step: step, Fingerprint: "f1", NotAfter: start.Add(5 * time.Second)}}}
	unknown := Record{Moves: []Move{{To: UnknownOut, Step: step, Fingerprint: "f1", SendEnd: start.Add(2 * time.Minute)}}}
	e := walk(t, moves(Planned, Claimed), intent, unknown, moves(Parked), Record{Moves: []Move{{To: Planned}}, Plan: &Plan{Number: "PO2"}})
	want := StepMemory{
		State: StepUnknown, Fingerprint: "f1", NotAfter: start.Add(5 * time.Second),
		SendEnd: start.Add(2 * time.Minute), Since: start.Add(time.Minute), Sends: 1,
	}
	if d := cmp.Diff(want, e.Steps[step]); d != "" {
		t.Fatal(d)
	}
	if !slices.Equal(e.Doubts(), []string{step}) || e.Plan.Number != "PO2" {
		t.Fatalf("doubts %v, plan %q", e.Doubts(), e.Plan.Number)
	}
}

func TestARefusalEndsTheDoubt(t *testing.T) {
	e := walk(t, moves(Planned, Claimed),
		Record{Moves: []Move{{To: Intent, Step: step}}},
		Record{Moves: []Move{{To: Planned, Step: step}, {To: Rejected}}})
	if len(e.Steps) != 0 || e.State != Rejected {
		t.Fatalf("%s with %v", e.State, e.Steps)
	}
}

func TestCommittedEndsTheDoubtAndKeepsTheFingerprint(t *testing.T) {
	e := walk(t, moves(Planned, Claimed),
		Record{Moves: []Move{{To: Intent, Step: step, Fingerprint: "f1"}}},
		Record{Moves: []Move{{To: Committed, Step: step, Fingerprint: "f1"}}})
	if m := e.Steps[step]; m.State != StepCommitted || m.Fingerprint != "f1" || m.Doubtful() {
		t.Fatalf("got %+v", m)
	}
}

func TestCloneLeavesTheOriginalAlone(t *testing.T) {
	e := walk(t, moves(Planned, Claimed), Record{Moves: []Move{{To: Intent, Step: step}}})
	c := e.Clone()
	if err := c.Apply(Record{Moves: []Move{{To: Committed, Step: step}}, Closed: &Closing{Request: 7}}, 9); err != nil {
		t.Fatal(err)
	}
	if e.Steps[step].State != StepIntent || e.Closed[7].Request != 0 || e.Seq == 9 {
		t.Fatalf("the original changed: %+v", e)
	}
}

func TestWaitingIsCountedFromItsFirstRecord(t *testing.T) {
	e := walk(t, moves(Planned, Waiting), moves(Planned, Waiting), moves(Waiting))
	if !e.Waiting.Equal(start) {
		t.Fatalf("waits since %v", e.Waiting)
	}
	e = walk(t, moves(Planned, Waiting), moves(Claimed, Intent))
	if !e.Waiting.IsZero() {
		t.Fatalf("still waits since %v", e.Waiting)
	}
}

func TestHeldBy(t *testing.T) {
	now := start.Add(time.Second)
	e := Effect{State: Intent, Owner: "one", Until: start.Add(time.Minute)}
	if !e.HeldBy("two", now) || e.HeldBy("one", now) || e.HeldBy("two", start.Add(time.Hour)) {
		t.Fatal("a lease holds against others, until it ends, and not against its owner")
	}
	if e.State = Parked; e.HeldBy("two", now) {
		t.Fatal("a resting effect is nobody's")
	}
}

func TestKeys(t *testing.T) {
	k := NewKey("acme", KindChangeOrder, 7701)
	back, err := ParseKey(k.String())
	if err != nil || back != k || back.Kind() != KindChangeOrder {
		t.Fatalf("%v %v", back, err)
	}
	for _, bad := range []string{"", "acme", "acme.commitment", "acme.commitment-", "acme.commitment-x1", ".commitment-1", "acme.-1"} {
		if _, err := ParseKey(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestKeysOfRevisions(t *testing.T) {
	k := NewKey("acme", KindChangeOrder, 7701)
	r := k.Revision(2)
	back, err := ParseKey(r.String())
	if err != nil || back != r || r.Kind() != KindChangeRevision || r.Effect != "change_order_revision-7701-2" {
		t.Fatalf("%v %v", back, err)
	}
	if of, n, ok := r.Revised(); of != k || n != 2 || !ok {
		t.Errorf("%v %d %v", of, n, ok)
	}
	if _, _, ok := k.Revised(); ok {
		t.Error("a change order is no revision")
	}
	for _, bad := range []string{"acme.commitment-1-2", "acme.commitment_revision-1", "acme.commitment_revision-1-0", "acme.commitment_revision-1-x", "acme.commitment_revision-x-1", "acme.commitment_revision-1-2-3"} {
		if _, err := ParseKey(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestReserve(t *testing.T) {
	var reg Register
	first, changed := reg.Reserve("change_order-1", 2, 3)
	if first != 3 || !changed {
		t.Fatalf("got %d %v", first, changed)
	}
	if again, changed := reg.Reserve("change_order-1", 9, 3); again != 3 || changed {
		t.Fatalf("a reservation moved to %d", again)
	}
	if next, _ := reg.Reserve("change_order-2", 2, 1); next != 6 {
		t.Fatalf("got %d, want 6 above the other's run", next)
	}
	if next, _ := reg.Reserve("change_order-3", 40, 1); next != 41 {
		t.Fatalf("got %d, want 41 above the floor", next)
	}
	if more, changed := reg.Reserve("change_order-1", 2, 5); more == 3 || !changed {
		t.Fatalf("five numbers from a run of three at %d", more)
	}
}

func TestWaitersAreKeptOnce(t *testing.T) {
	var reg Register
	if !reg.Wait(Waiter{Effect: "change_order-1", Request: 5}) || reg.Wait(Waiter{Effect: "change_order-1", Request: 5}) {
		t.Fatal("the same waiter twice is one change")
	}
	if !reg.Wait(Waiter{Effect: "change_order-1", Request: 6}) || len(reg.Waiters) != 1 {
		t.Fatalf("a newer request replaces the older: %v", reg.Waiters)
	}
}

// The stored form is a promise to yesterday's directories: version 1 reads
// back as written.
func TestStoredFormRoundTrip(t *testing.T) {
	r := Record{
		V: Version, At: start, Epoch: 2, Owner: "p1", Until: start.Add(time.Minute), Actor: "jo", Event: "e", Request: 9007199254740993,
		Detail: 3, Company: 4, Attempt: 5,
		Moves:  []Move{{To: Intent, Step: step, Fingerprint: "f", NotAfter: start, Reason: "r", Cause: "c"}},
		Plan:   &Plan{Kind: KindCommitment, Number: "PO1", Steps: []Step{{ID: step, Label: "l", Columns: []Column{{"order", "PO1"}}}}, Links: []Link{{"line_item", 1, "01|PO1|1", ""}}},
		Closed: &Closing{Request: 9, Outcome: string(erp.Failed), Messages: []string{"m"}},
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back Record
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(r, back); d != "" {
		t.Fatal(d)
	}
}
