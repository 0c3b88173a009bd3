package natsbus

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// Messages that the server sent and nobody took are given back when the line
// closes, not left until AckWait has passed.
func TestLineGivesBackWhatIsOnItsWay(t *testing.T) {
	onBoth(t, Options{}, func(t *testing.T, w world) {
		crowd(3, func(i int) { mustStore(t, w.Bus, hook(fmt.Sprint(i))) })
		o := RunOptions{Connection: "acme", Workers: 3, AckWait: time.Hour}
		if err := w.ensureConsumer(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		l, err := openLine(w.nc, "acme")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		taken, err := l.pull(ctx, 3, func(*nats.Msg) { cancel() })
		if taken < 1 || err == nil && taken < 3 {
			t.Errorf("took %d, %v", taken, err)
		}
		until(t, "the others are here", func() bool {
			n, _, err := l.sub.Pending()
			return err == nil && n == 3-taken
		})
		late := 0
		l.close(func(*nats.Msg) { late++ })
		if late != 3-taken {
			t.Errorf("%d late, want %d", late, 3-taken)
		}
	})
}

func TestStatusThatEndsAPull(t *testing.T) {
	for status, want := range map[string][2]bool{
		"100": {false, false}, "404": {true, false}, "408": {true, false}, "409": {true, true}, "503": {true, true}, "": {true, true},
	} {
		m := &nats.Msg{Header: nats.Header{}}
		m.Header.Set("Status", status)
		if end, err := over(m); end != want[0] || (err != nil) != want[1] {
			t.Errorf("status %q: %v %v", status, end, err)
		}
	}
}

// The same through a whole stop: what nobody took is there for the next one.
func TestStopLeavesNothingLyingAbout(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	crowd(3, func(i int) { mustStore(t, bus, hook(fmt.Sprint(i))) })
	o := RunOptions{Connection: "acme", Workers: 3, AckWait: time.Hour}
	if err := bus.ensureConsumer(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	first, err := openLine(bus.nc, "acme")
	if err != nil {
		t.Fatal(err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := first.pull(stopped, 3, func(m *nats.Msg) { t.Errorf("took %s after the stop", m.Subject) }); err == nil {
		t.Fatal("a pull went on after the stop")
	}
	until(t, "all three are here", func() bool {
		n, _, err := first.sub.Pending()
		return err == nil && n == 3
	})
	newLoop(bus, o, nil).run(stopped, first)

	next, err := openLine(bus.nc, "acme")
	if err != nil {
		t.Fatal(err)
	}
	if taken, err := next.pull(t.Context(), 3, func(*nats.Msg) {}); taken != 3 || err != nil {
		t.Errorf("the next one got %d, %v", taken, err)
	}
	next.close(func(*nats.Msg) {})
}
