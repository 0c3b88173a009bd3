package jobpacsim

import "time"

// Call is one line of the journal: a call as it came in and what became of it.
type Call struct {
	Seq       int64     `json:"seq"`
	Time      time.Time `json:"time"` // on the simulator's clock, when the call came in
	Method    string    `json:"method"`
	Operation string    `json:"operation"` // the path's name; an unknown path as it was asked
	// Params are the arguments without Token and Value.
	Params map[string]string `json:"params,omitempty"`
	// Status is the HTTP status sent; 0: none, the connection was closed.
	Status int `json:"status"`
	// Outcome is ok, refused, token refused, login refused, unknown path, wrong verb, fault, cut or late;
	// after a late commit a second line says late commit or late refused.
	Outcome string `json:"outcome"`
	// Message is what was said with a refusal.
	Message string `json:"message,omitempty"`
	// Committed tells that something changed.
	Committed bool `json:"committed"`
	// Faults are the kinds of faults that struck the call.
	Faults []string `json:"faults,omitempty"`
}

// journal keeps the latest calls in a ring.
type journal struct {
	ring []Call
	next int64 // calls ever written
}

func newJournal(size int) *journal { return &journal{ring: make([]Call, 0, size)} }

func (j *journal) add(c Call) {
	c.Seq = j.next + 1
	if len(j.ring) < cap(j.ring) {
		j.ring = append(j.ring, c)
	} else {
		j.ring[j.next%int64(cap(j.ring))] = c
	}
	j.next++
}

// all gives the kept calls, oldest first.
func (j *journal) all() []Call {
	calls := make([]Call, 0, len(j.ring))
	start := 0
	if len(j.ring) == cap(j.ring) {
		start = int(j.next % int64(cap(j.ring)))
	}
	calls = append(calls, j.ring[start:]...)
	return append(calls, j.ring[:start]...)
}
