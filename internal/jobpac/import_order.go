package jobpac

import (
	"cmp"
	"strings"
	"time"
)

// order is how this Jobpac sorts codes when it compares them with the ends of
// a range. It is not public. Jobpac runs on IBM i (documented), whose own order
// puts letters before digits (inferred); so the answers tell, and every answer
// is checked against the ends that were asked.
type order int

const (
	byASCII  order = iota // digits before letters
	byEBCDIC              // letters before digits
	byNumber              // 9 before 10
	orders                // how many there are
)

// ebcdic holds the printable ASCII characters in the order of code page 37.
const ebcdic = " .<(+|&!$*);-/,%_>?`:#@'=\"abcdefghijklmnopqr~stuvwxyz^[]{ABCDEFGHI}JKLMNOPQR\\STUVWXYZ0123456789"

// compare is below 0 where a stands before b.
func (o order) compare(a, b string) int {
	switch o {
	case byEBCDIC:
		return compareEBCDIC(a, b)
	case byNumber:
		return compareNumbers(a, b)
	}
	return strings.Compare(a, b)
}

func compareEBCDIC(a, b string) int {
	for i := range min(len(a), len(b)) {
		if c := cmp.Compare(rankEBCDIC(a[i]), rankEBCDIC(b[i])); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

// rankEBCDIC puts what is not printable ASCII behind all else.
func rankEBCDIC(c byte) int {
	if at := strings.IndexByte(ebcdic, c); at >= 0 {
		return at
	}
	return len(ebcdic) + int(c)
}

// compareNumbers puts whole numbers first, by their size, then all else.
func compareNumbers(a, b string) int {
	x, y := isNumber(a), isNumber(b)
	switch {
	case x && y:
		if c := cmp.Compare(len(strings.TrimLeft(a, "0")), len(strings.TrimLeft(b, "0"))); c != 0 {
			return c
		}
		return strings.Compare(strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0"))
	case x:
		return -1
	case y:
		return 1
	}
	return strings.Compare(a, b)
}

func isNumber(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// stampLayouts are the forms in which a time may be shown (assumed); fractions
// of a second are read in every one. The fourth is that of IBM i.
func stampLayouts() []string {
	return []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02-15.04.05", time.DateOnly}
}

// stamp is a time as Jobpac showed it.
type stamp struct {
	at     time.Time
	layout string
	zoned  bool // it says its zone; one that does not is taken as UTC (assumed)
}

// readStamp reads a time; false where it is none we know.
func readStamp(text string) (stamp, bool) {
	for i, layout := range stampLayouts() {
		if at, err := time.Parse(layout, text); err == nil {
			return stamp{at: at.UTC(), layout: layout, zoned: i == 0}, true
		}
	}
	return stamp{}, false
}

// finestPlaces is how many decimals of a second IBM i keeps at the most that a
// range has to tell apart.
const finestPlaces = 6

// nextStamp is the next time that could be shown after text, in its own form:
// one more of the last place. Assumed: times are shown cut, not rounded.
func nextStamp(text string) string {
	s, ok := readStamp(text)
	if !ok {
		return text
	}
	if s.layout == time.DateOnly {
		return s.at.AddDate(0, 0, 1).Format(s.layout)
	}
	places := fractionPlaces(text, s.layout)
	return stampWith(s.at.Add(placeValue(places)), s.layout, places)
}

// stampBefore is a time behind all that are shown before text, though times may
// be kept finer than they are shown: with as many decimals as IBM i keeps.
func stampBefore(text string) string {
	s, ok := readStamp(text)
	if !ok {
		return text
	}
	if s.layout == time.DateOnly {
		return s.at.AddDate(0, 0, -1).Format(s.layout)
	}
	places := max(fractionPlaces(text, s.layout), finestPlaces)
	return stampWith(s.at.Add(-placeValue(places)), s.layout, places)
}

// placeValue is one of the last of so many decimals of a second.
func placeValue(places int) time.Duration {
	value := time.Second
	for range places {
		value /= 10
	}
	return value
}

// stampWith writes a time with so many decimals of the seconds.
func stampWith(at time.Time, layout string, places int) string {
	if places > 0 {
		layout = strings.Replace(layout, "05", "05."+strings.Repeat("0", places), 1)
	}
	return at.Format(layout)
}

// fractionPlaces counts the decimals of the seconds.
func fractionPlaces(text, layout string) int {
	rest := text[strings.Index(layout, "05")+2:]
	if !strings.HasPrefix(rest, ".") {
		return 0
	}
	digits := strings.TrimLeft(rest[1:], "0123456789")
	return min(len(rest)-1-len(digits), 9)
}

// askStamp writes a time for a parameter (form assumed).
func askStamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }
