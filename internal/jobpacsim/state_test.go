package jobpacsim_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/jobpacsim"
)

func sameBooks(t *testing.T, want, got jobpacsim.Books) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("books differ (-want +got):\n%s", diff)
	}
}

// columns wants these values in a row.
func columns(t *testing.T, got map[string]string, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s is %q, want %q", name, got[name], value)
		}
	}
}

func TestPurchaseOrderReadsBack(t *testing.T) {
	b := newBench(t)
	answer := b.must(b.put("CreateANewPurchaseOrder", order().with("Order", " po1 ", "OrderDate", "2026-11-22", "UserDefinedField1", " PCC4101 ")))
	if diff := cmp.Diff([]map[string]string{{"WorkId": "01", "Order": "PO1", "ErrorMessage": ""}}, answer); diff != "" {
		t.Errorf("answer of the create: %s", diff)
	}
	columns(t, b.must(b.get("PurchaseOrderListing", params{"WorkId": "01", "Order": "po1"}))[0], map[string]string{
		"Order": "PO1", "CostingWorkId": "01", "CreditorWorkId": "01", "Job": "1001", "OrderDate": "2026-11-22", "UserDefinedField1": "PCC4101",
		"Complete": "N", "ExchangeRate": "0.0000", "RequisitionNumber": "", "LastUpdateTimestamp": "2026-11-22T10:00:00.000Z",
	})
	answer = b.must(b.post("CreateANewPurchaseOrderItem", orderItem().with("OrderItem", "0001")))
	if diff := cmp.Diff([]map[string]string{{"WorkId": "01", "Order": "PO1", "OrderItem": "1", "ErrorMessage": ""}}, answer); diff != "" {
		t.Errorf("answer of the item: %s", diff)
	}
	columns(t, b.must(b.get("PurchaseOrderItemListing", params{"OrderWorkId": "01", "Order": "PO1"}))[0], map[string]string{
		"OrderWorkId": "01", "OrderItem": "1", "Job": "1001", "CostingWorkId": "01", "QuantityOrdered": "10.0000", "UnitOfMeasure": "M3",
		"ForeignCurrencyGrossUnitRate": "250.5000", "ForeignCurrencyGrossValue": "2505.00", "ForeignCurrencyNettValue": "2505.00",
		"NettUnitRate": "250.5000", "GrossItemValue": "2505.00", "Completed": "N", "Allocation": "J", "JobAssetOrGLAccount": "1001",
	})
}

func TestQuantityRateAndValue(t *testing.T) {
	cases := []struct{ name, quantity, rate, value, wantRate, wantValue string }{
		{"half a cent up", "1", "0.005", "", "0.0050", "0.01"},
		{"below half a cent", "1", "0.0049", "", "0.0049", "0.00"},
		{"four decimals each", "3.3333", "3.3333", "", "3.3333", "11.11"},
		{"value one cent higher", "3", "33.3333", "100.01", "33.3333", "100.01"},
		{"value one cent lower", "3", "33.3333", "99.99", "33.3333", "99.99"},
		{"value without rate", "3", "", "100", "33.3333", "100.00"},
		{"value without quantity", "0", "", "100", "0.0000", "100.00"},
		{"quantity only", "3", "", "", "0.0000", "0.00"},
		{"zeros behind the decimals", "3.00000", "2.50000", "7.500", "2.5000", "7.50"},
		{"large", "12345678", "1234.5678", "", "1234.5678", "15241576527.97"},
	}
	b := newBench(t)
	b.must(b.put("CreateANewPurchaseOrder", order()))
	for i, c := range cases {
		item := orderItem().with("OrderItem", string(rune('1'+i%9)), "QuantityOrdered", c.quantity,
			"ForeignCurrencyGrossUnitRate", c.rate, "ForeignCurrencyGrossValue", c.value)
		if i >= 9 {
			item["OrderItem"] = "10"
		}
		b.must(b.post("CreateANewPurchaseOrderItem", item))
		got := b.must(b.get("PurchaseOrderItemListing", params{"OrderWorkId": "01", "Order": "PO1", "OrderItem": item["OrderItem"]}))[0]
		if got["ForeignCurrencyGrossUnitRate"] != c.wantRate || got["ForeignCurrencyGrossValue"] != c.wantValue {
			t.Errorf("%s: rate %s value %s, want %s and %s", c.name, got["ForeignCurrencyGrossUnitRate"], got["ForeignCurrencyGrossValue"], c.wantRate, c.wantValue)
		}
	}
}

