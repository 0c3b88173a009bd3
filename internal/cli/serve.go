package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/procpac/procpac/internal/app"
	"github.com/procpac/procpac/internal/opsapi"
)

func (s *shell) serve() *cobra.Command {
	var roles []string
	c := &cobra.Command{
		Use:   "serve",
		Short: "Runs the product until Ctrl-C",
		Long: "Takes webhooks (receiver), works on them (worker) and answers operators (console), all in one process\n" +
			"unless --roles says otherwise. Several processes need nats.url.",
		Example: "  procpac serve --config procpac.yaml\n  procpac serve --config procpac.yaml --roles worker --log-format console",
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return s.runServe(c.Context(), roles) },
	}
	c.Flags().StringArrayVar(&roles, "roles", nil, "roles of this process: "+strings.Join(s.Programs.Roles, ",")+" (default all)")
	return c
}

func (s *shell) runServe(ctx context.Context, asked []string) error {
	roles, err := s.roles(asked)
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
	for _, warning := range cfg.Warnings() {
		log.Warn().Msg(warning)
	}
	name := programVersion().Version
	return s.Programs.Serve(ctx, app.ServeOptions{
		Config: cfg, Roles: roles, Log: log, Version: name,
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
