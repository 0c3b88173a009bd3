package natsbus

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// pair is two processes on one server.
func pair(t *testing.T) [2]*Bus {
	t.Helper()
	s := outside(t, t.TempDir(), -1)
	return [2]*Bus{open(t, Options{URL: s.ClientURL(), Name: "one"}), open(t, Options{URL: s.ClientURL(), Name: "two"})}
}

func TestTwoReceiversStoreEachEventOnce(t *testing.T) {
	both := pair(t)
	var fresh atomic.Int64
	crowd(200, func(i int) {
		duplicate, err := both[i%2].Store(t.Context(), hook(fmt.Sprint(i/4)))
		if err != nil {
			t.Error(err)
		}
		if !duplicate {
			fresh.Add(1)
		}
	})
	if events, _ := ends(t, both[0]); events != 50 || fresh.Load() != 50 {
		t.Errorf("%d events are stored, %d callers were told theirs was new, want 50", events, fresh.Load())
	}
}

// Both processes add to the same counters, each as the journal asks: load,
// append, and again when another came first. None may be lost or doubled.
func TestTwoProcessesShareHistories(t *testing.T) {
	both := pair(t)
	const effects, adds = 10, 8
	crowd(2*effects, func(i int) {
		j, key := both[i%2].Journal(), journal.NewKey("acme", journal.KindCommitment, erp.ID(i/2+1))
		for done := 0; done < adds; {
			effect, err := j.Load(t.Context(), key)
			if err != nil {
				t.Error(err)
				return
			}
			record := planned("add")
			record.Attempt = effect.Attempt + 1
			switch _, err = j.Append(t.Context(), key, record, effect.Seq); {
			case err == nil:
				done++
			case !errors.Is(err, journal.ErrMoved):
				t.Error(err)
				return
			}
		}
	})
	for i := range effects {
		effect, err := both[0].Journal().Load(t.Context(), journal.NewKey("acme", journal.KindCommitment, erp.ID(i+1)))
		if err != nil || effect.Attempt != 2*adds || effect.Records != 2*adds {
			t.Errorf("counted to %d in %d records, want %d: %v", effect.Attempt, effect.Records, 2*adds, err)
		}
	}
}

func TestTwoProcessesShareTheWork(t *testing.T) {
	both := pair(t)
	var mu sync.Mutex
	seen := map[string]int{}
	for _, bus := range both {
		working(t, bus, RunOptions{Connection: "acme", Workers: 2}, func(_ context.Context, e erp.Event) Verdict {
			mu.Lock()
			defer mu.Unlock()
			seen[e.ID]++
			return Verdict{Settle: Done}
		})
	}
	crowd(40, func(i int) { mustStore(t, both[i%2], hook(fmt.Sprint(i))) })
	until(t, "all are acked", func() bool { return consumerInfo(t, both[0], "acme").AckFloor.Stream == 40 })
	mu.Lock()
	defer mu.Unlock()
	if len(seen) != 40 {
		t.Errorf("%d events were handled, want 40", len(seen))
	}
}