func TestNegativeLines(t *testing.T) {
	b := newBench(t)
	b.stock()
	b.must(b.post("CreateANewPurchaseOrderItem", orderItem().with("OrderItem", "2", "QuantityOrdered", "-1", "ForeignCurrencyGrossUnitRate", "0.005")))
	got := b.must(b.get("PurchaseOrderItemListing", params{"OrderWorkId": "01", "OrderItem": "2"}))[0]
	columns(t, got, map[string]string{"ForeignCurrencyGrossValue": "-0.01", "QuantityOrdered": "-1.0000"})
	b.change(func(s *jobpacsim.Settings) { s.AllowNegativeTotal = true })
	b.must(b.post("CreateANewPurchaseOrderItem", orderItem().with("OrderItem", "3", "QuantityOrdered", "-100")))
}

func TestUpdatePurchaseOrder(t *testing.T) {
	b := newBench(t)
	b.stock()
	b.clock.move(1500 * 1e6)
	b.must(b.post("UpdateAPurchaseOrder", params{"WorkId": "01", "Order": "PO1", "Complete": "y", "Description": "Changed", "RequisitionNumber": ""}))
	columns(t, b.must(b.get("PurchaseOrderListing", params{"Order": "PO1"}))[0], map[string]string{
		"Complete": "Y", "Description": "Changed", "Creditor": "ACME01", "LastUpdateTimestamp": "2026-11-22T10:00:01.500Z",
	})
}

func TestUpdatePurchaseOrderItem(t *testing.T) {
	key := params{"OrderWorkId": "01", "Order": "PO1", "OrderItem": "1"}
	cases := []struct {
		name string
		p    params
		want map[string]string
	}{
		{"quantity", key.with("QuantityOrdered", "4"), map[string]string{"ForeignCurrencyGrossUnitRate": "250.5000", "ForeignCurrencyGrossValue": "1002.00", "NettItemValue": "1002.00"}},
		{"rate", key.with("ForeignCurrencyGrossUnitRate", "1"), map[string]string{"QuantityOrdered": "10.0000", "ForeignCurrencyGrossValue": "10.00", "ForeignCurrencyNettUnitRate": "1.0000"}},
		{"value", key.with("ForeignCurrencyGrossValue", "100"), map[string]string{"QuantityOrdered": "10.0000", "ForeignCurrencyGrossUnitRate": "10.0000", "ForeignCurrencyGrossValue": "100.00"}},
		{"text", key.with("Description", "Other"), map[string]string{"Description": "Other", "ForeignCurrencyGrossValue": "2505.00"}},
		{"cost centre", key.with("CostCode", "01-200", "Completed", "Y"), map[string]string{"CostCode": "01-200", "CostType": "M", "Completed": "Y"}},
		{"discount", key.with("DiscountPercentage", "10"), map[string]string{"ForeignCurrencyNettValue": "2254.50", "NettUnitRate": "225.4500", "ForeignCurrencyGrossValue": "2505.00"}},
		{"discount amount", key.with("ForeignCurrencyDiscountAmount", "5"), map[string]string{"NettItemValue": "2500.00"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.stock()
			b.must(b.post("UpdateAPurchaseOrderItem", c.p))
			rows := b.must(b.get("PurchaseOrderItemListing", params{"OrderWorkId": "01", "Order": "PO1"}))
			if len(rows) != 1 {
				t.Fatalf("%d rows", len(rows))
			}
			columns(t, rows[0], c.want)
		})
	}
}

