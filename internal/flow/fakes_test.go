package flow

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
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
	waiting []int // order items that wait for approval
	waitErr error
	asked   int // how often for them
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
	if item, ok := w.Record.(erp.ItemApproval); ok {
		b.waiting = slices.DeleteFunc(b.waiting, func(n int) bool { return n == item.Item })
		return nil
	}
	values := map[erp.Name]string{}
	for _, f := range w.Fields() {
		values[f.Name] = f.Value
	}
	kind := w.Kind()
	if completes(kind) { // it changes the header
		kind, w.Update = map[erp.Kind]erp.Kind{erp.KindOrderCompletion: erp.KindOrder, erp.KindSubcontractCompletion: erp.KindSubcontract}[kind], true
	}
	at := slices.IndexFunc(b.rows, func(r row) bool { return r.key == w.Key() && r.kind == kind })
	switch {
	case w.Update && at >= 0:
		maps.Copy(b.rows[at].values, values)
		return nil
	case at >= 0 && !b.doubles:
		return fault.New(fault.Permanent, "fake", nil).Saying(w.Key() + " already exists")
	}
	b.rows = append(b.rows, row{kind, w.Key(), values})
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
	shown    int // requests that were read
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
	if o.shown++; o.showErr != nil {
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
	fail   error // of Publish, which does nothing then
	buried map[string][]byte
}

func (p *post) Publish(_ context.Context, e erp.Event) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail != nil {
		return p.fail
	}
	if _, known := p.sent[e.ID]; !known { // a repeat is stored once
		p.sent[e.ID] = e
	}
	return nil
}

func (p *post) Bury(_ context.Context, key journal.Key, _ string, story []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.buried[key.String()] = story
	return nil
}
