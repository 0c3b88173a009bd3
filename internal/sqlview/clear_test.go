package sqlview

import (
	"path/filepath"
	"testing"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// A cleared projection takes the same streams again from their beginning.
func TestClear(t *testing.T) {
	v, err := Open(t.Context(), filepath.Join(t.TempDir(), "p.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	key := journal.NewKey("acme", journal.KindCommitment, 1)
	batch := Batch{
		Events:  []Event{{Seq: 1, Event: erp.Event{ID: "e", Connection: "acme"}}},
		Records: []Record{{Seq: 1, Key: key, Record: journal.Record{Event: "e", Moves: []journal.Move{{To: journal.Planned}}}}},
		To:      Position{Events: 1, Journal: 1},
	}
	for range 2 {
		if err := v.Feed(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		if counts, err := v.Counts(t.Context(), ""); err != nil || counts["planned"] != 1 {
			t.Fatalf("%v %v", counts, err)
		}
		if err := v.Clear(t.Context()); err != nil {
			t.Fatal(err)
		}
		if at, err := v.Position(t.Context()); err != nil || at != (Position{}) {
			t.Fatalf("%v %v", at, err)
		}
		if counts, err := v.Counts(t.Context(), ""); err != nil || len(counts) != 0 {
			t.Fatalf("%v %v", counts, err)
		}
	}
}
