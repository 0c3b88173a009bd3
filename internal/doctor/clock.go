package doctor

import (
	"context"
	"time"
)

// mostApart is how far two clocks may be apart. Dates made from times, the end
// of a sweep's window and Jobpac's Triple DES login rest on it.
const mostApart = 30 * time.Second

// Clock compares our clock with the one that a system shows in its answers. date
// is one question and answer; now is our clock.
func Clock(system string, date func(ctx context.Context) (time.Time, error), now func() time.Time) Step {
	return Step{Topic: "clock", Look: func(ctx context.Context) ([]Line, bool) {
		before := now()
		theirs, err := date(ctx)
		after := now()
		if err != nil {
			return []Line{warn("", "Our clock could not be compared with that of %s: %s.", system, said(err))}, true
		}
		return []Line{apart(system, before, after, theirs)}, true
	}}
}

// apart judges two clocks. The answer was made somewhere between before and
// after, and a Date header knows whole seconds only.
func apart(system string, before, after, theirs time.Time) Line {
	half := after.Sub(before) / 2
	off := before.Add(half).Sub(theirs.Add(time.Second / 2))
	sure := max(0, off.Abs()-half-time.Second/2)
	if sure <= mostApart {
		return fine("Our clock and that of %s agree.", system)
	}
	word := "ahead of"
	if off < 0 {
		word = "behind"
	}
	return wrong("Set the clock of this machine (timedatectl set-ntp true), or ask whoever runs the other one.",
		"Our clock is %s %s that of %s; more than %s makes wrong dates and refused logins.", span(off.Abs()), word, system, span(mostApart))
}
