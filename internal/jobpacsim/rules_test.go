package jobpacsim_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/jobpacsim"
)

type row = jobpacsim.Row

var nothing = func(*bench) {}

func editJob(column, value string) func(*bench) {
	return func(b *bench) { b.edit("jobs", row{"WorkId": "01", "Job": "1001"}, row{column: value}) }
}

func editCreditor(column, value string) func(*bench) {
	return func(b *bench) { b.edit("creditors", row{"Creditor": "ACME01"}, row{column: value}) }
}

func editCentre(column, value string) func(*bench) {
	return func(b *bench) {
		b.edit("cost_centres", row{"Job": "1001", "CostCode": "02-100", "CostType": "M"}, row{column: value})
	}
}

// refusalCase is a call that must be refused in these words.
type refusalCase struct {
	name   string
	before func(*bench)
	call   string
	p      params
	words  string
}

const (
	newPO, newItem   = "PUT CreateANewPurchaseOrder", "POST CreateANewPurchaseOrderItem"
	newSC, newSCItem = "PUT CreateANewSubcontract", "PUT CreateANewSubcontractItem"
	newV, newVItem   = "PUT CreateANewVariation", "PUT CreateANewVariationItem"
)

// row 7: widths and forms
func formRefusals() []refusalCase {
	po := order().with("Order", "PO2")
	item := orderItem().with("OrderItem", "2")
	sc := subcontract().with("Order", "SC2")
	vo := variation().with("Variation", "V2")
	return []refusalCase{
		{"order too long", nothing, newPO, po.with("Order", "ORDER678901"), "longer than 10"},
		{"work id too long", nothing, newPO, po.with("WorkId", "0001"), "longer than 3"},
		{"job too long", nothing, newPO, po.with("Job", "1001001"), "longer than 6"},
		{"creditor too long", nothing, newPO, po.with("Creditor", "ACME01TE"), "longer than 6"},
		{"description too long", nothing, newPO, po.with("Description", strings.Repeat("d", 51)), "longer than 50"},
		{"unit too long", nothing, newItem, item.with("UnitOfMeasure", "METRE"), "longer than 4"},
		{"cost code too long", nothing, newItem, item.with("CostCode", "02-100-99"), "longer than 8"},
		{"cost type too long", nothing, newItem, item.with("CostType", "MATL"), "longer than 3"},
		{"variation too long", nothing, newV, vo.with("Variation", "V000001"), "longer than 6"},
		{"item with letters", nothing, newItem, item.with("OrderItem", "1A"), "whole number"},
		{"item zero", nothing, newItem, item.with("OrderItem", "0"), "at least 1"},
		{"item too high", nothing, newItem, item.with("OrderItem", "12345"), "at most 4 digits"},
		{"code not ASCII", nothing, newPO, po.with("Order", "PÖ2"), "ASCII"},
		{"line end in text", nothing, newPO, po.with("Description", "two\nlines"), "control characters"},
		{"text outside the character set", nothing, newPO, po.with("Description", "日本"), "latin1"},
		{"flag", nothing, "POST UpdateAPurchaseOrder", params{"WorkId": "01", "Order": "PO1", "Complete": "true"}, "Y or N"},
		{"letter of the contract sum", nothing, newSC, sc.with("ScheduleOfRatesOrLumpSum", "X"), "ScheduleOfRatesOrLumpSum"},
	}
}

