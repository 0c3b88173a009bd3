package flow

import (
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// An import that Jobpac refused because it looked too soon is sent anew, whole;
// if it was whole, the approver is told, and what is sent again under the same
// number is sent whole.
func TestARefusedImportIsForgotten(t *testing.T) {
	b, d := invoiceBench(t, erp.WorkOrderContract)
	b.unique = Verified
	d.short = true
	away := true
	b.jobpac.outcome = func(w erp.Write, _ int) (bool, error) {
		if away && w.Kind() == erp.KindClaimItem {
			return false, fault.New(fault.Transient, "write", errCut)
		}
		return true, nil
	}
	b.clock.Advance(b.deliver(5).After)
	away = false
	b.untilSettled(5, 40)
	b.invoiceIs(880, journal.Done)
	b.toldOnce(1005, erp.Success)
	if got := d.given["01|PO1001|INV-1"]; len(got) != 3 {
		t.Errorf("given %v", got)
	}
	headers := 0
	for _, sent := range b.jobpac.sent {
		if strings.HasPrefix(sent, string(erp.KindClaim)+" ") {
			headers++
		}
	}
	if headers != 2 {
		t.Errorf("%d headers sent: %v", headers, b.jobpac.sent)
	}
}

// A claim that Jobpac entered without a line is parked: the line is sent no more.
func TestAClaimEnteredShortIsParked(t *testing.T) {
	b, d := invoiceBench(t, erp.WorkOrderContract)
	away := true
	b.jobpac.outcome = func(w erp.Write, n int) (bool, error) {
		if away && n == 3 {
			return false, fault.New(fault.Transient, "write", errCut)
		}
		return true, nil
	}
	b.clock.Advance(b.deliver(5).After)
	away, d.seen["01|PO1001|INV-1"] = false, 100
	b.untilSettled(5, 40)
	if e := b.invoiceIs(880, journal.Parked); e.Last.Rule != ruleClaimShort {
		t.Errorf("%+v", e.Last)
	}
	if len(b.jobpac.sent) != 3 {
		t.Errorf("sent %v", b.jobpac.sent)
	}
}

// Jobpac looks at an import between our look and our line, which it then refuses:
// that is no refusal of the invoice.
func TestALineThatCameTooLateForItsImport(t *testing.T) {
	b, d := invoiceBench(t, erp.WorkOrderContract)
	b.unique = Verified
	d.short = true
	b.jobpac.outcome = func(_ erp.Write, n int) (bool, error) {
		if n == 2 {
			return false, fault.New(fault.Permanent, "write", errCut).Saying("it is not in the claim import")
		}
		return true, nil
	}
	b.untilSettled(5, 40)
	b.invoiceIs(880, journal.Done)
	b.toldOnce(1005, erp.Success)
	if got := d.given["01|PO1001|INV-1"]; len(got) != 3 {
		t.Errorf("given %v", got)
	}
}

// What Jobpac refuses at the write is told apart as what it lists of a claim is.
func TestARefusedWriteOfAnInvoiceIsToldApart(t *testing.T) {
	for said, rule := range map[string]string{
		"Invoice INV-1 of creditor ACME01 is a duplicate": "IN-DUPLICATE", "Accounting period 202609 is locked": "IN-PERIOD",
		"The value exceeds the order item": "IN-OVERCLAIM", "Order item 1 is not approved": "IN-UNAPPROVED",
	} {
		for nth, half := range map[int]string{1: "", 2: "1 record(s) of it are in Jobpac already"} {
			b, _ := invoiceBench(t, erp.PurchaseOrderContract)
			b.jobpac.outcome = func(_ erp.Write, n int) (bool, error) {
				if n == nth {
					return false, fault.New(fault.Permanent, "write", errCut).Saying(said)
				}
				return true, nil
			}
			b.untilSettled(5, 20)
			e := b.invoiceIs(880, journal.Rejected)
			words := strings.Join(b.procore.words[1005], " ")
			if len(e.Plan.Problems) != 1 || e.Plan.Problems[0].Rule != rule || !strings.Contains(words, said) || !strings.Contains(words, half) {
				t.Errorf("%q, write %d: %+v, told %q", said, nth, e.Plan.Problems, words)
			}
		}
	}
}
