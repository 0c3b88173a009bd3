package redisstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/procpac/procpac/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// keeper is the port that both keepers serve.
type keeper interface {
	Take(ctx context.Context, connection, aggregate, owner string, lease time.Duration) (bool, error)
	Free(ctx context.Context, connection, aggregate, owner string) error
}

// server is a real redis-server process.
type server struct {
	cmd     *exec.Cmd
	address string
}

// startRedis runs redis-server with the deployment's settings on a free port.
func startRedis(t *testing.T) *server {
	t.Helper()
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatal("redis-server is missing: install it (Debian: apt-get install redis-server), or run scripts/test, which does")
	}
	port := freePort(t)
	cmd := exec.Command(binary, "../../deployments/redis.conf", "--bind", "127.0.0.1", "--port", port, "--dir", t.TempDir(), "--logfile", os.DevNull)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &server{cmd: cmd, address: "127.0.0.1:" + port}
	t.Cleanup(func() { s.kill(t) })
	s.await(t)
	return s
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// await waits until the server answers.
func (s *server) await(t *testing.T) {
	t.Helper()
	r := s.open(t)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	end := time.After(20 * time.Second)
	for r.Ping(t.Context()) != nil {
		select {
		case <-tick.C:
		case <-end:
			t.Fatal("redis-server does not answer")
		}
	}
}

func (s *server) open(t *testing.T) *Redis {
	t.Helper()
	r, err := Open("redis://"+s.address+"/0", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() }) // a test may have closed it
	return r
}

func (s *server) signal(t *testing.T, sig syscall.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
}

func (s *server) kill(t *testing.T) {
	t.Helper()
	s.signal(t, syscall.SIGCONT)
	s.signal(t, syscall.SIGKILL)
	_ = s.cmd.Wait() // killed: it says so
}

// TestSuite runs every promise of the port on both keepers.
func TestSuite(t *testing.T) {
	redis := startRedis(t)
	for name, k := range map[string]keeper{"local": NewLocal(time.Now), "redis": redis.open(t)} {
		t.Run(name, func(t *testing.T) { suite(t, k) })
	}
}

func suite(t *testing.T, k keeper) {
	ctx := t.Context()
	take := func(connection, aggregate, owner string, lease time.Duration) bool {
		t.Helper()
		held, err := k.Take(ctx, connection, aggregate, owner, lease)
		if err != nil {
			t.Fatal(err)
		}
		return held
	}
	free := func(aggregate, owner string) {
		t.Helper()
		if err := k.Free(ctx, "acme", aggregate, owner); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("one holds, the other does not", func(t *testing.T) {
		if !take("acme", "a", "one", time.Minute) || take("acme", "a", "two", time.Minute) {
			t.Fatal("a claim is held by one")
		}
		if !take("acme", "b", "two", time.Minute) || !take("other", "a", "two", time.Minute) {
			t.Fatal("another aggregate, and the same of another connection, are free")
		}
	})
	t.Run("taking again renews", func(t *testing.T) {
		if !take("acme", "renew", "one", time.Millisecond) || !take("acme", "renew", "one", time.Minute) {
			t.Fatal("the owner may take again")
		}
		after(t, 5*time.Millisecond)
		if take("acme", "renew", "two", time.Minute) {
			t.Fatal("the renewed lease runs")
		}
	})
	t.Run("a lease ends", func(t *testing.T) {
		if !take("acme", "lease", "one", time.Millisecond) {
			t.Fatal("not taken")
		}
		after(t, 20*time.Millisecond)
		if !take("acme", "lease", "two", time.Minute) {
			t.Fatal("a claim past its lease is free")
		}
		free("lease", "one")
		if take("acme", "lease", "three", time.Minute) {
			t.Fatal("who lost a claim cannot free the next one's")
		}
	})
	t.Run("freed", func(t *testing.T) {
		take("acme", "f", "one", time.Minute)
		free("f", "two")
		if take("acme", "f", "two", time.Minute) {
			t.Fatal("only the owner frees")
		}
		free("f", "one")
		free("f", "one")
		if !take("acme", "f", "two", time.Minute) {
			t.Fatal("freed is free")
		}
	})
	t.Run("of many exactly one", func(t *testing.T) {
		var winners atomic.Int32
		var all sync.WaitGroup
		for i := range 32 {
			all.Go(func() {
				if held, err := k.Take(ctx, "acme", "race", fmt.Sprint(i), time.Minute); err == nil && held {
					winners.Add(1)
				}
			})
		}
		all.Wait()
		if winners.Load() != 1 {
			t.Fatalf("%d winners", winners.Load())
		}
	})
}

// after waits for real time: the servers have clocks of their own.
func after(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
		t.Fatal(t.Context().Err())
	}
}

// A Redis that is away, or hangs, is told within the limit, classed so that
// the caller goes on without.
func TestRedisAway(t *testing.T) {
	for name, sig := range map[string]syscall.Signal{"killed": syscall.SIGKILL, "hanging": syscall.SIGSTOP} {
		t.Run(name, func(t *testing.T) {
			s := startRedis(t)
			r := s.open(t)
			if held, err := r.Take(t.Context(), "acme", "a", "one", time.Minute); err != nil || !held {
				t.Fatal(held, err)
			}
			s.signal(t, sig)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			for what, err := range map[string]error{
				"take": func() error { _, err := r.Take(ctx, "acme", "b", "one", time.Minute); return err }(),
				"free": r.Free(ctx, "acme", "a", "one"),
				"ping": r.Ping(ctx),
			} {
				if fault.Of(err) != fault.Transient || !fault.IsSystem(err) || ctx.Err() != nil {
					t.Errorf("%s: got %v", what, err)
				}
			}
		})
	}
}

// FLUSHALL loses every claim: the next taker simply has it.
func TestRedisFlushed(t *testing.T) {
	r := startRedis(t).open(t)
	if held, err := r.Take(t.Context(), "acme", "a", "one", time.Minute); err != nil || !held {
		t.Fatal(held, err)
	}
	if err := r.client.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if held, err := r.Take(t.Context(), "acme", "a", "two", time.Minute); err != nil || !held {
		t.Fatal(held, err)
	}
}

func TestOpenRefusesAnAddressWithoutTellingIt(t *testing.T) {
	_, err := Open("http://user:hush@x", "")
	if err == nil || len(err.Error()) > 100 {
		t.Fatalf("got %v", err)
	}
}
