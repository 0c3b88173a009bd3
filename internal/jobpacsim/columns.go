package jobpacsim

import (
	_ "embed" // for the tables beside this file
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

//go:embed columns.tsv
var columnsTSV string

// kind says how a value is written and compared.
type kind string

const (
	kindRaw       kind = "raw"
	kindCode      kind = "code"
	kindText      kind = "text"
	kindDigits    kind = "digits"
	kindAmount    kind = "amount"
	kindRate      kind = "rate"
	kindQuantity  kind = "quantity"
	kindPercent   kind = "percent"
	kindDate      kind = "date"
	kindTimestamp kind = "timestamp"
	kindFlag      kind = "flag"
	kindPeriod    kind = "period"
)

const (
	dateForm   = "2006-01-02"
	stampForm  = "2006-01-02T15:04:05.000Z"
	periodForm = "200601"
)

// column is one named value of a row; params use the same names and kinds.
type column struct {
	name  string
	kind  kind
	class string // width class in Settings.Widths, for code, text and digits
}

// readColumns gives the kind of every name the simulator knows.
func readColumns() map[string]column {
	known := map[string]column{}
	for _, cells := range tableLines(columnsTSV) {
		for name := range strings.FieldsSeq(cells[2]) {
			known[name] = column{name: name, kind: kind(cells[0]), class: cells[1]}
		}
	}
	return known
}

// tableLines splits an embedded table into cells; "-" stands for nothing.
func tableLines(table string) [][]string {
	var lines [][]string
	for line := range strings.Lines(table) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		cells := strings.Split(line, "\t")
		for i, cell := range cells {
			if cell == "-" {
				cells[i] = ""
			}
		}
		lines = append(lines, cells)
	}
	return lines
}

// places gives the decimals of a numeric kind, and whether it is one.
func (k kind) places() (int, bool) {
	switch k {
	case kindAmount, kindPercent:
		return 2, true
	case kindRate, kindQuantity:
		return 4, true
	default:
		return 0, false
	}
}

// initial is what a column holds when nothing was given: numbers are zero.
func (k kind) initial() string {
	if places, numeric := k.places(); numeric {
		return number(0).format(places)
	}
	return ""
}

// normal checks a value and gives the form in which it is kept and compared.
// A value of blanks is the empty value.
func (c column) normal(value string, s *Settings) (string, error) {
	if c.kind == kindRaw {
		return value, nil
	}
	value = strings.TrimSpace(value)
	if value == "" {
		return "", nil
	}
	kept, err := c.checked(value, s)
	if err != nil {
		return "", refusal(fmt.Sprintf("%s %q: %s.", c.name, value, err))
	}
	return kept, nil
}

func (c column) checked(value string, s *Settings) (string, error) {
	switch c.kind {
	case kindCode:
		return c.code(value, s)
	case kindText:
		return c.text(value, s)
	case kindDigits:
		return c.digits(value, s)
	case kindDate:
		return dateValue(value)
	case kindTimestamp:
		return stampValue(value)
	case kindFlag:
		return flagValue(value)
	case kindPeriod:
		return periodValue(value)
	default:
		return c.numeric(value)
	}
}

func (c column) code(value string, s *Settings) (string, error) {
	for i := range len(value) {
		if value[i] < ' ' || value[i] > '~' {
			return "", refusal("a code may hold plain ASCII characters only")
		}
	}
	return c.fit(strings.ToUpper(value), s)
}

func (c column) text(value string, s *Settings) (string, error) {
	if !utf8.ValidString(value) {
		return "", refusal("is not valid UTF-8")
	}
	for _, r := range value {
		if unicode.IsControl(r) {
			return "", refusal("may not hold control characters such as line ends")
		}
		if r > s.lastCharacter() {
			return "", refusal(fmt.Sprintf("the character %q is not in the character set %s", r, s.TextCharacters))
		}
	}
	return c.fit(value, s)
}

func (c column) fit(value string, s *Settings) (string, error) {
	width := s.Widths[c.class]
	if utf8.RuneCountInString(value) <= width {
		return value, nil
	}
	if s.OverLong == OverLongCut {
		return strings.TrimSpace(string([]rune(value)[:width])), nil
	}
	return "", refusal(fmt.Sprintf("is longer than %d characters", width))
}

func (c column) digits(value string, s *Settings) (string, error) {
	if !allDigits(value) {
		return "", refusal("must be a whole number without sign")
	}
	value = strings.TrimLeft(value, "0")
	if value == "" {
		return "", refusal("must be at least 1")
	}
	if width := s.Widths[c.class]; len(value) > width {
		return "", refusal(fmt.Sprintf("may have at most %d digits", width))
	}
	return value, nil
}

func (c column) numeric(value string) (string, error) {
	places, _ := c.kind.places()
	n, err := parseNumber(value, places)
	if err != nil {
		return "", err
	}
	if c.kind == kindPercent && (n < 0 || n > 100*unit) {
		return "", refusal("must be between 0 and 100")
	}
	return n.format(places), nil
}

func dateValue(value string) (string, error) {
	if _, err := time.Parse(dateForm, value); err != nil {
		return "", refusal("must be a date written yyyy-mm-dd")
	}
	return value, nil
}

func stampValue(value string) (string, error) {
	if at, err := time.Parse(dateForm, value); err == nil {
		return at.Format(stampForm), nil
	}
	at, err := time.Parse(time.RFC3339Nano, value)
	if _, offset := at.Zone(); err != nil || offset != 0 {
		return "", refusal("must be a UTC time written yyyy-mm-ddThh:mm:ssZ")
	}
	return at.UTC().Format(stampForm), nil
}

func flagValue(value string) (string, error) {
	if up := strings.ToUpper(value); up == "Y" || up == "N" {
		return up, nil
	}
	return "", refusal("must be Y or N")
}

func periodValue(value string) (string, error) {
	if _, err := time.Parse(periodForm, value); err != nil {
		return "", refusal("must be a month written yyyymm")
	}
	return value, nil
}

// compare orders two kept values of this kind.
func (k kind) compare(a, b string) int {
	if _, numeric := k.places(); numeric {
		x, y := stored(a), stored(b)
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		default:
			return 0
		}
	}
	if k == kindDigits && len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}
