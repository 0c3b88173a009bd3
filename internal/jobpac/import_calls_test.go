package jobpac

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
)

// Reading whole costs few calls more than reading: about one for each job, and
// a handful for each cap's worth of a long list.
func TestCallsOfACompany(t *testing.T) {
	var jobs, centres, creditors, ledger []row
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for j := range 40 {
		job := fmt.Sprintf("J%03d", j)
		jobs = append(jobs, row{"WorkId": "01", "Job": job})
		centres = append(centres, centreRowsOf(job, 150)...)
	}
	for i := range 2000 {
		creditors = append(creditors, row{
			"CreditorWorkId": "01", "Creditor": fmt.Sprintf("C%04d", i), "LastUpdateTimestamp": at.Add(time.Duration(i*7919%2000) * time.Hour).Format(time.RFC3339),
		})
		ledger = append(ledger, row{"CostingWorkId": "01", "Job": "J001", "TransactionNumber": fmt.Sprint(i), "LastUpdatedTimestamp": at.Add(time.Duration(i) * time.Hour).Format(time.RFC3339)})
	}
	details := slices.Clone(centres)
	for _, test := range []struct {
		listing erp.Listing
		rows    int
		most    int // calls, logins apart
	}{
		{erp.ListCentres, 6000, 40 + 12},
		{erp.ListCentreCosts, 6000, 40 + 12},
		{erp.ListCreditors, 2000, 3 * 10},
		{erp.ListLedger, 2000, 3 * 10},
		{erp.ListJobs, 40, 3},
	} {
		b := newBooks(t)
		b.cap = 200
		b.put("/JobListing", jobs, "Job")
		b.put("/CostCentreListing", centres, "Job", "CostCode")
		b.put("/CostCentreDetailListing", details, "Job", "CostCode")
		b.put("/CreditorListing", creditors, "Creditor")
		b.put("/GeneralLedgerDetailsByTimeListing", ledger, "LastUpdatedTimestamp")
		rows, _, _ := readAll(t, b, erp.Reading{Listing: test.listing, WorkID: "01"}, false)
		if calls := b.total(); len(rows) != test.rows || calls > test.most {
			t.Errorf("%s: %d rows of %d, %d calls, at most %d wanted", test.listing, len(rows), test.rows, calls, test.most)
		}
	}
}
