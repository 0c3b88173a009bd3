//go:build linux

package e2e

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/natsbus"
)

// TestPowerLoss writes to a bus on a disk in a file as fast as it goes, stops
// the writer at a random instant, copies the disk as it is at that instant and
// kills the writer. The copy is what a machine finds when its power comes back:
// it is mounted (ext4 replays its journal), the bus opens on it, and all that
// was acknowledged before that instant must be there: events, journal records,
// registers; every history folds; every event that was not worked off comes to
// the worker; and the bus goes on. The live file system, where only the process
// died, must hold it too.
//
// The control is the same on a server with its default sync, and must lose
// something: else the test proves nothing.
//
// Root only. TORTURE=long runs 20 rounds and 5 controls instead of 2 and 1;
// SEED=n runs the instants of a run that failed.
func TestPowerLoss(t *testing.T) {
	t.Parallel()
	always, control, kills := 2, 1, 1
	if torture() {
		always, control, kills = 20, 5, 5
	}
	if why := powerless(t); why != "" {
		t.Skipf("power loss: %d rounds, %d controls and %d kills skipped: %s", always, control, kills, why)
	}
	_, random := killSeed(t)
	path := buildPowerWriter(t)
	p := &powerRuns{writer: path, random: random}
	t.Run("sync always", func(t *testing.T) { p.rounds(t, always, "always", true) })
	t.Run("control", func(t *testing.T) { p.rounds(t, control, "default", true) })
	t.Run("kill only", func(t *testing.T) { p.rounds(t, kills, "always", false) })
}

// powerRuns is how rounds are run.
type powerRuns struct {
	writer string
	random *rand.Rand
}

// figures are the line of the table.
type figures struct{ rounds, acknowledged, events, records, saves, killed, came int }

// rounds runs so many rounds, one after the other, and prints what came of it.
func (p *powerRuns) rounds(t *testing.T, n int, sync string, power bool) {
	var f figures
	for round := range n {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			if power {
				p.powerRound(t, sync, &f)
			} else {
				p.killRound(t, sync, &f)
			}
		})
	}
	t.Logf("power %t, sync %s: %d rounds, %d appends acknowledged; lost to kill -9: %d; lost with the power: %d events, %d histories cut, %d register saves; "+
		"%d events not worked off came again", power, sync, f.rounds, f.acknowledged, f.killed, f.events, f.records, f.saves, f.came)
}

// write runs a writer until a random number of appends is acknowledged.
func (p *powerRuns) write(t *testing.T, dir, sync string) *powerWriter {
	t.Helper()
	writers := []int{4, 12, 40}[p.random.IntN(3)]
	most := 300 + p.random.IntN(1200)
	w := startPowerWriter(t, p.writer, dir, sync, writers, p.random.Uint64())
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for w.acknowledged() < most {
		if !rest(ctx, time.Millisecond) {
			t.Fatalf("only %d appends in %v", w.acknowledged(), patience)
		}
	}
	return w
}

// powerRound is one loss of power.
func (p *powerRuns) powerRound(t *testing.T, sync string, f *figures) {
	disk := newImage(t)
	dir := filepath.Join(disk.dir, "data")
	w := p.write(t, dir, sync)
	freeze(t, w.cmd.Process)
	found := disk.copied()
	w.kill()
	f.rounds, f.acknowledged = f.rounds+1, f.acknowledged+w.acknowledged()
	f.killed += w.check(t, dir, sync == "always", nil)
	disk.unmount()
	if err := found.mount(); err != nil {
		t.Fatal(err)
	}
	lost := w.check(t, filepath.Join(found.dir, "data"), sync == "always", f)
	if sync != "always" && lost == 0 {
		t.Errorf("of %d appends nothing was lost without sync: the test proves nothing (direct I/O: %t)", w.acknowledged(), disk.direct)
	}
}

// killRound is one kill -9, without a stop before it.
func (p *powerRuns) killRound(t *testing.T, sync string, f *figures) {
	disk := newImage(t)
	w := p.write(t, filepath.Join(disk.dir, "data"), sync)
	w.kill()
	f.rounds, f.acknowledged = f.rounds+1, f.acknowledged+w.acknowledged()
	f.killed += w.check(t, filepath.Join(disk.dir, "data"), true, f)
}

// check opens what is left and counts what is lost of what was acknowledged,
// into f too if it is given. Strict: nothing may be, and the bus must go on.
func (w *powerWriter) check(t *testing.T, dir string, strict bool, f *figures) (lost int) {
	t.Helper()
	came := 0
	s, err := tryStore(t.Context(), dir, func(ctx context.Context, bus *natsbus.Bus, s *store) (err error) {
		if strict {
			came, err = w.goOn(ctx, bus)
		}
		return err
	})
	events, records, saves := w.lost(s)
	lost = events + records + saves
	if strict && (err != nil || lost > 0 || s.doubles() > 0) {
		t.Errorf("of %d appends acknowledged %d events, %d ends of histories and %d saves are lost, %d are stored twice: %v",
			w.acknowledged(), events, records, saves, s.doubles(), err)
	}
	if !strict {
		t.Logf("of %d appends acknowledged (%d events, %d records of %d histories, %d saves) %d events, %d ends of histories and %d saves are lost; the bus says: %v",
			w.acknowledged(), len(w.events), w.records, len(w.last), w.register, events, records, saves, err)
	}
	if f != nil {
		f.events, f.records, f.saves, f.came = f.events+events, f.records+records, f.saves+saves, f.came+came
	}
	return lost
}

// goOn works off what the writer left, and stores something more. It gives how
// many events came that had been acknowledged and never worked off; each of
// them has to.
func (w *powerWriter) goOn(ctx context.Context, bus *natsbus.Bus) (came int, err error) {
	missing := map[string]bool{}
	for _, id := range w.events {
		missing[id] = !w.done[id]
		if w.done[id] {
			delete(missing, id)
		}
	}
	came = len(missing)
	const last = "event-after"
	missing[last] = true
	if err := bus.Publish(ctx, erp.Event{ID: last, Connection: connection, Resource: "ERP Requests", ResourceID: 1, Source: erp.FromWebhook}); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	work, enough := context.WithCancel(ctx)
	defer enough()
	var mu sync.Mutex
	err = bus.Run(work, natsbus.RunOptions{Connection: connection, AckWait: time.Second}, func(_ context.Context, e erp.Event) natsbus.Verdict {
		mu.Lock()
		defer mu.Unlock()
		if delete(missing, e.ID); len(missing) == 0 {
			enough()
		}
		return natsbus.Verdict{Settle: natsbus.Done}
	})
	if len(missing) > 0 {
		return came, errors.Join(err, fmt.Errorf("%d events were never worked off and do not come to the worker", len(missing)))
	}
	return came, err
}
