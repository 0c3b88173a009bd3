package translate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/procpac/procpac/internal/erp"
)

// verdict is what a code is in the company's list.
type verdict struct {
	isSection, isCode bool
	name              string
	section           string       // of a code: the heading above it
	heading           *erp.Problem // why it is not brought as a heading
	centre            *erp.Problem // why it is not brought as a cost code
}

// judge gives the verdict on a code. False: no row of it was seen.
func (l *CodeList) judge(code string) (verdict, bool) {
	l.settle()
	v, ok := l.judged[code]
	return v, ok
}

// settle judges all codes, once after the last row: first what each one is, then
// in which section it stands.
//
// A heading keeps its place also where somebody made a cost centre of the same
// code: it is the cost centre that is refused, and all codes below the heading
// stay where they are.
func (l *CodeList) settle() {
	if l.judged != nil {
		return
	}
	l.judged, l.notes = make(map[string]verdict, len(l.codes)), nil
	top, headings := l.top(), []string{}
	for _, code := range slices.Sorted(maps.Keys(l.codes)) {
		v := l.codes[code].judge(code, top)
		l.judged[code] = v
		if v.isSection {
			headings = append(headings, code)
		}
	}
	above := newSections(headings)
	for code, v := range l.judged {
		if !v.isCode {
			continue
		}
		if v.section = above.of(code); v.section == "" {
			v.isCode = false
			v.centre = problem("CODE-SECTION", code, v.name, "no heading stands above it, and Procore needs a section for every cost code. Switch on sectioned cost codes in Jobpac and give it a heading, whose code its own code begins with.")
		}
		l.judged[code] = v
	}
	l.noteNames()
}

// top is the level of the headings that become sections: the highest in use.
// Jobpac may count from 0 or from 1 (not published).
func (l *CodeList) top() int {
	top := -1
	for _, use := range l.codes {
		if use.heading.used && use.badLevel == "" && (top < 0 || use.level < top) {
			top = use.level
		}
	}
	return top
}

// judge says what a code is by itself.
func (u *codeUse) judge(code string, top int) verdict {
	v := verdict{name: firstGiven(u.heading.name, u.centre.name, u.untyped.name, code)}
	switch {
	case !usable(code):
		v.centre = problem("CODE-TEXT", code, v.name, "cost code %q of job %s is empty or has characters that cannot be kept. Correct it in Jobpac.", clip(code), clip(u.somewhere()))
		v.heading = v.centre
		return v
	case u.heading.used:
		v.heading = u.tier(code, v.name, top)
		v.isSection = v.heading == nil
		v.centre = u.clash(code, v.name, v.isSection)
	case u.centre.used:
		v.isCode = true
	default:
		v.centre = problem("TYPE-MISSING", code, v.name, "it has no cost type on job %s and is not a heading either, so nothing can be booked to it. Give it a cost type in Jobpac, or make it a heading.", clip(u.untyped.job))
	}
	return v
}

// somewhere is a job that has the code.
func (u *codeUse) somewhere() string {
	return firstGiven(u.heading.job, u.centre.job, u.untyped.job)
}

// tier refuses a heading that does not stand at the top.
func (u *codeUse) tier(code, name string, top int) *erp.Problem {
	switch {
	case u.badLevel != "":
		return problem("CODE-TIER", code, name, "heading level %q on job %s is not a number, so its place is not known. Correct it in Jobpac.", u.badLevel, clip(u.heading.job))
	case u.level > top:
		return problem("CODE-TIER", code, name, "it is a heading of level %d on job %s below headings of level %d, and Procore has two tiers: sections and the cost codes in them. It is left out; give its cost codes a heading of level %d.", u.level, clip(u.heading.job), top, top)
	}
	return nil
}

// clash refuses the cost centre of a code that is a heading too.
func (u *codeUse) clash(code, name string, brought bool) *erp.Problem {
	what := "It is not brought"
	if brought {
		what = "It is brought as the heading"
	}
	switch {
	case u.both != "":
		return problem("CODE-BOTH", code, name, "it is a heading and a cost centre on job %s, and can be one of them only. %s; move the cost centre to another code in Jobpac.", clip(u.both), what)
	case u.centre.used:
		return problem("CODE-NAME", code, name, "it is a heading on job %s but a cost centre on job %s, and Procore has one list for all jobs. %s; use another code for the cost centre in Jobpac.", clip(u.heading.job), clip(u.centre.job), what)
	}
	return nil
}

// problem is a broken rule of a code of the company's list.
func problem(rule, code, name, format string, args ...any) *erp.Problem {
	if name == code {
		name = ""
	}
	p := broken(rule, label("cost code", code, name), format, args...)
	return &p
}

// mostNamed is how many codes one note lists.
const mostNamed = 10

// noteNames tells which codes have more than one name in Jobpac.
func (l *CodeList) noteNames() {
	var codes []string
	for code, use := range l.codes {
		if use.named {
			codes = append(codes, clip(code))
		}
	}
	if len(codes) == 0 {
		return
	}
	slices.Sort(codes)
	listed, more := codes, ""
	if len(codes) > mostNamed {
		listed, more = codes[:mostNamed], fmt.Sprintf(" and %d more", len(codes)-mostNamed)
	}
	l.notes = append(l.notes, fmt.Sprintf(
		"%d cost codes have several descriptions in Jobpac; Procore shows that of the lowest job number and cost type: %s%s.",
		len(codes), strings.Join(listed, ", "), more))
}

// sections finds the heading above a code. Jobpac shows headings and cost
// centres in one list and says nowhere which belong together, so that is read off
// the codes (assumed): a code stands under the longest heading that it begins
// with, zeros at a heading's end not counted. 03-100 stands under 03-000, 03- or
// 03, and 03100 under 03000 or 03.
type sections struct {
	exact map[string]string
	stems map[stem]string
}

// stem is a heading's code without the zeros at its end. Where a sign is left at
// its end it holds for codes of any length, which is length 0, else for codes as
// long as the heading.
type stem struct {
	text   string
	length int
}

// newSections takes headings in the order of their codes; of two with one stem
// the first counts.
func newSections(headings []string) sections {
	s := sections{exact: map[string]string{}, stems: map[stem]string{}}
	for _, heading := range headings {
		s.exact[heading] = heading
		key := stem{text: strings.TrimRight(heading, "0"), length: len(heading)}
		if strings.TrimRight(key.text, signs) != key.text {
			key.length = 0
		}
		if _, taken := s.stems[key]; !taken && key.text != "" && key.text != heading {
			s.stems[key] = heading
		}
	}
	return s
}

// signs part the pieces of a code.
const signs = "-./"

// of is the heading above a code, "" for none.
func (s sections) of(code string) string {
	for i := len(code); i > 0; i-- {
		for _, key := range []stem{{text: code[:i]}, {text: code[:i], length: len(code)}} {
			if heading := s.stems[key]; heading != "" {
				return heading
			}
		}
		if heading := s.exact[code[:i]]; heading != "" && i < len(code) && !inNumber(code, i) {
			return heading
		}
	}
	return ""
}

// inNumber tells whether a code is cut within a number between signs: 10-100
// does not begin with 1.
func inNumber(code string, at int) bool {
	digit := func(i int) bool { return code[i] >= '0' && code[i] <= '9' }
	return strings.ContainsAny(code, signs) && digit(at-1) && digit(at)
}
