package journal

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// StepState is what is known of one step.
type StepState string

// The states of a step. A step that nobody tried has none.
const (
	StepIntent    StepState = "intent"    // may have been sent: in doubt until a look-up
	StepUnknown   StepState = "unknown"   // was sent, the outcome is not known
	StepCommitted StepState = "committed" // stands in Jobpac
)

// StepMemory is what the history says of a step.
type StepMemory struct {
	State       StepState
	Fingerprint string
	NotAfter    time.Time // intent: the last moment a send could start
	SendEnd     time.Time // unknown: when the call was seen to end; zero if we died first
	Since       time.Time // when the doubt began; committed: when that was known
	Refused     string    // unknown: the last send was refused with these words, an earlier one is in doubt
	Stood       string    // an update is in doubt: the fingerprint of what stood before it
	Sends       int       // how often it may have been sent since it was not in doubt
}

// Doubtful tells whether the step may stand in Jobpac without our knowing.
func (m StepMemory) Doubtful() bool { return m.State == StepIntent || m.State == StepUnknown }

// Stands is the fingerprint of what surely stands in Jobpac of this step; empty:
// nothing.
func (m StepMemory) Stands() string {
	if m.State == StepCommitted {
		return m.Fingerprint
	}
	return m.Stood
}

// Effect is a history folded: what is known now. The zero value with a Key is
// an effect nobody has planned.
type Effect struct {
	Key
	Seq     uint64 // of its last record: the next append must follow it
	Records int
	State   State
	Epoch   int
	Owner   string
	Until   time.Time
	Attempt int
	Plan    Plan
	Steps   map[string]StepMemory // by step id, across plans
	WakeAt  time.Time
	Event   string
	Request int64
	Detail  int64
	Company int64
	Last    Move              // the latest arrow
	Stands  bool              // it was done, and nothing was planned since: the whole document is there
	Closed  map[int64]Closing // by ERP request
	Telling map[int64]Closing // by ERP request: may have been told, and is the only answer it may get
	First   time.Time         // of the first record
	Since   time.Time         // of the latest plan
	Begun   int               // how often it was begun anew after an end
	Trying  time.Time         // of the first failed try since the last success; zero: none
	Waiting time.Time         // since when it has been waiting, zero if it is not
	At      time.Time         // of the last record
	Acted   uint64            // sequence of the last record that did more than look again
}

// ErrIllegal is a move the state machine does not have: a fault of the program.
var ErrIllegal = errors.New("illegal move")

// Apply adds the record with that sequence, or fails with ErrIllegal and
// leaves the effect unusable.
func (e *Effect) Apply(r Record, seq uint64) error {
	before := e.State
	for _, m := range r.Moves {
		if !Legal(e.State, m.To) {
			return fmt.Errorf("%w of %s: %q to %q", ErrIllegal, e.Key, e.State, m.To)
		}
		e.move(m, r)
	}
	e.note(r, seq)
	if e.State != before || r.acts() {
		e.Acted = seq
	}
	return nil
}

// acts tells whether a record does more than look for what is in doubt, or tell
// Procore.
func (r Record) acts() bool {
	return r.Plan != nil || slices.ContainsFunc(r.Moves, func(m Move) bool { return m.To != Claimed && m.To != UnknownOut })
}

// note takes over what a record says beside its moves.
func (e *Effect) note(r Record, seq uint64) {
	if e.Records == 0 {
		e.First = r.At
	}
	e.Seq, e.At, e.Records = seq, r.At, e.Records+1
	e.Epoch, e.Owner, e.Until = r.Epoch, r.Owner, r.Until
	if r.Attempt == 0 {
		e.Trying = time.Time{}
	} else if e.Attempt == 0 || e.Trying.IsZero() {
		e.Trying = r.At
	}
	e.Attempt, e.Event = r.Attempt, r.Event
	if r.Request != 0 {
		e.Request, e.Detail, e.Company = r.Request, r.Detail, r.Company
	}
	e.Telling = tell(e.Telling, r.Telling)
	e.Closed = tell(e.Closed, r.Closed)
	if r.Closed != nil {
		delete(e.Telling, r.Closed.Request)
	}
}

// tell adds a closing, if there is one, to a map that may be nil.
func tell(to map[int64]Closing, c *Closing) map[int64]Closing {
	if c == nil {
		return to
	}
	if to == nil {
		to = map[int64]Closing{}
	}
	to[c.Request] = *c
	return to
}

// move takes one arrow.
func (e *Effect) move(m Move, r Record) {
	if e.State.Settled() { // begun anew: so are its tries
		e.Trying = time.Time{}
		e.Begun++
	}
	e.waiting(m, r)
	e.State, e.Last, e.WakeAt = m.To, m, m.WakeAt
	e.Stands = m.To == Done || e.Stands && m.To != Planned
	if m.To == Planned && r.Plan != nil {
		e.Plan, e.Since = *r.Plan, r.At
	}
	if m.Step != "" {
		e.step(m, r)
	}
}

// waiting remembers since when an effect has been waiting without a break.
func (e *Effect) waiting(m Move, r Record) {
	switch {
	case m.To == Waiting && e.Waiting.IsZero():
		e.Waiting = r.At
	case m.To != Waiting && m.To != Planned && m.To != Claimed:
		e.Waiting = time.Time{}
	}
}

// step takes over what an arrow says of its step.
func (e *Effect) step(m Move, r Record) {
	if e.Steps == nil {
		e.Steps = map[string]StepMemory{}
	}
	old := e.Steps[m.Step]
	memory := StepMemory{Fingerprint: m.Fingerprint, NotAfter: m.NotAfter, SendEnd: m.SendEnd, Since: old.Since, Refused: m.Refused}
	switch m.To {
	case Intent:
		memory.State, memory.Stood, memory.Sends = StepIntent, old.Stands(), 1
		if old.Doubtful() {
			memory.Sends = old.Sends + 1
		}
		if !old.Doubtful() { // a doubt is as old as its first send
			memory.Since = r.At
		}
	case UnknownOut:
		memory.State, memory.NotAfter, memory.Stood, memory.Sends = StepUnknown, old.NotAfter, old.Stood, old.Sends
		if memory.Since.IsZero() {
			memory.Since = r.At
		}
	case Committed:
		memory.State, memory.Since = StepCommitted, r.At
	default: // refused, or surely not sent: nothing is in doubt any more, and what stood before stands
		if delete(e.Steps, m.Step); old.Stood == "" {
			return
		}
		memory = StepMemory{State: StepCommitted, Fingerprint: old.Stood, Since: old.Since}
	}
	e.Steps[m.Step] = memory
}

// Clone copies an effect, so that applying a record to the copy leaves the
// original alone.
func (e Effect) Clone() Effect {
	e.Steps, e.Closed, e.Telling = maps.Clone(e.Steps), maps.Clone(e.Closed), maps.Clone(e.Telling)
	return e
}

// StepIDs lists the steps that the history says anything of, sorted: whoever
// walks them does so in the same order every time.
func (e Effect) StepIDs() []string { return slices.Sorted(maps.Keys(e.Steps)) }

// Doubts lists the steps that may stand in Jobpac without our knowing, sorted.
func (e Effect) Doubts() []string {
	var ids []string
	for id, memory := range e.Steps {
		if memory.Doubtful() {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// HeldBy tells whether another owner's claim is still good at that time.
func (e Effect) HeldBy(owner string, now time.Time) bool {
	held := e.State == Claimed || e.State == Intent || e.State == Committed || e.State == Applied || e.State == Confirmed
	return held && e.Owner != owner && now.Before(e.Until)
}
