package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/ops"
)

func twoEffects() *world {
	return newWorld().add("acme.commitment-4101", doubtful()...).add("acme.commitment-4102", rejected(now.Add(-time.Minute)))
}

func TestListIsATable(t *testing.T) {
	r := run(t, asks(t, twoEffects()), "events", "list")
	const want = `UPDATED              EFFECT                STATE     PROCORE  JOBPAC  PROJECT  CREDITOR  TOTAL     REASON
2026-03-02 09:01:03  acme.commitment-4101  done      SC-001   4101    24001    C100      11000.00
2026-03-02 08:59:00  acme.commitment-4102  rejected  SC-002   -       -        -         -         Cost code 01-000 is a heading.
`
	if diff := cmp.Diff(want, r.out); diff != "" {
		t.Error(diff)
	}
	r.want(t, 0, "UPDATED", "")
}

func TestListPassesTheFilters(t *testing.T) {
	w := twoEffects()
	r := run(t, asks(t, w), "events", "list", "--connection", "acme", "--kind", "commitment,request", "--state", "done", "--state", "dead", "--project", "24001",
		"--ref", "PCC4101", "--since", "24h", "--until", "2026-03-02", "--text", "concrete", "--limit", "7", "--after", "1")
	r.want(t, 0, "", "nothing matches")
	want := ops.Query{
		Connection: "acme", Kinds: []string{"commitment", "request"}, States: []string{"done", "dead"}, Project: "24001", Ref: "PCC4101",
		Since: now.Add(-24 * time.Hour), Until: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), Text: "concrete", Limit: 7, After: "1",
	}
	if diff := cmp.Diff(want, w.asked); diff != "" {
		t.Error(diff)
	}
}

func TestListPages(t *testing.T) {
	p := asks(t, twoEffects())
	run(t, p, "events", "list", "--limit", "1").want(t, 0, "commitment-4101", "add --after 1")
	run(t, p, "events", "list", "--limit", "1", "--after", "1").want(t, 0, "commitment-4102", "")
}

func TestListAsJSON(t *testing.T) {
	r := run(t, asks(t, twoEffects()), "events", "list", "--json", "--limit", "1")
	var page ops.Page[ops.Effect]
	if err := json.Unmarshal([]byte(r.out), &page); err != nil || len(page.Items) != 1 || page.Next != "1" || page.Items[0].Total != "11000.00" {
		t.Errorf("%v %s", err, r.out)
	}
	empty := run(t, asks(t, newWorld()), "events", "list", "--json")
	empty.want(t, 0, `"items": []`, "")
}

func TestListHints(t *testing.T) {
	w := newWorld()
	w.hints = []ops.Event{{ID: "01H", Connection: "acme", Resource: "ERP Requests", ResourceID: 900, Action: "create", Source: "webhook", Received: now, Effect: "acme.commitment-4101"}}
	p := asks(t, w)
	run(t, p, "events", "list", "--hints").want(t, 0, "2026-03-02 09:00:00  acme        ERP Requests  900  create  webhook  acme.commitment-4101  01H", "")
	run(t, p, "events", "list", "--hints", "--state", "done").want(t, 2, "", "no kind, state or project")
}

func TestListRefusals(t *testing.T) {
	p := asks(t, newWorld())
	for words, args := range map[string][]string{
		`state "lost": must be one of planned,`: {"--state", "lost"},
		`kind "order": must be one of commitme`: {"--kind", "order"},
		`since "soon": must be a time`:          {"--since", "soon"},
		`limit "1001": must be`:                 {"--limit", "1001"},
		`--limit -1 must be 1 to 1000`:          {"--limit", "-1"},
		`--limit "many" must be a whole number`: {"--limit", "many"},
		`after "x": must be a cursor`:           {"--after", "x"},
		`takes no argument, so "more" is`:       {"more"},
	} {
		run(t, p, append([]string{"events", "list"}, args...)...).want(t, 2, "", words)
	}
}

func TestTokens(t *testing.T) {
	server := twoEffects().serve(t).URL
	for _, c := range []struct{ name, file, words string }{
		{"none", "", "wants a token"},
		{"wrong", tokenFile(t, 0o600, "another-wrong-token"), "refuses the token"},
		{"readable by others", tokenFile(t, 0o644, secretToken), "chmod 600"},
		{"empty", tokenFile(t, 0o600, "\n"), "is empty"},
		{"missing", "/does/not/exist", "cannot be read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			run(t, Process{}, "events", "list", "--server", server, "--token-file", c.file).want(t, 2, "", c.words)
		})
	}
	env := []string{"PROCPAC_OPERATOR__LISTEN=" + strings.TrimPrefix(server, "http://"), "PROCPAC_OPERATOR__TOKEN=" + secretToken}
	run(t, Process{Env: env}, "events", "list").want(t, 0, "commitment-4101", "")
}

