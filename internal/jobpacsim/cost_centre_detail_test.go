package jobpacsim_test

import (
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/jobpacsim"
)

// rows puts rows into a book as a person does.
func (b *bench) rows(book string, rows ...row) {
	b.t.Helper()
	if _, _, err := b.sim.Put(book, rows); err != nil {
		b.t.Fatalf("Put %s: %v", book, err)
	}
}

// remade takes the demo's transactions out, so that a test starts from nothing.
func (b *bench) remade() {
	b.t.Helper()
	for _, book := range []string{"ledger", "payables"} {
		key := row{"CostingWorkId": "01", "Job": "1001"}
		if _, err := b.sim.Remove(book, key); err != nil {
			b.t.Fatalf("Remove %s: %v", book, err)
		}
	}
}

// centre gives the row of one cost centre of job 1001 in CostCentreDetailListing.
func (b *bench) centre(code, costType string) map[string]string {
	b.t.Helper()
	for _, r := range b.must(b.get("CostCentreDetailListing", params{"WorkId": "01", "Job": "1001"})) {
		if r["CostCode"] == code && r["CostType"] == costType {
			return r
		}
	}
	b.t.Fatalf("no cost centre %s %s", code, costType)
	return nil
}

// sums wants these sums of a cost centre; what is not named is zero.
func (b *bench) sums(code, costType string, want map[string]string) {
	b.t.Helper()
	full := map[string]string{
		"ApprovedBudgetChanges": "0.00", "CommittedValue": "0.00", "InvoicedValue": "0.00", "CostToDate": "0.00",
		"QuantityToDate": "0.0000", "CostThisPeriod": "0.00", "PaidToDate": "0.00",
	}
	for name, value := range want {
		full[name] = value
	}
	got := map[string]string{}
	have := b.centre(code, costType)
	for name := range full {
		got[name] = have[name]
	}
	if diff := cmp.Diff(full, got); diff != "" {
		b.t.Errorf("%s %s (-want +got):\n%s", code, costType, diff)
	}
}

