// Package ops is what an operator can do, whoever asks: the HTTP API, the
// command line and later the pages call the same functions and hold no rule of
// their own.
//
// Listing reads the projection, which may lag the journal by moments and says
// how far; showing one effect reads the journal itself. Whatever changes
// something is put on the road as an event with the name of who asked, so the
// journal tells it for ever.
package ops

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/audit"
	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/flow"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/sweep"
	"github.com/procpac/procpac/internal/witness"
)

// Query filters a listing. Empty fields filter nothing.
type Query struct {
	Connection string
	Kinds      []string
	States     []string
	Project    string // the job as Procore or Jobpac writes it
	Ref        string // our reference, a Jobpac number or a Procore number
	Since      time.Time
	Until      time.Time
	Text       string // anywhere in title, number, creditor or reason
	Limit      int    // 1..1000; 0: 50
	After      string // the cursor of the page before
}

// Effect is one line of the effects listing.
type Effect struct {
	ID         string    `json:"id"` // acme.commitment-4101
	Connection string    `json:"connection"`
	Kind       string    `json:"kind"`
	State      string    `json:"state"`
	Title      string    `json:"title"`
	Number     string    `json:"number"` // in Jobpac
	ProcoreNo  string    `json:"procore_number"`
	Ref        string    `json:"ref"`
	Project    string    `json:"project"`
	Creditor   string    `json:"creditor"`
	Total      string    `json:"total"` // decimal text
	Rule       string    `json:"rule"`
	Reason     string    `json:"reason"`
	Attempt    int       `json:"attempt"`
	Request    int64     `json:"request"`
	Event      string    `json:"event"`
	First      time.Time `json:"first"`
	Updated    time.Time `json:"updated"`
	WakeAt     time.Time `json:"wake_at,omitzero"`
}

// Event is one line of the events listing: a hint as it was stored.
type Event struct {
	ID         string    `json:"id"`
	Connection string    `json:"connection"`
	Resource   string    `json:"resource"`
	ResourceID int64     `json:"resource_id"`
	Action     string    `json:"action"`
	Source     string    `json:"source"`
	Actor      string    `json:"actor,omitempty"`
	Received   time.Time `json:"received"`
	Effect     string    `json:"effect,omitempty"` // where it led, once known
}

// Page is one page of a listing, newest first.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"` // the cursor of the next page; empty: the last
}

// Entry is one record of an effect's history.
type Entry struct {
	Seq    uint64         `json:"seq"`
	Record journal.Record `json:"record"`
}

// Story is all that is known of one effect.
type Story struct {
	Effect   Effect       `json:"effect"`
	Plan     journal.Plan `json:"plan"`
	Class    string       `json:"class,omitempty"`    // of the latest failure
	Doubts   []string     `json:"doubts,omitempty"`   // steps that may stand in Jobpac unseen
	Attempts []Attempt    `json:"attempts,omitempty"` // what failed, oldest first
	Choices  []Choice     `json:"choices,omitempty"`  // what a person can do, where one is needed
	History  []Entry      `json:"history"`
}

// Lag is how far the projection is behind the streams.
type Lag struct {
	Events  uint64 `json:"events"`
	Journal uint64 `json:"journal"`
}

// View answers listings from the projection. A cursor is opaque.
type View interface {
	Effects(ctx context.Context, q Query) (Page[Effect], error)
	Events(ctx context.Context, q Query) (Page[Event], error)
	// Counts gives the number of effects per state.
	Counts(ctx context.Context, connection string) (map[string]int, error)
	Lag(ctx context.Context) (Lag, error)
}

// Journal gives an effect's folded state and its whole history, oldest first.
type Journal interface {
	Load(ctx context.Context, key journal.Key) (journal.Effect, error)
	History(ctx context.Context, key journal.Key) ([]Entry, error)
}

// Bus stores an event durably before it returns.
type Bus interface {
	Publish(ctx context.Context, e erp.Event) error
	Healthy(ctx context.Context) error
}

// Safe is safe mode of this process; a release reads both streams in full.
type Safe interface {
	State() witness.State
	Release(ctx context.Context, actor, reason string) error
}

// Service is the operator's side of a running system. Safe for concurrent use.
// Close it when jobs may have been started. What is nil of the last five is not
// served by this process, and the calls for it fail with *NotHere.
type Service struct {
	View        View
	Journal     Journal
	Bus         Bus
	Connections []Connection
	Version     string
	Started     time.Time
	Now         func() time.Time // required
	Log         zerolog.Logger   // takes one line per job that failed

	Sweep  func(ctx context.Context, connection string, o sweep.Options) (sweep.Report, error)
	Audit  func(ctx context.Context, connection string, o audit.Options) (audit.Report, error)
	Sync   func(ctx context.Context, o SyncOrder, tell func(Progress)) (SyncReport, error)
	Safe   Safe
	Backup func(ctx context.Context, w io.Writer) error // a tar

	jobs    jobs
	audits  audits
	backing sync.Mutex // held while a backup is written
}

