package flow

import (
	"slices"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// A batch that could not be read at first has a history of its own, which must
// not end when its invoices are worked on: its detail is still to be closed.
func TestABatchThatWasReadLateIsAnswered(t *testing.T) {
	b := newBench(t)
	b.procore.showErr = errAway()
	e := erp.Event{ID: "ev-3", Connection: "acme", Resource: "ERP Requests", ResourceID: 3, Action: "create", Source: erp.FromWebhook, Received: b.clock.Now()}
	b.Process(t.Context(), e)
	b.procore.showErr = nil
	b.procore.requests[3] = erp.Request{
		ID: 3, DetailID: 1003, Company: 9, Name: erp.CreateRequisitions, JobOrigin: "01|1001",
		Invoices: []erp.Requisition{{ID: 880, ContractID: 4101, Number: "INV-1"}},
	}
	b.clock.Advance(time.Hour)
	for range 5 {
		v := b.Process(t.Context(), e)
		if v.Settle == Ack {
			break
		}
		b.clock.Advance(max(v.After, time.Second))
	}
	if got := b.procore.closings[1003]; !slices.Equal(got, []erp.Outcome{erp.Failed}) {
		t.Errorf("told %v: request %s, invoice %s", got, b.effect(journal.KindRequest, 3).State, b.effect(journal.KindRequisition, 880).State)
	}
}

// Every invoice of a batch that cannot be read is answered.
func TestTheInvoicesOfAnUnreadableBatchAreAnswered(t *testing.T) {
	b := newBench(t)
	b.procore.requests[3] = erp.Request{
		ID: 3, DetailID: 1003, Company: 9, Name: erp.CreateRequisitions, Unreadable: "broken",
		Import: &erp.ImportRequest{Rows: []erp.ClosedBy{{Detail: 501}, {Detail: 502}}},
	}
	b.untilSettled(3, 5)
	for _, detail := range []erp.ID{501, 502, 1003} {
		if got := b.procore.closings[detail]; !slices.Equal(got, []erp.Outcome{erp.Failed}) {
			t.Errorf("detail %d: told %v", detail, got)
		}
	}
}

// A person's decision on an invoice is carried out on that invoice of its batch.
func TestADecisionOnAnInvoiceReachesIt(t *testing.T) {
	b := newBench(t)
	b.procore.requests[3] = erp.Request{
		ID: 3, DetailID: 1003, Company: 9, Name: erp.CreateRequisitions, JobOrigin: "01|1001",
		Invoices: []erp.Requisition{{ID: 879, ContractID: 4100, Number: "INV-0"}, {ID: 880, ContractID: 4101, Number: "INV-1"}},
	}
	b.untilSettled(3, 5)
	before := b.effect(journal.KindRequisition, 880)
	if before.State != journal.Rejected {
		t.Fatalf("%s", before.State)
	}
	v := b.Process(t.Context(), b.decision(erp.Retry, journal.KindRequisition, 880, ""))
	if e := b.effect(journal.KindRequisition, 880); v.Settle != Ack || v.Effect != e.Key || e.Records == before.Records || e.Event == before.Event {
		t.Errorf("%+v: %d records", v, e.Records-before.Records)
	}
	if got := b.procore.closings[1003]; !slices.Equal(got, []erp.Outcome{erp.Failed}) {
		t.Errorf("told %v", got)
	}
}
