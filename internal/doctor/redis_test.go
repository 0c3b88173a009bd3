package doctor

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// startRedis runs a real redis-server with those settings and gives its host and
// port.
func startRedis(t *testing.T, settings ...string) string {
	t.Helper()
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatal("redis-server is missing: install it (Debian: apt-get install redis-server), or run scripts/test, which does")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(address)
	cmd := exec.Command(binary, append([]string{"--bind", "127.0.0.1", "--port", port, "--dir", t.TempDir(), "--logfile", os.DevNull, "--save", ""}, settings...)...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }) // killed: it says so
	answers(t, address)
	return address
}

// answers waits until somebody listens.
func answers(t *testing.T, address string) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	end := time.After(20 * time.Second)
	for {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			return
		}
		select {
		case <-tick.C:
		case <-end:
			t.Fatal("redis-server does not answer")
		}
	}
}

func TestRedis(t *testing.T) {
	const kept, password = "--appendonly yes", "not-a-secret-at-all"
	good := startRedis(t, "--appendonly", "yes", "--maxmemory-policy", "noeviction", "--requirepass", password)
	wants(t, look(t, Redis("redis://"+good+"/0", password)), "redis", OK, "evicts nothing")
	wants(t, look(t, Redis("redis://:"+password+"@"+good, "")), "redis", OK)
	for _, attempt := range [][2]string{{"redis://" + good, ""}, {"redis://" + good, "wrong-not-a-secret"}, {"redis://me:wrong-not-a-secret@" + good, ""}} {
		lines := look(t, Redis(attempt[0], attempt[1]))
		wants(t, lines, "redis", Warning, "cannot be used", "slower at most")
		if strings.Contains(lines[0].Words, "not-a-secret") {
			t.Errorf("a password is printed: %s", lines[0].Words)
		}
	}
	evicts := startRedis(t, strings.Fields(kept)[0], strings.Fields(kept)[1], "--maxmemory-policy", "allkeys-lru")
	wants(t, look(t, Redis("redis://"+evicts, "")), "redis", Warning, "allkeys-lru", "noeviction", "slower at most")
	forgets := startRedis(t, "--appendonly", "no")
	wants(t, look(t, Redis("redis://"+forgets, "")), "redis", Warning, "appendonly yes", "slower at most")
}

func TestRedisThatIsNone(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	wants(t, look(t, Redis("redis://"+address, "")), "redis", Warning, "does not answer")
	wants(t, look(t, Redis("rediss://"+address, "")), "redis", Warning, "does not answer")
	wants(t, look(t, Redis("redis://%zz", "not-a-secret")), "redis", Warning, "cannot be read")
	for _, text := range []string{"$-1\r\n", "$99999999999\r\n", "$x\r\n", "$5\r\nab", "", "-ERR not-a-secret\r\n"} {
		if got, err := command(&bytes.Buffer{}, bufio.NewReader(strings.NewReader(text)), "INFO"); err == nil || strings.Contains(err.Error(), "not-a-secret") {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	if _, err := command(broken{}, bufio.NewReader(strings.NewReader("")), "INFO"); err == nil {
		t.Error("a write that failed was not told")
	}
}

// broken is a connection that takes nothing.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("write tcp: gone") }

func TestRedisThatHangs(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	lines, _ := Redis("redis://"+l.Addr().String(), "").Look(ctx)
	if len(lines) != 1 || lines[0].Level != Warning {
		t.Errorf("%+v", lines)
	}
}
