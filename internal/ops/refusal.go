package ops

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Invalid is a request that names something wrong: the field, its value and
// the rule.
type Invalid struct{ Field, Value, Rule string }

// Error is one sentence for the person who asked.
func (e *Invalid) Error() string { return fmt.Sprintf("%s %q: %s", e.Field, e.Value, e.Rule) }

func invalid(field, value, rule string) error { return &Invalid{field, value, rule} }

// ErrNotFound is an effect nobody has heard of, ErrNoJob a job.
var (
	ErrNotFound = errors.New("there is no such effect")
	ErrNoJob    = errors.New("there is no such job; the last 20 are kept, until the process ends")
)

func notFound(id string) error { return fmt.Errorf("%s: %w", id, ErrNotFound) }

// Conflict is a request that is understood and not served as things stand. Its
// words say why and what to do.
type Conflict struct{ Words string }

// Error is the words.
func (e *Conflict) Error() string { return e.Words }

func conflictf(format string, args ...any) error { return &Conflict{fmt.Sprintf(format, args...)} }

// Busy is a request for work that is under way already; the same may be asked
// for once that has ended.
type Busy struct {
	Job   string // its id; empty: it has none
	Words string
}

// Error is the words.
func (e *Busy) Error() string { return e.Words }

// NotHere is a request for what this process has no part for.
type NotHere struct{ What string }

// Error names what is not served.
func (e *NotHere) Error() string {
	return "this process does not serve " + e.What + ": ask the one that runs all roles, or the console's"
}

// The widths of what a person gives with a change.
const (
	maxActor  = 100
	maxReason = 500
	maxNumber = 40
)

// signed tidies who asks and why: both are kept for ever, so both are needed.
func signed(actor, reason string) (string, string, error) {
	actor, reason = tidy(actor), tidy(reason)
	switch {
	case actor == "":
		return "", "", invalid("actor", "", "who asks must be named: it is kept for ever")
	case utf8.RuneCountInString(actor) > maxActor || !printable(actor):
		return "", "", invalid("actor", actor, fmt.Sprintf("must be at most %d printable characters", maxActor))
	case reason == "":
		return "", "", invalid("reason", "", "say why: it is kept for ever with who asked")
	case utf8.RuneCountInString(reason) > maxReason || !printable(reason):
		return "", "", invalid("reason", shortened(reason), fmt.Sprintf("must be at most %d printable characters", maxReason))
	}
	return actor, reason, nil
}

// tidy is a text on one line, with single spaces.
func tidy(text string) string { return strings.Join(strings.Fields(text), " ") }

// printable tells whether a text holds nothing that steers a terminal.
func printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}

// shortened is the beginning of a text that is too long to repeat.
func shortened(text string) string {
	if runes := []rune(text); len(runes) > 40 {
		return string(runes[:40]) + "..."
	}
	return text
}
