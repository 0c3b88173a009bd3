package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/procpac/procpac/internal/app"
	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/ops"
	"github.com/procpac/procpac/internal/opsapi"
)

// walk visits every command.
func walk(c *cobra.Command, visit func(*cobra.Command)) {
	visit(c)
	for _, below := range c.Commands() {
		walk(below, visit)
	}
}

func TestEveryCommandIsExplained(t *testing.T) {
	s := &shell{Process: Process{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}}
	listings := map[string]bool{
		"procpac events list": true, "procpac events show": true, "procpac events tail": true, "procpac replay": true, "procpac config print": true,
		"procpac version": true, "procpac demo": true, "procpac simulate": true, "procpac resolve": true, "procpac sweep": true,
		"procpac audit": true, "procpac backup": true, "procpac restore": true,
	}
	walk(s.root(), func(c *cobra.Command) {
		if c.Short == "" || c.Example == "" || !strings.Contains(c.Example, "procpac") {
			t.Errorf("%s: short %q, example %q", c.CommandPath(), c.Short, c.Example)
		}
		if listings[c.CommandPath()] {
			delete(listings, c.CommandPath())
			if c.Flags().Lookup("json") == nil {
				t.Errorf("%s has no --json", c.CommandPath())
			}
		}
	})
	if len(listings) > 0 {
		t.Errorf("missing: %v", listings)
	}
}

// TestExamplesAreUnderstood runs the parser over every example of --help.
func TestExamplesAreUnderstood(t *testing.T) {
	var examples []string
	walk((&shell{}).root(), func(c *cobra.Command) { examples = append(examples, strings.Split(c.Example, "\n")...) })
	for _, line := range examples {
		line, _, _ = strings.Cut(line, ">")
		fields := strings.Fields(line)
		for len(fields) > 0 && fields[0] != "procpac" {
			fields = fields[1:] // a variable in front
		}
		root := (&shell{}).root()
		c, args, err := root.Find(fields[1:])
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if err := errors.Join(c.ParseFlags(args), c.ValidateArgs(c.Flags().Args())); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}

func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{errors.New("x"), 1},
		{usagef("x"), 2},
		{&app.SetupError{Words: "x"}, 2},
		{fmt.Errorf("y: %w", &app.SetupError{Words: "x"}), 2},
		{&config.Problems{}, 2},
		{&ops.Invalid{}, 2},
		{&opsapi.Problem{Status: 400}, 2},
		{&opsapi.Problem{Status: 401}, 2},
		{&opsapi.Problem{Status: 403}, 2},
		{&opsapi.Problem{Status: 404}, 1},
		{&opsapi.Problem{Status: 409}, 3},
		{&opsapi.Problem{Status: 409, After: time.Second}, 75},
		{&opsapi.Problem{Status: 501}, 1},
		{endf(exitPerson, "x"), 3},
		{endf(exitLater, "x"), 75},
		{both(nil, nil), 0},
		{both(nil, errors.New("x")), 1},
		{both(endf(exitLater, "x"), nil, errors.New("y")), 1},
		{both(errors.New("x"), both(endf(exitLater, "x"), endf(exitPerson, "z"))), 3},
		{fmt.Errorf("y: %w", both(endf(exitLater, "x"), usagef("z"))), 2},
		{&opsapi.Problem{Status: 500}, 1},
		{&opsapi.Problem{Status: 503}, 75},
		{&opsapi.Unreachable{Err: errors.New("x")}, 75},
		{context.Canceled, 75},
		{context.DeadlineExceeded, 75},
	} {
		if got := exitCode(c.err); got != c.want {
			t.Errorf("%v: %d, want %d", c.err, got, c.want)
		}
	}
}

func TestServe(t *testing.T) {
	var got app.ServeOptions
	result := error(nil)
	p := Process{Programs: Programs{Serve: func(_ context.Context, o app.ServeOptions) error {
		got = o
		o.Ready("http://127.0.0.1:1", "http://127.0.0.1:2")
		return result
	}}}
	p.Env = []string{"PROCPAC_WORKER__CONCURRENCY=3"}
	run(t, p, "serve").want(t, 0, "", `"webhooks":"http://127.0.0.1:1","operator":"http://127.0.0.1:2","roles":["receiver","worker","console"]`)
	if strings.Join(got.Roles, ",") != "receiver,worker,console" || got.Config.Worker.Concurrency != 3 || got.Version == "" {
		t.Errorf("%+v", got)
	}
	run(t, p, "serve", "--roles", "worker,receiver", "--roles", "worker", "--log-format", "console").want(t, 0, "", "INF ready")
	if strings.Join(got.Roles, ",") != "worker,receiver" {
		t.Errorf("roles %v", got.Roles)
	}
	run(t, p, "serve", "--log-level", "error").want(t, 0, "", "")
	result = &app.SetupError{Words: "listen 127.0.0.1:1 is in use"}
	run(t, p, "serve", "--log-level", "error").want(t, 2, "", "procpac: listen 127.0.0.1:1 is in use\n")
	result = errors.New("the bus broke")
	run(t, p, "serve", "--log-level", "error").want(t, 1, "", "procpac: the bus broke\n")
	for words, args := range map[string][]string{
		`--roles "sweeper" is not in this build, which has receiver, worker, console`: {"--roles", "receiver,sweeper"},
		"--log-level \"loud\" must be":   {"--log-level", "loud"},
		"--log-format \"xml\" must be":   {"--log-format", "xml"},
		"there is no such file":          {"--config", "missing.yaml"},
		"takes no argument, so \"acme\"": {"acme"},
	} {
		run(t, p, append([]string{"serve"}, args...)...).want(t, 2, "", words)
	}
}

