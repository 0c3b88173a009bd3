package flow

import (
	"context"
	"time"

	"github.com/procpac/procpac/internal/fault"
)

// simClaims is the claims store: keys with an owner and an end. It may lose
// everything.
type simClaims struct {
	*world
	held map[string]simClaim
}

type simClaim struct {
	owner string
	until time.Time
}

// flushOnce lets a quarter of the seeds lose everything at some moment.
func (c *simClaims) flushOnce() {
	if r := c.roll("claims"); chance(r, c.flush) {
		time.AfterFunc(between(r, 0, 20*time.Minute), func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.tell("the claims store loses everything")
			c.held = map[string]simClaim{}
		})
	}
}

// set takes a key for its owner; false when somebody else has it.
func (c *simClaims) set(key, owner string, lease time.Duration) bool {
	if have, ok := c.held[key]; ok && have.owner != owner && have.until.After(time.Now()) {
		return false
	}
	c.held[key] = simClaim{owner, time.Now().Add(lease)}
	return true
}

// has tells whether a key is set.
func (c *simClaims) has(key string) bool {
	have, ok := c.held[key]
	return ok && have.until.After(time.Now())
}

// claimsPort is the store as one hand reaches it.
type claimsPort struct{ *hand }

// ask is a call to the store that may hang or fail.
func (c claimsPort) ask(ctx context.Context, what string) (wrong bool, err error) {
	r := c.roll("claims " + what)
	if err := c.call(ctx, time.Millisecond, 3*time.Millisecond, r); err != nil {
		return false, fault.New(fault.Transient, what, err).OfSystem()
	}
	if !chance(r, c.hand.faults.claims) {
		return false, nil
	}
	c.count("claims store failed")
	kind := r.IntN(3)
	if kind == 0 {
		_ = c.call(ctx, 500*time.Millisecond, 5*time.Second, r)
	}
	if kind < 2 {
		return false, fault.New(fault.Transient, what, errNoReply).OfSystem()
	}
	return true, nil
}

func (c claimsPort) Take(ctx context.Context, connection, aggregate, owner string, lease time.Duration) (bool, error) {
	wrong, err := c.ask(ctx, "take")
	if err != nil || wrong {
		return false, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.world.claims.set(connection+" "+aggregate, owner, lease), nil
}

func (c claimsPort) Free(ctx context.Context, connection, aggregate, owner string) error {
	if wrong, err := c.ask(ctx, "free"); err != nil || wrong {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if key := connection + " " + aggregate; c.world.claims.held[key].owner == owner {
		delete(c.world.claims.held, key)
	}
	return nil
}

// Has tells whether a mark is set, for the naive protocols.
func (c claimsPort) Has(ctx context.Context, key string) (bool, error) {
	if _, err := c.ask(ctx, "has"); err != nil {
		return false, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.world.claims.has(key), nil
}
