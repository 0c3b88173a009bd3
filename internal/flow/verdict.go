package flow

import (
	"time"

	"github.com/procpac/procpac/internal/journal"
)

// Settle is what becomes of the event.
type Settle int

// The ways an event is settled.
const (
	Ack      Settle = iota // the effect is terminal, parked, or nothing was asked for
	Later                  // come again after Verdict.After
	GiveBack               // we are stopping: at once, to someone else, no attempt spent
)

// Verdict is the end of one Process call. The journal already says the same,
// durably.
type Verdict struct {
	Settle Settle
	After  time.Duration // Later: not before
	Pause  time.Duration // the system's fault: take nothing of this connection for so long
	Effect journal.Key   // zero when no effect was reached
	State  journal.State
	Reason string // one sentence, free of secrets
	Err    error  // for the log
}

// acked ends an event for good.
func (w *work) acked(reason string) Verdict {
	return Verdict{Settle: Ack, Effect: w.effect.Key, State: w.effect.State, Reason: reason}
}

// later puts an event off.
func (w *work) later(after time.Duration, reason string, err error) Verdict {
	return Verdict{Settle: Later, After: after, Effect: w.effect.Key, State: w.effect.State, Reason: reason, Err: err}
}
