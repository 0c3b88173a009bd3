package jobpacsim_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/jobpacsim"
)

type shownRows struct {
	Rows []row `json:"rows"`
}

func TestManagementRows(t *testing.T) {
	b := newBench(t)
	got := managed[map[string]int](b, "POST", "rows", `{"book":"creditors","rows":[
		{"CreditorWorkId":"01","Creditor":"acme01","Name":"Acme of Wallsend"},
		{"CreditorWorkId":"01","Creditor":"ZED001","Name":"Zed"},
		{"CreditorWorkId":"01","Creditor":"ZED001","Fax":"02 5550 0000"}]}`)
	if got["added"] != 1 || got["changed"] != 2 {
		t.Errorf("%v", got)
	}
	acme := managed[shownRows](b, "GET", "rows?book=creditors&Creditor=ACME01", "").Rows
	if len(acme) != 1 {
		t.Fatalf("%v", acme)
	}
	// only the named columns changed
	columns(t, acme[0], map[string]string{"Name": "Acme of Wallsend", "GSTCode": "G", "Suburb": "Newcastle"})
	columns(t, managed[shownRows](b, "GET", "rows?book=creditors&Creditor=ZED001", "").Rows[0], map[string]string{"Name": "Zed", "Fax": "02 5550 0000", "Status": "A"})
	if rows := managed[shownRows](b, "GET", "rows?book=jobs", "").Rows; len(rows) != 1 || rows[0]["OriginalContractSum"] != "2400000.00" {
		t.Errorf("all jobs: %v", rows)
	}
	if rows := managed[shownRows](b, "GET", "rows?book=cost_centres&CostingWorkId=01&Job=1001&CostType=S", "").Rows; len(rows) != 20 {
		t.Errorf("%d cost centres of type S", len(rows))
	}
}

// A mistake in one of many rows changes nothing.
func TestManagementRowsRefuses(t *testing.T) {
	b := newBench(t)
	before := b.sim.State().Books
	for body, words := range map[string]string{
		`{"book":"colours","rows":[]}`:                                                           "colours",
		`{"book":"jobs","rows":[{"WorkId":"01","Job":"J1"},{"WorkId":"01"}]}`:                    "row 2: Job is missing",
		`{"book":"jobs","rows":[{"WorkId":"01","Job":"J1"},{"WorkId":"01","Job":"1234567"}]}`:    "longer than 6",
		`{"book":"jobs","rows":[{"WorkId":"01","Job":"J1","OriginalContractSum":"1 million"}]}`:  "plain number",
		`{"book":"jobs","rows":[{"WorkId":"01","Job":"J1","LastUpdateTimestamp":"2026-01-01"}]}`: "not a column",
		`{"book":"periods","rows":[{"WorkId":"01","Module":"JC","AccountingPeriod":"2611"}]}`:    "yyyymm",
		`{"book":"ledger","rows":[{"Job":"1001","Amount":"1"}]}`:                                 "CostingWorkId is missing",
		`{"book":"payables","rows":[{"WorkId":"01","Creditor":"ACME01"}]}`:                       "Transaction is missing",
		`{"book":"claim_codes","rows":[{"WorkId":"01","Job":"1001","ClaimCode":"C9"}]}`:          "Section is missing",
		`{"book":"budget_changes","rows":[{"CostingWorkId":"01","Job":"1001"}]}`:                 "Change is missing",
		`{"book":"payables","rows":[{"WorkId":"01","Transaction":"12345678901234567"}]}`:         "longer than 15",
		`{"book":"ledger","rows":[{"CostingWorkId":"01","TransactionNumber":"1234567890"}]}`:     "9 digits",
		`{"book":"jobs","lines":[]}`: "lines",
		`{"book":"cost_centres","rows":[{"CostingWorkId":"01","Job":"1001","CostCode":"09-100"}]}`:  "CostType is missing",
		`{"book":"cost_centres","rows":[{"CostingWorkId":"01","Job":"1001","CostCode":"09 - 100"}`:  "body",
		`{"book":"gst_codes","rows":[{"WorkId":"01","GSTCode":"Q","TaxPercentage":"101"}]}`:         "between 0 and 100",
		`{"book":"creditors","rows":[{"CreditorWorkId":"01","Creditor":"Q","StopPayments":"no!"}]}`: "Y or N",
	} {
		if a := b.manage("POST", "rows", body); a.status != http.StatusBadRequest || !strings.Contains(a.text, words) {
			t.Errorf("%s: %d %s", body, a.status, a.text)
		}
	}
	sameBooks(t, before, b.sim.State().Books)
	for _, path := range []string{"rows", "rows?book=colours", "rows?book=jobs&Colour=red", "rows?book=jobs&Job=1234567"} {
		if a := b.manage("GET", path, ""); a.status != http.StatusBadRequest {
			t.Errorf("GET %s: %d", path, a.status)
		}
	}
}

