package flow

import (
	"context"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/translate"
)

// primeAggregate is the prime contract that a head contract variation hangs on.
func primeAggregate(contract erp.ID) string { return "prime-" + contract.String() }

// preparePrimeChange plans a head contract variation: a header with an amount in
// the job's register, which it shares with the variations of subcontracts.
func (w *work) preparePrimeChange(ctx context.Context) *Verdict {
	if number := w.linkedTo(); number != "" {
		c := *w.req.PrimeChange
		c.Code, w.req.PrimeChange = number, &c
	}
	number, err := w.variationNumber(ctx, translate.TypedPrimeVariation(w.req, w.rules()))
	if err != nil {
		return ptr(w.failed(ctx, err))
	}
	w.target = w.variationTarget(number, erp.PrimeChangeReference(w.req.PrimeChange.ID))
	taken := w.target.number
	w.target.taken = func(header erp.Row) erp.Problem { return translate.PrimeVariationTaken(taken, header) }
	if _, err := w.judge(ctx, func(f erp.Facts) translate.Result {
		return translate.PrimeChange(w.req, w.rules(), f, translate.Numbers{Variation: number})
	}); err != nil {
		return ptr(w.failed(ctx, err))
	}
	return w.check(ctx)
}