func TestSubcontractReadsBack(t *testing.T) {
	b := newBench(t)
	b.stock()
	columns(t, b.must(b.get("SubcontractListing", params{"WorkId": "01", "Order": "SC1"}))[0], map[string]string{
		"CurrentRetentionPercentage": "5.00", "ScheduleOfRatesOrLumpSum": "L", "Finalised": "N", "ContractStatus": "A", "AcceptedContractSum": "0.00", "StartDate": "",
	})
	columns(t, b.must(b.get("SubcontractItemListing", params{"Order": "SC1"}))[0], map[string]string{
		"WorkId": "01", "ItemNumber": "1", "Job": "1001", "CostingWorkId": "01", "OriginalBudgetQuantity": "1.0000",
		"ForeignCurrencyRate": "12000.0000", "ForeignCurrencyOriginalContractValue": "12000.00",
	})
	b.must(b.post("UpdateASubcontractItem", params{"WorkId": "01", "Order": "SC1", "ItemNumber": "1", "ForeignCurrencyOriginalContractValue": "11000.50"}))
	columns(t, b.must(b.get("SubcontractItemListing", params{"Order": "SC1"}))[0], map[string]string{
		"ForeignCurrencyRate": "11000.5000", "ForeignCurrencyOriginalContractValue": "11000.50",
	})
	b.must(b.post("UpdateASubcontract", params{"WorkId": "01", "Order": "SC1", "AcceptedContractSum": "11000.5", "Finalised": "Y"}))
	columns(t, b.must(b.get("SubcontractsForAJobListing", params{"WorkId": "01", "Job": "1001"}))[0], map[string]string{
		"AcceptedContractSum": "11000.50", "Finalised": "Y", "ContractStatus": "F",
	})
}

func TestCreditorKnowsItsSubcontracts(t *testing.T) {
	b := newBench(t)
	active := func(creditor string) string {
		return b.must(b.get("CreditorListing", params{"CreditorWorkId": "01", "Creditor": creditor}))[0]["ActiveSubcontractsExist"]
	}
	b.must(b.put("CreateANewSubcontract", subcontract()))
	if active("ELEC05") != "Y" || active("BOND02") != "N" {
		t.Error("after the create")
	}
	b.must(b.post("UpdateASubcontract", params{"WorkId": "01", "Order": "SC1", "Creditor": "BOND02"}))
	if active("ELEC05") != "N" || active("BOND02") != "Y" {
		t.Error("after the change of creditor")
	}
	b.must(b.post("UpdateASubcontract", params{"WorkId": "01", "Order": "SC1", "Finalised": "Y"}))
	if active("BOND02") != "N" {
		t.Error("after finalising")
	}
}

func TestVariationReadsBack(t *testing.T) {
	b := newBench(t)
	b.stock()
	b.must(b.put("CreateANewVariationItem", variationItem()))
	b.must(b.put("CreateANewVariationItem", variationItem().with("VariationItem", "2", "OrderItem", "-", "CostCode", "03-300", "CostType", "S")))
	b.must(b.put("CreateANewVariation", variation().with("Variation", "H1", "Type", "2", "ApprovedPrice", "-99.5")))
	b.must(b.put("CreateANewVariationItem", params{"WorkId": "01", "Job": "1001", "Variation": "H1", "CostCode": "04-100", "CostType": "M", "EstimatedPrice": "7"}))
	columns(t, b.must(b.get("VariationListing", params{"CostingWorkId": "01", "Job": "1001", "Variation": "H1"}))[0], map[string]string{
		"WorkId": "01", "CostingWorkId": "01", "Type": "2", "ApprovedPrice": "-99.50",
	})
	rows := b.must(b.get("VariationItemsForAnOrderListing", params{"OrderWorkId": "01", "Order": "SC1"}))
	if len(rows) != 2 {
		t.Fatalf("%d items on the order, want 2", len(rows))
	}
	columns(t, rows[0], map[string]string{"OrderItem": "1", "CostCode": "03-200", "CostType": "S", "SubcontractPriceApproved": "300.50", "DateApproved": "2026-11-20"})
	columns(t, rows[1], map[string]string{"OrderItem": "", "CostCode": "03-300", "VariationItem": "2"})
	rows = b.must(b.get("VariationItemListing", params{"CostingWorkId": "01", "Job": "1001", "Variation": "H1"}))
	columns(t, rows[0], map[string]string{"Order": "", "EstimatedPrice": "7.00", "VariationItem": "1", "CostCode": "04-100"})
}

