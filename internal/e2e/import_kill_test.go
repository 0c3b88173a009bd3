package e2e

import (
	"maps"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/ops"
)

// kill -9 at any moment of an import, and a restart: in the end Procore holds
// what it holds after an import that nobody disturbed.
func TestImportsSurviveKills(t *testing.T) {
	org := jobpacsim.Organisation{WorkID: "01", Jobs: 6, Creditors: 120, CostCentres: 900, LedgerRows: 1, ClaimCodes: 3, Seed: 5}
	calm := newCompany(t, org)
	s := calm.serve(calm.config())
	s.synced(false)
	calm.addStaged()
	s.drained()
	s.synced(true)
	calm.addStaged() // the head contracts of the new projects
	s.drained()
	s.synced(true)
	want := calm.procore.Digest()
	s.stop()

	seed, moments := killSeed(t)
	w := newCompany(t, org)
	file := w.file("", "")
	kills := 5
	if torture() {
		kills = 40
	}
	for range kills {
		p := w.launch(file)
		if _, err := p.api.StartSync(t.Context(), ops.SyncOrder{Connection: connection, Full: moments.IntN(2) == 0, Actor: "kim"}); err != nil {
			t.Fatal(err)
		}
		moment := time.NewTimer(time.Duration(moments.IntN(1500)) * time.Millisecond)
		<-moment.C
		p.kill()
		if moments.IntN(3) == 0 {
			w.addStaged()
		}
	}
	p := w.launch(file)
	for range 3 { // companies and projects, then their head contracts, then nothing
		w.importedBy(p, file, "all", "--full")
		w.addStaged()
		p.quiet()
	}
	w.importedBy(p, file, "all", "--full")
	if got := w.procore.Digest(); !maps.Equal(got, want) {
		t.Errorf("SEED=%d: after %d kills Procore holds other %v", seed, kills, differing(got, want))
	}
}

// quiet waits until Procore has nothing more to deliver and no effect is at
// work, whichever process began it.
func (p *program) quiet() {
	p.t.Helper()
	p.idle()
	p.await("no effect is at work", func() bool {
		health, err := p.api.Health(p.t.Context())
		if err != nil || health.Lag.Events > 0 || health.Lag.Journal > 0 {
			return false
		}
		for state, n := range health.Effects {
			if s := journal.State(state); n > 0 && !s.Settled() {
				return false
			}
		}
		return true
	})
}
