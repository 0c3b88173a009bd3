package flow

import (
	"testing"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// gone is how a deleted document is told: nothing else is filled in.
func gone(resource string, id erp.ID) erp.Request {
	return erp.Request{Company: 9, Direct: &erp.Direct{Resource: resource, Project: 6, ID: id, Gone: true}}
}

func TestADeletedDocumentIsToldOfItsOwnEffect(t *testing.T) {
	b, s := directBench(t)
	b.changed(4101, erp.FromWebhook)
	s.documents[4101] = gone(erp.ResourcePurchaseOrders, 4101)
	if v := b.changed(4101, erp.FromWebhook); v.Settle != Ack {
		t.Fatalf("%+v", v)
	}
	if e := b.effect(journal.KindCommitment, 4101); e.State != journal.Parked || e.Last.Rule != ruleWithdrawn {
		t.Errorf("%s %s", e.State, e.Last.Rule)
	}
	records := b.effect(journal.KindCommitment, 4101).Records
	if b.changed(4101, erp.FromWebhook); b.effect(journal.KindCommitment, 4101).Records != records {
		t.Error("told twice")
	}
}
