package jobpacsim_test

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/jobpacsim"
)

// village is a small organisation of every kind of row.
func village() jobpacsim.Organisation {
	return jobpacsim.Organisation{
		Jobs: 7, ClosedJobs: 2, Creditors: 60, StoppedCreditors: 5, CostCentres: 300, LedgerRows: 3, ClaimCodes: 5, Seed: 42,
		Until: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC),
	}
}

// generate makes an organisation in an empty simulator behind real servers.
func generate(t *testing.T, o jobpacsim.Organisation) (*bench, jobpacsim.Generated) {
	t.Helper()
	b := newBench(t)
	b.remade()
	done, err := b.sim.Generate(o)
	if err != nil {
		t.Fatal(err)
	}
	b.change(func(s *jobpacsim.Settings) { s.RowCap = 0 })
	return b, done
}

func TestGeneratedCounts(t *testing.T) {
	b, done := generate(t, village())
	if done.Jobs != 7 || done.Creditors != 60 || done.CostCentres != 300 || done.LedgerRows != 900 || done.ClaimCodes != 35 || done.WorkIDs != 0 || done.GSTCodes != 0 {
		t.Errorf("%+v", done)
	}
	if done.Payables < 300 || done.Payables > 400 || done.Headings < 7 || done.OpenPeriod != "202611" {
		t.Errorf("%+v", done)
	}
	count := func(operation string, p params) int { return len(b.must(b.get(operation, p))) }
	for _, c := range []struct {
		what      string
		got, want int
	}{
		{"jobs", count("JobListing", params{}), 8},
		{"open jobs", count("JobListing", params{"FinanciallyComplete": "N", "Active": "Y"}), 6},
		{"closed jobs", count("JobListing", params{"Status": "C"}), 2},
		{"creditors", count("CreditorListing", params{}), 66},
		{"cost centres and headings", count("CostCentreListing", params{"StartJob": "2001"}), 300 + done.Headings},
		{"totals", count("CostCentreDetailListing", params{"WorkId": "01", "StartJob": "2001"}), 300},
		{"centres of open jobs", count("CostCentreDetailListing", params{"WorkId": "01", "StartJob": "2001", "JobStatus": "A"}), 300 - 43 - 42},
		{"ledger rows", count("GeneralLedgerDetailsByTimeListing", params{"CostingWorkId": "01", "StartLastUpdatedTimestamp": "2020-01-01"}), 900},
		{"claim codes", count("ClaimCodeListing", params{"WorkId": "01", "Job": "2003"}), 5},
	} {
		if c.got != c.want {
			t.Errorf("%d %s, want %d", c.got, c.what, c.want)
		}
	}
}

// The codes of a generated company: NN-NNN under a heading NN-000 of level 0,
// the same list and types on every job.
func TestGeneratedCodes(t *testing.T) {
	b, _ := generate(t, village())
	shape := regexp.MustCompile(`^[0-9]{2}-[0-9]{3}$`)
	lists := map[string][]string{}
	types := map[string]bool{}
	headings := map[string]bool{}
	for _, r := range b.must(b.get("CostCentreListing", params{"StartJob": "2001"})) {
		code, section := r["CostCode"], r["CostCode"][:2]+"-000"
		if !shape.MatchString(code) || r["Description"] == "" || r["LastUpdateTimestamp"] == "" {
			t.Fatalf("row %v", r)
		}
		if code == section {
			headings[r["Job"]+section] = true
			if r["HeadingLevel"] != "0" || r["CostType"] != "" {
				t.Errorf("section %v", r)
			}
			continue
		}
		if r["HeadingLevel"] != "" || r["CostType"] == "" || !headings[r["Job"]+section] {
			t.Errorf("cost centre %v, heading before it %v", r, headings[r["Job"]+section])
		}
		types[r["CostType"]] = true
		lists[r["Job"]] = append(lists[r["Job"]], code+r["CostType"])
	}
	if got := strings.Join(slices.Sorted(maps.Keys(types)), ""); got != "ELMOPS" {
		t.Errorf("cost types %s", got)
	}
	all := map[string]bool{}
	for _, c := range lists["2001"] { // the first job has the most
		all[c] = true
	}
	for job, list := range lists {
		for _, c := range list {
			if !all[c] {
				t.Errorf("job %s has %s, the first has not", job, c)
			}
		}
	}
	if len(lists["2001"]) != 43 || len(lists["2007"]) != 42 {
		t.Errorf("%d and %d cost centres", len(lists["2001"]), len(lists["2007"]))
	}
}

