package journal

import "time"

// Version is the version of the stored form that this build writes.
const Version = 1

// Record is one append to an effect's history.
type Record struct {
	V       int       `json:"v"`
	At      time.Time `json:"at"`
	Epoch   int       `json:"epoch"`             // grows with every claim
	Owner   string    `json:"owner,omitempty"`   // the process that holds the claim
	Until   time.Time `json:"until,omitzero"`    // the claim's lease
	Actor   string    `json:"actor,omitempty"`   // a person, for replays and decisions
	Event   string    `json:"event,omitempty"`   // the hint that led here
	Request int64     `json:"request,omitempty"` // the ERP request being served
	Detail  int64     `json:"detail,omitempty"`  // its request detail, 0: none
	Company int64     `json:"company,omitempty"`
	Attempt int       `json:"attempt,omitempty"` // failed tries of the document so far
	Moves   []Move    `json:"moves,omitempty"`
	Plan    *Plan     `json:"plan,omitempty"`    // with a move to planned
	Telling *Closing  `json:"telling,omitempty"` // what Procore is about to be told: this request hears nothing else from now on
	Closed  *Closing  `json:"closed,omitempty"`
}

// Move is one arrow.
type Move struct {
	To          State     `json:"to"`
	Step        string    `json:"step,omitempty"`        // the step's id, see StepID
	Fingerprint string    `json:"fingerprint,omitempty"` // of the step as it is sent
	NotAfter    time.Time `json:"not_after,omitzero"`    // intent: no send may start later
	SendEnd     time.Time `json:"send_end,omitzero"`     // unknown: when our process saw the call end
	WakeAt      time.Time `json:"wake_at,omitzero"`      // resting: look again then
	Found       bool      `json:"found,omitempty"`       // committed: seen in Jobpac, not sent by this claim
	Class       string    `json:"class,omitempty"`       // the fault's kind
	Rule        string    `json:"rule,omitempty"`        // why, for programs
	Reason      string    `json:"reason,omitempty"`      // why, for an accountant
	Refused     string    `json:"refused,omitempty"`     // unknown: what was answered to the last send, while an earlier one is in doubt
	Cause       string    `json:"cause,omitempty"`       // why, for an engineer
}

// Closing is the close-out of a request detail in Procore.
type Closing struct {
	Request  int64    `json:"request"`
	Outcome  string   `json:"outcome"`
	Messages []string `json:"messages,omitempty"`
}

// Plan is what an effect sets out to do.
type Plan struct {
	Kind        string            `json:"kind"`             // commitment or change_order
	Source      *Source           `json:"source,omitempty"` // where it was read, if no ERP request brought it
	Aggregate   string            `json:"aggregate"`        // the commitment that all of it hangs on
	Title       string            `json:"title,omitempty"`
	Ref         string            `json:"ref,omitempty"`    // our reference in Jobpac
	Number      string            `json:"number,omitempty"` // the Jobpac number
	ProcoreNo   string            `json:"procore_no,omitempty"`
	Project     string            `json:"project,omitempty"`
	Creditor    string            `json:"creditor,omitempty"`
	Total       string            `json:"total,omitempty"` // decimal text
	Fingerprint string            `json:"fingerprint,omitempty"`
	Adopted     string            `json:"adopted,omitempty"`     // a person said that it stands in Jobpac under this number
	AdoptedFor  string            `json:"adopted_for,omitempty"` // the content, by its fingerprint, that was looked at then
	Steps       []Step            `json:"steps,omitempty"`
	Before      []Step            `json:"before,omitempty"`   // what stands of an earlier plan and is to be changed
	Links       []Link            `json:"links,omitempty"`    // what to write into Procore once it stands
	Lines       []Link            `json:"lines,omitempty"`    // of a revision: where each Procore line of it stands in Jobpac
	Notes       []string          `json:"notes,omitempty"`    // told in the close-out: what was cut or folded
	Full        map[string]string `json:"full,omitempty"`     // the full text of what was cut, by step id and column
	Problems    []Problem         `json:"problems,omitempty"` // what the rules refused, all at once
}

// Step is one call that changes Jobpac.
type Step struct {
	ID          string   `json:"id"` // kind and natural key
	Label       string   `json:"label"`
	Fingerprint string   `json:"fingerprint"`
	Columns     []Column `json:"columns,omitempty"`
}

// Value is one column as it is sent; empty: the step does not send it.
func (s Step) Value(name string) string {
	for _, c := range s.Columns {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// Column is one value that a step sends.
type Column struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Link is one origin id for Procore's external data.
type Link struct {
	Type   string `json:"type"`
	ID     int64  `json:"id"`
	Origin string `json:"origin"`
	Code   string `json:"code,omitempty"`
}

// Problem is one rule that a document breaks.
type Problem struct {
	Rule    string `json:"rule"`            // id: CM-LINE-COST-CODE
	Where   string `json:"where,omitempty"` // the line or field
	Message string `json:"message"`         // for an accountant: what, which rule, what to do
}
