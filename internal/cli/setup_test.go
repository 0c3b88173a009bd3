package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/procoresim"
)

const (
	lineOne = "Bearer not-a-real-token-11111"
	lineTwo = "Bearer not-a-real-token-22222"
)

// yard is a Procore simulator with a configuration for it.
type yard struct {
	sim  *procoresim.Sim
	dir  string
	file string
	url  string
}

func newYard(t *testing.T, hookURL string) *yard {
	t.Helper()
	y := &yard{sim: procoresim.New(procoresim.Config{}), dir: t.TempDir()}
	if err := y.sim.Seed(procoresim.DemoSeed()); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(y.sim.Handler())
	t.Cleanup(func() { y.sim.Close(); server.Close() })
	y.file, y.url = filepath.Join(y.dir, "procpac.yaml"), server.URL
	y.tokens(t, lineOne)
	for name, text := range map[string]string{"secret": procoresim.DefaultClientSecret, "key": strings.Repeat("k", 32), "password": "pass-word", "procpac.yaml": y.config(hookURL)} {
		y.write(t, name, text)
	}
	return y
}

func (y *yard) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(y.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (y *yard) tokens(t *testing.T, lines ...string) { y.write(t, "tokens", strings.Join(lines, "\n")) }

func (y *yard) config(hookURL string) string {
	return fmt.Sprintf(`
data_dir: %[1]s/data
connections:
  - name: acme
    procore: {login_url: "%[2]s", api_url: "%[2]s", company_id: "%[3]d", client_id: %[4]s, client_secret_file: %[1]s/secret, webhook_tokens_file: %[1]s/tokens, hook_url: "%[5]s"}
    jobpac: {environment: DEMO, application: PROCPAC, encryption_key_file: %[1]s/key, user: APIUSER, password_file: %[1]s/password, work_id: "01"}
`, y.dir, y.url, procoresim.DemoCompanyID, procoresim.DefaultClientID, hookURL)
}

// run runs a command; no token may be in what it prints.
func (y *yard) run(t *testing.T, p Process, args ...string) ran {
	t.Helper()
	got := run(t, p, append(args, "--config", y.file)...)
	if strings.Contains(got.out+got.err, "not-a-real-token") {
		t.Errorf("a token is printed: %s%s", got.out, got.err)
	}
	return got
}

const deskURL = "https://hooks.example.com"

func TestSetupCommand(t *testing.T) {
	y := newYard(t, deskURL)
	y.run(t, Process{}, "setup", "--dry-run").want(t, 0, "acme        planned  Create a webhook of the company that delivers to https://hooks.example.com/hooks/procore/acme", "")
	y.run(t, Process{}, "setup").want(t, 2, "", "nobody to ask: look at it with --dry-run, then add --yes")
	y.run(t, Process{Terminal: true, In: strings.NewReader("n\n")}, "setup").want(t, 0, "", "Make these changes in Procore: 3? [y/N] nothing was changed")
	if y.sim.State().Counts["hooks"] != 0 {
		t.Fatal("something was changed")
	}
	asked := y.run(t, Process{Terminal: true, In: strings.NewReader("y\n")}, "setup")
	asked.want(t, 0, "acme        done  Create the company's ERP connection", "planned  Create the company's ERP connection")
	if y.sim.State().Counts["hooks"] != 1 {
		t.Error("no hook")
	}
	y.run(t, Process{}, "setup").want(t, 0, "acme: nothing to do; webhooks come to https://hooks.example.com/hooks/procore/acme\n", "")
	y.run(t, Process{}, "setup", "--yes", "--rewrite-token").want(t, 0, "acme        done  Repair webhook", "")
	y.run(t, Process{}, "setup", "--yes", "--rewrite-metadata").want(t, 0, "acme        done  Update the metadata", "")
	y.tokens(t, lineTwo, lineOne)
	y.run(t, Process{}, "setup").want(t, 0, "nothing to do", "acme: Webhook 15001 of the company carries the next token: a rotation is under way.")
}

func TestSetupCommandAsJSON(t *testing.T) {
	y := newYard(t, "")
	y.run(t, Process{}, "setup").want(t, 2, "", "the public address of the receiver is not known")
	got := y.run(t, Process{}, "setup", "--yes", "--json", "--url", deskURL)
	var r struct {
		OK          bool
		DryRun      bool `json:"dry_run"`
		Connections []struct {
			Connection, URL string
			Steps           []struct {
				Do, Words, State string
				Metadata         map[string]any
			}
			Notes []string
		}
	}
	if err := json.Unmarshal([]byte(got.out), &r); err != nil || got.code != 0 {
		t.Fatal(err, got)
	}
	if c := r.Connections[0]; !r.OK || r.DryRun || c.Connection != "acme" || c.URL != deskURL+"/hooks/procore/acme" || len(c.Steps) != 3 ||
		c.Steps[0].Do != "create_erp_connection" || c.Steps[0].State != "done" || c.Steps[0].Metadata["settings"] == nil || c.Notes == nil {
		t.Errorf("got %+v", r)
	}
}

// Refusals end with 1, troubles that pass with 75, wrong usage with 2.
func TestSetupExitCodes(t *testing.T) {
	for _, c := range []struct {
		fault procoresim.Fault
		code  int
		words string
	}{
		{procoresim.Fault{Method: "POST", Path: "triggers", StatusBefore: 422}, 1, `procpac: acme: Let the webhook of the company tell of "ERP Requests" being created. Refused:`},
		{procoresim.Fault{Method: "GET", Path: "webhooks", StatusBefore: 503, RetryAfter: 60}, 75, "procpac: acme: Procore could not be read:"},
		{procoresim.Fault{Path: "oauth", StatusBefore: 401, Shape: "oauth"}, 1, "procpac: acme: Procore could not be read:"},
	} {
		y := newYard(t, deskURL)
		if err := y.sim.SetFaults(c.fault); err != nil {
			t.Fatal(err)
		}
		if got := y.run(t, Process{}, "setup", "--yes"); got.code != c.code || !strings.Contains(got.err, c.words) {
			t.Errorf("%+v: %+v", c.fault, got)
		}
	}
	y := newYard(t, deskURL)
	y.run(t, Process{}, "setup", "--connection", "x").want(t, 2, "", `there is no connection "x": choose from acme`)
	y.run(t, Process{}, "setup", "acme").want(t, 2, "", "takes no argument")
	y.run(t, Process{}, "setup", "--log-level", "loud").want(t, 2, "", "--log-level")
	run(t, Process{}, "setup", "--config", "none.yaml").want(t, 2, "", "there is no such file")
	run(t, Process{}, "setup", "--help").want(t, 0, "--rewrite-metadata", "")
}

// gate answers like a receiver that has these tokens.
func gate(t *testing.T, tokens ...string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, one := range tokens {
			if r.Header.Get("Authorization") == one && r.ContentLength > 64<<10 && r.URL.Path == "/hooks/procore/acme" {
				w.WriteHeader(http.StatusRequestEntityTooLarge)
				return
			}
		}
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestHookRotateCommand(t *testing.T) {
	y := newYard(t, deskURL)
	y.run(t, Process{}, "hook", "rotate").want(t, 1, "", "run \"procpac setup --connection acme\" first")
	y.run(t, Process{}, "setup", "--yes").want(t, 0, "done", "")
	y.run(t, Process{}, "hook", "rotate").want(t, 0, "acme: There is one token and no next one, so there is nothing to do.", "")
	y.tokens(t, lineOne, lineTwo)
	y.run(t, Process{}, "hook", "rotate", "--receiver", gate(t, lineOne)).want(t, 1, "", "does not take the next token: restart it")
	at := gate(t, lineOne, lineTwo)
	y.run(t, Process{}, "hook", "rotate", "--receiver", at).want(t, 2, "", "nobody to ask")
	y.run(t, Process{}, "hook", "rotate", "--receiver", at, "--dry-run").want(t, 0, "planned  Write the next token into webhook 15001 of the company, which carries the current one.", "")
	y.run(t, Process{Terminal: true, In: strings.NewReader("\n")}, "hook", "rotate", "--receiver", at).want(t, 0, "", "Write the next one into Procore? [y/N] nothing was written")
	y.run(t, Process{Terminal: true, In: strings.NewReader("y\n")}, "hook", "rotate", "--receiver", at).want(t, 0, "Delete the first line of webhook_tokens_file", "planned  Write the next token")
	y.run(t, Process{}, "hook", "rotate").want(t, 0, "Delete the first line of webhook_tokens_file", "") // nothing is left to ask the receiver for
	got := y.run(t, Process{}, "hook", "rotate", "--json")
	var r struct {
		OK    bool
		State string
		Steps []any
	}
	if err := json.Unmarshal([]byte(got.out), &r); err != nil || !r.OK || r.State != "finished" || r.Steps == nil {
		t.Errorf("%+v, %v", got, err)
	}
	y.tokens(t, lineTwo)
	y.run(t, Process{}, "hook", "rotate").want(t, 0, "nothing to do", "")
}

// What is still under way is for later; a receiver that cannot be asked too.
func TestHookRotateLater(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	y := newYard(t, gone.URL)
	y.run(t, Process{}, "setup", "--yes").want(t, 0, "done", "")
	y.tokens(t, lineOne, lineTwo)
	y.run(t, Process{}, "hook", "rotate", "--yes").want(t, 75, "", "could not be asked")
	if err := y.sim.Seed(procoresim.DemoDocuments()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := y.sim.ExportCommitment(procoresim.DemoSubcontractID, "SC1"); err != nil {
		t.Fatal(err)
	}
	y.run(t, Process{}, "hook", "rotate", "--yes", "--receiver", gate(t, lineOne, lineTwo)).want(t, 75, "done  Write the next token", "not ended: 1;")
	y.run(t, Process{}, "hook", "rotate", "--yes", "--json").want(t, 75, `"ok": false`, "Keep both lines")
}

func TestHookUsage(t *testing.T) {
	y := newYard(t, deskURL)
	run(t, Process{}, "hook").want(t, 2, "", `"procpac hook" needs one of rotate`)
	run(t, Process{}, "hook", "rotat").want(t, 2, "", `did you mean "procpac hook rotate"`)
	y.run(t, Process{}, "hook", "rotate", "--receiver", "ftp://x").want(t, 2, "", "--receiver must be")
	y.run(t, Process{}, "hook", "rotate", "--log-format", "x").want(t, 2, "", "--log-format")
	run(t, Process{}, "hook", "rotate", "--config", "none.yaml").want(t, 2, "", "there is no such file")
	run(t, Process{}, "hook", "rotate", "--help").want(t, 0, "says where the change stands", "")
}
