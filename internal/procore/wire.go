package procore

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/procpac/procpac/internal/erp"
)

// Procore writes the same kind of value in several ways: ids and amounts as
// numbers or as text, empty as absent, null, "" or "null" (documented). Each
// type below reads all of them. Numbers are never binary fractions.

var errNotPlain = errors.New("must be a text or a number, not a list or an object")

// scalar is a JSON text, number or boolean as it was written; null is "".
func scalar(b []byte) (string, error) {
	switch jsontext.Value(b).Kind() {
	case '"':
		text, err := jsontext.AppendUnquote(nil, b)
		return string(text), err
	case '0', 't', 'f':
		return string(b), nil
	case 'n':
		return "", nil
	}
	return "", errNotPlain
}

// bare is a scalar, trimmed, with "null" as empty: for all that is not prose.
func bare(b []byte) (string, error) {
	text, err := scalar(b)
	text = strings.TrimSpace(text)
	if text == "null" {
		text = ""
	}
	return text, err
}

// prose is free text.
type prose string

// UnmarshalJSON reads a text or number.
func (p *prose) UnmarshalJSON(b []byte) error {
	text, err := scalar(b)
	*p = prose(text)
	return err
}

// word is a code, a name of a state or an origin id.
type word string

// UnmarshalJSON reads a text or number, trimmed.
func (w *word) UnmarshalJSON(b []byte) error {
	text, err := bare(b)
	*w = word(text)
	return err
}

// recordID is an id, exact to 63 bits.
type recordID erp.ID

// UnmarshalJSON reads digits, with or without quotes.
func (id *recordID) UnmarshalJSON(b []byte) error {
	text, err := bare(b)
	if err != nil {
		return err
	}
	n, err := erp.ParseID(text)
	*id = recordID(n)
	return err
}

// decimal is an exact number.
type decimal erp.Decimal

// UnmarshalJSON reads a decimal, with or without quotes.
func (d *decimal) UnmarshalJSON(b []byte) error {
	text, err := bare(b)
	if err != nil {
		return err
	}
	n, err := erp.ParseDecimal(text)
	*d = decimal(n)
	return err
}

// rank is a position among lines.
type rank int

// UnmarshalJSON reads a whole number of at most nine digits.
func (r *rank) UnmarshalJSON(b []byte) error {
	text, err := bare(b)
	if err != nil || text == "" {
		return err
	}
	whole, zeros, _ := strings.Cut(text, ".")
	n, err := strconv.Atoi(whole)
	if err != nil || strings.Trim(zeros, "0") != "" || len(whole) > 9 {
		return errors.New(strconv.Quote(clip(text, 40)) + " must be a whole number")
	}
	*r = rank(n)
	return nil
}

// The layouts in which days and moments were seen; the American day in one
// documented example.
var (
	dayLayouts    = []string{time.DateOnly, "01/02/06", "01/02/2006"}
	momentLayouts = []string{time.RFC3339Nano, "2006-01-02 15:04:05 UTC", "2006-01-02 15:04:05 -0700"}
)

// day is a date as yyyy-mm-dd. Of a moment the date is kept as it was written,
// in whichever zone that was.
type day string

// UnmarshalJSON reads a day or a moment.
func (d *day) UnmarshalJSON(b []byte) error {
	text, err := bare(b)
	if err != nil || text == "" {
		*d = ""
		return err
	}
	at, ok := parse(text, dayLayouts)
	if !ok {
		at, ok = parse(text, momentLayouts)
	}
	if !ok {
		return errors.New(strconv.Quote(clip(text, 40)) + " must be a date such as 2026-05-31")
	}
	*d = day(at.Format(time.DateOnly))
	return nil
}

// moment is a point in time as RFC 3339 with its own zone, or yyyy-mm-dd where
// Procore gave only a day.
type moment string

// UnmarshalJSON reads a moment or a day.
func (m *moment) UnmarshalJSON(b []byte) error {
	text, err := bare(b)
	if err != nil || text == "" {
		*m = ""
		return err
	}
	if at, ok := parse(text, momentLayouts); ok {
		*m = moment(at.Format(time.RFC3339Nano))
		return nil
	}
	if at, ok := parse(text, dayLayouts); ok {
		*m = moment(at.Format(time.DateOnly))
		return nil
	}
	return errors.New(strconv.Quote(clip(text, 40)) + " must be a time such as 2026-05-31T09:30:00Z")
}

// parse tries the layouts in turn. Years that RFC 3339 cannot write are none.
func parse(text string, layouts []string) (time.Time, bool) {
	for _, layout := range layouts {
		if at, err := time.Parse(layout, text); err == nil && at.Year() >= 0 && at.Year() <= 9999 {
			return at, true
		}
	}
	return time.Time{}, false
}
