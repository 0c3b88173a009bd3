package procoresim

import "fmt"

// Ids of the demo records.
const (
	DemoCompanyID     = 1_357_908_642
	DemoProjectID     = 2468
	DemoSubcontractID = 4101 // 3 lines, retainage 5 %
	DemoPurchaseID    = 4102 // 2 lines
	DemoRefusedID     = 4103 // a line on heading code 01-000
	DemoSubChangeID   = 7701 // on the subcontract
	DemoBuyChangeID   = 7702 // on the purchase order
	DemoInvoiceID     = 9301 // on the subcontract and its change order
)

// DemoSeed is one company with job 1001 of WorkID 01, six creditors, cost types L, M and S, and four sections of a heading NN-000 and five
// codes NN-100 to NN-500, all linked to the ERP under the origin ids of the connector. With types M and S these are forty cost centres.
func DemoSeed() Seed {
	seed := Seed{
		Companies: []Company{{ID: DemoCompanyID, Name: "Harbourside Constructions"}},
		Projects:  []Project{{ID: DemoProjectID, CompanyID: DemoCompanyID, Name: "Quay Street Apartments", Number: "1001", OriginID: "01|1001"}},
		LineItemTypes: []LineItemType{
			{ID: 330_101, CompanyID: DemoCompanyID, Code: "L", Name: "Labour", BaseType: "labor", OriginID: "L"},
			{ID: 330_102, CompanyID: DemoCompanyID, Code: "M", Name: "Materials", BaseType: "materials", OriginID: "M"},
			{ID: 330_103, CompanyID: DemoCompanyID, Code: "S", Name: "Subcontract", BaseType: "commitment", OriginID: "S"},
		},
	}
	for i, v := range []struct{ code, name string }{
		{"ACME01", "Acme Concrete"}, {"BOND02", "Bond Steel"}, {"CARP03", "Carpenters United"},
		{"DIRT04", "Dirt and Haulage"}, {"ELEC05", "Electrical Trades"}, {"FORM06", "Formwork Partners"},
	} {
		seed.Vendors = append(seed.Vendors, Vendor{ID: int64(7001 + i), CompanyID: DemoCompanyID, Name: v.name, OriginID: "01|" + v.code})
	}
	for section, name := range []string{"Preliminaries", "Groundworks", "Structure", "Services"} {
		seed.addSection(section+1, name)
	}
	return seed
}

// addSection adds the heading and the five codes of a section, to the company's list and to the project.
func (seed *Seed) addSection(section int, name string) {
	head := int64(section * 10)
	for n := range 6 {
		code, title := fmt.Sprintf("%02d-%d00", section, n), fmt.Sprintf("%s %d", name, n)
		parent := head
		if n == 0 {
			code, title, parent = fmt.Sprintf("%02d-000", section), name, 0
		}
		id := head + int64(n)
		std := StandardCostCode{ID: 310_100 + id, CompanyID: DemoCompanyID, Code: code, Name: title, OriginID: code}
		own := CostCode{ID: 320_100 + id, ProjectID: DemoProjectID, Code: code, Name: title, StandardCodeID: std.ID, OriginID: "01|1001|" + code}
		if parent != 0 {
			std.ParentID, own.ParentID = 310_100+parent, 320_100+parent
		}
		seed.StandardCodes, seed.CostCodes = append(seed.StandardCodes, std), append(seed.CostCodes, own)
	}
}

// DemoDocuments are the documents of the demo, approved and not yet exported: a subcontract of three lines with 5 % retainage, a purchase
// order of two lines, a change order on each, a subcontract that must be refused because one line stands on a heading, and an invoice on the
// subcontract and its change order with 5 % retention.
func DemoDocuments() Seed {
	return Seed{Commitments: []Commitment{demoSubcontract(), demoPurchase(), demoRefused()}, ChangeOrders: demoChanges(), Requisitions: []Requisition{demoInvoice()}}
}

