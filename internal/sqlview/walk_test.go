package sqlview

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

func walked(t *testing.T, v *View, connection, after string) (keys []string) {
	t.Helper()
	for e, err := range v.Walk().Effects(t.Context(), connection, after) {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, e.String())
	}
	return keys
}

func TestWalkGivesEveryEffectInTheOrderOfKeys(t *testing.T) {
	v := opened(t, filepath.Join(t.TempDir(), "view.db"))
	var b Batch
	for i := range 2*rowsAtOnce + 7 {
		b.Records = append(b.Records, planned(uint64(i+1), erp.ID(100_000-i), fmt.Sprint("title ", i)))
	}
	other := planned(9000, 41, "of another connection")
	other.Key.Connection = "acmf"
	b.Records = append(b.Records, other)
	feed(t, v, b)
	all := walked(t, v, "acme", "")
	if len(all) != 2*rowsAtOnce+7 || !slices.IsSorted(all) {
		t.Fatalf("%d effects, sorted %v", len(all), slices.IsSorted(all))
	}
	for _, cut := range []int{0, 1, rowsAtOnce, len(all) - 1} {
		if rest := walked(t, v, "acme", all[cut]); !slices.Equal(rest, all[cut+1:]) {
			t.Errorf("behind %s: %d effects, want %d", all[cut], len(rest), len(all)-cut-1)
		}
	}
	if got := walked(t, v, "acme", "~"); len(got) != 0 {
		t.Errorf("behind the end: %v", got)
	}
	if got := walked(t, v, "acm", ""); len(got) != 0 {
		t.Errorf("no such connection: %v", got)
	}
}

func TestWalkGivesTheWholeFold(t *testing.T) {
	v := opened(t, filepath.Join(t.TempDir(), "view.db"))
	feed(t, v, Batch{Records: []Record{planned(1, 41, "Formwork"), moved(2, 41, journal.Claimed, journal.Parked)}})
	for e, err := range v.Walk().Effects(t.Context(), "acme", "") {
		if err != nil || e.State != journal.Parked || e.Plan.Title != "Formwork" || e.Seq != 2 || e.Request != 41 {
			t.Fatalf("%+v %v", e, err)
		}
		break
	}
}

