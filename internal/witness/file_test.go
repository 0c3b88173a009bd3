package witness

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/journal"
)

func fresh(t *testing.T) *File {
	t.Helper()
	return opened(t, filepath.Join(t.TempDir(), "witness.db"))
}

// whole is a stream without holes.
func whole(last uint64) Stream { return Stream{First: 1, Last: last, Messages: last, Created: epoch} }

func TestNotesOutliveTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "witness.db")
	f := opened(t, path)
	at := epoch.Add(time.Microsecond)
	must(t, f.Note(t.Context(), Batch{
		Records: []Record{{Seq: 3, Key: key(1), State: journal.Planned, At: at}, {Seq: 7, Key: key(1), State: journal.Claimed, At: at}, {Seq: 8, Key: key(1)}},
		To:      Position{Events: 4, Journal: 8},
	}))
	must(t, f.Close())
	f = opened(t, path)
	seq, state, ok, err := f.Seen(t.Context(), key(1))
	if seq != 8 || state != journal.Claimed || !ok || err != nil {
		t.Errorf("seen %d %s %v %v: a record without a move keeps the state", seq, state, ok, err)
	}
	if at, err := f.Position(t.Context()); at != (Position{Events: 4, Journal: 8}) || err != nil {
		t.Errorf("position %+v %v", at, err)
	}
	if _, _, ok, err := f.Seen(t.Context(), key(2)); ok || err != nil {
		t.Errorf("an effect nobody saw: %v %v", ok, err)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v %v", info, err)
	}
}

func TestNothingGoesBack(t *testing.T) {
	f := fresh(t)
	must(t, f.Note(t.Context(), Batch{Records: []Record{{Seq: 7, Key: key(1), State: journal.Done}}, To: Position{Events: 9, Journal: 7}}))
	must(t, f.Note(t.Context(), Batch{Records: []Record{{Seq: 6, Key: key(1), State: journal.Planned}, {Seq: 7, Key: key(1), State: journal.Planned}}, To: Position{Journal: 6}}))
	m, _, err := f.mark(t.Context(), key(1).String())
	if m != (mark{seq: 7, records: 1, state: journal.Done}) || err != nil {
		t.Errorf("%+v %v", m, err)
	}
	at, err := f.Position(t.Context())
	if at != (Position{Events: 9, Journal: 7}) || err != nil {
		t.Errorf("%+v %v", at, err)
	}
	if got := at.Within(Streams{Events: whole(3), Journal: whole(50)}); got != (Position{Events: 3, Journal: 7}) {
		t.Errorf("a tail would go on at %+v", got)
	}
}

