package witness

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/journal"
)

// rec is a record as a full read meets it.
func rec(seq uint64, n int, s journal.State) Entry {
	return Entry{Stream: Journal, Seq: seq, Key: key(n), State: s, At: epoch, Stored: epoch.Add(time.Duration(seq) * time.Second)}
}

// scrubbed is a guard that has seen some records and then reads the journal in
// full.
func scrubbed(t *testing.T, seen []Record, there []Entry) *Guard {
	t.Helper()
	m := &memory{gaps: there, now: Streams{Events: whole(1), Journal: whole(uint64(len(there)))}}
	g := guarded(t, m, t.TempDir())
	must(t, g.Load(t.Context()))
	must(t, g.file.Note(t.Context(), Batch{Records: seen}))
	must(t, g.Scrub(t.Context()))
	return g
}

func TestScrub(t *testing.T) {
	done := Record{Seq: 3, Key: key(1), State: journal.Done, At: epoch}
	for name, c := range map[string]struct {
		there []Entry
		want  []string
	}{
		"all there":                     {[]Entry{rec(1, 1, journal.Planned), rec(3, 1, journal.Done), rec(4, 1, journal.Parked)}, nil},
		"its last record gone":          {[]Entry{rec(1, 1, journal.Planned), rec(4, 2, journal.Planned)}, []string{"JOURNAL effect-backwards"}},
		"another's in its place":        {[]Entry{rec(1, 1, journal.Planned), rec(3, 2, journal.Done), rec(4, 1, journal.Claimed), rec(5, 1, journal.Intent)}, []string{"JOURNAL effect-backwards"}},
		"another of its own there":      {[]Entry{rec(1, 1, journal.Planned), rec(3, 1, journal.Claimed), rec(4, 1, journal.Done)}, []string{"JOURNAL effect-backwards"}},
		"a gap":                         {[]Entry{{Stream: Journal, Seq: 1, Missing: 2}, rec(3, 1, journal.Done)}, []string{"JOURNAL hole"}},
		"an unreadable entry":           {[]Entry{{Stream: Journal, Seq: 1, Bad: "odd"}, rec(3, 1, journal.Done)}, []string{"JOURNAL corrupt"}},
		"its history broken, told once": {[]Entry{rec(1, 1, journal.Planned), {Stream: Journal, Seq: 3, Key: key(1), Bad: "odd"}}, []string{"JOURNAL corrupt"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := scrubbed(t, []Record{done}, c.there)
			if got := whats(g.State()); !slices.Equal(got, c.want) {
				t.Errorf("found %v, want %v", g.State().Findings, c.want)
			}
			if (g.Halted() != "") != (c.want != nil) {
				t.Errorf("halted: %q", g.Halted())
			}
		})
	}
}

func TestScrubNamesSomeOfMany(t *testing.T) {
	var seen []Record
	for n := range mostNamed + 10 {
		seen = append(seen, Record{Seq: uint64(n + 5), Key: key(n), State: journal.Done})
	}
	found := scrubbed(t, seen, nil).State().Findings
	if len(found) != mostNamed || found[0].From != 5 || !strings.HasSuffix(found[mostNamed-1].Words, "So did 10 more.") {
		t.Errorf("%d findings, the last %+v", len(found), found[len(found)-1])
	}
}

// What a release made the file forget is learnt by the next full read, so that
// damage to an old effect is found again.
func TestScrubLearns(t *testing.T) {
	g := scrubbed(t, nil, []Entry{
		rec(1, 1, journal.Planned), rec(2, 1, journal.Done),
		{Stream: Journal, Seq: 3, Key: journal.Key{Connection: "acme"}, Register: &journal.Register{Name: "order x"}},
		{Stream: Journal, Seq: 4, Key: journal.Key{Connection: Connection}, Register: &journal.Register{Name: Register}},
	})
	wantCalm(t, g)
	all, err := g.file.marks(t.Context())
	must(t, err)
	want := map[string]mark{
		"acme.commitment-1":     {seq: 2, records: 2, state: journal.Done, at: micros(epoch)},
		"acme register order x": {seq: 3, records: 1},
	}
	if len(all) != len(want) || all["acme.commitment-1"] != want["acme.commitment-1"] || all["acme register order x"] != want["acme register order x"] {
		t.Errorf("learnt %+v", all)
	}
	if at, err := g.file.Position(t.Context()); at != (Position{}) || err != nil {
		t.Errorf("a full read moves no tail: %+v %v", at, err)
	}
}

// A full read that a release overtakes says nothing of what was seen before.
func TestScrubOvertakenByARelease(t *testing.T) {
	m := &memory{now: Streams{Events: whole(1), Journal: whole(1)}}
	g := guarded(t, m, t.TempDir())
	must(t, g.Load(t.Context()))
	must(t, g.file.Note(t.Context(), Batch{Records: []Record{{Seq: 1, Key: key(1), State: journal.Done}}}))
	g.readAll(false)
	m.during = func() {
		g.Take(journal.Register{Name: Register, Safe: &journal.Safe{Episode: 1, Released: epoch, Accepted: storedStreams(&m.now)}})
	}
	must(t, g.Scrub(t.Context()))
	if g.State().On || !g.readAll(false) {
		t.Errorf("raised, or not to be read again: %+v", g.State())
	}
}

func TestScrubSaysThatItDidNotEnd(t *testing.T) {
	m := &memory{}
	g := guarded(t, m, t.TempDir())
	must(t, g.Load(t.Context()))
	m.set(func() { m.away = errAway })
	if err := g.Scrub(t.Context()); !errors.Is(err, errAway) {
		t.Errorf("%v", err)
	}
	wantCalm(t, g)
}

// A lost tail is pardoned by its new end, not as a gap: its sequences are used
// again, and a hole among them is news.
func TestPardonsEndWithTheStream(t *testing.T) {
	m := &memory{now: Streams{Events: whole(1), Journal: whole(9)}, gaps: []Entry{{Stream: Journal, Seq: 8, Missing: 5}}}
	g := guarded(t, m, "")
	must(t, g.Load(t.Context()))
	must(t, g.Raise(t.Context(), []Finding{hole}))
	must(t, g.Release(t.Context(), "jo", "audited"))
	must(t, g.RaiseGap(t.Context(), Entry{Stream: Journal, Seq: 8, Missing: 2}))
	wantCalm(t, g)
	must(t, g.RaiseGap(t.Context(), Entry{Stream: Journal, Seq: 10, Missing: 1}))
	wantHalted(t, g, "JOURNAL hole")
}
