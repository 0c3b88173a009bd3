package redisstore

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server is a real redis-server process.
type server struct {
	cmd               *exec.Cmd
	address, port, in string
}

// startRedis runs redis-server with the deployment's settings on a free port.
func startRedis(t *testing.T) *server {
	t.Helper()
	s := &server{port: freePort(t), in: t.TempDir()}
	s.address = "127.0.0.1:" + s.port
	s.start(t)
	t.Cleanup(func() { s.kill(t) })
	return s
}

// start starts the process, also again after kill: same port, same files.
func (s *server) start(t *testing.T) {
	t.Helper()
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatal("redis-server is missing: install it (Debian: apt-get install redis-server), or run scripts/test, which does")
	}
	s.cmd = exec.Command(binary, "../../deployments/redis.conf", "--bind", "127.0.0.1", "--port", s.port, "--dir", s.in, "--logfile", os.DevNull)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := s.open(t)
	until(t, "redis-server answers", func() bool { return r.Ping(t.Context()) == nil })
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

func (s *server) open(t *testing.T) *Redis { return openAt(t, s.address) }

func openAt(t *testing.T, address string) *Redis {
	t.Helper()
	r, err := Open("redis://"+address+"/0", "")
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

// kill is as hard as a power cut for the process; files stay.
func (s *server) kill(t *testing.T) {
	t.Helper()
	s.signal(t, syscall.SIGCONT)
	s.signal(t, syscall.SIGKILL)
	_ = s.cmd.Wait() // killed: it says so
}

// until waits for what a server with its own clock does.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	end := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("waited too long until %s", what)
		}
	}
}

// cutter passes bytes between a client and a server. While cutting it lets the
// client's words through and hangs up instead of giving the answer.
type cutter struct {
	address string
	cutting atomic.Bool
	cuts    atomic.Int32
}

func newCutter(t *testing.T, server string) *cutter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{address: l.Addr().String()}
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { c.pass(ctx, client, server) })
		}
	})
	t.Cleanup(func() { cancel(); _ = l.Close(); all.Wait() })
	return c
}

func (c *cutter) pass(ctx context.Context, client net.Conn, server string) {
	back, err := net.Dial("tcp", server)
	if err != nil {
		_ = client.Close()
		return
	}
	hangUp := func() { _ = client.Close(); _ = back.Close() }
	defer context.AfterFunc(ctx, hangUp)()
	var both sync.WaitGroup
	both.Go(func() { _, _ = io.Copy(back, client); hangUp() })
	both.Go(func() { c.answers(client, back); hangUp() })
	both.Wait()
}

func (c *cutter) answers(client io.Writer, server io.Reader) {
	buffer := make([]byte, 4096)
	for {
		n, err := server.Read(buffer)
		if err != nil {
			return
		}
		if c.cutting.Load() {
			c.cuts.Add(1)
			return
		}
		if _, err := client.Write(buffer[:n]); err != nil {
			return
		}
	}
}
