package jobpacsim

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// Kinds of faults.
const (
	FaultLatency      = "latency_ms"     // answers MS later; the work is done at the end of the wait, even if the caller has gone
	FaultStatusBefore = "status_before"  // answers Status (503) and does nothing
	FaultStatusAfter  = "status_after"   // does the work and answers Status (500)
	FaultCutBefore    = "cut_before"     // closes the connection without an answer and does nothing
	FaultCutAfter     = "cut_after"      // does the work and closes the connection without an answer
	FaultEmpty200     = "empty_200"      // does the work and answers 200 with no body
	FaultLateCommit   = "late_commit_ms" // writes only: closes the connection and does the work MS later
	FaultStaleLookup  = "stale_lookup"   // listings only: does not show rows younger than MS
	FaultStaleRows    = "stale_rows"     // listings only: shows rows as they were MS ago, an hour at most; changed ones hold their old values
	FaultRefuseLogin  = "refuse_login"   // GiveMeAToken only: refuses, without counting towards the lock
	FaultExpireToken  = "expire_token"   // ends the call's token before the call is looked at
)

// Fault is something that goes wrong with some calls. Of the kinds that end
// a call, the first that strikes does; latency, stale_lookup, stale_rows,
// refuse_login and expire_token come on top.
type Fault struct {
	// Operation is a path such as "/CreateANewPurchaseOrder" (the slash may be left out), or "*".
	Operation string `json:"operation"`
	// Method narrows "*" to one verb; empty: all.
	Method string `json:"method,omitempty"`
	// Params narrows to calls that carry these values, as they were sent.
	Params map[string]string `json:"params,omitempty"`
	// Nth strikes the n-th matching call, counted from 1; 0 strikes from the first.
	Nth int `json:"nth,omitempty"`
	// Count is how often to strike. 0: once where Nth is given, else without end.
	Count int `json:"count,omitempty"`
	// Probability strikes a matching call with this chance; 0 means always.
	Probability float64 `json:"probability,omitempty"`
	// Seed makes the chances of Probability repeatable.
	Seed uint64 `json:"seed,omitempty"`
	// Kind is one of the Fault constants.
	Kind string `json:"kind"`
	// MS is the time of latency_ms, late_commit_ms, stale_lookup and stale_rows, in milliseconds.
	MS int `json:"ms,omitempty"`
	// Status is the HTTP status of status_before and status_after, 400 to 599; 0: the default.
	Status int `json:"status,omitempty"`
	// Text is the body of such an answer, or the reason of refuse_login.
	Text string `json:"text,omitempty"`
	// RetryAfter is the Retry-After header in seconds; 0: none.
	RetryAfter int `json:"retry_after,omitempty"`
}

// FaultState is a fault and how often it matched and struck.
type FaultState struct {
	Fault
	Matched int `json:"matched"`
	Struck  int `json:"struck"`
}

// trap is a fault that is set.
type trap struct {
	FaultState
	chance *rand.Rand
}

func newTrap(f Fault, ops map[string]*operation) (*trap, error) {
	f.Operation = strings.TrimPrefix(f.Operation, "/")
	if err := f.check(ops); err != nil {
		return nil, err
	}
	return &trap{FaultState: FaultState{Fault: f}, chance: rand.New(rand.NewPCG(f.Seed, f.Seed))}, nil //nolint:gosec // repeatable on purpose
}

func (f Fault) check(ops map[string]*operation) error {
	needsTime := f.Kind == FaultLatency || f.Kind == FaultLateCommit || f.Kind == FaultStaleLookup || f.Kind == FaultStaleRows
	switch {
	case !f.knownKind():
		return fmt.Errorf("fault kind %q is not known", f.Kind)
	case f.Operation != "*" && ops["/"+f.Operation] == nil:
		return fmt.Errorf("fault %s: operation %q is not known; use a path or *", f.Kind, f.Operation)
	case needsTime && f.MS <= 0:
		return fmt.Errorf("fault %s: ms must be above 0", f.Kind)
	case f.Kind == FaultStaleRows && f.time() > lookBack:
		return fmt.Errorf("fault %s: ms %d is more than an hour, further back nothing is kept", f.Kind, f.MS)
	case f.Status != 0 && (f.Status < 400 || f.Status > 599):
		return fmt.Errorf("fault %s: status %d is not between 400 and 599", f.Kind, f.Status)
	case f.Probability < 0 || f.Probability > 1 || f.Nth < 0 || f.Count < 0 || f.MS < 0 || f.RetryAfter < 0:
		return fmt.Errorf("fault %s: probability is 0 to 1, and nth, count, ms and retry_after are not negative", f.Kind)
	default:
		return nil
	}
}

