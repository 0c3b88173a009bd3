package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/procpac/procpac/internal/ops"
	"github.com/procpac/procpac/internal/opsapi"
)

// auditing is what the flags of audit say, and what came of it.
type auditing struct {
	jobbing
	after, reason   string
	release, accept bool

	jobs    []ops.Job
	serious int
}

func (s *shell) audit() *cobra.Command {
	var a auditing
	c := &cobra.Command{
		Use:   "audit",
		Short: "Compares Procore's approvals, the journal and Jobpac",
		Long: "Walks everything that was approved and everything that was done, and lists what is missing, doubled, gone or\n" +
			"different, to the cent. Changes nothing. Exit code 3 when anything is wrong with the books.\n" +
			"In safe mode: run it, deal with what it finds, then run it with --release to let creates go on. --release refuses\n" +
			"while there are serious findings, unless --accept-findings says that they are dealt with.\n" +
			"Interrupted, it says where to go on.",
		Example: "  procpac audit\n  procpac audit --connection acme --since 30d --json\n  procpac audit --connection acme --after acme.commitment-4101\n" +
			"  procpac audit --release --reason restored-and-compared",
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return s.runAudit(c.Context(), &a) },
	}
	s.bindJob(c.Flags(), &a.jobbing, "approvals changed since: a time, a day, or an age such as 30d (default: since the go-live, or all)")
	c.Flags().StringVar(&a.after, "after", "", "go on where an audit was cut short, which said so")
	c.Flags().BoolVar(&a.release, "release", false, "end safe mode when every connection is clean")
	c.Flags().BoolVar(&a.accept, "accept-findings", false, "with --release: what is found is dealt with")
	c.Flags().StringVar(&a.reason, "reason", "", "with --release: why; recorded for ever")
	return c
}

// check refuses flags that do not go together.
func (a *auditing) check() error {
	switch {
	case a.after != "" && a.connection == "":
		return usagef("--after goes on with one connection: name it with --connection")
	case a.release && a.reason == "":
		return usagef("--release needs --reason TEXT: it is recorded for ever with who released")
	case a.release && a.since != "":
		return usagef("--release needs an audit of everything: leave --since out")
	case !a.release && (a.accept || a.reason != ""):
		return usagef("--reason and --accept-findings go with --release")
	}
	return nil
}

func (s *shell) runAudit(ctx context.Context, a *auditing) error {
	if err := a.check(); err != nil {
		return err
	}
	since, err := opsapi.ParseTime("since", a.since, s.Now())
	if err != nil {
		return err
	}
	actor, err := s.actor(a.actor)
	if err != nil {
		return err
	}
	t, err := s.connect()
	if err != nil {
		return err
	}
	defer t.Close()
	err = s.each(ctx, t, &a.jobbing, func(ctx context.Context, connection string) (ops.Job, error) {
		return t.StartAudit(ctx, ops.AuditOrder{Connection: connection, Since: since, After: a.after, Actor: actor})
	}, func(job ops.Job) error { return s.tellAudit(a, job) })
	answer := audited{Items: a.jobs}
	if a.release && err == nil {
		answer.SafeMode, err = s.endSafeMode(ctx, t, a, actor)
	} else if a.serious > 0 {
		err = both(err, endf(exitPerson, "%d findings are serious: the books are not as they should be", a.serious))
	}
	if a.json && len(a.jobs) > 0 {
		err = both(s.printJSON(answer), err)
	}
	return needsServer("audit", err)
}

// audited is the JSON of an audit.
type audited struct {
	Items    []ops.Job     `json:"items"`
	SafeMode *ops.SafeMode `json:"safe_mode,omitempty"` // with --release
}

// endSafeMode releases, if it is on and nothing speaks against it.
func (s *shell) endSafeMode(ctx context.Context, t *target, a *auditing, actor string) (*ops.SafeMode, error) {
	mode, err := t.SafeMode(ctx)
	if err != nil {
		return nil, err
	}
	switch {
	case a.serious > 0 && !a.accept:
		return &mode, endf(exitPerson, "%d findings are serious, so nothing is released: deal with them and run it again; "+
			"for what is dealt with and still listed, add --accept-findings", a.serious)
	case !mode.On:
		fmt.Fprintln(s.Err, "safe mode is not on: there is nothing to release")
		return &mode, nil
	}
	if mode, err = t.Release(ctx, ops.Release{Actor: actor, Reason: a.reason, AcceptFindings: a.accept}); err != nil {
		return nil, err
	}
	fmt.Fprintln(s.Err, "safe mode is released: creates go on")
	return &mode, nil
}

// tellAudit prints what one audit found and counts what is serious; with --json
// only its warnings.
func (s *shell) tellAudit(a *auditing, job ops.Job) error {
	a.jobs = append(a.jobs, job)
	r := job.Audit
	if r == nil {
		return nil
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(s.Err, "%s: %s\n", job.Connection, plain(w))
	}
	serious := 0
	for _, f := range r.Findings {
		if f.Serious {
			serious++
		}
	}
	a.serious += serious
	if job.State != ops.JobDone {
		fmt.Fprintln(s.Err, goOn(job, a.since))
	}
	if a.json {
		return nil
	}
	if err := s.writeFindings(r.Findings); err != nil {
		return err
	}
	_, err := fmt.Fprintf(s.Out, "%s: %d effects, %d approvals, %d documents compared; %d findings, %d serious%s\n",
		job.Connection, r.Effects, r.Approvals, r.Documents, len(r.Findings), serious, partly(job))
	return err
}

// goOn says where an audit that was cut short goes on.
func goOn(job ops.Job, since string) string {
	if job.Audit.Next == "" {
		return job.Connection + ": nothing was finished: begin again"
	}
	also := ""
	if since != "" {
		also = " --since '" + since + "'"
	}
	return fmt.Sprintf("%s: go on with procpac audit --connection %s%s --after '%s'", job.Connection, job.Connection, also, job.Audit.Next)
}

// writeFindings prints a table, and below it what each finding means.
func (s *shell) writeFindings(all []ops.AuditFinding) error {
	if len(all) == 0 {
		return nil
	}
	rows := make([][]string, len(all))
	for i, f := range all {
		rows[i] = []string{fmt.Sprint(i + 1), grave(f), f.Procore, dash(f.Number), dash(f.ProcoreTotal), dash(f.JobpacTotal), dash(f.Effect), dash(cut(f.Title))}
	}
	if err := table(s.Out, "NO|FINDING|PROCORE|JOBPAC|PROCORE TOTAL|JOBPAC TOTAL|EFFECT|TITLE", rows); err != nil {
		return err
	}
	for i, f := range all {
		if _, err := fmt.Fprintf(s.Out, "  %d. %s\n", i+1, plain(f.Words)); err != nil {
			return err
		}
	}
	return nil
}

// grave marks the kinds of finding that mean that the books are wrong.
func grave(f ops.AuditFinding) string {
	if f.Serious {
		return f.Kind + " (!)"
	}
	return f.Kind
}
