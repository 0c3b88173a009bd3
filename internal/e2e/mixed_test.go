package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/procoresim"
)

// mixed is a run of requests of every kind.
type mixed struct {
	*world
	dice     *rand.Rand
	next     int64
	orders   []int64          // commitments that were sent and may be built upon
	changes  []int64          // change orders that were sent
	primes   []int64          // prime contract change orders that were sent
	invoices []int64          // invoices that were sent
	expected map[int64]string // request -> status that it must be closed with
	sent     int              // requests
	byName   map[string]int
}

// Requests of every kind come mixed, twice each, while both sides fail in every
// way and the program is killed: every request detail has one final status that
// was never contradicted, every document that was taken stands once, nothing of
// a refused one does, and the audit is clean.
func TestMixedRequests(t *testing.T) {
	t.Parallel()
	rounds, each, kills := 5, 60, 2
	if torture() {
		rounds, each, kills = 100, 100, 25
	}
	seed, dice := killSeed(t)
	w := newWorld(t)
	w.settings(func(set *procoresim.Settings) { set.Duplicates, set.PrefillCode, set.ExportChecks = 2, false, false })
	m := &mixed{world: w, dice: dice, next: 100_000, expected: map[int64]string{}, byName: map[string]int{}}
	file := w.file("", "")
	p := w.launch(file)
	w.hook("v4.0")
	began := time.Now()
	for round := range rounds {
		m.trouble(seed+uint64(round), each)
		for range each {
			m.one()
		}
		if dice.IntN(rounds) < kills {
			p.kill()
			p = w.launch(file)
		}
		m.settled(p)
	}
	took := time.Since(began)
	w.jobpacFaults()
	w.procoreFaults()
	p.quiet()
	statuses := m.answeredOnce()
	m.standOnce()
	out, stderr, code := w.run(p.args(file, "audit", "--json")...)
	if code != 0 {
		t.Errorf("the audit ended with %d: %s%s", code, out, stderr)
	}
	t.Logf("%d requests of %d kinds in %v: %s; closed as %s; %d commitments, %d change orders, %d invoices, %d prime contract change orders",
		m.sent, len(m.byName), took.Round(time.Second), kinds(m.byName), kinds(statuses), len(m.orders), len(m.changes), len(m.invoices), len(m.primes))
}

// trouble orders the faults of a round. All of them end.
func (m *mixed) trouble(seed uint64, n int) {
	m.t.Helper()
	some := max(2, n/15)
	var faults []jobpacsim.Fault
	for i, kind := range []string{jobpacsim.FaultStatusBefore, jobpacsim.FaultStatusAfter, jobpacsim.FaultCutBefore, jobpacsim.FaultCutAfter, jobpacsim.FaultEmpty200} {
		for j, method := range []string{"PUT", "POST"} {
			faults = append(faults, jobpacsim.Fault{Operation: "*", Method: method, Kind: kind, Count: some, Probability: 0.02, Seed: seed + uint64(2*i+j)})
		}
	}
	faults = append(faults, jobpacsim.Fault{Operation: "*", Method: "GET", Kind: jobpacsim.FaultStatusBefore, Status: 503, Count: some, Probability: 0.02, Seed: seed})
	m.jobpacFaults(faults...)
	if err := m.procore.SetFaultPlan(procoresim.Faults{Seed: seed, Faults: []procoresim.Fault{
		{Path: "rest", StatusBefore: 500, Percent: 2, Count: some}, {Path: "rest", StatusAfter: 502, Percent: 2, Count: some},
		{Path: "rest", CutAfter: true, Percent: 2, Count: some}, {Path: "erp_requests", StatusBefore: 429, RetryAfter: 1, Percent: 2, Count: 2},
	}}); err != nil {
		m.t.Fatal(err)
	}
}

// one sends one request of some kind.
func (m *mixed) one() {
	m.t.Helper()
	n := m.dice.IntN(100)
	switch {
	case n < 28 || len(m.orders) < 5:
		m.commitment()
	case n < 46:
		m.change()
	case n < 64:
		m.bills()
	case n < 72:
		m.prime()
	case n < 78:
		m.again()
	case n < 84:
		m.unlinkSome()
	case n < 88:
		m.reset()
	case n < 91:
		m.refresh()
	default:
		m.other()
	}
}

// took notes a request; want is the status it must be closed with, empty where
// chance decides.
func (m *mixed) took(request int64, err error, want string) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
	r, _ := m.procore.Request(request)
	m.sent++
	m.byName[r.Name]++
	if want != "" {
		m.expected[request] = want
	}
}

func (m *mixed) id() int64 { m.next++; return m.next }

