package jobpacsim

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Kinds of bad rows that Spoil makes. Every one is a record of its own on an
// open job, so that no good record is spoilt with it.
const (
	BadNoCostType       = "no_cost_type"       // a cost centre without cost type that is no heading
	BadAmount           = "bad_amount"         // a cost centre whose original budget is no amount
	BadHeadingAndCentre = "heading_and_centre" // a code that is a heading and has a cost centre
	BadThirdTier        = "third_tier"         // a heading of level 2, with a code of three parts
	BadNoSection        = "no_section"         // a cost centre in a section without heading
	BadTwoKinds         = "two_kinds"          // a code that is a heading on one job and a cost centre on another; needs two open jobs
	BadEmptyName        = "empty_name"         // a creditor without name
	BadLongJob          = "long_job"           // a job with 7 characters
	BadContractSum      = "bad_contract_sum"   // a job whose contract sum is no amount
	BadGSTRate          = "bad_gst_rate"       // a GST code whose percentage is no number
	BadLedgerAmount     = "bad_ledger_amount"  // a ledger row whose amount is no amount
	BadClaimValue       = "bad_claim_value"    // a claim code whose value is no amount
)

// BadKinds lists the kinds of bad rows.
func BadKinds() []string {
	return []string{
		BadNoCostType, BadAmount, BadHeadingAndCentre, BadThirdTier, BadNoSection, BadTwoKinds, BadEmptyName, BadLongJob,
		BadContractSum, BadGSTRate, BadLedgerAmount, BadClaimValue,
	}
}

// Spoiling says which bad rows to put into the books of a WorkID.
type Spoiling struct {
	WorkID string `json:"work_id,omitempty"` // empty: 01
	Count  int    `json:"count"`             // how many, the kinds in turn
	// Kinds are the kinds to make; none: all of them, without two_kinds where there is one open job.
	Kinds []string `json:"kinds,omitempty"`
	// Seed chooses the jobs.
	Seed uint64 `json:"seed,omitempty"`
}

// BadRow is one bad record and the keys of the rows that make it up.
type BadRow struct {
	Kind string `json:"kind"`
	Book string `json:"book"`
	Keys []Row  `json:"keys"`
}

// maxSpoilt is how many bad rows there can be: their codes end in a letter and
// two digits, which no generated code does.
const maxSpoilt = 2_600

// Spoil adds bad rows, as an old database holds them: no value is checked.
// Their time of last update is that of the simulator's clock. An unknown kind,
// or a WorkID without open jobs, is an error, and then nothing is added.
func (s *Sim) Spoil(o Spoiling) ([]BadRow, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.WorkID == "" {
		o.WorkID = "01"
	}
	sp := &spoiler{Sim: s, work: strings.ToUpper(o.WorkID), chance: rand.New(rand.NewPCG(o.Seed, 3))} //nolint:gosec // repeatable on purpose
	kinds, err := sp.plan(o)
	if err != nil {
		return nil, err
	}
	bad := make([]BadRow, o.Count)
	for i := range bad {
		bad[i] = sp.one(kinds[i%len(kinds)])
	}
	return bad, nil
}

// spoiler makes bad rows in one WorkID.
type spoiler struct {
	*Sim
	work   string
	jobs   []string // open ones
	chance *rand.Rand
}

// plan checks the order and gives the kinds to make.
func (sp *spoiler) plan(o Spoiling) ([]string, error) {
	if o.Count < 0 || o.Count > maxSpoilt-sp.spoilt {
		return nil, fmt.Errorf("count is %d: use 0 to %d", o.Count, maxSpoilt-sp.spoilt)
	}
	for _, kind := range o.Kinds {
		if !slices.Contains(BadKinds(), kind) {
			return nil, fmt.Errorf("bad row kind %q is not known; use %s", kind, strings.Join(BadKinds(), ", "))
		}
	}
	sp.findJobs()
	switch {
	case len(sp.jobs) == 0:
		return nil, fmt.Errorf("WorkID %s has no open job", sp.work)
	case len(sp.jobs) < 2 && slices.Contains(o.Kinds, BadTwoKinds):
		return nil, errors.New("a code of two_kinds needs two open jobs")
	case len(o.Kinds) > 0:
		return o.Kinds, nil
	}
	return slices.DeleteFunc(BadKinds(), func(kind string) bool { return kind == BadTwoKinds && len(sp.jobs) < 2 }), nil
}

// findJobs finds the open jobs with good codes and amounts.
func (sp *spoiler) findJobs() {
	t := sp.books.jobs
	for _, r := range t.within([]string{sp.work}, "", "") {
		job := t.get(r, "Job")
		_, err := parseNumber(t.get(r, "OriginalContractSum"), 2)
		if t.get(r, "Active") == "Y" && t.get(r, "FinanciallyComplete") != "Y" && len(job) <= sp.settings.Widths["Job"] && err == nil {
			sp.jobs = append(sp.jobs, job)
		}
	}
}

