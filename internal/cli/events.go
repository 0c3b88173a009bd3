package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/procpac/procpac/internal/ops"
)

// events is the group of commands that look at a running system.
func (s *shell) events() *cobra.Command {
	c := &cobra.Command{
		Use:     "events",
		Short:   "Shows what Procore asked for and what became of it",
		Example: "  procpac events list --since 24h\n  procpac events show acme.commitment-4101\n  procpac events tail",
		Args:    s.noSuchCommand,
		RunE:    group,
	}
	c.AddCommand(s.eventsList(), s.eventsShow(), s.eventsTail())
	return c
}

func (s *shell) eventsList() *cobra.Command {
	var f filters
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "Lists effects, newest change first",
		Long: "Lists effects: one line per document that Procore asked for, newest change first.\n" +
			"Without a running server the projection file of the data directory is read.",
		Example: "  procpac events list --state parked,rejected\n  procpac events list --connection acme --kind commitment --since 7d --json\n" +
			"  procpac events list --hints --since 1h",
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return s.runList(c.Context(), &f, asJSON) },
	}
	f.bind(c.Flags())
	f.bindUntil(c.Flags())
	f.bindAfter(c.Flags())
	f.bindHints(c.Flags())
	jsonFlag(c.Flags(), &asJSON)
	return c
}

func (s *shell) runList(ctx context.Context, f *filters, asJSON bool) error {
	q, err := f.query(s)
	if err != nil {
		return err
	}
	if f.hints {
		page, err := list(ctx, s, func(l lister) (ops.Page[ops.Event], error) { return l.Events(ctx, q) })
		if err != nil {
			return err
		}
		return printPage(s, page, asJSON, hintHeader, s.hintRow)
	}
	page, err := list(ctx, s, func(l lister) (ops.Page[ops.Effect], error) { return l.Effects(ctx, q) })
	if err != nil {
		return err
	}
	return printPage(s, page, asJSON, effectHeader, s.effectRow)
}

// printPage writes a page; how to get the next goes to stderr.
func printPage[T any](s *shell, page ops.Page[T], asJSON bool, header string, row func(T) []string) error {
	if asJSON {
		return s.printJSON(page)
	}
	if len(page.Items) == 0 {
		fmt.Fprintln(s.Err, "nothing matches")
		return nil
	}
	rows := make([][]string, len(page.Items))
	for i, item := range page.Items {
		rows[i] = row(item)
	}
	if err := table(s.Out, header, rows); err != nil {
		return err
	}
	if page.Next != "" {
		fmt.Fprintf(s.Err, "there is more: add --after %s\n", page.Next)
	}
	return nil
}

// The headers of the two listings.
const (
	effectHeader = "UPDATED|EFFECT|STATE|PROCORE|JOBPAC|PROJECT|CREDITOR|TOTAL|REASON"
	hintHeader   = "RECEIVED|CONNECTION|RESOURCE|ID|ACTION|SOURCE|EFFECT|EVENT"
)

func (s *shell) effectRow(e ops.Effect) []string {
	return []string{s.when(e.Updated), e.ID, e.State, dash(e.ProcoreNo), dash(e.Number), dash(e.Project), dash(e.Creditor), dash(e.Total), cut(e.Reason)}
}

func (s *shell) hintRow(e ops.Event) []string {
	return []string{s.when(e.Received), e.Connection, e.Resource, fmt.Sprint(e.ResourceID), e.Action, e.Source, dash(e.Effect), e.ID}
}

// dash stands for what is not known.
func dash(text string) string {
	if strings.TrimSpace(text) == "" {
		return "-"
	}
	return text
}

func (s *shell) eventsShow() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "show ID",
		Short:   "Shows the whole history of one effect",
		Long:    "Shows what an effect set out to do and its whole history, with each step, attempt and time.",
		Example: "  procpac events show acme.commitment-4101\n  procpac events show acme.change_order-7701 --json",
		Args:    oneArg("the id of one effect, for example acme.commitment-4101"),
		RunE:    func(c *cobra.Command, args []string) error { return s.runShow(c.Context(), args[0], asJSON) },
	}
	jsonFlag(c.Flags(), &asJSON)
	return c
}

func (s *shell) runShow(ctx context.Context, id string, asJSON bool) error {
	t, err := s.connect()
	if err != nil {
		return err
	}
	defer t.Close()
	story, err := t.Show(ctx, id)
	if err != nil {
		return needsServer("events show", err)
	}
	s.warnSafe(ctx, t)
	if asJSON {
		return s.printJSON(story)
	}
	return s.printStory(story)
}
