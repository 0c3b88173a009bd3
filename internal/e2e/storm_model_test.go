package e2e

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/procpac/procpac/internal/procoresim"
)

// stormLine is a line of a document, in whole cents.
type stormLine struct {
	id       int64
	code     string
	quantity int64 // 0: an amount alone
	rate     int64 // cents for one, or the amount
}

func (l stormLine) cents() int64 { return max(l.quantity, 1) * l.rate }

// stormPaper is what was approved, as it stood in Procore when it was sent.
type stormPaper struct {
	title string
	lines []stormLine
}

func (p stormPaper) total() int64 {
	total := int64(0)
	for _, l := range p.lines {
		total += l.cents()
	}
	return total
}

func (p stormPaper) same(q stormPaper) bool {
	return p.title == q.title && slices.Equal(p.lines, q.lines)
}

// stormFate is the story that a document lives through.
type stormFate string

const (
	fatePlain     stormFate = "sent once"
	fateAgain     stormFate = "sent again as it is"
	fateRacing    stormFate = "edited and sent again while the first is under way"
	fateEdited    stormFate = "edited and sent again after it was done"
	fateTwice     stormFate = "edited and sent twice after it was done"
	fateTakenBack stormFate = "edited, sent, put back and sent after it was done"
)

// stormDocument is a commitment or a change order.
type stormDocument struct {
	id       int64
	kind     string
	sub      bool           // a subcontract, or a change order on one
	of       *stormDocument // change order: its commitment
	number   string         // typed; empty: Jobpac's next free variation number
	vendor   int64
	fate     stormFate
	papers   []stormPaper // as approved, one after the other
	requests []stormRequest
}

// stormRequest is one sending. Those of a later phase were made after all of an
// earlier phase had been answered.
type stormRequest struct {
	id, phase int64
	paper     int
}

// stormCreditors are the codes of the demo's vendors, by id.
var stormCreditors = map[int64]string{7001: "ACME01", 7002: "BOND02", 7003: "CARP03", 7004: "DIRT04", 7005: "ELEC05", 7006: "FORM06"}

// stormDocuments invents n documents: about three commitments to two change
// orders. Every choice comes from the dice.
func stormDocuments(dice *rand.Rand, n int) []*stormDocument {
	var all, bases []*stormDocument
	for i := range n {
		if i%5 < 3 || len(bases) == 0 {
			d := stormCommitment(dice, int64(50_000+i))
			if all = append(all, d); d.fate != fateRacing {
				bases = append(bases, d)
			}
			continue
		}
		all = append(all, stormChange(dice, int64(70_000+i), bases[dice.IntN(len(bases))]))
	}
	return all
}

func stormCommitment(dice *rand.Rand, id int64) *stormDocument {
	d := &stormDocument{id: id, kind: commitment, sub: dice.IntN(2) == 0, vendor: 7001 + dice.Int64N(6), number: "PO" + itoa(id)}
	if d.sub {
		d.number = "SC" + itoa(id)
	}
	first := stormPaper{title: "Works " + itoa(id)}
	from, count := dice.IntN(20), 1+dice.IntN(4)
	for i := range count {
		first.lines = append(first.lines, stormLineOf(dice, id*10+int64(i), (from+i)%20))
	}
	d.fated(dice, first)
	return d
}

// stormChange changes some of its commitment's cost centres.
func stormChange(dice *rand.Rand, id int64, of *stormDocument) *stormDocument {
	d := &stormDocument{id: id, kind: changeOrder, sub: of.sub, of: of, vendor: of.vendor}
	if d.sub && dice.IntN(2) == 0 {
		d.number = "X" + itoa(id)
	}
	first := stormPaper{title: "More " + itoa(id)}
	for i, l := range of.papers[0].lines[:1+dice.IntN(min(2, len(of.papers[0].lines)))] {
		line := stormLineOf(dice, id*10+int64(i), 0)
		line.code = l.code
		first.lines = append(first.lines, line)
	}
	d.fated(dice, first)
	return d
}

func stormLineOf(dice *rand.Rand, id int64, code int) stormLine {
	l := stormLine{id: id, code: fmt.Sprintf("%02d-%d00", 1+code/5, 1+code%5), rate: 1 + dice.Int64N(5_000_000)}
	if dice.IntN(3) == 0 {
		l.quantity, l.rate = 2+dice.Int64N(50), 1+dice.Int64N(90_000)
	}
	return l
}

