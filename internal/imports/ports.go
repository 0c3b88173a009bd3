package imports

import (
	"context"
	"iter"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// Jobpac reads listings in parts. A part that is asked for again shows what
// stands there then.
type Jobpac interface {
	Read(ctx context.Context, r erp.Reading) (erp.Part, error)
}

// Procore writes entries and shows what it has. Errors are classed by package
// fault; all calls may be repeated.
type Procore interface {
	// Sync writes one batch. The answer has one Synced per row, in the order of
	// the rows; a refused row is told there and is no error.
	Sync(ctx context.Context, b erp.EntryBatch) ([]erp.Synced, error)
	// Known lists the records of a type; project is 0 for those of the company.
	Known(ctx context.Context, t erp.EntryType, project erp.ID) iter.Seq2[erp.Known, error]
	// Remove deletes a cost code, an assignment or a job cost. One that is not
	// there is no error.
	Remove(ctx context.Context, t erp.EntryType, project, id erp.ID) error
}

// Cache keeps values under a scope and a key, and may lose them all. Package
// rowcache is one; what the scopes mean is said in scope.go.
type Cache interface {
	// ID names this copy; one that lost anything for good has another id.
	ID() string
	// Get gives the values there are.
	Get(ctx context.Context, scope string, keys []string) (map[string]string, error)
	// Put sets {scope, key} pairs, all or none, and is durable when it returns.
	// An empty value removes.
	Put(ctx context.Context, values map[[2]string]string) error
	// Drop removes the scopes whose names begin with one of the prefixes.
	Drop(ctx context.Context, prefixes ...string) error
}

// Registers keeps registers by compare-and-set, as package journal describes;
// journal.ErrMoved says that another save came first.
type Registers interface {
	LoadRegister(ctx context.Context, connection, name string) (reg journal.Register, seq uint64, err error)
	SaveRegister(ctx context.Context, connection string, reg journal.Register, after uint64) error
}