// also gives a copy with other values.
func also(r row, pairs ...string) row {
	out := row(maps.Clone(r))
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

func ledgerRow(amount string) row {
	return row{
		"CostingWorkId": "01", "Job": "1001", "CostCode": "02-100", "CostType": "M", "Account": "5100", "Source": "AP", "Amount": amount, "Quantity": "2",
	}
}

func payable(transaction, amount string) row {
	return row{
		"WorkId": "01", "Creditor": "ACME01", "Transaction": transaction, "CostingWorkId": "01", "Job": "1001", "CostCode": "02-100", "CostType": "M",
		"ForeignCurrencyInvoiceAmount": amount,
	}
}

func TestCentreDetailColumns(t *testing.T) {
	b := newBench(t)
	b.remade()
	want := map[string]string{
		"CostingWorkId": "01", "Job": "1001", "CostCode": "02-100", "CostType": "M", "Description": "Structure 02-100", "HeadingLevel": "",
		"Status": "A", "AllowCostUpdates": "Y", "UnitOfMeasure": "ITEM", "Rate": "50000.0000", "OriginalBudgetQuantity": "1.0000",
		"OriginalBudgetValue": "50000.00", "ApprovedBudgetChanges": "0.00", "CommittedValue": "0.00", "InvoicedValue": "0.00",
		"CostToDate": "0.00", "QuantityToDate": "0.0000", "CostThisPeriod": "0.00", "PaidToDate": "0.00",
	}
	if diff := cmp.Diff(want, b.centre("02-100", "M")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCommittedPurchaseOrderItems(t *testing.T) {
	b := newBench(t)
	b.remade()
	b.must(b.put("CreateANewPurchaseOrder", order()))
	b.must(b.post("CreateANewPurchaseOrderItem", orderItem()))
	b.sums("02-100", "M", map[string]string{"CommittedValue": "2505.00"})
	b.must(b.post("CreateANewPurchaseOrderItem", orderItem().with("OrderItem", "2", "DiscountPercentage", "10")))
	b.sums("02-100", "M", map[string]string{"CommittedValue": "4759.50"}) // the second is nett
	b.must(b.post("UpdateAPurchaseOrderItem", params{"OrderWorkId": "01", "Order": "PO1", "OrderItem": "1", "CostCode": "02-200"}))
	b.sums("02-100", "M", map[string]string{"CommittedValue": "2254.50"})
	b.sums("02-200", "M", map[string]string{"CommittedValue": "2505.00"})
	b.sums("02-100", "S", nil)
}

// A row that was put in without a nett value counts gross.
func TestCommittedSeededItemCountsGross(t *testing.T) {
	b := newBench(t)
	b.remade()
	b.rows("purchase_order_items", row{
		"OrderWorkId": "01", "Order": "P9", "OrderItem": "1", "CostingWorkId": "01", "Job": "1001", "CostCode": "02-100", "CostType": "M",
		"ForeignCurrencyGrossValue": "77.70",
	})
	b.sums("02-100", "M", map[string]string{"CommittedValue": "77.70"})
}

func TestCommittedSubcontractsAndVariations(t *testing.T) {
	b := newBench(t)
	b.stock() // SC1 item 1: 12,000.00 on 03-200 S
	b.sums("03-200", "S", map[string]string{"CommittedValue": "12000.00"})
	b.must(b.put("CreateANewVariationItem", variationItem())) // 2 x 150.25
	b.sums("03-200", "S", map[string]string{"CommittedValue": "12300.50"})
	estimate := variationItem().with("VariationItem", "2", "SubcontractQuantityApproved", "-", "SubcontractPriceApprovedRate", "-", "DateApproved", "-",
		"EstimatedQuantity", "1", "EstimatedRate", "999")
	b.must(b.put("CreateANewVariationItem", estimate))
	b.sums("03-200", "S", map[string]string{"CommittedValue": "12300.50"}) // what is only estimated is not committed
	b.must(b.put("CreateANewVariationItem", variationItem().with("VariationItem", "3", "OrderItem", "-", "CostCode", "04-100", "CostType", "S")))
	b.sums("04-100", "S", map[string]string{"CommittedValue": "300.50"})
}

func TestInvoicesTakeFromWhatIsCommitted(t *testing.T) {
	b := newBench(t)
	b.remade()
	b.must(b.put("CreateANewPurchaseOrder", order()))
	b.must(b.post("CreateANewPurchaseOrderItem", orderItem()))
	b.rows("payables", also(payable("INV1", "1000"), "Order", "PO1"), payable("INV2", "300"))
	b.sums("02-100", "M", map[string]string{"CommittedValue": "1505.00", "InvoicedValue": "1300.00"})
	b.rows("payables", also(payable("INV1", "0"), "PaidAmount", "400", "Dissection", "2"))
	b.sums("02-100", "M", map[string]string{"CommittedValue": "1505.00", "InvoicedValue": "1300.00", "PaidToDate": "400.00"})
	b.rows("payables", also(payable("CR1", "200"), "InvoiceOrCreditFlag", "C", "PaidAmount", "50", "Order", "PO1"))
	b.sums("02-100", "M", map[string]string{"CommittedValue": "1705.00", "InvoicedValue": "1100.00", "PaidToDate": "350.00"})
}

func TestCostsComeFromTheLedger(t *testing.T) {
	b := newBench(t)
	b.remade()
	b.rows("periods", row{"WorkId": "01", "Module": "JC", "AccountingPeriod": "202610"})
	b.rows("ledger", ledgerRow("100.10"), ledgerRow("0.05"))
	b.rows("periods", row{"WorkId": "01", "Module": "JC", "AccountingPeriod": "202611"})
	b.rows("ledger", ledgerRow("-30"))
	b.sums("02-100", "M", map[string]string{"CostToDate": "70.15", "QuantityToDate": "6.0000", "CostThisPeriod": "-30.00"})
	b.rows("periods", row{"WorkId": "01", "Module": "JC", "AccountingPeriod": "202612"})
	b.sums("02-100", "M", map[string]string{"CostToDate": "70.15", "QuantityToDate": "6.0000"}) // closed: nothing in the new period yet
}

// Without a row of its own, the open period is the month on the clock.
func TestPeriodIsThePresentMonth(t *testing.T) {
	b := newBench(t)
	b.remade()
	b.rows("ledger", ledgerRow("100"))
	b.sums("02-100", "M", map[string]string{"CostToDate": "100.00", "QuantityToDate": "2.0000", "CostThisPeriod": "100.00"})
	b.clock.move(31 * 24 * time.Hour)
	b.token = b.login()
	b.sums("02-100", "M", map[string]string{"CostToDate": "100.00", "QuantityToDate": "2.0000"})
}

func TestBudgetChanges(t *testing.T) {
	b := newBench(t)
	b.remade()
	b.rows("budget_changes",
		row{"CostingWorkId": "01", "Job": "1001", "Change": "1", "CostCode": "02-100", "CostType": "M", "Amount": "-2500"},
		row{"CostingWorkId": "01", "Job": "1001", "Change": "2", "CostCode": "02-200", "CostType": "M", "Amount": "2500"})
	b.sums("02-100", "M", map[string]string{"ApprovedBudgetChanges": "-2500.00"})
	b.sums("02-200", "M", map[string]string{"ApprovedBudgetChanges": "2500.00"})
	columns(t, b.centre("02-100", "M"), map[string]string{"OriginalBudgetValue": "50000.00"})
}

// A head contract variation changes the budget once it is approved and says
// what it is expected to cost.
func TestHeadContractVariationsChangeTheBudget(t *testing.T) {
	b := newBench(t)
	b.remade()
	head := params{"WorkId": "01", "Job": "1001", "Variation": "H1", "Description": "Pool", "Type": "2"}
	item := params{
		"WorkId": "01", "Job": "1001", "Variation": "H1", "CostCode": "02-100", "CostType": "M", "EstimatedQuantity": "4", "EstimatedRate": "25",
	}
	b.must(b.put("CreateANewVariation", head))
	b.must(b.put("CreateANewVariationItem", item))
	b.sums("02-100", "M", nil)
	for _, step := range []struct{ approved, expected, want string }{
		{"", "100", "0.00"}, {"2026-11-21", "0", "0.00"}, {"2026-11-21", "100", "100.00"},
	} {
		b.edit("variations", row{"Variation": "H1"}, row{"ApprovalDate": step.approved, "BudgetExpectedCost": step.expected})
		b.sums("02-100", "M", map[string]string{"ApprovedBudgetChanges": step.want})
	}
	b.edit("variations", row{"Variation": "H1"}, row{"Type": "1"})
	b.sums("02-100", "M", nil)
}

// Sums of a job stay with the job and the WorkID.
func TestSumsStayOnTheirJob(t *testing.T) {
	b := newBench(t)
	b.remade()
	b.rows("jobs", row{"WorkId": "01", "Job": "1002"}, row{"WorkId": "02", "Job": "1001"})
	b.rows("cost_centres",
		row{"CostingWorkId": "01", "Job": "1002", "CostCode": "02-100", "CostType": "M"},
		row{"CostingWorkId": "02", "Job": "1001", "CostCode": "02-100", "CostType": "M"})
	b.rows("ledger", ledgerRow("5"), also(ledgerRow("7"), "Job", "1002"), also(ledgerRow("11"), "CostingWorkId", "02"))
	for want, p := range map[string]params{
		"5.00": {"WorkId": "01", "Job": "1001", "CostType": "M"}, "7.00": {"WorkId": "01", "Job": "1002"}, "11.00": {"WorkId": "02", "Job": "1001"},
	} {
		got := ""
		for _, r := range b.must(b.get("CostCentreDetailListing", p)) {
			if r["CostCode"] == "02-100" {
				got = r["CostToDate"]
			}
		}
		if got != want {
			t.Errorf("%v: cost to date %q, want %q", p, got, want)
		}
	}
	both := b.must(b.get("CostCentreDetailListing", params{"WorkId": "01", "StartJob": "1001", "FinishJob": "1002", "AlphaSearch": "02-100", "CostType": "M"}))
	if len(both) != 1 || both[0]["CostToDate"] != "5.00" { // the other job's has no description
		t.Errorf("%v", both)
	}
}

func TestCentreDetailFilters(t *testing.T) {
	b := newBench(t)
	secondJob(b)
	b.edit("jobs", row{"Job": "1002"}, row{"Status": "C", "FinanciallyComplete": "Y", "Active": "N"})
	b.edit("cost_centres", row{"Job": "1001", "CostCode": "04-500", "CostType": "S"}, row{"Status": "X"})
	for _, c := range []struct {
		p    params
		want int
	}{
		{params{"WorkId": "01"}, 41},
		{params{"WorkId": "02"}, 0},
		{params{"WorkId": "01", "Job": "1001"}, 40},
		{params{"WorkId": "01", "Job": "1002"}, 1},
		{params{"WorkId": "01", "StartJob": "1002"}, 1},
		{params{"WorkId": "01", "FinishJob": "1001"}, 40},
		{params{"WorkId": "01", "StartJob": "1001", "FinishJob": "1002"}, 41},
		{params{"WorkId": "01", "CostType": "S"}, 21},
		{params{"WorkId": "01", "JobStatus": "C"}, 1},
		{params{"WorkId": "01", "JobStatus": "A"}, 40},
		{params{"WorkId": "01", "CostCentreStatus": "X"}, 1},
		{params{"WorkId": "01", "Job": "1001", "AlphaSearch": "structure"}, 10},
	} {
		if got := b.must(b.get("CostCentreDetailListing", c.p)); len(got) != c.want {
			t.Errorf("%v: %d rows, want %d", c.p, len(got), c.want)
		}
	}
	b.refused(b.get("CostCentreDetailListing", params{}), "WorkId of CostCentreDetailListing is required")
	b.refused(b.get("CostCentreDetailListing", params{"WorkId": "01", "CostCode": "02-100"}), `"CostCode"`)
	b.refused(b.get("CostCentreDetailListing", params{"WorkId": "01", "CostingWorkId": "01"}), `"CostingWorkId"`)
}

func TestDetailHeadings(t *testing.T) {
	b := newBench(t)
	b.change(func(s *jobpacsim.Settings) { s.DetailHeadings = true })
	rows := b.must(b.get("CostCentreDetailListing", params{"WorkId": "01"}))
	if len(rows) != 44 || rows[0]["CostCode"] != "01-000" || rows[0]["HeadingLevel"] != "0" || rows[0]["CostToDate"] != "0.00" {
		t.Errorf("%d rows, the first %v", len(rows), rows[0])
	}
	b.change(func(s *jobpacsim.Settings) { s.DetailHeadings, s.RowCap = false, 3 })
	got := shownKeys(b.must(b.get("CostCentreDetailListing", params{"WorkId": "01"})), []string{"CostCode", "CostType"})
	if got != "01-100/M 01-100/S 01-200/M" { // headings that are left out do not count
		t.Errorf("cut: %s", got)
	}
}

// The sums of closed jobs are still shown: their costs stay what they were.
func TestClosedJobsKeepTheirSums(t *testing.T) {
	b := newBench(t)
	b.remade()
	b.rows("ledger", ledgerRow("12.34"))
	b.edit("jobs", row{"Job": "1001"}, row{"Status": "C", "FinanciallyComplete": "Y", "Active": "N"})
	b.sums("02-100", "M", map[string]string{"CostToDate": "12.34", "QuantityToDate": "2.0000", "CostThisPeriod": "12.34"})
	if rows := b.must(b.get("CostCentreListing", params{"CostingWorkId": "01", "NotFinanciallyComplete": "Y"})); len(rows) != 0 {
		t.Errorf("%d cost centres of jobs not complete", len(rows))
	}
	if rows := b.must(b.get("CostCentreListing", params{"CostingWorkId": "01", "JobStatus": "C"})); len(rows) != 44 {
		t.Errorf("%d cost centres of closed jobs", len(rows))
	}
}

// The sums lag as the rows they are made of do.
func TestSumsLagBehind(t *testing.T) {
	b := newBench(t)
	b.remade()
	b.rows("ledger", ledgerRow("10"))
	b.clock.move(time.Minute)
	b.rows("ledger", ledgerRow("5"))
	b.rows("payables", payable("INV1", "8"))
	b.must(b.put("CreateANewPurchaseOrder", order()))
	b.must(b.post("CreateANewPurchaseOrderItem", orderItem()))
	b.edit("cost_centres", row{"CostCode": "02-100", "CostType": "M"}, row{"OriginalBudgetValue": "60000"})
	b.faults(jobpacsim.Fault{Operation: "CostCentreDetailListing", Method: http.MethodGet, Kind: jobpacsim.FaultStaleRows, MS: 30_000})
	b.sums("02-100", "M", map[string]string{"CostToDate": "10.00", "QuantityToDate": "2.0000", "CostThisPeriod": "10.00"})
	columns(t, b.centre("02-100", "M"), map[string]string{"OriginalBudgetValue": "50000.00"})
	b.clock.move(31 * time.Second)
	b.sums("02-100", "M", map[string]string{
		"CostToDate": "15.00", "QuantityToDate": "4.0000", "CostThisPeriod": "15.00", "InvoicedValue": "8.00", "CommittedValue": "2505.00",
	})
	columns(t, b.centre("02-100", "M"), map[string]string{"OriginalBudgetValue": "60000.00"})
}
