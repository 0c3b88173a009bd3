package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/opsapi"
	"github.com/procpac/procpac/internal/procoresim"
)

// program is a running procpac as a process of its own. Its system part serves
// the same questions as one in this process.
type program struct {
	*system
	cmd      *exec.Cmd
	operator string // address
	exited   chan error
}

// file writes the configuration of this world as a file, every secret in a
// file of its own; more is YAML that follows, and more of the connection's
// jobpac part.
func (w *world) file(more, jobpac string) string {
	w.t.Helper()
	dir := w.t.TempDir()
	seed := jobpacsim.DemoSeed()
	app, user := seed.Applications[0], seed.Users[0]
	secret := func(name, value string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(value+"\n"), 0o600); err != nil {
			w.t.Fatal(err)
		}
		return path
	}
	text := fmt.Sprintf(`
listen: 127.0.0.1:0
operator: {listen: "127.0.0.1:0", token_file: %q}
data_dir: %q
worker: {send_window: 2s, send_limit: 3s, lease: 20s, ack_wait: 10s}
connections:
  - name: acme
    procore:
      login_url: %[3]s
      api_url: %[3]s
      company_id: "%[4]d"
      client_id: %[5]s
      client_secret_file: %[6]q
      webhook_tokens_file: %[7]q
    jobpac:
      auth_url: %[8]s
      request_url: %[8]s
      environment: %[9]s
      application: %[10]s
      encryption_key_file: %[11]q
      user: %[12]s
      password_file: %[13]q
      work_id: "01"
      unique_document_number: verified
      quiet_period: 300ms
      requests_per_second: 0
%[14]s
    sync: {jobs: 0s, creditors: 0s, cost_codes: 0s, cost_types: 0s, budgets: 0s, job_costs: 0s, head_contracts: 0s}
%[15]s
`, secret("operator", apiToken), w.dir, w.procoreURL, procoresim.DemoCompanyID, procoresim.DefaultClientID, secret("client", procoresim.DefaultClientSecret),
		secret("hook", hookToken), w.jobpacURL, app.Environment, app.Name, secret("key", app.Key), user.Name, secret("password", user.Password), jobpac, more)
	path := filepath.Join(dir, "procpac.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	secret("procpac.yaml.operator-token", apiToken)
	return path
}

// tokenFile is the operator token's file beside a configuration.
func tokenFile(config string) string { return config + ".operator-token" }

// command makes a call of the binary with a clean environment.
func (w *world) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = []string{"HOME=" + w.t.TempDir(), "USER=kim", "PATH=" + os.Getenv("PATH")}
	return cmd
}

// run calls the binary to its end, and gives what it wrote and its exit code.
func (w *world) run(args ...string) (stdout, stderr string, code int) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	var out, errs bytes.Buffer
	cmd := w.command(ctx, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		w.t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// launch runs procpac serve as a process until it is killed, or stopped at the
// end of the test.
func (w *world) launch(config string) *program { return w.launchRoles(config) }

// launchRoles is launch with some roles only.
func (w *world) launchRoles(config string, roles ...string) *program {
	w.t.Helper()
	p := &program{system: &system{world: w, log: w.newLog()}, exited: make(chan error, 1)}
	args := []string{"serve", "--config", config, "--log-level", "debug"}
	if len(roles) > 0 {
		args = append(args, "--roles", strings.Join(roles, ","))
	}
	p.cmd = w.command(context.WithoutCancel(w.t.Context()), args...)
	p.cmd.Stderr, p.cmd.Stdout = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	go func() { p.exited <- p.cmd.Wait() }()
	w.t.Cleanup(func() { p.end(os.Interrupt) })
	w.await("procpac is ready", func() bool {
		p.log.each(func(l line) {
			if l.Message == "ready" {
				p.webhooks, p.operator = l.Webhooks, l.Operator
			}
		})
		return p.operator != ""
	})
	client, err := opsapi.NewClient("http://"+p.operator, apiToken)
	if err != nil {
		w.t.Fatal(err)
	}
	p.api = client
	if p.webhooks != "" {
		w.gate.open(p.webhooks)
	}
	return p
}

// end signals the process and waits for its end. Later calls do nothing.
func (p *program) end(signal os.Signal) {
	if p.exited == nil {
		return
	}
	if p.webhooks != "" {
		p.gate.shut()
	}
	if err := p.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Error(err)
	}
	err := <-p.exited
	p.exited = nil
	if p.api != nil {
		p.api.Close()
	}
	if signal != os.Kill && err != nil {
		p.t.Errorf("procpac ended with %v\n%s", err, p.tail(20))
	}
}

// kill is kill -9: nothing in the process gets to act on it.
func (p *program) kill() { p.end(syscall.SIGKILL) }

// args are the flags that lead the command line to this process.
func (p *program) args(config string, args ...string) []string {
	return append(args, "--server", "http://"+p.operator, "--token-file", tokenFile(config))
}

// sentence is a program's complaint without its name.
func sentence(stderr string) string {
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	return strings.TrimPrefix(lines[len(lines)-1], "procpac: ")
}
