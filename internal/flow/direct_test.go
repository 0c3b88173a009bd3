package flow

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// shelf is a Procore whose documents are read by themselves.
type shelf struct {
	documents map[erp.ID]erp.Request
	err       error
	reads     []string
}

func (s *shelf) Document(_ context.Context, resource string, _, id erp.ID) (erp.Request, error) {
	s.reads = append(s.reads, resource+" "+id.String())
	if s.err != nil {
		return erp.Request{}, s.err
	}
	return s.documents[id], nil
}

// directBench is a road that reads documents by themselves, with one approved
// purchase order of two lines.
func directBench(t *testing.T) (*bench, *shelf) {
	b := newBench(t)
	s := &shelf{documents: map[erp.ID]erp.Request{}}
	b.Settings.Direct, b.Documents = true, s
	c := b.order(1, 2)
	c.Code = ""
	b.show(s, *c, "Approved", 100)
	delete(b.procore.requests, 1)
	return b, s
}

// show puts a purchase order on the shelf as it was at that second.
func (b *bench) show(s *shelf, c erp.Commitment, status string, at erp.ID) {
	s.documents[c.ID] = erp.Request{
		ID: at, Company: 9, Name: erp.CreateCommitment, JobOrigin: "01|1001", Commitment: &c, CreatedAt: c.CreatedAt,
		Direct: &erp.Direct{Resource: erp.ResourcePurchaseOrders, Project: 6, ID: c.ID, Status: status},
	}
}

// changed hands the road a webhook of the document.
func (b *bench) changed(id erp.ID, source string) Verdict {
	return b.Process(b.Context(), erp.Event{
		ID: "doc-" + id.String(), Connection: "acme", Resource: erp.ResourcePurchaseOrders, ResourceID: id, Project: 6, Action: "update",
		Source: source, Received: b.clock.Now(),
	})
}

func TestAnApprovedDocumentIsEnteredWithoutAnERPRequest(t *testing.T) {
	b, _ := directBench(t)
	if v := b.changed(4101, erp.FromWebhook); v.Settle != Ack {
		t.Fatalf("%+v", v)
	}
	b.want(journal.KindCommitment, 4101, journal.Done, 3)
	e := b.effect(journal.KindCommitment, 4101)
	if e.Plan.Number != "PO-1" || e.Plan.Source == nil || *e.Plan.Source != (journal.Source{Resource: erp.ResourcePurchaseOrders, Project: 6, ID: 4101}) {
		t.Errorf("number %s of %+v", e.Plan.Number, e.Plan.Source)
	}
	if b.procore.links[4101].Origin != "01|PO-1" || len(b.procore.closings) != 0 {
		t.Errorf("linked %+v, closed %v", b.procore.links, b.procore.closings)
	}
}

// Our own link is a change of the document too; it must not go round.
func TestOurOwnWritesRaiseNoLoop(t *testing.T) {
	b, s := directBench(t)
	b.changed(4101, erp.FromWebhook)
	records, sent := b.effect(journal.KindCommitment, 4101).Records, len(b.jobpac.sent)
	b.procore.links = map[erp.ID]erp.ExternalItem{}
	c := *s.documents[4101].Commitment
	c.Origin = "01|PO-1"
	for i := range erp.ID(3) {
		b.show(s, c, "Approved", 101+i)
		b.changed(4101, erp.FromWebhook)
	}
	if e := b.effect(journal.KindCommitment, 4101); e.Records != records || len(b.jobpac.sent) != sent || len(b.procore.links) != 0 {
		t.Errorf("%d records, %d sends, %d links", e.Records-records, len(b.jobpac.sent)-sent, len(b.procore.links))
	}
}

func TestWhatIsNotApprovedIsLeftAlone(t *testing.T) {
	for _, status := range []string{"Draft", "Out For Bid", "Void", "Terminated", ""} {
		b, s := directBench(t)
		b.show(s, *s.documents[4101].Commitment, status, 100)
		if v := b.changed(4101, erp.FromWebhook); v.Settle != Ack || len(b.jobpac.sent) != 0 || b.effect(journal.KindCommitment, 4101).State != journal.None {
			t.Errorf("%q: %+v, sent %v", status, v, b.jobpac.sent)
		}
	}
}

func TestTheStatusIsFolded(t *testing.T) {
	b, s := directBench(t)
	b.show(s, *s.documents[4101].Commitment, " APPROVED ", 100)
	b.changed(4101, erp.FromWebhook)
	b.want(journal.KindCommitment, 4101, journal.Done, 3)
}

// A revision of what stands is a person's matter, told once.
func TestARevisionOfAnEnteredDocumentIsParked(t *testing.T) {
	b, s := directBench(t)
	b.changed(4101, erp.FromWebhook)
	c := *s.documents[4101].Commitment
	c.Lines = slices.Clone(c.Lines)
	c.Lines[0].Description = "changed"
	b.show(s, c, "Approved", 200)
	b.changed(4101, erp.FromWebhook)
	b.want(journal.KindCommitment, 4101, journal.Parked, 3)
	if e := b.effect(journal.KindCommitment, 4101); e.Last.Rule != ruleChanged || !e.Stands {
		t.Errorf("%+v", e.Last)
	}
}

