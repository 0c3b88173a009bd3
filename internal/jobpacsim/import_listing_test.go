package jobpacsim_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/jobpacsim"
)

// The operations that imports read have these methods and parameters in the
// vendor's public definition; * is required.
func TestImportOperationsAreTheVendors(t *testing.T) {
	want := map[string]string{
		"CostCentreDetailListing": "Token WorkId Job StartJob FinishJob CostType JobStatus CostCentreStatus AlphaSearch",
		"CreditorByACNListing":    "Token AustralianCompanyNumber WorkId Status ActiveSubcontractsExist AlphaSearch",
		"ClaimCodeListing":        "Token WorkId Job Section StartSection FinishSection",
		"GeneralLedgerDetailsByTimeListing": "Token CostingWorkId StartLastUpdatedTimestamp FinishLastUpdatedTimestamp Account StartAccount FinishAccount " +
			"AccountingPeriod StartAccountingPeriod FinishAccountingPeriod TransactionDate StartTransactionDate FinishTransactionDate",
		"AccountsPayableTransactionListing": "Token WorkId Creditor Transaction StartTransaction FinishTransaction EntryTimeStamp StartEntryTimeStamp " +
			"FinishEntryTimeStamp LastUpdateTimestamp StartLastUpdateTimestamp FinishLastUpdateTimestamp",
	}
	for operation, names := range want {
		if diff := cmp.Diff(strings.Fields(names), parametersOf(t, operation)); diff != "" {
			t.Errorf("%s: %s", operation, diff)
		}
	}
	b := newBench(t)
	for operation, p := range map[string]params{
		"ClaimCodeListing":                  {"WorkId": "01", "Job": "1001"},
		"GeneralLedgerDetailsByTimeListing": {"CostingWorkId": "01", "StartLastUpdatedTimestamp": "2026-01-01"},
		"AccountsPayableTransactionListing": {"WorkId": "01", "Creditor": "ACME01"},
		"CostCentreDetailListing":           {"WorkId": "01"},
		"GSTCodeListing":                    {"WorkId": "01"},
	} {
		b.must(b.get(operation, p))
		for name := range p {
			b.refused(b.get(operation, p.with(name, "-")), name+" of "+operation+" is required")
		}
		if a := b.put(operation, p); a.status != 405 || a.header.Get("Allow") != "GET" {
			t.Errorf("PUT %s: %d", operation, a.status)
		}
	}
	if rows := b.must(b.get("CreditorByACNListing", params{})); len(rows) != 6 {
		t.Errorf("CreditorByACNListing without arguments: %d rows", len(rows))
	}
}

// What the rows of every listing of imports are named, exactly.
func TestImportColumns(t *testing.T) {
	b := newBench(t)
	for operation, want := range map[string]string{
		"JobListing": "WorkId Job Description Status Active AllowCostUpdates FinanciallyComplete ReportingUnit ReportingSubUnit Plant AddressLine1 " +
			"AddressLine2 Suburb State PostCode Country DefectsExpiryDate PracticalContractCompletionDate TargettedExpectedCompletionDate StartDate " +
			"TelephoneNumber OriginalContractSum ContractMargin",
		"CreditorListing": "CreditorWorkId Creditor Name Status StopPayments Subcontractor ABN ACN AddressLine1 AddressLine2 Suburb State PostCode " +
			"Country PhoneNumber Fax EmailAddress BSB BankAccount GSTCode Terms Currency PurchaseOrderRequired ActiveSubcontractsExist " +
			"LastSubcontractUpdate LastUpdateTimestamp",
		"CreditorByACNListing": "CreditorWorkId Creditor Name Status StopPayments Subcontractor ABN ACN AddressLine1 AddressLine2 Suburb State PostCode " +
			"Country PhoneNumber Fax EmailAddress BSB BankAccount GSTCode Terms Currency PurchaseOrderRequired ActiveSubcontractsExist " +
			"LastSubcontractUpdate LastUpdateTimestamp",
		"CostCentreListing": "CostingWorkId Job CostCode CostType Description HeadingLevel OriginalBudgetQuantity UnitOfMeasure OriginalBudgetValue Rate " +
			"Status AllowCostUpdates ElementCode StandardItemCode ClaimCode ClaimEntryCode GeneralLedgerAccount CostPlus UserDefinedField1 " +
			"UserDefinedField2 ClaimStructureFinalised LastUpdateTimestamp",
		"ClaimCodeListing WorkId=01 Job=1001": "WorkId Job Section ClaimCode Description Quantity UnitOfMeasure Rate Value",
		"GSTCodeListing WorkId=01":            "WorkId GSTCode Description TaxPercentage",
		"GeneralLedgerDetailsByTimeListing CostingWorkId=01 StartLastUpdatedTimestamp=2026-01-01": "CostingWorkId LastUpdatedTimestamp TransactionNumber " +
			"Account AccountingPeriod TransactionDate Job CostCode CostType Source Reference Description Amount Quantity",
		"AccountsPayableTransactionListing WorkId=01 Creditor=ACME01": "WorkId Creditor Transaction InvoiceOrCreditFlag Dissection Description InvoiceDate " +
			"ForeignCurrencyInvoiceAmount PaidAmount CostingWorkId Job CostCode CostType Quantity Order OrderItem GeneralLedgerAccount TaxCode TaxAmount " +
			"PaymentDueDate CustomerReference AccountingPeriod EntryTimeStamp LastUpdateTimestamp",
	} {
		words := strings.Fields(operation)
		p := params{}
		for _, pair := range words[1:] {
			name, value, _ := strings.Cut(pair, "=")
			p[name] = value
		}
		rows := b.must(b.get(words[0], p))
		if len(rows) == 0 {
			t.Fatalf("%s is empty", operation)
		}
		if diff := cmp.Diff(slices.Sorted(strings.FieldsSeq(want)), slices.Sorted(maps.Keys(rows[0]))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", operation, diff)
		}
	}
}

