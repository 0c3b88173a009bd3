package sweep_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/sweep"
)

func TestADiscardedDeliveryIsPutOnTheBusUnderItsOwnID(t *testing.T) {
	w := newWorld()
	w.deliveries = []erp.Delivery{delivery("01J1", 71)}
	r := w.swept(t)
	wantCounts(t, r, "read 1 enqueued 1 known 0 listed 0 lines 1 warnings 0")
	want := delivery("01J1", 71).Event
	want.Connection, want.Source, want.Actor, want.Received = "acme", erp.FromSweep, "pat", noon
	if diff := cmp.Diff(map[string]erp.Event{"01J1": want}, w.stored); diff != "" {
		t.Error(diff)
	}
	line := sweep.Line{Source: sweep.SourceDelivery, ID: "d-01J1", Title: "ERP Requests 71 create", Do: sweep.DoEnqueued, Event: "01J1",
		Why: "Procore could not deliver this webhook and threw it away."}
	if diff := cmp.Diff([]sweep.Line{line}, r.Lines); diff != "" {
		t.Error(diff)
	}
	if len(w.since) != 2 || !w.since[0].Equal(noon.Add(-26*time.Hour)) || !w.since[1].Equal(w.since[0]) || r.Connection != "acme" || !r.Started.Equal(noon) || !r.Ended.Equal(noon) || !r.Since.Equal(w.since[0]) {
		t.Errorf("asked since %v, report %+v", w.since, r)
	}
}

func TestAKnownDeliveryIsCountedAndNotListed(t *testing.T) {
	w := newWorld()
	failing := delivery("01J2", 72)
	failing.State = erp.DeliveryFailing
	w.deliveries = []erp.Delivery{delivery("01J1", 71), failing, delivery("01J3", 73)}
	w.stored["01J1"] = erp.Event{ID: "01J1", Source: erp.FromWebhook}
	w.answered[73] = true
	r := w.swept(t)
	wantCounts(t, r, "read 3 enqueued 1 known 2 listed 0 lines 1 warnings 0")
	if w.stored["01J1"].Source != erp.FromWebhook || !strings.Contains(r.Lines[0].Why, "yet") || w.stored["01J3"].ID != "" {
		t.Errorf("%+v %+v", w.stored, r.Lines)
	}
}

