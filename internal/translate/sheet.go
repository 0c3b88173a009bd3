package translate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/erp"
)

// The document classes, as rule ids begin.
const (
	classCommitment  = "CM"
	classChangeOrder = "CO"
)

// sheet is one document on its way through the rules. It is used by one
// goroutine and gives away only its result.
type sheet struct {
	req    erp.Request
	rules  Rules // ready
	facts  erp.Facts
	class  string
	name   string // as an accountant knows it: "Subcontract SC-001"
	warned map[string]bool
	result Result
}

func newSheet(class string, req erp.Request, r Rules, facts erp.Facts) *sheet {
	return &sheet{
		req: req, rules: r.ready(), facts: facts, class: class, warned: map[string]bool{},
		result: Result{Project: erp.Code(jobOrigin(req)), Full: map[string]string{}},
	}
}

// refuse notes a broken rule. where is "" for the whole document.
func (s *sheet) refuse(rule, where, format string, args ...any) {
	subject := s.name
	if where != "" {
		subject += ", " + where
	}
	s.result.Problems = append(s.result.Problems, erp.Problem{
		Rule: s.class + "-" + rule, Where: where, Message: subject + ": " + fmt.Sprintf(format, args...),
	})
}

// unreadable refuses a request without content, in the words of whoever tried
// to read it.
func (s *sheet) unreadable(otherwise string) {
	s.refuse("CONTENT", "", "%s", cmp.Or(s.req.Unreadable, otherwise))
}

// refuseLine is refuse for a line, which the message names by its text too.
func (s *sheet) refuseLine(rule string, l line, format string, args ...any) {
	where := l.where()
	message := fmt.Sprintf(format, args...)
	if text := squeeze(l.Description); text != "" {
		where += fmt.Sprintf(" (%q)", clip(text))
	}
	s.result.Problems = append(s.result.Problems, erp.Problem{
		Rule: s.class + "-" + rule, Where: l.where(), Message: s.name + ", " + where + ": " + message,
	})
}

// note tells something in the close-out, once.
func (s *sheet) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(s.result.Notes, text) {
		s.result.Notes = append(s.result.Notes, text)
	}
}

func (s *sheet) warn(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !s.warned[text] {
		s.warned[text] = true
		s.result.Warnings = append(s.result.Warnings, text)
	}
}

// add appends a record and keeps the whole text of a description that was
// changed on the way.
func (s *sheet) add(rec erp.Record, description text) {
	s.result.Records = append(s.result.Records, rec)
	if description.full != "" {
		s.result.Full[FullKey(rec, erp.ColDescription)] = description.full
	}
}

// end closes the result: with a broken rule nothing is to be sent.
func (s *sheet) end() Result {
	r := s.result
	if len(r.Problems) > 0 {
		r.Records, r.Items, r.Links, r.Notes, r.Header = nil, nil, nil, nil, erp.ExternalItem{}
	}
	if len(r.Problems) > 0 || len(r.Full) == 0 {
		r.Full = nil
	}
	return r
}

// status refuses a document that is not approved; none given passes.
func (s *sheet) status(status string) {
	if status != "" && erp.Code(status) != "APPROVED" {
		s.refuse("STATUS", "status", "its status is %q, and only approved documents go to Jobpac. Approve it in Procore and send it again.", clip(status))
	}
}

func (s *sheet) currency(currency string) {
	have, want := erp.Code(currency), erp.Code(s.rules.Currency)
	if have != "" && want != "" && have != want {
		s.refuse("CURRENCY", "currency", "it is in %s, but this connection keeps its orders in %s. Change its currency in Procore, or enter it in Jobpac by hand.", clip(have), want)
	}
}

// date gives a day: a date as it is, a timestamp as the day it was in the
// connection's zone.
func (s *sheet) date(what, value string) string {
	value = strings.TrimSpace(value)
	if value == "" {
		return ""
	}
	if _, err := time.Parse(time.DateOnly, value); err == nil {
		return value
	}
	at, err := time.Parse(time.RFC3339, value)
	if err != nil {
		s.refuse("DATE", what, "%s %q is not a date such as 2026-03-31. Enter it again in Procore and send it again.", what, clip(value))
		return ""
	}
	return at.In(s.rules.Zone).Format(time.DateOnly)
}

// total adds the lines up and compares with the document's own total. Lines
// that were refused leave nothing to compare.
func (s *sheet) total(lines []line, given erp.Decimal) erp.Money {
	amounts := make([]erp.Money, 0, len(lines))
	for _, l := range lines {
		if !l.valued {
			return 0
		}
		amounts = append(amounts, l.amount)
	}
	sum, err := erp.Sum(amounts...)
	if err != nil {
		s.refuse("TOTAL", "total", "its lines add up to more than can be kept. Correct the amounts in Procore and send it again.")
		return 0
	}
	if !given.Given() {
		return sum
	}
	if total, err := given.Money(); err != nil || total != sum {
		s.refuse("TOTAL", "total", "its lines add up to %s, but its total is %s. Correct the lines in Procore so that they match, and send it again.", sum, clip(given.String()))
	}
	return sum
}

// header sets the document's own link.
func (s *sheet) header(itemType string, id erp.ID, origin, code string) {
	s.result.Header = erp.ExternalItem{Type: itemType, ID: id, Origin: origin, Code: code}
	s.result.Links = append(s.result.Links, s.result.Header)
}

// link joins every line to its record, by line number; one that Jobpac had
// before keeps its link. records gives the index
// of a line's record.
func (s *sheet) link(lines []line, first int, origin func(line) string) {
	at := map[int]int{}
	for i, l := range sendOrder(lines) {
		at[l.number] = first + i
	}
	for _, l := range lines {
		s.result.Items = append(s.result.Items, Linked{Line: l.ID, Record: at[l.number], Origin: origin(l)})
		if l.Placed == nil {
			s.result.Links = append(s.result.Links, erp.ExternalItem{Type: erp.ItemLine, ID: l.ID, Origin: origin(l)})
		}
	}
}

// sendOrder puts lines below zero last: Jobpac refuses an item that takes an
// order below zero, even for a moment (assumed).
func sendOrder(lines []line) []line {
	sorted := slices.Clone(lines)
	slices.SortStableFunc(sorted, func(a, b line) int { return cmp.Compare(below(a.amount), below(b.amount)) })
	return sorted
}

func below(m erp.Money) int {
	if m < 0 {
		return 1
	}
	return 0
}

// clip keeps a hostile value from filling a message.
func clip(value string) string {
	if r := []rune(value); len(r) > 60 {
		return string(r[:60]) + "..."
	}
	return value
}
