package jobpac

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

func centreRowsOf(job string, n int) []row {
	rows := make([]row, n)
	for i := range rows {
		rows[i] = row{"CostingWorkId": "01", "Job": job, "CostCode": fmt.Sprintf("%05d", i), "CostType": "S", "LastUpdateTimestamp": "2026-03-01T00:00:00.000Z"}
	}
	return rows
}

// detailRows are totals of n cost centres of one type.
func detailRows(job, costType string, n int) []row {
	rows := make([]row, n)
	for i := range rows {
		rows[i] = row{"CostingWorkId": "01", "Job": job, "CostCode": fmt.Sprintf("%05d", i), "CostType": costType, "Status": "A"}
	}
	return rows
}

// refused reads to the end or to the first error.
func refused(t *testing.T, c *Client, r erp.Reading) ([]erp.Row, error) {
	t.Helper()
	var rows []erp.Row
	for {
		part, err := c.Read(t.Context(), r)
		if err != nil {
			return rows, err
		}
		rows = append(rows, part.Rows...)
		if r.After = part.Next; r.After == "" {
			return rows, nil
		}
	}
}

// Where nothing narrower can be asked, an answer that may be cut is an error
// that names the list, the range and the number of rows.
func TestACutThatCannotBeSplitIsAnError(t *testing.T) {
	section := func(n int) []row {
		rows := make([]row, n)
		for i := range rows {
			rows[i] = row{"WorkId": "01", "Job": "1001", "Section": "S1", "ClaimCode": fmt.Sprint(i)}
		}
		return rows
	}
	gst := make([]row, longListing)
	for i := range gst {
		gst[i] = row{"WorkId": "01", "GSTCode": fmt.Sprint(i)}
	}
	for name, test := range map[string]struct {
		path    string
		rows    []row
		limit   int
		listing erp.Listing
		words   []string
	}{
		"claim codes of one section": {"/ClaimCodeListing", section(900), 600, erp.ListClaimCodes, []string{"/ClaimCodeListing", "job 1001", "600 rows"}},
		"GST codes":                  {"/GSTCodeListing", gst, 0, erp.ListGSTCodes, []string{"/GSTCodeListing", "500 rows"}},
		"totals of one type": {
			"/CostCentreDetailListing", detailRows("1001", "S", 800), 700, erp.ListCentreCosts, []string{"/CostCentreDetailListing", "CostType S", "Status A", "700 rows"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBooks(t)
			b.cap = test.limit
			b.put("/JobListing", []row{{"WorkId": "01", "Job": "1001"}}, "Job")
			b.put("/CostCentreListing", centreRowsOf("1001", 4), "CostCode")
			b.put(test.path, test.rows)
			rows, err := refused(t, bookClient(t, b, nil), erp.Reading{Listing: test.listing, WorkID: "01", Job: "1001"})
			if fault.Of(err) != fault.Permanent || len(rows) != 0 {
				t.Fatalf("%d rows, %v", len(rows), err)
			}
			for _, words := range test.words {
				if !strings.Contains(err.Error(), words) {
					t.Errorf("%q is not in %v", words, err)
				}
			}
		})
	}
}