// Budgets, contracts and claim codes add up, value is quantity x rate, and the
// sums are those of ledger and payables.
func TestGeneratedAmounts(t *testing.T) {
	b, done := generate(t, village())
	budgets, costs, invoiced := map[string]cents{}, map[string]cents{}, cents(0)
	for _, r := range b.must(b.get("CostCentreDetailListing", params{"WorkId": "01", "StartJob": "2001"})) {
		value := centsOf(t, r["OriginalBudgetValue"])
		budgets[r["Job"]] += value
		costs[r["Job"]] += centsOf(t, r["CostToDate"])
		invoiced += centsOf(t, r["InvoicedValue"])
		quantity, rate := centsOf(t, strings.TrimSuffix(r["OriginalBudgetQuantity"], "00")), centsOf(t, strings.TrimSuffix(r["Rate"], "00"))
		if value <= 0 || quantity*rate != value*100 {
			t.Errorf("%v", r)
		}
	}
	ledger, payables := map[string]cents{}, cents(0)
	for _, r := range toMaps(b, "ledger", row{}) {
		ledger[r["Job"]] += centsOf(t, r["Amount"])
	}
	for _, r := range toMaps(b, "payables", row{}) {
		sign := cents(1)
		if r["InvoiceOrCreditFlag"] == "C" {
			sign = -1
		}
		payables += sign * centsOf(t, r["ForeignCurrencyInvoiceAmount"])
	}
	if diff := cmp.Diff(ledger, costs); diff != "" {
		t.Errorf("cost to date: %s", diff)
	}
	if payables != invoiced || invoiced == 0 || done.Payables == 0 {
		t.Errorf("payables %d, invoiced %d", payables, invoiced)
	}
	for _, job := range b.must(b.get("JobListing", params{"StartJob": "2001"})) {
		contract, claims := centsOf(t, job["OriginalContractSum"]), cents(0)
		for _, r := range b.must(b.get("ClaimCodeListing", params{"WorkId": "01", "Job": job["Job"]})) {
			claims += centsOf(t, r["Value"])
		}
		if contract != claims || contract-centsOf(t, job["ContractMargin"]) != budgets[job["Job"]] {
			t.Errorf("job %s: contract %d, claim codes %d, budget %d", job["Job"], contract, claims, budgets[job["Job"]])
		}
	}
}

// Ledger rows lie in the year before Until in the order of their numbers, no
// two at the same time, those of one job far apart; their payables are theirs.
func TestGeneratedLedger(t *testing.T) {
	b, _ := generate(t, village())
	rows := b.must(b.get("GeneralLedgerDetailsByTimeListing", params{"CostingWorkId": "01", "StartLastUpdatedTimestamp": "2025-11-22", "FinishLastUpdatedTimestamp": "2026-11-22"}))
	if len(rows) != 900 {
		t.Fatalf("%d rows in the year", len(rows))
	}
	sources, jobs := map[string]int{}, map[string]bool{}
	invoices := map[string]map[string]string{}
	for _, p := range toMaps(b, "payables", row{}) {
		invoices[p["Transaction"]] = p
	}
	for i, r := range rows {
		if i > 0 && r["LastUpdatedTimestamp"] <= rows[i-1]["LastUpdatedTimestamp"] {
			t.Fatalf("row %d is at %s, the one before at %s", i, r["LastUpdatedTimestamp"], rows[i-1]["LastUpdatedTimestamp"])
		}
		day := r["TransactionDate"]
		if r["TransactionNumber"] != fmt.Sprint(i+7) || r["AccountingPeriod"] != day[:4]+day[5:7] || !strings.HasPrefix(r["LastUpdatedTimestamp"], day) {
			t.Fatalf("row %d: %v", i, r)
		}
		sources[r["Source"]]++
		if i < 50 {
			jobs[r["Job"]] = true
		}
		if r["Source"] == "AP" {
			p := invoices[r["Reference"]]
			if p == nil || p["CostCode"] != r["CostCode"] || p["Job"] != r["Job"] || strings.TrimPrefix(r["Amount"], "-") != p["ForeignCurrencyInvoiceAmount"] ||
				strings.HasPrefix(r["Amount"], "-") != (p["InvoiceOrCreditFlag"] == "C") {
				t.Fatalf("ledger %v has payable %v", r, p)
			}
		}
	}
	if len(sources) != 4 || sources["AP"] != len(invoices) || len(jobs) < 4 {
		t.Errorf("sources %v, %d payables, %d jobs in the first fifty rows", sources, len(invoices), len(jobs))
	}
}

// The same seed makes the same company, another one another.
func TestGenerateIsRepeatable(t *testing.T) {
	first, _ := generate(t, village())
	second, _ := generate(t, village())
	sameBooks(t, first.sim.State().Books, second.sim.State().Books)
	o := village()
	o.Seed = 43
	other, _ := generate(t, o)
	if cmp.Equal(first.sim.State().CostCentres, other.sim.State().CostCentres) {
		t.Error("another seed makes the same cost centres")
	}
}

