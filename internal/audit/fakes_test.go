package audit_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/procpac/procpac/internal/audit"
	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// began is when every effect of these tests was planned.
var (
	began = time.Date(2026, 12, 9, 9, 0, 0, 0, time.UTC)
	now   = began.Add(30 * time.Minute)
)

// world is both sides and the projection, in memory.
type world struct {
	now       time.Time
	effects   []journal.Effect
	approvals []erp.Approval
	books     map[string]erp.Book       // by origin id of the header
	papers    map[string]erp.ClaimFound // by origin id of the claim or invoice

	// What fails.
	effectsErr, approvedErr error
	jobpacErr               map[string]error // by origin id of the header

	since []time.Time
	asked []string // documents read in Jobpac
	told  []audit.Progress
}

func newWorld() *world {
	return &world{now: now, books: map[string]erp.Book{}, papers: map[string]erp.ClaimFound{}, jobpacErr: map[string]error{}}
}

func (w *world) Effects(_ context.Context, connection, after string) iter.Seq2[journal.Effect, error] {
	sorted := slices.Clone(w.effects)
	slices.SortFunc(sorted, func(a, b journal.Effect) int { return strings.Compare(a.String(), b.String()) })
	return func(yield func(journal.Effect, error) bool) {
		for _, e := range sorted {
			if e.Connection == connection && e.String() > after && !yield(e, nil) {
				return
			}
		}
		if w.effectsErr != nil {
			yield(journal.Effect{}, w.effectsErr)
		}
	}
}

func (w *world) Approved(_ context.Context, since time.Time) iter.Seq2[erp.Approval, error] {
	w.since = append(w.since, since)
	return func(yield func(erp.Approval, error) bool) {
		for i, a := range w.approvals {
			if i == 1 && w.approvedErr != nil && !yield(erp.Approval{}, w.approvedErr) {
				return
			}
			if !yield(a, nil) {
				return
			}
		}
	}
}

func (w *world) Orders(_ context.Context, key erp.OrderKey) (erp.Book, error) {
	return w.show(key.Origin())
}

func (w *world) Variations(_ context.Context, key erp.VariationKey) (erp.Book, error) {
	if key.Variation != "" {
		return w.show(key.Origin())
	}
	register := erp.JobKey{WorkID: key.WorkID, Job: key.Job}.Origin()
	var all erp.Book
	for _, origin := range slices.Sorted(maps(w.books)) {
		if strings.HasPrefix(origin, register+"|") {
			for _, doc := range w.books[origin].Documents {
				all.Documents = append(all.Documents, erp.Document{Header: doc.Header})
			}
		}
	}
	w.asked = append(w.asked, register)
	return all, w.jobpacErr[register]
}

