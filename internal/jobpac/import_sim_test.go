package jobpac_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/jobpac"
	"github.com/procpac/procpac/internal/jobpacsim"
)

// importSeed is a company of a few hundred records of every sort.
func importSeed() jobpacsim.Seed {
	seed := simSeed()
	b := jobpacsim.Books{WorkIDs: seed.Books.WorkIDs, GSTCodes: seed.Books.GSTCodes}
	for j := range 20 {
		addJob(&b, fmt.Sprintf("J%03d", j), j)
	}
	for i := range 300 {
		b.Creditors = append(b.Creditors, jobpacsim.Row{
			"CreditorWorkId": "01", "Creditor": fmt.Sprintf("C%04d", i), "Name": "Creditor", "Subcontractor": []string{"Y", "N"}[i%2],
			"LastUpdateTimestamp": simTime(i * 7 % 5),
		})
		b.Payables = append(b.Payables, jobpacsim.Row{
			"WorkId": "01", "Creditor": "C0001", "Transaction": fmt.Sprintf("INV/%d", i/2), "Dissection": fmt.Sprint(1 + i%2), "ForeignCurrencyInvoiceAmount": "10",
			"CostingWorkId": "01", "Job": "J001", "CostCode": "1-00", "CostType": "S", "LastUpdateTimestamp": simTime(i % 9), "EntryTimeStamp": simTime(i % 3),
		})
	}
	seed.Books = b
	return seed
}

func addJob(b *jobpacsim.Books, job string, n int) {
	b.Jobs = append(b.Jobs, jobpacsim.Row{"WorkId": "01", "Job": job, "Description": "Job " + job, "OriginalContractSum": "1000"})
	b.CostCentres = append(b.CostCentres, jobpacsim.Row{"CostingWorkId": "01", "Job": job, "CostCode": "1", "HeadingLevel": "0", "Description": "Section"})
	for i := range 5 * n {
		code := fmt.Sprintf("1-%02d", i)
		for _, costType := range []string{"S", "M"} {
			b.CostCentres = append(b.CostCentres, jobpacsim.Row{"CostingWorkId": "01", "Job": job, "CostCode": code, "CostType": costType, "Description": "Centre", "OriginalBudgetValue": "500"})
		}
		b.Ledger = append(b.Ledger, jobpacsim.Row{
			"CostingWorkId": "01", "Job": job, "CostCode": code, "CostType": "S", "Account": fmt.Sprint(4000 + i%7), "Amount": "12.5", "TransactionDate": "2026-03-01",
			"LastUpdatedTimestamp": simTime(i % 4), "Description": "Cost",
		})
	}
	for i := range n {
		b.ClaimCodes = append(b.ClaimCodes, jobpacsim.Row{"WorkId": "01", "Job": job, "Section": fmt.Sprintf("S%02d", i), "ClaimCode": "1", "Value": "100"})
	}
}

func simTime(n int) string {
	return time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Minute).Format("2006-01-02T15:04:05.000Z")
}

func simRead(t testing.TB, c *jobpac.Client, r erp.Reading) (rows []erp.Row) {
	t.Helper()
	for {
		part, err := c.Read(t.Context(), r)
		if err != nil {
			t.Fatalf("%s after %d rows: %v", r.Listing, len(rows), err)
		}
		rows = append(rows, part.Rows...)
		if r.After = part.Next; r.After == "" {
			return rows
		}
	}
}

