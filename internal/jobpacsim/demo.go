package jobpacsim

import "fmt"

// DemoSeed is a small company for demonstrations and tests: environment DEMO,
// application PROCPAC, version 1.00, user DEMOUSER, WorkID 01, job 1001, six
// creditors, forty cost centres under four headings, and four GST codes. Its
// key and password are made up and open to everyone.
func DemoSeed() Seed {
	return Seed{
		Applications: []Application{{Environment: "DEMO", Name: "PROCPAC", Version: "1.00", Key: "demo-key-demo-key-demo-key-demo!"}},
		Users:        []User{{Name: "DEMOUSER", Password: "demo-only"}},
		Books: Books{
			WorkIDs:     []Row{{"WorkId": "01", "Description": "Demo Constructions Pty Ltd"}},
			Jobs:        []Row{{"WorkId": "01", "Job": "1001", "Description": "Harbour Street Apartments", "Suburb": "Newcastle", "State": "NSW"}},
			CostCentres: demoCostCentres(),
			Creditors:   demoCreditors(),
			GSTCodes: []Row{
				{"WorkId": "01", "GSTCode": "G", "Description": "GST 10 %", "TaxPercentage": "10.00"},
				{"WorkId": "01", "GSTCode": "F", "Description": "GST free", "TaxPercentage": "0.00"},
				{"WorkId": "01", "GSTCode": "I", "Description": "Input taxed", "TaxPercentage": "0.00"},
				{"WorkId": "01", "GSTCode": "N", "Description": "Out of scope", "TaxPercentage": "0.00"},
			},
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