// row 8: dates and numbers
func valueRefusals() []refusalCase {
	po := order().with("Order", "PO2")
	item := orderItem().with("OrderItem", "2")
	sc := subcontract().with("Order", "SC2")
	return []refusalCase{
		{"date order", nothing, newPO, po.with("OrderDate", "22/11/2026"), "yyyy-mm-dd"},
		{"no such day", nothing, newPO, po.with("OrderDate", "2026-02-30"), "yyyy-mm-dd"},
		{"date with time", nothing, newSC, sc.with("StartDate", "2026-02-03T00:00:00Z"), "yyyy-mm-dd"},
		{"thousands separator", nothing, newItem, item.with("QuantityOrdered", "1,000"), "plain number"},
		{"exponent", nothing, newItem, item.with("QuantityOrdered", "1e3"), "plain number"},
		{"no digit before the point", nothing, newItem, item.with("QuantityOrdered", ".5"), "plain number"},
		{"too many decimals of a rate", nothing, newItem, item.with("ForeignCurrencyGrossUnitRate", "1.00001"), "at most 4 decimals"},
		{"too many decimals of an amount", nothing, newSC, sc.with("AcceptedContractSum", "1.001"), "at most 2 decimals"},
		{"too many digits", nothing, newItem, item.with("QuantityOrdered", "123456789012"), "at most 11 digits"},
		{"product too large", nothing, newItem, item.with("QuantityOrdered", "99999999999", "ForeignCurrencyGrossUnitRate", "10"), "do not fit"},
		{"value off by two cents", nothing, newItem, item.with("ForeignCurrencyGrossValue", "2505.02"), "2505.00"},
		{"retention above 100", nothing, newSC, sc.with("CurrentRetentionPercentage", "100.01"), "between 0 and 100"},
		{"retention below 0", nothing, newSC, sc.with("CurrentRetentionPercentage", "-1"), "between 0 and 100"},
	}
}

// rows 9 and 11: numbers
func numberRefusals() []refusalCase {
	po := order().with("Order", "PO2")
	item := orderItem().with("OrderItem", "2")
	sc := subcontract().with("Order", "SC2")
	return []refusalCase{
		{"order twice", nothing, newPO, order(), "already exists"},
		{"subcontract twice", nothing, newSC, subcontract(), "already exists"},
		{"purchase order on a subcontract's number", nothing, newPO, po.with("Order", "sc1"), "already exists"},
		{"subcontract on a purchase order's number", nothing, newSC, sc.with("Order", " PO1 "), "already exists"},
		{"item twice", nothing, newItem, item.with("OrderItem", "001"), "already exists"},
		{"subcontract item twice", nothing, newSCItem, subcontractItem(), "already exists"},
		{"variation twice", nothing, newV, variation(), "already exists"},
	}
}

// row 12: job and cost centre
func centreRefusals() []refusalCase {
	po := order().with("Order", "PO2")
	item := orderItem().with("OrderItem", "2")
	sc := subcontract().with("Order", "SC2")
	scItem := subcontractItem().with("ItemNumber", "2")
	vo := variation().with("Variation", "V2")
	voItem := variationItem()
	return []refusalCase{
		{"unknown work id", nothing, newPO, po.with("WorkId", "99"), "WorkID does not exist"},
		{"unknown job", nothing, newPO, po.with("Job", "9999"), "Job"},
		{"job inactive", editJob("Active", "N"), newPO, po, "not active"},
		{"job status", editJob("Status", "C"), newSC, sc, "not active"},
		{"job takes no costs", editJob("AllowCostUpdates", "N"), newItem, item, "cost updates"},
		{"job financially complete", editJob("FinanciallyComplete", "Y"), newV, vo, "financially complete"},
		{"job complete for a variation item", editJob("FinanciallyComplete", "Y"), newVItem, voItem, "financially complete"},
		{"unknown cost code", nothing, newItem, item.with("CostCode", "09-999"), "not a cost centre"},
		{"cost type not on the code", nothing, newSCItem, scItem.with("CostCode", "03-500", "CostType", "L"), "not a cost centre"},
		{"heading", nothing, newItem, item.with("CostCode", "02-000"), "heading"},
		{"heading on a subcontract", nothing, newSCItem, scItem.with("CostCode", "02-000"), "heading"},
		{"cost centre closed", editCentre("Status", "C"), newItem, item, "closed"},
		{"cost centre takes no costs", editCentre("AllowCostUpdates", "N"), newItem, item, "closed"},
	}
}

// row 29: creditors
func creditorRefusals() []refusalCase {
	po := order().with("Order", "PO2")
	sc := subcontract().with("Order", "SC2")
	return []refusalCase{
		{"unknown creditor", nothing, newPO, po.with("Creditor", "NOONE"), "Creditor"},
		{"payments stopped", editCreditor("StopPayments", "Y"), newPO, po, "stopped"},
		{"creditor inactive", editCreditor("Status", "I"), newSC, sc.with("Creditor", "ACME01"), "not active"},
		{"update to a stopped creditor", editCreditor("StopPayments", "Y"), "POST UpdateASubcontract", params{"WorkId": "01", "Order": "SC1", "Creditor": "ACME01"}, "stopped"},
		{"update of an order to an unknown creditor", nothing, "POST UpdateAPurchaseOrder", params{"WorkId": "01", "Order": "PO1", "Creditor": "NOONE"}, "Creditor"},
	}
}

