package e2e

import (
	"context"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/procoresim"
)

// TestKillLoop kills the real binary (kill -9) at random moments, also while it
// starts, again and again on one data directory, while documents keep coming,
// Procore delivers and senders of our own post until they are answered 200. In
// the end every id answered 200 is stored once, and every document stands in
// Jobpac once, its lines to the cent, its request closed once. This Jobpac takes
// a second record of one key without a word, so that a double would show, and is
// slow at times (accepting); this Procore refuses a second closing.
//
// TORTURE=long kills 25 times instead of 8; SEED=n runs the moments of a run
// that failed.
func TestKillLoop(t *testing.T) {
	t.Parallel()
	seed, random := killSeed(t)
	w := newWorld(t)
	w.accepting(seed)
	w.settings(func(s *procoresim.Settings) { s.SecondClose = "refuse" })
	l := &killLoop{approvals: newApprovals(w, random), config: w.quickFile(), moments: rand.New(rand.NewPCG(seed, 2))}
	l.senders = []*sender{newSender(l.approvals, 1, seed), newSender(l.approvals, 2, seed), newSender(l.approvals, 3, seed)}
	w.hook("v4.0")
	kills := 8
	if torture() {
		kills = 25
	}
	last := l.underLoad(func(ctx context.Context) {
		for range kills {
			l.killOne(ctx)
		}
	})
	parked := l.settled(last)
	l.idle()
	last.end(os.Interrupt)
	l.figures("kill -9 under load", kills, parked, false)
}

// torture tells whether the long form is asked for.
func torture() bool { return os.Getenv("TORTURE") == "long" }

// killSeed is the seed of this run, printed, and its dice.
func killSeed(t *testing.T) (uint64, *rand.Rand) {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("SEED=%d", seed)
	return seed, rand.New(rand.NewPCG(seed, 1))
}

// slowCommit is how long this Jobpac may take for a write: longer than procpac
// waits for its answer, and than a claim of the dead process holds; shorter than
// the quiet period by more than a busy machine is late.
const slowCommit = 2800 * time.Millisecond

// accepting makes Jobpac take a second record of one key without a word, and
// slow enough that a kill finds calls under way. One write in forty stands only
// after slowCommit, whether or not the one who sent it still lives: who sends it
// again too early makes a double.
func (w *world) accepting(seed uint64) {
	w.t.Helper()
	set := w.jobpac.Settings()
	set.DuplicateNumber = jobpacsim.DuplicateAccept
	if err := w.jobpac.SetSettings(set); err != nil {
		w.t.Fatal(err)
	}
	var faults []jobpacsim.Fault
	for _, method := range []string{http.MethodPut, http.MethodPost} {
		faults = append(faults,
			jobpacsim.Fault{Operation: "*", Method: method, Kind: jobpacsim.FaultLatency, MS: 8},
			jobpacsim.Fault{Operation: "*", Method: method, Kind: jobpacsim.FaultLatency, MS: int(slowCommit.Milliseconds()), Probability: 0.025, Seed: seed})
	}
	w.jobpacFaults(faults...)
	w.procoreFaults(procoresim.Fault{Method: http.MethodPatch, LatencyMS: 8})
}

