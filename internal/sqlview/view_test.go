package sqlview

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func opened(t *testing.T, path string) *View {
	t.Helper()
	v, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	})
	return v
}

func feed(t *testing.T, v *View, b Batch) {
	t.Helper()
	if err := v.Feed(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

// planned is a record that plans an effect with that title.
func planned(seq uint64, id erp.ID, title string) Record {
	return Record{Seq: seq, Key: journal.NewKey("acme", journal.KindCommitment, id), Record: journal.Record{
		At: start.Add(time.Duration(seq) * time.Minute), Event: fmt.Sprintf("ev-%d", id), Request: int64(id),
		Moves: []journal.Move{{To: journal.Planned}},
		Plan:  &journal.Plan{Title: title, Number: fmt.Sprintf("SC%d", id), Project: "01|1001", Total: "10.50", Ref: fmt.Sprintf("PCC%d", id)},
	}}
}

func moved(seq uint64, id erp.ID, to ...journal.State) Record {
	r := Record{Seq: seq, Key: journal.NewKey("acme", journal.KindCommitment, id), Record: journal.Record{At: start.Add(time.Duration(seq) * time.Minute)}}
	for _, s := range to {
		r.Record.Moves = append(r.Record.Moves, journal.Move{To: s, Reason: "because " + string(s)})
	}
	return r
}

func ids(t *testing.T, v *View, q Query) (list []string, next string) {
	t.Helper()
	lines, next, err := v.Effects(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		list = append(list, l.ID)
	}
	return list, next
}

func TestRecordsBecomeAnEffect(t *testing.T) {
	v := opened(t, filepath.Join(t.TempDir(), "view.db"))
	feed(t, v, Batch{Records: []Record{planned(1, 41, "Formwork"), moved(2, 41, journal.Claimed)}, To: Position{Journal: 2}})
	feed(t, v, Batch{Records: []Record{moved(3, 41, journal.Parked)}, To: Position{Journal: 3}})
	lines, _, err := v.Effects(t.Context(), Query{})
	if err != nil || len(lines) != 1 {
		t.Fatalf("%v %v", lines, err)
	}
	got := lines[0]
	if got.State != "parked" || got.Reason != "because parked" || got.Number != "SC41" || got.Total != "10.50" ||
		!got.First.Equal(start.Add(time.Minute)) || !got.Updated.Equal(start.Add(3*time.Minute)) {
		t.Fatalf("got %+v", got)
	}
}

func TestARepeatedBatchChangesNothing(t *testing.T) {
	v := opened(t, filepath.Join(t.TempDir(), "view.db"))
	b := Batch{
		Events:  []Event{{Seq: 1, Event: erp.Event{ID: "ev-41", Connection: "acme", Resource: "ERP Requests", ResourceID: 41, Received: start}}},
		Records: []Record{planned(1, 41, "Formwork"), moved(2, 41, journal.Claimed)}, To: Position{Events: 1, Journal: 2},
	}
	feed(t, v, b)
	feed(t, v, b)
	counts, err := v.Counts(t.Context(), "")
	if err != nil || counts["claimed"] != 1 || len(counts) != 1 {
		t.Fatalf("%v %v", counts, err)
	}
	events, _, err := v.Events(t.Context(), Query{})
	if err != nil || len(events) != 1 || events[0].Effect != "acme.commitment-41" {
		t.Fatalf("%+v %v", events, err)
	}
}

func TestItGoesOnWhereItStopped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "view.db")
	first, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	feed(t, first, Batch{Records: []Record{planned(7, 41, "Formwork")}, To: Position{Events: 3, Journal: 7}})
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again := opened(t, path)
	if p, err := again.Position(t.Context()); err != nil || p != (Position{Events: 3, Journal: 7}) {
		t.Fatalf("%+v %v", p, err)
	}
	feed(t, again, Batch{Records: []Record{moved(8, 41, journal.Claimed)}, To: Position{Journal: 8}})
	if p, _ := again.Position(t.Context()); p != (Position{Events: 3, Journal: 8}) {
		t.Fatalf("%+v", p)
	}
	if list, _ := ids(t, again, Query{States: []string{"claimed"}}); len(list) != 1 {
		t.Fatalf("the fold did not go on: %v", list)
	}
}

func TestAStrangeFileIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "view.db")
	if err := os.WriteFile(path, []byte("this is no database, and long enough to be read as one ......................"), 0o600); err != nil {
		t.Fatal(err)
	}
	if list, _ := ids(t, opened(t, path), Query{}); len(list) != 0 {
		t.Fatal("a fresh projection is empty")
	}
}

func TestReadOnlyChangesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "view.db")
	feed(t, opened(t, path), Batch{Records: []Record{planned(1, 41, "Formwork")}})
	reader, err := OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if list, _ := ids(t, reader, Query{}); len(list) != 1 {
		t.Fatalf("got %v", list)
	}
	strange := filepath.Join(t.TempDir(), "strange.db")
	if err := os.WriteFile(strange, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenReadOnly(t.Context(), strange); err == nil {
		t.Fatal("a file without a version was read")
	}
	if _, err := OpenReadOnly(t.Context(), strange+".none"); err == nil {
		t.Fatal("a file that is not there was read")
	}
	if _, err := os.Stat(strange); err != nil {
		t.Fatal("reading only must not remove a file")
	}
}

func TestAnIllegalRecordIsNamedAndDoesNotStopTheFeed(t *testing.T) {
	v := opened(t, filepath.Join(t.TempDir(), "view.db"))
	err := v.Feed(t.Context(), Batch{Records: []Record{planned(1, 41, "a"), moved(2, 41, journal.Done), planned(3, 42, "b")}, To: Position{Journal: 3}})
	if !errors.Is(err, journal.ErrIllegal) {
		t.Fatalf("got %v", err)
	}
	counts, _ := v.Counts(t.Context(), "")
	if p, _ := v.Position(t.Context()); counts["planned"] != 2 || p.Journal != 3 {
		t.Fatalf("%v at %+v", counts, p)
	}
}

func TestFilters(t *testing.T) {
	v := opened(t, filepath.Join(t.TempDir(), "view.db"))
	feed(t, v, Batch{Records: []Record{
		planned(1, 41, "Formwork 100%"), planned(2, 42, "Piling"), moved(3, 42, journal.Claimed),
		{Seq: 4, Key: journal.NewKey("other", journal.KindChangeOrder, 43), Record: journal.Record{
			At: start.Add(time.Hour), Moves: []journal.Move{{To: journal.Planned}}, Plan: &journal.Plan{ProcoreNo: "CO-7", Project: "01|2002"}}},
	}})
	for name, c := range map[string]struct {
		q    Query
		want string
	}{
		"all, newest first": {Query{}, "[other.change_order-43 acme.commitment-42 acme.commitment-41]"},
		"connection":        {Query{Connection: "acme"}, "[acme.commitment-42 acme.commitment-41]"},
		"kind":              {Query{Kinds: []string{"change_order", "request"}}, "[other.change_order-43]"},
		"state":             {Query{States: []string{"claimed"}}, "[acme.commitment-42]"},
		"project":           {Query{Project: "01|2002"}, "[other.change_order-43]"},
		"our reference":     {Query{Ref: "pcc41"}, "[acme.commitment-41]"},
		"Jobpac number":     {Query{Ref: "SC42"}, "[acme.commitment-42]"},
		"Procore number":    {Query{Ref: "co-7"}, "[other.change_order-43]"},
		"since":             {Query{Since: start.Add(30 * time.Minute)}, "[other.change_order-43]"},
		"until":             {Query{Until: start.Add(time.Minute)}, "[acme.commitment-41]"},
		"text is literal":   {Query{Text: "100%"}, "[acme.commitment-41]"},
		"text matches none": {Query{Text: "1_0"}, "[]"},
		"injection":         {Query{Project: "x' OR '1'='1"}, "[]"},
	} {
		if list, _ := ids(t, v, c.q); fmt.Sprint(list) != c.want {
			t.Errorf("%s: got %v, want %s", name, list, c.want)
		}
	}
}

func TestPagesCoverEverythingOnce(t *testing.T) {
	v := opened(t, filepath.Join(t.TempDir(), "view.db"))
	var b Batch
	for i := range 25 {
		b.Records = append(b.Records, planned(uint64(i+1), erp.ID(100+i), "t"))
	}
	feed(t, v, b)
	seen, cursor := map[string]bool{}, ""
	for page := 0; ; page++ {
		list, next := ids(t, v, Query{Limit: 10, After: cursor})
		for _, id := range list {
			if seen[id] {
				t.Fatalf("%s twice", id)
			}
			seen[id] = true
		}
		if cursor = next; next == "" {
			break
		}
	}
	if len(seen) != 25 {
		t.Fatalf("saw %d of 25", len(seen))
	}
	if _, _, err := v.Effects(context.Background(), Query{After: "x"}); !errors.Is(err, ErrCursor) {
		t.Fatalf("got %v", err)
	}
}

// A path may hold what means something in an address.
func TestOddPaths(t *testing.T) {
	for _, name := range []string{"a#1", "a?b", "a%20b", "a b", "ä"} {
		dir := filepath.Join(t.TempDir(), name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "projection.db")
		v, err := Open(t.Context(), path)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := v.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
