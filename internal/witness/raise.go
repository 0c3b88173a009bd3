package witness

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// mostSaves bounds how often a save of the register is tried against others.
const mostSaves = 20

// Raise turns safe mode on: at once here, then in the file, then in the
// register for everybody. An error says that one of the last two failed; safe
// mode stays on here all the same, and Run goes on trying. What is known
// already costs nothing.
func (g *Guard) Raise(ctx context.Context, found []Finding) error {
	if len(found) == 0 {
		return nil
	}
	return errors.Join(g.raiseUnsaved(ctx, found), g.save(ctx))
}

// raiseUnsaved turns safe mode on here and in the file.
func (g *Guard) raiseUnsaved(ctx context.Context, found []Finding) error {
	g.mu.Lock()
	was := g.state
	next, fresh := was.raised(found, g.now().UTC())
	if len(fresh) == 0 && was.On {
		g.mu.Unlock()
		return nil
	}
	g.state = next
	g.unsaved, _ = union(g.unsaved, fresh)
	g.changed(was)
	g.mu.Unlock()
	for _, f := range fresh {
		g.log.Error().Str("stream", f.Stream).Str("what", f.What).Str("effect", f.Effect).Uint64("from", f.From).Uint64("to", f.To).
			Msg("safe mode: " + f.Words)
	}
	if g.file == nil {
		return nil
	}
	return g.file.keep(ctx, next, false)
}

// save brings what was raised here into the register.
func (g *Guard) save(ctx context.Context) error {
	g.saving.Lock()
	defer g.saving.Unlock()
	g.mu.Lock()
	mine, pending := g.state, slices.Clone(g.unsaved)
	g.mu.Unlock()
	if len(pending) == 0 {
		return nil
	}
	saved, err := g.edit(ctx, func(remote State) State {
		remote.Episode = max(remote.Episode, mine.Episode-1)
		next, _ := remote.raised(pending, mine.Since)
		return next
	})
	if err != nil {
		return fmt.Errorf("save safe mode: %w", err)
	}
	return g.saved(ctx, saved, pending)
}

// edit changes the register by compare-and-set. saving is held.
func (g *Guard) edit(ctx context.Context, change func(State) State) (State, error) {
	for range mostSaves {
		reg, seq, err := g.store.LoadRegister(ctx, Connection, Register)
		if err != nil {
			return State{}, err
		}
		next := change(stateOf(reg.Safe))
		err = g.store.SaveRegister(ctx, Connection, journal.Register{Name: Register, Safe: next.stored()}, seq)
		if err == nil || !errors.Is(err, journal.ErrMoved) {
			return next, err
		}
	}
	return State{}, fault.New(fault.Transient, "save safe mode",
		errors.New("the register cannot be saved: others always come first, or its last form is lost, which only a restore mends")).OfSystem()
}

// saved notes that the register has what was raised here.
func (g *Guard) saved(ctx context.Context, s State, pending []Finding) error {
	g.mu.Lock()
	was := g.state
	g.state = was.after(s)
	g.unsaved = slices.DeleteFunc(g.unsaved, func(f Finding) bool { return slices.Contains(pending, f) })
	all := len(g.unsaved) == 0
	next := g.state
	g.tell()
	g.mu.Unlock()
	if g.file == nil || !all || !next.On {
		return nil
	}
	return g.file.keep(ctx, next, true)
}

// The ways a release is refused.
var (
	ErrNotOn   = errors.New("safe mode is not on: there is nothing to release")
	ErrNoActor = errors.New("a release needs the name of who releases and a reason")
	ErrNoView  = errors.New("this process cannot look at the streams, so it cannot release safe mode")
)

// Release ends safe mode for all processes. It reads both streams in full, and
// takes them as they stand now for the truth; the register keeps who did it and
// why. Refused with ErrNotOn, ErrNoActor or ErrNoView; any other error is the
// store's: safe mode stays on, release again.
func (g *Guard) Release(ctx context.Context, actor, reason string) error {
	actor, reason = strings.TrimSpace(actor), strings.TrimSpace(reason)
	switch {
	case actor == "" || reason == "":
		return ErrNoActor
	case g.source == nil:
		return ErrNoView
	case !g.State().On:
		return ErrNotOn
	}
	now, damage, err := g.survey(ctx)
	if err != nil {
		return fmt.Errorf("release safe mode: %w", err)
	}
	if err := g.release(ctx, actor, reason, now, damage); err != nil {
		return fmt.Errorf("release safe mode: %w", err)
	}
	return g.takeOver(ctx)
}

// release writes the register and lets go here.
func (g *Guard) release(ctx context.Context, actor, reason string, now Streams, damage []Finding) error {
	g.saving.Lock()
	defer g.saving.Unlock()
	mine := g.State()
	saved, err := g.edit(ctx, func(remote State) State {
		next := remote
		next.Findings, _ = union(onlyOn(remote), mine.Findings)
		next.On, next.By, next.Reason, next.Released = false, actor, reason, g.now().UTC()
		next.Episode = max(remote.Episode, mine.Episode)
		if next.Since.IsZero() || !remote.On {
			next.Since = mine.Since
		}
		next.Accepted, next.Pardoned = &now, pardonable(slices.Concat(remote.Pardoned, mine.Pardoned, next.Findings), damage, now)
		return next
	})
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	was := g.state
	g.state, g.unsaved = saved, nil
	g.changed(was)
	return nil
}

// onlyOn gives the findings of the present episode.
func onlyOn(s State) []Finding {
	if s.On {
		return s.Findings
	}
	return nil
}

// pardonable is what a release remembers: what is missing now, and every history
// that was ever found broken. A lost tail is not missing: its sequences come
// again.
func pardonable(known, damage []Finding, now Streams) []Finding {
	ends := map[string]uint64{Events: now.Events.Last, Journal: now.Journal.Last}
	var pardoned []Finding
	for _, f := range slices.Concat(known, damage) {
		if f.What == Corrupt && f.Effect != "" {
			f.From, f.To = 0, 0
			pardoned, _ = union(pardoned, []Finding{f})
		}
	}
	for _, f := range damage {
		if f.To = min(f.To, ends[f.Stream]); (f.What == Hole || f.What == Corrupt) && f.Effect == "" && f.From <= f.To {
			pardoned = append(pardoned, f)
		}
	}
	for i := range pardoned {
		pardoned[i].Words = ""
	}
	return pardoned
}
