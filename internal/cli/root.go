package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// shell is one run of the command line.
type shell struct {
	Process
	flags   globals
	started bool // flags and arguments were understood
}

// globals are the flags of every command. What is not given is read from the
// environment: PROCPAC_CONFIG, PROCPAC_SERVER and so on.
type globals struct{ config, server, tokenFile, logLevel, logFormat string }

// root builds the tree of commands.
func (s *shell) root() *cobra.Command {
	c := &cobra.Command{
		Use:   "procpac",
		Short: "Carries approvals from Procore into Jobpac",
		Long: "procpac takes Procore's webhooks, reads what was approved and enters it in Jobpac exactly once,\n" +
			"then confirms it in Procore. Try it on this machine with \"procpac demo\".",
		Example:       "  procpac demo\n  procpac serve --config procpac.yaml\n  procpac events list --state parked,rejected",
		Args:          s.noSuchCommand,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
		SilenceErrors: true, SilenceUsage: true,
		PersistentPreRun: func(*cobra.Command, []string) { s.started = true },
	}
	c.SetArgs(s.Args)
	c.SetIn(s.In)
	c.SetOut(s.Out)
	c.SetErr(s.Err)
	c.SetFlagErrorFunc(s.flagError)
	s.bindGlobals(c.PersistentFlags())
	c.AddCommand(s.demo(), s.serve(), s.events(), s.replay(), s.resolve(), s.sweep(), s.audit(), s.sync(), s.backup(), s.restore(), s.config(), s.simulate(), s.healthcheck(), s.check(), s.setup(), s.hook(), s.version())
	addStock(c)
	return c
}

func (s *shell) bindGlobals(f *pflag.FlagSet) {
	f.StringVar(&s.flags.config, "config", s.env("PROCPAC_CONFIG"), "configuration file (default: the environment and the defaults)")
	f.StringVar(&s.flags.server, "server", s.env("PROCPAC_SERVER"), "address of a running procpac (default: operator.listen)")
	f.StringVar(&s.flags.tokenFile, "token-file", s.env("PROCPAC_TOKEN_FILE"), "file with the token for it (default: operator.token_file)")
	f.StringVar(&s.flags.logLevel, "log-level", s.env("PROCPAC_LOG_LEVEL"), "debug, info, warn or error (default info)")
	f.StringVar(&s.flags.logFormat, "log-format", s.env("PROCPAC_LOG_FORMAT"), "json or console (default json)")
}

// addStock adds the commands that the library brings, with examples.
func addStock(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			c.Example = "  procpac help events list"
		case "completion":
			c.Example = "  procpac completion bash"
			for _, shell := range c.Commands() {
				shell.Example = "  procpac completion " + shell.Name()
			}
		}
	}
}

// env reads one variable.
func (s *shell) env(name string) string {
	for _, pair := range slices.Backward(s.Env) {
		if value, ok := strings.CutPrefix(pair, name+"="); ok {
			return value
		}
	}
	return ""
}

// log makes the logger, on stderr. The level counts where none is asked for.
func (s *shell) log(level zerolog.Level) (zerolog.Logger, error) {
	if s.flags.logLevel != "" {
		asked, err := zerolog.ParseLevel(s.flags.logLevel)
		if err != nil || asked < zerolog.DebugLevel || asked > zerolog.ErrorLevel {
			return zerolog.Nop(), usagef("--log-level %q must be debug, info, warn or error", s.flags.logLevel)
		}
		level = asked
	}
	switch s.flags.logFormat {
	case "", "json":
		return zerolog.New(s.Err).Level(level).With().Timestamp().Logger(), nil
	case "console":
		return zerolog.New(zerolog.ConsoleWriter{Out: s.Err, NoColor: true}).Level(level).With().Timestamp().Logger(), nil
	}
	return zerolog.Nop(), usagef("--log-format %q must be json or console", s.flags.logFormat)
}

// noSuchCommand is the argument rule of commands that only hold others.
func (s *shell) noSuchCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	c.SuggestionsMinimumDistance = 2
	words := "; see"
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		words = fmt.Sprintf("; did you mean \"%s %s\"? See", c.CommandPath(), near[0])
	}
	return usagef("there is no command \"%s %s\"%s \"%s --help\"", c.CommandPath(), args[0], words, c.CommandPath())
}

// group runs a command that only holds others.
func group(c *cobra.Command, _ []string) error {
	var names []string
	for _, below := range c.Commands() {
		names = append(names, below.Name())
	}
	return usagef("\"%s\" needs one of %s; see \"%s --help\"", c.CommandPath(), strings.Join(names, ", "), c.CommandPath())
}

// flagError says which flag is wrong, and which was probably meant.
func (s *shell) flagError(c *cobra.Command, err error) error {
	if c.HasSubCommands() && c.Flags().NArg() > 0 {
		return s.noSuchCommand(c, c.Flags().Args())
	}
	var unknown *pflag.NotExistError
	var value *pflag.InvalidValueError
	words := err.Error() + "; see"
	switch {
	case errors.As(err, &unknown):
		words = "unknown flag --" + unknown.GetSpecifiedName() + nearFlag(c, unknown.GetSpecifiedName())
	case errors.As(err, &value) && value.GetFlag().Value.Type() == "int":
		words = fmt.Sprintf("--%s %q must be a whole number; see", value.GetFlag().Name, value.GetValue())
	}
	return usagef("%s \"%s --help\"", words, c.CommandPath())
}

// nearFlag names a flag of which the given name is a part, or the other way,
// and leads over to where to see all of them.
func nearFlag(c *cobra.Command, given string) string {
	words := "; see"
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if len(given) > 1 && (strings.HasPrefix(f.Name, given) || strings.HasPrefix(given, f.Name)) {
			words = ", did you mean --" + f.Name + "? See"
		}
	})
	return words
}

// noArgs is the argument rule of commands that take none.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("\"%s\" takes no argument, so %q is too much; see \"%s --help\"", c.CommandPath(), args[0], c.CommandPath())
	}
	return nil
}

// oneArg is the argument rule of commands that take exactly one, described by
// what.
func oneArg(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usagef("\"%s\" takes %s; see \"%s --help\"", c.CommandPath(), what, c.CommandPath())
		}
		return nil
	}
}
