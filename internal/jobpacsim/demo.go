package jobpacsim

import "fmt"

// DemoSeed is a small company for demonstrations and tests: environment DEMO,
// application PROCPAC, version 1.00, user DEMOUSER, WorkID 01, job 1001 with a
// head contract of four lines, six creditors, forty cost centres under four
// headings with some costs, and four GST codes. Its key and password are made up
// and open to everyone.
func DemoSeed() Seed {
	return Seed{
		Applications: []Application{{Environment: "DEMO", Name: "PROCPAC", Version: "1.00", Key: "demo-key-demo-key-demo-key-demo!"}},
		Users:        []User{{Name: "DEMOUSER", Password: "demo-only"}},
		Books: Books{
			WorkIDs:     []Row{{"WorkId": "01", "Description": "Demo Constructions Pty Ltd"}},
			Jobs:        []Row{demoJob()},
			CostCentres: demoCostCentres(),
			Creditors:   demoCreditors(),
			GSTCodes: []Row{
				{"WorkId": "01", "GSTCode": "G", "Description": "GST 10 %", "TaxPercentage": "10.00"},
				{"WorkId": "01", "GSTCode": "F", "Description": "GST free", "TaxPercentage": "0.00"},
				{"WorkId": "01", "GSTCode": "I", "Description": "Input taxed", "TaxPercentage": "0.00"},
				{"WorkId": "01", "GSTCode": "N", "Description": "Out of scope", "TaxPercentage": "0.00"},
			},
			ClaimCodes: demoClaimCodes(),
			Ledger:     demoLedger(),
			Payables:   demoPayables(),
		},
	}
}

// demoJob has a budget of 2,000,000 and a contract of 2,400,000.
func demoJob() Row {
	return Row{
		"WorkId": "01", "Job": "1001", "Description": "Harbour Street Apartments", "AddressLine1": "14 Harbour Street", "Suburb": "Newcastle",
		"State": "NSW", "PostCode": "2300", "Country": "Australia", "TelephoneNumber": "02 5550 1001",
		"OriginalContractSum": "2400000", "ContractMargin": "400000",
	}
}

// demoClaimCodes are the four lines of the head contract.
func demoClaimCodes() []Row {
	lines := []struct{ section, name, value string }{
		{"01", "Preliminaries", "240000"}, {"02", "Structure", "1080000"}, {"03", "Services", "600000"}, {"04", "Finishes", "480000"},
	}
	rows := make([]Row, len(lines))
	for i, l := range lines {
		rows[i] = Row{
			"WorkId": "01", "Job": "1001", "Section": l.section, "ClaimCode": "C" + l.section, "Description": l.name,
			"Quantity": "1", "UnitOfMeasure": "ITEM", "Rate": l.value, "Value": l.value,
		}
	}
	return rows
}

// demoLedger are the costs so far: 61,250.00, an error and its reversal included.
func demoLedger() []Row {
	costs := []struct{ code, costType, source, reference, description, amount, quantity string }{
		{"01-100", "M", "AP", "INV5512", "Site shed hire", "8400", "3"},
		{"01-200", "S", "PR", "PAY041", "Site supervision", "14600.50", "160"},
		{"02-100", "M", "AP", "INV5530", "Concrete, footings", "32249.50", "118"},
		{"02-100", "M", "JN", "JNL0017", "Concrete, wrong job", "1800", "1"},
		{"02-100", "M", "JN", "JNL0018", "Concrete, wrong job, reversed", "-1800", "-1"},
		{"02-200", "S", "ST", "STK0102", "Mesh from store", "6000", "40"},
	}
	rows := make([]Row, len(costs))
	for i, c := range costs {
		rows[i] = Row{
			"CostingWorkId": "01", "Account": "5100", "Job": "1001", "CostCode": c.code, "CostType": c.costType, "Source": c.source,
			"Reference": c.reference, "Description": c.description, "Amount": c.amount, "Quantity": c.quantity,
		}
	}
	return rows
}

// demoPayables are the invoices behind the costs; the first is paid.
func demoPayables() []Row {
	return []Row{
		{
			"WorkId": "01", "Creditor": "FORM06", "Transaction": "INV5512", "Description": "Site shed hire", "CostingWorkId": "01", "Job": "1001",
			"CostCode": "01-100", "CostType": "M", "ForeignCurrencyInvoiceAmount": "8400", "PaidAmount": "8400", "TaxCode": "G", "TaxAmount": "840",
		},
		{
			"WorkId": "01", "Creditor": "ACME01", "Transaction": "INV5530", "Description": "Concrete, footings", "CostingWorkId": "01", "Job": "1001",
			"CostCode": "02-100", "CostType": "M", "ForeignCurrencyInvoiceAmount": "32249.50", "TaxCode": "G", "TaxAmount": "3224.95",
		},
	}
}

func demoCreditors() []Row {
	names := []struct{ code, name, subcontractor string }{
		{"ACME01", "Acme Concrete Supply Co", "N"}, {"BOND02", "Bond Brickworkers of Maitland", "Y"},
		{"CARP03", "Carpentry and Ceilings Pty Ltd", "Y"}, {"DIRT04", "Dirt and Earthmoving Hunter Valley", "Y"},
		{"ELEC05", "Electrical Services Newcastle Pty Ltd", "Y"}, {"FORM06", "Formwork and Fixings", "N"},
	}
	rows := make([]Row, len(names))
	for i, n := range names {
		rows[i] = Row{
			"CreditorWorkId": "01", "Creditor": n.code, "Name": n.name, "Subcontractor": n.subcontractor,
			"GSTCode": "G", "Terms": "E30", "Currency": "AUD", "Suburb": "Newcastle", "State": "NSW", "Country": "Australia",
		}
	}
	return rows
}

// demoCostCentres gives four sections, each a heading with ten cost centres.
func demoCostCentres() []Row {
	sections := []string{"Preliminaries", "Structure", "Services", "Finishes"}
	var rows []Row
	for i, section := range sections {
		rows = append(rows, Row{
			"CostingWorkId": "01", "Job": "1001", "CostCode": fmt.Sprintf("%02d-000", i+1),
			"Description": section, "HeadingLevel": "0",
		})
		for j := range 5 {
			for _, costType := range []string{"M", "S"} {
				rows = append(rows, demoCostCentre(fmt.Sprintf("%02d-%d00", i+1, j+1), costType, section))
			}
		}
	}
	return rows
}

func demoCostCentre(code, costType, section string) Row {
	return Row{
		"CostingWorkId": "01", "Job": "1001", "CostCode": code, "CostType": costType, "Description": section + " " + code,
		"OriginalBudgetQuantity": "1", "UnitOfMeasure": "ITEM", "Rate": "50000", "OriginalBudgetValue": "50000",
	}
}
