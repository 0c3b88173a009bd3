// Package fault sorts failures by the only two questions that matter to money:
// did anything change on the other side, and may the same thing be tried again?
//
//	Transient   nothing changed; it may work later
//	Permanent   nothing changed; it never will
//	Ambiguous   it may have changed; ask the other side, never guess
//
// A fault also says whose it is. A fault of a system (not reachable, token
// refused, too many calls) spends none of a document's attempts: the whole
// connection pauses. A fault of a document counts against that document.
//
// Faults are values: safe for concurrent use, never changed once made.
package fault

import (
	"errors"
	"strings"
	"time"
)

// Kind is the class of a failure.
type Kind int

// The classes. Unknown is an error nobody classed; after an intent it counts
// as Ambiguous, before one as Transient.
const (
	Unknown Kind = iota
	Transient
	Permanent
	Ambiguous
)

// String is the kind in lower case, as it stands in logs and the journal.
func (k Kind) String() string {
	switch k {
	case Transient:
		return "transient"
	case Permanent:
		return "permanent"
	case Ambiguous:
		return "ambiguous"
	}
	return "unknown"
}

// Fault is a classed failure. Make one with New; read it with Of, IsSystem,
// After and Said, which look through the whole chain.
type Fault struct {
	Kind   Kind
	System bool          // the system's fault, not the document's
	After  time.Duration // do not try again sooner; 0: no wish
	Op     string        // what was being done: "jobpac PUT /CreateANewVariation"
	Said   string        // the other side's own words, free of secrets
	Err    error         // the cause, may be nil
}

// New classes err, which may be nil where the other side merely said no.
func New(kind Kind, op string, err error) *Fault {
	return &Fault{Kind: kind, Op: op, Err: err}
}

// OfSystem marks the fault as the system's and returns it.
func (f *Fault) OfSystem() *Fault { f.System = true; return f }

// Wait notes that nothing should be tried again before d has passed.
func (f *Fault) Wait(d time.Duration) *Fault { f.After = d; return f }

// Saying notes the other side's words. They must carry no secret.
func (f *Fault) Saying(words string) *Fault { f.Said = strings.TrimSpace(words); return f }

// Error is the operation, the words of the other side and the cause.
func (f *Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.Op)
	if f.Said != "" {
		b.WriteString(": " + f.Said)
	}
	if f.Err != nil {
		b.WriteString(": " + f.Err.Error())
	}
	return b.String()
}

// Unwrap gives the cause.
func (f *Fault) Unwrap() error { return f.Err }

// Of is the class of err: of several in the chain Ambiguous outranks
// Permanent, which outranks Transient. Of(nil) and an unclassed error are
// Unknown.
func Of(err error) Kind {
	worst := Unknown
	each(err, func(f *Fault) { worst = max(worst, f.Kind) })
	return worst
}

// IsSystem tells whether any fault in the chain is the system's.
func IsSystem(err error) bool {
	found := false
	each(err, func(f *Fault) { found = found || f.System })
	return found
}

// After is the longest wait that any fault in the chain asks for.
func After(err error) time.Duration {
	var longest time.Duration
	each(err, func(f *Fault) { longest = max(longest, f.After) })
	return longest
}

// Said is the outermost words of the other side, or the error's own text.
func Said(err error) string {
	words := ""
	each(err, func(f *Fault) {
		if words == "" {
			words = f.Said
		}
	})
	if words == "" && err != nil {
		return err.Error()
	}
	return words
}

// Settled gives err a new class for good: its words stay, the classes in its
// chain no longer count. Use it when a look-up has ended a doubt.
func Settled(kind Kind, err error) error {
	return New(kind, "settled", errors.New(err.Error()))
}

// each visits every Fault of the chain and of joined errors, outermost first.
func each(err error, visit func(*Fault)) {
	for err != nil {
		if f, ok := err.(*Fault); ok {
			visit(f)
		}
		switch wrapped := err.(type) {
		case interface{ Unwrap() error }:
			err = wrapped.Unwrap()
		case interface{ Unwrap() []error }:
			for _, one := range wrapped.Unwrap() {
				each(one, visit)
			}
			return
		default:
			return
		}
	}
}
