package journal

import "time"

// Safe is safe mode in its stored form: whether creates stop, why, and what a
// person accepted when letting them go on. Package witness reads and writes it.
type Safe struct {
	Episode  int           `json:"episode"` // grows with every raise
	On       bool          `json:"on"`
	Since    time.Time     `json:"since,omitzero"`
	Findings []SafeFinding `json:"findings,omitempty"` // of this episode
	By       string        `json:"by,omitempty"`       // who released it
	Reason   string        `json:"reason,omitempty"`
	Released time.Time     `json:"released,omitzero"`
	Accepted []SafeStream  `json:"accepted,omitempty"` // the streams as they were at the last release
	Pardoned []SafeFinding `json:"pardoned,omitempty"` // damage that was there at the last release and is no news
}

// SafeFinding is one thing that was found wrong.
type SafeFinding struct {
	Stream string `json:"stream"`
	What   string `json:"what"`
	Words  string `json:"words,omitempty"`
	Effect string `json:"effect,omitempty"` // the history it is about
	From   uint64 `json:"from,omitempty"`   // the sequences it is about, both ends included
	To     uint64 `json:"to,omitempty"`
}

// SafeStream is a stream as it was taken for good.
type SafeStream struct {
	Stream   string    `json:"stream"`
	First    uint64    `json:"first"`
	Last     uint64    `json:"last"`
	Messages uint64    `json:"messages"`
	Created  time.Time `json:"created"`
	Ages     bool      `json:"ages,omitempty"`
}
