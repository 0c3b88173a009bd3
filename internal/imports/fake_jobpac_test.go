package imports_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/procpac/procpac/internal/erp"
)

// jobpacFake holds listings and shows them in parts of a few rows.
type jobpacFake struct {
	page  int
	rows  map[erp.Listing][]erp.Row
	reads int
	asked map[erp.Listing]int // readings by listing
}

func (f *jobpacFake) Read(_ context.Context, r erp.Reading) (erp.Part, error) {
	f.reads++
	if f.asked == nil {
		f.asked = map[erp.Listing]int{}
	}
	f.asked[r.Listing]++
	var rows []erp.Row
	for _, row := range f.rows[r.Listing] {
		if shows(r, row) {
			rows = append(rows, erp.Row{Kind: row.Kind, Values: maps.Clone(row.Values)})
		}
	}
	at, _ := strconv.Atoi(r.After)
	end := min(at+f.page, len(rows))
	part := erp.Part{Rows: rows[min(at, end):end]}
	if end < len(rows) {
		part.Next = strconv.Itoa(end)
	}
	return part, nil
}

func shows(r erp.Reading, row erp.Row) bool {
	if r.Job != "" && erp.Code(row.Get(erp.ColJob)) != erp.Code(r.Job) {
		return false
	}
	at, err := time.Parse(time.RFC3339, row.Get(erp.ColChanged))
	if err != nil {
		return true
	}
	return !at.Before(r.Since) && (r.Until.IsZero() || at.Before(r.Until))
}

// set puts a row in the place of the one whose values under the keys are the
// same, or adds it.
func (f *jobpacFake) set(l erp.Listing, values map[erp.Name]string, keys ...erp.Name) {
	if len(keys) == 0 {
		f.rows[l] = append(f.rows[l], erp.Row{Values: values})
		return
	}
	for i, row := range f.rows[l] {
		same := true
		for _, k := range keys {
			same = same && row.Get(k) == values[k]
		}
		if same {
			merged := maps.Clone(row.Values)
			maps.Copy(merged, values)
			f.rows[l][i].Values = merged
			return
		}
	}
	f.rows[l] = append(f.rows[l], erp.Row{Values: values})
}

func (f *jobpacFake) clone() *jobpacFake {
	c := &jobpacFake{page: f.page, rows: map[erp.Listing][]erp.Row{}}
	for l, rows := range f.rows {
		for _, row := range rows {
			c.rows[l] = append(c.rows[l], erp.Row{Kind: row.Kind, Values: maps.Clone(row.Values)})
		}
	}
	return c
}

// The organisation of most tests.

var day = time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func creditor(n int, at time.Time) map[erp.Name]string {
	return map[erp.Name]string{
		erp.ColCreditorWork: "01", erp.ColCreditor: fmt.Sprintf("C%04d", n), erp.ColName: fmt.Sprintf("Creditor %d", n),
		erp.ColStatus: "A", erp.ColAddress1: "1 High St", erp.ColSuburb: "Perth", erp.ColPhone: "08 1234", erp.ColChanged: stamp(at),
	}
}

func job(n int) map[erp.Name]string {
	return map[erp.Name]string{
		erp.ColWorkID: "01", erp.ColJob: jobCode(n), erp.ColDescription: fmt.Sprintf("Job %d", n), erp.ColStatus: "A",
		erp.ColActive: "Y", erp.ColCostsAllowed: "Y", erp.ColFinComplete: "N", erp.ColContractSum: strconv.Itoa(1000 * n),
	}
}

func jobCode(n int) string   { return fmt.Sprintf("J%03d", n) }
func jobOrigin(n int) string { return erp.JobKey{WorkID: "01", Job: jobCode(n)}.Origin() }

func heading(j int, code string) map[erp.Name]string {
	return map[erp.Name]string{
		erp.ColCostingWork: "01", erp.ColJob: jobCode(j), erp.ColCostCode: code, erp.ColCostType: "",
		erp.ColDescription: "Section " + code, erp.ColHeadingLevel: "1",
	}
}

