package flow

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
)

// world is one seed's whole outside in virtual time: a journal, a claims
// store, a Jobpac, a Procore, a queue, and the processes that work on it. All
// its parts share one lock, and nobody sleeps while holding it.
//
// Every throw of the dice belongs to somebody (a delivery and what it is
// doing), and every call takes a time of its own down to the nanosecond, so a
// seed tells the same story each time however goroutines are scheduled.
type world struct {
	regime
	faults
	seed  uint64
	mu    sync.Mutex
	start time.Time
	kick  chan struct{} // something changed that the broker may be waiting for
	end   bool          // nothing more is restarted

	journal   *simJournal
	jobpac    *simJobpac
	procore   *simProcore
	claims    *simClaims
	queue     *simQueue
	documents []*simDocument
	processes []*process
	started   int                              // processes so far
	passed    map[string]int                   // what happened how often
	wrong     []string                         // what must never happen, and did
	note      func(format string, args ...any) // tells the story; nil: nobody listens
}

// regime is what is true of Jobpac, what the road believes of it, and which
// worker runs.
type regime struct {
	name    string
	unique  bool       // Jobpac refuses a second record of one key
	belief  Uniqueness // what the settings say
	quiet   time.Duration
	edits   bool // documents change between two sendings
	changes bool // there are change orders
	waitFor time.Duration
	forget  bool // the journal shows no steps: a road without intents
	naive   protocol
}

func newWorld(seed uint64, r regime, f faults) *world {
	w := &world{
		regime: r, faults: f, seed: seed, start: time.Now(), kick: make(chan struct{}, 1),
		passed: map[string]int{},
	}
	w.journal, w.jobpac, w.procore = newSimJournal(w), &simJobpac{world: w}, newSimProcore(w)
	w.claims, w.queue = &simClaims{world: w, held: map[string]simClaim{}}, &simQueue{world: w, ids: map[string]bool{}}
	w.documents = w.invent()
	return w
}

// roll is the dice of that name: the same name gives the same throws.
func (w *world) roll(name string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	return rand.New(rand.NewPCG(w.seed, h.Sum64()))
}

// chance is true so many times in a thousand.
func chance(r *rand.Rand, perMille int) bool { return r.IntN(1000) < perMille }

// between is a time in [least, most).
func between(r *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(r.Int64N(int64(max(most-least, 1))))
}

// tell notes a line of the story, with the time since the beginning.
func (w *world) tell(format string, args ...any) {
	if w.note == nil {
		return
	}
	w.note("%12s  %s", time.Since(w.start).Round(time.Millisecond), fmt.Sprintf(format, args...))
}

// fail notes what must never happen.
func (w *world) fail(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failLocked(format, args...)
}

func (w *world) failLocked(format string, args ...any) {
	w.wrong = append(w.wrong, fmt.Sprintf(format, args...))
	w.tell("WRONG: "+format, args...)
}

// count notes that something happened.
func (w *world) count(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.passed[what]++
}

// nudge wakes the broker.
func (w *world) nudge() {
	select {
	case w.kick <- struct{}{}:
	default:
	}
}

// process is one run of the program: it takes messages with a few hands, and
// when it dies all of them are gone at once.
type process struct {
	*world
	owner   string
	ctx     context.Context
	letGo   context.CancelCauseFunc
	busy    int       // hands at work
	dead    bool      // nothing it still does has any effect
	leaving bool      // takes nothing more
	paused  time.Time // takes nothing before
	frozen  time.Time // does nothing before
	silent  time.Time // since when it gave no sign of life
}

// hands is how many messages a process works on at once.
const hands = 2

// launch starts a process, under the world's lock.
func (w *world) launch() {
	w.started++
	p := &process{world: w, owner: fmt.Sprintf("run-%d", w.started)}
	p.ctx, p.letGo = context.WithCancelCause(context.Background())
	w.processes = append(w.processes, p)
	w.tell("%s starts", p.owner)
	if r := w.roll(p.owner); chance(r, w.stops) {
		time.AfterFunc(between(r, time.Minute, time.Hour), p.leave)
	}
	w.nudge()
}

// leave is the ordinary stop: take no more, let go after a grace.
func (p *process) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead || p.end {
		return
	}
	p.leaving = true
	p.tell("%s stops", p.owner)
	time.AfterFunc(20*time.Second, func() { p.letGo(context.Canceled) })
	p.homeLocked()
}

// homeLocked ends a process that is leaving once its hands are empty.
func (p *process) homeLocked() {
	if p.leaving && p.busy == 0 && !p.dead {
		p.goneLocked()
	}
}

