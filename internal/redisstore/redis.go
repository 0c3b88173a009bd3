package redisstore

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/procpac/procpac/internal/fault"
)

// limit bounds every call: a Redis that hangs is a Redis that is away.
const limit = 500 * time.Millisecond

// Redis keeps claims in a Redis server for all processes that use it. Safe for
// concurrent use.
type Redis struct {
	client      *redis.Client
	free, renew *redis.Script
}

// Open makes a keeper on a redis:// or rediss:// address; password, if given,
// goes before the address's own. It connects to nobody yet: a Redis that is
// away only costs its help.
func Open(address, password string) (*Redis, error) {
	o, err := redis.ParseURL(address)
	if err != nil {
		return nil, errors.New("redis.url cannot be read: it must look like redis://host:6379/0")
	}
	if password != "" {
		o.Password = password
	}
	redis.SetLogger(silent{}) // of the whole process: every failure is an error of ours already
	o.MaxRetries = -1         // a repeated SET NX answers no to what it did itself
	o.ContextTimeoutEnabled = true
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = limit, limit, limit, limit
	o.DialerRetries = 1
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return &Redis{
		client: redis.NewClient(o),
		free:   redis.NewScript(freeScript), renew: redis.NewScript(renewScript),
	}, nil
}

// silent keeps the library from writing to stderr past our log.
type silent struct{}

// Printf says nothing.
func (silent) Printf(context.Context, string, ...any) {}

// Both scripts look before they act, for a claim may have run out and be
// another's by the time they come. renewScript takes what is free again.
const (
	freeScript  = `if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end return 0`
	renewScript = `
local have = redis.call("GET", KEYS[1])
if have and have ~= ARGV[1] then return 0 end
redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
return 1`
)

// Close closes the connections.
func (r *Redis) Close() error { return r.client.Close() }

// Ping tells whether the server answers.
func (r *Redis) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return away("ping", r.client.Ping(ctx).Err())
}

// Take claims an aggregate for owner, or renews the claim it has; false while
// another owner's lease runs. A lease is at least a millisecond.
func (r *Redis) Take(ctx context.Context, connection, aggregate, owner string, lease time.Duration) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	lease = max(lease, time.Millisecond) // 0 would be for ever
	have, err := r.client.SetArgs(ctx, key(connection, aggregate), owner, redis.SetArgs{Mode: "NX", Get: true, TTL: lease}).Result()
	switch {
	case errors.Is(err, redis.Nil): // nobody held it
		return true, nil
	case err != nil:
		return false, away("take "+aggregate, err)
	case have != owner:
		return false, nil
	}
	held, err := r.renew.Run(ctx, r.client, []string{key(connection, aggregate)}, owner, lease.Milliseconds()).Bool()
	return held, away("renew "+aggregate, err)
}

// Free ends owner's claim; another's stays.
func (r *Redis) Free(ctx context.Context, connection, aggregate, owner string) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return away("free "+aggregate, r.free.Run(ctx, r.client, []string{key(connection, aggregate)}, owner).Err())
}

// away classes a failure: nothing changed that matters, and it is the
// system's.
func away(op string, err error) error {
	if err == nil {
		return nil
	}
	return fault.New(fault.Transient, "redis "+op, err).OfSystem()
}