func maps(m map[string]erp.Book) iter.Seq[string] {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func (w *world) show(origin string) (erp.Book, error) {
	w.asked = append(w.asked, origin)
	return w.books[origin], w.jobpacErr[origin]
}

func (w *world) Claim(_ context.Context, key erp.ClaimKey) (erp.ClaimFound, error) {
	w.asked = append(w.asked, key.Origin())
	return w.papers[key.Origin()], w.jobpacErr[key.Origin()]
}

func (w *world) Invoice(ctx context.Context, creditor erp.CreditorKey, key erp.ClaimKey) (erp.ClaimFound, error) {
	if creditor.Creditor != fasten.Creditor {
		return erp.ClaimFound{}, nil
	}
	return w.Claim(ctx, key)
}

func (w *world) config() audit.Config {
	return audit.Config{Connection: "acme", Procore: w, Effects: w, Jobpac: w, Invoices: w, Now: func() time.Time { return w.now }}
}

// audited audits once, without an error.
func (w *world) audited(t *testing.T, change ...func(*audit.Config)) audit.Report {
	t.Helper()
	c := w.config()
	for _, f := range change {
		f(&c)
	}
	r, err := audit.New(c).Audit(t.Context(), audit.Options{Progress: func(p audit.Progress) { w.told = append(w.told, p) }})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The documents of these tests: a subcontract of 1,500 with a variation of 250,
// and a purchase order of 100 with a change order of 40 on it.
var (
	job     = erp.JobKey{WorkID: "01", Job: "1001"}
	scKey   = erp.OrderKey{WorkID: "01", Order: "SC-1"}
	poKey   = erp.OrderKey{WorkID: "01", Order: "PO-1"}
	coKey   = erp.VariationKey{WorkID: "01", Job: "1001", Variation: "V00001"}
	brickw  = erp.CreditorKey{WorkID: "01", Creditor: "BRICKW"}
	fasten  = erp.CreditorKey{WorkID: "01", Creditor: "FASTEN"}
	lots    = erp.CostCentreKey{JobKey: job, CostCode: "02-400", CostType: "S"}
	bolts   = erp.CostCentreKey{JobKey: job, CostCode: "01-100", CostType: "M"}
	sentDay = "2026-12-08"
)

func subcontract() []erp.Record {
	return []erp.Record{
		erp.Subcontract{OrderKey: scKey, Job: job, Creditor: brickw, Description: "Brickwork", Method: "L", Retention: "5", Sum: 1500_00, Acceptance: sentDay, Reference: "PCC4101"},
		erp.SubcontractItem{OrderKey: scKey, Item: 1, Centre: lots, Description: "Walls", Quantity: 1_0000, Unit: "ITEM", Rate: 1000_0000, Value: 1000_00},
		erp.SubcontractItem{OrderKey: scKey, Item: 2, Centre: lots, Description: "Piers", Quantity: 2_5000, Unit: "M2", Rate: 200_0000, Value: 500_00},
	}
}

func order() []erp.Record {
	return []erp.Record{
		erp.Order{OrderKey: poKey, Job: job, Creditor: fasten, Description: "Bolts", Date: sentDay, Requisition: "PO-SV-1", Reference: "PCC4102"},
		erp.OrderItem{OrderKey: poKey, Item: 1, Centre: bolts, Description: "M12", Quantity: 3_0000, Unit: "EA", Rate: 33_3333, Value: 100_00, TaxCode: "G"},
	}
}

// newItems is the change order on the purchase order: a line of its own.
func newItems() []erp.Record {
	return []erp.Record{erp.OrderItem{OrderKey: poKey, Item: 2, Centre: bolts, Description: "CO 1: M16", Quantity: 4_0000, Unit: "EA", Rate: 10_0000, Value: 40_00, TaxCode: "G"}}
}

func variation() []erp.Record {
	return []erp.Record{
		erp.Variation{VariationKey: coKey, Description: "Extra wall", Type: "1", Approved: sentDay, ApprovedSum: 250_00, Reference: "PCO7701"},
		erp.VariationItem{VariationKey: coKey, Item: 1, Order: scKey, OrderItem: 1, Centre: lots, Description: "Wall", Quantity: 1_0000, Unit: "ITEM",
			Rate: 250_0000, Value: 250_00, Approved: sentDay, Reference: "PCO7701"},
	}
}

// plan is the journal's plan of those records, as the road lays it.
func plan(kind string, id erp.ID, origin, total string, records []erp.Record) *journal.Plan {
	p := journal.Plan{Kind: kind, Title: "Title of " + id.String(), ProcoreNo: "P" + id.String(), Total: total,
		Links: []journal.Link{{Type: "document", ID: int64(id), Origin: origin}, {Type: erp.ItemLine, ID: 9, Origin: origin + "|1"}}}
	p.Ref = string(erp.CommitmentReference(id))
	if kind == journal.KindChangeOrder {
		p.Ref = string(erp.ChangeOrderReference(id))
	}
	p.Number = origin[strings.LastIndexByte(origin, '|')+1:]
	for _, r := range records {
		s := journal.Step{ID: string(r.Kind()) + " " + r.Key()}
		for _, f := range r.Fields() {
			s.Columns = append(s.Columns, journal.Column{Name: string(f.Name), Value: f.Value})
		}
		p.Steps = append(p.Steps, s)
	}
	return &p
}

// road is the history of a document that went all the way.
func road(id erp.ID, p *journal.Plan) []journal.Record {
	r := journal.Record{V: 1, At: began, Request: 9000 + int64(id), Plan: p, Moves: []journal.Move{{To: journal.Planned}, {To: journal.Claimed}}}
	for _, s := range p.Steps {
		r.Moves = append(r.Moves, journal.Move{To: journal.Committed, Step: s.ID})
	}
	r.Moves = append(r.Moves, journal.Move{To: journal.Applied})
	end := journal.Record{V: 1, At: began.Add(time.Minute), Moves: []journal.Move{{To: journal.Confirmed}, {To: journal.Done}},
		Closed: &journal.Closing{Request: r.Request, Outcome: "success"}}
	return []journal.Record{r, end}
}

// then adds a record of moves.
func then(moves ...journal.Move) journal.Record {
	return journal.Record{V: 1, At: began.Add(5 * time.Minute), Moves: moves}
}

// folded is the effect that a history makes.
func folded(t *testing.T, kind string, id erp.ID, history ...journal.Record) journal.Effect {
	t.Helper()
	e := journal.Effect{Key: journal.NewKey("acme", kind, id)}
	for i, r := range history {
		if err := e.Apply(r, uint64(i+1)); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

func scPlan() *journal.Plan {
	return plan(journal.KindCommitment, 4101, scKey.Origin(), "1500.00", subcontract())
}
func poPlan() *journal.Plan {
	return plan(journal.KindCommitment, 4102, poKey.Origin(), "100.00", order())
}
func coPlan() *journal.Plan {
	return plan(journal.KindChangeOrder, 7701, coKey.Origin(), "250.00", variation())
}
func itemsPlan() *journal.Plan {
	return plan(journal.KindChangeOrder, 7702, poKey.ItemOrigin(2), "40.00", newItems())
}

// row is how Jobpac shows a record.
func row(r erp.Record) erp.Row {
	shown := erp.Row{Kind: r.Kind(), Values: map[erp.Name]string{}}
	for _, f := range r.Fields() {
		shown.Values[f.Name] = f.Value
	}
	return shown
}

// book is a document as Jobpac shows it: header first.
func book(records ...erp.Record) erp.Book {
	doc := erp.Document{Header: row(records[0])}
	for _, r := range records[1:] {
		doc.Items = append(doc.Items, row(r))
	}
	return erp.Book{Documents: []erp.Document{doc}}
}

// clean is a world in which everything agrees: all four documents, done.
func clean(t *testing.T) *world {
	w := newWorld()
	w.effects = []journal.Effect{
		folded(t, journal.KindCommitment, 4101, road(4101, scPlan())...), folded(t, journal.KindCommitment, 4102, road(4102, poPlan())...),
		folded(t, journal.KindChangeOrder, 7701, road(7701, coPlan())...), folded(t, journal.KindChangeOrder, 7702, road(7702, itemsPlan())...),
	}
	w.books[scKey.Origin()] = book(subcontract()...)
	w.books[poKey.Origin()] = book(append(order(), newItems()...)...)
	w.books[coKey.Origin()] = book(variation()...)
	for _, e := range w.effects {
		w.approvals = append(w.approvals, approval(t, e))
	}
	return w
}

// approval is an effect's document as Procore lists it.
func approval(t *testing.T, e journal.Effect) erp.Approval {
	t.Helper()
	total, err := erp.ParseDecimal(e.Plan.Total)
	if err != nil {
		t.Fatal(err)
	}
	id, err := erp.ParseID(strings.TrimPrefix(e.Effect, e.Kind()+"-"))
	if err != nil {
		t.Fatal(err)
	}
	a := erp.Approval{Kind: e.Kind(), ID: id, Project: 2468, Number: e.Plan.ProcoreNo, Title: e.Plan.Title, Status: "Approved", Total: total,
		UpdatedAt: "2026-12-08T00:00:00Z"}
	if len(e.Plan.Links) > 0 {
		a.Origin = e.Plan.Links[0].Origin
	}
	if a.Kind == erp.ApprovedChangeOrder {
		a.Contract, a.ApprovedAt = 4102, "2026-12-07T00:00:00Z"
	}
	return a
}

// change edits one value of a row in a book; item 0 is the header.
func (w *world) change(origin string, item int, name erp.Name, value string) {
	doc := w.books[origin].Documents[0]
	if item == 0 {
		doc.Header.Values[name] = value
		return
	}
	doc.Items[item-1].Values[name] = value
}

// kinds are the findings of a report in short.
func kinds(r audit.Report) string {
	var all []string
	for _, f := range r.Findings {
		said := f.Kind
		if f.Serious {
			said += "!"
		}
		all = append(all, fmt.Sprintf("%s %s %s/%s", said, strings.TrimPrefix(f.Effect, "acme."), f.ProcoreTotal, f.JobpacTotal))
	}
	return strings.Join(all, ", ")
}