// commitment sends a new one: one in eight is refused, for a heading.
func (m *mixed) commitment() {
	m.t.Helper()
	id := m.id()
	c := purchase(id, 1+m.dice.IntN(3))
	if m.dice.IntN(2) == 0 {
		c = subcontract(id, 1+m.dice.IntN(3))
	}
	bad := m.dice.IntN(8) == 0
	if bad {
		c.Lines[0].CostCode = "01-000"
	}
	m.add(c)
	request, _, err := m.procore.ExportCommitment(id, orderOf(id))
	if bad {
		m.took(request, err, "failed")
		return
	}
	m.took(request, err, "success")
	m.orders = append(m.orders, id)
}

// change sends a change order on a commitment, which may not be in Jobpac yet.
func (m *mixed) change() {
	m.t.Helper()
	id, of := m.id(), m.pick(m.orders)
	c, _ := m.procore.Commitment(of)
	costType := "M"
	if c.Type == procoresim.WorkOrderContract {
		costType = "S"
	}
	m.add(change(id, of, 1+m.dice.IntN(2), costType))
	request, _, err := m.procore.ExportChangeOrder(id, "")
	m.took(request, err, "success")
	m.changes = append(m.changes, id)
}

// orderOf is the number typed for a commitment.
func orderOf(id int64) string { return fmt.Sprintf("C%d", id) }

func (m *mixed) pick(ids []int64) int64 { return ids[m.dice.IntN(len(ids))] }

// bills sends one to three invoices of commitments that are linked; one in ten
// is negative, which is refused.
func (m *mixed) bills() {
	m.t.Helper()
	var sent []procoresim.Export
	want := "success"
	for range 1 + m.dice.IntN(3) {
		of := m.pick(m.orders)
		c, _ := m.procore.Commitment(of)
		if c.OriginID == "" {
			continue
		}
		id := m.id()
		r := invoice(id, of, procoresim.Decimal(fmt.Sprintf("%d.%02d", 1+m.dice.IntN(9), m.dice.IntN(100))))
		if m.dice.IntN(10) == 0 {
			r.Items[0].Amount, want = "-5.00", "failed"
		} else {
			m.invoices = append(m.invoices, id)
		}
		m.add(r)
		sent = append(sent, procoresim.Export{ID: id})
	}
	if len(sent) == 0 {
		m.other()
		return
	}
	request, _, err := m.procore.ExportRequisitions(sent...)
	m.took(request, err, want)
}

func (m *mixed) prime() {
	m.t.Helper()
	id := m.id()
	m.add(extraStorey(id))
	request, _, err := m.procore.ExportPrimeChange(id, "")
	m.took(request, err, "success")
	m.primes = append(m.primes, id)
}

// again sends something a second time, by a request of its own.
func (m *mixed) again() {
	m.t.Helper()
	if len(m.changes) > 0 && m.dice.IntN(2) == 0 {
		request, _, err := m.procore.ExportChangeOrder(m.pick(m.changes), "")
		m.took(request, err, "success")
		return
	}
	id := m.pick(m.orders)
	changed := slices.ContainsFunc(m.changes, func(change int64) bool {
		o, _ := m.procore.ChangeOrder(change)
		return o.CommitmentID == id
	})
	if changed { // a change order may have given it a line of zero, which is other content
		m.other()
		return
	}
	request, _, err := m.procore.ExportCommitment(id, orderOf(id))
	m.took(request, err, "success")
}

// unlinkSome asks for a link that must stay: the document stands in Jobpac.
func (m *mixed) unlinkSome() {
	m.t.Helper()
	id := m.pick(m.orders)
	if c, _ := m.procore.Commitment(id); c.OriginID == "" {
		m.other()
		return
	}
	request, _, err := m.procore.UnlinkCommitment(id)
	m.took(request, err, "failed")
}

// reset takes the links of an invoice away and sends it again.
func (m *mixed) reset() {
	m.t.Helper()
	if len(m.invoices) == 0 {
		m.other()
		return
	}
	id := m.pick(m.invoices)
	if r, _ := m.procore.Requisition(id); r.OriginID == "" {
		m.other()
		return
	}
	request, err := m.procore.ResetRequisition(id)
	m.took(request, err, "")
	request, _, err = m.procore.ExportRequisitions(procoresim.Export{ID: id})
	m.took(request, err, "success")
}

func (m *mixed) refresh() {
	m.t.Helper()
	what := []string{procoresim.RefreshVendors, procoresim.RefreshJobs, procoresim.RefreshCommitments, procoresim.RefreshChangeOrders}[m.dice.IntN(4)]
	requests, err := m.procore.Refresh(0, what)
	for _, request := range requests {
		m.took(request, err, "success")
	}
}