// Every listing of the simulator comes whole, whatever its cap and however it
// pads its columns.
func TestSimListings(t *testing.T) {
	seed := importSeed()
	lists := []struct {
		listing erp.Listing
		rows    int
		keys    []erp.Name
	}{
		{erp.ListJobs, len(seed.Books.Jobs), []erp.Name{erp.ColJob, erp.ColContractSum}},
		{erp.ListCreditors, len(seed.Books.Creditors), []erp.Name{erp.ColCreditor, erp.ColName}},
		{erp.ListCentres, len(seed.Books.CostCentres), []erp.Name{erp.ColJob, erp.ColCostCode, erp.ColCostType}},
		{erp.ListCentreCosts, len(seed.Books.CostCentres) - len(seed.Books.Jobs), []erp.Name{erp.ColJob, erp.ColCostCode, erp.ColCostType, erp.ColCostToDate}},
		{erp.ListLedger, len(seed.Books.Ledger), []erp.Name{erp.ColTransaction, erp.ColAmount, erp.ColChanged}},
		{erp.ListPayables, len(seed.Books.Payables), []erp.Name{erp.ColTransaction, erp.ColItem, erp.ColAmount}},
		{erp.ListClaimCodes, len(seed.Books.ClaimCodes), []erp.Name{erp.ColJob, erp.ColSection, erp.ColClaimCode, erp.ColValue}},
		{erp.ListGSTCodes, len(seed.Books.GSTCodes), []erp.Name{erp.ColGSTCode, erp.ColTaxPercent}},
	}
	for name, change := range map[string]func(*jobpacsim.Settings){
		"as it is": nil, "a cap of 150, padded": func(s *jobpacsim.Settings) { s.RowCap, s.PadText, s.DetailHeadings = 150, true, true },
	} {
		t.Run(name, func(t *testing.T) {
			_, c := startSimWith(t, seed, change)
			for _, l := range lists {
				r := erp.Reading{Listing: l.listing, WorkID: "01"}
				if l.listing == erp.ListPayables {
					r.Creditor = "C0001"
				}
				rows := simRead(t, c, r)
				seen := map[string]bool{}
				for _, row := range rows {
					var key []string
					for _, name := range l.keys {
						value, carried := row.Values[name]
						if !carried || value == "" && name != erp.ColCostType {
							t.Fatalf("%s: a row without %s: %v", l.listing, name, row.Values)
						}
						key = append(key, value)
					}
					seen[strings.Join(key, "|")] = true
				}
				if len(rows) != l.rows || len(seen) != l.rows {
					t.Errorf("%s: %d rows, %d different ones, want %d", l.listing, len(rows), len(seen), l.rows)
				}
			}
		})
	}
}

// Only what changed is read, where Jobpac shows when.
func TestSimChanges(t *testing.T) {
	_, c := startSimWith(t, importSeed(), nil)
	since, err := time.Parse(time.RFC3339, simTime(3))
	if err != nil {
		t.Fatal(err)
	}
	rows := simRead(t, c, erp.Reading{Listing: erp.ListCreditors, WorkID: "01", Since: since})
	if len(rows) != 120 {
		t.Errorf("%d creditors since the fourth minute, want 2 of 5", len(rows))
	}
	rows = simRead(t, c, erp.Reading{Listing: erp.ListLedger, WorkID: "01", Job: "J004", Since: since})
	if len(rows) != 5 || slices.ContainsFunc(rows, func(r erp.Row) bool { return r.Get(erp.ColJob) != "J004" }) {
		t.Errorf("%v", rows)
	}
}

// BenchmarkReadCentres reads 10,000 cost centres of ten jobs from the simulator,
// whose cap is 2,000.
func BenchmarkReadCentres(b *testing.B) {
	seed := simSeed()
	books := jobpacsim.Books{WorkIDs: seed.Books.WorkIDs}
	for i := range 10_000 {
		job := fmt.Sprintf("J%03d", i/1000)
		if i%1000 == 0 {
			books.Jobs = append(books.Jobs, jobpacsim.Row{"WorkId": "01", "Job": job, "Description": "Job"})
		}
		books.CostCentres = append(books.CostCentres, jobpacsim.Row{
			"CostingWorkId": "01", "Job": job, "CostCode": fmt.Sprintf("%02d-%03d", i%1000/100, i%100), "CostType": "S", "Description": "Centre", "OriginalBudgetValue": "500",
		})
	}
	seed.Books = books
	sim, c := startSimWith(b, seed, nil)
	b.ReportAllocs()
	rows := 0
	for b.Loop() {
		rows += len(simRead(b, c, erp.Reading{Listing: erp.ListCentres, WorkID: "01"}))
	}
	if rows != 10_000*b.N {
		b.Fatalf("%d rows", rows)
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(sim.Counts().Calls["CostCentreListing"])/float64(b.N), "calls/op")
}
