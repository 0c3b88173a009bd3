package flow

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/translate"
)

// bench is a road with everything around it.
type bench struct {
	*testing.T
	*Road
	clock   *clock
	journal *memoryJournal
	jobpac  *books
	procore *office
	claims  *table
	post    *post
	names   int
	unique  Uniqueness
}

const quiet = 10 * time.Minute

func newBench(t *testing.T) *bench {
	b := &bench{
		T: t, clock: &clock{now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}, journal: newJournal(),
		jobpac: &books{facts: goodFacts()}, procore: newOffice(), claims: &table{held: map[string]string{}},
		post: &post{sent: map[string]erp.Event{}, buried: map[string][]byte{}}, unique: Unproven,
	}
	b.Road = NewRoad(b.settings(), b.parts("one"))
	return b
}

func (b *bench) settings() Settings {
	return Settings{
		Connection: "acme", Quiet: quiet, SendWindow: 5 * time.Second, SendLimit: 30 * time.Second, Lease: 90 * time.Second,
		EventTimeout: 2 * time.Minute, Unique: func(erp.Kind) Uniqueness { return b.unique },
		Rules: translate.Rules{
			WorkID: "01", Currency: "AUD",
			OrderNumber: translate.OrderNumber{Subcontract: "{number}", PurchaseOrder: "{number}", Width: 10},
			Variation:   translate.VariationNumber{CommitmentType: "1", Number: "{code}", Width: 6},
		},
	}
}

func (b *bench) parts(owner string) Parts {
	return Parts{
		Procore: b.procore, Ledger: b.jobpac, Journal: b.journal, Claims: b.claims, Bus: b.post, Invoices: b.jobpac, Log: zerolog.Nop(),
		Now: b.clock.Now, Owner: owner, Alone: true,
		Token:  func() string { b.names++; return fmt.Sprint(b.names) },
		Jitter: func(d time.Duration) time.Duration { return d },
	}
}

// restart is a new process on the same directory: claims of the old are void.
func (b *bench) restart() {
	b.claims.held = map[string]string{}
	b.journal.before, b.journal.after, b.jobpac.outcome = nil, nil, nil
	b.Road = NewRoad(b.settings(), b.parts("two"))
}

// deliver hands the road one webhook for that request.
func (b *bench) deliver(request erp.ID) Verdict {
	return b.Process(b.Context(), erp.Event{
		ID: fmt.Sprintf("ev-%d", request), Connection: "acme", Resource: "ERP Requests", ResourceID: request, Action: "create",
		Source: erp.FromWebhook, Received: b.clock.Now(),
	})
}

// replay hands it a person's replay.
func (b *bench) replay(request erp.ID) Verdict {
	return b.Process(b.Context(), erp.Event{
		ID: fmt.Sprintf("replay-%d", request), Connection: "acme", Resource: "ERP Requests", ResourceID: request, Action: "create",
		Source: erp.FromReplay, Actor: "jo", Received: b.clock.Now(),
	})
}

// dies runs a call that the test kills in the middle.
func (b *bench) dies(call func() Verdict) {
	b.Helper()
	defer func() {
		if p := recover(); p != errDied { //nolint:errorlint // it is the very value
			b.Fatalf("the call was to die, it ended with %v", p)
		}
		b.restart()
	}()
	b.Fatalf("the call was to die, it ended with %+v", call())
}

func (b *bench) effect(kind string, id erp.ID) journal.Effect {
	b.Helper()
	e, err := b.journal.Load(b.Context(), journal.NewKey("acme", kind, id))
	if err != nil {
		b.Fatal(err)
	}
	return e
}

// want checks state, the number of records in Jobpac and how the detail was
// closed.
func (b *bench) want(kind string, id erp.ID, state journal.State, rows int, closings ...erp.Outcome) {
	b.Helper()
	e := b.effect(kind, id)
	if e.State != state {
		b.Errorf("%s is %s (%s), want %s", e.Key, e.State, e.Last.Reason, state)
	}
	if len(b.jobpac.rows) != rows {
		b.Errorf("%d rows in Jobpac, want %d: %v", len(b.jobpac.rows), rows, b.jobpac.sent)
	}
	if got := b.procore.closings[erp.ID(e.Detail)]; !slices.Equal(got, closings) {
		b.Errorf("detail %d closed %v, want %v", e.Detail, got, closings)
	}
}