func (sp *spoiler) one(kind string) BadRow {
	sp.spoilt++
	job := sp.jobs[sp.chance.IntN(len(sp.jobs))]
	switch kind {
	case BadEmptyName, BadLongJob, BadContractSum, BadGSTRate, BadLedgerAmount, BadClaimValue:
		return sp.other(kind, job)
	default:
		return sp.centre(kind, job)
	}
}

// freshCode ends a code no other row has.
func (sp *spoiler) freshCode() string {
	n := sp.spoilt - 1
	return fmt.Sprintf("%c%02d", 'Z'-rune(n/100), n%100)
}

// centre makes the kinds of bad rows that are about cost centres.
func (sp *spoiler) centre(kind, job string) BadRow {
	section := sp.sectionOf(job)
	if kind == BadNoSection {
		section = "99"
	}
	code := section + "-" + sp.freshCode()
	good := Row{"Job": job, "CostCode": code, "CostType": "M", "OriginalBudgetValue": "1000.00"}
	heading := func(level, code string) Row { return Row{"Job": job, "CostCode": code, "HeadingLevel": level} }
	bad := BadRow{Kind: kind, Book: "cost_centres"}
	switch kind {
	case BadNoCostType:
		bad.Keys = sp.put(bad, good.but("CostType", ""))
	case BadAmount:
		bad.Keys = sp.put(bad, good.but("OriginalBudgetValue", "12.5OO,00"))
	case BadHeadingAndCentre:
		bad.Keys = sp.put(bad, heading("1", code), good)
	case BadThirdTier:
		bad.Keys = sp.put(bad, heading("2", code+"-1"))
	case BadTwoKinds:
		bad.Keys = sp.put(bad, heading("1", code), good.but("Job", sp.otherJob(job)))
	default:
		bad.Keys = sp.put(bad, good)
	}
	return bad
}

// other makes the kinds that are about other books.
func (sp *spoiler) other(kind, job string) BadRow {
	bad, fresh := BadRow{Kind: kind}, sp.freshCode()
	var row Row
	switch kind {
	case BadEmptyName:
		bad.Book, row = "creditors", Row{"Creditor": "ZZ-" + fresh, "Name": ""}
	case BadLongJob:
		bad.Book, row = "jobs", Row{"Job": "TOOL" + fresh, "Description": "Job with too long a code"}
	case BadContractSum:
		bad.Book, row = "jobs", Row{"Job": "ZZ-" + fresh, "Description": "Job with a bad contract sum", "OriginalContractSum": "1 MILLION"}
	case BadGSTRate:
		bad.Book, row = "gst_codes", Row{"GSTCode": fresh, "Description": "Bad rate", "TaxPercentage": "TEN"}
	case BadLedgerAmount:
		bad.Book, row = "ledger", sp.centreOf(job).but("Amount", "12,5O")
	default:
		bad.Book, row = "claim_codes", Row{"Job": job, "Section": "99", "ClaimCode": fresh, "Description": "Bad value", "Value": "LUMP SUM"}
	}
	bad.Keys = sp.put(bad, row)
	return bad
}

// put adds rows of this WorkID unchecked and gives their keys.
func (sp *spoiler) put(bad BadRow, rows ...Row) []Row {
	t := sp.books.byName[bad.Book]
	keys := make([]Row, len(rows))
	for i, row := range rows {
		row = row.but(t.columns[0].name, sp.work)
		row.fill("Description", "Bad row: "+bad.Kind)
		sp.complete(t, row)
		t.insert(row, sp.now())
		keys[i] = Row{}
		for _, c := range t.columns[:t.key] {
			keys[i][c.name] = row[c.name]
		}
	}
	return keys
}

// but gives a copy with another value.
func (r Row) but(name, value string) Row {
	out := Row{name: value}
	for n, v := range r {
		if n != name {
			out[n] = v
		}
	}
	return out
}

// sectionOf is the section of the job's first heading of level 0, or 01.
func (sp *spoiler) sectionOf(job string) string {
	t := sp.books.costCentres
	for _, r := range t.within([]string{sp.work, job}, "", "") {
		if t.get(r, "HeadingLevel") == "0" {
			section, _, _ := strings.Cut(t.get(r, "CostCode"), "-")
			return section
		}
	}
	return "01"
}

// centreOf names the job's first cost centre; without one only the job.
func (sp *spoiler) centreOf(job string) Row {
	t := sp.books.costCentres
	for _, r := range t.within([]string{sp.work, job}, "", "") {
		if costType := t.get(r, "CostType"); costType != "" {
			return Row{"Job": job, "CostCode": t.get(r, "CostCode"), "CostType": costType}
		}
	}
	return Row{"Job": job}
}

// otherJob is the open job after this one.
func (sp *spoiler) otherJob(job string) string {
	return sp.jobs[(slices.Index(sp.jobs, job)+1)%len(sp.jobs)]
}