// What a person does not key is filled in: the next number, now, the open period.
func TestTransactionsAreCompleted(t *testing.T) {
	b := newBench(t)
	b.rows("periods", row{"WorkId": "01", "Module": "JC", "AccountingPeriod": "202610"}, row{"WorkId": "01", "Module": "AP", "AccountingPeriod": "202609"})
	b.rows("ledger", ledgerRow("1"), also(ledgerRow("2"), "TransactionNumber", "50"), ledgerRow("3"), also(ledgerRow("4"), "CostingWorkId", "02"))
	b.rows("payables", payable("INV1", "10"), also(payable("INV1", "20"), "Dissection", "2"))
	got := shownKeys(toMaps(b, "ledger", row{"Account": "5100", "Source": "AP", "Quantity": "2"}),
		[]string{"CostingWorkId", "TransactionNumber", "AccountingPeriod", "TransactionDate", "LastUpdatedTimestamp"})
	at := "/2026-11-22/2026-11-22T10:00:00.000Z"
	// the demo has six rows
	if want := "01/7/202610" + at + " 01/50/202610" + at + " 01/51/202610" + at + " 02/1/202611" + at; got != want {
		t.Errorf("ledger %s\nwant   %s", got, want)
	}
	got = shownKeys(toMaps(b, "payables", row{"Transaction": "INV1"}),
		[]string{"InvoiceOrCreditFlag", "Dissection", "InvoiceDate", "EntryTimeStamp", "AccountingPeriod", "ForeignCurrencyInvoiceAmount"})
	want := "I/1/2026-11-22/2026-11-22T10:00:00.000Z/202609/10.00 I/2/2026-11-22/2026-11-22T10:00:00.000Z/202609/20.00"
	if got != want {
		t.Errorf("payables %s", got)
	}
}

// A change of a transaction leaves what it does not name, its period included.
func TestTransactionsAreChanged(t *testing.T) {
	b := newBench(t)
	b.rows("payables", also(payable("INV1", "10"), "AccountingPeriod", "202601"))
	b.rows("payables", row{"WorkId": "01", "Creditor": "ACME01", "Transaction": "INV1", "PaidAmount": "10"})
	rows := toMaps(b, "payables", row{"Transaction": "INV1"})
	if len(rows) != 1 {
		t.Fatalf("%v", rows)
	}
	columns(t, rows[0], map[string]string{"AccountingPeriod": "202601", "PaidAmount": "10.00", "ForeignCurrencyInvoiceAmount": "10.00", "CostCode": "02-100"})

	key := row{"CostingWorkId": "01", "LastUpdatedTimestamp": "2026-11-01T00:00:00Z", "TransactionNumber": "77"}
	b.rows("ledger", also(ledgerRow("5"), "LastUpdatedTimestamp", key["LastUpdatedTimestamp"], "TransactionNumber", "77", "AccountingPeriod", "202601"))
	b.rows("ledger", also(key, "Amount", "6"))
	rows = toMaps(b, "ledger", row{"TransactionNumber": "77"})
	if len(rows) != 1 {
		t.Fatalf("%v", rows)
	}
	columns(t, rows[0], map[string]string{"AccountingPeriod": "202601", "Amount": "6.00", "Job": "1001"})
}

func toMaps(b *bench, book string, values row) []map[string]string {
	b.t.Helper()
	rows, err := b.sim.Rows(book, values)
	if err != nil {
		b.t.Fatal(err)
	}
	out := make([]map[string]string, len(rows))
	for i, r := range rows {
		out[i] = r
	}
	return out
}

// Many rows at once, in any order, lie where single ones would.
func TestManyRowsAtOnce(t *testing.T) {
	b := newBench(t)
	var rows, again []row
	for i := range 3_000 {
		code := fmt.Sprintf("%02d-%03d", 10+i*7919%80, i*7919%900)
		rows = append(rows, row{"CostingWorkId": "01", "Job": "1001", "CostCode": code, "CostType": []string{"M", "L", "S"}[i%3]})
		again = append(again, row{"CostingWorkId": "01", "Job": "1001", "CostCode": code, "CostType": []string{"M", "L", "S"}[i%3], "Rate": "2"})
	}
	added, changed, err := b.sim.Put("cost_centres", rows)
	if err != nil || added+changed != 3_000 {
		t.Fatalf("%d added, %d changed, %v", added, changed, err)
	}
	if again, changed, err := b.sim.Put("cost_centres", again); err != nil || again != 0 || changed != 3_000 {
		t.Fatalf("again: %d added, %d changed, %v", again, changed, err)
	}
	b.change(func(s *jobpacsim.Settings) { s.RowCap = 0 })
	listed := b.must(b.get("CostCentreListing", params{"CostingWorkId": "01", "Job": "1001"}))
	if len(listed) != added+44 {
		t.Errorf("%d rows listed, %d added", len(listed), added)
	}
	last := ""
	for _, r := range listed {
		key := r["CostCode"] + "\x1f" + r["CostType"]
		if key <= last {
			t.Fatalf("%q comes after %q", key, last)
		}
		if last = key; r["CostCode"] >= "10" && r["Rate"] != "2.0000" {
			t.Fatalf("%q was not changed: %v", key, r)
		}
	}
}

