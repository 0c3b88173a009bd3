package sweep

import "time"

// The sources of a Line.
const (
	SourceDelivery = "delivery"
	SourceRequest  = "request"
	SourceEffect   = "effect"
	SourceApproval = "approval"
)

// What was done about a Line.
const (
	DoEnqueued = "enqueued"
	DoWould    = "would be enqueued"
	DoListed   = "listed"
)

// Line is one thing that a sweep found: every hint it put on the bus, or would
// have, and everything it only lists.
type Line struct {
	Source       string `json:"source"`           // delivery, request, effect
	ID           string `json:"id"`               // of the delivery, request or effect
	Effect       string `json:"effect,omitempty"` // acme.commitment-4101, where it is known
	Title        string `json:"title,omitempty"`
	Why          string `json:"why"`             // one sentence
	Do           string `json:"do"`              // DoEnqueued, DoWould, DoListed
	Event        string `json:"event,omitempty"` // id of the hint
	BeforeGoLive bool   `json:"before_go_live,omitempty"`
}

// Report is what a sweep did.
type Report struct {
	Connection string    `json:"connection"`
	Since      time.Time `json:"since,omitzero"`
	Started    time.Time `json:"started"`
	Ended      time.Time `json:"ended"`
	Read       int       `json:"read"`     // rows of all places
	Enqueued   int       `json:"enqueued"` // new hints on the bus
	Known      int       `json:"known"`    // nothing to do: on the bus, hinted or answered before
	Listed     int       `json:"listed"`   // lines that only list something; with DryRun all
	Lines      []Line    `json:"lines"`
	Warnings   []string  `json:"warnings,omitempty"`
}
