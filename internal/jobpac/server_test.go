package jobpac

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
)

// server is a Jobpac that answers what a test tells it to.
type server struct {
	*httptest.Server
	mu      sync.Mutex
	answers map[string]http.HandlerFunc // by path
	calls   []*http.Request
	tokens  int
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{answers: map[string]http.HandlerFunc{}}
	s.on("/GiveMeAToken", func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		s.tokens++
		n := s.tokens
		s.mu.Unlock()
		fmt.Fprintf(w, `{"data":[{"Token":"TOKEN-%d","ErrorMessage":""}]}`, n)
	})
	s.on("/DeleteAToken", says(200, `{"data":[{"ErrorMessage":""}]}`))
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.calls = append(s.calls, r)
	answer := s.answers[r.URL.Path]
	s.mu.Unlock()
	if answer == nil {
		answer = says(200, `{"data":[]}`)
	}
	answer(w, r)
}

// on sets the answer of a path.
func (s *server) on(path string, answer http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[path] = answer
}

// count is how often a path was called.
func (s *server) count(path string) int { return len(s.queries(path)) }

// queries are the arguments of the calls of a path, in their order.
func (s *server) queries(path string) []map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []map[string]string
	for _, r := range s.calls {
		if r.URL.Path == path {
			args := map[string]string{}
			for name, values := range r.URL.Query() {
				args[name] = strings.Join(values, "|")
			}
			all = append(all, args)
		}
	}
	return all
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

// then answers with each in turn, the last one for ever.
func then(answers ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		answer := answers[0]
		if len(answers) > 1 {
			answers = answers[1:]
		}
		mu.Unlock()
		answer(w, r)
	}
}

// cut closes the connection without an answer.
func cut(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// clock is a stubbed clock.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 3, 1, 2, 3, 4, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

const (
	testKey      = "0123456789abcdef0123456789abcdef"
	testPassword = "not-real"
)

func testConfig(url string) Config {
	return Config{
		AuthURL: url, RequestURL: url, Environment: "TEST", Application: "PROCPAC", Version: "1.00",
		Key: testKey, User: "TESTUSER", Password: testPassword, WorkID: "01", ReferenceField: "UserDefinedField1",
	}
}

// newTestClient makes a client of s; change may be nil.
func newTestClient(t *testing.T, s *server, change func(*Config)) *Client {
	t.Helper()
	config := testConfig(s.URL)
	if change != nil {
		change(&config)
	}
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.WithoutCancel(t.Context())) })
	return c
}

func testSubcontract() erp.Subcontract {
	return erp.Subcontract{
		OrderKey: erp.OrderKey{WorkID: "01", Order: "SC-1001"}, Job: erp.JobKey{WorkID: "01", Job: "1001"},
		Creditor: erp.CreditorKey{WorkID: "01", Creditor: "BRICKW"}, Description: "Brickwork & façade, stage 1",
		Method: "L", Retention: "5", RetentionOn: "G", Sum: 12_500_50, Acceptance: "2026-03-01", Start: "2026-03-10",
		Completion: "2026-09-30", Sent: "2026-02-20", Received: "2026-02-27", Reference: "PCC4101",
	}
}