// shelves seeds rows of every book that imports read.
func (b *bench) shelves() {
	b.t.Helper()
	b.remade()
	b.rows("work_ids", row{"WorkId": "02", "Description": "Second company", "CreditorWorkId": "01"})
	for i, at := range []string{"2026-11-01T08:00:00Z", "2026-11-02T08:00:00Z", "2026-11-02T08:00:00.001Z", "2026-11-10T08:00:00Z"} {
		b.rows("ledger", also(ledgerRow("10"), "LastUpdatedTimestamp", at, "Account", fmt.Sprint(5100+i), "AccountingPeriod", fmt.Sprint(202609+i),
			"TransactionDate", fmt.Sprintf("2026-10-0%d", i+1), "TransactionNumber", fmt.Sprint(20-i)))
		b.rows("payables", also(payable(fmt.Sprintf("INV%d", 9+i), "10"), "EntryTimeStamp", at, "LastUpdateTimestamp", fmt.Sprintf("2026-11-2%dT00:00:00Z", i)))
	}
	b.rows("ledger", also(ledgerRow("10"), "CostingWorkId", "02", "LastUpdatedTimestamp", "2026-11-03", "TransactionNumber", "1"))
	b.rows("payables", also(payable("INV10", "10"), "Creditor", "BOND02"))
	b.rows("claim_codes", row{"WorkId": "01", "Job": "1002", "Section": "01", "ClaimCode": "C01"}, row{"WorkId": "01", "Job": "1001", "Section": "02", "ClaimCode": "A9"})
	b.edit("creditors", row{"Creditor": "ACME01"}, row{"ACN": "004 028 077", "ABN": "51 004 028 077"})
	b.edit("creditors", row{"Creditor": "ELEC05"}, row{"ACN": "004028077", "Status": "I"})
}

