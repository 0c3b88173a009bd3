package natsbus

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// letters are all dead letters of a connection.
func letters(t *testing.T, bus *Bus, connection string) (all []Letter) {
	t.Helper()
	err := bus.DeadLetters(t.Context(), connection, func(l Letter) error {
		all = append(all, l)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestDeadLetterIsCompleteOnItsOwn(t *testing.T) {
	onBoth(t, Options{}, func(t *testing.T, w world) {
		key := journal.NewKey("acme", journal.KindCommitment, 4101)
		first := mustAppend(t, w.Bus, key, planned("new"), 0)
		second := mustAppend(t, w.Bus, key, claimed(1), first)
		if err := w.Bury(t.Context(), key, "attempts", []byte(`{"last":"no"}`)); err != nil {
			t.Fatal(err)
		}
		if err := w.Bury(t.Context(), journal.NewKey("zenith", journal.KindCommitment, 1), "attempts", []byte("{}")); err != nil {
			t.Fatal(err)
		}
		got := letters(t, w.Bus, "acme")
		if len(got) != 1 {
			t.Fatalf("%d letters, want 1", len(got))
		}
		l := got[0]
		if l.Key != key || l.Reason != "attempts" || string(l.Story) != `{"last":"no"}` || l.At.IsZero() || l.Seq != 1 || l.Cut != 0 || l.Broken != "" {
			t.Errorf("%+v", l)
		}
		history, err := w.Journal().History(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if len(l.Records) != 2 || l.Records[1].Seq != second || fmt.Sprint(l.Records) != fmt.Sprint(history) {
			t.Errorf("the letter has %+v, the journal %+v", l.Records, history)
		}
	})
}

func TestHistoryThatIsTooLongIsCutFromItsBeginning(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	key := journal.NewKey("acme", journal.KindCommitment, 4101)
	var seq uint64
	for n := range 5 {
		seq = mustAppend(t, bus, key, planned(fmt.Sprint(n)+strings.Repeat("x", 300<<10)), seq)
	}
	if err := bus.Bury(t.Context(), key, "attempts", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	l := letters(t, bus, "acme")[0]
	if l.Cut != 2 || len(l.Records) != 3 || l.Records[2].Seq != seq || !strings.HasPrefix(l.Records[0].Record.Moves[0].Reason, "2x") {
		t.Errorf("%d records, %d cut", len(l.Records), l.Cut)
	}
}

func TestBrokenHistoryIsBuriedAllTheSame(t *testing.T) {
	dir := t.TempDir()
	bus := open(t, Options{DataDir: dir})
	key := journal.NewKey("acme", journal.KindCommitment, 4101)
	mustAppend(t, bus, key, claimed(2), mustAppend(t, bus, key, planned("mark"), 0))
	shut(t, bus)
	damage(t, dir, streamJournal, "mark")
	bus = open(t, Options{DataDir: dir})
	if err := bus.Bury(t.Context(), key, "broken", []byte("the story")); err != nil {
		t.Fatal(err)
	}
	if l := letters(t, bus, "acme")[0]; !strings.Contains(l.Broken, "broken at sequence") || string(l.Story) != "the story" {
		t.Errorf("%+v", l)
	}
}

func TestLetterThatCannotBeReadHidesNoOther(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	for _, rubbish := range []string{"no json", `{"v":9}`, `{"v":1,"records":[{"seq":3,"record":{"v":7}}]}`} {
		if _, err := bus.js.Publish(t.Context(), "dlq.x.acme.y", []byte(rubbish)); err != nil {
			t.Fatal(err)
		}
	}
	if err := bus.Bury(t.Context(), journal.NewKey("acme", journal.KindCommitment, 1), "attempts", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	got := letters(t, bus, "acme")
	if len(got) != 4 || got[3].Broken != "" {
		t.Fatalf("%+v", got)
	}
	for _, l := range got[:3] {
		if l.Broken == "" || len(l.Story) == 0 {
			t.Errorf("%+v", l)
		}
	}
}

func TestDeadLettersEndWithTheirReadersError(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	if err := bus.Bury(t.Context(), journal.NewKey("acme", journal.KindCommitment, 1), "attempts", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	enough := errors.New("enough")
	if err := bus.DeadLetters(t.Context(), "acme", func(Letter) error { return enough }); !errors.Is(err, enough) {
		t.Error(err)
	}
	shut(t, bus)
	if err := bus.DeadLetters(t.Context(), "acme", func(Letter) error { return nil }); !fault.IsSystem(err) {
		t.Error(err)
	}
}
