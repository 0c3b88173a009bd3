package flow

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/translate"
)

// target is what an effect wants in Jobpac and how to look at it.
type target struct {
	result    translate.Result
	aggregate string
	header    erp.Reference // the reference the header must carry to be ours
	look      func(ctx context.Context) (erp.Book, error)
	taken     func(header erp.Row) erp.Problem
	doubled   func(count int) erp.Problem
	shared    bool                      // the header holds other effects' items too: extras are no fault
	linked    bool                      // a person linked the header: it need not carry our reference
	updates   map[string][]journal.Step // earlier versions of a record that we sent, by step
	slow      bool                      // Jobpac works on it after it was given: see settled
	number    erp.VariationKey          // of a variation
	creditor  erp.CreditorKey           // of an invoice: its order's
}

// apply takes the effect from wherever it is to its end.
func (w *work) apply(ctx context.Context) Verdict {
	if v := w.prepare(ctx); v != nil {
		return *v
	}
	if w.Observe {
		return w.observe(ctx)
	}
	if v := w.steps(ctx); v != nil {
		return *v
	}
	return w.confirm(ctx)
}

// prepare reads facts, translates, checks the rules and lays down the plan.
func (w *work) prepare(ctx context.Context) *Verdict {
	switch w.effect.Kind() {
	case journal.KindCommitment:
		if v := w.keepRevised(ctx); v != nil {
			return v
		}
		return w.prepareCommitment(ctx)
	case journal.KindChangeOrder:
		if v := w.keepRevised(ctx); v != nil {
			return v
		}
		return w.prepareChangeOrder(ctx)
	case journal.KindCommitmentRevision, journal.KindChangeRevision:
		if w.planned != nil {
			return w.preparePlanned(ctx)
		}
		return w.prepareChangeOrder(ctx)
	case journal.KindPrimeChange:
		return w.preparePrimeChange(ctx)
	case journal.KindRequisition:
		return w.prepareInvoice(ctx)
	case journal.KindCompletion:
		return w.prepareCompletion(ctx)
	case journal.KindImport:
		return w.prepareImport(ctx, *w.event.Import)
	}
	return w.prepareRequest(ctx)
}

// unsupported ends a request that names no work of ours: closed as failed
// where there is something to close, else recorded as not needed.
func (w *work) unsupported(ctx context.Context) *Verdict {
	w.plan = &journal.Plan{Kind: journal.KindRequest, Aggregate: w.aggregate, Title: w.req.Name}
	w.ride(journal.Move{To: journal.Planned})
	problem := problemUnsupported(w.req, routes()[w.req.Name].words)
	if w.req.DetailID == 0 && w.req.Unreadable == "" {
		w.ride(journal.Move{To: journal.Superseded, Rule: problem.Rule, Reason: "not needed: " + w.req.Name})
		if w.Observe {
			return w.rest(ctx, "observe mode: not needed: "+w.req.Name)
		}
		if err := w.flush(ctx); err != nil {
			return ptr(w.journalAway(err))
		}
		return ptr(w.acked("not needed: " + w.req.Name))
	}
	return ptr(w.reject(ctx, []erp.Problem{problem}))
}

// prepareCommitment plans an order or a subcontract.
func (w *work) prepareCommitment(ctx context.Context) *Verdict {
	if number := w.linkedTo(); number != "" {
		c := *w.req.Commitment
		c.Code, w.req.Commitment = number, &c
	}
	key := translate.CommitmentKey(w.req, w.Rules)
	w.target = target{
		aggregate: w.aggregate,
		header:    erp.CommitmentReference(w.req.Commitment.ID),
		look:      func(ctx context.Context) (erp.Book, error) { return w.lookOrders(ctx, key) },
		taken:     func(header erp.Row) erp.Problem { return translate.NumberTaken(key, header) },
		doubled:   func(count int) erp.Problem { return translate.NumberDoubled(key, count) },
	}
	if _, err := w.judge(ctx, func(f erp.Facts) translate.Result { return translate.Commitment(w.req, w.Rules, f) }); err != nil {
		return ptr(w.failed(ctx, err))
	}
	return w.check(ctx)
}

