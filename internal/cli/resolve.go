package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/procpac/procpac/internal/ops"
)

// How a decision is followed.
const (
	resolvePoll = 250 * time.Millisecond
	resolveWait = time.Minute
	resolveSay  = 2 * time.Second // before a person at a terminal is told that it takes a while
)

// resolving is what the flags of resolve say.
type resolving struct {
	adopt, reason, actor string
	retry, abandon, json bool
}

func (s *shell) resolve() *cobra.Command {
	var r resolving
	c := &cobra.Command{
		Use:   "resolve EFFECT (--adopt JOBPAC_NUMBER | --retry | --abandon) --reason TEXT",
		Short: "Decides about an effect that waits for a person",
		Long: "Records a person's decision about an effect that is parked, unknown, rejected or dead, and waits until it is carried out.\n" +
			"  --adopt NUMBER  it stands in Jobpac under that number: checked, linked, confirmed in Procore; nothing is sent\n" +
			"  --retry         it is not in Jobpac: what is missing is sent, once the quiet period is over\n" +
			"  --abandon       nothing more is to be done; what stands in Jobpac stays as it is\n" +
			"\"procpac events show EFFECT\" tells what is known of it. Exit code 0 when it is done as decided, 3 when it needs\n" +
			"a person again, 75 when it is still on the road after a minute.",
		Example: "  procpac resolve acme.commitment-4101 --adopt 4101 --reason keyed-by-hand\n" +
			"  procpac resolve acme.change_order-7701 --retry --reason not-in-jobpac --actor kim\n  procpac resolve acme.commitment-4102 --abandon --reason duplicate --json",
		Args: oneArg("the id of one effect, for example acme.commitment-4101"),
		RunE: func(c *cobra.Command, args []string) error {
			d, err := s.decision(args[0], &r, c.Flags().Changed("adopt"))
			if err != nil {
				return err
			}
			return s.runResolve(c.Context(), d, r.json)
		},
	}
	c.Flags().StringVar(&r.adopt, "adopt", "", "it stands in Jobpac under this number")
	c.Flags().BoolVar(&r.retry, "retry", false, "it is not in Jobpac: send what is missing")
	c.Flags().BoolVar(&r.abandon, "abandon", false, "nothing more is to be done")
	c.Flags().StringVar(&r.reason, "reason", "", "why; recorded for ever")
	s.actorFlag(c.Flags(), &r.actor)
	jsonFlag(c.Flags(), &r.json)
	return c
}

// decision reads the flags: exactly one of the three, and a reason.
func (s *shell) decision(id string, r *resolving, adopt bool) (ops.Decision, error) {
	d := ops.Decision{ID: id, Number: r.adopt, Reason: r.reason}
	chosen := 0
	for _, one := range []struct {
		given bool
		do    string
	}{{adopt, "adopt"}, {r.retry, "retry"}, {r.abandon, "abandon"}} {
		if one.given {
			chosen++
			d.Do = ops.Verb(one.do)
		}
	}
	switch {
	case chosen != 1:
		return d, usagef("give exactly one of --adopt JOBPAC_NUMBER, --retry and --abandon; see \"procpac resolve --help\"")
	case r.reason == "":
		return d, usagef("say why with --reason TEXT: it is recorded for ever with who decided")
	}
	var err error
	d.Actor, err = s.actor(r.actor)
	return d, err
}

// resolved is the JSON of a decision: what was decided, and what came of it.
type resolved struct {
	Decision ops.Resolved `json:"decision"`
	Effect   ops.Effect   `json:"effect"`
}

func (s *shell) runResolve(ctx context.Context, d ops.Decision, asJSON bool) error {
	t, err := s.connect()
	if err != nil {
		return err
	}
	defer t.Close()
	done, err := t.Resolve(context.WithoutCancel(ctx), d) // a short call; cut off, nobody would know whether it counts
	if err != nil {
		return needsServer("resolve", err)
	}
	s.warnSafe(ctx, t)
	story, moved, err := s.followDecision(ctx, t, done)
	if err != nil {
		return onTheWay(done, err)
	}
	if asJSON {
		err = s.printJSON(resolved{done, story.Effect})
	} else {
		err = s.printOutcome(story.Effect)
	}
	return both(err, outcome(done, story.Effect, moved))
}

