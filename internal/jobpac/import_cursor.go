package jobpac

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// cursorVersion stands before every mark; a form that cannot be read by older
// programs gets another one.
const cursorVersion = "1."

const (
	maxLevels = 8    // ranges within ranges
	maxEnds   = 16   // windows planned ahead
	maxQueue  = 64   // jobs known ahead
	maxCursor = 1024 // characters per value in a mark; what is longer is none of ours
)

// place is where a reading stands. It is all that a mark holds.
type place struct {
	Of     string    `json:"of"`          // listing, WorkID, job and creditor asked for
	Order  order     `json:"o,omitempty"` // how codes are sorted, as far as the answers told
	Sure   bool      `json:"y,omitempty"` // a long answer told it
	Job    string    `json:"j,omitempty"` // the job under way, where the listing goes by jobs
	Jobs   *jobQueue `json:"q,omitempty"` // the jobs after it; nil: only that one
	Levels []level   `json:"w,omitempty"` // windows, the outermost first
	Doubt  int       `json:"d,omitempty"` // the longest answer that was taken without proof, for nothing narrower could be asked
}

// level is a row of windows on one axis, passed from the lowest value to the
// highest, or a set of values, passed one by one. Every window but the last
// ends at a value that was seen.
type level struct {
	Axis  int      `json:"a"`
	Lo    *string  `json:"s,omitempty"` // what is not above it has been given; nil: from the beginning
	Max   *string  `json:"m,omitempty"` // the highest value given in this window
	Ends  []string `json:"e,omitempty"` // ends of this window and of the next ones; none: no end
	Next  bool     `json:"n,omitempty"` // start behind Lo, not at it: ranges are inclusive, and a time has a next one
	Short bool     `json:"b,omitempty"` // ask until just before the end, for the same reason
	Set   []string `json:"x,omitempty"` // values that are left, the first one under way
}

// clone is a copy that shares nothing.
func (p place) clone() place {
	if p.Jobs != nil {
		jobs := *p.Jobs
		p.Jobs = &jobs
	}
	p.Levels = slices.Clone(p.Levels)
	return p
}

// readingOf names what a mark belongs to.
func readingOf(r erp.Reading) string {
	parts := []string{string(r.Listing), erp.Code(r.WorkID), erp.Code(r.Job), erp.Code(r.Creditor)}
	for i := range parts {
		parts[i] = strings.NewReplacer(`\`, `\\`, "|", `\|`).Replace(parts[i])
	}
	return strings.Join(parts, "|")
}

// mark writes a place for Part.Next.
func (p place) mark() string {
	text, _ := json.Marshal(p) // strings and numbers always can be written
	return cursorVersion + base64.RawURLEncoding.EncodeToString(text)
}

var (
	errMark    = errors.New("the mark of a listing cannot be read: begin the listing again without it")
	errForeign = errors.New("the mark belongs to another listing, WorkID, job or creditor: begin the listing again without it")
)

// readMark reads Part.Next. The error is a Permanent fault.
func readMark(mark, of string, src source) (place, error) {
	p := place{Of: of}
	if mark == "" {
		return p, nil
	}
	coded, known := strings.CutPrefix(mark, cursorVersion)
	text, err := base64.RawURLEncoding.DecodeString(coded)
	if !known || err != nil || json.Unmarshal(text, &p) != nil || !p.sound(src) {
		return place{}, fault.New(fault.Permanent, src.op.title(), errMark)
	}
	if p.Of != of {
		return place{}, fault.New(fault.Permanent, src.op.title(), errForeign)
	}
	return p, nil
}

// sound tells whether a place can be one of this listing.
func (p place) sound(src source) bool {
	if p.Order < 0 || p.Order >= orders || len(p.Levels) > maxLevels || p.Jobs != nil && (!src.byJob || len(p.Jobs.Wait) > maxQueue) {
		return false
	}
	for _, l := range p.Levels {
		if l.Axis < 0 || l.Axis >= len(src.axes) || src.axes[l.Axis].isSet() != (len(l.Set) > 0) || len(l.Ends) > 2*maxEnds || !l.short() {
			return false
		}
	}
	return true
}

// short tells whether no value of a level is longer than any of Jobpac's.
func (l level) short() bool {
	values := slices.Concat(l.Ends, l.Set)
	if l.Lo != nil {
		values = append(values, *l.Lo)
	}
	for _, v := range values {
		if len(v) > maxCursor {
			return false
		}
	}
	return true
}
