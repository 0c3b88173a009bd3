package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/procpac/procpac/internal/app"
)

const simulateLong = `Runs programs that answer like Procore and Jobpac as far as procpac uses them. Each has a management address, in JSON and
without a password: GET /sim/state shows everything, GET /sim/settings what can be changed with PUT. Procore's also plays
the approver: PATCH /sim/commitments/ID edits, POST /sim/commitments/ID/export with {"code":"SC0001"} sends to the ERP;
change_orders and prime_contract_change_orders likewise; POST /sim/requisitions/export takes
{"requisitions":[{"id":1,"code":"INV-1"}]}. A list of lines in an edit replaces all lines.

The demo company: company_id 1357908642, client_id demo-client, client_secret demo-client-secret; Jobpac environment DEMO,
application PROCPAC, version 1.00, encryption key demo-key-demo-key-demo-key-demo!, user DEMOUSER, password demo-only.`

func (s *shell) simulate() *cobra.Command {
	var o app.SimulateOptions
	var asJSON bool
	sides := []string{"procore", "jobpac", "both"}
	c := &cobra.Command{
		Use:       "simulate procore|jobpac|both",
		Short:     "Runs the simulators of Procore and Jobpac until Ctrl-C",
		Long:      simulateLong,
		Example:   "  procpac simulate both\n  procpac simulate jobpac --listen 127.0.0.1:9001 --seed seed.json --faults faults.json",
		ValidArgs: sides,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 1 && slices.Contains(sides, args[0]) {
				return nil
			}
			return oneArg("one of procore, jobpac, both")(c, nil)
		},
		RunE: func(c *cobra.Command, args []string) error {
			o.Which = args[0]
			return s.runSimulate(c.Context(), o, asJSON)
		},
	}
	c.Flags().StringVar(&o.Listen, "listen", "", "first address to listen on; each simulator takes two ports from there, port 0 free ones (default 127.0.0.1:9001)")
	c.Flags().StringVar(&o.SeedFile, "seed", "", "JSON file with what is there at the start (default: the demo company)")
	c.Flags().StringVar(&o.FaultsFile, "faults", "", "JSON file with faults to inject")
	jsonFlag(c.Flags(), &asJSON)
	return c
}

func (s *shell) runSimulate(ctx context.Context, o app.SimulateOptions, asJSON bool) error {
	log, err := s.log(zerolog.InfoLevel)
	if err != nil {
		return err
	}
	o.Log = log
	o.Ready = func(addresses map[string]string) {
		if err := s.printAddresses(addresses, asJSON); err != nil {
			log.Error().Err(err).Msg("the addresses cannot be printed")
		}
	}
	return s.Programs.Simulate(ctx, o)
}

func (s *shell) printAddresses(addresses map[string]string, asJSON bool) error {
	if asJSON {
		return s.printLine(addresses)
	}
	names, width := slices.Sorted(maps.Keys(addresses)), 0
	for _, name := range names {
		width = max(width, len(name))
	}
	for _, name := range names {
		if _, err := fmt.Fprintf(s.Out, "%-*s  %s\n", width, name, addresses[name]); err != nil {
			return err
		}
	}
	return nil
}