// quickFile is a configuration in which what waits for a dead process takes
// moments.
func (w *world) quickFile() string {
	w.t.Helper()
	path := w.file("", "")
	text, err := os.ReadFile(path)
	if err != nil {
		w.t.Fatal(err)
	}
	quick := string(text)
	for _, c := range [][2]string{
		{"{send_window: 2s, send_limit: 3s, lease: 20s, ack_wait: 10s}", "{send_window: 1s, send_limit: 1s, lease: 2100ms, ack_wait: 1s}"},
		{"quiet_period: 300ms", "quiet_period: 3s"},
	} {
		if !strings.Contains(quick, c[0]) {
			w.t.Fatalf("the configuration has no %s", c[0])
		}
		quick = strings.Replace(quick, c[0], c[1], 1)
	}
	if err := os.WriteFile(path, []byte(quick), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// killLoop is the run under way.
type killLoop struct {
	*approvals
	config  string
	moments *rand.Rand
	senders []*sender
	unborn  int // kills before the process was ready
}

// underLoad does what is bad while everybody sends, and gives the program that
// runs after it.
func (l *killLoop) underLoad(bad func(context.Context)) *program {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), 2*patience)
	defer cancel()
	enough, stop := context.WithCancel(ctx)
	errs := make(chan error, len(l.senders)+1)
	var home sync.WaitGroup
	home.Go(func() { errs <- l.keepComing(enough, 30*time.Millisecond) })
	for _, s := range l.senders {
		home.Go(func() { errs <- s.run(ctx, enough) })
	}
	l.t.Cleanup(func() { stop(); cancel(); home.Wait() })
	bad(ctx)
	last := l.launch(l.config)
	rest(ctx, 300*time.Millisecond)
	stop()
	home.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			l.t.Error(err)
		}
	}
	return last
}

// killOne starts a process and kills it: every fourth while it starts, the
// others at any moment of their first second and a half. The gate stays open until it is
// dead.
func (l *killLoop) killOne(ctx context.Context) {
	l.t.Helper()
	if l.moments.IntN(4) == 0 {
		l.unborn++
		l.killUnborn(ctx)
		return
	}
	p := l.launch(l.config)
	rest(ctx, time.Duration(l.moments.IntN(1500))*time.Millisecond)
	if err := p.cmd.Process.Kill(); err != nil {
		l.t.Fatal(err)
	}
	p.kill()
}

// killUnborn kills a process in its first 150 ms.
func (l *killLoop) killUnborn(ctx context.Context) {
	l.t.Helper()
	log := l.newLog()
	cmd := l.command(context.WithoutCancel(ctx), "serve", "--config", l.config, "--log-level", "debug")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	rest(ctx, time.Duration(l.moments.IntN(150))*time.Millisecond)
	err := cmd.Process.Kill()
	if ended := cmd.Wait(); err != nil || ended == nil {
		l.t.Errorf("the process was not to be killed: %v, it ended with %v\n%s", err, ended, log)
	}
}

// figures checks what is left of it all and prints the line of the table. Where
// Procore takes the same closing again, a repeated one is counted.
func (l *killLoop) figures(what string, times, parked int, again bool) {
	l.t.Helper()
	doubled, repeated := l.standOnce(), l.closedOnce(again)
	answered, err := l.delivered()
	if err != nil {
		l.t.Error(err)
	}
	byProcore, posts, resent := len(answered), 0, 0
	for _, s := range l.senders {
		answered = append(answered, s.answered...)
		posts, resent = posts+s.posts, resent+s.resent
	}
	stored := readStore(l.t, l.dir) // nobody else holds the directory
	lost, twice := stored.lacks(answered), stored.doubles()
	if len(lost) > 0 || twice > 0 {
		l.t.Errorf("of %d ids answered 200 these are not stored: %q; %d are stored twice", len(answered), lost, twice)
	}
	l.allDone(stored)
	l.t.Logf("%s: %d times (%d while starting); acknowledged %d webhooks (%d of Procore, %d of our senders in %d posts, %d sent again after their 200): lost %d, stored twice %d; "+
		"%d documents: records doubled %d, parked %d, closings repeated %d; %d journal records",
		what, times, l.unborn, len(answered), byProcore, len(answered)-byProcore, posts, resent, len(lost), twice, len(l.all), doubled, parked, repeated, stored.records)
}

// allDone checks that the journal knows each document, as done, and no other.
func (l *killLoop) allDone(stored *store) {
	l.t.Helper()
	for key, effect := range stored.effects {
		if effect.State != journal.Done {
			l.t.Errorf("the journal says that %s is %s", key, effect.State)
		}
	}
	if len(stored.effects) != len(l.all) {
		l.t.Errorf("%d effects for %d documents", len(stored.effects), len(l.all))
	}
}
