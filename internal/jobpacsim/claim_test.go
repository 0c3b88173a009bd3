package jobpacsim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/jobpacsim"
)

func claimHeader() params {
	return params{"CostingWorkId": "01", "Order": "SC1", "Invoice": "INV1", "InvoiceDate": "2026-11-20", "ReceivedDate": "2026-11-21"}
}

func claimDetail() params {
	return params{
		"CostingWorkId": "01", "Order": "SC1", "Invoice": "INV1", "OrderItem": "1", "Amount": "1000.00", "TaxCode": "G", "ExternalReference": "PCR880/1",
	}
}

// pass lets the claim import's time go by.
func (b *bench) pass(d time.Duration) {
	b.t.Helper()
	if err := b.sim.Advance(d); err != nil {
		b.t.Fatal(err)
	}
}

func importKey() params { return params{"WorkId": "01", "Order": "SC1", "Invoice": "INV1"} }

func importErrorKey() params {
	return params{"WorkId": "01", "Agreement": "SC1", "InvoiceNumber": "INV1"}
}

// words are the texts of the import errors.
func (b *bench) words(key params) string {
	b.t.Helper()
	var all []string
	for _, r := range b.must(b.get("SubcontractClaimImportErrorListing", key)) {
		all = append(all, r["ErrorDescription"])
	}
	return strings.Join(all, " | ")
}

func (b *bench) claims() []map[string]string {
	b.t.Helper()
	return b.must(b.get("SubcontractClaimHeaderListing", params{"WorkId": "01", "Order": "SC1"}))
}

func TestAClaimIsStagedThenEntered(t *testing.T) {
	b := newBench(t)
	b.stock()
	b.must(b.put("CreateANewVariationItem", variationItem()))
	b.must(b.put("CreateANewSubcontractClaimHeader", claimHeader()))
	b.must(b.put("CreateANewSubcontractClaimDetail", claimDetail()))
	b.must(b.put("CreateANewSubcontractClaimDetail", claimDetail().with("OrderItem", "-", "Variation", "V00001", "VariationItem", "1", "Amount", "300.50", "ExternalReference", "PCR880/2")))
	if rows := b.must(b.get("SubcontractClaimImportHeaderListing", importKey())); len(rows) != 1 || rows[0]["ImportStatus"] != "S" || len(b.claims()) != 0 {
		t.Fatalf("staged: %v, claims %v", rows, b.claims())
	}
	b.pass(time.Second)
	claims := b.claims()
	if len(claims) != 1 || len(b.must(b.get("SubcontractClaimImportHeaderListing", importKey()))) != 0 {
		t.Fatalf("not entered: %v", claims)
	}
	// 1,300.50 at 5 % is 65.025, half up 65.03; tax is 10 % of each detail's share of 1,235.47.
	for name, want := range map[string]string{
		"ClaimNumber": "1", "ClaimType": "P", "Invoice": "INV1", "AccountingPeriod": "202611", "Creditor": "ELEC05", "Job": "1001", "GrossAmount": "1300.50",
		"Retention": "65.03", "RetentionRelease": "0.00", "NetAmount": "1235.47", "Tax": "123.55", "InvoiceDate": "2026-11-20", "ReceivedDate": "2026-11-21",
	} {
		if claims[0][name] != want {
			t.Errorf("%s is %q, want %q", name, claims[0][name], want)
		}
	}
	details := b.must(b.get("SubcontractClaimDetailListing", params{"WorkId": "01", "Order": "SC1", "ClaimType": "P", "ClaimNumber": "1"}))
	if len(details) != 2 || details[0]["ExternalReference"] != "PCR880/1" || details[1]["Variation"] != "V00001" || details[1]["CostCode"] != "03-200" {
		t.Errorf("details %v", details)
	}
	if rows := b.must(b.get("SubcontractorsInvoiceListing", params{"WorkId": "01", "Creditor": "ELEC05", "SubcontractorsInvoice": "INV1"})); len(rows) != 1 {
		t.Errorf("invoice of the creditor: %v", rows)
	}
	centre := b.must(b.get("CostCentreDetailListing", params{"WorkId": "01", "Job": "1001", "CostType": "S"}))
	for _, r := range centre {
		if r["CostCode"] == "03-200" && (r["InvoicedValue"] != "1300.50" || r["CommittedValue"] != "11000.00") {
			t.Errorf("cost centre %v", r)
		}
	}
}

