package e2e

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/procpac/procpac/internal/config"
)

// redisServer is a real redis-server that can be killed, stopped and started
// again empty on its port.
type redisServer struct {
	t      *testing.T
	port   string
	cmd    *exec.Cmd
	client *redis.Client
}

// newRedisServer starts one with the deployment's settings.
func newRedisServer(t *testing.T) *redisServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	r := &redisServer{t: t, port: port, client: redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + port, MaxRetries: -1})}
	r.start()
	t.Cleanup(func() {
		r.kill()
		if err := r.client.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func (r *redisServer) url() config.Address {
	return config.Address("redis://127.0.0.1:" + r.port + "/0")
}

// start runs the server on a new, empty directory.
func (r *redisServer) start() {
	r.t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		r.t.Fatal("redis-server is missing: install it (Debian: apt-get install redis-server), or run scripts/test, which does")
	}
	r.cmd = exec.Command(path, "../../deployments/redis.conf", "--bind", "127.0.0.1", "--port", r.port, "--dir", r.t.TempDir(), "--logfile", os.DevNull)
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.wait("answers", func() bool { return r.client.Ping(r.t.Context()).Err() == nil })
}

// wait polls the server.
func (r *redisServer) wait(what string, holds func() bool) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			r.t.Fatalf("redis-server on port %s: not in %v: it %s", r.port, patience, what)
		}
	}
}

// kill ends the server as a power cut would. One that is gone stays so.
func (r *redisServer) kill() {
	if r.cmd == nil {
		return
	}
	r.signal(syscall.SIGKILL)
	_ = r.cmd.Wait() // killed: it says so
	r.cmd = nil
}

func (r *redisServer) signal(s syscall.Signal) {
	if err := r.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		r.t.Error(err)
	}
}

// do runs a command of the test itself, which must succeed.
func (r *redisServer) do(args ...any) any {
	r.t.Helper()
	answer, err := r.client.Do(r.t.Context(), args...).Result()
	if err != nil {
		r.t.Fatalf("%v: %v", args, err)
	}
	return answer
}

// redisProxy stands before a server, and can cut every reply after its command
// was done.
type redisProxy struct {
	listener net.Listener
	to       string
	cutting  atomic.Bool
	cuts     atomic.Int64
	home     sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool
}

// newRedisProxy starts one.
func newRedisProxy(t *testing.T, to *redisServer) *redisProxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &redisProxy{listener: l, to: "127.0.0.1:" + to.port, conns: map[net.Conn]bool{}}
	p.home.Go(p.accept)
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		p.hangUp()
		p.home.Wait()
	})
	return p
}

func (p *redisProxy) url() config.Address {
	return config.Address("redis://" + p.listener.Addr().String() + "/0")
}

func (p *redisProxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.home.Go(func() { p.serve(client) })
	}
}

// serve joins one connection to the server until either side ends.
func (p *redisProxy) serve(client net.Conn) {
	defer p.forget(client)
	server, err := net.DialTimeout("tcp", p.to, time.Second)
	if err != nil {
		return
	}
	defer p.forget(server)
	if !p.keep(client, server) {
		return
	}
	p.home.Go(func() {
		_, _ = io.Copy(server, client) // either end may go away at any time
		p.forget(server)
	})
	p.replies(client, server)
}

// replies passes the server's replies on. While it is cutting, the connection
// ends where a reply would have come: the command was done, nobody hears of it.
func (p *redisProxy) replies(client, server net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := server.Read(buffer)
		if p.cutting.Load() && n > 0 {
			p.cuts.Add(1)
			return
		}
		if _, write := client.Write(buffer[:n]); write != nil || err != nil {
			return
		}
	}
}

// keep notes connections to be ended; false: the proxy has ended.
func (p *redisProxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		if p.conns == nil {
			return false
		}
		p.conns[c] = true
	}
	return true
}

// forget ends a connection; a second time does no harm.
func (p *redisProxy) forget(c net.Conn) {
	_ = c.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

// hangUp ends all connections, and every later one at once.
func (p *redisProxy) hangUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
	p.conns = nil
}