// Check is asked twice: about what was there first, and then about what is there
// now.
func TestCheck(t *testing.T) {
	later := func(s Stream) Stream { s.Created = s.Created.Add(time.Nanosecond); return s }
	aging := func(s Stream) Stream { s.Ages = true; return s }
	for name, c := range map[string]struct {
		first, now Streams
		want       []string
	}{
		"nothing yet":              {Streams{}, Streams{}, nil},
		"the same":                 {Streams{whole(5), whole(5)}, Streams{whole(5), whole(5)}, nil},
		"grown":                    {Streams{whole(5), whole(5)}, Streams{whole(6), whole(9)}, nil},
		"journal shorter":          {Streams{whole(5), whole(5)}, Streams{whole(5), whole(4)}, []string{"JOURNAL rewound"}},
		"events shorter":           {Streams{whole(5), whole(5)}, Streams{whole(4), whole(5)}, []string{"EVENTS rewound"}},
		"made anew and as long":    {Streams{whole(5), whole(5)}, Streams{whole(5), later(whole(5))}, []string{"JOURNAL rewound"}},
		"a hole":                   {Streams{whole(5), whole(5)}, Streams{whole(5), Stream{First: 1, Last: 9, Messages: 8, Created: epoch}}, []string{"JOURNAL hole"}},
		"a hole at the head":       {Streams{whole(5), whole(5)}, Streams{whole(5), Stream{First: 3, Last: 9, Messages: 7, Created: epoch}}, []string{"JOURNAL hole"}},
		"all gone, last kept":      {Streams{whole(5), whole(5)}, Streams{whole(5), Stream{First: 6, Last: 5, Created: epoch}}, []string{"JOURNAL hole"}},
		"events aged":              {Streams{aging(whole(5)), whole(5)}, Streams{aging(Stream{First: 4, Last: 9, Messages: 6, Created: epoch}), whole(5)}, nil},
		"events all aged":          {Streams{aging(whole(5)), whole(5)}, Streams{aging(Stream{First: 6, Last: 5, Created: epoch}), whole(5)}, nil},
		"aging switched off since": {Streams{aging(whole(5)), whole(5)}, Streams{Stream{First: 4, Last: 9, Messages: 6, Created: epoch}, whole(5)}, nil},
		"aged, and a hole":         {Streams{aging(whole(5)), whole(5)}, Streams{aging(Stream{First: 4, Last: 9, Messages: 5, Created: epoch}), whole(5)}, []string{"EVENTS hole"}},
		"events that do not age":   {Streams{whole(5), whole(5)}, Streams{Stream{First: 4, Last: 9, Messages: 6, Created: epoch}, whole(5)}, []string{"EVENTS hole"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := fresh(t)
			if found, err := f.Check(t.Context(), c.first); len(found) > 0 || err != nil {
				t.Fatalf("at first: %v %v", found, err)
			}
			for range 2 { // and it does not get used to it
				found, err := f.Check(t.Context(), c.now)
				if got := whats(State{Findings: found}); !slices.Equal(got, c.want) || err != nil {
					t.Fatalf("found %v, want %v; %v", found, c.want, err)
				}
			}
		})
	}
}

// A new witness on a journal with a hole: the hole is found at once.
func TestHoleIsFoundByANewWitness(t *testing.T) {
	f := fresh(t)
	holed := Stream{First: 1, Last: 9, Messages: 6, Created: epoch, Deleted: []uint64{7, 3, 4}}
	found, err := f.Check(t.Context(), Streams{Events: whole(2), Journal: holed})
	if len(found) != 1 || !strings.Contains(found[0].Words, "lost 3 of its messages up to sequence 9: its holes are 3 to 4, 7.") || err != nil {
		t.Fatalf("%+v %v", found, err)
	}
	must(t, f.Accept(t.Context(), Streams{Events: whole(2), Journal: holed}, found))
	if found, err := f.Check(t.Context(), Streams{Events: whole(2), Journal: holed}); len(found) > 0 || err != nil {
		t.Errorf("accepted, and found again: %v %v", found, err)
	}
	holed.Messages--
	if found, err := f.Check(t.Context(), Streams{Events: whole(2), Journal: holed}); len(found) != 1 || err != nil {
		t.Errorf("one more is missing: %v %v", found, err)
	}
}

// A hole that was accepted and has aged away hides no later one.
func TestAcceptedHolesAgeAway(t *testing.T) {
	f := fresh(t)
	aging := func(first, last, messages uint64) Streams {
		return Streams{Events: Stream{First: first, Last: last, Messages: messages, Created: epoch, Ages: true}, Journal: whole(1)}
	}
	must(t, f.Accept(t.Context(), aging(1, 9, 6), nil))
	for _, c := range []struct {
		now  Streams
		want int
	}{{aging(1, 9, 6), 0}, {aging(5, 9, 5), 0}, {aging(5, 9, 4), 1}} {
		if found, err := f.Check(t.Context(), c.now); len(found) != c.want || err != nil {
			t.Errorf("%+v: found %v, %v", c.now.Events, found, err)
		}
	}
}

