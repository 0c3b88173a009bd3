package e2e

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/opsapi"
	"github.com/procpac/procpac/internal/procoresim"
)

// exitKilled is the exit code of a process that died at a fail point.
const exitKilled = 137

// The documents of one run: together they pass every fail point.
const (
	crashOrder, crashSubcontract, crashHeading, crashRefused = 5001, 5002, 5005, 5006
	crashItems, crashVariation                               = 7001, 7002
)

// Every point of the road, and pairs of them: the real binary dies there, is
// started again (and dies at the second), and in the end the books hold every
// document once. The long form runs all pairs.
func TestCrashPoints(t *testing.T) {
	t.Parallel()
	for _, p := range failpoint.All() {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			crash(t, string(p))
		})
	}
}

// TestCrashPairs is TestCrashPoints with two deaths.
func TestCrashPairs(t *testing.T) {
	t.Parallel()
	for _, pair := range crashPairs(t) {
		t.Run(strings.Join(pair, ","), func(t *testing.T) {
			t.Parallel()
			crash(t, pair...)
		})
	}
}

// crashPairs are 40 pairs of one seed, or all of them. A point may be named
// with how often it is passed before the process dies.
func crashPairs(t *testing.T) [][]string {
	all := failpoint.All()
	var pairs [][]string
	if os.Getenv("TORTURE") == "long" {
		for _, first := range all {
			for _, second := range all {
				pairs = append(pairs, []string{string(first), string(second)})
			}
		}
		return pairs
	}
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	for range 40 {
		pairs = append(pairs, []string{
			string(all[random.IntN(len(all))]),
			fmt.Sprintf("%s#%d", all[random.IntN(len(all))], 1+random.IntN(2)),
		})
	}
	return pairs
}

// crash runs the documents through a procpac that dies at each of the points
// in turn, and then through one that lives.
func crash(t *testing.T, points ...string) {
	w := newWorld(t)
	w.settings(func(s *procoresim.Settings) { s.Duplicates, s.ExportChecks = 2, false })
	w.jobpacFaults(
		jobpacsim.Fault{Operation: writeItem, Nth: 1, Kind: jobpacsim.FaultCutAfter},
		jobpacsim.Fault{Operation: "CreateANewPurchaseOrder", Params: map[string]string{"Order": "PO-6"}, Kind: jobpacsim.FaultStatusBefore, Status: 400, Text: "Budget is locked"},
	)
	config := w.crashFile()
	p := w.launchDying(config, points[0])
	requests := w.crashDocuments(p)
	for i, point := range points {
		if i > 0 {
			p = w.launchDying(config, point)
		}
		w.await("dead at "+point+", or all is told", func() bool { return p.dead() || w.allTold(requests) && i > 0 })
		p.endOrDie()
	}
	last := w.launch(config)
	w.crashSettled(last, requests)
	last.end(os.Interrupt)
	w.crashBooks(requests)
}

// crashFile is a configuration in which everything that waits for a dead
// process takes moments.
func (w *world) crashFile() string {
	w.t.Helper()
	path := w.file("", "")
	text, err := os.ReadFile(path)
	if err != nil {
		w.t.Fatal(err)
	}
	const slow = "worker: {send_window: 2s, send_limit: 3s, lease: 20s, ack_wait: 10s}"
	quick := strings.Replace(string(text), slow, "worker: {send_window: 2s, send_limit: 200ms, lease: 2400ms, ack_wait: 200ms}", 1)
	if quick == string(text) {
		w.t.Fatal("the configuration has no worker's times to shorten")
	}
	if err := os.WriteFile(path, []byte(strings.Replace(quick, "quiet_period: 300ms", "quiet_period: 200ms", 1)), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// launchDying runs procpac serve until it dies at a point; it may do so before
// it is ready.
func (w *world) launchDying(config, point string) *program {
	w.t.Helper()
	p := &program{system: &system{world: w, log: w.newLog()}, exited: make(chan error, 1)}
	p.cmd = w.command(context.WithoutCancel(w.t.Context()), "serve", "--config", config, "--log-level", "debug", "--die-at", point)
	p.cmd.Stderr, p.cmd.Stdout = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	exited := p.exited
	go func() { exited <- p.cmd.Wait() }()
	w.t.Cleanup(p.endOrDie)
	w.await("procpac is ready or dead", func() bool {
		p.log.each(func(l line) {
			if l.Message == "ready" {
				p.webhooks, p.operator = l.Webhooks, l.Operator
			}
		})
		return p.operator != "" || p.dead()
	})
	if p.operator != "" {
		client, err := opsapi.NewClient("http://"+p.operator, apiToken)
		if err != nil {
			w.t.Fatal(err)
		}
		p.api = client
		w.t.Cleanup(client.Close)
		w.gate.open(p.webhooks)
	}
	return p
}

// dead tells whether the process has died at its point. Any other end fails
// the test.
func (p *program) dead() bool {
	if p.exited == nil {
		return true
	}
	select {
	case err := <-p.exited:
		p.exited = nil
		p.gate.shut()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != exitKilled {
			p.t.Fatalf("procpac ended with %v\n%s", err, p.tail(20))
		}
		return true
	default:
		return false
	}
}

// endOrDie stops the process in order; it may pass its point on the way.
func (p *program) endOrDie() {
	if p.exited == nil {
		return
	}
	p.gate.shut()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Error(err)
	}
	err := <-p.exited
	p.exited = nil
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != exitKilled) {
		p.t.Errorf("procpac ended with %v\n%s", err, p.tail(20))
	}
}

