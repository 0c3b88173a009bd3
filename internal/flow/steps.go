package flow

import (
	"context"
	"strings"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// steps brings every record into Jobpac, in order, and verifies the whole by
// reading it back. It returns nil when all of it stands.
func (w *work) steps(ctx context.Context) *Verdict {
	for _, rec := range w.target.result.Records {
		if v := w.step(ctx, rec); v != nil {
			return v
		}
	}
	if v := w.verify(ctx); v != nil {
		return v
	}
	if v := w.settled(ctx); v != nil {
		return v
	}
	if v := w.approve(ctx); v != nil {
		return v
	}
	w.Points.Reach(failpoint.StepsDone)
	w.ride(journal.Move{To: journal.Applied})
	return nil
}

// step brings one record into Jobpac, or finds it there.
func (w *work) step(ctx context.Context, rec erp.Record) *Verdict {
	if v := w.fresh(ctx); v != nil {
		return v
	}
	id, memory := stepID(rec), w.effect.Steps[stepID(rec)]
	row, found := w.find(rec)
	switch {
	case found && w.mayLandLate(rec, memory):
		return ptr(w.lookLater(ctx, rec, memory, w.quietUntil(memory)))
	case found && (w.adopted() != "" || len(erp.Differences(rec, row)) == 0):
		if memory.State != journal.StepCommitted || memory.Fingerprint != stepFingerprint(rec) {
			w.ride(journal.Move{To: journal.Committed, Step: id, Fingerprint: stepFingerprint(rec), Found: true})
		}
		return nil
	case found && untouched(rec, w.target.updates[id], row):
		return w.send(ctx, erp.Write{Record: rec, Update: true})
	case found:
		return ptr(w.park(ctx, ruleDiffers, wordsDiffers(rec, erp.Differences(rec, row))))
	case w.tooLate(memory):
		return w.enteredShort(ctx, rec, memory)
	case memory.Doubtful():
		return w.doubt(ctx, rec, memory)
	case memory.State == journal.StepCommitted && w.hidden(rec):
		return nil
	case memory.State == journal.StepCommitted:
		return ptr(w.notShown(ctx, rec))
	}
	return w.send(ctx, erp.Write{Record: rec})
}

// mayLandLate tells whether an update that is in doubt could still overwrite
// what is there: with other content than is wanted now, or before it is sent
// again.
func (w *work) mayLandLate(rec erp.Record, memory journal.StepMemory) bool {
	if !memory.Doubtful() || memory.Stood == "" || !w.seen.Before(w.quietUntil(memory)) {
		return false
	}
	row, _ := w.find(rec)
	return memory.Fingerprint != stepFingerprint(rec) || len(erp.Differences(rec, row)) > 0
}

// fresh reads the document again when the last reading is older than a send
// may be after its intent.
func (w *work) fresh(ctx context.Context) *Verdict {
	if w.Now().Sub(w.seen) <= w.SendWindow {
		return nil
	}
	if err := w.lookAgain(ctx); err != nil {
		return ptr(w.failed(ctx, err))
	}
	return nil
}

// send writes the intent, sends once and sorts the outcome. nil: it stands.
func (w *work) send(ctx context.Context, write erp.Write) *Verdict {
	if v := w.mayStart(ctx); v != nil {
		return v
	}
	id := stepID(write.Record)
	doubted := w.effect.Steps[id].Doubtful()
	notAfter := w.Now().Add(w.SendWindow)
	w.ride(journal.Move{To: journal.Intent, Step: id, Fingerprint: stepFingerprint(write.Record), NotAfter: notAfter})
	w.Points.Reach(failpoint.BeforeIntent)
	if err := w.flush(ctx); err != nil {
		return ptr(w.journalAway(err))
	}
	w.Points.Reach(failpoint.IntentWritten)
	if w.Now().After(notAfter) {
		return w.outcome(ctx, write, fault.New(fault.Transient, "the send came too late", nil), doubted)
	}
	w.Points.Reach(failpoint.BeforeSend)
	err := w.Ledger.Write(ctx, write)
	w.Points.Reach(failpoint.Sent)
	if err == nil {
		w.wrote = true
		w.ride(journal.Move{To: journal.Committed, Step: id, Fingerprint: stepFingerprint(write.Record)})
		return nil
	}
	return w.outcome(ctx, write, err, doubted)
}

// mayStart stops before a step when the time is up or the process is going.
func (w *work) mayStart(ctx context.Context) *Verdict {
	if ctx.Err() != nil {
		return ptr(w.release(ctx, GiveBack, "stopping between two steps"))
	}
	if reason := w.Halted(); reason != "" {
		return ptr(w.release(ctx, Later, "safe mode: "+reason))
	}
	if w.late() {
		return ptr(w.release(ctx, Later, "the time for one go is up, the rest follows"))
	}
	if w.claimed && w.effect.Until.Sub(w.Now()) < w.Lease/2 {
		w.renew(ctx)
	}
	return nil
}

// outcome sorts a write that did not simply succeed. doubted: it was sent
// before, and that outcome is not known.
func (w *work) outcome(ctx context.Context, write erp.Write, err error, doubted bool) *Verdict {
	end := w.Now()
	item, approval := write.Record.(erp.ItemApproval)
	switch kind := fault.Of(err); {
	case kind != fault.Transient && approval:
		return w.approvalEnded(ctx, item, err, doubted)
	case kind == fault.Transient && doubted:
		return ptr(w.unknown(ctx, write.Record, err, end))
	case kind == fault.Transient:
		return ptr(w.notSent(ctx, write, err))
	case kind == fault.Permanent:
		return w.refused(ctx, write, err, doubted)
	}
	return ptr(w.unknown(ctx, write.Record, err, end))
}

// notSent takes the intent back: nothing can have happened.
func (w *work) notSent(ctx context.Context, write erp.Write, err error) Verdict {
	w.ride(journal.Move{
		To: journal.Planned, Step: stepID(write.Record), Class: fault.Transient.String(),
		Reason: "not sent: " + label(write.Record), Cause: err.Error(),
	})
	return w.failed(ctx, err)
}

// refused believes a refusal only after one more look: a "duplicate" may be
// our own record. Where an earlier send is in doubt, a refusal without a record
// to be seen proves nothing: the look-up may lag, so it is looked for again.
func (w *work) refused(ctx context.Context, write erp.Write, err error, doubted bool) *Verdict {
	end := w.Now()
	w.Points.Reach(failpoint.Refused)
	if lookErr := w.lookAgain(ctx); lookErr != nil {
		return ptr(w.unknown(ctx, write.Record, err, end))
	}
	id := stepID(write.Record)
	row, found := w.find(write.Record)
	if c, ok := write.Record.(erp.Completion); ok && !found && !doubted {
		w.ride(journal.Move{To: journal.Planned, Step: id, Class: fault.Permanent.String(), Reason: fault.Said(err), Cause: err.Error()})
		return ptr(w.park(ctx, ruleNotCompleted, wordsNotCompleted(c, "Jobpac refused it: "+fault.Said(err))))
	}
	if found && len(erp.Differences(write.Record, row)) == 0 {
		w.wrote = true
		w.ride(journal.Move{To: journal.Committed, Step: id, Fingerprint: stepFingerprint(write.Record), Found: true})
		return nil
	}
	if !found && w.turned() {
		return w.overtaken(ctx, id, err, doubted)
	}
	if !found && doubted {
		return ptr(w.refusedInDoubt(ctx, write.Record, err, end))
	}
	if found && !write.Update {
		w.ride(journal.Move{To: journal.Planned, Step: id, Class: fault.Permanent.String(), Reason: fault.Said(err), Cause: err.Error()})
		return ptr(w.park(ctx, ruleNumberTaken, wordsTakenAtSend(write.Record, row, fault.Said(err))))
	}
	w.ride(journal.Move{To: journal.Planned, Step: id, Class: fault.Permanent.String(), Reason: fault.Said(err), Cause: err.Error()})
	stand := w.half(id)
	if write.Update {
		stand++ // what was to be changed
	}
	return ptr(w.reject(ctx, problemsRefused(write.Record, fault.Said(err), stand)))
}

// half names the records of this effect that already stand in Jobpac.
func (w *work) half(except string) int {
	n := 0
	for id, memory := range w.effect.Steps {
		if id != except && memory.State == journal.StepCommitted && !isApproval(id) {
			n++
		}
	}
	return n
}

// isApproval tells a step that approves a record from one that makes it.
func isApproval(id string) bool { return strings.HasPrefix(id, string(erp.KindApproval)+" ") }

// verify reads the whole document back after writing and compares it to the
// cent: nothing missing, nothing different, nothing more.
func (w *work) verify(ctx context.Context) *Verdict {
	if !w.wrote {
		return w.compare(ctx)
	}
	if err := w.lookAgain(ctx); err != nil {
		return ptr(w.failed(ctx, err))
	}
	return w.compare(ctx)
}

// compare holds the document as last read against the plan.
func (w *work) compare(ctx context.Context) *Verdict {
	for _, rec := range w.target.result.Records {
		row, found := w.find(rec)
		if !found && w.hidden(rec) {
			continue
		}
		if !found {
			return ptr(w.notShown(ctx, rec))
		}
		if differences := erp.Differences(rec, row); len(differences) > 0 && w.adopted() == "" {
			return ptr(w.park(ctx, ruleDiffers, wordsDiffers(rec, differences)))
		}
	}
	if n := len(w.book.Documents); n > 1 {
		p := w.target.doubled(n)
		return ptr(w.park(ctx, p.Rule, p.Message))
	}
	if extra := w.extra(); extra != "" && !w.target.shared && w.adopted() == "" {
		if ours, err := w.changeOrders(ctx); err != nil {
			return ptr(w.journalAway(err))
		} else if ours {
			return nil
		}
		return ptr(w.park(ctx, ruleExtra, wordsExtra(w.target.result.Number, extra)))
	}
	return nil
}

// notShown is a record that we know stands and that Jobpac does not show. A
// look-up may lag behind a write as long as the quiet period; after that
// somebody has removed it.
func (w *work) notShown(ctx context.Context, rec erp.Record) Verdict {
	now := w.Now()
	shown := now
	if memory := w.effect.Steps[stepID(rec)]; memory.State == journal.StepCommitted {
		shown = memory.Since
	}
	age := now.Sub(shown)
	if age >= w.Quiet {
		return w.park(ctx, ruleVanished, wordsVanished(rec))
	}
	delay := min(max(age, firstLook), w.Quiet-age)
	w.ride(journal.Move{To: w.restState(), WakeAt: now.Add(delay), Reason: wordsNotShown(rec)})
	if err := w.flush(ctx); err != nil {
		return w.journalAway(err)
	}
	return w.later(delay, wordsNotShown(rec), nil)
}

// extra names an item under our header that we do not want there.
func (w *work) extra() string {
	for _, doc := range w.book.Documents {
		for _, item := range doc.Items {
			if !w.wants(item) {
				return item.Get(erp.ColItem)
			}
		}
	}
	return ""
}

// changeOrders tells whether every item that is not ours to want is one of the
// order's change orders, whose numbers are reserved.
func (w *work) changeOrders(ctx context.Context) (bool, error) {
	key := erp.OrderKey{WorkID: w.Rules.WorkID, Order: w.target.result.Number}
	reg, _, err := w.Journal.LoadRegister(ctx, w.Connection, journal.OrderRegister(key))
	if err != nil {
		return false, err
	}
	for _, doc := range w.book.Documents {
		for _, item := range doc.Items {
			if !w.wants(item) && !reg.Has(itemNumber(item)) {
				return false, nil
			}
		}
	}
	return true, nil
}

func (w *work) wants(item erp.Row) bool {
	for _, rec := range w.target.result.Records {
		if rec.Kind() == item.Kind && sameItem(rec, item) {
			return true
		}
	}
	return false
}
