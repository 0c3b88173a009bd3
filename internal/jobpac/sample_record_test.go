package jobpac

import "github.com/procpac/procpac/internal/erp"

// The documents of the samples.

func sampleJob() erp.JobKey           { return erp.JobKey{WorkID: "01", Job: "1001"} }
func samplePO() erp.OrderKey          { return erp.OrderKey{WorkID: "01", Order: "PO-2001"} }
func sampleSC() erp.OrderKey          { return erp.OrderKey{WorkID: "01", Order: "SC-1001"} }
func sampleSupplier() erp.CreditorKey { return erp.CreditorKey{WorkID: "01", Creditor: "ACME01"} }
func sampleBuilder() erp.CreditorKey  { return erp.CreditorKey{WorkID: "01", Creditor: "BOND02"} }
func sampleClaim() erp.ClaimKey {
	return erp.ClaimKey{WorkID: "01", Order: "SC-1001", Invoice: "INV-7"}
}
func sampleInvoice() erp.ClaimKey {
	return erp.ClaimKey{WorkID: "01", Order: "PO-2001", Invoice: "INV-8"}
}
func money(cents erp.Money) *erp.Money { return &cents }

func sampleCentre(code, costType string) erp.CostCentreKey {
	return erp.CostCentreKey{JobKey: sampleJob(), CostCode: code, CostType: costType}
}

func sampleVariation(number string) erp.VariationKey {
	return erp.VariationKey{WorkID: "01", Job: "1001", Variation: number}
}

// sampleWrites are the writes that samples answer, by the names of the calls.
func sampleWrites() map[string]erp.Write {
	writes := map[string]erp.Write{}
	for _, part := range []map[string]erp.Write{purchaseOrderWrites(), subcontractWrites(), variationWrites(), claimWrites(), invoiceWrites()} {
		for name, w := range part {
			writes[name] = w
		}
	}
	return writes
}

func purchaseOrderWrites() map[string]erp.Write {
	header := erp.Order{
		OrderKey: samplePO(), Job: sampleJob(), Creditor: sampleSupplier(), Description: "Concrete, footings",
		Date: "2026-11-02", Delivery: "2026-11-16", Requisition: "PO-SV-17", Reference: "PCC4102",
	}
	item := erp.OrderItem{
		OrderKey: samplePO(), Item: 1, Centre: sampleCentre("02-100", "M"), Description: "Concrete 32 MPa",
		Quantity: 118_0000, Unit: "M3", Rate: 250_5000, Value: 29559_00, TaxCode: "G",
	}
	header2, item2 := header, item
	header2.Description = "Concrete, footings and slab"
	item2.Quantity, item2.Value = 120_0000, 30060_00
	return map[string]erp.Write{
		"create purchase order": {Record: header}, "change purchase order": {Record: header2, Update: true},
		"create purchase order item": {Record: item}, "change purchase order item": {Record: item2, Update: true},
	}
}

func subcontractWrites() map[string]erp.Write {
	header := erp.Subcontract{
		OrderKey: sampleSC(), Job: sampleJob(), Creditor: sampleBuilder(), Description: "Brickwork & façade, stage 1", Method: "L", Retention: "5", RetentionOn: "G",
		Sum: 12500_50, Acceptance: "2026-11-01", Start: "2026-11-10", Completion: "2027-03-31", Sent: "2026-10-20", Received: "2026-10-27", Reference: "PCC4101",
	}
	walls := erp.SubcontractItem{
		OrderKey: sampleSC(), Item: 1, Centre: sampleCentre("02-200", "S"), Description: "Walls", Quantity: 1_0000, Unit: "ITEM", Rate: 10000_0000, Value: 10000_00,
	}
	facade := erp.SubcontractItem{
		OrderKey: sampleSC(), Item: 2, Centre: sampleCentre("02-300", "S"), Description: "Façade, north", Quantity: 10_0000, Unit: "M2", Rate: 250_0500, Value: 2500_50,
	}
	header2, facade2 := header, facade
	header2.Description, header2.Sum = "Brickwork & façade, stages 1 and 2", 13000_60
	facade2.Quantity, facade2.Value = 12_0000, 3000_60
	return map[string]erp.Write{
		"create subcontract": {Record: header}, "change subcontract": {Record: header2, Update: true}, "create subcontract item": {Record: walls},
		"create second subcontract item": {Record: facade}, "change subcontract item": {Record: facade2, Update: true},
	}
}