// row 13: headers and items
func headerRefusals() []refusalCase {
	item := orderItem().with("OrderItem", "2")
	scItem := subcontractItem().with("ItemNumber", "2")
	voItem := variationItem()
	updateItem := params{"OrderWorkId": "01", "Order": "PO1", "OrderItem": "1"}
	updateSCItem := params{"WorkId": "01", "Order": "SC1", "ItemNumber": "1"}
	return []refusalCase{
		{"item without header", nothing, newItem, item.with("Order", "PO9"), "create its header first"},
		{"subcontract item without header", nothing, newSCItem, scItem.with("Order", "SC9"), "create its header first"},
		{"variation item without header", nothing, newVItem, voItem.with("Variation", "V9"), "create its header first"},
		{"purchase order item on a subcontract", nothing, newItem, item.with("Order", "SC1"), "is a subcontract"},
		{"subcontract item on a purchase order", nothing, newSCItem, scItem.with("Order", "PO1"), "is a purchase order"},
		{"update of no order", nothing, "POST UpdateAPurchaseOrder", params{"WorkId": "01", "Order": "PO9"}, "does not exist"},
		{"update of no subcontract", nothing, "POST UpdateASubcontract", params{"WorkId": "01", "Order": "SC9"}, "does not exist"},
		{"update of no item", nothing, "POST UpdateAPurchaseOrderItem", updateItem.with("OrderItem", "9"), "not on order"},
		{"update of no subcontract item", nothing, "POST UpdateASubcontractItem", updateSCItem.with("ItemNumber", "9"), "not on order"},
		{"move of an item to a heading", nothing, "POST UpdateAPurchaseOrderItem", updateItem.with("CostCode", "02-000"), "heading"},
		{"update with another value", nothing, "POST UpdateAPurchaseOrderItem", updateItem.with("QuantityOrdered", "5", "ForeignCurrencyGrossValue", "2505"), "1252.50"},
		{"complete order", func(b *bench) { b.edit("purchase_orders", row{"Order": "PO1"}, row{"Complete": "Y"}) }, newItem, item, "complete"},
		{"finalised subcontract", func(b *bench) { b.edit("subcontracts", row{"Order": "SC1"}, row{"Finalised": "Y"}) }, newSCItem, scItem, "finalised"},
		{"item on another job than the subcontract's", secondJob, newSCItem, scItem.with("Job", "1002"), "not the subcontract's job"},
	}
}

// row 16: totals
func totalRefusals() []refusalCase {
	item := orderItem().with("OrderItem", "2")
	scItem := subcontractItem().with("ItemNumber", "2")
	voItem := variationItem()
	updateItem := params{"OrderWorkId": "01", "Order": "PO1", "OrderItem": "1"}
	return []refusalCase{
		{"order below zero", nothing, newItem, item.with("QuantityOrdered", "-10.01"), "may not be negative"},
		{"subcontract below zero", nothing, newSCItem, scItem.with("ForeignCurrencyRate", "-12000.01"), "may not be negative"},
		{"variation takes the subcontract below zero", nothing, newVItem, voItem.with("SubcontractQuantityApproved", "-80"), "may not be negative"},
		{"update takes the order below zero", nothing, "POST UpdateAPurchaseOrderItem", updateItem.with("QuantityOrdered", "-1"), "may not be negative"},
	}
}

