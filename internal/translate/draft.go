package translate

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/procpac/procpac/internal/erp"
)

// longestText is how many characters of a text Procore is sent (assumed: the
// usual width of a text column).
const longestText = 255

// draft is one Jobpac row on its way to Procore. It is used by one goroutine and
// gives away only what end returns.
type draft struct {
	rules    ImportRules // ready
	row      erp.Row
	entry    erp.Entry
	problems []erp.Problem
	notes    []string
}

func newDraft(t erp.EntryType, row erp.Row, r ImportRules) *draft {
	return &draft{rules: r.ready(), row: row, entry: erp.Entry{Type: t}}
}

// end closes the draft: with a broken rule there is no entry and nothing to
// note.
func (d *draft) end() (erp.Entry, []erp.Problem, []string) {
	if len(d.problems) > 0 || d.entry.Type == "" {
		return erp.Entry{}, d.problems, nil
	}
	return d.entry, nil, d.notes
}

// nothing makes the row nothing for Procore. The label stays for what is still
// to be refused.
func (d *draft) nothing() { d.entry = erp.Entry{Label: d.entry.Label} }

// known gives the entry its keys and its label for people.
func (d *draft) known(what, origin, code, name string) {
	d.entry.Origin, d.entry.Code, d.entry.Label = origin, code, label(what, code, name)
}

// label names a record as an accountant knows it: creditor ACME01 (Acme).
func label(what, code, name string) string {
	said := squeeze(what + " " + clip(code))
	if name = clean(name); name != "" {
		said += " (" + clip(name) + ")"
	}
	return said
}

// of names a record of a job: cost centre 03-100 S of job 1001.
func of(what, job string) string { return what + " of job " + clip(job) }

// stage makes the entry a staged record, if the record is new and the company
// uses the ERP tool.
func (d *draft) stage(itemType string, linked erp.ID) bool {
	d.entry.ID = linked
	if !d.rules.Staged || linked != 0 {
		return false
	}
	d.entry.Type, d.entry.ItemType = erp.EntryStaged, itemType
	return true
}

// broken is a broken rule of the record with that label.
func broken(rule, label, format string, args ...any) erp.Problem {
	return erp.Problem{Rule: "IM-" + rule, Where: label, Message: opened(label) + ": " + fmt.Sprintf(format, args...)}
}

func (d *draft) refuse(rule, format string, args ...any) {
	d.problems = append(d.problems, broken(rule, d.entry.Label, format, args...))
}

func (d *draft) note(format string, args ...any) {
	d.notes = append(d.notes, opened(d.entry.Label)+": "+fmt.Sprintf(format, args...))
}

// opened begins a sentence with a label.
func opened(label string) string {
	first, size := utf8.DecodeRuneInString(label)
	return string(unicode.ToUpper(first)) + label[size:]
}

// work refuses a row of another WorkID; one that does not show it passes.
func (d *draft) work(column erp.Name, ours string) {
	if have := erp.Code(d.row.Get(column)); have != "" && have != ours {
		d.refuse("WORK-ID", "it belongs to WorkID %s, but this connection serves WorkID %s. Bring it through a connection of its own, or correct the WorkID in the settings.", clip(have), ours)
	}
}

// usable tells whether a code can stand in an origin id: printable, not empty.
func usable(code string) bool { return code != "" && tidy(code) }

// tidy tells whether a text is plain characters with single blanks between them,
// as nearly all of Jobpac's are.
func tidy(words string) bool {
	last := byte(' ')
	for i := range len(words) {
		if c := words[i]; c < ' ' || c > '~' || c == ' ' && last == ' ' {
			return false
		}
		last = words[i]
	}
	return words == "" || last != ' '
}

func (d *draft) put(name string, form erp.FieldForm, value string) {
	d.entry.Fields = append(d.entry.Fields, erp.EntryField{Name: name, Form: form, Value: value})
}

// flag puts a yes or no.
func (d *draft) flag(name string, yes bool) {
	if yes {
		d.put(name, erp.FormBool, "Y")
	} else {
		d.put(name, erp.FormBool, "N")
	}
}

func (d *draft) ref(field string, t erp.EntryType, origin string) {
	d.entry.Refs = append(d.entry.Refs, erp.EntryRef{Field: field, Type: t, Origin: origin, Must: true})
}

