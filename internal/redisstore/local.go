package redisstore

import (
	"context"
	"sync"
	"time"
)

// Local keeps claims in this process. Those that have run out are thrown away
// as it grows. Safe for concurrent use; its errors are always nil.
type Local struct {
	now  func() time.Time
	mu   sync.Mutex
	held shelf // owners by claim
}

// NewLocal makes an empty keeper on that clock.
func NewLocal(now func() time.Time) *Local { return &Local{now: now} }

// Take claims an aggregate for owner, or renews the claim it has; false while
// another owner's lease runs.
func (l *Local) Take(_ context.Context, connection, aggregate, owner string, lease time.Duration) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, key := l.now(), key(connection, aggregate)
	if have := l.held.get(key, now); have != "" && have != owner {
		return false, nil
	}
	l.held.put(key, owner, now, lease)
	return true, nil
}

// Free ends owner's claim; another's stays.
func (l *Local) Free(_ context.Context, connection, aggregate, owner string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if key := key(connection, aggregate); l.held.get(key, l.now()) == owner {
		delete(l.held.items, key)
	}
	return nil
}

// key is the name of a claim, in Redis and here.
func key(connection, aggregate string) string { return "idem:" + connection + ":" + aggregate }

// shelf keeps texts until their time is over.
type shelf struct {
	items map[string]item
	full  int // the number of items at which what is over is thrown away
}

type item struct {
	text  string
	until time.Time
}

// fewest is the number of items for which nobody looks what is over.
const fewest = 1024

// get is the text under key, or "" when there is none or its time is over.
func (s *shelf) get(key string, now time.Time) string {
	if i, ok := s.items[key]; ok && now.Before(i.until) {
		return i.text
	}
	return ""
}

// put keeps a text. Every time the shelf has doubled it is cleared of what is
// over, so a put costs the same on average however many there are.
func (s *shelf) put(key, text string, now time.Time, life time.Duration) {
	if s.items == nil {
		s.items, s.full = map[string]item{}, fewest
	}
	s.items[key] = item{text: text, until: now.Add(life)}
	if len(s.items) < s.full {
		return
	}
	for key, i := range s.items {
		if !now.Before(i.until) {
			delete(s.items, key)
		}
	}
	s.full = max(fewest, 2*len(s.items))
}
