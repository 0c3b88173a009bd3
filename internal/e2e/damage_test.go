package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/journal"
)

// Whatever happens to the stored history while procpac is down, it notices,
// creates nothing, and takes webhooks all the same. What was done before is
// sent again by the approvers, who know of nothing; after an audit and a release
// every document stands once.
func TestDamage(t *testing.T) {
	t.Parallel()
	for name, hurt := range map[string]func(w *world, old string){
		"rewound to an older copy": func(w *world, old string) { w.putBack(old) },
		"streams gone":             func(w *world, _ string) { w.must(os.RemoveAll(w.streams())) },
		"bit flipped":              func(w *world, _ string) { w.change("JOURNAL", func(b []byte) []byte { b[len(b)/2] ^= 0x10; return b }) },
		"bit flipped in the end":   func(w *world, _ string) { w.change("JOURNAL", func(b []byte) []byte { b[len(b)-40] ^= 1; return b }) },
		"bit flipped in an event":  func(w *world, _ string) { w.change("EVENTS", func(b []byte) []byte { b[len(b)/2] ^= 0x10; return b }) },
		"file cut":                 func(w *world, _ string) { w.change("JOURNAL", func(b []byte) []byte { return b[:len(b)*3/4] }) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			config := w.file("", "")
			w.hook("v4.0")
			old := filepath.Join(t.TempDir(), "older")
			p := w.launch(config)
			w.purchased(p, 5001, "PO-1", journal.Done)
			p.end(os.Interrupt)
			w.must(os.CopyFS(old, os.DirFS(w.streams())))
			p = w.launch(config)
			w.purchased(p, 5002, "PO-2", journal.Done)
			p.end(os.Interrupt)
			hurt(w, old)
			p = w.launch(config)
			w.await("safe mode is on", func() bool { return p.safeMode() })
			requests := map[int64]int64{}
			for id, number := range map[int64]string{5001: "PO-1", 5002: "PO-2", 5003: "PO-3"} {
				if id == 5003 {
					w.add(purchase(id, 2))
				}
				requests[id] = w.exportAgain(id, number)
			}
			w.idle() // every webhook was answered 200
			w.await("a worker says why it does nothing", func() bool { return strings.Contains(p.log.String(), `"message":"safe mode: `) })
			if n := w.jobpac.Counts().PurchaseOrders; n != 2 {
				t.Errorf("%d orders in safe mode", n)
			}
			w.released(p, config)
			for id, request := range requests {
				p.settled(commitment, id, request, journal.Done)
			}
			p.idle()
			p.end(os.Interrupt)
			for id, number := range map[int64]string{5001: "PO-1", 5002: "PO-2", 5003: "PO-3"} {
				w.standsOnce(id, number)
			}
			if c := w.jobpac.Counts(); c.PurchaseOrders != 3 || c.PurchaseOrderItems != 6 {
				t.Errorf("the books: %+v", c)
			}
		})
	}
}

// released audits and releases, again if something more was found meanwhile.
func (w *world) released(p *program, config string) {
	w.t.Helper()
	w.await("safe mode is released", func() bool {
		_, _, code := w.run(p.args(config, "audit", "--release", "--accept-findings", "--reason", "the disk was replaced")...)
		return code == 0
	})
}

// purchased brings a purchase order of two lines through.
func (w *world) purchased(p *program, id int64, number string, state journal.State) {
	w.t.Helper()
	w.add(purchase(id, 2))
	p.settled(commitment, id, w.export(commitment, id, number), state)
	p.idle()
}

// exportAgain exports a document that may be linked already, which Procore's
// own page would not offer.
func (w *world) exportAgain(id int64, number string) int64 {
	w.t.Helper()
	return w.export(commitment, id, number)
}

// safeMode tells whether the program says that it is in safe mode.
func (p *program) safeMode() bool {
	health, err := p.api.Health(p.t.Context())
	return err == nil && !health.OK && strings.Contains(health.Reason, "safe mode")
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// streams is where the embedded server keeps them.
func (w *world) streams() string { return filepath.Join(w.dir, "nats") }

// putBack replaces the streams by an older copy.
func (w *world) putBack(old string) {
	w.t.Helper()
	w.must(os.RemoveAll(w.streams()))
	w.must(os.CopyFS(w.streams(), os.DirFS(old)))
}

// change rewrites the last block of messages of a stream, and removes the
// server's index of it, as a server does that finds it stale.
func (w *world) change(stream string, to func([]byte) []byte) {
	w.t.Helper()
	blocks, err := filepath.Glob(filepath.Join(w.streams(), "jetstream", "*", "streams", stream, "msgs", "*.blk"))
	if err != nil || len(blocks) == 0 {
		w.t.Fatalf("no blocks of %s below %s: %v", stream, w.streams(), err)
	}
	block := slices.Max(blocks)
	text, err := os.ReadFile(block)
	w.must(err)
	w.must(os.WriteFile(block, to(text), 0o600))
	if err := os.Remove(filepath.Join(filepath.Dir(block), "index.db")); err != nil && !os.IsNotExist(err) {
		w.t.Fatal(err)
	}
}