// What was read by itself has no ERP request: its number is a time.
func TestShowOfADocumentThatWasReadByItself(t *testing.T) {
	history := doubtful()
	for i := range history {
		if history[i].Plan != nil {
			history[i].Plan.Source = &journal.Source{Resource: erp.ResourceWorkOrders, Project: 6, ID: 4101}
		}
	}
	r := run(t, asks(t, newWorld().add("acme.commitment-4101", history...)), "events", "show", "acme.commitment-4101")
	r.want(t, 0, "read from     Work Order Contracts 4101 of project 6", "")
	if strings.Contains(r.out, "ERP request") {
		t.Error(r.out)
	}
}

func TestShow(t *testing.T) {
	r := run(t, asks(t, twoEffects()), "events", "show", "acme.commitment-4101")
	const want = `acme.commitment-4101  done
  title         Concrete?[31m works
  in Procore    SC-001
  in Jobpac     4101
  reference     PCC4101
  project       24001
  creditor      C100
  total         11000.00
  first seen    2026-03-02 09:00:00
  last change   2026-03-02 09:01:03
  failed tries  1
  ERP request   900
  event         01H

Steps
  1. Subcontract 4101 (order 01|4101)

Links in Procore
  commitment 4101 = 01|4101

Notes
  The title was cut.

History
  2026-03-02 09:00:00.000  try 1  planned
                           try 1  claimed
                           try 1  intent Subcontract 4101
  2026-03-02 09:00:01.000  try 1  unknown Subcontract 4101
                             because: Jobpac did not answer.
                             failure: ambiguous: connection reset
                             goes on at: 2026-03-02 09:01:01
  2026-03-02 09:01:02.000  try 2  claimed
                           try 2  committed Subcontract 4101 (found in Jobpac)
                           try 2  applied
                           try 2  confirmed
                             asked for by: kim
  2026-03-02 09:01:03.000  try 2  done
                             closed in Procore: success In Jobpac as 4101.
`
	if diff := cmp.Diff(want, r.out); diff != "" {
		t.Error(diff)
	}
}

func TestShowSaysWhatIsWrong(t *testing.T) {
	w := twoEffects()
	w.add("acme.change_order-7701", doubtful()[:2]...).add("acme.change_order-7701", journal.Record{At: now, Moves: []journal.Move{{To: journal.Parked, Reason: "It may exist in Jobpac."}}})
	p := asks(t, w)
	run(t, p, "events", "show", "acme.commitment-4102").want(t, 0, "Refused because\n  line 2: Cost code 01-000 is a heading. (CM-LINE-COST-CODE)\n", "")
	run(t, p, "events", "show", "acme.change_order-7701").want(t, 0, "May stand in Jobpac unseen\n  Subcontract 4101\n", "")
	run(t, p, "events", "show", "acme.commitment-1").want(t, 1, "", "procpac: acme.commitment-1: there is no such effect\n")
	run(t, p, "events", "show", "4101").want(t, 2, "", "must look like acme.commitment-4101")
	run(t, p, "events", "show").want(t, 2, "", "takes the id of one effect")
	var story ops.Story
	r := run(t, p, "events", "show", "acme.commitment-4102", "--json")
	if err := json.Unmarshal([]byte(r.out), &story); err != nil || len(story.History) != 1 || story.Effect.Rule != "CM-LINE-COST-CODE" {
		t.Errorf("%v %s", err, r.out)
	}
}

// nowhere is an environment in which nobody answers.
func nowhere(t *testing.T) []string {
	t.Helper()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	return []string{"USER=kim", "PROCPAC_OPERATOR__LISTEN=" + strings.TrimPrefix(server.URL, "http://"), "PROCPAC_DATA_DIR=left-behind"}
}

func TestListWithoutServerReadsTheProjection(t *testing.T) {
	w, closed, env := twoEffects(), 0, nowhere(t)
	offline := func(_ context.Context, cfg *config.Config) (ops.View, func() error, error) {
		if cfg.DataDir != "left-behind" {
			t.Errorf("data dir %s", cfg.DataDir)
		}
		return w, func() error { closed++; return nil }, nil
	}
	p := Process{Env: env, Programs: Programs{Offline: offline}}
	run(t, p, "events", "list").want(t, 0, "commitment-4101", "this is the projection in left-behind as it was left")
	run(t, p, "events", "list", "--state", "lost").want(t, 2, "", "must be one of")
	run(t, p, "events", "list", "--hints", "--json").want(t, 0, `"items": []`, "projection")
	if closed != 3 {
		t.Errorf("closed %d times", closed)
	}
	named := "http://" + strings.TrimPrefix(env[1], "PROCPAC_OPERATOR__LISTEN=")
	run(t, p, "events", "list", "--server", named).want(t, 75, "", "no running procpac answers")
	run(t, Process{Env: env}, "events", "list").want(t, 2, "", "procpac: there is no projection\n")
}

func TestOthersNeedAServer(t *testing.T) {
	p := Process{Env: nowhere(t)}
	for _, args := range [][]string{{"events", "show", "acme.commitment-1"}, {"events", "tail"}, {"replay", "acme.commitment-1"}} {
		run(t, p, args...).want(t, 75, "", "needs a running server")
	}
}