func TestApprovedVariationMakesRoomForANegativeOne(t *testing.T) {
	b := newBench(t)
	b.stock()
	b.must(b.put("CreateANewVariationItem", variationItem()))
	credit := variationItem().with("VariationItem", "2", "SubcontractQuantityApproved", "-1", "SubcontractPriceApprovedRate", "12300.50")
	b.must(b.put("CreateANewVariationItem", credit))
	b.refused(b.put("CreateANewVariationItem", credit.with("VariationItem", "3", "SubcontractPriceApprovedRate", "0.01")), "negative")
}

func TestVariationOnAPurchaseOrder(t *testing.T) {
	b := newBench(t)
	b.stock()
	b.must(b.put("CreateANewVariationItem", variationItem().with("Order", "PO1")))
	columns(t, b.must(b.get("VariationItemListing", params{"CostingWorkId": "01"}))[0], map[string]string{"Order": "PO1", "CostCode": "02-100", "CostType": "M"})
}

func TestCentralCreditors(t *testing.T) {
	b := newBench(t)
	if err := b.sim.Seed(jobpacsim.Seed{Books: jobpacsim.Books{
		WorkIDs: []row{{"WorkId": "02", "CreditorWorkId": "01"}}, Jobs: []row{{"WorkId": "02", "Job": "2001"}},
	}}); err != nil {
		t.Fatal(err)
	}
	b.must(b.put("CreateANewPurchaseOrder", order().with("WorkId", "02", "Job", "2001")))
	columns(t, b.must(b.get("PurchaseOrderListing", params{"WorkId": "02"}))[0], map[string]string{"CreditorWorkId": "01", "CostingWorkId": "02"})
	b.must(b.put("CreateANewSubcontract", subcontract().with("WorkId", "02", "Job", "2001")))
	b.refused(b.put("CreateANewSubcontract", subcontract().with("WorkId", "02", "Job", "2001", "Order", "S2", "CreditorWorkId", "02")), "Creditor")
	b.must(b.put("CreateANewPurchaseOrder", order().with("WorkId", "02", "Order", "P2", "Job", "1001", "CostingWorkId", "01")))
}

func TestPurchaseOrderWithoutJob(t *testing.T) {
	b := newBench(t)
	b.must(b.put("CreateANewPurchaseOrder", order().with("Job", "-", "Creditor", "-")))
	b.refused(b.post("CreateANewPurchaseOrderItem", orderItem()), "Job is missing")
	b.must(b.post("CreateANewPurchaseOrderItem", orderItem().with("Job", "1001")))
}

func TestTaxCodesUnchecked(t *testing.T) {
	b := newBench(t)
	b.stock()
	b.change(func(s *jobpacsim.Settings) { s.CheckTaxCode, s.ContractSumCodes = false, nil })
	b.must(b.post("CreateANewPurchaseOrderItem", orderItem().with("OrderItem", "2", "TaxCode", "Z")))
	b.must(b.put("CreateANewSubcontract", subcontract().with("Order", "S2", "ScheduleOfRatesOrLumpSum", "XX")))
}
