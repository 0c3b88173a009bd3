package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/procpac/procpac/internal/ops"
	"github.com/procpac/procpac/internal/opsapi"
)

// What tail does where nothing else is asked for.
const (
	tailPoll    = time.Second
	tailFirst   = 10               // lines of the first look
	tailOverlap = 10 * time.Second // looked at again: changes become visible a little out of order
	tailPage    = 200
)

func (s *shell) eventsTail() *cobra.Command {
	var f filters
	var asJSON bool
	c := &cobra.Command{
		Use:     "tail",
		Short:   "Follows effects as they change, until Ctrl-C",
		Long:    "Prints the latest effects and then each change as it happens, one line each. --limit is how many to begin with.",
		Example: "  procpac events tail\n  procpac events tail --state parked,rejected --json\n  procpac events tail --hints",
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return s.runTail(c.Context(), &f, asJSON) },
	}
	f.bind(c.Flags())
	f.bindHints(c.Flags())
	jsonFlag(c.Flags(), &asJSON)
	return c
}

func (s *shell) runTail(ctx context.Context, f *filters, asJSON bool) error {
	q, err := f.query(s)
	if err != nil {
		return err
	}
	t, err := s.connect()
	if err != nil {
		return err
	}
	defer t.Close()
	s.warnSafe(ctx, t)
	if f.hints {
		err = follow(ctx, s, q, tailing[ops.Event]{
			ask: t.Events, row: s.hintRow, json: asJSON, at: func(e ops.Event) time.Time { return e.Received },
			mark: func(e ops.Event) string { return e.Connection + " " + e.ID },
		})
	} else {
		err = follow(ctx, s, q, tailing[ops.Effect]{
			ask: t.Effects, row: s.effectRow, json: asJSON, at: func(e ops.Effect) time.Time { return e.Updated },
			mark: func(e ops.Effect) string {
				return fmt.Sprintf("%s %s %d %d", e.ID, e.State, e.Attempt, e.Updated.UnixNano())
			},
		})
	}
	if ctx.Err() != nil {
		return nil // Ctrl-C is how it ends
	}
	return needsServer("events tail", err)
}

// tailing is what tail needs to know of the lines it follows.
type tailing[T any] struct {
	ask  func(context.Context, ops.Query) (ops.Page[T], error)
	row  func(T) []string
	at   func(T) time.Time
	mark func(T) string // differs whenever the line is worth printing again
	json bool
}

// follow looks again and again and prints what it has not printed. A server
// that goes away is waited for; a first look that fails ends it.
func follow[T any](ctx context.Context, s *shell, q ops.Query, t tailing[T]) error {
	seen := map[string]time.Time{}
	first := q
	if first.Limit == 0 {
		first.Limit = tailFirst
	}
	page, err := t.ask(ctx, first)
	if err != nil {
		return err
	}
	var high time.Time
	for _, item := range page.Items {
		high = later(high, t.at(item))
	}
	overlap, err := since(ctx, q, high.Add(-tailOverlap), t)
	if err != nil {
		return err
	}
	if _, err := fresh(s, page.Items, seen, t); err != nil {
		return err
	}
	for _, item := range overlap { // beyond the first look's limit: not to be printed as new
		if at := t.at(item); !at.After(high) {
			seen[t.mark(item)] = at
		}
	}
	return keepLooking(ctx, s, q, high, seen, t)
}

// later is the later of two moments.
func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// keepLooking looks once per tick until ctx ends or a look fails for good.
func keepLooking[T any](ctx context.Context, s *shell, q ops.Query, high time.Time, seen map[string]time.Time, t tailing[T]) error {
	tick := time.NewTicker(cmp.Or(s.poll, tailPoll))
	defer tick.Stop()
	for away := false; ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		items, err := since(ctx, q, high.Add(-tailOverlap), t)
		if away, err = s.tailFailed(err, away); err != nil {
			return err
		}
		newest, err := fresh(s, items, seen, t)
		if err != nil {
			return err
		}
		high = later(high, newest)
		forget(seen, high.Add(-2*tailOverlap))
	}
}

// tailFailed tells a server that is away for a while, which is said once, from
// an error that ends the tail.
func (s *shell) tailFailed(err error, away bool) (bool, error) {
	var gone *opsapi.Unreachable
	var refused *opsapi.Problem
	switch {
	case err == nil:
		return false, nil
	case errors.As(err, &gone), errors.As(err, &refused) && exitOfProblem(refused) == exitLater:
		if !away {
			fmt.Fprintf(s.Err, "procpac: the server does not answer, still trying: %v\n", err)
		}
		return true, nil
	}
	return false, err
}

// since reads every page that is not older than that.
func since[T any](ctx context.Context, q ops.Query, from time.Time, t tailing[T]) ([]T, error) {
	if from.After(q.Since) {
		q.Since = from
	}
	q.Limit = tailPage
	var all []T
	for {
		page, err := t.ask(ctx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if page.Next == "" || page.Next == q.After {
			return all, nil
		}
		q.After = page.Next
	}
}

// fresh prints what was not printed, oldest first, and gives the time of the
// newest.
func fresh[T any](s *shell, items []T, seen map[string]time.Time, t tailing[T]) (newest time.Time, err error) {
	for _, item := range slices.Backward(items) {
		newest = later(newest, t.at(item))
		mark := t.mark(item)
		if _, known := seen[mark]; known {
			continue
		}
		seen[mark] = t.at(item)
		if err := printTailed(s, item, t); err != nil {
			return newest, err
		}
	}
	return newest, nil
}

func printTailed[T any](s *shell, item T, t tailing[T]) error {
	if t.json {
		return s.printLine(item)
	}
	_, err := fmt.Fprintln(s.Out, plain(strings.Join(t.row(item), "  ")))
	return err
}

// forget drops what is too old to be listed again.
func forget(seen map[string]time.Time, before time.Time) {
	maps.DeleteFunc(seen, func(_ string, at time.Time) bool { return at.Before(before) })
}