func TestWhatMustNotBeEnqueuedIsListed(t *testing.T) {
	w := newWorld()
	foreign, unread, early := delivery("01J1", 71), delivery("01J2", 72), delivery("01J3", 73)
	foreign.Event.Company = 99
	unread.Event, unread.Unreadable = erp.Event{}, "It names no event."
	early.Event.At = noon.Add(-26 * time.Hour)
	w.deliveries = []erp.Delivery{foreign, unread, early}
	other := request(84, noon)
	other.Company = 99
	undated := request(83, noon)
	undated.CreatedAt = ""
	w.requests = []erp.Request{request(81, noon.Add(-25*time.Hour)), request(82, noon.Add(-24*time.Hour)), undated, other}
	r := w.swept(t, func(c *sweep.Config) { c.GoLive = noon.Add(-24 * time.Hour) })
	wantCounts(t, r, "read 7 enqueued 1 known 0 listed 6 lines 7 warnings 0")
	var got []string
	for _, l := range r.Lines {
		got = append(got, fmt.Sprintf("%s %s %s %v", l.Source, l.ID, l.Do, l.BeforeGoLive))
	}
	want := []string{"delivery d-01J1 listed false", "delivery d-01J2 listed false", "delivery d-01J3 listed true",
		"request 81 listed true", "request 82 enqueued false", "request 83 listed false", "request 84 listed false"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(r.Lines[3].Why, "resolve --adopt") {
		t.Error(r.Lines[3].Why)
	}
}

// Without a go-live a request without a date is hinted: losing it is worse.
func TestARequestWithoutADateIsHintedWhereThereIsNoGoLive(t *testing.T) {
	w := newWorld()
	undated := request(83, noon)
	undated.CreatedAt, undated.Company = "", 0
	w.requests = []erp.Request{undated}
	wantCounts(t, w.swept(t), "read 1 enqueued 1 known 0 listed 0 lines 1 warnings 0")
}

func TestARequestIsHintedOncePerSixHours(t *testing.T) {
	w := newWorld()
	w.requests = []erp.Request{request(81, noon.Add(-time.Hour)), request(82, noon.Add(-time.Hour))}
	w.answered[82] = true
	s := sweep.New(w.config())
	wantCounts(t, again(t, s, w.options()), "read 2 enqueued 1 known 1 listed 0 lines 1 warnings 0")
	e := w.stored["sweep-request-81-"+fmt.Sprint(noon.Unix()/21600)]
	want := erp.Event{ID: e.ID, Connection: "acme", Resource: "ERP Requests", ResourceID: 81, Action: "create", Company: company,
		At: noon, Received: noon, Source: erp.FromSweep, Actor: "pat"}
	if diff := cmp.Diff(want, e); diff != "" || e.ID == "" {
		t.Fatal(diff, w.stored)
	}
	w.now = noon.Add(10 * time.Minute)
	wantCounts(t, again(t, s, w.options()), "read 2 enqueued 0 known 2 listed 0 lines 0 warnings 0")
	w.now = noon.Add(20 * time.Minute) // another process, or a restart: the bus knows
	wantCounts(t, w.swept(t), "read 2 enqueued 0 known 2 listed 0 lines 0 warnings 0")
	w.now = noon.Add(5 * time.Hour) // a new bucket, but too soon for one who remembers
	wantCounts(t, again(t, s, w.options()), "read 2 enqueued 0 known 2 listed 0 lines 0 warnings 0")
	w.now = noon.Add(6 * time.Hour)
	wantCounts(t, again(t, s, w.options()), "read 2 enqueued 1 known 1 listed 0 lines 1 warnings 0")
}

// A request whose delivery was just put on the bus needs no second hint; one
// whose delivery was there before may have been lost behind the bus.
func TestADeliveryStandsForItsRequest(t *testing.T) {
	w := newWorld()
	w.deliveries = []erp.Delivery{delivery("01J1", 71), delivery("01J2", 72)}
	w.stored["01J2"] = erp.Event{ID: "01J2"}
	w.requests = []erp.Request{request(71, noon), request(72, noon)}
	s := sweep.New(w.config())
	r := again(t, s, w.options())
	wantCounts(t, r, "read 4 enqueued 2 known 2 listed 0 lines 2 warnings 0")
	if r.Lines[1].Source != sweep.SourceRequest || r.Lines[1].ID != "72" {
		t.Errorf("%+v", r.Lines)
	}
	w.now = noon.Add(10 * time.Minute)
	wantCounts(t, again(t, s, w.options()), "read 4 enqueued 0 known 4 listed 0 lines 0 warnings 0")
}

func TestEffectsThatNobodyTouched(t *testing.T) {
	w := newWorld()
	resting := effect(2, journal.Waiting, 3*time.Hour)
	resting.WakeAt = noon.Add(-time.Hour)
	moved := effect(3, journal.Planned, 59*time.Minute)
	lost := effect(4, journal.Intent, 2*time.Hour)
	lost.WakeAt, lost.Company = noon.Add(-61*time.Minute), 0
	unasked := effect(5, journal.Planned, 2*time.Hour)
	unasked.Request = 0
	w.effects = []journal.Effect{
		effect(1, journal.Claimed, 61*time.Minute), resting, moved, lost, unasked,
		effect(6, journal.Parked, 9*time.Hour), effect(7, journal.Done, 9*time.Hour), effect(8, journal.None, 9*time.Hour),
	}
	w.requests = []erp.Request{request(1001, noon)}
	r := w.swept(t)
	wantCounts(t, r, "read 9 enqueued 2 known 6 listed 1 lines 3 warnings 0")
	if !w.before.Equal(noon.Add(-time.Hour)) {
		t.Errorf("asked for what rests since %s", w.before)
	}
	bucket := fmt.Sprint(noon.Unix() / 21600)
	for id, request := range map[string]erp.ID{"sweep-effect-commitment-1-41-" + bucket: 1001, "sweep-effect-commitment-4-44-" + bucket: 1004} {
		if e := w.stored[id]; e.ResourceID != request || e.Company != company || e.Source != erp.FromSweep || e.Resource != "ERP Requests" || e.Action != "create" {
			t.Errorf("%s: %+v of %v", id, e, w.stored)
		}
	}
	if l := r.Lines[2]; l.Effect != "acme.commitment-5" || l.Do != sweep.DoListed || !strings.Contains(l.Why, "nothing moves it on") {
		t.Errorf("%+v", l)
	}
	if l := r.Lines[0]; l.Source != sweep.SourceEffect || l.ID != "acme.commitment-1" || l.Title != "Commitment 1" || !strings.Contains(l.Why, "claimed") {
		t.Errorf("%+v", l)
	}
	wantCounts(t, w.swept(t, func(c *sweep.Config) { c.Procore = nothing{} }), "read 8 enqueued 0 known 7 listed 1 lines 1 warnings 0")
}

// nothing is a Procore that lists nothing.
type nothing struct{ sweep.Procore }

func (nothing) Deliveries(context.Context, time.Time) iter.Seq2[erp.Delivery, error] {
	return sequence[erp.Delivery](nil, nil)
}
func (nothing) Requests(context.Context, time.Time) iter.Seq2[erp.Request, error] {
	return sequence[erp.Request](nil, nil)
}

func TestADryRunPutsNothingOnTheBus(t *testing.T) {
	w := newWorld()
	touring := delivery("01J9", 5)
	touring.Event.Resource = "Projects"
	w.deliveries = []erp.Delivery{touring, delivery("01J1", 71)}
	w.requests = []erp.Request{request(71, noon), request(72, noon)}
	unasked := effect(2, journal.Planned, 3*time.Hour)
	unasked.Request = 0
	w.effects = []journal.Effect{effect(1, journal.Planned, 2*time.Hour), unasked}
	s := sweep.New(w.config())
	o := w.options()
	o.DryRun = true
	r := again(t, s, o)
	wantCounts(t, r, "read 6 enqueued 0 known 1 listed 5 lines 5 warnings 0")
	if len(w.stored) != 0 || r.Lines[0].Do != sweep.DoWould || r.Lines[0].Event != "01J9" {
		t.Errorf("%+v %+v", w.stored, r.Lines)
	}
	o.DryRun = false
	wantCounts(t, again(t, s, o), "read 6 enqueued 4 known 1 listed 1 lines 5 warnings 0")
}

// A bus that cannot tell repeats, and a projection that knows no answers, cost
// hints too many, never one too few.
func TestPlainPorts(t *testing.T) {
	w := newWorld()
	w.deliveries = []erp.Delivery{delivery("01J1", 71)}
	w.requests = []erp.Request{request(71, noon), request(72, noon)}
	w.answered[72] = true
	c := w.config()
	c.Bus, c.Live = plainBus{w}, plainLive{w}
	s := sweep.New(c)
	wantCounts(t, again(t, s, w.options()), "read 3 enqueued 3 known 0 listed 0 lines 3 warnings 0")
	wantCounts(t, again(t, s, w.options()), "read 3 enqueued 1 known 2 listed 0 lines 1 warnings 0")
	if len(w.stored) != 3 {
		t.Errorf("%v", w.stored)
	}
}

func TestAListThatIsNotShownIsAWarning(t *testing.T) {
	w := newWorld()
	w.deliveries = []erp.Delivery{delivery("01J1", 71)}
	w.deliveriesErr = fmt.Errorf("%w: %w", erp.ErrNotShown, fault.New(fault.Transient, "procore GET hooks", nil).Saying("Procore does not allow this."))
	w.requestsErr = erp.ErrNotShown
	w.effects = []journal.Effect{effect(1, journal.Planned, 2*time.Hour)}
	r := w.swept(t)
	wantCounts(t, r, "read 2 enqueued 2 known 0 listed 0 lines 2 warnings 2")
	if !strings.Contains(r.Warnings[0], "deliveries (Procore does not allow this.)") || !strings.Contains(r.Warnings[1], "requests") {
		t.Errorf("%q", r.Warnings)
	}
}

func TestAPlaceThatFailsFailsTheSweepAfterTheOthers(t *testing.T) {
	down := fault.New(fault.Transient, "list", errors.New("gateway")).OfSystem()
	for name, fail := range map[string]func(*world){
		"deliveries": func(w *world) { w.deliveriesErr = down },
		"requests":   func(w *world) { w.requestsErr = down },
		"effects":    func(w *world) { w.stuckErr = down },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.deliveries = []erp.Delivery{delivery("01J1", 71)}
			w.requests = []erp.Request{request(81, noon)}
			w.effects = []journal.Effect{effect(1, journal.Planned, 2*time.Hour)}
			fail(w)
			r, err := sweep.New(w.config()).Sweep(t.Context(), w.options())
			if !errors.Is(err, down) || !fault.IsSystem(err) || !strings.Contains(err.Error(), "sweep acme: "+name) {
				t.Errorf("got %v", err)
			}
			wantCounts(t, r, "read 3 enqueued 3 known 0 listed 0 lines 3 warnings 0")
		})
	}
}

