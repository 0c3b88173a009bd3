package natsbus

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// BenchmarkStore and BenchmarkAppend compare one sync per append with shared
// syncs, for a number of callers who each wait for their answer.
func BenchmarkStore(b *testing.B) {
	body := make([]byte, 1500)
	eachWay(b, func(bus *Bus) func(context.Context, int, int64) error {
		return func(ctx context.Context, _ int, n int64) error {
			e := erp.Event{ID: fmt.Sprintf("01JD%020d", n), Connection: "acme", Company: 77, Received: time.Now(), Body: body}
			duplicate, err := bus.Store(ctx, e)
			if duplicate {
				return fmt.Errorf("event %d is said to be a repeat", n)
			}
			return err
		}
	}, func(s Stats) Counts { return s.Events })
}

// BenchmarkStoreTwice delivers every event twice, one right after the other.
func BenchmarkStoreTwice(b *testing.B) {
	body := make([]byte, 1500)
	eachWay(b, func(bus *Bus) func(context.Context, int, int64) error {
		return func(ctx context.Context, _ int, n int64) error {
			return bus.Publish(ctx, erp.Event{ID: fmt.Sprintf("01JD%020d", n/2), Connection: "acme", Body: body})
		}
	}, func(s Stats) Counts { return s.Events })
}

func BenchmarkAppend(b *testing.B) {
	eachWay(b, func(bus *Bus) func(context.Context, int, int64) error {
		log := bus.Journal()
		var last [256]uint64
		return func(ctx context.Context, caller int, _ int64) (err error) {
			key := journal.NewKey("acme", journal.KindCommitment, erp.ID(caller))
			record := journal.Record{At: time.Now(), Owner: "bench", Moves: []journal.Move{{To: journal.Planned, Reason: "as good as any"}}}
			last[caller], err = log.Append(ctx, key, record, last[caller])
			return err
		}
	}, func(s Stats) Counts { return s.Journal })
}

func eachWay(b *testing.B, make func(*Bus) func(context.Context, int, int64) error, counts func(Stats) Counts) {
	for _, callers := range []int{1, 16, 64, 256} {
		for _, alone := range []bool{true, false} {
			name := map[bool]string{true: "alone", false: "group"}[alone]
			b.Run(fmt.Sprintf("callers=%d/%s", callers, name), func(b *testing.B) {
				bus := open(b, Options{DataDir: b.TempDir(), NoGroupCommit: alone, Log: zerolog.Nop()})
				load(b, callers, make(bus))
				c := counts(bus.Stats())
				b.ReportMetric(float64(c.Appends)/b.Elapsed().Seconds(), "appends/s")
				b.ReportMetric(float64(c.Singles+c.Batches)/float64(c.Appends), "sends/op")
			})
		}
	}
}

// load runs b.N calls shared among the callers.
func load(b *testing.B, callers int, call func(context.Context, int, int64) error) {
	var n atomic.Int64
	var home sync.WaitGroup
	b.ResetTimer()
	for caller := range callers {
		home.Go(func() {
			for i := n.Add(1); i <= int64(b.N); i = n.Add(1) {
				if err := call(b.Context(), caller, i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	home.Wait()
	b.StopTimer()
}
