package natsbus

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

func TestStoreIsOncePerIDAndConnection(t *testing.T) {
	onBoth(t, Options{}, func(t *testing.T, w world) {
		mustStore(t, w.Bus, hook("01JD1"))
		again := hook("01JD1")
		again.Received = again.Received.AddDate(0, 0, 1)
		if duplicate, err := w.Store(t.Context(), again); err != nil || !duplicate {
			t.Errorf("the same delivery later: duplicate %v, %v", duplicate, err)
		}
		other := hook("01JD1")
		other.Connection = "zenith"
		mustStore(t, w.Bus, other)
		if err := w.Publish(t.Context(), hook("01JD1")); err != nil {
			t.Errorf("publish a repeat: %v", err)
		}
		if n := held(t, w.Bus, streamQuarantine); n != 0 {
			t.Errorf("%d bodies in quarantine for true repeats", n)
		}
		if events, _ := ends(t, w.Bus); events != 2 {
			t.Errorf("%d events, want 2", events)
		}
	})
}

func TestRepeatWithAnotherBodyIsKept(t *testing.T) {
	onBoth(t, Options{}, func(t *testing.T, w world) {
		mustStore(t, w.Bus, hook("01JD1"))
		for _, company := range []erp.ID{77, 78} { // found by subject, and by the server's memory of ids
			other := hook("01JD1")
			other.Company, other.Body = company, fmt.Appendf(nil, "not what you said before, %d", company)
			for range 2 {
				if duplicate, err := w.Store(t.Context(), other); err != nil || !duplicate {
					t.Fatalf("other body: duplicate %v, %v", duplicate, err)
				}
			}
		}
		if n := held(t, w.Bus, streamQuarantine); n != 2 {
			t.Errorf("%d bodies in quarantine, want 2", n)
		}
	})
}

func TestEventsComeBackAsTheyWere(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	wild := hook("a.b *>/\\=\n" + strings.Repeat("é", 200))
	wild.Connection, wild.Body = "Größe & Co.", []byte{0, 0xff, '\n'}
	for _, want := range []erp.Event{hook("01JD1"), wild, {ID: "x", Connection: "y", Resource: erp.ResourceWorkLines, ResourceID: 8, Parent: 5982324300946918154}} {
		mustStore(t, bus, want)
		m, found, err := lastOf(t.Context(), bus.nc, streamEvents, eventSubject(want))
		if err != nil || !found {
			t.Fatal(found, err)
		}
		got, err := decodeEvent(m.data)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	}
}

func TestStoredEventOfAnotherVersionIsRefused(t *testing.T) {
	for _, data := range []string{`{"v":2,"id":"x"}`, `{}`, `no json`} {
		if e, err := decodeEvent([]byte(data)); err == nil {
			t.Errorf("%s was read as %v", data, e)
		}
	}
}

func TestEventThatCanNeverBeStored(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	big := hook("big")
	big.Body = make([]byte, 1<<20)
	for name, e := range map[string]erp.Event{"no id": {Connection: "acme"}, "no connection": {ID: "x"}, "too big": big} {
		if _, err := bus.Store(t.Context(), e); fault.Of(err) != fault.Permanent {
			t.Errorf("%s: %v is not permanent", name, err)
		}
	}
}

func TestManyCallersWithRepeats(t *testing.T) {
	onBoth(t, Options{}, func(t *testing.T, w world) {
		for wave, want := range []int64{50, 0} {
			var fresh atomic.Int64
			crowd(200, func(i int) {
				duplicate, err := w.Store(t.Context(), hook(fmt.Sprint("01JD", i%50)))
				if err != nil {
					t.Error(err)
				}
				if !duplicate {
					fresh.Add(1)
				}
			})
			if fresh.Load() != want {
				t.Errorf("wave %d: %d events were new, want %d", wave, fresh.Load(), want)
			}
		}
		if events, _ := ends(t, w.Bus); events != 50 {
			t.Errorf("%d events are stored, want 50", events)
		}
		if c := w.Stats().Events; c.Appends != 400 || c.Stored != 50 || c.Taken != 350 {
			t.Errorf("counts %+v", c)
		}
	})
}

func TestQuarantineIsOncePerBody(t *testing.T) {
	onBoth(t, Options{}, func(t *testing.T, w world) {
		for _, body := range []string{"what?", "what?", "who?"} {
			if err := w.Quarantine(t.Context(), "acme", []byte(body), "no JSON"); err != nil {
				t.Fatal(err)
			}
		}
		if n := held(t, w.Bus, streamQuarantine); n != 2 {
			t.Errorf("%d bodies, want 2", n)
		}
	})
}

func TestBuryIsOncePerStory(t *testing.T) {
	onBoth(t, Options{}, func(t *testing.T, w world) {
		key := journal.NewKey("acme", journal.KindCommitment, 4101)
		for _, story := range []string{"40 attempts", "40 attempts", "40 more", "40 more"} {
			if err := w.Bury(t.Context(), key, "dead", []byte(story)); err != nil {
				t.Fatal(err)
			}
		}
		crowd(8, func(int) {
			if err := w.Bury(t.Context(), key, "by many", []byte("one story")); err != nil {
				t.Error(err)
			}
		})
		if n := held(t, w.Bus, streamDLQ); n != 3 {
			t.Errorf("%d stories, want 3", n)
		}
		m, found, err := lastOf(t.Context(), w.nc, streamDLQ, "dlq.dead.acme.commitment-4101")
		if err != nil || !found || string(letterOf(m).Story) != "40 more" {
			t.Errorf("%q %v %v", m.data, found, err)
		}
	})
}

func TestCallerWhoGivesUpHarmsNobody(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	a, end := idle(t, bus, streamEvents)
	gone, leave := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() { left <- a.do(gone, fresh("gone")).err }()
	until(t, "one waits", func() bool { return len(a.queue) == 1 })
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) || fault.Of(err) != fault.Transient || !fault.IsSystem(err) {
		t.Errorf("a caller who left heard %v", err)
	}
	others := waiting(t, a, 30, func(i int) *slip { return fresh(fmt.Sprint("stays", i)) })
	a.start(t.Context())
	for out := range others {
		if out.err != nil || out.taken {
			t.Errorf("one who stayed: %+v", out)
		}
	}
	end()
	if events, _ := ends(t, bus); events != 30 {
		t.Errorf("%d events, want those of the 30 who stayed", events)
	}
}