// judge reads the facts and the document and translates. The client may know
// the facts from a moment ago; a refusal never rests on those.
func (w *work) judge(ctx context.Context, translation func(erp.Facts) translate.Result) (erp.Facts, error) {
	q := translate.Query(w.req, w.Rules)
	if w.target.creditor.Creditor != "" { // an invoice's stands on its order
		q.Creditor = w.target.creditor
	}
	facts, err := w.readBoth(ctx, q)
	if err != nil {
		return facts, err
	}
	if w.target.result = translation(facts); len(w.target.result.Problems) == 0 {
		return facts, nil
	}
	q.Fresh = true
	if facts, err = w.Ledger.Facts(ctx, q); err != nil {
		return facts, err
	}
	w.target.result = translation(facts)
	return facts, nil
}

// lookOrders reads an order number; no number finds nothing.
func (w *work) lookOrders(ctx context.Context, key erp.OrderKey) (erp.Book, error) {
	if key.Order == "" {
		return erp.Book{}, nil
	}
	return w.Ledger.Orders(ctx, key)
}

// readBoth asks for the facts and looks the number up at the same time.
func (w *work) readBoth(ctx context.Context, q erp.FactsQuery) (erp.Facts, error) {
	var facts erp.Facts
	var factsErr error
	var both sync.WaitGroup
	both.Go(func() { facts, factsErr = w.Ledger.Facts(ctx, q) })
	lookErr := w.lookAgain(ctx)
	both.Wait()
	w.Points.Reach(failpoint.Looked)
	return facts, errors.Join(factsErr, lookErr)
}

// lookAgain reads the document anew.
func (w *work) lookAgain(ctx context.Context) error {
	at := w.Now()
	book, err := w.target.look(ctx)
	if err == nil {
		w.book, w.seen = book, at
	}
	return err
}

// check applies the rules and the state of the number, then lays the plan.
func (w *work) check(ctx context.Context) *Verdict {
	if w.adoptAs != "" { // a decision has rules of its own
		return nil
	}
	if v := w.beforeGoLive(ctx); v != nil {
		return v
	}
	problems := w.target.result.Problems
	if taken, ok := w.numberTaken(); ok && w.linkedTo() == "" && !w.target.linked {
		if w.touched() {
			return ptr(w.park(ctx, taken.Rule, taken.Message))
		}
		problems = append(problems, taken)
	}
	if v := w.stale(ctx); v != nil {
		return v
	}
	if len(problems) == 0 {
		if v := w.numbersReserved(ctx); v != nil {
			return v
		}
		return w.lay(ctx)
	}
	if len(w.effect.Doubts()) > 0 {
		return ptr(w.park(ctx, ruleDoubtAndRules, wordsDoubtAndRules(w.effect, problems)))
	}
	return ptr(w.reject(ctx, problems))
}

// beforeGoLive parks what was sent to the ERP before the connection went live,
// unless this effect has written already: the order may have been keyed by hand.
// A request without a date is believed when an approver's webhook brings it, not
// when somebody digs it up or a webhook tells of the document itself.
func (w *work) beforeGoLive(ctx context.Context) *Verdict {
	sent, err := w.sentAt()
	early := err == nil && sent.Before(w.GoLive)
	fresh := w.effect.State == journal.None || w.effect.State.Settled()
	dug := w.req.Direct != nil || w.event.Source == erp.FromSweep || w.event.Source == erp.FromReplay
	undated := err != nil && fresh && !w.GoLive.IsZero() && dug
	if !early && !undated || w.touched() || w.adopted() != "" {
		return nil
	}
	return ptr(w.park(ctx, ruleBeforeGoLive, wordsBeforeGoLive(w.req, w.GoLive)))
}

