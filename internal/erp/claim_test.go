package erp_test

import (
	"slices"
	"testing"

	"github.com/procpac/procpac/internal/erp"
)

func fields(rec erp.Record) []string {
	var got []string
	for _, f := range rec.Fields() {
		got = append(got, string(f.Name)+"="+f.Value)
	}
	return got
}

func cents(m erp.Money) *erp.Money { return &m }

// TestEveryColumnOfAClaimAndAnInvoice names the columns of each kind, in their order.
func TestEveryColumnOfAClaimAndAnInvoice(t *testing.T) {
	key := erp.ClaimKey{WorkID: "01", Order: "SC1", Invoice: "INV-9"}
	job := erp.JobKey{WorkID: "01", Job: "1001"}
	creditor := erp.CreditorKey{WorkID: "02", Creditor: "BRICKW"}
	const day = "2026-05-01"
	for _, c := range []struct {
		rec  erp.Record
		kind erp.Kind
		key  string
		want []string
	}{
		{
			erp.Claim{
				ClaimKey: key, Job: job, Creditor: creditor, Date: day, Received: day, PaymentDue: day, Retained: cents(500), Released: 250,
				ApprovalUser: "pm", ApprovalDate: day, ApprovalStatus: "a", Reference: "PCR880",
			},
			erp.KindClaim, "01|SC1|INV-9",
			[]string{
				"work_id=01", "order=SC1", "invoice=INV-9", "job=1001", "creditor=BRICKW", "invoice_date=" + day, "invoice_received_date=" + day,
				"payment_due_date=" + day, "retention_held=5.00", "retention_released=2.50", "approval_user=pm", "approval_date=" + day,
				"approval_status=a", "reference=PCR880",
			},
		},
		{
			erp.ClaimItem{
				ClaimKey: key, Line: 2, OrderItem: 7, Value: 10050, TaxCode: "G", Tax: cents(1005), Quantity: 2_0000, Rate: 50_2500, Unit: "M3", Reference: "PCR880/2",
			},
			erp.KindClaimItem, "01|SC1|INV-9|2",
			[]string{
				"work_id=01", "order=SC1", "invoice=INV-9", "item=2", "order_item=7", "value=100.50", "tax_code=G", "tax=10.05", "quantity=2.0000",
				"rate=50.2500", "unit_of_measure=M3", "reference=PCR880/2",
			},
		},
		{
			erp.ClaimItem{ClaimKey: key, Line: 3, Variation: "V1", VariationItem: 4, Value: 1, Reference: "PCR880/3"},
			erp.KindClaimItem, "01|SC1|INV-9|3",
			[]string{"work_id=01", "order=SC1", "invoice=INV-9", "item=3", "variation=V1", "variation_item=4", "value=0.01", "reference=PCR880/3"},
		},
		{
			erp.InvoiceUpload{
				ClaimKey: key, Line: 1, Creditor: creditor, Centre: erp.CostCentreKey{JobKey: job, CostCode: "01-100", CostType: "M"}, Description: "Bolts",
				Date: day, Received: day, PaymentDue: day, Value: 100, TaxCode: "G", Tax: cents(0), Quantity: 1_0000, Unit: "EA", Authorised: cents(300), Reference: "PCR880/1",
			},
			erp.KindInvoice, "01|SC1|INV-9|1",
			[]string{
				"work_id=01", "order=SC1", "invoice=INV-9", "item=1", "creditor=BRICKW", "invoice_or_credit=I", "costing_work_id=01", "job=1001",
				"cost_code=01-100", "cost_type=M", "description=Bolts", "invoice_date=" + day, "invoice_received_date=" + day, "payment_due_date=" + day,
				"value=1.00", "tax_code=G", "tax=0.00", "quantity=1.0000", "unit_of_measure=EA", "authorised_value=3.00", "reference=PCR880/1",
			},
		},
		{
			erp.InvoicePosting{ClaimKey: key, Creditor: creditor, Reference: "PCR880"},
			erp.KindInvoicePost, "01|SC1|INV-9",
			[]string{"work_id=01", "order=SC1", "invoice=INV-9", "creditor=BRICKW", "invoice_or_credit=I", "reference=PCR880"},
		},
	} {
		if c.rec.Kind() != c.kind || c.rec.Key() != c.key {
			t.Errorf("%s %s, want %s %s", c.rec.Kind(), c.rec.Key(), c.kind, c.key)
		}
		if got := fields(c.rec); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.kind, got, c.want)
		}
	}
}

func TestAClaimWithoutRetentionLeavesItToJobpac(t *testing.T) {
	if got := fields(erp.Claim{ClaimKey: erp.ClaimKey{WorkID: "01", Order: "S", Invoice: "1"}}); len(got) != 3 {
		t.Errorf("columns %q", got)
	}
	zero := erp.Claim{ClaimKey: erp.ClaimKey{WorkID: "01", Order: "S", Invoice: "1"}, Retained: cents(0)}
	if got := fields(zero); !slices.Contains(got, "retention_held=0.00") {
		t.Errorf("no retention is not said: %q", got)
	}
}

func TestReferencesOfInvoicesAndTheirLines(t *testing.T) {
	if erp.RequisitionReference(880) != "PCR880" || erp.PrimeChangeReference(12) != "PCP12" || erp.RequisitionReference(880).Line(3) != "PCR880/3" {
		t.Error("references are made another way")
	}
	for text, want := range map[erp.Reference]struct {
		document erp.Reference
		line     int
	}{
		"PCR880/3": {"PCR880", 3}, " PCR880/3 ": {"PCR880", 3}, "PCR880": {"PCR880", 0}, "": {"", 0},
		"A/B": {"A", 0}, "A/-1": {"A", 0}, "A/0": {"A", 0},
	} {
		if document, line := text.Cut(); document != want.document || line != want.line {
			t.Errorf("%q is %q line %d", text, document, line)
		}
	}
}
