package jobpacsim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/jobpacsim"
)

// library seeds orders in two WorkIDs, with items, and one more job.
func (b *bench) library() {
	b.t.Helper()
	b.must(b.put("CreateANewSubcontract", subcontract()))
	secondJob(b)
	if err := b.sim.Seed(jobpacsim.Seed{Books: jobpacsim.Books{
		WorkIDs: []row{{"WorkId": "02", "Description": "Second company", "MappedToTeam": "Y"}},
		PurchaseOrders: []row{
			{"WorkId": "01", "Order": "A10", "Job": "1001", "Creditor": "ACME01", "OrderType": "X", "LastUpdateTimestamp": "2026-11-01T08:00:00Z"},
			{"WorkId": "01", "Order": "A2", "Job": "1001", "Creditor": "FORM06", "Complete": "Y", "LastUpdateTimestamp": "2026-11-02T08:00:00Z"},
			{"WorkId": "01", "Order": "A20", "Job": "1002", "Creditor": "FORM06", "Description": "Bolts and nuts", "LastUpdateTimestamp": "2026-11-03T08:00:00Z"},
			{"WorkId": "02", "Order": "A2", "Job": "1001", "Creditor": "ACME01", "LastUpdateTimestamp": "2026-11-04T08:00:00Z"},
		},
		PurchaseOrderItems: []row{
			{"OrderWorkId": "01", "Order": "A10", "OrderItem": "10", "Job": "1001", "CostCode": "01-100", "CostType": "M", "QuantityOrdered": "5", "ForeignCurrencyGrossValue": "-5"},
			{"OrderWorkId": "01", "Order": "A10", "OrderItem": "9", "Job": "1001", "CostCode": "01-200", "CostType": "L", "QuantityOrdered": "10", "ForeignCurrencyGrossValue": "100"},
			{"OrderWorkId": "01", "Order": "A2", "OrderItem": "1", "Job": "1002", "CostCode": "02-100", "CostType": "M", "QuantityOrdered": "20", "ForeignCurrencyGrossValue": "20", "Completed": "Y"},
			{"OrderWorkId": "02", "Order": "A2", "OrderItem": "1", "Job": "1001", "CostCode": "02-100", "CostType": "M", "QuantityOrdered": "20"},
		},
		SubcontractItems: []row{
			{"WorkId": "02", "Order": "SC1", "ItemNumber": "1"}, {"WorkId": "01", "Order": "SC1", "ItemNumber": "2"}, {"WorkId": "01", "Order": "SC2", "ItemNumber": "1"},
		},
		Variations: []row{
			{"WorkId": "01", "CostingWorkId": "01", "Job": "1001", "Variation": "V00001"},
			{"WorkId": "01", "CostingWorkId": "01", "Job": "1001", "Variation": "V00003"},
			{"WorkId": "01", "CostingWorkId": "01", "Job": "1002", "Variation": "V00002"},
		},
	}}); err != nil {
		b.t.Fatal(err)
	}
}

// listingCase is a listing with the key columns to show, and the rows wanted.
type listingCase struct {
	listing string
	p       params
	want    string
}

