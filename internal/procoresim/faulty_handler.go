package procoresim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

func contains(list []string, text string) bool { return slices.Contains(list, text) }

// withFaults is the outermost layer: request id, ordered trouble, rate limits, then the API itself.
func (s *Sim) withFaults(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, leave := s.enter(r)
		defer leave()
		number, hits := s.strike(r)
		w.Header().Set("X-Request-Id", fmt.Sprintf("sim-%d", number))
		if !s.linger(r.Context(), hits) {
			panic(http.ErrAbortHandler)
		}
		if strings.HasPrefix(r.URL.Path, "/rest/") {
			if refused := s.admit(w.Header(), r.URL.Path); refused != nil {
				refused.send(w)
				return
			}
		}
		if !s.before(w, r, hits) {
			return
		}
		s.after(w, r.WithContext(withRowFaults(r.Context(), hits)), hits, next)
	})
}

// Calls is the number of requests that reached Handler, refused ones included.
func (s *Sim) Calls() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

// linger waits out the ordered latency; false when the caller or the simulator went away.
func (s *Sim) linger(ctx context.Context, hits []Fault) bool {
	total := 0
	for _, f := range hits {
		total += f.LatencyMS
	}
	if total == 0 {
		return true
	}
	t := time.NewTimer(time.Duration(total) * time.Millisecond)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
	case <-s.ctx.Done():
	}
	return false
}

// before plays the faults that keep the work from being done; false when the call is over.
func (s *Sim) before(w http.ResponseWriter, r *http.Request, hits []Fault) bool {
	for _, f := range hits {
		switch {
		case f.CutBefore:
			panic(http.ErrAbortHandler)
		case f.StatusBefore != 0:
			s.ordered(f, f.StatusBefore, r.URL.Path).send(w)
			return false
		case f.ExpireTokens:
			s.ExpireTokens()
		}
	}
	return true
}

// after lets the work be done and then spoils the answer, if so ordered.
func (s *Sim) after(w http.ResponseWriter, r *http.Request, hits []Fault, next http.Handler) {
	i := slices.IndexFunc(hits, func(f Fault) bool { return f.CutAfter || f.StatusAfter != 0 || f.BadJSON })
	if i < 0 {
		next.ServeHTTP(w, r)
		return
	}
	kept := &keeper{header: http.Header{}, status: http.StatusOK}
	next.ServeHTTP(kept, r)
	switch f := hits[i]; {
	case f.CutAfter:
		panic(http.ErrAbortHandler)
	case f.StatusAfter != 0:
		s.ordered(f, f.StatusAfter, r.URL.Path).send(w)
	default:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(kept.status)
		_, _ = w.Write(kept.body.Bytes()[:kept.body.Len()/2]) // the caller is meant to see a torn answer
	}
}

// ordered is the answer a fault asks for.
func (s *Sim) ordered(f Fault, status int, path string) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	message := f.Message
	if message == "" {
		message = "the simulator was told to answer " + http.StatusText(status)
	}
	e := &apiError{status: status, message: message, shape: f.Shape, retryAfter: f.RetryAfter}
	if f.Shape == "" {
		return s.settings.refusal(e, path)
	}
	plain := Settings{}
	return plain.refusal(e, path)
}

// send writes an answer outside the router.
func (r reply) send(w http.ResponseWriter) {
	body := r.raw
	if body == nil && r.body != nil {
		body, _ = json.Marshal(r.body) // made of texts and numbers only, cannot fail
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	}
	for name, values := range r.header {
		w.Header()[name] = values
	}
	w.WriteHeader(r.status)
	_, _ = w.Write(body) // a caller that hung up is no concern here
}

// keeper holds an answer back.
type keeper struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header is the header map of the held answer.
func (k *keeper) Header() http.Header { return k.header }

// WriteHeader notes the status.
func (k *keeper) WriteHeader(status int) { k.status = status }

// Write keeps the bytes.
func (k *keeper) Write(p []byte) (int, error) { return k.body.Write(p) }

// rowFaultsKey carries row faults from the outer layer to the sync handler.
type rowFaultsKey struct{}

func withRowFaults(ctx context.Context, hits []Fault) context.Context {
	var rows []RowFault
	for _, f := range hits {
		if f.SyncRowError != nil {
			rows = append(rows, *f.SyncRowError)
		}
	}
	if rows == nil {
		return ctx
	}
	return context.WithValue(ctx, rowFaultsKey{}, rows)
}

func rowFaultsOf(ctx context.Context) []RowFault {
	rows, _ := ctx.Value(rowFaultsKey{}).([]RowFault)
	return rows
}
