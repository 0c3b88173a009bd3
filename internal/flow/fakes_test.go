package flow

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/translate"
)

// clock is a time that only the test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// errDied ends a call the way a killed process does: nothing after it runs.
var errDied = errors.New("the process died here")

// memoryJournal keeps records by compare-and-set and can fail both ways: not
// done, and done but said failed.
type memoryJournal struct {
	mu        sync.Mutex
	seq       uint64
	records   map[journal.Key][]journal.Record
	seqs      map[journal.Key][]uint64
	registers map[string]journal.Register
	regSeqs   map[string]uint64
	// before and after an append is stored; an error from either is the
	// append's answer.
	before, after func(journal.Record) error
	appends       int
}

func newJournal() *memoryJournal {
	return &memoryJournal{
		records: map[journal.Key][]journal.Record{}, seqs: map[journal.Key][]uint64{},
		registers: map[string]journal.Register{}, regSeqs: map[string]uint64{},
	}
}

func (j *memoryJournal) Load(_ context.Context, key journal.Key) (journal.Effect, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	e := journal.Effect{Key: key}
	for i, r := range j.records[key] {
		if err := e.Apply(r, j.seqs[key][i]); err != nil {
			return e, err
		}
	}
	return e, nil
}

func (j *memoryJournal) Append(_ context.Context, key journal.Key, r journal.Record, after uint64) (uint64, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.before != nil {
		if err := j.before(r); err != nil {
			return 0, err
		}
	}
	last := uint64(0)
	if s := j.seqs[key]; len(s) > 0 {
		last = s[len(s)-1]
	}
	if last != after {
		return 0, journal.ErrMoved
	}
	j.seq++
	j.appends++
	r.Moves = slices.Clone(r.Moves)
	j.records[key] = append(j.records[key], r)
	j.seqs[key] = append(j.seqs[key], j.seq)
	if j.after != nil {
		if err := j.after(r); err != nil {
			return 0, err
		}
	}
	return j.seq, nil
}

func (j *memoryJournal) LoadRegister(_ context.Context, connection, name string) (journal.Register, uint64, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	reg := j.registers[connection+" "+name]
	reg.Numbers, reg.Waiters = slices.Clone(reg.Numbers), slices.Clone(reg.Waiters)
	return reg, j.regSeqs[connection+" "+name], nil
}

func (j *memoryJournal) SaveRegister(_ context.Context, connection string, reg journal.Register, after uint64) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	name := connection + " " + reg.Name
	if j.regSeqs[name] != after {
		return journal.ErrMoved
	}
	j.seq++
	j.registers[name], j.regSeqs[name] = reg, j.seq
	return nil
}

// books is a Jobpac that can answer, refuse, lose the request, lose the
// answer, and commit late. Rows are kept by kind and key; writing a key twice
// is refused, as unique Jobpac does, unless doubles is set.
type books struct {
	mu      sync.Mutex
	facts   erp.Facts
	known   *erp.Facts // what was read before, shown unless fresh facts are asked for
	rows    []row
	doubles bool
	sent    []string
	// outcome is asked before each write: how it ends, and whether it is done.
	outcome func(w erp.Write, nth int) (done bool, err error)
	readErr error
}

type row struct {
	kind   erp.Kind
	key    string
	values map[erp.Name]string
}

func (b *books) Facts(_ context.Context, q erp.FactsQuery) (erp.Facts, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.known != nil && !q.Fresh {
		return *b.known, b.readErr
	}
	return b.facts, b.readErr
}

func (b *books) Write(_ context.Context, w erp.Write) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sent = append(b.sent, stepID(w.Record))
	done, err := true, error(nil)
	if b.outcome != nil {
		done, err = b.outcome(w, len(b.sent))
	}
	if !done {
		return err
	}
	if refusal := b.put(w); refusal != nil {
		return refusal
	}
	return err
}

// put stores a record, or refuses a second one of its key.
func (b *books) put(w erp.Write) error {
	values := map[erp.Name]string{}
	for _, f := range w.Fields() {
		values[f.Name] = f.Value
	}
	at := slices.IndexFunc(b.rows, func(r row) bool { return r.key == w.Key() && r.kind == w.Kind() })
	switch {
	case w.Update && at >= 0:
		maps.Copy(b.rows[at].values, values)
		return nil
	case at >= 0 && !b.doubles:
		return fault.New(fault.Permanent, "fake", nil).Saying(w.Key() + " already exists")
	}
	b.rows = append(b.rows, row{w.Kind(), w.Key(), values})
	return nil
}