func orderListings() []listingCase {
	const orders, items = "PurchaseOrderListing WorkId Order", "PurchaseOrderItemListing OrderWorkId Order OrderItem"
	return []listingCase{
		{orders, params{}, "01/A10 01/A2 01/A20 02/A2"},
		{orders, params{"WorkId": "01"}, "01/A10 01/A2 01/A20"},
		{orders, params{"WorkId": "03"}, ""},
		{orders, params{"Order": "a2"}, "01/A2 02/A2"},
		{orders, params{"WorkId": "01", "Order": "A2"}, "01/A2"},
		{orders, params{"WorkId": "01", "Order": "A3"}, ""},
		{orders, params{"WorkId": "01", "StartOrder": "A2"}, "01/A2 01/A20"},
		{orders, params{"WorkId": "01", "FinishOrder": "A2"}, "01/A10 01/A2"},
		{orders, params{"WorkId": "01", "StartOrder": "A11", "FinishOrder": "A2"}, "01/A2"},
		{orders, params{"StartOrder": "B"}, ""},
		{orders, params{"WorkId": "01", "Complete": "Y"}, "01/A2"},
		{orders, params{"WorkId": "01", "Incomplete": "Y"}, "01/A10 01/A20"},
		{orders, params{"WorkId": "01", "Incomplete": "N"}, "01/A2"},
		{orders, params{"Creditor": "FORM06"}, "01/A2 01/A20"},
		{orders, params{"OrderType": "X"}, "01/A10"},
		{orders, params{"StartLastUpdateTimestamp": "2026-11-02T08:00:00Z", "FinishLastUpdateTimestamp": "2026-11-03T08:00:00.000Z"}, "01/A2 01/A20"},
		{orders, params{"StartLastUpdateTimestamp": "2026-11-03"}, "01/A20 02/A2"},
		{orders, params{"LastUpdateTimestamp": "2026-11-03T08:00:00+00:00"}, "01/A20"},
		{orders, params{"AlphaSearch": "NUTS"}, "01/A20"},
		{items, params{"OrderWorkId": "01"}, "01/A10/9 01/A10/10 01/A2/1"},
		{items, params{"OrderWorkId": "01", "Order": "A10"}, "01/A10/9 01/A10/10"},
		{items, params{"OrderWorkId": "01", "Order": "A10", "OrderItem": "010"}, "01/A10/10"},
		{items, params{"OrderWorkId": "01", "StartOrderItem": "9"}, "01/A10/9 01/A10/10"},
		{items, params{"OrderWorkId": "01", "FinishOrderItem": "9"}, "01/A10/9 01/A2/1"},
		{items, params{"OrderWorkId": "01", "StartQuantityOrdered": "9.5", "FinishQuantityOrdered": "10"}, "01/A10/9"},
		{items, params{"OrderWorkId": "01", "FinishForeignCurrencyGrossValue": "0"}, "01/A10/10"},
		{items, params{"OrderWorkId": "01", "StartForeignCurrencyGrossValue": "20"}, "01/A10/9 01/A2/1"},
		{items, params{"OrderWorkId": "01", "StartJob": "1002"}, "01/A2/1"},
		{items, params{"OrderWorkId": "01", "CostType": "M", "Completed": "N"}, "01/A10/10"},
		{items, params{"OrderWorkId": "01", "Incomplete": "N"}, "01/A2/1"},
		{items, params{"OrderWorkId": "02", "Order": "A10"}, ""},
	}
}

func otherListings() []listingCase {
	const scItems, variations, jobs = "SubcontractItemListing WorkId Order ItemNumber", "VariationListing Job Variation", "JobListing Job"
	const creditors, workIDs = "CreditorListing Creditor", "WorkIdListing WorkId"
	return []listingCase{
		{"SubcontractListing Order", params{"WorkId": "01"}, "SC1"},
		{"SubcontractListing Order", params{"JobStatus": "A", "ContractStatus": "A"}, "SC1"},
		{"SubcontractListing Order", params{"JobStatus": "C"}, ""},
		{"SubcontractsForAJobListing Order", params{"WorkId": "01", "Job": "1001"}, "SC1"},
		{"SubcontractsForAJobListing Order", params{"WorkId": "01", "Job": "1002"}, ""},
		{scItems, params{"Order": "SC1"}, "01/SC1/2 02/SC1/1"},
		{scItems, params{"StartOrder": "SC2"}, "01/SC2/1"},
		{scItems, params{}, "01/SC1/2 01/SC2/1 02/SC1/1"},
		{variations, params{"CostingWorkId": "01", "Job": "1001"}, "1001/V00001 1001/V00003"},
		{variations, params{"CostingWorkId": "01", "StartVariation": "V00002"}, "1001/V00003 1002/V00002"},
		{variations, params{"Variation": "V00002"}, "1002/V00002"},
		{jobs, params{"WorkId": "01"}, "1001 1002"},
		{jobs, params{"StartJob": "1001", "FinishJob": "1001"}, "1001"},
		{jobs, params{"Active": "Y", "AllowCostUpdates": "Y", "FinanciallyComplete": "N", "AlphaSearch": "harbour"}, "1001"},
		{workIDs, params{}, "01 02"},
		{workIDs, params{"NotMappedToTeam": "Y"}, "01"},
		{workIDs, params{"StartWorkId": "02"}, "02"},
		{creditors, params{"CreditorWorkId": "01", "Subcontractor": "N"}, "ACME01 FORM06"},
		{creditors, params{"ActiveSubcontractsExist": "Y"}, "ELEC05"},
		{creditors, params{"AlphaSearch": "maitland"}, "BOND02"},
		{"CostCentreListing CostCode CostType", params{"CostingWorkId": "01", "Job": "1001", "CostCode": "02-000"}, "02-000/"},
		{"CostCentreListing CostCode CostType", params{"Job": "1001", "StartCostCode": "04-300", "FinishCostCode": "04-400"}, "04-300/M 04-300/S 04-400/M 04-400/S"},
		{"CostCentreListing Job", params{"CostType": "S", "StartJob": "1002", "NotFinanciallyComplete": "Y"}, "1002"},
		{"CostCentreListing Job", params{"CostType": "S", "StartJob": "1002", "NotFinanciallyComplete": "N"}, ""},
		{"GSTCodeListing GSTCode", params{"WorkId": "01"}, "F G I N"},
		{"GSTCodeListing GSTCode", params{"WorkId": "02"}, ""},
	}
}

