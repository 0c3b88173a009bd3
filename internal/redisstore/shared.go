package redisstore

import (
	"context"
	"errors"
	"time"
)

// Shared keeps claims in Redis and, before that, in this process: while Redis is
// away, or has forgotten everything, the workers of one process still keep out
// of each other's way. Between processes only the journal does then. Safe for
// concurrent use.
type Shared struct {
	near *Local
	far  *Redis
}

// NewShared puts a keeper of this process, on that clock, before Redis.
func NewShared(far *Redis, now func() time.Time) *Shared {
	return &Shared{near: NewLocal(now), far: far}
}

// Take claims an aggregate for owner in both. With an error nobody can tell about
// other processes, and in this one the claim is held.
func (s *Shared) Take(ctx context.Context, connection, aggregate, owner string, lease time.Duration) (held bool, err error) {
	if held, err = s.near.Take(ctx, connection, aggregate, owner, lease); !held {
		return held, err
	}
	held, err = s.far.Take(ctx, connection, aggregate, owner, lease)
	if err == nil && !held {
		return false, s.near.Free(ctx, connection, aggregate, owner)
	}
	return held, err
}

// Free ends owner's claim in both.
func (s *Shared) Free(ctx context.Context, connection, aggregate, owner string) error {
	return errors.Join(s.far.Free(ctx, connection, aggregate, owner), s.near.Free(ctx, connection, aggregate, owner))
}
