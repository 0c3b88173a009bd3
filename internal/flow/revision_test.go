package flow

import (
	"slices"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// revisedBench has a commitment of two lines, 100.50 and 101.50, in Jobpac, and a
// road that enters what is changed in it afterwards.
func revisedBench(t *testing.T, kind erp.CommitmentType) (*bench, *shelf) {
	b, s := directBench(t)
	b.VaryRevised = true
	s.documents[4101].Commitment.Type = kind
	b.changed(4101, erp.FromWebhook)
	b.want(journal.KindCommitment, 4101, journal.Done, 3)
	b.jobpac.sent = nil
	return b, s
}

// revise shows the commitment changed, as of that second.
func (b *bench) revise(s *shelf, at erp.ID, change func(*erp.Commitment)) {
	b.Helper()
	c := *s.documents[4101].Commitment
	c.Lines = slices.Clone(c.Lines)
	change(&c)
	b.show(s, c, "Approved", at)
}

// amounts gives the first line another amount, takes the second away and adds a
// third.
func amounts(t *testing.T) func(*erp.Commitment) {
	return func(c *erp.Commitment) {
		c.Lines[0].Amount, c.Lines[0].UnitCost = decimal(t, "150.50"), decimal(t, "150.50")
		c.Lines = append(c.Lines[:1], line(t, 300, 3, "7.00"))
	}
}

func (b *bench) revision(n int) journal.Effect {
	b.Helper()
	e, err := b.journal.Load(b.Context(), journal.NewKey("acme", journal.KindCommitment, 4101).Revision(n))
	if err != nil {
		b.Fatal(err)
	}
	return e
}

// sum adds up what Jobpac has of the lines.
func (b *bench) sum() string {
	var total erp.Money
	for _, r := range b.jobpac.rows {
		if isItem(r.kind) {
			value, _ := erp.ParseMoney(r.values[erp.ColValue])
			total += value
		}
	}
	return total.String()
}

func TestARevisionOfAPurchaseOrderIsFurtherItems(t *testing.T) {
	b, s := revisedBench(t, erp.PurchaseOrderContract)
	b.revise(s, 200, amounts(t))
	b.changedUntilAcked()
	e := b.revision(1)
	want := []string{"purchase_order_item 01|PO-1|3", "purchase_order_item 01|PO-1|4", "purchase_order_item 01|PO-1|5"}
	if e.State != journal.Done || !slices.Equal(b.jobpac.sent, want) || e.Plan.Total != "-44.50" || e.Plan.Ref != "PCC4101R1" || b.sum() != "157.50" {
		t.Errorf("%s: %s; sent %v, total %s, sum %s", e.State, e.Last.Reason, b.jobpac.sent, e.Plan.Total, b.sum())
	}
	if b.procore.links[300].Origin != "01|PO-1|4" || b.procore.links[100].Origin != "01|PO-1|1" || b.procore.links[4101].Origin != "01|PO-1" {
		t.Errorf("linked %v", b.procore.links)
	}
	b.want(journal.KindCommitment, 4101, journal.Done, 6)
	b.revise(s, 300, func(c *erp.Commitment) { c.Origin = "01|PO-1" })
	b.changedUntilAcked()
	if b.revision(1).Records != e.Records || b.revision(2).State != journal.None || len(b.jobpac.sent) != 3 {
		t.Errorf("our own link went round: sent %v", b.jobpac.sent)
	}
}

func TestARevisionOfASubcontractIsAFurtherVariation(t *testing.T) {
	b, s := revisedBench(t, erp.WorkOrderContract)
	b.revise(s, 200, amounts(t))
	b.changedUntilAcked()
	want := []string{"variation 01|1001|V00001", "variation_item 01|1001|V00001|1", "variation_item 01|1001|V00001|2", "variation_item 01|1001|V00001|3"}
	if e := b.revision(1); e.State != journal.Done || !slices.Equal(b.jobpac.sent, want) || b.sum() != "157.50" {
		t.Fatalf("%s: %s; sent %v, sum %s", e.State, e.Last.Reason, b.jobpac.sent, b.sum())
	}
	header, items := b.jobpac.rows[3].values, b.jobpac.rows[4:]
	if header[erp.ColReference] != "PCC4101R1" || header[erp.ColApprovedSum] != "-44.50" || header[erp.ColApproved] != "1970-01-01" || header[erp.ColDescription] != "Revision 1: Formply" {
		t.Errorf("header %v", header)
	}
	for i, of := range []string{"1", "", "2"} { // the new line opens a cost centre
		if items[i].values[erp.ColOrderItem] != of || items[i].values[erp.ColOrder] != "PO-1" {
			t.Errorf("item %d is of %v", i+1, items[i].values)
		}
	}
	if b.procore.links[300].Origin != "01|1001|V00001|2" {
		t.Errorf("linked %v", b.procore.links[300])
	}
}

// Whatever is changed afterwards, in whatever order, Jobpac has the sum that
// Procore has.
func TestRevisionsAddUp(t *testing.T) {
	for _, kind := range []erp.CommitmentType{erp.PurchaseOrderContract, erp.WorkOrderContract} {
		b, s := revisedBench(t, kind)
		first := *s.documents[4101].Commitment
		for i, change := range []func(*erp.Commitment){
			amounts(t),
			func(c *erp.Commitment) { c.Lines[1].Amount = decimal(t, "9.00") },  // the line that a revision opened
			func(c *erp.Commitment) { c.Lines = c.Lines[:1] },                   // and takes away
			func(c *erp.Commitment) { *c = first },                              // all as it was
			func(c *erp.Commitment) { c.Lines[1].Amount = decimal(t, "-1.00") }, // below zero
		} {
			b.revise(s, erp.ID(200+i), change)
			b.changedUntilAcked()
			var want erp.Money
			for _, l := range s.documents[4101].Commitment.Lines {
				amount, _ := l.Amount.Money()
				want += amount
			}
			if e := b.revision(i + 1); e.State != journal.Done || b.sum() != want.String() {
				t.Errorf("%s, change %d: %s %s; %s in Jobpac, %s in Procore", kind, i+1, e.State, e.Last.Reason, b.sum(), want)
			}
		}
		b.want(journal.KindCommitment, 4101, journal.Done, len(b.jobpac.rows))
	}
}

func TestARevisionOfAChangeOrder(t *testing.T) {
	for _, kind := range []erp.CommitmentType{erp.PurchaseOrderContract, erp.WorkOrderContract} {
		b, s := revisedBench(t, kind)
		c := *s.documents[4101].Commitment
		o := &erp.ChangeOrder{ID: 7701, ContractID: 4101, Number: "001", Title: "More", ReviewedAt: "2026-11-21T00:00:00Z", Lines: []erp.Line{line(t, 200, 1, "10.00")}}
		o.Lines[0].CommitmentLine = 100
		show := func(at erp.ID) Verdict {
			s.documents[7701] = erp.Request{
				ID: at, Company: 9, Name: erp.CreateCommitmentChangeOrder, JobOrigin: "01|1001", Commitment: &c, ChangeOrder: o, CreatedAt: o.ReviewedAt,
				Direct: &erp.Direct{Resource: erp.ResourceChangePackages, Project: 6, ID: 7701, Status: "approved"},
			}
			return b.Process(b.Context(), erp.Event{
				ID: "doc", Connection: "acme", Resource: erp.ResourceChangePackages, ResourceID: 7701, Project: 6, Action: "update", Source: erp.FromWebhook, Received: b.clock.Now(),
			})
		}
		show(150)
		if e := b.effect(journal.KindChangeOrder, 7701); e.State != journal.Done {
			t.Fatalf("%s: %s", e.State, e.Last.Reason)
		}
		changed := *o
		changed.Lines = []erp.Line{line(t, 200, 1, "4.00")}
		o = &changed
		show(200)
		e, _ := b.journal.Load(t.Context(), journal.NewKey("acme", journal.KindChangeOrder, 7701).Revision(1))
		if e.State != journal.Done || e.Plan.Total != "-6.00" || e.Plan.Ref != "PCO7701R1" || b.sum() != "206.00" {
			t.Errorf("%s: %s %s, total %s, sum %s", kind, e.State, e.Last.Reason, e.Plan.Total, b.sum())
		}
	}
}

// A change order on a line that a revision opened, on the subcontract's new cost
// centre.
func TestAChangeOrderOnALineThatARevisionOpened(t *testing.T) {
	b, s := revisedBench(t, erp.WorkOrderContract)
	b.revise(s, 200, amounts(t))
	b.changedUntilAcked()
	c := *s.documents[4101].Commitment
	o := b.change(2, c, 1)
	o.Lines[0].CommitmentLine = 300
	b.procore.requests[2].Commitment.Lines[1].Origin = ""
	b.untilSettled(2, 5)
	if e := b.effect(journal.KindChangeOrder, 7701); e.State != journal.Done {
		t.Errorf("%s: %s", e.State, e.Last.Reason)
	}
}

// What is not money, or cannot be a change of the order, is a person's matter.
func TestWhatIsNoRevisionIsParked(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*bench, *erp.Commitment)
		said   string
	}{
		"words":   {func(_ *bench, c *erp.Commitment) { c.Lines[0].Description = "other" }, "its amounts are the same"},
		"centre":  {func(_ *bench, c *erp.Commitment) { c.Lines[0].CostCode.Origin = "01|1001|01-200" }, "is on cost centre 01-200 M now and was entered on 01-100 M"},
		"company": {func(_ *bench, c *erp.Commitment) { c.Vendor.Origin, c.Lines[0].Amount = "01|OTHER", erp.Decimal{} }, "not the creditor it was entered for"},
		"setting": {func(b *bench, c *erp.Commitment) {
			b.VaryRevised = false
			c.Lines[0].Amount = decimal(b.T, "1.00")
		}, "bring the change as a change order"},
	} {
		b, s := revisedBench(t, erp.PurchaseOrderContract)
		b.revise(s, 200, func(d *erp.Commitment) { c.change(b, d) })
		b.changedUntilAcked()
		e := b.effect(journal.KindCommitment, 4101)
		if e.State != journal.Parked || e.Last.Rule != ruleChanged || !strings.Contains(e.Last.Reason, c.said) || len(b.jobpac.sent) != 0 || b.revision(1).State != journal.None {
			t.Errorf("%s: %s %s, sent %v", name, e.State, e.Last.Reason, b.jobpac.sent)
		}
		s.documents[4101].Direct.Status = "Approved"
		b.changedUntilAcked()
		if again := b.effect(journal.KindCommitment, 4101); again.Records != e.Records {
			t.Errorf("%s: told twice", name)
		}
		b.revise(s, 300, func(d *erp.Commitment) { *d = *b.originally() })
		b.changedUntilAcked()
		if len(b.jobpac.sent) != 0 {
			t.Errorf("%s: set back, and sent %v", name, b.jobpac.sent)
		}
	}
}

