package e2e

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/notify"
	"github.com/procpac/procpac/internal/procoresim"
)

// mailbox takes notes as a chat system would.
type mailbox struct {
	mu    sync.Mutex
	notes []notify.Note
}

// ServeHTTP takes one message.
func (m *mailbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Text  string        `json:"text"`
		Notes []notify.Note `json:"notes"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body.Text == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.notes = append(m.notes, body.Notes...)
}

func (m *mailbox) all() []notify.Note {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.notes)
}

// about gives the notes of an effect on an occasion.
func (m *mailbox) about(on, effect string) []notify.Note {
	var found []notify.Note
	for _, n := range m.all() {
		if n.On == on && n.Effect == effect {
			found = append(found, n)
		}
	}
	return found
}

// People are told of what was refused, of what waits for them and of a wrong
// token, and of nothing else.
func TestNotify(t *testing.T) {
	t.Parallel()
	box := &mailbox{}
	server := httptest.NewServer(box)
	t.Cleanup(server.Close)
	s := start(t, func(c *config.Config) {
		c.Notify.WebhookURL, c.Notify.Digest = config.Secret(server.URL+"/secret-path"), 0
	})
	heading := subcontract(5002, 2)
	heading.Lines[0].CostCode = "01-000"
	s.add(purchase(5001, 2), heading, purchase(5003, 2))
	s.settled(commitment, 5001, s.export(commitment, 5001, "PO-1"), journal.Done)
	s.settled(commitment, 5002, s.export(commitment, 5002, "SC-1"), journal.Rejected)
	s.procoreFaults(procoresim.Fault{Path: "/external_data/sync", SyncRowError: &procoresim.RowFault{ItemType: "line_item"}})
	s.settled(commitment, 5003, s.export(commitment, 5003, "PO-3"), journal.Parked)
	if status := s.post(connection, "Bearer not-the-token-at-all", `{}`); status != http.StatusUnauthorized {
		t.Errorf("status %d", status)
	}
	s.await("people are told", func() bool {
		return len(box.about(notify.Rejected, effectID(commitment, 5002))) == 1 &&
			len(box.about(notify.Parked, effectID(commitment, 5003))) == 1 && len(box.about(notify.TokenRefused, "")) == 1
	})
	told := len(box.all())
	s.stop()
	if n := box.about(notify.Parked, effectID(commitment, 5003))[0]; n.Number != "PO-3" || !strings.Contains(n.Reason, "stands in Jobpac") || n.Title == "" {
		t.Errorf("%+v", n)
	}
	if told != 3 {
		t.Errorf("%d notes: %+v", told, box.all())
	}
	if strings.Contains(s.log.String(), "secret-path") {
		t.Error("the address that is a secret was logged")
	}
}
