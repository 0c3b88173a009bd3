package natsbus

import (
	"context"
	"fmt"

	"github.com/procpac/procpac/internal/journal"
)

// Bury keeps the story of a dead effect, with every record of its history beside
// it (Letter). The same story under the same key and reason is stored once,
// however often and however late it comes again. A history that is broken is no
// reason not to bury: the letter says so. Nil: on disk. Errors as of Store.
func (b *Bus) Bury(ctx context.Context, key journal.Key, reason string, story []byte) error {
	subject := burySubject(key, reason)
	hash := sum(story)
	var data []byte
	for {
		last, found, err := lastOf(ctx, b.nc, streamDLQ, subject)
		if err != nil {
			return away("bury "+key.String(), err)
		}
		if found && last.header.Get(headerSum) == hash {
			return nil
		}
		if data == nil {
			if data, err = b.write(ctx, key, reason, story); err != nil {
				return fmt.Errorf("bury %s: %w", key, err)
			}
		}
		s := &slip{subject: subject, after: last.seq, id: subject + "." + hash, sum: hash, data: data}
		switch out := b.dead.do(ctx, s); {
		case out.err != nil:
			return fmt.Errorf("bury %s: %w", key, out.err)
		case !out.taken || out.seq != 0: // stored now, or known to the server by its id
			return nil
		}
		// Another story came in between: look again.
	}
}
