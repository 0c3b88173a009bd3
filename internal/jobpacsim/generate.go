package jobpacsim

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"
)

// Organisation says how large a made-up company is. What is left out is none,
// if its comment says nothing else.
type Organisation struct {
	// WorkID is the company, which also keeps its creditors; empty: 01.
	WorkID string `json:"work_id,omitempty"`
	// Jobs are numbered from FirstJob on (empty: 2001).
	Jobs     int `json:"jobs"`
	FirstJob int `json:"first_job,omitempty"`
	// ClosedJobs of them, the last, are financially complete and not active.
	ClosedJobs int `json:"closed_jobs,omitempty"`
	Creditors  int `json:"creditors"`
	// StoppedCreditors of them, the last, have their payments stopped.
	StoppedCreditors int `json:"stopped_creditors,omitempty"`
	// CostCentres is how many there are on all jobs together, shared out evenly.
	// The headings of their sections come on top.
	CostCentres int `json:"cost_centres"`
	// LedgerRows is how many every cost centre has. Two of five come from accounts
	// payable and have their transaction there, if there are creditors.
	LedgerRows int `json:"ledger_rows,omitempty"`
	// ClaimCodes is how many every job has; they sum to its contract.
	ClaimCodes int `json:"claim_codes,omitempty"`
	// Seed makes codes, names and amounts; the same seed makes the same company.
	Seed uint64 `json:"seed,omitempty"`
	// Until is the end of the year in which everything was written; zero: the
	// simulator's clock.
	Until time.Time `json:"until,omitzero"`
}

// Generated says how many rows Generate made.
type Generated struct {
	Jobs        int `json:"jobs"`
	Creditors   int `json:"creditors"`
	Headings    int `json:"headings"`
	CostCentres int `json:"cost_centres"`
	LedgerRows  int `json:"ledger_rows"`
	Payables    int `json:"payables"`
	ClaimCodes  int `json:"claim_codes"`
	GSTCodes    int `json:"gst_codes"`
	WorkIDs     int `json:"work_ids"`
	// OpenPeriod is the month in which job costing and accounts payable post.
	OpenPeriod string `json:"open_period"`
}

// The bounds of what fits Jobpac's codes.
const (
	maxJobs      = 90_000 // six digits
	maxCreditors = 200_000
	maxCentres   = 5_000_000
	maxPerCentre = 100
	maxClaims    = 99
)

const (
	firstJob = 2001
	year     = 365 * 24 * time.Hour
)

func (o Organisation) withDefaults(now time.Time) Organisation {
	if o.WorkID == "" {
		o.WorkID = "01"
	}
	if o.FirstJob == 0 {
		o.FirstJob = firstJob
	}
	if o.Until.IsZero() {
		o.Until = now
	}
	o.Until = o.Until.UTC()
	return o
}

func (o Organisation) check() error {
	counts := []struct {
		name      string
		n, at, to int
	}{
		{"jobs", o.Jobs, 0, maxJobs}, {"first_job", o.FirstJob, 1, 999_999 - maxJobs}, {"closed_jobs", o.ClosedJobs, 0, o.Jobs},
		{"creditors", o.Creditors, 0, maxCreditors}, {"stopped_creditors", o.StoppedCreditors, 0, o.Creditors},
		{"cost_centres", o.CostCentres, 0, maxCentres}, {"ledger_rows", o.LedgerRows, 0, maxPerCentre}, {"claim_codes", o.ClaimCodes, 0, maxClaims},
	}
	for _, c := range counts {
		if c.n < c.at || c.n > c.to {
			return fmt.Errorf("%s is %d: use %d to %d", c.name, c.n, c.at, c.to)
		}
	}
	if o.CostCentres > 0 && o.Jobs == 0 {
		return errors.New("cost_centres need jobs")
	}
	return nil
}

// Generate adds a made-up company: jobs with cost centres under sections,
// creditors, ledger rows and payables of the year before Until, and the codes
// they need. Cost codes are written NN-NNN, their section NN-000 is a heading of
// level 0, and every job uses the same list of codes and cost types from its
// beginning. An organisation that does not fit, or that has a job or creditor
// the books already hold, is an error, and then nothing is added.
func (s *Sim) Generate(o Organisation) (Generated, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o = o.withDefaults(s.now())
	if err := o.check(); err != nil {
		return Generated{}, err
	}
	work, err := s.books.workIDs.columns[0].normal(o.WorkID, s.settings)
	if err != nil {
		return Generated{}, err
	}
	o.WorkID = work
	g := &generator{Organisation: o, books: s.books, chance: rand.New(rand.NewPCG(o.Seed, 1)), now: s.now()} //nolint:gosec // repeatable on purpose
	if err := g.plan(); err != nil {
		return Generated{}, err
	}
	return g.make(), nil
}

