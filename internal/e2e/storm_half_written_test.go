package e2e

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/procpac/procpac/internal/app"
	"github.com/procpac/procpac/internal/flow"
	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/procoresim"
)

// slowReader holds the first reading of one effect back until it is let go.
type slowReader struct {
	flow.Journal
	key  journal.Key
	held *atomic.Bool
	read chan struct{} // closed when that reading has been made
	free chan struct{} // closed to let it go
}

// Load reads, and tells late.
func (j slowReader) Load(ctx context.Context, key journal.Key) (journal.Effect, error) {
	e, err := j.Journal.Load(ctx, key)
	if key == j.key && j.held.CompareAndSwap(false, true) {
		close(j.read)
		<-j.free
	}
	return e, err
}

// A change order whose worker reads "nobody knows this commitment" in the
// moment before another worker writes the commitment's header, with Redis away:
// it waits for the whole of it, and is not refused because of lines that are
// still to come.
func TestChangeOrderSeesItsCommitmentHalfWritten(t *testing.T) {
	t.Parallel()
	nats := startNATS(t)
	w := newWorld(t)
	claims := newRedisServer(t)
	c := &stormCluster{world: w, nats: nats.url(), redis: claims.url()}
	claims.kill()
	w.settings(func(s *procoresim.Settings) { s.ExportChecks = false })
	if err := c.startFront(); err != nil {
		t.Fatal(err)
	}
	slow := slowReader{
		key: journal.NewKey(connection, commitment, 5002), held: new(atomic.Bool), read: make(chan struct{}), free: make(chan struct{}),
	}
	cfg := c.processConfig("worker")
	cfg.DataDir = filepath.Join(c.dir, "worker")
	worker, err := c.run(app.ServeOptions{Config: cfg, Roles: []string{app.Worker}, Journal: func(j flow.Journal) flow.Journal {
		slow.Journal = j
		return slow
	}})
	if err != nil {
		t.Fatal(err)
	}
	w.hook("v4.0")
	w.add(subcontract(5002, 3), change(7002, 5002, 2, "S"))
	early := w.export(changeOrder, 7002, "V00001")
	<-slow.read
	w.jobpacFaults(jobpacsim.Fault{Operation: writeItem, Kind: jobpacsim.FaultLatency, MS: 500})
	late := w.export(commitment, 5002, "SC5002")
	w.await("the header stands", func() bool { return w.jobpac.Counts().Subcontracts == 1 })
	close(slow.free)
	c.front.settled(commitment, 5002, late, journal.Done)
	c.front.settled(changeOrder, 7002, early, journal.Done)
	c.quiet(patience)
	worker.stop()
	c.front.stop()
	w.standsOnce(5002, "SC5002")
	w.variesOnce(7002, "SC5002", "V00001")
}
