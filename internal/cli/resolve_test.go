package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/ops"
)

const undecided = "acme.commitment-4102"

// carried is a world in which a published decision leads to those moves.
func carried(moves ...journal.Move) *world {
	w := twoEffects()
	w.carry = func(e erp.Event) {
		r := journal.Record{V: 1, At: now, Event: e.ID, Actor: e.Actor, Moves: moves}
		w.effects[undecided] = append(w.effects[undecided], ops.Entry{Seq: 9, Record: r})
	}
	return w
}

func TestResolveFollowsTheDecision(t *testing.T) {
	to := func(states ...journal.State) []journal.Move {
		var moves []journal.Move
		for _, s := range states {
			moves = append(moves, journal.Move{To: s, Reason: "Because of " + string(s) + "."})
		}
		return moves
	}
	finished := to(journal.Planned, journal.Claimed, journal.Applied, journal.Confirmed, journal.Done)
	for _, c := range []struct {
		name       string
		moves      []journal.Move
		args       []string
		code       int
		out, words string
	}{
		{"adopted", finished, []string{"--adopt", "4102"}, 0, "acme.commitment-4102  done\n  reason: Because of done.\n", ""},
		{"sent", finished, []string{"--retry"}, 0, "commitment-4102  done", ""},
		{"not needed", to(journal.Planned, journal.Superseded), []string{"--retry"}, 0, "superseded", ""},
		{"abandoned", to(journal.Planned, journal.Abandoned), []string{"--abandon"}, 0, "abandoned", ""},
		{"not adoptable", to(journal.Planned, journal.Parked), []string{"--adopt", "4102"}, 3, "reason: Because of parked.", "needs a person again"},
		{"refused again", to(journal.Planned, journal.Rejected), []string{"--retry"}, 3, "rejected", "needs a person again"},
		{"given up", to(journal.Planned, journal.Dead), []string{"--retry"}, 3, "dead", "needs a person again"},
		{"abandoned by another", to(journal.Planned, journal.Abandoned), []string{"--retry"}, 3, "abandoned", "needs a person again"},
		{"done before", finished, []string{"--abandon"}, 3, "done", "needs a person again"},
		{"in doubt again", to(journal.Planned, journal.UnknownOut), []string{"--retry"}, 75, "unknown", "still on the road (unknown)"},
		{"waiting", to(journal.Planned, journal.Waiting), []string{"--retry"}, 75, "waiting", "still on the road (waiting)"},
		{"put off", []journal.Move{{To: journal.Planned, WakeAt: now.Add(time.Minute)}}, []string{"--retry"}, 75, "planned", "still on the road (planned)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := carried(c.moves...)
			r := run(t, asks(t, w), append([]string{"resolve", undecided, "--reason", "looked it up"}, c.args...)...)
			r.want(t, c.code, c.out, c.words)
			d := w.published[0].Decision
			if len(w.published) != 1 || d.Reason != "looked it up" || d.Seq != 1 || "--"+string(d.Do) != c.args[0] || w.published[0].Actor != "kim" {
				t.Errorf("published %+v %+v", w.published, d)
			}
		})
	}
}

func TestResolveWaitsForTheWorker(t *testing.T) {
	w := twoEffects()
	p := asks(t, w)
	p.Terminal = true
	var out, errOut safeBuffer
	p.Args, p.Out, p.Err, p.In = []string{"resolve", undecided, "--retry", "--reason", "x", "--json", "--actor", "lee"}, &out, &errOut, strings.NewReader("")
	p.Now, p.poll = func() time.Time { return now }, time.Millisecond
	code := make(chan int)
	go func() { code <- Run(t.Context(), p) }()
	until(t, "a word about it", func() bool { return strings.Contains(errOut.String(), "waiting until it is carried out") })
	w.add(undecided, journal.Record{At: now, Moves: []journal.Move{{To: journal.Planned}, {To: journal.Claimed}}}) // at work: not the end
	before := w.looks()
	until(t, "looks at the effect at work", func() bool { return w.looks() > before+2 })
	w.add(undecided, journal.Record{At: now, Moves: []journal.Move{{To: journal.Applied}, {To: journal.Confirmed}, {To: journal.Done}}})
	if got := <-code; got != 0 {
		t.Errorf("exit %d, stderr %s", got, errOut.String())
	}
	var answer resolved
	if err := json.Unmarshal([]byte(out.String()), &answer); err != nil || answer.Effect.State != "done" || answer.Decision.Event != "resolve-commitment-4102-1-retry" {
		t.Errorf("%v %s", err, out.String())
	}
	if w.published[0].Actor != "lee" {
		t.Errorf("%+v", w.published[0])
	}
}

