package jobpacsim_test

import (
	"testing"

	"github.com/procpac/procpac/internal/jobpacsim"
)

func upload() params {
	return params{
		"WorkId": "01", "Transaction": "INV1", "Creditor": "ACME01", "TransactionType": "I", "Order": "PO1", "CostingWorkId": "01", "Job": "1001",
		"CostCode": "02-100", "CostType": "M", "InvoiceAmount": "1000.00", "TaxCode": "G", "Tax": "100.00", "InvoiceDate": "2026-11-20",
		"Description": "Slab", "CustomerReference": "PCR880/1", "AuthorisedValue": "1500.00",
	}
}

func pendingKey() params { return params{"WorkId": "01", "Creditor": "ACME01", "Transaction": "INV1"} }

func posting() params { return params{"WorkId": "01", "Creditor": "ACME01", "Invoice": "INV1"} }

func TestAnInvoiceIsUploadedThenPosted(t *testing.T) {
	b := newBench(t)
	b.stock()
	b.must(b.put("CreateANewPendingInvoiceUpload", upload()))
	b.must(b.put("CreateANewPendingInvoiceUpload", upload().with("InvoiceAmount", "500", "Tax", "-", "CustomerReference", "PCR880/2")))
	head := b.must(b.get("PendingInvoiceListing", pendingKey()))
	if len(head) != 1 || head[0]["InvoiceAmount"] != "1500.00" || head[0]["Tax"] != "150.00" || head[0]["Order"] != "PO1" || head[0]["AuthorisedValue"] != "1500.00" {
		t.Fatalf("pending %v", head)
	}
	columns(t, head[0], map[string]string{"OrderWorkId": "01", "CostingWorkId": "01", "AccountingPeriod": "202611"})
	rows := b.must(b.get("PendingInvoiceDissectionListing", pendingKey()))
	if len(rows) != 2 || rows[1]["Dissection"] != "2" || rows[1]["InvoiceAmount"] != "500.00" || rows[1]["AccountingPeriod"] != "202611" {
		t.Fatalf("dissections %v", rows)
	}
	if echo := b.must(b.post("PostAPendingInvoice", posting())); echo[0]["Invoice"] != "INV1" || echo[0]["Creditor"] != "ACME01" {
		t.Errorf("answer %v", echo)
	}
	posted := b.must(b.get("AccountsPayableTransactionListing", pendingKey()))
	if len(posted) != 2 || posted[0]["ForeignCurrencyInvoiceAmount"] != "1000.00" || posted[1]["TaxAmount"] != "50.00" || posted[1]["CustomerReference"] != "PCR880/2" || posted[0]["Order"] != "PO1" {
		t.Errorf("posted %v", posted)
	}
	if c := b.sim.Counts(); c.PendingInvoices != 0 || len(b.must(b.get("PendingInvoiceDissectionListing", pendingKey()))) != 0 {
		t.Errorf("still pending: %+v", c)
	}
	b.refused(b.post("PostAPendingInvoice", posting()), "already exists")
	b.refused(b.put("CreateANewPendingInvoiceUpload", upload()), "already exists")
}

func TestUploadsAreRefused(t *testing.T) {
	b := newBench(t)
	b.stock()
	b.must(b.put("CreateANewPurchaseOrder", order().with("Order", "PO2")))
	for _, c := range []struct {
		change []string
		want   string
	}{
		{[]string{"Creditor", "-"}, "Creditor is missing"},
		{[]string{"Creditor", "ELEC05"}, "is of creditor ACME01"},
		{[]string{"TransactionType", "X"}, "neither I"},
		{[]string{"Order", "NONE"}, "does not exist"},
		{[]string{"Order", "PO2"}, "has no item on cost centre"},
		{[]string{"CostType", "Z"}, "is not a cost centre"},
		{[]string{"InvoiceAmount", "-1", "Tax", "-"}, "may not be negative"},
		{[]string{"Tax", "100.02"}, "Tax 100.02"},
		{[]string{"TaxCode", "ZZ", "Tax", "-"}, "not a GST code"},
		{[]string{"InvoiceAmount", "2505.01", "Tax", "-"}, "Over-claim of order \"PO1\": 2505.01"},
	} {
		b.refused(b.put("CreateANewPendingInvoiceUpload", upload().with(c.change...)), c.want)
	}
	b.refused(b.post("PostAPendingInvoice", posting()), "is not pending")
	b.must(b.put("CreateANewPendingInvoiceUpload", upload()))
	b.refused(b.put("CreateANewPendingInvoiceUpload", upload()), "PCR880/1 of invoice")
	b.refused(b.put("CreateANewPendingInvoiceUpload", upload().with("Order", "PO2")), "pending for order PO1")
	b.seed(jobpacsim.Books{Periods: []jobpacsim.Row{{"WorkId": "01", "Module": "AP", "AccountingPeriod": "202611", "Locked": "Y"}}})
	b.refused(b.put("CreateANewPendingInvoiceUpload", upload().with("CustomerReference", "PCR880/2")), "is locked")
	b.refused(b.post("PostAPendingInvoice", posting()), "is locked")
}

// What was posted and what is pending both count against the order.
func TestAnOrderIsNotInvoicedTwice(t *testing.T) {
	b := newBench(t)
	b.stock()
	b.must(b.put("CreateANewPendingInvoiceUpload", upload()))
	b.must(b.post("PostAPendingInvoice", posting()))
	second := upload().with("Transaction", "INV2", "CustomerReference", "PCR881/1")
	b.must(b.put("CreateANewPendingInvoiceUpload", second))
	b.refused(b.put("CreateANewPendingInvoiceUpload", second.with("CustomerReference", "PCR881/2")), "Over-claim")
	b.must(b.put("CreateANewPendingInvoiceUpload", second.with("Transaction", "CR1", "TransactionType", "C", "CustomerReference", "x")))
	b.must(b.put("CreateANewPendingInvoiceUpload", second.with("CustomerReference", "PCR881/2")))
}

func TestDoubledInvoicesCanBeSeen(t *testing.T) {
	b := newBench(t)
	b.change(func(s *jobpacsim.Settings) { s.DuplicateKeys = map[string]string{"invoice": "accept"} })
	b.stock()
	for range 2 {
		b.must(b.put("CreateANewPendingInvoiceUpload", upload()))
	}
	if rows := b.must(b.get("PendingInvoiceDissectionListing", pendingKey())); len(rows) != 2 || rows[0]["CustomerReference"] != rows[1]["CustomerReference"] {
		t.Errorf("dissections %v", rows)
	}
}

func TestFaultsOfAnInvoice(t *testing.T) {
	b := newBench(t)
	b.stock()
	b.faults(
		jobpacsim.Fault{Operation: "CreateANewPendingInvoiceUpload", Kind: jobpacsim.FaultEmpty200, Count: 1},
		jobpacsim.Fault{Operation: "PostAPendingInvoice", Kind: jobpacsim.FaultLateCommit, MS: 1000, Count: 1},
	)
	if a := b.put("CreateANewPendingInvoiceUpload", upload()); a.text != "" {
		t.Fatalf("answer %q", a.text)
	}
	if a := b.post("PostAPendingInvoice", posting()); a.err == nil {
		t.Fatalf("answer %d", a.status)
	}
	if n := len(b.must(b.get("PendingInvoiceListing", pendingKey()))); n != 1 {
		t.Fatalf("%d pending", n)
	}
	b.pass(1_000_000_000)
	if n := len(b.must(b.get("AccountsPayableTransactionListing", pendingKey()))); n != 1 {
		t.Errorf("%d posted", n)
	}
}
