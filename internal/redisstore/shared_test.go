package redisstore

import (
	"syscall"
	"testing"
	"time"
)

// Without Redis, and after it forgot everything, the workers of one process
// still keep out of each other's way, and a second process is kept out as long
// as Redis knows.
func TestSharedWithoutRedis(t *testing.T) {
	s := startRedis(t)
	one, two := NewShared(s.open(t), time.Now), NewShared(s.open(t), time.Now)
	h := hand{t, one}
	if !h.take("acme", "a", "first", time.Minute) {
		t.Fatal("not taken")
	}
	if (hand{t, two}).take("acme", "a", "other process", time.Minute) {
		t.Fatal("two processes hold it")
	}
	if !(hand{t, two}).take("acme", "b", "other process", time.Minute) {
		t.Fatal("the refused claim stayed in the way")
	}
	s.signal(t, syscall.SIGKILL)
	if held, err := one.Take(t.Context(), "acme", "a", "second", time.Minute); held || err != nil {
		t.Fatalf("two workers of one process hold it: %v %v", held, err)
	}
	if _, err := one.Take(t.Context(), "acme", "c", "first", time.Minute); err == nil {
		t.Fatal("nobody can tell about other processes, and nobody says so")
	}
	if held, _ := one.Take(t.Context(), "acme", "c", "second", time.Minute); held {
		t.Fatal("two workers of one process hold it")
	}
	if err := one.Free(t.Context(), "acme", "c", "first"); err == nil {
		t.Fatal("freed in Redis?")
	}
	if _, err := one.Take(t.Context(), "acme", "c", "second", time.Minute); err == nil {
		t.Fatal("want the error of Redis, and the claim here")
	}
}