func demoSubcontract() Commitment {
	return Commitment{
		ID: DemoSubcontractID, ProjectID: DemoProjectID, Type: WorkOrderContract, Number: "SC0001", Title: "Concrete works", Status: "Approved",
		Executed: true, RetainagePercent: "5.0", VendorID: 7001, ContractDate: "2026-07-01", ContractStartDate: "2026-07-15",
		ContractEstimatedCompletion: "2026-12-18", CurrencyISOCode: "AUD", Description: "Supply and place concrete to ground floor",
		Lines: []Line{
			{ID: 510_101, Description: "Footings", Amount: "48000.00", CostCode: "02-100", CostType: "S", UOM: "ls"},
			{ID: 510_102, Description: "Slab on ground", Quantity: "320.0", UnitCost: "185.50", CostCode: "02-200", CostType: "S", UOM: "m2"},
			{ID: 510_103, Description: "Columns", Amount: "21750.75", CostCode: "03-100", CostType: "S", UOM: "ls"},
		},
	}
}

func demoPurchase() Commitment {
	return Commitment{
		ID: DemoPurchaseID, ProjectID: DemoProjectID, Type: PurchaseOrderContract, Number: "PO0001", Title: "Reinforcing steel", Status: "Approved",
		Executed: true, RetainagePercent: "0.0", VendorID: 7002, ContractDate: "2026-07-02", DeliveryDate: "2026-07-20", CurrencyISOCode: "AUD",
		Lines: []Line{
			{ID: 510_201, Description: "N12 bars", Quantity: "12.5", UnitCost: "1980.00", CostCode: "03-200", CostType: "M", UOM: "t"},
			{ID: 510_202, Description: "SL82 mesh", Quantity: "60.0", UnitCost: "94.30", CostCode: "03-300", CostType: "M", UOM: "ea"},
		},
	}
}

func demoRefused() Commitment {
	return Commitment{
		ID: DemoRefusedID, ProjectID: DemoProjectID, Type: WorkOrderContract, Number: "SC0002", Title: "Site sheds", Status: "Approved",
		Executed: true, RetainagePercent: "5.0", VendorID: 7003, ContractDate: "2026-07-03", CurrencyISOCode: "AUD",
		Lines: []Line{
			{ID: 510_301, Description: "Set up", Amount: "9000.00", CostCode: "01-100", CostType: "S", UOM: "ls"},
			{ID: 510_302, Description: "General items", Amount: "1500.00", CostCode: "01-000", CostType: "S", UOM: "ls"},
		},
	}
}

func demoChanges() []ChangeOrder {
	return []ChangeOrder{
		{ID: DemoSubChangeID, CommitmentID: DemoSubcontractID, Number: "001", Title: "Deeper footings", Status: "approved", Executed: true,
			Lines: []Line{{ID: 510_401, Description: "Extra depth", Amount: "6200.00", CostCode: "02-100", CostType: "S", UOM: "ls", CommitmentLineID: 510_101}}},
		{ID: DemoBuyChangeID, CommitmentID: DemoPurchaseID, Number: "001", Title: "More bars", Status: "approved", Executed: true,
			Lines: []Line{{ID: 510_501, Description: "N12 bars, second load", Quantity: "2.0", UnitCost: "1980.00", CostCode: "03-200", CostType: "M", UOM: "t", CommitmentLineID: 510_201}}},
	}
}

func demoInvoice() Requisition {
	return Requisition{
		ID: DemoInvoiceID, CommitmentID: DemoSubcontractID, InvoiceNumber: "INV-1", Status: "approved", BillingDate: "2026-08-31", PaymentDue: "2026-09-30",
		Items: []RequisitionItem{
			{ID: 530_101, LineID: 510_101, Amount: "24000.00", RetainedWork: "1200.00"},
			{ID: 530_102, LineID: 510_401, Amount: "3100.00", RetainedWork: "155.00"},
		},
	}
}
