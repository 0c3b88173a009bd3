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
		{"ABLELE", "Able Electrical Pty Ltd", "Y"}, {"BRICKW", "Brickworkers of Maitland", "Y"},
		{"CONCRE", "Concrete Supply Co", "N"}, {"DRYWAL", "Drywall and Ceilings Pty Ltd", "Y"},
		{"EARTHM", "Earthmovers Hunter Valley", "Y"}, {"FASTEN", "Fasteners and Fixings", "N"},
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
	types := []string{"LMS", "LMS", "MS", "S", "S"} // cost types of the codes 100 to 500
	var rows []Row
	for i, section := range sections {
		rows = append(rows, Row{
			"CostingWorkId": "01", "Job": "1001", "CostCode": fmt.Sprintf("%02d-000", i+1),
			"Description": section, "HeadingLevel": "0",
		})
		for j, letters := range types {
			for _, letter := range letters {
				rows = append(rows, demoCostCentre(fmt.Sprintf("%02d-%d00", i+1, j+1), string(letter), section))
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
