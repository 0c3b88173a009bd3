package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/procoresim"
)

// settling is how long the idle program is left alone before it is weighed.
const settling = 6 * time.Second

// measureMemory weighs the real program, idle and at work.
func measureMemory(ctx context.Context, o options, r *report) (err error) {
	if o.procpac == "" {
		r.note("idle memory under 64 MB", "not measured: no -procpac given")
		return nil
	}
	dir, err := os.MkdirTemp("", "procpac-load-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	var h house
	addresses, err := h.open(o.slice, 0, 0)
	defer func() { err = errors.Join(err, h.close()) }()
	if err != nil {
		return err
	}
	address, err := freeAddress()
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "procpac.yaml")
	if err := os.WriteFile(file, []byte(settings(address, filepath.Join(dir, "data"), addresses)), 0o600); err != nil {
		return err
	}
	return weigh(ctx, o, r, &h, address, file)
}

func weigh(ctx context.Context, o options, r *report, h *house, address, file string) error {
	cmd := exec.CommandContext(ctx, o.procpac, "serve", "--config", file)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.Stdout, cmd.Stderr = io.Discard, io.Discard
	if err := cmd.Start(); err != nil {
		return err
	}
	idle, busy, err := weighed(ctx, h, address, cmd.Process.Pid)
	if stopErr := cmd.Process.Signal(syscall.SIGTERM); stopErr != nil {
		err = errors.Join(err, stopErr)
	}
	if waitErr := cmd.Wait(); err != nil || waitErr != nil {
		return errors.Join(err, waitErr)
	}
	r.title("memory of procpac serve, one connection, simulators elsewhere")
	r.row("", "resident MB")
	r.row(fmt.Sprintf("idle, %s after its start", settling), fmt.Sprintf("%.1f", idle))
	r.row(fmt.Sprintf("most, %d approvals in %d workers", len(h.requests), workers), fmt.Sprintf("%.1f", busy))
	r.target(idle < 64, "idle memory under 64 MB", "%.1f MB (most under load %.1f MB)", idle, busy)
	return nil
}

func weighed(ctx context.Context, h *house, address string, pid int) (idle, busy float64, err error) {
	if err := reachable(ctx, address); err != nil {
		return 0, 0, err
	}
	if err := until(ctx, time.Now().Add(settling)); err != nil {
		return 0, 0, err
	}
	if idle, err = resident(pid, "VmRSS:"); err != nil {
		return 0, 0, err
	}
	if err := post(ctx, address, 64, h.webhooks()); err != nil {
		return idle, 0, err
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(2 * time.Minute); h.asProc.closings() < len(h.requests); <-tick.C {
		if time.Now().After(end) || ctx.Err() != nil {
			return idle, 0, fmt.Errorf("%d of %d approvals were closed in time", h.asProc.closings(), len(h.requests))
		}
	}
	busy, err = resident(pid, "VmHWM:")
	return idle, busy, err
}

// resident reads a line of the kernel's account of a process, in MB.
func resident(pid int, what string) (float64, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("memory can only be read on Linux: %w", err)
	}
	defer func() { _ = f.Close() }()
	for in := bufio.NewScanner(f); in.Scan(); {
		if fields := strings.Fields(in.Text()); len(fields) > 1 && fields[0] == what {
			kb, err := strconv.ParseFloat(fields[1], 64)
			return kb / 1024, err
		}
	}
	return 0, fmt.Errorf("the kernel does not tell %s", what)
}

// freeAddress is an address that nobody listens on just now.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// reachable waits until somebody listens.
func reachable(ctx context.Context, address string) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(20 * time.Second); ; <-tick.C {
		g, err := draw(ctx, address)
		if err == nil {
			return g.conn.Close()
		}
		if time.Now().After(end) {
			return fmt.Errorf("procpac serve did not get ready: %w", err)
		}
	}
}

// settings is the configuration file of the real program.
func settings(address, dir string, a childOptions) string {
	seed := jobpacsim.DemoSeed()
	application, user := seed.Applications[0], seed.Users[0]
	return fmt.Sprintf(`listen: %s
operator: {listen: 127.0.0.1:0}
data_dir: %s
worker: {concurrency: %d}
connections:
  - name: demo
    procore: {login_url: %s, api_url: %s, company_id: "%d", client_id: %s, client_secret: %s, webhook_tokens: ["%s"]}
    jobpac: {auth_url: %s, request_url: %s, environment: %s, application: %s, version: "%s", encryption_key: "%s", user: %s, password: %s,
      work_id: "01", unique_document_number: verified, max_concurrent: 0, requests_per_second: 0}
`, address, dir, workers, a.procore, a.procore, procoresim.DemoCompanyID, procoresim.DefaultClientID, procoresim.DefaultClientSecret, token,
		a.jobpac, a.jobpac, application.Environment, application.Name, application.Version, application.Key, user.Name, user.Password)
}
