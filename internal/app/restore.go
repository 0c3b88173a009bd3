package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/natsbus"
	"github.com/procpac/procpac/internal/witness"
)

// Restore makes the streams of an empty data directory from a backup file. What
// it leaves starts in safe mode: the mark says so, and a death before the mark
// leaves a history without a witness, which says the same.
func Restore(ctx context.Context, cfg *config.Config, file string) (err error) {
	f, err := os.Open(file)
	if err != nil {
		return setup(err, "the backup %s cannot be read: %v", file, bare(err))
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return setup(err, "data_dir %s cannot be made: %v", cfg.DataDir, bare(err))
	}
	err = natsbus.Restore(ctx, natsbus.Options{
		URL: cfg.NATS.URL.Reveal(), DataDir: cfg.DataDir, MaxStore: int64(cfg.NATS.MaxStore), EventsMaxAge: cfg.NATS.EventsMaxAge.Std(),
	}, f)
	switch {
	case errors.Is(err, natsbus.ErrNotEmpty):
		return setup(err, "data_dir %s is not empty: a restore is made into an empty one, so move it away first", cfg.DataDir)
	case errors.Is(err, natsbus.ErrBadBackup):
		return setup(err, "%s: %v", file, err)
	case err != nil:
		return openError(cfg.DataDir, cfg.NATS.URL.String(), err)
	}
	return witness.MarkRestored(cfg.DataDir, fmt.Sprintf("The data directory was restored at %s from a backup: what was done after the backup is in Jobpac and not in the journal.",
		time.Now().UTC().Format(time.RFC3339)))
}