// dyingAt is the death of the process at a point.
type dyingAt failpoint.Point

func (d dyingAt) Reach(p failpoint.Point) {
	if p == failpoint.Point(d) {
		panic(errDied)
	}
}

// recordsOf is what a request becomes in Jobpac.
func recordsOf(b *bench, w *work) []erp.Record {
	b.Helper()
	r := translate.Commitment(w.req, b.Rules, goodFacts())
	if len(r.Problems) > 0 {
		b.Fatal(r.Problems)
	}
	return r.Records
}

func goodFacts() erp.Facts {
	job := erp.JobKey{WorkID: "01", Job: "1001"}
	centre := func(code string) erp.CostCentre {
		return erp.CostCentre{Key: erp.CostCentreKey{JobKey: job, CostCode: code, CostType: "M"}}
	}
	return erp.Facts{
		Job:      &erp.Job{Key: job, Active: erp.Yes, AllowCostUpdates: erp.Yes},
		Creditor: &erp.Creditor{Key: erp.CreditorKey{WorkID: "01", Creditor: "ACME01"}, Name: "Acme", StopPayments: erp.No},
		Centres:  []erp.CostCentre{centre("01-100"), centre("01-200")},
	}
}

func decimal(t testing.TB, text string) erp.Decimal {
	t.Helper()
	d, err := erp.ParseDecimal(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func line(t testing.TB, id erp.ID, position int, amount string) erp.Line {
	return erp.Line{
		ID: id, Position: position, Description: fmt.Sprintf("Line %d", position), Amount: decimal(t, amount),
		Quantity: decimal(t, "1"), UnitCost: decimal(t, amount), UOM: "ea",
		CostCode: erp.Link{ID: 1, Origin: "01|1001|01-100"}, CostType: erp.Link{ID: 2, Origin: "M"},
	}
}

// order adds a purchase order request with that many lines.
func (b *bench) order(request erp.ID, lines int) *erp.Commitment {
	c := &erp.Commitment{
		ID: 4101, Type: erp.PurchaseOrderContract, Code: "PO1001", Number: "PO-1", Title: "Formply", Status: "Approved",
		Vendor: erp.Link{ID: 5, Origin: "01|ACME01"}, Project: erp.Link{ID: 6, Origin: "01|1001"}, CreatedAt: "2026-11-20T00:00:00Z",
	}
	for i := range lines {
		c.Lines = append(c.Lines, line(b.T, erp.ID(100+i), i+1, fmt.Sprintf("%d.50", 100+i)))
	}
	b.procore.requests[request] = erp.Request{
		ID: request, DetailID: request + 1000, Company: 9, Name: erp.CreateCommitment, JobOrigin: "01|1001", Commitment: c,
	}
	return c
}

// change adds a change order request on the commitment of order.
func (b *bench) change(request erp.ID, c erp.Commitment, lines int) *erp.ChangeOrder {
	o := &erp.ChangeOrder{ID: 7701, ContractID: c.ID, Number: "001", Title: "More formply", Status: "approved", ReviewedAt: "2026-11-21T00:00:00Z"}
	if c.Type == erp.WorkOrderContract {
		o.Code = "V00007"
	}
	for i := range lines {
		l := line(b.T, erp.ID(200+i), i+1, fmt.Sprintf("%d.25", 10+i))
		l.CommitmentLine = c.Lines[0].ID
		o.Lines = append(o.Lines, l)
	}
	for i := range c.Lines {
		c.Lines[i].Origin = fmt.Sprintf("01|%s|%d", c.Code, i+1)
	}
	b.procore.requests[request] = erp.Request{
		ID: request, DetailID: request + 1000, Company: 9, Name: erp.CreateCommitmentChangeOrder, JobOrigin: "01|1001",
		Commitment: &c, ChangeOrder: o,
	}
	return o
}
