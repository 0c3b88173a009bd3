package jobpac

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

const (
	createSubcontract = "/CreateANewSubcontract"
	doneSubcontract   = `{"data":[{"WorkId":"01","Order":"SC-1001","ErrorMessage":""}]}`
)

func writeSubcontract(ctx context.Context, c *Client) error {
	return c.Write(ctx, erp.Write{Record: testSubcontract()})
}

func TestWriteSendsTheRecordWithItsToken(t *testing.T) {
	fake := newServer(t)
	fake.on(createSubcontract, says(200, doneSubcontract))
	c := newTestClient(t, fake, nil)
	if err := writeSubcontract(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	sent := fake.queries(createSubcontract)[0]
	if sent["Token"] != "TOKEN-1" || sent["Order"] != "SC-1001" || sent["UserDefinedField1"] != "PCC4101" || sent["Description"] != "Brickwork & façade, stage 1" {
		t.Errorf("%v", sent)
	}
	login := fake.queries("/GiveMeAToken")[0]
	if login["Environment"] != "TEST" || login["Application"] != "PROCPAC" || login["Version"] != "1.00" || login["Token"] != "" {
		t.Errorf("%v", login)
	}
}

func TestWriteOfAVariationUpdateSendsNothing(t *testing.T) {
	fake := newServer(t)
	c := newTestClient(t, fake, nil)
	err := c.Write(t.Context(), erp.Write{Record: fullRecords()[4], Update: true})
	if fault.Of(err) != fault.Permanent || len(fake.calls) != 0 {
		t.Errorf("%v, %d calls", err, len(fake.calls))
	}
}

func TestWriteTokenRefusedIsRepeatedOnceWithANewToken(t *testing.T) {
	refusals := map[string]http.HandlerFunc{
		"401":     says(401, "who are you"),
		"in band": says(200, `{"data":[{"ErrorMessage":"The token is not known or has expired."}]}`),
	}
	for name, refusal := range refusals {
		t.Run(name, func(t *testing.T) {
			fake := newServer(t)
			fake.on(createSubcontract, then(refusal, says(200, doneSubcontract)))
			c := newTestClient(t, fake, nil)
			if err := writeSubcontract(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			sent := fake.queries(createSubcontract)
			if len(sent) != 2 || sent[0]["Token"] != "TOKEN-1" || sent[1]["Token"] != "TOKEN-2" {
				t.Errorf("%v", sent)
			}
		})
		t.Run(name+" twice", func(t *testing.T) {
			fake := newServer(t)
			fake.on(createSubcontract, refusal)
			c := newTestClient(t, fake, nil)
			err := writeSubcontract(t.Context(), c)
			if classOf(err) != "transient system" || fake.count(createSubcontract) != 2 || fake.count("/GiveMeAToken") != 2 {
				t.Errorf("%v after %d sends and %d logins", err, fake.count(createSubcontract), fake.count("/GiveMeAToken"))
			}
		})
	}
}

func TestWriteSurelyNotSent(t *testing.T) {
	t.Run("nobody listens", func(t *testing.T) {
		fake := newServer(t)
		c := newTestClient(t, fake, func(config *Config) { config.RequestURL = "http://" + closedPort(t) })
		if err := writeSubcontract(t.Context(), c); classOf(err) != "transient system" {
			t.Error(err)
		}
	})
	t.Run("another certificate", func(t *testing.T) {
		strange := httptest.NewUnstartedServer(says(200, doneSubcontract))
		strange.Config.ErrorLog = log.New(io.Discard, "", 0)
		strange.StartTLS()
		defer strange.Close()
		fake := newServer(t)
		c := newTestClient(t, fake, func(config *Config) { config.RequestURL = strange.URL })
		if err := writeSubcontract(t.Context(), c); classOf(err) != "transient system" {
			t.Error(err)
		}
	})
	t.Run("no token", func(t *testing.T) {
		fake := newServer(t)
		fake.on("/GiveMeAToken", says(200, `{"data":[{"Token":"","ErrorMessage":"No."}]}`))
		c := newTestClient(t, fake, nil)
		err := writeSubcontract(t.Context(), c)
		if classOf(err) != "transient system refused" || fake.count(createSubcontract) != 0 || fault.Said(err) != "No." {
			t.Error(err)
		}
	})
	t.Run("the caller is gone", func(t *testing.T) {
		fake := newServer(t)
		c := newTestClient(t, fake, nil)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := writeSubcontract(ctx, c)
		if classOf(err) != "transient" || !errors.Is(err, context.Canceled) || fake.count(createSubcontract) != 0 {
			t.Error(err)
		}
	})
}

func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func TestWriteUnknown(t *testing.T) {
	t.Run("cut", func(t *testing.T) {
		fake := newServer(t)
		fake.on(createSubcontract, cut)
		c := newTestClient(t, fake, nil)
		if err := writeSubcontract(t.Context(), c); classOf(err) != "ambiguous" || fake.count(createSubcontract) != 1 {
			t.Errorf("%v after %d sends", err, fake.count(createSubcontract))
		}
	})
	t.Run("answer broke off", func(t *testing.T) {
		fake := newServer(t)
		fake.on(createSubcontract, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "500")
			fmt.Fprint(w, `{"data":[{"WorkId":"01",`)
			cut(w, r)
		})
		c := newTestClient(t, fake, nil)
		if err := writeSubcontract(t.Context(), c); classOf(err) != "ambiguous" {
			t.Error(err)
		}
	})
	t.Run("no answer in time", func(t *testing.T) { writeStuck(t, time.Second, func(context.CancelFunc) {}) })
	t.Run("the caller goes while it is under way", func(t *testing.T) {
		writeStuck(t, time.Minute, func(cancel context.CancelFunc) { cancel() })
	})
}

