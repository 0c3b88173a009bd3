package translate

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/procpac/procpac/internal/erp"
)

// CodeList collects the cost codes and cost types of all jobs from the rows of
// their cost centre listings: Jobpac has no list of its own for them (seen: there
// is no such call), while Procore has one for the company. It holds a few values
// for every code and nothing for a row, so it grows with the codes alone.
//
// What it comes to does not depend on the order of the rows, with one exception:
// a code that is heading and cost centre on one job is told apart from one that
// is each on another job only while the rows of a job come together. It is for
// one goroutine at a time.
type CodeList struct {
	rules   ImportRules
	codes   map[string]*codeUse
	types   map[string]bool
	foreign *erp.Problem // a row of another WorkID

	judged map[string]verdict // nil: rows came since
	notes  []string
}

// codeUse is how a code is used over all jobs.
type codeUse struct {
	heading, centre, untyped spot
	level                    int    // of the heading: the deepest
	badLevel                 string // a level that is no number
	both                     string // a job on which it is heading and cost centre
	named                    bool   // differently on different rows
}

// spot is where a code is used in one way. The zero spot is nowhere.
type spot struct {
	used     bool
	job      string // the lowest one
	last     string // job of the last row
	name     string // on the lowest job and cost type that name it
	nameFrom string // job and cost type of the name
}

// see takes a row in and tells whether its name differs from the one kept.
// Strings are cloned: a piece of an answer would keep the whole of it in memory.
func (s *spot) see(job, kind, name string) (differs bool) {
	differs = s.name != "" && name != "" && s.name != name
	if !s.used || job < s.job {
		s.job = strings.Clone(job)
	}
	if s.last != job {
		s.last = strings.Clone(job)
	}
	from := job + "\n" + kind
	if name != "" && (s.name == "" || from < s.nameFrom || from == s.nameFrom && name < s.name) {
		s.name, s.nameFrom = strings.Clone(name), from
	}
	s.used = true
	return differs
}

// NewCodeList starts an empty list.
func NewCodeList(r ImportRules) *CodeList {
	return &CodeList{rules: r.ready(), codes: map[string]*codeUse{}, types: map[string]bool{}}
}

// Add takes a row of a cost centre listing into the list.
func (l *CodeList) Add(row erp.Row) {
	d := newDraft(erp.EntryStandardCode, row, l.rules)
	key := d.centre("cost centre")
	if i := slices.IndexFunc(d.problems, func(p erp.Problem) bool { return p.Rule == "IM-WORK-ID" }); i >= 0 {
		if l.foreign == nil || d.problems[i].Where < l.foreign.Where {
			l.foreign = &d.problems[i]
		}
		return
	}
	l.judged = nil
	use := l.codes[key.CostCode]
	if use == nil {
		use = &codeUse{}
		l.codes[strings.Clone(key.CostCode)] = use
	}
	use.add(row, key)
	if key.CostType != "" && !l.types[key.CostType] {
		l.types[strings.Clone(key.CostType)] = true
	}
}

func (u *codeUse) add(row erp.Row, key erp.CostCentreKey) {
	name := cutName(row.Get(erp.ColDescription))
	both := false
	switch {
	case Heading(row):
		u.named = u.heading.see(key.Job, "", name) || u.named
		u.levels(row)
		both = key.CostType != "" || u.centre.used && u.centre.last == key.Job
	case key.CostType != "":
		u.named = u.centre.see(key.Job, key.CostType, name) || u.named
		both = u.heading.used && u.heading.last == key.Job
	default:
		u.untyped.see(key.Job, "", name)
	}
	if both && (u.both == "" || key.Job < u.both) {
		u.both = strings.Clone(key.Job)
	}
}

// levels keeps the deepest level of a heading.
func (u *codeUse) levels(row erp.Row) {
	level, ok := levelOf(row)
	if !ok {
		u.badLevel = clip(clean(row.Get(erp.ColHeadingLevel)))
		return
	}
	u.level = max(u.level, level)
}

// levelOf is a row's heading level. Not ok: it shows none, then the level is 0,
// or one that is no number, then it is below 0.
func levelOf(row erp.Row) (level int, ok bool) {
	given := clean(row.Get(erp.ColHeadingLevel))
	if given == "" {
		return 0, false
	}
	level, err := strconv.Atoi(given)
	if err != nil || level < 0 {
		return -1, false
	}
	return level, true
}

func cutName(name string) string {
	name = clean(name)
	if runes := []rune(name); len(runes) > longestText {
		name = strings.TrimSpace(string(runes[:longestText]))
	}
	return name
}

// Codes is the company's list as standard cost codes: the sections first, then
// the codes in them, each in the order of its code. Codes that break a rule are
// in the problems.
func (l *CodeList) Codes() ([]erp.Entry, []erp.Problem, []string) {
	l.settle()
	var sections, codes []erp.Entry
	var problems []erp.Problem
	if l.foreign != nil {
		problems = append(problems, *l.foreign)
	}
	for _, code := range slices.Sorted(maps.Keys(l.judged)) {
		v := l.judged[code]
		if v.heading != nil {
			problems = append(problems, *v.heading)
		}
		if v.centre != nil && v.centre != v.heading {
			problems = append(problems, *v.centre)
		}
		switch {
		case v.isSection:
			sections = append(sections, v.standard(code))
		case v.isCode:
			codes = append(codes, v.standard(code))
		}
	}
	return append(sections, codes...), problems, l.notes
}

// standard is the code in the company's list.
func (v verdict) standard(code string) erp.Entry {
	what := "cost code"
	if v.isSection {
		what = "cost code section"
	}
	e := erp.Entry{
		Type: erp.EntryStandardCode, Origin: erp.StandardCodeOrigin(code), Code: code, Label: label(what, code, v.name),
		Fields: []erp.EntryField{{Name: "code", Value: within(v.section, code)}, {Name: "name", Value: v.name}},
	}
	if v.section != "" {
		e.Refs = []erp.EntryRef{{Field: "parent_id", Type: erp.EntryStandardCode, Origin: erp.StandardCodeOrigin(v.section), Must: true}}
	}
	return e
}

// within is a code as it is written in its section: Procore shows a code as its
// section's, a dash and its own (seen), so what repeats the section falls off.
func within(section, code string) string {
	if own, ok := strings.CutPrefix(code, section+"-"); ok && section != "" && own != "" {
		return own
	}
	return code
}

// Types is what became of all cost types seen, as line item types in the order
// of their codes.
func (l *CodeList) Types() ([]erp.Entry, []erp.Problem, []string) {
	var entries []erp.Entry
	var problems []erp.Problem
	for _, code := range slices.Sorted(maps.Keys(l.types)) {
		if entry, problem := costType(code, l.rules); problem != nil {
			problems = append(problems, *problem)
		} else {
			entries = append(entries, entry)
		}
	}
	return entries, problems, nil
}
