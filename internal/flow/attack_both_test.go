package flow

import (
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// bothBench is a road with both intakes: request 5000 asks for the document that
// stands on the shelf too, as it was at second 100.
func bothBench(t *testing.T) (*bench, *shelf) {
	b, s := directBench(t)
	b.order(5000, 2)
	return b, s
}

// An ERP request may be sent before the contract is approved: a webhook of the
// contract must not end it.
func TestAContractThatIsNotApprovedDoesNotEndItsRequest(t *testing.T) {
	b, s := bothBench(t)
	b.show(s, *s.documents[4101].Commitment, "Out For Signature", 100)
	b.jobpac.readErr = errAway()
	b.deliver(5000)
	b.jobpac.readErr = nil
	if v := b.changed(4101, erp.FromWebhook); v.Settle != Ack {
		t.Fatalf("%+v", v)
	}
	b.clock.Advance(time.Hour)
	b.untilSettled(5000, 5)
	b.want(journal.KindCommitment, 4101, journal.Done, 3, erp.Success)
}

// What an ERP request brought is not asked for again by its webhooks.
func TestAWebhookOfWhatARequestBroughtIsNotOnRecord(t *testing.T) {
	b, _ := bothBench(t)
	b.untilSettled(5000, 5)
	records := b.effect(journal.KindCommitment, 4101).Records
	for range 3 {
		b.changed(4101, erp.FromWebhook)
	}
	if e := b.effect(journal.KindCommitment, 4101); e.Records != records || e.State != journal.Done || e.Plan.Number != "PO1001" {
		t.Errorf("%d more records, %s %s", e.Records-records, e.State, e.Plan.Number)
	}
}

// The moment of a document's last change never becomes the number of a request.
func TestAVoidedDocumentKeepsTheRequestThatBroughtIt(t *testing.T) {
	b, s := bothBench(t)
	b.untilSettled(5000, 5)
	b.show(s, *s.documents[4101].Commitment, "Void", 110)
	b.changed(4101, erp.FromWebhook)
	e := b.effect(journal.KindCommitment, 4101)
	if e.State != journal.Parked || e.Last.Rule != ruleWithdrawn || e.Request != 5000 || e.Detail != 6000 {
		t.Fatalf("%s %s of request %d, detail %d", e.State, e.Last.Rule, e.Request, e.Detail)
	}
	if hint, ok := e.Hint(); !ok || hint.Resource != erp.ResourceRequests || hint.ResourceID != 5000 {
		t.Errorf("%+v", hint)
	}
}

// A request for what a document brought takes over: a replay is of the request.
func TestARequestTakesOverFromADocument(t *testing.T) {
	b, _ := bothBench(t)
	b.changed(4101, erp.FromWebhook)
	b.untilSettled(5000, 5)
	e := b.effect(journal.KindCommitment, 4101)
	if e.State != journal.Parked || e.Last.Rule != ruleChanged || len(b.procore.closings[6000]) != 1 {
		t.Fatalf("%s %s, told %v", e.State, e.Last.Rule, b.procore.closings[6000])
	}
	if hint, ok := e.Hint(); !ok || hint.ResourceID != 5000 {
		t.Errorf("%+v", hint)
	}
	b.changed(4101, erp.FromWebhook)
	if again := b.effect(journal.KindCommitment, 4101); again.Records != e.Records || len(b.jobpac.rows) != 3 {
		t.Errorf("%s after %d more records, %d rows", again.State, again.Records-e.Records, len(b.jobpac.rows))
	}
}
