package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/procpac/procpac/internal/app"
)

// settingUp is what the flags of setup say.
type settingUp struct {
	connection, url                       string
	dryRun, yes, json, token, rewriteMeta bool
}

func (s *shell) setup() *cobra.Command {
	var u settingUp
	c := &cobra.Command{
		Use:   "setup",
		Short: "Prepares a Procore company, or repairs it",
		Long: "Looks at what a connection needs in its Procore company, prints what has to be changed, asks, and changes it:\n\n" +
			"  - a webhook that delivers to this connection's receiver and carries the current token, with its triggers:\n" +
			"    ERP Requests for intake erp; purchase orders, work orders and change order packages for direct intake,\n" +
			"    which Procore tells only to webhooks of their project, so there is one for each project;\n" +
			"  - with intake erp the ERP connection and its metadata: which records go which way, creditors, jobs and head\n" +
			"    contracts staged for import, Jobpac's widths as rules, so that Procore refuses what Jobpac would, and the\n" +
			"    variation type, the posting date and the reason that an approver may give with a change order.\n\n" +
			"Run it as often as you like: what is right is left alone, what is wrong is repaired, what was cut off is\n" +
			"finished. Webhooks of other programs are never changed, and nothing is deleted. procpac knows its own by their\n" +
			"address, or by the namespace procpac where they deliver to no other connection.\n\n" +
			"Procore shows a webhook's token masked but for its end, which is compared. Where it shows nothing, the token is\n" +
			"left alone: --rewrite-token writes it again. Where Procore does not show the metadata, it is written when it is\n" +
			"not what this data_dir wrote last: --rewrite-metadata writes it again. What others added to it stays.\n\n" +
			"Exit code 0: done, or nothing to do; 1: refused for good; 2: usage or configuration; 75: try again later.",
		Example: "  procpac setup --dry-run\n  procpac setup --connection acme --url https://hooks.example.com\n  procpac setup --yes --json",
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return s.runSetup(c.Context(), &u) },
	}
	f := c.Flags()
	f.StringVar(&u.connection, "connection", "", "only this connection (default: all)")
	f.StringVar(&u.url, "url", "", "public address of the receiver, such as https://hooks.example.com (default: procore.hook_url of the connection)")
	f.BoolVar(&u.dryRun, "dry-run", false, "only print what would be changed")
	f.BoolVar(&u.token, "rewrite-token", false, "write the current token again, whatever Procore shows")
	f.BoolVar(&u.rewriteMeta, "rewrite-metadata", false, "write the metadata of the ERP connection again, whatever Procore shows")
	f.BoolVar(&u.yes, "yes", false, "do not ask")
	jsonFlag(f, &u.json)
	return c
}

func (s *shell) runSetup(ctx context.Context, u *settingUp) error {
	cfg, err := s.loadConfig()
	if err != nil {
		return err
	}
	log, err := s.log(zerolog.ErrorLevel)
	if err != nil {
		return err
	}
	o := app.SetupOptions{Config: cfg, Connection: u.connection, URL: u.url, DryRun: u.dryRun, RewriteToken: u.token, RewriteMetadata: u.rewriteMeta, Log: log}
	declined := false
	if !u.yes {
		o.Approve = func(r app.SetupReport) (bool, error) { return s.approveSetup(r, &declined) }
	}
	r, err := app.Setup(ctx, o)
	if err != nil || declined {
		return err
	}
	if err := s.printSetup(r, u.json); err != nil {
		return err
	}
	return failedSetup(r)
}

// approveSetup prints the plan and asks.
func (s *shell) approveSetup(r app.SetupReport, declined *bool) (bool, error) {
	if !s.Terminal {
		return false, usagef("this would change Procore and there is nobody to ask: look at it with --dry-run, then add --yes")
	}
	if err := setupTable(s.Err, r); err != nil {
		return false, err
	}
	yes, err := s.ask(fmt.Sprintf("Make these changes in Procore: %d?", r.Open()), "nothing was changed")
	*declined = err == nil && !yes
	return yes, err
}

// failedSetup ends with 1, or with 75 when all of it may come right.
func failedSetup(r app.SetupReport) error {
	words, later := r.Failures()
	if len(words) == 0 {
		return nil
	}
	for i, one := range words {
		words[i] = plain(one)
	}
	return endf(exitOf(later), "%s", strings.Join(words, "\nprocpac: "))
}

// exitOf is the exit code of work that did not succeed.
func exitOf(later bool) int {
	if later {
		return exitLater
	}
	return exitFailed
}

// settedUp is the JSON of a set-up.
type settedUp struct {
	OK bool `json:"ok"`
	app.SetupReport
}

func (s *shell) printSetup(r app.SetupReport, asJSON bool) error {
	words, _ := r.Failures()
	if asJSON {
		return s.printJSON(settedUp{len(words) == 0, r})
	}
	for _, c := range r.Connections {
		for _, note := range c.Notes {
			fmt.Fprintf(s.Err, "%s: %s\n", c.Connection, plain(note))
		}
		if len(c.Steps) == 0 && c.Error == "" {
			if _, err := fmt.Fprintf(s.Out, "%s: nothing to do; webhooks come to %s\n", c.Connection, plain(c.URL)); err != nil {
				return err
			}
		}
	}
	return setupTable(s.Out, r)
}

// setupTable prints the steps; nothing where there are none.
func setupTable(w io.Writer, r app.SetupReport) error {
	var rows [][]string
	for _, c := range r.Connections {
		for _, step := range c.Steps {
			rows = append(rows, []string{c.Connection, string(step.State), step.Words})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return table(w, "CONNECTION|IS|STEP", rows)
}
