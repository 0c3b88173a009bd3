package sqlview

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// BenchmarkFeed stores the events and records of a hundred approvals at a time.
func BenchmarkFeed(b *testing.B) {
	v, err := Open(b.Context(), filepath.Join(b.TempDir(), "p.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer v.Close()
	var seq uint64
	for b.Loop() {
		var batch Batch
		for range 100 {
			seq++
			event := fmt.Sprintf("ev-%d", seq)
			key := journal.NewKey("acme", journal.KindCommitment, erp.ID(seq))
			batch.Events = append(batch.Events, Event{Seq: seq, Event: erp.Event{ID: event, Connection: "acme", Received: time.Unix(1, 0)}})
			for i, to := range []journal.State{journal.Planned, journal.Claimed, journal.Intent, journal.Committed, journal.Applied} {
				batch.Records = append(batch.Records, Record{Seq: seq*5 + uint64(i), Key: key, Record: journal.Record{Event: event, Moves: []journal.Move{{To: to}}}})
			}
		}
		batch.To = Position{Events: seq, Journal: seq*5 + 4}
		if err := v.Feed(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
}
