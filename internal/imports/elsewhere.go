package imports

import (
	"context"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// Elsewhere tells whether the last run of an object went through the cache of
// another process: run here, all its rows are sent again, so it is better left
// to that process for a moment.
func (r *Runner) Elsewhere(ctx context.Context, object erp.Object) (bool, error) {
	reg, _, err := r.parts.Registers.LoadRegister(ctx, r.settings.Connection, journal.ImportRegister(object))
	if err != nil || reg.Import == nil || reg.Import.Writer.Cache == "" {
		return false, err
	}
	return reg.Import.Writer.Cache != r.parts.Cache.ID(), nil
}
