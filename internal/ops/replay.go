package ops

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/flow"
	"github.com/procpac/procpac/internal/journal"
)

// MaxReplay is how many effects one replay call takes.
const MaxReplay = 1000

// Replay asks for effects to be put on the road again: by id, or all that the
// filter finds.
type Replay struct {
	IDs    []string
	Filter Query
	DryRun bool
	Actor  string // who asks; required unless it is a dry run
}

// Replay says for each effect what a replay does and, unless it is a dry run,
// puts a hint on the road for those where it does anything. It is safe to run
// twice: the hint's id names the state it was asked for, so a second call adds
// nothing until the first was served.
func (s *Service) Replay(ctx context.Context, r Replay) ([]Would, error) {
	ids, err := s.replayIDs(ctx, r)
	if err != nil {
		return nil, err
	}
	if !r.DryRun && strings.TrimSpace(r.Actor) == "" {
		return nil, invalid("actor", "", "a replay is recorded with who asked for it")
	}
	effects := make([]journal.Effect, len(ids))
	for i, id := range ids { // all are known before the first is put on the road
		if effects[i], err = s.known(ctx, id); err != nil {
			return nil, err
		}
	}
	all := make([]Would, 0, len(ids))
	for i, id := range ids {
		w, err := s.replayOne(ctx, effects[i], r)
		if err != nil {
			return all, fmt.Errorf("replay of %s: %w", id, err)
		}
		all = append(all, w)
	}
	return all, nil
}

// replayIDs is the list to replay, at most MaxReplay long.
func (s *Service) replayIDs(ctx context.Context, r Replay) ([]string, error) {
	if len(r.IDs) > 0 {
		if len(r.IDs) > MaxReplay {
			return nil, invalid("ids", fmt.Sprint(len(r.IDs)), fmt.Sprintf("at most %d at once", MaxReplay))
		}
		return r.IDs, nil
	}
	if len(r.Filter.States) == 0 {
		return nil, invalid("state", "", "name effects, or a state such as rejected,dead,parked")
	}
	q := r.Filter
	if q.Limit == 0 {
		q.Limit = MaxReplay
	}
	page, err := s.Effects(ctx, q)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, e := range page.Items {
		ids = append(ids, e.ID)
	}
	return ids, nil
}

// known loads an effect that somebody has planned.
func (s *Service) known(ctx context.Context, id string) (journal.Effect, error) {
	key, err := journal.ParseKey(id)
	if err != nil {
		return journal.Effect{}, invalid("id", id, err.Error())
	}
	e, err := s.Journal.Load(ctx, key)
	if err == nil && e.State == journal.None {
		err = notFound(id)
	}
	return e, err
}

func (s *Service) replayOne(ctx context.Context, e journal.Effect, r Replay) (Would, error) {
	hint, known := e.Hint()
	if !known {
		return Would{ID: e.String(), State: string(e.State), Do: actionName(flow.Skip), Reason: "no record in Procore is known for it"}, nil
	}
	d := flow.Decide(flow.Case{
		Effect: e, Request: erp.ID(e.Request), Fingerprint: e.Plan.Fingerprint,
		Source: erp.FromReplay, Now: s.Now(), Alone: true,
	})
	w := Would{ID: e.String(), State: string(e.State), Do: actionName(d.Do), Reason: d.Reason}
	if r.DryRun || d.Do == flow.Skip {
		return w, nil
	}
	w.Event = fmt.Sprintf("replay-%s-%d", e.Effect, e.Seq)
	hint.ID, hint.At, hint.Received, hint.Source, hint.Actor = w.Event, s.Now(), s.Now(), erp.FromReplay, r.Actor
	return w, s.Bus.Publish(ctx, hint)
}

// maxLimit bounds a page.
const maxLimit = 1000

// check refuses a query that cannot be answered.
func (q Query) check() error {
	if q.Limit < 0 || q.Limit > maxLimit {
		return invalid("limit", fmt.Sprint(q.Limit), "must be 1 to 1000")
	}
	for _, kind := range q.Kinds {
		if !slices.Contains(journal.Kinds(), kind) {
			return invalid("kind", kind, "must be one of "+strings.Join(journal.Kinds(), ", "))
		}
	}
	for _, state := range q.States {
		if !known(state) {
			return invalid("state", state, "must be one of "+stateNames())
		}
	}
	if !q.Since.IsZero() && !q.Until.IsZero() && q.Until.Before(q.Since) {
		return invalid("until", q.Until.String(), "must not be before since")
	}
	return nil
}

func known(state string) bool {
	for _, s := range journal.States() {
		if string(s) == state {
			return true
		}
	}
	return false
}

func stateNames() string {
	var names []string
	for _, s := range journal.States() {
		names = append(names, string(s))
	}
	return strings.Join(names, ", ")
}
