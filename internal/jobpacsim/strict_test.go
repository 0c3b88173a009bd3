package jobpacsim_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/jobpacsim"
)

func TestPathAndVerb(t *testing.T) {
	b := newBench(t)
	for _, path := range []string{"/NoSuchListing", "/JobListing/", "/joblisting", "/", "/sim/state"} {
		if a := b.send(http.MethodGet, b.api+path, nil); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	a := b.post("CreateANewPurchaseOrder", order())
	if a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") != http.MethodPut {
		t.Errorf("POST for PUT: %d, Allow %q", a.status, a.header.Get("Allow"))
	}
	if a := b.put("CreateANewPurchaseOrderItem", orderItem()); a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") != http.MethodPost {
		t.Errorf("PUT for POST: %d, Allow %q", a.status, a.header.Get("Allow"))
	}
	if got := b.lastCall(); got.Outcome != "wrong verb" || got.Operation != "CreateANewPurchaseOrderItem" {
		t.Errorf("journal line %+v", got)
	}
}

func TestArguments(t *testing.T) {
	b := newBench(t)
	b.refused(b.put("CreateANewPurchaseOrder", order().with("Describtion", "x")), `"Describtion"`)
	b.refused(b.put("CreateANewPurchaseOrder", order().with("workid", "01")), `"workid"`)
	b.refused(b.put("CreateANewPurchaseOrder", order().with("WorkId", "-")), "WorkId of CreateANewPurchaseOrder is required")
	b.refused(b.put("CreateANewPurchaseOrder", order().with("WorkId", "  ")), "WorkId of CreateANewPurchaseOrder is required")
	b.refused(b.send(http.MethodPut, b.address("CreateANewPurchaseOrder", order()), nil), "Token")
	b.refused(b.send(http.MethodPut, b.address("CreateANewPurchaseOrder", order().with("Token", b.token))+"&Order=PO2", nil), "Order is given 2 times")
	b.refused(b.send(http.MethodPut, b.api+"/CreateANewPurchaseOrder?Token=%zz", nil), "query string")
	b.refused(b.get("PurchaseOrderItemListing", params{"WorkId": "01"}), `"WorkId"`) // its name there is OrderWorkId
	b.refused(b.get("PurchaseOrderItemListing", params{}), "OrderWorkId")
	if n := b.sim.Counts().PurchaseOrders; n != 0 {
		t.Errorf("%d orders from refused calls", n)
	}
}

func TestLenientIgnoresUnknownOnly(t *testing.T) {
	b := newBench(t)
	b.change(func(s *jobpacsim.Settings) { s.Strict = false })
	b.must(b.put("CreateANewPurchaseOrder", order().with("Describtion", "x")))
	b.refused(b.put("CreateANewPurchaseOrder", order().with("WorkId", "-", "Order", "PO2")), "WorkId")
	b.refused(b.send(http.MethodPut, b.address("CreateANewPurchaseOrder", order().with("Token", b.token))+"&Order=PO2", nil), "2 times")
	if row := b.sim.State().PurchaseOrders[0]; row["Describtion"] != "" {
		t.Errorf("unknown name kept: %v", row)
	}
}

func TestBodyIsIgnored(t *testing.T) {
	b := newBench(t)
	b.must(b.send(http.MethodPut, b.address("CreateANewPurchaseOrder", order().with("Token", b.token)), []byte(`{"Order":"OTHER"}`)))
	if got := b.sim.State().PurchaseOrders[0]["Order"]; got != "PO1" {
		t.Errorf("order %q", got)
	}
}

// Every parameter that a create takes comes back in its listing.
func TestEveryParameterIsKept(t *testing.T) {
	b := newBench(t)
	b.stock()
	creates := map[string]struct {
		send func(string, params) answer
		p    params
	}{
		"CreateANewPurchaseOrder":     {b.put, order().with("Order", "P2")},
		"CreateANewPurchaseOrderItem": {b.post, orderItem().with("OrderItem", "2")},
		"CreateANewSubcontract":       {b.put, subcontract().with("Order", "S2")},
		"CreateANewSubcontractItem":   {b.put, subcontractItem().with("ItemNumber", "2")},
		"CreateANewVariation":         {b.put, variation().with("Variation", "V2")},
		"CreateANewVariationItem":     {b.put, variationItem()},
	}
	for name, c := range creates {
		full := fill(t, name, c.p)
		b.must(c.send(name, full))
		kept := findRow(b, name, full)
		for param, sent := range full {
			if param == "WorkId" && name == "CreateANewPurchaseOrderItem" {
				param = "OrderWorkId"
			}
			if got := kept[param]; got == "" || !sameValue(got, sent) {
				t.Errorf("%s: %s was sent as %q and is kept as %q", name, param, sent, got)
			}
		}
	}
}

// fill gives a value to every parameter of the operation table that p leaves out.
func fill(t *testing.T, operation string, p params) params {
	t.Helper()
	full := p.with()
	for _, name := range parametersOf(t, operation) {
		if _, ok := full[name]; !ok {
			if value := sample(name); value != "" {
				full[name] = value
			}
		}
	}
	return full
}