func TestAcceptForgetsWhatIsNotThere(t *testing.T) {
	f := fresh(t)
	must(t, f.Note(t.Context(), Batch{Records: []Record{{Seq: 7, Key: key(1), State: journal.Done}}, To: Position{Events: 9, Journal: 7}}))
	must(t, f.noteGaps(t.Context(), []Finding{{Stream: Journal, What: Hole, From: 2, To: 3, Words: "w"}}))
	now := Streams{Events: whole(20), Journal: whole(4)}
	if found, err := f.Check(t.Context(), now); len(found) != 2 || err != nil {
		t.Fatalf("%v %v", found, err)
	}
	must(t, f.Accept(t.Context(), now, nil))
	if found, err := f.Check(t.Context(), now); len(found) > 0 || err != nil {
		t.Errorf("%v %v", found, err)
	}
	if _, _, ok, err := f.Seen(t.Context(), key(1)); ok || err != nil {
		t.Errorf("still seen: %v %v", ok, err)
	}
	if at, err := f.Position(t.Context()); at != (Position{Events: 9, Journal: 4}) || err != nil {
		t.Errorf("the tail would go on at %+v, %v", at, err)
	}
	if found, err := f.Check(t.Context(), Streams{Events: whole(20), Journal: whole(3)}); len(found) != 1 || err != nil {
		t.Errorf("new damage: %v %v", found, err)
	}
}

func TestMarkOfARestore(t *testing.T) {
	dir := t.TempDir()
	f := opened(t, filepath.Join(dir, "witness.db"))
	now := Streams{Events: whole(1), Journal: whole(1)}
	must(t, MarkRestored(dir, "Restored on Monday."))
	old, err := f.Check(t.Context(), now)
	if len(old) != 1 || old[0].What != Restored || old[0].Words != "Restored on Monday." || err != nil {
		t.Fatalf("%v %v", old, err)
	}
	must(t, MarkRestored(dir, "Restored on Tuesday."))
	must(t, f.Accept(t.Context(), now, old))
	found, err := f.Check(t.Context(), now)
	if len(found) != 1 || err != nil {
		t.Fatalf("a release of Monday's restore took Tuesday's mark: %v %v", found, err)
	}
	must(t, f.Accept(t.Context(), now, found))
	if found, err := f.Check(t.Context(), now); len(found) > 0 || err != nil {
		t.Errorf("%v %v", found, err)
	}
	if err := MarkRestored(filepath.Join(dir, "nowhere"), "w"); err == nil {
		t.Error("a mark that could not be left passes")
	}
}

func TestUnusableFilesAreKept(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, path string){
		"no database": func(t *testing.T, path string) {
			must(t, os.WriteFile(path, []byte(strings.Repeat("rubbish ", 1000)), 0o600))
		},
		"another version": func(t *testing.T, path string) {
			f := opened(t, path)
			_, err := f.write.ExecContext(t.Context(), "PRAGMA user_version = 99")
			must(t, errors.Join(err, f.Close()))
		},
		"torn": func(t *testing.T, path string) {
			f := opened(t, path)
			var b Batch
			for n := range 2000 {
				b.Records = append(b.Records, Record{Seq: uint64(n + 1), Key: key(n), State: journal.Done})
			}
			must(t, errors.Join(f.Note(t.Context(), b), f.Close()))
			data, err := os.ReadFile(path)
			must(t, err)
			for i := len(data) / 2; i < len(data)/2+4096; i++ {
				data[i] = 0xff
			}
			must(t, os.WriteFile(path, data, 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "witness.db")
			spoil(t, path)
			before, err := os.ReadFile(path)
			must(t, err)
			if _, err := Open(t.Context(), path); !errors.Is(err, ErrUnusable) || !strings.Contains(err.Error(), path) {
				t.Fatalf("opened: %v", err)
			}
			if after, err := os.ReadFile(path); err != nil || len(after) != len(before) {
				t.Errorf("the file was changed: %d bytes were %d, %v", len(after), len(before), err)
			}
		})
	}
}

// What was noted must survive a power cut.
func TestEveryNoteIsSynced(t *testing.T) {
	var level, mode string
	f := fresh(t)
	must(t, f.write.QueryRowContext(t.Context(), "PRAGMA synchronous").Scan(&level))
	must(t, f.write.QueryRowContext(t.Context(), "PRAGMA journal_mode").Scan(&mode))
	if level != "2" || mode != "wal" {
		t.Errorf("synchronous %s, journal_mode %s", level, mode)
	}
}
