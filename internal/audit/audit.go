package audit

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// Procore lists what was approved there.
type Procore interface {
	// Approved lists the approved commitments and change orders of all projects,
	// changed since then; a zero time: all. A project's list that is not shown is
	// erp.ErrNotShown, and the sequence may go on; it ends after other errors.
	Approved(ctx context.Context, since time.Time) iter.Seq2[erp.Approval, error]
}

// Effects is the journal's projection.
type Effects interface {
	// Effects gives every effect of the connection in the order of its key, behind
	// that key; empty: from the first. It ends after an error.
	Effects(ctx context.Context, connection, after string) iter.Seq2[journal.Effect, error]
}

// Jobpac reads documents. Errors are faults; one of the system ends the audit,
// one of the document makes a warning.
type Jobpac interface {
	// Orders reads what stands under an order number.
	Orders(ctx context.Context, key erp.OrderKey) (erp.Book, error)
	// Variations reads a variation, or without a number all headers of the job's
	// register.
	Variations(ctx context.Context, key erp.VariationKey) (erp.Book, error)
}

// Invoices shows what became of claims and of invoices on purchase orders. Errors
// are as those of Jobpac.
type Invoices interface {
	Claim(ctx context.Context, key erp.ClaimKey) (erp.ClaimFound, error)
	Invoice(ctx context.Context, creditor erp.CreditorKey, key erp.ClaimKey) (erp.ClaimFound, error)
}

// Config is what an Auditor works with. All but GoLive and Log must be set.
type Config struct {
	Connection string
	GoLive     time.Time // what was approved before is only listed; zero: no such limit
	Procore    Procore
	Effects    Effects
	Jobpac     Jobpac
	Invoices   Invoices
	Now        func() time.Time
	Log        zerolog.Logger
}

// Auditor audits one connection. It keeps nothing between audits and is safe for
// concurrent use.
type Auditor struct{ Config }

// New makes an Auditor; it reads nothing yet.
func New(config Config) *Auditor { return &Auditor{config} }

// Options say what one audit is to do.
type Options struct {
	Since    time.Time // of the approvals: changed since then; zero: since the go-live, or all
	After    string    // Report.Next of an audit that was cut short; empty: from the beginning
	Progress func(Progress)
}

// Progress tells how far an audit has come, every hundred rows and at the end of
// each half.
type Progress struct {
	What string `json:"what"` // effects, approvals
	Done int    `json:"done"`
}

// openFor is how long an effect may be at work before it is a finding.
const openFor = time.Hour

// afterAll is the cursor behind the last effect: only the approvals are left.
const afterAll = "~approvals"

// Audit compares everything. When it is cut short, by ctx or by a system that
// is away, the error says so and the report holds what was found up to Next;
// an audit with that as After finds the rest. A Next that is empty beside an
// error means that nothing was finished. The approvals are one piece: cut short
// among them, an audit goes on with their first.
func (a *Auditor) Audit(ctx context.Context, o Options) (Report, error) {
	w := &walk{Auditor: a, options: o, now: a.Now(), known: newKnown(), registers: map[erp.JobKey]register{}}
	w.report = Report{Connection: a.Connection, Since: o.Since, Started: w.now, Next: o.After, Findings: []Finding{}}
	if w.report.Since.IsZero() {
		w.report.Since = a.GoLive
	}
	err := w.all(ctx)
	w.report.Ended = a.Now()
	a.Log.Info().Int("effects", w.report.Effects).Int("approvals", w.report.Approvals).Int("documents", w.report.Documents).
		Int("findings", len(w.report.Findings)).Bool("clean", w.report.Clean()).Str("next", w.report.Next).Msg("audit")
	if err != nil {
		return w.report, fmt.Errorf("audit %s: %w", a.Connection, err)
	}
	return w.report, nil
}