func variationWrites() map[string]erp.Write {
	return map[string]erp.Write{
		"create variation": {Record: erp.Variation{
			VariationKey: sampleVariation("V00001"), Description: "Extra wall", Type: "1", Reason: "C", Submitted: "2026-11-05", Approved: "2026-11-10",
			ApprovedSum: 500_00, Reference: "PCO7701",
		}},
		"create variation item": {Record: erp.VariationItem{
			VariationKey: sampleVariation("V00001"), Item: 1, Order: sampleSC(), OrderItem: 1, Centre: sampleCentre("02-200", "S"), Description: "Wall, east",
			Quantity: 1_0000, Unit: "ITEM", Rate: 500_0000, Value: 500_00, Approved: "2026-11-10", Reference: "PCO7701",
		}},
		"create head contract variation": {Record: erp.Variation{
			VariationKey: sampleVariation("H00001"), Description: "Client asks for more lights", Type: "2", Reason: "C", Submitted: "2026-11-06",
			Approved: "2026-11-12", ApprovedSum: -1250_75, Reference: "PCP5501",
		}},
	}
}

func claimWrites() map[string]erp.Write {
	plain := erp.Claim{ClaimKey: sampleClaim(), Job: sampleJob(), Creditor: sampleBuilder(), Date: "2026-11-20", Reference: "PCR880"}
	header := plain
	header.Received, header.PaymentDue, header.Retained, header.Released = "2026-11-21", "2026-12-20", money(75_00), 10_00
	header.ApprovalUser, header.ApprovalDate, header.ApprovalStatus = "PM", "2026-11-21", "A"
	return map[string]erp.Write{
		"create claim header": {Record: header}, "create plain claim header": {Record: plain},
		"create claim detail": {Record: erp.ClaimItem{
			ClaimKey: sampleClaim(), Line: 1, OrderItem: 2, Value: 1000_00, TaxCode: "G", Tax: money(95_67), Quantity: 4_0000, Rate: 250_0000, Unit: "M2",
			Reference: "PCR880/1",
		}},
		"create claim detail of a variation": {Record: erp.ClaimItem{
			ClaimKey: sampleClaim(), Line: 2, Variation: "V00001", VariationItem: 1, Value: 500_00, TaxCode: "G", Reference: "PCR880/2",
		}},
	}
}

func invoiceWrites() map[string]erp.Write {
	first := erp.InvoiceUpload{
		ClaimKey: sampleInvoice(), Line: 1, Creditor: sampleSupplier(), Centre: sampleCentre("02-100", "M"), Description: "Concrete, first pour",
		Date: "2026-11-20", Received: "2026-11-21", PaymentDue: "2026-12-31", Value: 10000_00, TaxCode: "G", Tax: money(1000_00),
		Quantity: 40_0000, Unit: "M3", Authorised: money(15000_00), Reference: "PCR881/1",
	}
	second := erp.InvoiceUpload{
		ClaimKey: sampleInvoice(), Line: 2, Creditor: sampleSupplier(), Centre: sampleCentre("02-100", "M"), Description: "Concrete, second pour",
		Date: "2026-11-20", Received: "2026-11-21", PaymentDue: "2026-12-31", Value: 5000_00, TaxCode: "G", Reference: "PCR881/2",
	}
	much, taxed := first, first
	much.Value, much.Tax = 30000_00, money(3000_00)
	taxed.Tax = money(1000_02)
	return map[string]erp.Write{
		"upload dissection": {Record: first}, "upload second dissection": {Record: second}, "upload too much": {Record: much}, "upload wrong tax": {Record: taxed},
		"post invoice": {Record: erp.InvoicePosting{ClaimKey: sampleInvoice(), Creditor: sampleSupplier(), Reference: "PCR881"}},
	}
}
