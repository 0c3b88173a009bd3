package flow

import (
	"context"
	"errors"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/translate"
)

// prepareChangeOrder plans a variation on a subcontract, or new items on a
// purchase order, once its commitment stands in Jobpac.
func (w *work) prepareChangeOrder(ctx context.Context) *Verdict {
	contract, err := w.contract(ctx)
	if err != nil {
		return ptr(w.failed(ctx, err))
	}
	if !contract.Known && w.adoptAs != "" {
		return ptr(w.refuseDecision(ctx, "its commitment is not in Jobpac yet; send or link that first"))
	}
	if !contract.Known {
		if v := w.wait(ctx, &contract); v != nil {
			return v
		}
	}
	if w.req.Commitment.Type == erp.WorkOrderContract {
		return w.prepareVariation(ctx, contract)
	}
	return w.prepareItems(ctx, contract)
}

// contract finds the commitment's order: where its effect was done and nothing
// was begun since, or, where the journal knows nothing of it, under its number with our reference.
func (w *work) contract(ctx context.Context) (translate.Contract, error) {
	c := w.req.Commitment
	contract := translate.Contract{Type: c.Type}
	effect, err := w.Journal.Load(ctx, journal.NewKey(w.Connection, journal.KindCommitment, c.ID))
	if err != nil {
		return contract, err
	}
	if effect.Stands {
		contract.Key = erp.OrderKey{WorkID: w.Rules.WorkID, Order: effect.Plan.Number}
		contract.Known, contract.Lines = true, linkedLines(effect.Plan)
		w.orderDone, w.orderLinked = effect.At, effect.Plan.Adopted != ""
		return contract, w.addRevised(ctx, effect, contract.Lines)
	}
	if effect.State != journal.None {
		return contract, nil
	}
	if contract, err = w.contractInJobpac(ctx, contract); err != nil || !contract.Known {
		return contract, err
	}
	effect, err = w.Journal.Load(ctx, effect.Key) // the header may be one that a worker is writing at this moment
	contract.Known = err == nil && effect.State == journal.None
	return contract, err
}

// addRevised adds the lines that revisions of the commitment opened.
func (w *work) addRevised(ctx context.Context, commitment journal.Effect, lines map[erp.ID]string) error {
	if !w.Direct {
		return nil
	}
	c, err := w.chain(ctx, commitment)
	maps.Copy(lines, c.revisionLines())
	return err
}

// linkedLines gives the origin ids of a commitment's lines as we wrote them: a
// change order's request may be a snapshot from before they were linked.
func linkedLines(plan journal.Plan) map[erp.ID]string {
	lines := map[erp.ID]string{}
	for _, l := range plan.Links {
		if l.Type == erp.ItemLine {
			lines[erp.ID(l.ID)] = l.Origin
		}
	}
	return lines
}

func (w *work) contractInJobpac(ctx context.Context, contract translate.Contract) (translate.Contract, error) {
	key := translate.CommitmentKey(w.req, w.Rules)
	book, err := w.lookOrders(ctx, key)
	if err != nil || len(book.Documents) != 1 {
		return contract, err
	}
	ours := string(erp.CommitmentReference(w.req.Commitment.ID))
	if book.Documents[0].Header.Get(erp.ColReference) == ours {
		contract.Key, contract.Known = key, true
	}
	return contract, nil
}

// wait puts the change order to rest until its commitment is done. It signs up
// first and looks once more after, so the call that wakes it cannot be missed.
func (w *work) wait(ctx context.Context, contract *translate.Contract) *Verdict {
	w.target = target{aggregate: w.aggregate}
	w.target.result.Title, w.target.result.ProcoreNo = w.req.ChangeOrder.Title, w.req.ChangeOrder.Number
	if v := w.beforeGoLive(ctx); v != nil {
		return v
	}
	if w.Observe {
		return w.rest(ctx, wordsObservedWaiting(w.req))
	}
	if err := w.signUp(ctx); err != nil {
		return ptr(w.journalAway(err))
	}
	again, err := w.contract(ctx)
	if err != nil {
		return ptr(w.failed(ctx, err))
	}
	if *contract = again; again.Known {
		return nil
	}
	return ptr(w.restWaiting(ctx))
}

// signUp notes this effect as a waiter of its commitment.
func (w *work) signUp(ctx context.Context) error {
	waiter := journal.Waiter{Effect: w.effect.Effect, Request: int64(w.req.ID), Company: int64(w.req.Company), Source: w.source()}
	name := journal.CommitmentRegister(w.req.Commitment.ID)
	defer w.Points.Reach(failpoint.SignedUp)
	return w.register(ctx, name, func(reg *journal.Register) bool { return reg.Wait(waiter) })
}

// register changes a register by compare-and-set; change tells whether there
// is anything to save.
func (w *work) register(ctx context.Context, name string, change func(*journal.Register) bool) error {
	for range 20 {
		reg, seq, err := w.Journal.LoadRegister(ctx, w.Connection, name)
		if err != nil {
			return err
		}
		reg.Name = name
		if !change(&reg) || w.Observe {
			return nil
		}
		if err = w.Journal.SaveRegister(ctx, w.Connection, reg, seq); !errors.Is(err, journal.ErrMoved) {
			return err
		}
	}
	return journal.ErrMoved
}

// restWaiting records the wait. Waiting spends no attempts; after a week a
// person is asked.
func (w *work) restWaiting(ctx context.Context) Verdict {
	now := w.Now()
	waited := time.Duration(0)
	if !w.effect.Waiting.IsZero() {
		waited = now.Sub(w.effect.Waiting)
	}
	if waited > w.WaitFor {
		return w.park(ctx, ruleWaitedTooLong, wordsWaitedTooLong(w.req))
	}
	delay := min(max(waited/2, 15*time.Second), 15*time.Minute)
	w.attempt = 0 // waiting is no trying
	if w.effect.State.Settled() || w.effect.State == journal.None {
		o := w.req.ChangeOrder
		plan := w.effect.Plan // what an earlier plan wrote stays known
		plan.Kind, plan.Aggregate, plan.Title, plan.ProcoreNo = w.effect.Kind(), w.aggregate, o.Title, o.Number
		plan.Ref, plan.Project, plan.Fingerprint = string(o.Reference()), w.req.JobOrigin, w.content
		w.plan = &plan
		w.ride(journal.Move{To: journal.Planned})
	}
	w.ride(journal.Move{To: journal.Waiting, WakeAt: now.Add(delay), Reason: wordsWaiting(w.req)})
	if err := w.flush(ctx); err != nil {
		return w.journalAway(err)
	}
	w.Points.Reach(failpoint.WaitWritten)
	return w.later(delay, wordsWaiting(w.req), nil)
}

// prepareVariation plans a variation in the job's register.
func (w *work) prepareVariation(ctx context.Context, contract translate.Contract) *Verdict {
	if number := w.linkedTo(); number != "" {
		o := *w.req.ChangeOrder
		o.Code, w.req.ChangeOrder = number, &o
	}
	number, err := w.variationNumber(ctx, translate.TypedVariation(w.req, w.rules()))
	if err != nil {
		return ptr(w.failed(ctx, err))
	}
	w.target = w.variationTarget(number, w.req.ChangeOrder.Reference())
	return w.checkChange(ctx, contract, translate.Numbers{Variation: number})
}

// variationTarget is a variation of the request's job, with our reference.
func (w *work) variationTarget(number string, reference erp.Reference) target {
	job, _ := erp.ParseJobKey(w.req.JobOrigin)
	return w.variationOf(erp.VariationKey{WorkID: job.WorkID, Job: job.Job, Variation: erp.Code(number)}, reference)
}

// variationOf is the variation of that key, with our reference.
func (w *work) variationOf(key erp.VariationKey, reference erp.Reference) target {
	return target{
		aggregate: w.aggregate,
		header:    reference,
		number:    key,
		look: func(ctx context.Context) (erp.Book, error) {
			if key.Variation == "" || key.Job == "" {
				return erp.Book{}, nil
			}
			return w.Ledger.Variations(ctx, key)
		},
		taken:   func(header erp.Row) erp.Problem { return translate.VariationTaken(key, header) },
		doubled: func(count int) erp.Problem { return translate.VariationDoubled(key, count) },
	}
}

// checkChange reads, translates with these numbers and checks.
func (w *work) checkChange(ctx context.Context, contract translate.Contract, n translate.Numbers) *Verdict {
	if _, err := w.judge(ctx, w.changeOrder(contract, n)); err != nil {
		return ptr(w.failed(ctx, err))
	}
	return w.check(ctx)
}

// variationNumber is the code the approver typed, or the job's next free
// V-number, reserved for this change order before anything is written.
func (w *work) variationNumber(ctx context.Context, typed string) (string, error) {
	if typed != "" {
		return typed, nil
	}
	job, err := erp.ParseJobKey(w.req.JobOrigin)
	if err != nil {
		return "", nil // the rules say so in better words
	}
	all, err := w.Ledger.Variations(ctx, erp.VariationKey{WorkID: job.WorkID, Job: job.Job})
	if err != nil {
		return "", err
	}
	first := 0
	err = w.register(ctx, journal.VariationRegister(job), func(reg *journal.Register) (changed bool) {
		first, changed = reg.Reserve(w.effect.Effect, highestVariation(all), 1)
		return changed
	})
	w.Points.Reach(failpoint.Numbered)
	return translate.ReservedVariation(first, w.Rules), err
}