func TestListingFilters(t *testing.T) {
	b := newBench(t)
	b.library()
	for _, c := range append(orderListings(), otherListings()...) {
		operation, shown, _ := strings.Cut(c.listing, " ")
		if got := shownKeys(b.must(b.get(operation, c.p)), strings.Fields(shown)); got != c.want {
			t.Errorf("%s %v: %q, want %q", operation, c.p, got, c.want)
		}
	}
	b.refused(b.get("PurchaseOrderListing", params{"StartLastUpdateTimestamp": "1 Nov"}), "UTC time")
	b.refused(b.get("PurchaseOrderListing", params{"StartLastUpdateTimestamp": "2026-11-01T08:00:00+11:00"}), "UTC time")
	b.refused(b.get("PurchaseOrderListing", params{"StartOrder": "ORDER678901"}), "StartOrder")
}

func shownKeys(rows []map[string]string, names []string) string {
	keys := make([]string, len(rows))
	for i, r := range rows {
		var parts []string
		for _, name := range names {
			parts = append(parts, r[name])
		}
		keys[i] = strings.Join(parts, "/")
	}
	return strings.Join(keys, " ")
}

func TestEmptyListing(t *testing.T) {
	b := newBench(t)
	if a := b.get("PurchaseOrderListing", params{"WorkId": "01"}); a.text != `{"data":[]}` {
		t.Errorf("empty listing is %q", a.text)
	}
}

func TestRowCapIsSilent(t *testing.T) {
	b := newBench(t)
	var rows []row
	for i := range 2050 {
		rows = append(rows, row{"WorkId": "01", "Order": fmt.Sprintf("P%05d", i)})
	}
	slices.Reverse(rows)
	if err := b.sim.Seed(jobpacsim.Seed{Books: jobpacsim.Books{PurchaseOrders: rows}}); err != nil {
		t.Fatal(err)
	}
	got := b.must(b.get("PurchaseOrderListing", params{"WorkId": "01"}))
	if len(got) != 2000 || got[0]["Order"] != "P00000" || got[1999]["Order"] != "P01999" {
		t.Errorf("%d rows from %s", len(got), got[0]["Order"])
	}
	if got := b.must(b.get("PurchaseOrderListing", params{"WorkId": "01", "StartOrder": "P02000"})); len(got) != 50 {
		t.Errorf("the rest has %d rows", len(got))
	}
	b.change(func(s *jobpacsim.Settings) { s.RowCap = 0 })
	if got := b.must(b.get("PurchaseOrderListing", params{"WorkId": "01"})); len(got) != 2050 {
		t.Errorf("without a cap %d rows", len(got))
	}
}

func TestIncrementalReadSeesItemsChange(t *testing.T) {
	b := newBench(t)
	b.stock()
	b.clock.move(10 * time.Minute)
	since := params{"WorkId": "01", "StartLastUpdatedItemOrHeaderTimestamp": "2026-11-22T10:05:00Z"}
	if rows := b.must(b.get("PurchaseOrderListing", since)); len(rows) != 0 {
		t.Fatalf("%d rows before the change", len(rows))
	}
	b.must(b.post("CreateANewPurchaseOrderItem", orderItem().with("OrderItem", "2")))
	if rows := b.must(b.get("PurchaseOrderListing", since)); len(rows) != 1 {
		t.Errorf("%d rows after the change", len(rows))
	}
}

func TestPadText(t *testing.T) {
	b := newBench(t)
	b.stock()
	b.change(func(s *jobpacsim.Settings) { s.PadText = true })
	columns(t, b.must(b.get("PurchaseOrderItemListing", params{"OrderWorkId": "01", "Order": "PO1"}))[0], map[string]string{
		"Order": "PO1       ", "OrderWorkId": "01 ", "CostType": "M  ", "OrderItem": "1", "QuantityOrdered": "10.0000", "Warehouse": "          ",
		"Description": "Slab" + strings.Repeat(" ", 46),
	})
}

func TestTextIsQuoted(t *testing.T) {
	b := newBench(t)
	const text = `4" pipe \ "Café" <&> ÿ`
	b.must(b.put("CreateANewPurchaseOrder", order().with("Description", text)))
	columns(t, b.must(b.get("PurchaseOrderListing", params{"WorkId": "01"}))[0], map[string]string{"Description": text})
}