// sentAt is when the request was made, or its document approved or created. Of a
// day alone it is the beginning, where the connection went live.
func (w *work) sentAt() (time.Time, error) {
	at, err := time.Parse(time.RFC3339, w.req.CreatedAt)
	if err != nil {
		at, err = time.ParseInLocation(time.DateOnly, w.req.CreatedAt, w.GoLive.Location())
	}
	return at, err
}

// touched tells whether this effect may have written anything yet.
func (w *work) touched() bool { return len(w.effect.Steps) > 0 }

// lay puts the plan on record with the claim, unless the same plan stands.
func (w *work) lay(ctx context.Context) *Verdict {
	plan := w.newPlan()
	if !samePlan(plan, w.effect.Plan) || w.effect.State.Settled() || w.effect.State == journal.None {
		if w.effect.State.Settled() {
			w.attempt = 0
		}
		w.plan = &plan
		w.ride(journal.Move{To: journal.Planned})
	}
	if !w.Observe {
		w.ride(journal.Move{To: journal.Claimed})
	}
	return nil
}

// newPlan writes the translation as the journal keeps it.
func (w *work) newPlan() journal.Plan {
	w.findUpdates()
	r := w.target.result
	p := journal.Plan{
		Kind: w.effect.Kind(), Aggregate: w.target.aggregate, Title: r.Title, Ref: r.Reference, Number: r.Number,
		ProcoreNo: r.ProcoreNo, Project: r.Project, Creditor: r.Creditor, Total: r.Total.String(),
		Fingerprint: w.content, Adopted: w.linkedTo(), AdoptedFor: w.effect.Plan.AdoptedFor, Before: w.before(), Notes: append(r.Notes, r.Warnings...), Full: r.Full,
	}
	for _, rec := range r.Records {
		p.Steps = append(p.Steps, planStep(rec))
	}
	for _, l := range r.Links {
		p.Links = append(p.Links, journal.Link{Type: l.Type, ID: int64(l.ID), Origin: l.Origin, Code: l.Code})
	}
	if _, _, revision := w.effect.Key.Revised(); revision {
		for _, item := range r.Items {
			p.Lines = append(p.Lines, journal.Link{Type: erp.ItemLine, ID: int64(item.Line), Origin: item.Origin})
		}
	}
	for _, problem := range r.Problems {
		p.Problems = append(p.Problems, journal.Problem(problem))
	}
	return p
}

// planStep writes one record as the journal keeps it.
func planStep(rec erp.Record) journal.Step {
	s := journal.Step{ID: stepID(rec), Label: label(rec), Fingerprint: stepFingerprint(rec)}
	for _, f := range rec.Fields() {
		s.Columns = append(s.Columns, journal.Column{Name: string(f.Name), Value: f.Value})
	}
	return s
}

// samePlan tells whether two plans send the same and ask for the same.
func samePlan(a, b journal.Plan) bool {
	if a.Fingerprint != b.Fingerprint || len(a.Steps) != len(b.Steps) {
		return false
	}
	for i := range a.Steps {
		if a.Steps[i].ID != b.Steps[i].ID || a.Steps[i].Fingerprint != b.Steps[i].Fingerprint {
			return false
		}
	}
	return true
}

// observe records what would be done and ends: nothing is written to either
// side.
func (w *work) observe(ctx context.Context) Verdict {
	steps := len(w.target.result.Records)
	return *w.rest(ctx, wordsObserved(steps, w.missing()))
}

// missing counts the records that Jobpac does not show.
func (w *work) missing() int {
	n := 0
	for _, rec := range w.target.result.Records {
		if _, found := w.find(rec); !found {
			n++
		}
	}
	return n
}

// rest leaves the effect planned with a reason and acks: the mode forbids more.
func (w *work) rest(ctx context.Context, reason string) *Verdict {
	w.pending = []journal.Move{{To: journal.Planned, Rule: ruleObserve, Reason: reason}}
	if w.plan == nil {
		plan := w.newPlan()
		w.plan = &plan
	}
	if err := w.flush(ctx); err != nil {
		return ptr(w.journalAway(err))
	}
	return ptr(w.acked(reason))
}

func ptr(v Verdict) *Verdict { return &v }
