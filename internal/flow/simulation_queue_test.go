package flow

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// The times of the consumer, as the bus sets them.
const (
	ackWait   = time.Minute
	beatEvery = ackWait / 3
	oneGo     = 2*time.Minute + sendLimit + 90*time.Second // a message is let go after so long
)

// simQueue is the stream of events and its consumer: a message comes again
// until it is acked, in any order.
type simQueue struct {
	*world
	messages []*message
	ids      map[string]bool // stored for good: a repeat of an id is no message
	coming   int             // publishes and second comings that are still to happen
}

// message is one stored event.
type message struct {
	event      erp.Event
	nr         int
	acked      bool
	due        time.Time // not delivered before
	holder     *process  // who has it, if anybody
	taken      time.Time // when
	deliveries int
}

// store keeps an event, once per id; under the world's lock.
func (q *simQueue) store(e erp.Event) {
	if q.ids[e.ID] {
		return
	}
	q.ids[e.ID] = true
	e.Received = time.Now()
	q.messages = append(q.messages, &message{event: e, nr: len(q.messages) + 1, due: time.Now()})
	q.tell("event %s is stored", e.ID)
	q.nudge()
}

// publishLater stores an event after a while.
func (q *simQueue) publishLater(after time.Duration, e erp.Event) {
	q.coming++
	time.AfterFunc(after, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.coming--
		q.store(e)
	})
}

// silentFor tells whether a message's holder gives no sign of life, and if so
// when the server will have noticed.
func (m *message) silentFor(now time.Time) (lapses time.Time, silent bool) {
	p := m.holder
	if !p.dead && !p.frozen.After(now) {
		return time.Time{}, false
	}
	last := m.taken.Add(max(p.silent.Sub(m.taken), 0).Truncate(beatEvery))
	return last.Add(ackWait), true
}

// ready tells whether a message can be delivered now, and moves its time on
// while its holder is alive.
func (m *message) ready(now time.Time) bool {
	if m.acked || m.due.After(now) {
		return false
	}
	if m.holder == nil {
		return true
	}
	lapses, silent := m.silentFor(now)
	if !silent {
		lapses = now.Add(ackWait - now.Sub(m.taken)%beatEvery)
	}
	m.due = lapses
	return !lapses.After(now)
}

// settled tells whether everything that was stored is acked.
func (q *simQueue) settled() bool {
	return q.coming == 0 && !slices.ContainsFunc(q.messages, func(m *message) bool { return !m.acked })
}

// mostTurns bounds a run: more is a loop.
const mostTurns = 100_000