// other sends a request that is refused in words, or only taken note of.
func (m *mixed) other() {
	m.t.Helper()
	refused := []string{
		erp.CreateVendor, erp.CreateOrUpdateJob, erp.CreateSubJob, erp.SyncSubJobs, erp.CreateBudget, erp.CreateContractPayment, erp.SyncContractPayments,
		erp.CreatePaymentApplication, erp.UnlinkPaymentApplication, erp.CreateCompanyDirectCost, erp.CreateStandardCostCodes, "a_name_of_tomorrow",
	}
	if m.dice.IntN(3) == 0 {
		request, _, err := m.procore.AddERPRequest(erp.SyncMetadata, json.RawMessage(`{}`), false)
		m.took(request, err, "")
		return
	}
	request, _, err := m.procore.AddERPRequest(refused[m.dice.IntN(len(refused))], json.RawMessage(`{}`), true)
	m.took(request, err, "failed")
}

// settled waits until every request of the round is answered.
func (m *mixed) settled(p *program) {
	m.t.Helper()
	m.within(2*patience, "every request is answered", func() bool { return len(m.open()) == 0 }, func() any { return m.open() })
	p.quiet()
}

// open are the requests with a detail that nobody closed.
func (m *mixed) open() (open []int64) {
	for _, r := range m.procore.Requests() {
		waits := r.DetailID != 0 && r.TimesClosed == 0
		if waits || slices.ContainsFunc(r.Details, func(d procoresim.RowDetail) bool { return d.TimesClosed == 0 }) {
			open = append(open, r.ID)
		}
	}
	return open
}

// answeredOnce checks every detail, and counts the statuses.
func (m *mixed) answeredOnce() map[string]int {
	m.t.Helper()
	statuses := map[string]int{}
	for _, r := range m.procore.Requests() {
		statuses[r.Status]++
		if r.DetailID == 0 {
			continue
		}
		if r.Contradicted != 0 {
			m.t.Errorf("request %d (%s) is %s and was to be closed otherwise %d times", r.ID, r.Name, r.Status, r.Contradicted)
		}
		if want := m.expected[r.ID]; want != r.Status && !m.overtaken(r) {
			m.t.Errorf("request %d (%s) is closed as %q with %q, expected %q", r.ID, r.Name, r.Status, r.Messages, want)
		}
	}
	return statuses
}

// overtaken tells whether a request was not taken because a newer one of the same
// document was, which is then the one that must have succeeded.
func (m *mixed) overtaken(r procoresim.Request) bool {
	var newer int64
	const words = "A newer export of this document (request %d)"
	if n, err := fmt.Sscanf(strings.Join(r.Messages, " "), words, &newer); n != 1 || err != nil || r.Status != "failed" {
		return false
	}
	by, known := m.procore.Request(newer)
	return known && by.Status == "success" && by.ItemID == r.ItemID
}

// standOnce counts Jobpac's books by our references: each document that was
// taken once, and no other.
func (m *mixed) standOnce() {
	m.t.Helper()
	books := m.jobpac.State()
	count := func(what string, have []jobpacsim.Row, column, prefix string, ids []int64) {
		seen := map[string]int{}
		for _, row := range have {
			seen[row[column]]++
		}
		for _, id := range ids {
			reference := prefix + itoa(id)
			if seen[reference] != 1 {
				m.t.Errorf("%s %s stands %d times", what, reference, seen[reference])
			}
			delete(seen, reference)
		}
		for reference := range seen {
			if strings.HasPrefix(reference, prefix) {
				m.t.Errorf("%s %s stands and was not taken", what, reference)
			}
		}
	}
	count("order", slices.Concat(books.PurchaseOrders, books.Subcontracts), "UserDefinedField1", "PCC", m.orders)
	var varied, heads []jobpacsim.Row
	for _, row := range books.Variations {
		if row["Type"] == "2" {
			heads = append(heads, row)
		} else {
			varied = append(varied, row)
		}
	}
	count("head contract variation", heads, "SiteReference", "PCP", m.primes)
	count("variation", varied, "SiteReference", "PCO", m.changesOn(procoresim.WorkOrderContract))
	for _, row := range books.Payables {
		row["Invoice"] = row["Transaction"]
	}
	count("invoice", slices.Concat(books.Claims, books.Payables), "Invoice", "INV-", m.invoices)
	for _, id := range m.changesOn(procoresim.PurchaseOrderContract) {
		o, _ := m.procore.ChangeOrder(id)
		if o.OriginID == "" {
			m.t.Errorf("change order %d is not linked", id)
		}
	}
}

// changesOn are the change orders on commitments of a type.
func (m *mixed) changesOn(kind string) (ids []int64) {
	for _, id := range m.changes {
		o, _ := m.procore.ChangeOrder(id)
		if c, _ := m.procore.Commitment(o.CommitmentID); c.Type == kind {
			ids = append(ids, id)
		}
	}
	return ids
}
