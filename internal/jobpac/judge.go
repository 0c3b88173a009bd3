package jobpac

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// errTokenRefused marks a call that Jobpac refused for its token: nothing was
// done, and a new token may help.
var errTokenRefused = errors.New("the session token was refused")

// The pauses a refused call asks for at least. A quick second try would change
// nothing about our rights, and would make too many calls more.
const (
	rightsRest  = time.Minute
	tooManyRest = time.Second
)

// errNotEchoed is a 2xx to a write that does not name the record we wrote.
var errNotEchoed = errors.New("the answer does not repeat the key of the record")

// judgeListing turns the answer to a listing into rows.
func (c *Client) judgeListing(op operation, a answer) ([]row, error) {
	if a.err != nil && !a.left {
		return nil, fault.New(fault.Transient, op.title(), a.err).OfSystem()
	}
	if a.status/100 != 2 {
		return nil, c.refusedStatus(op, a, fault.Transient)
	}
	if a.err != nil {
		return nil, fault.New(fault.Transient, op.title(), c.problem(a))
	}
	rows, words, err := envelope(a.body)
	switch {
	case err != nil:
		return nil, fault.New(fault.Transient, op.title(), c.problem(a)).Saying(c.said(a))
	case words != "":
		return nil, c.refusedWords(op, words)
	}
	return rows, nil
}

// judgeWrite tells done (nil) from refused, surely not done and unknown.
func (c *Client) judgeWrite(op operation, want erp.Record, a answer) error {
	if a.err != nil && !a.left {
		return fault.New(fault.Transient, op.title(), a.err).OfSystem()
	}
	if a.status/100 != 2 {
		return c.refusedStatus(op, a, fault.Ambiguous)
	}
	if a.err != nil {
		return fault.New(fault.Ambiguous, op.title(), c.problem(a))
	}
	rows, words, err := envelope(a.body)
	switch {
	case err != nil:
		return fault.New(fault.Ambiguous, op.title(), c.problem(a)).Saying(c.said(a))
	case words != "":
		return c.refusedWords(op, words)
	case !c.echoes(rows, want):
		return fault.New(fault.Ambiguous, op.title(), errNotEchoed)
	}
	return nil
}

// refusedStatus classes an answer that is no 2xx, or no answer at all; unclear
// is the class of what may or may not have been done.
func (c *Client) refusedStatus(op operation, a answer, unclear fault.Kind) error {
	words, problem := c.said(a), c.problem(a)
	f := fault.New(fault.Permanent, op.title(), problem).Saying(words)
	switch s := a.status; {
	case s == http.StatusUnauthorized:
		return fault.New(fault.Transient, op.title(), errors.Join(errTokenRefused, problem)).OfSystem().Wait(rightsRest).Saying(words)
	case s == http.StatusForbidden, noSuchCall(a, words):
		f.Kind = fault.Transient
		return f.OfSystem().Wait(rightsRest)
	case s == http.StatusTooManyRequests:
		f.Kind = fault.Transient
		return f.OfSystem().Wait(max(a.retryAfter, tooManyRest))
	case s/100 == 4 && s != http.StatusRequestTimeout:
		return f
	}
	f.Kind = unclear
	return f.Wait(a.retryAfter)
}

// noSuchCall is a 404 or 405 without words of Jobpac's: whatever answered does
// not know the function, so the address is wrong and not the document.
func noSuchCall(a answer, words string) bool {
	return words == "" && (a.status == http.StatusNotFound || a.status == http.StatusMethodNotAllowed)
}

// refusedWords classes a 200 that carries an ErrorMessage. That nothing was
// done then is assumed.
func (c *Client) refusedWords(op operation, words string) error {
	blames := blamesToken(words)
	words = c.clean.words(words)
	if blames {
		return fault.New(fault.Transient, op.title(), errTokenRefused).OfSystem().Wait(rightsRest).Saying(words)
	}
	return fault.New(fault.Permanent, op.title(), errors.New("refused by Jobpac")).Saying(words)
}

// echoes tells whether the answer of a write is one row with the record's key.
func (c *Client) echoes(rows []row, want erp.Record) bool {
	if len(rows) != 1 {
		return false
	}
	have := record(want.Kind(), columns(want.Kind(), c.config.ReferenceField), rows[0])
	sent := map[erp.Name]string{}
	for _, f := range want.Fields() {
		sent[f.Name] = f.Value
	}
	for _, name := range keyColumns(want.Kind()) {
		if sent[name] == "" {
			continue // a claim's line is of an item, or of a variation's
		}
		value, carried := have.Values[name]
		if !carried || !sameKey(name, sent[name], value) {
			return false
		}
	}
	return true
}

// sameKey compares one part of a key; item numbers as numbers.
func sameKey(name erp.Name, want, have string) bool {
	if name == erp.ColItem || name == erp.ColOrderItem || name == erp.ColVariationItem {
		w, errW := strconv.Atoi(strings.TrimSpace(want))
		h, errH := strconv.Atoi(strings.TrimSpace(have))
		return errW == nil && errH == nil && w == h
	}
	return erp.Code(want) == erp.Code(have)
}