func TestAnImportWaitsForItsLastDetail(t *testing.T) {
	b := newBench(t)
	b.stock()
	b.must(b.put("CreateANewSubcontractClaimHeader", claimHeader()))
	b.pass(900 * time.Millisecond)
	b.must(b.put("CreateANewSubcontractClaimDetail", claimDetail()))
	b.pass(900 * time.Millisecond)
	if len(b.claims()) != 0 {
		t.Fatal("processed before the detail had its time")
	}
	b.pass(100 * time.Millisecond)
	if len(b.claims()) != 1 {
		t.Fatal("never processed")
	}
	b.refused(b.put("CreateANewSubcontractClaimDetail", claimDetail().with("ExternalReference", "PCR880/2")), "create its header first")
}

func TestRetentionOfAClaim(t *testing.T) {
	for name, c := range map[string]struct {
		order, header            params
		amount                   string
		retention, net, tax, bad string
		gross                    bool
	}{
		"percentage, half up":         {amount: "0.10", retention: "0.01", net: "0.09", tax: "0.01"},
		"the header's overrides":      {header: params{"Retention": "12.34"}, amount: "1000", retention: "12.34", net: "987.66", tax: "98.77"},
		"the header's nought too":     {header: params{"Retention": "0"}, amount: "1000", retention: "0.00", net: "1000.00", tax: "100.00"},
		"on gross":                    {amount: "1000", retention: "50.00", net: "950.00", tax: "100.00", gross: true},
		"most of all":                 {order: params{"MaximumRetention": "20"}, amount: "1000", retention: "20.00", net: "980.00", tax: "98.00"},
		"most of the sum":             {order: params{"MaximumRetentionPercentage": "0.10"}, amount: "1000", retention: "12.00", net: "988.00", tax: "98.80"},
		"more than the claim":         {header: params{"Retention": "1001"}, amount: "1000", bad: "more than the claim"},
		"release of what is not held": {header: params{"RetentionRelease": "50.01"}, amount: "1000", bad: "more than the 50.00 that is held"},
		"release of this":             {header: params{"RetentionRelease": "50"}, amount: "1000", retention: "50.00", net: "1000.00", tax: "100.00"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.change(func(s *jobpacsim.Settings) { s.ClaimTaxOnGross = c.gross })
			b.stock()
			if len(c.order) > 0 {
				b.must(b.post("UpdateASubcontract", c.order.with("WorkId", "01", "Order", "SC1")))
			}
			header := claimHeader()
			for name, value := range c.header {
				header[name] = value
			}
			b.must(b.put("CreateANewSubcontractClaimHeader", header))
			b.must(b.put("CreateANewSubcontractClaimDetail", claimDetail().with("Amount", c.amount)))
			b.pass(time.Second)
			if c.bad != "" {
				if got := b.words(importErrorKey()); !strings.Contains(got, c.bad) || len(b.claims()) != 0 {
					t.Errorf("errors %q", got)
				}
				return
			}
			claims := b.claims()
			if len(claims) != 1 {
				t.Fatalf("not entered: %s", b.words(importErrorKey()))
			}
			if got := claims[0]; got["Retention"] != c.retention || got["NetAmount"] != c.net || got["Tax"] != c.tax {
				t.Errorf("retention %s net %s tax %s", got["Retention"], got["NetAmount"], got["Tax"])
			}
		})
	}
}