// carried is a column's text, and whether the row shows the column at all. What
// is not shown is not sent; what is shown empty is emptied in Procore too.
func (d *draft) carried(column erp.Name) (string, bool) {
	value, ok := d.row.Values[column]
	return clean(value), ok
}

// text puts a text, if the row carries it.
func (d *draft) text(name string, column erp.Name, what string) {
	if value, ok := d.carried(column); ok {
		d.put(name, erp.FormText, d.fit(what, value))
	}
}

// fit cuts a text to what Procore is sent.
func (d *draft) fit(what, words string) string {
	words = clean(words)
	if utf8.RuneCountInString(words) <= longestText {
		return words
	}
	d.note("its %s was cut to %d characters.", what, longestText)
	return strings.TrimSpace(string([]rune(words)[:longestText]))
}

// clean trims text and makes blanks, line ends and control characters one blank.
// Letters stay as they are: Procore keeps all of them.
func clean(words string) string {
	if tidy(words) {
		return words
	}
	return squeeze(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r):
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(words, unknownSign)))
}

// money reads an amount of the row. given is false where it is not shown or
// empty, and where it was refused.
func (d *draft) money(column erp.Name, what string) (amount erp.Money, given bool) {
	text, _ := d.carried(column)
	if text == "" {
		return 0, false
	}
	amount, ok := erp.ParseMoney(text)
	if !ok {
		d.refuse("AMOUNT", "its %s %q is not an amount in whole cents. Correct it in Jobpac; it is read again with the next import.", what, clip(text))
	}
	return amount, ok
}

// sum puts an amount, if the row gives it.
func (d *draft) sum(name string, column erp.Name, what string) {
	if amount, given := d.money(column, what); given {
		d.put(name, erp.FormNumber, amount.String())
	}
}

// number reads a quantity, a rate or a percentage, as exact as it is shown.
func (d *draft) number(column erp.Name, what string) erp.Decimal {
	text, _ := d.carried(column)
	n, err := erp.ParseDecimal(text)
	if err != nil {
		d.refuse("AMOUNT", "its %s %q is not a number. Correct it in Jobpac; it is read again with the next import.", what, clip(text))
	}
	return n
}

// measure puts a quantity, if the row gives it.
func (d *draft) measure(name string, column erp.Name, what string) {
	if n := d.number(column, what); n.Given() {
		d.put(name, erp.FormNumber, shortest(n))
	}
}

// day puts a date, if the row carries it; one that is none is left out and told.
func (d *draft) day(name string, column erp.Name, what string) {
	given, ok := d.carried(column)
	if !ok {
		return
	}
	value, ok := dayOf(given, d.rules.Zone)
	if !ok {
		d.note("its %s %q is not a date, so it was not sent. Correct it in Jobpac.", what, clip(given))
		return
	}
	d.put(name, erp.FormText, value)
}

// dayOf is a date, or the day of a timestamp in the zone; "" for an empty one,
// which Jobpac may also show as the first day of year 1 (assumed).
func dayOf(given string, zone *time.Location) (string, bool) {
	if given == "" || strings.HasPrefix(given, "0001-01-01") {
		return "", true
	}
	if _, err := time.Parse(time.DateOnly, given); err == nil {
		return given, true
	}
	at, err := time.Parse(time.RFC3339, given)
	if err != nil {
		return "", false
	}
	return at.In(zone).Format(time.DateOnly), true
}

// letter is what the status code of the row means, "" where nothing says it.
func (d *draft) letter() string {
	code := erp.Code(d.row.Get(erp.ColStatus))
	if code == "" || len(d.rules.StatusLetters) == 0 {
		return ""
	}
	meaning, ok := named(d.rules.StatusLetters, code)
	if !ok {
		d.note("the settings do not say what its status %q means in Jobpac; it was taken as open.", clip(code))
	}
	return meaning
}

// is tells whether a column of the row says yes or no in one letter.
func (d *draft) is(column erp.Name, letter string) bool {
	return erp.Code(d.row.Get(column)) == letter
}

// firstGiven is the first text that is not empty once cleaned.
func firstGiven(candidates ...string) string {
	for i, c := range candidates {
		candidates[i] = clean(c)
	}
	return cmp.Or(candidates...)
}
