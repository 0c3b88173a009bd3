package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/ops"
	"github.com/procpac/procpac/internal/opsapi"
)

// target is a running procpac to ask.
type target struct {
	*opsapi.Client
	named bool           // by --server: its data is not on this machine for sure
	cfg   *config.Config // nil when it was not needed
}

// loadConfig reads the configuration.
func (s *shell) loadConfig() (*config.Config, error) { return config.Load(s.flags.config, s.Env) }

// connect makes the client of the server that flags or configuration name.
// Close it when done.
func (s *shell) connect() (*target, error) {
	t := &target{named: s.flags.server != ""}
	server, token := s.flags.server, ""
	if server == "" || s.flags.tokenFile == "" {
		cfg, err := s.loadConfig()
		if err != nil {
			return nil, err
		}
		t.cfg, token = cfg, cfg.Operator.Token.Reveal()
		if server == "" {
			server, err = operatorAddress(cfg.Operator.Listen)
			if err != nil {
				return nil, err
			}
		}
	}
	if s.flags.tokenFile != "" {
		var err error
		if token, err = readToken(s.flags.tokenFile); err != nil {
			return nil, err
		}
	}
	var err error
	t.Client, err = opsapi.NewClient(server, token)
	return t, err
}

// operatorAddress is where a server on this machine that listens there is
// reached.
func operatorAddress(listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil || port == "0" {
		return "", usagef("operator.listen %q names no port to ask at: name the server with --server URL", listen)
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port), nil
}

// readToken reads the file of --token-file.
func readToken(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", usagef("--token-file cannot be read: %v", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", usagef("--token-file %s can be read by others: chmod 600 it", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", usagef("--token-file cannot be read: %v", err)
	}
	token := strings.TrimSpace(string(text))
	if token == "" {
		return "", usagef("--token-file %s is empty", path)
	}
	return token, nil
}

// lister is what answers listings: a running server or a projection file.
type lister interface {
	Effects(ctx context.Context, q ops.Query) (ops.Page[ops.Effect], error)
	Events(ctx context.Context, q ops.Query) (ops.Page[ops.Event], error)
}

// list asks the running server. Where the configuration names it and nobody
// answers, the projection file is read instead, and stderr says so.
func list[T any](ctx context.Context, s *shell, ask func(lister) (ops.Page[T], error)) (ops.Page[T], error) {
	t, err := s.connect()
	if err != nil {
		return ops.Page[T]{}, err
	}
	defer t.Close()
	page, err := ask(t)
	if err == nil {
		s.warnSafe(ctx, t)
	}
	var away *opsapi.Unreachable
	if !errors.As(err, &away) || t.named {
		return page, err
	}
	return listOffline(ctx, s, t, ask)
}

// listOffline reads the projection that the configuration names.
func listOffline[T any](ctx context.Context, s *shell, t *target, ask func(lister) (ops.Page[T], error)) (page ops.Page[T], err error) {
	view, done, err := s.Programs.Offline(ctx, t.cfg)
	if err != nil {
		return page, err
	}
	defer func() { err = errors.Join(err, done()) }()
	fmt.Fprintf(s.Err, "procpac: nobody answers at %s; this is the projection in %s as it was left\n", t.Server(), t.cfg.DataDir)
	return ask(&ops.Service{View: view})
}

// needsServer says that a command cannot do without a running server, when
// that is what is wrong.
func needsServer(command string, err error) error {
	var away *opsapi.Unreachable
	if errors.As(err, &away) {
		return fmt.Errorf("%s needs a running server: %w", command, err)
	}
	return err
}