// Retention that is held counts towards the most, and can be released alone.
func TestRetentionAddsUpAndIsReleased(t *testing.T) {
	b := newBench(t)
	b.stock()
	b.must(b.post("UpdateASubcontract", params{"WorkId": "01", "Order": "SC1", "MaximumRetention": "70"}))
	for _, invoice := range []string{"A", "B"} {
		b.must(b.put("CreateANewSubcontractClaimHeader", claimHeader().with("Invoice", invoice)))
		b.must(b.put("CreateANewSubcontractClaimDetail", claimDetail().with("Invoice", invoice)))
		b.pass(time.Second)
	}
	b.must(b.put("CreateANewSubcontractClaimHeader", claimHeader().with("Invoice", "C", "RetentionRelease", "70")))
	b.pass(time.Second)
	claims := b.claims()
	if len(claims) != 3 || claims[0]["Retention"] != "50.00" || claims[1]["Retention"] != "20.00" || claims[2]["NetAmount"] != "70.00" || claims[2]["ClaimNumber"] != "3" {
		t.Errorf("claims %v, errors %s", claims, b.words(importErrorKey().with("WorkId", "01", "Agreement", "SC1", "InvoiceNumber", "C", "Order", "-", "Invoice", "-")))
	}
}

func TestImportErrors(t *testing.T) {
	for name, c := range map[string]struct {
		before func(*bench)
		header params
		detail params // nil: none is sent
		want   string
	}{
		"unknown agreement": {header: params{"Order": "NONE"}, want: "Agreement NONE does not exist"},
		"no details":        {want: "has no details"},
		"unknown item":      {detail: params{"OrderItem": "9"}, want: "Unknown item 9"},
		"unknown variation": {detail: params{"OrderItem": "-", "Variation": "V9", "VariationItem": "1"}, want: "Unknown variation V9 item 1"},
		"over-claim":        {detail: params{"Amount": "12000.01"}, want: "Over-claim of item 1: 12000.01 would be claimed of 12000.00"},
		"tax code":          {detail: params{"TaxCode": "ZZ"}, want: "not a GST code"},
		"tax":               {detail: params{"Tax": "95.02"}, want: "Tax 95.02"},
		"tax of gross":      {detail: params{"Tax": "100.00"}, want: "Tax 100.00"},
		"finalised":         {before: func(b *bench) { b.edit("subcontracts", jobpacsim.Row{"Order": "SC1"}, jobpacsim.Row{"Finalised": "Y"}) }, detail: params{}, want: "finalised"},
		"portal": {
			before: func(b *bench) {
				b.edit("subcontracts", jobpacsim.Row{"Order": "SC1"}, jobpacsim.Row{"EnableExternalSubcontractPortal": "Y"})
			},
			detail: params{}, want: "external portal",
		},
		"locked period": {
			before: func(b *bench) {
				b.seed(jobpacsim.Books{Periods: []jobpacsim.Row{{"WorkId": "01", "Module": "SC", "AccountingPeriod": "202610", "Locked": "Y"}}})
			},
			detail: params{}, want: "period 202610 is locked",
		},
		"unapproved variation": {
			before: func(b *bench) { b.must(b.put("CreateANewVariationItem", variationItem().with("DateApproved", "-"))) },
			detail: params{"OrderItem": "-", "Variation": "V00001", "VariationItem": "1"}, want: "Unapproved: variation V00001 item 1",
		},
		"duplicate of a claim": {
			before: func(b *bench) {
				b.must(b.put("CreateANewSubcontract", subcontract().with("Order", "SC2")))
				b.must(b.put("CreateANewSubcontractItem", subcontractItem().with("Order", "SC2")))
				b.must(b.put("CreateANewSubcontractClaimHeader", claimHeader().with("Order", "SC2")))
				b.must(b.put("CreateANewSubcontractClaimDetail", claimDetail().with("Order", "SC2")))
				b.pass(time.Second)
			},
			detail: params{}, want: "Invoice INV1 of creditor ELEC05 is a duplicate: claim 1 of agreement SC2",
		},
		"duplicate of a payable": {
			before: func(b *bench) {
				b.seed(jobpacsim.Books{Payables: []jobpacsim.Row{{"WorkId": "01", "Creditor": "ELEC05", "Transaction": "INV1"}}})
			},
			detail: params{}, want: "accounts payable",
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.stock()
			if c.before != nil {
				c.before(b)
			}
			header := claimHeader()
			for k, v := range c.header {
				header[k] = v
			}
			b.must(b.put("CreateANewSubcontractClaimHeader", header))
			if c.detail != nil {
				detail := claimDetail()
				for k, v := range c.detail {
					detail = detail.with(k, v)
				}
				b.must(b.put("CreateANewSubcontractClaimDetail", detail))
			}
			before := len(b.sim.State().Claims)
			b.pass(time.Second)
			key := importErrorKey().with("Agreement", header["Order"])
			if got := b.words(key); !strings.Contains(got, c.want) {
				t.Fatalf("errors %q", got)
			}
			if n := len(b.sim.State().Claims); n != before {
				t.Errorf("%d claims, before %d", n, before)
			}
			staged := b.must(b.get("SubcontractClaimImportHeaderListing", importKey().with("Order", header["Order"])))
			if len(staged) != 1 || staged[0]["ImportStatus"] != "E" {
				t.Errorf("header %v", staged)
			}
		})
	}
}

