package flow

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/translate"
)

// Uniqueness is what is known of Jobpac's answer to a second record of one key.
type Uniqueness string

// The values of unique_document_number.
const (
	Verified  Uniqueness = "verified" // refused: an absent record may be sent again
	Unproven  Uniqueness = "unknown"  // treated like NotUnique
	NotUnique Uniqueness = "no"       // an unknown outcome that stays unseen is parked
)

// Settings are the times and choices of one connection.
type Settings struct {
	Connection   string
	Direct       bool // documents are read by themselves too, not only as ERP requests bring them
	Observe      bool // decide, translate, look up, show the plan; write nothing
	Rules        translate.Rules
	Unique       func(erp.Kind) Uniqueness
	Quiet        time.Duration // longer than Jobpac's slowest commit
	SendWindow   time.Duration // from intent to the start of the send
	SendLimit    time.Duration // the longest a send can take
	Lease        time.Duration // of a claim
	EventTimeout time.Duration // no new step starts later
	LookFor      time.Duration // how long an unseen unknown is looked for; 0: an hour
	WaitFor      time.Duration // how long a change order waits for its commitment; 0: 7 days
	// ApproveOrders: the items of our purchase orders that wait for approval in
	// Jobpac are approved by this program; else a person does it.
	ApproveOrders bool
	// CompleteVoided: the order of a commitment that was voided or terminated in
	// Procore is set complete, or finalised, in Jobpac; else a person is told.
	CompleteVoided bool
	// VaryRevised: what is changed in Procore in a document that we entered becomes
	// a further variation, or further items of its purchase order; else a person is told.
	VaryRevised bool
	GoLive      time.Time // what was approved before is never created by itself; zero: no such limit
}

// Parts is what a road runs on.
type Parts struct {
	Procore   Procore
	Ledger    Ledger
	Journal   Journal
	Claims    Claims
	Bus       Bus
	Documents Documents // with Settings.Direct
	Imports   Importer
	Remover   Remover
	Invoices  Invoices
	Log       zerolog.Logger
	Now       func() time.Time
	// Owner names this process run. Alone tells that no other process can hold
	// a claim, because it holds the lock on the data directory.
	Owner string
	Alone bool
	// Token makes a new unique name: of a claim, of a hint.
	Token func() string
	// Jitter spreads a delay: it gives a duration in (0, d].
	Jitter func(d time.Duration) time.Duration
	// Halted gives the reason why nothing may be created (safe mode), empty when
	// all is well. Nil: never.
	Halted func() string
	// Points is told of every moment at which a death would hurt. Nil: nobody.
	Points failpoint.Set
}

// Road serves one connection.
type Road struct {
	Settings
	Parts
	imports *turnstile
}

// NewRoad joins settings and parts, and fills in the two times that may be
// left 0.
func NewRoad(s Settings, p Parts) *Road {
	if s.LookFor == 0 {
		s.LookFor = time.Hour
	}
	if s.WaitFor == 0 {
		s.WaitFor = 7 * 24 * time.Hour
	}
	if p.Points == nil {
		p.Points = failpoint.None()
	}
	if p.Halted == nil {
		p.Halted = func() string { return "" }
	}
	return &Road{Settings: s, Parts: p, imports: newTurnstile()}
}

// Process serves one event to its end: terminal, parked, or put off. ctx ends
// only when the process must let go; the event's own time limit is Settings.
func (r *Road) Process(ctx context.Context, e erp.Event) Verdict {
	v := r.process(ctx, e)
	line := r.Log.Info()
	if v.Err != nil {
		line = r.Log.Warn().Err(v.Err)
	}
	line.Str("event", e.ID).Str("ref", e.ResourceID.String()).Str("effect", v.Effect.String()).
		Str("state", string(v.State)).Dur("after", v.After).Msg(v.Reason)
	return v
}

func (r *Road) process(ctx context.Context, e erp.Event) Verdict {
	w := &work{Road: r, event: e, started: r.Now()}
	defer w.leaveImport()
	r.Points.Reach(failpoint.Taken)
	if reason := r.Halted(); reason != "" {
		v := w.later(haltedRest, "safe mode: "+reason, nil)
		v.Pause = haltedRest
		return v
	}
	if e.Decision != nil {
		return w.decided(ctx)
	}
	if e.Import != nil {
		w.takeOrder()
		return w.alone(ctx, w.run)
	}
	if v := w.gathered(ctx); v != nil {
		return *v
	}
	if erp.DirectResource(e.Resource) {
		return w.direct(ctx)
	}
	if !intake(e) {
		return w.acked("not needed: " + e.Resource + " " + e.Action)
	}
	if r.imports.knows(e.ResourceID) {
		if v := w.enterImport(ctx); v != nil {
			return *v
		}
	}
	req, err := r.Procore.Request(ctx, e.ResourceID)
	if err != nil {
		return w.unread(ctx, err)
	}
	r.Points.Reach(failpoint.Read)
	w.take(req)
	return w.alone(ctx, w.run)
}

// intake tells whether the event is one this road serves.
func intake(e erp.Event) bool {
	return strings.EqualFold(e.Resource, erp.ResourceRequests) && strings.EqualFold(e.Action, "create") && e.ResourceID != 0
}

// take chooses the effect that the request asks for, and the aggregate that
// only one worker may touch.
func (w *work) take(req erp.Request) {
	w.req = req
	kind, id := journal.KindRequest, req.ID
	w.aggregate = "request-" + req.ID.String()
	switch {
	case req.Unreadable != "":
	case req.Name == erp.CreateCommitment && req.Commitment != nil:
		kind, id = journal.KindCommitment, req.Commitment.ID
		w.aggregate = commitmentAggregate(id)
	case req.Name == erp.CreateCommitmentChangeOrder && req.ChangeOrder != nil && req.Commitment != nil:
		kind, id = journal.KindChangeOrder, req.ChangeOrder.ID
		w.aggregate = commitmentAggregate(req.Commitment.ID)
	case req.Name == erp.CreatePrimeContractChangeOrder && req.PrimeChange != nil:
		kind, id = journal.KindPrimeChange, req.PrimeChange.ID
		w.aggregate = primeAggregate(req.PrimeChange.ContractID)
	case req.Unlink != nil && req.Unlink.Kind == journal.KindPrimeChange:
		w.aggregate = primeAggregate(req.Unlink.Commitment)
	case req.Unlink != nil:
		w.aggregate = commitmentAggregate(cmp.Or(req.Unlink.Commitment, req.Unlink.ID))
	case routes()[req.Name].do == bring:
		w.aggregate = importAggregate
	}
	w.effect.Key = journal.NewKey(w.Connection, kind, id)
}

func commitmentAggregate(id erp.ID) string { return "commitment-" + id.String() }