func (f Fault) knownKind() bool {
	switch f.Kind {
	case FaultLatency, FaultStatusBefore, FaultStatusAfter, FaultCutBefore, FaultCutAfter, FaultEmpty200,
		FaultLateCommit, FaultStaleLookup, FaultStaleRows, FaultRefuseLogin, FaultExpireToken:
		return true
	default:
		return false
	}
}

// matches tells whether a fault is about this call at all.
func (f Fault) matches(c *call) bool {
	if (f.Operation != "*" && f.Operation != c.op.name) || (f.Method != "" && f.Method != c.op.method) || !f.applies(c.op) {
		return false
	}
	for name, want := range f.Params {
		if c.raw[name] != want {
			return false
		}
	}
	return true
}

func (f Fault) applies(op *operation) bool {
	switch f.Kind {
	case FaultLateCommit:
		return op.isWrite()
	case FaultStaleLookup, FaultStaleRows:
		return op.isListing()
	case FaultRefuseLogin:
		return op.name == "GiveMeAToken"
	case FaultExpireToken:
		return op.needsToken()
	default:
		return true
	}
}

// strikes counts a matching call and tells whether the fault hits it.
func (t *trap) strikes() bool {
	t.Matched++
	limit := t.Count
	if limit == 0 && t.Nth > 0 {
		limit = 1
	}
	if t.Matched < t.Nth || (limit > 0 && t.Struck >= limit) {
		return false
	}
	if t.Probability > 0 && t.chance.Float64() >= t.Probability {
		return false
	}
	t.Struck++
	return true
}

// ends tells the kinds that end a call; only one of them strikes.
func (f Fault) ends() bool {
	switch f.Kind {
	case FaultLatency, FaultStaleLookup, FaultStaleRows, FaultRefuseLogin, FaultExpireToken:
		return false
	default:
		return true
	}
}

func (f Fault) time() time.Duration { return time.Duration(f.MS) * time.Millisecond }

func (f Fault) words(fallback string) string {
	if f.Text != "" {
		return f.Text
	}
	return fallback
}

// plan is what the faults have in store for one call.
type plan struct {
	latency     time.Duration
	stale       time.Duration
	lag         time.Duration
	expireToken bool
	refuseLogin *Fault
	end         *Fault
	names       []string // kinds that struck, for the journal
}

// planFor asks every fault in order; the caller holds the mutex.
func (s *Sim) planFor(c *call) plan {
	var p plan
	for _, t := range s.traps {
		if (t.ends() && p.end != nil) || !t.matches(c) || !t.strikes() {
			continue
		}
		p.names = append(p.names, t.Kind)
		switch t.Kind {
		case FaultLatency:
			p.latency += t.time()
		case FaultStaleLookup:
			p.stale = max(p.stale, t.time())
		case FaultStaleRows:
			p.lag = max(p.lag, t.time())
		case FaultExpireToken:
			p.expireToken = true
		case FaultRefuseLogin:
			p.refuseLogin = &t.Fault
		default:
			p.end = &t.Fault
		}
	}
	return p
}

// before gives the answer of a fault that lets nothing happen.
func (p plan) before() (reply, bool) {
	switch {
	case p.end == nil:
		return reply{}, false
	case p.end.Kind == FaultStatusBefore:
		return p.end.status(http.StatusServiceUnavailable), true
	case p.end.Kind == FaultCutBefore:
		return reply{cut: true, outcome: "cut"}, true
	default:
		return reply{}, false
	}
}

// after changes the answer to a call whose work is done.
func (p plan) after(done reply) reply {
	if p.end == nil {
		return done
	}
	out := done
	switch p.end.Kind {
	case FaultStatusAfter:
		out = p.end.status(http.StatusInternalServerError)
		out.message, out.outcome, out.committed = done.message, done.outcome, done.committed
	case FaultCutAfter:
		out.cut = true
	case FaultEmpty200:
		out = reply{empty: true, outcome: done.outcome, message: done.message, committed: done.committed}
	}
	return out
}

func (f Fault) status(fallback int) reply {
	code := f.Status
	if code == 0 {
		code = fallback
	}
	r := textReply(code, "fault", f.words(http.StatusText(code)))
	r.retryAfter = f.RetryAfter
	return r
}