// crashDocuments sends the documents: the variation before its subcontract, so
// that it waits. A process that dies meanwhile is no reason to stop sending.
func (w *world) crashDocuments(p *program) map[int64]int64 {
	w.t.Helper()
	w.hook("v4.0")
	heading := purchase(crashHeading, 2)
	heading.Lines[1].CostCode = "01-000"
	w.add(purchase(crashOrder, 2), subcontract(crashSubcontract, 2), heading, purchase(crashRefused, 2),
		change(crashVariation, crashSubcontract, 1, "S"), change(crashItems, crashOrder, 2, "M"))
	requests := map[int64]int64{crashVariation: w.export(changeOrder, crashVariation, "")}
	w.await("the change order waits, or procpac is dead", func() bool { return p.dead() || p.waits() })
	requests[crashOrder] = w.export(commitment, crashOrder, "PO-1")
	requests[crashSubcontract] = w.export(commitment, crashSubcontract, "SC-1")
	requests[crashHeading] = w.export(commitment, crashHeading, "PO-5")
	requests[crashRefused] = w.export(commitment, crashRefused, "PO-6")
	requests[crashItems] = w.export(changeOrder, crashItems, "")
	return requests
}

// waits tells whether the variation waits; a process that just died does not
// answer.
func (p *program) waits() bool {
	story, err := p.api.Show(p.t.Context(), effectID(changeOrder, crashVariation))
	return err == nil && story.Effect.State == string(journal.Waiting)
}

// allTold tells whether every request is closed in Procore.
func (w *world) allTold(requests map[int64]int64) bool {
	for _, request := range requests {
		if r, known := w.procore.Request(request); !known || r.TimesClosed == 0 {
			return false
		}
	}
	return true
}

// crashSettled waits until every document has come to its end.
func (w *world) crashSettled(p *program, requests map[int64]int64) {
	w.t.Helper()
	for id, want := range map[int64]journal.State{
		crashOrder: journal.Done, crashSubcontract: journal.Done, crashHeading: journal.Rejected, crashRefused: journal.Rejected,
		crashItems: journal.Done, crashVariation: journal.Done,
	} {
		kind := commitment
		if id == crashItems || id == crashVariation {
			kind = changeOrder
		}
		p.settled(kind, id, requests[id], want)
	}
	p.idle()
}

// crashBooks holds both simulators' books against what was approved.
func (w *world) crashBooks(requests map[int64]int64) {
	w.t.Helper()
	w.standsOnce(crashOrder, "PO-1", crashItems)
	w.addsOnce(crashItems, "PO-1", 3)
	w.standsOnce(crashSubcontract, "SC-1")
	w.variesOnce(crashVariation, "SC-1", "V00001")
	if c := w.jobpac.Counts(); c.PurchaseOrders != 1 || c.PurchaseOrderItems != 4 || c.Subcontracts != 1 || c.SubcontractItems != 2 || c.Variations != 1 || c.VariationItems != 1 {
		w.t.Errorf("the books: %+v", c)
	}
	for id, request := range requests {
		want := "success"
		if id == crashHeading || id == crashRefused {
			want = "failed"
		}
		if r, _ := w.procore.Request(request); r.Status != want || r.TimesClosed < 1 {
			w.t.Errorf("the request of %d: %s, closed %d times, %q", id, r.Status, r.TimesClosed, r.Messages)
		}
	}
}