// Connection is one connection as an operator sees it.
type Connection struct {
	Name    string `json:"name"`
	Mode    string `json:"mode"`
	Company string `json:"company"`
	WorkID  string `json:"work_id"`
}

// Effects lists effects, newest change first.
func (s *Service) Effects(ctx context.Context, q Query) (Page[Effect], error) {
	if err := q.check(); err != nil {
		return Page[Effect]{}, err
	}
	return s.View.Effects(ctx, q)
}

// Events lists hints, newest first.
func (s *Service) Events(ctx context.Context, q Query) (Page[Event], error) {
	if err := q.check(); err != nil {
		return Page[Event]{}, err
	}
	return s.View.Events(ctx, q)
}

// Show tells the whole story of one effect, from the journal.
func (s *Service) Show(ctx context.Context, id string) (Story, error) {
	e, err := s.known(ctx, id)
	if err != nil {
		return Story{}, err
	}
	history, err := s.Journal.History(ctx, e.Key)
	if err != nil {
		return Story{}, err
	}
	tries := attempts(history)
	return Story{
		Effect: Line(e), Plan: e.Plan, Class: class(tries), Doubts: e.Doubts(), Attempts: tries,
		Choices: choices(e), History: history,
	}, nil
}

// Line is a folded effect as a line of the listing.
func Line(e journal.Effect) Effect {
	return Effect{
		ID: e.String(), Connection: e.Connection, Kind: e.Kind(), State: string(e.State),
		Title: e.Plan.Title, Number: e.Plan.Number, ProcoreNo: e.Plan.ProcoreNo, Ref: e.Plan.Ref,
		Project: e.Plan.Project, Creditor: e.Plan.Creditor, Total: e.Plan.Total,
		Rule: e.Last.Rule, Reason: e.Last.Reason, Attempt: e.Attempt, Request: e.Request, Event: e.Event,
		First: e.First, Updated: e.At, WakeAt: e.WakeAt,
	}
}

// Health is the state of the system in one answer.
type Health struct {
	OK          bool           `json:"ok"`
	Reason      string         `json:"reason,omitempty"`
	Version     string         `json:"version"`
	Started     time.Time      `json:"started"`
	Connections []Connection   `json:"connections"`
	Effects     map[string]int `json:"effects"` // per state
	Lag         Lag            `json:"lag"`
	SafeMode    *SafeMode      `json:"safe_mode,omitempty"` // nil: not known to this process
}

// Answers tells whether the bus and the projection answer: in safe mode they
// may, and then safe mode is all that is wrong.
func (h Health) Answers() bool {
	return h.OK || h.SafeMode != nil && h.SafeMode.On && h.Reason == h.SafeMode.Why
}

// Health asks the bus, the projection and safe mode. It never fails: what is
// wrong is the answer.
func (s *Service) Health(ctx context.Context) Health {
	h := Health{OK: true, Version: s.Version, Started: s.Started, Connections: s.Connections}
	fail := func(err error) {
		if err != nil && h.OK {
			h.OK, h.Reason = false, err.Error()
		}
	}
	fail(s.Bus.Healthy(ctx))
	var err error
	h.Effects, err = s.View.Counts(ctx, "")
	fail(err)
	h.Lag, err = s.View.Lag(ctx)
	fail(err)
	if mode, err := s.SafeMode(); err == nil {
		h.SafeMode = &mode
		if mode.On {
			fail(errors.New(mode.Why))
		}
	}
	return h
}

// Would is what a replay of one effect would do, or did.
type Would struct {
	ID     string `json:"id"`
	State  string `json:"state"`
	Do     string `json:"do"` // nothing, plan again, look again, confirm ...
	Reason string `json:"reason"`
	Event  string `json:"event,omitempty"` // the hint put on the road; empty in a dry run
}

// actions names what Decide says, for a person.
func actionName(a flow.Action) string {
	names := map[flow.Action]string{
		flow.Skip: "nothing", flow.Plan: "plan again", flow.Resume: "go on", flow.Confirm: "confirm in Procore", flow.Finish: "confirm in Procore",
		flow.Close: "close in Procore", flow.Changed: "park", flow.Outdated: "nothing", flow.Hold: "look again", flow.Wait: "wait",
	}
	return names[a]
}
