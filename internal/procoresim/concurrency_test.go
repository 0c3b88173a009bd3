package procoresim

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"
)

// TestManyAtOnce works the simulator from many sides at the same time and then counts: nothing lost, nothing doubled.
func TestManyAtOnce(t *testing.T) {
	const workers, each = 8, 25
	w := newWorld(t)
	r := newReceiver(t, nil)
	w.hook(r, "v2.0")
	var wg sync.WaitGroup
	for worker := range workers {
		wg.Go(func() {
			for n := range each {
				w.oneRound(fmt.Sprintf("%d-%d", worker, n))
			}
		})
	}
	wg.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := w.sim.WaitIdle(ctx); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, id := range r.field(t, "resource_id") {
		seen[id] = true
	}
	if len(seen) != workers*each || len(r.all()) != workers*each {
		t.Errorf("%d different requests in %d deliveries, want %d", len(seen), len(r.all()), workers*each)
	}
	for _, c := range w.sim.State().Commitments {
		if c.ERPState != "synced" {
			t.Fatalf("commitment %d is %q", c.ID, c.ERPState)
		}
	}
	if n := w.sim.State().Counts["commitments"]; n != workers*each {
		t.Errorf("%d commitments", n)
	}
}

// oneRound makes, exports, reads, links and closes one commitment.
func (w *world) oneRound(code string) {
	id, err := w.sim.AddCommitment(Commitment{ProjectID: DemoProjectID, Type: WorkOrderContract, Number: code, Status: "Approved", VendorID: 7001,
		Lines: []Line{{Amount: "10.00", CostCode: "01-100", CostType: "S"}}})
	if err != nil {
		w.t.Error(err)
		return
	}
	request, detail, err := w.sim.ExportCommitment(id, code)
	if err != nil {
		w.t.Error(err)
		return
	}
	for _, step := range []struct {
		method, path string
		body         any
	}{
		{http.MethodGet, requestPath(request), nil},
		{http.MethodPatch, company(extSync), obj{"updates": []obj{ext(itemWorkOrder, id, "01|"+code)}}},
		{http.MethodPatch, detailPath(detail), closeBody("success")},
	} {
		resp, err := w.client.Do(w.restRequest(step.method, step.path, step.body))
		if err != nil {
			w.t.Error(err)
			return
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			w.t.Errorf("%s %s answered %d", step.method, step.path, resp.StatusCode)
		}
	}
}