// crash ends the process where it stands.
func (p *process) crash(at failpoint.Point) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.dead {
		p.tell("%s dies at %s", p.owner, at)
		p.passed["crash"]++
		p.goneLocked()
	}
}

// goneLocked takes the process out and starts another in its place.
func (p *process) goneLocked() {
	p.dead, p.silent = true, time.Now()
	p.processes = slices.DeleteFunc(p.processes, func(q *process) bool { return q == p })
	time.AfterFunc(between(p.roll("restart "+p.owner), 200*time.Millisecond, time.Minute), func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.letGo(context.Canceled)
		if !p.end {
			p.launch()
		}
	})
}

// hand is one delivery being worked on by a process. Its ports go through it,
// so that nothing a dead process still tries has any effect.
type hand struct {
	*process
	message *message
	name    string
	throws  map[string]int // so far, by what they were for
	checked time.Time      // when the road looked at the clock before a send
	stalled bool           // it stood still between that look and the send
}

// roll throws this hand's dice for something.
func (h *hand) roll(what string) *rand.Rand {
	h.mu.Lock()
	h.throws[what]++
	name := h.name + " " + what + " " + strconv.Itoa(h.throws[what])
	h.mu.Unlock()
	return h.world.roll(name)
}

// alive returns when the process may go on; if it is dead it never does.
func (h *hand) alive() {
	for {
		h.mu.Lock()
		dead, frozen := h.dead, time.Until(h.frozen)
		h.mu.Unlock()
		switch {
		case dead:
			runtime.Goexit()
		case frozen <= 0:
			return
		}
		pass(frozen)
		h.mu.Lock()
		h.stalled = true
		h.mu.Unlock()
	}
}

// call is the way to a port and back: it takes its time, unless ctx ends first,
// and whoever is dead afterwards gets no answer.
func (h *hand) call(ctx context.Context, least, most time.Duration, r *rand.Rand) error {
	h.alive()
	err := h.rest(ctx, between(r, least, most))
	h.alive()
	return err
}

// rest lets time pass, unless ctx ends first.
func (h *hand) rest(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Reach is the failpoint.Set: here the process may die, or stand still.
func (h *hand) Reach(p failpoint.Point) {
	h.alive()
	r := h.roll("point " + string(p))
	if p == failpoint.BeforeSend {
		h.mu.Lock()
		h.checked, h.stalled = time.Now(), false
		h.mu.Unlock()
	}
	if chance(r, h.faults.crash) {
		h.crash(p)
		runtime.Goexit()
	}
	if chance(r, h.stall) {
		h.stand(p, between(r, 0, h.stallMost), chance(r, 500))
	}
	h.alive()
}

// stand lets this hand, or the whole process, do nothing for a while.
func (h *hand) stand(p failpoint.Point, d time.Duration, whole bool) {
	h.mu.Lock()
	h.tell("%s %s stands still for %s at %s, whole process: %v", h.owner, h.name, d.Round(time.Millisecond), p, whole)
	h.passed["stall"]++
	h.stalled = true
	if until := time.Now().Add(d); whole && until.After(h.frozen) {
		if !h.frozen.After(time.Now()) {
			h.silent = time.Now()
		}
		h.frozen = until
	}
	h.mu.Unlock()
	if !whole {
		pass(d)
	}
}

// parts is what the road of this hand runs on.
func (h *hand) parts() Parts {
	return Parts{
		Procore: procorePort{h}, Ledger: jobpacPort{h}, Journal: journalPort{h}, Claims: claimsPort{h}, Bus: busPort{h}, Invoices: jobpacPort{h},
		Log: silence, Now: time.Now, Owner: h.owner, Points: h,
		Token: func() string { return fmt.Sprintf("%s-%x", h.name, h.roll("token").Uint32()) },
		Jitter: func(d time.Duration) time.Duration {
			return 1 + time.Duration(h.roll("jitter").Int64N(int64(max(d, 1))))
		},
	}
}

// settings are the road's in this regime.
func (w *world) settings() Settings {
	return Settings{
		Connection: "acme", Quiet: w.quiet, SendWindow: 5 * time.Second, SendLimit: sendLimit, Lease: 90 * time.Second,
		EventTimeout: 2 * time.Minute, WaitFor: w.waitFor, Unique: func(erp.Kind) Uniqueness { return w.belief }, Rules: simRules,
		ApproveOrders: true,
	}
}

// pass lets virtual time go by.
func pass(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	<-timer.C
}
