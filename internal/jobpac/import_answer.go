package jobpac

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
)

const (
	// partRows is how many rows a Part has at most.
	partRows = 2000
	// answerRows is how many rows of one answer we look at. A Jobpac that cuts
	// nothing may answer with a whole company; what is behind these rows is
	// asked for again, in a narrower range.
	answerRows = 2 * partRows
	// longBody is from where an answer is shortened before it is decoded.
	longBody = 2 << 20
)

// some is the answer to a listing, or the first rows of it.
type some struct {
	rows []row
	more bool // there are more rows: this is not all of it
}

// listSome reads a listing and keeps the first answerRows rows.
func (c *Client) listSome(ctx context.Context, op operation, params url.Values) (some, error) {
	var more bool
	rows, err := c.listBy(ctx, op, params, func(op operation, a answer) ([]row, error) {
		a, more = shortened(a)
		rows, err := c.judgeListing(op, a)
		if len(rows) > answerRows {
			rows, more = slices.Clone(rows[:answerRows]), true
		}
		return rows, err
	})
	return some{rows: rows, more: more}, err
}

// shortened cuts a long success one row behind those we look at, and one that
// is longer than we take behind its last whole row, so that it can be read. It
// tells whether the answer was of the second sort.
func shortened(a answer) (short answer, torn bool) {
	torn = errors.Is(a.err, errTooLong)
	if a.status/100 != 2 || len(a.body) < longBody || a.err != nil && !torn {
		return a, false
	}
	rows, end := rowsEnd(a.body, answerRows+1)
	if rows <= answerRows && (!torn || rows == 0) {
		return a, false
	}
	a.body, a.err = append(bytes.Clone(a.body[:end]), "]}"...), nil
	return a, torn
}

// rowsEnd finds where the last of the first limit rows under data ends.
func rowsEnd(body []byte, limit int) (rows, end int) {
	d := json.NewDecoder(bytes.NewReader(body))
	var skipped json.RawMessage
	for {
		token, err := d.Token()
		if err != nil {
			return 0, 0
		}
		if token == "data" { // nothing before it can be a value of that text
			break
		}
		if _, isName := token.(string); isName && d.Decode(&skipped) != nil {
			return 0, 0
		}
	}
	if token, err := d.Token(); err != nil || token != json.Delim('[') {
		return 0, 0
	}
	for rows < limit && d.More() && d.Decode(&skipped) == nil {
		rows, end = rows+1, int(d.InputOffset())
	}
	return rows, end
}
