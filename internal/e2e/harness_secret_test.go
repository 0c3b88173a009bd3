package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/procoresim"
)

// noSecrets fails the test when a secret of this world stands in a log.
func (w *world) noSecrets() {
	secrets := w.secrets()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.logs {
		text := l.String()
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				w.t.Errorf("the log holds %q", secret)
			}
		}
	}
}

// noting passes calls on and notes the tokens they carry.
func (w *world) noting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		w.mu.Lock()
		for _, token := range []string{bearer, r.URL.Query().Get("Token")} {
			if token != "" {
				w.tokens[token] = true
			}
		}
		w.mu.Unlock()
		next.ServeHTTP(rw, r)
	})
}

// issued are the tokens that calls to the simulators carried.
func (w *world) issued() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Sorted(maps.Keys(w.tokens))
}

// secrets are the texts that must never be seen.
func (w *world) secrets() []string {
	seed := jobpacsim.DemoSeed()
	return append(w.issued(),
		procoresim.DefaultClientSecret, strings.TrimPrefix(hookToken, "Bearer "), apiToken, natsPassword,
		seed.Applications[0].Key, seed.Users[0].Password, "Token=", "access_token")
}

// get reads a page of the operator's API.
func (s *system) get(path string) string {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.api.Server()+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+apiToken)
	res, err := s.client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: %d %s %v", path, res.StatusCode, text, err)
	}
	return string(text)
}

// log keeps the lines that a program logs. Safe for concurrent use.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write takes log lines.
func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String is all that was written.
func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *log) lines() []string { return strings.Split(strings.TrimSpace(l.String()), "\n") }

// line is a log line as far as the tests read it.
type line struct {
	Level    string  `json:"level"`
	Message  string  `json:"message"`
	Event    string  `json:"event"`
	Effect   *string `json:"effect"`
	State    string  `json:"state"`
	After    float64 `json:"after"`
	Webhooks string  `json:"webhooks"`
	Operator string  `json:"operator"`
}

// each gives the lines that are JSON.
func (l *log) each(look func(line)) {
	for _, text := range l.lines() {
		var one line
		if json.Unmarshal([]byte(text), &one) == nil {
			look(one)
		}
	}
}

// ended tells which events were processed to their end.
func (l *log) ended() map[string]bool {
	ended := map[string]bool{}
	l.each(func(one line) {
		if one.Event != "" && one.Effect != nil {
			ended[one.Event] = one.After == 0
		}
	})
	return ended
}
