package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/procpac/procpac/internal/config"
)

func (s *shell) restore() *cobra.Command {
	var yes, asJSON bool
	c := &cobra.Command{
		Use:   "restore DIR|FILE",
		Short: "Makes a data directory of a backup",
		Long: "Puts the streams of a backup, or of the newest one in DIR, into the empty data directory of the configuration. No server\n" +
			"may run on it. What was done after the backup is in Jobpac and Procore and not in the restored journal, so it starts\n" +
			"in safe mode: webhooks are taken and nothing is created until an audit was run and a person releases it.",
		Example: "  procpac restore /var/backups/procpac --config procpac.yaml\n  procpac restore procpac-backup-20260302T090000Z.tar --yes",
		Args:    oneArg("a backup, or the directory that holds it"),
		RunE:    func(c *cobra.Command, args []string) error { return s.runRestore(c.Context(), args[0], yes, asJSON) },
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	jsonFlag(c.Flags(), &asJSON)
	return c
}

// restored is the JSON of a restore.
type restored struct {
	File    string   `json:"file"`
	DataDir string   `json:"data_dir"`
	Next    []string `json:"next"` // what to do now, in order
}

func (s *shell) runRestore(ctx context.Context, from string, yes, asJSON bool) error {
	cfg, err := s.loadConfig()
	if err != nil {
		return err
	}
	if s.Programs.Restore == nil {
		return usagef("this build cannot restore")
	}
	file, err := newestBackup(from)
	if err != nil {
		return err
	}
	if goOn, err := s.mayRestore(file, cfg, yes); err != nil || !goOn {
		return err
	}
	if err := s.Programs.Restore(ctx, cfg, file); err != nil {
		return err
	}
	return s.tellRestored(restored{File: file, DataDir: cfg.DataDir, Next: []string{
		"procpac serve    (it starts in safe mode: webhooks are taken, nothing is created)",
		"procpac sweep    (brings back the hints of what was approved since the backup)",
		"procpac audit    (lists what stands in Jobpac and is not in the restored journal; deal with it, for example by resolve --adopt)",
		"procpac audit --release --reason TEXT    (creates go on)",
	}}, asJSON)
}

// mayRestore asks, unless that was answered before.
func (s *shell) mayRestore(file string, cfg *config.Config, yes bool) (bool, error) {
	if yes {
		return true, nil
	}
	old := ""
	if d := age(file, s.Now()); d > 0 {
		old = ", " + d.Round(time.Minute).String() + " old,"
	}
	question := fmt.Sprintf("Restore %s%s into data_dir %s?", file, old, cfg.DataDir)
	if !s.Terminal {
		return false, usagef("%s There is nobody to ask: add --yes", question)
	}
	return s.ask(question, "nothing was restored")
}

// ask puts a question to the person at the terminal. After a no it says what
// was not done.
func (s *shell) ask(question, no string) (bool, error) {
	fmt.Fprintf(s.Err, "%s [y/N] ", question)
	answer, err := bufio.NewReader(s.In).ReadString('\n')
	if err != nil && err != io.EOF {
		return false, err
	}
	if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "y" && answer != "yes" {
		fmt.Fprintln(s.Err, no)
		return false, nil
	}
	return true, nil
}

func (s *shell) tellRestored(r restored, asJSON bool) error {
	if asJSON {
		return s.printJSON(r)
	}
	words := fmt.Sprintf("%s is restored into %s. It starts in safe mode. Next:\n", r.File, r.DataDir)
	for i, step := range r.Next {
		words += fmt.Sprintf("  %d. %s\n", i+1, step)
	}
	_, err := io.WriteString(s.Out, words)
	return err
}
