package flow

import (
	"context"
	"sync"
	"time"

	"github.com/procpac/procpac/internal/erp"
)

// How soon an import that waits for another asks again, at first and in the end.
const (
	importTurn   = 2 * time.Second
	importSeldom = time.Minute
)

// turnWait is how long the second one waits in the turnstile.
const turnWait = 30 * time.Second

// mostKnown is how many waiting requests a turnstile knows; one that it forgot is
// read once more.
const mostKnown = 10_000

// turnstile lets one import of this process through at a time and a second one
// wait before it, so that many small ones follow each other without a pause.
// More would only keep workers from the documents. It knows which requests wait,
// so that those are not read again before it is their turn: hundreds may wait, and
// Procore counts its calls. Safe for concurrent use.
type turnstile struct {
	turn, room chan struct{} // of one and of two places
	mu         sync.Mutex
	waiting    map[erp.ID]struct{} // requests that are imports
	closed     time.Time           // until then: another process imports
}

func newTurnstile() *turnstile {
	return &turnstile{turn: make(chan struct{}, 1), room: make(chan struct{}, 2), waiting: map[erp.ID]struct{}{}}
}

// enter waits for the turn; false: there is no room, or it took too long.
func (s *turnstile) enter(ctx context.Context, now time.Time) (leave func(), ok bool) {
	if s.shut(now) {
		return nil, false
	}
	select {
	case s.room <- struct{}{}:
	default:
		return nil, false
	}
	limit := time.NewTimer(turnWait)
	defer limit.Stop()
	select {
	case s.turn <- struct{}{}:
		return func() { <-s.turn; <-s.room }, true
	case <-limit.C:
	case <-ctx.Done():
	}
	<-s.room
	return nil, false
}

func (s *turnstile) shut(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return now.Before(s.closed)
}

// close shuts the turnstile until then.
func (s *turnstile) close(until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = until
}

// knows tells whether a request is an import that waited before.
func (s *turnstile) knows(request erp.ID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.waiting[request]
	return ok
}

// note has a request wait, or not any more.
func (s *turnstile) note(request erp.ID, waits bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if delete(s.waiting, request); !waits {
		return
	}
	if len(s.waiting) >= mostKnown {
		clear(s.waiting)
	}
	s.waiting[request] = struct{}{}
}

// enterImport waits for this import's turn. A verdict: it comes again later.
func (w *work) enterImport(ctx context.Context) *Verdict {
	if w.turn != nil {
		return nil
	}
	leave, ok := w.imports.enter(ctx, w.Now())
	w.noteWaiting(!ok)
	if w.turn = leave; !ok {
		return ptr(w.importWaits())
	}
	return nil
}

// leaveImport lets the next import through.
func (w *work) leaveImport() {
	if w.turn != nil {
		w.turn()
	}
}

// importElsewhere puts an import off because another process is at one.
func (w *work) importElsewhere() Verdict {
	w.imports.close(w.Now().Add(importTurn))
	w.noteWaiting(true)
	return w.importWaits()
}

// noteWaiting has the event's request wait, or not any more.
func (w *work) noteWaiting(waits bool) {
	if w.event.Import == nil {
		w.imports.note(w.event.ResourceID, waits)
	}
}

// importWaits puts an import off, the longer the longer it has waited.
func (w *work) importWaits() Verdict {
	after := min(max(w.Now().Sub(w.event.Received)/4, importTurn), importSeldom)
	return w.later(after, "another import of this connection is under way", nil)
}
