package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/procpac/procpac/internal/app"
)

func (s *shell) hook() *cobra.Command {
	c := &cobra.Command{
		Use:     "hook",
		Short:   "Works on the webhooks of a connection",
		Example: "  procpac hook rotate --connection acme",
		Args:    s.noSuchCommand,
		RunE:    group,
	}
	c.AddCommand(s.hookRotate())
	return c
}

// rotating is what the flags of hook rotate say.
type rotating struct {
	connection, url, receiver string
	dryRun, yes, json         bool
}

func (s *shell) hookRotate() *cobra.Command {
	var k rotating
	c := &cobra.Command{
		Use:   "rotate",
		Short: "Changes the webhook token without losing a delivery",
		Long: "Changes the token that Procore sends with webhooks from the current one to the next. The steps:\n\n" +
			"  1. You add the new token as the second line of webhook_tokens_file and restart the receiver, which then takes both.\n" +
			"  2. This command asks the running receiver whether it takes both, prints what it will do, asks, and writes the\n" +
			"     next token into the webhooks. It writes nothing before the receiver takes both.\n" +
			"  3. It looks for deliveries from before the change that Procore has not ended. While there are any it says so\n" +
			"     and ends with 75: keep both tokens, and run it again later.\n" +
			"  4. When there are none it says so: delete the first line of webhook_tokens_file and restart the receiver.\n\n" +
			"Run it as often as you like: every run says where the change stands and goes as far as it can. Always the second\n" +
			"line is the one that is written. Procore shows the last five characters of a token, so the two must differ there.\n" +
			"The receiver is asked with a body that is too large to be a webhook, at the public address or at --receiver;\n" +
			"nothing is stored.\n\n" +
			"Exit code 0: done, or nothing to do; 1: somebody has to mend something first; 2: usage or configuration;\n" +
			"75: try again later.",
		Example: "  procpac hook rotate --connection acme --dry-run\n  procpac hook rotate --connection acme\n" +
			"  procpac hook rotate --connection acme --receiver http://127.0.0.1:8080 --yes",
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return s.runRotate(c.Context(), &k) },
	}
	f := c.Flags()
	f.StringVar(&k.connection, "connection", "", "the connection (default: the only one)")
	f.StringVar(&k.url, "url", "", "public address of the receiver (default: procore.hook_url of the connection)")
	f.StringVar(&k.receiver, "receiver", "", "where the running receiver can be asked from here (default: its public address)")
	f.BoolVar(&k.dryRun, "dry-run", false, "only say where it stands and what would be written")
	f.BoolVar(&k.yes, "yes", false, "do not ask")
	jsonFlag(f, &k.json)
	return c
}

func (s *shell) runRotate(ctx context.Context, k *rotating) error {
	cfg, err := s.loadConfig()
	if err != nil {
		return err
	}
	log, err := s.log(zerolog.ErrorLevel)
	if err != nil {
		return err
	}
	o := app.RotateOptions{Config: cfg, Connection: k.connection, URL: k.url, Receiver: k.receiver, DryRun: k.dryRun, Log: log}
	declined := false
	if !k.yes {
		o.Approve = func(r app.RotateReport) (bool, error) { return s.approveRotation(r, &declined) }
	}
	r, err := app.RotateHook(ctx, o)
	if err != nil || declined {
		return err
	}
	if err := s.printRotation(r, k.json); err != nil {
		return err
	}
	return endOfRotation(r)
}

// approveRotation prints what would be written and asks.
func (s *shell) approveRotation(r app.RotateReport, declined *bool) (bool, error) {
	if !s.Terminal {
		return false, usagef("this would change Procore and there is nobody to ask: look at it with --dry-run, then add --yes")
	}
	if err := rotationTable(s.Err, r); err != nil {
		return false, err
	}
	yes, err := s.ask("Both tokens are live. Write the next one into Procore?", "nothing was written")
	*declined = err == nil && !yes
	return yes, err
}

// endOfRotation is the error that a rotation ends with.
func endOfRotation(r app.RotateReport) error {
	later, wrong := r.Outcome()
	words := r.Words
	if r.Error != "" {
		words = r.Error
	}
	if !later && !wrong {
		return nil
	}
	return endf(exitOf(later), "%s", plain(words))
}

// rotated is the JSON of a rotation.
type rotated struct {
	OK bool `json:"ok"`
	app.RotateReport
}

func (s *shell) printRotation(r app.RotateReport, asJSON bool) error {
	later, wrong := r.Outcome()
	if asJSON {
		return s.printJSON(rotated{!later && !wrong, r})
	}
	if err := rotationTable(s.Out, r); err != nil || later || wrong {
		return err // its words end the command
	}
	_, err := fmt.Fprintf(s.Out, "%s: %s\n", r.Connection, plain(r.Words))
	return err
}

func rotationTable(w io.Writer, r app.RotateReport) error {
	if len(r.Steps) == 0 {
		return nil
	}
	rows := make([][]string, len(r.Steps))
	for i, step := range r.Steps {
		rows[i] = []string{string(step.State), step.Words}
	}
	return table(w, "IS|STEP", rows)
}
