package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/procpac/procpac/internal/app"
)

func (s *shell) demo() *cobra.Command {
	var o app.DemoOptions
	var asJSON bool
	c := &cobra.Command{
		Use:   "demo",
		Short: "Shows the whole system on this machine, with both sides simulated",
		Long: "Starts simulators of Procore and Jobpac and the product between them, approves documents, delivers every\n" +
			"webhook twice, and shows what becomes of each. It needs no network and changes nothing outside its directory.",
		Example: "  procpac demo\n  procpac demo --exit --json\n  procpac demo --data ./demo-data --listen 127.0.0.1:8080",
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return s.runDemo(c.Context(), o, asJSON) },
	}
	c.Flags().BoolVar(&o.Exit, "exit", false, "stop when all is settled, instead of serving until Ctrl-C")
	c.Flags().StringVar(&o.DataDir, "data", "", "directory for the data (default: a temporary one, removed at the end)")
	c.Flags().StringVar(&o.Listen, "listen", "", "address for webhooks (default: a free port of 127.0.0.1)")
	jsonFlag(c.Flags(), &asJSON)
	return c
}

func (s *shell) runDemo(ctx context.Context, o app.DemoOptions, asJSON bool) error {
	log, err := s.log(zerolog.WarnLevel)
	if err != nil {
		return err
	}
	told := s.Out
	if asJSON {
		told = s.Err // stdout is for the one object
	}
	o.Log, o.Version = log, programVersion().Version
	o.Steps = func(format string, args ...any) { fmt.Fprintln(told, plain(fmt.Sprintf(format, args...))) }
	var printErr error
	result, err := s.Programs.Demo(ctx, o, func(r app.DemoResult) { printErr = s.printDemo(r, o.Exit, asJSON) })
	if err = errors.Join(err, printErr); err != nil {
		return err
	}
	if !result.OK {
		return fmt.Errorf("the demo did not come out as expected: %s", strings.Join(result.Unmet, "; "))
	}
	return nil
}

// printDemo shows the result, and where to look while it goes on serving.
func (s *shell) printDemo(r app.DemoResult, ends, asJSON bool) error {
	if asJSON {
		return s.printLine(r)
	}
	rows := make([][]string, len(r.Rows))
	for i, row := range r.Rows {
		rows[i] = []string{row.Procore, dash(row.Jobpac), row.State, fmt.Sprintf("%d ms", row.LatencyMS), cut(row.Reason)}
	}
	fmt.Fprintln(s.Out)
	if err := table(s.Out, "PROCORE|JOBPAC|STATE|TIME|REASON", rows); err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "\n%d webhooks delivered, %d stored, %d were repeats; from approval to Jobpac in %d ms (p50), at most %d ms\n",
		r.Events.Delivered, r.Events.Stored, r.Events.Duplicates, r.Latency.P50, r.Latency.Max)
	if ends {
		return nil
	}
	return s.printServing(s.Out, r.API)
}

// printServing says how to look at the demo from another terminal.
func (s *shell) printServing(w io.Writer, address string) error {
	_, err := fmt.Fprintf(w, "\nIt keeps serving until Ctrl-C. In another terminal:\n  procpac events list --server %s\n  procpac events tail --server %s\n", address, address)
	return err
}
