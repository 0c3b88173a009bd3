package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/natsbus"
	"github.com/procpac/procpac/internal/ops"
	"github.com/procpac/procpac/internal/sqlview"
)

// History lists an effect's records for an operator.
func (h history) History(ctx context.Context, key journal.Key) ([]ops.Entry, error) {
	stored, err := h.Journal.History(ctx, key)
	if err != nil {
		return nil, err
	}
	entries := make([]ops.Entry, len(stored))
	for i, s := range stored {
		entries[i] = ops.Entry{Seq: s.Seq, Record: s.Record}
	}
	return entries, nil
}

// view adapts the projection to what an operator asks of it.
type view struct {
	*sqlview.View
	bus *natsbus.Bus // nil: nothing runs, so nothing lags
}

// Effects lists effects.
func (v view) Effects(ctx context.Context, q ops.Query) (ops.Page[ops.Effect], error) {
	lines, next, err := v.View.Effects(ctx, sqlview.Query(q))
	if err != nil {
		return ops.Page[ops.Effect]{}, cursorError(q, err)
	}
	page := ops.Page[ops.Effect]{Items: make([]ops.Effect, len(lines)), Next: next}
	for i, l := range lines {
		page.Items[i] = ops.Effect(l)
	}
	return page, nil
}

// Events lists hints.
func (v view) Events(ctx context.Context, q ops.Query) (ops.Page[ops.Event], error) {
	lines, next, err := v.View.Events(ctx, sqlview.Query(q))
	if err != nil {
		return ops.Page[ops.Event]{}, cursorError(q, err)
	}
	page := ops.Page[ops.Event]{Items: make([]ops.Event, len(lines)), Next: next}
	for i, l := range lines {
		page.Items[i] = ops.Event(l)
	}
	return page, nil
}

// cursorError tells a wrong cursor from a store that fails.
func cursorError(q ops.Query, err error) error {
	if errors.Is(err, sqlview.ErrCursor) {
		return &ops.Invalid{Field: "after", Value: q.After, Rule: "must be the cursor that the page before gave"}
	}
	return err
}

// Lag is how far the projection is behind the streams.
func (v view) Lag(ctx context.Context) (ops.Lag, error) {
	if v.bus == nil {
		return ops.Lag{}, nil
	}
	at, err := v.Position(ctx)
	if err != nil {
		return ops.Lag{}, err
	}
	events, records, err := v.bus.Ends(ctx)
	return ops.Lag{Events: events - min(at.Events, events), Journal: records - min(at.Journal, records)}, err
}

// viewPath is where the projection lies.
func viewPath(dir string) string { return filepath.Join(dir, "projection.db") }

// OpenOffline opens the projection of a data directory for lists without a
// running server. It shows what was known when the last one stopped.
func OpenOffline(ctx context.Context, cfg *config.Config) (ops.View, func() error, error) {
	path := viewPath(cfg.DataDir)
	if _, err := os.Stat(path); err != nil {
		return nil, nil, setup(err, "there is no running server to ask and no projection in data_dir %s: start procpac serve, or name a server with --server", cfg.DataDir)
	}
	v, err := sqlview.OpenReadOnly(ctx, path)
	if err != nil {
		return nil, nil, setup(err, "the projection in data_dir %s cannot be read: %v", cfg.DataDir, err)
	}
	return view{View: v}, v.Close, nil
}
