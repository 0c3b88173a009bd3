package redisstore

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/procpac/procpac/internal/fault"
)

// everyCall is what each call says of a server in trouble.
func everyCall(ctx context.Context, r *Redis) map[string]error {
	_, take := r.Take(ctx, "acme", "b", "one", time.Minute)
	return map[string]error{
		"take": take, "free": r.Free(ctx, "acme", "a", "one"), "ping": r.Ping(ctx),
	}
}

// A Redis that is away, or hangs, is told within the limit, classed so that
// the caller goes on without.
func TestRedisAway(t *testing.T) {
	for name, sig := range map[string]syscall.Signal{"killed": syscall.SIGKILL, "hanging": syscall.SIGSTOP} {
		t.Run(name, func(t *testing.T) {
			s := startRedis(t)
			r := s.open(t)
			h := hand{t, r}
			if !h.take("acme", "a", "one", time.Minute) {
				t.Fatal("not taken")
			}
			s.signal(t, sig)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			for what, err := range everyCall(ctx, r) {
				if fault.Of(err) != fault.Transient || !fault.IsSystem(err) || ctx.Err() != nil {
					t.Errorf("%s: got %v", what, err)
				}
			}
		})
	}
}

// The caller's own context ends a call on a server that hangs, and when it has
// ended already nothing is sent.
func TestCallersContext(t *testing.T) {
	s := startRedis(t)
	r := s.open(t)
	s.signal(t, syscall.SIGSTOP)
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := r.Take(short, "acme", "a", "one", time.Minute); fault.Of(err) != fault.Transient || !fault.IsSystem(err) {
		t.Errorf("got %v", err)
	}
	s.signal(t, syscall.SIGCONT)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Take(over, "acme", "b", "one", time.Minute); fault.Of(err) != fault.Transient {
		t.Errorf("got %v", err)
	}
	if h := (hand{t, s.open(t)}); !h.take("acme", "b", "two", time.Minute) {
		t.Error("a call whose context was over took the claim")
	}
}

// Killed in mid-run and started again: the keeper finds it by itself, and a
// claim that was granted still stands, for every write is on the disk.
func TestRedisRestarted(t *testing.T) {
	s := startRedis(t)
	r := s.open(t)
	h := hand{t, r}
	if !h.take("acme", "a", "one", time.Hour) {
		t.Fatal("not taken")
	}
	s.kill(t)
	if _, err := r.Take(t.Context(), "acme", "a", "two", time.Hour); !fault.IsSystem(err) {
		t.Fatalf("got %v", err)
	}
	s.start(t)
	until(t, "the keeper is back", func() bool { return r.Ping(t.Context()) == nil })
	if h.take("acme", "a", "two", time.Hour) || !h.take("acme", "a", "one", time.Hour) {
		t.Error("the claim is lost")
	}
	if err := r.Free(t.Context(), "acme", "a", "one"); err != nil { // the server has forgotten the script
		t.Error(err)
	}
}

// The answer to a claim is cut off after the server has granted it. The call
// is not repeated behind our back, and the owner who asks again holds it.
func TestAnswerCutOff(t *testing.T) {
	s := startRedis(t)
	c := newCutter(t, s.address)
	r, other := openAt(t, c.address), hand{t, s.open(t)}
	if err := r.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.cutting.Store(true)
	if held, err := r.Take(t.Context(), "acme", "a", "one", time.Hour); held || !fault.IsSystem(err) {
		t.Fatalf("got %v %v", held, err)
	}
	if n := c.cuts.Load(); n != 1 {
		t.Fatalf("the call was made %d times", n)
	}
	c.cutting.Store(false)
	if other.take("acme", "a", "two", time.Hour) {
		t.Fatal("the claim was granted: the other cannot have it")
	}
	if mine := (hand{t, r}); !mine.take("acme", "a", "one", time.Hour) {
		t.Fatal("the owner who asks again must understand that it holds the claim")
	}
}

