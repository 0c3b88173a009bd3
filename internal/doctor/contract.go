package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// Ledger is what a contract check needs of Jobpac. Write sends one create at
// most once and classes its end (package fault); the other two are the look-ups
// that the road rests on.
type Ledger interface {
	Write(ctx context.Context, w erp.Write) error
	Orders(ctx context.Context, key erp.OrderKey) (erp.Book, error)
	Variations(ctx context.Context, key erp.VariationKey) (erp.Book, error)
}

// Plan says under which records the documents are made.
type Plan struct {
	Connection     string
	Environment    string
	WorkID         string // of the orders
	Job            erp.JobKey
	Creditor       erp.CreditorKey
	Centre         erp.CostCentreKey
	TaxCode        string // of the purchase order's item; may be empty
	VariationType  string
	Prefix         string // of the numbers; empty: PCT
	OrderWidth     int    // characters of an order number
	VariationWidth int    // characters of a variation number
}

// Contract is one contract check.
type Contract struct {
	Ledger Ledger
	Plan   Plan
	Limit  time.Duration      // how long a look-up may take to show what was written; 0: 2 min
	Poll   time.Duration      // between two look-ups; 0: 1 s
	Now    func() time.Time   // nil: time.Now
	Tell   func(words string) // told each step; may be nil
}

const (
	usualPrefix  = "PCT"
	usualLimit   = 2 * time.Minute
	usualPoll    = time.Second
	leastDigits  = 3  // of a number, behind its prefix
	freshTries   = 50 // numbers that are looked at
	description  = "procpac contract check, may be deleted"
	testedRef    = erp.Reference("PCTEST")
	one          = erp.Money(100)
	oneRate      = erp.Rate(1_0000)
	againAtMost  = 2                // sends of a repeat that got no clear answer: with the creates fewer than open the client's breaker
	writesAtMost = 5                // sends of a create of which surely nothing came
	pauseAtMost  = 30 * time.Second // that Jobpac may ask for
)

// prober is a contract check under way.
type prober struct {
	Contract
	record Record
	blind  bool // a look-up has not shown a write within the limit: the others are not waited for
}

// Run makes the documents and gives what was found. With an error the record
// tells what was made before it, and proves nothing. It writes an order, a
// subcontract and a variation under numbers that nobody has.
func (c Contract) Run(ctx context.Context) (Record, error) {
	p := &prober{Contract: c.filled()}
	p.record = Record{
		Version: recordVersion, Connection: c.Plan.Connection, Environment: c.Plan.Environment, WorkID: c.Plan.WorkID,
		Job: c.Plan.Job.Job, At: p.Now().UTC(), Unique: map[string]string{}, Reference: Unknown,
	}
	trials, err := p.trials(ctx)
	if err != nil {
		return p.record, err
	}
	for _, t := range trials {
		tried, err := p.try(ctx, t)
		p.record.Tried = append(p.record.Tried, tried)
		if err != nil {
			return p.record, err
		}
	}
	if err := p.recount(ctx, trials); err != nil {
		return p.record, err
	}
	p.conclude()
	return p.record, nil
}

