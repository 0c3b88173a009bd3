package doctor

import (
	"context"
	"fmt"
	"time"
)

// Records are the names of unique_keys for the records this build writes, in
// their order.
func Records() []string { return []string{"order", "item", "variation", "variation_item"} }

// The values of unique_document_number and unique_keys.
const (
	Verified = "verified"
	Unknown  = "unknown"
	No       = "no"
)

// Settings are what the configuration says of one connection, as far as it is
// judged here.
type Settings struct {
	Observe     bool
	GoLive      time.Time         // zero: not set
	Unique      map[string]string // per record: the value in force
	Quiet       time.Duration
	Environment string
	Record      *Record // of the last contract check; nil: none
	RecordErr   error   // it is there and cannot be read
}

// SettingsSteps judges a connection's settings.
func SettingsSteps(s Settings, now time.Time) []Step {
	look := func(topic string, lines ...Line) Step {
		return Step{Topic: topic, Look: func(context.Context) ([]Line, bool) { return lines, true }}
	}
	return []Step{
		look("go live", s.goLive(now)), look("unique keys", s.unique()), look("quiet period", s.quiet()), look("contract", s.contract()...),
	}
}

// goLive says what the date means.
func (s Settings) goLive(now time.Time) Line {
	switch {
	case s.Observe:
		return fine("mode is observe: nothing is written to either side.")
	case s.GoLive.IsZero():
		return warn("Set go_live to the moment from which Procore is the master.",
			"go_live is not set: an approval of any age that is exported or found by the sweep is created in Jobpac.")
	case now.Before(s.GoLive):
		return fine("go_live is %s: what was approved before is never created, only listed.", s.GoLive.Format(time.RFC3339))
	}
	return fine("Live since %s: what was approved before is never created, only listed.", s.GoLive.Format(time.RFC3339))
}

// unique says which records are parked after a doubt.
func (s Settings) unique() Line {
	var parked []string
	for _, r := range Records() {
		if s.Unique[r] != Verified {
			parked = append(parked, fmt.Sprintf("%s (%s)", r, s.Unique[r]))
		}
	}
	if len(parked) > 0 {
		return warn("Prove it on a test environment with procpac check --contract, and set what it prints.",
			"That Jobpac refuses a second record of one key is not verified for %s: such a write whose outcome stays unknown is parked for a person.", several(parked))
	}
	return fine("Jobpac refuses a second record of one key, so an unknown outcome is settled without a person.")
}

// leastQuiet is what a quiet period needs at least not to be called short.
const leastQuiet = time.Minute

func (s Settings) quiet() Line {
	const do = "Set quiet_period longer than the slowest commit of this Jobpac."
	switch floor := s.Record.floor(); {
	case s.Quiet <= floor:
		return wrong(do, "quiet_period %s is not longer than a commit that was seen to take %s: an order could be taken for absent and sent again.", span(s.Quiet), span(floor))
	case s.Quiet < leastQuiet:
		return warn(do, "quiet_period %s is short: a commit that is slower than it can be missed.", span(s.Quiet))
	}
	return fine("After a doubt %s pass before an absent record counts as absent.", span(s.Quiet))
}

// contract compares what the configuration claims with what was proven.
func (s Settings) contract() []Line {
	const prove = "Run procpac check --contract on a test environment."
	claimed := s.claimed()
	switch {
	case s.RecordErr != nil:
		return []Line{warn(prove, "The record of the last contract check cannot be read: %s.", bare(s.RecordErr))}
	case s.Record == nil && len(claimed) > 0:
		return []Line{warn(prove, `The configuration says "verified" for %s, and no contract check is recorded that proves it.`, several(claimed))}
	case s.Record == nil:
		return []Line{fine("No contract check is recorded.")}
	}
	lines := s.contradicted(claimed)
	if len(lines) == 0 {
		lines = []Line{fine("Last proven at %s on environment %s%s.", minute(s.Record.At), s.Record.Environment, s.elsewhere())}
	}
	return lines
}

// claimed are the records that the configuration calls verified.
func (s Settings) claimed() []string {
	var claimed []string
	for _, r := range Records() {
		if s.Unique[r] == Verified {
			claimed = append(claimed, r)
		}
	}
	return claimed
}

// contradicted are the claims that the record does not bear out.
func (s Settings) contradicted(claimed []string) []Line {
	var accepted, unproven []string
	for _, r := range claimed {
		switch s.Record.Unique[r] {
		case Verified:
		case No:
			accepted = append(accepted, r)
		default:
			unproven = append(unproven, r)
		}
	}
	var lines []Line
	if len(accepted) > 0 {
		lines = append(lines, wrong(`Set them to "no".`, `The configuration says "verified" for %s, but Jobpac accepted a second one at %s on environment %s: a doubt could end in two.`,
			several(accepted), minute(s.Record.At), s.Record.Environment))
	}
	if len(unproven) > 0 {
		lines = append(lines, warn(`Set them to "unknown", or prove them.`, `The configuration says "verified" for %s, which the contract check of %s on environment %s could not show.`,
			several(unproven), minute(s.Record.At), s.Record.Environment))
	}
	return lines
}

// elsewhere says so when the proof comes from another environment.
func (s Settings) elsewhere() string {
	if s.Record.Environment == s.Environment {
		return ""
	}
	return fmt.Sprintf(" (this connection uses %s: prove it again when its Jobpac is upgraded)", s.Environment)
}