func (b *books) Orders(_ context.Context, key erp.OrderKey) (erp.Book, error) {
	return b.book(key.Origin(), erp.KindOrder, erp.KindOrderItem, erp.KindSubcontract, erp.KindSubcontractItem)
}

func (b *books) Variations(_ context.Context, key erp.VariationKey) (erp.Book, error) {
	under := key.Origin()
	if key.Variation == "" {
		under = ""
	}
	return b.book(under, erp.KindVariation, erp.KindVariationItem)
}

// book collects the headers under a key, or all of the kinds, with items.
func (b *books) book(under string, kinds ...erp.Kind) (erp.Book, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var book erp.Book
	for i := 0; i < len(kinds); i += 2 {
		for _, r := range b.rows {
			if r.kind == kinds[i] && (under == "" || r.key == under) {
				book.Documents = append(book.Documents, erp.Document{Header: erp.Row{Kind: r.kind, Values: maps.Clone(r.values)}})
			}
		}
	}
	if len(book.Documents) == 0 {
		return book, b.readErr
	}
	for _, r := range b.rows {
		item := r.kind == kinds[1] || len(kinds) > 3 && r.kind == kinds[3]
		if item && under != "" && len(r.key) > len(under) && r.key[:len(under)+1] == under+"|" {
			book.Documents[0].Items = append(book.Documents[0].Items, erp.Row{Kind: r.kind, Values: maps.Clone(r.values)})
		}
	}
	return book, b.readErr
}

// count is how many rows of a kind stand in the books.
func (b *books) count(kind erp.Kind) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, r := range b.rows {
		if r.kind == kind {
			n++
		}
	}
	return n
}

// office is a Procore: requests to show, and what it was told.
type office struct {
	mu       sync.Mutex
	requests map[erp.ID]erp.Request
	links    map[erp.ID]erp.ExternalItem
	closings map[erp.ID][]erp.Outcome
	words    map[erp.ID][]string
	showErr  error
	linkErr  error
	closeErr error
}

func newOffice() *office {
	return &office{
		requests: map[erp.ID]erp.Request{}, links: map[erp.ID]erp.ExternalItem{},
		closings: map[erp.ID][]erp.Outcome{}, words: map[erp.ID][]string{},
	}
}

func (o *office) Request(_ context.Context, id erp.ID) (erp.Request, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.showErr != nil {
		return erp.Request{}, o.showErr
	}
	req, ok := o.requests[id]
	if !ok {
		return erp.Request{}, fault.New(fault.Transient, "show request", nil).Saying("not there or not visible")
	}
	return req, nil
}

func (o *office) Link(_ context.Context, items []erp.ExternalItem) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.linkErr != nil {
		return o.linkErr
	}
	for _, item := range items {
		o.links[item.ID] = item
	}
	return nil
}

func (o *office) Close(_ context.Context, detail erp.ID, outcome erp.Outcome, messages []string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closeErr != nil {
		return o.closeErr
	}
	o.closings[detail] = append(o.closings[detail], outcome)
	o.words[detail] = messages
	return nil
}

// table is the claims of one process.
type table struct {
	mu   sync.Mutex
	held map[string]string
	err  error
}

func (c *table) Take(_ context.Context, connection, aggregate, owner string, _ time.Duration) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return false, c.err
	}
	if have, ok := c.held[connection+aggregate]; ok && have != owner {
		return false, nil
	}
	c.held[connection+aggregate] = owner
	return true, nil
}

func (c *table) Free(_ context.Context, connection, aggregate, owner string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held[connection+aggregate] == owner {
		delete(c.held, connection+aggregate)
	}
	return c.err
}

// post is the bus: what was sent on.
type post struct {
	mu     sync.Mutex
	sent   map[string]erp.Event
	buried map[string][]byte
}

func (p *post) Publish(_ context.Context, e erp.Event) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent[e.ID] = e
	return nil
}

func (p *post) Bury(_ context.Context, key journal.Key, _ string, story []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.buried[key.String()] = story
	return nil
}

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
		Procore: b.procore, Ledger: b.jobpac, Journal: b.journal, Claims: b.claims, Bus: b.post, Log: zerolog.Nop(),
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