func centre(j int, code, kind string, budget int) map[erp.Name]string {
	return map[erp.Name]string{
		erp.ColCostingWork: "01", erp.ColJob: jobCode(j), erp.ColCostCode: code, erp.ColCostType: kind,
		erp.ColDescription: "Code " + code, erp.ColBudgetValue: strconv.Itoa(budget), erp.ColBudgetQty: "1",
		erp.ColUnit: "EA", erp.ColBudgetRate: strconv.Itoa(budget), erp.ColStatus: "A",
	}
}

func detail(j int, code, kind string, cost int) map[erp.Name]string {
	return map[erp.Name]string{
		erp.ColCostingWork: "01", erp.ColJob: jobCode(j), erp.ColCostCode: code, erp.ColCostType: kind,
		erp.ColBudgetValue: "500", erp.ColBudgetQty: "1", erp.ColBudgetChanges: "0", erp.ColCommitted: "40",
		erp.ColInvoiced: "10", erp.ColCostToDate: strconv.Itoa(cost), erp.ColQtyToDate: "1", erp.ColCostThisMonth: "1", erp.ColPaidToDate: "0",
	}
}

func posting(j, n int, code, kind string, at time.Time) map[erp.Name]string {
	return map[erp.Name]string{
		erp.ColCostingWork: "01", erp.ColJob: jobCode(j), erp.ColCostCode: code, erp.ColCostType: kind,
		erp.ColTransaction: fmt.Sprintf("T%d-%d", j, n), erp.ColDate: "2026-11-30", erp.ColPeriod: "202611", erp.ColSource: "AP",
		erp.ColAccount: "5000", erp.ColReference: fmt.Sprintf("INV%d", n), erp.ColDescription: "Concrete", erp.ColAmount: "12.50",
		erp.ColQuantity: "1", erp.ColChanged: stamp(at),
	}
}

func claim(j, n int) map[erp.Name]string {
	return map[erp.Name]string{
		erp.ColWorkID: "01", erp.ColJob: jobCode(j), erp.ColSection: "S1", erp.ColClaimCode: fmt.Sprintf("CL%02d", n),
		erp.ColDescription: fmt.Sprintf("Claim %d", n), erp.ColQuantity: "1", erp.ColUnit: "EA", erp.ColRate: "100", erp.ColValue: "100",
	}
}

func gst(code, rate string) map[erp.Name]string {
	return map[erp.Name]string{erp.ColWorkID: "01", erp.ColGSTCode: code, erp.ColDescription: "GST " + code, erp.ColTaxPercent: rate}
}

// organisation makes jobs with codes under one section per ten, and creditors.
func organisation(jobs, codes, creditors int) *jobpacFake {
	f := &jobpacFake{page: 7, rows: map[erp.Listing][]erp.Row{}}
	f.set(erp.ListGSTCodes, gst("G1", "10"))
	f.set(erp.ListGSTCodes, gst("G0", "0"))
	for n := range creditors {
		f.set(erp.ListCreditors, creditor(n, day.Add(-time.Hour)))
	}
	for j := 1; j <= jobs; j++ {
		f.set(erp.ListJobs, job(j))
		f.addCentres(j, codes)
		for n := range 3 {
			f.set(erp.ListClaimCodes, claim(j, n))
		}
	}
	return f
}

func (f *jobpacFake) addCentres(j, codes int) {
	for c := range codes {
		if c%10 == 0 {
			f.set(erp.ListCentres, heading(j, fmt.Sprintf("%02d", c/10+1)))
		}
		code := codeName(c)
		f.set(erp.ListCentres, centre(j, code, "LAB", 100+c))
		f.set(erp.ListCentreCosts, detail(j, code, "LAB", 10+c))
		f.set(erp.ListLedger, posting(j, c, code, "LAB", day.Add(-time.Hour)))
	}
}

func codeName(c int) string { return fmt.Sprintf("%02d-%02d", c/10+1, c%10) }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
