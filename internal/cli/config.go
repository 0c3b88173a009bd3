package cli

import (
	"github.com/spf13/cobra"

	"github.com/procpac/procpac/internal/config"
)

// config is the group of commands about the configuration.
func (s *shell) config() *cobra.Command {
	c := &cobra.Command{
		Use:     "config",
		Short:   "Shows the configuration in force and its schema",
		Example: "  procpac config print --config procpac.yaml\n  procpac config schema",
		Args:    s.noSuchCommand,
		RunE:    group,
	}
	c.AddCommand(s.configPrint(), s.configSchema())
	return c
}

func (s *shell) configPrint() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "print",
		Short:   "Prints the configuration in force, without its secrets",
		Long:    "Reads file and environment as serve does, says everything that is wrong, and prints the result without its secrets.",
		Example: "  procpac config print --config procpac.yaml\n  PROCPAC_WORKER__CONCURRENCY=4 procpac config print --json",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			cfg, err := s.loadConfig()
			if err != nil {
				return err
			}
			format := "yaml"
			if asJSON {
				format = "json"
			}
			return cfg.Print(s.Out, format)
		},
	}
	jsonFlag(c.Flags(), &asJSON)
	return c
}

func (s *shell) configSchema() *cobra.Command {
	return &cobra.Command{
		Use:     "schema",
		Short:   "Prints the JSON Schema of the configuration file",
		Example: "  procpac config schema > procpac.schema.json",
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return s.printJSON(config.Schema()) },
	}
}
