package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/procoresim"
)

// parkedAt is a program in which a purchase order is parked, because the answer
// to its header was lost, the header has not appeared, and nobody knows whether
// Jobpac refuses a second one. The hour of looking is over.
func (w *world) parkedAt(config string) *program {
	w.t.Helper()
	w.jobpacFaults(jobpacsim.Fault{Operation: orderHeader, Nth: 1, Kind: jobpacsim.FaultCutBefore})
	p := w.launch(config)
	w.hook("v4.0")
	w.add(purchase(5001, 2))
	w.export(commitment, 5001, "PO-1")
	p.until(commitment, 5001, journal.UnknownOut)
	return p
}

// A person decides about an order of which nobody knows whether it is there:
// over the command line of the real binary, and the journal tells who and why.
func TestDecisions(t *testing.T) {
	t.Parallel()
	const unknown = "      unique_keys: {order: \"no\"}"
	for name, c := range map[string]struct {
		args  []string
		byHad bool // a person entered it in Jobpac meanwhile
		state journal.State
	}{
		"send it again": {[]string{"--retry"}, false, journal.Done},
		"give it up":    {[]string{"--abandon"}, false, journal.Abandoned},
		"link it":       {[]string{"--adopt", "PO-1"}, true, journal.Done},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			config := w.file("", unknown)
			p := w.parkedAt(config)
			if c.byHad {
				w.enterByHand()
				p.until(commitment, 5001, journal.Parked) // it was looked for, and found to be somebody's
			}
			stdout, _ := p.cli(config, 0, append([]string{"resolve", effectID(commitment, 5001), "--reason", "looked in Jobpac", "--actor", "kim"}, c.args...)...)
			story := p.until(commitment, 5001, c.state)
			p.idle()
			p.end(os.Interrupt)
			if !strings.Contains(stdout, string(c.state)) {
				t.Errorf("resolve said %q", stdout)
			}
			told := false
			for _, e := range story.History {
				for _, m := range e.Record.Moves {
					told = told || e.Record.Actor == "kim" && strings.Contains(m.Reason, "looked in Jobpac")
				}
			}
			if !told {
				t.Error("the journal does not tell who decided, and why")
			}
			want := 1
			if c.state == journal.Abandoned {
				want = 0
			}
			if n := w.jobpac.Counts().PurchaseOrders; n != want {
				t.Errorf("%d orders in Jobpac, want %d", n, want)
			}
			if want == 1 {
				w.linked("purchase_order_contract", 5001, "01|PO-1")
			}
		})
	}
}

// enterByHand enters an order PO-1 that carries no reference of ours, as a person
// would.
func (w *world) enterByHand() {
	w.t.Helper()
	other := newWorld(w.t)
	other.jobpacURL = w.jobpacURL
	other.hook("v4.0")
	s := other.serve(other.config())
	other.add(purchase(5009, 2))
	s.settled(commitment, 5009, other.export(commitment, 5009, "PO-1"), journal.Done)
	s.idle()
	s.stop()
	n, err := w.jobpac.Edit(jobpacsim.Edit{Book: "purchase_orders", Key: jobpacsim.Row{"Order": "PO-1"}, Set: jobpacsim.Row{"UserDefinedField1": ""}})
	if err != nil || n != 1 {
		w.t.Fatalf("%d orders, %v", n, err)
	}
}

// A backup taken while work goes on, the disk lost, the backup restored: it
// starts in safe mode, and after the audit everything stands once, also what
// was done since the backup.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.settings(func(s *procoresim.Settings) { s.ExportChecks = false })
	config := w.file("sweep: {every: 500ms}", "")
	p := w.launch(config)
	w.hook("v4.0")
	requests := map[int64]int64{}
	for id := int64(5001); id <= 5020; id++ {
		w.add(purchase(id, 3))
		requests[id] = w.export(commitment, id, "PO-"+itoa(id))
	}
	backups := filepath.Join(t.TempDir(), "backups")
	p.cli(config, 0, "backup", backups)
	for id, request := range requests {
		p.settled(commitment, id, request, journal.Done)
	}
	w.purchased(p, 5021, "PO-5021", journal.Done) // nothing of it is in the backup
	p.idle()
	p.end(os.Interrupt)
	_, stderr, code := w.run("restore", backups, "--config", config, "--yes")
	if code != 2 || !strings.Contains(stderr, "not empty") {
		t.Errorf("over a full directory: %d %s", code, stderr)
	}
	w.must(os.RemoveAll(w.dir))
	if _, stderr, code := w.run("restore", backups, "--config", config, "--yes"); code != 0 {
		t.Fatalf("%d %s", code, stderr)
	}
	p = w.launch(config)
	w.await("safe mode is on", func() bool { return p.safeMode() })
	w.released(p, config)
	w.add(purchase(5022, 1))
	p.settled(commitment, 5022, w.export(commitment, 5022, "PO-5022"), journal.Done)
	p.until(commitment, 5021, journal.Done) // found again by the sweep
	w.await("everything is done again", func() bool {
		health, err := p.api.Health(t.Context())
		return err == nil && health.Effects[string(journal.Done)] == 22
	})
	p.idle()
	p.end(os.Interrupt)
	for id := range requests {
		w.standsOnce(id, "PO-"+itoa(id))
	}
	if c := w.jobpac.Counts(); c.PurchaseOrders != 22 || c.PurchaseOrderItems != 20*3+2+1 {
		t.Errorf("the books: %+v", c)
	}
}