// row 17: variations
func variationRefusals() []refusalCase {
	vo := variation().with("Variation", "V2")
	voItem := variationItem()
	return []refusalCase{
		{"variation type", nothing, newV, vo.with("Type", "3"), "variation type"},
		{"type 1 without order", nothing, newVItem, voItem.with("Order", "-", "OrderItem", "-"), "Order is missing"},
		{"order item without order", nothing, newVItem, voItem.with("Order", "-"), "without Order"},
		{"unknown order", nothing, newVItem, voItem.with("Order", "SC9"), "does not exist"},
		{"unknown order item", nothing, newVItem, voItem.with("OrderItem", "9"), "not on order"},
		{"neither item nor cost centre", nothing, newVItem, voItem.with("OrderItem", "-"), "CostCode and CostType"},
		{"cost type missing", nothing, newVItem, voItem.with("OrderItem", "-", "CostCode", "03-300"), "CostCode and CostType"},
		{"new cost centre is a heading", nothing, newVItem, voItem.with("OrderItem", "-", "CostCode", "03-000", "CostType", "S"), "heading"},
		{"another cost centre than the item's", nothing, newVItem, voItem.with("CostCode", "03-300", "CostType", "S"), "not on 03-300"},
		{"price is not quantity x rate", nothing, newVItem, voItem.with("SubcontractPriceApproved", "300"), "300.50"},
		{"type 2 with order", func(b *bench) { b.edit("variations", row{"Variation": "V00001"}, row{"Type": "2"}) }, newVItem, voItem, "head contract"},
		{"variation of a finalised subcontract", func(b *bench) { b.edit("subcontracts", row{"Order": "SC1"}, row{"Finalised": "Y"}) }, newVItem, voItem, "finalised"},
		{"order of another job", secondJobVariation, newVItem, voItem.with("Job", "1002"), "belongs to job"},
	}
}

// row 23: GST codes
func taxRefusals() []refusalCase {
	item := orderItem().with("OrderItem", "2")
	updateItem := params{"OrderWorkId": "01", "Order": "PO1", "OrderItem": "1"}
	return []refusalCase{
		{"unknown tax code", nothing, newItem, item.with("TaxCode", "Z"), "GST code"},
		{"update to an unknown tax code", nothing, "POST UpdateAPurchaseOrderItem", updateItem.with("TaxCode", "Z"), "GST code"},
	}
}

// Every case starts from stock() and must be refused without changing a book.
func TestRefusals(t *testing.T) {
	for _, c := range slices.Concat(
		formRefusals(), valueRefusals(), numberRefusals(), centreRefusals(), creditorRefusals(),
		headerRefusals(), totalRefusals(), variationRefusals(), taxRefusals(),
	) {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.stock()
			c.before(b)
			before := b.sim.State().Books
			method, operation, _ := strings.Cut(c.call, " ")
			b.refused(b.call(method, operation, c.p), c.words)
			sameBooks(t, before, b.sim.State().Books)
		})
	}
}

func secondJob(b *bench) {
	b.t.Helper()
	if err := b.sim.Seed(jobpacsim.Seed{Books: jobpacsim.Books{
		Jobs:        []row{{"WorkId": "01", "Job": "1002"}},
		CostCentres: []row{{"CostingWorkId": "01", "Job": "1002", "CostCode": "03-200", "CostType": "S"}},
	}}); err != nil {
		b.t.Fatal(err)
	}
}

func secondJobVariation(b *bench) {
	secondJob(b)
	b.must(b.put("CreateANewVariation", variation().with("Job", "1002")))
}

func TestRefusedWriteAsARow(t *testing.T) {
	b := newBench(t)
	b.change(func(s *jobpacsim.Settings) { s.WriteRefusal = jobpacsim.AnswerRow })
	a := b.put("CreateANewPurchaseOrder", order().with("Job", "9999"))
	if a.status != http.StatusOK || len(a.rows) != 1 || a.rows[0]["Order"] != "PO1" || !strings.Contains(a.rows[0]["ErrorMessage"], "9999") {
		t.Errorf("%d %s", a.status, a.text)
	}
	b.refused(b.put("CreateANewPurchaseOrder", order().with("Nonsense", "x")), "Nonsense")
}