// writeStuck sends to a Jobpac that never answers.
func writeStuck(t *testing.T, limit time.Duration, arrived func(context.CancelFunc)) {
	fake := newServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	fake.on(createSubcontract, func(_ http.ResponseWriter, r *http.Request) {
		arrived(cancel)
		<-r.Context().Done()
	})
	c := newTestClient(t, fake, func(config *Config) { config.Timeout = limit })
	if _, err := c.session.get(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := writeSubcontract(ctx, c); classOf(err) != "ambiguous" || fake.count(createSubcontract) != 1 {
		t.Error(err)
	}
}

// A kept connection that breaks under a write is where a client library is
// tempted to send again.
func TestWriteIsSentOnceOnABrokenKeptConnection(t *testing.T) {
	for _, record := range fullRecords() { // PUT and POST
		t.Run(string(record.Kind()), func(t *testing.T) {
			var connections, requests atomic.Int32
			l := breakingServer(t, &connections, &requests)
			fake := newServer(t)
			c := newTestClient(t, fake, func(config *Config) { config.RequestURL = "http://" + l.Addr().String() })
			_ = c.Write(t.Context(), erp.Write{Record: record}) // leaves a kept connection
			err := c.Write(t.Context(), erp.Write{Record: record})
			if classOf(err) != "ambiguous" {
				t.Error(err)
			}
			if requests.Load() != 2 || connections.Load() != 1 {
				t.Errorf("%d requests on %d connections, want 2 on 1", requests.Load(), connections.Load())
			}
		})
	}
}

// breakingServer answers the first request of a connection and hangs up on the
// second, once it has read it.
func breakingServer(t *testing.T, connections, requests *atomic.Int32) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var home sync.WaitGroup
	home.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			home.Go(func() { answerOnce(conn, requests) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); home.Wait() })
	return l
}

func answerOnce(conn net.Conn, requests *atomic.Int32) {
	defer func() { _ = conn.Close() }()
	var text strings.Builder
	buffer := make([]byte, 4096)
	for seen := 0; ; {
		n, err := conn.Read(buffer)
		if err != nil {
			return
		}
		text.Write(buffer[:n])
		if got := strings.Count(text.String(), "\r\n\r\n"); got > seen {
			seen = got
			requests.Add(1)
			if seen == 2 {
				return
			}
			fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"data\":[]}")
		}
	}
}

func TestWriteFollowsNoRedirect(t *testing.T) {
	for _, status := range []int{301, 302, 307, 308} {
		fake := newServer(t)
		fake.on(createSubcontract, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/Elsewhere?"+r.URL.RawQuery, status)
		})
		c := newTestClient(t, fake, nil)
		if err := writeSubcontract(t.Context(), c); classOf(err) != "ambiguous" || fake.count("/Elsewhere") != 0 {
			t.Errorf("%d: %v, %d calls elsewhere", status, err, fake.count("/Elsewhere"))
		}
	}
}

func TestWriteRefusalKeepsTheWishToWait(t *testing.T) {
	at := newClock()
	for header, want := range map[string]time.Duration{
		"7": 7 * time.Second, "99999999": 15 * time.Minute, "-5": tooManyRest, "soon": tooManyRest, "": tooManyRest, at.now().Add(90 * time.Second).Format(http.TimeFormat): 90 * time.Second,
	} {
		fake := newServer(t)
		fake.on(createSubcontract, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", header)
			w.WriteHeader(429)
		})
		c := newTestClient(t, fake, func(config *Config) { config.Now = at.now })
		if err := writeSubcontract(t.Context(), c); classOf(err) != "transient system" || fault.After(err) != want {
			t.Errorf("%q: %v after %s, want %s", header, err, fault.After(err), want)
		}
	}
}

func TestWriteTakesItemNumbersAsNumbers(t *testing.T) {
	for body, class := range map[string]string{
		`{"data":[{"WorkId":"01","Order":"PO-77","OrderItem":"0001"}]}`:          "done",
		`{"data":[{"OrderWorkId":"01","Order":"po-77","OrderItem":1}]}`:          "done",
		`{"data":[{"WorkId":"01","Order":"PO-77","OrderItem":"2"}]}`:             "ambiguous",
		`{"data":[{"WorkId":"01","Order":"PO-77","OrderItem":"one"}]}`:           "ambiguous",
		`{"data":[{"WorkId":"02","Order":"PO-77","OrderItem":"1"}]}`:             "ambiguous",
		`{"data":[{"WorkId":"01","Order":"PO-77"}]}`:                             "ambiguous",
		`{"data":[{"WorkId":"01","Order":"PO-77","OrderItem":""}]}`:              "ambiguous",
		`{"data":[{"workid":"01","order":"PO-77","orderitem":"1"}]}`:             "ambiguous",
		`{"data":[{"WorkId":"01","Order":"PO-77","OrderItem":"1"},{"Order":1}]}`: "ambiguous",
	} {
		fake := newServer(t)
		fake.on("/CreateANewPurchaseOrderItem", says(200, body))
		c := newTestClient(t, fake, nil)
		if err := c.Write(t.Context(), erp.Write{Record: fullRecords()[1]}); classOf(err) != class {
			t.Errorf("%s: %v, want %s", body, err, class)
		}
	}
}
