package receiver

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/procpac/procpac/internal/erp"
)

// pipes is a listener whose connections live in memory, so that a whole server
// runs in virtual time.
type pipes struct {
	waiting chan net.Conn
	closed  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.waiting:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// serve runs Server on pipes; dial opens a connection to it.
func serve(t *testing.T, change func(*Config)) (dial func() net.Conn) {
	p := &pipes{waiting: make(chan net.Conn), closed: make(chan struct{})}
	handler := newDesk(func(c *Config) { c.Now = time.Now }, change).handler
	server := Server(handler)
	done := make(chan error, 1)
	go func() { done <- server.Serve(p) }()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		<-done
		if err := handler.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return func() net.Conn {
		ours, theirs := net.Pipe()
		p.waiting <- theirs
		t.Cleanup(func() { _ = ours.Close() }) // a test may have closed it
		return ours
	}
}

// head is a request's header for a body of that length.
func head(length int, token string) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: h\r\nAuthorization: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", hooks, token, length)
}

// ask writes the pieces with a pause before each but the first, and gives the
// status and the time until the answer; 0 when there is none.
func ask(t *testing.T, conn net.Conn, pause time.Duration, pieces ...string) (int, time.Duration) {
	t.Helper()
	start := time.Now()
	go func() {
		for i, piece := range pieces {
			if i > 0 {
				<-time.After(pause)
			}
			if _, err := io.WriteString(conn, piece); err != nil {
				return // the server had enough of it
			}
		}
	}()
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	took := time.Since(start)
	if err != nil {
		return 0, took
	}
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		t.Error(err)
	}
	return answer.StatusCode, took
}

// untilDone is a store that honours its context, and nothing else.
func untilDone(ctx context.Context, _ erp.Event) (bool, error) { <-ctx.Done(); return false, ctx.Err() }

func TestHangingStoreIsAnsweredInTime(t *testing.T) {
	body := sample(t, "v3")
	for name, pieces := range map[string][]string{
		"a whole body":               {head(len(body), current) + body},
		"a slow body":                {head(len(body), current), body[:40], body[40:]},
		"a body that does not end":   {head(len(body)+1, current), body},
		"no body where one is named": {head(len(body), current)},
		"a wrong token, slow body":   {head(len(body), "wrong"), body[:40]},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				dial := serve(t, func(c *Config) {
					c.Store = func(context.Context, erp.Event) (bool, error) { <-release; return true, nil } // looks at no context
				})
				defer close(release) // before Close waits for it
				status, took := ask(t, dial(), 1400*time.Millisecond, pieces...)
				if status != 503 && status != 401 || took > 3500*time.Millisecond {
					t.Fatalf("got %d after %v", status, took)
				}
			})
		})
	}
}

// The limits are the operator's: a shorter one for the answer bounds the rest.
func TestShortLimits(t *testing.T) {
	body, bad := sample(t, "v3"), "{"
	for name, c := range map[string]struct {
		pieces []string
		change func(*Config)
		took   time.Duration
	}{
		"the store hangs":      {[]string{head(len(body), current) + body}, func(c *Config) { c.StoreLimit = 40 * time.Millisecond }, 40 * time.Millisecond},
		"the quarantine hangs": {[]string{head(len(bad), current) + bad}, func(c *Config) { c.StoreLimit = 40 * time.Millisecond }, 40 * time.Millisecond},
		"the body hangs":       {[]string{head(len(body), current) + body[:9]}, func(c *Config) { c.AnswerLimit = 400 * time.Millisecond }, 300 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				hang := make(chan struct{})
				defer close(hang)
				dial := serve(t, func(config *Config) {
					config.Store = func(context.Context, erp.Event) (bool, error) { <-hang; return false, nil }
					config.Quarantine = func(context.Context, string, []byte, string) error { <-hang; return nil }
					c.change(config)
				})
				if status, took := ask(t, dial(), 0, c.pieces...); status != 503 || took != c.took {
					t.Fatalf("got %d after %v", status, took)
				}
			})
		})
	}
}

func TestStoreIsGivenThreeSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body := sample(t, "v3")
		left := make(chan time.Duration, 1)
		dial := serve(t, func(c *Config) {
			c.Store = func(ctx context.Context, e erp.Event) (bool, error) {
				end, _ := ctx.Deadline()
				left <- time.Until(end)
				return untilDone(ctx, e)
			}
		})
		status, took := ask(t, dial(), 0, head(len(body), current)+body)
		if given := <-left; status != 503 || given != 3*time.Second || took != 3*time.Second {
			t.Fatalf("got %d after %v with %v for the store", status, took, given)
		}
	})
}

