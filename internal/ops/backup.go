package ops

import (
	"context"
	"io"
)

// WriteBackup writes a tar with a copy of all streams while everything goes on.
// One at a time; another is *Busy. After an error what was written is worth
// nothing.
func (s *Service) WriteBackup(ctx context.Context, w io.Writer) error {
	if s.Backup == nil {
		return &NotHere{"backups"}
	}
	if !s.backing.TryLock() {
		return &Busy{Words: "a backup is being made already: ask again when it is done"}
	}
	defer s.backing.Unlock()
	return s.Backup(ctx, w)
}