func TestDemo(t *testing.T) {
	result := app.DemoResult{OK: true, API: "http://127.0.0.1:7", Rows: []app.DemoRow{{Procore: "commitment SC-1", Jobpac: "4101", State: "done", LatencyMS: 34}}}
	var got app.DemoOptions
	failed := error(nil)
	p := Process{Programs: Programs{Demo: func(_ context.Context, o app.DemoOptions, settled func(app.DemoResult)) (app.DemoResult, error) {
		got = o
		o.Steps("step %d", 1)
		if failed != nil {
			return app.DemoResult{}, failed
		}
		settled(result)
		return result, nil
	}}}
	r := run(t, p, "demo", "--data", "d", "--listen", "127.0.0.1:8")
	r.want(t, 0, "step 1\n\nPROCORE          JOBPAC  STATE  TIME   REASON\ncommitment SC-1  4101    done   34 ms\n", "")
	if !strings.Contains(r.out, "events tail --server http://127.0.0.1:7") || got.Exit || got.DataDir != "d" || got.Listen != "127.0.0.1:8" || got.Version == "" {
		t.Errorf("%+v\n%s", got, r.out)
	}
	if r := run(t, p, "demo", "--exit"); strings.Contains(r.out, "Ctrl-C") || !got.Exit {
		t.Errorf("%s", r.out)
	}
	r = run(t, p, "demo", "--exit", "--json")
	r.want(t, 0, `{"ok":true`, "step 1\n")
	if strings.Count(r.out, "\n") != 1 || !json.Valid([]byte(r.out)) {
		t.Errorf("not one object: %s", r.out)
	}
	result.OK, result.Unmet = false, []string{"5 done, wanted 6"}
	run(t, p, "demo", "--exit").want(t, 1, "PROCORE", "did not come out as expected: 5 done, wanted 6")
	failed = &app.SetupError{Words: "the address is in use"}
	run(t, p, "demo").want(t, 2, "step 1", "procpac: the address is in use\n")
	failed = context.Canceled
	run(t, p, "demo").want(t, 75, "step 1", "procpac: interrupted before it was done\n")
}

func TestSimulate(t *testing.T) {
	var got app.SimulateOptions
	p := Process{Programs: Programs{Simulate: func(_ context.Context, o app.SimulateOptions) error {
		got = o
		o.Ready(map[string]string{"procore": "http://127.0.0.1:1", "jobpac": "http://127.0.0.1:2"})
		return nil
	}}}
	run(t, p, "simulate", "both", "--listen", "127.0.0.1:0", "--seed", "s.json", "--faults", "f.json").want(t, 0, "jobpac   http://127.0.0.1:2\nprocore  http://127.0.0.1:1\n", "")
	if got.Which != "both" || got.Listen != "127.0.0.1:0" || got.SeedFile != "s.json" || got.FaultsFile != "f.json" {
		t.Errorf("%+v", got)
	}
	run(t, p, "simulate", "jobpac", "--json").want(t, 0, `{"jobpac":"http://127.0.0.1:2","procore":"http://127.0.0.1:1"}`, "")
	run(t, p, "simulate").want(t, 2, "", "takes one of procore, jobpac, both")
	run(t, p, "simulate", "xero").want(t, 2, "", "takes one of procore, jobpac, both")
}

func TestHealthcheck(t *testing.T) {
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			t.Errorf("asked %s", r.URL.Path)
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	byConfig := Process{Env: []string{"PROCPAC_OPERATOR__LISTEN=" + strings.TrimPrefix(server.URL, "http://")}}
	run(t, byConfig, "healthcheck").want(t, 0, "", "")
	run(t, Process{}, "healthcheck", "--url", server.URL+"/readyz").want(t, 0, "", "")
	status = http.StatusServiceUnavailable
	run(t, Process{}, "healthcheck", "--url", server.URL+"/readyz").want(t, 1, "", "answers with status 503")
	status = http.StatusFound
	run(t, Process{}, "healthcheck", "--url", server.URL+"/readyz").want(t, 1, "", "answers with status 302")
	server.Close()
	run(t, Process{}, "healthcheck", "--url", server.URL+"/readyz").want(t, 1, "", "does not answer")
	run(t, Process{}, "healthcheck", "--url", "readyz").want(t, 2, "", "must be an address")
}

func TestOperatorAddress(t *testing.T) {
	for listen, want := range map[string]string{
		"127.0.0.1:8081": "http://127.0.0.1:8081", ":8081": "http://127.0.0.1:8081", "0.0.0.0:1": "http://127.0.0.1:1", "[::]:1": "http://127.0.0.1:1",
		"[::1]:1": "http://[::1]:1", "ops.example:1": "http://ops.example:1",
	} {
		if got, err := operatorAddress(listen); err != nil || got != want {
			t.Errorf("%s: %s %v", listen, got, err)
		}
	}
	if _, err := operatorAddress("127.0.0.1:0"); exitCode(err) != exitUsage {
		t.Errorf("%v", err)
	}
}

func TestVersionNote(t *testing.T) {
	var b built
	b.note(&debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}, Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.modified", Value: "true"}}})
	if b.Version != "v1.2.3" || b.Commit != "abc" || !b.Changed {
		t.Errorf("%+v", b)
	}
	b = built{Version: "v9"}
	b.note(&debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}})
	if b.Version != "v9" {
		t.Errorf("%+v", b)
	}
}
