package doctor

import (
	"fmt"
	"time"
)

// Consent is what is known before something is written for a contract check.
type Consent struct {
	Connection  string
	Environment string // as configured
	WorkID      string
	Live        bool                             // the connection's mode
	GoLive      time.Time                        // zero: not set
	Yes         bool                             // --yes
	Named       string                           // --environment, as typed
	Ask         func(words string) (bool, error) // nil: nobody to ask
}

// Refused is a contract check that was not allowed.
type Refused struct{ Words string }

// Error is the reason.
func (r *Refused) Error() string { return r.Words }

// Check is nil when documents may be written. A connection that may be at work
// needs --yes and its environment's name typed out: a slip must not put documents
// into the books of a company.
func (c Consent) Check(now time.Time) error {
	working := c.Live && !now.Before(c.GoLive)
	switch {
	case c.Named != "" && c.Named != c.Environment:
		return &Refused{fmt.Sprintf("--environment %q is not the environment of connection %s, which is %q", c.Named, c.Connection, c.Environment)}
	case working && !(c.Yes && c.Named != ""):
		return &Refused{fmt.Sprintf("connection %s is live (go_live %s): a contract check belongs on a test environment. "+
			"If environment %q is one, say so with --yes --environment %s", c.Connection, orNotSet(c.GoLive), c.Environment, c.Environment)}
	case c.Yes:
		return nil
	case c.Ask == nil:
		return &Refused{"a contract check writes to Jobpac, and there is nobody to ask: add --yes"}
	}
	return c.ask()
}

func (c Consent) ask() error {
	yes, err := c.Ask(fmt.Sprintf("This writes an order, a subcontract and a variation of 1.00 each to Jobpac environment %q, WorkID %s, which nothing but a person can delete.",
		c.Environment, c.WorkID))
	if err != nil {
		return err
	}
	if !yes {
		return &Refused{"nothing was written"}
	}
	return nil
}

func orNotSet(at time.Time) string {
	if at.IsZero() {
		return "is not set"
	}
	return at.Format(time.RFC3339)
}
