package ops

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// Decision is a person's word on an effect that rests.
type Decision struct {
	ID     string
	Do     erp.Verb
	Number string // adopt: the number in Jobpac
	Reason string // required, at most 500 characters
	Actor  string // required, at most 100 characters
	Seq    uint64 // of the last record that the person saw; 0: whatever it is now
}

// Verb is what a person decides: adopt, retry or abandon.
type Verb = erp.Verb

// Resolved is a decision on its way to a worker, which carries it out.
type Resolved struct {
	ID     string   `json:"id"`
	State  string   `json:"state"` // what was decided upon
	Seq    uint64   `json:"seq"`   // of its last record: once it has grown, somebody did something
	Do     erp.Verb `json:"do"`
	Number string   `json:"number,omitempty"`
	Event  string   `json:"event"` // the hint put on the road
}

// decidable are the states that a person may decide upon.
var decidable = [...]journal.State{
	journal.Parked, journal.UnknownOut, journal.Waiting, journal.Planned, journal.Rejected, journal.Dead, journal.Abandoned,
}

// Resolve puts a decision on the road. It counts only for the history as it is
// at this moment: whatever moves on before a worker takes it wins. Safe to run
// twice: the hint's id names the state it is about, so the same decision again
// adds nothing. A decision that cannot be carried out leaves the effect parked
// with why. Errors: *Invalid, *Conflict, ErrNotFound, or the store's.
func (s *Service) Resolve(ctx context.Context, d Decision) (Resolved, error) {
	d, err := d.checked()
	if err != nil {
		return Resolved{}, err
	}
	e, err := s.known(ctx, d.ID)
	if err != nil {
		return Resolved{}, err
	}
	if err := s.mayDecide(e, d); err != nil {
		return Resolved{}, err
	}
	r := Resolved{
		ID: e.String(), State: string(e.State), Seq: e.Seq, Do: d.Do, Number: d.Number,
		Event: fmt.Sprintf("resolve-%s-%d-%s", e.Effect, e.Seq, d.Do),
	}
	hint, known := e.Hint()
	if !known {
		hint = erp.Event{Connection: e.Connection, Company: erp.ID(e.Company)}
	}
	hint.ID, hint.Action, hint.At, hint.Received, hint.Source, hint.Actor = r.Event, "resolve", s.Now(), s.Now(), erp.FromPerson, d.Actor
	hint.Decision = &erp.Decision{Effect: e.Effect, Seq: e.Seq, Do: d.Do, Number: d.Number, Reason: d.Reason}
	return r, s.Bus.Publish(ctx, hint)
}

// checked is the decision tidied, if it is complete.
func (d Decision) checked() (Decision, error) {
	d.Number = strings.TrimSpace(d.Number)
	switch {
	case d.Do != erp.Adopt && d.Do != erp.Retry && d.Do != erp.Abandon:
		return d, invalid("do", string(d.Do), "must be adopt, retry or abandon")
	case d.Do == erp.Adopt && d.Number == "":
		return d, invalid("number", "", "name the number under which it stands in Jobpac")
	case d.Do != erp.Adopt && d.Number != "":
		return d, invalid("number", shortened(d.Number), "goes with adopt only")
	case utf8.RuneCountInString(d.Number) > maxNumber || !printable(d.Number):
		return d, invalid("number", shortened(d.Number), fmt.Sprintf("must be at most %d printable characters", maxNumber))
	}
	var err error
	d.Actor, d.Reason, err = signed(d.Actor, d.Reason)
	return d, err
}

// mayDecide tells why that decision makes no sense for the effect as it is.
func (s *Service) mayDecide(e journal.Effect, d Decision) error {
	switch {
	case d.Seq != 0 && d.Seq != e.Seq:
		return conflictf("%s moved on since you looked, it is %s now: look again before you decide", e, e.State)
	case e.State == journal.Done || e.State == journal.Superseded:
		return conflictf("%s is %s: there is nothing to decide", e, e.State)
	case !slices.Contains(decidable[:], e.State):
		return conflictf("%s is being worked on (%s): wait until it is done or rests", e, e.State)
	case d.Do == erp.Abandon && e.State == journal.Abandoned:
		return conflictf("%s is abandoned already", e)
	case d.Do == erp.Adopt && !adoptable(e):
		return conflictf("%s names no document, so there is nothing that could stand in Jobpac: retry or abandon it", e)
	case d.Do != erp.Abandon && !hinted(e):
		return conflictf("no record in Procore is known for %s: it can only be abandoned", e)
	case s.observes(e.Connection):
		return conflictf("connection %s only observes: nothing is decided there", e.Connection)
	}
	return nil
}

// observes tells whether a connection writes nothing.
func (s *Service) observes(connection string) bool {
	return slices.ContainsFunc(s.Connections, func(c Connection) bool { return c.Name == connection && c.Mode == "observe" })
}

// hinted tells whether a worker can be made to read what an effect is about.
func hinted(e journal.Effect) bool {
	_, ok := e.Hint()
	return ok
}
