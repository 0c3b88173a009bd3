package redisstore

import (
	"context"
	"sync"
	"time"
)

// Local keeps claims in this process. Safe for concurrent use; its errors are
// always nil.
type Local struct {
	now  func() time.Time
	mu   sync.Mutex
	held map[string]claim
}

type claim struct {
	owner string
	until time.Time
}

// NewLocal makes an empty keeper on that clock.
func NewLocal(now func() time.Time) *Local { return &Local{now: now, held: map[string]claim{}} }

// Take claims an aggregate for owner, or renews the claim it has; false while
// another owner's lease runs.
func (l *Local) Take(_ context.Context, connection, aggregate, owner string, lease time.Duration) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, key := l.now(), key(connection, aggregate)
	if have, ok := l.held[key]; ok && have.owner != owner && now.Before(have.until) {
		return false, nil
	}
	l.held[key] = claim{owner: owner, until: now.Add(lease)}
	return true, nil
}

// Free ends owner's claim; another's stays.
func (l *Local) Free(_ context.Context, connection, aggregate, owner string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held[key(connection, aggregate)].owner == owner {
		delete(l.held, key(connection, aggregate))
	}
	return nil
}

// key is the name of a claim, in Redis and here.
func key(connection, aggregate string) string { return "idem:" + connection + ":" + aggregate }
