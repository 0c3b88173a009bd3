package procoresim

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
)

// Fault orders trouble for the calls it matches. A call that matches several faults gets all of them; of two answers the first wins.
type Fault struct {
	Method  string `json:"method,omitempty"`  // empty: any
	Path    string `json:"path,omitempty"`    // regular expression searched in the path; empty: any, the token host included
	Nth     int    `json:"nth,omitempty"`     // only the nth matching call, from 1; 0: every one
	Count   int    `json:"count,omitempty"`   // stop after so many hits; 0: never
	Percent int    `json:"percent,omitempty"` // chance of a hit, 1 to 100; 0: always

	LatencyMS    int       `json:"latency_ms,omitempty"`     // wait first, on the wall clock
	StatusBefore int       `json:"status_before,omitempty"`  // answer so; nothing is done
	StatusAfter  int       `json:"status_after,omitempty"`   // do the work, then answer so
	Shape        string    `json:"shape,omitempty"`          // body of such an answer; empty: the usual one of the status
	Message      string    `json:"message,omitempty"`        // its text
	RetryAfter   int       `json:"retry_after,omitempty"`    // its Retry-After in seconds; 0: none
	CutBefore    bool      `json:"cut_before,omitempty"`     // drop the connection; nothing is done
	CutAfter     bool      `json:"cut_after,omitempty"`      // do the work, then drop the connection
	BadJSON      bool      `json:"bad_json,omitempty"`       // do the work, then send half of the body
	ExpireTokens bool      `json:"expire_tokens,omitempty"`  // first make every access token invalid
	SyncRowError *RowFault `json:"sync_row_error,omitempty"` // refuse rows of a sync call that matched
}

// RowFault refuses rows of a sync call, though the call answers 200. Empty fields match every row. Assignments, job costs and budget lines
// have the item types cost_code_line_item_type, erp_job_cost and budget_line_item here, and as origin id those of cost code and cost type
// joined by |.
type RowFault struct {
	ItemType string `json:"item_type,omitempty"`
	ItemID   int64  `json:"item_id,omitempty"`
	OriginID string `json:"origin_id,omitempty"`
	Field    string `json:"field,omitempty"`   // blamed field; empty: origin_id
	Message  string `json:"message,omitempty"` // empty: a plain refusal
}

// armed is a fault in force with its counters.
type armed struct {
	Fault
	path *regexp.Regexp
	seen int
	hits int
}

// faultPlan is the list in force.
type faultPlan struct {
	list []*armed
	dice *rand.Rand
}

// Faults is an order of faults with the seed of their dice. The same seed and the same calls give the same trouble.
type Faults struct {
	Seed   uint64  `json:"seed"`
	Faults []Fault `json:"faults"`
}

// SetFaults replaces all faults. The error names the fault that cannot be used; then nothing has changed.
func (s *Sim) SetFaults(faults ...Fault) error {
	return s.SetFaultPlan(Faults{Seed: 1, Faults: faults})
}

// SetFaultPlan is SetFaults with a seed for faults that hit by chance.
func (s *Sim) SetFaultPlan(order Faults) error {
	plan := faultPlan{dice: rand.New(rand.NewPCG(order.Seed, order.Seed))}
	for i, f := range order.Faults {
		a, err := f.arm()
		if err != nil {
			return badRequest(fmt.Sprintf("faults[%d]", i), err.Error())
		}
		plan.list = append(plan.list, a)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = plan
	return nil
}

func (f Fault) arm() (*armed, error) {
	pattern, err := regexp.Compile(f.Path)
	if err != nil {
		return nil, err
	}
	if f.Percent < 0 || f.Percent > 100 {
		return nil, fmt.Errorf("percent is %d; use 0 to 100", f.Percent)
	}
	for _, status := range []int{f.StatusBefore, f.StatusAfter} {
		if status != 0 && (status < 200 || status > 599) {
			return nil, fmt.Errorf("status %d cannot be answered; use 200 to 599", status)
		}
	}
	if f.Shape != "" && !contains(shapeNames(), f.Shape) {
		return nil, fmt.Errorf("shape %q is unknown; use one of %v", f.Shape, shapeNames())
	}
	return &armed{Fault: f, path: pattern}, nil
}

// hit counts the call and says whether the fault strikes.
func (a *armed) hit(r *http.Request, dice *rand.Rand) bool {
	if a.Method != "" && !strings.EqualFold(a.Method, r.Method) || !a.path.MatchString(r.URL.Path) {
		return false
	}
	a.seen++
	if a.Nth > 0 && a.seen != a.Nth || a.Count > 0 && a.hits >= a.Count {
		return false
	}
	if a.Percent > 0 && dice.IntN(100) >= a.Percent {
		return false
	}
	a.hits++
	return true
}

// strike numbers a call and collects the faults that hit it.
func (s *Sim) strike(r *http.Request) (number int64, hits []Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	for _, a := range s.faults.list {
		if a.hit(r, s.faults.dice) {
			hits = append(hits, a.Fault)
		}
	}
	return s.calls, hits
}