func TestGenerateByHTTP(t *testing.T) {
	b := newBench(t)
	body := `{"work_id":"07","jobs":3,"first_job":100,"creditors":4,"cost_centres":10,"ledger_rows":1,"claim_codes":2,"seed":1}`
	done := managed[jobpacsim.Generated](b, "POST", "generate", body)
	if done.WorkIDs != 1 || done.GSTCodes != 2 || done.Jobs != 3 || done.CostCentres != 10 || done.OpenPeriod != "202611" {
		t.Errorf("%+v", done)
	}
	if got := shownKeys(b.must(b.get("JobListing", params{"WorkId": "07"})), []string{"Job"}); got != "100 101 102" {
		t.Errorf("jobs %s", got)
	}
	if rows := b.must(b.get("CreditorListing", params{"CreditorWorkId": "07"})); len(rows) != 4 || rows[0]["Creditor"] != "AN0001" {
		t.Errorf("creditors %v", rows)
	}
	if rows := b.must(b.get("GSTCodeListing", params{"WorkId": "07"})); len(rows) != 2 {
		t.Errorf("GST codes %v", rows)
	}
	// an order can be written on what was made
	p := params{"WorkId": "07", "Order": "PO1", "Job": "100", "Creditor": "AN0001", "Description": "Concrete"}
	b.must(b.put("CreateANewPurchaseOrder", p))
	if a := b.manage("POST", "generate", `{"jobs":1,"colour":"red"}`); a.status != http.StatusBadRequest || !strings.Contains(a.text, "colour") {
		t.Errorf("%d %s", a.status, a.text)
	}
}

func TestGenerateRefuses(t *testing.T) {
	b, _ := generate(t, village())
	before := b.sim.State().Books
	for words, o := range map[string]jobpacsim.Organisation{
		"job 2001 of WorkID 01 is there": {Jobs: 1},
		"creditor AN0001":                {Jobs: 1, FirstJob: 5000, Creditors: 1},
		"jobs is -1":                     {Jobs: -1},
		"jobs is 90001":                  {Jobs: 90_001},
		"closed_jobs is 2":               {Jobs: 1, ClosedJobs: 2},
		"stopped_creditors":              {StoppedCreditors: 1},
		"cost_centres need jobs":         {CostCentres: 5},
		"ledger_rows is 101":             {Jobs: 1, FirstJob: 5000, LedgerRows: 101},
		"claim_codes is 100":             {Jobs: 1, FirstJob: 5000, ClaimCodes: 100},
		"longer than 3":                  {WorkID: "LONG", Jobs: 1},
		"do not fit":                     {Jobs: 1, FirstJob: 5000, CostCentres: 1_000_000},
	} {
		if _, err := b.sim.Generate(o); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%+v: %v, want %q", o, err, words)
		}
	}
	sameBooks(t, before, b.sim.State().Books)
	if done, err := b.sim.Generate(jobpacsim.Organisation{}); err != nil || done.Jobs != 0 {
		t.Errorf("an empty organisation: %+v %v", done, err)
	}
}

// A second organisation goes on with the ledger's numbers.
func TestGenerateTwice(t *testing.T) {
	b, _ := generate(t, village())
	o := village()
	o.FirstJob, o.Creditors, o.StoppedCreditors, o.Until = 3001, 0, 0, o.Until.Add(time.Hour)
	done, err := b.sim.Generate(o)
	if err != nil || done.Payables != 0 {
		t.Fatalf("%+v %v", done, err)
	}
	seen := map[string]bool{}
	for _, r := range toMaps(b, "ledger", row{}) {
		if seen[r["TransactionNumber"]] {
			t.Fatalf("number %s is given twice", r["TransactionNumber"])
		}
		seen[r["TransactionNumber"]] = true
	}
	if len(seen) != 1800 {
		t.Errorf("%d ledger rows", len(seen))
	}
}

// Whatever the number of cost centres, no two ledger rows have the same time.
func TestGeneratedTimesDiffer(t *testing.T) {
	b, _ := generate(t, jobpacsim.Organisation{Jobs: 2, CostCentres: 7919, LedgerRows: 1})
	times := map[string]bool{}
	for _, r := range toMaps(b, "ledger", row{}) {
		times[r["LastUpdatedTimestamp"]] = true
	}
	if len(times) != 7919 {
		t.Errorf("%d times", len(times))
	}
}

// What a client does to a company larger than the cap: range by range, every
// row comes once.
func TestGeneratedIsReadByRanges(t *testing.T) {
	b, done := generate(t, village())
	b.change(func(s *jobpacsim.Settings) { s.RowCap = 25 })
	if rows := b.must(b.get("CostCentreListing", params{"Job": "2001"})); len(rows) != 25 {
		t.Fatalf("%d rows at the cap of 25", len(rows))
	}
	seen := map[string]int{}
	for _, job := range b.must(b.get("JobListing", params{"StartJob": "2001"})) {
		for _, costType := range []string{"L", "M", "S", "P", "E", "O"} {
			for _, r := range b.must(b.get("CostCentreDetailListing", params{"WorkId": "01", "Job": job["Job"], "CostType": costType})) {
				seen[r["Job"]+r["CostCode"]+r["CostType"]]++
			}
		}
	}
	for key, n := range seen {
		if n != 1 {
			t.Errorf("%s came %d times", key, n)
		}
	}
	if len(seen) != done.CostCentres {
		t.Errorf("%d cost centres, want %d", len(seen), done.CostCentres)
	}
}