func (b *bench) seed(books jobpacsim.Books) {
	b.t.Helper()
	if err := b.sim.Seed(jobpacsim.Seed{Books: books}); err != nil {
		b.t.Fatal(err)
	}
}

func TestARefusedImportMayBeSentAnew(t *testing.T) {
	b := newBench(t)
	b.stock()
	b.must(b.put("CreateANewSubcontractClaimHeader", claimHeader()))
	b.must(b.put("CreateANewSubcontractClaimDetail", claimDetail().with("OrderItem", "9")))
	b.pass(time.Second)
	b.refused(b.put("CreateANewSubcontractClaimDetail", claimDetail()), "create its header first")
	b.must(b.put("CreateANewSubcontractClaimHeader", claimHeader()))
	if got := b.words(importErrorKey()); got != "" {
		t.Errorf("the old errors stay: %s", got)
	}
	b.must(b.put("CreateANewSubcontractClaimDetail", claimDetail()))
	b.pass(time.Second)
	if len(b.claims()) != 1 {
		t.Errorf("errors %s", b.words(importErrorKey()))
	}
}

func TestClaimsAreRefusedAtOnce(t *testing.T) {
	b := newBench(t)
	b.stock()
	b.refused(b.put("CreateANewSubcontractClaimDetail", claimDetail()), "create its header first")
	b.refused(b.put("CreateANewSubcontractClaimHeader", claimHeader().with("Retention", "-1")), "may not be negative")
	b.refused(b.put("CreateANewSubcontractClaimHeader", claimHeader().with("Invoice", "1234567890123456")), "longer than 15")
	b.must(b.put("CreateANewSubcontractClaimHeader", claimHeader()))
	b.refused(b.put("CreateANewSubcontractClaimHeader", claimHeader()), "already exists")
	b.refused(b.put("CreateANewSubcontractClaimDetail", claimDetail().with("Amount", "-0.01")), "may not be negative")
	b.refused(b.put("CreateANewSubcontractClaimDetail", claimDetail().with("OrderItem", "-")), "Give OrderItem")
	b.refused(b.put("CreateANewSubcontractClaimDetail", claimDetail().with("Variation", "V1", "VariationItem", "1")), "Give OrderItem")
	b.refused(b.put("CreateANewSubcontractClaimDetail", claimDetail().with("Quantity", "3", "Rate", "1")), "is not Quantity x Rate")
	b.must(b.put("CreateANewSubcontractClaimDetail", claimDetail()))
	b.refused(b.put("CreateANewSubcontractClaimDetail", claimDetail()), "already exists")
	b.must(b.put("CreateANewSubcontractClaimDetail", claimDetail().with("ExternalReference", "PCR880/2")))
	b.pass(time.Second)
	b.refused(b.put("CreateANewSubcontractClaimHeader", claimHeader()), "already exists as claim 1")
	b.refused(b.post("UpdateASubcontractItem", params{"WorkId": "01", "Order": "SC1", "ItemNumber": "1", "ForeignCurrencyRate": "1999"}), "is claimed")
}

