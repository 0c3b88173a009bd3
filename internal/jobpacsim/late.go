package jobpacsim

import (
	"slices"
	"time"
)

// lateCommit is a write whose caller was cut off and that is done later.
type lateCommit struct {
	call  *call
	due   time.Time // on the simulator's clock
	timer *time.Timer
}

// later keeps a write for its time; the caller holds the mutex. The work is
// done when the simulator's clock reaches it, by itself or by Advance.
func (s *Sim) later(c *call) {
	if s.closed {
		return
	}
	d := c.plan.end.time()
	late := &lateCommit{call: c, due: s.now().Add(d)}
	s.timers.Add(1)
	late.timer = time.AfterFunc(d, func() {
		defer s.timers.Done()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.settleDue()
	})
	s.pending = append(s.pending, late)
}

// settleDue does what has become due: late commits, then claim imports; the
// caller holds the mutex.
func (s *Sim) settleDue() {
	s.settleLate()
	s.processClaims()
}

// settleLate does the writes whose time has come, in order.
func (s *Sim) settleLate() {
	if len(s.pending) == 0 {
		return
	}
	now := s.now()
	var due []*lateCommit
	s.pending = slices.DeleteFunc(s.pending, func(late *lateCommit) bool {
		if late.due.After(now) {
			return false
		}
		due = append(due, late)
		return true
	})
	slices.SortStableFunc(due, func(a, b *lateCommit) int { return a.due.Compare(b.due) })
	for _, late := range due {
		s.stop(late)
		s.settle(late.call, now)
	}
}

func (s *Sim) stop(late *lateCommit) {
	if late.timer.Stop() {
		s.timers.Done()
	}
}

func (s *Sim) settle(c *call, now time.Time) {
	r := s.run(c)
	outcome := "late commit"
	if !r.committed {
		outcome = "late refused"
	}
	s.journal.add(Call{
		Time: now, Method: c.method, Operation: c.op.name, Params: c.raw,
		Outcome: outcome, Message: r.message, Committed: r.committed, Faults: c.plan.names,
	})
}

// dropPending forgets the writes that are not due; the caller holds the mutex.
func (s *Sim) dropPending() {
	for _, late := range s.pending {
		s.stop(late)
	}
	s.pending = nil
}