func importListings() []listingCase {
	const ledger, payables = "GeneralLedgerDetailsByTimeListing TransactionNumber", "AccountsPayableTransactionListing Transaction"
	const claims, acn = "ClaimCodeListing Job Section ClaimCode", "CreditorByACNListing Creditor"
	l := params{"CostingWorkId": "01", "StartLastUpdatedTimestamp": "2026-01-01"}
	p := params{"WorkId": "01", "Creditor": "ACME01"}
	c := params{"WorkId": "01", "Job": "1001"}
	return []listingCase{
		{ledger, l, "20 19 18 17"}, // by time, not by number
		{ledger, l.with("CostingWorkId", "02"), "1"},
		{ledger, l.with("StartLastUpdatedTimestamp", "2026-11-02T08:00:00Z"), "19 18 17"},
		{ledger, l.with("StartLastUpdatedTimestamp", "2026-11-02T08:00:00.001Z"), "18 17"},
		{ledger, l.with("FinishLastUpdatedTimestamp", "2026-11-02T08:00:00Z"), "20 19"},
		{ledger, l.with("StartLastUpdatedTimestamp", "2026-11-02T08:00:00Z", "FinishLastUpdatedTimestamp", "2026-11-02T08:00:00Z"), "19"},
		{ledger, l.with("StartLastUpdatedTimestamp", "2026-12-01"), ""},
		{ledger, l.with("StartLastUpdatedTimestamp", "2026-11-10T08:00:00Z", "FinishLastUpdatedTimestamp", "2026-11-01T08:00:00Z"), ""},
		{ledger, l.with("Account", "5101"), "19"},
		{ledger, l.with("StartAccount", "5101", "FinishAccount", "5102"), "19 18"},
		{ledger, l.with("AccountingPeriod", "202610"), "19"},
		{ledger, l.with("StartAccountingPeriod", "202611"), "18 17"},
		{ledger, l.with("FinishAccountingPeriod", "202609"), "20"},
		{ledger, l.with("TransactionDate", "2026-10-04"), "17"},
		{ledger, l.with("StartTransactionDate", "2026-10-02", "FinishTransactionDate", "2026-10-03"), "19 18"},
		{payables, p, "INV10 INV11 INV12 INV9"},
		{payables, p.with("Creditor", "BOND02"), "INV10"},
		{payables, p.with("Creditor", "CARP03"), ""},
		{payables, p.with("Transaction", "inv9"), "INV9"},
		{payables, p.with("StartTransaction", "INV11"), "INV11 INV12 INV9"},
		{payables, p.with("FinishTransaction", "INV10"), "INV10"},
		{payables, p.with("StartEntryTimeStamp", "2026-11-02T08:00:00Z", "FinishEntryTimeStamp", "2026-11-02T08:00:00.001Z"), "INV10 INV11"},
		{payables, p.with("EntryTimeStamp", "2026-11-10T08:00:00Z"), "INV12"},
		{payables, p.with("StartLastUpdateTimestamp", "2026-11-22"), "INV11 INV12"},
		{payables, p.with("FinishLastUpdateTimestamp", "2026-11-20"), "INV9"},
		{payables, p.with("LastUpdateTimestamp", "2026-11-21"), "INV10"},
		{claims, c, "1001/01/C01 1001/02/A9 1001/02/C02 1001/03/C03 1001/04/C04"},
		{claims, c.with("Job", "1002"), "1002/01/C01"},
		{claims, c.with("Section", "02"), "1001/02/A9 1001/02/C02"},
		{claims, c.with("StartSection", "03"), "1001/03/C03 1001/04/C04"},
		{claims, c.with("FinishSection", "01"), "1001/01/C01"},
		{claims, c.with("StartSection", "02", "FinishSection", "03"), "1001/02/A9 1001/02/C02 1001/03/C03"},
		{acn, params{"AustralianCompanyNumber": "004028077"}, "ACME01 ELEC05"}, // however its digits are grouped
		{acn, params{"AustralianCompanyNumber": "004-028-077", "Status": "A"}, "ACME01"},
		{acn, params{"AustralianCompanyNumber": "51004028077"}, ""},
		{acn, params{"WorkId": "01", "AlphaSearch": "concrete"}, "ACME01"},
		{acn, params{"WorkId": "02", "AlphaSearch": "concrete"}, "ACME01"}, // 02 pays the creditors of 01
		{acn, params{"WorkId": "03"}, ""},
	}
}

func TestImportListingFilters(t *testing.T) {
	b := newBench(t)
	b.shelves()
	for _, c := range importListings() {
		operation, shown, _ := strings.Cut(c.listing, " ")
		if got := shownKeys(b.must(b.get(operation, c.p)), strings.Fields(shown)); got != c.want {
			t.Errorf("%s %v: %q, want %q", operation, c.p, got, c.want)
		}
	}
	b.refused(b.get("GeneralLedgerDetailsByTimeListing", params{"CostingWorkId": "01", "StartLastUpdatedTimestamp": "2026-01-01", "AccountingPeriod": "2026-10"}), "yyyymm")
	b.refused(b.get("GeneralLedgerDetailsByTimeListing", params{"CostingWorkId": "01", "StartLastUpdatedTimestamp": "2026-01-01", "AccountingPeriod": "202613"}), "yyyymm")
	b.refused(b.get("GeneralLedgerDetailsByTimeListing", params{"CostingWorkId": "01", "StartLastUpdatedTimestamp": "yesterday"}), "UTC time")
}