// fated draws the document's story and writes its papers.
func (d *stormDocument) fated(dice *rand.Rand, first stormPaper) {
	switch n := dice.IntN(100); {
	case n < 60:
		d.fate = fatePlain
	case n < 75:
		d.fate = fateAgain
	case n < 85:
		d.fate = fateEdited
	case n < 90:
		d.fate = fateTwice
	case n < 95 || d.kind == changeOrder:
		d.fate = fateTakenBack
	default:
		d.fate = fateRacing
	}
	edited := stormPaper{title: first.title + " b", lines: slices.Clone(first.lines)}
	edited.lines[0].rate += 1 + dice.Int64N(1000)
	d.papers = []stormPaper{first, edited}
}

// script is which paper is sent in which phase.
func (d *stormDocument) script() []stormRequest {
	switch d.fate {
	case fateAgain:
		return []stormRequest{{paper: 0}, {paper: 0}, {paper: 0}}
	case fateRacing:
		return []stormRequest{{paper: 0}, {paper: 1}}
	case fateEdited:
		return []stormRequest{{paper: 0}, {paper: 1, phase: 1}}
	case fateTwice:
		return []stormRequest{{paper: 0}, {paper: 1, phase: 1}, {paper: 1, phase: 2}}
	case fateTakenBack:
		return []stormRequest{{paper: 0}, {paper: 1, phase: 1}, {paper: 0, phase: 2}}
	}
	return []stormRequest{{paper: 0}}
}

// lines are the paper's lines as Procore takes them.
func (d *stormDocument) lines(p stormPaper) []procoresim.Line {
	costType := "M"
	if d.sub {
		costType = "S"
	}
	var all []procoresim.Line
	for i, l := range p.lines {
		line := procoresim.Line{ID: l.id, Description: fmt.Sprintf("Part %d", i+1), CostCode: l.code, CostType: costType}
		if l.quantity > 0 {
			line.Quantity, line.UnitCost, line.UOM = procoresim.Decimal(itoa(l.quantity)), procoresim.Decimal(money(l.rate)), "m2"
		} else {
			line.Amount = procoresim.Decimal(money(l.rate))
		}
		all = append(all, line)
	}
	return all
}

// money writes cents.
func money(cents int64) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) }

// stormReference is the reference model of one document: what a single person
// would do who takes the requests one by one, in some order. It knows nothing
// of hints, workers, stores or faults.
type stormReference struct {
	standing *stormPaper
	parked   bool
	newest   int64
	answers  map[int64]string
}

// serve takes one request.
func (s *stormReference) serve(d *stormDocument, r stormRequest) {
	paper := d.papers[r.paper]
	switch {
	case s.standing == nil: // the first one makes the document
		s.standing, s.answers[r.id] = &paper, "success"
	case r.id < s.newest: // what is older than what was served is not wanted any more
		s.answers[r.id] = "failed"
		return
	case s.standing.same(paper): // it stands already
		s.parked, s.answers[r.id] = false, "success"
	default: // other content after it was done: a person decides, Jobpac stays
		s.parked, s.answers[r.id] = true, "failed"
	}
	s.newest = r.id
}

// ends are all the ends that a document may come to, whoever wins: one for each
// order of the requests that keeps the phases.
func (d *stormDocument) ends() []stormReference {
	var ends []stormReference
	for _, order := range orders(d.requests) {
		s := stormReference{answers: map[int64]string{}}
		for _, r := range order {
			s.serve(d, r)
		}
		ends = append(ends, s)
	}
	return ends
}

// orders are the permutations in which no request overtakes one of an earlier
// phase.
func orders(requests []stormRequest) [][]stormRequest {
	if len(requests) == 0 {
		return [][]stormRequest{nil}
	}
	first := slices.MinFunc(requests, func(a, b stormRequest) int { return cmp.Compare(a.phase, b.phase) }).phase
	var all [][]stormRequest
	for i, r := range requests {
		if r.phase != first {
			continue
		}
		for _, rest := range orders(slices.Concat(requests[:i], requests[i+1:])) {
			all = append(all, append([]stormRequest{r}, rest...))
		}
	}
	return all
}