func TestAJournalThatIsAwayFailsTheEffects(t *testing.T) {
	w := newWorld()
	w.effects = []journal.Effect{effect(1, journal.Planned, 2*time.Hour)}
	w.requests = []erp.Request{request(81, noon)}
	w.loadErr = errors.New("no answer")
	r, err := sweep.New(w.config()).Sweep(t.Context(), w.options())
	if !errors.Is(err, w.loadErr) || r.Enqueued != 1 {
		t.Errorf("%v %+v", err, r)
	}
	w.loadErr = fault.New(fault.Permanent, "history", errors.New("record 7 cannot be read"))
	wantCounts(t, w.swept(t), "read 2 enqueued 0 known 1 listed 0 lines 0 warnings 1")
}

func TestTheBusStopsTheSweep(t *testing.T) {
	w := newWorld()
	w.deliveries = []erp.Delivery{delivery("01J1", 71), delivery("01J2", 72), delivery("01J3", 73)}
	w.requests = []erp.Request{request(81, noon)}
	w.busErr, w.busAfter = fault.New(fault.Transient, "store", errors.New("disk full")).OfSystem(), 1
	r, err := sweep.New(w.config()).Sweep(t.Context(), w.options())
	if !errors.Is(err, w.busErr) || !strings.Contains(err.Error(), "01J2") {
		t.Errorf("got %v", err)
	}
	wantCounts(t, r, "read 1 enqueued 1 known 0 listed 0 lines 1 warnings 0")
	if len(w.since) != 1 {
		t.Error("the other places were read without a bus to put hints on")
	}
}

