package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/procpac/procpac/internal/app"
	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/doctor"
)

// checking is what the flags of check say.
type checking struct {
	json, contract bool
	proof          app.ContractOptions
}

func (s *shell) check() *cobra.Command {
	var k checking
	c := &cobra.Command{
		Use:   "check",
		Short: "Looks at everything procpac rests on and says what to do",
		Long: "Looks at configuration, secrets, clocks, both sides of every connection, stores and disk, and prints one line\n" +
			"each: ok, warning or wrong, and what to do. It changes nothing, and may be run beside a server.\n\n" +
			"With --contract it proves on a test environment what the design rests on: it writes a small purchase order,\n" +
			"a subcontract and a variation under new numbers, sends each again, and looks how soon they show. It prints\n" +
			"the settings to use and records the proof in data_dir. It asks first, and refuses on a connection that is live\n" +
			"unless its environment is typed out.\n\n" +
			"Exit code 0: all well, or warnings; 1: something is wrong; 2: mistakes in the configuration.",
		Example: "  procpac check --config procpac.yaml\n  procpac check --json\n" +
			"  procpac check --contract --connection acme --job 1001 --creditor BOND02 --cost-centre 02-200/S\n" +
			"  procpac check --contract --yes --environment TEST",
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return s.runCheck(c.Context(), &k) },
	}
	f := c.Flags()
	f.BoolVar(&k.contract, "contract", false, "prove on a test environment what the design rests on; writes to Jobpac")
	f.StringVar(&k.proof.Connection, "connection", "", "connection of the contract check (default: the only one)")
	f.StringVar(&k.proof.Job, "job", "", "Jobpac job to write to (default: of a document that Procore exported)")
	f.StringVar(&k.proof.Creditor, "creditor", "", "creditor of the order (default: the same)")
	f.StringVar(&k.proof.CostCentre, "cost-centre", "", "cost centre of the lines, CODE/TYPE (default: the same)")
	f.StringVar(&k.proof.Prefix, "prefix", "", "beginning of the numbers that are written (default PCT)")
	f.DurationVar(&k.proof.Limit, "limit", 2*time.Minute, "how long a look-up may take to show what was written")
	f.StringVar(&k.proof.Environment, "environment", "", "Jobpac environment as configured, typed out: needed where the connection is live")
	f.BoolVar(&k.proof.Yes, "yes", false, "do not ask before writing")
	jsonFlag(f, &k.json)
	return c
}

// wrongs is how many things are wrong; the lines have told which.
type wrongs int

func (n wrongs) Error() string {
	if n == 1 {
		return "1 thing is wrong"
	}
	return fmt.Sprintf("%d things are wrong", int(n))
}

func (s *shell) runCheck(ctx context.Context, k *checking) error {
	if err := k.belong(); err != nil {
		return err
	}
	cfg, err := s.loadConfig()
	var mistakes *config.Problems
	if errors.As(err, &mistakes) {
		return s.printMistakes(mistakes, k.json)
	}
	if err != nil {
		return err
	}
	log, err := s.log(zerolog.ErrorLevel)
	if err != nil {
		return err
	}
	o := app.CheckOptions{Config: cfg, File: s.flags.config, Log: log, Tell: s.teller()}
	declined := false
	if k.contract {
		o.Contract = &k.proof
		o.Contract.Ask = s.consenting(&declined)
	}
	report, err := s.Programs.Check(ctx, o)
	if declined {
		return nil // who said no was told what that means
	}
	if err != nil {
		return err
	}
	if err := s.printCheck(report, k.json); err != nil {
		return err
	}
	if n := report.Count(doctor.Wrong); n > 0 {
		return wrongs(n)
	}
	return nil
}

// belong refuses flags of a contract check without one.
func (k *checking) belong() error {
	p := k.proof
	if !k.contract && (p.Connection+p.Job+p.Creditor+p.CostCentre+p.Prefix+p.Environment != "" || p.Yes) {
		return usagef("--connection, --job, --creditor, --cost-centre, --prefix, --environment and --yes go with --contract")
	}
	if p.Limit <= 0 {
		return usagef("--limit %s must be more than 0", p.Limit)
	}
	return nil
}

// teller writes what takes long to stderr, for a person who waits: nothing is
// told in the first two seconds.
func (s *shell) teller() func(string) {
	if !s.Terminal {
		return nil
	}
	const patience = 2 * time.Second
	started := s.Now()
	return func(words string) {
		if s.Now().Sub(started) >= patience {
			fmt.Fprintf(s.Err, "%s\n", plain(words))
		}
	}
}

// consenting asks a person, where there is one, and notes a no.
func (s *shell) consenting(declined *bool) func(string) (bool, error) {
	if !s.Terminal {
		return nil
	}
	return func(words string) (bool, error) {
		yes, err := s.ask(plain(words)+" Go on?", "nothing was written")
		*declined = err == nil && !yes
		return yes, err
	}
}

// printMistakes shows a configuration that cannot be used like anything else
// that is wrong.
func (s *shell) printMistakes(p *config.Problems, asJSON bool) error {
	report := doctor.Report{Started: s.Now(), Ended: s.Now()}
	for _, one := range p.List {
		report.Lines = append(report.Lines, doctor.Line{Topic: "configuration", Level: doctor.Wrong, Words: one.String()})
	}
	if err := s.printCheck(report, asJSON); err != nil {
		return err
	}
	return usagef("the configuration cannot be used; nothing else was looked at")
}

// checked is the JSON of a check.
type checked struct {
	OK bool `json:"ok"`
	doctor.Report
}

func (s *shell) printCheck(r doctor.Report, asJSON bool) error {
	if asJSON {
		return s.printJSON(checked{r.Count(doctor.Wrong) == 0, r})
	}
	rows := make([][]string, len(r.Lines))
	for i, l := range r.Lines {
		words := l.Words
		if l.Do != "" {
			words += " " + l.Do
		}
		rows[i] = []string{string(l.Level), l.Topic, l.Connection, words}
	}
	if err := table(s.Out, "IS|WHAT|CONNECTION|WORDS", rows); err != nil {
		return err
	}
	if r.YAML == "" {
		return nil
	}
	_, err := fmt.Fprintf(s.Out, "\n%s", r.YAML)
	return err
}
