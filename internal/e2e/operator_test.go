package e2e

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/ops"
)

// cli calls the binary against a running one and checks the exit code.
func (p *program) cli(config string, code int, args ...string) (stdout, stderr string) {
	p.t.Helper()
	stdout, stderr, have := p.run(p.args(config, args...)...)
	if have != code {
		p.t.Errorf("procpac %s: exit code %d, expected %d\n%s%s", strings.Join(args, " "), have, code, stdout, stderr)
	}
	return stdout, stderr
}

// decoded reads what --json printed.
func decoded[T any](t *testing.T, text string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

type replayed struct {
	DryRun bool        `json:"dry_run"`
	Items  []ops.Would `json:"items"`
}

// The command line over a running program: what it lists and shows, what its
// exit codes are, and that a replay of everything changes nothing in Jobpac.
func TestOperator(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	config := w.file("", "")
	p := w.launch(config)
	w.hook("v4.0")
	heading := subcontract(5002, 2)
	heading.Lines[0].CostCode = "01-000"
	w.add(purchase(5001, 3), heading, subcontract(5003, 2), change(7003, 5003, 1, "S"))
	done := w.export(commitment, 5001, "PO-1")
	p.settled(commitment, 5001, done, journal.Done)
	refused := w.export(commitment, 5002, "SC-2")
	p.settled(commitment, 5002, refused, journal.Rejected)
	p.settled(commitment, 5003, w.export(commitment, 5003, "SC-3"), journal.Done)
	p.settled(changeOrder, 7003, w.export(changeOrder, 7003, "V00001"), journal.Done)
	p.drained()
	books := w.books()
	listAndShow(p, config)
	replayEverything(p, config)
	if w.books() != books {
		t.Error("the replay changed Jobpac's books")
	}
	w.closed(done, "success")
	p.cli(config, 1, "events", "show", "acme.commitment-4711")
	p.cli(config, 2, "events", "show", "nonsense")
	p.cli(config, 2, "events", "list", "--state", "finished")
	p.cli(config, 2, "replay")
	p.end(os.Interrupt)
	if _, stderr := p.cli(config, 75, "events", "show", "acme.commitment-5001"); !strings.Contains(stderr, "no running procpac answers") {
		t.Errorf("%s", stderr)
	}
}

func listAndShow(p *program, config string) {
	p.t.Helper()
	p.await("the projection has all", func() bool {
		out, _ := p.cli(config, 0, "events", "list", "--json")
		return len(decoded[ops.Page[ops.Effect]](p.t, out).Items) == 4
	})
	p.await("and how they ended", func() bool {
		out, _ := p.cli(config, 0, "events", "list", "--json", "--state", "done")
		return len(decoded[ops.Page[ops.Effect]](p.t, out).Items) == 3
	})
	out, _ := p.cli(config, 0, "events", "list", "--state", "rejected", "--json")
	if page := decoded[ops.Page[ops.Effect]](p.t, out); len(page.Items) != 1 || page.Items[0].ID != "acme.commitment-5002" || page.Items[0].Rule == "" {
		p.t.Errorf("%s", out)
	}
	out, _ = p.cli(config, 0, "events", "list", "--hints", "--json")
	if hints := decoded[ops.Page[ops.Event]](p.t, out); len(hints.Items) != 4 || hints.Items[0].Source != "webhook" {
		p.t.Errorf("%s", out)
	}
	out, _ = p.cli(config, 0, "events", "show", "acme.commitment-5001", "--json")
	if story := decoded[ops.Story](p.t, out); story.Effect.State != "done" || len(story.Plan.Steps) != 4 || len(story.History) == 0 {
		p.t.Errorf("%s", out)
	}
	out, _ = p.cli(config, 0, "events", "show", "acme.commitment-5002")
	for _, want := range []string{"acme.commitment-5002", "rejected", "01-000", "heading"} {
		if !strings.Contains(out, want) {
			p.t.Errorf("%q is missing in %s", want, out)
		}
	}
}

// replayEverything asks for all of it, dry and for real, and waits until it was
// worked on.
func replayEverything(p *program, config string) {
	p.t.Helper()
	out, _ := p.cli(config, 0, "replay", "--state", "done,rejected", "--dry-run", "--json")
	dry := decoded[replayed](p.t, out)
	if len(dry.Items) != 4 || !dry.DryRun {
		p.t.Errorf("%s", out)
	}
	for _, item := range dry.Items {
		if item.Event != "" || item.State == "done" && item.Do != "nothing" || item.State == "rejected" && item.Do != "plan again" {
			p.t.Errorf("%+v", item)
		}
	}
	out, _ = p.cli(config, 0, "replay", "--state", "done,rejected", "--yes", "--json", "--actor", "kim")
	events := 0
	for _, item := range decoded[replayed](p.t, out).Items {
		if item.Event != "" {
			events++
		}
	}
	if events != 1 {
		p.t.Errorf("%d hints: %s", events, out)
	}
	p.drained()
	story, _ := p.story(commitment, 5002)
	if last := story.History[len(story.History)-1].Record; story.Effect.State != "rejected" || last.Actor != "kim" {
		p.t.Errorf("%s by %q", story.Effect.State, last.Actor)
	}
}

// A wrong token is told from a missing one and from a server that is not there.
func TestOperatorToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	config := w.file("", "")
	p := w.launch(config)
	if err := os.WriteFile(tokenFile(config), []byte("not-the-operator-token"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, stderr := p.cli(config, 2, "events", "list"); !strings.Contains(stderr, "refuses the token") {
		t.Errorf("%s", stderr)
	}
	if status := w.send("GET", "http://"+p.operator+"/api/v1/effects", "", ""); status != 401 {
		t.Errorf("status %d without a token", status)
	}
	if status := w.send("GET", "http://"+p.operator+"/metrics", "Bearer "+apiToken, ""); status != 200 {
		t.Errorf("status %d for the metrics", status)
	}
}

// The demo as a newcomer runs it.
func TestDemoProgram(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stdout, stderr, code := w.run("demo", "--exit", "--json")
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	result := decoded[struct {
		OK      bool           `json:"ok"`
		Effects map[string]int `json:"effects"`
		Jobpac  map[string]int `json:"jobpac"`
	}](t, lines[len(lines)-1])
	if code != 0 || !result.OK || result.Effects["done"] != 5 || result.Jobpac["claims"] != 1 || result.Effects["rejected"] != 1 || result.Jobpac["variations"] != 1 {
		t.Errorf("exit code %d: %s\n%s", code, lines[len(lines)-1], stderr)
	}
}