func TestWhatWasWithdrawnAfterItStoodIsParkedOnce(t *testing.T) {
	for name, d := range map[string]erp.Direct{
		"void":       {Status: "Void"},
		"terminated": {Status: "Terminated"},
		"deleted":    {Gone: true},
	} {
		t.Run(name, func(t *testing.T) {
			b, s := directBench(t)
			b.changed(4101, erp.FromWebhook)
			r := s.documents[4101]
			d.Resource, d.Project, d.ID = erp.ResourcePurchaseOrders, 6, 4101
			r.Direct = &d
			s.documents[4101] = r
			b.changed(4101, erp.FromWebhook)
			e := b.effect(journal.KindCommitment, 4101)
			if e.State != journal.Parked || e.Last.Rule != ruleWithdrawn || !strings.Contains(e.Last.Reason, "PO-1") {
				t.Fatalf("%s: %s", e.State, e.Last.Reason)
			}
			b.changed(4101, erp.FromWebhook)
			if again := b.effect(journal.KindCommitment, 4101); again.Records != e.Records {
				t.Error("told twice")
			}
		})
	}
}

// A death anywhere is followed by the same single order.
func TestDirectIntakeSurvivesDeath(t *testing.T) {
	for _, at := range []failpoint.Point{failpoint.Read, failpoint.Claimed, failpoint.IntentWritten, failpoint.Sent, failpoint.StepsDone, failpoint.Linked, failpoint.DoneWritten} {
		t.Run(string(at), func(t *testing.T) {
			b, s := directBench(t)
			b.unique = Verified
			b.Points = dyingAt(at)
			b.dies(func() Verdict { return b.changed(4101, erp.FromWebhook) })
			b.Settings.Direct, b.Documents = true, s
			for range 20 {
				v := b.changed(4101, erp.FromWebhook)
				if v.Settle == Ack {
					break
				}
				b.clock.Advance(v.After)
			}
			b.want(journal.KindCommitment, 4101, journal.Done, 3)
		})
	}
}

func TestADocumentThatCannotBeRead(t *testing.T) {
	b, s := directBench(t)
	s.err = fault.New(fault.Transient, "show", errors.New("hidden")).OfSystem().Wait(time.Minute)
	if v := b.changed(4101, erp.FromWebhook); v.Settle != Later || v.Pause < time.Minute || b.effect(journal.KindCommitment, 4101).State != journal.None {
		t.Errorf("hidden: %+v", v)
	}
	s.err = fault.New(fault.Transient, "show", errors.New("500"))
	if v := b.changed(4101, erp.FromWebhook); v.Settle != Later || b.effect(journal.KindCommitment, 4101).Attempt != 1 {
		t.Errorf("failing: %+v", v)
	}
	s.err = nil
	b.clock.Advance(time.Hour)
	b.changed(4101, erp.FromWebhook)
	b.want(journal.KindCommitment, 4101, journal.Done, 3)
}

// Without the ERP tool Procore takes no origin ids: the link stands in the
// journal alone.
func TestALinkThatProcoreDoesNotTakeIsNoFaultOfADirectDocument(t *testing.T) {
	b, _ := directBench(t)
	b.procore.linkErr = fault.New(fault.Permanent, "link", errors.New("403"))
	b.changed(4101, erp.FromWebhook)
	b.want(journal.KindCommitment, 4101, journal.Done, 3)
}

func TestDirectDocumentsFromBeforeGoLiveAreNotCreated(t *testing.T) {
	b, _ := directBench(t)
	b.GoLive = b.clock.Now()
	b.changed(4101, erp.FromWebhook)
	b.want(journal.KindCommitment, 4101, journal.Parked, 0)
	if e := b.effect(journal.KindCommitment, 4101); e.Last.Rule != ruleBeforeGoLive {
		t.Errorf("%+v", e.Last)
	}
}

func TestWithoutDirectIntakeContractWebhooksAreNotNeeded(t *testing.T) {
	b, _ := directBench(t)
	b.Settings.Direct = false
	if v := b.changed(4101, erp.FromWebhook); v.Settle != Ack || len(b.jobpac.sent) != 0 {
		t.Errorf("%+v", v)
	}
}

// A person's decision reads the document again by itself.
func TestADecisionOnADirectDocument(t *testing.T) {
	b, _ := directBench(t)
	b.jobpac.outcome = lost
	for range 50 {
		v := b.changed(4101, erp.FromWebhook)
		if v.Settle == Ack {
			break
		}
		b.clock.Advance(v.After)
	}
	b.want(journal.KindCommitment, 4101, journal.Parked, 0)
	b.jobpac.outcome = nil
	b.clock.Advance(time.Hour)
	b.Process(t.Context(), b.decision(erp.Retry, journal.KindCommitment, 4101, ""))
	b.want(journal.KindCommitment, 4101, journal.Done, 3)
}
