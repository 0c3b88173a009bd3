package procoresim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"
)

func TestDuplicates(t *testing.T) {
	w := newWorld(t, func(s *Settings) { s.Duplicates = 3 })
	r := newReceiver(t, nil)
	w.hook(r, "v2.0")
	w.raiseOne()
	w.raiseOne()
	w.settled()
	ids := r.field(t, "id")
	if len(ids) != 6 || ids[0] != ids[1] || ids[1] != ids[2] || ids[2] == ids[3] || ids[3] != ids[5] {
		t.Errorf("ids %v", ids)
	}
	if c := w.sim.DeliveryCounts(); c.Events != 2 || c.Delivered != 6 {
		t.Errorf("counts %+v", c)
	}
}

func TestSecondEventID(t *testing.T) {
	w := newWorld(t, func(s *Settings) { s.SecondEventID = true })
	r := newReceiver(t, nil)
	w.hook(r, "v2.0")
	w.raiseOne()
	w.settled()
	ids, ulids, times, records := r.field(t, "id"), r.field(t, "ulid"), r.field(t, "timestamp"), r.field(t, "resource_id")
	if len(ids) != 2 || ids[0] == ids[1] || ulids[0] == ulids[1] || times[0] != times[1] || records[0] != records[1] {
		t.Errorf("ids %v, ulids %v, times %v, records %v", ids, ulids, times, records)
	}
}

func TestReorder(t *testing.T) {
	w := newWorld(t, func(s *Settings) { s.ReorderWindow = 3 })
	r := newReceiver(t, nil)
	w.hook(r, "v2.0")
	a, b := w.raiseOne(), w.raiseOne()
	w.settled()
	if n := len(r.all()); n != 0 {
		t.Fatalf("%d deliveries of an incomplete group", n)
	}
	c, d := w.raiseOne(), int64(0)
	w.settled()
	want := []int64{c, b, a}
	if got := fmt.Sprint(r.field(t, "resource_id")); got != fmt.Sprint(want) {
		t.Fatalf("order %s, want %v", got, want)
	}
	d = w.raiseOne()
	w.advance(499 * time.Millisecond)
	if n := len(r.all()); n != 3 {
		t.Fatalf("%d deliveries, the last should still be held", n)
	}
	w.advance(time.Millisecond)
	if got := fmt.Sprint(r.field(t, "resource_id")); got != fmt.Sprint(append(want, d)) {
		t.Errorf("order %s", got)
	}
}

func TestReorderSurvivesAFailure(t *testing.T) {
	w := newWorld(t, func(s *Settings) { s.ReorderWindow = 2 })
	r := newReceiver(t, func(n int) int {
		if n == 1 {
			return 500
		}
		return 200
	})
	w.hook(r, "v2.0")
	a, b := w.raiseOne(), w.raiseOne()
	w.advance(time.Second)
	if got, want := fmt.Sprint(r.field(t, "resource_id")), fmt.Sprint([]int64{b, b, a}); got != want {
		t.Errorf("order %s, want %s", got, want)
	}
}

func TestDisabledHook(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, func(n int) int {
		if n == 1 {
			return 500
		}
		return 200
	})
	hook := w.hook(r, "v2.0")
	w.raiseOne()
	w.settled()
	w.rest(http.MethodPatch, hooks2("/"+hook), obj{"status": "disabled"}).is(http.StatusOK)
	w.raiseOne() // not even queued
	w.advance(time.Hour)
	if n := len(r.all()); n != 1 {
		t.Fatalf("%d attempts to a disabled hook", n-1)
	}
	w.rest(http.MethodPatch, hooks2("/"+hook), obj{"status": "active"}).is(http.StatusOK)
	w.settled()
	if c := w.sim.DeliveryCounts(); c.Delivered != 1 || c.Enqueued != 0 {
		t.Errorf("counts %+v", c)
	}
}

func TestTokenRotationAndRemoval(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, nil)
	hook := w.hook(r, "v2.0")
	w.rest(http.MethodPatch, hooks2("/"+hook), obj{"destination_headers": obj{"Authorization": "second"}}).is(http.StatusOK)
	w.raiseOne()
	w.settled()
	if got := r.all()[0].header.Get("Authorization"); got != "second" {
		t.Errorf("authorization %q", got)
	}
	w.rest(http.MethodDelete, hooks2("/"+hook), nil).is(http.StatusNoContent)
	w.raiseOne()
	w.settled()
	if n := len(r.all()); n != 1 {
		t.Errorf("%d deliveries after the hook was removed", n-1)
	}
}

func TestRemovedHookLosesItsQueue(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, func(int) int { return 500 })
	hook := w.hook(r, "v2.0")
	w.raiseOne()
	w.settled()
	w.rest(http.MethodDelete, hooks2("/"+hook), nil).is(http.StatusNoContent)
	if c := w.sim.DeliveryCounts(); c.Discarded != 1 || c.Retrying != 0 {
		t.Errorf("counts %+v", c)
	}
	w.advance(time.Hour)
	if n := len(r.all()); n != 1 {
		t.Errorf("%d attempts", n)
	}
}

func TestWaitIdle(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, func(n int) int {
		if n == 1 {
			return 500
		}
		return 200
	})
	w.hook(r, "v2.0")
	if err := w.sim.WaitIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.raiseOne()
	w.settled()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.sim.WaitIdle(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a paused queue is not idle: %v", err)
	}
	idle := make(chan error, 1)
	go func() { idle <- w.sim.WaitIdle(t.Context()) }()
	w.advance(time.Second)
	if err := <-idle; err != nil {
		t.Error(err)
	}
}

func TestCloseEndsAnAttemptUnderWay(t *testing.T) {
	w := newWorld(t)
	hold, arrived := make(chan struct{}), make(chan struct{})
	r := newReceiver(t, func(int) int { close(arrived); <-hold; return 200 })
	defer close(hold)
	w.hook(r, "v2.0")
	w.raiseOne()
	<-arrived
	w.sim.Close()
	if err := w.sim.WaitIdle(t.Context()); err == nil {
		t.Error("a closed simulator cannot become idle")
	}
}

func TestHistoryIsBounded(t *testing.T) {
	w := newWorld(t)
	w.sim.config.DeliveryHistory = 10
	r := newReceiver(t, nil)
	w.hook(r, "v2.0")
	for range 100 {
		w.raiseOne()
		w.settled()
	}
	if n := len(w.sim.Deliveries()); n < 10 || n > 20 {
		t.Errorf("%d deliveries kept", n)
	}
	if c := w.sim.DeliveryCounts(); c.Delivered != 100 {
		t.Errorf("counts %+v", c)
	}
}