// originally is the commitment as directBench shows it.
func (b *bench) originally() *erp.Commitment {
	c := b.order(1, 2)
	c.Code = ""
	delete(b.procore.requests, 1)
	return c
}

// What is under way when the setting is taken back is brought to its end.
func TestARevisionUnderWayOutlivesTheSetting(t *testing.T) {
	b, s := revisedBench(t, erp.PurchaseOrderContract)
	b.unique = Verified
	b.revise(s, 200, amounts(t))
	b.jobpac.outcome = func(_ erp.Write, n int) (bool, error) { return n != 2, map[int]error{2: errUnclear()}[n] }
	b.changed(4101, erp.FromWebhook)
	b.jobpac.outcome, b.VaryRevised = nil, false
	b.clock.Advance(quiet)
	b.changedUntilAcked()
	if e := b.revision(1); e.State != journal.Done || b.sum() != "157.50" {
		t.Errorf("%s: %s, sum %s", e.State, e.Last.Reason, b.sum())
	}
}

// A notice about a change ends once the change is entered.
func TestARevisionEndsTheNotice(t *testing.T) {
	b, s := revisedBench(t, erp.PurchaseOrderContract)
	b.VaryRevised = false
	b.revise(s, 200, amounts(t))
	b.changedUntilAcked()
	b.want(journal.KindCommitment, 4101, journal.Parked, 3)
	b.VaryRevised = true
	b.revise(s, 201, func(*erp.Commitment) {})
	b.changedUntilAcked()
	b.want(journal.KindCommitment, 4101, journal.Done, 6)
	if b.revision(1).State != journal.Done || b.sum() != "157.50" {
		t.Errorf("%s, sum %s", b.revision(1).State, b.sum())
	}
}
