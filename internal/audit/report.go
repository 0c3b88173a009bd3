package audit

import "time"

// The kinds of a Finding.
const (
	Missing      = "missing"
	Doubled      = "doubled"
	Differs      = "differs"
	Vanished     = "vanished"
	Unlinked     = "unlinked"
	Unsent       = "unsent"
	BeforeGoLive = "before_go_live"
	Open         = "open"
	Parked       = "parked"
)

// Finding is one thing that is not as it should be.
type Finding struct {
	Kind         string `json:"kind"`
	Connection   string `json:"connection"`
	Effect       string `json:"effect,omitempty"` // acme.commitment-4101, where there is one
	Procore      string `json:"procore"`          // commitment SC-042 (4101)
	Title        string `json:"title,omitempty"`
	Number       string `json:"number,omitempty"`        // in Jobpac
	ProcoreTotal string `json:"procore_total,omitempty"` // decimal text, as sent or as Procore has it
	JobpacTotal  string `json:"jobpac_total,omitempty"`  // decimal text, where it was read
	Words        string `json:"words"`                   // for an accountant: what is wrong and what to do
	Serious      bool   `json:"serious"`
}

// Report is what an audit found.
type Report struct {
	Connection string    `json:"connection"`
	Since      time.Time `json:"since,omitzero"` // of the approvals
	Started    time.Time `json:"started"`
	Ended      time.Time `json:"ended"`
	Approvals  int       `json:"approvals"` // read in Procore
	Effects    int       `json:"effects"`   // walked in the journal
	Documents  int       `json:"documents"` // read in Jobpac
	Findings   []Finding `json:"findings"`
	Next       string    `json:"next,omitempty"` // cursor, when the audit was cut short
	Warnings   []string  `json:"warnings,omitempty"`
}

// Clean tells that no finding is serious. What could not be compared stands in
// Warnings and is not judged.
func (r Report) Clean() bool {
	for _, f := range r.Findings {
		if f.Serious {
			return false
		}
	}
	return true
}
