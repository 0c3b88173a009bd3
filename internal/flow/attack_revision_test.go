package flow

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// dyingBy is death at random moments.
type dyingBy struct {
	dice *rand.Rand
	odds int
}

func (d dyingBy) Reach(failpoint.Point) {
	if d.dice.IntN(d.odds) == 0 {
		panic(errDied)
	}
}

// goes hands the road the document's webhook; it may die on the way.
func (b *bench) goes(s *shelf) (v Verdict) {
	defer func() {
		if p := recover(); p != nil && p != errDied { //nolint:errorlint // it is the very value
			panic(p)
		} else if p == errDied { //nolint:errorlint // it is the very value
			outcome := b.jobpac.outcome
			b.restart()
			b.Settings.Direct, b.VaryRevised, b.Documents, b.jobpac.outcome = true, true, s, outcome
			v = Verdict{Settle: Later, After: quiet}
		}
	}()
	return b.changed(4101, erp.FromWebhook)
}

// A document is edited again and again while answers are lost, Jobpac is away and
// the process dies: in the end Jobpac has what Procore has, to the cent, and nobody
// was asked.
func TestRevisionsUnderFaults(t *testing.T) {
	for seed := range uint64(400) {
		dice := rand.New(rand.NewPCG(seed, 1))
		kind := []erp.CommitmentType{erp.PurchaseOrderContract, erp.WorkOrderContract}[dice.IntN(2)]
		b, s := revisedBench(t, kind)
		b.unique = Verified
		trouble := func(_ erp.Write, _ int) (bool, error) {
			switch dice.IntN(8) {
			case 0:
				return true, errors.New("no answer")
			case 1:
				return false, errors.New("no answer")
			case 2:
				return false, fault.New(fault.Transient, "write", errors.New("away"))
			}
			return true, nil
		}
		next := erp.ID(500)
		for at := range erp.ID(6) {
			b.revise(s, 200+at, func(c *erp.Commitment) {
				switch dice.IntN(4) {
				case 0:
					next++
					c.Lines = append(c.Lines, line(t, next, int(next), fmt.Sprintf("%d.10", dice.IntN(90))))
				case 1:
					if len(c.Lines) > 1 {
						c.Lines = c.Lines[1:]
					}
				default:
					c.Lines[dice.IntN(len(c.Lines))].Amount = decimal(t, fmt.Sprintf("%d.25", dice.IntN(900)-100))
				}
			})
			b.jobpac.outcome, b.Points = trouble, dyingBy{dice, 30}
			for range dice.IntN(6) {
				b.clock.Advance(b.goes(s).After)
			}
		}
		b.jobpac.outcome, b.Points = nil, failpoint.None()
		b.revise(s, 300, func(*erp.Commitment) {})
		b.changedUntilAcked()
		b.changedUntilAcked()
		if b.waits() {
			t.Errorf("SEED=%d (%s): a person is asked", seed, kind)
		}
		var want erp.Money
		for _, l := range s.documents[4101].Commitment.Lines {
			amount, _ := l.Amount.Money()
			want += amount
		}
		if b.sum() != want.String() {
			t.Errorf("SEED=%d (%s): %s in Jobpac, %s in Procore", seed, kind, b.sum(), want)
		}
	}
}

// waits tells whether the document or one of its revisions waits for a person.
func (b *bench) waits() bool {
	if b.effect(journal.KindCommitment, 4101).State == journal.Parked {
		return true
	}
	for n := 1; b.revision(n).State != journal.None; n++ {
		if state := b.revision(n).State; state != journal.Done && state != journal.Superseded {
			return true
		}
	}
	return false
}