// generator carries one organisation through its making.
type generator struct {
	Organisation
	*books
	chance *rand.Rand
	now    time.Time
	codes  []companyCode
	done   Generated

	centreRows, ledgerRows, payableRows *sheet
	centre                              int           // how many cost centres there are so far
	stride                              int           // spreads the ledger rows of neighbours over the year
	tick                                time.Duration // between two ledger rows
}

// plan finds out whether the organisation fits, before anything is added.
func (g *generator) plan() error {
	for i := range g.Jobs {
		if g.jobs.find(g.WorkID, g.jobCode(i)) != nil {
			return fmt.Errorf("job %s of WorkID %s is there already; use another first_job", g.jobCode(i), g.WorkID)
		}
	}
	for i := range g.Creditors {
		if g.creditors.find(g.WorkID, creditorCode(i)) != nil {
			return fmt.Errorf("creditor %s of WorkID %s is there already", creditorCode(i), g.WorkID)
		}
	}
	codes, err := companyCodes(g.share(0), rand.New(rand.NewPCG(g.Seed, 2))) //nolint:gosec // repeatable on purpose
	g.codes = codes
	return err
}

func (g *generator) jobCode(i int) string { return strconv.Itoa(g.FirstJob + i) }

// share is how many cost centres a job has; the first has the most.
func (g *generator) share(job int) int {
	if g.Jobs == 0 {
		return 0
	}
	n := g.CostCentres / g.Jobs
	if job < g.CostCentres%g.Jobs {
		n++
	}
	return n
}

func (g *generator) make() Generated {
	g.makeCompany()
	g.done.OpenPeriod = g.openPeriod(g.WorkID, moduleJobCost, g.now)
	g.makeCreditors()
	g.centreRows, g.ledgerRows, g.payableRows = newSheet(g.costCentres, g.now), newSheet(g.ledger, g.now), newSheet(g.payables, g.now)
	g.spread()
	jobs, claims := newSheet(g.jobs, g.now), newSheet(g.claimCodes, g.now)
	for i := range g.Jobs {
		g.makeJob(jobs, claims, i)
	}
	g.done.Jobs, g.done.ClaimCodes = jobs.close(), claims.close()
	g.done.CostCentres = g.centreRows.close() - g.done.Headings
	g.done.LedgerRows, g.done.Payables = g.ledgerRows.close(), g.payableRows.close()
	g.lastTransaction[g.WorkID] += int64(g.done.LedgerRows)
	return g.done
}

// spread chooses how the ledger rows lie in the year: row after row at equal
// distances, those of one cost centre far apart, in the order of their numbers.
func (g *generator) spread() {
	g.stride, g.tick = 7919, year
	for g.CostCentres > 0 && divisor(g.stride, g.CostCentres) != 1 {
		g.stride += 2
	}
	if rows := g.CostCentres * g.LedgerRows; rows > 0 {
		g.tick = year / time.Duration(rows)
	}
}

func divisor(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// written is a moment in the year, the n-th of so many.
func (g *generator) written(n, of int) time.Time {
	return g.Until.Add(-year).Add(year / time.Duration(of) * time.Duration(n))
}

// makeCompany makes the WorkID, its periods and GST codes, where they are not there.
func (g *generator) makeCompany() {
	if g.workIDs.find(g.WorkID) == nil {
		g.done.WorkIDs, _ = g.workIDs.put([]Row{{"WorkId": g.WorkID, "Description": "Made-up Constructions " + g.WorkID}}, inPart, g.now)
	}
	for _, module := range []string{moduleJobCost, modulePayables} {
		if g.periods.find(g.WorkID, module) == nil {
			g.periods.put([]Row{{"WorkId": g.WorkID, "Module": module, "AccountingPeriod": g.Until.Format(periodForm)}}, inPart, g.now)
		}
	}
	if len(g.gstCodes.within([]string{g.WorkID}, "", "")) == 0 {
		g.done.GSTCodes, _ = g.gstCodes.put([]Row{
			{"WorkId": g.WorkID, "GSTCode": "G", "Description": "GST 10 %", "TaxPercentage": "10.00"},
			{"WorkId": g.WorkID, "GSTCode": "F", "Description": "GST free", "TaxPercentage": "0.00"},
		}, inPart, g.now)
	}
}