func TestDoubledClaimsCanBeSeen(t *testing.T) {
	b := newBench(t)
	b.change(func(s *jobpacsim.Settings) {
		s.DuplicateKeys = map[string]string{"claim": "accept", "claim_item": "accept"}
	})
	b.stock()
	for range 2 {
		b.must(b.put("CreateANewSubcontractClaimHeader", claimHeader()))
		b.must(b.put("CreateANewSubcontractClaimDetail", claimDetail()))
		b.must(b.put("CreateANewSubcontractClaimDetail", claimDetail()))
		b.pass(time.Second)
	}
	if claims := b.claims(); len(claims) != 2 || claims[1]["GrossAmount"] != "2000.00" || b.sim.Counts().Claims != 2 {
		t.Errorf("claims %v", claims)
	}
}

// The faults strike claims as they strike orders.
func TestFaultsOfAClaim(t *testing.T) {
	b := newBench(t)
	b.stock()
	b.faults(
		jobpacsim.Fault{Operation: "CreateANewSubcontractClaimHeader", Kind: jobpacsim.FaultCutAfter, Count: 1},
		jobpacsim.Fault{Operation: "CreateANewSubcontractClaimDetail", Kind: jobpacsim.FaultLateCommit, MS: 500, Count: 1},
	)
	if a := b.put("CreateANewSubcontractClaimHeader", claimHeader()); a.err == nil {
		t.Fatalf("answered %d", a.status)
	}
	if a := b.put("CreateANewSubcontractClaimDetail", claimDetail()); a.err == nil {
		t.Fatalf("answered %d", a.status)
	}
	b.pass(500 * time.Millisecond)
	if c := b.sim.Counts(); c.ClaimImports != 1 || c.Claims != 0 || len(b.sim.State().ClaimImportLines) != 1 {
		t.Fatalf("%+v", c)
	}
	b.pass(time.Second)
	if len(b.claims()) != 1 {
		t.Error("the late detail did not count")
	}
	b.faults(jobpacsim.Fault{Operation: "SubcontractClaimHeaderListing", Kind: jobpacsim.FaultStaleLookup, MS: 60_000})
	if len(b.claims()) != 0 {
		t.Error("a stale look-up shows the young claim")
	}
}

// enter imports a claim of item 1 and lets it be processed.
func (b *bench) enter(invoice, amount, retention, release string) {
	b.t.Helper()
	b.must(b.put("CreateANewSubcontractClaimHeader", claimHeader().with("Invoice", invoice, "Retention", retention, "RetentionRelease", release)))
	b.must(b.put("CreateANewSubcontractClaimDetail", claimDetail().with("Invoice", invoice, "Amount", amount)))
	b.pass(time.Second)
}

func TestEarlierClaimsCount(t *testing.T) {
	b := newBench(t)
	b.stock()
	b.enter("A", "7000", "350", "0")
	b.enter("B", "5000.01", "0", "0")
	if got := b.words(importErrorKey().with("InvoiceNumber", "B")); !strings.Contains(got, "Over-claim of item 1: 12000.01") {
		t.Errorf("claimed twice: %q", got)
	}
	b.enter("C", "1000", "0", "300")
	b.enter("D", "1000", "0", "50.01")
	if got := b.words(importErrorKey().with("InvoiceNumber", "D")); !strings.Contains(got, "more than the 50.00 that is held") {
		t.Errorf("released twice: %q", got)
	}
	b.enter("E", "1000", "0", "50")
	if claims := b.claims(); len(claims) != 3 {
		t.Errorf("claims %v", claims)
	}
}
