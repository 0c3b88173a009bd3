package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/procpac/procpac/internal/ops"
	"github.com/procpac/procpac/internal/opsapi"
)

func (s *shell) sweep() *cobra.Command {
	var j jobbing
	var dryRun bool
	c := &cobra.Command{
		Use:   "sweep",
		Short: "Finds approvals whose webhooks were lost",
		Long: "Reads what Procore could not deliver, what nobody answered and what got stuck, and puts it on the road again.\n" +
			"Safe to run at any time: what is done is passed over. What was approved before the go-live is only listed.\n" +
			"Interrupted, it stops; what was put on the road stays there.",
		Example: "  procpac sweep\n  procpac sweep --connection acme --since 13h --dry-run\n  procpac sweep --json",
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return s.runSweep(c.Context(), &j, dryRun) },
	}
	s.bindJob(c.Flags(), &j, "how far back: a time, a day, or an age such as 26h (default: everything Procore still lists)")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "only list what would be put on the road")
	return c
}

func (s *shell) runSweep(ctx context.Context, j *jobbing, dryRun bool) (err error) {
	order := ops.SweepOrder{DryRun: dryRun}
	if order.Since, err = opsapi.ParseTime("since", j.since, s.Now()); err != nil {
		return err
	}
	if order.Actor, err = s.actor(j.actor); err != nil {
		return err
	}
	t, err := s.connect()
	if err != nil {
		return err
	}
	defer t.Close()
	page := ops.Page[ops.Job]{Items: []ops.Job{}}
	err = s.each(ctx, t, j, func(ctx context.Context, connection string) (ops.Job, error) {
		one := order
		one.Connection = connection
		return t.StartSweep(ctx, one)
	}, func(job ops.Job) error {
		page.Items = append(page.Items, job)
		return s.tellSweep(job, j.json)
	})
	if j.json && len(page.Items) > 0 {
		err = both(s.printJSON(page), err)
	}
	return needsServer("sweep", err)
}

// tellSweep prints what one sweep did; with --json only its warnings.
func (s *shell) tellSweep(job ops.Job, asJSON bool) error {
	r := job.Sweep
	if r == nil {
		return nil
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(s.Err, "%s: %s\n", job.Connection, plain(w))
	}
	if asJSON {
		return nil
	}
	rows := make([][]string, len(r.Lines))
	for i, l := range r.Lines {
		rows[i] = []string{l.Source, l.ID, dash(l.Effect), dash(cut(l.Title)), early(l), cut(l.Why)}
	}
	if len(rows) > 0 {
		if err := table(s.Out, "SOURCE|ID|EFFECT|TITLE|DO|WHY", rows); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(s.Out, "%s: %d read, %d enqueued, %d known, %d listed%s\n", job.Connection, r.Read, r.Enqueued, r.Known, r.Listed, partly(job))
	return err
}

// early says of what was approved before the go-live that it is.
func early(l ops.SweepLine) string {
	if l.BeforeGoLive {
		return l.Do + " (before go-live)"
	}
	return l.Do
}

// partly says of a job that it did not come to its end.
func partly(job ops.Job) string {
	if job.State != ops.JobDone {
		return " (cut short)"
	}
	return ""
}