// sample gives a plausible value by the name's look; "" where rules tie the name to others.
func sample(name string) string {
	fixed := map[string]string{
		"Token": "", "CostingWorkId": "01", "CreditorWorkId": "01", "AssetWorkId": "01", "Job": "1001", "CostCode": "03-200", "CostType": "S",
		"DefectsPeriod": "12", "ForeignCurrencyGrossValue": "2505.00", "ExtensionOfTime": "3.5", "EstimatedQuantity": "2", "EstimatedRate": "3",
		"EstimatedPrice": "6", "SubcontractQuantityPriceReceived": "2", "SubcontractPriceReceivedRate": "4", "SubcontractPriceReceived": "8",
		"SubcontractPriceApproved": "300.5", "Quantity": "2.25", "TaxCode": "G", "RelatedHeadContractVariation": "H1", "CurrentRetention": "10.5",
		"RetentionCashBank": "C", "ReviewByDate": "2026-12-31", "OrderItem": "1", "SubjectToRiseAndFall": "Y",
	}
	if value, ok := fixed[name]; ok {
		return value
	}
	return sampleByEnding(name)
}

func sampleByEnding(name string) string {
	endings := []struct{ part, value string }{
		{"Date", "2026-12-01"}, {"Rate", "1.2345"}, {"Percentage", "2.5"}, {"PercentageOf", "2.5"},
		{"Price", "12.34"}, {"Amount", "12.34"}, {"Sum", "12.34"}, {"Sums", "12.34"}, {"Retention", "12.34"}, {"Budget", "12.34"}, {"Cost", "12.34"},
		{"Committed", "12.34"}, {"Value", "12.34"}, {"Reimbursement", "12.34"}, {"SalesTax", "1.5"},
	}
	flags := "EstimateOnly IncludeInTaxablePayments Estimate UsePaymentSchedule RecipientSuppliedInvoice QualifiesForHeldInTrustReporting " +
		"PaymentsIncludedinTaxablePaymentsReporting UsesEnergyModule SetValuationToAuthorisedAmount FaxOrEmailRecipientCreatedTaxInvoice " +
		"IsThisItemPartOfTheOriginalWorks UpdateHistory FormalAssessmentDone ProceedUnapprovedSubcontract"
	switch {
	case strings.Contains(" "+flags+" ", " "+name+" "):
		return "Y"
	case strings.HasPrefix(name, "Date"):
		return "2026-12-01"
	case name == "RateType" || name == "RetentionBasedOn" || name == "ValuationMethod" || name == "OrderType" || name == "ContractType" ||
		name == "MaximumRetentionCalculationMethod" || name == "Status":
		return "A"
	case name == "PercentageOfBudgetCommitted":
		return "2.5"
	}
	for _, e := range endings {
		if strings.HasSuffix(name, e.part) {
			return e.value
		}
	}
	return "X1"
}

func parametersOf(t *testing.T, operation string) []string {
	t.Helper()
	table, err := os.ReadFile("operations.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(table)) {
		if cells := strings.Split(line, "\t"); len(cells) > 2 && cells[1] == "/"+operation {
			return strings.Fields(strings.ReplaceAll(cells[2], "*", ""))
		}
	}
	t.Fatalf("no operation %s", operation)
	return nil
}

func findRow(b *bench, create string, sent params) map[string]string {
	b.t.Helper()
	var rows []map[string]string
	switch create {
	case "CreateANewPurchaseOrder":
		rows = b.must(b.get("PurchaseOrderListing", params{"WorkId": "01", "Order": sent["Order"]}))
	case "CreateANewPurchaseOrderItem":
		rows = b.must(b.get("PurchaseOrderItemListing", params{"OrderWorkId": "01", "Order": "PO1", "OrderItem": sent["OrderItem"]}))
	case "CreateANewSubcontract":
		rows = b.must(b.get("SubcontractListing", params{"WorkId": "01", "Order": sent["Order"]}))
	case "CreateANewSubcontractItem":
		rows = b.must(b.get("SubcontractItemListing", params{"Order": "SC1"}))[1:]
	case "CreateANewVariation":
		rows = b.must(b.get("VariationListing", params{"CostingWorkId": "01", "Job": "1001", "Variation": sent["Variation"]}))
	default:
		rows = b.must(b.get("VariationItemListing", params{"CostingWorkId": "01", "Job": "1001", "Variation": "V00001"}))
	}
	if len(rows) != 1 {
		b.t.Fatalf("%s: %d rows", create, len(rows))
	}
	return rows[0]
}

// sameValue compares what was sent with the kept form: numbers get more zeros, codes upper case.
func sameValue(kept, sent string) bool {
	if strings.EqualFold(kept, sent) {
		return true
	}
	if !strings.Contains(kept, ".") {
		return false
	}
	if !strings.Contains(sent, ".") {
		sent += "."
	}
	return kept == sent+strings.Repeat("0", max(0, len(kept)-len(sent)))
}
