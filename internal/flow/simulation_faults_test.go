package flow

import "time"

// faults are how often things go wrong, in a thousand, and how long they last.
// The rates of the first block are those of the protocol study that the design
// rests on.
type faults struct {
	crash     int           // at each point, the process
	stall     int           // at each point, the hand or the whole process
	stallMost time.Duration // so long at most
	lost      int           // a request never reaches Jobpac
	late      int           // a commit lands late
	lateMost  time.Duration // so late at most
	mute      int           // an answer is lost after the commit
	twice     int           // a webhook comes again under another event id
	flush     int           // the claims store loses everything once

	unsent  int // Jobpac is not reached, or too busy: surely not sent
	broken  int // Jobpac answers 5xx to a write, before or after the commit
	garbled int // Jobpac answers 200 with a body nobody can read
	unread  int // a read of Jobpac fails
	refusal int // Jobpac refuses for a reason of its own; only where that may end a document
	stale   int // a commit cannot be seen for up to two minutes

	claims  int // the claims store hangs, fails, or says "not held" wrongly
	procore int // Procore answers 5xx or 429, or does not show a request yet
	unkept  int // an append fails: not stored, stored, or stored later
	unbus   int // a publish fails, stored or not
	unacked int // an ack or nak is lost, or an acked message comes again
	stops   int // a process is stopped in the ordinary way once
}

// allFaults are the rates of every run but those of single classes.
func allFaults() faults {
	return faults{
		crash: 40, stall: 20, stallMost: 150 * time.Second, lost: 50, late: 150, lateMost: 100 * time.Second,
		mute: 100, twice: 300, flush: 250,
		unsent: 30, broken: 40, garbled: 20, unread: 20, stale: 50,
		claims: 40, procore: 40, unkept: 20, unbus: 20, unacked: 20, stops: 300,
	}
}

// faultClass is a kind of fault that can be switched alone.
type faultClass struct {
	name string
	take func(to *faults, from faults)
}

func faultClasses() []faultClass {
	return []faultClass{
		{"crash", func(to *faults, from faults) { to.crash = from.crash }},
		{"stall", func(to *faults, from faults) { to.stall = from.stall }},
		{"request lost", func(to *faults, from faults) { to.lost = from.lost }},
		{"late commit", func(to *faults, from faults) { to.late = from.late }},
		{"answer lost", func(to *faults, from faults) { to.mute = from.mute }},
		{"webhook twice", func(to *faults, from faults) { to.twice = from.twice }},
		{"claims flushed", func(to *faults, from faults) { to.flush = from.flush }},
		{"not sent", func(to *faults, from faults) { to.unsent = from.unsent }},
		{"5xx on a write", func(to *faults, from faults) { to.broken = from.broken }},
		{"refusal", func(to *faults, from faults) { to.refusal = from.refusal }},
		{"unreadable answer", func(to *faults, from faults) { to.garbled = from.garbled }},
		{"failed read", func(to *faults, from faults) { to.unread = from.unread }},
		{"stale look-up", func(to *faults, from faults) { to.stale = from.stale }},
		{"claims store", func(to *faults, from faults) { to.claims = from.claims }},
		{"Procore", func(to *faults, from faults) { to.procore = from.procore }},
		{"append", func(to *faults, from faults) { to.unkept = from.unkept }},
		{"publish", func(to *faults, from faults) { to.unbus = from.unbus }},
		{"ack", func(to *faults, from faults) { to.unacked = from.unacked }},
		{"ordinary stop", func(to *faults, from faults) { to.stops = from.stops }},
	}
}

// only has one class of all faults; without has all but that one.
func only(c faultClass, all faults) faults {
	f := faults{stallMost: all.stallMost, lateMost: all.lateMost}
	c.take(&f, all)
	return f
}

func without(c faultClass, all faults) faults {
	c.take(&all, faults{})
	return all
}
