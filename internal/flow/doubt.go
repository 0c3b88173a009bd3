package flow

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// firstLook is the pause before the second look for something.
const firstLook = 15 * time.Second

// surelyAgain is how often a record that Jobpac refuses twice is sent however
// long an outage took.
const surelyAgain = 3

// unknown records that a write may have happened: an end of the call we saw,
// and the exact moment to look.
func (w *work) unknown(ctx context.Context, rec erp.Record, err error, end time.Time) Verdict {
	return w.restUnknown(ctx, w.unknownMove(rec, err, end))
}

func (w *work) unknownMove(rec erp.Record, err error, end time.Time) journal.Move {
	return journal.Move{
		To: journal.UnknownOut, Step: stepID(rec), Fingerprint: stepFingerprint(rec),
		SendEnd: end, WakeAt: end.Add(w.Quiet), Class: fault.Ambiguous.String(),
		Reason: wordsUnknown(rec), Cause: err.Error(),
	}
}

// refusedInDoubt records a refusal that proves nothing: an earlier send of the
// same record is in doubt, and may be the very reason for the refusal while the
// look-up lags. It is looked for once more after a quiet period, not sent.
func (w *work) refusedInDoubt(ctx context.Context, rec erp.Record, err error, end time.Time) Verdict {
	m := w.unknownMove(rec, err, end)
	m.Refused = fault.Said(err)
	return w.restUnknown(ctx, m)
}

func (w *work) restUnknown(ctx context.Context, m journal.Move) Verdict {
	w.ride(m)
	w.Points.Reach(failpoint.BeforeUnknown)
	if err := w.flush(ctx); err != nil {
		return w.journalAway(err)
	}
	w.Points.Reach(failpoint.UnknownWritten)
	return w.later(m.WakeAt.Sub(w.Now()), m.Reason, nil)
}

// doubt decides about a step that may have happened and is not to be seen.
func (w *work) doubt(ctx context.Context, rec erp.Record, memory journal.StepMemory) *Verdict {
	quiet := w.quietUntil(memory)
	switch {
	case w.seen.Before(quiet):
		return ptr(w.lookLater(ctx, rec, memory, quiet))
	case memory.Fingerprint != stepFingerprint(rec):
		return ptr(w.park(ctx, ruleChanged, wordsChangedInDoubt(rec)))
	case memory.Refused != "" && memory.SendEnd.After(w.plannedAt()) && saysTaken(memory.Refused):
		return ptr(w.park(ctx, ruleUnseen, wordsUnseenRefused(rec, memory.Refused)))
	case memory.Refused != "" && memory.SendEnd.After(w.plannedAt()):
		return ptr(w.reject(ctx, problemsRefusedInDoubt(rec, memory.Refused)))
	case w.unique(rec.Kind()) == Verified && !w.hidden(rec) && (memory.Sends < surelyAgain || w.Now().Sub(w.doubtedSince(memory)) < w.SendLimit+w.Quiet+w.LookFor):
		return w.send(ctx, erp.Write{Record: rec})
	}
	looked := w.Now().Sub(quiet)
	if looked < w.LookFor && (w.unique(rec.Kind()) != Verified || w.hidden(rec)) {
		next := min(max(looked, min(w.Quiet, firstLook)), 10*time.Minute)
		return ptr(w.lookLater(ctx, rec, memory, w.Now().Add(next)))
	}
	return ptr(w.park(ctx, ruleUnseen, wordsUnseen(rec)))
}

// saysTaken tells whether a refusal speaks of a number that is taken, as far as
// words can tell (assumed: Jobpac's words are not public). It only chooses
// between a person and the approver, never whether to send.
func saysTaken(said string) bool {
	said = strings.ToLower(said)
	return slices.ContainsFunc([]string{"exist", "duplicate", "already", "in use", "taken"}, func(word string) bool { return strings.Contains(said, word) })
}

// doubtedSince is the beginning of the doubt, or of the plan that took it over.
func (w *work) doubtedSince(m journal.StepMemory) time.Time {
	if m.Since.Before(w.plannedAt()) {
		return w.plannedAt()
	}
	return m.Since
}

// plannedAt is when the plan in force was laid down: now, if it rides with the
// next append.
func (w *work) plannedAt() time.Time {
	if w.plan != nil {
		return w.Now()
	}
	return w.effect.Since
}

// quietUntil is the moment after which a look-up means something: the end of
// the send that we saw, or the last one it could have had, and the quiet
// period.
func (w *work) quietUntil(m journal.StepMemory) time.Time {
	if !m.SendEnd.IsZero() {
		return m.SendEnd.Add(w.Quiet)
	}
	return m.NotAfter.Add(w.SendLimit).Add(w.Quiet)
}

// lookLater keeps the doubt and sets the next look.
func (w *work) lookLater(ctx context.Context, rec erp.Record, memory journal.StepMemory, at time.Time) Verdict {
	return w.restUnknown(ctx, journal.Move{
		To: journal.UnknownOut, Step: stepID(rec), Fingerprint: memory.Fingerprint, SendEnd: memory.SendEnd, Refused: memory.Refused,
		WakeAt: at, Class: fault.Ambiguous.String(), Reason: wordsUnknown(rec),
	})
}
