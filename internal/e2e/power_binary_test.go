//go:build linux

package e2e

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestPowerLossOfAll takes the power from the machine that runs the real binary,
// again and again: it works on a disk in a file, is stopped at a random instant,
// and goes on from what the disk held at that instant, while Procore and Jobpac
// live on and remember what was done there. Documents keep coming, Procore
// delivers and senders of our own post until they are answered 200. In the end
// every id that any of the lives answered 200 for is stored once, and every
// document stands in Jobpac once. This Procore takes the same closing twice, so
// the repeats are counted.
func TestPowerLossOfAll(t *testing.T) {
	t.Parallel()
	losses := 3
	if torture() {
		losses = 20
	}
	if why := powerless(t); why != "" {
		t.Skipf("power loss of the whole program: %d rounds skipped: %s", losses, why)
	}
	seed, random := killSeed(t)
	w := newWorld(t)
	w.accepting(seed)
	disk := newImage(t)
	w.dir = filepath.Join(disk.dir, "data")
	l := &killLoop{approvals: newApprovals(w, random), moments: rand.New(rand.NewPCG(seed, 2))}
	l.senders = []*sender{newSender(l.approvals, 1, seed), newSender(l.approvals, 2, seed), newSender(l.approvals, 3, seed)}
	w.hook("v4.0")
	last := l.underLoad(func(ctx context.Context) {
		for range losses {
			disk = l.loseOne(ctx, disk)
		}
		l.config = l.quickFile()
	})
	parked := l.settled(last)
	l.idle()
	last.end(os.Interrupt)
	l.figures("power loss of the whole program", losses, parked, true)
}

// loseOne runs procpac on a disk, takes the power at any moment of its first two
// seconds, and gives the disk that is found afterwards, mounted.
func (l *killLoop) loseOne(ctx context.Context, disk *image) *image {
	l.t.Helper()
	p := l.launch(l.quickFile())
	rest(ctx, time.Duration(200+l.moments.IntN(1800))*time.Millisecond)
	freeze(l.t, p.cmd.Process)
	found := disk.copied()
	p.kill()
	disk.unmount()
	if err := found.mount(); err != nil {
		l.t.Fatal(err)
	}
	l.dir = filepath.Join(found.dir, "data")
	return found
}
