package flow

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// desk is the part of a Jobpac that takes claims and invoices: what was imported
// is staged for so many looks, and then entered, or refused with these words.
type desk struct {
	*books
	looks  int // that find a claim staged
	refuse []string
	short  bool // refuses an import without lines at once, and forgets it when it comes anew
	seen   map[string]int
	given  map[string][]erp.Record // by key of the claim, header first
	posted map[string]bool
}

func newDesk(b *books) *desk {
	return &desk{books: b, seen: map[string]int{}, given: map[string][]erp.Record{}, posted: map[string]bool{}}
}

// claimOf is the key of the claim or invoice that a record belongs to.
func claimOf(rec erp.Record) string {
	return strings.Join(strings.SplitN(rec.Key(), "|", 4)[:3], "|")
}

func (d *desk) Write(ctx context.Context, w erp.Write) error {
	switch w.Kind() {
	case erp.KindClaim, erp.KindClaimItem, erp.KindInvoice, erp.KindInvoicePost:
	default:
		return d.books.Write(ctx, w)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sent = append(d.sent, stepID(w.Record))
	done, err := true, error(nil)
	if d.outcome != nil {
		done, err = d.outcome(w, len(d.sent))
	}
	if !done {
		return err
	}
	key := claimOf(w.Record)
	if w.Kind() == erp.KindClaim && d.short && len(d.given[key]) == 1 {
		delete(d.given, key)
	}
	if w.Kind() == erp.KindInvoicePost {
		d.posted[key] = true
		return err
	}
	for _, have := range d.given[key] {
		if stepID(have) == stepID(w.Record) {
			return fault.New(fault.Permanent, "write", nil).Saying("it exists already")
		}
	}
	d.given[key] = append(d.given[key], w.Record)
	return err
}

// rowOf shows a record as Jobpac does.
func rowOf(rec erp.Record) erp.Row {
	values := map[erp.Name]string{}
	for _, f := range rec.Fields() {
		values[f.Name] = f.Value
	}
	return erp.Row{Kind: rec.Kind(), Values: values}
}

func (d *desk) Claim(_ context.Context, key erp.ClaimKey) (erp.ClaimFound, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	records := d.given[key.Origin()]
	if len(records) == 0 || d.readErr != nil {
		return erp.ClaimFound{}, d.readErr
	}
	if d.short && len(records) == 1 {
		return erp.ClaimFound{State: erp.ClaimRefused, Errors: []string{"no details"}}, nil
	}
	header := rowOf(records[0])
	if len(records) == 1 {
		delete(header.Values, erp.ColReference) // it has none before it has lines
	}
	if d.seen[key.Origin()]++; d.seen[key.Origin()] <= d.looks+len(records) {
		return erp.ClaimFound{State: erp.ClaimStaged, Book: erp.Book{Documents: []erp.Document{{Header: header}}}}, nil
	}
	if len(d.refuse) > 0 {
		return erp.ClaimFound{State: erp.ClaimRefused, Errors: d.refuse}, nil
	}
	doc := erp.Document{Header: header}
	for _, rec := range records[1:] {
		doc.Items = append(doc.Items, rowOf(rec))
	}
	return erp.ClaimFound{State: erp.ClaimEntered, Number: "1", Book: erp.Book{Documents: []erp.Document{doc}}}, nil
}

func (d *desk) Invoice(_ context.Context, _ erp.CreditorKey, key erp.ClaimKey) (erp.ClaimFound, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	records := d.given[key.Origin()]
	if len(records) == 0 {
		return erp.ClaimFound{}, d.readErr
	}
	doc := erp.Document{Header: erp.Row{Kind: "pending_invoice_head", Values: map[erp.Name]string{}}}
	first, _, _ := strings.Cut(field(records[0], erp.ColReference), "/")
	doc.Header.Values[erp.ColReference] = first
	state := erp.ClaimStaged
	if d.posted[key.Origin()] {
		doc.Header.Kind, state = erp.KindInvoicePost, erp.ClaimEntered
	}
	for _, rec := range records {
		doc.Items = append(doc.Items, rowOf(rec))
	}
	return erp.ClaimFound{State: state, Number: key.Invoice, Book: erp.Book{Documents: []erp.Document{doc}}}, nil
}

// invoiceBench has a subcontract of two lines in Jobpac, and request 5 with an
// invoice on it, to be told by the request's own detail.
func invoiceBench(t *testing.T, kind erp.CommitmentType) (*bench, *desk) {
	b := newBench(t)
	d := newDesk(b.jobpac)
	b.Ledger, b.Invoices = d, d
	c := b.order(1, 2)
	c.Type = kind
	b.untilSettled(1, 5)
	b.want(journal.KindCommitment, 4101, journal.Done, 3, erp.Success)
	b.bills(5, invoiceOf(t, 880, "INV-1", "100.50", "20.00"))
	b.jobpac.sent = nil
	return b, d
}

func invoiceOf(t *testing.T, id erp.ID, number string, amounts ...string) erp.Requisition {
	inv := erp.Requisition{
		ID: id, ContractID: 4101, ContractOrigin: "01|PO1001", JobOrigin: "01|1001", Number: number, Method: "amount", BillingDate: "2026-11-20",
	}
	for i, amount := range amounts {
		inv.Lines = append(inv.Lines, erp.RequisitionLine{
			ID: id*10 + erp.ID(i), ItemType: "Billings::ContractItem", Description: "Work", Amount: decimal(t, amount),
			CommitmentItemOrigin: "01|PO1001|" + strconv.Itoa(i+1), CostCode: erp.Link{Origin: "01|1001|01-100"}, CostType: erp.Link{Origin: "M"},
		})
	}
	return inv
}

func (b *bench) bills(request erp.ID, invoices ...erp.Requisition) {
	b.procore.requests[request] = erp.Request{
		ID: request, DetailID: request + 1000, Company: 9, Name: erp.CreateRequisitions, JobOrigin: "01|1001", Invoices: invoices,
	}
}

// invoiceIs checks how an invoice stands.
func (b *bench) invoiceIs(id erp.ID, state journal.State) journal.Effect {
	b.Helper()
	e := b.effect(journal.KindRequisition, id)
	if e.State != state {
		b.Fatalf("%s is %s (%s), want %s", e.Key, e.State, e.Last.Reason, state)
	}
	return e
}

func (b *bench) toldOnce(detail erp.ID, want erp.Outcome) {
	b.Helper()
	if got := slices.Compact(slices.Clone(b.procore.closings[detail])); !slices.Equal(got, []erp.Outcome{want}) {
		b.Errorf("detail %d was told %v, want %s: %q", detail, got, want, b.procore.words[detail])
	}
}

func TestAnInvoiceOnASubcontractBecomesAClaim(t *testing.T) {
	b, d := invoiceBench(t, erp.WorkOrderContract)
	d.looks = 3
	b.untilSettled(5, 20)
	e := b.invoiceIs(880, journal.Done)
	b.toldOnce(1005, erp.Success)
	if got := b.procore.links[880].Origin; got != "01|PO1001|INV-1" {
		t.Errorf("linked as %q", got)
	}
	if len(b.jobpac.sent) != 3 || len(e.Plan.Steps) != 3 {
		t.Errorf("sent %v", b.jobpac.sent)
	}
	before := len(b.jobpac.sent)
	b.replay(5)
	b.untilSettled(5, 5)
	if len(b.jobpac.sent) != before {
		t.Errorf("a replay sent %v", b.jobpac.sent[before:])
	}
	b.toldOnce(1005, erp.Success)
}

func TestAClaimThatJobpacRefusesIsToldPlainly(t *testing.T) {
	b, d := invoiceBench(t, erp.WorkOrderContract)
	d.refuse = []string{"Item 1: claimed value exceeds the item"}
	b.untilSettled(5, 20)
	e := b.invoiceIs(880, journal.Rejected)
	b.toldOnce(1005, erp.Failed)
	if len(e.Plan.Problems) == 0 || !strings.HasPrefix(e.Plan.Problems[0].Rule, "IN-") || !strings.Contains(strings.Join(b.procore.words[1005], " "), e.Plan.Problems[0].Message) {
		t.Errorf("told %q of %+v", b.procore.words[1005], e.Plan.Problems)
	}
}

func TestAnInvoiceOnAPurchaseOrderIsUploadedAndPosted(t *testing.T) {
	b, d := invoiceBench(t, erp.PurchaseOrderContract)
	b.untilSettled(5, 20)
	b.invoiceIs(880, journal.Done)
	b.toldOnce(1005, erp.Success)
	if !d.posted["01|PO1001|INV-1"] || len(d.given["01|PO1001|INV-1"]) != 2 {
		t.Errorf("given %v, posted %v", d.given, d.posted)
	}
}

func TestAnInvoiceOnAnItemThatWaitsForApprovalIsRefused(t *testing.T) {
	b, d := invoiceBench(t, erp.PurchaseOrderContract)
	d.waiting = []int{2}
	b.untilSettled(5, 20)
	b.invoiceIs(880, journal.Rejected)
	b.toldOnce(1005, erp.Failed)
	if len(b.jobpac.sent) != 0 {
		t.Errorf("sent %v", b.jobpac.sent)
	}
}

// Of two invoices in one request the good one stands; the request is told once,
// with the words of the other.
func TestInvoicesOfOneRequestEndEachForItself(t *testing.T) {
	b, _ := invoiceBench(t, erp.WorkOrderContract)
	b.bills(5, invoiceOf(t, 880, "INV-1", "10.00"), invoiceOf(t, 881, "INV-2", "-5.00"))
	b.untilSettled(5, 20)
	b.invoiceIs(880, journal.Done)
	b.invoiceIs(881, journal.Rejected)
	b.toldOnce(1005, erp.Failed)
	if words := strings.Join(b.procore.words[1005], " "); !strings.Contains(words, "INV-2") || b.procore.links[880].Origin == "" {
		t.Errorf("told %q, linked %+v", words, b.procore.links)
	}
}

func TestInvoicesWithDetailsOfTheirOwnAreToldEachForItself(t *testing.T) {
	b, _ := invoiceBench(t, erp.WorkOrderContract)
	good, bad := invoiceOf(t, 880, "INV-1", "10.00"), invoiceOf(t, 881, "INV-2", "-5.00")
	good.DetailID, bad.DetailID = 701, 702
	b.bills(5, good, bad)
	req := b.procore.requests[5]
	req.DetailID = 0
	b.procore.requests[5] = req
	b.untilSettled(5, 20)
	b.toldOnce(701, erp.Success)
	b.toldOnce(702, erp.Failed)
	if len(maps.Collect(maps.All(b.procore.closings))) != 3 { // and the commitment's
		t.Errorf("told %v", b.procore.closings)
	}
}

// A lost answer never makes a second header, line or posting.
func TestALostAnswerDoublesNoInvoice(t *testing.T) {
	for _, kind := range []erp.CommitmentType{erp.WorkOrderContract, erp.PurchaseOrderContract} {
		for nth := 1; nth <= 3; nth++ {
			for _, happened := range []bool{true, false} {
				b, d := invoiceBench(t, kind)
				d.looks = 5
				b.jobpac.outcome = func(_ erp.Write, n int) (bool, error) {
					if n == nth {
						return happened, fault.New(fault.Ambiguous, "write", errCut)
					}
					return true, nil
				}
				for range 60 {
					v := b.deliver(5)
					if v.Settle == Ack {
						break
					}
					b.clock.Advance(v.After)
				}
				count := map[string]int{}
				for _, records := range d.given {
					for _, rec := range records {
						count[stepID(rec)]++
					}
				}
				for id, n := range count {
					if n != 1 {
						t.Errorf("%s, write %d, happened %t: %s stands %d times", kind, nth, happened, id, n)
					}
				}
				e := b.effect(journal.KindRequisition, 880)
				if e.State != journal.Done && e.State != journal.Parked {
					t.Errorf("%s, write %d, happened %t: %s: %s", kind, nth, happened, e.State, e.Last.Reason)
				}
			}
		}
	}
}

func TestAnInvoiceSurvivesDeath(t *testing.T) {
	for _, kind := range []erp.CommitmentType{erp.WorkOrderContract, erp.PurchaseOrderContract} {
		for _, at := range []failpoint.Point{failpoint.Read, failpoint.Claimed, failpoint.IntentWritten, failpoint.Sent, failpoint.StepsDone, failpoint.Linked, failpoint.AppliedWritten, failpoint.Closed, failpoint.DoneWritten} {
			t.Run(string(kind)+" "+string(at), func(t *testing.T) {
				b, d := invoiceBench(t, kind)
				b.unique = Verified
				b.Points = dyingAt(at)
				b.dies(func() Verdict {
					for range 10 {
						v := b.deliver(5)
						b.clock.Advance(v.After)
					}
					return Verdict{}
				})
				b.Ledger, b.Invoices = d, d
				for range 60 {
					v := b.deliver(5)
					if v.Settle == Ack {
						break
					}
					b.clock.Advance(v.After)
				}
				if e := b.effect(journal.KindRequisition, 880); e.State != journal.Done && e.State != journal.Parked {
					t.Errorf("%s: %s", e.State, e.Last.Reason)
				}
				if len(b.procore.closings[1005]) == 0 || len(slices.Compact(slices.Clone(b.procore.closings[1005]))) != 1 {
					t.Errorf("told %v", b.procore.closings[1005])
				}
				for key, records := range d.given {
					ids := map[string]bool{}
					for _, rec := range records {
						if ids[stepID(rec)] {
							t.Errorf("%s stands twice in %s", stepID(rec), key)
						}
						ids[stepID(rec)] = true
					}
				}
			})
		}
	}
}

func TestAClaimThatIsNeverWorkedOnIsParked(t *testing.T) {
	b, d := invoiceBench(t, erp.WorkOrderContract)
	d.looks = 1 << 30
	began := b.clock.Now()
	for range 2000 {
		v := b.deliver(5)
		if v.Settle == Ack {
			break
		}
		b.clock.Advance(v.After)
	}
	e := b.invoiceIs(880, journal.Parked)
	if took := b.clock.Now().Sub(began); e.Last.Rule != ruleClaimStaged || took < 23*time.Hour || took > 26*time.Hour {
		t.Errorf("%s after %s", e.Last.Rule, took)
	}
	b.toldOnce(1005, erp.Failed)
}

// An invoice that is sent again unchanged is looked for: it may have been taken back
// in Jobpac and reset in Procore. A person says that, and then it is entered anew.
func TestAnInvoiceThatWasTakenBackIsNotToldAsEntered(t *testing.T) {
	for _, kind := range []erp.CommitmentType{erp.WorkOrderContract, erp.PurchaseOrderContract} {
		b, d := invoiceBench(t, kind)
		b.untilSettled(5, 30)
		if e := b.effect(journal.KindRequisition, 880); e.State != journal.Done {
			t.Fatalf("%s: %s", e.State, e.Last.Reason)
		}
		b.bills(6, b.procore.requests[5].Invoices[0])
		b.untilSettled(6, 30)
		if got := b.procore.closings[1006]; !slices.Equal(got, []erp.Outcome{erp.Success}) {
			t.Errorf("%s: it is there, and told %v: %q", kind, got, b.procore.words[1006])
		}
		sent := len(b.jobpac.sent)
		clear(d.given)
		clear(d.posted)
		clear(d.seen)
		b.clock.Advance(quiet)
		b.bills(7, b.procore.requests[5].Invoices[0])
		b.untilSettled(7, 30)
		e := b.effect(journal.KindRequisition, 880)
		if got := b.procore.closings[1007]; !slices.Equal(got, []erp.Outcome{erp.Failed}) || e.State != journal.Parked || e.Last.Rule != ruleVanished || len(b.jobpac.sent) != sent {
			t.Fatalf("%s: it is gone, and told %v: %q; %s, sent %v", kind, got, b.procore.words[1007], e.State, b.jobpac.sent[sent:])
		}
		for range 30 {
			v := b.Process(t.Context(), erp.Event{
				ID: "decide", Connection: "acme", Source: erp.FromReplay, Actor: "jo", Received: b.clock.Now(), Decision: &erp.Decision{Effect: e.Effect, Do: erp.Retry, Seq: e.Seq, Reason: "taken back"},
			})
			b.clock.Advance(max(v.After, time.Second))
		}
		if e := b.effect(journal.KindRequisition, 880); e.State != journal.Done || len(b.jobpac.sent) <= sent || len(d.given) != 1 {
			t.Errorf("%s: %s %s, sent %v", kind, e.State, e.Last.Reason, b.jobpac.sent[sent:])
		}
	}
}