// A master row that is twice in one seed is there once, as the second says.
func TestSeedHoldsAMasterRowTwice(t *testing.T) {
	b := newBench(t)
	twice := []row{
		{"CreditorWorkId": "01", "Creditor": "TWICE1", "Name": "First", "Fax": "02 5550 0001"}, {"CreditorWorkId": "01", "Creditor": "TWICE1", "Name": "Second"},
	}
	if err := b.sim.Seed(jobpacsim.Seed{Books: jobpacsim.Books{Creditors: twice}}); err != nil {
		t.Fatal(err)
	}
	rows := toMaps(b, "creditors", row{"Creditor": "TWICE1"})
	if len(rows) != 1 || rows[0]["Name"] != "Second" || rows[0]["Fax"] != "" {
		t.Errorf("%v", rows)
	}
}

// The new books come back in the state and can be seeded.
func TestNewBooksAreState(t *testing.T) {
	b := newBench(t)
	b.rows("periods", row{"WorkId": "01", "Module": "JC", "AccountingPeriod": "202610"})
	b.rows("budget_changes", row{"CostingWorkId": "01", "Job": "1001", "Change": "1", "CostCode": "02-100", "CostType": "M", "Amount": "5"})
	state := managed[jobpacsim.State](b, "GET", "state", "")
	if len(state.ClaimCodes) != 4 || len(state.Periods) != 1 || len(state.Ledger) != 6 || len(state.Payables) != 2 || len(state.BudgetChanges) != 1 {
		t.Fatalf("%d claim codes, %d periods, %d ledger rows, %d payables, %d budget changes",
			len(state.ClaimCodes), len(state.Periods), len(state.Ledger), len(state.Payables), len(state.BudgetChanges))
	}
	text, err := json.Marshal(jobpacsim.Seed{Books: state.Books})
	if err != nil {
		t.Fatal(err)
	}
	var seed jobpacsim.Seed
	if err := json.Unmarshal(text, &seed); err != nil {
		t.Fatal(err)
	}
	other, err := jobpacsim.New(jobpacsim.Config{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	sameBooks(t, state.Books, other.State().Books)
}

// Numbers go on behind the highest there is, also after a seed, and begin anew with a reset.
func TestLedgerNumbersGoOn(t *testing.T) {
	b := newBench(t)
	number := func() string {
		b.rows("ledger", also(ledgerRow("1"), "Description", "new"))
		rows := toMaps(b, "ledger", row{"Description": "new"})
		return rows[len(rows)-1]["TransactionNumber"]
	}
	if got := number(); got != "7" {
		t.Errorf("first %s", got)
	}
	seed := jobpacsim.Books{Ledger: []row{also(ledgerRow("1"), "TransactionNumber", "900")}}
	if err := b.sim.Seed(jobpacsim.Seed{Books: seed}); err != nil {
		t.Fatal(err)
	}
	if got := number(); got != "901" {
		t.Errorf("after the seed %s", got)
	}
	if err := b.sim.Reset(); err != nil {
		t.Fatal(err)
	}
	if got := number(); got != "7" {
		t.Errorf("after the reset %s", got)
	}
}

// The demo can show a budget, costs and a head contract that add up.
func TestDemoAddsUp(t *testing.T) {
	b := newBench(t)
	var budget, cost, claims, ledger cents
	for _, r := range b.must(b.get("CostCentreDetailListing", params{"WorkId": "01", "Job": "1001"})) {
		budget += centsOf(t, r["OriginalBudgetValue"])
		cost += centsOf(t, r["CostToDate"])
	}
	for _, r := range b.must(b.get("ClaimCodeListing", params{"WorkId": "01", "Job": "1001"})) {
		claims += centsOf(t, r["Value"])
	}
	for _, r := range toMaps(b, "ledger", row{}) {
		ledger += centsOf(t, r["Amount"])
	}
	job := b.must(b.get("JobListing", params{"Job": "1001"}))[0]
	if contract := centsOf(t, job["OriginalContractSum"]); contract != claims || contract-centsOf(t, job["ContractMargin"]) != budget || budget == 0 {
		t.Errorf("contract %d, claim codes %d, budget %d", contract, claims, budget)
	}
	if cost != ledger || cost != 61_250_00 {
		t.Errorf("cost to date %d, ledger %d", cost, ledger)
	}
	for _, name := range []string{"AddressLine1", "Suburb", "State", "PostCode", "Country"} {
		if job[name] == "" {
			t.Errorf("the demo job has no %s", name)
		}
	}
	if diff := cmp.Diff("G", toMaps(b, "payables", row{})[0]["TaxCode"]); diff != "" {
		t.Error(diff)
	}
}

type cents int64

// centsOf reads an amount with two decimals.
func centsOf(t *testing.T, amount string) cents {
	t.Helper()
	whole, part, ok := strings.Cut(amount, ".")
	if !ok || len(part) != 2 {
		t.Fatalf("%q is no amount", amount)
	}
	n, err := strconv.ParseInt(whole+part, 10, 64)
	if err != nil {
		t.Fatalf("%q: %v", amount, err)
	}
	return cents(n)
}
