// Package imports brings Jobpac's records into Procore.
package imports

import (
	"context"
	"iter"

	"github.com/procpac/procpac/internal/erp"
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
