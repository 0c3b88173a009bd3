package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/procpac/procpac/internal/ops"
)

// syncing is what the flags of sync say.
type syncing struct {
	jobbing
	project      string
	full, dryRun bool
}

func (s *shell) sync() *cobra.Command {
	var y syncing
	names := objectNames()
	c := &cobra.Command{
		Use:   "sync OBJECT",
		Short: "Brings jobs, creditors, cost codes, budgets and costs from Jobpac into Procore, now",
		Long: "OBJECT is one of " + strings.Join(names, ", ") + ", or all.\n" +
			"Imports run by themselves (see sync: in the configuration); this one does not wait. Only what changed is read where\n" +
			"Jobpac can tell, and only what changed is written; --full reads everything. A row that a rule or Procore refuses is\n" +
			"listed with the reason and stops nothing else. Exit code 3 when rows were refused.\n" +
			"Interrupted, this command ends; the import goes on.",
		Example:   "  procpac sync jobs\n  procpac sync all --full\n  procpac sync job-costs --connection acme --project 1001\n  procpac sync creditors --dry-run --json",
		Args:      cobra.MatchAll(oneArg("one object, for example jobs or all"), oneOf(append(names, "all"))),
		ValidArgs: append(names, "all"),
		RunE:      func(c *cobra.Command, args []string) error { return s.runSync(c.Context(), &y, args[0]) },
	}
	flags := c.Flags()
	flags.StringVar(&y.connection, "connection", "", "only this connection (default: all, one after the other)")
	flags.StringVar(&y.project, "project", "", "only this job, as 1001 or 01|1001")
	flags.BoolVar(&y.full, "full", false, "read everything, not only what changed since the last import")
	flags.BoolVar(&y.dryRun, "dry-run", false, "only tell what would be written")
	s.actorFlag(flags, &y.actor)
	jsonFlag(flags, &y.json)
	return c
}

// objectNames lists what can be imported.
func objectNames() []string {
	var names []string
	for _, object := range ops.Objects() {
		names = append(names, string(object))
	}
	return names
}

// oneOf refuses an argument that is none of the names.
func oneOf(names []string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		for _, arg := range args {
			if !slices.Contains(names, arg) {
				return usagef("there is no object %q: choose from %s", arg, strings.Join(names, ", "))
			}
		}
		return nil
	}
}

func (s *shell) runSync(ctx context.Context, y *syncing, object string) (err error) {
	order := ops.SyncOrder{Project: y.project, Full: y.full, DryRun: y.dryRun}
	if object != "all" {
		order.Objects = []ops.Object{ops.Object(object)}
	}
	if order.Actor, err = s.actor(y.actor); err != nil {
		return err
	}
	t, err := s.connect()
	if err != nil {
		return err
	}
	defer t.Close()
	page, refused := ops.Page[ops.Job]{Items: []ops.Job{}}, 0
	err = s.each(ctx, t, &y.jobbing, func(ctx context.Context, connection string) (ops.Job, error) {
		one := order
		one.Connection = connection
		return t.StartSync(ctx, one)
	}, func(job ops.Job) error {
		page.Items = append(page.Items, job)
		refused += refusedRows(job)
		return s.tellSync(job, y)
	})
	if y.json && len(page.Items) > 0 {
		err = both(s.printJSON(page), err)
	}
	if err == nil && refused > 0 {
		err = endf(exitPerson, "%d row(s) were refused: mend them in Jobpac, then import again", refused)
	}
	return needsServer("sync", err)
}

// refusedRows counts what rules and Procore refused.
func refusedRows(job ops.Job) int {
	n := 0
	if job.Sync != nil {
		for _, o := range job.Sync.Objects {
			n += o.Refused
		}
	}
	return n
}

// tellSync prints what one import did.
func (s *shell) tellSync(job ops.Job, y *syncing) error {
	r := job.Sync
	if r == nil || y.json {
		return nil
	}
	rows := make([][]string, len(r.Objects))
	for i, o := range r.Objects {
		rows[i] = []string{
			string(o.Object), fmt.Sprint(o.Read), fmt.Sprint(o.New), fmt.Sprint(o.Changed), fmt.Sprint(o.Unchanged), fmt.Sprint(o.Refused),
			fmt.Sprint(o.Calls), fmt.Sprintf("%.1f", o.Ended.Sub(o.Started).Seconds()),
		}
	}
	if err := table(s.Out, "OBJECT|READ|NEW|CHANGED|UNCHANGED|REFUSED|CALLS|SECONDS", rows); err != nil {
		return err
	}
	for _, o := range r.Objects {
		for _, p := range o.Refusals {
			fmt.Fprintf(s.Err, "%s: %s [%s]: %s\n", o.Object, plain(p.Where), p.Rule, plain(p.Message))
		}
		for _, note := range o.Notes {
			fmt.Fprintf(s.Err, "%s: %s\n", o.Object, plain(note))
		}
	}
	if y.dryRun {
		fmt.Fprintf(s.Err, "%s: dry run, nothing was written\n", job.Connection)
	}
	return nil
}
