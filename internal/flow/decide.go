package flow

import (
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// Action is what a history and a request call for.
type Action int

// The actions.
const (
	Skip     Action = iota // nothing: it is done, or somebody else's turn
	Plan                   // from the request's content, fresh
	Resume                 // go on where the history ends
	Confirm                // the document stands: link and close only
	Finish                 // it was verified and put on record: what is left is to tell Procore
	Close                  // the end is written, the request detail is still open
	Changed                // done before, and asked again with other content: a person decides
	Outdated               // a newer request of the same document was served: close this one
	Hold                   // parked with a doubt: close this request with the same words
	Wait                   // come again at Decision.At
)

// Decision is an action with its reason.
type Decision struct {
	Do     Action
	At     time.Time // Wait
	Reason string
}

// Case is what Decide looks at.
type Case struct {
	Effect      journal.Effect
	Request     erp.ID
	Fingerprint string // of the request's content
	Source      string // of the event
	Direct      bool   // no ERP request brought it: nobody waits for an answer
	Now         time.Time
	Owner       string
	Alone       bool
}

// Decide is pure: the same case gives the same decision.
func Decide(c Case) Decision {
	e := c.Effect
	if !c.Alone && e.HeldBy(c.Owner, c.Now) {
		return Decision{Do: Wait, At: e.Until, Reason: "another worker holds it"}
	}
	if c.Direct && e.ByRequest() {
		return Decision{Do: Skip, Reason: "an ERP request asked for this document"}
	}
	if c.Request < erp.ID(e.Request) && e.State != journal.None {
		return c.older()
	}
	switch e.State {
	case journal.None:
		return Decision{Do: Plan, Reason: "new"}
	case journal.Done:
		return c.done()
	case journal.Superseded:
		return c.superseded()
	case journal.Rejected, journal.Abandoned, journal.Dead:
		return c.ended()
	case journal.Parked:
		return c.parked()
	}
	return c.live()
}

// closed tells whether this request's detail has been closed already.
func (c Case) closed() bool {
	_, ok := c.Effect.Closed[int64(c.Request)]
	return ok
}

// anew tells whether a document that was read by itself has other content than
// was served, although it shows the same second of its last change.
func (c Case) anew() bool {
	return c.Direct && c.Effect.Request == int64(c.Request) && c.Fingerprint != c.Effect.Plan.Fingerprint
}

// older: a request that a newer one overtook is told so, once.
func (c Case) older() Decision {
	if c.closed() {
		return Decision{Do: Skip, Reason: "answered before, and a newer request was served"}
	}
	return Decision{Do: Outdated, Reason: "a newer request was served"}
}

// done: a request that was answered asks for nothing; a new one for the same
// content is only confirmed; other content needs a person.
func (c Case) done() Decision {
	switch {
	case c.closed() && !c.anew():
		return Decision{Do: Skip, Reason: "already done"}
	case c.Fingerprint == c.Effect.Plan.Fingerprint && c.Direct && c.Source != erp.FromReplay && c.Effect.State != journal.Parked:
		return Decision{Do: Skip, Reason: "already in Jobpac with the same content"} // our own link is a change too
	case c.Fingerprint == c.Effect.Plan.Fingerprint:
		return Decision{Do: Confirm, Reason: "already in Jobpac with the same content"}
	}
	return Decision{Do: Changed, Reason: "content changed after it was done"}
}

// superseded: a request that was not needed stays so. A document that was
// withdrawn before anything was written is asked for anew.
func (c Case) superseded() Decision {
	same := c.Effect.Request == int64(c.Request) && c.Source != erp.FromReplay
	if c.Effect.Kind() == journal.KindRequest || !c.Direct && (same || c.closed()) {
		return Decision{Do: Skip, Reason: "not needed"}
	}
	return Decision{Do: Plan, Reason: "asked for again"}
}

// ended: a new request or a replay begins again; the same request only has
// its detail closed.
func (c Case) ended() Decision {
	switch {
	case c.Source == erp.FromReplay:
		return Decision{Do: Plan, Reason: "replayed"}
	case c.Direct && c.Effect.State == journal.Abandoned && c.Fingerprint == c.Effect.Plan.Fingerprint:
		return Decision{Do: Skip, Reason: "given up by a person, and not changed since"}
	case c.anew() && !c.Effect.Stands:
		return Decision{Do: Plan, Reason: "changed since"}
	case c.closed():
		return Decision{Do: Skip, Reason: "already " + string(c.Effect.State)}
	case c.Effect.Request == int64(c.Request):
		return Decision{Do: Close, Reason: "its request is still open"}
	case c.Effect.Stands:
		return c.done() // what was given up is the change: nobody has given leave to make it
	}
	return Decision{Do: Plan, Reason: "sent again"}
}

// parked: with a doubt only a replay goes on, to look again; without one a new
// request may.
func (c Case) parked() Decision {
	doubt := len(c.Effect.Doubts()) > 0
	switch {
	case c.Source == erp.FromReplay && doubt:
		return Decision{Do: Resume, Reason: "replayed: look again"}
	case c.Source == erp.FromReplay:
		return Decision{Do: Plan, Reason: "replayed"}
	case c.closed():
		return Decision{Do: Skip, Reason: "parked"}
	case doubt:
		return Decision{Do: Hold, Reason: "parked with an unknown outcome"}
	case c.Effect.Request == int64(c.Request):
		return Decision{Do: Close, Reason: "its request is still open"}
	case c.Effect.Stands:
		return c.done() // parked because it was asked for with other content: nobody has given leave
	}
	return Decision{Do: Plan, Reason: "sent again"}
}

// live: an effect at rest keeps its wake time unless somebody wakes it; all
// others go on. A sweep is no waking: it only sees to it that nothing is
// forgotten.
func (c Case) live() Decision {
	e := c.Effect
	woken := e.State != journal.UnknownOut && c.Source != erp.FromWebhook && c.Source != erp.FromSweep
	if !woken && c.Now.Before(e.WakeAt) {
		return Decision{Do: Wait, At: e.WakeAt, Reason: "resting: " + string(e.State)}
	}
	if e.State == journal.Applied && c.Fingerprint == e.Plan.Fingerprint && len(e.Doubts()) == 0 {
		return Decision{Do: Finish, Reason: "stands in Jobpac, Procore is to be told"}
	}
	return Decision{Do: Resume, Reason: "goes on from " + string(e.State)}
}