// highestVariation is the highest V-number in a job's register.
func highestVariation(book erp.Book) int {
	highest := 0
	for _, doc := range book.Documents {
		digits, ok := strings.CutPrefix(erp.Code(doc.Header.Get(erp.ColVariation)), "V")
		if n, err := strconv.Atoi(digits); ok && err == nil {
			highest = max(highest, n)
		}
	}
	return highest
}

// prepareItems plans new items on a purchase order. The rules are checked
// before numbers are reserved, so a refused change order takes none.
func (w *work) prepareItems(ctx context.Context, contract translate.Contract) *Verdict {
	w.target = w.itemsOf(contract.Key)
	facts, err := w.judge(ctx, w.changeOrder(contract, translate.Numbers{FirstItem: 1}))
	if err != nil {
		return ptr(w.failed(ctx, err))
	}
	if len(w.target.result.Problems) > 0 {
		return w.check(ctx)
	}
	if len(w.book.Documents) == 0 {
		return ptr(w.orderNotShown(ctx, contract.Key))
	}
	first, err := w.firstItem(ctx, contract, len(w.target.result.Records))
	if err != nil {
		return ptr(w.journalAway(err))
	}
	if w.adoptAs != "" {
		free, err := w.itemsFree(ctx, contract, first, len(w.target.result.Records))
		if err != nil {
			return ptr(w.journalAway(err))
		} else if !free {
			return ptr(w.refuseDecision(ctx, wordsNoItem(w.adoptAs, contract.Key)))
		}
	}
	if first == 0 { // linked to an item of an order that has another number now
		return ptr(w.park(ctx, ruleVanished, wordsNoItem(w.linkedTo(), contract.Key)))
	}
	w.target.result = w.changeOrder(contract, translate.Numbers{FirstItem: first})(facts)
	return w.check(ctx)
}

// itemsOf is a purchase order to which a change order adds items.
func (w *work) itemsOf(order erp.OrderKey) target {
	return target{
		aggregate: w.aggregate, shared: true, linked: w.orderLinked,
		header:  erp.CommitmentReference(w.req.Commitment.ID),
		look:    func(ctx context.Context) (erp.Book, error) { return w.lookOrders(ctx, order) },
		taken:   func(header erp.Row) erp.Problem { return translate.NumberTaken(order, header) },
		doubled: func(count int) erp.Problem { return translate.NumberDoubled(order, count) },
	}
}

// orderNotShown is a commitment's order that Jobpac does not show: too young to
// be seen, or removed.
func (w *work) orderNotShown(ctx context.Context, key erp.OrderKey) Verdict {
	if w.Now().Sub(w.orderDone) < w.Quiet {
		return w.later(firstLook, wordsOrderNotShown(key), nil)
	}
	return w.park(ctx, ruleVanished, wordsOrderVanished(key))
}

// changeOrder is the translation of this change order with these numbers.
func (w *work) changeOrder(contract translate.Contract, n translate.Numbers) func(erp.Facts) translate.Result {
	return func(facts erp.Facts) translate.Result {
		return translate.ChangeOrder(w.req, w.rules(), facts, contract, n)
	}
}

// rules are the connection's. A number that a person gave is taken as it is.
func (w *work) rules() translate.Rules {
	rules := w.Rules
	if w.linkedTo() != "" {
		rules.Variation.Number = "{code}"
	}
	return rules
}

// firstItem reserves item numbers above everything on the order. Those of an
// adopted change order begin where a person said.
func (w *work) firstItem(ctx context.Context, contract translate.Contract, count int) (first int, err error) {
	if number := w.linkedTo(); number != "" {
		return adoptedItem(number, contract.Key), nil
	}
	highest := lastLine(contract)
	for _, doc := range w.book.Documents {
		for _, item := range doc.Items {
			highest = max(highest, itemNumber(item))
		}
	}
	err = w.register(ctx, journal.OrderRegister(contract.Key), func(reg *journal.Register) (changed bool) {
		first, changed = reg.Reserve(w.effect.Effect, highest, count)
		return changed
	})
	w.Points.Reach(failpoint.Numbered)
	return first, err
}

// itemNumber is a row's item number, 0 when it carries none.
func itemNumber(row erp.Row) int {
	n, err := strconv.Atoi(strings.TrimSpace(row.Get(erp.ColItem)))
	if err != nil {
		return 0
	}
	return n
}
