package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/ops"
)

// many is a world of n refused documents.
func many(n int) (*world, []string) {
	w := newWorld()
	var ids []string
	for i := range n {
		ids = append(ids, fmt.Sprintf("acme.commitment-%d", 1000+i))
		w.add(ids[i], rejected(now))
	}
	return w, ids
}

func TestReplaySaysWhatItDidAndForWhom(t *testing.T) {
	w := twoEffects()
	r := run(t, asks(t, w), "replay", "acme.commitment-4102", "acme.commitment-4101")
	r.want(t, 0, "acme.commitment-4102  rejected  plan again  replayed\nacme.commitment-4101  done      nothing     already done\n", "1 of 2 put back on the road")
	if len(w.published) != 1 || w.published[0].Actor != "kim" || w.published[0].ResourceID != 910 {
		t.Errorf("published %+v", w.published)
	}
	run(t, asks(t, w), "replay", "acme.commitment-4102", "--actor", "lee").want(t, 0, "plan again", "1 of 1")
	if w.published[1].Actor != "lee" {
		t.Errorf("published %+v", w.published[1])
	}
}

func TestReplayDryRunChangesNothing(t *testing.T) {
	w := twoEffects()
	p := asks(t, w)
	p.Env = slices.DeleteFunc(p.Env, func(v string) bool { return strings.HasPrefix(v, "USER=") })
	run(t, p, "replay", "--state", "rejected", "--kind", "commitment", "--since", "7d", "--dry-run").want(t, 0, "plan again", "")
	if len(w.published) != 0 || w.asked.Kinds[0] != "commitment" || w.asked.Since.IsZero() {
		t.Errorf("published %v, asked %+v", w.published, w.asked)
	}
	r := run(t, p, "replay", "acme.commitment-4102", "--dry-run", "--json")
	var answer replayed
	if err := json.Unmarshal([]byte(r.out), &answer); err != nil || !answer.DryRun || len(answer.Items) != 1 || answer.Items[0].Event != "" {
		t.Errorf("%v %s", err, r.out)
	}
}

func TestReplayOfManyNeedsAYes(t *testing.T) {
	for _, c := range []struct {
		name, answer string
		n            int
		terminal     bool
		args         []string
		code, done   int
		words        string
	}{
		{name: "20 need none", n: 20, done: 20, words: "20 of 20"},
		{name: "21, nobody there", n: 21, code: 2, words: "add --yes"},
		{name: "21, --yes", n: 21, args: []string{"--yes"}, done: 21, words: "21 of 21"},
		{name: "21, yes", n: 21, terminal: true, answer: "y\n", done: 21, words: "Replay these 21 effects? [y/N]"},
		{name: "21, no", n: 21, terminal: true, answer: "\n", words: "nothing was replayed"},
		{name: "21, end of input", n: 21, terminal: true, words: "nothing was replayed"},
		{name: "450 in portions", n: 450, args: []string{"--yes"}, done: 450, words: "450 of 450"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, _ := many(c.n)
			p := asks(t, w)
			p.Terminal, p.In = c.terminal, strings.NewReader(c.answer)
			r := run(t, p, append([]string{"replay", "--state", "rejected"}, c.args...)...)
			if r.code != c.code || len(w.published) != c.done || !strings.Contains(r.err, c.words) {
				t.Errorf("exit %d, %d published, stderr %s", r.code, len(w.published), r.err)
			}
		})
	}
}

// TestReplayByFilterIsCapped: a filter takes at most what --limit says, asks
// like any other and, run again once that was served, goes on with the rest.
func TestReplayByFilterIsCapped(t *testing.T) {
	w, _ := many(60)
	p := asks(t, w)
	run(t, p, "replay", "--state", "rejected,dead", "--limit", "30", "--dry-run").want(t, 0, "plan again", "")
	if len(w.published) != 0 {
		t.Fatal("a dry run published")
	}
	run(t, p, "replay", "--state", "rejected,dead", "--limit", "30").want(t, 2, "", "this would replay 30 effects")
	run(t, p, "replay", "--state", "rejected,dead", "--limit", "30", "--yes").want(t, 0, "plan again", "30 of 30 put back")
	if len(w.published) != 30 || w.asked.Limit != 30 {
		t.Errorf("%d published, asked %+v", len(w.published), w.asked)
	}
	w, _ = many(ops.MaxReplay + 7)
	r := run(t, asks(t, w), "replay", "--state", "rejected", "--yes")
	r.want(t, 0, "plan again", "these are the first 1000; run it again for the rest")
	if len(w.published) != ops.MaxReplay {
		t.Errorf("%d published", len(w.published))
	}
}

// TestReplayOfEverythingChangesNothing: what has ended well is passed over,
// however often.
func TestReplayOfEverythingChangesNothing(t *testing.T) {
	w := newWorld()
	for i := range 25 {
		w.add(fmt.Sprintf("acme.commitment-%d", i+1), doubtful()...)
	}
	for range 2 {
		run(t, asks(t, w), "replay", "--state", "planned,done,parked,rejected,dead", "--yes").want(t, 0, "already done", "0 of 25 put back")
	}
	if len(w.published) != 0 {
		t.Errorf("published %d", len(w.published))
	}
}

func TestReplayRefusals(t *testing.T) {
	p := asks(t, twoEffects())
	for _, c := range []struct {
		code  int
		words string
		args  []string
	}{
		{2, "name effects, or choose some by --state", nil},
		{2, "name effects, or choose some by --state", []string{"--kind", "commitment"}},
		{2, "not both", []string{"acme.commitment-4102", "--state", "dead"}},
		{2, "must be one of", []string{"--state", "lost"}},
		{2, "must look like", []string{"4102"}},
		{1, "there is no such effect", []string{"acme.commitment-1"}},
	} {
		run(t, p, append([]string{"replay"}, c.args...)...).want(t, c.code, "", c.words)
	}
	run(t, p, "replay", "--state", "dead").want(t, 0, "", "nothing matches")
	run(t, p, "replay", "--state", "dead", "--json").want(t, 0, `"items": []`, "")
}

func TestReplayCutShortTellsWhatWasDone(t *testing.T) {
	w := newWorld().add("acme.commitment-1", rejected(now)).add("acme.commitment-2", rejected(now))
	w.busErr = fault.New(fault.Transient, "publish", errors.New("away")).OfSystem()
	r := run(t, asks(t, w), "replay", "acme.commitment-1", "acme.commitment-2")
	r.want(t, 75, "acme.commitment-1", "try again")
	if strings.Contains(r.out, "acme.commitment-2") {
		t.Errorf("told as done: %s", r.out)
	}
}

func TestActorIsKnown(t *testing.T) {
	s := &shell{Process: Process{Env: []string{"USER= ", "LOGNAME=root", "LOGNAME=lee"}}}
	if got, err := s.actor(" "); err != nil || got != "lee" {
		t.Errorf("%q %v", got, err)
	}
	if got, err := s.actor("kim"); err != nil || got != "kim" {
		t.Errorf("%q %v", got, err)
	}
}