func TestAnswersThatCannotBeReadCostOneWarning(t *testing.T) {
	w := newWorld()
	w.requests = []erp.Request{request(81, noon), request(82, noon)}
	w.answeredErr = errors.New("locked")
	wantCounts(t, w.swept(t), "read 2 enqueued 2 known 0 listed 0 lines 2 warnings 1")
}

func TestProgressEveryHundredRowsAndAtTheEnd(t *testing.T) {
	w := newWorld()
	for i := range 250 {
		w.deliveries = append(w.deliveries, delivery(fmt.Sprint("e", i), erp.ID(1000+i)))
	}
	w.swept(t)
	want := []sweep.Progress{{What: "deliveries", Done: 100}, {What: "deliveries", Done: 200}, {What: "deliveries", Done: 250}, {What: "effects"}, {What: "requests"}}
	if diff := cmp.Diff(want, w.told); diff != "" {
		t.Error(diff)
	}
}

func TestAContextThatEndsStopsTheSweepCleanly(t *testing.T) {
	w := newWorld()
	for i := range 250 {
		w.deliveries = append(w.deliveries, delivery(fmt.Sprint("e", i), erp.ID(1000+i)))
	}
	w.requests = []erp.Request{request(81, noon)}
	ctx, cancel := context.WithCancel(t.Context())
	o := w.options()
	o.Progress = func(sweep.Progress) { cancel() }
	s := sweep.New(w.config())
	r, err := s.Sweep(ctx, o)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	wantCounts(t, r, "read 100 enqueued 100 known 0 listed 0 lines 100 warnings 0")
	if _, err := s.Sweep(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	wantCounts(t, again(t, s, w.options()), "read 251 enqueued 151 known 100 listed 0 lines 151 warnings 0")
}

// Sweeps take turns; one that waits for its turn ends with its context.
func TestSweepsTakeTurns(t *testing.T) {
	w := newWorld()
	w.requests = []erp.Request{request(81, noon)}
	s := sweep.New(w.config())
	inside, leave := make(chan struct{}), make(chan struct{})
	o := w.options()
	once := sync.OnceFunc(func() { close(inside); <-leave })
	o.Progress = func(sweep.Progress) { once() }
	var first sync.WaitGroup
	first.Go(func() { again(t, s, o) })
	<-inside
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r, err := s.Sweep(ctx, w.options()); !errors.Is(err, context.Canceled) || r.Read != 0 || r.Ended.IsZero() {
		t.Errorf("%v %+v", err, r)
	}
	close(leave)
	first.Wait()
}

func TestReportAsJSON(t *testing.T) {
	w := newWorld()
	w.deliveries = []erp.Delivery{delivery("01J1", 71)}
	o := w.options()
	o.Since = time.Time{}
	text, err := json.Marshal(again(t, sweep.New(w.config()), o))
	want := `{"connection":"acme","started":"2026-12-09T15:00:00Z","ended":"2026-12-09T15:00:00Z","read":1,"enqueued":1,"known":0,"listed":0,` +
		`"lines":[{"source":"delivery","id":"d-01J1","title":"ERP Requests 71 create","why":"Procore could not deliver this webhook and threw it away.","do":"enqueued","event":"01J1"}]}`
	if err != nil || string(text) != want {
		t.Errorf("%v\n%s", err, text)
	}
}
