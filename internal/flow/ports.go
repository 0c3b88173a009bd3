package flow

import (
	"context"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// Procore is the contract side of one connection. Errors are classed by
// package fault. All three calls may be repeated: reading changes nothing,
// linking and closing set the same values again.
type Procore interface {
	// Request shows an ERP request. One that is not there, or not visible, is
	// Transient and counts against the document.
	Request(ctx context.Context, id erp.ID) (erp.Request, error)
	// Link writes origin ids; a row that Procore refuses makes the whole call
	// fail, naming every such row.
	Link(ctx context.Context, items []erp.ExternalItem) error
	// Close ends a request detail with words for the approver.
	Close(ctx context.Context, detail erp.ID, outcome erp.Outcome, messages []string) error
}

// Ledger is the Jobpac side of one connection. Reads may be repeated. Write
// sends once and never repeats: its error is Transient when surely nothing was
// sent, Permanent when Jobpac refused, Ambiguous otherwise.
type Ledger interface {
	// Facts reads the job, the creditor and the cost centres a document names.
	Facts(ctx context.Context, q erp.FactsQuery) (erp.Facts, error)
	// Orders reads everything that stands under an order number, purchase
	// orders and subcontracts alike, each with its items.
	Orders(ctx context.Context, key erp.OrderKey) (erp.Book, error)
	// Variations reads a variation with its items; without a number, the
	// headers of the whole job.
	Variations(ctx context.Context, key erp.VariationKey) (erp.Book, error)
	// Write creates or updates one record.
	Write(ctx context.Context, w erp.Write) error
}

// Journal keeps the histories. An append is durable when it returns, and
// happens only if nothing was appended since seq after (0: nothing at all);
// otherwise journal.ErrMoved. After any other error the append may or may not
// have happened: load again.
type Journal interface {
	Load(ctx context.Context, key journal.Key) (journal.Effect, error)
	Append(ctx context.Context, key journal.Key, r journal.Record, after uint64) (seq uint64, err error)
	LoadRegister(ctx context.Context, connection, name string) (reg journal.Register, seq uint64, err error)
	SaveRegister(ctx context.Context, connection string, reg journal.Register, after uint64) error
}

// Claims gives one worker at a time the right to an aggregate. It may only
// delay: an error means "cannot tell", and the journal's compare-and-set goes
// on deciding.
type Claims interface {
	// Take holds the aggregate until lease has passed or Free is called. held
	// is false when another owner holds it.
	Take(ctx context.Context, connection, aggregate, owner string, lease time.Duration) (held bool, err error)
	Free(ctx context.Context, connection, aggregate, owner string) error
}

// Bus takes what the road sends on: hints that wake a waiting effect, and the
// story of a dead one. Both are durable when they return; a repeat with the
// same id is stored once.
type Bus interface {
	Publish(ctx context.Context, e erp.Event) error
	Bury(ctx context.Context, key journal.Key, reason string, story []byte) error
}
