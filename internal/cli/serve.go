package cli

import (
	"context"
	"os"
	"slices"
	"strings"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/procpac/procpac/internal/app"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/opsapi"
)

func (s *shell) serve() *cobra.Command {
	var roles []string
	var dieAt string
	c := &cobra.Command{
		Use:   "serve",
		Short: "Runs the product until Ctrl-C",
		Long: "Takes webhooks (receiver), works on them (worker) and answers operators (console), all in one process\n" +
			"unless --roles says otherwise. Several processes need nats.url.",
		Example: "  procpac serve --config procpac.yaml\n  procpac serve --config procpac.yaml --roles worker --log-format console",
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return s.runServe(c.Context(), roles, dieAt) },
	}
	c.Flags().StringArrayVar(&roles, "roles", nil, "roles of this process: "+strings.Join(s.Programs.Roles, ",")+" (default all)")
	c.Flags().StringVar(&dieAt, "die-at", "", "for tests: end the process at this fail point, as kill -9 does")
	hidden(c.Flags(), "die-at")
	return c
}

// hidden keeps a flag out of the help.
func hidden(f *pflag.FlagSet, name string) { f.Lookup(name).Hidden = true }

// exitKilled is how a shell reports a process that kill -9 ended.
const exitKilled = 137

// points is what --die-at asks for; nil: nothing.
func points(dieAt string) (failpoint.Set, error) {
	if dieAt == "" {
		return nil, nil
	}
	set, err := failpoint.ExitAt(dieAt, func() { os.Exit(exitKilled) })
	if err != nil {
		return nil, usagef("--die-at: %v", err)
	}
	return set, nil
}

func (s *shell) runServe(ctx context.Context, asked []string, dieAt string) error {
	roles, err := s.roles(asked)
	if err != nil {
		return err
	}
	die, err := points(dieAt)
	if err != nil {
		return err
	}
	log, err := s.log(zerolog.InfoLevel)
	if err != nil {
		return err
	}
	cfg, err := s.loadConfig()
	if err != nil {
		return err
	}
	name := programVersion().Version
	return s.Programs.Serve(ctx, app.ServeOptions{
		Config: cfg, Roles: roles, Log: log, Version: name, Points: die,
		Ready: func(webhooks, operator string) {
			log.Info().Str("webhooks", webhooks).Str("operator", operator).Strs("roles", roles).Str("version", name).Msg("ready")
		},
	})
}

// roles reads --roles.
func (s *shell) roles(asked []string) ([]string, error) {
	words := opsapi.Words(asked)
	if len(words) == 0 {
		return s.Programs.Roles, nil
	}
	var roles []string
	for _, role := range words {
		if !slices.Contains(s.Programs.Roles, role) {
			return nil, usagef("--roles %q is not in this build, which has %s", role, strings.Join(s.Programs.Roles, ", "))
		}
		if !slices.Contains(roles, role) {
			roles = append(roles, role)
		}
	}
	return roles, nil
}
