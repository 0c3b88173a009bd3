package receiver

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/erp"
)

// BenchmarkReceive measures the receiver with a store that does nothing.
// "direct" calls the handler, "served" goes through a real server on one
// connection. Its ratio to BenchmarkBareEcho is what our care costs.
func BenchmarkReceive(b *testing.B) {
	both(b, New(Config{
		Connections: map[string]Connection{"acme": {Tokens: func() []string { return []string{current, next} }, Company: 31}},
		Store:       func(context.Context, erp.Event) (bool, error) { return false, nil },
		Log:         zerolog.New(io.Discard).Level(zerolog.InfoLevel),
		Now:         time.Now,
	}))
}

// BenchmarkBareEcho measures the least that could be written: Echo, a
// comparison of the token and a JSON body.
func BenchmarkBareEcho(b *testing.B) { both(b, bare()) }

func both(b *testing.B, h http.Handler) {
	body := sample(b, "v3")
	b.Run("direct", func(b *testing.B) { direct(b, h, body) })
	b.Run("served", func(b *testing.B) { served(b, h, body) })
}

// bare is the baseline.
func bare() http.Handler {
	e := echo.New()
	e.POST("/hooks/procore/:connection", func(c echo.Context) error {
		if c.Request().Header.Get("Authorization") != current {
			return c.NoContent(http.StatusUnauthorized)
		}
		var p struct {
			ID           json.Number `json:"id"`
			ULID         string      `json:"ulid"`
			ResourceName string      `json:"resource_name"`
			ResourceID   json.Number `json:"resource_id"`
			EventType    string      `json:"event_type"`
			CompanyID    json.Number `json:"company_id"`
		}
		if err := json.NewDecoder(c.Request().Body).Decode(&p); err != nil {
			return c.NoContent(http.StatusBadRequest)
		}
		return c.NoContent(http.StatusOK)
	})
	return e
}

func direct(b *testing.B, h http.Handler, body string) {
	b.ReportAllocs()
	r := httptest.NewRequest(http.MethodPost, hooks, nil)
	r.Header.Set("Authorization", current)
	r.Header.Set("Content-Type", "application/json")
	r.ContentLength = int64(len(body))
	for b.Loop() {
		r.Body = io.NopCloser(strings.NewReader(body))
		w := &conn{header: http.Header{}}
		h.ServeHTTP(w, r)
		if w.status != http.StatusOK {
			b.Fatalf("got %d", w.status)
		}
	}
}

// conn is an answer that, like a real one, takes a deadline.
type conn struct {
	header http.Header
	status int
}

func (c *conn) Header() http.Header             { return c.header }
func (c *conn) Write(p []byte) (int, error)     { return len(p), nil }
func (c *conn) WriteHeader(status int)          { c.status = status }
func (c *conn) SetReadDeadline(time.Time) error { return nil }

func served(b *testing.B, h http.Handler, body string) {
	server := httptest.NewUnstartedServer(h)
	server.Config = Server(h)
	server.Start()
	defer server.Close()
	client := server.Client()
	for b.Loop() {
		r, err := http.NewRequest(http.MethodPost, server.URL+hooks, strings.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Authorization", current)
		r.Header.Set("Content-Type", "application/json")
		answer, err := client.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		if err := answer.Body.Close(); err != nil || answer.StatusCode != http.StatusOK {
			b.Fatal(answer.StatusCode, err)
		}
	}
}