func TestResolveDoesNotWaitForEver(t *testing.T) {
	w := twoEffects()
	p := asks(t, w)
	p.wait = 20 * time.Millisecond
	run(t, p, "resolve", undecided, "--retry", "--reason", "x").want(t, 75, "rejected", "nobody has carried it out yet: look with \"procpac events show acme.commitment-4102\"")
	w = carried(journal.Move{To: journal.Planned}, journal.Move{To: journal.Claimed})
	p = asks(t, w)
	p.wait = 20 * time.Millisecond
	run(t, p, "resolve", undecided, "--retry", "--reason", "x").want(t, 75, "claimed", "still on the road (claimed)")
}

func TestResolveInterruptedSaysThatItCounts(t *testing.T) {
	w := twoEffects()
	ctx, stop := context.WithCancel(t.Context())
	w.carry = func(erp.Event) { stop() }
	p := asks(t, w)
	var out, errOut bytes.Buffer
	p.Args, p.Out, p.Err, p.Now = []string{"resolve", undecided, "--abandon", "--reason", "x"}, &out, &errOut, time.Now
	if code := Run(ctx, p); code != 75 || len(w.published) != 1 || !strings.Contains(errOut.String(), "no longer waiting; the decision is on the road") {
		t.Errorf("exit %d, %s", code, errOut.String())
	}
}

func TestResolveOutlivesAServerThatGoesAway(t *testing.T) {
	w := carried(journal.Move{To: journal.Planned}, journal.Move{To: journal.Abandoned})
	server := w.serve(t)
	inner := server.Config.Handler
	var misses atomic.Int64
	misses.Store(3)
	server.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/v1/effects/") && misses.Add(-1) >= 0 {
			panic(http.ErrAbortHandler)
		}
		inner.ServeHTTP(rw, r)
	})
	p := Process{Env: []string{"USER=kim", "PROCPAC_SERVER=" + server.URL, "PROCPAC_TOKEN_FILE=" + tokenFile(t, 0o600, secretToken)}}
	run(t, p, "resolve", undecided, "--abandon", "--reason", "x").want(t, 0, "abandoned", "")
	misses.Store(1 << 30)
	p.wait = 20 * time.Millisecond
	w.effects[undecided] = w.effects[undecided][:1]
	run(t, p, "resolve", undecided, "--abandon", "--reason", "x").want(t, 75, "", "the decision is on the road, but what comes of it cannot be seen")
}

func TestResolveRefusals(t *testing.T) {
	w := twoEffects()
	p := asks(t, w)
	for _, c := range []struct {
		code  int
		words string
		args  []string
	}{
		{2, "takes the id of one effect", nil},
		{2, "exactly one of --adopt", []string{undecided, "--reason", "x"}},
		{2, "exactly one of --adopt", []string{undecided, "--retry", "--abandon", "--reason", "x"}},
		{2, "exactly one of --adopt", []string{undecided, "--retry", "--adopt", "4102", "--reason", "x"}},
		{2, "say why with --reason", []string{undecided, "--retry"}},
		{2, "name the number", []string{undecided, "--adopt", "", "--reason", "x"}},
		{2, "at most 40 printable", []string{undecided, "--adopt", strings.Repeat("4", 41), "--reason", "x"}},
		{2, "at most 500 printable", []string{undecided, "--retry", "--reason", strings.Repeat("x", 501)}},
		{2, "must look like", []string{"4102", "--retry", "--reason", "x"}},
		{1, "there is no such effect", []string{"acme.commitment-1", "--retry", "--reason", "x"}},
		{3, "there is nothing to decide", []string{"acme.commitment-4101", "--abandon", "--reason", "x"}},
	} {
		run(t, p, append([]string{"resolve"}, c.args...)...).want(t, c.code, "", c.words)
	}
	if len(w.published) != 0 {
		t.Errorf("published %+v", w.published)
	}
}