// A cap far below what looks like one is found out by another answer, and then
// no short list passes.
func TestASmallCapIsFoundOutByAnotherAnswer(t *testing.T) {
	b := newBooks(t)
	b.cap = 20
	b.put("/JobListing", []row{{"WorkId": "01", "Job": "1001"}, {"WorkId": "01", "Job": "1002"}, {"WorkId": "01", "Job": "1003"}}, "Job")
	b.put("/CostCentreListing", slices.Concat(centreRowsOf("1001", 30), centreRowsOf("1002", 3), centreRowsOf("1003", 30)), "Job", "CostCode")
	b.put("/CostCentreDetailListing", slices.Concat(detailRows("1001", "S", 30), detailRows("1002", "S", 3), detailRows("1003", "S", 30)), "Job", "CostCode")
	rows, err := refused(t, bookClient(t, b, nil), erp.Reading{Listing: erp.ListCentreCosts, WorkID: "01"})
	if fault.Of(err) != fault.Permanent || !strings.Contains(err.Error(), "20 rows") {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

// An answer taken for whole, for want of a narrower question, turns into an
// error when a later one proves the cap.
func TestADoubtThatComesTrue(t *testing.T) {
	b := newBooks(t)
	b.cap = 20
	b.put("/JobListing", []row{{"WorkId": "01", "Job": "1"}, {"WorkId": "01", "Job": "2"}}, "Job")
	var rows []row
	for i := range 30 {
		rows = append(rows, row{"WorkId": "01", "Job": "1", "Section": "A", "ClaimCode": fmt.Sprint(i)})
		rows = append(rows, row{"WorkId": "01", "Job": "2", "Section": fmt.Sprintf("S%02d", i), "ClaimCode": "1"})
	}
	b.put("/ClaimCodeListing", rows, "Job", "Section")
	_, err := refused(t, bookClient(t, b, nil), erp.Reading{Listing: erp.ListClaimCodes, WorkID: "01"})
	if fault.Of(err) != fault.Permanent {
		t.Error(err)
	}
}

// Totals of a job that is longer than the cap are read by cost type, and
// headings among them are left out.
func TestTotalsAreReadByCostType(t *testing.T) {
	b := newBooks(t)
	b.cap = 1000
	details := slices.Concat(detailRows("1001", "S", 900), detailRows("1001", "M", 900), detailRows("1001", "L", 50), detailRows("1001", "", 5))
	b.put("/JobListing", []row{{"WorkId": "01", "Job": "1001"}}, "Job")
	b.put("/CostCentreListing", details, "CostCode", "CostType")
	b.put("/CostCentreDetailListing", details, "CostCode", "CostType")
	rows, _, _ := readAll(t, b, erp.Reading{Listing: erp.ListCentreCosts, WorkID: "01", Job: "1001"}, true)
	want := slices.DeleteFunc(slices.Clone(details), func(r row) bool { return r["CostType"] == "" })
	if diff := differ(wantNames(want, "CostCode", "CostType"), names(rows, erp.ColCostCode, erp.ColCostType)); diff != "" {
		t.Error(diff)
	}
}

// Creditors that were all changed at one moment are read by flags, and where
// these do not help by their status.
func TestCreditorsOfOneMoment(t *testing.T) {
	var rows []row
	for i := range 1700 {
		rows = append(rows, row{
			"CreditorWorkId": "01", "Creditor": fmt.Sprintf("C%05d", i), "Status": []string{"A", "I", "P"}[i%3], "Subcontractor": []string{"Y", "N"}[i%2],
			"ActiveSubcontractsExist": "N", "LastSubcontractUpdate": "0001-01-01T00:00:00Z", "LastUpdateTimestamp": "2026-03-01T00:00:00.000Z",
		})
	}
	b := newBooks(t)
	b.cap = 600
	b.put("/CreditorListing", rows, "Creditor")
	got, _, _ := readAll(t, b, erp.Reading{Listing: erp.ListCreditors, WorkID: "01"}, true)
	if diff := differ(wantNames(rows, "Creditor"), names(got, erp.ColCreditor)); diff != "" {
		t.Error(diff)
	}
	for _, r := range rows {
		r["Subcontractor"] = "" // which of Y and N finds it is not known
	}
	for i, r := range rows {
		if i%2 == 0 {
			r["Status"] = ""
		}
	}
	if _, err := refused(t, bookClient(t, b, nil), erp.Reading{Listing: erp.ListCreditors, WorkID: "01"}); fault.Of(err) != fault.Permanent {
		t.Error(err)
	}
}

// A ledger of many rows of one moment is read by account, then by date and
// period, and goes on behind that moment.
func TestLedgerOfOneMoment(t *testing.T) {
	var rows []row
	add := func(n int, stamp string) {
		for i := range n {
			rows = append(rows, row{
				"CostingWorkId": "01", "Job": []string{"1001", ""}[i%2], "TransactionNumber": fmt.Sprint(len(rows)), "Account": fmt.Sprint(5000 + i%3), "Amount": "1",
				"TransactionDate": fmt.Sprintf("2026-01-%02d", 1+i%28), "AccountingPeriod": "202601", "LastUpdatedTimestamp": stamp,
			})
		}
	}
	add(150, "2026-01-31T10:00:00.122Z")
	add(2000, "2026-01-31T10:00:00.123Z")
	add(150, "2026-01-31T10:00:00.124Z")
	b := newBooks(t)
	b.cap = 500
	b.put("/GeneralLedgerDetailsByTimeListing", rows, "LastUpdatedTimestamp", "Account")
	got, _, _ := readAll(t, b, erp.Reading{Listing: erp.ListLedger, WorkID: "01"}, true)
	if diff := differ(wantNames(rows, "TransactionNumber"), names(got, erp.ColTransaction)); diff != "" {
		t.Error(diff)
	}
	got, _, _ = readAll(t, b, erp.Reading{Listing: erp.ListLedger, WorkID: "01", Job: "1001"}, true)
	if len(got) != len(rows)/2 {
		t.Errorf("%d rows of the job, want %d", len(got), len(rows)/2)
	}
}

// A row that vanishes between a wide answer and a narrow one makes that part be
// read again, and nothing else is lost.
func TestARowThatGoesWhileReading(t *testing.T) {
	for at := 2; at < 8; at++ {
		b := newBooks(t)
		b.cap = 100
		rows := centreRowsOf("1001", 400)
		b.put("/CostCentreListing", rows, "CostCode")
		gone := 20 + 43*at
		b.before = func(path string, n int) {
			if path == "/CostCentreListing" && n == at {
				b.put(path, slices.Concat(rows[:gone], rows[gone+1:]), "CostCode")
			}
		}
		got, err := refused(t, bookClient(t, b, nil), erp.Reading{Listing: erp.ListCentres, WorkID: "01", Job: "1001"})
		want := slices.Concat(rows[:gone], rows[gone+1:])
		if diff := differ(wantNames(want, "CostCode"), names(got, erp.ColCostCode)); err != nil || diff != "" && diff != fmt.Sprintf("+1 %05d|", gone) {
			t.Errorf("at %d: %s %v", at, diff, err)
		}
	}
}

// Where the missing rows stay missing, that is told: this Jobpac shows in a wide
// answer what it leaves out of a narrow one.
func TestRowsThatNoRangeShows(t *testing.T) {
	b := newBooks(t)
	b.cap = 100
	b.put("/CostCentreListing", centreRowsOf("1001", 250), "CostCode")
	b.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hidden := centreRowsOf("1001", 250)
		if r.URL.Query().Has("FinishCostCode") {
			hidden = slices.Delete(hidden, 5, 6)
		}
		b.put("/CostCentreListing", hidden, "CostCode")
		b.serve(w, r)
	})
	_, err := refused(t, bookClient(t, b, nil), erp.Reading{Listing: erp.ListCentres, WorkID: "01", Job: "1001"})
	if fault.Of(err) != fault.Transient || !errors.Is(err, errGone) {
		t.Error(err)
	}
}

