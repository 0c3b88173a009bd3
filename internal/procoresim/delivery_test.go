package procoresim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// attemptTimes lists when the attempts of the first delivery started, as offsets from the start.
func (w *world) attemptTimes(hook string) []time.Duration {
	w.t.Helper()
	a := w.get(hooks2("/" + hook + "/deliveries")).is(http.StatusOK)
	var list []time.Duration
	for i := 0; ; i++ {
		text := a.text(fmt.Sprintf("data.0.delivery_attempts.%d.started_at", i))
		if text == "absent" {
			return list
		}
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			w.t.Fatal(err)
		}
		list = append(list, at.Sub(start().Truncate(time.Second)))
	}
}

func TestBackoffDoublesFromASecondToAnHour(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, func(int) int { return 500 })
	hook := w.hook(r, "v2.0")
	w.raiseOne()
	w.advance(6 * time.Hour)
	w.login()
	want := []time.Duration{0}
	for wait, at := time.Second, time.Second; at <= 6*time.Hour; at += wait {
		want = append(want, at)
		wait = min(2*wait, time.Hour)
	}
	got := w.attemptTimes(hook)
	if !slices.Equal(got, want) {
		t.Errorf("attempts at %v\nwant %v", got, want)
	}
	if want[1] != time.Second || want[2] != 3*time.Second || len(want) < 14 {
		t.Fatalf("the expectation itself is wrong: %v", want)
	}
}

func TestOneFailurePausesTheWholeQueue(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, func(n int) int {
		if n <= 2 {
			return 503
		}
		return 204
	})
	w.hook(r, "v2.0")
	first := w.raiseOne()
	w.settled()
	second, third := w.raiseOne(), w.raiseOne()
	w.settled()
	if n := len(r.all()); n != 1 {
		t.Fatalf("%d attempts before the pause is over, want 1", n)
	}
	if c := w.sim.DeliveryCounts(); c.Retrying != 1 || c.Enqueued != 2 || c.Delivered != 0 {
		t.Errorf("counts %+v", c)
	}
	w.advance(999 * time.Millisecond)
	if n := len(r.all()); n != 1 {
		t.Fatalf("%d attempts within the pause, want 1", n)
	}
	w.advance(time.Millisecond)
	if n := len(r.all()); n != 2 {
		t.Fatalf("%d attempts after one second, want 2", n)
	}
	w.advance(2 * time.Second)
	want := fmt.Sprint([]int64{first, first, first, second, third})
	if got := fmt.Sprint(r.field(t, "resource_id")); got != want {
		t.Errorf("order %s, want %s", got, want)
	}
	if c := w.sim.DeliveryCounts(); c != (DeliveryCounts{Events: 3, Attempts: 5, Delivered: 3}) {
		t.Errorf("counts %+v", c)
	}
}

func TestOtherHooksGoOn(t *testing.T) {
	w := newWorld(t)
	bad, good := newReceiver(t, func(int) int { return 500 }), newReceiver(t, nil)
	w.hook(bad, "v2.0")
	w.hook(good, "v2.0")
	w.raiseOne()
	w.raiseOne()
	w.settled()
	if b, g := len(bad.all()), len(good.all()); b != 1 || g != 2 {
		t.Errorf("the failing hook was called %d times, the other %d", b, g)
	}
}

func TestQueueIsThrownAwayAfterTwelveHours(t *testing.T) {
	w := newWorld(t)
	broken := true
	r := newReceiver(t, func(int) int {
		if broken {
			return 500
		}
		return 200
	})
	hook := w.hook(r, "v2.0")
	w.raiseOne()
	w.settled()
	w.raiseOne()
	w.advance(12*time.Hour - time.Millisecond)
	if c := w.sim.DeliveryCounts(); c.Discarded != 0 || c.Retrying != 1 || c.Enqueued != 1 {
		t.Fatalf("before twelve hours: %+v", c)
	}
	before := len(r.all())
	w.advance(time.Millisecond)
	if c := w.sim.DeliveryCounts(); c.Discarded != 2 || c.Retrying+c.Enqueued != 0 {
		t.Fatalf("after twelve hours: %+v", c)
	}
	if len(r.all()) != before {
		t.Error("the flush made an attempt")
	}
	r.mu.Lock()
	broken = false
	r.mu.Unlock()
	last := w.raiseOne()
	w.settled()
	if got := r.field(t, "resource_id"); got[len(got)-1] != fmt.Sprint(last) {
		t.Error("the next event did not start a fresh cycle")
	}
	w.login()
	w.get(hooks2("/"+hook+"/deliveries?filter[status]=discarded")).is(http.StatusOK).has("data.#", "2", "data.1.delivery_attempts.#", "0")
}

func TestFreshCycleStartsWithTheShortestPause(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, func(n int) int {
		if n == 5 {
			return 200
		}
		return 500
	})
	w.hook(r, "v2.0")
	w.raiseOne()
	w.raiseOne()
	w.advance(15 * time.Second) // attempts at 0, 1, 3, 7, 15; the fifth succeeds, the next event fails at once
	if n := len(r.all()); n != 6 {
		t.Fatalf("%d attempts, want 6", n)
	}
	w.advance(time.Second)
	if n := len(r.all()); n != 7 {
		t.Errorf("%d attempts one second later, want 7: a success resets the pause", n)
	}
}