func TestImportListingsAreCut(t *testing.T) {
	b := newBench(t)
	b.shelves()
	b.change(func(s *jobpacsim.Settings) { s.RowCap = 2 })
	for _, c := range []listingCase{
		{"JobListing Job", params{}, "1001"},
		{"CreditorListing Creditor", params{}, "ACME01 BOND02"},
		{"CreditorByACNListing Creditor", params{}, "ACME01 BOND02"},
		{"CostCentreListing CostCode CostType", params{"Job": "1001"}, "01-000/ 01-100/M"},
		{"CostCentreDetailListing CostCode CostType", params{"WorkId": "01"}, "01-100/M 01-100/S"},
		{"ClaimCodeListing Section ClaimCode", params{"WorkId": "01", "Job": "1001"}, "01/C01 02/A9"},
		{"GSTCodeListing GSTCode", params{"WorkId": "01"}, "F G"},
		{"GeneralLedgerDetailsByTimeListing TransactionNumber", params{"CostingWorkId": "01", "StartLastUpdatedTimestamp": "2026-01-01"}, "20 19"},
		{"AccountsPayableTransactionListing Transaction", params{"WorkId": "01", "Creditor": "ACME01"}, "INV10 INV11"},
	} {
		operation, shown, _ := strings.Cut(c.listing, " ")
		if got := shownKeys(b.must(b.get(operation, c.p)), strings.Fields(shown)); got != c.want {
			t.Errorf("%s: %q, want %q", operation, got, c.want)
		}
	}
}

// Every write and every edit renews the time of last update.
func TestTimesOfLastUpdate(t *testing.T) {
	b := newBench(t)
	b.remade()
	b.rows("ledger", ledgerRow("10"))
	stampOf := func(operation, column string, p params) string {
		rows := b.must(b.get(operation, p))
		if len(rows) != 1 {
			t.Fatalf("%s %v: %d rows", operation, p, len(rows))
		}
		return rows[0][column]
	}
	centre := params{"CostingWorkId": "01", "Job": "1001", "CostCode": "02-100", "CostType": "M"}
	creditor := params{"Creditor": "ACME01"}
	ledger := params{"CostingWorkId": "01", "StartLastUpdatedTimestamp": "2026-01-01"}
	seeded := "2026-11-22T10:00:00.000Z"
	for at, change := range []func(){
		func() {},
		func() {
			b.edit("cost_centres", row{"CostCode": "02-100", "CostType": "M"}, row{"OriginalBudgetValue": "1"})
			b.edit("creditors", row{"Creditor": "ACME01"}, row{"Name": "Acme"})
			b.edit("ledger", row{"CostingWorkId": "01"}, row{"Amount": "11"})
		},
		func() {
			b.rows("cost_centres", row{"CostingWorkId": "01", "Job": "1001", "CostCode": "02-100", "CostType": "M", "OriginalBudgetValue": "2"})
			b.rows("creditors", row{"CreditorWorkId": "01", "Creditor": "ACME01", "Name": "Acme & Sons"})
			b.edit("ledger", row{"CostingWorkId": "01"}, row{"Amount": "12"})
		},
		func() {
			seed := jobpacsim.Books{
				CostCentres: []row{{"CostingWorkId": "01", "Job": "1001", "CostCode": "02-100", "CostType": "M"}},
				Creditors:   []row{{"CreditorWorkId": "01", "Creditor": "ACME01", "Name": "Again"}},
			}
			if err := b.sim.Seed(jobpacsim.Seed{Books: seed}); err != nil {
				t.Fatal(err)
			}
			b.edit("ledger", row{"CostingWorkId": "01"}, row{"Amount": "13"})
		},
	} {
		change()
		want := fmt.Sprintf("2026-11-22T10:0%d:00.000Z", at)
		if got := stampOf("CostCentreListing", "LastUpdateTimestamp", centre); got != want {
			t.Errorf("cost centre %s, want %s", got, want)
		}
		if got := stampOf("CreditorListing", "LastUpdateTimestamp", creditor); got != want {
			t.Errorf("creditor %s, want %s", got, want)
		}
		if got := stampOf("GeneralLedgerDetailsByTimeListing", "LastUpdatedTimestamp", ledger); got != want {
			t.Errorf("ledger row %s, want %s", got, want)
		}
		b.clock.move(time.Minute)
	}
	if got := stampOf("CreditorListing", "LastUpdateTimestamp", params{"Creditor": "BOND02"}); got != seeded {
		t.Errorf("a creditor nobody touched %s", got)
	}
	if rows := b.must(b.get("CostCentreListing", params{"StartLastUpdateTimestamp": "2026-11-22T10:00:30Z"})); len(rows) != 1 {
		t.Errorf("%d cost centres changed since", len(rows))
	}
}

// References of the ledger are its own and stay shown where ours are hidden.
func TestLedgerReferenceIsNotHidden(t *testing.T) {
	b := newBench(t)
	b.change(func(s *jobpacsim.Settings) { s.HideReferences = true })
	rows := b.must(b.get("GeneralLedgerDetailsByTimeListing", params{"CostingWorkId": "01", "StartLastUpdatedTimestamp": "2026-01-01"}))
	if len(rows) == 0 || rows[0]["Reference"] == "" {
		t.Errorf("%v", rows)
	}
}