// A Jobpac that ignores a range, or compares in an order we do not know, is
// told, not believed.
func TestARangeThatIsNotKept(t *testing.T) {
	b := newBooks(t)
	b.cap = 100
	fake := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		q.Del("StartCostCode")
		r.URL.RawQuery = q.Encode()
		b.serve(w, r)
	})
	b.Config.Handler = fake
	b.put("/CostCentreListing", centreRowsOf("1001", 250), "CostCode")
	_, err := refused(t, bookClient(t, b, nil), erp.Reading{Listing: erp.ListCentres, WorkID: "01", Job: "1001"})
	if fault.Of(err) != fault.Permanent || !errors.Is(err, errOrder) {
		t.Error(err)
	}
}

// What was read before an error is not lost: it is a part, and the error comes
// with the next.
func TestAPartEndsBeforeAnError(t *testing.T) {
	b := newBooks(t)
	b.put("/JobListing", []row{{"WorkId": "01", "Job": "1"}, {"WorkId": "01", "Job": "2"}}, "Job")
	b.put("/ClaimCodeListing", []row{{"WorkId": "01", "Job": "1", "Section": "A", "ClaimCode": "1"}, {"WorkId": "01", "Job": "2", "ClaimCode": "1"}, {"WorkId": "01", "Job": "2"}}, "Job")
	c := bookClient(t, b, nil)
	part, err := c.Read(t.Context(), erp.Reading{Listing: erp.ListClaimCodes})
	if err != nil || len(part.Rows) != 1 || part.Next == "" {
		t.Fatalf("%d rows, next %q, %v", len(part.Rows), part.Next, err)
	}
	if _, err = c.Read(t.Context(), erp.Reading{Listing: erp.ListClaimCodes, After: part.Next}); fault.Of(err) != fault.Transient {
		t.Error(err)
	}
}
