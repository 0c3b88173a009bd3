package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/procoresim"
)

// Nobody answers Procore for thirteen hours, so it throws away every webhook of
// the day's 500 approvals. The sweep brings all of them; a second round of it,
// and every webhook once more under a new id, change nothing.
func TestThirteenHoursAway(t *testing.T) {
	w := newWorld(t)
	w.settings(func(s *procoresim.Settings) { s.BackoffMinMS, s.BackoffMaxMS, s.ExportChecks = 1000, 3_600_000, false })
	w.hook("v4.0")
	requests := w.aDayOfApprovals()
	if err := w.procore.Advance(t.Context(), 13*time.Hour); err != nil {
		t.Fatal(err)
	}
	discarded := 0
	for _, d := range w.procore.Deliveries() {
		if d.Status == "discarded" {
			discarded++
		}
	}
	if discarded != len(requests) {
		t.Fatalf("%d webhooks thrown away, of %d: %+v", discarded, len(requests), w.procore.DeliveryCounts())
	}
	cfg := w.config()
	cfg.Sweep.Every = config.Duration(400 * time.Millisecond)
	s := w.serve(cfg)
	w.await("every request is closed", func() bool { return w.allTold(requests) })
	books := w.books()
	w.counted(requests)
	w.again(s)
	s.drained()
	if w.books() != books {
		t.Error("all webhooks once more changed Jobpac's books")
	}
	health, err := s.api.Health(t.Context())
	if err != nil || health.Effects[string(journal.Done)] != len(requests) {
		t.Errorf("%v, %v", health.Effects, err)
	}
	s.stop()
	t.Logf("approvals %d, discarded %d, lost 0, doubled 0", len(requests), discarded)
}

// aDayOfApprovals sends 300 purchase orders, 150 subcontracts and 50 change
// orders on those, and gives their requests by document.
func (w *world) aDayOfApprovals() map[int64]int64 {
	w.t.Helper()
	requests := map[int64]int64{}
	for i := range int64(300) {
		w.add(purchase(10_000+i, 2))
		requests[10_000+i] = w.export(commitment, 10_000+i, fmt.Sprintf("P%05d", i))
	}
	for i := range int64(150) {
		w.add(subcontract(20_000+i, 1))
		requests[20_000+i] = w.export(commitment, 20_000+i, fmt.Sprintf("S%05d", i))
	}
	for i := range int64(50) {
		w.add(change(30_000+i, 20_000+i, 1, "S"))
		requests[30_000+i] = w.export(changeOrder, 30_000+i, fmt.Sprintf("V%05d", i+1))
	}
	return requests
}

// counted holds the books against the day's approvals.
func (w *world) counted(requests map[int64]int64) {
	w.t.Helper()
	if c := w.jobpac.Counts(); c.PurchaseOrders != 300 || c.PurchaseOrderItems != 600 || c.Subcontracts != 150 || c.SubcontractItems != 150 || c.Variations != 50 || c.VariationItems != 50 {
		w.t.Errorf("the books: %+v", c)
	}
	for id, request := range requests {
		if r, _ := w.procore.Request(request); r.Status != "success" || r.TimesClosed < 1 {
			w.t.Errorf("document %d: closed %d times as %q: %q", id, r.TimesClosed, r.Status, r.Messages)
		}
	}
}

// again posts every webhook that was thrown away once more, as another event.
func (w *world) again(s *system) {
	w.t.Helper()
	id := regexp.MustCompile(`"id":"[0-9A-Z]{26}"`)
	for i, d := range w.procore.Deliveries() {
		body := id.ReplaceAll(d.Payload, fmt.Appendf(nil, `"id":"01M8AGA1N%017d"`, i))
		if bytes.Equal(body, d.Payload) {
			w.t.Fatalf("no id in %s", d.Payload)
		}
		req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, "http://"+s.webhooks+"/hooks/procore/"+connection, bytes.NewReader(body))
		if err != nil {
			w.t.Fatal(err)
		}
		req.Header.Set("Authorization", hookToken)
		req.Header.Set("Content-Type", "application/json")
		res, err := w.client.Do(req)
		if err != nil {
			w.t.Fatal(err)
		}
		if res.Body.Close(); res.StatusCode != http.StatusOK {
			w.t.Fatalf("%d for %s", res.StatusCode, body)
		}
	}
}
