package natsbus

import (
	"context"
	"fmt"

	"github.com/procpac/procpac/internal/journal"
)

// Bury keeps the story of a dead effect. The same story under the same key and
// reason is stored once, however often and however late it comes again. Nil: on
// disk. Errors as of Store.
func (b *Bus) Bury(ctx context.Context, key journal.Key, reason string, story []byte) error {
	subject := "dlq." + token(reason) + "." + token(key.Connection) + "." + token(key.Effect)
	hash := sum(story)
	for {
		last, found, err := lastOf(ctx, b.nc, streamDLQ, subject)
		if err != nil {
			return away("bury "+key.String(), err)
		}
		if found && last.header.Get(headerSum) == hash {
			return nil
		}
		s := &slip{subject: subject, after: last.seq, id: subject + "." + hash, sum: hash, data: story}
		switch out := b.dead.do(ctx, s); {
		case out.err != nil:
			return fmt.Errorf("bury %s: %w", key, out.err)
		case !out.taken || out.seq != 0: // stored now, or known to the server by its id
			return nil
		}
		// Another story came in between: look again.
	}
}