// The limit on reading must not end a store that is still at work: its
// deadline passes while the store writes.
func TestSlowBodyAndSlowStoreAreStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body := sample(t, "v3")
		dial := serve(t, func(c *Config) {
			c.Store = func(ctx context.Context, _ erp.Event) (bool, error) {
				select {
				case <-time.After(700 * time.Millisecond):
					return false, nil
				case <-ctx.Done():
					return false, ctx.Err()
				}
			}
		})
		status, took := ask(t, dial(), 2500*time.Millisecond, head(len(body), current), body)
		if status != 200 || took != 3200*time.Millisecond {
			t.Fatalf("got %d after %v", status, took)
		}
	})
}

// A connection serves many deliveries, also after one that was slow.
func TestConnectionIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body := sample(t, "v3")
		conn := serve(t, func(*Config) {})()
		for range 3 {
			if status, _ := ask(t, conn, 2900*time.Millisecond, head(len(body), current), body); status != 200 {
				t.Fatalf("got %d", status)
			}
			<-time.After(20 * time.Second)
		}
	})
}

// Readiness is asked with a second's patience, whether it looks at its context
// or not.
func TestReadyHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		dial := serve(t, func(c *Config) {
			c.Ready = func(context.Context) error { <-release; return nil }
		})
		status, took := ask(t, dial(), 0, "GET /readyz HTTP/1.1\r\nHost: h\r\n\r\n")
		if status != 503 || took != time.Second {
			t.Fatalf("got %d after %v", status, took)
		}
	})
}

// The outermost limits, for what the tests here do not reach.
func TestServerLimits(t *testing.T) {
	s := Server(http.NotFoundHandler())
	if s.ReadHeaderTimeout != 2*time.Second || s.ReadTimeout != 4*time.Second || s.WriteTimeout != 6*time.Second {
		t.Fatalf("header %v, read %v, write %v", s.ReadHeaderTimeout, s.ReadTimeout, s.WriteTimeout)
	}
}

// Every kind of slow sender is cut off by the server, in virtual time.
func TestSlowSendersAreCutOff(t *testing.T) {
	for name, c := range map[string]struct {
		send  string
		limit time.Duration
	}{
		"says nothing":        {"", 2 * time.Second},
		"half a header":       {"POST /hooks/procore/acme HTTP/1.1\r\nHost: h\r\nAuth", 2 * time.Second},
		"idle after a health": {"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n", 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				conn := serve(t, func(*Config) {})()
				start := time.Now()
				go func() { _, _ = io.WriteString(conn, c.send) }() // cut off at times
				if _, err := io.Copy(io.Discard, conn); err != nil {
					t.Fatal(err)
				}
				// a second more: the server waits a little before it closes
				if took := time.Since(start); took < c.limit || took > c.limit+time.Second {
					t.Fatalf("cut off after %v, want %v", took, c.limit)
				}
			})
		})
	}
}

func TestHeaderIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := serve(t, func(*Config) {})()
		long := make([]byte, 32<<10)
		for i := range long {
			long[i] = 'x'
		}
		status, _ := ask(t, conn, 0, "POST "+hooks+" HTTP/1.1\r\nHost: h\r\nX-Long: "+string(long)+"\r\n\r\n")
		if status != http.StatusRequestHeaderFieldsTooLarge {
			t.Fatalf("got %d", status)
		}
	})
}

// The same on a real listener, with the limits made short: a crowd that sends
// half a header holds no connection.
func TestSlowCrowdOnARealListener(t *testing.T) {
	server := Server(newDesk().handler)
	server.ReadHeaderTimeout = 50 * time.Millisecond
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	defer func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		<-done
	}()
	var crowd []net.Conn
	for range 50 {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, "POST "+hooks+" HTTP/1.1\r\nHost: h\r\nAuthor"); err != nil {
			t.Fatal(err)
		}
		crowd = append(crowd, conn)
	}
	for _, conn := range crowd {
		if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, conn); err != nil {
			t.Fatalf("not closed: %v", err)
		}
	}
}
