package flow

import (
	"context"
	"strconv"
	"strings"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/translate"
)

// lastLine is the highest item number among the commitment's own lines, which
// Jobpac may not show yet.
func lastLine(contract translate.Contract) int {
	highest := 0
	for _, origin := range contract.Lines {
		if n, err := strconv.Atoi(origin[strings.LastIndexByte(origin, '|')+1:]); err == nil {
			highest = max(highest, n)
		}
	}
	return highest
}

// adoptedItem is an item number as a person typed it: 4, or PO-17/4. One that
// cannot be read, or is of another order, is 0, which no order has.
func adoptedItem(text string, key erp.OrderKey) int {
	order, item, named := strings.Cut(text, "/")
	if !named {
		order, item = key.Order, text
	}
	n, err := strconv.Atoi(item)
	if err != nil || n < 1 || erp.Code(order) != key.Order {
		return 0
	}
	return n
}

// numbersReserved parks a commitment that would take an item number which one of
// its change orders has.
func (w *work) numbersReserved(ctx context.Context) *Verdict {
	if w.effect.Kind() != journal.KindCommitment || !w.touched() {
		return nil
	}
	key := erp.OrderKey{WorkID: w.Rules.WorkID, Order: w.target.result.Number}
	reg, _, err := w.Journal.LoadRegister(ctx, w.Connection, journal.OrderRegister(key))
	if err != nil {
		return ptr(w.journalAway(err))
	}
	for _, rec := range w.target.result.Records {
		if n, err := strconv.Atoi(field(rec, erp.ColItem)); err == nil && reg.Has(n) {
			return ptr(w.park(ctx, ruleReserved, wordsReserved(key.Order, n)))
		}
	}
	return nil
}

// itemsFree tells whether a person may say that a change order stands as these
// items: none is a line of the commitment, or another change order's.
func (w *work) itemsFree(ctx context.Context, contract translate.Contract, first, count int) (bool, error) {
	for n := first; n < first+count; n++ {
		for _, origin := range contract.Lines {
			if origin == contract.Key.ItemOrigin(n) {
				return false, nil
			}
		}
	}
	reg, _, err := w.Journal.LoadRegister(ctx, w.Connection, journal.OrderRegister(contract.Key))
	for _, taken := range reg.Numbers {
		if taken.Effect != w.effect.Effect && first < taken.First+taken.Count && taken.First < first+count {
			return false, err
		}
	}
	return first > 0, err
}