func TestBackoffSettings(t *testing.T) {
	w := newWorld(t, func(s *Settings) { s.BackoffMinMS, s.BackoffMaxMS, s.DiscardAfterMS = 100, 200, 1000 })
	r := newReceiver(t, func(int) int { return 404 })
	w.hook(r, "v2.0")
	w.raiseOne()
	w.advance(time.Second) // 0, 100, 300, 500, 700, 900, then the flush
	if n := len(r.all()); n != 6 {
		t.Errorf("%d attempts, want 6", n)
	}
	if c := w.sim.DeliveryCounts(); c.Discarded != 1 {
		t.Errorf("counts %+v", c)
	}
}

func TestWhatCountsAsFailure(t *testing.T) {
	for status, fails := range map[int]bool{200: false, 202: false, 204: false, 301: true, 307: true, 400: true, 401: true, 500: true} {
		w := newWorld(t)
		r := newReceiver(t, func(int) int { return status })
		w.hook(r, "v2.0")
		w.raiseOne()
		w.settled()
		c := w.sim.DeliveryCounts()
		if (c.Retrying == 1) != fails || (c.Delivered == 1) == fails {
			t.Errorf("%d: counts %+v", status, c)
		}
	}
}

func TestSilentReceiverTimesOut(t *testing.T) {
	w := newWorld(t, func(s *Settings) { s.DeliveryTimeoutMS = 30 })
	hold := make(chan struct{})
	r := newReceiver(t, func(int) int { <-hold; return 200 })
	defer close(hold)
	w.hook(r, "v2.0")
	w.raiseOne()
	w.settled()
	d := w.sim.Deliveries()[0]
	if d.Status != statusRetrying || d.LastCode != 0 {
		t.Errorf("delivery %+v", d)
	}
}

func TestNobodyListens(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, nil)
	hook := w.hook(r, "v2.0")
	r.Close()
	w.raiseOne()
	w.settled()
	a := w.get(hooks2("/"+hook+"/deliveries")).has("data.0.status", "retrying", "data.0.delivery_attempts.0.response_status", "null", "data.0.delivery_attempts.0.success", "false")
	a.contains("no answer")
}

func TestDeliveriesListV2(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, func(n int) int {
		if n == 13 {
			return 500
		}
		return 200
	})
	hook := w.hook(r, "v3.0")
	for range 14 {
		w.raiseOne()
		w.settled()
	}
	list := hooks2("/" + hook + "/deliveries")
	a := w.get(list).is(http.StatusOK).has("data.#", "10", "data.0.status", "delivered", "data.0.delivery_attempts.0.response_status", "200",
		"data.0.delivery_attempts.0.success", "true", "data.0.payload.api_version", "v3.0")
	if a.header.Get("Total") != "14" || a.header.Get("Per-Page") != "10" || !strings.Contains(a.header.Get("Link"), `rel="next"`) {
		t.Errorf("headers %v", a.header)
	}
	w.get(list+"?page=2").has("data.#", "4", "data.2.status", "retrying", "data.3.status", "enqueued", "data.3.delivery_attempts", "[]")
	for query, want := range map[string]string{
		"filter[status]=succeeded": "12", "filter[status]=retrying": "1", "filter[status]=failed": "1", "filter[status]=enqueued": "1",
		"filter[status]=discarded": "0", "filter[resource_name]=ERP%20Requests": "14", "filter[resource_name]=Projects": "0",
		"filter[event_type]=create": "14", "filter[event_type]=update": "0", "filter[start]=2026-07-01&filter[end]=2026-07-01": "14",
		"filter[start]=2026-07-02": "0", "filter[end]=2026-06-30": "0", "filters[status]=enqueued": "1",
	} {
		w.get(list+"?per_page=100&"+query).is(http.StatusOK).has("data.#", want)
	}
	w.get(list + "?filter[status]=odd").is(http.StatusBadRequest)
	w.get(list + "?filter[start]=yesterday").is(http.StatusBadRequest)
}

func TestDeliveriesListV1(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, func(n int) int {
		if n >= 3 {
			return 410
		}
		return 200
	})
	hook := w.hook(r, "v2.0")
	for range 4 {
		w.raiseOne()
		w.settled()
	}
	list := hooks1 + "/" + hook + "/deliveries?company_id=1357908642"
	a := w.get(list).is(http.StatusOK).has("#", "3", "0.outcome", "ok", "0.response_status", "200", "2.outcome", "retried", "2.response_status", "410")
	if a.text("0.event_id") != a.text("0.event.id") {
		t.Error("event_id is not the event's")
	}
	w.get(list+"&page_size=1").has("#", "1", "0.id", a.text("0.id"))
	w.get(list+"&page_size=1&page_start="+a.text("0.id")).has("#", "1", "0.id", a.text("1.id"))
	for query, want := range map[string]string{"filter[status]=any": "3", "filter[status]=successful": "2", "filters[status]=failing": "1", "filter[status]=discarded": "0"} {
		w.get(list+"&"+query).has("#", want)
	}
	w.get(list + "&filter[status]=odd").is(http.StatusBadRequest)
	w.advance(12 * time.Hour)
	w.login()
	w.get(list+"&filter[status]=discarded").has("#", "2")
}