// onTheWay says of a decision that can no longer be followed that it counts all
// the same.
func onTheWay(d ops.Resolved, err error) error {
	if errors.Is(err, context.Canceled) {
		return endf(exitLater, "no longer waiting; the decision is on the road: look with \"procpac events show %s\"", d.ID)
	}
	return fmt.Errorf("the decision is on the road, but what comes of it cannot be seen (look with \"procpac events show %s\"): %w", d.ID, err)
}

// followDecision looks until the effect has moved on and is at rest, or the
// time is up. A server that is away for a moment is waited for.
func (s *shell) followDecision(ctx context.Context, t *target, d ops.Resolved) (story ops.Story, moved bool, err error) {
	tick := time.NewTicker(cmp.Or(s.poll, resolvePoll))
	defer tick.Stop()
	limit := time.NewTimer(cmp.Or(s.wait, resolveWait))
	defer limit.Stop()
	say := time.NewTimer(resolveSay)
	defer say.Stop()
	for {
		story, err = t.Show(ctx, d.ID)
		if moved = err == nil && lastSeq(story) > d.Seq; moved && atRest(story.Effect, d) {
			return story, moved, nil
		}
		if err != nil && exitCode(err) != exitLater || ctx.Err() != nil {
			return story, moved, err
		}
		select {
		case <-ctx.Done():
			return story, moved, context.Cause(ctx)
		case <-limit.C:
			return story, moved, err
		case <-say.C:
			if s.Terminal {
				fmt.Fprintln(s.Err, "decided; waiting until it is carried out (Ctrl-C stops the waiting only)")
			}
		case <-tick.C:
		}
	}
}

// atRest tells whether nothing more is to be waited for. Another look for what is
// in doubt is not the decision's doing.
func atRest(e ops.Effect, d ops.Resolved) bool {
	return !e.Deciding() && (e.Settled() || e.Resting() && e.Event == d.Event)
}

// lastSeq is the sequence of the last record.
func lastSeq(story ops.Story) uint64 {
	if n := len(story.History); n > 0 {
		return story.History[n-1].Seq
	}
	return 0
}

// printOutcome says how an effect stands, and why.
func (s *shell) printOutcome(e ops.Effect) error {
	words := e.ID + "  " + e.State
	if e.Number != "" {
		words += "  in Jobpac " + e.Number
	}
	if _, err := fmt.Fprintln(s.Out, plain(words)); err != nil || e.Reason == "" {
		return err
	}
	_, err := fmt.Fprintf(s.Out, "  reason: %s\n", plain(e.Reason))
	return err
}

// outcome is nil when the effect ended as it was decided.
func outcome(d ops.Resolved, e ops.Effect, moved bool) error {
	as := e.State == "done" || e.State == "superseded"
	if d.Do == "abandon" {
		as = e.State == "abandoned"
	}
	switch {
	case !moved:
		return endf(exitLater, "the decision is on the road, but nobody has carried it out yet: look with \"procpac events show %s\"", e.ID)
	case as:
		return nil
	case e.Settled() && !e.Deciding():
		return endf(exitPerson, "%s is %s: it needs a person again", e.ID, e.State)
	}
	return endf(exitLater, "%s is still on the road (%s): look with \"procpac events show %s\"", e.ID, e.State, e.ID)
}

// warnSafe says in one line that safe mode is on. What cannot be asked is not
// said.
func (s *shell) warnSafe(ctx context.Context, t *target) {
	mode, err := t.SafeMode(ctx)
	if err == nil && mode.On {
		fmt.Fprintf(s.Err, "procpac: %s The way out: %s\n", plain(mode.Why), plain(mode.WayOut))
	}
}