// broker delivers until everything is settled. false: it never was.
func (w *world) broker(limit time.Duration) bool {
	until := time.Now().Add(limit)
	for n := range mostTurns {
		r := w.roll(fmt.Sprint("broker ", n))
		pass(between(r, time.Millisecond, 2*time.Millisecond))
		wait, more := w.turn(until, r.IntN(1<<20))
		if !more {
			break
		}
		if wait > 0 {
			w.pause(wait)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.quietLocked()
}

// quietLocked tells whether nothing is under way any more.
func (w *world) quietLocked() bool { return w.queue.settled() && w.jobpac.coming == 0 }

// turn delivers one message, or says how long there will be none.
func (w *world) turn(until time.Time, pick int) (wait time.Duration, more bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.quietLocked() || time.Now().After(until) {
		return 0, false
	}
	m, p, wait := w.pair(until, pick)
	if m != nil {
		w.deliver(m, p)
	}
	return wait, true
}

// pause waits for a change, or that long.
func (w *world) pause(d time.Duration) {
	t := time.NewTimer(max(d, time.Millisecond))
	defer t.Stop()
	select {
	case <-t.C:
	case <-w.kick:
	}
}

// pair finds a message to deliver and a process with a free hand, or how long
// it takes until there may be both.
func (w *world) pair(until time.Time, pick int) (*message, *process, time.Duration) {
	now, next := time.Now(), until
	due := []*message{}
	for _, m := range w.queue.messages {
		if m.ready(now) {
			due = append(due, m)
		} else if !m.acked && m.due.Before(next) {
			next = m.due
		}
	}
	var free []*process
	for _, p := range w.processes {
		switch wake := lastOf(p.paused, p.frozen); {
		case p.leaving || p.busy >= hands:
		case wake.After(now):
			next = firstOf(next, wake)
		default:
			free = append(free, p)
		}
	}
	if len(due) == 0 || len(free) == 0 {
		return nil, nil, next.Sub(now)
	}
	return due[pick%len(due)], free[pick/7%len(free)], 0
}

func lastOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func firstOf(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// deliver gives a message to a hand of a process.
func (w *world) deliver(m *message, p *process) {
	m.deliveries++
	m.holder, m.taken, m.due = p, time.Now(), time.Now().Add(ackWait)
	p.busy++
	w.passed["delivery"]++
	h := &hand{process: p, message: m, name: fmt.Sprintf("m%d.%d", m.nr, m.deliveries), throws: map[string]int{}}
	go h.work()
}

// work is one delivery, from taking to settling. A process that dies takes it
// along.
func (h *hand) work() {
	defer h.empty()
	ctx, cancel := context.WithTimeout(h.ctx, oneGo)
	defer cancel()
	var v Verdict
	if h.naive != nil {
		v = h.naive(ctx, h, h.message.event)
	} else {
		v = NewRoad(h.settings(), h.parts()).Process(ctx, h.message.event)
	}
	h.Reach(failpoint.BeforeAck)
	h.settle(v)
}

// empty gives the hand back to its process.
func (h *hand) empty() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.busy--
	h.homeLocked()
	h.nudge()
}

// settle tells the queue what the verdict says. The server takes it also from
// one who has lost the message meanwhile.
func (h *hand) settle(v Verdict) {
	r := h.roll("settle")
	h.mu.Lock()
	defer h.mu.Unlock()
	m := h.message
	h.tell("%s %s %s: %s, %s", h.owner, h.name, m.event.ID, [...]string{"ack", "later", "give back"}[v.Settle], v.Reason)
	if v.Pause > 0 {
		h.paused = lastOf(h.paused, time.Now().Add(v.Pause))
	}
	if chance(r, h.unacked) {
		h.passed["ack lost"]++
		m.due, m.holder = time.Now().Add(between(r, beatEvery, ackWait)), nil
		return
	}
	switch v.Settle {
	case Ack:
		m.acked = true
		if chance(r, h.unacked) {
			h.again(m, between(r, time.Second, 10*time.Minute))
		}
	case Later:
		m.due, m.holder = time.Now().Add(max(v.After, 0)), nil
	default:
		m.due, m.holder = time.Now(), nil
	}
}

// again makes the server forget an ack.
func (q *world) again(m *message, after time.Duration) {
	q.queue.coming++
	time.AfterFunc(after, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.queue.coming--
		q.passed["ack forgotten"]++
		m.acked, m.holder, m.due = false, nil, time.Now()
		q.nudge()
	})
}

// busPort is the road's Bus.
type busPort struct{ *hand }

// Publish stores a hint; it can fail both ways.
func (b busPort) Publish(ctx context.Context, e erp.Event) error {
	r := b.roll("publish")
	if err := b.call(ctx, time.Millisecond, 5*time.Millisecond, r); err != nil {
		return fault.New(fault.Transient, "publish", err).OfSystem()
	}
	failed := chance(r, b.unbus)
	b.mu.Lock()
	defer b.mu.Unlock()
	if !failed || chance(r, 500) {
		b.queue.store(e)
	}
	if failed {
		b.passed["publish failed"]++
		return fault.New(fault.Transient, "publish", errCut).OfSystem()
	}
	return nil
}

// Bury keeps nothing: the journal says that the effect is dead.
func (b busPort) Bury(ctx context.Context, _ journal.Key, _ string, _ []byte) error {
	return b.call(ctx, time.Millisecond, 5*time.Millisecond, b.roll("bury"))
}

// hints are all events that are stored, by id.
func (q *simQueue) hints() []erp.Event {
	all := map[string]erp.Event{}
	for _, m := range q.messages {
		all[m.event.ID] = m.event
	}
	var list []erp.Event
	for _, id := range slices.Sorted(maps.Keys(all)) {
		list = append(list, all[id])
	}
	return list
}