func (c Contract) filled() Contract {
	if c.Limit == 0 {
		c.Limit = usualLimit
	}
	if c.Poll == 0 {
		c.Poll = usualPoll
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Tell == nil {
		c.Tell = func(string) {}
	}
	if c.Plan.Prefix == "" {
		c.Plan.Prefix = usualPrefix
	}
	c.Plan.Prefix = erp.Code(c.Plan.Prefix)
	return c
}

// trial is one record that is made, and made again.
type trial struct {
	name   string // in unique_keys
	record erp.Record
	rows   func(ctx context.Context) ([]erp.Row, error) // that stand under its key
}

// trials are the records in the order in which they need each other.
func (p *prober) trials(ctx context.Context) ([]trial, error) {
	order, err := p.freshOrder(ctx, 0)
	if err != nil {
		return nil, err
	}
	subcontract, err := p.freshOrder(ctx, 1)
	if err != nil {
		return nil, err
	}
	variation, err := p.freshVariation(ctx)
	if err != nil {
		return nil, err
	}
	p.record.Numbers = []string{
		"purchase order " + order.Order, "subcontract " + subcontract.Order, "variation " + variation.Variation + " of job " + p.Plan.Job.Job,
	}
	return slices.Concat(p.purchaseOrder(order), p.subcontract(subcontract), p.variation(variation, subcontract)), nil
}

func (p *prober) purchaseOrder(key erp.OrderKey) []trial {
	today := p.Now().Format(time.DateOnly)
	return []trial{
		{"order", erp.Order{
			OrderKey: key, Job: p.Plan.Job, Creditor: p.Plan.Creditor, Description: description, Date: today, Reference: testedRef,
		}, p.orders(key, erp.KindOrder)},
		{"item", erp.OrderItem{
			OrderKey: key, Item: 1, Centre: p.Plan.Centre, Description: description, Quantity: erp.One, Rate: oneRate, Value: one, TaxCode: p.Plan.TaxCode,
		}, p.orders(key, erp.KindOrderItem)},
	}
}

func (p *prober) subcontract(key erp.OrderKey) []trial {
	return []trial{
		{"order", erp.Subcontract{
			OrderKey: key, Job: p.Plan.Job, Creditor: p.Plan.Creditor, Description: description, Method: "L", Sum: one, Reference: testedRef,
		}, p.orders(key, erp.KindSubcontract)},
		{"item", erp.SubcontractItem{
			OrderKey: key, Item: 1, Centre: p.Plan.Centre, Description: description, Quantity: erp.One, Rate: oneRate, Value: one,
		}, p.orders(key, erp.KindSubcontractItem)},
	}
}

func (p *prober) variation(key erp.VariationKey, order erp.OrderKey) []trial {
	return []trial{
		{"variation", erp.Variation{
			VariationKey: key, Description: description, Type: p.Plan.VariationType, Reference: testedRef,
		}, p.variations(key, erp.KindVariation)},
		{"variation_item", erp.VariationItem{
			VariationKey: key, Item: 1, Order: order, OrderItem: 1, Centre: p.Plan.Centre, Description: description,
			Quantity: erp.One, Rate: oneRate, Value: one, Reference: testedRef,
		}, p.variations(key, erp.KindVariationItem)},
	}
}

// orders looks up the rows of one kind under an order number.
func (p *prober) orders(key erp.OrderKey, kind erp.Kind) func(context.Context) ([]erp.Row, error) {
	return func(ctx context.Context) ([]erp.Row, error) {
		book, err := p.Ledger.Orders(ctx, key)
		return rowsOf(book, kind), err
	}
}

// variations is the same under a variation's number.
func (p *prober) variations(key erp.VariationKey, kind erp.Kind) func(context.Context) ([]erp.Row, error) {
	return func(ctx context.Context) ([]erp.Row, error) {
		book, err := p.Ledger.Variations(ctx, key)
		return rowsOf(book, kind), err
	}
}

// rowsOf are the headers or first items of one kind.
func rowsOf(book erp.Book, kind erp.Kind) []erp.Row {
	var rows []erp.Row
	for _, d := range book.Documents {
		for _, r := range append([]erp.Row{d.Header}, d.Items...) {
			item, isItem := r.Values[erp.ColItem]
			if n, err := strconv.Atoi(strings.TrimSpace(item)); r.Kind == kind && (!isItem || err == nil && n == 1) {
				rows = append(rows, r)
			}
		}
	}
	return rows
}

// freshOrder finds an order number that nobody has; which tells two apart.
func (p *prober) freshOrder(ctx context.Context, which int64) (key erp.OrderKey, err error) {
	_, err = p.fresh(ctx, "order", p.Plan.OrderWidth, which, func(number string) (erp.Book, error) {
		key = erp.OrderKey{WorkID: p.Plan.WorkID, Order: number}
		return p.Ledger.Orders(ctx, key)
	})
	return key, err
}

// freshVariation finds a variation number that nobody has.
func (p *prober) freshVariation(ctx context.Context) (key erp.VariationKey, err error) {
	_, err = p.fresh(ctx, "variation", p.Plan.VariationWidth, 0, func(number string) (erp.Book, error) {
		key = erp.VariationKey{WorkID: p.Plan.Job.WorkID, Job: p.Plan.Job.Job, Variation: number}
		return p.Ledger.Variations(ctx, key)
	})
	return key, err
}

// fresh tries numbers, made from the time, until one has nothing under it.
func (p *prober) fresh(ctx context.Context, what string, width int, which int64, look func(number string) (erp.Book, error)) (string, error) {
	digits := width - len(p.Plan.Prefix)
	if digits < leastDigits {
		return "", fmt.Errorf("prefix %q leaves %d characters of a Jobpac %s number, which has %d: choose a shorter one", p.Plan.Prefix, digits, what, width)
	}
	for i := range int64(freshTries) {
		number := p.Plan.Prefix + stamp(p.Now().Unix()*2+which+2*i, digits)
		book, err := look(number)
		if err != nil {
			return "", fmt.Errorf("look up %s %s: %w", what, number, err)
		}
		if len(book.Documents) == 0 {
			return number, nil
		}
	}
	return "", errors.New("every number that was tried is taken: choose another prefix")
}

// stamp is the end of a number in letters and digits.
func stamp(n int64, digits int) string {
	text := strings.Repeat("0", digits) + strings.ToUpper(strconv.FormatInt(n, 36))
	return text[len(text)-digits:]
}

// wait pauses, or until ctx ends.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// write creates a record. What surely was not done is tried again a few times,
// as long as Jobpac asks for no long pause.
func (p *prober) write(ctx context.Context, r erp.Record) (took time.Duration, ended time.Time, err error) {
	for try := 1; ; try++ {
		started := p.Now()
		err = p.Ledger.Write(ctx, erp.Write{Record: r})
		ended = p.Now()
		if fault.Of(err) != fault.Transient || try == writesAtMost || fault.After(err) > pauseAtMost {
			return ended.Sub(started), ended, err
		}
		if err := wait(ctx, max(fault.After(err), p.Poll)); err != nil {
			return 0, ended, err
		}
	}
}