func TestDuplicatesAccepted(t *testing.T) {
	b := newBench(t)
	b.change(func(s *jobpacsim.Settings) {
		s.DuplicateNumber = jobpacsim.DuplicateAccept
		s.DuplicateKeys = map[string]string{"variation": jobpacsim.DuplicateRefuse}
	})
	b.stock()
	b.must(b.put("CreateANewPurchaseOrder", order().with("Description", "again")))
	b.must(b.post("CreateANewPurchaseOrderItem", orderItem()))
	b.must(b.put("CreateANewSubcontract", subcontract()))
	b.must(b.put("CreateANewSubcontractItem", subcontractItem()))
	b.must(b.put("CreateANewVariationItem", variationItem()))
	b.must(b.put("CreateANewVariationItem", variationItem()))
	b.refused(b.put("CreateANewVariation", variation()), "already exists")
	want := jobpacsim.Counts{PurchaseOrders: 2, PurchaseOrderItems: 2, Subcontracts: 2, SubcontractItems: 2, Variations: 1, VariationItems: 2}
	got := b.sim.Counts()
	got.Calls, got.Logins = nil, 0
	if got.PurchaseOrders != want.PurchaseOrders || got.PurchaseOrderItems != want.PurchaseOrderItems || got.Subcontracts != want.Subcontracts ||
		got.SubcontractItems != want.SubcontractItems || got.Variations != want.Variations || got.VariationItems != want.VariationItems {
		t.Errorf("counts %+v, want %+v", got, want)
	}
	rows := b.must(b.get("PurchaseOrderListing", params{"WorkId": "01", "Order": "PO1"}))
	if len(rows) != 2 || rows[0]["Description"] != "Concrete" || rows[1]["Description"] != "again" {
		t.Errorf("the doubled order shows as %v", rows)
	}
	b.must(b.post("UpdateAPurchaseOrder", order().with("Job", "-", "RequisitionNumber", "R1")))
	rows = b.must(b.get("PurchaseOrderListing", params{"WorkId": "01", "Order": "PO1"}))
	if rows[0]["RequisitionNumber"] != "R1" || rows[1]["RequisitionNumber"] != "" {
		t.Errorf("an update changes the first of two: %v", rows)
	}
}

func TestOneKindOfDuplicateAccepted(t *testing.T) {
	b := newBench(t)
	b.stock()
	b.change(func(s *jobpacsim.Settings) { s.DuplicateKeys = map[string]string{"item": jobpacsim.DuplicateAccept} })
	b.must(b.post("CreateANewPurchaseOrderItem", orderItem()))
	b.refused(b.put("CreateANewPurchaseOrder", order()), "already exists")
}

func TestNextFreeNumbers(t *testing.T) {
	b := newBench(t)
	b.must(b.put("CreateANewPurchaseOrder", order().with("Order", "100001")))
	sc := b.must(b.put("CreateANewSubcontract", subcontract().with("Order", "-")))
	po := b.must(b.put("CreateANewPurchaseOrder", order().with("Order", "-")))
	if sc[0]["Order"] != "100002" || po[0]["Order"] != "100003" {
		t.Fatalf("numbers %v and %v", sc, po)
	}
	b.must(b.put("CreateANewSubcontractItem", subcontractItem().with("Order", "100002", "ItemNumber", "7")))
	item := b.must(b.put("CreateANewSubcontractItem", subcontractItem().with("Order", "100002", "ItemNumber", "-")))
	if item[0]["ItemNumber"] != "8" {
		t.Errorf("item %v", item)
	}
	b.must(b.put("CreateANewVariation", variation()))
	item = b.must(b.put("CreateANewVariationItem", variationItem().with("VariationItem", "-", "Order", "100002", "OrderItem", "7")))
	if item[0]["VariationItem"] != "1" {
		t.Errorf("variation item %v", item)
	}
}

func TestOverLongCut(t *testing.T) {
	b := newBench(t)
	b.change(func(s *jobpacsim.Settings) { s.OverLong = jobpacsim.OverLongCut })
	b.must(b.put("CreateANewPurchaseOrder", order().with("Order", "ORDER678901", "Description", strings.Repeat("d", 60))))
	got := b.sim.State().PurchaseOrders[0]
	if got["Order"] != "ORDER67890" || len(got["Description"]) != 50 {
		t.Errorf("kept %v", got)
	}
	b.refused(b.post("CreateANewPurchaseOrderItem", orderItem().with("OrderItem", "12345")), "4 digits")
}

func TestWidthsAreSettings(t *testing.T) {
	b := newBench(t)
	b.change(func(s *jobpacsim.Settings) { s.Widths["Order"] = 12 })
	b.must(b.put("CreateANewPurchaseOrder", order().with("Order", "ORDER6789012")))
	b.change(func(s *jobpacsim.Settings) { s.TextCharacters = jobpacsim.CharactersASCII })
	b.refused(b.put("CreateANewPurchaseOrder", order().with("Order", "P2", "Description", "Café")), "ascii")
	b.change(func(s *jobpacsim.Settings) { s.TextCharacters = jobpacsim.CharactersAny })
	b.must(b.put("CreateANewPurchaseOrder", order().with("Order", "P2", "Description", "Café 日本")))
}
