package journal

import "slices"

// State is where an effect stands.
type State string

// The states. None is an effect nobody has planned.
const (
	None       State = ""
	Planned    State = "planned"
	Claimed    State = "claimed"
	Intent     State = "intent"
	Committed  State = "committed"
	Applied    State = "applied"
	Confirmed  State = "confirmed"
	Done       State = "done"
	Waiting    State = "waiting"
	UnknownOut State = "unknown"
	Parked     State = "parked"
	Superseded State = "superseded"
	Rejected   State = "rejected"
	Abandoned  State = "abandoned"
	Dead       State = "dead"
)

// States lists every state, in the order of the road.
func States() []State {
	return []State{
		Planned, Claimed, Intent, Committed, Applied, Confirmed, Done,
		Waiting, UnknownOut, Parked, Superseded, Rejected, Abandoned, Dead,
	}
}

// Terminal tells whether nothing more happens by itself.
func (s State) Terminal() bool {
	return slices.Contains([]State{Done, Superseded, Rejected, Abandoned, Dead}, s)
}

// Settled tells whether the event that led here may be acked: terminal, or a
// person's turn.
func (s State) Settled() bool { return s.Terminal() || s == Parked }

// resting are the states that a live effect may fall into at any point.
var resting = [...]State{Planned, Waiting, UnknownOut, Parked, Rejected, Superseded, Dead, Abandoned}

// next lists the moves out of each state beside those to a resting state.
func next(s State) []State {
	switch s {
	case None:
		return []State{Planned}
	case Planned, Waiting:
		return []State{Planned, Claimed}
	case UnknownOut, Parked:
		return []State{Planned, Claimed}
	case Claimed:
		return []State{Claimed, Intent, Committed, Applied}
	case Intent:
		return []State{Claimed, Committed}
	case Committed:
		return []State{Claimed, Intent, Committed, Applied}
	case Applied:
		return []State{Claimed, Applied, Confirmed}
	case Confirmed:
		return []State{Claimed, Done}
	case Done, Rejected, Abandoned, Superseded, Dead:
		return []State{Planned}
	}
	return nil
}

// Legal tells whether an effect may go from one state to the other. A done
// effect, and one whose change was abandoned, may also be parked or confirmed:
// a new request asks for it.
func Legal(from, to State) bool {
	if slices.Contains(next(from), to) {
		return true
	}
	if from == Done || from == Abandoned {
		return to == Parked || to == Confirmed
	}
	live := from != None && !from.Terminal()
	return live && slices.Contains(resting[:], to)
}
