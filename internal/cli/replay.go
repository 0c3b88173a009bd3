package cli

import (
	"context"
	"fmt"
	"io"
	"os/user"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/procpac/procpac/internal/ops"
)

// Bounds of a replay.
const (
	askAbove = 20  // more than these need a yes
	portion  = 200 // effects in one call, so that a call stays short
)

// replaying is what the flags of replay say.
type replaying struct {
	filters
	dryRun, yes, json bool
	actor             string
}

func (s *shell) replay() *cobra.Command {
	var r replaying
	c := &cobra.Command{
		Use:   "replay [ID...]",
		Short: "Puts effects back on the road",
		Long: "Says what replaying each effect would do and then does it. Name effects, or choose them by state.\n" +
			"Safe to run twice: nothing that stands in Jobpac is made again.",
		Example: "  procpac replay acme.commitment-4101\n  procpac replay --state rejected,dead --since 24h --dry-run\n" +
			"  procpac replay --state parked --kind change_order --yes --actor kim",
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, ids []string) error { return s.runReplay(c.Context(), ids, &r) },
	}
	r.bind(c.Flags())
	r.bindUntil(c.Flags())
	c.Flags().BoolVar(&r.dryRun, "dry-run", false, "only say what would be done")
	c.Flags().BoolVar(&r.yes, "yes", false, "do not ask, however many they are")
	s.actorFlag(c.Flags(), &r.actor)
	jsonFlag(c.Flags(), &r.json)
	return c
}

func (s *shell) runReplay(ctx context.Context, ids []string, r *replaying) error {
	request, err := s.replayRequest(ids, r)
	if err != nil {
		return err
	}
	t, err := s.connect()
	if err != nil {
		return err
	}
	defer t.Close()
	preview := request
	preview.DryRun = true
	would, err := replayAll(ctx, t, preview)
	if err != nil {
		return needsServer("replay", err)
	}
	s.warnSafe(ctx, t)
	if r.dryRun {
		return s.printReplay(would, true, r.json)
	}
	goOn, err := s.consent(would, r)
	if err != nil || !goOn {
		return err
	}
	done, err := replayAll(ctx, t, ops.Replay{IDs: idsOf(would), Actor: request.Actor})
	if len(done) > 0 || err == nil {
		if printErr := s.printReplay(done, false, r.json); printErr != nil {
			return printErr
		}
	}
	return needsServer("replay", err)
}

// replayRequest checks what was asked before anything is called.
func (s *shell) replayRequest(ids []string, r *replaying) (ops.Replay, error) {
	q, err := r.query(s)
	if err != nil {
		return ops.Replay{}, err
	}
	chosen := len(q.States)+len(q.Kinds) > 0 || q.Connection+q.Project+q.Ref+q.Text != "" || !q.Since.IsZero() || !q.Until.IsZero() || q.Limit != 0
	switch {
	case len(ids) > 0 && chosen:
		return ops.Replay{}, usagef("name effects or choose them by flags, not both")
	case len(ids) == 0 && len(q.States) == 0:
		return ops.Replay{}, usagef("name effects, or choose some by --state, for example --state rejected,dead,parked")
	}
	request := ops.Replay{IDs: ids, Filter: q}
	if !r.dryRun {
		request.Actor, err = s.actor(r.actor)
	}
	return request, err
}

func (s *shell) actorFlag(flags *pflag.FlagSet, into *string) {
	flags.StringVar(into, "actor", "", "who asks; recorded for ever (default: the user of this machine)")
}

// actor is who asks: the flag, or the user of this machine.
func (s *shell) actor(given string) (string, error) {
	for _, name := range []string{given, s.env("USER"), s.env("LOGNAME"), s.env("USERNAME")} {
		if name = strings.TrimSpace(name); name != "" {
			return name, nil
		}
	}
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username, nil
	}
	return "", usagef("it is recorded who asked: give --actor NAME")
}

// replayer is the one call of the client that replay makes.
type replayer interface {
	Replay(ctx context.Context, r ops.Replay) ([]ops.Would, error)
}

// replayAll replays in portions. With an error, what was done before it is
// returned too.
func replayAll(ctx context.Context, t replayer, r ops.Replay) ([]ops.Would, error) {
	if len(r.IDs) == 0 {
		return t.Replay(ctx, r)
	}
	var all []ops.Would
	for ids := range slices.Chunk(r.IDs, portion) {
		part := r
		part.IDs = ids
		done, err := t.Replay(ctx, part)
		all = append(all, done...)
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

func idsOf(would []ops.Would) []string {
	ids := make([]string, len(would))
	for i, w := range would {
		ids[i] = w.ID
	}
	return ids
}

// consent shows what would be done and asks where it is much. False: there is
// nothing to do, or the answer was no.
func (s *shell) consent(would []ops.Would, r *replaying) (bool, error) {
	if len(would) == 0 {
		return false, s.printReplay(nil, false, r.json)
	}
	if r.yes || len(would) <= askAbove {
		return true, nil
	}
	if !s.Terminal {
		return false, usagef("this would replay %d effects and there is nobody to ask: look at them with --dry-run, then add --yes", len(would))
	}
	if err := wouldTable(s.Err, would); err != nil {
		return false, err
	}
	return s.ask(fmt.Sprintf("Replay these %d effects?", len(would)), "nothing was replayed")
}

// replayed is the JSON of a replay.
type replayed struct {
	DryRun bool        `json:"dry_run"`
	Items  []ops.Would `json:"items"`
}

func (s *shell) printReplay(would []ops.Would, dryRun, asJSON bool) error {
	if asJSON {
		return s.printJSON(replayed{dryRun, would})
	}
	if len(would) == 0 {
		fmt.Fprintln(s.Err, "nothing matches, so nothing was replayed")
		return nil
	}
	if err := wouldTable(s.Out, would); err != nil {
		return err
	}
	if len(would) == ops.MaxReplay {
		fmt.Fprintf(s.Err, "these are the first %d; run it again for the rest\n", ops.MaxReplay)
	}
	if !dryRun {
		fmt.Fprintf(s.Err, "%d of %d put back on the road; follow them with \"procpac events tail\"\n", onTheRoad(would), len(would))
	}
	return nil
}

// onTheRoad counts the effects that got a hint.
func onTheRoad(would []ops.Would) int {
	n := 0
	for _, w := range would {
		if w.Event != "" {
			n++
		}
	}
	return n
}

func wouldTable(w io.Writer, would []ops.Would) error {
	rows := make([][]string, len(would))
	for i, one := range would {
		rows[i] = []string{one.ID, one.State, one.Do, cut(one.Reason)}
	}
	return table(w, "EFFECT|STATE|DO|REASON", rows)
}