// The library's own habits are off, all of them.
func TestOptions(t *testing.T) {
	o := openAt(t, "127.0.0.1:1").client.Options()
	if !o.ContextTimeoutEnabled || o.MaxRetries != 0 || o.DialerRetries != 1 || o.MaintNotificationsConfig.Mode != maintnotifications.ModeDisabled {
		t.Errorf("got %+v", o)
	}
	for name, got := range map[string]time.Duration{"dial": o.DialTimeout, "read": o.ReadTimeout, "write": o.WriteTimeout, "pool": o.PoolTimeout} {
		if got != limit {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// FLUSHALL loses all: the next taker simply has it.
func TestRedisFlushed(t *testing.T) {
	r := startRedis(t).open(t)
	h := hand{t, r}
	if !h.take("acme", "a", "one", time.Minute) {
		t.Fatal("not taken")
	}
	if err := r.client.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if !h.take("acme", "a", "two", time.Minute) || h.take("acme", "a", "one", time.Minute) {
		t.Fatal("after the loss it is the next one's")
	}
}

// A renewal comes after a look. What it finds then counts, not what it saw.
func TestRenewalLooksAgain(t *testing.T) {
	r := startRedis(t).open(t)
	h := hand{t, r}
	renew := func(owner string) bool {
		held, err := r.renew.Run(t.Context(), r.client, []string{key("acme", "a")}, owner, 60_000).Bool()
		if err != nil {
			t.Fatal(err)
		}
		return held
	}
	if !renew("one") || h.take("acme", "a", "two", time.Minute) {
		t.Fatal("a claim that ran out meanwhile is taken anew")
	}
	if renew("two") || !h.take("acme", "a", "one", time.Minute) {
		t.Fatal("a claim that became another's is not touched")
	}
}

// Whatever is kept has an end, so that nothing fills the server up for good.
func TestEveryKeyEnds(t *testing.T) {
	r := startRedis(t).open(t)
	h := hand{t, r}
	h.take("acme", "a", "one", time.Minute)
	h.take("acme", "a", "one", time.Minute)
	for key, most := range map[string]time.Duration{"idem:acme:a": time.Minute} {
		life, err := r.client.PTTL(t.Context(), key).Result()
		if err != nil || life <= 0 || life > most {
			t.Errorf("%s lives %v (%v), want at most %v", key, life, err, most)
		}
	}
}

// The settings that the deployment's file promises are in force.
func TestDeploymentSettings(t *testing.T) {
	r := startRedis(t).open(t)
	for name, want := range map[string]string{"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction", "protected-mode": "yes"} {
		if got, err := r.client.ConfigGet(t.Context(), name).Result(); err != nil || got[name] != want {
			t.Errorf("%s is %q (%v), want %q", name, got[name], err, want)
		}
	}
}

// An address that cannot be read is not repeated: it may hold a password.
func TestOpenRefusesAnAddressWithoutTellingIt(t *testing.T) {
	for _, address := range []string{"http://user:hush@x", "redis://:hush@x:port/0", "://hush", "redis://x/hush"} {
		_, err := Open(address, "")
		if err == nil || strings.Contains(err.Error(), "hush") || !strings.Contains(err.Error(), "redis.url") {
			t.Errorf("got %v", err)
		}
	}
}

func TestPassword(t *testing.T) {
	s := startRedis(t)
	if err := s.open(t).client.ConfigSet(t.Context(), "requirepass", "of-the-test").Err(); err != nil {
		t.Fatal(err)
	}
	for password, good := range map[string]bool{"of-the-test": true, "another": false, "": false} {
		r, err := Open("redis://"+s.address, password)
		if err != nil {
			t.Fatal(err)
		}
		err = r.Ping(t.Context())
		if (err == nil) != good || err != nil && (!fault.IsSystem(err) || strings.Contains(err.Error(), "another")) {
			t.Errorf("%q: got %v", password, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}
