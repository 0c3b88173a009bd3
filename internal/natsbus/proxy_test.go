package natsbus

import (
	"errors"
	"io"
	"net"
	"sync"
	"testing"
)

// proxy stands between a bus and a server outside, and can be a bad network: a
// server that hangs (nothing is passed on, the connection stays up), one whose
// answers are lost, one that is gone.
type proxy struct {
	t        *testing.T
	target   string
	listener net.Listener
	home     sync.WaitGroup

	mu      sync.Mutex
	changed *sync.Cond
	frozen  bool
	mute    bool // what the server says is lost
	closed  bool
	open    map[net.Conn]bool
}

// between opens a proxy before a server.
func between(t *testing.T, target string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{t: t, target: target, listener: listener, open: map[net.Conn]bool{}}
	p.changed = sync.NewCond(&p.mu)
	p.home.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

func (p *proxy) url() string { return "nats://" + p.listener.Addr().String() }

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		srv, err := net.Dial("tcp", p.target)
		if err != nil || !p.keep(client, srv) {
			_ = client.Close()
			continue
		}
		p.home.Go(func() { p.copy(srv, client, false) })
		p.home.Go(func() { p.copy(client, srv, true) })
	}
}

// keep notes two connections, unless the proxy is closed.
func (p *proxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		if p.closed {
			_ = c.Close()
		} else {
			p.open[c] = true
		}
	}
	return !p.closed
}

// copy passes on what comes, as far as it may.
func (p *proxy) copy(to, from net.Conn, answers bool) {
	defer p.drop(to, from)
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 && p.may(answers) {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) {
				p.t.Log(err)
			}
			return
		}
	}
}

// may waits while the proxy is frozen; false: this piece is lost.
func (p *proxy) may(answers bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.frozen && !p.closed {
		p.changed.Wait()
	}
	return !(answers && p.mute) && !p.closed
}

func (p *proxy) drop(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		delete(p.open, c)
		_ = c.Close()
	}
}

// set changes how the network is; cut ends all connections with it.
func (p *proxy) set(frozen, mute, cut bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.frozen, p.mute = frozen, mute
	if cut {
		for c := range p.open {
			_ = c.Close()
		}
	}
	p.changed.Broadcast()
}

func (p *proxy) freeze() { p.set(true, false, false) }
func (p *proxy) thaw()   { p.set(false, false, false) }
func (p *proxy) deafen() { p.set(false, true, false) }
func (p *proxy) cut()    { p.set(false, false, true) }

func (p *proxy) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	_ = p.listener.Close()
	p.cut()
	p.home.Wait()
}
