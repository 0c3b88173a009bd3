// Package failpoint names the moments at which a death would cost most. The
// code that passes such a moment says so to a Set; the product's Set does
// nothing, a test's ends the process, stalls or counts. There is no build tag
// and no generated code: what is tested is what is shipped.
package failpoint

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
)

// Point is one moment. Its name says where the code stands.
type Point string

// The points, in the order of the road.
const (
	BeforeStore    Point = "receiver.before-store"  // nothing is on disk, nobody was answered
	Stored         Point = "receiver.stored"        // the event is on disk, the sender has no answer
	Taken          Point = "worker.taken"           // an event was taken off the stream
	Read           Point = "worker.read"            // Procore has shown the request
	Claimed        Point = "worker.claimed"         // the claims store gave us the aggregate
	Numbered       Point = "plan.numbered"          // numbers are reserved in the journal
	Looked         Point = "plan.looked"            // Jobpac has shown facts and document, nothing is planned on record
	BeforeIntent   Point = "step.before-intent"     // about to write the intent
	IntentWritten  Point = "step.intent-written"    // the intent is durable, the clock is not looked at yet
	BeforeSend     Point = "step.before-send"       // the clock was looked at, nothing has left
	Sent           Point = "step.sent"              // Jobpac has answered, or the call has ended
	BeforeUnknown  Point = "step.before-unknown"    // the outcome is not known, and not yet on record
	UnknownWritten Point = "step.unknown-written"   // it is on record
	Refused        Point = "step.refused"           // Jobpac said no; not yet on record
	StepsDone      Point = "confirm.before-applied" // all stands in Jobpac, applied is not on record
	Linked         Point = "confirm.linked"         // origin ids are written, applied is not on record
	AppliedWritten Point = "confirm.applied"        // applied and the answer are on record, the detail is open
	Closed         Point = "confirm.closed"         // the detail is closed, done is not on record
	DoneWritten    Point = "confirm.done"           // done is on record, nobody was woken
	Woken          Point = "confirm.woken"          // those who waited were woken
	EndWritten     Point = "end.written"            // refused, parked or dead is on record, Procore knows nothing
	EndTold        Point = "end.told"               // Procore knows, the record does not say so
	SignedUp       Point = "wait.signed-up"         // a change order stands in its commitment's list of waiters
	WaitWritten    Point = "wait.written"           // waiting is on record
	BeforeAck      Point = "worker.before-ack"      // everything is done but the ack
)

// All lists every point.
func All() []Point {
	return []Point{
		BeforeStore, Stored, Taken, Read, Claimed, Numbered, Looked, BeforeIntent, IntentWritten, BeforeSend, Sent, BeforeUnknown,
		UnknownWritten, Refused, StepsDone, Linked, AppliedWritten, Closed, DoneWritten, Woken, EndWritten, EndTold, SignedUp, WaitWritten, BeforeAck,
	}
}

// Set is told of every point that is passed. Reach may not return: then the
// process is gone. It is called by many goroutines at once.
type Set interface{ Reach(p Point) }

// None is the Set of the product.
func None() Set { return none{} }

type none struct{}

func (none) Reach(Point) {}

// ExitAt calls exit when the point named is passed for the nth time. Text is a
// point's name, or name#n.
func ExitAt(text string, exit func()) (Set, error) {
	name, nth, counted := strings.Cut(text, "#")
	n := 1
	if counted {
		var err error
		if n, err = strconv.Atoi(nth); err != nil || n < 1 {
			return nil, fmt.Errorf("fail point %q: after # comes which passing it is, 1 or more", text)
		}
	}
	if !slices.Contains(All(), Point(name)) {
		return nil, fmt.Errorf("fail point %q is not one of %v", name, All())
	}
	e := &exitAt{point: Point(name), exit: exit}
	e.left.Store(int64(n))
	return e, nil
}

type exitAt struct {
	point Point
	left  atomic.Int64
	exit  func()
}

func (e *exitAt) Reach(p Point) {
	if p == e.point && e.left.Add(-1) == 0 {
		e.exit()
	}
}