func TestWalkEndsWithTheContextAndItsReader(t *testing.T) {
	v := opened(t, filepath.Join(t.TempDir(), "view.db"))
	feed(t, v, Batch{Records: []Record{planned(1, 41, "a"), planned(2, 42, "b")}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	n := 0
	for _, err := range v.Walk().Effects(ctx, "acme", "") {
		if n++; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
	for _, err := range v.Walk().Stuck(ctx, "acme", start) {
		if n++; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
	if n != 2 {
		t.Errorf("%d errors", n)
	}
}

func TestWalkNamesARowThatCannotBeRead(t *testing.T) {
	v := opened(t, filepath.Join(t.TempDir(), "view.db"))
	feed(t, v, Batch{Records: []Record{planned(1, 41, "a"), planned(2, 42, "b")}})
	if _, err := v.write.ExecContext(t.Context(), "UPDATE effect SET folded = 'x' WHERE id = 'acme.commitment-42'"); err != nil {
		t.Fatal(err)
	}
	var good int
	var bad error
	for _, err := range v.Walk().Effects(t.Context(), "acme", "") {
		if bad = err; err == nil {
			good++
		}
	}
	if good != 1 || bad == nil {
		t.Errorf("%d good, %v", good, bad)
	}
}

// resting is an effect that is due to wake at an hour after the start.
func resting(seq uint64, id erp.ID, to journal.State, wake int) []Record {
	p, m := planned(seq, id, "t"), moved(seq+1, id, to)
	m.Record.Moves[0].WakeAt = start.Add(time.Duration(wake) * time.Hour)
	return []Record{p, m}
}

func TestStuck(t *testing.T) {
	v := opened(t, filepath.Join(t.TempDir(), "view.db"))
	var b Batch
	add := func(r ...Record) { b.Records = append(b.Records, r...) }
	add(planned(1, 41, "never taken"))
	add(planned(2, 42, "done"), moved(3, 42, journal.Claimed, journal.Applied, journal.Confirmed, journal.Done))
	add(resting(4, 43, journal.Waiting, 1)...)    // was due at one
	add(resting(6, 44, journal.Waiting, 30)...)   // is due tomorrow
	add(resting(8, 45, journal.UnknownOut, 2)...) // was due at two
	for i, s := range []journal.State{journal.Parked, journal.Rejected, journal.Abandoned, journal.Dead, journal.Superseded} {
		add(resting(uint64(10+2*i), erp.ID(50+i), s, 1)...)
	}
	add(planned(600, 46, "touched at ten hours")) // minute 600
	foreign := planned(30, 47, "of another connection")
	foreign.Key.Connection = "acmf"
	add(foreign)
	feed(t, v, b)
	for name, c := range map[string]struct {
		before time.Duration
		want   string
	}{
		"before all":    {time.Minute, "[]"},
		"one and a bit": {time.Hour + time.Second, "[acme.commitment-41 acme.commitment-43]"},
		"at two sharp":  {2 * time.Hour, "[acme.commitment-41 acme.commitment-43]"},
		"three":         {3 * time.Hour, "[acme.commitment-41 acme.commitment-43 acme.commitment-45]"},
		"eleven":        {11 * time.Hour, "[acme.commitment-41 acme.commitment-43 acme.commitment-45 acme.commitment-46]"},
	} {
		var got []journal.Key
		for key, err := range v.Walk().Stuck(t.Context(), "acme", start.Add(c.before)) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, key)
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%s: got %v, want %s", name, got, c.want)
		}
	}
}

func TestStuckWalksOnInChunks(t *testing.T) {
	v := opened(t, filepath.Join(t.TempDir(), "view.db"))
	var b Batch
	for i := range rowsAtOnce + 3 {
		b.Records = append(b.Records, planned(uint64(i+1), erp.ID(1000+i), "t"))
	}
	feed(t, v, b)
	seen := map[journal.Key]bool{}
	for key, err := range v.Walk().Stuck(t.Context(), "acme", start.Add(100*time.Hour)) {
		if err != nil || seen[key] {
			t.Fatal(key, err)
		}
		seen[key] = true
	}
	if len(seen) != rowsAtOnce+3 {
		t.Errorf("%d stuck", len(seen))
	}
}

func TestAnswered(t *testing.T) {
	v := opened(t, filepath.Join(t.TempDir(), "view.db"))
	closed := moved(2, 41, journal.Claimed, journal.Parked)
	closed.Record.Closed = &journal.Closing{Request: 900, Outcome: "failed"}
	again := moved(3, 41, journal.Planned)
	again.Record.Request = 901 // sent again, not closed yet
	request := func(seq uint64, id erp.ID, rule string) Record {
		return Record{Seq: seq, Key: journal.NewKey("acme", journal.KindRequest, id), Record: journal.Record{
			At: start, Moves: []journal.Move{{To: journal.Planned}, {To: journal.Superseded, Rule: rule}}, Plan: &journal.Plan{},
		}}
	}
	feed(t, v, Batch{Records: []Record{planned(1, 41, "Formwork"), closed, again, request(4, 77, "RD-UNSUPPORTED"), request(5, 78, "")}})
	for request, want := range map[erp.ID]bool{900: true, 901: false, 41: false, 77: true, 78: false, 79: false} {
		if got, err := v.Walk().Answered(t.Context(), "acme", request); err != nil || got != want {
			t.Errorf("request %d: %v %v", request, got, err)
		}
	}
	if got, _ := v.Walk().Answered(t.Context(), "acmf", 900); got {
		t.Error("another connection's request is none of this one's")
	}
}