func TestShowSaysWhatCanBeDone(t *testing.T) {
	w := twoEffects()
	w.add("acme.change_order-7701", doubtful()[:2]...)
	w.add("acme.change_order-7701", journal.Record{At: now.Add(2 * time.Second), Moves: []journal.Move{{To: journal.Parked, Rule: "RD-UNKNOWN-UNSEEN", Reason: "It may exist in Jobpac."}}})
	r := run(t, asks(t, w), "events", "show", "acme.change_order-7701")
	head, _, _ := strings.Cut(r.out, "\nMay stand")
	const want = `
  class        ambiguous
  rule         RD-UNKNOWN-UNSEEN
  reason       It may exist in Jobpac.
`
	if !strings.Contains(head, want) {
		t.Errorf("no %s in %s", want, head)
	}
	_, said, _ := strings.Cut(head, "\nWhat failed")
	const wantSaid = `
  2026-03-02 09:00:01.000  try 1  unknown  Subcontract 4101  ambiguous: connection reset

What can be done
  procpac replay acme.change_order-7701
      looks into Jobpac again and goes on if it finds what was sent; nothing that is in doubt is sent again
  procpac resolve acme.change_order-7701 --adopt JOBPAC_NUMBER --reason TEXT
      it stands in Jobpac under that number: checks that it is this document, links it and tells Procore; sends nothing
  procpac resolve acme.change_order-7701 --retry --reason TEXT
      you have looked and it is not in Jobpac: sends what is missing, once the quiet period is over
  procpac resolve acme.change_order-7701 --abandon --reason TEXT
      nothing more is to be done: what stands in Jobpac stays as it is, and Procore is told that it failed
`
	if diff := cmp.Diff(wantSaid, said); diff != "" {
		t.Error(diff)
	}
}

// dead is an effect that used its tries up.
func dead() []journal.Record {
	at := func(s int) time.Time { return now.Add(time.Duration(s) * time.Second) }
	return []journal.Record{
		{V: 1, At: at(0), Request: 910, Plan: &journal.Plan{Kind: "commitment", Aggregate: "commitment-4103"}, Moves: []journal.Move{{To: journal.Planned}, {To: journal.Claimed}}},
		{V: 1, At: at(1), Attempt: 1, Moves: []journal.Move{{To: journal.Planned, Class: "transient", Reason: "Try 1 failed.", Cause: "503 Service Unavailable"}}},
		{V: 1, At: at(2), Attempt: 2, Moves: []journal.Move{{To: journal.Dead, Class: "transient", Reason: "Given up after 2 tries.", Cause: "502 Bad Gateway"}}},
	}
}

func TestShowOfADeadLetter(t *testing.T) {
	w := newWorld().add("acme.commitment-4103", dead()...)
	r := run(t, asks(t, w), "events", "show", "acme.commitment-4103")
	for _, want := range []string{
		"  class         transient\n", "  reason        Given up after 2 tries.\n",
		"What failed\n  2026-03-02 09:00:01.000  try 1  planned  transient: 503 Service Unavailable\n" +
			"  2026-03-02 09:00:02.000  try 2  dead  transient: 502 Bad Gateway\n",
		"procpac replay acme.commitment-4103\n      reads the ERP request again",
	} {
		r.want(t, 0, want, "")
	}
}

func TestSafeModeIsSaidInOneLine(t *testing.T) {
	const words = "procpac: safe mode since 2026-03-02T09:00:00Z: The journal ends earlier than it did. Webhooks are taken, nothing is created in Jobpac. The way out: run \"procpac audit\""
	w := halted()
	p := asks(t, w)
	for _, args := range [][]string{
		{"events", "list"}, {"events", "list", "--json"}, {"events", "list", "--hints", "--json"}, {"events", "show", undecided}, {"replay", undecided, "--dry-run"},
	} {
		r := run(t, p, args...)
		if r.code != 0 || !strings.HasPrefix(r.err, words) || strings.Count(r.err, "\n") != 1 {
			t.Errorf("%v: exit %d, stderr %s", args, r.code, r.err)
		}
	}
	w.mode.On = false
	run(t, p, "events", "list").want(t, 0, undecided, "")
}
