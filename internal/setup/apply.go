package setup

import (
	"context"
	"fmt"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// HookMaker changes hooks. No call is repeated by its user; a Transient error
// may leave the change made, which the next Read shows.
type HookMaker interface {
	CreateHook(ctx context.Context, project erp.ID, f Fields) (Hook, error)
	ChangeHook(ctx context.Context, h Hook, f Fields) error
	AddTrigger(ctx context.Context, h Hook, t Trigger) error
}

// ConnectionMaker changes the ERP connection.
type ConnectionMaker interface {
	CreateERPConnection(ctx context.Context, serviceURL string, metadata []byte) error
	UpdateERPMetadata(ctx context.Context, metadata []byte) error
}

// Maker is what Apply changes.
type Maker struct {
	Hooks       HookMaker
	Connections ConnectionMaker
	Memory      Memory
}

// State is what became of a step.
type State string

// The states.
const (
	Planned State = "planned"
	Done    State = "done"
	Failed  State = "failed"
	Skipped State = "skipped" // a step before it failed
)

// Outcome is a step and what became of it. Error is for a person, without
// tokens; Err is the cause.
type Outcome struct {
	Step
	State State  `json:"state"`
	Error string `json:"error,omitempty"`
	Err   error  `json:"-"`
}

// Outcomes is a plan of which nothing is done yet.
func (p Plan) Outcomes() []Outcome {
	all := make([]Outcome, len(p.Steps))
	for i, s := range p.Steps {
		all[i] = Outcome{Step: s, State: Planned}
	}
	return all
}

// applier is one run of Apply.
type applier struct {
	Maker
	want Want
	made map[erp.ID]Hook // by project, of this run
}

// Apply carries a plan out, in order. A step that fails is told and the next
// is tried, as long as it does not need it; when the fault is the system's, or
// ctx ends, the rest is skipped.
func (m Maker) Apply(ctx context.Context, w Want, p Plan) []Outcome {
	a := applier{Maker: m, want: w, made: map[erp.ID]Hook{}}
	all := p.Outcomes()
	stopped := false
	for i := range all {
		if stopped || ctx.Err() != nil || a.orphan(all[i].Step) {
			all[i].State = Skipped
			continue
		}
		all[i].State = Done
		if err := a.do(ctx, all[i].Step); err != nil {
			all[i].State, all[i].Err = Failed, err
			all[i].Error = covered(fault.Said(err), w.Tokens) + advice(all[i].Step, err)
			stopped = fault.IsSystem(err)
		}
	}
	return all
}

// orphan is a trigger whose hook could not be made.
func (a applier) orphan(s Step) bool {
	_, made := a.made[s.hook.Project]
	return s.Do == AddTrigger && s.hook.ID == 0 && !made
}

func (a applier) do(ctx context.Context, s Step) error {
	switch s.Do {
	case CreateHook:
		return a.createHook(ctx, s)
	case RepairHook:
		return a.Hooks.ChangeHook(ctx, s.hook, s.fields)
	case AddTrigger:
		h := s.hook
		if h.ID == 0 {
			h = a.made[h.Project]
		}
		return a.Hooks.AddTrigger(ctx, h, s.trigger)
	case CreateConnection:
		return a.wrote(a.Connections.CreateERPConnection(ctx, s.fields.URL, s.Metadata))
	}
	return a.wrote(a.Connections.UpdateERPMetadata(ctx, s.Metadata))
}

func (a applier) createHook(ctx context.Context, s Step) error {
	h, err := a.Hooks.CreateHook(ctx, s.hook.Project, s.fields)
	if err == nil && h.ID == 0 {
		err = fault.New(fault.Transient, "create hook", nil).Saying("Procore made the webhook and did not say its number: run this again for its triggers.")
	}
	if err == nil {
		a.made[s.hook.Project] = h
	}
	return err
}

// wrote remembers metadata that was written.
func (a applier) wrote(err error) error {
	if err != nil {
		return err
	}
	if err := a.Memory.Keep(fingerprint(a.want.Metadata)); err != nil {
		return fmt.Errorf("the metadata was written, but that cannot be remembered: %w", err)
	}
	return nil
}

// advice is what to do about a step that was refused.
func advice(s Step, err error) string {
	if fault.IsSystem(err) {
		return " Run this again later."
	}
	switch s.Do {
	case AddTrigger:
		return fmt.Sprintf(" Without it procpac is not told of %q. If Procore does not offer it to this company, ask Procore to enable the tool behind it, then run this again.", s.trigger.Resource)
	case CreateConnection, UpdateMetadata:
		return " Check that the company has Procore's ERP Integrations tool and the app may set it up; else send the metadata (procpac setup --dry-run --json prints it) to Procore's ERP support."
	}
	return " Check that the service account may manage webhooks, then run this again."
}