// safeBuffer is a buffer that a test may read while it is written.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// tail runs "events tail" until the test stops it; lines gives what was
// printed once the condition holds.
type tail struct {
	out, err *safeBuffer
	stop     func() int
}

func startTail(t *testing.T, p Process, args ...string) tail {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	code := make(chan int, 1)
	tl := tail{out: &safeBuffer{}, err: &safeBuffer{}}
	p.Args, p.Out, p.Err, p.In = append([]string{"events", "tail"}, args...), tl.out, tl.err, strings.NewReader("")
	p.Now, p.poll = func() time.Time { return now }, time.Millisecond
	go func() { code <- Run(ctx, p) }()
	tl.stop = sync.OnceValue(func() int { cancel(); return <-code })
	t.Cleanup(func() { tl.stop() })
	return tl
}

// until waits for a condition.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("never: %s", what)
		}
	}
}

func TestTailPrintsEachChangeOnce(t *testing.T) {
	w := newWorld()
	for i := range 15 { // more than the first look shows, all within the overlap
		w.add("acme.commitment-"+strings.Repeat("1", i+1), rejected(now.Add(time.Duration(i)*time.Millisecond)))
	}
	tl := startTail(t, asks(t, w))
	until(t, "the first ten", func() bool { return strings.Count(tl.out.String(), "\n") == 10 })
	if first, _, _ := strings.Cut(tl.out.String(), "\n"); !strings.Contains(first, "acme.commitment-111111  rejected") {
		t.Errorf("the oldest of ten is not first: %s", first)
	}
	w.add("acme.commitment-4101", doubtful()[0])
	until(t, "the new one", func() bool { return strings.Contains(tl.out.String(), "commitment-4101  intent") })
	w.add("acme.commitment-4101", doubtful()[1:]...)
	until(t, "its change", func() bool { return strings.Contains(tl.out.String(), "commitment-4101  done") })
	for range 3 { // looks that find nothing new
		<-w.looked
	}
	if code := tl.stop(); code != 0 || tl.err.String() != "" {
		t.Errorf("exit %d, stderr %s", code, tl.err)
	}
	if n := strings.Count(tl.out.String(), "\n"); n != 12 {
		t.Errorf("%d lines:\n%s", n, tl.out)
	}
}

func TestTailHintsAsJSONLines(t *testing.T) {
	w := newWorld()
	w.hints = []ops.Event{{ID: "02H", Connection: "acme", Received: now.Add(time.Second)}, {ID: "01H", Connection: "acme", Received: now}}
	tl := startTail(t, asks(t, w), "--hints", "--json")
	until(t, "two lines", func() bool { return strings.Count(tl.out.String(), "\n") == 2 })
	var e ops.Event
	first, _, _ := strings.Cut(tl.out.String(), "\n")
	if err := json.Unmarshal([]byte(first), &e); err != nil || e.ID != "01H" {
		t.Errorf("%v %s", err, first)
	}
	if code := tl.stop(); code != 0 {
		t.Errorf("exit %d", code)
	}
}

func TestTailOutlivesAServerThatGoesAway(t *testing.T) {
	w := twoEffects()
	var mu sync.Mutex
	away := false
	server := w.serve(t)
	inner := server.Config.Handler
	server.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if away {
			panic(http.ErrAbortHandler)
		}
		inner.ServeHTTP(rw, r)
	})
	set := func(now bool) { mu.Lock(); away = now; mu.Unlock() }
	tl := startTail(t, Process{Env: []string{"PROCPAC_SERVER=" + server.URL, "PROCPAC_TOKEN_FILE=" + tokenFile(t, 0o600, secretToken)}})
	until(t, "two lines", func() bool { return strings.Count(tl.out.String(), "\n") == 2 })
	set(true)
	until(t, "a word about it", func() bool { return strings.Contains(tl.err.String(), "still trying") })
	set(false)
	w.add("acme.commitment-4103", rejected(now.Add(2*time.Minute)))
	until(t, "the new one", func() bool { return strings.Contains(tl.out.String(), "commitment-4103") })
	if code := tl.stop(); code != 0 || strings.Count(tl.err.String(), "still trying") != 1 {
		t.Errorf("exit %d, stderr %s", code, tl.err)
	}
}

func TestTailEndsOnARefusal(t *testing.T) {
	server := newWorld().serve(t).URL
	run(t, Process{}, "events", "tail", "--server", server, "--token-file", tokenFile(t, 0o600, "wrong")).want(t, 2, "", "refuses the token")
}

func TestTableCannotSteerTheTerminal(t *testing.T) {
	var b bytes.Buffer
	if err := table(&b, "A|B", [][]string{{"x\x1b]0;owned\x07\ny", "tab\tbed"}}); err != nil || b.String() != "A              B\nx?]0;owned? y  tab bed\n" {
		t.Errorf("%v %q", err, b.String())
	}
	if got := cut(strings.Repeat("ä", 61)); got != strings.Repeat("ä", 57)+"..." {
		t.Errorf("%q", got)
	}
	if err := errors.Join(table(&b, "A", nil)); err != nil {
		t.Error(err)
	}
}
